"""Holding records: who else wants them waits, and then sees what became of them."""

import threading
from collections.abc import Iterator

import pytest

from crmcore.storage.interface import HoldingUnit, Kind, Store, Write
from crmcore.storage.sqlalchemy import SqlAlchemyStore, open_sqlalchemy

NOTE = Kind("note", {})


@pytest.fixture(params=["postgres", "mariadb"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlAlchemyStore]:
    """Give a store on each server."""
    opened = open_sqlalchemy(request.getfixturevalue(request.param).database())
    opened.setup([NOTE])
    yield opened
    opened.close()


def put(store: Store, version: int, body: bytes) -> None:
    """Write the note."""
    with store.begin() as uow:
        uow.write([Write("note", "a", version, body)])


def test_others_wait_and_then_see(store: SqlAlchemyStore) -> None:
    """Of two who add to one record, the second begins with what the first has left."""
    put(store, 0, b"0")
    read, seen = threading.Event(), list[bytes]()

    def second() -> None:
        read.wait(30)
        with store.begin() as uow:
            assert isinstance(uow, HoldingUnit)
            [record] = uow.hold("note", ["a"])
            seen.append(record.body)
            uow.write([Write("note", "a", record.version, record.body + b"2")])

    thread = threading.Thread(target=second)
    thread.start()
    with store.begin() as uow:
        [record] = uow.hold("note", ["a"])
        read.set()
        # Long enough for the other to ask; were it not to wait, it would see the record as it was.
        thread.join(0.3)
        uow.write([Write("note", "a", record.version, record.body + b"1")])
    thread.join(30)

    assert [b"01"] == seen
    with store.begin() as uow:
        assert [b"012"] == [record.body for record in uow.get("note", ["a"])]


def test_what_is_not_there_cannot_be_held(store: SqlAlchemyStore) -> None:
    """Nothing comes back, and nothing fails; each comes once, by its id."""
    put(store, 0, b"0")
    with store.begin() as uow:
        assert ["a"] == [record.id for record in uow.hold("note", ["b", "a", "a"])]
        assert [] == uow.hold("note", [])


def test_who_only_reads_holds_nothing(store: SqlAlchemyStore) -> None:
    """It sees the record, and stops nobody."""
    put(store, 0, b"0")
    with store.read() as reading:
        assert [b"0"] == [record.body for record in reading.hold("note", ["a"])]

        thread = threading.Thread(target=put, args=(store, 1, b"1"))
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
