"""Units of work inside a transaction of the host's, on every kind of connection that can be joined."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
import sqlalchemy as sa
from psycopg.rows import dict_row
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, scoped_session, sessionmaker

from crmcore.errors import Conflict, CrmError, TimedOut, Transient, Unavailable, UniqueViolation
from crmcore.storage.interface import Event, Guard, NewEvent, Query, Write
from crmcore.storage.sqlalchemy import SqlAlchemyStore
from tests.storage.sqlalchemy.databases import DIALECTS, engine_of, run, stored
from tests.storage.sqlalchemy.stores import Aside, apply, note, opened, thing, url_of, versions

#: How a host may hand over its transaction.
WAYS = ("session", "scoped session", "connection", "driver")


class Base(DeclarativeBase):
    """The host's own mapped classes."""


class Invoice(Base):
    """A row of the host's."""

    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(primary_key=True)


def _flush(session: Session, number: int) -> None:
    session.add(Invoice(id=number))
    session.flush()


class Setting:
    """A store and a host on one database."""

    def __init__(self, store: SqlAlchemyStore, engine: sa.Engine, way: str) -> None:
        self.store = store
        self.engine = engine
        self.way = way

    @contextmanager
    def transaction(self) -> Iterator[tuple[Any, Callable[[int], object]]]:
        """A transaction of the host's, what is handed over of it, and how the host inserts an invoice in it."""
        if "session" in self.way:
            with Session(self.engine) as session, session.begin():
                host: Any = session
                if self.way == "scoped session":
                    host = scoped_session(sessionmaker(self.engine), scopefunc=lambda: 1)
                    host.registry.set(session)
                yield host, partial(_flush, session)
        elif self.way == "connection":
            with self.engine.begin() as connection:
                yield connection, lambda number: connection.execute(sa.insert(Invoice).values(id=number))
        else:
            with self._driver() as (raw, begin, commit, rollback):
                if begin:
                    raw.cursor().execute(begin)
                try:
                    yield raw, lambda number: raw.cursor().execute(f"INSERT INTO invoice VALUES ({number})")
                except BaseException:
                    rollback()
                    raise
                commit()

    @contextmanager
    def _driver(self) -> Iterator[tuple[Any, str, Callable[[], object], Callable[[], object]]]:
        """A connection of the driver's own, with habits of the host's."""
        fairy = self.engine.raw_connection()
        raw: Any = fairy.dbapi_connection
        if isinstance(raw, psycopg.Connection):
            raw.row_factory = dict_row
            raw.cursor_factory = psycopg.ClientCursor
        elif isinstance(raw, sqlite3.Connection):
            raw.row_factory = sqlite3.Row
        else:
            raw.cursorclass = pymysql.cursors.DictCursor
        yield raw, "BEGIN" if isinstance(raw, sqlite3.Connection) else "", raw.commit, raw.rollback
        fairy.invalidate()

    def invoices(self) -> list[object]:
        """The host's rows that are stored."""
        return [id for (id,) in stored(self.engine, "invoice", "id")]


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Name the database."""
    name: str = request.param
    return name


@pytest.fixture(params=WAYS)
def setting(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Setting]:
    """Give a store and a host on one fresh database."""
    url = url_of(dialect, request, tmp_path)
    engine = engine_of(url)
    with opened(url) as store:
        Base.metadata.create_all(engine)
        yield Setting(store, engine, request.param)


def events(store: SqlAlchemyStore) -> list[tuple[int, str]]:
    """The log as it is stored."""
    with store.read() as uow:
        return [(event.position, event.type) for event in uow.read_events(0, 99)]


def test_both_commit(setting: Setting):
    """What units and host wrote is stored when the host commits, and not before."""
    with setting.transaction() as (host, insert):
        insert(1)
        with setting.store.join(host) as uow:
            uow.write([thing("a", name="n", flag=True), note("b")])
            uow.append([NewEvent("s", "1", b"\x00")])
            assert [Event(1, "s", "1", b"\x00")] == uow.read_events(0, 9)
            assert ["a"] == [record.id for record in uow.query(Query("thing", "by_name"))]
        with setting.store.join(host, "other") as uow:
            uow.write([note("b")])
        with setting.store.join(host) as uow:
            uow.append([NewEvent("s", "2", b"")])
            assert [True] == [record.columns["flag"] for record in uow.get("thing", ["a"])]
        insert(2)
        with setting.store.read() as uow:
            assert [] == uow.get("note", ["b"])

    assert [1, 2] == setting.invoices()
    assert {"a": 1} == versions(setting.store, "thing", "a")
    assert [(1, "1"), (2, "2")] == events(setting.store)


def test_the_host_rolls_back(setting: Setting):
    """Nothing of a unit remains when the host rolls back."""
    with pytest.raises(ZeroDivisionError), setting.transaction() as (host, insert):  # noqa: PT012
        insert(1)
        with setting.store.join(host) as uow:
            uow.write([note("a")])
            uow.append([NewEvent("s", "1", b"")])
        raise ZeroDivisionError

    assert [] == setting.invoices()
    assert {} == versions(setting.store, "note", "a")
    assert [] == events(setting.store)


def test_ours_fails_and_the_host_goes_on(setting: Setting):
    """A failed unit takes back its own changes only, however it failed; others may follow in the same transaction."""
    apply(setting.store, thing("taken", name="n"), note("old"))
    many = [thing(f"{number:02}", name="n" if number == 15 else f"m{number}") for number in range(20)]
    with setting.transaction() as (host, insert):
        insert(1)
        cases: list[tuple[list[Write | Guard], type[CrmError]]] = [
            ([note("a"), note("old", 3)], Conflict),
            ([note("a"), thing("b", name="n")], UniqueViolation),
            ([note("a"), *many], UniqueViolation),
            ([note("a"), Guard("note", "old", 0)], Conflict),
        ]
        for bad, error in cases:
            with pytest.raises(error), setting.store.join(host) as uow:  # noqa: PT012
                uow.append([NewEvent("s", "lost", b"")])
                uow.read_events(0, 1)
                uow.write([note("z")])
                uow.write(bad)
        with pytest.raises(ZeroDivisionError), setting.store.join(host) as uow:  # noqa: PT012
            uow.write([note("a")])
            raise ZeroDivisionError
        with setting.store.join(host) as uow:
            uow.write([note("c")])
            uow.append([NewEvent("s", "kept", b"")])
        insert(2)

    assert [1, 2] == setting.invoices()
    assert {"c": 1, "old": 1} == versions(setting.store, "note", "a", "c", "old", "z")
    assert [(1, "kept")] == events(setting.store)


def test_one_unit_at_a_time(setting: Setting):
    """While a unit is joined, its thread can neither begin nor join another."""
    with setting.transaction() as (host, _), setting.store.join(host) as uow:
        with pytest.raises(Unavailable, match="already"), setting.store.join(host):
            pytest.fail("joined")
        with pytest.raises(Unavailable, match="already"), setting.store.begin():
            pytest.fail("begun")
        uow.write([note("a")])

    assert {"a": 1} == versions(setting.store, "note", "a")


@pytest.mark.parametrize("setting", ["connection", "driver"], indirect=True)
def test_the_transaction_ends_inside(setting: Setting):
    """A host that ends its transaction inside our unit is told so."""
    with pytest.raises(Unavailable), setting.transaction() as (host, _), setting.store.join(host) as uow:  # noqa: PT012
        uow.write([note("a")])
        raw: Any = host.connection.dbapi_connection if isinstance(host, sa.Connection) else host
        raw.rollback()

    assert {} == versions(setting.store, "note", "a")


class TestSessions:
    """What SQLAlchemy's sessions and connections add."""

    @pytest.fixture
    def store(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlAlchemyStore]:
        """Give a store; its URL is ``self.url``."""
        self.url = url_of(dialect, request, tmp_path)
        self.engine = engine_of(self.url)
        with opened(self.url) as store:
            Base.metadata.create_all(self.engine)
            yield store

    def test_nothing_of_the_hosts_is_flushed(self, store: SqlAlchemyStore):
        """What the host has added to its session, and not flushed, stays so."""
        with Session(self.engine) as session:
            session.add(Invoice(id=1))
            with store.join(session) as uow:
                uow.write([note("a")])
                uow.query(Query("thing", "by_name"))

            assert 1 == len(session.new)
            session.rollback()

    def test_a_connection_that_has_not_begun(self, store: SqlAlchemyStore):
        """A connection begins its transaction with our unit, as with any first statement, and commits when told."""
        with self.engine.connect() as connection:
            with store.join(connection) as uow:
                uow.write([note("a")])
            assert connection.in_transaction()
            connection.commit()
            with store.join(connection) as uow:
                uow.write([note("b")])

        assert {"a": 1} == versions(store, "note", "a", "b")

    def test_a_session_that_has_read_only(self, store: SqlAlchemyStore):
        """A host that has only read so far has a transaction, too, whatever the driver thinks."""
        with Session(self.engine) as session:
            assert [] == session.scalars(sa.select(Invoice)).all()
            with store.join(session) as uow:
                uow.write([note("a")])
                uow.append([NewEvent("s", "1", b"")])
            session.rollback()
            with store.join(session) as uow:
                uow.write([note("b")])
            session.commit()

        assert {"b": 1} == versions(store, "note", "a", "b")

    def test_inside_a_savepoint_of_the_hosts(self, store: SqlAlchemyStore):
        """The host may roll back a savepoint of its own, and our unit in it, and go on."""
        with Session(self.engine) as session, session.begin():
            session.add(Invoice(id=1))
            with pytest.raises(ZeroDivisionError), session.begin_nested():  # noqa: PT012
                session.add(Invoice(id=2))
                with store.join(session) as uow:
                    uow.write([note("a")])
                raise ZeroDivisionError
            with session.begin_nested(), store.join(session) as uow:
                uow.write([note("b")])

        assert {"b": 1} == versions(store, "note", "a", "b")
        assert [(1,)] == stored(self.engine, "invoice", "id")

    def test_a_session_without_a_bind(self, store: SqlAlchemyStore):
        """A session that does not know which connection is meant is refused."""
        with Session() as session, pytest.raises(Unavailable, match="UnboundExecutionError"), store.join(session):
            pytest.fail("joined")

    def test_a_session_that_gets_no_connection(self, store: SqlAlchemyStore):
        """A session whose pool is used up may get a connection later."""
        small = sa.create_engine(self.url, poolclass=sa.QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.1)
        with small.connect(), Session(small) as session, pytest.raises(TimedOut), store.join(session):
            pytest.fail("joined")
        small.dispose()

    @pytest.mark.parametrize("dialect", ["postgresql", "mariadb"], indirect=True)
    def test_a_session_whose_server_is_gone(self, store: SqlAlchemyStore):
        """A session that cannot connect is unavailable, as our own units would be."""
        nowhere = sa.create_engine(sa.make_url(self.url).set(host="127.0.0.1", port=1, query={}))
        with Session(nowhere) as session, pytest.raises(Unavailable, match="no server answers"), store.join(session):
            pytest.fail("joined")

    def test_a_session_on_another_database(self, store: SqlAlchemyStore, dialect: str):
        """A session on another kind of database is refused before it connects."""
        other = sa.create_engine("sqlite://" if dialect != "sqlite" else "postgresql+psycopg://127.0.0.1:1/crm")
        for host in (Session(other), other.connect() if dialect != "sqlite" else Session(other)):
            with pytest.raises(Unavailable, match="the host's connection is to"), host, store.join(host):
                pytest.fail("joined")

    def test_a_closed_connection(self, store: SqlAlchemyStore):
        """A connection that is closed is refused."""
        connection = self.engine.connect()
        connection.close()
        with pytest.raises(Unavailable, match="of no use"), store.join(connection):
            pytest.fail("joined")


