"""Units of work that meet on a server: guards, claims, positions, snapshots, and who has to wait for whom."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from crmcore.errors import Conflict, StorageError, TimedOut, Transient, Unavailable
from crmcore.storage.interface import Guard, NewEvent, Query, UnitOfWork
from crmcore.storage.sqlalchemy import SqlAlchemyStore, open_sqlalchemy
from tests.storage.conftest import NOTE, THING
from tests.storage.sqlalchemy.databases import DIALECTS
from tests.storage.sqlalchemy.stores import SERVERS, Aside, apply, note, opened, thing, url_of, versions


@pytest.fixture(params=[("postgresql", None), ("postgresql", "SERIALIZABLE"), ("mariadb", None)], ids=str)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a fresh database on each server, on PostgreSQL under two isolation levels."""
    dialect, isolation = request.param
    return url_of(dialect, request, tmp_path) + (f"&crm_isolation={isolation}" if isolation else "")


@pytest.fixture
def store(url: str) -> Iterator[SqlAlchemyStore]:
    """Give an open store."""
    with opened(url) as store:
        yield store


def append(uow: UnitOfWork, *types: str) -> None:
    """Append events to one stream."""
    uow.append([NewEvent("s", type, b"") for type in types])


class TestGuards:
    """A guard holds until the unit commits."""

    @pytest.mark.parametrize("ending", ["commit", "roll back"])
    def test_a_guarded_record_stays(self, store: SqlAlchemyStore, ending: str):
        """Who wants to change a record that another unit guards, waits for the end of that unit."""
        apply(store, note("a"), note("b"))
        with suppress(ZeroDivisionError), store.begin() as uow:
            uow.write([Guard("note", "a", 1), note("b", 1)])
            aside = Aside(lambda: apply(store, note("a", 1)))
            assert aside.waits()
            if ending == "roll back":
                raise ZeroDivisionError
        aside.end()

        assert {"a": 2, "b": 2 if ending == "commit" else 1} == versions(store, "note", "a", "b")

    def test_two_may_guard_one_record(self, store: SqlAlchemyStore):
        """Guards do not exclude each other."""
        apply(store, note("a"))
        with store.begin() as uow:
            uow.write([Guard("note", "a", 1), note("b")])
            Aside(lambda: apply(store, Guard("note", "a", 1), note("c"))).end()

        assert {"a": 1, "b": 1, "c": 1} == versions(store, "note", "a", "b", "c")

    def test_a_guarded_absence_stays(self, store: SqlAlchemyStore):
        """Who wants to insert what another unit guards as absent, waits for the end of that unit."""
        with store.begin() as uow:
            uow.write([Guard("note", "a", 0), note("b")])
            aside = Aside(lambda: apply(store, note("a", body=b"theirs")))
            assert aside.waits()
        aside.end()

        with store.begin() as uow:
            assert [b"theirs"] == [record.body for record in uow.get("note", ["a"])]

    def test_a_guard_of_absence_waits_for_an_insert(self, store: SqlAlchemyStore):
        """A guard of absence waits for a unit that is inserting the record, and then finds it there."""
        with store.begin() as uow:
            uow.write([note("a")])
            aside = Aside(lambda: apply(store, Guard("note", "a", 0), note("b")))
            assert aside.waits()
        with pytest.raises((Conflict, Transient)):
            aside.end()

        assert {"a": 1} == versions(store, "note", "a", "b")

    def test_an_own_insert_after_an_own_guard(self, store: SqlAlchemyStore):
        """A unit may insert what it has guarded as absent, and change what it has guarded as present."""
        apply(store, note("b"))
        with store.begin() as uow:
            uow.write([Guard("note", "a", 0), Guard("note", "b", 1)])
            uow.write([note("a"), note("b", 1)])

        assert {"a": 1, "b": 2} == versions(store, "note", "a", "b")

    def test_a_guard_leaves_nothing_behind(self, store: SqlAlchemyStore):
        """A guard of absence stores nothing."""
        apply(store, Guard("thing", "a", 0))

        assert {} == versions(store, "thing", "a")


