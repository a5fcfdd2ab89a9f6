"""The climb: to the top, to a bound, or to an honest no."""

import math

import pytest

from crmcore.scoring.clv.optimise import Coordinate, Point, gain, maximise

WIDE = (Coordinate(-10.0, 10.0), Coordinate(-10.0, 10.0))


def valley(point: Point) -> tuple[float, Point]:
    """Rosenbrock's curved valley, upside down: its top is at (1, 1)."""
    x, y = point
    bend = y - x * x
    return -((1 - x) ** 2) - 100 * bend * bend, (2 * (1 - x) + 400 * x * bend, -200 * bend)


def slope_to(top: float):
    """A round hill with its top at ``top`` in the first coordinate, and at 1 in the second."""

    def hill(point: Point) -> tuple[float, Point]:
        x, y = point
        return -((x - top) ** 2) - (y - 1) ** 2, (-2 * (x - top), -2 * (y - 1))

    return hill


def test_top_of_a_curved_valley():
    """The climb follows a narrow bend to its end."""
    end = maximise(valley, WIDE, [(-1.2, 1.0)], 1.0)

    assert pytest.approx((1.0, 1.0), abs=1e-5) == end.point
    assert end.level
    assert () == end.limits


def test_a_top_beyond_a_bound():
    """Where the top lies out of bounds, the climb ends at the bound, level in what is free, and names the limit."""
    axes = (Coordinate(-2.0, 2.0, "no-churn", "all-churn"), WIDE[1])
    end = maximise(slope_to(5.0), axes, [(0.0, 0.0)], 1.0)

    assert pytest.approx((2.0, 1.0), abs=1e-6) == end.point
    assert end.level
    assert ("all-churn",) == end.limits


def test_a_limit_that_costs_nothing():
    """A coordinate that makes no difference is at both of its limits, wherever the climb leaves it."""

    def flat(point: Point) -> tuple[float, Point]:
        return -((point[1] - 1) ** 2), (0.0, -2 * (point[1] - 1))

    axes = (Coordinate(-2.0, 2.0, "extreme-churn", "equal-churn"), WIDE[1])

    assert ("extreme-churn", "equal-churn") == maximise(flat, axes, [(0.3, 0.0)], 100.0).limits


def test_what_going_to_a_limit_may_cost():
    """The cost of a limit is counted over all customers: what is nothing for one is much for a thousand."""
    axes = (Coordinate(-2.0, 0.05, None, "equal-rates"), WIDE[1])

    assert ("equal-rates",) == maximise(slope_to(0.0), axes, [(-1.0, 0.0)], 1.0).limits
    assert () == maximise(slope_to(0.0), axes, [(-1.0, 0.0)], 1000.0).limits


def test_the_best_of_several_hills():
    """Of the ends that are reached from the starting points the highest wins."""

    def hills(point: Point) -> tuple[float, Point]:
        (x,) = point
        return math.sin(x) + x / 10, (math.cos(x) + 0.1,)

    axes = (Coordinate(-10.0, 10.0),)
    ends = [maximise(hills, axes, starts, 1.0) for starts in ([(1.0,)], [(1.0,), (7.0,)], [(7.0,), (1.0,)])]

    assert pytest.approx(1.67, abs=0.01) == ends[0].point[0]
    assert pytest.approx(7.95, abs=0.01) == ends[1].point[0]
    assert ends[1].point == ends[2].point


def test_values_that_are_no_numbers_are_gone_round():
    """A step to where there is no value is taken shorter."""

    def edge(point: Point) -> tuple[float, Point]:
        (x,) = point
        return (math.log(x) - x, (1 / x - 1,)) if x > 0 else (math.nan, (math.nan,))

    end = maximise(edge, (Coordinate(-5.0, 5.0),), [(0.05,)], 1.0)

    assert pytest.approx(1.0, abs=1e-5) == end.point[0]


def test_a_climb_that_gets_nowhere_says_so():
    """A gradient that leads nowhere ends the climb, not level."""
    end = maximise(lambda _: (0.0, (1.0,)), (Coordinate(-5.0, 5.0),), [(0.0,)], 1.0)

    assert not end.level


def test_the_gain_over_a_coordinate_held():
    """The gain is what the top has over the best point with the coordinate at its lower bound."""
    axes = (Coordinate(-2.0, 4.0), WIDE[1])
    best = maximise(slope_to(1.0), axes, [(0.0, 0.0)], 1.0)

    assert pytest.approx(9.0, abs=1e-6) == gain(slope_to(1.0), axes, best, 0)
