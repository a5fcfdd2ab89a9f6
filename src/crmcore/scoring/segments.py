"""Segments: named conditions over fields, scores and events (G-08), for reports, campaigns and assignments.

A file of segments is TOML::

    [[segments]]
    id = "at-risk"
    version = "1"
    label = {en = "good customers at risk", zh = "有流失风险的优质客户"}
    when = {all = [
      {grade = "abc-grade", op = "in", value = ["A", "B"]},
      {score = "health", op = "lt", value = 55},
    ]}
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from attrs import field, frozen

from crmcore.errors import Fault, Invalid, PolicyInvalid
from crmcore.kernel.codec import canonical
from crmcore.kernel.refusals import Label
from crmcore.kernel.times import zone
from crmcore.kernel.wire import read
from crmcore.scoring.condition_data import condition_data, condition_from
from crmcore.scoring.conditions import AllOf, AnyOf, Condition, Found, Leaf, Look, Not, Variable, found_of, holds
from crmcore.scoring.decimals import exact
from crmcore.scoring.facts import AsOf, Facts
from crmcore.scoring.parts import Code, repeated
from crmcore.scoring.policy import DIGEST_LENGTH, known_zone
from crmcore.scoring.reading import toml_file
from crmcore.scoring.score import Score
from crmcore.scoring.spans import before
from crmcore.scoring.values import hidden
from crmcore.scoring.writing import to_toml


@frozen
class Segment:
    """A condition with a name, a version and a digest; days are counted in ``zone``."""

    id: str = field(validator=Code())
    version: str = field(validator=Code())
    when: Condition
    label: Label | None = None
    zone: str = field(default="Asia/Shanghai", validator=known_zone)

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that differ whenever the segment does, wording aside."""
        data = {key: value for key, value in segment_data(self).items() if key != "label"}
        return sha256(canonical(data).encode()).hexdigest()[:DIGEST_LENGTH]


@frozen
class _Said:
    """A segment as a file says it, its condition still plain data."""

    id: str = field(validator=Code())
    version: str = field(validator=Code())
    when: Any
    label: Label | None = None
    zone: str = field(default="Asia/Shanghai", validator=known_zone)


def segment_from(data: Mapping[str, Any], path: str = "") -> Segment:
    """A segment from plain data.

    :raises PolicyInvalid: with the faults found, each by its path.
    """
    try:
        said = read(_Said, exact(data), path)
        when = condition_from(said.when, f"{path}.when" if path else "when")
        return Segment(said.id, said.version, when, said.label, said.zone)
    except Invalid as invalid:
        raise PolicyInvalid(invalid.faults) from None


def segment_data(segment: Segment) -> dict[str, Any]:
    """The segment as plain data; ``segment_from`` gives the same segment back."""
    data: dict[str, Any] = {"id": segment.id, "version": segment.version, "zone": segment.zone}
    if segment.label:
        data["label"] = {"en": segment.label.en, "zh": segment.label.zh}
    return {**data, "when": condition_data(segment.when)}


def segments_from_toml(text: str) -> tuple[Segment, ...]:
    """The segments of a TOML file, in its order.

    :raises PolicyInvalid: it is no TOML, or says what is not allowed; every fault of every segment.
    """
    data = toml_file(text)
    listed = data.pop("segments", [])
    faults = [Fault(name, "unknown-field", "one of segments") for name in data]
    if not isinstance(listed, list):
        raise PolicyInvalid([*faults, Fault("segments", "wrong-type", "a list")])
    segments: list[Segment] = []
    for place, one in enumerate(listed):
        try:
            segments.append(segment_from(one, f"segments[{place}]"))
        except PolicyInvalid as invalid:
            faults += invalid.faults
    faults += [Fault("segments", "duplicate", "ids that differ") for _ in repeated(one.id for one in segments)]
    if faults:
        raise PolicyInvalid(faults)
    return tuple(segments)


def segments_toml(segments: Iterable[Segment]) -> str:
    """Segments as a TOML file; ``segments_from_toml`` gives the same ones back."""
    return to_toml({"segments": [segment_data(segment) for segment in segments]})


# --------------------------------------------------------------------------------------------------------- evaluation

_NO_SCORES: Mapping[str, Score] = {}


def look_into(facts: Facts, as_of: AsOf, scores: Mapping[str, Score]) -> Look:
    """How conditions find what they ask of a subject; scores go by the id of their policy."""

    def look(variable: Variable) -> Found:
        if variable.kind == "event":
            return float(_count(facts, as_of, variable))
        if variable.kind == "field":
            held = facts.field(variable.name, as_of.at)
            return found_of(held.value) if held else None
        score = scores.get(variable.name)
        if score is None:
            return None
        return float(score.clamped) if variable.kind == "score" else score.grade

    return look


def _count(facts: Facts, as_of: AsOf, variable: Variable) -> int:
    happened = facts.of(variable.name, as_of.at)
    if not variable.within_days:
        return len(happened)
    start = before(as_of.at, as_of.zone, days=variable.within_days)
    return sum(fact.at > start for fact in happened)


def matches(segment: Segment, facts: Facts, as_of: datetime, scores: Mapping[str, Score] = _NO_SCORES) -> bool:
    """Whether a subject belongs to the segment at that moment.

    :raises Invalid: ``as_of`` has no offset.
    """
    moment = AsOf(as_of, zone(segment.zone))
    return holds(segment.when, look_into(facts, moment, scores), moment)


def members(segment: Segment, many: Iterable[tuple[Facts, Mapping[str, Score]]], as_of: datetime) -> Iterator[str]:
    """The subjects that belong to the segment, in the order given."""
    return (facts.subject for facts, scores in many if matches(segment, facts, as_of, scores))


@frozen
class Line:
    """One condition and whether it held; ``found`` is what it looked at. ``path`` says where it stands."""

    path: str
    held: bool
    condition: Condition = field(repr=False)
    found: Found = field(repr=hidden)


def explain_match(
    segment: Segment, facts: Facts, as_of: datetime, scores: Mapping[str, Score] = _NO_SCORES
) -> tuple[Line, ...]:
    """Why a subject belongs to the segment or not: a line for each condition, the whole first, then its parts."""
    moment = AsOf(as_of, zone(segment.zone))
    return tuple(_lines(segment.when, "when", look_into(facts, moment, scores), moment))


def _lines(condition: Condition, path: str, look: Look, as_of: AsOf) -> Iterator[Line]:
    found = look(condition.variable) if isinstance(condition, Leaf) else None
    yield Line(path, holds(condition, look, as_of), condition, found)
    if isinstance(condition, Not):
        yield from _lines(condition.of, f"{path}.not", look, as_of)
    elif isinstance(condition, AllOf | AnyOf):
        form = "all" if isinstance(condition, AllOf) else "any"
        for place, one in enumerate(condition.of):
            yield from _lines(one, f"{path}.{form}[{place}]", look, as_of)
