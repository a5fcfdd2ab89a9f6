"""Connections to one file: opened when needed, kept for the next unit, and never carried across a fork.

A child that inherited SQLite's file locks could corrupt the file (see ``crmcore.storage.forks``). So idle connections
are closed before a fork, and opened again after it.
"""

import contextlib
import sqlite3
import threading
import time
from typing import Protocol

from crmcore.errors import Unavailable
from crmcore.storage.forks import forsake, watch
from crmcore.storage.sqlite.errors import translated
from crmcore.storage.sqlite.location import Location

#: How long to wait, in seconds, before asking again for the lock that switching to the write-ahead log takes.
PAUSE = 0.01


def connect(location: Location) -> sqlite3.Cursor:
    """A cursor of a new connection that leaves transactions to us; it is the only one, and used again and again.

    :raises Unavailable: the file cannot be opened, or is no database that can be used.
    :raises Transient: others held the file all the time.
    """
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(
            location.path or ":memory:",
            timeout=location.timeout,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        _prepare(connection, location)
    except sqlite3.Error as error:
        _close(connection)
        raise translated(error, location.where) from error
    except Unavailable:
        _close(connection)
        raise
    return connection.cursor()


def _close(resource: sqlite3.Connection | sqlite3.Cursor | None) -> None:
    """Close what may be broken; it is given up in any case."""
    if resource is not None:
        with contextlib.suppress(sqlite3.Error):
            resource.close()


def _drop(cursor: sqlite3.Cursor) -> None:
    """Close a connection. Its cursor goes first: a statement that is kept would keep a transaction open too."""
    connection = cursor.connection
    _close(cursor)
    _close(connection)


def _prepare(connection: sqlite3.Connection, location: Location) -> None:
    encoding = connection.execute("PRAGMA encoding").fetchone()[0]
    if encoding != "UTF-8":
        raise Unavailable(location.where, f"its encoding is {encoding}; text sorts by code point only in UTF-8")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
        _use_write_ahead_log(connection, location.timeout)
    connection.execute(f"PRAGMA synchronous = {location.synchronous}")
    if location.max_pages is not None:
        connection.execute(f"PRAGMA max_page_count = {location.max_pages}")


def _use_write_ahead_log(connection: sqlite3.Connection, timeout: float) -> None:
    """Switch the file over, once in its life; SQLite does not itself wait for the lock this takes."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not is_busy or time.monotonic() >= deadline:
                raise
            time.sleep(PAUSE)
        else:
            return


class Connections(Protocol):
    """Hands connections to units of work; one is with one unit at a time."""

    def take(self) -> sqlite3.Cursor:
        """A connection outside any transaction."""
        ...

    def give(self, cursor: sqlite3.Cursor, *, is_usable: bool) -> None:
        """Take a connection back, or close it if it can no longer be trusted."""
        ...

    def close(self) -> None:
        """Close what is idle now, and the rest when it comes back."""
        ...


class FileConnections:
    """Connections to a file: as many as there are units at a time."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._idle: list[sqlite3.Cursor] = []
        self._all: set[sqlite3.Connection] = set()
        self._taken = 0
        self._closed: str | None = None
        self.gate: threading.Lock = threading.Lock()
        self.closes_for_fork: bool = True
        watch(self)

    def take(self) -> sqlite3.Cursor:
        """An idle connection, else a new one."""
        with self.gate:
            if self._closed is not None:
                raise Unavailable(self._location.where, self._closed)
            self._taken += 1
            if self._idle:
                return self._idle.pop()
        try:
            cursor = connect(self._location)
        except BaseException:
            with self.gate:
                self._taken -= 1
            raise
        with self.gate:
            self._all.add(cursor.connection)
        return cursor

    def give(self, cursor: sqlite3.Cursor, *, is_usable: bool) -> None:
        """Keep the connection for the next unit, unless it broke or the store was closed meanwhile."""
        with self.gate:
            self._taken -= 1
            if is_usable and self._closed is None:
                self._idle.append(cursor)
                return
            self._all.discard(cursor.connection)
        _drop(cursor)

    def close(self) -> None:
        """Close what is idle; a unit still open closes its own connection at its end."""
        with self.gate:
            self._closed = self._closed or "it is closed"
            self.close_idle()

    def close_idle(self) -> None:
        """Close what no unit uses. The caller holds the gate."""
        while self._idle:
            cursor = self._idle.pop()
            self._all.discard(cursor.connection)
            _drop(cursor)

    def forsake(self) -> None:
        """In a forked child: keep the parent's connections from ever being closed here, and use none of them."""
        forsake(*self._all)
        self._all, self._idle = set(), []
        self.gate = threading.Lock()
        if self._taken:
            self._closed = "the process was forked while a unit of work was open on it"


class MemoryConnection:
    """The one connection to a database in memory, which its units use in turn."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._cursor: sqlite3.Cursor | None = None
        self._closed = False
        self._turn = threading.Lock()

    def take(self) -> sqlite3.Cursor:
        """The connection, once the unit before has ended."""
        with contextlib.ExitStack() as on_failure:
            on_failure.enter_context(self._turn)
            if self._closed:
                raise Unavailable(self._location.where, "it is closed")
            self._cursor = self._cursor or connect(self._location)
            on_failure.pop_all()
        return self._cursor

    def give(self, cursor: sqlite3.Cursor, *, is_usable: bool) -> None:  # noqa: ARG002
        """Let the next unit have it. Were it closed, all it holds would be lost; so it is kept in any case."""
        if self._closed:
            _drop(cursor)
        self._turn.release()

    def close(self) -> None:
        """Drop the database, at once or at the end of the unit that uses it."""
        self._closed = True
        if self._turn.acquire(blocking=False):
            if self._cursor is not None:
                _drop(self._cursor)
            self._turn.release()
