"""What happens when a command passes: the events it brings about. Nothing here refuses.

All have the same five parameters, whether they look at them or not: (stage, command, facts, rules, now).
"""

from datetime import datetime
from typing import Any

from crmcore.customers import events
from crmcore.customers.commands import FollowUp
from crmcore.customers.cool_downs import after_abandon, after_expiry
from crmcore.customers.deadlines import (
    deadline_after,
    extended,
    extension_days,
    held_from,
    hold_of,
    protection_days,
    rebased_deadline,
)
from crmcore.customers.entities import Contact, ContactDetails, CoolDown
from crmcore.customers.events import CustomerEvent
from crmcore.customers.facts import Facts, OnRecord
from crmcore.customers.guards_protection import channel_code
from crmcore.customers.policy import CustomerRules
from crmcore.customers.profiles import changed_profile, new_profile
from crmcore.customers.stages import Intent, Potential, Review, fall_reason
from crmcore.kernel.actors import Actor
from crmcore.kernel.calendar import working_days_after
from crmcore.kernel.quick import maker
from crmcore.kernel.times import UTC, as_instant, days_after, local_date

Events = tuple[CustomerEvent, ...]

#: For what happens often: faster than calling the classes.
_made_follow_up = maker(events.FollowUpRecorded)
_made_protected = maker(events.Protected)
_made_applied = maker(events.IntentApplied)
_made_approved = maker(events.IntentApproved)
_made_requested = maker(events.ExtensionRequested)
_made_extended = maker(events.ExtensionApproved)
_made_abandoned = maker(events.Abandoned)
_made_signed = maker(events.Signed)


# ----------------------------------------------------------------------------------------------------------- records


