"""Every event is handed on, in order and at least once, whoever dies meanwhile."""

import asyncio
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from crmcore import CRM, Invalid, Outcome, Request
from crmcore.app.relay import SIGNS, Place, Relay
from crmcore.customers import Abandon
from crmcore.errors import Unavailable
from crmcore.storage.catalogue import Reader
from crmcore.storage.eventlog import Positioned
from crmcore.storage.repository import Loaded
from tests.app import relaying
from tests.conftest import ROOT
from tests.customers.scene import LI, MANAGER, MONDAY, register
from tests.customers.scene import record as recorded

#: Seconds until everything must have been delivered.
TIME_LIMIT = 60
PATIENCE = 30.0
#: A holder of the lease by name.
SLOW = "slow"


@pytest.fixture(params=["memory", "sqlite", "postgres", "mariadb"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CRM]:
    """Give a CRM on every kind of storage, whose clock stands still."""
    with CRM.open(named(request, tmp_path), clock=lambda: MONDAY) as crm:
        yield crm


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name a storage that processes can share."""
    return named(request, tmp_path)


def named(request: pytest.FixtureRequest, folder: Path) -> str:
    """The URL of a fresh storage."""
    if request.param == "memory":
        return "memory://"
    if request.param == "sqlite":
        return f"sqlite:///{folder / 'relay.db'}"
    url: str = request.getfixturevalue(request.param).database()
    return url


def filled(crm: CRM, customers: int, first: int = 0) -> int:
    """Register customers in the pool, one event each; the position of the last event."""
    for number in range(first, first + customers):
        crm.handle(register(name=f"上海{number}号贸易有限公司", id=f"C{number}", into="pool"), actor=MANAGER)
    return first + customers


class Log:
    """Somebody who remembers what was delivered, and does something else before it where told to."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.before: dict[int, Callable[[], object]] = {}

    def __call__(self, event: Positioned) -> None:
        """Take a delivery."""
        self.before.pop(event.position, lambda: None)()
        self.positions.append(event.position)


class Clock:
    """Seconds that pass only where told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def fail() -> None:
    """Fail as a consumer may."""
    raise ZeroDivisionError


async def awaited(_event: Positioned) -> None:
    """Take a delivery once somebody awaits it."""


async def iterated_over(_event: Positioned) -> AsyncIterator[None]:
    """Take a delivery once somebody iterates over it."""
    yield


def generated(_event: Positioned) -> Iterator[None]:
    """Take a delivery once somebody iterates over it."""
    yield


class Awaited:
    """Somebody who is to be awaited."""

    async def __call__(self, _event: Positioned) -> None:
        """Take a delivery once somebody awaits it."""

    async def method(self, _event: Positioned) -> None:
        """Take a delivery once somebody awaits it."""


#: Functions whose call delivers nothing.
BEGIN_ONLY = [
    pytest.param(awaited, id="coroutine function"),
    pytest.param(partial(awaited), id="partial of one"),
    pytest.param(Awaited().method, id="method"),
    pytest.param(Awaited(), id="object"),
    pytest.param(iterated_over, id="asynchronous generator function"),
    pytest.param(generated, id="generator function"),
]


class TestAlone:
    """One relay."""

    @pytest.mark.parametrize("size", [1, 3, 7, 100])
    def test_everything_is_delivered_once_and_in_order(self, crm, size):
        """However many are read at once, and never again what was delivered."""
        filled(crm, 7)
        log = Log()
        relay = Relay(crm, "log", log, size=size)

        assert (7, 7, 0) == (relay.run_once(), relay.position, relay.run_once())
        assert list(range(1, 8)) == log.positions

    def test_what_is_delivered_is_the_event(self):
        """As ``events`` gives it."""
        crm, delivered = CRM.open(clock=lambda: MONDAY), list[Positioned]()
        crm.handle(register(), actor=LI)
        Relay(crm, "log", delivered.append).run_once()

        assert list(crm.events()) == delivered
        assert ["registered", "protected"] == [event.envelope.type for event in delivered]

    def test_another_relay_object_goes_on(self, crm):
        """The place is in the storage, under the name; another name has another place."""
        filled(crm, 2)
        first, second, other = Log(), Log(), Log()
        Relay(crm, "log", first).run_once()
        filled(crm, 2, first=2)
        Relay(crm, "log", second).run_once()
        Relay(crm, "other", other).run_once()

        assert ([1, 2], [3, 4], [1, 2, 3, 4]) == (first.positions, second.positions, other.positions)

    def test_an_error_keeps_the_place(self, crm):
        """It comes out, what was delivered before is not delivered again, and the event that failed is."""
        filled(crm, 5)
        log = Log()
        log.before[3] = fail
        relay = Relay(crm, "log", log)
        with pytest.raises(ZeroDivisionError):
            relay.run_once()

        assert 2 == relay.position
        assert 3 == relay.run_once()
        assert [1, 2, 3, 4, 5] == log.positions

    def test_an_error_leaves_the_lease(self, crm):
        """Another relay of the name need not wait."""
        filled(crm, 2)
        failing, log = Log(), Log()
        failing.before[1] = fail
        with pytest.raises(ZeroDivisionError):
            Relay(crm, "log", failing).run_once()

        assert 2 == Relay(crm, "log", log).run_once()

    def test_deliver_may_give_commands(self, crm):
        """What they bring about is delivered in its turn."""
        crm.handle(register(), actor=LI)
        log = Log()
        log.before[2] = lambda: crm.handle(recorded(), actor=LI)
        log.before[3] = lambda: crm.handle(Abandon("C1", "they have no budget"), actor=LI)

        relay = Relay(crm, "log", log, size=2)

        assert [3, 1, 0] == [relay.run_once() for _ in range(3)]
        assert [1, 2, 3, 4] == log.positions
        assert "pool" == crm.customer("C1").stage.name

    def test_spaces_are_apart(self, crm):
        """Each has its own events and its own places."""
        north, south = crm.in_space("north"), crm.in_space("south")
        filled(north, 2)
        filled(south, 3)
        logs = Log(), Log()

        assert (2, 3) == (Relay(north, "log", logs[0]).run_once(), Relay(south, "log", logs[1]).run_once())
        assert ([1, 2], [1, 2, 3]) == (logs[0].positions, logs[1].positions)
        assert 0 == Relay(crm, "log", Log()).run_once()

    def test_idle_relays_write_nothing(self, crm):
        """Looking for events costs no write."""
        filled(crm, 1)
        relay = Relay(crm, "log", Log())
        relay.run_once()
        with crm.store.begin() as uow:
            before = uow.get("reader", ["log"])
        relay.run_once()
        with crm.store.begin() as uow:
            assert before == uow.get("reader", ["log"])

    def test_stop_ends_between_two_events(self, crm):
        """What was delivered is saved, and the lease is free."""
        filled(crm, 9)
        stop, log = threading.Event(), Log()
        log.before[4] = stop.set
        Relay(crm, "log", log).run(stop, pause=60)

        assert [1, 2, 3, 4] == log.positions
        assert 0 == Relay(crm, "log", log).run_once(stop)
        assert 5 == Relay(crm, "log", log).run_once()

    def test_running_goes_on_with_what_comes(self, crm):
        """Until it is stopped."""
        stop, log = threading.Event(), Log()
        thread = threading.Thread(target=Relay(crm, "log", log).run, args=(stop, 0.005))
        thread.start()
        for first in (0, 3, 6):
            last = filled(crm, 3, first)
            wait_until(partial(delivered, log, last))
        stop.set()
        thread.join(TIME_LIMIT)

        assert not thread.is_alive()
        assert list(range(1, 10)) == log.positions

    def test_what_is_asked_for_is_checked(self):
        """A name, a size and a patience that make sense, and a CRM that stores at once."""
        crm = CRM.open()
        with pytest.raises(Invalid) as name_and_size:
            Relay(crm, "", Log(), size=0, patience=0.0)
        with pytest.raises(Invalid) as joined:
            Relay(crm.joined(object()), "x" * 191, Log())

        assert ["name", "size", "patience"] == [fault.path for fault in name_and_size.value.faults]
        assert ["name", "crm"] == [fault.path for fault in joined.value.faults]

    @pytest.mark.parametrize("deliver", BEGIN_ONLY)
    def test_what_only_begins_is_refused(self, deliver):
        """A function of whose body nothing runs when it is called would lose every event."""
        with pytest.raises(Invalid) as error:
            Relay(CRM.open(), "log", deliver)

        assert ["deliver"] == [fault.path for fault in error.value.faults]

    @pytest.mark.parametrize("event_is", ["a-coroutine", "a-future"])
    def test_what_is_still_to_be_awaited_is_not_delivered(self, crm, event_is):
        """Where only the call shows it, the event is the first of the next run, and no coroutine is left unawaited."""
        filled(crm, 3)
        log = Log()

        def deliver(event: Positioned) -> object:
            if event.position == 2:
                return awaited(event) if event_is == "a-coroutine" else asyncio.Future(loop=loop)
            log(event)
            return None

        loop = asyncio.new_event_loop()
        relay = Relay(crm, "log", deliver)
        with closing(loop), pytest.raises(Invalid, match="deliver"):
            relay.run_once()

        assert (1, [1]) == (relay.position, log.positions)
        assert 2 == Relay(crm, "log", log).run_once()
        assert [1, 2, 3] == log.positions


class TestSeveral:
    """Relays of one name, with clocks that are set by hand."""

    def test_one_at_a_time(self, crm):
        """While one delivers, another gets nothing; after it, nothing is left."""
        filled(crm, 3)
        log, other = Log(), Log()
        second = Relay(crm, "log", other)
        got = list[int]()
        log.before[2] = lambda: got.append(second.run_once())

        assert 3 == Relay(crm, "log", log).run_once()
        assert ([0], 0) == (got, second.run_once())
        assert [] == other.positions

    def test_who_died_is_replaced_after_patience(self, crm):
        """Not a moment earlier, and by the other's own clock; it goes on from what was saved."""
        filled(crm, 5)
        clock, dead, log = Clock(), Log(), Log()
        heir = Relay(crm, "log", log, patience=PATIENCE, clock=clock)
        with standing_still(Relay(crm, "log", dead, size=2), dead, before=4):
            assert 0 == heir.run_once()
            clock.pass_(PATIENCE - 0.001)
            assert 0 == heir.run_once()
            clock.pass_(0.001)
            assert 3 == heir.run_once()
            assert ([1, 2, 3], [3, 4, 5]) == (dead.positions, log.positions)

    def test_signs_of_life_keep_the_lease(self, crm):
        """A slow consumer is not replaced while each of its deliveries is quick enough."""
        filled(crm, 20)
        clock, slow, other = Clock(), Log(), Log()
        waiting = Relay(crm, "log", other, patience=PATIENCE, clock=clock)

        def take_long() -> None:
            for _ in range(4):
                clock.pass_(PATIENCE / 6)
                assert 0 == waiting.run_once()

        slow.before = dict.fromkeys(range(1, 21), take_long)

        assert 20 == Relay(crm, "log", slow, patience=PATIENCE, clock=clock).run_once()
        assert [] == other.positions

    def test_signs_of_life_save_the_position(self, crm):
        """So that less is repeated after a crash."""
        filled(crm, 5)
        clock, dead = Clock(), Log()
        dead.before[3] = lambda: clock.pass_(PATIENCE / 2)
        relay = Relay(crm, "log", dead, patience=PATIENCE, clock=clock)
        with standing_still(relay, dead, before=5):
            assert 3 == relay.position

    def test_who_was_deposed_stops(self, crm):
        """One that stood still for too long delivers nothing after another has taken over."""
        filled(crm, 6)
        own, others = Clock(), Clock()
        still, log = Log(), Log()
        heir = Relay(crm, "log", log, patience=PATIENCE, clock=others)

        def stand_still() -> None:
            assert 0 == heir.run_once()
            for clock in (own, others):
                clock.pass_(PATIENCE)
            assert 6 == heir.run_once()

        still.before[2] = stand_still
        relay = Relay(crm, "log", still, patience=PATIENCE, clock=own)

        assert 2 == relay.run_once()
        assert [1, 2] == still.positions
        assert [1, 2, 3, 4, 5, 6] == log.positions
        assert 6 == relay.position

    def test_who_was_deposed_at_the_end_of_a_page_stops(self, crm):
        """The position of who took over is not overwritten."""
        filled(crm, 4)
        others, still, log = Clock(), Log(), Log()
        heir = Relay(crm, "log", log, patience=PATIENCE, clock=others)

        def stand_still() -> None:
            assert 0 == heir.run_once()
            others.pass_(PATIENCE)
            assert 4 == heir.run_once()

        still.before[2] = stand_still
        relay = Relay(crm, "log", still, size=2, patience=PATIENCE, clock=Clock())

        assert 2 == relay.run_once()
        assert [1, 2] == still.positions
        assert 4 == relay.position

    def test_an_error_of_who_was_deposed_comes_out(self, crm):
        """And the position of who took over stays."""
        filled(crm, 3)
        others, failing, log = Clock(), Log(), Log()
        heir = Relay(crm, "log", log, patience=PATIENCE, clock=others)

        def fail_late() -> None:
            assert 0 == heir.run_once()
            others.pass_(PATIENCE)
            assert 3 == heir.run_once()
            fail()

        failing.before[1] = fail_late
        relay = Relay(crm, "log", failing, clock=Clock())
        with pytest.raises(ZeroDivisionError):
            relay.run_once()

        assert 3 == relay.position

    @pytest.mark.parametrize("late", [[0.5], [0.0, 0.4], [0.0, 0.4, 0.9]], ids=["first", "second", "third"])
    def test_a_late_answer_is_no_sign_of_life(self, crm, monkeypatch, late):
        """What took long to store is stored again before a delivery begins, so no other relay comes amid it."""
        filled(crm, 4)
        clock, slow, other = Clock(), Log(), Log()
        waiting = Relay(crm, "log", other, patience=PATIENCE, clock=clock)
        answer_late(monkeypatch, clock, late, meanwhile=waiting.run_once)

        def take_long() -> None:
            clock.pass_(PATIENCE * 0.6)
            assert 0 == waiting.run_once()

        slow.before = dict.fromkeys(range(1, 5), take_long)
        relay = Relay(crm, "log", slow, patience=PATIENCE, clock=clock, new_id=lambda: SLOW)

        assert 4 == relay.run_once()
        assert ([1, 2, 3, 4], []) == (slow.positions, other.positions)

    def test_answers_that_are_always_late(self, crm, monkeypatch):
        """Nothing is delivered on a lease that may be another's, and it is given up; later it may be quicker."""
        filled(crm, 2)
        clock, log = Clock(), Log()
        relay = Relay(crm, "log", log, patience=PATIENCE, clock=clock, new_id=lambda: SLOW)
        late = [0.34] * (SIGNS + 1)
        answer_late(monkeypatch, clock, late, meanwhile=lambda: None)

        assert (0, []) == (relay.run_once(), log.positions)
        assert [] == late
        assert 2 == Relay(crm, "log", log, patience=PATIENCE, clock=clock).run_once()

    def test_two_that_come_at_once(self, crm, monkeypatch):
        """Both have seen the lease free; one gets it, the other nothing."""
        filled(crm, 2)
        log, other = Log(), Log()
        first, second = Relay(crm, "log", log), Relay(crm, "log", other)
        taken = list[int]()

        def meanwhile() -> str:
            if not taken:
                taken.append(first.run_once())
            return "late"

        monkeypatch.setattr(second, "_new_id", meanwhile)

        assert 0 == second.run_once()
        assert ([2], [1, 2], []) == (taken, log.positions, other.positions)

    def test_threads(self, crm):
        """Relays in threads, each with its own object or sharing one: all of it, in order, and nothing twice."""
        last, log, stop = filled(crm, 40), Log(), threading.Event()
        shared = Relay(crm, "log", log, size=3)
        relays = [shared, shared, Relay(crm, "log", log, size=7)]
        threads = [threading.Thread(target=relay.run, args=(stop, 0.001)) for relay in relays]
        for thread in threads:
            thread.start()
        wait_until(partial(delivered, log, last))
        stop.set()
        for thread in threads:
            thread.join(TIME_LIMIT)

        assert list(range(1, last + 1)) == log.positions


class TestFailingStorage:
    """What goes wrong in the storage while events are delivered."""

    def test_the_consumers_error_matters_more(self, monkeypatch):
        """That the position could not be saved is noted on it."""
        crm = CRM.open(clock=lambda: MONDAY)
        filled(crm, 2)
        log = Log()

        def fail_twice() -> None:
            crm.store.close()
            fail()

        log.before[2] = fail_twice
        with pytest.raises(ZeroDivisionError) as error:
            Relay(crm, "log", log).run_once()

        assert ["the position of what was delivered could not be saved: unavailable"] == error.value.__notes__

    def test_a_storage_that_is_gone_is_told(self):
        """As the storage's own error."""
        crm = CRM.open(clock=lambda: MONDAY)
        filled(crm, 2)
        log = Log()
        log.before[2] = crm.store.close
        with pytest.raises(Unavailable):
            Relay(crm, "log", log).run_once()

        assert [1, 2] == log.positions


class TestProcesses:
    """Relays in processes on one storage."""

    def test_killed_again_and_again(self, shared_url, tmp_path):
        """Two processes, the one that delivers killed twice in its work: everything arrives, and in order."""
        log = tmp_path / "log"
        log.touch()
        workers = [started(shared_url, log) for _ in range(2)]
        with CRM.open(shared_url, clock=lambda: MONDAY) as crm:
            requests = (
                Request(register(name=f"上海{number}号贸易有限公司", id=f"C{number}", into="pool"), MANAGER)
                for number in range(400)
            )
            assert all(isinstance(answer, Outcome) for answer in crm.answer_all(requests, size=40))
        try:
            for enough in (30, 200):
                wait_until(partial(one_at_work, workers, log, enough))
                kill(one_at_work(workers, log, enough))
                workers.append(started(shared_url, log))
            wait_until(partial(has_reached, log, 400))
            for worker in workers:
                if worker.poll() is None:
                    worker.communicate("stop\n", timeout=TIME_LIMIT)
        finally:
            for worker in workers:
                worker.kill()
                worker.communicate()
        deliveries = relaying.read(log)

        assert set(range(1, 401)) == {position for _, position in deliveries}
        assert 3 <= len({pid for pid, _ in deliveries})
        assert 1 == deliveries[0][1]
        for (before, last), (pid, position) in itertools.pairwise(deliveries):
            if pid == before:
                assert position == last + 1
            else:
                # Only after another took over may something be repeated: what was not yet saved.
                assert last - relaying.SIZE < position <= last + 1


@contextmanager
def standing_still(relay: Relay, log: Log, before: int) -> Iterator[None]:
    """Have a relay deliver in a thread, and stand still before it has delivered a position, as if it were dead."""
    reached, go_on = threading.Event(), threading.Event()

    def stand_still() -> None:
        reached.set()
        go_on.wait(TIME_LIMIT)

    log.before[before] = stand_still
    thread = threading.Thread(target=relay.run_once)
    thread.start()
    assert reached.wait(TIME_LIMIT)
    try:
        yield
    finally:
        go_on.set()
        thread.join(TIME_LIMIT)


def answer_late(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, late: list[float], meanwhile: Callable[[], object]
) -> None:
    """Have the answers to what ``SLOW`` saves come late, by these shares of the patience in turn."""
    save = Place.save

    def saved_late(place: Place, version: int, position: int, holder: str | None) -> Loaded[Reader] | None:
        answer = save(place, version, position, holder)
        if holder == SLOW:
            meanwhile()
            clock.pass_(PATIENCE * (late.pop(0) if late else 0))
        return answer

    monkeypatch.setattr(Place, "save", saved_late)


def wait_until(what: Callable[[], object]) -> None:
    """Wait for something, but not for ever."""
    end = time.monotonic() + TIME_LIMIT
    while not what():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)


def delivered(log: Log, position: int) -> bool:
    """Whether that position is in a log in memory."""
    return position in log.positions


def has_reached(log: Path, position: int) -> bool:
    """Whether that position, or a later one, is in a log in a file."""
    return any(seen >= position for _, seen in relaying.read(log))


def started(url: str, log: Path) -> "subprocess.Popen[str]":
    """A process with a relay."""
    command = [sys.executable, "-m", "tests.app.relaying", url, str(log)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True)


def one_at_work(workers: "list[subprocess.Popen[str]]", log: Path, enough: int) -> "subprocess.Popen[str] | None":
    """The process that delivered last, if it lives and has come that far."""
    pid, position = (relaying.read(log) or [(0, 0)])[-1]
    alive = [worker for worker in workers if worker.pid == pid and worker.poll() is None]
    return alive[0] if alive and position >= enough else None


def kill(worker: "subprocess.Popen[str] | None") -> None:
    """Kill a process as ``kill -9`` does."""
    assert worker is not None

    worker.kill()
    assert -9 == worker.wait(TIME_LIMIT)
