"""What a policy would have been worth: its scores at a cutoff against what came after it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from attrs import evolve, field, frozen

from crmcore.kernel.validators import Whole
from crmcore.scoring.cases import Case, History, columns_of, folds, observe
from crmcore.scoring.compiling import Cell, Evaluator, evaluator
from crmcore.scoring.leaks import Suspect, suspects
from crmcore.scoring.logistic import fit_logit, sigmoid
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.sources import SOURCES, Compute, Source, bind
from crmcore.scoring.statistics import CalibrationBin, Interval, auc_interval, calibration, calibration_error, lift

Status = Literal["ok", "no-signal", "reversed", "too-few", "not-matured"]
LIFT_SHARES: Final = (0.05, 0.1, 0.2, 0.3)


@frozen
class Demands:
    """What a judgement needs: cases, cases of the rarer outcome, and an AUC that is more than noise.

    Below ``signal`` there is no signal worth speaking of, however many cases make it significant.
    """

    cases: int = field(default=200, validator=Whole(20, 1_000_000_000))
    rarer: int = field(default=50, validator=Whole(10, 1_000_000_000))
    signal: float = 0.55

    def enough(self, outcomes: Sequence[bool]) -> bool:
        """Whether there are cases enough, of both kinds."""
        positives = sum(outcomes)
        return len(outcomes) >= self.cases and min(positives, len(outcomes) - positives) >= self.rarer

    def signals(self, found: Interval | None) -> bool:
        """Whether an AUC tells anything: above chance beyond doubt, and by more than a trifle."""
        return found is not None and found.low > _CHANCE and found.value >= self.signal


_CHANCE: Final = 0.5


class GradeRow(NamedTuple):
    """A grade: how many got it, how many of those had the outcome, their share, and that share over the base rate."""

    grade: str | None
    n: int
    positives: int
    rate: float | None
    lift: float | None


class Flagged(NamedTuple):
    """Those in a grade that alerts: how many, what share of all, how many rightly, what share of the outcome."""

    n: int
    share: float
    precision: float | None
    recall: float | None


@frozen
class Report:
    """What a back-test found; figures are None where there are no cases to take them from.

    ``status`` is the verdict: ``no-signal`` says that the score tells nothing of the outcome, ``reversed`` that it
    tells the opposite. ``auc``, ``lifts`` and so the verdict are of what the policy says: cases stand by their grades,
    and within a grade by their points; without a grade they stand last. By a sum that is the order of the points; a
    matrix or rules may grade otherwise than their points add up, and are then judged by what they grade.

    ``ordered`` is whether the outcome gets more common with every better grade (less common, for an ``adverse`` one).
    ``flagged`` is there for adverse outcomes, and ``lifts`` are then those of the lowest scores.
    ``calibrated_by`` says whose probabilities are judged: the ``policy``'s own, or, for points without any, those of a
    curve through the points that was fitted on the other folds (``curve``).
    """

    policy: str
    status: Status
    cutoff: datetime | None
    horizon_days: int | None
    n: int
    positives: int
    base_rate: float | None = None
    auc: Interval | None = None
    grades: tuple[GradeRow, ...] = ()
    ordered: bool | None = None
    flagged: Flagged | None = None
    lifts: tuple[tuple[float, float], ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    calibration_error: float | None = None
    calibrated_by: Literal["policy", "curve"] | None = None
    suspects: tuple[Suspect, ...] = ()
    truncated: tuple[str, ...] = ()
    adverse: bool = False


def backtest(
    policy: ScoringPolicy,
    history: History,
    cutoff: datetime,
    horizon_days: int,
    *,
    sources: Mapping[str, Source | Compute] = SOURCES,
    adverse: bool = False,
    demands: Demands | None = None,
) -> Report:
    """Score everybody as known at the cutoff, and compare with what came in the ``horizon_days`` after it.

    :param adverse: the outcome is a bad one, such as leaving: it is to come to those with low scores.
    :raises PolicyInvalid: a source is not known, or its parameters do not fit.
    :raises Invalid: the cutoff lies outside of the records.
    """
    observed = observe(history, bind(policy, sources), cutoff, horizon_days)
    if not observed.matured:
        return Report(policy.stamp, "not-matured", observed.cutoff, horizon_days, 0, 0, adverse=adverse)
    report = assess(policy, observed.cases, adverse=adverse, demands=demands, undated=observed.undated)
    return evolve(report, cutoff=observed.cutoff, horizon_days=horizon_days, truncated=observed.truncated)


def assess(
    policy: ScoringPolicy,
    cases: Sequence[Case],
    *,
    adverse: bool = False,
    demands: Demands | None = None,
    undated: Sequence[str] = (),
) -> Report:
    """Judge a policy by cases whose features are given.

    :param undated: the factors that rest on fields of unknown age.
    :raises Invalid: a case lacks a feature, or has one that no band takes.
    """
    wanted = demands or Demands()
    compiled = evaluator(policy)
    outcomes = [case.outcome for case in cases]
    n, positives = len(cases), sum(outcomes)
    if not 0 < positives < n:
        return Report(policy.stamp, "too-few", None, None, n, positives, adverse=adverse)
    cells = list(compiled.cells(zip(*columns_of(cases, compiled.keys).values(), strict=True)))
    scores = _scores(compiled, cells, adverse=adverse)
    area = auc_interval(scores, outcomes)
    rows = _grade_rows(policy, cells, outcomes)
    chances, calibrated_by = _chances(policy, compiled, cells, outcomes)
    bins = calibration(chances, outcomes)
    return Report(
        policy.stamp,
        _verdict(wanted, area, outcomes),
        None,
        None,
        n,
        positives,
        positives / n,
        area,
        rows,
        _ordered(rows, adverse=adverse),
        _flagged(policy, cells, outcomes) if adverse else None,
        tuple((share, lift(scores, outcomes, share)) for share in LIFT_SHARES),
        bins,
        calibration_error(bins),
        calibrated_by,
        suspects(cases, compiled.keys, undated),
        adverse=adverse,
    )


def _verdict(wanted: Demands, area: Interval | None, outcomes: Sequence[bool]) -> Status:
    if not wanted.enough(outcomes):
        return "too-few"
    turned = None if area is None else Interval(1 - area.value, 1 - area.high, 1 - area.low)
    return "ok" if wanted.signals(area) else "reversed" if wanted.signals(turned) else "no-signal"


def _scores(compiled: Evaluator, cells: Sequence[Cell], *, adverse: bool) -> list[float]:
    """How high the policy ranks each case, higher where the outcome is to be likelier: by grade, then by points.

    The grade of a sum follows from its points. That of a matrix or of rules need not, and is what the policy says.
    """
    rank: dict[str | None, int] = {grade.code: place for place, grade in enumerate(compiled.policy.grades)}
    said = [(rank.get(cell.grade, -1), cell.clamped) for cell in cells]
    height = {one: float(place) for place, one in enumerate(sorted(set(said)))}
    return [-height[one] if adverse else height[one] for one in said]


def _grade_rows(policy: ScoringPolicy, cells: Sequence[Cell], outcomes: Sequence[bool]) -> tuple[GradeRow, ...]:
    """A row for each grade, the worst first, and one for those without, if there are any."""
    base = sum(outcomes) / len(outcomes)
    counts: dict[str | None, list[int]] = {grade.code: [0, 0] for grade in policy.grades}
    for cell, outcome in zip(cells, outcomes, strict=True):
        count = counts.setdefault(cell.grade, [0, 0])
        count[0] += 1
        count[1] += outcome
    return tuple(
        GradeRow(grade, n, positives, positives / n if n else None, positives / n / base if n else None)
        for grade, (n, positives) in counts.items()
    )


def _ordered(rows: Sequence[GradeRow], *, adverse: bool) -> bool:
    rates = [row.rate for row in rows if row.rate is not None and row.grade is not None]
    steps = [later - earlier for earlier, later in pairwise(rates)]
    return all(step < 0 for step in steps) if adverse else all(step > 0 for step in steps)


def _flagged(policy: ScoringPolicy, cells: Sequence[Cell], outcomes: Sequence[bool]) -> Flagged | None:
    """What the alerts come to; None where no grade alerts."""
    alerting = {grade.code for grade in policy.grades if grade.alert}
    if not alerting:
        return None
    caught = [outcome for cell, outcome in zip(cells, outcomes, strict=True) if cell.grade in alerting]
    right = sum(caught)
    return Flagged(
        len(caught), len(caught) / len(cells), right / len(caught) if caught else None, right / sum(outcomes)
    )


def _chances(
    policy: ScoringPolicy, compiled: Evaluator, cells: Sequence[Cell], outcomes: Sequence[bool]
) -> tuple[list[float], Literal["policy", "curve"]]:
    """The probability of the outcome for each case: the policy's own, or that of a curve fitted on the other folds."""
    raw = [float(compiled.number(cell.units)) for cell in cells]
    said = policy.provenance
    if said.offset is not None and said.points_per_logit:
        offset, scale = float(said.offset), float(said.points_per_logit)
        return [sigmoid(offset + score / scale) for score in raw], "policy"
    return _curve(raw, outcomes), "curve"


def _curve(raw: Sequence[float], outcomes: Sequence[bool]) -> list[float]:
    """Probabilities by a logistic curve through the scores, each from a curve that did not see the case."""
    spread = max(map(abs, raw)) or 1.0
    scaled = [score / spread for score in raw]
    parted = folds(outcomes)
    chances = [0.0] * len(scaled)
    for fold in sorted(set(parted)):
        seen = [(score, outcome) for score, outcome, part in zip(scaled, outcomes, parted, strict=True) if part != fold]
        model = fit_logit([[score for score, _ in seen]], [outcome for _, outcome in seen], _NO_RIDGE)
        for place, part in enumerate(parted):
            if part == fold:
                chances[place] = sigmoid(model.intercept + model.slopes[0] * scaled[place])
    return chances


_NO_RIDGE: Final = 1e-6


def probability(policy: ScoringPolicy, raw: Decimal) -> float | None:
    """The probability of the outcome that a fitted policy was fitted to; None for points written by hand."""
    said = policy.provenance
    if said.offset is None or not said.points_per_logit:
        return None
    return sigmoid(float(said.offset) + float(raw) / float(said.points_per_logit))
