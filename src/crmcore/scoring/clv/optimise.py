"""Finding the parameters under which the data is most likely: deterministic, without numpy, and without exceptions.

A model tells its coordinates, in which every parameter may take any value between two far bounds: logarithms and
log-odds. A bound stands for a limit of the model, such as "nobody ever leaves". Whether the best point is one inside or
lies at such a limit is then a plain question: does going all the way to the bound cost any likelihood?

The climb is BFGS, with coordinates at their bound held while the slope leads out of bounds. Starting points are the
model's; the best end wins, the first of equals.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal

from attrs import frozen

#: A point, one number a coordinate.
Point = tuple[float, ...]
#: Value and gradient at a point.
Slope = Callable[[Point], tuple[float, Point]]

Limit = Literal[
    "no-churn",  # nobody leaves
    "all-churn",  # everybody leaves at the first chance
    "equal-churn",  # the chance to leave is the same for all customers
    "extreme-churn",  # every customer leaves at once or never
    "equal-rates",  # all customers buy equally often
    "extreme-rates",  # every customer buys all the time or hardly ever
    "always-buy",  # everybody takes every chance to buy
    "equal-spend",  # all customers spend the same on average
    "extreme-spend",  # averages of customers differ beyond any bound
    "steady-spend",  # no customer's spend ever varies
    "erratic-spend",  # a customer's spend varies beyond any bound
]

#: Iterations from one starting point.
MOST_ITERATIONS = 200
#: The largest slope of the mean log-likelihood, over the coordinates, that counts as none.
LEVEL = 1e-7
#: As much where no step leads up any further, for want of digits.
NEARLY_LEVEL = 1e-5
#: Ends whose values differ by less are as high; one that is level counts.
SAME = 1e-9
#: Log-likelihood of all customers together that going to a bound may cost and still count as no cost.
NO_COST = 0.01
#: The longest step, in any coordinate.
LONGEST_STEP = 2.0
_ENOUGH_OF_THE_SLOPE = 1e-4
_HALVINGS = 25
#: A rise by less than this part of the value cannot be told from rounding.
_ROUNDING = 1e-13


@frozen
class Coordinate:
    """The bounds of a coordinate, and what either stands for; none where the bound is only there to stop a stray."""

    low: float
    high: float
    at_low: Limit | None = None
    at_high: Limit | None = None


@frozen
class Optimum:
    """Where the climb ended: the point, the mean log-likelihood there, and the limits that cost nothing to go to."""

    point: Point
    value: float
    iterations: int
    level: bool
    limits: tuple[Limit, ...] = ()


def maximise(slope: Slope, coordinates: Sequence[Coordinate], starts: Sequence[Point], weight: float) -> Optimum:
    """The best of the ends that are reached from the starting points.

    :param slope: mean log-likelihood of a customer, and its gradient, at a point within bounds.
    :param weight: how many customers the mean is over.
    """
    ends = [_climb(slope, coordinates, start) for start in starts]
    top = max(end.value for end in ends) - SAME
    best = max((end for end in ends if end.value >= top), key=lambda end: (end.level, end.value))
    iterations = sum(end.iterations for end in ends)
    limits = tuple(_limits(slope, coordinates, best, NO_COST / weight))
    return Optimum(best.point, best.value, iterations, best.level, limits)


def gain(slope: Slope, coordinates: Sequence[Coordinate], best: Optimum, held: int) -> float:
    """By how much the best point's value exceeds the best with one coordinate held at its lower bound."""
    low = coordinates[held].low
    axes = (*coordinates[:held], Coordinate(low, low), *coordinates[held + 1 :])
    return best.value - _climb(slope, axes, best.point).value


def _limits(slope: Slope, coordinates: Sequence[Coordinate], end: Optimum, cost: float) -> list[Limit]:
    """The limits that can be gone to, one coordinate at a time, at no more than the cost."""
    found: list[Limit] = []
    for place, coordinate in enumerate(coordinates):
        sides: tuple[tuple[float, Limit | None], ...]
        sides = (coordinate.low, coordinate.at_low), (coordinate.high, coordinate.at_high)
        for bound, limit in sides:
            if limit is not None and limit not in found:
                there = (*end.point[:place], bound, *end.point[place + 1 :])
                if end.value - slope(there)[0] <= cost:
                    found.append(limit)
    return found


