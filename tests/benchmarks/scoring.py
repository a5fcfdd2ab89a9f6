"""A million cases scored: case by case, with full explanations, as a table; features and forecasts; and a model fitted.

To be run as ``python tests/benchmarks/scoring.py``; it needs the extra ``polars``, and for the fits the public file of
CDNOW that tests/README.md tells of. ``scoring.py fits`` measures that part alone.

Each contestant scores the same cases in turn, round by round, so ratios are of one run. What is slow gets fewer cases;
all seconds are for a million. Before anything is measured, contestants must agree.
"""

import csv
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import attrs
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crmcore.columnar import features_frame, score_frame
from crmcore.scoring import Fact, Facts, ScoringPolicy, bind, evaluate, evaluator, explain, shipped
from crmcore.scoring.clv import BGNBD, MBGNBD, Amount, GammaGamma, Purchases, Spend, Terms, lifetime_values
from crmcore.scoring.parts import Factor
from tests.benchmarks.harness import report, settle_memory, timed
from tests.conftest import data_folder

MILLION, FEWER = 1_000_000, 50_000
ROUNDS = 5
NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
SUBJECTS = 100_000
CDNOW = "cdnow_rfm_39w.csv"

#: What it is called, how many of the million it does, what it does, and what it is to take at most.
Contestant = tuple[str, int, Callable[[], object], str]


def six_factors() -> ScoringPolicy:
    """The shipped grade of leads with six of its factors: four of texts, two of numbers, in a matrix."""
    policy = shipped("lead-grade")
    return attrs.evolve(policy, factors=policy.factors[:6])


def values(factor: Factor, rng: random.Random) -> list[Any]:
    """A million values of all that a factor tells apart."""
    if factor.categories is not None:
        texts = [text for category in factor.categories.of for text in category.values]
        return rng.choices([*texts, "elsewhere"], k=MILLION)
    edges = [float(band.at) for band in factor.bands if band.at is not None]
    low, high = edges[0] - 1, edges[-1] * 1.2 + 1
    return [rng.uniform(low, high) for _ in range(MILLION)]


def through(found: Iterable[object]) -> None:
    """Take all, and keep none."""
    for _ in found:
        pass


def seconds(contestant: Contestant) -> tuple[float, float]:
    """The seconds for a million, by the clock and of the processor, all threads together."""
    _, done, run, _ = contestant
    before = process_time()
    passed = timed(run)
    return passed * MILLION / done, (process_time() - before) * MILLION / done


def measure(title: str, contestants: Sequence[Contestant]) -> None:
    """Measure in turn and print; the first round is not counted, and ratios are to the first contestant."""
    settle_memory()
    rounds = [[seconds(contestant) for contestant in contestants] for _ in range(ROUNDS + 1)][1:]
    rows = []
    for place, (name, done, _, target) in enumerate(contestants):
        by_clock, of_processor = zip(*(each[place] for each in rounds), strict=True)
        ratio = median(each[place][0] / each[0][0] for each in rounds)
        rows.append(
            (name, f"{done:,}", f"{median(by_clock):.2f}", f"{median(of_processor):.2f}", f"{ratio:.3f}", target)
        )
    report(title, ("what", "done", "s a million", "processor s", "÷ the first", "target, s"), rows)


def scoring() -> None:
    """Evaluations."""
    policy, rng = six_factors(), random.Random(1)
    columns = {factor.key: values(factor, rng) for factor in policy.factors}
    frame = pl.DataFrame(columns)
    rows = list(zip(*columns.values(), strict=True))
    some = [dict(zip(columns, row, strict=True)) for row in rows[:FEWER]]
    compiled = evaluator(policy)
    cells = compiled.cells(rows[:FEWER])
    assert [(compiled.number(cell.units), cell.grade) for cell in cells] == (
        score_frame(policy, frame.head(FEWER)).select("raw", "grade").rows()
    )
    measure(
        "Scoring by six factors",
        [
            ("case by case, with codes", MILLION, lambda: through(compiled.cells(rows)), "≤ 2.5"),
            ("… as scores with their inputs", FEWER, lambda: through(evaluate(policy, row, NOW) for row in some), ""),
            (
                "… with full explanations",
                FEWER,
                lambda: through(explain(policy, evaluate(policy, row, NOW)) for row in some),
                "",
            ),
            ("a table, with codes", MILLION, lambda: score_frame(policy, frame), "≤ 0.3"),
        ],
    )


