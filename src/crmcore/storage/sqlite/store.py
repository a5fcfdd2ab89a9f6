"""The store itself: units of work of its own, and units inside a transaction of the host's."""

import contextlib
import sqlite3
import threading
from collections.abc import Generator, Mapping, Sequence
from types import TracebackType
from typing import Self

from crmcore.errors import Unavailable
from crmcore.storage.interface import Kind, Store, UnitOfWork
from crmcore.storage.kinds import checked, merged
from crmcore.storage.sqlite.connections import Connections, FileConnections, MemoryConnection
from crmcore.storage.sqlite.errors import DRIVER_ERRORS, translated
from crmcore.storage.sqlite.location import Location, read_url
from crmcore.storage.sqlite.plans import Plan
from crmcore.storage.sqlite.schema import lay_out
from crmcore.storage.sqlite.unit import SqliteUnit

CAPABILITIES = frozenset({"threads", "processes", "durable", "join"})

#: A database in memory is nobody else's, and ends with the store.
PRIVATE_CAPABILITIES = frozenset({"threads", "join"})


class _Busy:
    """Which threads have a unit of work open: a second one in the same thread would wait for the first for ever."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._threads: set[int] = set()

    def enter(self) -> int:
        """Note this thread; what to give to ``leave``."""
        thread = threading.get_ident()
        if thread in self._threads:
            raise Unavailable(self._where, "this thread already has a unit of work open on it")
        self._threads.add(thread)
        return thread

    def leave(self, thread: int) -> None:
        """The thread's unit has ended."""
        self._threads.discard(thread)


class BegunUnit(SqliteUnit):
    """A unit of work with a transaction of its own."""

    def __init__(
        self, plans: Mapping[str, Plan], space: str, where: str, connections: Connections, busy: _Busy
    ) -> None:
        super().__init__(plans, space, where)
        self._connections = connections
        self._busy = busy

    def __enter__(self) -> Self:
        self._thread = self._busy.enter()
        try:
            self._start(_begun(self._connections, self._where))
        except BaseException:
            self._busy.leave(self._thread)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        failure = self._end()
        is_good = error is None and failure is None
        try:
            _finish(self._connections, self._cursor, self._where, is_good=is_good)
        finally:
            self._busy.leave(self._thread)
        if error is None and failure is not None:
            raise failure


def _begun(connections: Connections, where: str) -> sqlite3.Cursor:
    """A connection in a transaction. IMMEDIATE: who reads first and writes later would fail where it need not."""
    cursor = connections.take()
    try:
        cursor.execute("BEGIN IMMEDIATE")
    except DRIVER_ERRORS as error:
        connections.give(cursor, is_usable=False)
        raise translated(error, where) from error
    except BaseException:
        connections.give(cursor, is_usable=False)
        raise
    return cursor


def _finish(connections: Connections, cursor: sqlite3.Cursor, where: str, *, is_good: bool) -> None:
    """End the transaction and give the connection back; whatever happens, never inside a transaction."""
    try:
        if is_good:
            cursor.execute("COMMIT")
    except DRIVER_ERRORS as error:
        raise translated(error, where, committing=True) from error
    finally:
        connections.give(cursor, is_usable=_rolled_back(cursor))


def _rolled_back(cursor: sqlite3.Cursor) -> bool:
    """Roll back what is still open; False if even that failed, so that the connection must go."""
    try:
        # A full disk, among others, makes SQLite roll back by itself.
        if cursor.connection.in_transaction:
            cursor.execute("ROLLBACK")
    except sqlite3.Error:
        return False
    return True


