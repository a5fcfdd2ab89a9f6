"""Data on which fitting is hard: twenty fits of each kind, no failure, and limits told as what they are."""

import math
from collections import Counter
from random import Random
from typing import Any

import attrs
import pytest

from crmcore.scoring.clv import BGBB, BGNBD, MBGNBD, SBG, Fit, GammaGamma
from tests.scoring.clv.samples import found
from tests.scoring.clv.simulate import HARD_BUYERS, HARD_CHANCES, HARD_COHORTS, HARD_SPENDS

SEEDS = 20
ANY = {"converged", "boundary", "no-churn"}
#: What a fit may say of each kind of data; of what is not named here it may say any of the three above.
STATUSES: dict[tuple[str, str], set[str]] = {
    **{
        (model, kind): {"too-little-data"}
        for model in ("bg-nbd", "mbg-nbd")
        for kind in (
            "one-time buyers only",
            "one customer bought again",
            "all bought twice today",
            "all new today",
            "nobody",
        )
    },
    ("bg-nbd", "everybody leaves at the first chance"): {"boundary"},
    ("mbg-nbd", "everybody leaves at the first chance"): {"boundary"},
    ("bg-nbd", "all equal"): {"boundary", "no-churn"},
    ("mbg-nbd", "all equal"): {"boundary", "no-churn"},
    ("bg-nbd", "time in seconds"): {"converged", "boundary"},
    ("mbg-nbd", "equal chance to leave"): {"boundary"},
    ("gamma-gamma", "all equal"): {"boundary"},
    ("gamma-gamma", "no mean"): {"infinite-mean"},
    ("gamma-gamma", "next to nothing"): {"too-little-data"},
    ("gamma-gamma", "free of charge"): {"too-little-data"},
    ("gamma-gamma", "nobody"): {"too-little-data"},
    ("bg-bb", "everybody takes every chance"): {"no-churn"},
    ("bg-bb", "nobody ever buys"): {"too-little-data"},
    ("bg-bb", "two chances"): {"too-little-data"},
    ("bg-bb", "nobody"): {"too-little-data"},
    ("sbg", "nobody leaves"): {"no-churn"},
    ("sbg", "nobody of fifty leaves"): {"no-churn"},
    ("sbg", "everybody leaves"): {"boundary"},
    ("sbg", "more leave with time"): {"boundary"},
    ("sbg", "one renewal"): {"too-little-data"},
    ("sbg", "two left"): {"too-little-data"},
    ("sbg", "nobody"): {"too-little-data"},
}
#: The limit that every fit must name.
LIMITS: dict[tuple[str, str], str] = {
    ("bg-nbd", "everybody leaves at the first chance"): "all-churn",
    ("bg-nbd", "all equal"): "equal-rates",
    ("mbg-nbd", "all equal"): "equal-rates",
    ("mbg-nbd", "equal chance to leave"): "equal-churn",
    ("gamma-gamma", "all equal"): "steady-spend",
    ("bg-bb", "everybody takes every chance"): "always-buy",
    ("bg-bb", "all equal"): "equal-rates",
    ("sbg", "nobody leaves"): "no-churn",
    ("sbg", "nobody of fifty leaves"): "no-churn",
    ("sbg", "everybody leaves"): "all-churn",
    ("sbg", "more leave with time"): "equal-churn",
}
CASES = [
    pytest.param(model, kind, make, id=f"{model.name}, {kind}")
    for model, kinds in (
        (BGNBD, HARD_BUYERS),
        (MBGNBD, HARD_BUYERS),
        (GammaGamma, HARD_SPENDS),
        (BGBB, HARD_CHANCES),
        (SBG, HARD_COHORTS),
    )
    for kind, make in kinds.items()
]


def sound(fit: Fit[Any]) -> bool:
    """Whether a fit has all that its status promises: finite parameters above 0, and a likelihood, or neither."""
    if fit.status == "too-little-data" or (fit.model, fit.status) == ("sbg", "no-churn"):
        return fit.parameters is None
    finite = all(0.0 < value < math.inf for value in attrs.astuple(found(fit)))
    return finite and math.isfinite(fit.log_likelihood or math.nan) and fit.iterations > 0


def predicts(fit: Fit[Any], rows: list[Any]) -> bool:
    """Whether the parameters, if there are any, give finite predictions from 0."""
    if fit.parameters is None or fit.status == "infinite-mean":
        return True
    if isinstance(fit.parameters, GammaGamma):
        values = [fit.parameters.expected(row) for row in rows[:20]]
    elif isinstance(fit.parameters, SBG):
        values = list(fit.parameters.curve(20))
    elif isinstance(fit.parameters, BGBB):
        values = fit.parameters.predict_many(rows[:20], 12)
    else:
        values = fit.parameters.predict_many(rows[:20], 2.0 * max(row.age for row in rows))
    return all(0.0 <= value < math.inf for value in values)


@pytest.mark.rule("G-04")
@pytest.mark.parametrize(("model", "kind", "make"), CASES)
def test_hard_data(model, kind, make):
    """A fit never fails: it has a status that fits the data, names the limit where there is one, and predicts."""
    fits = []
    for seed in range(SEEDS):
        rows = make(Random(seed))
        fit = model.fit(rows)
        fits.append(fit)

        assert sound(fit)
        assert predicts(fit, rows)

    key = model.name, kind
    assert {fit.status for fit in fits} <= STATUSES.get(key, ANY)
    assert all(LIMITS[key] in fit.limits for fit in fits if key in LIMITS)


@pytest.mark.parametrize(
    ("model", "make"),
    [
        (BGNBD, HARD_BUYERS["nobody leaves"]),
        (MBGNBD, HARD_BUYERS["nobody leaves"]),
        (BGBB, HARD_CHANCES["nobody leaves"]),
    ],
    ids=["bg-nbd", "mbg-nbd", "bg-bb"],
)
def test_where_nobody_leaves(model, make):
    """Data of customers who never leave shows churn as seldom as chance alone does: in one fit of twenty, or two."""
    statuses = Counter(model.fit(make(Random(seed))).status for seed in range(SEEDS))

    assert statuses["no-churn"] >= SEEDS - 2


@pytest.mark.parametrize("model", [BGNBD, MBGNBD])
def test_no_other_hill_is_higher(model):
    """On few customers the likelihood has more than one hill; what is found does not hang on where the climbs start."""
    for seed in range(SEEDS):
        rows = HARD_BUYERS["fifty"](Random(seed))
        fit = model.fit(rows)

        assert fit.log_likelihood >= best_of_many(model, rows) - 0.001


def best_of_many(model: Any, rows: Any) -> float:
    """The highest of the log-likelihoods that are reached from a dozen points drawn at random."""
    from crmcore.scoring.clv.coordinates import CHURN_ODDS, CHURN_SIZE, RATE_SHAPE, around
    from crmcore.scoring.clv.dropout import Dropouts
    from crmcore.scoring.clv.optimise import maximise

    random = Random(7)
    data = Dropouts(rows, model.chances_at_first)
    starts = [(random.uniform(-3, 3), random.uniform(-6, 2), *(random.uniform(-4, 4) for _ in "ab")) for _ in range(12)]
    axes = (RATE_SHAPE, around(-2.0), CHURN_SIZE, CHURN_ODDS)
    return maximise(data.slope, axes, starts, data.n).value * data.n