def _climb(slope: Slope, coordinates: Sequence[Coordinate], start: Point) -> Optimum:
    """Go up from one starting point until it is level."""
    point = _within(start, coordinates)
    value, gradient = slope(point)
    shape = _Curvature(len(point))
    for iteration in range(MOST_ITERATIONS):
        free = _free(point, gradient, coordinates)
        steepest = max((abs(gradient[place]) for place in free), default=0.0)
        direction = shape.direction(gradient, free)
        promise = math.fsum(up * by for up, by in zip(gradient, direction, strict=True))
        if steepest <= LEVEL or (promise <= _rounding(value) and not shape.fresh):
            return Optimum(point, value, iteration, level=True)
        ahead = _step(slope, coordinates, point, value, gradient, direction)
        if ahead is None and shape.fresh:
            return Optimum(point, value, iteration, level=steepest <= NEARLY_LEVEL * max(1.0, abs(value)))
        if ahead is None:
            shape.forget()
            continue
        shape.learn(point, gradient, ahead[0], ahead[2])
        point, value, gradient = ahead
    return Optimum(point, value, MOST_ITERATIONS, level=False)


def _rounding(value: float) -> float:
    return _ROUNDING * max(1.0, abs(value))


def _within(point: Sequence[float], coordinates: Sequence[Coordinate]) -> Point:
    return tuple(min(max(at, axis.low), axis.high) for at, axis in zip(point, coordinates, strict=True))


def _free(point: Point, gradient: Point, coordinates: Sequence[Coordinate]) -> list[int]:
    """The coordinates that may move: those not at a bound with the slope leading out."""
    places = enumerate(zip(point, gradient, coordinates, strict=True))
    return [
        place
        for place, (at, up, axis) in places
        if not ((at <= axis.low and up <= 0.0) or (at >= axis.high and up >= 0.0))
    ]


def _step(
    slope: Slope,
    coordinates: Sequence[Coordinate],
    point: Point,
    value: float,
    gradient: Point,
    direction: Point,
) -> tuple[Point, float, Point] | None:
    """The next point in that direction that is higher by a fair part of what the slope promises, or None."""
    longest = max(map(abs, direction))
    length = min(1.0, LONGEST_STEP / longest) if longest else 0.0
    for _ in range(_HALVINGS):
        ahead = _within([at + length * by for at, by in zip(point, direction, strict=True)], coordinates)
        promise = math.fsum(up * (to - at) for up, to, at in zip(gradient, ahead, point, strict=True))
        if promise <= _rounding(value):
            return None
        height, tilt = slope(ahead)
        if height >= value + _ENOUGH_OF_THE_SLOPE * promise:
            return ahead, height, tilt
        length /= 2.0
    return None


class _Curvature:
    """What the climb has learnt of the inverse of the curvature (Broyden, Fletcher, Goldfarb, Shanno)."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.forget()

    def forget(self) -> None:
        """Begin anew, with the direction of the slope itself."""
        self.fresh = True
        self._inverse = [[float(row == column) for column in range(self._size)] for row in range(self._size)]

    def direction(self, gradient: Point, free: list[int]) -> Point:
        """Where to go from here; coordinates that are not free stay."""
        towards = [0.0] * self._size
        for row in free:
            towards[row] = sum(self._inverse[row][column] * gradient[column] for column in free)
        return tuple(towards)

    def learn(self, before: Point, slope_before: Point, after: Point, slope_after: Point) -> None:
        """Take in how the slope changed over a step; a step over which it did not lessen teaches nothing."""
        step = [new - old for new, old in zip(after, before, strict=True)]
        drop = [old - new for old, new in zip(slope_before, slope_after, strict=True)]
        product = sum(s * d for s, d in zip(step, drop, strict=True))
        square = sum(d * d for d in drop)
        if product <= 1e-10 * math.sqrt(square * sum(s * s for s in step)):
            return
        if self.fresh:
            scale = product / square
            self._inverse = [[scale * entry for entry in row] for row in self._inverse]
            self.fresh = False
        turned = [sum(entry * d for entry, d in zip(row, drop, strict=True)) for row in self._inverse]
        factor = (1.0 + sum(d * t for d, t in zip(drop, turned, strict=True)) / product) / product
        for row in range(self._size):
            for column in range(self._size):
                self._inverse[row][column] += (
                    factor * step[row] * step[column]
                    - (turned[row] * step[column] + step[row] * turned[column]) / product
                )
