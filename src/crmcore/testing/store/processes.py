"""Tests of processes that work on the same data at once."""

from crmcore.storage.interface import Index, Kind, Write
from crmcore.testing.store.base import Fixtures, Location
from crmcore.testing.store.kinds import fresh
from crmcore.testing.store.rules import proves
from crmcore.testing.store.starting import workers
from crmcore.testing.store.tenant import Tenant
from crmcore.testing.store.worker import PART

PROCESSES = 3


class Processes(Fixtures):
    """Processes share the data as threads do."""

    @proves("processes", "setup", "version", 5, needs="processes")
    def test_processes_race_to_set_up_and_insert(self, tenant: Tenant, location: Location) -> None:
        """Processes set a new kind up at once and insert the same ids: each id is won once, and has one event."""
        kind, count, names = fresh(), 25, "abc"[:PROCESSES]
        calls = [("insert", tenant.space, kind, count, name) for name in names]
        with workers(self.factory, location, calls) as started:
            for worker in started:
                worker.go()
            won = {name: worker.rest() for name, worker in zip(names, started, strict=True)}
            codes = [worker.ended() for worker in started]
        tenant.store.setup([Kind(kind, {"by": str}, (Index("by_by", ("by",)),))])
        stored = {record.id: record.body.decode() for record in tenant.get(*map(str, range(count)), kind=kind)}
        events = {event.stream: event.body.decode() for event in tenant.events()}

        assert [0] * PROCESSES == codes, "a worker failed; its error stands in the captured stderr"
        assert {id: name for name, ids in won.items() for id in ids} == stored == events
        assert sorted(map(str, range(count))) == sorted(id for ids in won.values() for id in ids)
        assert sorted(stored) == sorted(tenant.ids("by_by", kind))
        assert list(range(1, count + 1)) == tenant.positions()

    @proves("processes", "version", 5, needs="processes")
    def test_increments_of_processes_add_up(self, tenant: Tenant, location: Location) -> None:
        """Processes that add one to the same record, each trying again until it passes, add up to the sum of all."""
        count = 20
        tenant.store.setup([PART])
        tenant.apply(Write(PART.name, "sum", 0, b"", {"batch": 0}))
        with workers(self.factory, location, [("increment", tenant.space, count)] * PROCESSES) as started:
            for worker in started:
                worker.go()
            said = [len(worker.rest()) for worker in started]
            codes = [worker.ended() for worker in started]
        total = PROCESSES * count

        assert [0] * PROCESSES == codes, "a worker failed; its error stands in the captured stderr"
        assert [count] * PROCESSES == said
        assert [(total + 1, total)] == [
            (record.version, record.columns["batch"]) for record in tenant.get("sum", kind=PART.name)
        ]
        assert [f"{value}" for value in range(total)] == [event.type for event in tenant.events()]
