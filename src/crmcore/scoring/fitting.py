"""A scoring policy from what became of cases: supervised bins, weights of evidence, a ridge, whole points.

The result is a policy like any other, readable and adjustable, with its provenance. Points written by hand win below
about a hundred outcomes and fitted ones from two to four hundred on, so below the demands nothing is fitted.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.refusals import Label
from crmcore.scoring.backtesting import Demands
from crmcore.scoring.bins import Binning, is_beyond, is_mixed
from crmcore.scoring.cases import Case, columns_of
from crmcore.scoring.decimals import number
from crmcore.scoring.leaks import Suspect, suspects
from crmcore.scoring.logistic import sigmoid
from crmcore.scoring.parts import Band, Categories, Category, Code, Factor, Grade, repeated
from crmcore.scoring.policy import Provenance, ScoringPolicy
from crmcore.scoring.scorecard import POINTS_PER_LOGIT, RIDGE, Scorecard, cross_validated, scorecard
from crmcore.scoring.statistics import Interval, auc_interval, calibration, calibration_error
from crmcore.scoring.values import MISSING, NOT_APPLICABLE

#: Decimal places of the figures in a provenance.
_FIGURES: Final = 6

Status = Literal["fitted", "too-few", "no-signal"]
_NO_PARAMS: Mapping[str, Any] = {}


@frozen
class Candidate:
    """A feature that may become a factor: what it is called, and where it comes from."""

    key: str = field(validator=Code())
    source: str = field(default="field", validator=Code())
    params: Mapping[str, Any] = field(default=_NO_PARAMS, hash=False)
    group: str = field(default="all", validator=Code())


@frozen
class Plan:
    """What the fitted policy is to be: its id, version and subject, and its grades from the best to the worst.

    Each grade but the last goes to about its share of the cases.
    """

    id: str
    version: str
    subject: str
    grades: tuple[tuple[str, float], ...] = (("A", 0.2), ("B", 0.3), ("C", 0.5))
    ridge: float = RIDGE
    note: str = ""
    start: datetime | None = None
    end: datetime | None = None
    keep_suspects: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse grades that could not be given, and a fit without a ridge."""
        faults: list[Fault] = []
        if not self.grades or any(not 0 < share <= 1 for _, share in self.grades):
            faults.append(Fault("grades", "not-allowed", "at least one grade, each with a share above 0 and up to 1"))
        if not self.ridge > 0:
            faults.append(Fault("ridge", "out-of-range", "a number above 0"))
        if faults:
            raise Invalid(faults)


@frozen
class Fit:
    """What came of fitting; ``auc`` and ``calibration_error`` are cross-validated.

    ``suspects`` may know the outcome; those with the reason ``auc`` were left out unless the plan keeps them.
    ``dropped`` tell nothing, or nothing that the others do not tell; those of them that are ``beyond`` hold numbers
    larger than any edge of a band may be, and may tell more on another scale: days instead of microseconds. ``mixed``
    were left out because they hold numbers and texts: no factor takes both.
    """

    status: Status
    policy: ScoringPolicy | None
    n: int
    positives: int
    auc: Interval | None = None
    calibration_error: float | None = None
    suspects: tuple[Suspect, ...] = ()
    dropped: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


def fit(
    cases: Sequence[Case],
    candidates: Sequence[Candidate],
    plan: Plan,
    *,
    demands: Demands | None = None,
    undated: Sequence[str] = (),
) -> Fit:
    """Fit a policy to cases.

    The folds of the cross-validation follow from the order of the cases, so the same cases in the same order give the
    same policy.

    :param undated: the candidates that rest on fields of unknown age.
    :raises Invalid: a case lacks a candidate's feature; two candidates have one key.
    """
    wanted = demands or Demands()
    if repeated(one.key for one in candidates):
        raise Invalid([Fault("candidates", "duplicate", "keys that differ")])
    outcomes = [case.outcome for case in cases]
    n, positives = len(cases), sum(outcomes)
    if not wanted.enough(outcomes):
        return Fit("too-few", None, n, positives)
    given = columns_of(cases, [one.key for one in candidates])
    mixed = tuple(key for key, values in given.items() if is_mixed(values))
    suspected = suspects(cases, [key for key in given if key not in mixed], undated)
    known = set() if plan.keep_suspects else {one.factor for one in suspected if one.reason == "auc"}
    used = [one for one in candidates if one.key not in {*known, *mixed}]
    columns = {one.key: given[one.key] for one in used}
    guesses = cross_validated(columns, outcomes, plan.ridge)
    area = auc_interval(guesses, outcomes)
    error = calibration_error(calibration([sigmoid(guess) for guess in guesses], outcomes))
    card = scorecard(columns, outcomes, plan.ridge)
    raw = card.raw(columns, n)
    dropped = tuple(one.key for one in used if one.key not in card.binnings)
    beyond = tuple(key for key in dropped if is_beyond(columns[key]))
    if not wanted.signals(area) or area is None or len(set(raw)) == 1:
        return Fit("no-signal", None, n, positives, area, error, suspected, dropped, mixed, beyond)
    told = Provenance(
        "fitted",
        plan.note,
        plan.start,
        plan.end,
        n,
        positives,
        round(area.value, _FIGURES),
        round(area.low, _FIGURES),
        round(area.high, _FIGURES),
        round(error, _FIGURES),
        round(card.offset, _FIGURES),
        round(POINTS_PER_LOGIT, _FIGURES),
    )
    policy = _policy(plan, used, card, raw, told)
    return Fit("fitted", policy, n, positives, area, error, suspected, dropped, mixed, beyond)


