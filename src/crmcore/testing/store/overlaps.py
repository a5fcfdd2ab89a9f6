"""Tests of two units that overlap: one runs to its end while the other is about to commit."""

from functools import partial

import pytest

from crmcore.storage.interface import Guard, HoldingUnit, NewEvent, Query, UnitOfWork, Write
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import THING, fresh, gone, thing
from crmcore.testing.store.racing import PATIENCE, Task, overlapped, settled, tried, unit
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

Batch = list[Write | Guard]


def guard(id: str, version: int) -> Guard:
    """A guard of a thing."""
    return Guard(THING.name, id, version)


#: Of each pair of batches, one may pass and not both; what is stored before is a and b, with names of their own.
EXCLUSIVE: dict[str, tuple[Batch, Batch]] = {
    "lost-update": ([thing("a", 1, body=b"1", name="a")], [thing("a", 1, body=b"2", name="a")]),
    "update-and-delete": ([thing("a", 1, body=b"1", name="a")], [gone("a", 1)]),
    "delete-and-update": ([gone("a", 1)], [thing("a", 1, body=b"2", name="a")]),
    "two-deletes": ([gone("a", 1)], [gone("a", 1)]),
    "insert-one-id": ([thing("c", body=b"1")], [thing("c", body=b"2")]),
    "insert-one-key": ([thing("c", name="new")], [thing("d", name="new")]),
    "update-to-one-key": ([thing("a", 1, name="new")], [thing("b", 1, name="new")]),
    "guards-of-versions": (
        [guard("a", 1), thing("b", 1, body=b"1", name="b")],
        [guard("b", 1), thing("a", 1, name="a")],
    ),
    "guards-of-absence": ([guard("c", 0), thing("d")], [guard("d", 0), thing("c")]),
    "guard-and-delete": ([guard("a", 1), thing("b", 1, name="b")], [guard("b", 1), gone("a", 1)]),
}


#: Seconds for a unit to overtake another one, a new connection included; a store may let it wait instead.
OVERTAKING = 10 * PATIENCE

#: Whatever somebody owns of which there may be only one.
ONLY = Query(THING.name, "by_owner_due", ("one",))


def take_the_only(uow: UnitOfWork) -> None:
    """Own something, unless there is something that is owned; a record that all of them write makes them take turns."""
    take = uow.hold if isinstance(uow, HoldingUnit) else uow.get
    turns = take(THING.name, ["turn"])
    if not uow.query(ONLY):
        uow.write([thing("turn", turns[0].version if turns else 0), thing(fresh(), owner="one", due=1)])


