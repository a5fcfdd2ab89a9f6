"""Tests of threads that all do the same at once, round after round."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from crmcore.errors import Transient
from crmcore.storage.interface import Event, NewEvent, UnitOfWork, Write
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import NOTE, THING, thing
from crmcore.testing.store.racing import Task, insisting, settled, together, unit
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

THREADS = 6
ROUNDS = 6


class Races(Fixtures):
    """Of all that happens at once, nothing is lost and nothing happens twice."""

    @proves("threads", "version", needs="threads")
    def test_threads_race_for_one_version(self, tenant: Tenant) -> None:
        """Of threads that write the version they all loaded, exactly one wins, round after round."""
        tenant.apply(thing("a"))
        for round_ in range(1, ROUNDS + 1):
            endings = together(racing(tenant, (thing("a", round_, body=b"%d" % me) for me in range(THREADS))))
            [winner] = [me for me, ending in enumerate(endings) if ending == "done"]

            assert Counter(done=1, conflict=THREADS - 1) == Counter(endings)
            assert [(round_ + 1, b"%d" % winner)] == [(record.version, record.body) for record in tenant.get("a")]

    @proves("threads", "version", needs="threads")
    def test_threads_race_to_insert_one_id(self, tenant: Tenant) -> None:
        """Of threads that insert the same id, exactly one wins, and the others learn that it is there."""
        for round_ in range(ROUNDS):
            writes = (Write(NOTE.name, f"{round_}", 0, b"%d" % me) for me in range(THREADS))
            endings = together(racing(tenant, writes))
            [winner] = [me for me, ending in enumerate(endings) if ending == "done"]

            assert Counter(done=1, conflict=THREADS - 1) == Counter(endings)
            assert [b"%d" % winner] == [record.body for record in tenant.get(f"{round_}", kind=NOTE.name)]

    @proves("threads", "unique", needs="threads")
    def test_threads_race_for_one_key(self, tenant: Tenant) -> None:
        """Of threads that insert records with the same unique key, exactly one wins."""
        for round_ in range(ROUNDS):
            writes = (thing(f"{round_}-{me}", name=f"{round_}") for me in range(THREADS))
            endings = together(racing(tenant, writes))
            [winner] = [me for me, ending in enumerate(endings) if ending == "done"]

            assert Counter({"done": 1, "unique-violation": THREADS - 1}) == Counter(endings)
            assert [f"{round_}-{winner}"] == tenant.ids("by_name", eq=(f"{round_}",))

    @proves("threads", "version", needs="threads")
    def test_increments_add_up(self, tenant: Tenant) -> None:
        """Threads that add one to the same record, each trying again until it passes, add up to the sum of all."""
        tenant.apply(thing("a", due=0))

        def increment(uow: UnitOfWork) -> None:
            [record] = uow.get(THING.name, ["a"])
            due = record.columns["due"]
            assert isinstance(due, int)
            uow.write([thing("a", record.version, due=due + 1)])
            uow.append([NewEvent("a", f"{due}", b"")])

        def work() -> None:
            for _ in range(ROUNDS):
                insisting(unit(tenant, increment))

        together([work] * THREADS)
        total = THREADS * ROUNDS

        assert [(total + 1, total)] == [(record.version, record.columns["due"]) for record in tenant.get("a")]
        assert [f"{due}" for due in range(total)] == [event.type for event in tenant.events()]

    @proves("threads", 5, needs="threads")
    def test_a_reader_behind_the_log_misses_nothing(self, tenant: Tenant) -> None:
        """While threads append, and roll back now and then, who follows the log sees every position once, in order."""
        done = threading.Event()
        tail = Task(lambda: followed(tenant, done))
        tail.start()

        def append(me: int) -> None:
            for number in range(12):
                events = [NewEvent(f"{me}", f"{number}", b"1"), NewEvent(f"{me}", f"{number}", b"2")]
                if number % 4 == 3:
                    rolled_back(tenant, events)
                insisting(partial(tenant.log, *events))

        try:
            together([partial(append, me) for me in range(4)])
        finally:
            done.set()
        seen = tail.result()

        assert list(range(1, 4 * 12 * 2 + 1)) == [event.position for event in seen]
        assert tenant.events() == seen
        for me in range(4):
            mine = [(event.type, event.body) for event in seen if event.stream == f"{me}"]
            assert [(f"{number}", body) for number in range(12) for body in (b"1", b"2")] == mine


def racing(tenant: Tenant, writes: Iterable[Write]) -> list[Callable[[], str]]:
    """Calls of which each makes one of the writes and says how that ended."""
    return [partial(settled, partial(tenant.apply, write)) for write in writes]


def followed(tenant: Tenant, done: threading.Event) -> list[Event]:
    """All events, read in small pages while they come in, until there are no more."""
    seen: list[Event] = []
    while True:
        was_done = done.is_set()
        page = tenant.events(seen[-1].position if seen else 0, 7)
        seen += page
        if was_done and not page:
            return seen


def rolled_back(tenant: Tenant, events: list[NewEvent]) -> None:
    """A unit that appends and is rolled back."""
    with suppress(ZeroDivisionError, Transient), tenant.begin() as uow:
        uow.append(events)
        raise ZeroDivisionError
