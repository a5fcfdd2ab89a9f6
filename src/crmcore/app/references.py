"""What refers to a customer, in whatever kind of record: it goes with the customer when that is merged (M-06).

Each kind declares its references (``Kind.references``), those of plugins too, so that none can be forgotten. What is
derived from a customer is left alone: it is written with the customer itself.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from crmcore.kernel.codec import from_bytes, to_bytes
from crmcore.kernel.entities import Kind
from crmcore.storage.catalogue import Moved, Pointer
from crmcore.storage.interface import Query, Record, UnitOfWork, Write
from crmcore.storage.repository import Repository, record_pages

PAGE = 500
CUSTOMER = "customer"


def follow(uow: UnitOfWork, kinds: Iterable[Kind], kept: Repository[Moved], record: str, into: str) -> None:
    """Point everything that refers to a record to the customer it is merged into, and remember what that was."""
    pointers, before = repoint(uow, kinds, record, into), kept.get(uow, record)
    if pointers or before is not None:
        kept.save(uow, before, Moved(record, into, pointers))


def unfollow(uow: UnitOfWork, kept: Repository[Moved], record: str) -> None:
    """Point back what was moved when the record was merged."""
    moved = kept.get(uow, record)
    if moved is not None:
        point_back(uow, moved.entity)
        kept.save(uow, moved, Moved(record, moved.entity.into))


def referring(kinds: Iterable[Kind]) -> Iterator[tuple[Kind, str]]:
    """The kinds with records that go with a customer, and the columns by which they do."""
    for kind in kinds:
        if not kind.derived:
            yield from ((kind, column) for column, to in kind.references.items() if to == CUSTOMER)


def repoint(uow: UnitOfWork, kinds: Iterable[Kind], of: str, to: str) -> tuple[Pointer, ...]:
    """Make all that refers to a customer refer to another, and tell what that was."""
    pointers: list[Pointer] = []
    for kind, column in referring(kinds):
        found = _rows(uow, kind, column, of)
        uow.write([_pointed(row, column, to) for row in found])
        pointers += [Pointer(kind.name, column, row.id) for row in found]
    return tuple(pointers)


def _rows(uow: UnitOfWork, kind: Kind, column: str, of: str) -> list[Record]:
    """The records of a kind that refer to a customer."""
    index = next(index.name for index in kind.indexes if index.columns == (column,))
    pages = record_pages(uow, Query(kind.name, index, (of,), limit=PAGE), (column,))
    return [row for page in pages for row in page]


def clashing(uow: UnitOfWork, kinds: Iterable[Kind], of: str, to: str) -> tuple[str, ...]:
    """The kinds in which records of both could not stand beside each other, for a unique index."""
    return tuple(
        dict.fromkeys(
            kind.name
            for kind, column in referring(kinds)
            if any(column in index.columns for index in kind.indexes if index.unique)
            and any(_taken(uow, kind, row, column, to) for row in _rows(uow, kind, column, of))
        )
    )


def _taken(uow: UnitOfWork, kind: Kind, row: Record, column: str, to: str) -> bool:
    """Whether another record has the place that this one would have under a unique index."""
    wanted = {**row.columns, column: to}
    for index in kind.indexes:
        key = tuple(value for name in index.columns if (value := wanted[name]) is not None)
        inside = index.unique and column in index.columns and len(key) == len(index.columns)
        if inside and uow.query(Query(kind.name, index.name, key, limit=1)):
            return True
    return False


def point_back(uow: UnitOfWork, moved: Moved) -> None:
    """Make what was moved refer to the record again; what refers to somebody else by now, or is gone, stays so."""
    for pointer in moved.pointers:
        rows = [row for row in uow.get(pointer.kind, (pointer.id,)) if row.columns[pointer.column] == moved.into]
        uow.write([_pointed(row, pointer.column, moved.record) for row in rows])


def _pointed(row: Record, column: str, to: str) -> Write:
    """The record with another reference; a body in JSON that has a field of that name says the same."""
    columns = {**row.columns, column: to}
    return Write(row.kind, row.id, row.version, _body(row, column, to), columns)


def _body(row: Record, column: str, to: str) -> bytes:
    try:
        data: Any = from_bytes(row.body)
    except ValueError:
        return row.body
    if not isinstance(data, dict) or data.get(column) != row.columns[column]:
        return row.body
    return to_bytes({**data, column: to})
