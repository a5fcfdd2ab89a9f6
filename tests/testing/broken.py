"""Backends that pass simple checks, and over which the lifecycle goes wrong. All are the store in memory, damaged.

``open_broken`` is a factory as kits take it: its location says the fault, and a name under which data is kept.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType

import attrs

from crmcore.errors import Conflict, UniqueViolation
from crmcore.storage.interface import Guard, NewEvent, Query, Record, UnitOfWork, Write
from crmcore.storage.memory import CAPABILITIES, MemoryStore, MemoryUnit, _Data
from crmcore.storage.memory_tables import Log, Table
from crmcore.storage.sqlite import open_sqlite


class Unit(MemoryUnit):
    """A unit of the store in memory, with nothing wrong yet."""

    def keep(self) -> None:
        """Called when the unit is about to commit."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None and self._stop is None:
            self.keep()
        super().__exit__(kind, error, traceback)


class Side(Unit):
    """Units run side by side, each on what was stored when it began; who commits first wins."""

    #: What commits it.
    commits: type[MemoryUnit] = MemoryUnit

    def __init__(self, data: _Data, space: str) -> None:
        self._real = data
        self._done: list[Callable[[MemoryUnit], None]] = []
        with data.lock:
            super().__init__(_copy_of(data, space), space)

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Give others a chance to come in between, as a network does."""
        time.sleep(0.0005)
        super().write(writes)
        self._done.append(lambda unit: unit.write(writes))

    def append(self, events: Sequence[NewEvent]) -> None:
        """To be done again when it commits."""
        super().append(events)
        self._done.append(lambda unit: unit.append(events))

    def keep(self) -> None:
        """Do the same to what everybody sees."""
        if self._done:
            with self.commits(self._real, self._space) as unit:
                for do in self._done:
                    do(unit)


def _copy_of(data: _Data, space: str) -> _Data:
    """One space as it is now."""
    copy = _Data(kinds=data.kinds)
    for (kind, place), table in data.tables.items():
        if place == space:
            copy.tables[kind, place] = twin = Table(table.kind)
            twin.records = dict(table.records)
            for name, index in table.indexes.items():
                twin.indexes[name].keys, twin.indexes[name]._taken = list(index.keys), set(index._taken)
    log = copy.logs[space] = Log()
    for event in data.logs.get(space, Log()).all:
        log.append(NewEvent(event.stream, event.type, event.body))
    return copy


class Fresh(Side):
    """Units run side by side, and each operation sees what is committed by then, as at READ COMMITTED."""

    def __init__(self, data: _Data, space: str) -> None:
        super().__init__(data, space)
        self._seen = _commits(data, space)

    def _ready(self) -> None:
        """Before every operation: go on from what has been committed meanwhile, and do one's own again upon it."""
        super()._ready()
        if _commits(self._real, self._space) != self._seen:
            with self._real.lock:
                self._seen, now = _commits(self._real, self._space), _copy_of(self._real, self._space)
            self._data.tables, self._data.logs = now.tables, now.logs
            done, self._done = self._done, []
            for do in done:
                do(self)


def _commits(data: _Data, space: str) -> int:
    """How much has been committed in a space: here, no command passes without an event."""
    return len(data.logs.get(space, Log()).all)


class Careless(MemoryUnit):
    """Commits an update without a look whether somebody else was faster."""

    def _is_current(self, write: Write | Guard) -> bool:
        return super()._is_current(write) or (isinstance(write, Write) and write.expected > 0)

    def _apply(self, write: Write) -> None:
        stored = self._table(write.kind).version(write.id)
        super()._apply(attrs.evolve(write, expected=stored) if write.expected else write)


class LostUpdates(Side):
    """The version of an update is looked at when it is made, and not when it is committed."""

    commits = Careless


class Uncontested(MemoryUnit):
    """Commits an insert without a look at unique indexes."""

    def _apply(self, write: Write) -> None:
        try:
            super()._apply(write)
        except UniqueViolation:
            table = self._table(write.kind)
            record = Record(write.kind, write.id, 1, write.body or b"", table.columns(write.columns))
            table.records[write.id] = record
            for index in table.indexes.values():
                index.add(record)
            self._undo.append(lambda: table.take(write.id))


class DoubleNames(Side):
    """Unique indexes are looked at when an insert is made, and not when it is committed."""

    commits = Uncontested


class LateFalls(Unit):
    """A query for what is due leaves out what is due at this very instant."""

    def query(self, query: Query) -> list[Record]:
        """One microsecond too few."""
        if query.index == "by_fall" and isinstance(query.hi, int):
            query = attrs.evolve(query, hi=query.hi - 1)
        return super().query(query)


class ReorderedEvents(Unit):
    """The events of a unit come into the log customer by customer."""

    _pending: tuple[NewEvent, ...] = ()

    def append(self, events: Sequence[NewEvent]) -> None:
        """Later."""
        self._pending += tuple(events)

    def keep(self) -> None:
        """Sorted by stream; within a stream the order stays."""
        super().append(sorted(self._pending, key=lambda event: event.stream))