class TestRefused:
    """What cannot be joined."""

    @pytest.fixture
    def store(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlAlchemyStore]:
        """Give a store; its URL is ``self.url``."""
        self.url = url_of(dialect, request, tmp_path)
        with opened(self.url) as store:
            yield store

    def test_other_things(self, store: SqlAlchemyStore):
        """Anything else is refused, with a word about what would do."""
        engine = engine_of(self.url)
        for host, reason in (
            (object(), "can join"),
            (None, "can join"),
            (engine, "no transaction"),
            (sqlite3, "can join"),
        ):
            with pytest.raises(Unavailable, match=reason), store.join(host):
                pytest.fail("joined")

    def test_asynchronous_ones(self, store: SqlAlchemyStore):
        """An asynchronous connection is joined inside its run_sync, and is no host itself."""
        connection = AsyncConnection.__new__(AsyncConnection)
        with pytest.raises(Unavailable, match="run_sync"), store.join(connection):
            pytest.fail("joined")

    def test_another_database(self, store: SqlAlchemyStore, dialect: str):
        """A connection to another kind of database is refused."""
        other = sqlite3.connect(":memory:")
        other.execute("BEGIN")
        if dialect == "sqlite":
            with pytest.raises(Unavailable, match="no such table"), store.join(other) as uow:
                uow.get("note", ["a"])
        else:
            with pytest.raises(Unavailable, match="to sqlite"), store.join(other):
                pytest.fail("joined")
        other.close()

    def test_no_transaction(self, store: SqlAlchemyStore):
        """A connection that commits each statement by itself is refused: it could not take anything back."""
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        fairy = engine.raw_connection()
        raw: Any = fairy.dbapi_connection
        if not isinstance(raw, sqlite3.Connection):
            raw.autocommit(True) if isinstance(raw, pymysql.Connection) else setattr(raw, "autocommit", True)
        with pytest.raises(Unavailable, match="no transaction"), store.join(raw):
            pytest.fail("joined")
        raw.cursor().execute("BEGIN")
        with store.join(raw) as uow:
            uow.write([note("a")])
        raw.cursor().execute("ROLLBACK")

        assert {} == versions(store, "note", "a")
        fairy.invalidate()
        engine.dispose()


