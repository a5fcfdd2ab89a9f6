"""``AsyncCRM``: the same CRM for programs on asyncio, each call made in a worker thread.

There is no second, asynchronous copy of anything: what is awaited here is what ``CRM`` does. A host on SQLAlchemy's
asyncio needs none of it: it runs a joined CRM inside ``AsyncSession.run_sync``, in its own transaction.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from crmcore.app import upkeep
from crmcore.app.crm import CRM, system_clock
from crmcore.app.finding import Found
from crmcore.app.ids import new_id
from crmcore.app.outcome import Denied, Outcome, Request
from crmcore.app.policy import STANDARD, Policy
from crmcore.app.succession import Moved
from crmcore.app.threads import WORKERS, Threads, chunks
from crmcore.app.verify import Problem
from crmcore.customers.agenda import AgendaItem
from crmcore.customers.commands import Command
from crmcore.customers.entities import Customer
from crmcore.customers.policy import CustomerRules
from crmcore.customers.seen import MaskedCustomer
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.kernel.refusals import Refusals
from crmcore.storage.eventlog import Positioned
from crmcore.storage.interface import Store

if TYPE_CHECKING:
    from crmcore.app.scores import More
    from crmcore.app.serving import Also
    from crmcore.scoring import ScoringPolicy, Segment, Served, Shortfall

#: Answers fetched from the worker thread at once.
PAGE = 500

P = ParamSpec("P")
T = TypeVar("T")


class AsyncCRM:
    """An awaitable face of a ``CRM``: ``async with await AsyncCRM.open(…) as crm: await crm.handle(…)``.

    Methods do, return and raise what those of the same names do in ``CRM``; what is an iterator there is an
    asynchronous one here. Anything else is asked by ``query``. The event loop is never blocked: all work, opening and
    closing included, happens in threads of this object's own, and so do calls of ``progress``, the clock and plugins.

    A task that is cancelled while it awaits a call goes on at once. What has not begun by then is not done at all; what
    has begun is finished in its thread, so a command may have passed although nobody saw its outcome. The customer's
    history tells.
    """

    def __init__(self, crm: CRM, threads: Threads) -> None:
        self._crm = crm
        self._threads = threads

    @classmethod
    async def open(
        cls,
        url: str | Store = "memory://",
        *,
        policy: Policy | Mapping[str, Any] | str | Path = STANDARD,
        overrides: Mapping[str, Any] | None = None,
        space: str = "",
        plugins: Sequence[object] = (),
        clock: Callable[[], datetime] = system_clock,
        new_id: Callable[[], str] = new_id,
        workers: int = WORKERS,
    ) -> Self:
        """Open a storage by URL under a policy, as ``CRM.open`` does.

        :param workers: threads that may work at the same time; one if the storage cannot be shared by threads.
        """
        threads = Threads()
        crm = await threads.open(
            partial(
                CRM.open,
                url,
                policy=policy,
                overrides=overrides,
                space=space,
                plugins=plugins,
                clock=clock,
                new_id=new_id,
            )
        )
        if "threads" in crm.store.capabilities:
            threads.add(workers)
        return cls(crm, threads)

    @property
    def policy(self) -> Policy:
        """The policy it was opened under."""
        return self._crm.policy

    @property
    def rules(self) -> CustomerRules:
        """The policy's rules on customers with calendar and time zone."""
        return self._crm.rules

    @property
    def space(self) -> str:
        """The tenant."""
        return self._crm.space

    def in_space(self, space: str) -> "AsyncCRM":
        """The same storage, policy, plugins and threads for another tenant; closing either closes the storage."""
        return AsyncCRM(self._crm.in_space(space), self._threads)

    # ------------------------------------------------------------------------------------------------- changing

    async def handle(self, command: Command, *, actor: Actor, at: datetime | None = None) -> Outcome:
        """Do what a command says, or raise ``Refused``."""
        return await self._do(self._crm.handle, command, actor=actor, at=at)

    async def answer(self, command: Command, *, actor: Actor, at: datetime | None = None) -> Outcome | Denied:
        """Like ``handle``, with a refusal as a value."""
        return await self._do(self._crm.answer, command, actor=actor, at=at)

    async def answer_all(
        self, requests: Iterable[Request] | AsyncIterable[Request], *, size: int = 500
    ) -> AsyncIterator[Outcome | Denied]:
        """Handle a stream of commands in order, ``size`` of them in one transaction; answers come once it is stored.

        An ordinary iterable is read in the worker thread, so it may block.
        """
        if isinstance(requests, AsyncIterable):
            async for chunk in chunks(requests, size):
                for answer in await self._do(_answered, self._crm, chunk):
                    yield answer
        else:
            async for answer in self._threads.stream(partial(self._crm.answer_all, requests, size=size), size):
                yield answer

    async def hand_over_all(
        self, leaver: str, to: Sequence[Actor], *, actor: Actor, reason: str = "", at: datetime | None = None
    ) -> tuple[Moved, ...]:
        """Give all customers and open actions of somebody who leaves to successors, in turn: all of it, or nothing."""
        return await self._do(self._crm.hand_over_all, leaver, to, actor=actor, reason=reason, at=at)

    async def sweep(
        self, *, at: datetime | None = None, size: int = upkeep.PAGE, progress: Callable[[int], None] | None = None
    ) -> int:
        """Store the falls that are due, ``size`` in one transaction, and return how many there were."""
        return await self._do(self._crm.sweep, at=at, size=size, progress=progress)

    async def reindex(self, *, progress: Callable[[int], None] | None = None) -> int:
        """Rewrite the index columns of customers that were stored under other declared fields; returns how many."""
        return await self._do(self._crm.reindex, progress=progress)

    # -------------------------------------------------------------------------------------------------- asking

    async def query(self, ask: Callable[[CRM], T]) -> T:
        """Whatever else the CRM can be asked: ``await crm.query(lambda crm: crm.customers.in_pool())``."""
        return await self._do(ask, self._crm)

    async def why_not(self, command: Command, *, actor: Actor, at: datetime | None = None) -> Refusals:
        """Every reason that refuses a command, ordered by rule id; empty exactly when ``handle`` would pass."""
        return await self._do(self._crm.why_not, command, actor=actor, at=at)

    async def search(
        self, text: str, *, actor: Actor, limit: int = 20, at: datetime | None = None
    ) -> tuple[Found, ...]:
        """The records whose name contains a fragment, as one types (M-01); whose brand it is comes first."""
        return await self._do(self._crm.search, text, actor=actor, limit=limit, at=at)

    async def can(self, customer_id: str, *, actor: Actor, at: datetime | None = None) -> tuple[type[Command], ...]:
        """The commands that would pass now, if what they say is right."""
        return await self._do(self._crm.can, customer_id, actor=actor, at=at)

    async def customer(self, customer_id: str, *, at: datetime | None = None) -> Customer:
        """The customer as it is now, or as it was or will be by time alone at ``at``."""
        return await self._do(self._crm.customer, customer_id, at=at)

    async def view(self, customer_id: str, *, actor: Actor, at: datetime | None = None) -> MaskedCustomer:
        """The customer as one person may see it (A-02)."""
        return await self._do(self._crm.view, customer_id, actor=actor, at=at)

    async def history(self, customer_id: str, *, at: datetime | None = None) -> tuple[Envelope, ...]:
        """All events of a customer, oldest first, a fall that is due by now included."""
        return await self._do(self._crm.history, customer_id, at=at)

    async def agenda(self, actor: Actor, *, at: datetime | None = None) -> list[AgendaItem]:
        """What the actor has to do: next contacts, protections about to end, reviews and requests to decide."""
        return await self._do(self._crm.agenda, actor, at=at)

    def events(self, after: int = 0, *, size: int = 500) -> AsyncIterator[Positioned]:
        """Everything that has happened in the space, in order, after a position; it ends with what is stored now."""
        return self._threads.stream(partial(self._crm.events, after, size=size), size)

    def verify(self, *, progress: Callable[[int], None] | None = None) -> AsyncIterator[Problem]:
        """Replay every history and compare it with what is stored; what differs comes back as problems."""
        # One at a time: a problem is rare, and worth telling as soon as it is found.
        return self._threads.stream(partial(self._crm.verify, progress=progress), 1)

    def underserved(
        self, policy: "ScoringPolicy", *, at: datetime | None = None, also: "Also | None" = None
    ) -> "AsyncIterator[tuple[Served, tuple[Shortfall, ...]]]":
        """Who does not get the service that the grade on record promises (G-07), and what is lacking."""
        return self._threads.stream(partial(self._crm.underserved, policy, at=at, also=also), PAGE)

    def segment(
        self, segment: "Segment", *, at: datetime | None = None, more: "More | None" = None
    ) -> AsyncIterator[Customer]:
        """The customers that belong to a segment (G-08), by number; scores and grades are those on record."""
        return self._threads.stream(partial(self._crm.segment, segment, at=at, more=more), PAGE)

    # -------------------------------------------------------------------------------------------------- inside

    async def close(self) -> None:
        """Close the storage once everything that was asked for before is done; closing twice is harmless."""
        await self._threads.close(self._crm.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _do(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._threads.run(partial(call, *args, **kwargs))


def _answered(crm: CRM, requests: Sequence[Request]) -> list[Outcome | Denied]:
    """The answers to requests that are handled in one transaction."""
    return list(crm.answer_all(requests, size=len(requests)))
