"""Units of work inside a transaction of the host's."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.errors import Conflict, StorageFull, Unavailable
from crmcore.storage.interface import Event, NewEvent, Query, Store, Write
from crmcore.storage.memory import open_memory
from crmcore.storage.sqlite import open_sqlite
from tests.storage.conftest import NOTE, THING


@pytest.fixture
def host(sqlite_store: Store, database: Path) -> Iterator[sqlite3.Connection]:
    """Give the host's connection to the same file, in a transaction in which the host wrote something."""
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE host (a)")
    connection.execute("INSERT INTO host VALUES (1)")
    yield connection
    connection.close()


def stored(store: Store, *ids: str) -> list[str]:
    """Those of the ids that are stored."""
    with store.begin() as uow:
        return [record.id for record in uow.get("note", ids)]


def rows_of(host: sqlite3.Connection) -> list[int]:
    """What the host has in its own table."""
    return [row[0] for row in host.execute("SELECT a FROM host ORDER BY a")]


def test_both_commit(sqlite_store: Store, host: sqlite3.Connection) -> None:
    """What a unit wrote is stored when the host commits, and not before."""
    with sqlite_store.join(host) as uow:
        uow.write([Write("note", "a", 0, b"x")])
        uow.append([NewEvent("s", "t", b"")])
        assert host.in_transaction
    assert host.in_transaction
    host.commit()

    assert ["a"] == stored(sqlite_store, "a")
    with sqlite_store.begin() as uow:
        assert [Event(1, "s", "t", b"")] == uow.read_events(0, 9)


def test_the_host_rolls_back(sqlite_store: Store, host: sqlite3.Connection) -> None:
    """Nothing of a unit remains when the host rolls back."""
    with sqlite_store.join(host) as uow:
        uow.write([Write("note", "a", 0, b"x")])
        uow.append([NewEvent("s", "t", b"")])
    host.rollback()

    assert [] == stored(sqlite_store, "a")
    with sqlite_store.begin() as uow:
        assert [] == uow.read_events(0, 9)


def test_ours_fails_and_the_host_goes_on(sqlite_store: Store, host: sqlite3.Connection) -> None:
    """A failed unit takes back its own changes only; several units may follow each other in one transaction."""
    with pytest.raises(Conflict), sqlite_store.join(host) as uow:  # noqa: PT012
        uow.append([NewEvent("s", "lost", b"")])
        uow.write([Write("note", "a", 0, b"x"), Write("note", "b", 3, b"x")])
    with pytest.raises(ZeroDivisionError), sqlite_store.join(host) as uow:  # noqa: PT012
        uow.write([Write("note", "a", 0, b"x")])
        raise ZeroDivisionError
    with pytest.raises(Conflict), sqlite_store.join(host) as uow, pytest.raises(Conflict):
        uow.write([Write("note", "b", 3, b"x")])
    for id in "cd":
        with sqlite_store.join(host) as uow:
            uow.write([Write("note", id, 0, b"x")])
            uow.append([NewEvent("s", id, b"")])
    host.execute("INSERT INTO host VALUES (2)")
    host.commit()

    assert [1, 2] == rows_of(host)
    assert ["c", "d"] == stored(sqlite_store, *"abcd")
    with sqlite_store.begin() as uow:
        assert [(1, "c"), (2, "d")] == [(event.position, event.type) for event in uow.read_events(0, 9)]


def test_the_hosts_settings_do_not_matter(sqlite_store: Store, host: sqlite3.Connection) -> None:
    """A host's row factory shapes its rows, not ours."""
    host.row_factory = sqlite3.Row
    with sqlite_store.join(host, "space") as uow:
        uow.write([Write("thing", "a", 0, b"x", {"name": "n", "flag": True})])
        found = uow.query(Query("thing", "by_name"))

    assert ["n"] == [record.columns["name"] for record in found]
    assert found[0].columns["flag"] is True


def test_what_cannot_be_joined(sqlite_store: Store, host: sqlite3.Connection) -> None:
    """Something else than a connection, one outside a transaction, or one that decodes text itself is refused."""
    with pytest.raises(Unavailable, match=r"sqlite3\.Connection"), sqlite_store.join(object()):
        pytest.fail("joined")
    host.text_factory = bytes
    with pytest.raises(Unavailable, match="text_factory"), sqlite_store.join(host):
        pytest.fail("joined")
    host.commit()
    with pytest.raises(Unavailable, match="no transaction"), sqlite_store.join(host):
        pytest.fail("joined")
    with pytest.raises(Unavailable, match="cannot join"):
        open_memory().join(host)


def test_one_unit_at_a_time(sqlite_store: Store, host: sqlite3.Connection) -> None:
    """While a unit is joined, its thread can neither begin nor join another."""
    with sqlite_store.join(host) as uow:
        with pytest.raises(Unavailable, match="already"), sqlite_store.join(host):
            pytest.fail("joined")
        with pytest.raises(Unavailable, match="already"), sqlite_store.begin():
            pytest.fail("begun")
        uow.write([Write("note", "a", 0, b"x")])
    host.commit()

    assert ["a"] == stored(sqlite_store, "a")


def test_a_transaction_ended_inside(sqlite_store: Store, host: sqlite3.Connection) -> None:
    """A host that ends its transaction inside our unit is told so."""
    with pytest.raises(Unavailable, match="no such savepoint"), sqlite_store.join(host):
        host.rollback()


def test_a_connection_of_another_thread(sqlite_store: Store, database: Path) -> None:
    """A connection that the driver refuses to use is told as unavailable, and the thread is free again."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("BEGIN")
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_DENY if action == 32 else sqlite3.SQLITE_OK)

    with pytest.raises(Unavailable, match="denied"), sqlite_store.join(connection):
        pytest.fail("joined")
    assert [] == stored(sqlite_store, "a")
    connection.close()


def test_a_read_only_connection(sqlite_store: Store, database: Path) -> None:
    """A connection that may only read serves units that only read."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)
    connection.execute("BEGIN")
    with sqlite_store.join(connection) as uow:
        assert [] == uow.get("note", ["a"])
    with pytest.raises(Unavailable, match="read-only"), sqlite_store.join(connection) as uow:
        uow.write([Write("note", "a", 0, b"x")])
    connection.close()


def test_a_full_disk(sqlite_store: Store, host: sqlite3.Connection) -> None:
    """Where SQLite itself rolled back the host's transaction, the unit's error is still what is told."""
    host.execute("PRAGMA max_page_count = 1")

    with pytest.raises(StorageFull), sqlite_store.join(host) as uow:
        uow.append([NewEvent("s", "big", b"x" * 400_000)])
    host.rollback()
    assert [] == stored(sqlite_store, "a")


def test_a_database_in_memory_can_join(tmp_path: Path) -> None:
    """A store in memory joins a connection to any file that has its tables."""
    file = open_sqlite(f"sqlite:///{tmp_path / 'a.db'}")
    private = open_sqlite("sqlite:///:memory:")
    for store in (file, private):
        store.setup([THING, NOTE])
    connection = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    connection.execute("BEGIN")
    with private.join(connection) as uow:
        uow.write([Write("note", "a", 0, b"x")])
    connection.execute("COMMIT")
    connection.close()

    assert (["a"], []) == (stored(file, "a"), stored(private, "a"))
    file.close()
    private.close()
