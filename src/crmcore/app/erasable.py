"""What must be known of a customer before somebody there is erased (A-03)."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from crmcore.app.parties import all_of
from crmcore.customers.commands import Command
from crmcore.customers.entities import Customer
from crmcore.customers.erasing import asks_for_participants, participants_in
from crmcore.customers.stages import Merged
from crmcore.storage.interface import UnitOfWork

if TYPE_CHECKING:
    from crmcore.app.records import Records

#: Participants of follow-ups, merged records that still name persons, and other records with a legal hold.
People = tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]
NOBODY: Final[People] = (frozenset(), (), ())


def people(records: "Records", uow: UnitOfWork, command: Command | None, customer: Customer, now: datetime) -> People:
    """Who took part in follow-ups, where that matters; which merged records name persons; and which have a hold."""
    participants = frozenset[str]()
    if asks_for_participants(command, customer):
        participants = frozenset(participants_in(one.event for one in records.log.history(uow, customer.id)))
    merged = records.customers.get_many(uow, [one.record for one in customer.merges])
    still_named = tuple(one.entity.id for one in merged if one.entity.file.erased_at is None)
    return participants, still_named, _held_beside(records, uow, customer, now)


def _held_beside(records: "Records", uow: UnitOfWork, customer: Customer, now: datetime) -> tuple[str, ...]:
    """The other records of the same customer, merged into it or into which it was merged, with a legal hold."""
    if not customer.merges and not isinstance(customer.stage, Merged):
        return ()
    ids = {*all_of(records, uow, records.survivor(uow, customer, now))} - {customer.id}
    found = records.customers.get_many(uow, sorted(ids))
    return tuple(one.entity.id for one in found if one.entity.file.held_since is not None)
