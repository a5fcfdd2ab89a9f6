"""Gamma-Gamma: how much a customer spends on average, from a few purchases.

P. Fader, B. Hardie, "The Gamma-Gamma Model of Monetary Value" (2013); P. Fader, B. Hardie, K. L. Lee, "RFM and CLV:
Using Iso-Value Curves for Customer Base Analysis", Journal of Marketing Research 42 (2005).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Self

from attrs import field, frozen

from crmcore.scoring.clv.coordinates import around
from crmcore.scoring.clv.fits import LEAST, Fit, fitted, too_little
from crmcore.scoring.clv.numbers import digamma
from crmcore.scoring.clv.optimise import Coordinate, Point, maximise
from crmcore.scoring.clv.purchases import Spend, Window
from crmcore.scoring.clv.rows import SCALE, SHAPE, Flaw, checked, flaws_of_amount, flaws_of_count, refuse

_FAR = 9.2
#: Within a customer: the shape of an amount's distribution. Between customers: the shape of that of their scales.
WITHIN = Coordinate(-_FAR, _FAR, "erratic-spend", "steady-spend")
BETWEEN = Coordinate(-_FAR, _FAR, "extreme-spend", "equal-spend")

#: A mean amount up to this is as good as none.
NOTHING = 1e-9
#: Where the climbs start: logarithms of the two shapes; the level begins at the mean of the data.
STARTS: tuple[Point, ...] = ((0.5, 1.0), (2.0, 1.5), (0.0, 3.0))


@frozen
class GammaGamma:
    """A purchase's amount is Gamma distributed with shape ``p``; its scale differs between customers with shape ``q``.

    ``gamma`` is in the unit of the amounts; the mean over all customers is p gamma / (q - 1). The model takes for
    granted that how much a customer spends does not depend on how often: look at ``correlation`` first.
    """

    name: ClassVar[str] = "gamma-gamma"

    p: float = field(validator=SHAPE)
    q: float = field(validator=SHAPE)
    gamma: float = field(validator=SCALE)

    @classmethod
    def fit(cls, spends: Iterable[Spend], *, window: Window | None = None, least: int = LEAST) -> Fit[Self]:
        """The parameters under which these mean amounts are most likely.

        Customers without a repeat purchase, or whose repeat purchases cost nothing, say nothing of amounts: they are
        left out, and ``n`` counts the others. Where q comes out at 1 or below, the mean is infinite and the status says
        so.

        :param least: fewer customers than this are too little data.
        :raises Invalid: rows that cannot be, each named by index and field.
        """
        rows = [row for row in checked(spends, "spends", _flaws_of) if row[0] > 0 and row[1] > NOTHING]
        if len(rows) < max(least, 1):
            return too_little(cls.name, len(rows), window)
        data = _Amounts(rows)
        starts = [(within, between, data.level) for within, between in STARTS]
        optimum = maximise(data.slope, (WITHIN, BETWEEN, around(data.level)), starts, data.n)
        found = fitted(cls.name, cls(*data.parameters(optimum.point)), optimum, data.n, window)
        return found.but("infinite-mean") if found.parameters and found.parameters.q <= 1.0 else found

    @property
    def mean(self) -> float:
        """The mean amount of a purchase over all customers; infinite where q ≤ 1."""
        return self.p * self.gamma / (self.q - 1.0) if self.q > 1.0 else math.inf

    def expected(self, spend: Spend) -> float:
        """The mean amount to expect of a customer's purchases: between what was seen and the mean of all.

        The more purchases were seen, the nearer to theirs; without any, the mean of all. Infinite where p x + q ≤ 1.

        :raises Invalid: values that cannot be.
        """
        refuse("spend", _flaws_of(*spend))
        frequency, mean = spend
        if frequency == 0:
            return self.mean
        shape = self.p * frequency + self.q - 1.0
        return self.p * (self.gamma + frequency * float(mean)) / shape if shape > 0.0 else math.inf


def correlation(spends: Iterable[Spend]) -> float | None:
    """How mean amount and number of repeat purchases go together, from -1 to 1; the model wants about 0.

    Customers without a repeat purchase are left out. None where either does not vary.

    :raises Invalid: rows that cannot be, each named by index and field.
    """
    rows = [row for row in checked(spends, "spends", _flaws_of) if row[0] > 0]
    counts = _deviations([float(row[0]) for row in rows])
    means = _deviations([float(row[1]) for row in rows])
    spread = math.sqrt(math.fsum(c * c for c in counts) * math.fsum(m * m for m in means))
    return math.fsum(c * m for c, m in zip(counts, means, strict=True)) / spread if spread else None


def _deviations(values: Sequence[float]) -> list[float]:
    mean = math.fsum(values) / len(values) if values else 0.0
    return [value - mean for value in values]


def _flaws_of(frequency: object, mean: object) -> Iterator[Flaw]:
    yield from flaws_of_count("frequency", frequency)
    yield from flaws_of_amount("mean", mean)


class _Amounts:
    """The likelihood of mean amounts, in logarithms: of p, of q, and of p gamma / q, a typical level."""

    def __init__(self, rows: Sequence[Spend]) -> None:
        ordered = sorted((row[0], float(row[1])) for row in rows)
        self.n = len(ordered)
        self._counts = sorted({count for count, _ in ordered})
        at = {count: place for place, count in enumerate(self._counts)}
        self._rows = [(at[count], count, count * mean, math.log(count * mean)) for count, mean in ordered]
        self._logs = math.fsum(math.log(mean) for _, mean in ordered)
        self.level = self._logs / self.n

    def parameters(self, point: Point) -> tuple[float, float, float]:
        """p, q and gamma at a point."""
        return math.exp(point[0]), math.exp(point[1]), math.exp(point[2] - point[0] + point[1])

    def slope(self, point: Point) -> tuple[float, Point]:
        """The mean log-likelihood of a customer at a point, and its gradient."""
        p, q, gamma = self.parameters(point)
        value, by_p, by_q, by_gamma = self._likelihood(p, q, gamma)
        gradient = (p * by_p - gamma * by_gamma, q * by_q + gamma * by_gamma, gamma * by_gamma)
        return value / self.n, (*(part / self.n for part in gradient),)

    def _likelihood(self, p: float, q: float, gamma: float) -> tuple[float, float, float, float]:
        """The log-likelihood of all customers, and its derivatives by the three parameters."""
        log_gamma, log_q, slope_q = math.log(gamma), math.lgamma(q), digamma(q)
        joint = [math.lgamma(p * count + q) - math.lgamma(p * count) - log_q for count in self._counts]
        up = [digamma(p * count + q) for count in self._counts]
        down = [digamma(p * count) for count in self._counts]
        value, by_p = self.n * q * log_gamma - self._logs, 0.0
        by_q, by_gamma = self.n * (log_gamma - slope_q), self.n * q / gamma
        for place, count, total, log_total in self._rows:
            log_both = math.log(gamma + total)
            shape = p * count
            value += joint[place] + shape * (log_total - log_both) - q * log_both
            by_p += count * (up[place] - down[place] + log_total - log_both)
            by_q += up[place] - log_both
            by_gamma -= (shape + q) / (gamma + total)
        return value, by_p, by_q, by_gamma
