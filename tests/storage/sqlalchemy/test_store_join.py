"""Units of work inside a transaction of the host's, on every kind of connection that can be joined."""

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
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from crmcore.errors import Conflict, CrmError, TimedOut, Unavailable, UniqueViolation
from crmcore.storage.interface import Event, Guard, NewEvent, Query, Write
from crmcore.storage.sqlalchemy import SqlAlchemyStore
from tests.storage.sqlalchemy.databases import DIALECTS, engine_of, stored
from tests.storage.sqlalchemy.invoicing import Base, Invoice
from tests.storage.sqlalchemy.stores import apply, events, note, opened, thing, url_of, versions

#: How a host may hand over its transaction.
WAYS = ("session", "scoped session", "connection", "driver")


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
