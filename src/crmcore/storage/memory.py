"""A store in this process's memory: the reference that other backends are compared with.

Units of work run one after the other. Writes apply at once, and a journal takes them back if the unit fails; so a
unit sees what it wrote, and nobody else sees a unit half done. Nothing outlives the process.
"""

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, NoReturn, Self

import attrs

from crmcore.errors import Conflict, CrmError, Fault, Invalid, Unavailable, UnknownName
from crmcore.hooks import hookimpl
from crmcore.storage.interface import (
    Event,
    Guard,
    Kind,
    NewEvent,
    Query,
    Record,
    Store,
    StoreBackend,
    UnitOfWork,
    Write,
)
from crmcore.storage.kinds import checked, checked_shape, is_storable, merged
from crmcore.storage.memory_tables import Log, Table

SCHEME = "memory://"
CAPABILITIES = frozenset({"threads"})


@attrs.define
class _Data:
    """What the handles of one memory store share. Every unit of work holds the lock from start to end."""

    lock: Any = attrs.field(factory=threading.Lock)
    owner: int | None = None
    kinds: dict[str, Kind] = attrs.field(factory=dict)
    tables: dict[tuple[str, str], Table] = attrs.field(factory=dict)
    logs: dict[str, Log] = attrs.field(factory=dict)

    def acquire(self) -> None:
        """Wait for the unit of work of another thread; one of the same thread would never end."""
        if self.owner == threading.get_ident():
            raise Unavailable(SCHEME, "this thread already has a unit of work open on it")
        self.lock.acquire()
        self.owner = threading.get_ident()

    def release(self) -> None:
        """Let the next unit of work begin."""
        self.owner = None
        self.lock.release()

    def table(self, kind: str, space: str) -> Table:
        """The table of a kind in a space, made on first use."""
        table = self.tables.get((kind, space))
        if table is None:
            if kind not in self.kinds:
                raise UnknownName("kind", kind, sorted(self.kinds))
            table = self.tables[kind, space] = Table(self.kinds[kind])
        return table


class MemoryUnit:
    """One unit of work; its own context manager. After a failed write it refuses to go on and rolls back."""

    def __init__(self, data: _Data, space: str) -> None:
        self._data = data
        self._space = space
        self._undo: list[Callable[[], object]] = []
        self._stop: CrmError | None = Unavailable(SCHEME, "the unit of work has not begun")

    def __enter__(self) -> Self:
        self._data.acquire()
        self._stop = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        failure, self._stop = self._stop, Unavailable(SCHEME, "the unit of work has ended")
        try:
            if error is not None or failure is not None:
                for undo in reversed(self._undo):
                    undo()
        finally:
            self._data.release()
        if error is None and failure is not None:
            raise failure

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids, ordered by id; absent ones are left out."""
        records = self._table(kind).records
        return [_copy(records[id]) for id in sorted(set(ids)) if id in records]

    def query(self, query: Query) -> list[Record]:
        """The records the query describes, ordered by (columns of the index, id)."""
        records = self._table(query.kind).records
        return [_copy(records[id]) for id in self.ids(query)]

    def ids(self, query: Query) -> list[str]:
        """The ids of what ``query`` gives, in the same order, without a copy of each record."""
        table = self._table(query.kind)
        if query.index not in table.indexes:
            raise UnknownName("index", query.index, sorted(table.indexes))
        index = table.indexes[query.index]
        checked_shape(query, index.index)
        return [key[-1] for key in index.slice(query)]

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Apply a batch: deletes, then updates, then inserts.

        :raises Conflict: a record does not have the expected version; the unit cannot go on.
        :raises UniqueViolation: a unique index already holds a key; the unit cannot go on.
        """
        self._ready()
        try:
            self._check(writes)
            for write in sorted((write for write in writes if isinstance(write, Write)), key=_turn):
                self._apply(write)
        except CrmError as error:
            self._stop = error
            raise
        except BaseException:
            self._stop = Unavailable(SCHEME, "a write was cut short")
            raise

    def append(self, events: Sequence[NewEvent]) -> None:
        """Add events to the log, in this order."""
        self._ready()
        log = self._data.logs.setdefault(self._space, Log())
        for event in events:
            log.append(event)
            self._undo.append(log.pop)

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """Events with a position greater than ``after``, ascending, at most ``limit``; of one stream if named."""
        self._ready()
        return self._data.logs.get(self._space, Log()).read(after, limit, stream)

    def _ready(self) -> None:
        if self._stop is not None:
            raise self._stop

    def _table(self, kind: str) -> Table:
        self._ready()
        return self._data.table(kind, self._space)

    def _check(self, writes: Sequence[Write | Guard]) -> None:
        """Compare all versions before anything changes: every key at fault gets named."""
        stale = [(write.kind, write.id) for write in writes if not self._is_current(write)]
        if stale:
            raise Conflict(sorted(stale))
        for write in writes:
            if isinstance(write, Write):
                self._check_values(write)

    def _is_current(self, write: Write | Guard) -> bool:
        stored = self._table(write.kind).version(write.id)
        if isinstance(write, Guard):
            return stored == write.version
        return stored == write.expected and not (stored == 0 and write.body is None)

    def _check_values(self, write: Write) -> None:
        table = self._table(write.kind)
        if not is_storable(write.columns, table.floats):
            raise Invalid([Fault(write.kind, "out-of-range", "numbers that are not NaN")])

    def _apply(self, write: Write) -> None:
        table = self._table(write.kind)
        old = table.records.get(write.id)
        if write.body is None:
            table.take(write.id)
        else:
            columns = table.columns(write.columns)
            table.put(Record(write.kind, write.id, write.expected + 1, bytes(write.body), columns))
        self._undo.append(lambda: table.take(write.id) if old is None else table.put(old))


