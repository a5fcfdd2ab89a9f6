"""Shifted beta-geometric (sBG): how many of those under contract renew, and for how long they stay.

* P. Fader, B. Hardie, "How to Project Customer Retention", Journal of Interactive Marketing 21 (2007).
* P. Fader, B. Hardie, "Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring Heterogeneity",
  Marketing Science 29 (2010).
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from operator import mul
from typing import ClassVar, Self

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.scoring.clv.coordinates import CHURN_ODDS, CHURN_SIZE, beta_at, beta_slope
from crmcore.scoring.clv.fits import LEAST, Fit, fitted, too_little
from crmcore.scoring.clv.numbers import discounted_stay, rising
from crmcore.scoring.clv.optimise import Point, maximise
from crmcore.scoring.clv.purchases import Window
from crmcore.scoring.clv.rows import MOST_STEPS, SHAPE, Flaw, flaws_of_count, flaws_of_one, flaws_of_rate, refuse

#: Under contract at the start, after the first chance to renew, after the second …: ``(1000, 869, 743)``.
Cohort = Sequence[int]

#: Where the climbs start: size of the Beta distribution, and odds of its mean.
STARTS: tuple[Point, ...] = ((1.0, -1.0), (0.0, 0.0), (4.0, -2.0))


@frozen
class SBG:
    """At each renewal a customer leaves with a chance of their own, which is Beta(alpha, beta) over customers.

    So the retention rate of a cohort rises with time though nobody becomes more loyal: those likely to leave are gone.
    Periods are those of the contract.
    """

    name: ClassVar[str] = "sbg"

    alpha: float = field(validator=SHAPE)
    beta: float = field(validator=SHAPE)

    @classmethod
    def fit(cls, cohorts: Iterable[Cohort], *, window: Window | None = None, least: int = LEAST) -> Fit[Self]:
        """The parameters under which these cohorts are most likely, seen together; they may be of different length.

        Where nobody left the answer is "no-churn" without parameters: how long they will stay cannot be known. One
        renewal cannot tell two parameters: cohorts that have not come to a second one are too little data.

        :param least: fewer customers who left than this are too little data, unless nobody did.
        :raises Invalid: a cohort that grows or is no list of counts, named by index and period (``cohorts[0][3]``).
        """
        data = _Renewals(_checked(cohorts))
        left = sum(data.left.values())
        if data.n and not left:
            return Fit(cls.name, "no-churn", None, 0.0, data.n, limits=("no-churn",), window=window)
        if left < max(least, 1) or data.periods < 2:  # noqa: PLR2004 — the second renewal
            return too_little(cls.name, data.n, window)
        optimum = maximise(data.slope, (CHURN_SIZE, CHURN_ODDS), STARTS, data.n)
        return fitted(cls.name, cls(*beta_at(*optimum.point)), optimum, data.n, window)

    def retention(self, renewal: int) -> float:
        """The share of those who are asked for the n-th renewal, counted from 1, that renew.

        :raises Invalid: no whole number from 1.
        """
        refuse("", flaws_of_count("renewal", renewal, 1))
        return (self.beta + renewal - 1) / (self.alpha + self.beta + renewal - 1)

    def survival(self, renewals: int) -> float:
        """The share of a cohort that is still there after so many renewals.

        :raises Invalid: no whole number from 0.
        """
        refuse("", flaws_of_count("renewals", renewals))
        stayed, _ = rising(self.beta, (renewals,))
        all_, _ = rising(self.alpha + self.beta, (renewals,))
        return math.exp(stayed[0] - all_[0])

    def curve(self, renewals: int) -> tuple[float, ...]:
        """The shares still there after 0, 1, … ``renewals`` renewals.

        :raises Invalid: no whole number from 0 to 10,000.
        """
        refuse("", flaws_of_count("renewals", renewals, 0, MOST_STEPS))
        return 1.0, *self.forecast(renewals)(0)

    def lifetime(self, discount: float = 0.0) -> float:
        """The periods that a new customer is expected to stay, the first one included, each discounted to today (DEL).

        Without a discount it is the mean tenure, infinite where alpha ≤ 1.

        :param discount: of one period, such as 0.1; for rates by the year see ``per_period``.
        :raises Invalid: a discount below 0 or beyond reason.
        """
        refuse("", flaws_of_rate("discount", discount))
        return discounted_stay(1.0 / (1.0 + discount), self.alpha, self.beta)

    def residual(self, renewals: int, discount: float = 0.0) -> float:
        """The periods still to expect of one who has renewed so many times and is about to be asked again (DERL).

        The period that this renewal would begin counts in full, the next one discounted once. Without a discount it is
        the mean residual tenure, infinite where alpha ≤ 1.

        :raises Invalid: no whole number from 0, or a discount below 0 or beyond reason.
        """
        refuse("", [*flaws_of_count("renewals", renewals), *flaws_of_rate("discount", discount)])
        stay = discounted_stay(1.0 / (1.0 + discount), self.alpha, self.beta + renewals + 1)
        return self.retention(renewals + 1) * stay

    def forecast(self, periods: int, step: float = 1.0) -> Callable[[int], tuple[float, ...]]:
        """A function that tells, from the renewals so far, how likely each of the next renewals takes place.

        :param step: 1: the model knows no other periods than those of the contract.
        :raises Invalid: here or in the function: values that cannot be.
        """
        refuse("", [*flaws_of_count("periods", periods, 0, MOST_STEPS), *flaws_of_one("step", step)])

        def expected(renewals: int) -> tuple[float, ...]:
            stays = (self.retention(renewals + ahead) for ahead in range(1, periods + 1))
            return tuple(accumulate(stays, mul))

        return expected


class _Renewals:
    """The likelihood of cohorts: how many left at which renewal, and how many were last seen staying at which."""

    def __init__(self, cohorts: Sequence[Cohort]) -> None:
        self.left: Counter[int] = Counter()
        self._stayed: Counter[int] = Counter()
        for cohort in cohorts:
            for period in range(1, len(cohort)):
                self.left[period - 1] += cohort[period - 1] - cohort[period]
            self._stayed[len(cohort) - 1] += cohort[-1]
        self.n = sum(cohort[0] for cohort in cohorts)
        self.periods = max((len(cohort) - 1 for cohort in cohorts), default=0)

    def slope(self, point: Point) -> tuple[float, Point]:
        """The mean log-likelihood of a customer at (log of alpha + beta, log of alpha / beta), and its gradient."""
        alpha, beta = beta_at(*point)
        counts = range(self.periods + 1)
        stay, by_stay = rising(beta, counts)
        all_, by_all = rising(alpha + beta, counts)
        value = by_alpha = by_beta = 0.0
        for renewals, n in sorted(self._stayed.items()):
            value += n * (stay[renewals] - all_[renewals])
            by_alpha -= n * by_all[renewals]
            by_beta += n * (by_stay[renewals] - by_all[renewals])
        log_alpha = math.log(alpha)
        for renewals, n in sorted(self.left.items()):
            value += n * (log_alpha + stay[renewals] - all_[renewals + 1])
            by_alpha += n * (1.0 / alpha - by_all[renewals + 1])
            by_beta += n * (by_stay[renewals] - by_all[renewals + 1])
        by_size, by_odds = beta_slope(alpha, beta, by_alpha, by_beta)
        return value / self.n, (by_size / self.n, by_odds / self.n)


def _checked(cohorts: Iterable[Cohort]) -> list[Cohort]:
    kept = [tuple(cohort) for cohort in cohorts]
    faults = [
        Fault(f"cohorts[{index}]{place}", code, expected)
        for index, cohort in enumerate(kept)
        for place, code, expected in _flaws_of(cohort)
    ]
    if faults:
        raise Invalid(faults)
    return [cohort for cohort in kept if cohort]


def _flaws_of(cohort: Sequence[object]) -> Iterator[Flaw]:
    flaws = [flaw for period, count in enumerate(cohort) for flaw in flaws_of_count(f"[{period}]", count)]
    yield from flaws
    for period in range(1, 0 if flaws else len(cohort)):
        if cohort[period] > cohort[period - 1]:  # type: ignore[operator]
            yield f"[{period}]", "out-of-range", "not more than the period before"
