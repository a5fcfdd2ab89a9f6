"""Tests of holding: who else wants to hold or change what a unit holds waits, and then sees what became of it."""

from functools import partial

import pytest

from crmcore.errors import UnknownName
from crmcore.storage.interface import HoldingUnit, Record, UnitOfWork
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import THING, thing
from crmcore.testing.store.racing import PATIENCE, Task, together, tried, unit
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

THREADS = 4
ROUNDS = 5


def held(uow: UnitOfWork, *ids: str, kind: str = THING.name) -> list[Record]:
    """Things that are held from now on."""
    assert isinstance(uow, HoldingUnit)
    return uow.hold(kind, ids)


def increment(uow: UnitOfWork) -> None:
    """Hold the record "a" and add one to it."""
    [record] = held(uow, "a")
    due = record.columns["due"]
    assert isinstance(due, int)
    uow.write([thing("a", record.version, due=due + 1)])


class Holding(Fixtures):
    """A record that many change is changed by one after the other."""

    @proves("hold", 8, needs="hold")
    def test_holding_reads(self, tenant: Tenant) -> None:
        """What is held comes back as from ``get``: by id, each once, absent ones left out, with own writes."""
        tenant.apply(thing("b", due=1), thing("a", due=2))
        with tenant.begin() as uow:
            uow.write([thing("a", 1, due=3), thing("c", due=4)])
            records = held(uow, "c", "b", "absent", "a", "b")
            assert [] == held(uow)

        assert [("a", 2, 3), ("b", 1, 1), ("c", 1, 4)] == [(one.id, one.version, one.columns["due"]) for one in records]
        with pytest.raises(UnknownName), tenant.begin() as uow:
            held(uow, "a", kind="ghost")

    @proves("hold", needs="hold")
    @pytest.mark.parametrize("ending", ["commit", "rollback"])
    def test_others_wait_and_then_see(self, tenant: Tenant, ending: str) -> None:
        """Who wants to hold what is held waits until that unit has ended, and begins with what it left."""
        tenant.apply(thing("a", due=0))
        other = Task(lambda: tried(unit(tenant, increment)))

        def first(uow: UnitOfWork) -> None:
            held(uow, "a")
            other.start()
            assert not other.is_over(PATIENCE), "a second unit did not wait for the first, which holds the record"
            increment(uow)
            if ending == "rollback":
                raise ZeroDivisionError

        try:
            unit(tenant, first)()
        except ZeroDivisionError:
            assert ending == "rollback"

        assert "done" == other.result()
        expected = (3, 2) if ending == "commit" else (2, 1)
        assert [expected] == [(record.version, record.columns["due"]) for record in tenant.get("a")]

    @proves("hold", "version", needs="hold")
    @pytest.mark.parametrize("changes", [False, True], ids=["left-alone", "changed"])
    def test_who_changes_waits_too(self, tenant: Tenant, changes: bool) -> None:  # noqa: FBT001
        """An update of what is held waits; it passes if the record was left alone, and is a conflict if not."""
        tenant.apply(thing("a", due=0))
        other = Task(lambda: tried(partial(tenant.apply, thing("a", 1, due=7))))

        def first(uow: UnitOfWork) -> None:
            held(uow, "a")
            other.start()
            assert not other.is_over(PATIENCE), "an update did not wait for the unit that holds the record"
            if changes:
                increment(uow)

        unit(tenant, first)()

        assert ("conflict" if changes else "done") == other.result()
        assert [(2, 1 if changes else 7)] == [(record.version, record.columns["due"]) for record in tenant.get("a")]

    @proves("hold", needs="hold")
    def test_nobody_begins_again(self, tenant: Tenant) -> None:
        """Threads that hold a record before they change it all pass at their first try."""
        tenant.apply(thing("a", due=0))

        def work() -> list[str]:
            return [tried(unit(tenant, increment)) for _ in range(ROUNDS)]

        endings = [ending for endings in together([work] * THREADS) for ending in endings]

        assert ["done"] * (THREADS * ROUNDS) == endings
        assert [THREADS * ROUNDS] == [record.columns["due"] for record in tenant.get("a")]
