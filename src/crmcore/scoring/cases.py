"""What became of whom: cases to judge a policy by, or to fit one to.

A case is one subject at one moment: what was known then, and whether the outcome came within the horizon. ``observe``
makes cases of histories, and sees nothing that was not known at the cutoff.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.times import Instant, as_instant
from crmcore.scoring.facts import Facts
from crmcore.scoring.sources import Bound
from crmcore.scoring.spans import before
from crmcore.scoring.values import Feature, Features, Value, feature

#: Parts that cases are split into, where something is fitted on some and judged on the rest.
FOLDS: Final = 5


def _inputs(inputs: Features) -> Mapping[str, Feature]:
    """Converter of the field ``inputs``: bare values become features."""
    return {key: feature(value) for key, value in inputs.items()}


@frozen
class Case:
    """A subject, its features by key as they were known, and whether the outcome came."""

    subject: str
    inputs: Mapping[str, Feature] = field(converter=_inputs, hash=False)
    outcome: bool


@frozen
class History:
    """Subjects with all their facts, the kind of fact that is the outcome, and the time that records cover.

    ``repeats``: the outcome may come to a subject more than once, such as an order; otherwise, as with a conversion,
    who has had it is no case any more. ``entry`` names the kind of fact by which a subject comes into being, and that
    comes but once, such as a registration; without it, a subject is one from its first fact or dated field on, or
    always if it has neither.
    """

    subjects: tuple[Facts, ...]
    outcome: str
    start: datetime = field(validator=Instant())
    end: datetime = field(validator=Instant())
    repeats: bool = False
    entry: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse records that end before they begin."""
        if self.end <= self.start:
            raise Invalid([Fault("end", "out-of-range", "a time after start")])


@frozen
class Observed:
    """The cases of a history at a cutoff, and what stands in the way of trusting them.

    ``matured`` is whether records reach to the end of the horizon: if not, there are no cases. ``truncated`` names the
    features that look back further than records go: by their window, or as far as facts go without one, as a tenure
    does; none, if an ``entry`` tells that every case came into being after records began. ``undated`` names those that
    rest on fields of unknown age, which may have been written after the outcome.
    """

    cases: tuple[Case, ...]
    cutoff: datetime
    horizon_days: int
    matured: bool
    truncated: tuple[str, ...] = ()
    undated: tuple[str, ...] = ()


def observe(history: History, asked: Bound, cutoff: datetime, horizon_days: int) -> Observed:
    """The cases of a history: features as known at the cutoff, outcomes in the ``horizon_days`` after it.

    :raises Invalid: the cutoff has no offset or lies outside of the records; the horizon is not a day or more.
    """
    moment = as_instant(cutoff, "cutoff")
    if not history.start <= moment <= history.end:
        raise Invalid([Fault("cutoff", "out-of-range", "a time within the records")])
    if type(horizon_days) is not int or horizon_days < 1:
        raise Invalid([Fault("horizon_days", "out-of-range", "a whole number of days from 1")])
    # Divided, not added: no horizon is too long to be asked for.
    if horizon_days > (history.end - moment) // timedelta(days=1):
        return Observed((), moment, horizon_days, matured=False)
    present = [facts for facts in history.subjects if _is_case(history, facts, moment)]
    cases = tuple(
        Case(facts.subject, asked.features(facts, moment), _came(history, facts, moment, horizon_days))
        for facts in present
    )
    truncated = _truncated(history, asked, moment, present)
    return Observed(cases, moment, horizon_days, matured=True, truncated=truncated, undated=_undated(cases))


def _is_case(history: History, facts: Facts, cutoff: datetime) -> bool:
    """Whether a subject was there at the cutoff, and the outcome could still come to it."""
    if not history.repeats and any(fact.kind == history.outcome and fact.at <= cutoff for fact in facts.events):
        return False
    if history.entry is not None:
        return bool(facts.of(history.entry, cutoff))
    beginnings = [fact.known or fact.at for fact in facts.events if fact.kind != history.outcome or history.repeats]
    beginnings += [one.known for one in facts.fields if one.known is not None]
    return not beginnings or min(beginnings) <= cutoff


def _came(history: History, facts: Facts, cutoff: datetime, horizon_days: int) -> bool:
    end = cutoff + timedelta(days=horizon_days)
    return any(fact.kind == history.outcome and cutoff < fact.at <= end for fact in facts.events)


def _truncated(history: History, asked: Bound, cutoff: datetime, present: Iterable[Facts]) -> tuple[str, ...]:
    """The features that ask for what happened before records begin, unless everybody came into being after that.

    A window begins where it does; without one, it begins with the subject, and nobody knows when that was.
    """
    if history.entry is not None and all(_entered(history.entry, facts, cutoff) >= history.start for facts in present):
        return ()
    found: list[str] = []
    for key, (source, params) in asked.computes.items():
        days, months = source.look_back(params)
        endless = source.events and not days and not months
        if endless or ((days or months) and before(cutoff, asked.zone, days, months) < history.start):
            found.append(key)
    return tuple(found)


def _entered(entry: str, facts: Facts, cutoff: datetime) -> datetime:
    """When a case came into being."""
    return facts.of(entry, cutoff)[0].at


def _undated(cases: Iterable[Case]) -> tuple[str, ...]:
    """The features that rest, in any case, on a field of unknown age."""
    return tuple(
        dict.fromkeys(
            key for case in cases for key, given in case.inputs.items() if any(one.undated for one in given.evidence)
        )
    )


def columns_of(cases: Sequence[Case], keys: Iterable[str]) -> dict[str, list[Value]]:
    """The values of each feature, in the order of the cases.

    :raises Invalid: a case lacks one.
    """
    columns: dict[str, list[Value]] = {}
    for key in keys:
        if any(key not in case.inputs for case in cases):
            raise Invalid([Fault(f"inputs.{key}", "missing", "a value in each case; MISSING where it is not known")])
        columns[key] = [case.inputs[key].value for case in cases]
    return columns


def folds(outcomes: Sequence[bool], parts: int = FOLDS) -> list[int]:
    """For each case the part it belongs to, from 0: each class is shuffled and dealt out in turn, so parts are alike.

    The shuffle follows from the places of the cases alone, so the same cases in the same order are parted alike; and it
    mixes, so that a pattern in their order does not become one of the parts.
    """
    parted = [0] * len(outcomes)
    for wanted in (True, False):
        places = [place for place, outcome in enumerate(outcomes) if bool(outcome) is wanted]
        for turn, place in enumerate(sorted(places, key=_mixed)):
            parted[place] = turn % parts
    return parted


def _mixed(number: int) -> int:
    """A whole number with its bits well mixed."""
    for _ in range(2):
        number = (number ^ (number >> 16)) * 0x45D9F3B & 0xFFFFFFFF
    return number ^ (number >> 16)