class TestAdaptedMariadb:
    """An asynchronous driver for MariaDB, as SQLAlchemy shows it: here pymysql stands in for one."""

    @pytest.fixture
    def store(self, mariadb) -> Iterator[SqlAlchemyStore]:
        """Give a store."""
        self.url = mariadb.database()
        with opened(self.url) as store:
            yield store

    @contextmanager
    def connected(self, more: str = "", **options: Any) -> Iterator[sa.Connection]:
        """A connection of the host's."""
        engine = sa.create_engine(self.url + more, **options)
        sa.event.listen(engine, "connect", lambda raw, _record: setattr(raw, "driver_connection", raw))
        engine.dialect.is_async = True
        with engine.connect() as connection:
            yield connection
        engine.dispose()

    def test_in_a_transaction(self, store: SqlAlchemyStore):
        """It is joined, and nothing of ours outlives the host's rollback."""
        with self.connected() as connection:
            with store.join(connection) as uow:
                uow.write([note("a")])
            connection.rollback()

        assert {} == versions(store, "note", "a")

    def test_autocommit(self, store: SqlAlchemyStore):
        """One that commits each statement by itself is refused, and nothing is stored."""
        with (
            self.connected(isolation_level="AUTOCOMMIT") as connection,
            pytest.raises(Unavailable, match="no transaction"),
            store.join(connection) as uow,
        ):
            uow.write([note("a")])

        assert {} == versions(store, "note", "a")

    @pytest.mark.parametrize(
        "more, told", [("&charset=gbk", "gbk"), ("&init_command=SET%20sql_mode%3D'NO_BACKSLASH_ESCAPES'", "BACKSLASH")]
    )
    def test_what_the_server_would_misread(self, store: SqlAlchemyStore, more: str, told: str):
        """One that is set in a way that would change values is refused."""
        with (
            self.connected(more) as connection,
            pytest.raises(Unavailable, match=told),
            store.join(connection),
        ):
            pytest.fail("joined")


