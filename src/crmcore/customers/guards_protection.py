"""What may refuse a command about a protection: requests, reviews, limits, locks, follow-ups, contracts.

All guards have the same five parameters, whether they look at them or not: (stage, command, facts, rules, now).
"""

from datetime import datetime, timedelta
from typing import Any

from crmcore.customers import reasons
from crmcore.customers.commands import FollowUp
from crmcore.customers.deadlines import rebased_deadline
from crmcore.customers.facts import Facts, Held, OnRecord
from crmcore.customers.guards import is_blank
from crmcore.customers.policy import CustomerRules
from crmcore.customers.seen import owner_told
from crmcore.kernel.machine import Guard
from crmcore.kernel.refusals import Label, Reason, Refusal
from crmcore.kernel.times import next_midnight


def says(field: str, reason: Reason) -> Guard:
    """A guard that wants a text field of the command filled in."""
    refusal = Refusal(reason)

    def guard(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
        return None if getattr(command, field).strip() else refusal

    return guard


# ------------------------------------------------------------------------------------------------- requests, reviews


def nothing_pending(stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """One request at a time (P-06)."""
    return None if stage.request is None else _ONE_PENDING


def before_deadline(stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Refusal | None:
    """A request is made before the deadline (P-06, P-07); only a hold or a lock lets one live past it."""
    return None if now < stage.deadline else _PAST_DEADLINE


def in_effect(stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """The protection is not waiting for review, nor refused (P-10)."""
    return None if stage.review is None else _UNDER_REVIEW


def extensions_left(stage: Any, _command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """No more extensions than policy grants in a stage (P-06)."""
    most = rules.requests.extensions_per_stage
    return None if stage.extensions < most else Refusal(reasons.NO_MORE_EXTENSIONS, {"most": most})


_ONE_PENDING = Refusal(reasons.ONE_PENDING)
_PAST_DEADLINE = Refusal(reasons.PAST_DEADLINE)
_UNDER_REVIEW = Refusal(reasons.UNDER_REVIEW)


def pending(kind: str, reason: Reason) -> Guard:
    """A guard that wants a request of this kind pending."""
    refusal = Refusal(reason)

    def guard(stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
        return None if stage.request is not None and stage.request.kind == kind else refusal

    return guard


def not_own_request(reason: Reason) -> Guard:
    """A guard that keeps who made a request from deciding it, unless policy lets them."""
    refusal = Refusal(reason)

    def guard(stage: Any, _command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
        own = stage.request is not None and stage.request.by == facts.actor.id
        return refusal if own and not rules.requests.own_decision else None

    return guard


def waiting_for_review(
    stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """There is a protection to review (P-10)."""
    waiting = stage.review is not None and stage.review.public_at is None
    return None if waiting else Refusal(reasons.NOTHING_TO_REVIEW)


def not_own_protection(stage: Any, _command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Who asked for a protection does not decide it (P-10)."""
    own = stage.review is not None and stage.review.by == facts.actor.id
    return Refusal(reasons.OWN_PROTECTION) if own and not rules.requests.own_decision else None


def refused_in_review(
    stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """Only what was refused can be resubmitted (P-10)."""
    refused = stage.review is not None and stage.review.public_at is not None
    return None if refused else Refusal(reasons.NOT_REFUSED)


# ---------------------------------------------------------------------------------------------------- limits, locks


def limits(_command: Any, facts: Facts) -> bool:
    """Whether any limit is set, so that holdings were looked up."""
    return facts.held is not None


def _counts(facts: Facts, rules: CustomerRules) -> bool:
    """Whether this customer counts against limits: those with contracts may be left out (P-16)."""
    return rules.limits.count_signed or facts.customer is None or facts.customer.signed_on is None


def _holder_told(held: Held, stage: Any, facts: Facts, rules: CustomerRules) -> str | Label:
    """Who is to hold the customer, in words: the asker, whom the command names, or the owner to who may know (P-02)."""
    if facts.customer is None or held.owner != stage.owner:
        return held.owner
    return owner_told(facts.customer, facts.actor, rules.seeing, stage)


def room(stage_name: str) -> Guard:
    """A guard that wants room for one more customer in a stage of whoever is to hold it (P-16)."""
    label = Label("potential", "潜在") if stage_name == "potential" else Label("intent", "意向")

    def guard(stage: Any, _command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
        held, most = facts.held, getattr(rules.limits, stage_name)
        if held is None or most is None or not _counts(facts, rules) or getattr(held, stage_name) < most:
            return None
        owner = _holder_told(held, stage, facts, rules)
        params = {"stage": label, "owner": owner, "held": getattr(held, stage_name), "most": most}
        return Refusal(reasons.LIMIT_STAGE, params)

    return guard


room_in_potential: Guard = room("potential")
room_in_intent: Guard = room("intent")


def room_in_same_stage(stage: Any, command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Refusal | None:
    """Room in the stage the customer is in, with its new owner (P-16)."""
    guard = room_in_potential if stage.name == "potential" else room_in_intent
    return guard(stage, command, facts, rules, now)


def room_in_all(stage: Any, _command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Room for one more protected customer of whatever stage (P-16)."""
    held, most = facts.held, rules.limits.total
    if held is None or most is None or not _counts(facts, rules) or held.total < most:
        return None
    owner = _holder_told(held, stage, facts, rules)
    return Refusal(reasons.LIMIT_TOTAL, {"owner": owner, "held": held.total, "most": most})


def claims_left(_stage: Any, _command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Refusal | None:
    """Not more claims a day than policy allows (P-16)."""
    held, most = facts.held, rules.limits.claims_per_day
    if held is None or most is None or held.claims_today < most:
        return None
    return Refusal(reasons.CLAIMS_PER_DAY, {"most": most}, next_midnight(now, rules.zone) if most else None)


def claims_apart(_stage: Any, _command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Refusal | None:
    """Enough time since the last claim (P-16)."""
    held, minutes = facts.held, rules.limits.claim_interval_minutes
    if held is None or minutes is None or held.last_claim_at is None:
        return None
    until = held.last_claim_at + timedelta(minutes=minutes)
    return None if now >= until else Refusal(reasons.CLAIM_INTERVAL, {"minutes": minutes}, until)


def room_if_automatic(stage: Any, command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Refusal | None:
    """Where an application is approved at once, there is room in intent (P-16)."""
    if rules.requests.intent_approval == "reviewer":
        return None
    return room_in_intent(stage, command, facts, rules, now)


def other_deadline(stage: Any, _command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Counting the deadline anew gives another one (P-22)."""
    return Refusal(reasons.SAME_DEADLINE) if rebased_deadline(stage, rules) == stage.deadline else None


def not_locked(stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Only what is not locked can be locked (P-17)."""
    return Refusal(reasons.LOCKED_ALREADY) if stage.locked else None


def is_locked(stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Only what is locked can be unlocked (P-17)."""
    return None if stage.locked else Refusal(reasons.NOT_LOCKED)


def locks_left(_stage: Any, _command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Not more locked customers an owner than policy allows; none by default (P-17)."""
    most = rules.locks.per_owner
    locked = 0 if facts.held is None else facts.held.locked
    return None if locked < most else Refusal(reasons.LIMIT_LOCKS, {"most": most})


def locks_left_if_locked(stage: Any, command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Refusal | None:
    """Who is given a locked customer has room for the lock (P-17)."""
    return locks_left(stage, command, facts, rules, now) if stage.locked else None


# ------------------------------------------------------------------------------------------ owners, follow-ups, sign


def another_owner(reason: Reason) -> Guard:
    """A guard that refuses to give a customer to who has it already."""
    refusal = Refusal(reason)

    def guard(stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
        return refusal if command.to == stage.owner else None

    return guard


def has_open_actions(
    _stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """The person has something to pass on (P-15)."""
    actions = facts.customer.actions
    found = not actions or any(action.by == command.of for action in actions)
    return None if found else Refusal(reasons.NOTHING_OPEN_OF)


def any_planned(_stage: Any, _command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Somebody has something to do about the customer (P-15)."""
    return None if facts.customer.actions else Refusal(reasons.NOTHING_OPEN)


def another_person(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Actions are passed on to somebody else (P-15)."""
    return Refusal(reasons.SAME_PERSON) if command.of == command.to else None


def handover_waiting(stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """There is a handover to accept (P-12)."""
    waiting = stage.handover is not None and stage.handover.accepted_at is None
    return None if waiting else Refusal(reasons.NOTHING_TO_ACCEPT)


# A follow-up is a command itself, or comes with one.


def more_than_the_claim(command: Any, _facts: Facts) -> bool:
    """Whether a claim brings a contact or a follow-up with it."""
    return command.contact is not None or command.follow_up is not None


def has_content(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A follow-up says what was spoken of (F-01)."""
    follow_up = command if isinstance(command, FollowUp) else command.follow_up
    return None if follow_up is None or follow_up.content.strip() else Refusal(reasons.CONTENT_REQUIRED)


def next_action_due(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A next action has the time when it is due, or it would never come up (F-01, F-02)."""
    follow_up = command if isinstance(command, FollowUp) else command.follow_up
    if follow_up is None or follow_up.next_contact_at is not None:
        return None
    planned = not is_blank(follow_up.next_action) or follow_up.next_action_by is not None
    return Refusal(reasons.NEXT_ACTION_DUE) if planned else None


def known_channel(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A follow-up's channel is on the policy's list (F-01)."""
    follow_up = command if isinstance(command, FollowUp) else command.follow_up
    channels = rules.follow_ups.channels
    if follow_up is None or not channels or channel_code(follow_up.channel) in channels:
        return None
    return Refusal(reasons.UNKNOWN_CHANNEL, {"known": ", ".join(channels)})


_CHANNEL_WORDS = {
    "email": "e-mail",
    "call": "phone",
    "电话": "phone",
    "拜访": "visit",
    "邮件": "e-mail",
    "线上": "online",
    "活动": "event",
    "会议": "meeting",
    "短信": "message",
    "微信": "wechat",
    "信函": "letter",
    "展会": "exhibition",
    "其他": "other",
}
_CHANNEL_CODES = frozenset(_CHANNEL_WORDS.values())


def channel_code(text: str) -> str:
    """A channel by its code, from the code itself or a common word in either language."""
    if text in _CHANNEL_CODES:
        return text
    word = text.strip().casefold()
    return _CHANNEL_WORDS.get(word, word)


def held_before(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Refusal | None:
    """A follow-up is recorded after it took place (F-01)."""
    follow_up = command if isinstance(command, FollowUp) else command.follow_up
    if follow_up is None or follow_up.held_at is None or follow_up.held_at <= now:
        return None
    return Refusal(reasons.HELD_LATER)


def next_contact_given(
    _stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """A follow-up of a potential customer says when the next contact is due (F-01)."""
    if command.next_contact_at is not None or not rules.follow_ups.next_contact_when_potential:
        return None
    return Refusal(reasons.NEXT_CONTACT_REQUIRED)


def corrects_known(_stage: Any, command: Any, facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A correction refers to a follow-up on record (F-05)."""
    recorded = 0 if facts.customer is None else facts.customer.follow_ups
    if command.corrects is None or 1 <= command.corrects <= recorded:
        return None
    return Refusal(reasons.UNKNOWN_FOLLOW_UP, {"number": command.corrects})
