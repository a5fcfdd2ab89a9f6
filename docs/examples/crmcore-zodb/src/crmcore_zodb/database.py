"""The open file, and transactions on it."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from typing import Any

from crmcore.errors import OutcomeUnknown, TimedOut, Unavailable
from crmcore_zodb import untyped
from crmcore_zodb.errors import translated
from crmcore_zodb.layout import Layout

#: Under this name everything lies in the root of the database.
ROOT = "crmcore"

#: Seconds that a transaction waits for those before it.
PATIENCE = 30.0


class Database:
    """A file of ZODB. It stays open until it is closed and its last transaction has ended."""

    def __init__(self, path: str, where: str) -> None:
        self._where = where
        self._turns = Turns(where)
        self._lock = threading.Lock()
        self._transactions = 0
        self._closed = False
        with translated(where):
            self._file = untyped.Database(untyped.FileStorage(path), pool_size=100, cache_size=20_000)

    @contextmanager
    def transaction(self, *, only_reads: bool = False) -> Generator[Layout]:
        """Everything as it is at this moment; what is changed there is committed if all goes well."""
        with self._used(), nullcontext() if only_reads else self._turns.turn():
            manager = untyped.TransactionManager(explicit=True)
            with translated(self._where):
                connection = self._file.open(manager)
            try:
                with translated(self._where):
                    manager.begin()
                    root = connection.root()
                    if ROOT not in root:
                        root[ROOT] = Layout()
                    layout = root[ROOT]
                yield layout
                if only_reads:
                    manager.abort()
                else:
                    self._commit(manager)
            except BaseException:
                manager.abort()
                raise
            finally:
                connection.close()

    def _commit(self, manager: Any) -> None:
        try:
            with translated(self._where, committing=True):
                manager.commit()
        except OutcomeUnknown:
            # ZODB has closed the file, as it no longer knows how it ends. Whoever opens it again will see.
            self.close()
            raise

    def close(self) -> None:
        """Close the file as soon as no transaction is open."""
        with self._lock:
            self._closed = True
            self._close_if_idle()

    @contextmanager
    def _used(self) -> Generator[None]:
        with self._lock:
            if self._closed:
                raise Unavailable(self._where, "it is closed, by its owner or because its disk failed")
            self._transactions += 1
        try:
            yield
        finally:
            with self._lock:
                self._transactions -= 1
                self._close_if_idle()

    def _close_if_idle(self) -> None:
        if self._closed and not self._transactions:
            self._file.close()


class Turns:
    """Lets transactions that write come one after the other.

    ZODB would notice that they collide. But all of them append to one log, so they always would, and all except one
    would have worked in vain. Correctness does not rest on this.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._lock = threading.Lock()
        self._holder: int | None = None

    @contextmanager
    def turn(self) -> Generator[None]:
        """Wait for those that came before.

        :raises TimedOut: they took too long.
        :raises Unavailable: this thread is one of them, and would wait for itself.
        """
        if self._holder == threading.get_ident():
            raise Unavailable(self._where, "this thread already has a unit of work open on it")
        if not self._lock.acquire(timeout=PATIENCE):
            raise TimedOut(f"other units of work were at it for {PATIENCE} seconds")
        self._holder = threading.get_ident()
        try:
            yield
        finally:
            self._holder = None
            self._lock.release()