class TestHostsIsolation:
    """A host may run at an isolation level of its own."""

    @pytest.fixture(params=["postgresql", "mariadb"])
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlAlchemyStore]:
        """Give a store and an engine at REPEATABLE READ."""
        self.url = url_of(request.param, request, tmp_path)
        self.engine = engine_of(self.url, "REPEATABLE READ")
        with opened(self.url) as store:
            apply(store, note("a"), note("b"), thing("t", name="n"))
            yield store

    @pytest.mark.parametrize(
        "bad",
        [[note("a", 1)], [note("a", 1), note("c")], [Guard("note", "a", 1)], [note("new")], [Guard("note", "new", 0)]],
        ids=str,
    )
    def test_what_others_have_changed_since(self, store: SqlAlchemyStore, bad):
        """A record changed after the host's transaction began is not overwritten, whatever the host still sees."""
        with self.engine.connect() as connection:
            assert 2 == connection.exec_driver_sql("SELECT count(*) FROM crm_note").scalar()
            Aside(lambda: apply(store, note("a", 1), note("new"))).end()
            with pytest.raises((Conflict, Transient)) as caught, store.join(connection) as uow:
                uow.write(bad)
            connection.rollback()

        if isinstance(caught.value, Conflict):
            assert {("note", "a"), ("note", "new")} >= {*caught.value.keys}
        assert {"a": 2, "new": 1} == versions(store, "note", "a", "c", "new")

    @pytest.mark.parametrize("lock", ["hold", "claim"])
    def test_what_is_locked_is_of_the_hosts_moment(self, store: SqlAlchemyStore, lock: str):
        """A record changed since is neither held nor claimed, for all that is read beside it would be older."""
        with self.engine.connect() as connection:
            assert 2 == connection.exec_driver_sql("SELECT count(*) FROM crm_note").scalar()
            Aside(lambda: apply(store, thing("t", 1, name="n"))).end()
            with pytest.raises(Transient), store.join(connection) as uow:
                uow.hold("thing", ["t"]) if lock == "hold" else uow.query(Query("thing", "by_name", claim=True))
            connection.rollback()
            with store.join(connection) as uow:
                assert [2] == [record.version for record in uow.hold("thing", ["t"])]

    @pytest.mark.parametrize("store", ["mariadb"], indirect=True)
    def test_a_conflict_names_its_keys(self, store: SqlAlchemyStore):
        """Which records are stale is looked up as they are now, not as the host's snapshot has them."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM crm_note").scalar()
            Aside(lambda: apply(store, note("a", 1), note("b", 1))).end()
            with pytest.raises(Conflict) as caught, store.join(connection) as uow:
                uow.write([note("b", 1), note("c"), note("a", 1)])

        assert (("note", "a"), ("note", "b")) == caught.value.keys

    def test_events_of_others(self, store: SqlAlchemyStore):
        """Positions are taken behind those that others have committed since, or the unit is told to try again."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM crm_note").scalar()

            def other() -> None:
                with store.begin() as uow:
                    uow.append([NewEvent("s", "theirs", b"")])

            Aside(other).end()
            try:
                with store.join(connection) as uow:
                    uow.append([NewEvent("s", "ours", b"")])
                connection.commit()
                expected = [(1, "theirs"), (2, "ours")]
            except Transient:
                expected = [(1, "theirs")]

        assert expected == events(store)


