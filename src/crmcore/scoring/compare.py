"""What differs: between two policies, field by field, and between two scores, with the cause of each difference."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.money import EXACT
from crmcore.scoring.causes import Cause, Passing, aged
from crmcore.scoring.compiling import evaluator
from crmcore.scoring.explaining import explain
from crmcore.scoring.parts import Factor
from crmcore.scoring.policy import ScoringPolicy, as_data
from crmcore.scoring.score import Score, evaluate
from crmcore.scoring.sources import SOURCES, Compute, Source, as_source
from crmcore.scoring.values import Feature, Lack, Value, hidden


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
        return _Named((str(_name(item)), _keyed(item)) for item in data)
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
    old: Value = field(repr=hidden)
    new: Value = field(repr=hidden)
    delta: Decimal


class Comparison(NamedTuple):
    """Two scores of one subject: the differences add up to what the raw score changed by."""

    differences: tuple[Difference, ...]
    delta: Decimal
    old_grade: str | None
    new_grade: str | None


def why_changed(
    old_policy: ScoringPolicy,
    old: Score,
    new_policy: ScoringPolicy,
    new: Score,
    sources: Mapping[str, Source | Compute] = SOURCES,
) -> Comparison:
    """Why the new score is not the old one.

    First the policy changes while the values stay, then the values change: by ``time`` where they rest on no fact that
    the old ones did not rest on, and either age as they are or have lost facts that grew too old to count; by
    ``inputs`` otherwise. A factor that only one of the policies has, or that asks another question in each, is the
    policy's doing altogether.

    :param sources: what the policies may ask for; of a source that is not known here, every value ages.
    :raises Invalid: a score is not of the policy given with it.
    """
    asked = _asked_alike(old_policy, new_policy)
    before, after = _terms(old_policy, old.inputs, old), _terms(new_policy, new.inputs, new)
    middle = _terms(new_policy, {**new.inputs, **{key: old.inputs[key] for key in asked}}, new)
    causes = _Causes(new_policy, old, new, asked, sources)
    differences = [
        _difference(term, delta, old, new, "policy" if by_policy else causes.of(term, end))
        for start, end, by_policy in ((before, middle, True), (middle, after, False))
        for term, delta in _deltas(start, end)
    ]
    return Comparison(tuple(differences), EXACT.subtract(new.raw, old.raw), old.grade, new.grade)


def _asked_alike(old: ScoringPolicy, new: ScoringPolicy) -> list[str]:
    """The factors whose values answer the same question in both policies."""
    known = {factor.key: _question(factor) for factor in old.factors}
    return [factor.key for factor in new.factors if known.get(factor.key) == _question(factor)]


def _question(factor: Factor) -> tuple[str, Mapping[str, Any], bool]:
    return factor.source, factor.params, bool(factor.bands)


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


def _deltas(start: _Terms, end: _Terms) -> Iterator[tuple[_Term, Decimal]]:
    """The terms that differ and by how much, in the order of the factors."""
    for term in [*start, *(term for term in end if term not in start)]:
        delta = EXACT.subtract(end.get(term, _ZERO), start.get(term, _ZERO))
        if delta:
            yield term, delta


def _difference(term: _Term, delta: Decimal, old: Score, new: Score, cause: Cause) -> Difference:
    then, now = (_value(score.inputs.get(term.factor)) for score in (old, new))
    return Difference(term.factor, term.group, cause, then, now, delta)


class _Causes:
    """What changed the values of two scores."""

    def __init__(
        self,
        policy: ScoringPolicy,
        old: Score,
        new: Score,
        asked: Iterable[str],
        sources: Mapping[str, Source | Compute],
    ) -> None:
        self._old, self._new, self._sources = old.inputs, new.inputs, sources
        self._passing = Passing(old.as_of, new.as_of, policy.tzinfo)
        self._changed = {key: policy.factor(key) for key in asked if old.inputs[key].value != new.inputs[key].value}

    def of(self, term: _Term, terms: _Terms) -> Cause:
        """What changed a term: for a cap, what changed any factor of its group."""
        keys = [term.factor] if term.factor else [other.factor for other in terms if other.group == term.group]
        return "time" if all(self._aged(key) for key in keys if key in self._changed) else "inputs"

    def _aged(self, key: str) -> bool:
        factor = self._changed[key]
        offered = self._sources.get(factor.source)
        source = None if offered is None else as_source(offered)
        return aged(factor, source, self._old[key], self._new[key], self._passing)


def _value(given: Feature | None) -> Value:
    return given.value if given else Lack.NOT_APPLICABLE