class JoinedUnit(SqliteUnit):
    """A unit of work inside a transaction of the host's: a savepoint, released or taken back, and nothing else."""

    def __init__(self, plans: Mapping[str, Plan], space: str, where: str, host: object, busy: _Busy) -> None:
        super().__init__(plans, space, where)
        self._host = host
        self._busy = busy

    def __enter__(self) -> Self:
        self._connection = _joinable(self._host, self._where)
        self._thread = self._busy.enter()
        try:
            cursor = sqlite3.Cursor(self._connection)
            # The host's rows may be made by a factory of its own; ours are tuples.
            cursor.row_factory = None
            cursor.execute("SAVEPOINT crm_unit")
        except DRIVER_ERRORS as error:
            self._busy.leave(self._thread)
            raise translated(error, self._where) from error
        self._start(cursor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        failure = self._end()
        try:
            if error is None and failure is None:
                self._cursor.execute("RELEASE crm_unit")
            elif self._connection.in_transaction:
                self._cursor.execute("ROLLBACK TO crm_unit")
                self._cursor.execute("RELEASE crm_unit")
        except DRIVER_ERRORS as problem:
            raise translated(problem, self._where) from (error or failure or problem)
        finally:
            self._busy.leave(self._thread)
        if error is None and failure is not None:
            raise failure


def _joinable(host: object, where: str) -> sqlite3.Connection:
    """The host's connection, if a savepoint on it is safe."""
    if not isinstance(host, sqlite3.Connection):
        raise Unavailable(where, "it can join only an open sqlite3.Connection")
    if not host.in_transaction:
        raise Unavailable(where, "the host's connection is in no transaction; execute BEGIN on it first")
    if host.text_factory is not str:
        raise Unavailable(where, "the host's connection has a text_factory other than str")
    return host


class SqliteStore:
    """Records and events in one SQLite file, shared by threads and processes.

    Every unit of work is one BEGIN IMMEDIATE transaction, so writers take turns. The file is in write-ahead mode with
    ``synchronous=normal``: a process that is killed loses nothing that was acknowledged. When the power fails, the
    last commits may be lost (never half of one); ``?synchronous=full`` prevents that, at the price of a disk
    flush a commit.

    Forking is safe while no thread has a unit of work open; a child forked in the middle of one cannot use the store.
    """

    def __init__(self, location: Location) -> None:
        self._where = location.where
        self._is_private = location.path is None
        self._connections: Connections = MemoryConnection(location) if self._is_private else FileConnections(location)
        self._busy = _Busy(location.where)
        self._kinds: dict[str, Kind] = {}
        self._plans: dict[str, Plan] = {}

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do; a database in memory is neither durable nor shared by processes."""
        return PRIVATE_CAPABILITIES if self._is_private else CAPABILITIES

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Make room for these kinds; adds columns and indexes to what exists, and may be called again.

        :raises Invalid: a kind is not well formed, or declares a column with another type than before.
        :raises Unavailable: the file is no database, or a newer crmcore laid it out.
        :raises UniqueViolation: stored records do not fit a new unique index; nothing has changed then.
        """
        now = dict(self._kinds)
        for kind in kinds:
            now[kind.name] = merged(now.get(kind.name), checked(kind))
        with self._transaction() as connection:
            lay_out(connection, now.values(), self._where)
        self._kinds = now
        self._plans = {name: Plan(kind) for name, kind in now.items()}

    @contextlib.contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection, None, None]:
        """A transaction for the schema."""
        thread = self._busy.enter()
        try:
            cursor = _begun(self._connections, self._where)
            is_good = False
            try:
                yield cursor.connection
                is_good = True
            except sqlite3.Error as error:
                raise translated(error, self._where) from error
            finally:
                _finish(self._connections, cursor, self._where, is_good=is_good)
        finally:
            self._busy.leave(thread)

    def begin(self, space: str = "") -> BegunUnit:
        """Open a unit of work in a space; entering it waits for the writer before it.

        :raises Transient: on entering, when that writer held the file longer than ``timeout``.
        :raises Unavailable: on entering, when the file cannot be used, or the thread has a unit open.
        """
        return BegunUnit(self._plans, space, self._where, self._connections, self._busy)

    def join(self, host_transaction: object, space: str = "") -> JoinedUnit:
        """Open a unit of work on a ``sqlite3.Connection`` to the same file that is in a transaction.

        :raises Unavailable: on entering, when it is something else, or in no transaction.
        """
        return JoinedUnit(self._plans, space, self._where, host_transaction, self._busy)

    def close(self) -> None:
        """Release what is held; closing twice is harmless."""
        self._connections.close()


def open_sqlite(url: str) -> SqliteStore:
    """Open ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``sqlite:///:memory:``; nothing is touched yet.

    Options after ``?``: ``timeout`` (seconds to wait for another writer, 30 by default), ``synchronous`` (``normal``
    or ``full``), ``max_pages`` (how large the file may grow, in SQLite's pages).

    :raises Invalid: the URL has another form, or an option that is not known.
    """
    return SqliteStore(read_url(url))


#: mypy proves here that the classes keep to the interface.
_STORE: type[Store] = SqliteStore
_UNITS: tuple[type[UnitOfWork], ...] = (BegunUnit, JoinedUnit)
