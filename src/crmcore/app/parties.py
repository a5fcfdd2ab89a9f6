"""The two parties of conflicts, by whom they are today: a survivor answers for what was merged into it (M-03, M-06)."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from crmcore.conflicts.entities import Conflict, Decided
from crmcore.customers.duplicates import Alike, still_told
from crmcore.customers.entities import Customer
from crmcore.storage.interface import Query, Record, UnitOfWork
from crmcore.storage.repository import Loaded

if TYPE_CHECKING:
    from crmcore.app.records import Records

PAGE = 100


def all_of(records: "Records", uow: UnitOfWork, customer: Customer) -> Iterator[str]:
    """The ids of a customer and of all that was merged into it."""
    yield customer.id
    for one in records.customers.get_many(uow, [merge.record for merge in customer.merges]):
        yield from all_of(records, uow, one.entity)


def conflicts_of(records: "Records", uow: UnitOfWork, ids: Iterable[str]) -> list[Record]:
    """The stored conflicts that one of these records has a part in, each once."""
    queries = [Query("conflict", index, (id,), limit=PAGE) for id in ids for index in ("by_customer", "by_other")]
    return list({row.id: row for query in queries for row in records.conflicts.rows(uow, query)}.values())


def standing(records: "Records", uow: UnitOfWork, one: Customer, other: Customer) -> str | None:
    """The open conflict of two customers, or of records merged into them."""
    ones, others = frozenset(all_of(records, uow, one)), frozenset(all_of(records, uow, other))
    found = (row for row in conflicts_of(records, uow, sorted(ones)) if not _is_over(row))
    return min((row.id for row in found if _are_of(_parties(row), ones, others)), default=None)


def _are_of(parties: tuple[str, str], ones: frozenset[str], others: frozenset[str]) -> bool:
    """Whether one of two records is of these, and the other one of those."""
    first, second = parties
    return (first in ones and second in others) or (first in others and second in ones)


def counted(
    records: "Records", uow: UnitOfWork, customer: Customer, found: tuple[Alike, ...], now: datetime
) -> tuple[Alike, ...]:
    """Of the records found alike, those that no manager has decided to be another customer."""
    return still_told(found, _apart(records, uow, customer, [one.customer.id for one in found], now)) if found else ()


def _apart(
    records: "Records", uow: UnitOfWork, customer: Customer, found: Collection[str], now: datetime
) -> frozenset[str]:
    """Who of these has been decided to be another customer; of several decisions the last one stands."""
    rows = [row for row in conflicts_of(records, uow, all_of(records, uow, customer)) if _is_over(row)]
    if not rows:
        return frozenset()
    others = records.customers.get_many(uow, sorted(found))
    today = {id: one.entity.id for one in others for id in all_of(records, uow, one.entity)}
    ids = sorted(row.id for row in rows if not today.keys().isdisjoint(_parties(row)))
    verdicts: dict[str, str | None] = {}
    for conflict, stage in _decided(records.conflicts.get_many(uow, ids), now):
        verdicts |= {today[id]: stage.in_favour_of for id in (conflict.customer, conflict.other) if id in today}
    return frozenset(id for id, in_favour_of in verdicts.items() if in_favour_of is None)


def _decided(found: Iterable[Loaded[Conflict]], now: datetime) -> list[tuple[Conflict, Decided]]:
    """The conflicts that have been decided by now, in the order of the decisions."""
    stages = ((one.entity, one.entity.stage) for one in found)
    decided = [(one, stage) for one, stage in stages if isinstance(stage, Decided) and stage.at <= now]
    return sorted(decided, key=lambda pair: (pair[1].at, pair[0].id))


def _is_over(row: Record) -> bool:
    """Whether a conflict is not open any more."""
    return row.columns["open_pair"] is None


def _parties(row: Record) -> tuple[str, str]:
    """The ids of the two records of a conflict."""
    return str(row.columns["customer"]), str(row.columns["other"])
