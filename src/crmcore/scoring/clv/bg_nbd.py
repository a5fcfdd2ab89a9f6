"""BG/NBD and MBG/NBD: how many purchases to expect of customers who never say that they have left.

* BG/NBD: P. Fader, B. Hardie, K. L. Lee, "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD
  Model", Marketing Science 24 (2005).
* MBG/NBD: E. Batislam, M. Denizel, A. Filiztekin, "Empirical validation and comparison of models for customer base
  analysis", International Journal of Research in Marketing 24 (2007).
"""

import math
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import ClassVar, Self

from attrs import field, frozen

from crmcore.scoring.clv.coordinates import CHURN_ODDS, CHURN_SIZE, RATE_SHAPE, around
from crmcore.scoring.clv.dropout import Dropouts
from crmcore.scoring.clv.fits import LEAST, Fit, fitted, too_little
from crmcore.scoring.clv.numbers import logistic, purchases_until_dropout
from crmcore.scoring.clv.optimise import Point, gain, maximise
from crmcore.scoring.clv.purchases import Purchases, Window, checked_purchases, flaws_of_purchases
from crmcore.scoring.clv.rows import MOST_STEPS, SCALE, SHAPE, flaws_of_count, flaws_of_time, refuse

#: Where the climbs start, as logarithms: shape of the rates, mean rate over purchases per time, size and odds of the
#: chance to leave. Few customers may make two hills: many leave and buy fast till then, or few leave.
STARTS: tuple[Point, ...] = (
    (0.0, 0.7, 1.0, -1.0),
    (1.5, 0.3, 3.0, -3.0),
    (0.5, 2.0, 0.0, 1.0),
    (-1.0, 0.3, -3.0, -1.5),
)
#: Ages of all customers together, below which no time has passed.
LEAST_TIME = 1e-9
#: Logarithm of odds beyond which nothing is left of a probability.
_CERTAIN = 700.0


