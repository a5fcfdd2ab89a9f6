"""What happened to a formal customer: contracts, handover, release."""

from datetime import date, datetime
from typing import Any, ClassVar

import attrs
from attrs import field, frozen

from crmcore.customers.entities import Customer, changed
from crmcore.customers.events_base import CustomerEvent, IntoPool, ToAnother
from crmcore.customers.stages import Formal, Handover, Pool, _make_formal, _make_pool
from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.quick import quick


@quick
@frozen(weakref_slot=False)
class Released(IntoPool):
    """A manager gave a formal customer back to the pool (P-13)."""

    type: ClassVar[str] = "released"
    at: datetime
    owner: str
    teams: tuple[str, ...]
    reason: str = field(repr=False, metadata=PERSONAL)

    def move(self, stage: Any) -> Pool:  # noqa: ARG002 — nothing of the stage is kept
        """Into the pool."""
        return _make_pool(self.at, "released", self.owner, self.teams)


@quick
@frozen(weakref_slot=False)
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
        return _make_formal(stage.owner, stage.teams, self.at)

    def change(self, customer: Customer, policy: str) -> Customer:
        """Formal, one contract more."""
        return changed(
            customer,
            self.move(customer.stage),
            self.at,
            policy,
            signed_on=min(customer.signed_on or self.signed_on, self.signed_on),
            last_trade_on=max(customer.last_trade_on or self.signed_on, self.signed_on),
            contracts=customer.contracts + 1,
        )


@quick
@frozen(weakref_slot=False)
class HandedOver(ToAnother):
    """A formal customer went from ``owner`` to an after-sales person (P-12)."""

    type: ClassVar[str] = "handed-over"
    at: datetime
    owner: str
    to: str
    teams: tuple[str, ...]
    by: str
    reason: str = field(default="", repr=False, metadata=PERSONAL)

    def move(self, stage: Any) -> Formal:
        """Looked after by another."""
        return _make_formal(self.to, self.teams, stage.since, Handover(self.owner, self.at))


@quick
@frozen(weakref_slot=False)
class HandOverAccepted(CustomerEvent):
    """The new owner has taken the customer over (P-12)."""

    type: ClassVar[str] = "hand-over-accepted"
    at: datetime

    def move(self, stage: Any) -> Formal:
        """Accepted now."""
        return _make_formal(stage.owner, stage.teams, stage.since, attrs.evolve(stage.handover, accepted_at=self.at))
