"""Two CRMs to which the same is done: one in memory, one over the backend. Nothing may tell them apart."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from crmcore.app.crm import CRM
from crmcore.app.outcome import Outcome, Request
from crmcore.app.policy import Policy
from crmcore.customers.commands import Command
from crmcore.kernel.actors import Actor
from crmcore.testing.backend.base import Backend, fresh_space, in_memory
from crmcore.testing.playing import Answer, Looked, answered, instant_of, seen, timeline
from crmcore.testing.schedules import STAFF, START, Step, ask


class Twins:
    """A CRM in memory, and CRMs over the backend that share one space of it and act in turn.

    :param hands: how many of these there are, each over a store of its own if processes may share the data.
    """

    def __init__(self, backend: Backend, policy: Policy | str = "standard", *, hands: int = 1, **more: Any) -> None:
        self.memory: CRM = in_memory(policy, **more)
        self.now: datetime = START
        self.space: str = fresh_space()
        self._backend = backend
        self._more = more
        self._count = hands
        self._turn = 0
        self._hands = self._opened(policy)

    def _opened(self, policy: Policy | str) -> list[CRM]:
        crms = range(self._count)
        return [self._backend.crm(policy, space=self.space, store=number, **self._more) for number in crms]

    @property
    def other(self) -> CRM:
        """The CRM over the backend whose turn it is."""
        self._turn += 1
        return self._hands[self._turn % len(self._hands)]

    def reopen(self) -> None:
        """Close and open the backend, if it says that what is stored then stays."""
        if "durable" in self._backend.capabilities:
            self._backend.reopen()
            self._hands = self._opened(self.memory.policy)

    def change(self, policy: Policy | str) -> None:
        """Another policy for both from now on."""
        self.memory = CRM.open(self.memory.store, policy=policy, new_id=lambda: "made", **self._more)
        self._hands = self._opened(policy)

    def play(self, steps: Sequence[Step], reopen_before: int | None = None) -> None:
        """Play a schedule on both, step by step; the backend is closed and opened before the step of that number."""
        for place, moment in enumerate(timeline(self.memory, steps, self.now)):
            if place == reopen_before:
                self.reopen()
            self.now = instant_of(moment)
            self._step(moment)

    def _step(self, moment: Request | Looked) -> None:
        if isinstance(moment, Looked):
            expected, actual = (ask(crm, moment.look, moment.at) for crm in (self.memory, self.other))
            assert expected == actual, f"{moment.look.kind} is not what it is in memory"
        else:
            self.answer(moment.command, actor=moment.actor, at=moment.at)

    def answer(self, command: Command, *, actor: Actor, at: datetime | None = None) -> Answer:
        """What both answer to a command."""
        self.now = at or self.now
        request = Request(command, actor, self.now)
        expected, actual = (answered(crm, request).answer for crm in (self.memory, self.other))
        assert expected == actual, f"{command.do} is not answered as in memory"
        return expected

    def handle(self, *commands: Command, actor: Actor, at: datetime | None = None) -> None:
        """Give commands that pass on both."""
        for command in commands:
            answer = self.answer(command, actor=actor, at=at)
            assert isinstance(answer, Outcome), [f"{one.rule} {one.code}" for one in answer.refusals]

    def are_alike(
        self, at: datetime | None = None, staff: Iterable[Actor] = STAFF, of: Collection[str] | None = None
    ) -> None:
        """Fail if any question is answered differently, or if what is stored does not add up."""
        at = at or self.now
        expected, actual = seen(self.memory, at, staff, of), seen(self.other, at, staff, of)
        for question, answer in expected.items():
            assert answer == actual[question], f"{question}: not what memory says"
        assert [] == actual["problems"]
        assert gapless(self.other)


def gapless(crm: CRM) -> bool:
    """Whether the events of a CRM stand at 1, 2, 3, …."""
    return all(place == one.position for place, one in enumerate(crm.events(), 1))