@frozen
class _UntilDropout:
    """What the two models share; times are in the unit of the purchases that they were fitted to."""

    name: ClassVar[str]
    chances_at_first: ClassVar[int]

    r: float = field(validator=SHAPE)
    alpha: float = field(validator=SCALE)
    a: float = field(validator=SHAPE)
    b: float = field(validator=SHAPE)

    @classmethod
    def fit(cls, purchases: Iterable[Purchases], *, window: Window | None = None, least: int = LEAST) -> Fit[Self]:
        """The parameters under which these purchases are most likely.

        :param least: fewer customers with a repeat purchase than this are too little data.
        :raises Invalid: rows that cannot be, each named by index and field.
        """
        rows = checked_purchases(purchases)
        repeaters = sum(row[0] > 0 for row in rows)
        time = math.fsum(row[2] for row in rows)
        if repeaters < max(least, 1) or time < LEAST_TIME:
            return too_little(cls.name, len(rows), window)
        data = Dropouts((Purchases(*row) for row in rows), cls.chances_at_first)
        rate = math.log(sum(row[0] for row in rows) / time)
        starts = [(shape, rate + faster, size, odds) for shape, faster, size, odds in STARTS]
        axes = (RATE_SHAPE, around(rate), CHURN_SIZE, CHURN_ODDS)
        optimum = maximise(data.slope, axes, starts, data.n)
        churn = gain(data.slope, axes, optimum, axes.index(CHURN_ODDS))
        return fitted(cls.name, cls(*data.parameters(optimum.point)), optimum, data.n, window, churn)

    def p_alive(self, purchases: Purchases) -> float:
        """How likely the customer has not left for good, under this model; **never a churn risk**.

        In BG/NBD it is 1 for everyone who bought once, however long ago. Ordering customers by it can be worse than
        tossing a coin: on the CDNOW data its AUC for buying again is .32. Use ``expected``, or silence against a window
        set by policy.

        :raises Invalid: values that cannot be.
        """
        refuse("purchases", flaws_of_purchases(*purchases))
        odds, shape = self._odds(purchases[0], purchases[2])
        return logistic(odds + shape * math.log(self.alpha + purchases[1]))

    def expected(self, purchases: Purchases, horizon: float) -> float:
        """How many purchases to expect of this customer in the time ``horizon`` after the window.

        :raises Invalid: values that cannot be.
        """
        refuse("purchases", flaws_of_purchases(*purchases))
        return self.predict_many((purchases,), horizon)[0]

    def expected_new(self, horizon: float) -> float:
        """How many repeat purchases to expect of a new customer, in the time ``horizon`` after the first purchase.

        :raises Invalid: a horizon below 0 or beyond reason.
        """
        refuse("", flaws_of_time("horizon", horizon))
        stays = self.b / (self.a + self.b) if self.chances_at_first else 1.0
        return stays * self._while_active(0, 0.0, horizon)

    def predict_many(self, purchases: Iterable[Purchases], horizon: float) -> list[float]:
        """``expected`` for many customers, in their order and equal to the last digit.

        :raises Invalid: a horizon or rows that cannot be, the latter named by index and field.
        """
        refuse("", flaws_of_time("horizon", horizon))
        known: dict[tuple[int, float], tuple[float, float, float]] = {}
        answers = []
        alpha, log, exp = self.alpha, math.log, math.exp
        for frequency, recency, age in checked_purchases(purchases):
            entry = known.get((frequency, age))
            if entry is None:
                entry = self._while_active(frequency, age, horizon), *self._odds(frequency, age)
                known[frequency, age] = entry
            ahead, odds, shape = entry
            against = -odds - shape * log(alpha + recency)
            answers.append(ahead / (1.0 + exp(against)) if against < _CERTAIN else 0.0)
        return answers

    def forecast(self, periods: int, step: float) -> Callable[[Purchases], tuple[float, ...]]:
        """A function that tells a customer's expected purchases in each of so many periods of that length.

        :param step: in the unit of the purchases' times.
        :raises Invalid: here or in the function: values that cannot be.
        """
        refuse("", [*flaws_of_count("periods", periods, 0, MOST_STEPS), *flaws_of_time("step", step)])
        known: dict[tuple[int, float], tuple[float, ...]] = {}

        def expected(purchases: Purchases) -> tuple[float, ...]:
            alive = self.p_alive(purchases)
            key = purchases[0], purchases[2]
            if key not in known:
                known[key] = self._growth(*key, periods, step)
            return tuple(alive * number for number in known[key])

        return expected

    def _growth(self, frequency: int, age: float, periods: int, step: float) -> tuple[float, ...]:
        """Expected purchases in each period of a customer who is active at the end of the window."""
        totals = [self._while_active(frequency, age, period * step) for period in range(periods + 1)]
        return tuple(max(0.0, later - sooner) for sooner, later in pairwise(totals))

    def _while_active(self, frequency: int, age: float, horizon: float) -> float:
        """Expected purchases, over the horizon, of a customer who is active at the end of the window."""
        chances = frequency + self.chances_at_first
        return purchases_until_dropout(self.r + frequency, horizon / (self.alpha + age), self.a, self.b + chances)

    def _odds(self, frequency: int, age: float) -> tuple[float, float]:
        """Two numbers u and v such that u + v log(alpha + recency) is the logarithm of the odds of being active."""
        chances = frequency + self.chances_at_first
        if chances == 0:
            return math.inf, 0.0
        shape = self.r + frequency
        return math.log((self.b + chances - 1) / self.a) - shape * math.log(self.alpha + age), shape


@frozen
class BGNBD(_UntilDropout):
    """Beta-geometric / negative binomial: after each repeat purchase a customer may leave, but never after the first.

    ``r`` and ``alpha`` (a time) say how often customers buy: rates are Gamma distributed with mean r / alpha. ``a`` and
    ``b`` say how they leave: the chance after a purchase is Beta distributed with mean a / (a + b).
    """

    name: ClassVar[str] = "bg-nbd"
    chances_at_first: ClassVar[int] = 0


@frozen
class MBGNBD(_UntilDropout):
    """The modified BG/NBD: a customer may leave after the first purchase as after any other.

    The parameters mean what they mean in BG/NBD.
    """

    name: ClassVar[str] = "mbg-nbd"
    chances_at_first: ClassVar[int] = 1
