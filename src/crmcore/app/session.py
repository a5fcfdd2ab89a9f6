"""One unit of work over customers: load, settle, decide, save. Who opened the unit commits it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from crmcore.app.conflicts import follow_merge, handle_conflict, open_for_review, why_not_conflict
from crmcore.app.duplicates import keep_keys
from crmcore.app.erasing import erase
from crmcore.app.outcome import Denied, Outcome
from crmcore.app.records import NUMBERS, Records
from crmcore.app.references import follow, unfollow
from crmcore.conflicts.commands import ConflictCommand
from crmcore.customers.commands import Command, OfCustomer, RecordFollowUp, Register
from crmcore.customers.commands_file import Erase
from crmcore.customers.decisions import Events
from crmcore.customers.duplicates import told
from crmcore.customers.entities import Customer
from crmcore.customers.events import Protected, Registered
from crmcore.customers.facts import Facts, Held, Other
from crmcore.customers.history import evolve, settled
from crmcore.customers.lifecycle import LIFECYCLE
from crmcore.customers.limits import claimed
from crmcore.customers.policy import CustomerRules
from crmcore.customers.stages import Merged, NextAction
from crmcore.customers.stored import OpenAction, action_id
from crmcore.errors import Conflict
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.kernel.quick import maker
from crmcore.kernel.refusals import Refusals
from crmcore.ratings.base import OfRating
from crmcore.storage.catalogue import Counter
from crmcore.storage.eventlog import NO_SEALS, Seals
from crmcore.storage.interface import UnitOfWork
from crmcore.storage.repository import Loaded

_make_envelope = maker(Envelope)

#: Customers that a unit of work keeps decoded.
MOST_KNOWN = 1_000


def customer_of(command: Command) -> str | None:
    """The id of the customer a command is about; None for a registration that leaves the id to us."""
    if isinstance(command, Register):
        return command.id
    return command.customer if isinstance(command, (OfCustomer, RecordFollowUp)) else None


class Session:
    """Commands within one unit of work; ``changes`` are the envelopes appended so far."""

    def __init__(
        self, uow: UnitOfWork, records: Records, rules: CustomerRules, stamp: str, new_id: Callable[[], str]
    ) -> None:
        self.uow = uow
        self.records = records
        self.rules = rules
        self.changes: list[Envelope] = []
        self.stamp: str = stamp
        self.new_id: Callable[[], str] = new_id
        self._known: dict[str, Loaded[Customer]] = {}

    def load(self, id: str) -> Loaded[Customer] | None:
        """The customer as it is stored, a due fall not yet applied; it is read once in a unit of work."""
        known = self._known.get(id)
        if known is None:
            known = self.records.customers.get(self.uow, id)
            if known is not None:
                self._keep(id, known)
        return known

    def _keep(self, id: str, loaded: Loaded[Customer]) -> None:
        """Remember a customer while the unit lasts, and no longer: others may change or erase it then."""
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[id] = loaded

    def view(self, id: str, now: datetime) -> Customer | None:
        """The customer as it is at ``now``."""
        loaded = self.load(id)
        return None if loaded is None else settled(loaded.entity, now)[0]

    def handle(self, command: Command, actor: Actor, now: datetime) -> Outcome | Denied:
        """Decide a command and store what it brings about; a refused one stores nothing."""
        if isinstance(command, ConflictCommand):
            return handle_conflict(self, command, actor, now)
        if isinstance(command, OfRating):
            from crmcore.app import rating  # noqa: PLC0415  (only who scores needs it)

            return rating.handle(self, command, actor, now)
        id = customer_of(command) or self.new_id()
        loaded = self.load(id)
        customer, fallen = (None, ()) if loaded is None else settled(loaded.entity, now)
        facts = self.facts(command, customer, actor, now)
        decision: Events | Refusals = LIFECYCLE.decide(facts.stage, command, facts, self.rules, now)
        if isinstance(decision, Refusals):
            return Denied(customer, decision, told(facts.similar, actor, self.rules.seeing))
        own = decision if facts.other is None else tuple(event for event in decision if not event.beside)
        sealed = NO_SEALS
        if isinstance(command, Erase) and customer is not None:
            customer, own, sealed = erase(self, command, customer, own, actor, now)
        after, fresh = self._fold(id, customer, own, actor, now)
        self._save(loaded, after, (*fallen, *fresh), sealed)
        beside = () if facts.other is None else self._beside(facts.other, after, decision, actor, now)
        self._remember(facts, decision, now)
        events = (*fresh, *beside) if beside else fresh
        if not facts.similar:
            return Outcome(after, events)
        outcome = Outcome(after, events, told(facts.similar, actor, self.rules.seeing))
        return open_for_review(self, outcome, facts.similar, actor, now)

    def why_not(self, command: Command, actor: Actor, now: datetime) -> Refusals:
        """Every reason against a command; nothing is stored."""
        if isinstance(command, ConflictCommand):
            return why_not_conflict(self, command, actor, now)
        if isinstance(command, OfRating):
            from crmcore.app import rating  # noqa: PLC0415  (only who scores needs it)

            return rating.why_not(self, command, actor, now)
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
        self._known.clear()
        falling = [(loaded, after, fallen) for loaded, after, fallen in settling if fallen]
        self.records.customers.save_all(self.uow, [(loaded, after) for loaded, after, _ in falling])
        self.record([envelope for _, _, fallen in falling for envelope in fallen])
        for loaded, after, _ in falling:
            self._save_actions(loaded.entity.actions, after)
        return len(falling)

    def reindex(self, loaded: Loaded[Customer]) -> bool:
        """Write the index columns anew if they are not what the customer's fields give.

        Not those of a customer whose name another one has: two that have become one must be merged first.
        """
        customers = self.records.customers
        row = self.uow.get(customers.entity.kind.name, (loaded.entity.id,))[0]
        if customers.entity.fits(loaded.entity, row.columns):
            return False
        key = customers.entity.columns(loaded.entity)["name_key"]
        holder = None if key is None else customers.find(self.uow, "by_name", key)
        if holder is not None and holder.entity.id != loaded.entity.id:
            return False
        self._known.pop(loaded.entity.id, None)
        customers.save(self.uow, loaded, loaded.entity)
        return True

    def _fold(
        self, id: str, customer: Customer | None, decision: Events, actor: Actor, now: datetime
    ) -> tuple[Customer, tuple[Envelope, ...]]:
        """The customer after these events and after what time makes of it at once, with all of them in envelopes."""
        envelopes: list[Envelope] = []
        for event in decision:
            number = 1 if customer is None else customer.version + 1
            envelope = _make_envelope(id, number, actor.id, self.stamp, event)
            customer = evolve(customer, envelope)
            envelopes.append(envelope)
        assert customer is not None, "a command that passes brings about at least one event"  # noqa: S101
        after, fallen = settled(customer, now)
        return after, (*envelopes, *fallen)

    def _beside(
        self, other: Other, record: Customer, decision: Events, actor: Actor, now: datetime
    ) -> tuple[Envelope, ...]:
        """Store what a command about two customers means to the second one, and to all that refers to the first."""
        loaded = self.load(other.customer.id)
        before, fallen = (None, ()) if loaded is None else settled(loaded.entity, now)
        if before is None or before.version != other.customer.version:
            # Somebody changed it after it was looked at.
            raise Conflict([(self.records.customers.entity.kind.name, other.customer.id)])
        beside = tuple(event for event in decision if event.beside)
        after, fresh = self._fold(before.id, before, beside, actor, now)
        self._save(loaded, after, (*fallen, *fresh))
        records, uow = self.records, self.uow
        if isinstance(record.stage, Merged):
            follow(uow, records.kinds, records.moved, record.id, after.id)
        else:
            unfollow(uow, records.moved, record.id)
        return (*fresh, *follow_merge(self, record, actor, now))

    def _save(
        self,
        loaded: Loaded[Customer] | None,
        after: Customer,
        envelopes: tuple[Envelope, ...],
        sealed: Seals = NO_SEALS,
    ) -> None:
        """What is personal goes with the rest in one batch; open actions come last, as wherever they are written."""
        writes, saved = self.records.customers.writes(loaded, after)
        events, beside = self.records.log.entries(envelopes, sealed)
        self.uow.write([*writes, *beside])
        self.uow.append(events)
        self.changes.extend(envelopes)
        self._keep(after.id, saved)
        before = None if loaded is None else loaded.entity
        self._save_actions(() if before is None else before.actions, after)
        keep_keys(self.uow, before, after, self.rules.matching)

    def record(self, envelopes: Sequence[Envelope], sealed: Seals = NO_SEALS) -> None:
        """Add events to the log; ``sealed`` is what the last of them has made of personal values before it."""
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
        """Count the customer number that was used up, and make what races collide.

        Claims of one person do by the record of that person (P-16), registrations and changed profiles by the counter.
        """
        if facts.turn is not None:
            counter = self.records.counter(self.uow)
            if counter.version != facts.turn:
                # Somebody registered, or changed a profile, after it was looked for who is on record already (P-02).
                raise Conflict([(self.records.counters.entity.kind.name, NUMBERS)])
            used = sum(type(event) is Registered for event in decision)
            before = counter if counter.version else None
            self.records.counters.save(self.uow, before, Counter(NUMBERS, counter.entity.value + used))
        if facts.held is not None:
            self._hold(facts.held, decision, now)
        second = None if facts.other is None else facts.other.held
        if second is not None and (facts.held is None or facts.held.owner != second.owner):
            self._hold(second, decision, now)

    def _hold(self, held: Held, decision: Events, now: datetime) -> None:
        """Write what is remembered of a person who holds more than before."""
        holder = self.records.holder(self.uow, held.owner)
        if holder.version != held.version:
            # Somebody claimed for this person after the count.
            raise Conflict([(self.records.holders.entity.kind.name, holder.entity.person)])
        claim = any(type(event) is Protected for event in decision)
        after = claimed(holder.entity, self.rules, now) if claim else holder.entity
        self.records.holders.save(self.uow, holder if holder.version else None, after)
