"""Merging two records of one customer, and taking them apart again: who survives, what is kept, who must have room.

Every fact of both is kept (M-06). Of the profile, what the survivor has stands, and what it has not is filled in from
the other; contacts, follow-ups, plans, times to wait, contracts and what is in the file are those of both. The record
merged away stays as it was, under its own id, with its own history.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

import attrs

from crmcore.customers.commands import Merge
from crmcore.customers.cool_downs import after_expiry
from crmcore.customers.entities import Contact, Customer, Profile
from crmcore.customers.events_base import CustomerEvent, passed_on
from crmcore.customers.events_merge import Absorbed, GivenBack, MergedInto, MergeUndone
from crmcore.customers.facts import OfTwo
from crmcore.customers.merging_file import brought
from crmcore.customers.policy import Criterion, CustomerRules
from crmcore.customers.stages import Formal, Intent, NextAction, Pool, Potential

#: Numbers of which a customer may have several: one that finds its place taken is kept beside.
PHONES = tuple(one.name for one in attrs.fields(Profile) if one.name in {"phone", "mobile"})
#: What is not filled in one by one.
APART = frozenset({"name", "kind", "fields", "other_phones"})

#: What a survivor's field is after a merge: its own and the record's together (united), its own (kept), or none of the
#: record's business (left), for it tells of this record's history.
Fate = Literal["united", "kept", "left"]

#: Every field of a customer, and of its file, with what becomes of it: none can be forgotten, for a test counts them.
FATES: Final[Mapping[str, Fate]] = {
    "id": "kept",
    "version": "left",
    "last_at": "left",
    "policy": "left",
    "stage": "kept",
    "number": "kept",
    "registered_by": "kept",
    "registered_at": "kept",
    "pool": "kept",
    "profile": "united",
    "contacts": "united",
    "cool_downs": "united",
    "follow_ups": "united",
    "actions": "united",
    "last_contact_at": "united",
    "signed_on": "united",
    "last_trade_on": "united",
    "contracts": "united",
    "merges": "left",
    "file": "united",
    "file.attachments": "united",
    "file.needs": "united",
    "file.consents": "united",
    "file.held_since": "united",
    "file.erased_at": "kept",
}


# ------------------------------------------------------------------------------------------------------ who survives


def _place(customer: Customer, criterion: Criterion) -> tuple[Any, ...]:
    """Where a customer stands by a criterion; the least survives."""
    if criterion == "formal":
        return (type(customer.stage) is not Formal,)
    if criterion == "protected":
        return (customer.owner is None,)
    return (customer.registered_at, len(customer.number), customer.number)  # KH-999999 comes before KH-1000000


def standing(customer: Customer, rules: CustomerRules, *, decided: bool = False) -> tuple[tuple[Any, ...], ...]:
    """Where a customer stands by the policy among records that are the same; the least survives."""
    return tuple(_place(customer, one) for one in rules.merge.survivor if not (decided and one == "earliest"))


def precedence(customer: Customer, rules: CustomerRules) -> tuple[Any, ...]:
    """The same as an order of all customers: where policy leaves it open, who was entered first comes first."""
    return (*standing(customer, rules), _place(customer, "earliest"), customer.id)


def survivor(one: Customer, other: Customer, rules: CustomerRules, *, decided: bool = False) -> Customer | None:
    """Which of two records survives by the policy; None where it leaves that open.

    What somebody has ``decided`` overrules who was entered first, but not whose the customers are.
    """
    mine, theirs = standing(one, rules, decided=decided), standing(other, rules, decided=decided)
    return None if mine == theirs else one if mine < theirs else other


# ------------------------------------------------------------------------------------------------------ what is kept


def merge(_stage: Any, command: Merge, facts: OfTwo, rules: CustomerRules, now: datetime) -> tuple[CustomerEvent, ...]:
    """One record ends in the other, which has what both had."""
    record, into = facts.customer, facts.other.customer
    profile, taken = _filled(into.profile, record.profile)
    absorbed = Absorbed(
        now,
        record.id,
        command.reason,
        profile,
        taken,
        _renumbered(record, into),
        record.follow_ups,
        _planned(record, into),
        _waits(record, rules),
        _contacted(record, into),
        record.contracts,
        record.last_contact_at,
        record.signed_on,
        record.last_trade_on,
        brought(record, into),
        len(profile.other_phones) - len(into.profile.other_phones),
    )
    return MergedInto(now, into.id, command.reason), absorbed


def _filled(own: Profile, theirs: Profile) -> tuple[Profile, tuple[str, ...]]:
    """The profile with what it lacks from another, and the names of what that was."""
    # The phone of an individual is part of what tells it from namesakes (P-02), so there it is only kept beside.
    fixed = APART if own.kind == "enterprise" else {*APART, *PHONES}
    names = [one.name for one in attrs.fields(Profile) if one.name not in fixed]
    taken: dict[str, Any] = {
        name: value for name in names if getattr(own, name) is None and (value := getattr(theirs, name)) is not None
    }
    custom = {name: value for name, value in theirs.fields.items() if name not in own.fields}
    filled = attrs.evolve(own, fields={**own.fields, **custom}, other_phones=_phones(own, theirs, taken), **taken)
    return filled, (*taken, *(f"fields.{name}" for name in custom))


def _phones(own: Profile, theirs: Profile, taken: dict[str, Any]) -> tuple[str, ...]:
    """The further numbers of both; what is known already is not added once more."""
    known = {getattr(own, name) for name in PHONES} | {taken[name] for name in PHONES if name in taken}
    more = [*(getattr(theirs, name) for name in PHONES), *theirs.other_phones]
    fresh = dict.fromkeys(number for number in more if number is not None and number not in known)
    return (*own.other_phones, *(number for number in fresh if number not in own.other_phones))


def _renumbered(record: Customer, into: Customer) -> tuple[Contact, ...]:
    """The record's contacts, numbered after the survivor's; a main one stays the main one if the survivor has none."""
    main = any(contact.details.main for contact in into.contacts)
    return tuple(
        Contact(
            len(into.contacts) + place,
            attrs.evolve(contact.details, main=False) if main else contact.details,
            contact.active,
            contact.erased,
        )
        for place, contact in enumerate(record.contacts, 1)
    )


def _planned(record: Customer, into: Customer) -> tuple[NextAction, ...]:
    """What was to be done about the record; its owner's part is now the survivor's owner's, who alone may do it."""
    actions = tuple(NextAction(into.follow_ups + one.follow_up, one.by, one.due) for one in record.actions)
    if record.owner is None or into.owner is None:
        return actions
    return passed_on(actions, record.owner, into.owner)


