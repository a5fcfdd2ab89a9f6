"""What happened to a protection: claims, reviews, requests, deadlines, falls.

Constructors are called by position in ``move``: this is the hot path of every replay.
"""

from datetime import datetime
from typing import Any, ClassVar

import attrs
from attrs import field, frozen

from crmcore.customers.entities import CoolDown, Customer, changed
from crmcore.customers.events_base import CustomerEvent, IntoPool, ToAnother
from crmcore.customers.stages import (
    Intent,
    Pool,
    PoolReason,
    Potential,
    Request,
    Review,
    Stage,
    _make_intent,
    _make_pool,
    _make_potential,
    _make_request,
)
from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.quick import quick


@quick
@frozen(weakref_slot=False)
class Protected(CustomerEvent):
    """A protection has begun (P-01, P-03); with a ``review`` it is not in force until approved (P-10)."""

    type: ClassVar[str] = "protected"
    at: datetime
    owner: str
    teams: tuple[str, ...]
    deadline: datetime
    review: Review | None = None
    cool_downs: tuple[CoolDown, ...] = ()

    def move(self, stage: Any) -> Potential:  # noqa: ARG002 — nothing of the pool is kept
        """Into potential."""
        return _make_potential(self.owner, self.teams, self.at, self.deadline, self.review)

    def change(self, customer: Customer, policy: str) -> Customer:
        """Protected; what the last owner must still wait after an expiry outlives this claim."""
        stage = self.move(customer.stage)
        if not self.cool_downs:
            return changed(customer, stage, self.at, policy)
        return changed(customer, stage, self.at, policy, cool_downs=(*customer.cool_downs, *self.cool_downs))


@quick
@frozen(weakref_slot=False)
class ProtectionApproved(CustomerEvent):
    """A new protection is in force (P-10)."""

    type: ClassVar[str] = "protection-approved"
    at: datetime

    def move(self, stage: Any) -> Potential:
        """No longer under review."""
        return _reviewed(stage, None)


@quick
@frozen(weakref_slot=False)
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
        return _reviewed(stage, review)


@quick
@frozen(weakref_slot=False)
class ProtectionResubmitted(CustomerEvent):
    """A refused protection waits for review again (P-10)."""

    type: ClassVar[str] = "protection-resubmitted"
    at: datetime
    review: Review

    def move(self, stage: Any) -> Potential:
        """Under review again."""
        return _reviewed(stage, self.review)


@quick
@frozen(weakref_slot=False)
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
        return _requested(stage, _make_request("intent", self.by, self.at, self.holds_until, self.provisional))


@quick
@frozen(weakref_slot=False)
class IntentApproved(CustomerEvent):
    """The customer shows intent; a new protection begins (P-04)."""

    type: ClassVar[str] = "intent-approved"
    at: datetime
    deadline: datetime

    def move(self, stage: Any) -> Intent:
        """Into intent; the request and the count of extensions are gone, a lock stays."""
        return _make_intent(stage.owner, stage.teams, self.at, self.deadline, None, 0, stage.locked)


@quick
@frozen(weakref_slot=False)
class IntentRefused(CustomerEvent):
    """An intent application was refused (P-05)."""

    type: ClassVar[str] = "intent-refused"
    at: datetime
    note: str = field(repr=False, metadata=PERSONAL)

    def move(self, stage: Any) -> Stage:
        """Nothing pending any more."""
        return _requested(stage, None)


@quick
@frozen(weakref_slot=False)
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
        return _requested(stage, _make_request("extension", self.by, self.at, self.holds_until, self.provisional))


@quick
@frozen(weakref_slot=False)
class ExtensionApproved(CustomerEvent):
    """The deadline is later now (P-06)."""

    type: ClassVar[str] = "extension-approved"
    at: datetime
    deadline: datetime

    def move(self, stage: Any) -> Stage:
        """The new deadline, one more extension, nothing pending."""
        return _positional(stage, stage.owner, stage.teams, self.deadline, None, stage.extensions + 1, stage.locked)


@quick
@frozen(weakref_slot=False)
class ExtensionRefused(CustomerEvent):
    """An extension request was refused; nothing else changes (P-06)."""

    type: ClassVar[str] = "extension-refused"
    at: datetime
    note: str = field(repr=False, metadata=PERSONAL)

    def move(self, stage: Any) -> Stage:
        """Nothing pending any more."""
        return _requested(stage, None)


