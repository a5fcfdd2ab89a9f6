"""Customers that are made up by the models' own stories, with a seed: what a fit must find again, or cope with."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random

from crmcore.scoring.clv import Chances, Purchases, Spend

#: Stands for a rate or a chance that differs between customers.
Draw = Callable[[Random], float]


def gamma(shape: float, rate: float) -> Draw:
    """Rates that are Gamma distributed."""
    return lambda random: random.gammavariate(shape, 1.0 / rate)


def beta(a: float, b: float) -> Draw:
    """Chances that are Beta distributed."""
    return lambda random: random.betavariate(a, b)


def always(value: float) -> Draw:
    """The same for every customer."""
    return lambda _: value


#: About what the papers find.
SOME_BUY, SOME_LEAVE = gamma(0.24, 4.4), beta(0.8, 2.4)
HALF_TAKE, FEW_LEAVE = beta(1.2, 0.75), beta(0.7, 2.8)


def buyers(
    random: Random,
    n: int,
    rate: Draw = SOME_BUY,
    churn: Draw = SOME_LEAVE,
    *,
    weeks: float = 39.0,
    leave_at_first: bool = False,
) -> list[Purchases]:
    """Customers who came in the first third of so many weeks, buy at their rate and leave by their chance."""
    return [_buyer(random, rate(random), churn(random), weeks, leave_at_first) for _ in range(n)]


def _buyer(random: Random, rate: float, churn: float, weeks: float, leave_at_first: bool) -> Purchases:
    age = round(weeks * random.uniform(2 / 3, 1.0), 2)
    now, last, count = 0.0, 0.0, 0
    gone = leave_at_first and random.random() < churn
    while not gone:
        # A rate that is 0 to all digits never buys.
        now += random.expovariate(rate) if rate > 1e-300 else age
        if now >= age:
            break
        last, count = now, count + 1
        gone = random.random() < churn
    return Purchases(count, min(round(last, 2), age) if count else 0.0, age)


def spenders(random: Random, counts: list[int], p: float = 6.0, q: float = 4.0, scale: float = 15.0) -> list[Spend]:
    """The mean amounts of customers with so many repeat purchases; 0 for those without any."""
    return [Spend(count, _mean(random, count, p, random.gammavariate(q, 1.0 / scale))) for count in counts]


def _mean(random: Random, count: int, shape: float, rate: float) -> float:
    return round(sum(random.gammavariate(shape, 1.0 / rate) for _ in range(count)) / count, 2) if count else 0.0


def takers(random: Random, n: int, take: Draw = HALF_TAKE, churn: Draw = FEW_LEAVE) -> list[Chances]:
    """Customers with six chances to buy each, counted by what they made of them."""
    counted = Counter(_taken(random, take(random), churn(random)) for _ in range(n))
    return [Chances(*key, 6, customers) for key, customers in sorted(counted.items())]


def _taken(random: Random, take: float, churn: float) -> tuple[int, int]:
    count = last = 0
    for chance in range(1, 7):
        if random.random() < churn:
            break
        if random.random() < take:
            count, last = count + 1, chance
    return count, last


def cohort(random: Random, n: int, periods: int, churn: Draw = FEW_LEAVE) -> tuple[int, ...]:
    """How many of n are still under contract at the start and after each period."""
    stays = [_renewals(random, churn(random), periods) for _ in range(n)]
    return tuple(sum(stay >= period for stay in stays) for period in range(periods + 1))


def _renewals(random: Random, churn: float, periods: int) -> int:
    return next((period for period in range(periods) if random.random() < churn), periods)


#: Data on which fitting is hard, by name; each makes the same customers for the same seed.
HARD_BUYERS: dict[str, Callable[[Random], list[Purchases]]] = {
    "fifty": lambda random: buyers(random, 50),
    "fifty who may leave at once": lambda random: buyers(random, 50, gamma(0.5, 6.0), leave_at_first=True),
    "nobody leaves": lambda random: buyers(random, 300, gamma(1.0, 10.0), always(0.0)),
    "nobody of fifty leaves": lambda random: buyers(random, 50, gamma(1.0, 10.0), always(0.0)),
    "everybody leaves at the first chance": lambda random: buyers(random, 200, gamma(1.0, 5.0), always(1.0)),
    "one-time buyers only": lambda random: [Purchases(0, 0.0, random.uniform(0.0, 39.0)) for _ in range(200)],
    "all equal": lambda random: [Purchases(random.randrange(1, 9), 20.0, 39.0)] * 100,
    "equal rates": lambda random: buyers(random, 200, always(0.1)),
    "equal chance to leave": lambda random: buyers(random, 200, gamma(1.0, 5.0), always(0.2)),
    "leave at once or never": lambda random: buyers(random, 200, gamma(1.0, 5.0), beta(0.01, 0.02)),
    "hundreds of purchases": lambda random: buyers(random, 100, gamma(2.0, 0.1), beta(0.5, 20.0)),
    "time in seconds": lambda random: [_in_seconds(row) for row in buyers(random, 200)],
    "one customer bought again": lambda _: [*[Purchases(0, 0.0, 30.0)] * 60, Purchases(2, 12.0, 30.0)],
    "all bought twice today": lambda _: [Purchases(1, 0.0, 0.0)] * 30,
    "some bought twice on one day": lambda random: [*buyers(random, 100), *[Purchases(2, 0.0, 0.0)] * 20],
    "all new today": lambda _: [Purchases(0, 0.0, 0.0)] * 30,
    "nobody": lambda _: [],
}


def _in_seconds(row: Purchases) -> Purchases:
    return Purchases(row.frequency, row.recency * 604_800.0, row.age * 604_800.0)


def _spend(count: Draw, mean: Draw, n: int, random: Random) -> list[Spend]:
    return [Spend(int(count(random)), mean(random)) for _ in range(n)]


def _inverse(draw: Draw) -> Draw:
    return lambda random: 1.0 / draw(random)


HARD_SPENDS: dict[str, Callable[[Random], list[Spend]]] = {
    "fifty": lambda random: spenders(random, [random.randrange(4) for _ in range(50)]),
    "all equal": partial(_spend, always(3), always(25.0), 100),
    "one purchase each": lambda random: spenders(random, [1] * 100),
    "equal customers": lambda random: [Spend(4, _mean(random, 4, 2.0, 0.1)) for _ in range(100)],
    "steady customers": partial(_spend, lambda random: random.randrange(1, 9), _inverse(gamma(4.0, 100.0)), 100),
    "no mean": lambda random: spenders(random, [3] * 200, q=0.6),
    "cents": lambda random: [Spend(x, z / 1e6) for x, z in spenders(random, [2] * 60)],
    "next to nothing": partial(_spend, always(2), lambda random: random.random() * 1e-200, 50),
    "free of charge": partial(_spend, always(2), always(0.0), 50),
    "nobody": lambda _: [],
}
HARD_CHANCES: dict[str, Callable[[Random], list[Chances]]] = {
    "fifty": lambda random: takers(random, 50),
    "nobody leaves": lambda random: takers(random, 300, churn=always(0.0)),
    "nobody of fifty leaves": lambda random: takers(random, 50, churn=always(0.0)),
    "everybody takes every chance": lambda _: [Chances(6, 6, 6, 100)],
    "all equal": lambda random: [Chances(random.randrange(1, 4), 4, 6, 80)],
    "equal chance to buy": lambda random: takers(random, 200, take=always(0.5)),
    "take all or none": lambda random: takers(random, 200, take=beta(0.01, 0.01)),
    "nobody ever buys": lambda _: [Chances(0, 0, 6, 100)],
    "a hundred chances": lambda random: [Chances(random.randrange(1, 9), 90 - 4 * k, 100) for k in range(20)],
    "two chances": lambda _: [Chances(0, 0, 2, 40), Chances(1, 1, 2, 30), Chances(2, 2, 2, 30)],
    "nobody": lambda _: [],
}
HARD_COHORTS: dict[str, Callable[[Random], list[tuple[int, ...]]]] = {
    "fifty": lambda random: [cohort(random, 50, 5)],
    "nobody leaves": lambda _: [(100, 100, 100, 100)],
    "nobody of fifty leaves": lambda random: [cohort(random, 50, 5, always(0.0))],
    "everybody leaves": lambda _: [(100, 0, 0)],
    "equal chance to leave": lambda random: [cohort(random, 500, 6, always(0.2))],
    "more leave with time": lambda _: [(1000, 950, 800, 500, 100)],
    "many cohorts": lambda random: [cohort(random, 100, length) for length in range(1, 9)],
    "one renewal": lambda random: [cohort(random, 100, 1)],
    "two left": lambda _: [(50, 49, 48)],
    "nobody": lambda _: [()],
}