class TestWrites:
    """Two units on one record."""

    @pytest.mark.parametrize("theirs", [note("a", 1), note("a", 1, None)], ids=["update", "delete"])
    @pytest.mark.parametrize("ours", [note("a", 1), note("a", 1, None), Guard("note", "a", 1)], ids=str)
    def test_the_second_one_is_told(self, store: SqlAlchemyStore, ours, theirs):
        """The second one waits for the first, and then finds another version."""
        apply(store, note("a"))
        with store.begin() as uow:
            uow.write([theirs])
            aside = Aside(lambda: apply(store, ours))
            assert aside.waits()
        with pytest.raises((Conflict, Transient)) as caught:
            aside.end()

        if isinstance(caught.value, Conflict):
            assert (("note", "a"),) == caught.value.keys

    def test_a_race_of_inserts(self, store: SqlAlchemyStore):
        """Of two inserts under one id, one waits, and is a conflict if the other commits."""
        with store.begin() as uow:
            uow.write([note("a")])
            aside = Aside(lambda: apply(store, note("a"), note("b")))
            assert aside.waits()
        with pytest.raises((Conflict, Transient)):
            aside.end()

        assert {"a": 1} == versions(store, "note", "a", "b")

    def test_a_race_for_a_key(self, store: SqlAlchemyStore):
        """Of two records with one unique key, one waits, and may have it if the other rolls back."""
        with pytest.raises(ZeroDivisionError), store.begin() as uow:  # noqa: PT012
            uow.write([thing("a", name="n")])
            aside = Aside(lambda: apply(store, thing("b", name="n")))
            assert aside.waits()
            raise ZeroDivisionError
        aside.end()

        assert {"b": 1} == versions(store, "thing", "a", "b")

    def test_a_deadlock(self, store: SqlAlchemyStore):
        """Where two units wait for each other, one of them is told to try again, and the other one passes."""
        apply(store, note("a"), note("b"))

        def other() -> None:
            with store.begin() as uow:
                uow.write([note("b", 1)])
                uow.write([note("a", 1)])

        ours: StorageError | None = None
        try:
            with store.begin() as uow:
                uow.write([note("a", 1)])
                aside = Aside(other)
                assert aside.waits()
                uow.write([note("b", 1)])
        except (Conflict, Transient) as error:
            ours = error
        theirs: StorageError | None = None
        try:
            aside.end()
        except (Conflict, Transient) as error:
            theirs = error

        assert (ours is None) != (theirs is None)
        assert isinstance(ours or theirs, Transient)
        assert {"a": 2, "b": 2} == versions(store, "note", "a", "b")


