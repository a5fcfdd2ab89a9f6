"""The few special functions that the models need, in plain Python.

The papers write their expectations with the Gaussian hypergeometric function ₂F₁, in forms that break down where a
parameter nears 1 or the argument does. Here the same quantities stand as sums without a negative term, or, where such a
sum would take too long, as a mean over a Beta distribution by the trapezoidal rule on the scale of log-odds, whose
error shrinks exponentially. Both are good to ten digits or more.
"""

import math
from collections.abc import Callable, Sequence

#: Terms up to which a sum is faster than the trapezoidal rule.
MOST_TERMS = 400
#: Beyond this, exp(-x) is nothing beside 1.
NEGLIGIBLE = 40.0
_SPACING = 0.25
_CROWDED = 0.5
_SPACINGS_A_DEVIATION = 1.4
_SMALL = 1e-17
_SMALLEST_POWER = -600.0
_SHORT = 32
_LARGE = 12.0


def digamma(x: float) -> float:
    """The derivative of ``math.lgamma`` for x > 0, to about 1e-14."""
    shift = 0.0
    while x < _LARGE:
        shift -= 1.0 / x
        x += 1.0
    square = 1.0 / (x * x)
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
    return shift + math.log(x) - 0.5 / x - series


def rising(base: float, counts: Sequence[int]) -> tuple[list[float], list[float]]:
    """For each count k: the logarithm of base (base + 1) … (base + k - 1), and its derivative by base.

    :param base: above 0.
    :param counts: ascending, from 0.
    """
    logs, slopes = [], []
    done, log, slope = 0, 0.0, 0.0
    for count in counts:
        if count - done <= _SHORT:
            for step in range(done, count):
                log += math.log(base + step)
                slope += 1.0 / (base + step)
        else:
            log += math.lgamma(base + count) - math.lgamma(base + done)
            slope += digamma(base + count) - digamma(base + done)
        done = count
        logs.append(log)
        slopes.append(slope)
    return logs, slopes


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)) without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    power = math.exp(x)
    return power / (1.0 + power)


def purchases_until_dropout(shape: float, odds: float, a: float, b: float) -> float:
    """How many purchases to expect of a customer who leaves after each with chance p, which is Beta(a, b).

    One who never left would make K purchases, K negative binomial with that shape and P(K = 0) = (1 + odds)^-shape. The
    purchase number j + 1 takes place if K > j and the customer stayed j times:

        Σ over j ≥ 0 of  P(K > j) · b (b+1) … (b+j-1) / ((a+b) (a+b+1) … (a+b+j-1))

    It equals (a+b-1)/(a-1) · (1 - (1+odds)^-shape · ₂F₁(shape, b; a+b-1; odds/(1+odds))), the papers' form, which has
    no value at a = 1.

    :param shape: above 0.
    :param odds: from 0; the time ahead over the time behind, as the model counts it.
    """
    power = -shape * math.log1p(odds)
    if power == 0.0:
        return 0.0
    if power > _SMALLEST_POWER and odds * shape + NEGLIGIBLE * (1.0 + odds) <= MOST_TERMS:
        return _summed(shape, odds / (1.0 + odds), power, a, b)

    def until(chance: float) -> float:
        return -math.expm1(-shape * math.log1p(chance * odds)) / chance

    return beta_mean(until, shape * odds, (shape + 1.0) * odds, a, b)


def _summed(shape: float, ratio: float, power: float, a: float, b: float) -> float:
    exactly = math.exp(power)
    more = -math.expm1(power)
    stayed, total, total_shape = 1.0, 0.0, a + b
    past = shape * ratio / (1.0 - ratio)
    enough = _SMALL * (1.0 - ratio)
    j = 0
    while more > 0.0:
        total += stayed * more
        stayed *= (b + j) / (total_shape + j)
        exactly *= (shape + j) / (j + 1) * ratio
        more -= exactly
        j += 1
        if exactly < enough and j > past:
            break
    return total


def discounted_stay(factor: float, a: float, b: float) -> float:
    """The sum over j ≥ 0 of factor^j · P(a customer who leaves with chance p each time stays j times), p Beta(a, b).

    It equals ₂F₁(1, b; a+b; factor). At factor 1 it is the mean number of periods, infinite where a ≤ 1.

    :param factor: from 0 to 1, of one period.
    """
    if factor >= 1.0:
        return (a + b - 1.0) / (a - 1.0) if a > 1.0 else math.inf
    if MOST_TERMS * (1.0 - factor) >= NEGLIGIBLE:
        total, term, j = 0.0, 1.0, 0
        while term > _SMALL * (1.0 - factor) * total:
            total += term
            term *= factor * (b + j) / (a + b + j)
            j += 1
        return total
    rest = 1.0 - factor
    return beta_mean(lambda chance: 1.0 / (rest + factor * chance), 1.0 / rest, factor / rest, a, b)


def beta_mean(function: Callable[[float], float], at_zero: float, bend: float, a: float, b: float) -> float:
    """The mean of a falling, convex, smooth function of p over p ~ Beta(a, b).

    Its value at p = 1, and where the density crowds there also that at p = 0, is taken off along a straight line first:
    what is left vanishes at the ends, so that a or b near 0 does no harm.

    :param at_zero: the function's limit at p = 0.
    :param bend: the function changes over p of about 1 / bend.
    """
    at_one = function(1.0)
    if a >= _CROWDED:
        at_zero = 0.0
    deviation = math.sqrt(1.0 / a + 1.0 / b)
    spacing = min(_SPACING, deviation / _SPACINGS_A_DEVIATION)
    middle = math.log(a) - math.log(b)
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    def height(odds: float) -> tuple[float, float]:
        """What is left of the function at these log-odds, times the density, and the logarithm of the latter."""
        chance, rest = logistic(odds), logistic(-odds)
        density = -(a + b) * math.log1p(math.exp(-abs(odds))) - (a * -odds if odds < 0.0 else b * odds) - log_beta
        left = function(chance) - at_zero * rest - at_one * chance
        return left * math.exp(density), density

    total = height(middle)[0]
    turn = min(middle, -math.log1p(bend))
    for direction, beyond in ((-1.0, turn), (1.0, max(middle, 0.0))):
        odds, highest = middle, -math.inf
        while True:
            odds += direction * spacing
            term, density = height(odds)
            total += term
            highest = max(highest, density)
            past = odds < beyond if direction < 0 else odds > beyond
            if (past and abs(term) <= _SMALL * abs(total)) or density < highest - 2 * NEGLIGIBLE:
                break
    return at_zero * (b / (a + b)) + at_one * (a / (a + b)) + spacing * total
