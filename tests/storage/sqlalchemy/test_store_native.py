"""One SQLite file, written and read by this store and by the native one in turn."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crmcore.errors import Conflict, UniqueViolation
from crmcore.storage.interface import Event, NewEvent, Query, Record, Store
from crmcore.storage.sqlalchemy import open_sqlalchemy
from crmcore.storage.sqlite import open_sqlite
from tests.storage.conftest import NOTE, THING
from tests.storage.sqlalchemy.stores import note, thing

COLUMNS: dict[str, Any] = {"name": "春意", "owner": "o", "due": -5, "score": 0.1, "flag": True}


@pytest.fixture(params=["native first", "native second"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Give two stores on one file; the first has laid it out."""
    path = tmp_path / "a.db"
    stores: list[Store] = [open_sqlite(f"sqlite:///{path}"), open_sqlalchemy(f"sqlite+pysqlite:///{path}")]
    if request.param == "native second":
        stores.reverse()
    for store in stores:
        store.setup([THING, NOTE])
    yield stores[0], stores[1]
    for store in stores:
        store.close()


def test_what_one_writes_the_other_reads(both: tuple[Store, Store]):
    """Records, index entries and events are the same to both, and positions go on."""
    first, second = both
    for number, (writer, reader) in enumerate([(first, second), (second, first), (first, second)]):
        id = f"{number}"
        with writer.begin() as uow:
            uow.write([thing(id, body=b"\x00\xff", **{**COLUMNS, "name": f"春{number}"}), note(id)])
            uow.append([NewEvent("s", id, b"\x00"), NewEvent("t", id, b"")])
        with reader.begin() as uow:
            [record] = uow.get("thing", [id])
            found = uow.query(Query("thing", "by_name", lo=f"春{number}"))
            events = uow.read_events(2 * number, 9)

        assert Record("thing", id, 1, b"\x00\xff", {**COLUMNS, "name": f"春{number}"}) == record
        assert [record] == found
        assert [Event(2 * number + 1, "s", id, b"\x00"), Event(2 * number + 2, "t", id, b"")] == events


def test_versions_and_keys_hold_for_both(both: tuple[Store, Store]):
    """What one has changed or taken, the other one meets."""
    first, second = both
    with first.begin() as uow:
        uow.write([thing("a", name="n")])
    with second.begin() as uow:
        uow.write([thing("a", 1, name="n")])
    with pytest.raises(Conflict), first.begin() as uow:
        uow.write([thing("a", 1)])
    for store in both:
        with pytest.raises(UniqueViolation), store.begin() as uow:
            uow.write([thing("b", name="n")])

    with second.begin() as uow:
        assert [2] == [record.version for record in uow.get("thing", ["a", "b"])]
