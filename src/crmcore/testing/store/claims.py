"""Tests of claims: units that look for work at once do not get in each other's way."""

import threading
from collections import Counter
from contextlib import suppress
from functools import partial

from crmcore.storage.interface import NewEvent, Query, Record, UnitOfWork
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import THING, thing
from crmcore.testing.store.racing import STUCK, Task, insisting, together, unit
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

WORKERS = 4


def claimed(uow: UnitOfWork, limit: int, hi: int | None = None) -> list[Record]:
    """Things that are due, claimed."""
    return uow.query(Query(THING.name, "by_due", hi=hi, limit=limit, claim=True))


def ids(records: list[Record]) -> list[str]:
    """Their ids."""
    return [record.id for record in records]


class Claims(Fixtures):
    """A claim skips what another unit holds."""

    @proves("claim", needs="claim")
    def test_no_record_is_claimed_twice(self, tenant: Tenant) -> None:
        """While a unit holds what it claimed, another one's claim does not wait, and gives what comes behind."""
        tenant.apply(*(thing(f"{number}", due=number) for number in range(6)))
        held, gone_on = threading.Event(), threading.Event()
        got: dict[str, list[str]] = {}

        def hold(uow: UnitOfWork) -> None:
            got["holder"] = ids(claimed(uow, 3))
            held.set()
            assert gone_on.wait(STUCK), "the other unit's claim waits for this one"

        holder = Task(unit(tenant, hold))
        holder.start()
        assert held.wait(STUCK)
        try:
            with tenant.begin() as uow:
                got["other"] = ids(claimed(uow, 6))
        finally:
            gone_on.set()
        holder.result()

        assert list("012") == got["holder"]
        assert [] == sorted({*got["holder"]} & {*got["other"]}), "records were claimed by two units at once"
        assert {*"345"} >= {*got["other"]}

    @proves("claim", 6, needs="claim")
    def test_what_was_claimed_is_free_again(self, tenant: Tenant) -> None:
        """When the units that claimed have ended, well or not, everything can be claimed again, in order."""
        tenant.apply(*(thing(f"{number}", due=number) for number in range(6)))
        for ending in ("commit", "rollback", "commit"):
            found: list[str] = []
            with suppress(ZeroDivisionError), tenant.begin() as uow:
                found += ids(claimed(uow, 6))
                if ending == "rollback":
                    raise ZeroDivisionError

            assert list("012345") == found

    @proves("claim", 8, needs="claim")
    def test_a_unit_keeps_what_it_claimed(self, tenant: Tenant) -> None:
        """A unit that claims again gets its own claims again, as it has changed them."""
        tenant.apply(*(thing(f"{number}", due=number) for number in range(4)))
        with tenant.begin() as uow:
            first = claimed(uow, 2)
            uow.write([thing("0", 1, due=9)])
            again = claimed(uow, 4)

        assert list("01") == ids(first)
        assert list("1230") == ids(again)

    @proves("claim", 6, needs="claim")
    def test_workers_share_the_work(self, tenant: Tenant) -> None:
        """Workers that claim, change and commit until nothing is left do every piece once, and none is lost."""
        pieces = 60
        tenant.apply(*(thing(f"{number:02}", due=number) for number in range(pieces)))

        def step(uow: UnitOfWork, me: int) -> int:
            found = claimed(uow, 4, hi=pieces)
            uow.write([thing(one.id, one.version, due=pieces + 1) for one in found])
            uow.append([NewEvent(one.id, f"{me}", b"") for one in found])
            return len(found)

        def work(me: int) -> None:
            counts = [1]
            while counts[-1] and len(counts) <= pieces:
                insisting(unit(tenant, lambda uow: counts.append(step(uow, me))))

        together([partial(work, me) for me in range(WORKERS)])
        work(WORKERS)

        assert [] == tenant.ids("by_due", hi=pieces)
        assert {2} == {record.version for record in tenant.query("by_due")}
        assert {1} == {*Counter(event.stream for event in tenant.events()).values()}
        assert list(range(1, pieces + 1)) == tenant.positions()
