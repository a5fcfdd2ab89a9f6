"""Typed access to records: entities in, entities out, the personal part of each kept in a record of its own."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from attrs import frozen

from crmcore.errors import Unreadable
from crmcore.kernel.codec import StoredConverter, from_bytes
from crmcore.kernel.entities import Entity, Index, Kind, Scalar
from crmcore.kernel.personal import plan_of, put_back
from crmcore.kernel.quick import maker
from crmcore.kernel.writer import writer_of
from crmcore.storage.interface import Query, Record, UnitOfWork, Write

T = TypeVar("T")

#: Personal values by what they belong to; ``subject`` is the id of whose record it is.
PERSONAL = Kind(
    "personal", {"subject": str}, (Index("by_subject", ("subject",)),), {"subject": "customer"}, derived=True
)

#: 2: the body says which version of its personal record belongs to it.
SCHEMA = 2

#: Records read at once where all of a customer are wanted.
PAGE = 500

#: How often a record is read again whose personal record is of another version than it says.
READS = 5


class _Torn(Exception):
    """A record and its personal values were read at different moments."""


@frozen
class Loaded(Generic[T]):
    """An entity with the versions that its record and that of its personal values had when it was read, or written.

    ``columns`` are those of the index, if it was written.
    """

    entity: T
    version: int = 0
    personal_version: int = 0
    columns: Mapping[str, Scalar | None] | None = None


_make_write = maker(Write)


class Repository(Generic[T]):
    """Entities of one class in a unit of work: get, find, page, and save."""

    def __init__(self, entity: Entity[T], converter: StoredConverter) -> None:
        self.entity = entity
        self._kind = entity.kind.name
        self._columns = {index.name: index.columns for index in entity.kind.indexes}
        self._plan = plan_of(entity.cls)
        self._load = converter.get_structure_hook(entity.cls)
        self._writer = writer_of(entity.cls, converter)

    def get(self, uow: UnitOfWork, id: str) -> Loaded[T] | None:
        """The entity with this id, or None."""
        records = uow.get(self._kind, (id,))
        return self._loaded(uow, records)[0] if records else None

    def held(self, uow: UnitOfWork, id: str) -> Loaded[T] | None:
        """Like ``get``, of what many want to change: where the storage can, they wait for each other."""
        # Asked for by name: isinstance() on a protocol looks for every one of its methods.
        take: Callable[[str, Sequence[str]], list[Record]] = getattr(uow, "hold", uow.get)
        records = take(self._kind, (id,))
        return self._loaded(uow, records)[0] if records else None

    def get_many(self, uow: UnitOfWork, ids: Sequence[str]) -> list[Loaded[T]]:
        """The entities with these ids, ordered by id; absent ones are left out."""
        return self._loaded(uow, uow.get(self._kind, ids)) if ids else []

    def find(self, uow: UnitOfWork, index: str, *eq: Scalar) -> Loaded[T] | None:
        """The first entity under these values of an index, or None."""
        records = uow.query(Query(self._kind, index, eq, limit=1))
        return self._loaded(uow, records)[0] if records else None

    def pages(self, uow: UnitOfWork, query: Query) -> Iterator[list[Loaded[T]]]:
        """What a query describes, a page of ``query.limit`` at a time."""
        for records in record_pages(uow, query, self._columns[query.index]):
            yield self._loaded(uow, records)

    def rows(self, uow: UnitOfWork, query: Query) -> Iterator[Record]:
        """The records a query describes, for who needs no more than their columns."""
        for records in record_pages(uow, query, self._columns[query.index]):
            yield from records

    def first_page(self, uow: UnitOfWork, query: Query) -> list[Loaded[T]]:
        """The first page of what a query describes."""
        return self._loaded(uow, uow.query(query))

    def save(self, uow: UnitOfWork, before: Loaded[T] | None, entity: T) -> Loaded[T]:
        """Insert (``before`` None) or update an entity.

        :raises Conflict: somebody else has written it since ``before`` was read.
        :raises UniqueViolation: another entity holds a unique key of this one.
        """
        writes, saved = self.writes(before, entity)
        uow.write(writes)
        return saved

    def save_all(self, uow: UnitOfWork, changes: Iterable[tuple[Loaded[T] | None, T]]) -> None:
        """Save many entities in one batch; all or none.

        :raises Conflict: somebody else has written one of them meanwhile.
        :raises UniqueViolation: another entity holds a unique key of one of them.
        """
        uow.write([write for before, entity in changes for write in self.writes(before, entity)[0]])

    def writes(self, before: Loaded[T] | None, entity: T) -> tuple[list[Write], Loaded[T]]:
        """What saving an entity writes, and what it is loaded as after that."""
        id = self.entity.id(entity)
        version, personal_version = (0, 0) if before is None else (before.version, before.personal_version)
        columns = self._columns_of(before, entity)
        writes = []
        personal = self._personal_now(None if before is None else before.entity, entity)
        if personal is not None:
            writes.append(personal_write(self._ref(id), self._subject(id, columns), personal_version, personal))
            personal_version += 1
        body = self._body(entity, f',"vault":{personal_version}' if personal_version else "")
        writes.append(_make_write(self._kind, id, version, body, columns))
        return writes, Loaded(entity, version + 1, personal_version, columns)

    def _subject(self, id: str, columns: Mapping[str, Scalar | None]) -> str:
        """Whom personal values are about."""
        about = self.entity.about
        return id if about is None else str(columns[about.customers[0]])

    def about(self, uow: UnitOfWork, customer: str) -> list[Loaded[T]]:
        """The entities whose personal values speak of persons at a customer, by id; ``Entity.about`` says which may."""
        ids = set[str]()
        for column in () if self.entity.about is None else self.entity.about.customers:
            index = next((index for index in self.entity.kind.indexes if index.columns[0] == column), None)
            if index is not None:
                query = Query(self._kind, index.name, (customer,), limit=PAGE)
                ids.update(row.id for page in record_pages(uow, query, index.columns) for row in page)
                continue
            query = Query(PERSONAL.name, "by_subject", (customer,), limit=PAGE)
            kept = (row.id.partition("/") for page in record_pages(uow, query, ("subject",)) for row in page)
            ids.update(id for kind, _, id in kept if kind == self._kind)
        found = sorted(ids)
        pages = (found[start : start + PAGE] for start in range(0, len(found), PAGE))
        return [loaded for page in pages for loaded in self.get_many(uow, page)]

    def _columns_of(self, before: Loaded[T] | None, entity: T) -> dict[str, Scalar | None]:
        """The index columns; what was worked out in this unit of work is not worked out again."""
        again = self.entity.again
        if again is None or before is None or before.columns is None:
            return self.entity.columns(entity)
        return again(entity, before.entity, before.columns)

    def _personal_now(self, before: T | None, entity: T) -> str | None:
        """The personal values to be written; None where they are what they were, as in the very same objects."""
        if before is None:
            return self._writer.personal(entity) or None
        if all(getattr(entity, name) is getattr(before, name) for name in self._plan):
            return None
        personal = self._writer.personal(entity)
        return None if personal == self._writer.personal(before) else personal or "{}"

    def swap(self, uow: UnitOfWork, gone: Sequence[str], fresh: Sequence[T]) -> None:
        """Delete and insert derived entities, which are never updated; what a customer is made of is never deleted.

        :raises Conflict: one to be deleted is not there.
        """
        deletes = [_make_write(self._kind, id, 1, None) for id in gone]
        inserts = self._inserts(fresh)
        if gone and fresh and not {write.id for write in inserts}.isdisjoint(gone):
            # The ids of one batch are distinct.
            uow.write(deletes)
            deletes = []
        uow.write([*deletes, *inserts])

    def _inserts(self, entities: Iterable[T]) -> list[Write]:
        entity_id, columns, body = self.entity.id, self.entity.columns, self._body
        return [_make_write(self._kind, entity_id(one), 0, body(one), columns(one)) for one in entities]

    def _body(self, entity: T, more: str = "") -> bytes:
        plain = self._writer.plain(entity)
        return f'{{"schema":{SCHEMA}{more}{"," if plain != "{}" else ""}{plain[1:]}'.encode()

    def _ref(self, id: str) -> str:
        return f"{self._kind}/{id}"

    def _loaded(self, uow: UnitOfWork, records: Sequence[Record]) -> list[Loaded[T]]:
        vault: dict[str, Record] = {}
        if self._plan and records:
            vault = {record.id: record for record in uow.get(PERSONAL.name, [self._ref(row.id) for row in records])}
        return [self._whole(uow, record, vault.get(self._ref(record.id))) for record in records]

    def _whole(self, uow: UnitOfWork, record: Record, vault: Record | None) -> Loaded[T]:
        """The entity in a record, read again where others changed it between our two reads.

        :raises Unreadable: its personal record never is of the version that it says.
        """
        for _ in range(READS):
            try:
                return self._one(record, vault)
            except _Torn:
                again, vaults = uow.get(self._kind, (record.id,)), uow.get(PERSONAL.name, (self._ref(record.id),))
                record, vault = again[0] if again else record, vaults[0] if vaults else None
        raise Unreadable(record.kind, record.id, "its personal record is of another version")

    def _one(self, record: Record, vault: Record | None) -> Loaded[T]:
        try:
            data = from_bytes(record.body)
            schema = data.pop("schema")
            if schema > SCHEMA:
                raise Unreadable(record.kind, record.id, "written by a newer version of this library")
            belongs = data.pop("vault", 0)
            if vault is not None and schema > 1 and vault.version != belongs:
                raise _Torn
            put_back(data, personal_of(vault))
            return Loaded(self._load(data, self.entity.cls), record.version, vault.version if vault else 0)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable(record.kind, record.id, type(error).__name__) from None


def personal_write(ref: str, subject: str, version: int, values: str, salt: str | None = None) -> Write:
    """The write that keeps the text of personal values under a reference; a digest over them was made with the salt."""
    body = f'{{"salt":"{salt or secrets.token_hex(8)}","values":{values}}}'
    return _make_write(PERSONAL.name, ref, version, body.encode(), {"subject": subject})


def personal_of(record: Record | None) -> dict[str, Any]:
    """The personal values in a record; none when it is gone."""
    if record is None:
        return {}
    values: dict[str, Any] = from_bytes(record.body)["values"]
    return values


def record_pages(uow: UnitOfWork, query: Query, columns: Sequence[str]) -> Iterator[list[Record]]:
    """The records of a query, page by page; each page is asked for only when the one before is used up."""
    after = query.after
    while True:
        records = uow.query(
            Query(query.kind, query.index, query.eq, query.lo, query.hi, after, query.limit, query.desc, query.claim)
        )
        if records:
            yield records
        if len(records) < query.limit:
            return
        last = records[-1]
        after = (*(value for name in columns if (value := last.columns[name]) is not None), last.id)
