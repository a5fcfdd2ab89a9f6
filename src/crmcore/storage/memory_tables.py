"""How the store in memory keeps records and events: per space, in plain dictionaries and sorted lists."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from crmcore.errors import UniqueViolation
from crmcore.storage.interface import Event, Index, Kind, NewEvent, Query, Record, Scalar

#: The columns of an index and the id, in order.
Key = tuple[Any, ...]


class IndexTable:
    """One index of one space: its keys in order, and who holds each key if it is unique."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.keys: list[Key] = []
        self._taken: set[Key] = set()

    def key(self, record: Record) -> Key | None:
        """The record's place in the order; None if a column of the index is not set."""
        values = tuple(record.columns[column] for column in self.index.columns)
        return None if None in values else (*values, record.id)

    def clashes(self, record: Record) -> bool:
        """Whether the index is unique and somebody holds the record's columns already."""
        key = self.key(record)
        return self.index.unique and key is not None and key[:-1] in self._taken

    def add(self, record: Record) -> None:
        """Put a record in its place."""
        key = self.key(record)
        if key is not None:
            insort(self.keys, key)
            self._taken.add(key[:-1])

    def remove(self, record: Record) -> None:
        """Take a record out."""
        key = self.key(record)
        if key is not None:
            del self.keys[bisect_left(self.keys, key)]
            self._taken.discard(key[:-1])

    def slice(self, query: Query) -> list[Key]:
        """The keys a query describes, in its order."""
        first, last = self._bounds(query)
        limit = max(query.limit, 0)
        if query.desc:
            if query.after is not None:
                last = min(last, bisect_left(self.keys, query.after))
            return self.keys[max(first, last - limit) : max(first, last)][::-1]
        if query.after is not None:
            first = max(first, bisect_right(self.keys, query.after))
        return self.keys[first : min(last, first + limit)]

    def _bounds(self, query: Query) -> tuple[int, int]:
        """Where the records that eq, lo and hi describe begin and end; a shorter tuple sorts before a longer one."""
        eq = query.eq
        first = bisect_left(self.keys, eq if query.lo is None else (*eq, query.lo))
        if query.hi is not None:
            return first, bisect_left(self.keys, (*eq, query.hi))
        return first, bisect_right(self.keys, eq, key=lambda key: key[: len(eq)])


class Table:
    """The records of one kind in one space, with their indexes."""

    def __init__(self, kind: Kind) -> None:
        self.records: dict[str, Record] = {}
        self.shape(kind)

    def shape(self, kind: Kind) -> None:
        """Take on the kind's columns and indexes, keeping every record."""
        self.kind = kind
        self.floats: list[str] = [name for name, type_ in kind.columns.items() if type_ is float]
        old = list(self.records.values())
        self.records = {}
        self.indexes: dict[str, IndexTable] = {index.name: IndexTable(index) for index in kind.indexes}
        for record in old:
            self.put(Record(record.kind, record.id, record.version, record.body, self.columns(record.columns)))

    def columns(self, columns: Mapping[str, Scalar | None]) -> dict[str, Scalar | None]:
        """Every column of the kind, None where nothing is given."""
        return {name: columns.get(name) for name in self.kind.columns}

    def version(self, id: str) -> int:
        """The stored version, 0 if absent."""
        record = self.records.get(id)
        return 0 if record is None else record.version

    def put(self, record: Record) -> None:
        """Insert or replace a record.

        :raises UniqueViolation: a unique index already holds its key; nothing has changed then.
        """
        old = self.take(record.id)
        clash = next((name for name, table in self.indexes.items() if table.clashes(record)), None)
        if clash is not None:
            if old is not None:
                self.put(old)
            raise UniqueViolation(self.kind.name, clash)
        self.records[record.id] = record
        for table in self.indexes.values():
            table.add(record)

    def take(self, id: str) -> Record | None:
        """Remove a record; what was there."""
        record = self.records.pop(id, None)
        if record is not None:
            for table in self.indexes.values():
                table.remove(record)
        return record


class Log:
    """The events of one space, all in order and by stream."""

    def __init__(self) -> None:
        self.all: list[Event] = []
        self._streams: dict[str, list[Event]] = {}

    def append(self, new: NewEvent) -> None:
        """Give the event the next position."""
        event = Event(len(self.all) + 1, new.stream, new.type, bytes(new.body))
        self.all.append(event)
        self._streams.setdefault(event.stream, []).append(event)

    def pop(self) -> None:
        """Take the last event back."""
        event = self.all.pop()
        self._streams[event.stream].pop()

    def read(self, after: int, limit: int, stream: str | None) -> list[Event]:
        """Events beyond a position, of one stream if named."""
        events = self.all if stream is None else self._streams.get(stream, [])
        first = bisect_right(events, after, key=attrgetter("position"))
        return events[first : first + max(limit, 0)]
