"""Units of work on SQLite: in a transaction of their own, only reading, or inside a transaction of the host's."""

import sqlite3
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import NoReturn, Self

from crmcore.errors import Unavailable
from crmcore.storage.busy import Busy
from crmcore.storage.interface import Guard, NewEvent, Write
from crmcore.storage.sqlite.connections import Connections
from crmcore.storage.sqlite.errors import DRIVER_ERRORS, translated
from crmcore.storage.sqlite.plans import Plan
from crmcore.storage.sqlite.schema import LAYOUT_TABLE
from crmcore.storage.sqlite.unit import SqliteUnit

#: IMMEDIATE: who reads first and writes later would fail where it need not.
TO_WRITE = ("BEGIN IMMEDIATE",)
#: A transaction sees the moment of its first read, so it reads something at once.
TO_READ = ("BEGIN", f"SELECT version FROM {LAYOUT_TABLE}")


class BegunUnit(SqliteUnit):
    """A unit of work with a transaction of its own."""

    def __init__(self, plans: Mapping[str, Plan], space: str, where: str, connections: Connections, busy: Busy) -> None:
        super().__init__(plans, space, where)
        self._connections = connections
        self._busy = busy

    _begin: tuple[str, ...] = TO_WRITE

    def __enter__(self) -> Self:
        self._thread = self._busy.enter()
        try:
            self._start(begun(self._connections, self._where, self._begin))
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
            finish(self._connections, self._cursor, self._where, is_good=is_good)
        finally:
            self._busy.leave(self._thread)
        if error is None and failure is not None:
            raise failure


class ReadUnit(BegunUnit):
    """A unit that only reads: as the write-ahead log stood when it began, beside whoever writes."""

    _begin = TO_READ

    def write(self, writes: Sequence[Write | Guard]) -> NoReturn:  # noqa: ARG002
        """Refuse.

        :raises Unavailable: always.
        """
        raise Unavailable(self._where, "the unit of work only reads")

    def append(self, events: Sequence[NewEvent]) -> NoReturn:  # noqa: ARG002
        """Refuse.

        :raises Unavailable: always.
        """
        raise Unavailable(self._where, "the unit of work only reads")


def begun(connections: Connections, where: str, statements: Sequence[str] = TO_WRITE) -> sqlite3.Cursor:
    """A connection in a transaction."""
    cursor = connections.take()
    try:
        for statement in statements:
            cursor.execute(statement).fetchall()
    except DRIVER_ERRORS as error:
        connections.give(cursor, is_usable=False)
        raise translated(error, where) from error
    except BaseException:
        connections.give(cursor, is_usable=False)
        raise
    return cursor


def finish(connections: Connections, cursor: sqlite3.Cursor, where: str, *, is_good: bool) -> None:
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

    def __init__(self, plans: Mapping[str, Plan], space: str, where: str, host: object, busy: Busy) -> None:
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
    try:
        is_begun = host.in_transaction
    except sqlite3.Error:
        raise Unavailable(where, "the host's connection is closed") from None
    if not is_begun:
        raise Unavailable(where, "the host's connection is in no transaction; execute BEGIN on it first")
    if host.text_factory is not str:
        raise Unavailable(where, "the host's connection has a text_factory other than str")
    return host