@quick
@frozen(weakref_slot=False)
class DeadlineMoved(CustomerEvent):
    """Activity (off unless policy says so) or a rebase has moved the deadline, and the hold of what is pending."""

    type: ClassVar[str] = "deadline-moved"
    at: datetime
    deadline: datetime
    request: Request | None = None

    def move(self, stage: Any) -> Stage:
        """The other deadline."""
        return _positional(stage, stage.owner, stage.teams, self.deadline, self.request, stage.extensions, stage.locked)


def _requested(stage: Any, request: Request | None) -> Stage:
    owner, teams, since, deadline = stage.owner, stage.teams, stage.since, stage.deadline
    if type(stage) is Potential:
        return _make_potential(owner, teams, since, deadline, stage.review, request, stage.extensions, stage.locked)
    return _make_intent(owner, teams, since, deadline, request, stage.extensions, stage.locked)


def _positional(
    stage: Any,
    owner: str,
    teams: tuple[str, ...],
    deadline: datetime,
    request: Request | None,
    extensions: int,
    locked: bool,  # noqa: FBT001
) -> Potential | Intent:
    """The same stage with other fields; twice as fast as ``attrs.evolve``."""
    if type(stage) is Potential:
        return _make_potential(owner, teams, stage.since, deadline, stage.review, request, extensions, locked)
    return _make_intent(owner, teams, stage.since, deadline, request, extensions, locked)


def _reviewed(stage: Potential, review: Review | None) -> Potential:
    return attrs.evolve(stage, review=review)


@quick
@frozen(weakref_slot=False)
class Expired(IntoPool):
    """A protection ended by itself, at this moment, whoever noticed it and whenever (P-03, P-04, P-19)."""

    type: ClassVar[str] = "expired"
    at: datetime
    owner: str
    teams: tuple[str, ...]
    reason: PoolReason

    def move(self, stage: Any) -> Pool:  # noqa: ARG002 — nothing of the protection is kept
        """Into the pool."""
        return _make_pool(self.at, self.reason, self.owner, self.teams)


@quick
@frozen(weakref_slot=False)
class Abandoned(IntoPool):
    """The owner gave the customer up (P-08)."""

    type: ClassVar[str] = "abandoned"
    at: datetime
    owner: str
    teams: tuple[str, ...]
    reason: str = field(repr=False, metadata=PERSONAL)
    cool_downs: tuple[CoolDown, ...] = ()

    def move(self, stage: Any) -> Pool:  # noqa: ARG002 — nothing of the protection is kept
        """Into the pool."""
        return _make_pool(self.at, "abandoned", self.owner, self.teams)

    def change(self, customer: Customer, policy: str) -> Customer:
        """Into the pool, with the time to wait; what is over is forgotten."""
        kept = tuple(cool_down for cool_down in customer.cool_downs if cool_down.until > self.at)
        stage = self.move(customer.stage)
        return changed(customer, stage, self.at, policy, actions=(), cool_downs=(*kept, *self.cool_downs))


@quick
@frozen(weakref_slot=False)
class Transferred(ToAnother):
    """A protected customer went from ``owner`` to another (P-14)."""

    type: ClassVar[str] = "transferred"
    at: datetime
    owner: str
    to: str
    teams: tuple[str, ...]
    since: datetime
    deadline: datetime
    by: str
    request: Request | None = None
    reason: str = field(default="", repr=False, metadata=PERSONAL)

    def move(self, stage: Any) -> Stage:
        """Protected by another; what is pending stays so."""
        owner, teams, since, deadline, request = self.to, self.teams, self.since, self.deadline, self.request
        if type(stage) is Potential:
            return _make_potential(owner, teams, since, deadline, stage.review, request, stage.extensions, stage.locked)
        return _make_intent(owner, teams, since, deadline, request, stage.extensions, stage.locked)


@quick
@frozen(weakref_slot=False)
class Locked(CustomerEvent):
    """The customer does not fall by expiry (P-17)."""

    type: ClassVar[str] = "locked"
    at: datetime

    def move(self, stage: Any) -> Stage:
        """Locked now."""
        return _positional(
            stage, stage.owner, stage.teams, stage.deadline, stage.request, stage.extensions, locked=True
        )


@quick
@frozen(weakref_slot=False)
class Unlocked(CustomerEvent):
    """The customer may fall by expiry again (P-17)."""

    type: ClassVar[str] = "unlocked"
    at: datetime

    def move(self, stage: Any) -> Stage:
        """No longer locked."""
        return _positional(
            stage, stage.owner, stage.teams, stage.deadline, stage.request, stage.extensions, locked=False
        )