def features() -> None:
    """Recency, frequency and spend of 100,000 subjects with a million transactions."""
    policy, rng = shipped("loyalty"), random.Random(2)
    events = [
        (f"C{rng.randrange(SUBJECTS)}", rng.choice(["visit", "order"]), NOW - timedelta(minutes=rng.randrange(10**6)))
        for _ in range(MILLION)
    ]
    amounts = [Decimal(rng.randrange(100, 100_000)) / 100 for _ in range(MILLION)]
    subject, kind, at = zip(*events, strict=True)
    frame = pl.DataFrame(
        {"subject": subject, "kind": kind, "at": at, "amount": pl.Series(amounts, dtype=pl.Decimal(18, 2))}
    )
    of: dict[str, list[Fact]] = {}
    for place, ((who, what, when), amount) in enumerate(zip(events, amounts, strict=True)):
        of.setdefault(who, []).append(Fact(what, str(place), when, amount))
    facts = [Facts(who, events=found) for who, found in sorted(of.items())]
    bound = bind(policy)
    some = facts[: len(facts) // 20]
    keys = [factor.key for factor in policy.factors]
    assert all(
        [score.value for score in bound.features(one, NOW).values()] == list(row)
        for one, row in zip(some[:1000], features_frame(policy, frame, NOW).select(keys).rows(), strict=False)
        if None not in row
    )
    through_all = sum(len(one.events) for one in some)
    measure(
        "Recency, frequency and spend of transactions",
        [
            ("subject by subject", through_all, lambda: through(bound.features(one, NOW) for one in some), ""),
            ("a table", MILLION, lambda: features_frame(policy, frame, NOW), ""),
            ("a table, and the grades", MILLION, lambda: score_frame(policy, features_frame(policy, frame, NOW)), ""),
        ],
    )


def forecasts() -> None:
    """Customer lifetime value."""
    rng = random.Random(3)
    seen = [_seen(rng) for _ in range(FEWER)]
    spending = GammaGamma(p=6.25, q=3.74, gamma=15.44)
    bgnbd, mbgnbd = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426), MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)
    terms = Terms(periods=4, margin=0.3, discount=0.02, step=13)
    valued = [(one, Amount.of(spending, Spend(one.frequency, 20.0 if one.frequency else 0.0))) for one in seen]
    measure(
        "Forecasts",
        [
            ("BG/NBD, purchases in 39 weeks", FEWER, partial(bgnbd.predict_many, seen, 39.0), ""),
            ("MBG/NBD, the same", FEWER, partial(mbgnbd.predict_many, seen, 39.0), ""),
            ("values over four quarters", FEWER, partial(lifetime_values, bgnbd, valued, terms), ""),
        ],
    )


def _seen(rng: random.Random) -> Purchases:
    age = rng.uniform(1, 104)
    frequency = min(rng.randrange(12), rng.randrange(12))
    return Purchases(frequency, rng.uniform(0, age) if frequency else 0.0, age)


def fits() -> None:
    """Customer lifetime value fitted to the 2,357 customers of CDNOW, if their file is there."""
    path = data_folder() / CDNOW
    if not path.is_file():
        print(f"\n{CDNOW} is not here: set CRMCORE_DATA to the folder that holds it", file=sys.stderr)
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    seen = [Purchases(int(row["frequency"]), float(row["recency"]), float(row["T"])) for row in found]
    contestants = (("BG/NBD", partial(BGNBD.fit, seen), "≤ 0.2"), ("MBG/NBD, the same", partial(MBGNBD.fit, seen), ""))
    settle_memory()
    rounds = [[_once(run) for _, run, _ in contestants] for _ in range(ROUNDS + 1)][1:]
    rows = []
    for (name, _, target), taken in zip(contestants, zip(*rounds, strict=True), strict=True):
        by_clock, of_processor = zip(*taken, strict=True)
        rows.append((name, f"{median(by_clock):.3f}", f"{max(by_clock):.3f}", f"{median(of_processor):.3f}", target))
    head = ("model", "s a fit", "the slowest", "processor s", "target, s")
    report(f"Fits to {len(seen):,} customers of CDNOW", head, rows)


def _once(run: Callable[[], object]) -> tuple[float, float]:
    """The seconds that it takes by the clock, and of the processor."""
    before = process_time()
    return timed(run), process_time() - before


PARTS = {part.__name__: part for part in (scoring, features, forecasts, fits)}


def main() -> None:
    """Measure and print: all, or the parts that are named."""
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
