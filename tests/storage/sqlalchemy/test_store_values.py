"""What may be stored, and what no database gets to see."""

import enum
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crmcore.errors import Invalid
from crmcore.storage.interface import MOST_SPACE, MOST_TEXT, NewEvent, Query
from crmcore.storage.sqlalchemy import SqlAlchemyStore
from crmcore.storage.sqlalchemy.values import STANDS_FOR_INFINITY
from tests.storage.sqlalchemy.databases import DIALECTS
from tests.storage.sqlalchemy.stores import SERVERS, apply, note, opened, thing, url_of, versions


class Colour(enum.StrEnum):
    """Text of a class of its own, which drivers may know how to write in another way."""

    RED = "red"


class Level(enum.IntEnum):
    """An integer of a class of its own."""

    HIGH = 3


@pytest.fixture(params=DIALECTS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlAlchemyStore]:
    """Give an open store on each database."""
    with opened(url_of(request.param, request, tmp_path)) as store:
        yield store


@pytest.mark.parametrize(
    "columns, code",
    [
        ({"name": 1}, "wrong-type"),
        ({"name": b"x"}, "wrong-type"),
        ({"due": "1"}, "wrong-type"),
        ({"due": 1.0}, "wrong-type"),
        ({"due": 2**63}, "out-of-range"),
        ({"due": -(2**63) - 1}, "out-of-range"),
        ({"score": "1"}, "wrong-type"),
        ({"score": float("nan")}, "out-of-range"),
        ({"score": 10**400}, "out-of-range"),
        ({"flag": 1}, "wrong-type"),
        ({"name": "\ud800"}, "bad-character"),
    ],
    ids=str,
)
@pytest.mark.parametrize("count", [1, 20])
def test_columns(store: SqlAlchemyStore, columns: dict[str, Any], code: str, count: int):
    """A value of another type, or one that no column can hold, is refused by its path, alone and among many."""
    batch = [thing(f"{number:02}", due=number) for number in range(count - 1)]
    with pytest.raises(Invalid) as caught:
        apply(store, *batch, thing("zz", **columns))
    [fault] = caught.value.faults

    assert (f"thing.{next(iter(columns))}", code) == (fault.path, fault.code)
    assert {} == versions(store, "thing", "00", "zz")


def test_subclasses(store: SqlAlchemyStore):
    """An enumeration is stored as the text or number that it is."""
    apply(store, *(thing(f"{n}", owner=Colour.RED, due=Level.HIGH, score=Level.HIGH) for n in range(10)))
    apply(store, thing(Colour.RED, owner=Colour.RED, due=True))
    with store.begin() as uow:
        uow.append([NewEvent(Colour.RED, Colour.RED, bytearray(b"x"))])  # type: ignore[arg-type]
        [five, red] = uow.get("thing", [Colour.RED, "5"])
        found = uow.query(Query("thing", "by_owner_due", (Colour.RED,), lo=Level.HIGH))

        assert ("red", 1, "red") == (red.id, red.columns["due"], red.columns["owner"])
        assert [str, int, float] == [type(five.columns[name]) for name in ("owner", "due", "score")]
        assert 10 == len(found)
        assert [("red", "red", b"x")] == [(event.stream, event.type, event.body) for event in uow.read_events(0, 9)]


@pytest.mark.parametrize("body", ["text", 5, None], ids=str)
def test_bodies(store: SqlAlchemyStore, body: Any):
    """A body is bytes, and nothing that could be taken for bytes."""
    with pytest.raises(Invalid, match=r"body"), store.begin() as uow:
        uow.append([NewEvent("s", "t", body)])
    if body is not None:
        with pytest.raises(Invalid, match=r"note\.body"):
            apply(store, note("a", body=body))
    apply(store, note("a", body=memoryview(b"x")))  # type: ignore[arg-type]

    assert {"a": 1} == versions(store, "note", "a")


def test_query_bounds(store: SqlAlchemyStore):
    """Bounds are of the columns' types, and never empty."""
    for bad in (
        Query("thing", "by_due", ("1",)),
        Query("thing", "by_due", lo="1"),
        Query("thing", "by_due", after=(1, 2)),
        Query("thing", "by_due", after=(None, "a")),  # type: ignore[arg-type]
        Query("thing", "by_owner_due", (None,)),  # type: ignore[arg-type]
    ):
        with pytest.raises(Invalid), store.begin() as uow:
            uow.query(bad)

    with store.begin() as uow:
        assert [] == uow.query(Query("thing", "by_score", lo=1, hi=2))


@pytest.mark.parametrize("dialect", SERVERS)
class TestServers:
    """What the servers cannot keep is refused before it gets there."""

    def test_nul(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
        """Text with NUL is refused wherever it stands."""
        with opened(url_of(dialect, request, tmp_path)) as store:
            for use in (
                lambda uow: uow.write([note("a\x00")]),
                lambda uow: uow.write([thing("a", name="\x00")]),
                lambda uow: uow.get("note", ["a\x00"]),
                lambda uow: uow.get("note", ["a\x00", "b"]),
                lambda uow: uow.append([NewEvent("s\x00", "t", b"")]),
                lambda uow: uow.append([NewEvent("s", "t\x00", b"")]),
                lambda uow: uow.read_events(0, 1, "\x00"),
            ):
                with pytest.raises(Invalid, match="NUL"), store.begin() as uow:
                    use(uow)
            with pytest.raises(Invalid, match="space"), store.begin("a\x00"):
                pytest.fail("begun")

    def test_long_text(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
        """As long as promised is stored whole, whatever the script; MariaDB takes no more."""
        wide = "😀" * MOST_TEXT
        with opened(url_of(dialect, request, tmp_path)) as store:
            space = "😀" * MOST_SPACE
            apply(store, thing(wide, owner=wide, due=1), space=space)
            with store.begin(space) as uow:
                uow.append([NewEvent(wide, "t", b"")])
                assert [wide] == [record.columns["owner"] for record in uow.get("thing", [wide])]
                assert [wide] == [event.stream for event in uow.read_events(0, 9, wide)]
            longer = [note(wide + "x"), thing("a", name=wide + "x")]
            for write in longer if dialect == "mariadb" else []:
                with pytest.raises(Invalid, match="too long"):
                    apply(store, write)
            with pytest.raises(Invalid, match="too long"):
                apply(store, thing("b", name="".join(map(chr, range(0x4E00, 0x4E00 + 9000)))))

            assert {} == versions(store, "thing", "a", "b")


def test_the_largest_float_on_mariadb(mariadb: Any):
    """It stands for infinity there, and so is refused itself; infinities come back as such, and in their order."""
    with opened(mariadb.database()) as store:
        for sign in (1, -1):
            with pytest.raises(Invalid, match="largest"):
                apply(store, thing("a", score=sign * STANDS_FOR_INFINITY))
        apply(store, thing("a", score=float("inf")), thing("b", score=-float("inf")), thing("c", score=1.7e308))
        with store.begin() as uow:
            found = uow.query(Query("thing", "by_score", lo=-float("inf"), hi=float("inf")))

        assert [-float("inf"), 1.7e308] == [record.columns["score"] for record in found]