class TestDeadlocks:
    """On MariaDB a deadlock ends the host's whole transaction."""

    def test_the_host_is_told(self, mariadb: Any):
        """The unit is told to try again, nothing of ours nor of the host's is stored, and the next try passes."""
        url = mariadb.database()
        engine = engine_of(url)
        with opened(url) as store:
            Base.metadata.create_all(engine)
            apply(store, note("a"), *(note(f"{number}") for number in range(20)))

            def theirs() -> None:
                # Has changed more, so the server makes the other one give way.
                with store.begin() as uow:
                    uow.write([note(f"{number}", 1) for number in range(20)])
                    uow.write([note("a", 1)])

            with engine.connect() as connection:
                connection.execute(sa.insert(Invoice).values(id=1))
                with pytest.raises(Transient), store.join(connection) as uow:  # noqa: PT012
                    uow.write([note("a", 1)])
                    aside = Aside(theirs)
                    assert aside.waits()
                    uow.write([note("0", 1)])
                connection.rollback()
            aside.end()
            with engine.begin() as connection, store.join(connection) as uow:
                uow.write([note("a", 2)])

            assert {"0": 2, "a": 3} == versions(store, "note", "0", "a")
            assert [] == stored(engine, "invoice", "id")


def aborted(connection: sa.Connection) -> None:
    """Make the host's transaction fail."""
    with pytest.raises(sa.exc.DBAPIError):
        connection.exec_driver_sql("SELECT nothing FROM nowhere")


