"""What the interface promises, on every backend."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from crmcore.errors import Conflict, CrmError, Invalid, Unavailable, UniqueViolation, UnknownName
from crmcore.storage.interface import Event, Guard, Index, Kind, NewEvent, Query, Record, Store, UnitOfWork, Write
from tests.storage.conftest import NOTE, THING, Open

EMPTY = dict.fromkeys(THING.columns)


def thing(id: str, expected: int = 0, body: bytes = b"x", **columns: object) -> Write:
    """A write of the kind with all sorts of columns."""
    return Write("thing", id, expected, body, columns)  # type: ignore[arg-type]


def gone(id: str, expected: int) -> Write:
    """A delete."""
    return Write("thing", id, expected, None)


def apply(store: Store, *writes: Write | Guard, space: str = "") -> None:
    """One batch in a unit of its own."""
    with store.begin(space) as uow:
        uow.write(writes)


def ids_of(store: Store, index: str, space: str = "", **bounds: Any) -> list[str]:
    """The ids a query gives."""
    with store.begin(space) as uow:
        return [record.id for record in uow.query(Query("thing", index, **bounds))]


def versions(store: Store, *ids: str) -> dict[str, int]:
    """The stored versions of those that are there."""
    with store.begin() as uow:
        return {record.id: record.version for record in uow.get("thing", ids)}


class TestRecords:
    """Records come back as written."""

    def test_comes_back_whole(self, store: Store) -> None:
        """A record has version 1 after its insert, with its body and every column in its own type."""
        apply(store, thing("a", body=b"\x00\xff'", name="n", owner="o", due=-(2**63), score=0.1, flag=True))

        with store.begin() as uow:
            [record] = uow.get("thing", ["a"])

        columns: dict[str, Any] = {"name": "n", "owner": "o", "due": -(2**63), "score": 0.1, "flag": True}
        assert Record("thing", "a", 1, b"\x00\xff'", columns) == record
        assert record.columns["flag"] is True

    @pytest.mark.parametrize("body", [b"", b"\x00", bytes(range(256)), b'{"a": 4.75e16}', "靖江".encode("gb18030")])
    def test_body_is_byte_exact(self, store: Store, body: bytes) -> None:
        """A body is opaque: whatever bytes it holds come back."""
        apply(store, thing("a", body=body))

        with store.begin() as uow:
            assert [body] == [record.body for record in uow.get("thing", ["a"])]

    def test_columns_left_out_are_empty(self, store: Store) -> None:
        """A column that a write does not name is None, on insert and on update."""
        apply(store, thing("a", name="n"))
        apply(store, thing("a", 1))

        with store.begin() as uow:
            assert [Record("thing", "a", 2, b"x", EMPTY)] == uow.get("thing", ["a"])

    def test_a_kind_without_columns(self, store: Store) -> None:
        """A kind needs neither columns nor indexes."""
        apply(store, Write("note", "a", 0, b"1"))
        apply(store, Write("note", "a", 1, b"2"))

        with store.begin() as uow:
            assert [Record("note", "a", 2, b"2", {})] == uow.get("note", ["a"])

    @pytest.mark.parametrize("count", [0, 1, 2, 5, 17, 65, 513, 1100])
    def test_get_is_ordered_by_id(self, store: Store, count: int) -> None:
        """However many ids are asked for, twice or in vain, each record comes once, in the order of ids."""
        ids = [f"{number:04}" for number in range(count)]
        apply(store, *(thing(id) for id in reversed(ids)))

        with store.begin() as uow:
            found = uow.get("thing", [*reversed(ids), "absent", *ids])

        assert ids == [record.id for record in found]

    def test_what_was_read_is_the_callers(self, store: Store) -> None:
        """Changing the columns that were given or read changes nothing stored."""
        columns: dict[str, object] = {"name": "n"}
        with store.begin() as uow:
            uow.write([Write("thing", "a", 0, b"x", columns)])  # type: ignore[arg-type]
            columns["name"] = "other"
            uow.get("thing", ["a"])[0].columns["name"] = "other"  # type: ignore[index]

            assert "n" == uow.get("thing", ["a"])[0].columns["name"]


class TestVersions:
    """A write names the version it expects."""

    @pytest.mark.parametrize(
        "write",
        [thing("a"), thing("a", 1), thing("a", 3), gone("a", 1), gone("a", 0), Guard("thing", "a", 1)],
        ids=["insert again", "older", "newer", "delete older", "delete as absent", "guard older"],
    )
    def test_stale(self, store: Store, write: Write | Guard) -> None:
        """Any other version than the stored one is a conflict that names the record."""
        apply(store, thing("a"))
        apply(store, thing("a", 1))

        with pytest.raises(Conflict) as caught:
            apply(store, write)

        assert (("thing", "a"),) == caught.value.keys
        assert {"a": 2} == versions(store, "a")

    @pytest.mark.parametrize("write", [thing("a", 1), gone("a", 1), gone("a", 0), Guard("thing", "a", 1)])
    def test_absent(self, store: Store, write: Write | Guard) -> None:
        """What is not there can be neither updated, deleted nor guarded."""
        with pytest.raises(Conflict):
            apply(store, write)

        assert {} == versions(store, "a")

    def test_guards_hold(self, store: Store) -> None:
        """A guard that finds its version, or the absence it expects, lets the batch pass and writes nothing."""
        apply(store, thing("a"))

        apply(store, Guard("thing", "a", 1), Guard("thing", "absent", 0), thing("b"))

        assert {"a": 1, "b": 1} == versions(store, "a", "b", "absent")

    @pytest.mark.parametrize("stale_guard", [True, False])
    def test_every_stale_key_is_named(self, store: Store, stale_guard: bool) -> None:
        """A conflict names all records at fault, in order, whichever way they are at fault."""
        apply(store, *(thing(id) for id in "abcdef"))
        batch = [thing("f"), thing("e"), thing("z"), thing("d", 1), thing("c", 7), gone("b", 2)]
        guards = [Guard("thing", "a", 2)] if stale_guard else [Guard("thing", "a", 1)]

        with pytest.raises(Conflict) as caught:
            apply(store, *batch, *guards)

        named = "abcef" if stale_guard else "bcef"
        assert [("thing", id) for id in named] == list(caught.value.keys)
        assert dict.fromkeys("abcdef", 1) == versions(store, *"abcdefz")

    def test_stale_inserts_are_named_with_nothing_before_them(self, store: Store) -> None:
        """Of a batch of inserts, all that are there already are named."""
        apply(store, thing("b"), thing("d"))

        with pytest.raises(Conflict) as caught:
            apply(store, *(thing(id) for id in "abcde"))

        assert (("thing", "b"), ("thing", "d")) == caught.value.keys


class TestUniqueIndexes:
    """A unique index holds a key once."""

    def test_violation(self, store: Store) -> None:
        """A second holder of a key is refused, by kind and index."""
        apply(store, thing("a", name="n"))

        with pytest.raises(UniqueViolation) as caught:
            apply(store, thing("b"), thing("c", name="n"))

        assert ("thing", "by_name") == (caught.value.kind, caught.value.index)
        assert {"a": 1} == versions(store, *"abc")

    def test_violation_by_update(self, store: Store) -> None:
        """An update may not take a key either, and the record keeps its own."""
        apply(store, thing("a", name="n"), thing("b", name="m"))

        with pytest.raises(UniqueViolation):
            apply(store, thing("b", 1, name="n"))

        assert ["b", "a"] == ids_of(store, "by_name")

    def test_staleness_explains_a_clash(self, store: Store) -> None:
        """Where a record is stale and a key is taken, it is a conflict: loading again may cure both."""
        apply(store, thing("a", name="n"), thing("b", name="m"))

        with pytest.raises(Conflict) as caught:
            apply(store, thing("b", 1, name="n"), thing("a", 9))

        assert (("thing", "a"),) == caught.value.keys

    def test_empty_columns_do_not_clash(self, store: Store) -> None:
        """Several records may leave a unique column empty, and then are not in the index."""
        apply(store, thing("a"), thing("b"), thing("c", owner="o"), thing("d", owner="o"), thing("e", name="n"))

        assert ["e"] == ids_of(store, "by_name")
        assert [] == ids_of(store, "by_owner_name")

    def test_a_key_moves_within_a_batch(self, store: Store) -> None:
        """Deletes come before updates, and updates before inserts, whatever the order of the batch."""
        apply(store, thing("a", name="1"), thing("b", name="2"))

        apply(store, thing("c", name="2"), thing("b", 1, name="1"), gone("a", 1))

        assert ["b", "c"] == ids_of(store, "by_name")

    def test_a_record_keeps_its_key(self, store: Store) -> None:
        """An update that leaves the key as it is does not clash with itself."""
        apply(store, thing("a", name="n"))
        apply(store, thing("a", 1, name="n", owner="o"))

        assert ["a"] == ids_of(store, "by_owner_name")

    def test_a_key_is_free_again(self, store: Store) -> None:
        """A deleted record leaves its id and its keys to others, from version 1 on."""
        apply(store, thing("a", name="n"))
        apply(store, gone("a", 1))
        apply(store, thing("a"), thing("b", name="n"))

        assert {"a": 1, "b": 1} == versions(store, "a", "b")


class TestUnits:
    """A unit of work is stored whole or not at all."""

    def test_own_writes_are_seen(self, store: Store) -> None:
        """A unit reads what it wrote before it commits."""
        with store.begin() as uow:
            uow.write([thing("a", name="n")])
            uow.append([NewEvent("a", "made", b"1")])
            uow.write([thing("a", 1, name="m")])

            assert [2] == [record.version for record in uow.get("thing", ["a"])]
            assert ["m"] == [record.columns["name"] for record in uow.query(Query("thing", "by_name"))]
            assert [Event(1, "a", "made", b"1")] == uow.read_events(0, 10)

    def test_rollback_leaves_nothing(self, store: Store) -> None:
        """An exception takes back records, index entries and events, and passes on as it is."""
        apply(store, thing("a", name="a"), thing("b", name="b"))

        with pytest.raises(ZeroDivisionError), store.begin() as uow:  # noqa: PT012
            uow.write([thing("a", 1, name="z"), gone("b", 1), thing("c", name="b")])
            uow.append([NewEvent("a", "lost", b""), NewEvent("b", "lost", b"")])
            raise ZeroDivisionError

        assert ["a", "b"] == ids_of(store, "by_name")
        assert {"a": 1, "b": 1} == versions(store, *"abc")
        with store.begin() as uow:
            assert [] == uow.read_events(0, 10)
            assert [] == uow.read_events(0, 10, "a")

    @pytest.mark.parametrize("bad", [thing("b", 5), thing("b", name="taken")], ids=["conflict", "unique"])
    def test_a_swallowed_failure_still_fails_the_unit(self, store: Store, bad: Write) -> None:
        """After a failed write the unit refuses everything, rolls back, and raises the same error at its end."""
        apply(store, thing("t", name="taken"))
        raised: list[CrmError] = []

        def swallow(uow: UnitOfWork) -> None:
            for action in (
                lambda: uow.write([thing("a"), bad]),
                lambda: uow.get("thing", ["t"]),
                lambda: uow.query(Query("thing", "by_name")),
                lambda: uow.write([]),
                lambda: uow.append([]),
                lambda: uow.read_events(0, 1),
            ):
                try:
                    action()
                except CrmError as error:
                    raised.append(error)

        with pytest.raises((Conflict, UniqueViolation)) as caught, store.begin() as uow:  # noqa: PT012
            uow.append([NewEvent("a", "lost", b"")])
            swallow(uow)

        assert [caught.value] * 6 == raised
        assert {"t": 1} == versions(store, "t", "a", "b")
        with store.begin() as uow:
            assert [] == uow.read_events(0, 10)

    def test_a_write_cut_short_fails_the_unit(self, store: Store) -> None:
        """A write that breaks off for a reason that is not the store's commits nothing."""
        batch = [thing("a"), object()]

        with pytest.raises(Unavailable, match="cut short"), store.begin() as uow:  # noqa: PT012
            uow.write([thing("b")])
            with pytest.raises(AttributeError):
                uow.write(batch)  # type: ignore[arg-type]

        assert {} == versions(store, "a", "b")

    def test_a_unit_has_an_end(self, store: Store) -> None:
        """Before its context begins and after it has ended, a unit refuses to work."""
        uow = store.begin()
        with pytest.raises(Unavailable, match="not begun"):
            uow.get("thing", ["a"])  # type: ignore[attr-defined]
        with uow as entered:
            entered.write([])
        with pytest.raises(Unavailable, match="has ended"):
            entered.read_events(0, 1)

        assert {} == versions(store, "a")

    def test_a_second_unit_in_the_thread_is_refused(self, store: Store) -> None:
        """A unit inside a unit of the same thread would wait for ever: it is refused, and the first goes on."""
        with store.begin() as uow:
            uow.write([thing("a")])
            with pytest.raises(Unavailable, match="already has a unit"), store.begin():
                pytest.fail("it began")
            with pytest.raises(Unavailable, match="already has a unit"):
                store.setup([THING])

        assert {"a": 1} == versions(store, "a")

    def test_units_of_threads_take_turns(self, store: Store) -> None:
        """Of threads that race from one version, exactly one wins each round."""
        apply(store, thing("a"))
        won: list[int] = []

        def race(me: int) -> None:
            for version in range(1, 11):
                while versions(store, "a")["a"] < version:
                    pass
                try:
                    apply(store, thing("a", version))
                except Conflict:
                    continue
                won.append(version)

        threads = [threading.Thread(target=race, args=(me,)) for me in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert list(range(1, 11)) == sorted(won)
        assert {"a": 11} == versions(store, "a")

    @pytest.mark.parametrize("use", ["get", "query", "index", "page", "insert", "guard"])
    def test_unknown_names(self, store: Store, use: str) -> None:
        """A kind or an index that was not set up is named, with those that were."""
        uses: dict[str, Callable[[UnitOfWork], object]] = {
            "get": lambda uow: uow.get("ghost", ["a"]),
            "query": lambda uow: uow.query(Query("ghost", "by_name")),
            "index": lambda uow: uow.query(Query("thing", "ghost")),
            "page": lambda uow: uow.query(Query("thing", "ghost", after=("a",))),
            "insert": lambda uow: uow.write([Write("ghost", "a", 0, b"")]),
            "guard": lambda uow: uow.write([Guard("ghost", "a", 0)]),
        }
        with pytest.raises(UnknownName) as caught, store.begin() as uow:
            uses[use](uow)

        assert "ghost" == caught.value.name

    def test_a_closed_store_is_refused(self, store: Store) -> None:
        """Closing twice is harmless; beginning afterwards is not possible."""
        store.close()
        store.close()

        with pytest.raises(Unavailable, match="closed"), store.begin():
            pytest.fail("it began")
        with pytest.raises(Unavailable, match="closed"):
            store.setup([NOTE])

    def test_closing_lets_a_unit_end(self, store: Store, open_store: Open) -> None:
        """A unit that is open while its store is closed still commits."""
        with store.begin() as uow:
            store.close()
            uow.write([thing("a")])

        again = open_store()
        again.setup([THING])
        assert {"a": 1} == versions(again, "a")


class TestValues:
    """What cannot be stored is refused by a clear error."""

    def test_nan(self, store: Store) -> None:
        """NaN has no place in any order."""
        with pytest.raises(Invalid, match="NaN"):
            apply(store, thing("a", score=float("nan")))

        assert {} == versions(store, "a")

    def test_infinity_is_a_number(self, store: Store) -> None:
        """Infinities sort at the ends."""
        apply(store, thing("a", score=float("inf")), thing("b", score=float("-inf")), thing("c", score=1.5))

        assert ["b", "c", "a"] == ids_of(store, "by_score")


class TestQueries:
    """A query gives records in the order of an index."""

    def test_code_point_order(self, store: Store) -> None:
        """Text compares by code point, unpadded: no folding of case, accents, widths or blanks."""
        texts = [
            "",
            " ",
            "A",
            "Z",
            "a",
            "a ",
            "a\t",
            "aa",
            "ss",
            "ß",
            "á",
            "a\u0301",
            "春",
            "春意",
            "靖江",
            "\uffff",
            "😀",
        ]
        apply(store, *(thing(f"{number:02}", name=text) for number, text in enumerate(texts)))

        with store.begin() as uow:
            found = [record.columns["name"] for record in uow.query(Query("thing", "by_name"))]

        assert sorted(texts) == found

    def test_ids_sort_by_code_point(self, store: Store) -> None:
        """Ids are text like any other."""
        ids = ["a", "A", "á", "a ", "ß", "春", "😀", "\uffff"]
        apply(store, *(thing(id, due=1) for id in ids))

        assert sorted(ids) == ids_of(store, "by_due")
        assert sorted(ids) == ids_of(store, "by_id")

    @pytest.mark.parametrize("desc", [False, True])
    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_pages_with_ties(self, store: Store, limit: int, desc: bool) -> None:
        """Pages after the last record seen give every record once, in both directions, ties included."""
        rows = [(f"{number}", number // 3) for number in range(10)]
        apply(store, *(thing(id, owner="o", due=due) for id, due in rows), thing("x", owner="p", due=0), thing("y"))
        seen: list[str] = []
        after: tuple[str | int, ...] | None = None
        while True:
            with store.begin() as uow:
                page = uow.query(Query("thing", "by_owner_due", ("o",), after=after, limit=limit, desc=desc))
            if not page:
                break
            seen += [record.id for record in page]
            after = ("o", page[-1].columns["due"], page[-1].id)  # type: ignore[assignment]

        assert sorted((id for id, _ in rows), reverse=desc) == seen

    @pytest.mark.parametrize(
        "bounds, expected",
        [
            ({}, "abcd"),
            ({"lo": 1}, "bcd"),
            ({"hi": 2}, "ab"),
            ({"lo": 1, "hi": 2}, "b"),
            ({"lo": 2, "hi": 1}, ""),
            ({"desc": True, "hi": 3}, "cba"),
            ({"desc": True, "lo": 2, "hi": 1}, ""),
            ({"limit": 0}, ""),
            ({"limit": -1}, ""),
            ({"eq": (2,)}, "c"),
            ({"eq": (2,), "after": (2, "a")}, "c"),
            ({"eq": (2,), "after": (2, "c")}, ""),
            ({"eq": (2,), "after": (1, "z")}, "c"),
            ({"eq": (2,), "after": (3, "a")}, ""),
            ({"eq": (2,), "after": (3, "a"), "desc": True}, "c"),
            ({"eq": (2,), "after": (1, "a"), "desc": True}, ""),
            ({"lo": 1, "after": (0, "a")}, "bcd"),
            ({"lo": 1, "after": (1, "b")}, "cd"),
            ({"lo": 1, "hi": 3, "after": (1, "b")}, "c"),
            ({"hi": 3, "after": (9, "a"), "desc": True}, "cba"),
            ({"hi": 3, "after": (2, "c"), "desc": True}, "ba"),
            ({"lo": 1, "after": (2, "c"), "desc": True}, "b"),
            ({"after": (1, "b"), "claim": True}, "cd"),
        ],
    )
    def test_bounds(self, store: Store, bounds: dict[str, Any], expected: str) -> None:
        """``lo`` is included, ``hi`` is not, and ``after`` may lie outside of both."""
        apply(store, *(thing(id, due=due) for due, id in enumerate("abcd")), thing("e"))

        assert list(expected) == ids_of(store, "by_due", **bounds)

    @pytest.mark.parametrize(
        "bounds",
        [
            {"eq": ("o", 1, 2)},
            {"eq": ("o", 1), "lo": 1},
            {"eq": ("o", 1), "hi": 1},
            {"after": ("o", 1)},
            {"after": ("o", 1, "a", "b")},
        ],
    )
    def test_bounds_that_do_not_fit(self, store: Store, bounds: dict[str, Any]) -> None:
        """Bounds that the columns of the index leave no room for are refused."""
        with pytest.raises(Invalid, match="query"):
            ids_of(store, "by_owner_due", **bounds)

    def test_booleans(self, store: Store) -> None:
        """A boolean column can be fixed, and comes back as a boolean."""
        apply(store, thing("a", flag=True, due=1), thing("b", flag=False, due=1), thing("c", due=1))

        assert ["a"] == ids_of(store, "by_flag", eq=(True,))
        assert ["b", "a"] == ids_of(store, "by_flag")
        with store.begin() as uow:
            assert [True, False, None] == [record.columns["flag"] for record in uow.get("thing", list("abc"))]

    def test_an_update_moves_a_record(self, store: Store) -> None:
        """A record stands in an index where its columns are now, or not at all."""
        apply(store, thing("a", due=1), thing("b", due=2), thing("c", due=3))
        apply(store, thing("a", 1, due=9), thing("b", 1))

        assert ["c", "a"] == ids_of(store, "by_due")


class TestSpaces:
    """A space is a tenant."""

    def test_spaces_are_isolated(self, store: Store) -> None:
        """The same ids, keys and streams in another space have nothing to do with each other."""
        apply(store, thing("a", name="n"), space="one")
        apply(store, thing("a", name="n", due=1), space="two")
        for space in ("one", "two", "one"):
            with store.begin(space) as uow:
                uow.append([NewEvent("s", space, b"")])

        assert ["a"] == ids_of(store, "by_due", space="two")
        assert [] == ids_of(store, "by_due", space="one")
        assert {} == versions(store, "a")
        with store.begin("one") as uow:
            assert [(1, "one"), (2, "one")] == [(event.position, event.type) for event in uow.read_events(0, 9)]


class TestEvents:
    """The log is one gapless order."""

    def test_positions_are_gapless(self, store: Store) -> None:
        """Positions count from 1, over several appends of a unit, and go on after a rollback."""
        with store.begin() as uow:
            uow.append([NewEvent("s", "1", b"a"), NewEvent("t", "2", b"")])
            uow.append([])
            uow.append([NewEvent("s", "3", b"\x00")])
        with pytest.raises(ZeroDivisionError), store.begin() as uow:  # noqa: PT012
            uow.append([NewEvent("s", "lost", b"")])
            raise ZeroDivisionError
        with store.begin() as uow:
            uow.append([NewEvent("s", "4", b"")])

            events = uow.read_events(0, 10)

        assert [(1, "1"), (2, "2"), (3, "3"), (4, "4")] == [(event.position, event.type) for event in events]

    @pytest.mark.parametrize(
        "after, limit, stream, expected",
        [
            (0, 3, None, [1, 2, 3]),
            (4, 9, None, [5, 6]),
            (6, 9, None, []),
            (0, 0, None, []),
            (0, -1, None, []),
            (0, 2, "s", [1, 3]),
            (1, 9, "s", [3, 5]),
            (5, 9, "s", []),
            (0, 9, "none", []),
        ],
    )
    def test_reading(self, store: Store, after: int, limit: int, stream: str | None, expected: list[int]) -> None:
        """Events come after a position, ascending, so many at most, and of one stream if named."""
        with store.begin() as uow:
            uow.append([NewEvent("st"[number % 2], "e", b"") for number in range(6)])

        with store.begin() as uow:
            assert expected == [event.position for event in uow.read_events(after, limit, stream)]


class TestSetup:
    """Setup adds to what exists."""

    def test_twice_is_harmless(self, store: Store) -> None:
        """A second setup with the same kinds, or with none, keeps everything usable."""
        apply(store, thing("a", name="n"))
        store.setup([THING, NOTE])
        store.setup([])

        assert ["a"] == ids_of(store, "by_name")

    def test_columns_and_indexes_are_added(self, store: Store) -> None:
        """Rows from before a column have it empty, and stand in new indexes over old columns."""
        apply(store, Write("note", "a", 0, b"1"), thing("a", owner="o", due=1, score=2.0))
        store.setup(
            [
                Kind("note", {"colour": str}, (Index("by_colour", ("colour",)),)),
                Kind("thing", THING.columns, (Index("by_score_due", ("score", "due"), unique=True),)),
            ]
        )
        apply(store, Write("note", "b", 0, b"2", {"colour": "red"}))

        with store.begin() as uow:
            assert [{"colour": None}, {"colour": "red"}] == [note.columns for note in uow.get("note", ["a", "b"])]
            assert ["b"] == [note.id for note in uow.query(Query("note", "by_colour"))]
        assert ["a"] == ids_of(store, "by_score_due")
        assert ["a"] == ids_of(store, "by_due")

    def test_a_changed_index_is_made_anew(self, store: Store) -> None:
        """An index of the same name over other columns takes the place of the old one."""
        apply(store, thing("a", due=2, score=1.0), thing("b", due=1, score=2.0))
        store.setup([Kind("thing", THING.columns, (Index("by_due", ("score",)),))])

        assert ["a", "b"] == ids_of(store, "by_due")

    def test_a_unique_index_that_does_not_fit(self, store: Store) -> None:
        """A new unique index over records that clash is refused, and nothing has changed."""
        apply(store, thing("a", due=1), thing("b", due=1))

        with pytest.raises(UniqueViolation) as caught:
            store.setup([Kind("thing", THING.columns, (Index("one_due", ("due",), unique=True),))])

        assert ("thing", "one_due") == (caught.value.kind, caught.value.index)
        assert ["a", "b"] == ids_of(store, "by_due")
        with pytest.raises(UnknownName):
            ids_of(store, "one_due")

    def test_a_column_keeps_its_type(self, store: Store) -> None:
        """A column cannot be declared with another type than before."""
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
    def test_ill_formed_kinds(self, store: Store, kind: Kind, path: str) -> None:
        """Names are plain identifiers, types are known, indexes name columns; else the fault is named."""
        with pytest.raises(Invalid, match=path):
            store.setup([kind])

    def test_names_that_sql_reserves(self, store: Store) -> None:
        """Words that mean something in SQL are names like any other."""
        kind = Kind("select", {"order": int, "group": str, "rowid": int}, (Index("where", ("order", "group")),))
        store.setup([kind])
        with store.begin() as uow:
            uow.write([Write("select", "a", 0, b"", {"order": 1, "group": "g", "rowid": 7})])
            found = uow.query(Query("select", "where", (1,), after=(1, "a", "")))

        assert [{"order": 1, "group": "g", "rowid": 7}] == [record.columns for record in found]

    def test_reopening_keeps_all(self, store: Store, open_store: Open) -> None:
        """Another handle on the same storage sees records and events, and goes on counting."""
        apply(store, thing("a", name="n"))
        with store.begin() as uow:
            uow.append([NewEvent("s", "1", b"")])
        store.close()

        again = open_store()
        again.setup([THING])
        with again.begin() as uow:
            uow.append([NewEvent("s", "2", b"")])
            assert [1, 2] == [event.position for event in uow.read_events(0, 9)]
        assert ["a"] == ids_of(again, "by_name")
