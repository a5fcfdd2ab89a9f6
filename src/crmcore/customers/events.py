"""What has happened to a customer. Each event says how it moves the stage (``move``) and, where it does more, how it
changes the customer (``change``).

Constructors are called by position in ``move``: this is the hot path of every replay.
"""

from datetime import date, datetime
from typing import Any, ClassVar

import attrs
from attrs import field, frozen

from crmcore.customers.entities import Contact, CoolDown, Customer, NextAction, Participant, Profile, changed
from crmcore.customers.stages import (
    Formal,
    Handover,
    Intent,
    Pool,
    PoolReason,
    Potential,
    Request,
    Review,
    Stage,
)
from crmcore.kernel.personal import PERSONAL


class CustomerEvent:
    """The base: an event that changes nothing but the stage, if that."""

    type: ClassVar[str] = ""
    schema: ClassVar[int] = 1
    at: datetime

    def move(self, stage: Any) -> Stage:
        """The stage after this event."""
        kept: Stage = stage
        return kept

    def change(self, customer: Customer, policy: str) -> Customer:
        """The customer after this event, which the policy with this stamp decided."""
        return changed(customer, self.move(customer.stage), self.at, policy)


@frozen
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
        return Pool(self.at, "registered")

    def first(self, id: str, policy: str) -> Customer:
        """The customer this event brings into being."""
        where = self.move(None)
        return Customer(
            id, 1, self.at, policy, where, self.number, self.by, self.at, self.pool, self.profile, self.contacts
        )


@frozen
class ProfileChanged(CustomerEvent):
    """The profile now reads like this (D-02)."""

    type: ClassVar[str] = "profile-changed"
    at: datetime
    profile: Profile

    def change(self, customer: Customer, policy: str) -> Customer:
        """Replace the profile."""
        return changed(customer, customer.stage, self.at, policy, profile=self.profile)


@frozen
class ContactAdded(CustomerEvent):
    """One more person at the customer's (D-06)."""

    type: ClassVar[str] = "contact-added"
    at: datetime
    contact: Contact

    def change(self, customer: Customer, policy: str) -> Customer:
        """Add the contact; a new main contact takes the place of the old one."""
        return changed(customer, customer.stage, self.at, policy, contacts=_with(customer.contacts, self.contact))


@frozen
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


@frozen
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
            return attrs.evolve(stage, contacted_by=(*stage.contacted_by, self.by))
        kept: Stage = stage
        return kept

    def change(self, customer: Customer, policy: str) -> Customer:
        """Close what the author had to do, and what a corrected entry had planned; open what comes next."""
        open_actions = [action for action in customer.actions if not self._closes(action)]
        if self.next_contact_at is not None:
            open_actions.append(NextAction(self.number, self.next_action_by or self.by, self.next_contact_at))
        latest = customer.last_contact_at
        return changed(
            customer,
            self.move(customer.stage),
            self.at,
            policy,
            follow_ups=self.number,
            actions=tuple(open_actions),
            last_contact_at=self.held_at if latest is None else max(latest, self.held_at),
        )

    def _closes(self, action: NextAction) -> bool:
        if self.corrects is not None:
            return action.follow_up == self.corrects
        return action.by == self.by


@frozen
class Protected(CustomerEvent):
    """A protection has begun (P-01, P-03); with a ``review`` it is not in force until approved (P-10)."""

    type: ClassVar[str] = "protected"
    at: datetime
    owner: str
    teams: tuple[str, ...]
    deadline: datetime
    review: Review | None = None

    def move(self, stage: Any) -> Potential:  # noqa: ARG002 — nothing of the pool is kept
        """Into potential."""
        return Potential(self.owner, self.teams, self.at, self.deadline, self.review)


@frozen
class ProtectionApproved(CustomerEvent):
    """A new protection is in force (P-10)."""

    type: ClassVar[str] = "protection-approved"
    at: datetime

    def move(self, stage: Any) -> Potential:
        """No longer under review."""
        return attrs.evolve(stage, review=None)


@frozen
class ProtectionRefused(CustomerEvent):
    """A new protection was refused; the customer is public from ``public_at`` (P-10)."""

    type: ClassVar[str] = "protection-refused"
    at: datetime
    public_at: datetime
    note: str = field(repr=False, metadata=PERSONAL)
    provisional: bool = False

    def move(self, stage: Any) -> Potential:
        """Refused, with the time left to correct it."""
        review = attrs.evolve(stage.review, public_at=self.public_at, provisional=self.provisional)
        return attrs.evolve(stage, review=review)


@frozen
class ProtectionResubmitted(CustomerEvent):
    """A refused protection waits for review again (P-10)."""

    type: ClassVar[str] = "protection-resubmitted"
    at: datetime
    review: Review

    def move(self, stage: Any) -> Potential:
        """Under review again."""
        return attrs.evolve(stage, review=self.review)


