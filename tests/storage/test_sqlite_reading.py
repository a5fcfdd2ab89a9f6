"""Units that only read, on SQLite: one moment of the write-ahead log."""

import pytest

from crmcore.errors import Unavailable
from crmcore.storage.interface import NewEvent, Query, ReadingStore, Store, Write
from crmcore.storage.sqlite import SqliteStore, open_sqlite


@pytest.fixture
def reader(sqlite_store: Store) -> SqliteStore:
    """Give the store as what it is."""
    assert isinstance(sqlite_store, SqliteStore)
    assert isinstance(sqlite_store, ReadingStore)
    return sqlite_store


def test_it_sees_one_moment(reader: SqliteStore, database) -> None:
    """What others store meanwhile, it does not see; the next unit does."""
    other = open_sqlite(f"sqlite:///{database}?timeout=0")
    other.setup([])
    with reader.read() as uow:
        with other.begin() as writing:
            writing.append([NewEvent("s", "t", b"")])

        assert [] == uow.read_events(0, 10)
    with reader.read() as uow:
        assert [1] == [event.position for event in uow.read_events(0, 10)]
    other.close()


def test_the_moment_is_when_it_began(reader: SqliteStore, database) -> None:
    """Not when it first asked."""
    other = open_sqlite(f"sqlite:///{database}")
    other.setup([])
    with reader.read() as uow:
        with other.begin() as writing:
            writing.append([NewEvent("s", "t", b"")])

        assert [] == uow.read_events(0, 10)
    other.close()


def test_it_stops_no_writer(reader: SqliteStore, database) -> None:
    """A unit that writes begins and commits while it is open."""
    other = open_sqlite(f"sqlite:///{database}?timeout=0")
    with reader.read(), other.begin() as writing:
        writing.append([NewEvent("s", "t", b"")])
    with reader.begin() as uow:
        assert 1 == len(uow.read_events(0, 10))
    other.close()


def test_writing_is_refused(reader: SqliteStore) -> None:
    """And the unit can go on reading."""
    with reader.read() as uow:
        with pytest.raises(Unavailable, match="only reads"):
            uow.write([Write("thing", "a", 0, b"x")])
        with pytest.raises(Unavailable, match="only reads"):
            uow.append([NewEvent("s", "t", b"")])

        assert [] == uow.query(Query("thing", "by_due"))