class ForgottenTexts(Unit):
    """What is personal in an event is acknowledged, and not stored."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """All but that."""
        super().write([write for write in writes if not write.id.startswith("event/")])


class EventsOfTheVetoed(Unit):
    """Events survive a rollback."""

    def append(self, events: Sequence[NewEvent]) -> None:
        """Nothing will take them back."""
        before = len(self._undo)
        super().append(events)
        del self._undo[before:]


class SharedCounter(Unit):
    """One kind of record is the same for all tenants."""

    def _table(self, kind: str) -> Table:
        self._ready()
        return self._data.table(kind, "" if kind == "counter" else self._space)


class FoldedPeople(Unit):
    """Text compares as people read it, not as it is written."""

    def query(self, query: Query) -> list[Record]:
        """Everybody's who might be meant."""
        if query.index != "by_owner":
            return super().query(query)
        names = {str(record.columns["owner"]) for record in self._table(query.kind).records.values()}
        alike = [name for name in sorted(names) if name.casefold() == str(query.eq[0]).casefold()]
        found = (super(FoldedPeople, self).query(attrs.evolve(query, eq=(name, *query.eq[1:]))) for name in alike)
        return [record for records in found for record in records][: query.limit]


class SkippedBetweenPages(Unit):
    """The first record of a second page is left out."""

    def query(self, query: Query) -> list[Record]:
        """One too few beyond ``after``."""
        found = super().query(query)
        return found[1:] if query.after is not None else found


class UndoneActions(Unit):
    """Deleted records stay where they are."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """All but the deletes."""
        super().write([write for write in writes if isinstance(write, Guard) or write.body is not None])


class BrokenStore(MemoryStore):
    """The store in memory with another class of units."""

    def __init__(self, data: _Data, unit: type[Unit]) -> None:
        super().__init__(data)
        self._unit = unit

    def begin(self, space: str = "") -> Unit:
        """Open a unit of work in a space."""
        self._open()
        return self._unit(self._data, space)


class Forgetful(BrokenStore):
    """Says that it is durable, and forgets its last unit when it is closed."""

    last: list[Callable[[], object]]

    @property
    def capabilities(self) -> frozenset[str]:
        """More than is true."""
        return CAPABILITIES | {"durable"}

    def begin(self, space: str = "") -> Unit:
        """Open a unit of work whose undoing is remembered."""
        unit = super().begin(space)
        unit.keep = lambda: setattr(self, "last", unit._undo) if unit._undo else None  # type: ignore[method-assign]
        return unit

    def close(self) -> None:
        """Take back what was last acknowledged."""
        for undo in reversed(self.__dict__.pop("last", [])):
            undo()
        super().close()


class Lazy:
    """A store on SQLite that acknowledges a unit at once and commits it when the next one begins."""

    def __init__(self, url: str) -> None:
        self._store = open_sqlite(url)
        self._pending: list[tuple[str, list[Callable[[UnitOfWork], None]]]] = []
        self.capabilities = frozenset({"processes"})
        self.setup = self._store.setup

    @contextmanager
    def begin(self, space: str = "") -> Generator["Noted"]:
        """Open a unit of work, after what the last one did has been done."""
        self._flush()
        with suppress(Later), self._store.begin(space) as unit:
            noted = Noted(unit)
            yield noted
            self._pending.append((space, noted.done))
            raise Later

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        for space, done in pending:
            with suppress(Conflict, UniqueViolation), self._store.begin(space) as unit:
                for do in done:
                    do(unit)

    def close(self) -> None:
        """Commit what is left, and close."""
        self._flush()
        self._store.close()


class Later(Exception):
    """Rolls a unit back that will be done again."""


class Noted:
    """A unit of work that notes what it does."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self.done: list[Callable[[UnitOfWork], None]] = []
        self.get, self.query, self.read_events = unit.get, unit.query, unit.read_events

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Note it, and do it."""
        self.done.append(lambda unit: unit.write(writes))
        self._unit.write(writes)

    def append(self, events: Sequence[NewEvent]) -> None:
        """Note it, and do it."""
        self.done.append(lambda unit: unit.append(events))
        self._unit.append(events)


UNITS: dict[str, type[Unit]] = {
    cls.__name__: cls
    for cls in (
        Unit,
        Side,
        Fresh,
        LostUpdates,
        DoubleNames,
        LateFalls,
        ReorderedEvents,
        ForgottenTexts,
        EventsOfTheVetoed,
        SharedCounter,
        FoldedPeople,
        SkippedBetweenPages,
        UndoneActions,
    )
}
_named: dict[str, _Data] = {}


def open_broken(fault: str, name: str) -> BrokenStore:
    """Open the store with that fault."""
    data = _named.setdefault(name, _Data())
    return Forgetful(data, Unit) if fault == "Forgetful" else BrokenStore(data, UNITS[fault])
