"""The coordinates in which the likelihoods are climbed: each can go to its limit while the others mean what they meant.

A Gamma distribution goes by its shape and its mean, a Beta distribution by its size a + b and the odds of its mean, all
as logarithms. In the papers' own parameters the limits are far corners that two parameters run to together.
"""

import math

from crmcore.scoring.clv.optimise import Coordinate

#: exp(±9.2) is 10,000 or a ten-thousandth.
_FAR = 9.2
_FARTHER = 14.0

#: How much customers differ in how often they buy: the shape of the Gamma distribution of their rates.
RATE_SHAPE = Coordinate(-_FAR, _FAR, "extreme-rates", "equal-rates")
#: The same for the size of a Beta distribution of chances to buy, and the odds of its mean.
BUYING_SIZE = Coordinate(-_FAR, _FAR, "extreme-rates", "equal-rates")
BUYING_ODDS = Coordinate(-_FARTHER, _FARTHER, None, "always-buy")
#: The size of the Beta distribution of chances to leave, and the odds of its mean.
CHURN_SIZE = Coordinate(-_FAR, _FAR, "extreme-churn", "equal-churn")
CHURN_ODDS = Coordinate(-_FARTHER, _FARTHER, "no-churn", "all-churn")


def around(centre: float) -> Coordinate:
    """A coordinate whose value the data gives roughly; the bounds only stop a stray."""
    return Coordinate(centre - _FARTHER, centre + _FARTHER)


def beta_at(log_size: float, log_odds: float) -> tuple[float, float]:
    """The two parameters of a Beta distribution from the logarithms of its size and of the odds of its mean."""
    size = math.exp(log_size)
    return size / (1.0 + math.exp(-log_odds)), size / (1.0 + math.exp(log_odds))


def beta_slope(a: float, b: float, by_a: float, by_b: float) -> tuple[float, float]:
    """The gradient by those logarithms from the gradient by the two parameters."""
    return a * by_a + b * by_b, a * b / (a + b) * (by_a - by_b)