def register(_stage: Any, command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """On record, and protected by the registrant unless it goes into a pool (P-01)."""
    contacts = tuple(Contact(place, details) for place, details in enumerate(command.contacts, 1))
    pool = command.pool or rules.pools[0]
    recorded = events.Registered(now, facts.actor.id, facts.number, pool, new_profile(command), contacts)
    return (recorded,) if command.into == "pool" else (recorded, _protected(facts.actor, rules, now))


def change_profile(_stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, now: datetime) -> Events:
    """The profile reads differently (D-02)."""
    return (events.ProfileChanged(now, changed_profile(facts.customer.profile, command)),)


def add_contact(_stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, now: datetime) -> Events:
    """One more contact (D-06)."""
    return (_contact_added(command.contact, facts, now),)


def _contact_added(details: ContactDetails, facts: OnRecord, now: datetime) -> events.ContactAdded:
    number = len(facts.customer.contacts) + 1
    return events.ContactAdded(now, Contact(number, details))


def change_contact(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """A contact reads differently (D-06)."""
    return (events.ContactChanged(now, Contact(command.number, command.contact, command.active)),)


def record_follow_up(_stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, now: datetime) -> Events:
    """One more follow-up (F-01)."""
    return (_recorded(command, facts, now, command.corrects),)


def record_activity(stage: Any, command: Any, facts: OnRecord, rules: CustomerRules, now: datetime) -> Events:
    """One more follow-up, which may move the deadline where policy says so; never past the hard cap."""
    recorded = _recorded(command, facts, now, command.corrects)
    days = rules.protection.activity_days
    if not days or recorded.corrects is not None:
        return (recorded,)
    later = deadline_after(days, now, rules)
    if cap_days := rules.protection.hard_cap_days:
        later = min(later, days_after(stage.since, cap_days, rules.zone))
    if later <= stage.deadline:
        return (recorded,)
    return (recorded, events.DeadlineMoved(now, later, held_from(stage.request, later, rules)))


def _recorded(
    follow_up: FollowUp, facts: OnRecord, now: datetime, corrects: int | None = None
) -> events.FollowUpRecorded:
    return _made_follow_up(
        now,
        facts.actor.id,
        facts.customer.follow_ups + 1,
        channel_code(follow_up.channel),
        follow_up.content,
        now if follow_up.held_at is None else as_instant(follow_up.held_at),
        _instant(follow_up.next_contact_at),
        follow_up.next_action,
        follow_up.next_action_by,
        follow_up.feedback,
        follow_up.response,
        follow_up.participants,
        corrects,
    )


def reassign_actions(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """The same things to do, with another person (P-15)."""
    return (events.ActionsReassigned(now, command.of, command.to),)


def _instant(given: datetime | None) -> datetime | None:
    return given if given is None or given.tzinfo is UTC else as_instant(given)


# -------------------------------------------------------------------------------------------------------- protection


def _protected(actor: Actor, rules: CustomerRules, now: datetime, rest: tuple[CoolDown, ...] = ()) -> events.Protected:
    deadline = deadline_after(rules.protection.potential_days, now, rules)
    review = _review(actor, rules, now) if rules.review.required else None
    teams = tuple(sorted(actor.teams)) if len(actor.teams) > 1 else tuple(actor.teams)
    return _made_protected(now, actor.id, teams, deadline, review, rest)


def _review(actor: Actor, rules: CustomerRules, now: datetime) -> Review:
    due = working_days_after(now, rules.review.working_days, rules.calendar, rules.zone)
    return Review(actor.id, now, due.at, None, due.provisional)


def protect(stage: Any, command: Any, facts: OnRecord, rules: CustomerRules, now: datetime) -> Events:
    """The claim, with the contact and the follow-up that came with it, as one change (P-09)."""
    rest = after_expiry(stage, rules) if rules.cool_down.expiry_days else ()
    protected = _protected(facts.actor, rules, now, tuple(one for one in rest if now < one.until) if rest else ())
    if command.contact is None and command.follow_up is None:
        return (protected,)
    added = () if command.contact is None else (_contact_added(command.contact, facts, now),)
    recorded = () if command.follow_up is None else (_recorded(command.follow_up, facts, now),)
    return (*added, *recorded, protected)


def approve_protection(_stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """In force (P-10)."""
    return (events.ProtectionApproved(now),)


def refuse_protection(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """Public some working days from now, or at once (P-10)."""
    public = working_days_after(now, rules.review.public_working_days, rules.calendar, rules.zone)
    return (events.ProtectionRefused(now, public.at, command.note, public.provisional),)


def resubmit_protection(_stage: Any, _command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """Under review again (P-10)."""
    return (events.ProtectionResubmitted(now, _review(facts.actor, rules, now)),)


def apply_for_intent(stage: Any, command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """An application that holds the fall (P-07), approved at once where policy says so (P-05)."""
    hold = hold_of(stage.deadline, rules)
    applied = _made_applied(now, facts.actor.id, hold.at, command.reason, hold.provisional)
    if rules.requests.intent_approval == "automatic":
        return (applied, _intent_approved(rules, now))
    return (applied,)


def _intent_approved(rules: CustomerRules, now: datetime) -> events.IntentApproved:
    return _made_approved(now, deadline_after(rules.protection.intent_days, now, rules))


def approve_intent(_stage: Any, _command: Any, _facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """Intent from now on (P-04)."""
    return (_intent_approved(rules, now),)


def refuse_intent(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """Still potential (P-05)."""
    return (events.IntentRefused(now, command.note),)


def request_extension(stage: Any, command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """A request that holds the fall (P-06, P-07)."""
    hold = hold_of(stage.deadline, rules)
    return (_made_requested(now, facts.actor.id, hold.at, command.reason, hold.provisional),)


def approve_extension(stage: Any, _command: Any, _facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """A later deadline, counted from the old one, not from now (P-06)."""
    return (_made_extended(now, extended(stage.deadline, extension_days(stage, rules), rules)),)


def refuse_extension(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """Nothing changes (P-06)."""
    return (events.ExtensionRefused(now, command.note),)


def abandon(stage: Any, command: Any, _facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """Into the pool, with a time to wait for who gave it up (P-08)."""
    rest = after_abandon(stage, now, rules)
    return (_made_abandoned(now, stage.owner, stage.teams, command.reason, rest),)


def fall(stage: Potential | Intent, moment: datetime) -> CustomerEvent:
    """What time alone brings about (P-03, P-04, P-07, P-10)."""
    return events.Expired(moment, stage.owner, stage.teams, fall_reason(stage))


def transfer(stage: Any, command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """Another owner; the deadline stays, or starts again where policy says so (P-14)."""
    since, deadline, request = stage.since, stage.deadline, stage.request
    if rules.protection.on_transfer == "restarts":
        since, deadline = now, deadline_after(protection_days(stage, rules), now, rules)
        request = held_from(request, deadline, rules)
    return (
        events.Transferred(
            now, stage.owner, command.to, command.teams, since, deadline, facts.actor.id, request, command.reason
        ),
    )


def rebase(stage: Any, _command: Any, _facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """The deadline of the policy in force; one that has passed lets the customer fall now (P-22)."""
    return (events.DeadlineMoved(now, rebased_deadline(stage, rules)),)


def lock(_stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """No fall by expiry (P-17)."""
    return (events.Locked(now),)


def unlock(_stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """Fall by expiry again (P-17)."""
    return (events.Unlocked(now),)


# ------------------------------------------------------------------------------------------------------------ formal


def sign(_stage: Any, command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """Formal (P-11)."""
    signed_on = command.signed_on or local_date(now, rules.zone)
    return (_made_signed(now, facts.actor.id, command.contract.strip(), signed_on),)


def hand_over(stage: Any, command: Any, facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """Looked after by after-sales (P-12)."""
    return (events.HandedOver(now, stage.owner, command.to, command.teams, facts.actor.id, command.reason),)


def accept_hand_over(_stage: Any, _command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """Taken over (P-12)."""
    return (events.HandOverAccepted(now),)


def release(stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """Into the pool (P-13)."""
    return (events.Released(now, stage.owner, stage.teams, command.reason),)
