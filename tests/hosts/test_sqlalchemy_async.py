"""crmcore inside a host's AsyncSession or AsyncConnection, by ``run_sync``."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker, create_async_engine

from crmcore import CRM, Actor, Outcome, TooManyConflicts
from crmcore.customers.commands import Command
from crmcore.errors import Transient, Unavailable
from tests.customers.scene import LI, MONDAY, record, register
from tests.hosts.cases import ConflictingHostCases, DeferringHostCases, FreeHostCases, HostCases
from tests.hosts.notes import note_table, noted, with_savepoints, writing
from tests.hosts.observing import Meddler, Observer

T = TypeVar("T")
Joinable = AsyncSession | AsyncConnection


class Loop:
    """An event loop that synchronous tests can use."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for something."""
        return self._runner.run(work)

    @contextmanager
    def inside(self, context: AbstractAsyncContextManager[T]) -> Iterator[T]:
        """An asynchronous context as an ordinary one."""
        entered = self.run(_awaited(context.__aenter__()))
        try:
            yield entered
        except BaseException as error:
            if not self.run(_awaited(context.__aexit__(type(error), error, None))):
                raise
        else:
            self.run(_awaited(context.__aexit__(None, None, None)))

    def close(self) -> None:
        """Close the loop."""
        self._runner.close()


async def _awaited(work: Awaitable[T]) -> T:
    return await work


class AsyncInside:
    """An open transaction on an AsyncSession or an AsyncConnection."""

    def __init__(self, loop: Loop, crm: CRM, opened: Joinable, forbidden: set[str]) -> None:
        self._loop = loop
        self._crm = crm
        self._opened = opened
        self._forbidden = forbidden

    def note(self, text: str) -> None:
        """Write a row of the host's own."""
        self._loop.run(_awaited(self._opened.execute(writing(text, self._forbidden))))

    def handle(self, command: Command, *, actor: Actor) -> Outcome:
        """Give a command to the joined CRM."""
        outcome: Outcome = self.ask(lambda crm: crm.handle(command, actor=actor))
        return outcome

    def ask(self, question: Callable[[CRM], Any]) -> Any:
        """Ask the joined CRM."""
        return self._loop.run(_awaited(self._opened.run_sync(lambda host: question(self._crm.joined(host)))))

    def savepoint(self) -> AbstractContextManager[object]:
        """A savepoint of the host's."""
        return self._loop.inside(self._opened.begin_nested())


class AsyncHost:
    """A host on an asynchronous engine; the CRM is opened by a synchronous URL of the same database."""

    def __init__(self, url: str, driver: str, way: str, **options: Any) -> None:
        self.loop = Loop()
        self._sync = create_engine(url)
        self.engine = create_async_engine(self._sync.url.set(drivername=driver), **options)
        with_savepoints(self.engine.sync_engine)
        self.observer, self.meddler = Observer(), Meddler()
        self.crm = CRM.open(url, plugins=[self.observer, self.meddler], clock=lambda: MONDAY)
        self._other = CRM.open(url, clock=lambda: MONDAY)
        self._forbidden = set[str]()
        self._open: Callable[[], AbstractAsyncContextManager[Joinable]] = (
            async_sessionmaker(self.engine).begin if way == "session" else self.engine.begin
        )
        note_table(self._sync)

    @contextmanager
    def transaction(self) -> Iterator[AsyncInside]:
        """A transaction."""
        with self.loop.inside(self._open()) as opened:
            yield AsyncInside(self.loop, self.crm, opened, self._forbidden)

    def notes(self) -> list[str]:
        """The host's rows."""
        with self._sync.connect() as connection:
            return noted(connection)

    def forbid(self, text: str) -> None:
        """Refer to a row that is not there."""
        self._forbidden.add(text)

    def other(self) -> CRM:
        """The customers seen from elsewhere."""
        return self._other

    def close(self) -> None:
        """Close everything."""
        self.loop.run(self.engine.dispose())
        self.loop.close()
        self.crm.close()
        self._other.close()
        self._sync.dispose()