def _turn(write: Write) -> int:
    """Deletes come first, then updates, then inserts: so a unique key can move within a batch."""
    if write.body is None:
        return 0
    return 1 if write.expected else 2


def _copy(record: Record) -> Record:
    """A record whose columns the caller may keep without touching the stored ones."""
    return Record(record.kind, record.id, record.version, record.body, dict(record.columns))


class MemoryStore:
    """A handle on records and events in memory; without a name, private to this handle."""

    def __init__(self, data: _Data | None = None) -> None:
        self._data = data or _Data()
        self._closed = False

    @property
    def capabilities(self) -> frozenset[str]:
        """Threads may share it; nothing outlives the process."""
        return CAPABILITIES

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Make room for these kinds; adds columns and indexes to what exists, and may be called again.

        :raises UniqueViolation: what is stored does not fit a new unique index; nothing has changed then.
        """
        self._open()
        self._data.acquire()
        try:
            kinds_now = dict(self._data.kinds)
            for kind in kinds:
                kinds_now[kind.name] = merged(kinds_now.get(kind.name), checked(kind))
            self._data.tables = {key: _reshaped(table, kinds_now[key[0]]) for key, table in self._data.tables.items()}
            self._data.kinds = kinds_now
        finally:
            self._data.release()

    def begin(self, space: str = "") -> MemoryUnit:
        """Open a unit of work in a space; it waits for those of other threads."""
        self._open()
        return MemoryUnit(self._data, space)

    def join(self, host_transaction: object, space: str = "") -> NoReturn:  # noqa: ARG002
        """Memory has no transactions of a host's.

        :raises Unavailable: always.
        """
        raise Unavailable(SCHEME, "it cannot join a transaction of the host's")

    def close(self) -> None:
        """Close this handle; what a named store holds stays for its other handles."""
        self._closed = True

    def _open(self) -> None:
        if self._closed:
            raise Unavailable(SCHEME, "it is closed")


def _reshaped(table: Table, kind: Kind) -> Table:
    """The same records under a kind that may have grown."""
    if table.kind == kind:
        return table
    grown = Table(table.kind)
    grown.records = table.records
    grown.shape(kind)
    return grown


_named: dict[str, _Data] = {}


def open_memory(url: str = SCHEME) -> MemoryStore:
    """Open ``memory://`` (fresh and private) or ``memory://name`` (one per process and name).

    :raises Invalid: the URL has another form.
    """
    scheme, separator, name = url.partition("://")
    if (scheme, separator) != ("memory", "://") or "?" in name:
        raise Invalid([Fault("storage", "not-allowed", "memory:// or memory://name")])
    return MemoryStore(_named.setdefault(name, _Data()) if name else None)


@hookimpl
def crmcore_store_backends() -> list[StoreBackend]:
    """The store in memory, as a plugin like any other."""
    return [StoreBackend(schemes=("memory",), open=open_memory, capabilities=CAPABILITIES)]


#: mypy proves here that the classes keep to the interface.
_STORE: type[Store] = MemoryStore
_UNIT: type[UnitOfWork] = MemoryUnit
