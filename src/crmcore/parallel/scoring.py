"""Scoring, back-testing and fitting of many policies on workers; each result is that of one process.

The names of chunks tell the policies, the moments and the host's own name for the data (``named``): who keeps results
in a store gives other data another name.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from crmcore.kernel.times import as_instant
from crmcore.parallel.chunks import Chunk, Store, Workers, run
from crmcore.scoring.backtesting import Demands, Report, backtest
from crmcore.scoring.cases import Case, History
from crmcore.scoring.fitting import Candidate, Fit, Plan, fit
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.score import Score, evaluate_many
from crmcore.scoring.sources import SOURCES, Compute, Source
from crmcore.scoring.values import Features

#: Cases in a chunk: about a tenth of a second's work, next to which handing it over costs little.
SIZE: Final = 5_000


def evaluate_all(
    policies: Sequence[ScoringPolicy],
    rows: Sequence[Features],
    as_of: datetime,
    workers: Workers,
    done: Store | None = None,
    *,
    named: str = "rows",
    size: int = SIZE,
) -> list[list[Score]]:
    """The scores of all rows under each policy, in the order of both.

    :raises WorkFailed: scoring raised, or workers died time and again; each failure names its policy.
    :raises Invalid: ``as_of`` has no offset, or a policy stands there twice.
    """
    moment = as_instant(as_of, "as_of")
    starts = range(0, len(rows), size)
    chunks = [
        Chunk(
            f"evaluate {named} {start}+{size} of {len(rows)} {policy.stamp} {moment.isoformat()}",
            policy.stamp,
            _evaluate,
            (policy, rows[start : start + size], moment),
        )
        for policy in policies
        for start in starts
    ]
    found = run(chunks, workers, done)
    each = len(starts)
    return [
        [score for part in found[place * each : (place + 1) * each] for score in part] for place in range(len(policies))
    ]


def _evaluate(policy: ScoringPolicy, rows: Iterable[Features], as_of: datetime) -> list[Score]:
    return list(evaluate_many(policy, rows, as_of))


def backtest_all(
    policies: Sequence[ScoringPolicy],
    history: History,
    cutoff: datetime,
    horizon_days: int,
    workers: Workers,
    done: Store | None = None,
    *,
    sources: Mapping[str, Source | Compute] = SOURCES,
    adverse: bool = False,
    demands: Demands | None = None,
    named: str = "history",
) -> list[Report]:
    """What a back-test of each policy finds, in their order; a chunk for each policy.

    :param sources: functions of a module, so that workers find them.
    :raises WorkFailed: a back-test raised, or workers died time and again; each failure names its policy.
    :raises Invalid: the cutoff has no offset, or a policy stands there twice.
    """
    moment = as_instant(cutoff, "cutoff")
    wanted = demands or Demands()
    settings = f"{moment.isoformat()} {horizon_days} {adverse} {wanted.cases} {wanted.rarer} {wanted.signal}"
    chunks = [
        Chunk(
            f"backtest {named} {policy.stamp} {settings}",
            policy.stamp,
            _backtest,
            (policy, history, moment, horizon_days, sources, adverse, wanted),
        )
        for policy in policies
    ]
    return run(chunks, workers, done)


def _backtest(
    policy: ScoringPolicy,
    history: History,
    cutoff: datetime,
    horizon_days: int,
    sources: Mapping[str, Source | Compute],
    adverse: bool,  # noqa: FBT001 — by position, as a chunk hands it over
    demands: Demands,
) -> Report:
    return backtest(policy, history, cutoff, horizon_days, sources=sources, adverse=adverse, demands=demands)


@frozen
class Fitting:
    """What a policy is to be fitted to: what ``fit`` takes."""

    cases: Sequence[Case]
    candidates: Sequence[Candidate]
    plan: Plan
    demands: Demands | None = None
    undated: Sequence[str] = ()


def fit_all(
    fittings: Sequence[Fitting], workers: Workers, done: Store | None = None, *, named: str = "cases"
) -> list[Fit]:
    """What comes of fitting each, in their order; a chunk for each plan, by its id and version.

    :raises WorkFailed: a fit raised, or workers died time and again; each failure names its plan.
    :raises Invalid: two plans have one id and version.
    """
    return run([_fitting(one, named) for one in fittings], workers, done)


def _fitting(one: Fitting, named: str) -> "Chunk[Fit]":
    about = f"{one.plan.id}/{one.plan.version}"
    return Chunk(f"fit {named} {about}", about, _fit, (one,))


def _fit(one: Fitting) -> Fit:
    return fit(one.cases, one.candidates, one.plan, demands=one.demands, undated=one.undated)