class TestOnSqlite(DeferringHostCases):
    """Over aiosqlite."""

    @pytest.fixture(params=["session", "connection"])
    def host(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AsyncHost]:
        """Give a host on SQLite."""
        host = AsyncHost(f"sqlite+pysqlite:///{tmp_path / 'host.db'}", "sqlite+aiosqlite", request.param)
        yield host
        host.close()


class TestOnPostgres(DeferringHostCases, FreeHostCases):
    """Over asyncpg, and over psycopg."""

    @pytest.fixture(params=["asyncpg session", "asyncpg connection", "psycopg session", "psycopg connection"])
    def host(self, request: pytest.FixtureRequest, postgres) -> Iterator[AsyncHost]:
        """Give a host on PostgreSQL."""
        driver, way = request.param.split()
        host = AsyncHost(postgres.database(), f"postgresql+{driver}", way)
        yield host
        host.close()


class TestOnMariadb(HostCases):
    """Over asyncmy, where a host's transaction sees the moment of its first statement unless told otherwise."""

    @pytest.fixture(params=["session", "connection"])
    def host(self, request: pytest.FixtureRequest, mariadb) -> Iterator[AsyncHost]:
        """Give a host on MariaDB."""
        host = AsyncHost(mariadb.database(), "mariadb+asyncmy", request.param)
        yield host
        host.close()


class TestOnMariadbReadCommitted(ConflictingHostCases):
    """Over asyncmy at the isolation level that suits us."""

    @pytest.fixture(params=["session", "connection"])
    def host(self, request: pytest.FixtureRequest, mariadb) -> Iterator[AsyncHost]:
        """Give a host that asks for it."""
        url = mariadb.database()
        host = AsyncHost(url, "mariadb+asyncmy", request.param, isolation_level="READ COMMITTED")
        yield host
        host.close()


class TestTasks:
    """Many tasks in one event loop, each with a session of its own."""

    @pytest.mark.parametrize("driver", ["postgresql+asyncpg", "postgresql+psycopg", "mariadb+asyncmy"])
    def test_at_once(self, driver: str, request: pytest.FixtureRequest):
        """Their transactions stand open side by side in one thread; none loses its row or its command."""
        server = request.getfixturevalue("mariadb" if "mariadb" in driver else "postgres")
        host = AsyncHost(server.database(), driver, "session")
        host.crm.handle(register(), actor=LI)
        host.observer.told.clear()
        host.loop.run(at_once(host, 5))

        assert ["0", "1", "2", "3", "4"] == host.notes()
        assert 7 == host.crm.customer("C1").version
        assert ["follow-up-recorded"] * 5 == host.observer.told
        assert [] == list(host.crm.verify())
        host.close()


async def at_once(host: AsyncHost, tasks: int) -> None:
    """As many tasks as that, each with a transaction that writes a note and gives a command."""
    await asyncio.gather(*(patient(host, f"{number}") for number in range(tasks)))


async def patient(host: AsyncHost, text: str) -> None:
    """One such transaction, begun anew where that is asked for."""
    for _ in range(9):
        with contextlib.suppress(Transient, TooManyConflicts):
            return await work(host, text)
    return await work(host, text)


async def work(host: AsyncHost, text: str) -> None:
    """One such transaction."""
    async with AsyncSession(host.engine) as session, session.begin():
        await session.execute(writing(text, set()))
        await asyncio.sleep(0)
        await session.run_sync(lambda joined: host.crm.joined(joined).handle(record(), actor=LI))


class TestWhatCannotBeJoined:
    """An asynchronous session or connection, outside ``run_sync``."""

    @pytest.mark.parametrize("kind", [AsyncSession, AsyncConnection])
    def test_it_says_what_to_do(self, kind, tmp_path: Path):
        """The message names ``run_sync``."""
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'host.db'}")
        with (
            CRM.open(f"sqlite+pysqlite:///{tmp_path / 'host.db'}") as crm,
            pytest.raises(Unavailable, match="run_sync"),
        ):
            crm.joined(kind(engine)).customer("C1")
