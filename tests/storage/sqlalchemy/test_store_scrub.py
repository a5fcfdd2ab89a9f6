"""Leaving nothing behind in a SQLite file that is used through an engine (A-03); the kit asks for the rest."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore import CRM
from crmcore.customers import Register
from crmcore.errors import TimedOut, Unavailable
from crmcore.storage.sqlalchemy import SqlAlchemyStore, open_sqlalchemy
from crmcore.storage.sqlalchemy.lite import plain_cursor
from tests.customers.privacy import erase
from tests.customers.scene import LI, MANAGER
from tests.storage.conftest import NOTE
from tests.storage.remains import at_rest
from tests.storage.sqlalchemy.stores import SERVERS, Aside, apply, note, opened, url_of

MARKER = b"<remains-of-somebody>"
NAME = "欧阳小满"


def deleted(store: SqlAlchemyStore) -> None:
    """Write a record of many pages, and delete it."""
    apply(store, note("a", body=MARKER * 1000))
    apply(store, note("a", 1, None))


def engine_in(folder: Path, mode: str, **options: Any) -> sa.Engine:
    """A host's engine on a file, with a journal of some mode and rows of the host's own kind."""
    engine = sa.create_engine(f"sqlite:///{folder / 'crm.db'}", **options)

    def prepare(raw: sqlite3.Connection, _record: object) -> None:
        raw.execute(f"PRAGMA journal_mode = {mode}")
        # Some builds of SQLite overwrite what they delete; not all do.
        raw.execute("PRAGMA secure_delete = OFF")
        raw.row_factory = sqlite3.Row

    sa.event.listen(engine, "connect", prepare)
    return engine


@pytest.mark.rule("A-03")
@pytest.mark.parametrize("mode", ["wal", "delete", "truncate", "memory"])
def test_in_a_hosts_file(tmp_path: Path, mode: str):
    """What is deleted stands on until the file is scrubbed; the host's tables are what they were, and life goes on."""
    engine = engine_in(tmp_path, mode)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoice (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO invoice VALUES (7)")
    store = SqlAlchemyStore(engine)
    store.setup([NOTE])
    deleted(store)
    before = at_rest(tmp_path)
    store.scrub()

    assert MARKER in before
    assert MARKER not in at_rest(tmp_path)
    apply(store, note("b"))
    with sqlite3.connect(tmp_path / "crm.db") as host:
        assert [(7,)] == host.execute("SELECT id FROM invoice").fetchall()
    host.close()
    engine.dispose()


@pytest.mark.rule("A-03")
def test_an_erasure_of_a_person(tmp_path: Path):
    """It scrubs, and says so; no byte of the name remains."""
    with CRM.open(f"sqlite+pysqlite:///{tmp_path / 'crm.db'}") as crm:
        crm.handle(Register(NAME, "individual", id="C1", phone="13912345678"), actor=LI)
        before = at_rest(tmp_path)
        done = crm.privacy.erase(erase(), actor=MANAGER)

        assert NAME.encode() in before
        assert done.is_scrubbed
        assert NAME.encode() not in at_rest(tmp_path)
        assert [] == list(crm.verify())


def test_a_journal_that_stays(tmp_path: Path):
    """It would keep what was there before: to scrub is not declared, and refused."""
    engine = engine_in(tmp_path, "persist")
    store = SqlAlchemyStore(engine)
    store.setup([NOTE])

    assert "scrub" not in store.capabilities
    with pytest.raises(Unavailable, match="scrubbed"):
        store.scrub()
    engine.dispose()


@pytest.mark.parametrize("dialect", SERVERS)
def test_a_server(dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
    """What it keeps, and where, is not ours to say."""
    with opened(url_of(dialect, request, tmp_path)) as store:
        assert "scrub" not in store.capabilities
        with pytest.raises(Unavailable, match="scrubbed"):
            store.scrub()


@pytest.mark.rule("A-03")
@pytest.mark.parametrize("others", ["BEGIN", "BEGIN IMMEDIATE"])
def test_others_at_work(tmp_path: Path, others: str):
    """They are waited for as long as for anything; afterwards nothing is in the way of another try, or of writing."""
    url = f"sqlite+pysqlite:///{tmp_path / 'crm.db'}?timeout=0.2"
    with opened(url) as store:
        deleted(store)
        other = sqlite3.connect(tmp_path / "crm.db", isolation_level=None)
        other.execute(others).execute("SELECT count(*) FROM sqlite_master").fetchone()
        with pytest.raises(TimedOut) as caught:
            store.scrub()
        other.execute("COMMIT")
        other.close()
        Aside(lambda: apply(store, note("b"))).end()
        store.scrub()

        assert not isinstance(caught.value.__cause__, sqlite3.Error)
        assert MARKER not in at_rest(tmp_path)


def test_a_closed_store(tmp_path: Path):
    """It is refused like for anything else."""
    store = open_sqlalchemy(f"sqlite+pysqlite:///{tmp_path / 'crm.db'}")
    store.setup([NOTE])
    store.close()

    with pytest.raises(Unavailable, match="closed"):
        store.scrub()


def test_another_driver():
    """A connection of a driver that is not Python's own is refused."""
    other: Any = SimpleNamespace(dbapi_connection=object())
    with pytest.raises(Unavailable, match="sqlite3"):
        plain_cursor("sales.db", other)