class TestPositions:
    """Who appends waits for whoever appended before, and for nobody else."""

    def test_appending_takes_turns(self, store: SqlAlchemyStore):
        """A unit that has taken positions keeps others from passing it, so nobody reads beyond a gap."""
        with store.begin() as uow:
            append(uow, "1", "2")
            assert ["1", "2"] == [event.type for event in uow.read_events(0, 9)]

            def other() -> None:
                with store.begin() as uow:
                    append(uow, "3")

            aside = Aside(other)
            assert aside.waits()
        try:
            aside.end()
        except Transient:
            other()

        with store.read() as uow:
            assert [(1, "1"), (2, "2"), (3, "3")] == [(event.position, event.type) for event in uow.read_events(0, 9)]

    def test_other_spaces_do_not_wait(self, store: SqlAlchemyStore):
        """Each space has an order of its own."""
        for space in ("one", "two"):
            with store.begin(space) as uow:
                append(uow, "0")
        with store.begin("one") as uow:
            append(uow, "1")
            uow.read_events(0, 9)

            def other() -> None:
                with store.begin("two") as uow:
                    append(uow, "1")

            Aside(other).end()

    def test_records_are_locked_before_positions(self, store: SqlAlchemyStore):
        """A unit that has appended first and writes then does not make others wait until it ends."""

        def other() -> None:
            with store.begin() as uow:
                append(uow, "2")

        try:
            with store.begin() as uow:
                append(uow, "1")
                uow.write([note("a")])
                Aside(other).end()
        except Transient:
            # Under SERIALIZABLE, who has begun first cannot come after the other one.
            with store.begin() as uow:
                append(uow, "1")

        with store.read() as uow:
            assert [(1, "2"), (2, "1")] == [(event.position, event.type) for event in uow.read_events(0, 9)]

    def test_many_writers(self, store: SqlAlchemyStore):
        """However many append at once, a reader beside them never sees a gap, nor anything before what it has seen."""
        done: list[int] = []

        def write(number: str) -> None:
            while True:
                try:
                    with store.begin() as uow:
                        append(uow, number, f"{number}+")
                except Transient:
                    time.sleep(0.002)
                else:
                    break

        def writer(name: int) -> None:
            try:
                for number in range(15):
                    write(f"{name}.{number}")
            finally:
                done.append(name)

        writers = [Aside(lambda name=name: writer(name)) for name in range(4)]  # type: ignore[misc]
        seen: list[int] = []

        def read() -> None:
            with store.read() as uow:
                seen.extend(event.position for event in uow.read_events(seen[-1] if seen else 0, 200))

        while len(done) < len(writers):
            read()
        for one in writers:
            one.end()
        read()

        assert list(range(1, 121)) == seen


class TestHolding:
    """A record that many change is held before it is changed."""

    def test_hold_is_a_capability_under_read_committed(self, url: str):
        """Who has waited sees what became of the record; at a higher level it would have to begin again."""
        store = open_sqlalchemy(url)

        assert ("SERIALIZABLE" not in url) == ("hold" in store.capabilities)
        store.close()

    def test_absent_ones_and_many(self, store: SqlAlchemyStore):
        """What is not there is left out, and several come in the order of their ids."""
        apply(store, note("b"), note("a"))
        with store.begin() as uow:
            found = uow.hold("note", ["b", "absent", "a", "b"])
            aside = Aside(lambda: apply(store, note("a", 1)))
            assert aside.waits()
        aside.end()

        assert ["a", "b"] == [record.id for record in found]

    def test_a_unit_that_reads_holds_nothing(self, store: SqlAlchemyStore):
        """In a unit that only reads, holding is getting."""
        apply(store, note("a"))
        with store.read() as uow:
            assert ["a"] == [record.id for record in uow.hold("note", ["a"])]
            Aside(lambda: apply(store, note("a", 1))).end()

        assert {"a": 2} == versions(store, "note", "a")


class TestClaims:
    """A claim skips what others hold."""

    def test_claims_do_not_meet(self, store: SqlAlchemyStore):
        """Two units that claim get different records, in order, and neither waits."""
        apply(store, *(thing(f"{number}", due=number) for number in range(10)))
        claim = Query("thing", "by_due", limit=4, claim=True)
        with store.begin() as uow:
            first = [record.id for record in uow.query(claim)]

            def other() -> list[str]:
                with store.begin() as uow:
                    return [record.id for record in uow.query(claim)]

            second = Aside(other).end()

        assert (list("0123"), list("4567")) == (first, second)

    def test_a_claim_is_given_back(self, store: SqlAlchemyStore):
        """When the unit has ended, others may claim the same."""
        apply(store, thing("a", due=1))
        for _ in range(2):
            with store.begin() as uow:
                assert ["a"] == [record.id for record in uow.query(Query("thing", "by_due", claim=True))]

    def test_what_is_not_claimed_is_seen(self, store: SqlAlchemyStore):
        """A query without a claim, and one of a unit that only reads, give everything and wait for nobody."""
        apply(store, thing("a", due=1))
        with store.begin() as uow:
            uow.query(Query("thing", "by_due", claim=True))

            def reads() -> list[str]:
                with store.read() as uow:
                    return [record.id for record in uow.query(Query("thing", "by_due", claim=True))]

            def asks() -> list[str]:
                with store.begin() as uow:
                    return [record.id for record in uow.query(Query("thing", "by_due"))]

            assert [["a"], ["a"]] == [Aside(reads).end(), Aside(asks).end()]

    def test_claim_is_a_capability(self, store: SqlAlchemyStore):
        """A store says that it can."""
        assert "claim" in store.capabilities


