"""The same CRM, awaited: nothing blocks the loop, and nothing that has begun is lost."""

import asyncio
import contextvars
import inspect
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crmcore import CRM, AsyncCRM, Denied, Invalid, NotFound, Outcome, Refused, Request
from crmcore.customers import Abandon
from crmcore.errors import Unavailable
from crmcore.storage.interface import Kind, UnitOfWork, Write
from crmcore.storage.memory import MemoryStore
from tests.app.awaiting import TIME_LIMIT, awaited
from tests.customers.scene import LI, MANAGER, MONDAY, WANG, register

GIVE_UP = Abandon("C1", "they have no budget")


def registrations(count: int, first: int = 0) -> Iterator[Request]:
    """Registrations into the pool, one event each."""
    for number in range(first, first + count):
        yield Request(register(name=f"上海{number}号贸易有限公司", id=f"C{number}", into="pool"), MANAGER)


class Slow(MemoryStore):
    """A store whose units of work wait to be let in, and which notes the threads that use it."""

    def __init__(self, capabilities: frozenset[str] = frozenset({"threads"})) -> None:
        super().__init__()
        self.threads = set[int]()
        self.opening = threading.Event()
        self.inside = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()
        self.committed = 0
        self.closed = threading.Event()
        self._capabilities = capabilities

    @property
    def capabilities(self) -> frozenset[str]:
        """As told."""
        return self._capabilities

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Make room when the gate is open, and note the thread."""
        self.threads.add(threading.get_ident())
        self.opening.set()
        assert self.gate.wait(TIME_LIMIT)
        super().setup(kinds)

    @contextmanager
    def begin(self, space: str = "") -> Iterator[UnitOfWork]:  # type: ignore[override]
        """A unit of work that begins when the gate is open."""
        self.threads.add(threading.get_ident())
        self.inside.release()
        assert self.gate.wait(TIME_LIMIT)
        with super().begin(space) as uow:
            yield uow
        self.committed += 1

    def close(self) -> None:
        """Close, and note the thread."""
        self.threads.add(threading.get_ident())
        self.closed.set()
        super().close()


async def opened(store: MemoryStore | str = "memory://", **more: Any) -> AsyncCRM:
    """An open CRM whose clock stands still."""
    return await AsyncCRM.open(store, clock=lambda: MONDAY, **more)


class TestSameAsCrm:
    """What is awaited is what ``CRM`` does."""

    @pytest.mark.parametrize("storage", ["memory", "sqlite", "postgres", "mariadb"])
    @awaited
    async def test_commands_and_questions(self, request: pytest.FixtureRequest, storage: str, tmp_path: Path):
        """Each method gives what its namesake gives."""
        urls = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path / 'a.db'}"}
        url: str = urls.get(storage) or request.getfixturevalue(storage).database()
        async with await opened(url, policy="standard") as crm:
            outcome = await crm.handle(register(), actor=LI)
            deadline = outcome.customer.deadline
            assert deadline is not None
            denied = await crm.answer(GIVE_UP, actor=WANG)

            assert await crm.customer("C1") == outcome.customer
            assert isinstance(denied, Denied)
            assert tuple(await crm.why_not(GIVE_UP, actor=WANG)) == tuple(denied.refusals)
            assert Abandon in await crm.can("C1", actor=LI)
            assert ["registered", "protected"] == [envelope.type for envelope in await crm.history("C1")]
            assert ["expiring"] == [item.kind for item in await crm.agenda(LI, at=deadline - timedelta(days=1))]
            assert [] == await crm.query(lambda crm: crm.customers.in_pool())
            assert ["C1"] == [moved.customer for moved in await crm.hand_over_all("li", [WANG], actor=MANAGER)]
            assert 1 == await crm.sweep(at=deadline)
            assert 0 == await crm.reindex()
            assert ["C1"] == [one.customer for one in await crm.search("春意", actor=LI)]
            assert [] == [problem async for problem in crm.verify()]

    def test_every_method_has_its_namesake(self):
        """Nothing of ``CRM`` is missing, but what has no place in a worker thread; parameters are the same."""
        sync, asynchronous = public(CRM), public(AsyncCRM)

        # What is joined belongs to the host's thread; ``customers`` and the like are asked by ``query``.
        apart = {"joined", "customers", "duplicates", "conflicts", "kinds", "privacy", "scores"}
        assert apart == set(sync) - set(asynchronous)
        assert {"query", "policy", "rules", "space"} == set(asynchronous) - set(sync)
        for name in set(sync) & set(asynchronous):
            wanted = list(inspect.signature(getattr(CRM, name)).parameters)
            assert wanted == [one for one in inspect.signature(asynchronous[name]).parameters if one != "workers"]

    @awaited
    async def test_errors_pass_through(self):
        """As they are, with all they carry."""
        async with await opened() as crm:
            await crm.handle(register(), actor=LI)
            with pytest.raises(Refused) as refused:
                await crm.handle(GIVE_UP, actor=WANG)
            with pytest.raises(NotFound):
                await crm.customer("C9")
            with pytest.raises(ZeroDivisionError):
                await crm.query(lambda _crm: 1 // 0)

            assert ["A-01"] == [refusal.rule for refusal in refused.value.refusals]

    @awaited
    async def test_an_error_at_opening(self):
        """Comes out, and no thread stays."""
        before = threading.active_count()
        with pytest.raises(Invalid):
            await AsyncCRM.open("sqlite://nowhere")
        wait_until(lambda: threading.active_count() <= before)

    @awaited
    async def test_spaces(self):
        """Another tenant's CRM shares storage and threads, and nothing else."""
        async with await opened(space="north") as north:
            south = north.in_space("south")
            await north.handle(register(), actor=LI)
            await south.handle(register(), actor=WANG)

            assert ("north", "south") == (north.space, south.space)
            assert ("li", "wang") == ((await north.customer("C1")).owner, (await south.customer("C1")).owner)
            assert south.rules is north.rules
            assert south.policy is north.policy

    @awaited
    async def test_context_variables_reach_the_work(self):
        """What a request has set, the clock and plugins can read."""
        variable = contextvars.ContextVar("variable", default="unset")
        async with await opened() as crm:
            variable.set("set")

            assert "set" == await crm.query(lambda _crm: variable.get())