@frozen
class IntentApplied(CustomerEvent):
    """An intent application is pending (P-05, P-07)."""

    type: ClassVar[str] = "intent-applied"
    at: datetime
    by: str
    holds_until: datetime
    reason: str = field(repr=False, metadata=PERSONAL)
    provisional: bool = False

    def move(self, stage: Any) -> Stage:
        """With the application pending."""
        return _requested(stage, Request("intent", self.by, self.at, self.holds_until, self.provisional))


@frozen
class IntentApproved(CustomerEvent):
    """The customer shows intent; a new protection begins (P-04)."""

    type: ClassVar[str] = "intent-approved"
    at: datetime
    deadline: datetime

    def move(self, stage: Any) -> Intent:
        """Into intent; the request and the count of extensions are gone, a lock stays."""
        return Intent(stage.owner, stage.teams, self.at, self.deadline, None, 0, stage.locked)


@frozen
class IntentRefused(CustomerEvent):
    """An intent application was refused (P-05)."""

    type: ClassVar[str] = "intent-refused"
    at: datetime
    note: str = field(repr=False, metadata=PERSONAL)

    def move(self, stage: Any) -> Stage:
        """Nothing pending any more."""
        return _requested(stage, None)


@frozen
class ExtensionRequested(CustomerEvent):
    """An extension request is pending (P-06, P-07)."""

    type: ClassVar[str] = "extension-requested"
    at: datetime
    by: str
    holds_until: datetime
    reason: str = field(repr=False, metadata=PERSONAL)
    provisional: bool = False

    def move(self, stage: Any) -> Stage:
        """With the request pending."""
        return _requested(stage, Request("extension", self.by, self.at, self.holds_until, self.provisional))


@frozen
class ExtensionApproved(CustomerEvent):
    """The deadline is later now (P-06)."""

    type: ClassVar[str] = "extension-approved"
    at: datetime
    deadline: datetime

    def move(self, stage: Any) -> Stage:
        """The new deadline, one more extension, nothing pending."""
        return _positional(stage, stage.owner, stage.teams, self.deadline, None, stage.extensions + 1, stage.locked)


@frozen
class ExtensionRefused(CustomerEvent):
    """An extension request was refused; nothing else changes (P-06)."""

    type: ClassVar[str] = "extension-refused"
    at: datetime
    note: str = field(repr=False, metadata=PERSONAL)

    def move(self, stage: Any) -> Stage:
        """Nothing pending any more."""
        return _requested(stage, None)


@frozen
class DeadlineMoved(CustomerEvent):
    """Activity has moved the deadline (off unless policy says so)."""

    type: ClassVar[str] = "deadline-moved"
    at: datetime
    deadline: datetime

    def move(self, stage: Any) -> Stage:
        """The later deadline."""
        return attrs.evolve(stage, deadline=self.deadline)


def _requested(stage: Any, request: Request | None) -> Stage:
    return _positional(
        stage, stage.owner, stage.teams, stage.deadline, request, stage.extensions, stage.locked
    )


def _positional(  # noqa: PLR0913 — the fields of a protection
    stage: Any,
    owner: str,
    teams: tuple[str, ...],
    deadline: datetime,
    request: Request | None,
    extensions: int,
    locked: bool,  # noqa: FBT001
) -> Stage:
    """The same stage with other fields; twice as fast as ``attrs.evolve``."""
    if type(stage) is Potential:
        return Potential(owner, teams, stage.since, deadline, stage.review, request, extensions, locked)
    return Intent(owner, teams, stage.since, deadline, request, extensions, locked)


class _IntoPool(CustomerEvent):
    """The base of what ends in the pool: the owner's plans for the customer end with it."""

    owner: str
    teams: tuple[str, ...]

    def change(self, customer: Customer, policy: str) -> Customer:
        """Into the pool, nothing left to do."""
        return changed(customer, self.move(customer.stage), self.at, policy, actions=())


@frozen
class Expired(_IntoPool):
    """A protection ended by itself, at this moment, whoever noticed it and whenever (P-03, P-04, P-19)."""

    type: ClassVar[str] = "expired"
    at: datetime
    owner: str
    teams: tuple[str, ...]
    reason: PoolReason

    def move(self, stage: Any) -> Pool:  # noqa: ARG002 — nothing of the protection is kept
        """Into the pool."""
        return Pool(self.at, self.reason, self.owner, self.teams)


