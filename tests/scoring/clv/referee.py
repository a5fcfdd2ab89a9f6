"""The referee: makes the sample in tests/scoring/data and finds out by other means what a fit to it must find.

A command, run once with scipy and mpmath, neither of which anything here depends on:

    python -m tests.scoring.clv.referee

The likelihoods are those of the papers, written down a second time; scipy climbs them, in other coordinates, without
gradients and from other starting points. Expectations come from the papers' formulas with the hypergeometric function
of mpmath at fifty digits.
"""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from math import exp, lgamma, log, log1p
from pathlib import Path
from random import Random
from typing import Any

from tests.scoring.clv.simulate import buyers, spenders, takers

DATA = Path(__file__).parent.parent / "data"
SEED = 2026
BUYERS, TAKERS = 500, 800

HIGH_END = (1000, 869, 743, 653, 593, 551, 517, 491)

Row = tuple[Any, ...]
Likelihood = Callable[[Sequence[float]], float]


def log_beta(a: float, b: float) -> float:
    """The logarithm of the Beta function."""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def bg_nbd(rows: Iterable[Row], theta: Sequence[float]) -> float:
    """The likelihood of Fader, Hardie and Lee (2005)."""
    r, alpha, a, b = theta
    total = 0.0
    for x, recency, age in rows:
        common = lgamma(r + x) - lgamma(r) + r * log(alpha) + log_beta(a, b + x) - log_beta(a, b)
        stayed = -(r + x) * log(alpha + age)
        left = log(a / (b + x - 1)) - (r + x) * log(alpha + recency) if x else float("-inf")
        total += common + _log_add(stayed, left)
    return total


def mbg_nbd(rows: Iterable[Row], theta: Sequence[float]) -> float:
    """The likelihood of Batislam, Denizel and Filiztekin (2007)."""
    r, alpha, a, b = theta
    total = 0.0
    for x, recency, age in rows:
        common = lgamma(r + x) - lgamma(r) + r * log(alpha) + log_beta(a, b + x + 1) - log_beta(a, b)
        stayed = -(r + x) * log(alpha + age)
        left = log(a / (b + x)) - (r + x) * log(alpha + recency)
        total += common + _log_add(stayed, left)
    return total


def gamma_gamma(rows: Iterable[Row], theta: Sequence[float]) -> float:
    """The likelihood of Fader and Hardie (2013)."""
    p, q, scale = theta
    total = 0.0
    for x, mean in rows:
        shape = p * x
        total += lgamma(shape + q) - lgamma(shape) - lgamma(q) + q * log(scale) + (shape - 1) * log(mean)
        total += shape * log(x) - (shape + q) * log(scale + x * mean)
    return total


def bg_bb(rows: Iterable[Row], theta: Sequence[float]) -> float:
    """The likelihood of Fader, Hardie and Shang (2010)."""
    return sum((count * log(bg_bb_likelihood(row, theta)) for *row, count in rows), 0.0)


def bg_bb_likelihood(row: Sequence[int], theta: Sequence[float]) -> float:
    """The likelihood of one customer."""
    a, b, c, d = theta
    x, recency, n = row
    buying, leaving = log_beta(a, b), log_beta(c, d)
    total = exp(log_beta(a + x, b + n - x) - buying + log_beta(c, d + n) - leaving)
    for i in range(n - recency):
        taken = log_beta(a + x, b + recency - x + i) - buying
        total += exp(taken + log_beta(c + 1, d + recency + i) - leaving)
    return total


def sbg(cohort: Sequence[int], theta: Sequence[float]) -> float:
    """The likelihood of Fader and Hardie (2007)."""
    alpha, beta = theta
    total = cohort[-1] * (log_beta(alpha, beta + len(cohort) - 1) - log_beta(alpha, beta))
    for period in range(1, len(cohort)):
        lost = cohort[period - 1] - cohort[period]
        total += lost * (log_beta(alpha + 1, beta + period - 1) - log_beta(alpha, beta))
    return total