def _waits(record: Customer, rules: CustomerRules) -> tuple[Any, ...]:
    """Who must wait before claiming, what follows from the record's last fall included (P-08)."""
    return (*record.cool_downs, *(after_expiry(record.stage, rules) if isinstance(record.stage, Pool) else ()))


def _contacted(record: Customer, into: Customer) -> tuple[str, ...]:
    """Who else has contacted the customer since it came into the pool, where both are there (P-09)."""
    if not isinstance(record.stage, Pool) or not isinstance(into.stage, Pool):
        return ()
    return tuple(who for who in record.stage.contacted_by if who not in into.stage.contacted_by)


def undo_merge(_stage: Any, command: Any, facts: OfTwo, _rules: Any, now: datetime) -> tuple[CustomerEvent, ...]:
    """Both are again what they were."""
    into = facts.other.customer
    return MergeUndone(now, into.id, command.reason), GivenBack(now, facts.customer.id, command.reason)


# ------------------------------------------------------------------------------------------- who must have room again


def counts_again(into: Customer, record: str, rules: CustomerRules) -> bool:
    """Whether a survivor that owes its contracts to a record counts against limits without it (P-16)."""
    without = into.absorption(record).signed_on is None and into.signed_on is not None
    return without and isinstance(into.stage, Potential | Intent) and not rules.limits.count_signed and rules.limits.any
