"""The likelihood of BG/BB, with its gradient: what customers made of their chances.

Who took x of n chances, the last at t_x, either stayed throughout or left before one of the chances after t_x:

    L = stay(n) + Σ over t from t_x to n - 1 of leave(t)

    stay(n)  = B(alpha+x, beta+n-x) / B(alpha, beta) · B(gamma, delta+n) / B(gamma, delta)
    leave(t) = B(alpha+x, beta+t-x) / B(alpha, beta) · B(gamma+1, delta+t) / B(gamma, delta)

The terms do not depend on t_x. So all who took equally many of equally many share one sum, the latest t first.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from crmcore.scoring.clv.coordinates import beta_at, beta_slope
from crmcore.scoring.clv.numbers import rising
from crmcore.scoring.clv.optimise import Point
from crmcore.scoring.clv.rows import MOST_STEPS, Flaw, flaws_of_count


class Chances(NamedTuple):
    """How many of ``chances`` were taken, which was the last one taken (0 if none), and by how many customers.

    The chances come after the one that made the customer; they are counted from 1.
    """

    frequency: int
    recency: int
    chances: int
    customers: int = 1


_SLOPES = 4
_Slopes = tuple[float, float, float, float]


def parameters_at(point: Point) -> _Slopes:
    """alpha, beta, gamma and delta at a point."""
    return *beta_at(point[0], point[1]), *beta_at(point[2], point[3])


def log_sum(one: float, other: float) -> float:
    """The logarithm of the sum of two numbers given by their logarithms."""
    return max(one, other) + math.log1p(math.exp(-abs(one - other)))


class Tables:
    """Logarithms of rising factorials of the parameters, with derivatives, up to a number of chances."""

    def __init__(self, alpha: float, beta: float, gamma: float, delta: float, chances: int) -> None:
        counts = range(chances + 2)
        self._gamma = gamma
        self._log_gamma = math.log(gamma)
        self._take, self._by_take = rising(alpha, counts)
        self._miss, self._by_miss = rising(beta, counts)
        self._both, self._by_both = rising(alpha + beta, counts)
        self._stay, self._by_stay = rising(delta, counts)
        self._all, self._by_all = rising(gamma + delta, counts)

    def staying(self, taken: int, chances: int) -> float:
        """The log-probability of taking just these of so many chances and staying throughout."""
        return self._taking(taken, chances) + self._stay[chances] - self._all[chances]

    def leaving(self, taken: int, chances: int) -> float:
        """The log-probability of taking just these of so many chances and leaving before the next."""
        return self._taking(taken, chances) + self._log_gamma + self._stay[chances] - self._all[chances + 1]

    def _taking(self, taken: int, chances: int) -> float:
        return self._take[taken] + self._miss[chances - taken] - self._both[chances]

    def staying_slopes(self, taken: int, chances: int) -> _Slopes:
        """The derivatives of ``staying`` by the four parameters."""
        by_all = self._by_all[chances]
        return (*self._taking_slopes(taken, chances), -by_all, self._by_stay[chances] - by_all)

    def leaving_slopes(self, taken: int, chances: int) -> _Slopes:
        """The derivatives of ``leaving`` by the four parameters."""
        by_all = self._by_all[chances + 1]
        return (*self._taking_slopes(taken, chances), 1.0 / self._gamma - by_all, self._by_stay[chances] - by_all)

    def _taking_slopes(self, taken: int, chances: int) -> tuple[float, float]:
        by_both = self._by_both[chances]
        return self._by_take[taken] - by_both, self._by_miss[chances - taken] - by_both


class Taken:
    """The likelihood of rows: a sum over when the customer may have left, shared by all who took equally many."""

    def __init__(self, rows: Iterable[Chances]) -> None:
        counted: Counter[tuple[int, int, int]] = Counter()
        for row in rows:
            counted[row[:3]] += row.customers
        self.n: int = sum(counted.values())
        self.most: int = max((chances for _, _, chances in counted), default=0)
        self._rows: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
        for (frequency, recency, chances), count in sorted(counted.items()):
            self._rows[frequency, chances][recency] = count

    def slope(self, point: Point) -> tuple[float, Point]:
        """The mean log-likelihood of a customer at a point, and its gradient."""
        alpha, beta, gamma, delta = parameters_at(point)
        tables = Tables(alpha, beta, gamma, delta, self.most)
        value, slopes = 0.0, [0.0] * _SLOPES
        for (frequency, chances), counts in self._rows.items():
            for recency, log, by in self._backwards(tables, frequency, chances, min(counts)):
                if count := counts.get(recency, 0):
                    value += count * log
                    slopes = [total + count * part for total, part in zip(slopes, by, strict=True)]
        buying = beta_slope(alpha, beta, slopes[0], slopes[1])
        leaving = beta_slope(gamma, delta, slopes[2], slopes[3])
        return value / self.n, (*(part / self.n for part in (*buying, *leaving)),)

    @staticmethod
    def _backwards(tables: Tables, frequency: int, chances: int, down_to: int) -> Iterator[tuple[int, float, _Slopes]]:
        """Log-likelihood and slopes for each recency, the latest first: an earlier one adds a way to have left."""
        log, by = tables.staying(frequency, chances), tables.staying_slopes(frequency, chances)
        yield chances, log, by
        for last in range(chances - 1, down_to - 1, -1):
            left, by_left = tables.leaving(frequency, last), tables.leaving_slopes(frequency, last)
            total = log_sum(log, left)
            share = math.exp(left - total)
            a, b, c, d = (old + share * (new - old) for old, new in zip(by, by_left, strict=True))
            log, by = total, (a, b, c, d)
            yield last, log, by


def flaws_of_chances(frequency: object, recency: object, chances: object, customers: object = 1) -> Iterator[Flaw]:
    """What keeps values from being what customers made of their chances."""
    flaws = [
        *flaws_of_count("frequency", frequency),
        *flaws_of_count("recency", recency),
        *flaws_of_count("chances", chances, 0, MOST_STEPS),
        *flaws_of_count("customers", customers, 1),
    ]
    if not flaws and recency > chances:  # type: ignore[operator]
        flaws.append(("recency", "out-of-range", "not more than chances"))
    if not flaws and not (frequency <= recency and (frequency or not recency)):  # type: ignore[operator]
        flaws.append(("frequency", "out-of-range", "from 1 to recency, or 0 where recency is 0"))
    yield from flaws
