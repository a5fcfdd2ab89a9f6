"""crmcore inside a host's Session or Connection."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from crmcore import CRM, Actor, Outcome
from crmcore.customers.commands import Command
from crmcore.storage.sqlalchemy import SqlAlchemyStore
from tests.customers.scene import MONDAY
from tests.hosts.cases import ConflictingHostCases, DeferringHostCases, FreeHostCases, ThreadedHostCases
from tests.hosts.notes import note_table, noted, with_savepoints, writing
from tests.hosts.observing import Meddler, Observer

Joinable = Session | scoped_session[Session] | Connection


class OpenInside:
    """An open transaction on a Session or a Connection."""

    def __init__(self, crm: CRM, opened: Joinable, forbidden: set[str]) -> None:
        self._crm = crm.joined(opened)
        self._opened = opened
        self._forbidden = forbidden

    def note(self, text: str) -> None:
        """Write a row of the host's own."""
        self._opened.execute(writing(text, self._forbidden))

    def handle(self, command: Command, *, actor: Actor) -> Outcome:
        """Give a command to the joined CRM."""
        return self._crm.handle(command, actor=actor)

    def ask(self, question: Callable[[CRM], Any]) -> Any:
        """Ask the joined CRM."""
        return question(self._crm)

    def savepoint(self) -> AbstractContextManager[object]:
        """A savepoint of the host's."""
        return self._opened.begin_nested()


class SyncHost:
    """A host on an engine, which opens transactions in one of several ways."""

    def __init__(self, url: str, way: str, **options: Any) -> None:
        self.engine = with_savepoints(create_engine(url, **options))
        self.observer, self.meddler = Observer(), Meddler()
        plugins = [self.observer, self.meddler]
        self.crm = CRM.open(SqlAlchemyStore(self.engine), plugins=plugins, clock=lambda: MONDAY)
        self._other = CRM.open(url, clock=lambda: MONDAY)
        self._forbidden = set[str]()
        self._stack = ExitStack()
        self._open = getattr(self, f"_{way}")
        note_table(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[OpenInside]:
        """A transaction."""
        with self._open() as opened:
            yield OpenInside(self.crm, opened, self._forbidden)

    @contextmanager
    def elsewhere(self) -> Iterator[OpenInside]:
        """A transaction on a connection of the thread's own."""
        with Session(self.engine) as session, session.begin():
            yield OpenInside(self.crm, session, self._forbidden)

    def notes(self) -> list[str]:
        """The host's rows."""
        with self.engine.connect() as connection:
            return noted(connection)

    def forbid(self, text: str) -> None:
        """Refer to a row that is not there."""
        self._forbidden.add(text)

    def other(self) -> CRM:
        """The customers seen from elsewhere."""
        return self._other

    def close(self) -> None:
        """Close everything."""
        self._stack.close()
        self.crm.close()
        self._other.close()
        self.engine.dispose()

    def _session(self) -> AbstractContextManager[Joinable]:
        return sessionmaker(self.engine).begin()

    @contextmanager
    def _scoped(self) -> Iterator[Joinable]:
        """One for all transactions, which begin by themselves."""
        if not hasattr(self, "_registry"):
            self._registry = scoped_session(sessionmaker(self.engine))
            self._stack.callback(self._registry.remove)
        try:
            yield self._registry
            self._registry.commit()
        except BaseException:
            self._registry.rollback()
            raise

    def _connection(self) -> AbstractContextManager[Joinable]:
        return self.engine.begin()

    @contextmanager
    def _one_connection(self) -> Iterator[Joinable]:
        """One for all transactions, which begin by themselves."""
        if not hasattr(self, "_long"):
            self._long = self._stack.enter_context(self.engine.connect())
        try:
            yield self._long
            self._long.commit()
        except BaseException:
            self._long.rollback()
            raw: Any = self._long.connection.dbapi_connection
            # SQLAlchemy takes a COMMIT that failed for the end of a transaction; SQLite does not.
            raw.rollback()
            raise


WAYS = ["session", "scoped", "connection", "one_connection"]


class TestOnSqlite(DeferringHostCases):
    """In a file."""

    @pytest.fixture(params=WAYS)
    def host(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SyncHost]:
        """Give a host on SQLite."""
        host = SyncHost(f"sqlite+pysqlite:///{tmp_path / 'host.db'}", request.param)
        yield host
        host.close()


class TestOnPostgres(DeferringHostCases, FreeHostCases, ThreadedHostCases):
    """On PostgreSQL."""

    @pytest.fixture(params=WAYS)
    def host(self, request: pytest.FixtureRequest, postgres) -> Iterator[SyncHost]:
        """Give a host on PostgreSQL."""
        host = SyncHost(postgres.database(), request.param)
        yield host
        host.close()


class TestOnMariaDB(ThreadedHostCases):
    """On MariaDB, where a host's transaction sees the moment of its first statement unless told otherwise."""

    @pytest.fixture(params=WAYS)
    def host(self, request: pytest.FixtureRequest, mariadb) -> Iterator[SyncHost]:
        """Give a host on MariaDB."""
        host = SyncHost(mariadb.database(), request.param)
        yield host
        host.close()


class TestOnMariaDBReadCommitted(ConflictingHostCases, ThreadedHostCases):
    """On MariaDB at the isolation level that suits us."""

    @pytest.fixture(params=["session", "one_connection"])
    def host(self, request: pytest.FixtureRequest, mariadb) -> Iterator[SyncHost]:
        """Give a host that asks for it."""
        host = SyncHost(mariadb.database(), request.param, isolation_level="READ COMMITTED")
        yield host
        host.close()


class TestOnPostgresSerializable(ThreadedHostCases):
    """On PostgreSQL, in a host that wants no anomalies at all."""

    @pytest.fixture
    def host(self, postgres) -> Iterator[SyncHost]:
        """Give a host that asks for it."""
        host = SyncHost(postgres.database(), "session", isolation_level="SERIALIZABLE")
        yield host
        host.close()
