"""What happened to what is on record of a customer: profile, contacts, follow-ups."""

from datetime import datetime
from typing import Any, ClassVar

import attrs
from attrs import field, frozen

from crmcore.customers.entities import Contact, Customer, Participant, Profile, changed
from crmcore.customers.events_base import CustomerEvent, passed_on
from crmcore.customers.stages import NextAction, Pool, Stage, _make_next_action, _make_pool
from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.quick import quick


@quick
@frozen(weakref_slot=False)
class Registered(CustomerEvent):
    """A new customer on record, in a pool for now (D-01)."""

    type: ClassVar[str] = "registered"
    at: datetime
    by: str
    number: str
    pool: str
    profile: Profile
    contacts: tuple[Contact, ...] = ()

    def move(self, stage: Any) -> Pool:  # noqa: ARG002 — whatever was before, which is nothing
        """Into the pool."""
        return _make_pool(self.at, "registered")

    def first(self, id: str, policy: str) -> Customer:
        """The customer this event brings into being."""
        where = self.move(None)
        return Customer(
            id, 1, self.at, policy, where, self.number, self.by, self.at, self.pool, self.profile, self.contacts
        )


@quick
@frozen(weakref_slot=False)
class ProfileChanged(CustomerEvent):
    """The profile now reads like this (D-02)."""

    type: ClassVar[str] = "profile-changed"
    at: datetime
    profile: Profile

    def change(self, customer: Customer, policy: str) -> Customer:
        """Replace the profile."""
        return changed(customer, customer.stage, self.at, policy, profile=self.profile)


@quick
@frozen(weakref_slot=False)
class ContactAdded(CustomerEvent):
    """One more person at the customer's (D-06)."""

    type: ClassVar[str] = "contact-added"
    at: datetime
    contact: Contact

    def change(self, customer: Customer, policy: str) -> Customer:
        """Add the contact; a new main contact takes the place of the old one."""
        return changed(customer, customer.stage, self.at, policy, contacts=_with(customer.contacts, self.contact))


@quick
@frozen(weakref_slot=False)
class ContactChanged(CustomerEvent):
    """What is on record of a contact now reads like this (D-06)."""

    type: ClassVar[str] = "contact-changed"
    at: datetime
    contact: Contact

    def change(self, customer: Customer, policy: str) -> Customer:
        """Replace the contact of that number."""
        return changed(customer, customer.stage, self.at, policy, contacts=_with(customer.contacts, self.contact))


def _with(contacts: tuple[Contact, ...], new: Contact) -> tuple[Contact, ...]:
    """The contacts with this one added or replaced, and at most one of them the main one."""
    others = [contact for contact in contacts if contact.number != new.number]
    if new.details.main:
        others = [_not_main(other) for other in others]
    return tuple(sorted((*others, new), key=lambda contact: contact.number))


def _not_main(contact: Contact) -> Contact:
    if not contact.details.main:
        return contact
    return attrs.evolve(contact, details=attrs.evolve(contact.details, main=False))


@quick
@frozen(weakref_slot=False)
class FollowUpRecorded(CustomerEvent):
    """One interaction (F-01), the customer's ``number``-th; never changed afterwards, only corrected by another."""

    type: ClassVar[str] = "follow-up-recorded"
    at: datetime
    by: str
    number: int
    channel: str
    content: str = field(repr=False, metadata=PERSONAL)
    held_at: datetime
    next_contact_at: datetime | None = None
    next_action: str | None = field(default=None, repr=False, metadata=PERSONAL)
    next_action_by: str | None = None
    feedback: str | None = field(default=None, repr=False, metadata=PERSONAL)
    response: str | None = field(default=None, repr=False, metadata=PERSONAL)
    participants: tuple[Participant, ...] = ()
    corrects: int | None = None

    def move(self, stage: Any) -> Stage:
        """In the pool it counts as the author's contact (P-09)."""
        if type(stage) is Pool and self.by not in stage.contacted_by:
            contacted_by = (*stage.contacted_by, self.by)
            return _make_pool(stage.since, stage.reason, stage.last_owner, stage.last_teams, contacted_by)
        kept: Stage = stage
        return kept

    def change(self, customer: Customer, policy: str) -> Customer:
        """Close what the author had to do, and what a corrected entry had planned; open what comes next."""
        kept = [action for action in customer.actions if not self._closes(action)] if customer.actions else []
        if self.next_contact_at is not None:
            kept.append(_make_next_action(self.number, self.next_action_by or self.by, self.next_contact_at))
        latest = customer.last_contact_at
        return changed(
            customer,
            self.move(customer.stage),
            self.at,
            policy,
            follow_ups=self.number,
            actions=tuple(kept),
            last_contact_at=self.held_at if latest is None else max(latest, self.held_at),
        )

    def _closes(self, action: NextAction) -> bool:
        if self.corrects is not None:
            return action.follow_up == self.corrects
        return action.by == self.by


@quick
@frozen(weakref_slot=False)
class ActionsReassigned(CustomerEvent):
    """What ``of`` had to do about the customer is now ``to``'s to do (P-15)."""

    type: ClassVar[str] = "actions-reassigned"
    at: datetime
    of: str
    to: str

    def change(self, customer: Customer, policy: str) -> Customer:
        """The same actions with another person."""
        actions = passed_on(customer.actions, self.of, self.to)
        return changed(customer, customer.stage, self.at, policy, actions=actions)
