"""Transactions that units of work run in: of their own, or the host's."""

import contextlib
import os
from collections.abc import Sequence
from typing import Any

from sqlalchemy import PoolProxiedConnection

from crmcore.errors import CrmError, Unavailable
from crmcore.storage.busy import Busy
from crmcore.storage.forks import forsake
from crmcore.storage.sqlalchemy.adopted import known
from crmcore.storage.sqlalchemy.connections import Connections
from crmcore.storage.sqlalchemy.drivers import Cursor, Driver
from crmcore.storage.sqlalchemy.errors import Meaning, Stage, Translate
from crmcore.storage.sqlalchemy.hosts import HOSTS, recognised


class _Told:
    """Remembers what has gone wrong: that the transaction, or the whole connection, is no more."""

    def __init__(self, where: str, translate: Translate, busy: Busy) -> None:
        self._where = where
        self._translate = translate
        self._busy = busy
        self._worst: Meaning | None = None

    def failed(self, error: BaseException) -> CrmError:
        """What an error of the driver's means."""
        return self._meaning(error, "working").error

    def _meaning(self, error: BaseException, stage: Stage) -> Meaning:
        meaning = self._translate(error, self._where, stage)
        if self._worst is None or meaning.lost:
            self._worst = meaning
        return meaning


class OwnTransaction(_Told):
    """A transaction on a connection of the pool; ``statements`` begin it."""

    def __init__(
        self, connections: Connections, where: str, translate: Translate, busy: Busy, statements: Sequence[str]
    ) -> None:
        super().__init__(where, translate, busy)
        self._connections = connections
        self._statements = statements

    def begin(self) -> tuple[Cursor, Driver]:
        """Start.

        :raises Unavailable: the database does not let us in, or the thread has a unit open.
        :raises Transient: the database is too busy, or its connection died.
        """
        self._who = self._busy.enter()
        try:
            begun = self._begin(once_more=True)
        except BaseException:
            self._busy.leave(self._who)
            raise
        self._pid = os.getpid()
        return begun

    def _begin(self, *, once_more: bool) -> tuple[Cursor, Driver]:
        """Start; on a connection that has died since it was last used, once more on a fresh one."""
        connection = self._connections.take()
        try:
            return self._begun_on(connection)
        except self._connections.errors as error:
            self._connections.give(connection, is_usable=False)
            meaning = self._meaning(error, "working")
            if meaning.lost:
                self._connections.close_idle()
            if not (meaning.lost and once_more):
                raise meaning.error from None
        except BaseException:
            self._connections.give(connection, is_usable=False)
            raise
        self._worst = None
        return self._begin(once_more=False)

    def _begun_on(self, connection: PoolProxiedConnection) -> tuple[Cursor, Driver]:
        raw: Any = connection.dbapi_connection
        driver = known(raw)
        if driver is None:
            raise Unavailable(self._where, HOSTS)
        # The driver is to begin no transaction by itself: ours begins with its own words.
        self._was_manual = driver.database == "postgresql" and not raw.autocommit
        if self._was_manual:
            raw.autocommit = True
        opened = driver.open(raw, self._where)
        for statement in self._statements:
            driver.run(opened[0], statement)
        self._connection, self._cursor = connection, opened[0]
        return opened

    def end(self, *, is_good: bool) -> None:
        """Commit, or roll back.

        :raises OutcomeUnknown: the connection died while it was committing.
        :raises CrmError: the database did not commit.
        """
        try:
            if os.getpid() != self._pid:
                # The connection is the parent's: not a word on it, nor a goodbye.
                forsake(self._connection)
                raise Unavailable(self._where, "the process was forked while a unit of work was open on it")
            self._end(is_good=is_good)
        finally:
            self._busy.leave(self._who)

    def _end(self, *, is_good: bool) -> None:
        is_usable = False
        try:
            is_usable = self._committed() if is_good else self._rolled_back()
        finally:
            self._give_back(is_usable=is_usable)

    def _committed(self) -> bool:
        try:
            self._cursor.execute("COMMIT")
        except self._connections.errors as error:
            meaning = self._meaning(error, "committing")
            # SQLite leaves such a transaction open: its lock would be held until somebody collects the connection.
            self._rolled_back()
            with contextlib.suppress(*self._connections.errors):
                self._cursor.close()
            raise meaning.error from None
        return True

    def _rolled_back(self) -> bool:
        """Whether the connection is fit for use again; one that is not, the database rolls back by itself."""
        if self._worst is not None and self._worst.lost:
            return False
        with contextlib.suppress(*self._connections.errors):
            self._cursor.execute("ROLLBACK")
            return True
        return False

    def _give_back(self, *, is_usable: bool) -> None:
        if is_usable and self._was_manual:
            raw: Any = self._connection.dbapi_connection
            raw.autocommit = False
        self._connections.give(self._connection, is_usable=is_usable)
        if self._worst is not None and self._worst.lost:
            self._connections.close_idle()


class HostTransaction(_Told):
    """A savepoint in a transaction of the host's, released or taken back, and nothing else."""

    def __init__(self, host: object, database: str, where: str, translate: Translate, busy: Busy) -> None:
        super().__init__(where, translate, busy)
        self._host = host
        self._database = database

    def begin(self) -> tuple[Cursor, Driver]:
        """Set the savepoint.

        :raises Unavailable: the host has given something that cannot be joined.
        :raises Transient: the host's connection has died.
        """
        host = recognised(self._host, self._database, self._where, self._translate)
        self._cursor, self._driver = host.cursor, host.driver
        self._who = self._busy.enter(host.who)
        try:
            for statement in (*host.before, "SAVEPOINT crm_unit"):
                self._cursor.execute(statement)
        except BaseException as error:
            self._busy.leave(self._who)
            if isinstance(error, self._driver.errors):
                raise self._meaning(error, "working").error from None
            raise
        return self._cursor, self._driver

    def end(self, *, is_good: bool) -> None:
        """Release the savepoint, or roll back to it.

        :raises CrmError: that was not possible; what becomes of the host's transaction is the host's to decide.
        """
        try:
            if is_good:
                self._cursor.execute("RELEASE SAVEPOINT crm_unit")
            elif self._worst is None or not self._worst.ended:
                self._cursor.execute("ROLLBACK TO SAVEPOINT crm_unit")
                self._cursor.execute("RELEASE SAVEPOINT crm_unit")
        except self._driver.errors as error:
            # What the database has said before explains why there is no savepoint any more.
            if self._worst is None:
                raise self._meaning(error, "working").error from None
        finally:
            self._busy.leave(self._who)
            self._close()

    def _close(self) -> None:
        with contextlib.suppress(*self._driver.errors):
            self._cursor.close()
