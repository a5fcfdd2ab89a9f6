"""Tests of processes that are killed while they commit."""

import json
import time
from collections import Counter

from crmcore.storage.interface import NewEvent
from crmcore.testing.store.base import Fixtures, Location, Open
from crmcore.testing.store.kinds import KINDS, thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.starting import Worker, workers
from crmcore.testing.store.tenant import Tenant
from crmcore.testing.store.worker import PART, PARTS

ROUNDS = 8


class Crashes(Fixtures):
    """A killed process loses nothing it was told is stored, and leaves nothing half done."""

    @proves("durable", "whole", 5, needs="durable")
    def test_killed_while_committing(self, tenant: Tenant, location: Location, open_store: Open) -> None:
        """In each round nothing acknowledged is lost, no batch is torn, events match records; the store goes on."""
        tenant.store.close()
        acknowledged: set[int] = set()
        for round_ in range(ROUNDS):
            first = max(acknowledged, default=-1) + 2
            with workers(self.factory, location, [("commit", tenant.space, first)]) as [worker]:
                acknowledged |= set(killed(worker, 3 + 2 * round_, (round_ + 0.5) / ROUNDS))
            store = open_store()
            store.setup([*KINDS, PART])
            self._check(Tenant(store, tenant.space), acknowledged, round_ + 1)
            store.close()
        again = Tenant(open_store(), tenant.space)
        again.store.setup([*KINDS, PART])
        last = len(again.events())
        again.apply(thing("a"))
        again.log(NewEvent("s", "goes on", b""))

        assert [(last + 1, "goes on")] == [(event.position, event.type) for event in again.events(last)]

    def _check(self, tenant: Tenant, acknowledged: set[int], rounds: int) -> None:
        with tenant.look() as uow:
            events = uow.read_events(0, 10**6)
            ids = [id for event in events for id in json.loads(event.body)]
            records = uow.get(PART.name, ids)
        batches = [int(event.stream) for event in events]
        found = tenant.ids("by_batch", PART.name, limit=10**6)

        assert [] == sorted(acknowledged - {*batches}), "acknowledged batches are lost"
        assert len({*batches} - acknowledged) <= rounds, "there is more than was in flight when the workers were killed"
        assert sorted(ids) == [record.id for record in records], "records that an event names are missing"
        assert sorted(ids) == sorted(found), "there are records that no event names"
        assert {PARTS} >= {*Counter(record.columns["batch"] for record in records).values()}, "a batch is torn"
        assert list(range(1, len(events) + 1)) == [event.position for event in events]


def killed(worker: Worker, after: int, share: float) -> list[int]:
    """The batches a worker acknowledges until it is killed: after so many, and a share of the time that one takes.

    The shares differ from round to round, so that the worker dies now early in a batch, now in its commit.
    """
    worker.go()
    lines = worker.lines(1)
    begun = time.monotonic()
    lines += worker.lines(after)
    time.sleep(share * (time.monotonic() - begun) / after)
    worker.kill()
    lines += worker.rest()

    assert len(lines) > after, "a worker ended by itself; its error stands in the captured stderr"
    return [int(line) for line in lines]
