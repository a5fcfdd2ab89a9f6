"""What tests of several executors do: made-up customers, two policies, and what one process makes of them."""

import random
from collections.abc import Mapping
from typing import Any

from crmcore.parallel import Fitting, Store, Workers, backtest_all, evaluate_all, fit_all
from crmcore.scoring import (
    SOURCES,
    Candidate,
    Fact,
    Facts,
    History,
    Plan,
    ScoringPolicy,
    backtest,
    bind,
    bind_all,
    evaluate,
    fit,
    observe,
    shipped,
)
from crmcore.scoring.sources import Compute, Source
from tests.parallel.workers import deadly
from tests.scoring.made import DAY, NOW, banded, policy

WITH_DEADLY: Mapping[str, Source | Compute] = {**SOURCES, "deadly": deadly}


def asking(id: str, source: str, **params: Any) -> ScoringPolicy:
    """A policy that counts visits by a source."""
    bands = ((None, 0, "few"), (3, 10, "some"), (6, 20, "many"))
    return policy(banded("visits", *bands, source=source, params={"of": "visit", **params}), id=id)


POLICIES = (asking("visits", "count"), asking("lately", "count", days=3), shipped("loyalty"))


def history() -> History:
    """Customers who order the likelier, the more they have visited."""
    rng = random.Random(4)
    return History(tuple(_customer(f"C{n}", rng) for n in range(400)), "order", NOW - 800 * DAY, NOW + 60 * DAY)


def _customer(id: str, rng: random.Random) -> Facts:
    visits = rng.randrange(8)
    events = [Fact("visit", f"{id}-{place}", NOW - (place + 1) * DAY) for place in range(visits)]
    if rng.random() < 0.1 + 0.08 * visits:
        events.append(Fact("order", id, NOW + 10 * DAY))
    return Facts(id, events=events)


def rows() -> list[dict[str, Any]]:
    """The features that the policies ask of these customers."""
    bound = [bind(each) for each in POLICIES]
    return [
        {key: feature for each in bound for key, feature in each.features(facts, NOW).items()}
        for facts in history().subjects
    ]


CANDIDATES = (
    Candidate("visits", "count", {"of": "visit", "days": 90}),
    Candidate("last", "days-since", {"of": "visit"}),
)


def fittings() -> list[Fitting]:
    """Two plans for the same cases."""
    known = history()
    cases = observe(known, bind_all(CANDIDATES, POLICIES[0].tzinfo), NOW, 30).cases
    return [Fitting(cases, CANDIDATES[:count], Plan(f"with-{count}", "1", "customer")) for count in (1, 2)]


def all_on(workers: Workers, done: Store | None = None) -> tuple[Any, ...]:
    """Score, back-test and fit on workers."""
    return (
        evaluate_all(POLICIES, rows(), NOW, workers, done, size=150),
        backtest_all(POLICIES, history(), NOW, 30, workers, done),
        fit_all(fittings(), workers, done),
    )


def all_here() -> tuple[Any, ...]:
    """The same, one after the other."""
    return (
        [[evaluate(each, row, NOW) for row in rows()] for each in POLICIES],
        [backtest(each, history(), NOW, 30) for each in POLICIES],
        [fit(one.cases, one.candidates, one.plan) for one in fittings()],
    )
