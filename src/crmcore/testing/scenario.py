"""Given, when, then: a test of rules that reads as it is told.

>>> from crmcore import Actor
>>> from crmcore.customers import Abandon, Pool, Potential
>>> from crmcore.testing.schedules import Says, registration
>>> li = Actor("li", roles={"pre-sales"})
>>> known = Scenario().given(registration("C1", Says()), actor=li).then_stage(Potential, owner="li")
>>> gone = known.after(days=3).when(Abandon("C1", "no budget"), actor=li).then("abandoned").then_stage(Pool)

What was expected and did not come is an ``AssertionError`` that says what came instead and why, after all that was
done.

Inside is a CRM over a store in memory, not the bare decision: what a decision has to know beside the stage (who else
has that name, how many somebody holds, what time has done meanwhile) is looked up by the very code that does so in
production, and what comes of it is stored and read again. It costs a millisecond a command.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, NoReturn, Self

from crmcore.app.crm import CRM
from crmcore.app.ids import sequential
from crmcore.app.outcome import Outcome
from crmcore.app.policy import STANDARD, Policy
from crmcore.app.records import Records
from crmcore.app.session import Session, customer_of
from crmcore.customers.commands import Command
from crmcore.customers.entities import Customer
from crmcore.customers.events import CustomerEvent, Protected, Registered
from crmcore.customers.history import evolve
from crmcore.customers.limits import claimed
from crmcore.customers.stages import Stage
from crmcore.errors import NotFound
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.kernel.refusals import Refusal, Refusals
from crmcore.kernel.times import as_instant
from crmcore.storage.catalogue import Counter
from crmcore.testing.schedules import START

#: What an expected event may be told by: its class, its type name, or an event that it equals.
Expected = type[CustomerEvent] | str | CustomerEvent


class Scenario:
    """One story: what is given, what somebody does or time does, what must come of it. Use each one once.

    :param policy: as ``CRM.open`` takes it, with ``overrides`` by dotted path.
    :param start: when it begins, Monday 2026-03-02 09:00 in Shanghai unless told; ``at`` and ``after`` lead on.
    :param plugins: modules or objects with hooks.

    Customers registered without an id are C1, C2, … ``customer`` is the one that the last command was about. ``events``
    and ``refusals`` are what came of that command, or, once time has passed, of time alone.
    """

    def __init__(
        self,
        policy: Policy | Mapping[str, Any] | str = STANDARD,
        *,
        overrides: Mapping[str, Any] | None = None,
        start: datetime = START,
        plugins: Sequence[object] = (),
    ) -> None:
        self.now: datetime = as_instant(start)
        self.crm: CRM = CRM.open(
            policy=policy, overrides=overrides, plugins=plugins, clock=lambda: self.now, new_id=sequential("C")
        )
        self.events: tuple[CustomerEvent, ...] = ()
        self.refusals: Refusals = Refusals()
        self._about = ""
        self._story: list[str] = []

    # ------------------------------------------------------------------------------------------------------ given

    def given(
        self, *facts: Command | CustomerEvent, actor: Actor, at: datetime | None = None, of: str | None = None
    ) -> Self:
        """What has been done so far: commands, which pass, or events, which are taken as they are.

        Events belong to the customer ``of``, the last one spoken of unless told; the time is that of the last event.

        :raises AssertionError: a command does not pass.
        """
        for fact in facts:
            if isinstance(fact, CustomerEvent):
                self._happened(fact, actor, of or self._about or "C1")
                continue
            self.when(fact, actor=actor, at=at)
            if self.refusals:
                self._fail("it to pass, for it is given")
        return self

    def at(self, moment: datetime) -> Self:
        """Let it be that moment. What time alone does until then can be asked for with ``then``."""
        before, self.now = self.now, as_instant(moment)
        self.events, self.refusals = tuple(self._fallen(before)), Refusals()
        self._tell("time passes")
        return self

    def after(self, **elapsed: float) -> Self:
        """Let time pass, as ``timedelta`` takes it: ``after(days=31)``."""
        return self.at(self.now + timedelta(**elapsed))

    # ------------------------------------------------------------------------------------------------------- when

    def when(self, command: Command, *, actor: Actor, at: datetime | None = None) -> Self:
        """What somebody does, now or at a moment, whatever comes of it."""
        if at is not None:
            self.at(at)
        answer = self.crm.answer(command, actor=actor)
        if isinstance(answer, Outcome):
            self.events, self.refusals = tuple(envelope.event for envelope in answer.events), Refusals()
        else:
            self.events, self.refusals = (), answer.refusals
        self._about = answer.customer.id if answer.customer is not None else customer_of(command) or self._about
        self._tell(f"{actor.id}: {command.do} {self._about}")
        return self

    # ------------------------------------------------------------------------------------------------------- then

    def then(self, *events: Expected) -> Self:
        """Exactly these events came, in this order: of the last command, or of time since it last passed."""
        came = self.events
        if self.refusals or len(events) != len(came) or not all(map(_is, events, came)):
            self._fail(", ".join(map(_name, events)) or "nothing")
        return self

    def then_nothing(self) -> Self:
        """Time has done nothing since it last passed."""
        return self.then()

    def then_refused(self, *reasons: str, until: datetime | None = None) -> Self:
        """The last command was refused, for exactly these reasons: rules ("P-09"), codes, or both ("P-09 no-contact").

        Without reasons, for whatever reason. ``until`` is the instant that one of the refusals names.
        """
        unmet = [reason for reason in reasons if not any(map(_tells, [reason] * len(self.refusals), self.refusals))]
        untold = [one for one in self.refusals if reasons and not any(_tells(reason, one) for reason in reasons)]
        if not self.refusals or unmet or untold:
            self._fail("refused: " + (", ".join(reasons) or "for any reason"))
        if until is not None and as_instant(until) not in [refusal.until for refusal in self.refusals]:
            self._fail(f"refused until {self._clock(until)}")
        return self

    def then_stage(self, stage: type[Stage] | str, *, of: str | None = None, **fields: object) -> Self:
        """The customer is at this stage now, and the stage has these values: ``then_stage(Pool, reason="expired")``."""
        name = stage if isinstance(stage, str) else stage.name
        now = self._customer(of or self._about)
        actual: Any = None if now is None else now.stage
        missing = object()
        wrong = {key for key, value in fields.items() if getattr(actual, key, missing) != value}
        if actual is None or actual.name != name or wrong:
            values = "".join(f", {key}={value!r}" for key, value in fields.items())
            self._fail(f"customer {of or self._about} at stage {name}{values}", f"it is {_described(actual, fields)}")
        return self

    @property
    def customer(self) -> Customer:
        """The customer that the last command was about, as it is now.

        :raises NotFound: it is not on record.
        """
        return self.crm.customer(self._about)

    # ----------------------------------------------------------------------------------------------------- inside

    def _happened(self, event: CustomerEvent, actor: Actor, id: str) -> None:
        """Store an event as the command does that brings it about."""
        if event.at > self.now:
            self.now = as_instant(event.at)
        rules, stamp = self.crm.rules, self.crm.policy.stamp
        with self.crm.store.begin() as uow:
            session = Session(uow, Records(self.crm.policy.customers), rules, stamp, sequential("C"))
            loaded = session.load(id)
            before = None if loaded is None else loaded.entity
            envelope = Envelope(id, 1 if before is None else before.version + 1, actor.id, stamp, event)
            session._save(loaded, evolve(before, envelope), (envelope,))  # noqa: SLF001  (stored as in production)
            self._remember(session, event)
        self.events, self.refusals, self._about = (event,), Refusals(), id
        self._tell(f"{actor.id}: {id}")

    def _remember(self, session: Session, event: CustomerEvent) -> None:
        """Count a number that was used up, and a claim that was made."""
        records, uow = session.records, session.uow
        if isinstance(event, Registered):
            counter = records.counter(uow)
            after = Counter(counter.entity.name, counter.entity.value + 1)
            records.counters.save(uow, counter if counter.version else None, after)
        if isinstance(event, Protected):
            holder = records.holder(uow, event.owner)
            claims = claimed(holder.entity, self.crm.rules, self.now)
            records.holders.save(uow, holder if holder.version else None, claims)

    def _customer(self, id: str) -> Customer | None:
        try:
            return self.crm.customer(id)
        except NotFound:
            return None

    def _fallen(self, before: datetime) -> Iterator[CustomerEvent]:
        """What time alone has done since ``before``; there was no command since, so all that is later is its doing."""
        for customer in self.crm.customers.all():
            yield from (envelope.event for envelope in self.crm.history(customer.id) if envelope.at > before)

    def _tell(self, what: str) -> None:
        self._story.append(f"  {self._clock(self.now)}  {what}: {self._came()}")

    def _came(self) -> str:
        """What came of the last command, or of time, in one line."""
        if self.refusals:
            return "refused, " + ", ".join(f"{refusal.rule} {refusal.code}" for refusal in self.refusals)
        return ", ".join(map(_name, self.events)) or "nothing"

    def _clock(self, moment: datetime) -> str:
        zone: tzinfo = self.crm.rules.zone
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"

    def _fail(self, expected: str, came: str | None = None) -> NoReturn:
        why = [f"  {refusal.rule} {refusal.code}: {refusal.message()}" for refusal in self.refusals]
        lines = [f"expected: {expected}", f"but came: {came or self._came()}", *why, "after all this:", *self._story]
        raise AssertionError("\n".join(lines))


def _is(expected: Expected, event: CustomerEvent) -> bool:
    if isinstance(expected, CustomerEvent):
        return expected == event
    return _name(expected) == event.type


def _name(event: Expected) -> str:
    return event if isinstance(event, str) else event.type


def _tells(reason: str, refusal: Refusal) -> bool:
    """Whether a reason as a test tells it means this refusal."""
    return reason in {refusal.rule, refusal.code, f"{refusal.rule} {refusal.code}"}


def _described(stage: Any, fields: Mapping[str, object]) -> str:
    """A stage by name, with those of its values that are asked for."""
    if stage is None:
        return "not on record"
    values = [f"{key}={getattr(stage, key, 'not a field of it')!r}" for key in fields]
    return ", ".join([str(stage.name), *values])
