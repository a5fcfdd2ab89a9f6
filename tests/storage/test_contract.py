"""What memory and SQLite promise beyond the interface; what every backend promises is proved by the conformance kit."""

import pytest

from crmcore.errors import CrmError, Invalid, Unavailable
from crmcore.storage.interface import Index, Kind, NewEvent, Query, Store, UnitOfWork, Write
from tests.storage.conftest import NOTE, THING, Open


def note(id: str, expected: int = 0) -> Write:
    """A write of the kind without columns."""
    return Write("note", id, expected, b"x")


def stored(store: Store, *ids: str) -> list[str]:
    """Those of the ids that are stored."""
    with store.begin() as uow:
        return [record.id for record in uow.get("note", ids)]


def test_a_failed_unit_tells_why(store: Store) -> None:
    """After a failed write the unit refuses everything with the error of that write, and raises it at its end."""
    raised: list[CrmError] = []

    def swallow(uow: UnitOfWork) -> None:
        for action in (
            lambda: uow.write([note("a"), note("b", 5)]),
            lambda: uow.get("note", ["t"]),
            lambda: uow.query(Query("thing", "by_name")),
            lambda: uow.write([]),
            lambda: uow.append([]),
            lambda: uow.read_events(0, 1),
        ):
            try:
                action()
            except CrmError as error:
                raised.append(error)

    with pytest.raises(CrmError) as caught, store.begin() as uow:
        swallow(uow)

    assert [caught.value] * 6 == raised


def test_a_write_cut_short_fails_the_unit(store: Store) -> None:
    """A write that breaks off for a reason that is not the store's commits nothing."""
    batch = [note("a"), object()]

    with pytest.raises(Unavailable, match="cut short"), store.begin() as uow:  # noqa: PT012
        uow.write([note("b")])
        with pytest.raises(AttributeError):
            uow.write(batch)  # type: ignore[arg-type]

    assert [] == stored(store, "a", "b")


def test_a_unit_says_where_it_stands(store: Store) -> None:
    """Before its context begins and after it has ended, a unit refuses to work, and says which of the two it is."""
    uow = store.begin()
    with pytest.raises(Unavailable, match="not begun"):
        uow.get("note", ["a"])  # type: ignore[attr-defined]
    with uow as entered:
        entered.write([])

    with pytest.raises(Unavailable, match="has ended"):
        entered.read_events(0, 1)


def test_a_second_unit_in_the_thread_is_refused(store: Store) -> None:
    """A unit inside a unit of the same thread would wait for ever: it is refused, and the first goes on."""
    with store.begin() as uow:
        uow.write([note("a")])
        with pytest.raises(Unavailable, match="already has a unit"), store.begin():
            pytest.fail("it began")
        with pytest.raises(Unavailable, match="already has a unit"):
            store.setup([THING])

    assert ["a"] == stored(store, "a")


def test_a_closed_store_says_so(store: Store) -> None:
    """Whoever uses a closed store is told that it is closed."""
    store.close()

    with pytest.raises(Unavailable, match="closed"), store.begin():
        pytest.fail("it began")
    with pytest.raises(Unavailable, match="closed"):
        store.setup([NOTE])


def test_closing_lets_a_unit_end(store: Store, open_store: Open) -> None:
    """A unit that is open while its store is closed still commits."""
    with store.begin() as uow:
        store.close()
        uow.write([note("a")])
        uow.append([NewEvent("s", "1", b"")])

    again = open_store()
    again.setup([THING, NOTE])
    assert ["a"] == stored(again, "a")


def test_a_column_of_another_type_is_named(store: Store) -> None:
    """A column that is declared with another type than before is named."""
    with pytest.raises(Invalid, match=r"thing\.due"):
        store.setup([Kind("thing", {"due": str})])


@pytest.mark.parametrize(
    "kind, path",
    [
        (Kind("Thing", {}), "Thing"),
        (Kind("t; DROP", {}), "DROP"),
        (Kind("_events", {}), "_events"),
        (Kind("t", {"näme": str}), "näme"),
        (Kind("t", {"version": int}), "version"),
        (Kind("t", {"a": bytes}), "str, int, float or bool"),  # type: ignore[dict-item]
        (Kind("t", {"a": str}, (Index("1", ("a",)),)), "1"),
        (Kind("t", {"a": str}, (Index("i", ("b",)),)), "columns among a"),
        (Kind("t", {"a": str}, (Index("i", ("a", "a")),)), "each column once"),
        (Kind("t", {"a": str}, (Index("i", ("a",)), Index("i", ()))), "one index"),
    ],
)
def test_ill_formed_kinds(store: Store, kind: Kind, path: str) -> None:
    """Names are plain identifiers, types are known, indexes name columns; else the fault is named."""
    with pytest.raises(Invalid, match=path):
        store.setup([kind])
