"""Connections from an engine's pool: dead ones are replaced, and none is carried across a fork.

A forked child gets a pool of its own and never touches the old one; idle connections to a SQLite file are closed before
the fork (see ``crmcore.storage.forks``).
"""

import contextlib
import threading

from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crmcore.errors import TimedOut, Unavailable
from crmcore.storage.forks import forsake, watch
from crmcore.storage.sqlalchemy.errors import COMMON_ERRORS, MISTAKEN, Translate, mistaken


class Connections:
    """The connections of an engine; ``is_ours`` says that we made it, and so may close it."""

    def __init__(self, engine: Engine, where: str, translate: Translate, *, is_ours: bool) -> None:
        self.engine: Engine = engine
        self._where = where
        self._translate = translate
        self._is_ours = is_ours
        self._closed: str | None = None
        self._taken = 0
        self._counting = threading.Lock()
        # Held while a connection is made, and during a fork.
        self.gate: threading.Lock = threading.Lock()
        self.closes_for_fork: bool = is_ours and engine.dialect.name == "sqlite"
        watch(self)

    @property
    def errors(self) -> tuple[type[BaseException], ...]:
        """Whatever the engine's driver raises."""
        return (self.engine.dialect.loaded_dbapi.Error, *COMMON_ERRORS)

    def check_open(self) -> None:
        """Nothing.

        :raises Unavailable: the store is closed.
        """
        if self._closed is not None:
            raise Unavailable(self._where, self._closed)

    def take(self) -> PoolProxiedConnection:
        """A connection outside any transaction.

        :raises Unavailable: the store is closed, or the database does not let us in.
        :raises Invalid: the driver does not take an option of the URL.
        :raises Transient: the database has no connection free for the time being.
        """
        self.check_open()
        try:
            with self.gate if self.closes_for_fork else contextlib.nullcontext():
                taken = self.engine.raw_connection()
        except PoolTimeout:
            raise TimedOut("no connection of the pool became free in time") from None
        except self.errors as error:
            # Nothing was sent yet, so the driver's words hold no values, and say what to mend.
            raise self._translate(error, self._where, "connecting").error from error
        except MISTAKEN:
            if not self._is_ours:
                raise
            raise mistaken() from None
        self._count(1)
        return taken

    def give(self, connection: PoolProxiedConnection, *, is_usable: bool) -> None:
        """Take a connection back for the next unit, or close it."""
        self._count(-1)
        if is_usable and not (self._is_ours and self._closed):
            connection.close()
        else:
            connection.invalidate()

    def _count(self, change: int) -> None:
        with self._counting:
            self._taken += change

    def close_idle(self) -> None:
        """Close what is idle: where one connection died, the others of the pool are likely to be dead too."""
        self.engine.dispose()

    def close(self) -> None:
        """Close what is idle if the engine is ours, and let no new unit begin."""
        self._closed = self._closed or "it is closed"
        if self._is_ours:
            self.engine.dispose()

    def forsake(self) -> None:
        """In a forked child: start over with an empty pool, and keep the parent's connections from being closed."""
        forsake(self.engine.pool)
        self.engine.dispose(close=False)
        self.gate = threading.Lock()
        self._counting = threading.Lock()
        if self._taken and self.closes_for_fork:
            self._closed = "the process was forked while a unit of work was open on it"
        self._taken = 0
