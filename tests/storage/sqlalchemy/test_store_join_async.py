"""Units of work inside a transaction of a host's on SQLAlchemy's asyncio, in ``run_sync``."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from crmcore.errors import Conflict, Unavailable, UniqueViolation
from crmcore.storage.interface import Event, Guard, NewEvent, Query
from crmcore.storage.sqlalchemy import SqlAlchemyStore
from tests.storage.sqlalchemy.databases import engine_of, run
from tests.storage.sqlalchemy.stores import apply, note, opened, thing, url_of, versions

#: Asynchronous drivers: the scheme of the store's URL, and that of the host's.
ASYNC = {
    "asyncpg": ("postgresql+psycopg", "postgresql+asyncpg"),
    "psycopg": ("postgresql+psycopg", "postgresql+psycopg_async"),
    "asyncmy": ("mariadb+pymysql", "mariadb+asyncmy"),
    "aiosqlite": ("sqlite+pysqlite", "sqlite+aiosqlite"),
}

#: Those on which transactions may stand side by side.
SERVERS = ("asyncpg", "psycopg", "asyncmy")


class TestAsynchronous:
    """Asynchronous drivers, inside run_sync."""

    @pytest.fixture(params=list(ASYNC))
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlAlchemyStore]:
        """Give a store; the host's URL is ``self.url``."""
        ours, theirs = ASYNC[request.param]
        url = url_of(ours.partition("+")[0], request, tmp_path)
        run(engine_of(url), "CREATE TABLE invoice (id INTEGER PRIMARY KEY)")
        self.url = url.replace(ours, theirs)
        with opened(url) as store:
            yield store

    def host(self, *jobs: Callable[[sa.Connection], Any], commit: bool = True) -> list[Any]:
        """Run jobs in one transaction, in an event loop of its own; what they gave."""

        async def main() -> list[Any]:
            """Run in an event loop."""
            engine = create_async_engine(self.url)
            try:
                async with engine.connect() as connection:
                    results = [await connection.run_sync(job) for job in jobs]
                    await (connection.commit() if commit else connection.rollback())
                    return results
            finally:
                await engine.dispose()

        return asyncio.run(main())

    def test_a_whole_unit(self, store: SqlAlchemyStore):
        """Everything a unit can do works alike, in large batches too."""
        many = [thing(f"{n:02}", name=f"n{n}", owner="o", due=n, score=n / 3, flag=n % 2 == 0) for n in range(30)]

        def job(connection: sa.Connection) -> tuple[Any, ...]:
            with store.join(connection) as uow:
                uow.write(many)
                uow.write([thing(f"{n:02}", 1, name=f"m{n}", due=n) for n in range(20)])
                uow.write([note("a", body=bytes(range(256))), Guard("thing", "29", 1), Guard("note", "absent", 0)])
                uow.append([NewEvent("s", f"{n}", b"\x00") for n in range(60)])
                found = uow.query(Query("thing", "by_due", lo=18, after=(19, "19"), limit=2))
                return found, uow.get("note", ["a"]), uow.read_events(58, 9, "s")

        [(found, notes, log)] = self.host(job)
        columns = {"name": "n20", "owner": "o", "due": 20, "score": 20 / 3, "flag": True}

        assert [("20", 1, columns)] == [(record.id, record.version, record.columns) for record in found[:1]]
        assert [bytes(range(256))] == [record.body for record in notes]
        assert [Event(59, "s", "58", b"\x00"), Event(60, "s", "59", b"\x00")] == log
        assert {"00": 2, "29": 1} == versions(store, "thing", "00", "29")

    def test_the_host_rolls_back(self, store: SqlAlchemyStore):
        """Nothing of a unit remains when the host rolls back."""

        def job(connection: sa.Connection) -> None:
            with store.join(connection) as uow:
                uow.write([note("a")])

        self.host(job, commit=False)

        assert {} == versions(store, "note", "a")

    def test_ours_fails_and_the_host_goes_on(self, store: SqlAlchemyStore):
        """A driver's errors are told as ours, and the host's transaction lives."""
        apply(store, thing("t", name="n"))

        def job(connection: sa.Connection) -> None:
            connection.execute(sa.text("INSERT INTO invoice VALUES (1)"))
            with pytest.raises(Conflict), store.join(connection) as uow:
                uow.write([note("a"), note("b", 4)])
            with pytest.raises(UniqueViolation) as caught, store.join(connection) as uow:
                uow.write([note("a"), thing("u", name="n")])
            assert "by_name" == caught.value.index
            with pytest.raises(UniqueViolation), store.join(connection) as uow:
                uow.write([thing(f"{n}", name="n" if n == 12 else f"m{n}") for n in range(20)])
            with store.join(connection) as uow:
                uow.write([note("c")])

        self.host(job)

        assert {"c": 1} == versions(store, "note", "a", "b", "c")

    @pytest.mark.parametrize("store", SERVERS, indirect=True)
    def test_tasks_take_turns(self, store: SqlAlchemyStore):
        """Several tasks of one thread may each be in a unit on a connection of its own."""
        sleep = "SELECT sleep(0.05)" if "asyncmy" in self.url else "SELECT pg_sleep(0.05)"

        async def main() -> None:
            """Run in an event loop."""
            engine = create_async_engine(self.url)

            def job(connection: sa.Connection, id: str) -> None:
                """Run in an event loop."""
                with store.join(connection) as uow:
                    uow.write([note(id)])
                    connection.exec_driver_sql(sleep)
                    uow.write([note(id, 1)])

            async def task(id: str) -> None:
                """Run in an event loop."""
                async with engine.begin() as connection:
                    await connection.run_sync(job, id)

            await asyncio.gather(*(task(id) for id in "abc"))
            await engine.dispose()

        asyncio.run(main())

        assert dict.fromkeys("abc", 2) == versions(store, "note", *"abc")

    def refused(self, store: SqlAlchemyStore, told: str, more: str = "", **options: Any) -> None:
        """Have a host's connection refused, and nothing stored."""

        async def main() -> None:
            """Run in an event loop."""
            engine = create_async_engine(self.url + more, **options)

            def job(connection: sa.Connection) -> None:
                """Join what cannot be joined."""
                with store.join(connection) as uow:
                    uow.write([note("a")])

            try:
                async with engine.connect() as connection:
                    await connection.run_sync(job)
            finally:
                await engine.dispose()

        with pytest.raises(Unavailable, match=told):
            asyncio.run(main())

        assert {} == versions(store, "note", "a")

    @pytest.mark.parametrize("store", SERVERS, indirect=True)
    def test_autocommit(self, store: SqlAlchemyStore):
        """A connection that commits each statement by itself is refused."""
        self.refused(store, "no transaction", isolation_level="AUTOCOMMIT")

    @pytest.mark.parametrize("store", ["asyncmy"], indirect=True)
    @pytest.mark.parametrize(
        "more, told", [("&charset=gbk", "gbk"), ("&init_command=SET%20sql_mode%3D'NO_BACKSLASH_ESCAPES'", "BACKSLASH")]
    )
    def test_what_the_server_would_misread(self, store: SqlAlchemyStore, more: str, told: str):
        """One that is set in a way that would change values is refused."""
        self.refused(store, told, more)
