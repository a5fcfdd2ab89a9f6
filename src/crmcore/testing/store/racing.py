"""Threads for tests of races: started together, or one while another's unit is open; never waited for without end."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from crmcore.errors import Conflict, Transient, UniqueViolation
from crmcore.storage.interface import UnitOfWork
from crmcore.testing.store.tenant import Tenant

T = TypeVar("T")

#: Seconds that a unit is given to run to its end beside an open one; a store may instead let it wait for that one.
PATIENCE = 0.1

#: Seconds after which a thread counts as stuck.
STUCK = 30.0

#: How often a unit that met others is tried again. Each time, somebody else got on.
TRIES = 2000


class Task(threading.Thread, Generic[T]):
    """A call in a thread of its own, whose result or error is kept."""

    def __init__(self, call: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._call = call
        self._result: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        """Make the call."""
        try:
            self._result.append(self._call())
        except BaseException as error:  # noqa: BLE001 — it is raised where the result is asked for
            self._error = error

    def is_over(self, patience: float) -> bool:
        """Whether the call ends within so many seconds."""
        self.join(patience)
        return not self.is_alive()

    def result(self) -> T:
        """What the call gave; its error is raised here."""
        assert self.is_over(STUCK), f"a thread is stuck since {STUCK} s: a unit waits for what never happens"
        if self._error is not None:
            raise self._error
        return self._result[0]


def together(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Make all calls at once, each in a thread of its own; what they gave, in their order."""
    barrier = threading.Barrier(len(calls))

    def begun(call: Callable[[], T]) -> T:
        barrier.wait(STUCK)
        return call()

    tasks = [Task(partial(begun, call)) for call in calls]
    for task in tasks:
        task.start()
    return [task.result() for task in tasks]


def tried(work: Callable[[], object]) -> str:
    """How a unit ended: "done", or with what it lost against others: "transient", "conflict" or "unique-violation"."""
    try:
        work()
    except Transient:
        return Transient.code
    except (Conflict, UniqueViolation) as error:
        return error.code
    return "done"


def settled(work: Callable[[], object]) -> str:
    """How a unit ended that is tried again as long as that may help: "done", "conflict" or "unique-violation"."""
    for _ in range(TRIES):
        ending = tried(work)
        if ending != Transient.code:
            return ending
    raise AssertionError(f"the unit was told to try again {TRIES} times: nobody gets on")


def insisting(work: Callable[[], object]) -> None:
    """Run a unit again and again from its beginning, until it passes."""
    for _ in range(TRIES):
        if tried(work) == "done":
            return
    raise AssertionError(f"the unit met conflicts {TRIES} times: nobody gets on")


def unit(tenant: Tenant, work: Callable[[UnitOfWork], Any]) -> Callable[[], None]:
    """A call that runs a unit of work."""

    def call() -> None:
        with tenant.begin() as uow:
            work(uow)

    return call


def overlapped(tenant: Tenant, first: Callable[[UnitOfWork], Any], second: Callable[[UnitOfWork], Any]) -> list[str]:
    """How two units end of which the second runs, from its begin to its commit, while the first is about to commit.

    A store may let the second wait for the first; then it goes on when the first has ended.
    """
    other = Task(lambda: tried(unit(tenant, second)))

    def both(uow: UnitOfWork) -> None:
        first(uow)
        other.start()
        other.is_over(PATIENCE)

    mine = tried(unit(tenant, both))
    if other.ident is None:
        other.start()
    return [mine, other.result()]
