"""A score: what a policy made of one case at one time, with all that is needed to explain it later.

Scores are stored, and never silently computed anew: a score tells its policy by id, version and digest, and holds the
values it was made from.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.times import as_instant
from crmcore.kernel.wire import read, tame
from crmcore.scoring.compiling import Evaluator, by_key, evaluator
from crmcore.scoring.decimals import exact, plain_number
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.values import Evidence, Feature, Features, Given, feature, from_plain, normal, plain
from crmcore.scoring.writing import dump


@frozen
class Score:
    """The result of an evaluation.

    ``raw`` is the sum of all contributions, ``clamped`` the same kept between floor and ceiling. ``codes`` and
    ``inputs`` go by the key of the factor: the band each came to, and the feature it was given. ``grade`` is None
    where the policy refuses to grade; ``lint`` finds whether it ever does.
    """

    policy: str
    version: str
    digest: str
    as_of: datetime
    raw: Decimal
    clamped: Decimal
    grade: str | None
    codes: Mapping[str, str] = field(factory=dict, hash=False)
    inputs: Mapping[str, Feature] = field(factory=dict, hash=False)

    @property
    def stamp(self) -> str:
        """The policy that gave it: id/version#digest."""
        return f"{self.policy}/{self.version}#{self.digest}"


def evaluate(policy: ScoringPolicy, features: Features, as_of: datetime) -> Score:
    """Score one case: a feature, or a bare value, for each factor by its key; what the policy does not ask is ignored.

    :raises Invalid: a factor has no value, or one that it cannot have: NaN, an infinity, a text for a number;
        ``as_of`` has no offset.
    """
    compiled = evaluator(policy)
    return _score(compiled, features, as_instant(as_of, "as_of"))


def evaluate_many(
    policy: ScoringPolicy, rows: Iterable[Mapping[str, Feature | Given]], as_of: datetime
) -> Iterator[Score]:
    """Score many cases, one after the other.

    :raises Invalid: as ``evaluate`` does, at the case it is about.
    """
    compiled, instant = evaluator(policy), as_instant(as_of, "as_of")
    return (_score(compiled, row, instant) for row in rows)


def _score(compiled: Evaluator, features: Features, as_of: datetime) -> Score:
    policy = compiled.policy
    values = by_key(compiled, features)
    try:
        given = [feature(value) for value in values]
    except Invalid as invalid:  # of one value, which does not know its factor
        raise Invalid(_faults(compiled, values)) from invalid
    cell = compiled.cell([each.value for each in given])
    return Score(
        policy.id,
        policy.version,
        policy.digest,
        as_of,
        compiled.number(cell.units),
        compiled.number(cell.clamped),
        cell.grade,
        dict(zip(compiled.keys, cell.codes, strict=True)),
        dict(zip(compiled.keys, given, strict=True)),
    )


def _faults(compiled: Evaluator, values: Iterable[Feature | Given]) -> Iterator[Fault]:
    """What is wrong with each value that has no place, by the key of its factor."""
    for scale, value in zip(compiled.scales, values, strict=True):
        try:
            scale.index(value.value if isinstance(value, Feature) else normal(value, scale.factor.key))
        except Invalid as invalid:
            yield from invalid.faults


def made_by(policy: ScoringPolicy, score: Score) -> None:
    """Nothing, if that policy gave the score.

    :raises Invalid: another policy did, or the same in another state.
    """
    if score.digest != policy.digest:
        raise Invalid([Fault("policy", "not-allowed", f"the policy that gave the score, {score.stamp}")])


def score_data(score: Score) -> dict[str, Any]:
    """The score as plain data for a storage; ``score_from`` gives the same score back.

    A figure with more digits than a number of JSON keeps is text.
    """
    return {
        "policy": score.policy,
        "version": score.version,
        "digest": score.digest,
        "as_of": score.as_of.isoformat(),
        "raw": _figure(score.raw),
        "clamped": _figure(score.clamped),
        "grade": score.grade,
        "codes": dict(score.codes),
        "inputs": {
            key: {
                "value": plain(each.value),
                "evidence": [dump(one) for one in each.evidence],
            }
            for key, each in score.inputs.items()
        },
    }


def _figure(value: Decimal) -> int | float | str:
    """A sum as a number, where it comes back from that unchanged."""
    short = plain_number(value)
    return short if exact(short) == value else str(value)


@frozen
class _Stored:
    """An input as it is stored."""

    value: Any
    evidence: tuple[Evidence, ...] = ()


def score_from(data: Mapping[str, Any]) -> Score:
    """A score from the plain data that ``score_data`` made.

    :raises Invalid: naming the paths at fault.
    """
    own = _named(data, "(all)")
    inputs = _inputs(own.get("inputs", {}))
    bare = read(Score, {**{key: exact(value) for key, value in own.items()}, "inputs": {}})
    return Score(
        bare.policy,
        bare.version,
        bare.digest,
        bare.as_of,
        bare.raw,
        bare.clamped,
        bare.grade,
        bare.codes,
        inputs,
    )


def _inputs(data: object) -> dict[str, Feature]:
    """The inputs of a stored score, by the keys of their factors."""
    inputs: dict[str, Feature] = {}
    for key, one in _named(data, "inputs").items():
        path = f"inputs.{tame(key)}"
        stored = read(_Stored, one, path)
        inputs[key] = Feature(from_plain(stored.value, path), stored.evidence)
    return inputs


def _named(data: object, path: str) -> Mapping[str, Any]:
    """Plain data as the mapping that it has to be: what others send may be anything."""
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise Invalid([Fault(path, "wrong-type", "an object with named fields")])
    return data
