"""Tests of units that only read: they see one moment, and are in nobody's way."""

import threading

import pytest

from crmcore.errors import CrmError
from crmcore.storage.interface import NewEvent, Query, ReadingStore, UnitOfWork
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import THING, thing
from crmcore.testing.store.racing import STUCK, Task, insisting, together, unit
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant
from crmcore.testing.store.units import USES

ACCOUNTS = ("a", "b", "c", "d")
TRANSFERS = 15


class Reading(Fixtures):
    """A reading unit is a picture of one moment."""

    @proves("read", needs="read")
    def test_what_it_reads(self, tenant: Tenant) -> None:
        """A reading unit reads records, queries and events like any other, in its own space."""
        tenant.apply(thing("a", name="n", due=1), thing("b"))
        tenant.log(NewEvent("s", "1", b"x"))
        Tenant(tenant.store, tenant.space + "x").apply(thing("c", due=2))
        with reading(tenant).read(tenant.space) as uow:
            assert [("a", "n"), ("b", None)] == [
                (one.id, one.columns["name"]) for one in uow.get(THING.name, list("abc"))
            ]
            assert ["a"] == [record.id for record in uow.query(Query(THING.name, "by_due"))]
            assert [(1, "s", b"x")] == [(event.position, event.stream, event.body) for event in uow.read_events(0, 9)]

    @proves("read", needs="read")
    def test_it_sees_one_moment(self, tenant: Tenant) -> None:
        """What is committed after its first look, it does not see: by id, by query, in the log; and nobody waits."""
        tenant.apply(thing("a", due=1), thing("b", due=2))
        tenant.log(NewEvent("s", "1", b""))

        def change() -> None:
            with tenant.begin() as uow:
                uow.write([thing("a", 1, due=5), thing("b", 1), thing("c", due=3)])
                uow.append([NewEvent("s", "2", b"")])

        with reading(tenant).read(tenant.space) as uow:
            before = uow.get(THING.name, ["a"])
            change_ = Task(change)
            change_.start()
            change_.result()
            after = uow.get(THING.name, list("abc"))
            found = uow.query(Query(THING.name, "by_due"))
            events, of_stream = uow.read_events(0, 9), uow.read_events(0, 9, "s")

        assert [1] == [record.version for record in before]
        assert [("a", 1, 1), ("b", 1, 2)] == [(one.id, one.version, one.columns["due"]) for one in after]
        assert ["a", "b"] == [record.id for record in found]
        assert [1] == [event.position for event in events]
        assert [1] == [event.position for event in of_stream]
        assert ["c", "a"] == tenant.ids("by_due")
        assert [1, 2] == tenant.positions()

    @proves("read", "whole", needs="read")
    def test_it_waits_for_no_writer(self, tenant: Tenant) -> None:
        """While a unit with changes is open, a reading unit begins and ends, and sees nothing of them."""
        tenant.apply(thing("a", due=1))
        written, gone_on = threading.Event(), threading.Event()

        def write(uow: UnitOfWork) -> None:
            uow.write([thing("a", 1, due=2), thing("b", due=3)])
            uow.append([NewEvent("s", "1", b"")])
            written.set()
            assert gone_on.wait(STUCK), "a reading unit waits for a writer"

        writer = Task(unit(tenant, write))
        writer.start()
        assert written.wait(STUCK)
        try:
            with reading(tenant).read(tenant.space) as uow:
                records, found = uow.get(THING.name, ["a", "b"]), uow.query(Query(THING.name, "by_due"))
                events = uow.read_events(0, 9)
        finally:
            gone_on.set()
        writer.result()

        assert [("a", 1)] == [(record.id, record.version) for record in records]
        assert [1] == [record.columns["due"] for record in found]
        assert [] == events
        assert {"a": 2, "b": 1} == tenant.versions("a", "b")

    @proves("read", needs="read")
    @pytest.mark.parametrize("use", ["write", "append"])
    def test_it_cannot_write(self, tenant: Tenant, use: str) -> None:
        """Its writes and appends are refused, and store nothing."""
        with pytest.raises(CrmError), reading(tenant).read(tenant.space) as uow:
            USES[use](uow)

        assert {} == tenant.versions("later")
        assert [] == tenant.events()

    @proves("read", needs="read")
    def test_it_has_an_end(self, tenant: Tenant) -> None:
        """After its context has ended, a reading unit refuses to work."""
        with reading(tenant).read(tenant.space) as uow:
            assert [] == uow.get(THING.name, ["a"])
        for use in USES.values():
            with pytest.raises(CrmError):
                use(uow)

    @proves("read", needs="read")
    def test_sums_stay_the_same(self, tenant: Tenant) -> None:
        """While threads move amounts between records and log it, no reading unit sees one half of that."""
        tenant.apply(*(thing(id, due=100) for id in ACCOUNTS))
        done = threading.Event()

        def transfer(me: int) -> None:
            for number in range(TRANSFERS):
                giver, taker = ACCOUNTS[(me + number) % 4], ACCOUNTS[(me + 2 * number + 1) % 4]
                if giver != taker:
                    insisting(unit(tenant, lambda uow: move(uow, giver, taker)))  # noqa: B023 — it is called at once

        reader = Task(lambda: pictures(tenant, done))
        reader.start()
        try:
            together([lambda: transfer(0), lambda: transfer(1)])
        finally:
            done.set()

        assert {400} == {total for total, _, _ in reader.result()}
        assert [] == [picture for picture in reader.result() if picture[1] != len(ACCOUNTS) + 2 * picture[2]]


def reading(tenant: Tenant) -> ReadingStore:
    """The store, as one that has reading units."""
    assert isinstance(tenant.store, ReadingStore)
    return tenant.store


def move(uow: UnitOfWork, giver: str, taker: str) -> None:
    """Take one from a record and give it to another, and log it."""
    dues: dict[str, int] = {}
    versions: dict[str, int] = {}
    for record in uow.get(THING.name, [giver, taker]):
        due = record.columns["due"]
        assert isinstance(due, int)
        dues[record.id], versions[record.id] = due, record.version
    changed = {giver: dues[giver] - 1, taker: dues[taker] + 1}
    uow.write([thing(id, versions[id], due=due) for id, due in changed.items()])
    uow.append([NewEvent("s", "moved", b"")])


def pictures(tenant: Tenant, done: threading.Event) -> list[tuple[int, int, int]]:
    """What reading units see, one after the other: the sums of all amounts and of all versions, and how many events."""
    seen: list[tuple[int, int, int]] = []
    while not done.is_set() or not seen:
        with reading(tenant).read(tenant.space) as uow:
            [first] = uow.get(THING.name, [ACCOUNTS[0]])
            rest = uow.query(Query(THING.name, "by_id", after=(ACCOUNTS[0],)))
            events = uow.read_events(0, 10**6)
        records = [first, *rest]
        total = sum(due for record in records if isinstance(due := record.columns["due"], int))
        seen.append((total, sum(record.version for record in records), len(events)))
    return seen