@frozen
class Abandoned(_IntoPool):
    """The owner gave the customer up (P-08)."""

    type: ClassVar[str] = "abandoned"
    at: datetime
    owner: str
    teams: tuple[str, ...]
    reason: str = field(repr=False, metadata=PERSONAL)
    cool_downs: tuple[CoolDown, ...] = ()

    def move(self, stage: Any) -> Pool:  # noqa: ARG002 — nothing of the protection is kept
        """Into the pool."""
        return Pool(self.at, "abandoned", self.owner, self.teams)

    def change(self, customer: Customer, policy: str) -> Customer:
        """Into the pool, with the time to wait; what is over is forgotten."""
        kept = tuple(cool_down for cool_down in customer.cool_downs if cool_down.until > self.at)
        stage = self.move(customer.stage)
        return changed(customer, stage, self.at, policy, actions=(), cool_downs=(*kept, *self.cool_downs))


@frozen
class Released(_IntoPool):
    """A manager gave a formal customer back to the pool (P-13)."""

    type: ClassVar[str] = "released"
    at: datetime
    owner: str
    teams: tuple[str, ...]
    reason: str = field(repr=False, metadata=PERSONAL)

    def move(self, stage: Any) -> Pool:  # noqa: ARG002 — nothing of the stage is kept
        """Into the pool."""
        return Pool(self.at, "released", self.owner, self.teams)


@frozen
class Signed(CustomerEvent):
    """A contract is confirmed; the customer is formal (P-11)."""

    type: ClassVar[str] = "signed"
    at: datetime
    by: str
    contract: str
    signed_on: date

    def move(self, stage: Any) -> Formal:
        """Formal, with who brought it there, until handed over."""
        if type(stage) is Formal:
            return stage
        return Formal(stage.owner, stage.teams, self.at)

    def change(self, customer: Customer, policy: str) -> Customer:
        """Formal, one contract more."""
        first = self.signed_on if customer.signed_on is None else min(customer.signed_on, self.signed_on)
        stage = self.move(customer.stage)
        return changed(customer, stage, self.at, policy, signed_on=first, contracts=customer.contracts + 1)


class _ToAnother(CustomerEvent):
    """The base of what gives the customer to another person: what the old owner had to do goes with it."""

    owner: str
    to: str

    def change(self, customer: Customer, policy: str) -> Customer:
        """With the new owner, who takes over the old one's plans."""
        actions = tuple(
            NextAction(action.follow_up, self.to, action.due) if action.by == self.owner else action
            for action in customer.actions
        )
        return changed(customer, self.move(customer.stage), self.at, policy, actions=actions)


@frozen
class HandedOver(_ToAnother):
    """A formal customer went from ``owner`` to an after-sales person (P-12)."""

    type: ClassVar[str] = "handed-over"
    at: datetime
    owner: str
    to: str
    teams: tuple[str, ...]
    by: str

    def move(self, stage: Any) -> Formal:
        """Looked after by another."""
        return Formal(self.to, self.teams, stage.since, Handover(self.owner, self.at))


@frozen
class HandOverAccepted(CustomerEvent):
    """The new owner has taken the customer over (P-12)."""

    type: ClassVar[str] = "hand-over-accepted"
    at: datetime

    def move(self, stage: Any) -> Formal:
        """Accepted now."""
        return attrs.evolve(stage, handover=attrs.evolve(stage.handover, accepted_at=self.at))


@frozen
class Transferred(_ToAnother):
    """A protected customer went from ``owner`` to another (P-14)."""

    type: ClassVar[str] = "transferred"
    at: datetime
    owner: str
    to: str
    teams: tuple[str, ...]
    deadline: datetime
    by: str

    def move(self, stage: Any) -> Stage:
        """Protected by another; a restarted deadline counts from now."""
        moved = _positional(
            stage, self.to, self.teams, self.deadline, stage.request, stage.extensions, stage.locked
        )
        return moved if self.deadline == stage.deadline else attrs.evolve(moved, since=self.at)  # type: ignore[type-var]


@frozen
class Locked(CustomerEvent):
    """The customer does not fall by expiry (P-17)."""

    type: ClassVar[str] = "locked"
    at: datetime

    def move(self, stage: Any) -> Stage:
        """Locked now."""
        kept: Stage = attrs.evolve(stage, locked=True)
        return kept


@frozen
class Unlocked(CustomerEvent):
    """The customer may fall by expiry again (P-17)."""

    type: ClassVar[str] = "unlocked"
    at: datetime

    def move(self, stage: Any) -> Stage:
        """No longer locked."""
        kept: Stage = attrs.evolve(stage, locked=False)
        return kept


EVENTS: tuple[type[CustomerEvent], ...] = (
    Registered,
    ProfileChanged,
    ContactAdded,
    ContactChanged,
    FollowUpRecorded,
    Protected,
    ProtectionApproved,
    ProtectionRefused,
    ProtectionResubmitted,
    IntentApplied,
    IntentApproved,
    IntentRefused,
    ExtensionRequested,
    ExtensionApproved,
    ExtensionRefused,
    DeadlineMoved,
    Expired,
    Abandoned,
    Released,
    Signed,
    HandedOver,
    HandOverAccepted,
    Transferred,
    Locked,
    Unlocked,
)