class TestStreams:
    """What is an iterator in ``CRM`` is an asynchronous one here."""

    @pytest.mark.parametrize("size", [1, 3, 7, 100])
    @pytest.mark.parametrize("is_async", [False, True], ids=["iterable", "async-iterable"])
    @awaited
    async def test_answers_come_in_order(self, size, is_async):
        """Whatever the requests come from, and however many are stored at once."""
        async with await opened() as crm:
            requests = [*registrations(5), Request(GIVE_UP, WANG), *registrations(2, first=5)]
            answers = crm.answer_all(trickling(requests) if is_async else iter(requests), size=size)

            assert [True] * 5 + [False] + [True] * 2 == [isinstance(one, Outcome) async for one in answers]
            assert list(range(1, 8)) == [event.position async for event in crm.events(size=size)]
            assert [6, 7] == [event.position async for event in crm.events(after=5, size=size)]

    @awaited
    async def test_answers_come_once_stored(self):
        """The first transaction's answers are there before the second's requests are asked for."""
        requests = list(registrations(6))
        async with await opened() as crm:
            answers = crm.answer_all(taken_from(requests), size=2)
            await anext(answers)

            assert 4 == len(requests)
            assert 2 == len(await crm.query(lambda crm: crm.customers.in_pool()))

    @pytest.mark.parametrize("is_async", [False, True], ids=["iterable", "async-iterable"])
    @awaited
    async def test_a_size_that_makes_no_sense(self, is_async):
        """Is refused as by ``CRM``."""
        async with await opened() as crm:
            requests = list(registrations(1))
            with pytest.raises(Invalid):
                await anext(crm.answer_all(trickling(requests) if is_async else requests, size=0))

    @awaited
    async def test_an_error_comes_where_it_came(self):
        """After the answers of what is stored."""
        async with await opened() as crm:
            got = list[bool]()
            with pytest.raises(ZeroDivisionError):  # noqa: PT012
                async for answer in crm.answer_all(failing_after(4), size=2):
                    got.append(isinstance(answer, Outcome))

            assert [True] * 4 == got

    @awaited
    async def test_problems_are_told_one_by_one(self):
        """With the progress that ``CRM`` tells."""
        async with await opened() as crm:
            await crm.handle(register(), actor=LI)
            await crm.query(damage)
            told = list[int]()

            assert ["C1"] == [problem.customer async for problem in crm.verify(progress=told.append)]
            assert [1] == told


class TestLoop:
    """The event loop stays free."""

    @awaited
    async def test_the_loop_is_not_blocked(self):
        """While a command waits for the storage, the loop turns, and other commands are begun."""
        store = Slow()
        async with await opened(store) as crm:
            store.gate.clear()
            tasks = [asyncio.create_task(crm.answer(one.command, actor=MANAGER)) for one in registrations(3)]
            turns = entered = 0
            while turns < 200 or entered < len(tasks):
                await asyncio.sleep(0)
                turns += 1
                entered += store.inside.acquire(blocking=False)
            assert not any(task.done() for task in tasks)
            store.gate.set()

            assert [True] * 3 == [isinstance(answer, Outcome) for answer in await asyncio.gather(*tasks)]
            assert threading.get_ident() not in store.threads

    @awaited
    async def test_a_storage_that_threads_may_not_share(self):
        """All its work is done by one thread, opening and closing included."""
        store = Slow(frozenset())
        async with await opened(store, workers=9) as crm:
            await asyncio.gather(*(crm.answer(one.command, actor=MANAGER) for one in registrations(9)))
            async for _event in crm.events(size=2):
                pass

        assert 1 == len(store.threads)
        assert store.closed.is_set()

    @pytest.mark.parametrize("workers", [1, 3])
    @awaited
    async def test_as_many_at_once_as_workers(self, workers):
        """And no more."""
        store = Slow()
        async with await opened(store, workers=workers) as crm:
            store.gate.clear()
            tasks = [asyncio.create_task(crm.answer(one.command, actor=MANAGER)) for one in registrations(6)]
            for _ in range(workers):
                await asyncio.to_thread(store.inside.acquire)
            await asyncio.sleep(0.05)
            assert not store.inside.acquire(blocking=False)
            store.gate.set()
            await asyncio.gather(*tasks)

            assert 6 == store.committed