def _log_add(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return high + log1p(exp(low - high))


def best(likelihood: Likelihood, size: int) -> tuple[list[float], float]:
    """Parameters and log-likelihood of the highest point that scipy finds from a few starting points."""
    minimize = import_module("scipy.optimize").minimize
    ends = []
    for start in (-0.5, 0.0, 1.0):
        point = [start] * size
        for _ in range(4):
            options = {"xatol": 1e-9, "fatol": 1e-10, "maxiter": 20_000, "maxfev": 20_000}
            end = minimize(lambda t: -likelihood([exp(v) for v in t]), point, method="Nelder-Mead", options=options)
            point = list(end.x)
        ends.append((float(end.fun), [exp(value) for value in point]))
    value, parameters = min(ends)
    return parameters, -value


def until_dropout(shape: float, odds: float, a: float, b: float) -> float:
    """Expected purchases of an active customer by the papers' formula."""
    mp = _mp()
    shape, odds, a, b = (mp.mpf(value) for value in (shape, odds, a, b))
    size = a + b - 1
    ratio = odds / (1 + odds)
    return float(size / (a - 1) * (1 - (1 + odds) ** -shape * mp.hyp2f1(shape, b, size, ratio)))


def expected_bg_nbd(theta: Sequence[float], row: Row, horizon: float) -> float:
    """The conditional expectation of Fader, Hardie and Lee (2005)."""
    r, alpha, a, b = theta
    x, recency, age = row
    left = a / (b + x - 1) * ((alpha + age) / (alpha + recency)) ** (r + x) if x else 0.0
    return until_dropout(r + x, horizon / (alpha + age), a, b + x) / float(1 + left)


def expected_mbg_nbd(theta: Sequence[float], row: Row, horizon: float) -> float:
    """The same of Batislam, Denizel and Filiztekin (2007)."""
    r, alpha, a, b = theta
    x, recency, age = row
    left = a / (b + x) * ((alpha + age) / (alpha + recency)) ** (r + x)
    return until_dropout(r + x, horizon / (alpha + age), a, b + x + 1) / float(1 + left)


def expected_bg_bb(theta: Sequence[float], row: Sequence[int], ahead: int) -> float:
    """The conditional expectation of Fader, Hardie and Shang (2010)."""
    mp = _mp()
    a, b, c, d = (mp.mpf(value) for value in theta)
    x, _, n = row
    size = c + d
    drop = mp.gamma(1 + d + n) / mp.gamma(size + n) - mp.gamma(1 + d + n + ahead) / mp.gamma(size + n + ahead)
    buying = mp.beta(a + x + 1, b + n - x) / mp.beta(a, b)
    return float(buying * d / (c - 1) * mp.gamma(size) / mp.gamma(1 + d) * drop / bg_bb_likelihood(row, theta))


def discounted_bg_bb(theta: Sequence[float], row: Sequence[int], discount: float) -> float:
    """The discounted expectation of Fader, Hardie and Shang (2010)."""
    mp = _mp()
    a, b, c, d = (mp.mpf(value) for value in theta)
    x, _, n = row
    factor = 1 / (1 + mp.mpf(discount))
    buying = mp.beta(a + x + 1, b + n - x) / mp.beta(a, b)
    leaving = mp.beta(c, d + n + 1) / mp.beta(c, d) * factor
    return float(buying * leaving * mp.hyp2f1(1, d + n + 1, c + d + n + 1, factor) / bg_bb_likelihood(row, theta))


def residual_sbg(theta: Sequence[float], renewals: int, discount: float) -> float:
    """The discounted expected residual lifetime of Fader and Hardie (2010)."""
    mp = _mp()
    a, b = (mp.mpf(value) for value in theta)
    n = renewals + 1
    return float((b + n - 1) / (a + b + n - 1) * mp.hyp2f1(1, b + n, a + b + n, 1 / (1 + mp.mpf(discount))))


def _mp() -> Any:
    mp = import_module("mpmath").mp
    mp.dps = 50
    return mp


#: Shape, odds, a, b: every order of magnitude, a at and next to 1, long and short sums.
DROPOUTS = [
    (shape, odds, a, b)
    for shape in (0.02, 0.7, 30.0, 400.0)
    for odds in (1e-6, 0.3, 9.0, 2e4)
    for a, b in ((0.001, 0.3), (0.8, 2.4), (1 + 1e-9, 5.0), (3.0, 0.01), (40.0, 900.0))
]
#: Factor, a, b.
STAYS = [
    (factor, a, b)
    for factor in (0.0, 0.5, 0.91, 0.999, 0.9999999)
    for a, b in ((0.001, 0.3), (0.7, 3.8), (1.0, 1.0), (3.0, 0.01), (500.0, 150.0))
]


def main() -> None:
    """Write the sample and what is expected of it."""
    random = Random(SEED)
    rows = buyers(random, BUYERS)
    spends = spenders(random, [row.frequency for row in rows])
    chances = takers(random, TAKERS)
    _write(
        "purchases.csv", "frequency,recency,age,spend", [(*row, s.mean) for row, s in zip(rows, spends, strict=True)]
    )
    _write("chances.csv", "frequency,recency,chances,customers", chances)
    paid = [spend for spend in spends if spend.frequency and spend.mean]
    asked = [(2, 11.5, 30.25), (0, 0.0, 26.0), (0, 0.0, 0.0), (14, 29.9, 30.0), (60, 1.0, 39.0)]
    taken = [row[:3] for row in chances]
    expected: dict[str, Any] = {}
    for name, likelihood, data, size in (
        ("bg-nbd", bg_nbd, rows, 4),
        ("mbg-nbd", mbg_nbd, rows, 4),
        ("gamma-gamma", gamma_gamma, paid, 3),
        ("bg-bb", bg_bb, chances, 4),
        ("sbg", sbg, HIGH_END, 2),
    ):
        parameters, value = best(lambda theta, f=likelihood, d=data: f(d, theta), size)  # type: ignore[misc]
        expected[name] = {"parameters": parameters, "log_likelihood": value}
    for name, formula in (("bg-nbd", expected_bg_nbd), ("mbg-nbd", expected_mbg_nbd)):
        theta = expected[name]["parameters"]
        expected[name]["expected"] = [[row, h, formula(theta, row, h)] for row in asked for h in (0.1, 39.0, 5200.0)]
    theta = expected["bg-bb"]["parameters"]
    expected["bg-bb"]["expected"] = [[row, 5, expected_bg_bb(theta, row, 5)] for row in taken]
    expected["bg-bb"]["discounted"] = [[row, 0.1, discounted_bg_bb(theta, row, 0.1)] for row in taken]
    theta = expected["sbg"]["parameters"]
    cases = [(n, d) for n in (0, 1, 7) for d in (0.1, 0.0001)]
    expected["sbg"]["residual"] = [[n, d, residual_sbg(theta, n, d)] for n, d in cases]
    mp = _mp()
    expected["until_dropout"] = [[*case, until_dropout(*case)] for case in DROPOUTS]
    expected["stay"] = [[z, a, b, float(mp.hyp2f1(1, b, mp.mpf(a) + b, mp.mpf(z)))] for z, a, b in STAYS]
    expected["digamma"] = [[x, float(mp.digamma(mp.mpf(x)))] for x in (1e-4, 0.3, 1.0, 7.5, 12.0, 1e6)]
    text = json.dumps(expected, indent=1)
    (DATA / "expected.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def _write(name: str, head: str, rows: Iterable[Row]) -> None:
    with (DATA / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head.split(","))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