class Overlaps(Fixtures):
    """Units that overlap end as if one had come after the other."""

    @proves("threads", "version", "unique", 11, "errors", needs="threads")
    @pytest.mark.parametrize("case", EXCLUSIVE)
    @pytest.mark.parametrize("way", ["writing", "reading", "logging"])
    def test_one_of_two_passes(self, tenant: Tenant, case: str, way: str) -> None:
        """Of two units that exclude each other, exactly one passes, whether or not they read before or log after."""
        first, second = EXCLUSIVE[case]
        tenant.apply(thing("a", name="a"), thing("b", name="b"))

        def write(uow: UnitOfWork, batch: Batch, name: str) -> None:
            if way == "reading":
                uow.get(THING.name, list("abcd"))
                uow.query(Query(THING.name, "by_name"))
            uow.write(batch)
            # Not always: where both units append to one log, that alone may make one of them fail.
            if way == "logging":
                uow.append([NewEvent("s", name, b"")])

        endings = overlapped(tenant, lambda uow: write(uow, first, "first"), lambda uow: write(uow, second, "second"))
        winners = [name for name, ending in zip(("first", "second"), endings, strict=True) if ending == "done"]

        assert 1 == len(winners), f"the units ended with {endings}"
        events = [(event.position, event.type) for event in tenant.events()]
        assert ([(1, winners[0])] if way == "logging" else []) == events
        assert expected_after(first if winners == ["first"] else second) == stored(tenant)

    @proves("threads", "version", "errors", needs="threads")
    def test_who_lost_may_try_again(self, tenant: Tenant) -> None:
        """A unit that lost, run again from its beginning, sees what the other stored, and passes."""
        tenant.apply(thing("a", due=0))

        def increment(uow: UnitOfWork) -> None:
            [record] = uow.get(THING.name, ["a"])
            due = record.columns["due"]
            assert isinstance(due, int)
            uow.write([thing("a", record.version, due=due + 1)])

        for ending in overlapped(tenant, increment, increment):
            if ending != "done":
                unit(tenant, increment)()

        assert [(3, 2)] == [(record.version, record.columns["due"]) for record in tenant.get("a")]

    @proves(12, "version", "errors", needs="threads")
    @pytest.mark.parametrize("turn", ["absent", "there"])
    def test_what_is_held_and_queried_are_of_one_moment(self, tenant: Tenant, turn: str) -> None:
        """A unit that was overtaken after its first look, and counts behind a held record, counts the other's, too."""
        if turn == "there":
            tenant.apply(thing("turn"))
        other = Task(lambda: tried(unit(tenant, take_the_only)))

        def first(uow: UnitOfWork) -> None:
            uow.query(ONLY)
            other.start()
            other.is_over(OVERTAKING)
            take_the_only(uow)

        endings = [tried(unit(tenant, first)), other.result()]

        assert 1 == len(tenant.ids("by_owner_due", eq=("one",))), f"the units ended with {endings}"
        assert {"turn": 2 if turn == "there" else 1} == tenant.versions("turn")

    @proves("threads", "whole", needs="threads")
    def test_units_apart_both_pass(self, tenant: Tenant) -> None:
        """Two units that have nothing to do with each other both pass, if need be at another try."""
        tenant.apply(thing("a"), thing("b"))
        writes = {"a": thing("a", 1), "b": thing("b", 1)}
        endings = overlapped(tenant, lambda uow: uow.write([writes["a"]]), lambda uow: uow.write([writes["b"]]))
        for id, ending in zip("ab", endings, strict=True):
            if ending != "done":
                assert "done" == settled(partial(tenant.apply, writes[id]))

        assert {"a": 2, "b": 2} == tenant.versions("a", "b")

    @proves("threads", 5, needs="threads")
    @pytest.mark.parametrize("ending", ["commit", "rollback"])
    def test_a_position_comes_after_all_that_was_read(self, tenant: Tenant, ending: str) -> None:
        """Who reads the log when a later unit has overtaken an open one misses nothing of the open one afterwards."""
        tenant.log(NewEvent("s", "0", b""))
        other = Task(lambda: tried(lambda: tenant.log(NewEvent("s", "2", b""))))
        reader = Task(tenant.events)

        def slow(uow: UnitOfWork) -> None:
            uow.append([NewEvent("s", "1", b"")])
            other.start()
            if other.is_over(PATIENCE):
                reader.start()
                reader.is_over(PATIENCE)
            if ending == "rollback":
                raise ZeroDivisionError

        try:
            mine = tried(unit(tenant, slow))
        except ZeroDivisionError:
            mine = "rolled back"
        overtook = reader.result() if reader.ident is not None else []
        types = {"0", *(["1"] if mine == "done" else []), *(["2"] if other.result() == "done" else [])}
        events = tenant.events()

        assert overtook == events[: len(overtook)]
        assert list(range(1, len(types) + 1)) == [event.position for event in events]
        assert types == {event.type for event in events}

    @proves("threads", "whole", needs="threads")
    def test_nobody_sees_a_unit_half_done(self, tenant: Tenant) -> None:
        """What an open unit wrote is not seen by others, who may wait for it, and never if it is rolled back."""
        tenant.apply(thing("a"))
        looks: list[Task[object]] = []

        def write(uow: UnitOfWork) -> None:
            uow.write([thing("a", 1), thing("b", name="n")])
            uow.append([NewEvent("s", "1", b"")])
            looks.extend(
                [Task(lambda: tenant.versions("a", "b")), Task(lambda: tenant.ids("by_name")), Task(tenant.events)]
            )
            for look in looks:
                look.start()
                look.is_over(PATIENCE / 2)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            unit(tenant, write)()

        assert [{"a": 1}, [], []] == [look.result() for look in looks]


def stored(tenant: Tenant) -> dict[str, tuple[int, bytes]]:
    """Versions and bodies of all things."""
    return {record.id: (record.version, record.body) for record in tenant.get(*"abcd")}


def expected_after(batch: Batch) -> dict[str, tuple[int, bytes]]:
    """What is stored after a batch has passed."""
    things = {"a": (1, b"x"), "b": (1, b"x")}
    for write in batch:
        if isinstance(write, Write):
            things.pop(write.id, None)
            if write.body is not None:
                things[write.id] = (write.expected + 1, write.body)
    return things
