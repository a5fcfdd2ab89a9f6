"""What happens when two records of one customer are merged, and when that is undone (M-06).

Each merge is one event of either: ``MergedInto`` of the record that ends, ``Absorbed`` of the one that survives. So is
its undoing: ``MergeUndone`` and ``GivenBack``.
"""

from datetime import date, datetime
from typing import Any, ClassVar

import attrs
from attrs import field, frozen

from crmcore.customers.entities import (
    Absorption,
    Contact,
    CoolDown,
    Customer,
    Profile,
    changed,
)
from crmcore.customers.events_base import CustomerEvent
from crmcore.customers.file import EMPTY_FILE, File
from crmcore.customers.merging_file import with_file, without_file
from crmcore.customers.stages import Merged, NextAction, Pool, Stage
from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.quick import quick


@quick
@frozen(weakref_slot=False)
class MergedInto(CustomerEvent):
    """The record is one and the same as another, and ends in it."""

    type: ClassVar[str] = "merged-into"
    at: datetime
    into: str
    reason: str = field(repr=False, metadata=PERSONAL)

    def move(self, stage: Any) -> Merged:
        """Merged, with the stage it had kept for an undoing."""
        return Merged(self.at, self.into, stage)

    def change(self, customer: Customer, policy: str) -> Customer:
        """Merged; what was planned is the survivor's to do."""
        stage = attrs.evolve(self.move(customer.stage), actions=customer.actions)
        return changed(customer, stage, self.at, policy, actions=())


@quick
@frozen(weakref_slot=False)
class MergeUndone(CustomerEvent):
    """The record stands for itself again, as it did before the merge."""

    type: ClassVar[str] = "merge-undone"
    at: datetime
    into: str
    reason: str = field(repr=False, metadata=PERSONAL)

    def move(self, stage: Any) -> Stage:
        """The stage it had."""
        back: Stage = stage.was
        return back

    def change(self, customer: Customer, policy: str) -> Customer:
        """The stage and the plans it had."""
        stage: Any = customer.stage
        # The merge was the last event of the record: nothing is done with one that is merged.
        merges = _still_last(customer.merges, customer.version - 1, customer.version + 1)
        return changed(customer, self.move(stage), self.at, policy, actions=stage.actions, merges=merges)


@quick
@frozen(weakref_slot=False)
class Absorbed(CustomerEvent):
    """Another record of the same customer was merged into this one, which now has what both had.

    ``profile`` is how it reads now, ``taken`` what of it comes from the record. Contacts and actions bear their new
    numbers; the record's first follow-up is the one after the customer's last. The dates are the record's. ``file`` is
    what the record's adds to the customer's; its needs read as they do now. ``other_phones`` is how many of those in
    the profile are the record's: the numbers themselves may be erased.
    """

    type: ClassVar[str] = "absorbed"
    beside: ClassVar[bool] = True
    at: datetime
    record: str
    reason: str = field(repr=False, metadata=PERSONAL)
    profile: Profile
    taken: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    follow_ups: int = 0
    actions: tuple[NextAction, ...] = ()
    cool_downs: tuple[CoolDown, ...] = ()
    contacted_by: tuple[str, ...] = ()
    contracts: int = 0
    last_contact_at: datetime | None = None
    signed_on: date | None = None
    last_trade_on: date | None = None
    file: File = EMPTY_FILE
    other_phones: int = 0

    def move(self, stage: Any) -> Stage:
        """In the pool, who has contacted the record has contacted the customer; else the stage it had."""
        if type(stage) is Pool and self.contacted_by:
            return attrs.evolve(stage, contacted_by=(*stage.contacted_by, *self.contacted_by))
        kept: Stage = stage
        return kept

    def change(self, customer: Customer, policy: str) -> Customer:
        """What both had, and what of it came from the record."""
        return changed(
            customer,
            self.move(customer.stage),
            self.at,
            policy,
            profile=self.profile,
            contacts=(*customer.contacts, *self.contacts),
            cool_downs=(*customer.cool_downs, *self.cool_downs),
            follow_ups=customer.follow_ups + self.follow_ups,
            actions=(*customer.actions, *self.actions),
            last_contact_at=_latest(customer.last_contact_at, self.last_contact_at),
            signed_on=min(filter(None, (customer.signed_on, self.signed_on)), default=None),
            last_trade_on=_latest(customer.last_trade_on, self.last_trade_on),
            contracts=customer.contracts + self.contracts,
            merges=(*customer.merges, self._provenance(customer)),
            file=with_file(customer.file, self.file),
        )

    def _provenance(self, customer: Customer) -> Absorption:
        """What comes from the record, and what the customer had where that cannot be told from what it has now."""
        return Absorption(
            self.record,
            self.at,
            customer.version + 1,
            self.taken,
            self.other_phones,
            len(self.contacts),
            self.follow_ups,
            len(self.actions),
            len(self.cool_downs),
            len(self.contacted_by),
            self.contracts,
            customer.last_contact_at,
            customer.signed_on,
            customer.last_trade_on,
            len(self.file.attachments),
            len(self.file.consents),
            customer.file.needs,
            customer.file.held_since,
        )


@quick
@frozen(weakref_slot=False)
class GivenBack(CustomerEvent):
    """A record that was merged into this customer stands for itself again, with all that came from it."""

    type: ClassVar[str] = "given-back"
    beside: ClassVar[bool] = True
    at: datetime
    record: str
    reason: str = field(repr=False, metadata=PERSONAL)

    def change(self, customer: Customer, policy: str) -> Customer:
        """What it had before the merge, which was the last thing that happened to it."""
        *before, undone = customer.merges
        return changed(
            customer,
            _without_contacted(customer.stage, undone.contacted_by),
            self.at,
            policy,
            profile=_without(customer.profile, undone),
            contacts=_but_last(customer.contacts, undone.contacts),
            cool_downs=_but_last(customer.cool_downs, undone.cool_downs),
            follow_ups=customer.follow_ups - undone.follow_ups,
            actions=_but_last(customer.actions, undone.actions),
            last_contact_at=undone.last_contact_at,
            signed_on=undone.signed_on,
            last_trade_on=undone.last_trade_on,
            contracts=customer.contracts - undone.contracts,
            merges=_still_last(tuple(before), undone.version - 1, customer.version + 1),
            file=without_file(customer.file, undone),
        )


def _latest(mine: Any, theirs: Any) -> Any:
    return max(filter(None, (mine, theirs)), default=None)


def _but_last(items: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    return items[: len(items) - count]


def _without_contacted(stage: Stage, count: int) -> Stage:
    if type(stage) is not Pool or not count:
        return stage
    return attrs.evolve(stage, contacted_by=_but_last(stage.contacted_by, count))


def _without(profile: Profile, undone: Absorption) -> Profile:
    """The profile without what came from a record."""
    emptied = dict.fromkeys((name for name in undone.taken if not name.startswith("fields.")), None)
    custom = {name: value for name, value in profile.fields.items() if f"fields.{name}" not in undone.taken}
    phones = _but_last(profile.other_phones, undone.other_phones)
    return attrs.evolve(profile, fields=custom, other_phones=phones, **emptied)  # type: ignore[arg-type]


def _still_last(merges: tuple[Absorption, ...], before: int, now: int) -> tuple[Absorption, ...]:
    """The merges when a later one is undone: upon the last one nothing is built again, if nothing was before."""
    if not merges or merges[-1].version != before:
        return merges
    return (*merges[:-1], attrs.evolve(merges[-1], version=now))
