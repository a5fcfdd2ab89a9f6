"""Opening a store by a URL, or on a host's engine."""

import gc
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from crmcore.app.plugins import Plugins
from crmcore.errors import Invalid, MissingExtra, TimedOut, Unavailable
from crmcore.storage import sqlalchemy as package
from crmcore.storage.sqlalchemy import SqlAlchemyStore, open_sqlalchemy
from crmcore.storage.sqlalchemy.location import read_url, where_of
from tests.storage.conftest import NOTE, THING
from tests.storage.sqlalchemy.databases import DIALECTS, engine_of, run, set_up
from tests.storage.sqlalchemy.stores import SERVERS, apply, note, opened, url_of, versions

SECRET = "postgresql://wang:hunter2@db.example.org:5433/crm?sslpassword=hunter3&crm_prefix=p_"


class TestUrls:
    """What a URL says."""

    def test_our_options_are_taken_out(self):
        """Our options are ours, and all others the driver's."""
        location = read_url(f"{SECRET}&crm_schema=s&crm_isolation=serializable&crm_setup=check")

        assert ("p_", "s", "serializable", "check") == (
            location.prefix,
            location.schema,
            location.isolation,
            location.setup,
        )
        assert {"sslpassword": "hunter3"} == dict(location.url.query)

    @pytest.mark.parametrize(
        "url, driver",
        [
            ("postgresql://h/d", "postgresql+psycopg"),
            ("mariadb://h/d", "mariadb+pymysql"),
            ("mysql+pymysql://h/d", "mysql+pymysql"),
        ],
    )
    def test_a_scheme_has_a_driver(self, url: str, driver: str):
        """A scheme that leaves the driver open gets the one that our extras bring."""
        assert driver == read_url(url).url.drivername

    def test_secrets_are_not_told(self):
        """Neither an error, nor a location, nor a store shows user, password or options."""
        location = read_url(SECRET)
        store = open_sqlalchemy(SECRET)

        assert "postgresql://db.example.org:5433/crm" == where_of(location.url)
        for text in (repr(location), repr(store), str(vars(store)["_where"])):
            assert "hunter" not in text
            assert "wang" not in text
        store.close()

    @pytest.mark.parametrize(
        "url, path",
        [
            ("postgresql://u:hunter2@h:port/d", "storage"),
            ("oracle://h/d", "storage"),
            ("postgresql://h/d?plugin=absent", "storage"),
            ("postgresql+asyncpg://h/d", "storage"),
            ("postgresql://h/d?crm_isolation=CHAOS", "storage.isolation"),
            ("postgresql://h/d?crm_setup=never", "storage.setup"),
            ("postgresql://h/d?crm_prefx=a", "storage.crm_prefx"),
            ("postgresql://h/d?crm_prefix=a&crm_prefix=b", "storage.crm_prefix"),
            ("postgresql://h/d?crm_prefix=A%3B", "prefix"),
            ("postgresql://h/d?crm_schema=a%22b", "storage.schema"),
            ("sqlite+pysqlite:///a.db?crm_isolation=SERIALIZABLE", "storage.isolation"),
            ("sqlite+pysqlite:///:memory:", "storage"),
            ("sqlite+pysqlite:///a.db?timeout=soon", "storage.timeout"),
            ("sqlite+pysqlite:///a%00.db", "storage"),
            ("postgresql://h/d?foo=hunter2", "storage.foo"),
            ("postgresql://h/d?connect_timeout=soon", "storage.connect_timeout"),
            ("mariadb://h/d?foo=hunter2", "storage.foo"),
            ("mariadb://h/d?charset=gbk", "storage.charset"),
            ("mariadb://h/d?read_timeout=soon", "storage"),
        ],
    )
    def test_what_is_refused(self, url: str, path: str):
        """A form or a value that is not allowed is named, and nothing of it repeated that may be secret."""
        with pytest.raises(Invalid) as caught:
            open_sqlalchemy(url)

        assert [path] == [fault.path for fault in caught.value.faults]
        assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://u:hunter2@h/d?sslmode=verify-full&application_name=a&autocommit=true&connect_timeout=2.5",
            "mariadb://u:hunter2@h/d?ssl_ca=/ca.pem&charset=utf8mb4&read_timeout=3&init_command=SELECT%201",
            "mysql+pymysql://u:hunter2@h/d?unix_socket=/s&use_unicode=1&charset=utf8",
        ],
    )
    def test_options_of_the_drivers(self, url: str):
        """Whatever a driver takes, it is given."""
        open_sqlalchemy(url).close()

    @pytest.mark.parametrize(
        "url, told",
        [
            ("postgresql:///d?host=/nowhere&port=99999999", "storage: .*driver takes"),
            ("postgresql:///d?host=/nowhere&sslmode=hunter2", "storage: .*driver takes"),
            ("mariadb://localhost:1/d?connect_timeout=0", "storage: .*driver takes"),
        ],
    )
    def test_values_that_only_the_driver_knows(self, url: str, told: str):
        """What it finds fault with when it connects is told as a fault of the URL, whatever connects first."""
        store = open_sqlalchemy(url)
        with pytest.raises(Invalid, match=told) as caught:
            store.setup([NOTE])
        with pytest.raises(Invalid, match=told), store.begin():
            pytest.fail("begun")
        store.close()

        assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize("dialect", SERVERS)
    def test_no_such_database(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
        """Both servers are understood when they say so."""
        url = sa.make_url(url_of(dialect, request, tmp_path)).set(database="ghost")
        store = open_sqlalchemy(url.render_as_string(hide_password=False))
        with pytest.raises(Unavailable, match="there is no such database"):
            store.setup([NOTE])
        store.close()

    @pytest.mark.parametrize("scheme", ["postgresql", "mariadb", "mysql+pymysql", "sqlite+pysqlite"])
    def test_schemes_are_offered(self, scheme: str):
        """The store is a plugin like any other, which says what it can do."""
        capabilities = Plugins().backends[scheme].capabilities

        assert {"threads", "processes", "durable", "join", "read"} <= capabilities
        assert (scheme != "sqlite+pysqlite") == ("claim" in capabilities)
        assert (scheme == "sqlite+pysqlite") == ("scrub" in capabilities)


class TestPackages:
    """SQLAlchemy and the drivers are optional."""

    @pytest.mark.parametrize(
        "package, url, extra",
        [
            ("sqlalchemy", "postgresql://h/d", "postgresql"),
            ("sqlalchemy", "sqlite+pysqlite:///a.db", "sqlalchemy"),
            ("psycopg", "postgresql://h/d", "postgresql"),
            ("pymysql", "mariadb://h/d", "mariadb"),
        ],
    )
    def test_a_package_is_missing(self, monkeypatch: pytest.MonkeyPatch, package: str, url: str, extra: str):
        """Where a package is not installed, the error names the extra that brings it."""
        for name in list(sys.modules):
            if name.startswith("crmcore.storage.sqlalchemy.") or name.partition(".")[0] == package:
                monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, package, None)

        with pytest.raises(MissingExtra) as caught:
            open_sqlalchemy(url)
        assert extra == caught.value.extra

    def test_a_public_name_without_its_package(self, monkeypatch: pytest.MonkeyPatch):
        """The same goes for a public name; one that is not ours is no attribute."""
        monkeypatch.delitem(sys.modules, "crmcore.storage.sqlalchemy.store", raising=False)
        monkeypatch.setitem(sys.modules, "sqlalchemy", None)
        with pytest.raises(MissingExtra):
            _ = package.SqlAlchemyStore
        with pytest.raises(AttributeError, match="ghost"):
            _ = package.ghost

    def test_another_missing_module_is_no_missing_extra(self, monkeypatch: pytest.MonkeyPatch):
        """A module that no extra brings is told as it is."""
        monkeypatch.delitem(sys.modules, "crmcore.storage.sqlalchemy.store", raising=False)
        monkeypatch.delitem(sys.modules, "crmcore.storage.sqlalchemy.opening", raising=False)
        monkeypatch.setitem(sys.modules, "crmcore.storage.sqlalchemy.log", None)

        with pytest.raises(ModuleNotFoundError) as caught:
            open_sqlalchemy("postgresql://h/d")
        assert not isinstance(caught.value, MissingExtra)


