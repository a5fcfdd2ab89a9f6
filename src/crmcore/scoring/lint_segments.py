"""What a segment says that its author can hardly have meant: unknown names, conditions that hold always or never."""

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from math import prod

from attrs import field, frozen

from crmcore.kernel.times import zone
from crmcore.scoring.conditions import AllOf, AnyOf, Check, Condition, Leaf, Not, Variable, holds, leaves
from crmcore.scoring.facts import AsOf
from crmcore.scoring.findings import Finding, Level
from crmcore.scoring.lint_samples import MOST, Results, axes, moments
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.results import Result, results
from crmcore.scoring.segments import Segment


@frozen
class Vocabulary:
    """What segments may speak of: names of fields and of events, and scoring policies by their ids."""

    fields: Collection[str] = ()
    events: Collection[str] = ()
    policies: Mapping[str, ScoringPolicy] = field(factory=dict)


def lint_segment(segment: Segment, vocabulary: Vocabulary | None = None) -> tuple[Finding, ...]:
    """Everything worth looking at in a segment.

    Without a vocabulary, names are not looked at, and of a policy any score may go with any grade.
    """
    named = () if vocabulary is None else tuple(_names(segment.when, "when", vocabulary))
    return (*named, *_constant(segment, {} if vocabulary is None else vocabulary.policies))


def _names(condition: Condition, path: str, known: Vocabulary) -> Iterator[Finding]:
    if isinstance(condition, Not):
        yield from _names(condition.of, f"{path}.not", known)
    elif isinstance(condition, AllOf | AnyOf):
        form = "all" if isinstance(condition, AllOf) else "any"
        for place, one in enumerate(condition.of):
            yield from _names(one, f"{path}.{form}[{place}]", known)
    else:
        yield from _leaf_names(condition, path, known)


def _leaf_names(leaf: Leaf, path: str, known: Vocabulary) -> Iterator[Finding]:
    kind, name, _ = leaf.variable
    there = {"field": known.fields, "event": known.events}.get(kind, known.policies)
    if name not in there:
        yield Finding(f"{path}.{kind}", "unknown-name", "error")
    elif kind == "grade" and isinstance(leaf, Check):
        grades = {grade.code for grade in known.policies[name].grades}
        asked = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        if not grades.issuperset(one for one in asked if isinstance(one, str)):
            yield Finding(f"{path}.value", "unknown-name", "error")


def _constant(segment: Segment, policies: Mapping[str, ScoringPolicy]) -> Iterator[Finding]:
    """Whether the condition holds for everybody, or for nobody, whatever is on record.

    A grade that a person has said may stand beside any score. So what rests on the grades that a policy itself gives
    to its scores is only worth a warning.
    """
    when = _apart(segment.when)
    named = {leaf.variable.name for leaf in leaves(when) if leaf.variable.kind in {"score", "grade"}}
    given = {name: found for name in sorted(named & {*policies}) if (found := results(policies[name])) is not None}
    said = {name: _with_any_grade(policies[name], found) for name, found in given.items()}
    level: Level = "error"
    held = _held(when, segment.zone, said)
    if held is None:
        yield Finding("when", "not-proved", "warning")
    elif len(held) > 1 and given:
        level, held = "warning", _held(when, segment.zone, given)
    if held is not None and len(held) == 1:
        yield Finding("when", "matches-everyone" if held.pop() else "matches-nobody", level)


def _with_any_grade(policy: ScoringPolicy, found: set[Result]) -> list[Result]:
    """The scores of a policy, each with every grade there is."""
    grades = {*(grade for _, grade in found), *(grade.code for grade in policy.grades)}
    return [*product({score for score, _ in found}, grades)]


def _held(when: Condition, zone_name: str, given: Results) -> set[bool] | None:
    """Whether a condition holds: true, false, or one and the other; None where there is too much to try."""
    found = leaves(when)
    tried = moments(found)
    held: set[bool] = set()
    for moment in tried:
        as_of = AsOf(moment, zone(zone_name))
        samples = axes(found, as_of, given)
        if prod(map(len, samples)) * len(tried) > MOST:
            return None
        for chosen in product(*samples):
            together = {variable: value for sample in chosen for variable, value in sample.items()}
            held.add(holds(when, together.__getitem__, as_of))
            if len(held) > 1:
                break
    return held


def _apart(condition: Condition) -> Condition:
    """The condition with each ``contains`` as a question of its own: which texts hold which others is not looked at."""
    if isinstance(condition, Not):
        return Not(_apart(condition.of))
    if isinstance(condition, AllOf | AnyOf):
        return type(condition)(tuple(map(_apart, condition.of)))
    if isinstance(condition, Check) and condition.op == "contains":
        return Check(Variable("field", f"{condition.variable.name} contains {condition.value}"), "present")
    return condition
