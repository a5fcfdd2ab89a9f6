"""What differs: between two policies, field by field, and between two scores, with the cause of each difference."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.money import EXACT
from crmcore.scoring.compiling import evaluator
from crmcore.scoring.explaining import explain
from crmcore.scoring.policy import ScoringPolicy, as_data
from crmcore.scoring.score import Score, evaluate
from crmcore.scoring.values import Feature, Lack, Value, discreet

#: Why a term of a score changed: another policy, another fact, or nothing but the passing of time.
Cause = Literal["policy", "inputs", "time"]


class Change(NamedTuple):
    """A field of a policy that differs; None is a field that is not there, or has its default.

    A path that ends in ``(order)`` is the order of a list: the names in it, as they stood and as they stand.
    """

    path: str
    old: Any
    new: Any


def diff(old: ScoringPolicy, new: ScoringPolicy) -> tuple[Change, ...]:
    """Everything that differs between two policies, wording included, in the order of the paths of the old one.

    Factors, bands, categories, grades and levels are compared by their codes, not by their places; that those which
    both policies have stand in another order is a change of its own, ``grades.(order)``: the order of grades is their
    rank.
    """
    return tuple(_changes(_keyed(as_data(old)), _keyed(as_data(new)), ""))


class _Named(dict[str, Any]):
    """What was a list of named things: unlike with other tables, their order says something."""


def _keyed(data: Any) -> Any:
    """Plain data in which a list of named things goes by their names."""
    if isinstance(data, dict):
        return {key: _keyed(value) for key, value in data.items()}
    if isinstance(data, list) and data and all(isinstance(item, dict) and _name(item) for item in data):
        return _Named({_name(item): _keyed(item) for item in data})
    return data


def _name(item: Mapping[str, Any]) -> str | None:
    name = item.get("key", item.get("code"))
    return name if isinstance(name, str) else None


def _changes(old: Any, new: Any, path: str) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _changes(old.get(key), new.get(key), f"{path}.{key}" if path else key)
        if isinstance(old, _Named) and isinstance(new, _Named) and _reordered(old, new):
            yield Change(f"{path}.(order)", [*old], [*new])
    elif old != new:
        yield Change(path, old, new)


def _reordered(old: _Named, new: _Named) -> bool:
    """Whether the names that both have stand in another order."""
    return [name for name in old if name in new] != [name for name in new if name in old]


@frozen
class Difference:
    """How much one cause changed one term: a factor, or the cap of a group where ``factor`` is empty."""

    factor: str
    group: str
    cause: Cause
    old: Value = field(repr=discreet)
    new: Value = field(repr=discreet)
    delta: Decimal


class Comparison(NamedTuple):
    """Two scores of one subject: the differences add up to what the raw score changed by."""

    differences: tuple[Difference, ...]
    delta: Decimal
    old_grade: str | None
    new_grade: str | None


def why_changed(old_policy: ScoringPolicy, old: Score, new_policy: ScoringPolicy, new: Score) -> Comparison:
    """Why the new score is not the old one.

    First the policy changes while the values stay, then the values change: by ``time`` where no fact came to those
    that the old value was made of, some perhaps grew too old to count; by ``inputs`` otherwise. A factor that only one
    of the policies has is the policy's doing altogether.

    :raises Invalid: a score is not of the policy given with it.
    """
    before, after = _terms(old_policy, old.inputs, old), _terms(new_policy, new.inputs, new)
    middle = _terms(new_policy, {**new.inputs, **old.inputs}, new)
    differences = [*_stepped(before, middle, old, new, "policy"), *_stepped(middle, after, old, new)]
    return Comparison(tuple(differences), EXACT.subtract(new.raw, old.raw), old.grade, new.grade)


class _Term(NamedTuple):
    """A factor with its group, or with an empty ``factor`` the cap of a group."""

    factor: str
    group: str


_Terms = Mapping[_Term, Decimal]
_ZERO = Decimal(0)


def _terms(policy: ScoringPolicy, inputs: Mapping[str, Feature], score: Score) -> _Terms:
    """Each term of what the policy makes of these inputs."""
    again = evaluate(policy, {key: inputs[key] for key in evaluator(policy).keys}, score.as_of)
    if inputs is score.inputs and again != score:
        raise Invalid([Fault("policy", "not-allowed", f"the policy that gave the score, {score.stamp}")])
    return {_Term(row.factor, row.group): row.contribution for row in explain(policy, again).rows}


def _stepped(start: _Terms, end: _Terms, old: Score, new: Score, cause: Cause | None = None) -> Iterator[Difference]:
    """The terms that differ, in the order of the factors; without a cause given, it is looked for in the facts."""
    for term in [*start, *(term for term in end if term not in start)]:
        delta = EXACT.subtract(end.get(term, _ZERO), start.get(term, _ZERO))
        if delta:
            then, now = (_value(score.inputs.get(term.factor)) for score in (old, new))
            yield Difference(term.factor, term.group, cause or _cause(term, end, old, new), then, now, delta)


def _cause(term: _Term, terms: _Terms, old: Score, new: Score) -> Cause:
    """What changed a term: for a cap, what changed any factor of its group."""
    keys = [term.factor] if term.factor else [other.factor for other in terms if other.group == term.group]
    changed = [key for key in keys if key and _value(old.inputs.get(key)) != _value(new.inputs.get(key))]
    return "time" if all(_aged(old.inputs[key], new.inputs[key]) for key in changed) else "inputs"


def _aged(then: Feature, now: Feature) -> bool:
    """Whether a value differs by its age alone: it rests on no fact that the old one did not rest on.

    A plain field does not age: if its value is another, somebody changed it.
    """
    fields = any(one.kind == "field" for one in now.evidence)
    return bool(then.evidence) and not fields and set(now.evidence) <= set(then.evidence)


def _value(given: Feature | None) -> Value:
    return given.value if given else Lack.NOT_APPLICABLE