@pytest.mark.parametrize("dialect", DIALECTS)
class TestEngines:
    """A store on an engine that the host has made."""

    def test_a_hosts_engine(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
        """It works as on an engine of its own, and leaves the engine open."""
        engine = sa.create_engine(url_of(dialect, request, tmp_path))
        store = SqlAlchemyStore(engine)
        store.setup([THING, NOTE])
        apply(store, note("a"))
        with store.read() as uow:
            found = uow.get("note", ["a"])
        store.close()

        assert ["a"] == [record.id for record in found]
        with engine.connect() as connection:
            assert 1 == connection.exec_driver_sql("SELECT count(*) FROM crm_note").scalar()
        with pytest.raises(Unavailable, match="closed"), store.begin():
            pytest.fail("begun")
        engine.dispose()

    def test_a_hosts_engine_comes_back_as_it_was(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
        """A connection that our unit has used begins transactions by itself again, as the host expects."""
        engine = sa.create_engine(url_of(dialect, request, tmp_path), pool_size=1, max_overflow=0)
        store = SqlAlchemyStore(engine)
        store.setup([NOTE])
        apply(store, note("a"))

        with pytest.raises(ZeroDivisionError), engine.begin() as connection:  # noqa: PT012
            connection.exec_driver_sql("DELETE FROM crm_note")
            raise ZeroDivisionError
        assert {"a": 1} == versions(store, "note", "a")
        engine.dispose()

    def test_prefix(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
        """Two stores with prefixes of their own share a database and know nothing of each other."""
        url = url_of(dialect, request, tmp_path)
        more = "&" if "?" in url else "?"
        with opened(f"{url}{more}crm_prefix=one_") as one, opened(f"{url}{more}crm_prefix=two_") as two:
            apply(one, note("a"))

            assert ({"a": 1}, {}) == (versions(one, "note", "a"), versions(two, "note", "a"))

    def test_only_checking(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
        """With ``crm_setup=check`` nothing is made; what is missing is named, and what is there is used."""
        url = url_of(dialect, request, tmp_path)
        more = "&" if "?" in url else "?"
        checking = open_sqlalchemy(f"{url}{more}crm_setup=check")
        with pytest.raises(Unavailable, match="crm_note"):
            checking.setup([NOTE])
        engine = engine_of(url)
        assert not sa.inspect(engine).has_table("crm_note")
        set_up(engine, NOTE)
        checking.setup([NOTE])
        apply(checking, note("a"))

        assert {"a": 1} == versions(checking, "note", "a")
        checking.close()

    def test_a_newer_layout(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
        """Tables that a newer crmcore has laid out are refused, by making and by checking."""
        url = url_of(dialect, request, tmp_path)
        engine = engine_of(url)
        set_up(engine, NOTE)
        run(engine, "UPDATE crm__layout SET version = 99")
        for setup in ("make", "check"):
            store = SqlAlchemyStore(engine, setup=setup)
            with pytest.raises(Unavailable, match="newer"):
                store.setup([NOTE])


class TestEnginesOnSqlite:
    """What a host's engine on SQLite can do depends on the database behind it."""

    def test_what_it_can_do(self, tmp_path: Path):
        """A file with a write-ahead log can do most; without one readers stop writers; one in memory is private."""
        able = []
        for url, mode in (("sqlite:///a.db", "wal"), ("sqlite:///b.db", "delete"), ("sqlite://", "memory")):
            engine = sa.create_engine(url.replace(":///", f":///{tmp_path}/"))
            with engine.connect() as connection:
                connection.exec_driver_sql(f"PRAGMA journal_mode = {mode}")
            store = SqlAlchemyStore(engine)
            store.setup([NOTE])
            able.append(store.capabilities)
            engine.dispose()

        assert [
            {"threads", "processes", "durable", "join", "read", "scrub"},
            {"threads", "processes", "durable", "join", "scrub"},
            {"join"},
        ] == able

    def test_a_commit_that_fails_leaves_no_lock(self, tmp_path: Path):
        """A reader in the way of the commit: afterwards others can write, whatever still holds our connection."""
        file = tmp_path / "crm.db"
        store = SqlAlchemyStore(sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": 0.1}))
        store.setup([NOTE])
        reader = sqlite3.connect(file, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM crm_note").fetchall()
        gc.disable()
        try:
            with pytest.raises(TimedOut):
                apply(store, note("a"))
            reader.execute("COMMIT")
            reader.execute("BEGIN IMMEDIATE")
        finally:
            gc.enable()
            reader.close()

        apply(store, note("a"))
        assert {"a": 1} == versions(store, "note", "a")


@pytest.mark.parametrize("dialect", SERVERS)
def test_schema(dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
    """The tables may stand in a schema of their own (on MariaDB: in another database)."""
    url = url_of(dialect, request, tmp_path)
    run(engine_of(url), "CREATE SCHEMA sales")
    with opened(f"{url}&crm_schema=sales") as store:
        apply(store, note("a"))
        with store.begin() as uow:
            uow.append([])

        assert {"a": 1} == versions(store, "note", "a")
    assert not sa.inspect(engine_of(url)).has_table("crm_note")
    run(engine_of(url), "DROP TABLE sales.crm_note", "DROP SCHEMA sales" + " CASCADE" * (dialect == "postgresql"))


def test_an_unknown_database():
    """An engine on another kind of database is refused."""

    class Strange:
        """An engine as far as it is looked at."""

        url = sa.make_url("oracle://h/d")
        dialect: Any = type("Dialect", (), {"name": "oracle"})

    with pytest.raises(Invalid, match="PostgreSQL, MariaDB or SQLite"):
        SqlAlchemyStore(Strange())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "engine",
    [create_async_engine("sqlite+aiosqlite://"), "sqlite:///a.db", None],
    ids=["asynchronous", "url", "nothing"],
)
def test_what_is_no_engine(engine: Any):
    """An asynchronous engine, a URL and nothing at all are refused, with what is expected."""
    with pytest.raises(Invalid, match=r"engine: .*a synchronous engine"):
        SqlAlchemyStore(engine)
