"""What a unit of work does with records and events."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import islice

from crmcore.errors import Conflict, CrmError, Fault, Invalid, StorageError, Unavailable, UniqueViolation, UnknownName
from crmcore.storage.interface import Event, Guard, NewEvent, Query, Record, Write
from crmcore.storage.kinds import checked_shape, is_storable
from crmcore_zodb.errors import translated
from crmcore_zodb.layout import Edge, Layout, Slot, Table, floor


class ZodbUnit:
    """One unit of work in one space. After a failed write it refuses to go on, with the error of that write."""

    def __init__(self, layout: Layout, space: str, where: str, *, only_reads: bool) -> None:
        self._layout = layout
        self._space = space
        self._where = where
        self._only_reads = only_reads
        self._stop: CrmError | None = None

    def end(self) -> CrmError | None:
        """Refuse further use; the error that made the unit fail, if one did."""
        failure, self._stop = self._stop, Unavailable(self._where, "the unit of work has ended")
        return failure

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids, ordered by id; absent ones are left out."""
        with self._reading():
            return self._records(kind, self._table(kind), sorted(set(ids)))

    def query(self, query: Query) -> list[Record]:
        """The records the query describes, ordered by (columns of the index, id)."""
        with self._reading():
            table = self._table(query.kind)
            tree = table.indexes.get(query.index)
            if tree is None:
                raise UnknownName("index", query.index, sorted(table.indexes))
            checked_shape(query, tree.index)
            return self._records(query.kind, table, tree.ids(self._space, query))

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Apply a batch: deletes, then updates, then inserts.

        :raises Conflict: a record does not have the expected version; the unit cannot go on.
        :raises UniqueViolation: a unique index already holds a key; the unit cannot go on.
        """
        with self._changing():
            stale = [(write.kind, write.id) for write in writes if not self._is_current(write)]
            if stale:
                raise Conflict(sorted(stale))
            for write in sorted((write for write in writes if isinstance(write, Write)), key=_turn):
                self._apply(write)

    def append(self, events: Sequence[NewEvent]) -> None:
        """Add events to the log, in this order."""
        with self._changing():
            last = floor(self._layout.events, Edge((self._space,), behind=True))
            start = last[1] if last is not None and last[0] == self._space else 0
            for position, event in enumerate(events, start + 1):
                self._layout.events[self._space, position] = (event.stream, event.type, bytes(event.body))
                self._layout.streams.insert((self._space, event.stream, position))

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """Events with a position greater than ``after``, ascending, at most ``limit``; of one stream if named."""
        with self._reading():
            tree = self._layout.events if stream is None else self._layout.streams
            start = (self._space,) if stream is None else (self._space, stream)
            keys = tree.keys(Edge((*start, after), behind=True), Edge(start, behind=True))
            positions = [key[-1] for key in islice(keys, max(limit, 0))]
            return [Event(position, *self._layout.events[self._space, position]) for position in positions]

    @contextmanager
    def _reading(self) -> Generator[None]:
        if self._stop is not None:
            raise self._stop
        try:
            with translated(self._where):
                yield
        except StorageError as error:
            self._stop = error
            raise

    @contextmanager
    def _changing(self) -> Generator[None]:
        """The same, and whatever goes wrong ends the unit: part of a batch may have been applied."""
        if self._only_reads:
            raise Unavailable(self._where, "the unit of work only reads")
        try:
            with self._reading():
                yield
        except BaseException as error:
            self._stop = error if isinstance(error, CrmError) else Unavailable(self._where, "a write was cut short")
            raise

    def _table(self, kind: str) -> Table:
        table: Table | None = self._layout.tables.get(kind)
        if table is None:
            raise UnknownName("kind", kind, sorted(self._layout.tables))
        return table

    def _records(self, kind: str, table: Table, ids: Sequence[str]) -> list[Record]:
        slots = ((id, table.slots.get((self._space, id))) for id in ids)
        return [
            Record(kind, id, slot.version, slot.body, {name: slot.columns.get(name) for name in table.columns})
            for id, slot in slots
            if slot is not None and slot.version
        ]

    def _is_current(self, write: Write | Guard) -> bool:
        """Whether a record has the version that is expected; a guard sees to it that this stays so."""
        slots = self._table(write.kind).slots
        slot: Slot | None = slots.get((self._space, write.id))
        stored = 0 if slot is None else slot.version
        if isinstance(write, Write):
            return stored == write.expected and (stored > 0 or write.body is not None)
        if slot is None:
            # Something to hold on to: who inserts the record in another unit now collides with this one.
            slot = slots[self._space, write.id] = Slot()
        slot.hold()
        return stored == write.version

    def _apply(self, write: Write) -> None:
        table = self._table(write.kind)
        if not is_storable(write.columns, [name for name, type_ in table.columns.items() if type_ == "float"]):
            raise Invalid([Fault(write.kind, "out-of-range", "numbers that are not NaN")])
        if write.body is None:
            clash = table.put(self._space, write.id, 0, b"", None)
        else:
            columns = {name: write.columns.get(name) for name in table.columns}
            clash = table.put(self._space, write.id, write.expected + 1, bytes(write.body), columns)
        if clash is not None:
            raise UniqueViolation(write.kind, clash)


def _turn(write: Write) -> int:
    """Deletes come first, then updates, then inserts: so a unique key can move within a batch."""
    if write.body is None:
        return 0
    return 1 if write.expected else 2
