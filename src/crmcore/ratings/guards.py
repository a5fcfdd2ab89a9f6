"""Everything that may refuse a command about a rating. Each guard answers one question; see ``customers.guards``."""

from datetime import datetime
from typing import Any, Final

from crmcore.customers.reasons import ERASED
from crmcore.errors import Invalid
from crmcore.kernel.refusals import Refusal
from crmcore.ratings import reasons
from crmcore.ratings.commands import OverrideGrade, RecordScore
from crmcore.ratings.facts import Rated, RatingFacts
from crmcore.scoring.explaining import explain
from crmcore.scoring.policy import ScoringPolicy, in_effect
from crmcore.scoring.values import tells_of_a_person

#: What customers can be to a policy. A lead is a customer that has not signed yet.
SUBJECTS: Final = frozenset({"customer", "lead"})


def in_order(_stage: Any, _command: Any, facts: RatingFacts, _rules: Any, now: datetime) -> Refusal | None:
    """A command's time never lies before what happened last to the rating."""
    if facts.rating is not None and now < facts.rating.last_at:
        return Refusal(reasons.OUT_OF_ORDER)
    return None


# ------------------------------------------------------------------------------------------------------ recording


def policy_known(_stage: Any, command: RecordScore, facts: RatingFacts, _rules: Any, _now: datetime) -> Refusal | None:
    """The policy that gave the score is on record, or comes with it."""
    if command.policy is not None and command.policy.digest != command.score.digest:
        return Refusal(reasons.OTHER_POLICY)
    if policy_of(command, facts) is None:
        return Refusal(reasons.UNKNOWN_POLICY, {"policy": command.score.stamp})
    return None


def edition_free(_stage: Any, command: RecordScore, facts: RatingFacts, _rules: Any, _now: datetime) -> Refusal | None:
    """No other content is on record under the policy's id and version (G-06)."""
    if facts.edition is not None and facts.edition != command.score.digest:
        return Refusal(reasons.EDITION_TAKEN, {"policy": f"{command.score.policy}/{command.score.version}"})
    return None


def begun(_stage: Any, command: RecordScore, facts: RatingFacts, _rules: Any, _now: datetime) -> Refusal | None:
    """The policy was in effect at the moment of the score (G-06)."""
    policy = policy_of(command, facts)
    if policy is None or in_effect([policy], command.score.as_of) is not None:
        return None
    return Refusal(reasons.NOT_IN_EFFECT, {"policy": policy.stamp}, until=policy.effective_from)


def about_customers(
    _stage: Any, command: RecordScore, facts: RatingFacts, _rules: Any, _now: datetime
) -> Refusal | None:
    """The policy is about customers, or about leads."""
    policy = policy_of(command, facts)
    if policy is None or policy.subject in SUBJECTS:
        return None
    return Refusal(reasons.OTHER_SUBJECT, {"subject": policy.subject})


def its_score(_stage: Any, command: RecordScore, facts: RatingFacts, _rules: Any, _now: datetime) -> Refusal | None:
    """The policy gives this very score for these values: so every score on record can be explained (G-05)."""
    policy = policy_of(command, facts)
    if policy is None or policy.digest != command.score.digest:
        return None
    try:
        explain(policy, command.score)
    except Invalid:
        return Refusal(reasons.NOT_ITS_SCORE, {"policy": policy.stamp})
    same = (policy.id, policy.version) == (command.score.policy, command.score.version)
    return None if same else Refusal(reasons.NOT_ITS_SCORE, {"policy": policy.stamp})


def nobody_comes_back(
    _stage: Any, command: RecordScore, facts: RatingFacts, _rules: Any, _now: datetime
) -> Refusal | None:
    """What was known of a person before it was erased does not come back as values of a score (A-03)."""
    erased_at = None if facts.customer is None else facts.customer.file.erased_at
    if erased_at is None or command.score.as_of > erased_at:
        return None
    told = any(map(tells_of_a_person, command.score.inputs.values()))
    return Refusal(ERASED) if told else None


def has_come(_stage: Any, command: RecordScore, _facts: RatingFacts, _rules: Any, now: datetime) -> Refusal | None:
    """Nothing is known of the future."""
    return Refusal(reasons.NOT_YET) if command.score.as_of > now else None


def is_later(_stage: Any, command: RecordScore, facts: RatingFacts, _rules: Any, _now: datetime) -> Refusal | None:
    """Scores come in the order of their moments, and none takes the place of another."""
    if facts.rating is None or facts.rating.score.as_of < command.score.as_of:
        return None
    same = facts.rating.score.as_of == command.score.as_of
    return Refusal(reasons.ALREADY_SCORED if same else reasons.LATER_ON_RECORD)


def policy_of(command: RecordScore, facts: RatingFacts) -> ScoringPolicy | None:
    """The policy that the score is said to come from."""
    return facts.policy if command.policy is None else command.policy


# ----------------------------------------------------------------------------------------------------- overruling


def override_reasoned(
    _stage: Any, command: OverrideGrade, _facts: RatingFacts, _rules: Any, _now: datetime
) -> Refusal | None:
    """Who overrules says why."""
    return None if command.reason.strip() else Refusal(reasons.OVERRIDE_REASON)


def withdrawal_reasoned(_stage: Any, command: Any, _facts: RatingFacts, _rules: Any, _now: datetime) -> Refusal | None:
    """Who takes an override back says why."""
    return None if command.reason.strip() else Refusal(reasons.WITHDRAWAL_REASON)


def grade_known(_stage: Any, command: OverrideGrade, facts: RatingFacts, _rules: Any, _now: datetime) -> Refusal | None:
    """The grade is one of the policy's."""
    if facts.policy is None:
        return Refusal(reasons.UNKNOWN_POLICY, {"policy": command.scoring})
    grades = [grade.code for grade in facts.policy.grades]
    if command.grade in grades:
        return None
    return Refusal(reasons.UNKNOWN_GRADE, {"policy": facts.policy.stamp, "grades": ", ".join(grades)})


def ends_later(_stage: Any, command: OverrideGrade, _facts: RatingFacts, _rules: Any, now: datetime) -> Refusal | None:
    """It ends after it begins, if it ends."""
    return Refusal(reasons.ENDS_TOO_EARLY) if command.until is not None and command.until <= now else None


def overridden(stage: Rated, _command: Any, _facts: RatingFacts, _rules: Any, now: datetime) -> Refusal | None:
    """There is something to take back."""
    return Refusal(reasons.NOT_OVERRIDDEN) if stage.rating.in_force(now) is None else None