def test_a_transaction_that_has_failed(postgres: Any):
    """A host whose transaction PostgreSQL has given up is told so."""
    url = postgres.database()
    with opened(url) as store, engine_of(url).connect() as connection:
        aborted(connection)
        with pytest.raises(Unavailable, match="failed before"), store.join(connection):
            pytest.fail("joined")


#: Asynchronous drivers: the scheme of the store's URL, and that of the host's.
ASYNC = {
    "asyncpg": ("postgresql+psycopg", "postgresql+asyncpg"),
    "psycopg": ("postgresql+psycopg", "postgresql+psycopg_async"),
    "aiosqlite": ("sqlite+pysqlite", "sqlite+aiosqlite"),
}


class TestAsynchronous:
    """Asynchronous drivers, inside run_sync."""

    @pytest.fixture(params=list(ASYNC))
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlAlchemyStore]:
        """Give a store; the host's URL is ``self.url``."""
        ours, theirs = ASYNC[request.param]
        url = url_of("sqlite" if "sqlite" in ours else "postgresql", request, tmp_path)
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

    @pytest.mark.parametrize("store", ["asyncpg", "psycopg"], indirect=True)
    def test_tasks_take_turns(self, store: SqlAlchemyStore):
        """Several tasks of one thread may each be in a unit on a connection of its own."""

        async def main() -> None:
            """Run in an event loop."""
            engine = create_async_engine(self.url)

            def job(connection: sa.Connection, id: str) -> None:
                """Run in an event loop."""
                with store.join(connection) as uow:
                    uow.write([note(id)])
                    connection.exec_driver_sql("SELECT pg_sleep(0.05)")
                    uow.write([note(id, 1)])

            async def task(id: str) -> None:
                """Run in an event loop."""
                async with engine.begin() as connection:
                    await connection.run_sync(job, id)

            await asyncio.gather(*(task(id) for id in "abc"))
            await engine.dispose()

        asyncio.run(main())

        assert dict.fromkeys("abc", 2) == versions(store, "note", *"abc")

    @pytest.mark.parametrize("store", ["asyncpg", "psycopg"], indirect=True)
    def test_autocommit(self, store: SqlAlchemyStore):
        """A connection that commits each statement by itself is refused."""

        async def main() -> None:
            """Run in an event loop."""
            engine = create_async_engine(self.url, isolation_level="AUTOCOMMIT")

            def job(connection: sa.Connection) -> None:
                """Join what commits by itself."""
                with store.join(connection):
                    pytest.fail("joined")

            try:
                async with engine.connect() as connection:
                    await connection.run_sync(job)
            finally:
                await engine.dispose()

        with pytest.raises(Unavailable, match="no transaction"):
            asyncio.run(main())
