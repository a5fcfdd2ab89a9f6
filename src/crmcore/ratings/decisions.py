"""What a command about a rating that passes brings about: the event, and the records that go with it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from crmcore.kernel.events import DomainEvent
from crmcore.ratings.commands import OverrideGrade, RecordScore, WithdrawOverride
from crmcore.ratings.entities import KeptOverride, KeptPolicy, KeptScore
from crmcore.ratings.events import GradeOverridden, OverrideWithdrawn, Scored, content_of
from crmcore.ratings.facts import Rated, RatingFacts, Unscored
from crmcore.scoring.overrides import Override
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.reading import json_of
from crmcore.scoring.score import Score, score_data, score_from
from crmcore.scoring.values import MISSING, plain, tells_of_a_person

Events = tuple[DomainEvent, ...]


def record_score(
    _stage: Unscored | Rated, command: RecordScore, _facts: RatingFacts, _rules: Any, now: datetime
) -> Events:
    """The score counts from now on."""
    score = command.score
    content = content_of(parted(score)[0])
    return (
        Scored(
            now,
            command.customer,
            score.policy,
            score.version,
            score.digest,
            score.as_of,
            score.raw,
            score.clamped,
            score.grade,
            content,
        ),
    )


def override_grade(stage: Rated, command: OverrideGrade, facts: RatingFacts, _rules: Any, now: datetime) -> Events:
    """The word counts from now on."""
    number = 1 if stage.rating.said is None else stage.rating.said.number + 1
    return (
        GradeOverridden(now, command.customer, command.scoring, facts.actor.id, number, command.grade, command.until),
    )


def withdraw_override(
    stage: Rated, command: WithdrawOverride, facts: RatingFacts, _rules: Any, now: datetime
) -> Events:
    """The word counts no more."""
    assert stage.rating.said is not None, "a guard has seen the override"  # noqa: S101
    return (OverrideWithdrawn(now, command.customer, command.scoring, facts.actor.id, stage.rating.said.number),)


# ---------------------------------------------------------------------------------------------- scores, as records


#: What stands in the place of an input that stands apart.
_APART: Final[Mapping[str, Any]] = {"value": None, "evidence": []}


def parted(score: Score) -> tuple[dict[str, Any], dict[str, Any]]:
    """A score as plain data without the inputs that may tell of a person, and those by the key of the factor."""
    data = score_data(score)
    inputs: dict[str, Any] = data["inputs"]
    texts = {key: inputs[key] for key, given in score.inputs.items() if tells_of_a_person(given)}
    return {**data, "inputs": {**inputs, **dict.fromkeys(texts, _APART)}}, texts


def kept_score(command: RecordScore, number: int) -> KeptScore:
    """The record that goes with the ``number``-th event of a rating."""
    data, texts = parted(command.score)
    return KeptScore(command.customer, command.scoring, number, command.score.as_of, data, texts)


def score_of(kept: KeptScore) -> Score:
    """The score as it was given; a value that has been erased is missing, and so is what it rested on."""
    gone = {"value": plain(MISSING)}
    inputs = {
        key: kept.texts.get(key, gone) if given["value"] is None else given for key, given in _inputs(kept).items()
    }
    return score_from({**kept.data, "inputs": inputs})


def erased(kept: KeptScore) -> bool:
    """Whether one of its values has been erased: then only the figures are left."""
    return any(given["value"] is None and key not in kept.texts for key, given in _inputs(kept).items())


def _inputs(kept: KeptScore) -> Mapping[str, Any]:
    inputs: Mapping[str, Any] = kept.data["inputs"]
    return inputs


def kept_policy(policy: ScoringPolicy) -> KeptPolicy:
    """The policy as it is kept beside its scores."""
    return KeptPolicy(policy.id, policy.version, policy.digest, json_of(policy))


# ------------------------------------------------------------------------------------------- overrides, as records


def kept_override(command: OverrideGrade, event: GradeOverridden) -> KeptOverride:
    """The record of what somebody said."""
    return KeptOverride(
        command.customer,
        command.scoring,
        event.number,
        event.grade,
        event.by,
        event.at,
        event.until,
        reason=command.reason,
    )


def overrides_of(kept: KeptOverride) -> tuple[Override, ...]:
    """What was said, and that it was taken back, as ``scoring.standing`` takes it."""
    said = Override(kept.customer, kept.scoring, kept.grade, kept.by, kept.at, kept.reason or _ERASED, kept.until)
    if kept.ended is None or kept.ended_by is None:
        return (said,)
    why = kept.why_ended or _ERASED
    return said, Override(kept.customer, kept.scoring, None, kept.ended_by, kept.ended, why)


#: Stands for a reason that has been erased.
_ERASED = "–"
