"""One unit of work over customers: load, settle, decide, save. Who opened the unit commits it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from crmcore.app.erasing import erase
from crmcore.app.outcome import Denied, Outcome
from crmcore.app.records import NUMBERS, Records
from crmcore.customers.commands import Command, OfCustomer, RecordFollowUp, Register
from crmcore.customers.commands_file import Erase
from crmcore.customers.decisions import Events
from crmcore.customers.entities import Customer, NextAction
from crmcore.customers.events import Protected, Registered
from crmcore.customers.facts import Facts
from crmcore.customers.history import evolve, settled
from crmcore.customers.lifecycle import LIFECYCLE
from crmcore.customers.limits import claimed
from crmcore.customers.policy import CustomerRules
from crmcore.customers.stored import OpenAction, action_id
from crmcore.errors import Conflict
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.kernel.refusals import Refusals
from crmcore.storage.catalogue import Counter
from crmcore.storage.eventlog import NO_SEALS, Seals
from crmcore.storage.interface import UnitOfWork
from crmcore.storage.repository import Loaded


def customer_of(command: Command) -> str | None:
    """The id of the customer a command is about; None for a registration that leaves the id to us."""
    if isinstance(command, OfCustomer | RecordFollowUp):
        return command.customer
    return command.id if isinstance(command, Register) else None


class Session:
    """Commands within one unit of work; ``changes`` are the envelopes appended so far."""

    def __init__(
        self, uow: UnitOfWork, records: Records, rules: CustomerRules, stamp: str, new_id: Callable[[], str]
    ) -> None:
        self.uow = uow
        self.records = records
        self.rules = rules
        self.changes: list[Envelope] = []
        self._stamp = stamp
        self._new_id = new_id

    def load(self, id: str) -> Loaded[Customer] | None:
        """The customer as it is stored, a due fall not yet applied."""
        return self.records.customers.get(self.uow, id)

    def view(self, id: str, now: datetime) -> Customer | None:
        """The customer as it is at ``now``."""
        loaded = self.load(id)
        return None if loaded is None else settled(loaded.entity, now)[0]

    def handle(self, command: Command, actor: Actor, now: datetime) -> Outcome | Denied:
        """Decide a command and store what it brings about; a refused one stores nothing."""
        id = customer_of(command) or self._new_id()
        loaded = self.load(id)
        customer, fallen = (None, ()) if loaded is None else settled(loaded.entity, now)
        facts = self.facts(command, customer, actor, now)
        decision: Events | Refusals = LIFECYCLE.decide(facts.stage, command, facts, self.rules, now)
        if isinstance(decision, Refusals):
            return Denied(customer, decision)
        sealed = NO_SEALS
        if isinstance(command, Erase) and customer is not None:
            customer, decision, sealed = erase(self, command, customer, decision)
        after, fresh = self._fold(id, customer, decision, actor, now)
        self._save(loaded, after, (*fallen, *fresh), sealed)
        self._remember(facts, decision, now)
        return Outcome(after, fresh)

    def why_not(self, command: Command, actor: Actor, now: datetime) -> Refusals:
        """Every reason against a command; nothing is stored."""
        id = customer_of(command)
        customer = None if id is None else self.view(id, now)
        facts = self.facts(command, customer, actor, now)
        return LIFECYCLE.why_not(facts.stage, command, facts, self.rules, now)

    def can(self, customer: Customer, actor: Actor, now: datetime) -> tuple[type[Command], ...]:
        """The commands that would pass now if what they say is right."""
        possible = []
        for kind in LIFECYCLE.commands:
            facts = self.records.facts(self.uow, kind, None, customer, actor, self.rules, now)
            if LIFECYCLE.can(customer.stage, kind, facts, self.rules, now):
                possible.append(kind)
        return tuple(possible)

    def facts(self, command: Command, customer: Customer | None, actor: Actor, now: datetime) -> Facts:
        """All that deciding this command needs to know."""
        return self.records.facts(self.uow, type(command), command, customer, actor, self.rules, now)

    def settle_all(self, found: Iterable[Loaded[Customer]], now: datetime) -> int:
        """Store the falls that are due among these customers, in one batch; how many customers fell."""
        settling = [(loaded, *settled(loaded.entity, now)) for loaded in found]
        falling = [(loaded, after, fallen) for loaded, after, fallen in settling if fallen]
        self.records.customers.save_all(self.uow, [(loaded, after) for loaded, after, _ in falling])
        self._record([envelope for _, _, fallen in falling for envelope in fallen])
        for loaded, after, _ in falling:
            self._save_actions(loaded.entity.actions, after)
        return len(falling)

    def reindex(self, loaded: Loaded[Customer]) -> bool:
        """Write the index columns anew if they are not what the customer's fields give."""
        customers = self.records.customers
        row = self.uow.get(customers.entity.kind.name, (loaded.entity.id,))[0]
        if customers.entity.fits(loaded.entity, row.columns):
            return False
        customers.save(self.uow, loaded, loaded.entity)
        return True

    def _fold(
        self, id: str, customer: Customer | None, decision: Events, actor: Actor, now: datetime
    ) -> tuple[Customer, tuple[Envelope, ...]]:
        """The customer after these events and after what time makes of it at once, with all of them in envelopes."""
        envelopes: list[Envelope] = []
        for event in decision:
            number = 1 if customer is None else customer.version + 1
            envelope = Envelope(id, number, actor.id, self._stamp, event)
            customer = evolve(customer, envelope)
            envelopes.append(envelope)
        assert customer is not None, "a command that passes brings about at least one event"  # noqa: S101
        after, fallen = settled(customer, now)
        return after, (*envelopes, *fallen)

    def _save(
        self,
        loaded: Loaded[Customer] | None,
        after: Customer,
        envelopes: tuple[Envelope, ...],
        sealed: Seals = NO_SEALS,
    ) -> None:
        self.records.customers.save(self.uow, loaded, after)
        self._record(envelopes, sealed)
        self._save_actions(() if loaded is None else loaded.entity.actions, after)

    def _record(self, envelopes: Sequence[Envelope], sealed: Seals = NO_SEALS) -> None:
        self.records.log.append(self.uow, envelopes, sealed)
        self.changes.extend(envelopes)

    def _save_actions(self, before: tuple[NextAction, ...], after: Customer) -> None:
        """Keep the records of open actions equal to those on the customer."""
        if before == after.actions:
            return
        gone = [action_id(after.id, action) for action in before if action not in after.actions]
        fresh = [OpenAction(after.id, action) for action in after.actions if action not in before]
        self.records.actions.swap(self.uow, gone, fresh)

    def _remember(self, facts: Facts, decision: Events, now: datetime) -> None:
        """Count the customer number that was used up, and make racing claims of one person collide (P-16)."""
        if any(type(event) is Registered for event in decision):
            counter = self.records.counter(self.uow)
            before = counter if counter.version else None
            self.records.counters.save(self.uow, before, Counter(NUMBERS, counter.entity.value + 1))
        if facts.held is not None:
            holder = self.records.holder(self.uow, facts.held.owner)
            if holder.version != facts.held.version:
                # Somebody claimed for this person after the count.
                raise Conflict([(self.records.holders.entity.kind.name, holder.entity.person)])
            claim = any(type(event) is Protected for event in decision)
            after = claimed(holder.entity, self.rules, now) if claim else holder.entity
            self.records.holders.save(self.uow, holder if holder.version else None, after)