def _policy(
    plan: Plan, used: Sequence[Candidate], card: Scorecard, raw: Sequence[float], told: Provenance
) -> ScoringPolicy:
    """The scorecard as a policy."""
    made = [_factor(one, card.binnings[one.key]) for one in used if one.key in card.binnings]
    labels = {path: label for _, named in made for path, label in named.items()}
    grades = _grades(plan.grades, raw)
    return ScoringPolicy(
        plan.id,
        plan.version,
        plan.subject,
        tuple(factor for factor, _ in made),
        grades,
        provenance=told,
        labels=labels,
    )


def _grades(wanted: Sequence[tuple[str, float]], raw: Sequence[float]) -> tuple[Grade, ...]:
    """Grades from the worst, with whole points as thresholds; one that no score tells from its better is left out.

    The lowest score has the worst grade: where a share reaches down to it, its grade begins above it. So wherever two
    scores differ there are two grades.
    """
    ranked = sorted(raw, reverse=True)
    least = int(min(score for score in raw if score > ranked[-1]))
    found: list[Grade] = []
    share = 0.0
    for code, part in wanted[:-1]:
        share += part
        at = max(least, int(ranked[min(len(ranked) - 1, int(share * len(ranked)))]))
        if not found or at < int(found[-1].at or 0):
            found.append(Grade(code, at))
    return (Grade(wanted[-1][0]), *reversed(found))


def _factor(one: Candidate, binning: Binning) -> tuple[Factor, dict[str, Label]]:
    """A factor with the points of its bins, and what the bins are called."""
    lacking = {
        "missing": Band(None, int(binning.lacking[MISSING]), "missing"),
        "not_applicable": Band(None, int(binning.lacking[NOT_APPLICABLE]), "not-applicable"),
    }
    points = [int(worth) for worth in binning.worth]
    common: dict[str, Any] = {"key": one.key, "source": one.source, "params": one.params, "group": one.group, **lacking}
    if binning.groups is None:
        edges = [None, *map(number, binning.edges)]
        codes = [f"bin-{place}" for place in range(1, len(points) + 1)]
        bands = tuple(Band(*each) for each in zip(edges, points, codes, strict=True))
        return Factor(bands=bands, **common), _band_labels(one.key, bands)
    of = tuple(
        Category(group, worth, f"group-{place}")
        for place, (group, worth) in enumerate(zip(binning.groups, points, strict=False), 1)
    )
    labels = {f"{one.key}.{each.code}": _listed(each.values) for each in of}
    return Factor(categories=Categories(of, Band(None, points[-1], "other")), **common), labels


def _band_labels(key: str, bands: Sequence[Band]) -> dict[str, Label]:
    """The range of each band, as people write it."""
    ends = [*(band.at for band in bands[1:]), None]
    return {f"{key}.{band.code}": _range(band.at, end) for band, end in zip(bands, ends, strict=True)}


def _range(low: Decimal | None, high: Decimal | None) -> Label:
    if low is None:
        return Label("any number", "任意数值") if high is None else Label(f"below {high:f}", f"低于 {high:f}")
    if high is None:
        return Label(f"{low:f} and more", f"{low:f} 及以上")
    return Label(f"{low:f} to {high:f}", f"{low:f} 至 {high:f}")


_MOST_LISTED: Final = 3


def _listed(values: Sequence[str]) -> Label:
    """The first few texts of a group."""
    more = len(values) - _MOST_LISTED
    names = values[:_MOST_LISTED]
    if more <= 0:
        return Label(", ".join(names), "、".join(names))
    return Label(", ".join(names) + f" and {more} more", "、".join(names) + f"等 {len(values)} 项")