@pytest.mark.parametrize("dialect", DIALECTS)
class TestReading:
    """A unit that only reads."""

    def test_one_moment(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
        """It sees everything as it was when it began, whatever is stored meanwhile, and makes nobody wait."""
        with opened(url_of(dialect, request, tmp_path)) as store:
            apply(store, note("a"))
            with store.read() as uow:

                def other() -> None:
                    with store.begin() as uow:
                        uow.write([note("a", 1), note("b")])
                        append(uow, "1")

                Aside(other).end()
                assert [1] == [record.version for record in uow.get("note", ["a", "b"])]
                assert [] == uow.read_events(0, 9)

            assert {"a": 2, "b": 1} == versions(store, "note", "a", "b")

    def test_it_writes_nothing(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
        """It refuses writes and events, even none, and goes on reading."""
        with opened(url_of(dialect, request, tmp_path)) as store, store.read() as uow:
            for action in (lambda: uow.write([]), lambda: uow.append([]), lambda: uow.write([note("a")])):
                with pytest.raises(Unavailable, match="only reads"):
                    action()

            assert [] == uow.get("note", ["a"])

    def test_it_does_not_wait(self, dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
        """It begins and reads beside a unit that has written, and sees nothing of that."""
        with opened(url_of(dialect, request, tmp_path)) as store, store.begin() as uow:
            uow.write([note("a")])

            def other() -> list[str]:
                with store.read() as uow:
                    return [record.id for record in uow.get("note", ["a"])]

            assert [] == Aside(other).end()


def test_isolation_is_what_was_asked_for(url: str):
    """Units run READ COMMITTED unless the URL says otherwise, and see what others commit meanwhile."""
    with opened(url) as store:
        apply(store, note("a"))
        with store.begin() as uow:
            before = uow.get("note", ["a"])[0].version
            Aside(lambda: apply(store, note("a", 1))).end()
            after = uow.get("note", ["a"])[0].version

        assert (1, 1 if "SERIALIZABLE" in url else 2) == (before, after)


@pytest.mark.parametrize("dialect", SERVERS)
def test_waiting_ends(dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
    """Who waits longer than the server allows is told so, and has changed nothing."""
    url = url_of(dialect, request, tmp_path)
    if dialect == "postgresql":
        url += "&options=-c%20lock_timeout%3D200"
    else:
        url += "&init_command=SET%20innodb_lock_wait_timeout%3D1"
    with opened(url) as store:
        apply(store, note("a"))
        with store.begin() as uow:
            uow.write([note("a", 1)])
            with pytest.raises(TimedOut):
                Aside(lambda: apply(store, note("b"), note("a", 1))).end()

        assert {"a": 2} == versions(store, "note", "a", "b")


def test_many_programs_set_up_at_once(url: str):
    """Any number of stores may lay out the same database at once."""
    stores = [open_sqlalchemy(url) for _ in range(4)]
    for one in [Aside(lambda store=store: store.setup([THING, NOTE])) for store in stores]:  # type: ignore[misc]
        one.end()
    apply(stores[0], note("a"))

    assert {"a": 1} == versions(stores[1], "note", "a")
    for store in stores:
        store.close()
