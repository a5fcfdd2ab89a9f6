"""The likelihood that BG/NBD and MBG/NBD share, with its gradient.

While active, a customer buys as a Poisson process of rate λ; after a purchase the customer leaves with chance p. Over
customers, λ is Gamma(r, rate alpha) and p is Beta(a, b). In BG/NBD nobody leaves at the first purchase; in MBG/NBD one
may, as after any other. So a customer with x repeat purchases had k = x + m chances to leave, m being 0 or 1, and the
likelihood is

    Γ(r+x) alpha^r / Γ(r) · B(a, b+k) / B(a, b) · [ stayed + left ]

    stayed = (alpha+T)^-(r+x),  left = a/(b+k-1) · (alpha+t_x)^-(r+x) if k > 0

Rows alike are counted once, and logarithms are taken once for each T: a climb asks for this a hundred times. They are
taken of 1 + T/alpha, since r and alpha may be large together.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from crmcore.scoring.clv.coordinates import beta_at, beta_slope
from crmcore.scoring.clv.numbers import rising
from crmcore.scoring.clv.optimise import Point
from crmcore.scoring.clv.purchases import Purchases


class Dropouts:
    """The data in the form in which the likelihood is quickly found, whatever the order of the customers."""

    def __init__(self, rows: Iterable[Purchases], chances_at_first: int) -> None:
        counted = Counter(rows)
        ordered = sorted(counted)
        self._first = chances_at_first
        self.n: int = sum(counted.values())
        self._frequencies = sorted({0, *(row.frequency for row in ordered)})
        self._ages = sorted({row.age for row in ordered})
        self._recencies = sorted({row.recency for row in ordered})
        self._with_frequency = _sums(self._frequencies, ((row.frequency, counted[row]) for row in ordered))
        self._with_age = _sums(self._ages, ((row.age, counted[row]) for row in ordered))
        self._bought_by_age = _sums(self._ages, ((row.age, counted[row] * row.frequency) for row in ordered))
        age_at = {value: place for place, value in enumerate(self._ages)}
        recency_at = {value: place for place, value in enumerate(self._recencies)}
        # For each frequency that has had a chance to leave: how many, where their age and where their recency stands.
        self._leavers: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for row in ordered:
            if row.frequency + chances_at_first > 0:
                self._leavers[row.frequency].append((counted[row], age_at[row.age], recency_at[row.recency]))

    def parameters(self, point: Point) -> tuple[float, float, float, float]:
        """r, alpha, a and b at a point (log r, log mean rate, log of a + b, log of a / b)."""
        r = math.exp(point[0])
        return r, r / math.exp(point[1]), *beta_at(point[2], point[3])

    def slope(self, point: Point) -> tuple[float, Point]:
        """The mean log-likelihood of a customer at a point, and its gradient."""
        r, alpha, a, b = self.parameters(point)
        value, by_r, by_alpha, by_a, by_b = self._likelihood(r, alpha, a, b)
        by_size, by_odds = beta_slope(a, b, by_a, by_b)
        gradient = (r * by_r + alpha * by_alpha, -alpha * by_alpha, by_size, by_odds)
        return value / self.n, (*(part / self.n for part in gradient),)

    def _likelihood(self, r: float, alpha: float, a: float, b: float) -> tuple[float, float, float, float, float]:
        """The log-likelihood of all customers, and its derivatives by the four parameters."""
        value, by_r, by_a, by_b = self._by_frequency(r, a, b)
        log_alpha, by_alpha = math.log(alpha), 0.0
        log_ages = [math.log1p(age / alpha) for age in self._ages]
        for log_age, age, n, bought in zip(log_ages, self._ages, self._with_age, self._bought_by_age, strict=True):
            value -= n * r * log_age + bought * (log_alpha + log_age)
            by_r -= n * log_age
            by_alpha += (n * r * age / alpha - bought) / (alpha + age)
        left = self._left(r, alpha, a, b, log_ages)
        return value + left[0], by_r + left[1], by_alpha + left[2], by_a + left[3], by_b + left[4]

    def _by_frequency(self, r: float, a: float, b: float) -> tuple[float, float, float, float]:
        """What depends on the number of purchases alone: value, and derivatives by r, a and b."""
        chances = [frequency + self._first for frequency in self._frequencies]
        value = by_r = by_a = by_b = 0.0
        log_r, slope_r = rising(r, self._frequencies)
        log_b, slope_b = rising(b, chances)
        log_size, slope_size = rising(a + b, chances)
        for place, n in enumerate(self._with_frequency):
            value += n * (log_r[place] + log_b[place] - log_size[place])
            by_r += n * slope_r[place]
            by_a -= n * slope_size[place]
            by_b += n * (slope_b[place] - slope_size[place])
        return value, by_r, by_a, by_b

    def _left(
        self, r: float, alpha: float, a: float, b: float, log_ages: Sequence[float]
    ) -> tuple[float, float, float, float, float]:
        """What having left after the last purchase adds: value, and derivatives by r, alpha, a and b."""
        log_recencies = [math.log1p(recency / alpha) for recency in self._recencies]
        per_age = [1.0 / (alpha + age) for age in self._ages]
        per_recency = [1.0 / (alpha + recency) for recency in self._recencies]
        value = by_r = by_alpha = by_a = by_b = 0.0
        exp, log1p = math.exp, math.log1p
        for frequency, rows in self._leavers.items():
            shape, stay = r + frequency, 1.0 / (b + frequency + self._first - 1)
            log_odds, gone, tilt = math.log(a * stay), 0.0, 0.0
            for n, age, recency in rows:
                ratio = log_ages[age] - log_recencies[recency]
                odds = log_odds + shape * ratio
                if odds > 0.0:
                    power = exp(-odds)
                    value += n * (odds + log1p(power))
                    left = n / (1.0 + power)
                else:
                    power = exp(odds)
                    value += n * log1p(power)
                    left = n * power / (1.0 + power)
                by_r += left * ratio
                tilt += left * (per_age[age] - per_recency[recency])
                gone += left
            by_alpha += shape * tilt
            by_a += gone / a
            by_b -= gone * stay
        return value, by_r, by_alpha, by_a, by_b


def _sums(values: Sequence[float], pairs: Iterable[tuple[float, int]]) -> list[int]:
    """For each of the values, the sum of the counts that come with it."""
    totals: Counter[float] = Counter()
    for value, count in pairs:
        totals[value] += count
    return [totals[value] for value in values]
