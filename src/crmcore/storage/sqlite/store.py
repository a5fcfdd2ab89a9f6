"""The store itself: units of work of its own, and units inside a transaction of the host's."""

import contextlib
import sqlite3
from collections.abc import Generator, Sequence

from crmcore.storage.busy import Busy
from crmcore.storage.interface import Kind, ReadingStore, ScrubbingStore, Store, UnitOfWork
from crmcore.storage.kinds import checked, merged
from crmcore.storage.sqlite.connections import Connections, FileConnections, MemoryConnection
from crmcore.storage.sqlite.errors import translated
from crmcore.storage.sqlite.location import Location, read_url
from crmcore.storage.sqlite.plans import Plan
from crmcore.storage.sqlite.schema import is_laid_out, lay_out
from crmcore.storage.sqlite.scrubbing import scrub
from crmcore.storage.sqlite.transactions import TO_WRITE, BegunUnit, JoinedUnit, ReadUnit, begun, finish

CAPABILITIES = frozenset({"threads", "processes", "durable", "join", "read", "scrub"})

#: Looking whether all tables are there makes nobody wait, and waits for nobody.
TO_LOOK = ("BEGIN",)

#: A database in memory is nobody else's, and ends with the store.
PRIVATE_CAPABILITIES = frozenset({"threads", "join"})


class SqliteStore:
    """Records and events in one SQLite file, shared by threads and processes.

    Every unit of work that may write is one BEGIN IMMEDIATE transaction, so writers take turns; one that only reads
    sees a moment of the write-ahead log. The file is in write-ahead mode with
    ``synchronous=normal``: a process that is killed loses nothing that was acknowledged. When the power fails, the
    last commits may be lost (never half of one); ``?synchronous=full`` prevents that, at the price of a disk
    flush a commit.

    Forking is safe while no thread has a unit of work open; a child forked in the middle of one cannot use the store.
    """

    def __init__(self, location: Location) -> None:
        self._where = location.where
        self._is_private = location.path is None
        self._connections: Connections = MemoryConnection(location) if self._is_private else FileConnections(location)
        self._busy = Busy(location.where)
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
        with self._transaction(TO_LOOK) as connection:
            is_ready = is_laid_out(connection, now.values())
        if not is_ready:
            with self._transaction(TO_WRITE) as connection:
                lay_out(connection, now.values(), self._where)
        self._kinds = now
        self._plans = {name: Plan(kind) for name, kind in now.items()}

    @contextlib.contextmanager
    def _transaction(self, statements: Sequence[str]) -> Generator[sqlite3.Connection, None, None]:
        """A transaction for the schema."""
        thread = self._busy.enter()
        try:
            cursor = begun(self._connections, self._where, statements)
            is_good = False
            try:
                yield cursor.connection
                is_good = True
            except sqlite3.Error as error:
                raise translated(error, self._where) from error
            finally:
                finish(self._connections, cursor, self._where, is_good=is_good)
        finally:
            self._busy.leave(thread)

    def begin(self, space: str = "") -> BegunUnit:
        """Open a unit of work in a space; entering it waits for the writer before it.

        :raises Transient: on entering, when that writer held the file longer than ``timeout``.
        :raises Unavailable: on entering, when the file cannot be used, or the thread has a unit open.
        """
        return BegunUnit(self._plans, space, self._where, self._connections, self._busy)

    def read(self, space: str = "") -> ReadUnit:
        """Open a unit of work that only reads, and neither waits for a writer nor stops one.

        :raises Unavailable: on entering, when the file cannot be used, or the thread has a unit open.
        """
        return ReadUnit(self._plans, space, self._where, self._connections, self._busy)

    def join(self, host_transaction: object, space: str = "") -> JoinedUnit:
        """Open a unit of work on a ``sqlite3.Connection`` to the same file that is in a transaction.

        :raises Unavailable: on entering, when it is something else, or in no transaction.
        """
        return JoinedUnit(self._plans, space, self._where, host_transaction, self._busy)

    def scrub(self) -> None:
        """Write the file anew without what was deleted or changed, and empty the write-ahead log.

        :raises Transient: others used the file longer than ``timeout``; it may be tried again.
        :raises Unavailable: the file cannot be used, or the thread has a unit of work open.
        """
        thread = self._busy.enter()
        try:
            scrub(self._connections, lambda cursor: cursor, self._where)
        finally:
            self._busy.leave(thread)

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
_READING: type[ReadingStore] = SqliteStore
_SCRUBBING: type[ScrubbingStore] = SqliteStore
_UNITS: tuple[type[UnitOfWork], ...] = (BegunUnit, JoinedUnit)