class TestCancelling:
    """Tasks that are cancelled while they wait."""

    @awaited
    async def test_what_has_begun_is_finished(self):
        """The task goes on at once, and the command passes all the same."""
        store = Slow()
        async with await opened(store) as crm:
            store.gate.clear()
            task = asyncio.create_task(crm.handle(register(), actor=LI))
            await asyncio.to_thread(store.inside.acquire)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert 0 == store.committed
            store.gate.set()

        assert 1 == store.committed

    @awaited
    async def test_what_has_not_begun_is_not_done(self):
        """With one worker, the second waits in the queue; cancelled there, it never begins."""
        store = Slow()
        async with await opened(store, workers=1) as crm:
            store.gate.clear()
            first, second = (asyncio.create_task(crm.answer(one.command, actor=MANAGER)) for one in registrations(2))
            await asyncio.to_thread(store.inside.acquire)
            second.cancel()
            with pytest.raises(asyncio.CancelledError):
                await second
            store.gate.set()
            await first

            assert ["C0"] == [customer.id for customer in await crm.query(lambda crm: crm.customers.in_pool())]

    @awaited
    async def test_opening(self):
        """What nobody waits for any more is closed as soon as it is open."""
        store = Slow()
        store.gate.clear()
        task = asyncio.create_task(opened(store))
        # Cancelled before the thread has begun, it would not be opened at all.
        assert await asyncio.to_thread(store.opening.wait, TIME_LIMIT)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        store.gate.set()
        assert await asyncio.to_thread(store.closed.wait, TIME_LIMIT)


class TestClosing:
    """The end."""

    @awaited
    async def test_closing_waits(self):
        """For everything that was asked for before; after it there is nothing to ask."""
        store = Slow()
        crm = await opened(store, workers=2)
        store.gate.clear()
        tasks = [asyncio.create_task(crm.answer(one.command, actor=MANAGER)) for one in registrations(5)]
        await asyncio.to_thread(store.inside.acquire)
        closing = asyncio.create_task(crm.close())
        await asyncio.sleep(0.05)
        assert not closing.done()
        assert not store.closed.is_set()
        store.gate.set()
        await closing

        assert (5, True) == (store.committed, store.closed.is_set())
        assert [True] * 5 == [isinstance(answer, Outcome) for answer in await asyncio.gather(*tasks)]
        await crm.close()
        with pytest.raises(Unavailable, match="closed"):
            await crm.customer("C1")

    @awaited
    async def test_closing_goes_on_though_nobody_waits(self):
        """A cancelled waiter does not keep the storage open."""
        store = Slow()
        crm = await opened(store)
        store.gate.clear()
        asking = asyncio.create_task(crm.answer(register(), actor=LI))
        await asyncio.to_thread(store.inside.acquire)
        closing = asyncio.create_task(crm.close())
        # One turn of the loop, in which closing is begun.
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        store.gate.set()

        assert isinstance(await asking, Outcome)
        assert await asyncio.to_thread(store.closed.wait, TIME_LIMIT)


async def trickling(requests: list[Request]) -> AsyncIterator[Request]:
    """Requests that come one after the other."""
    for request in requests:
        await asyncio.sleep(0)
        yield request


async def taken_from(requests: list[Request]) -> AsyncIterator[Request]:
    """Requests that are gone once they are taken."""
    while requests:
        yield requests.pop(0)


def failing_after(count: int) -> Iterator[Request]:
    """So many requests, then an error."""
    yield from registrations(count)
    raise ZeroDivisionError


def damage(crm: CRM) -> None:
    """Break the stored columns of a customer."""
    with crm.store.begin() as uow:
        [row] = uow.get("customer", ["C1"])
        uow.write([Write("customer", "C1", row.version, row.body, {**row.columns, "owner": "wang"})])


def public(cls: type) -> dict[str, Any]:
    """The public methods and properties of a class."""
    return {name: getattr(cls, name) for name in vars(cls) if not name.startswith("_")}


def wait_until(what: Callable[[], bool]) -> None:
    """Wait for something, but not for ever."""
    end = time.monotonic() + TIME_LIMIT
    while not what():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)
