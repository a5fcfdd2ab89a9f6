"""Leaving nothing behind in a SQLite file of what was deleted or changed (A-03)."""

import sqlite3
import threading
from pathlib import Path

import pytest

from crmcore.errors import TimedOut, Unavailable
from crmcore.storage.interface import Store, Write
from crmcore.storage.sqlite import open_sqlite
from tests.storage.conftest import THING
from tests.storage.remains import at_rest

MARKER = b"<remains-of-somebody>"


def deleted(store: Store) -> None:
    """Write a record with the marker, and delete it."""
    with store.begin() as uow:
        uow.write([Write(THING.name, "a", 0, MARKER)])
    with store.begin() as uow:
        uow.write([Write(THING.name, "a", 1, None)])


@pytest.mark.rule("A-03")
def test_what_is_deleted_stands_on_until_it_is_scrubbed(sqlite_store, database):
    """SQLite does not overwrite it by itself, and a search finds it."""
    deleted(sqlite_store)
    before = at_rest(database.parent)
    sqlite_store.scrub()

    assert MARKER in before
    assert MARKER not in at_rest(database.parent)
    assert 0 == Path(f"{database}-wal").stat().st_size


@pytest.mark.rule("A-03")
def test_a_reader_is_waited_for(database):
    """As long as the storage waits for anybody; then it says so, and may be tried again."""
    store = open_sqlite(f"sqlite:///{database}?timeout=0.3")
    store.setup([THING])
    deleted(store)
    reader = sqlite3.connect(database, isolation_level=None)
    reader.execute("BEGIN").execute("SELECT count(*) FROM sqlite_master").fetchone()
    with pytest.raises(TimedOut):
        store.scrub()
    reader.execute("COMMIT")
    store.scrub()

    assert MARKER not in at_rest(database.parent)
    reader.close()
    store.close()


@pytest.mark.rule("A-03")
def test_a_reader_that_ends_meanwhile_costs_nothing(sqlite_store, database):
    """It is waited for and not given up."""
    deleted(sqlite_store)
    reader = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN").execute("SELECT count(*) FROM sqlite_master").fetchone()
    timer = threading.Timer(0.2, reader.close)
    timer.start()
    sqlite_store.scrub()
    timer.join()

    assert MARKER not in at_rest(database.parent)


def test_a_writer_is_waited_for(database):
    """The same for who writes."""
    store = open_sqlite(f"sqlite:///{database}?timeout=0.1")
    store.setup([THING])
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(TimedOut):
        store.scrub()
    writer.close()
    store.scrub()
    store.close()


def test_a_closed_store_is_refused(sqlite_store):
    """Like for anything else."""
    sqlite_store.close()

    with pytest.raises(Unavailable):
        sqlite_store.scrub()


def test_a_database_in_memory_has_no_files():
    """It does not declare to scrub."""
    store = open_sqlite("sqlite:///:memory:")

    assert "scrub" not in store.capabilities
    store.close()
