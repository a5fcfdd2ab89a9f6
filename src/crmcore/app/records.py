"""The repositories and the event log, made once at open; and what has to be looked up before a command is decided."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from crmcore.app.duplicates import judged_hits
from crmcore.app.erasable import NOBODY, people
from crmcore.app.parties import counted
from crmcore.app.references import clashing
from crmcore.conflicts.entities import Conflict
from crmcore.conflicts.events import EVENTS as CONFLICT_EVENTS
from crmcore.conflicts.stored import CONFLICT
from crmcore.customers.commands import ChangeProfile, Command, Merge, Register, UndoMerge
from crmcore.customers.commands_file import Erase
from crmcore.customers.duplicates import Alike, alike, identity_of, proposed, stood_before
from crmcore.customers.entities import Customer
from crmcore.customers.events import EVENTS as CUSTOMER_EVENTS
from crmcore.customers.facts import Facts, Held, Holder, Other
from crmcore.customers.guards import is_emptied
from crmcore.customers.history import settled
from crmcore.customers.limits import limited, paced, would_hold
from crmcore.customers.merging import counts_again
from crmcore.customers.policy import CustomerPolicy, CustomerRules
from crmcore.customers.profiles import changed_profile, names_anew
from crmcore.customers.stages import Merged
from crmcore.customers.stored import ACTION, CONVERTER, HOLDER, OpenAction, customer_entity, name_digest
from crmcore.errors import Unreadable
from crmcore.kernel.actors import Actor
from crmcore.kernel.entities import Kind
from crmcore.kernel.events import EventTypes, Upcaster
from crmcore.kernel.times import to_micros
from crmcore.matching import Identity
from crmcore.ratings.entities import KeptOverride, KeptPolicy, KeptScore, Rating
from crmcore.ratings.events import RATING_EVENTS
from crmcore.ratings.stored import OVERRIDE, RATING, SCORE, SCORING_POLICY
from crmcore.storage.catalogue import COUNTER, MOVED, READER, Counter, Moved, Reader, kinds_of
from crmcore.storage.eventlog import EventLog
from crmcore.storage.interface import Query, UnitOfWork
from crmcore.storage.repository import Loaded, Repository

NUMBERS = "customer-number"
#: Records alike that are told of, at most.
MOST = 10

#: What the log may hold: the events of customers, and of what else happens about them.
ALL_EVENTS = EventTypes((*CUSTOMER_EVENTS, *CONFLICT_EVENTS, *RATING_EVENTS))


class Records:
    """Everything a CRM reads and writes, by kind."""

    def __init__(self, policy: CustomerPolicy, upcasters: Iterable[Upcaster] = (), others: Iterable[Kind] = ()) -> None:
        """Make the repositories; ``others`` are the kinds that plugins keep beside ours."""
        self.customers: Repository[Customer] = Repository(customer_entity(policy), CONVERTER)
        self.holders: Repository[Holder] = Repository(HOLDER, CONVERTER)
        self.actions: Repository[OpenAction] = Repository(ACTION, CONVERTER)
        self.counters: Repository[Counter] = Repository(COUNTER, CONVERTER)
        self.log: EventLog = EventLog(ALL_EVENTS.with_upcasters(upcasters), CONVERTER)
        self.conflicts: Repository[Conflict] = Repository(CONFLICT, CONVERTER)
        self.readers: Repository[Reader] = Repository(READER, CONVERTER)
        self.ratings: Repository[Rating] = Repository(RATING, CONVERTER)
        self.scores: Repository[KeptScore] = Repository(SCORE, CONVERTER)
        self.overrides: Repository[KeptOverride] = Repository(OVERRIDE, CONVERTER)
        self.scoring_policies: Repository[KeptPolicy] = Repository(SCORING_POLICY, CONVERTER)
        self.moved: Repository[Moved] = Repository(MOVED, CONVERTER)
        self.kinds: tuple[Kind, ...] = (*kinds_of(policy), *others)
        #: What speaks of persons at customers, beside these themselves (``Entity.about``).
        self.speaking: tuple[Repository[Any], ...] = (self.conflicts, self.scores, self.overrides)

    def facts(
        self,
        uow: UnitOfWork,
        kind: type[Command],
        command: Command | None,
        customer: Customer | None,
        actor: Actor,
        rules: CustomerRules,
        now: datetime,
    ) -> Facts:
        """All that deciding a command of this kind needs to know; ``command`` None asks whether one could pass."""
        number, match, held, other = "", None, None, None
        participants, still_named, held_beside = NOBODY
        similar: tuple[Alike, ...] = ()
        turn: int | None = None
        if isinstance(command, Register) and customer is None:
            counter = self.counter(uow)
            number, turn = rules.numbering.number(counter.entity.value + 1), counter.version
        if isinstance(command, (Register, ChangeProfile)):
            match = self._match(uow, command, customer, now)
            wanted = None if rules.matching.similar == "off" else proposed(command, customer)
            if wanted is not None:
                # Before looking: who registers or changes a profile meanwhile is waited for, or found out when saving.
                turn = self.counter(uow).version if turn is None else turn
                similar = self._alike(uow, wanted, customer, rules, now)
        who = would_hold(kind, command, customer, actor)
        if who is not None and limited(kind, customer, rules):
            held = self._held(uow, who, rules, now)
        if kind is Merge:
            other = self._survivor_of_merge(uow, command if isinstance(command, Merge) else None, customer, now)
        elif kind is UndoMerge:
            other = self._survivor_of(uow, customer, rules, now)
        elif kind is Erase and customer is not None:
            participants, still_named, held_beside = people(self, uow, command, customer, now)
        return Facts(actor, customer, held, match, number, similar, turn, other, participants, still_named, held_beside)

    def _alike(
        self,
        uow: UnitOfWork,
        wanted: Identity,
        customer: Customer | None,
        rules: CustomerRules,
        now: datetime,
    ) -> tuple[Alike, ...]:
        """Who else may be the customer as it is to be: no longer those that were alike before, or decided not to be."""
        if customer is None:
            return self.similar(uow, wanted, rules, now)
        found = self.similar(uow, wanted, rules, now, but=customer.id, was=identity_of(customer))
        return counted(self, uow, customer, found, now)

    def similar(
        self,
        uow: UnitOfWork,
        identity: Identity,
        rules: CustomerRules,
        now: datetime,
        *,
        but: str | None = None,
        was: Identity | None = None,
        most: int | None = MOST,
    ) -> tuple[Alike, ...]:
        """The records alike, whoever asks: what must be answered first, then the surest.

        ``but`` is the customer itself; ``most`` is None for all.
        """
        return tuple(islice(self.alike(uow, identity, rules, now, but, most, was), most))

    def alike(
        self,
        uow: UnitOfWork,
        identity: Identity,
        rules: CustomerRules,
        now: datetime,
        but: str | None,
        step: int | None = None,
        was: Identity | None = None,
    ) -> Iterator[Alike]:
        """All records alike, settled, with what was found; loaded so many at a time, or all at once.

        Those that were as like it when it was who it ``was`` are left out. Who was merged into another is found under
        its old name, and the other is told of (M-06).
        """
        judged = judged_hits(uow, identity, self.counter_value(uow), rules.matching, but)
        told = {but}
        for start in range(0, len(judged), step or max(1, len(judged))):
            some = judged[start : start + step] if step else judged
            found = self.customers.get_many(uow, [hit.id for hit, _ in some])
            known = {one.entity.id: self.survivor(uow, settled(one.entity, now)[0], now) for one in found}
            others = {one.entity.id: identity_of(one.entity) for one in found} if was is not None else {}
            for hit, verdict in some:
                other = others.get(hit.id)
                if was is not None and other is not None and stood_before(hit, was, identity, other, rules.matching):
                    continue
                customer = known.get(hit.id)
                if customer is not None and customer.id not in told:
                    told.add(customer.id)
                    yield alike(customer, hit, verdict, rules.matching)

    def counter_value(self, uow: UnitOfWork) -> int:
        """How many customer numbers have been used up."""
        counter = self.counters.get(uow, NUMBERS)
        return 0 if counter is None else counter.entity.value

    def counter(self, uow: UnitOfWork) -> Loaded[Counter]:
        """The counter of customer numbers."""
        return self.counters.held(uow, NUMBERS) or Loaded(Counter(NUMBERS))

    def _match(
        self, uow: UnitOfWork, command: Register | ChangeProfile, customer: Customer | None, now: datetime
    ) -> Customer | None:
        """Who else has the name that the command gives (P-02)."""
        if isinstance(command, Register):
            key = name_digest(command)
        elif customer is None or is_emptied(command.name) or not names_anew(command):
            return None
        else:
            key = name_digest(changed_profile(customer.profile, command))
        other = self.named(uow, key, now)
        if other is None or (customer is not None and other.id == customer.id):
            return None
        return other

    def named(self, uow: UnitOfWork, key: str, now: datetime) -> Customer | None:
        """Who has a name, by its digest; for that of a merged record, who survives."""
        # In this order: a record that is merged between the two questions is found by the second.
        found = self.customers.find(uow, "by_name", key) or self.customers.find(uow, "by_alias", key)
        return None if found is None else self.survivor(uow, settled(found.entity, now)[0], now)

    def survivor(self, uow: UnitOfWork, customer: Customer, now: datetime) -> Customer:
        """Who a customer is today: itself, or the one that it was merged into in the end."""
        while isinstance(customer.stage, Merged):
            into = self.customers.get(uow, customer.stage.into)
            if into is None:
                raise Unreadable("customer", customer.stage.into, "it is not there, and another was merged into it")
            customer = settled(into.entity, now)[0]
        return customer

    def _survivor_of_merge(
        self, uow: UnitOfWork, command: Merge | None, customer: Customer | None, now: datetime
    ) -> Other | None:
        """The customer that another is to be merged into (M-06)."""
        loaded = None if command is None else self.customers.get(uow, command.into)
        if loaded is None or customer is None:
            return None
        into = settled(loaded.entity, now)[0]
        return Other(into, clashing(uow, self.kinds, customer.id, into.id))

    def _survivor_of(
        self, uow: UnitOfWork, customer: Customer | None, rules: CustomerRules, now: datetime
    ) -> Other | None:
        """The customer that this one was merged into, and what has been built upon that (M-06)."""
        stage = None if customer is None else customer.stage
        loaded = self.customers.get(uow, stage.into) if isinstance(stage, Merged) else None
        if loaded is None or customer is None:
            return None
        (into, fallen), held = settled(loaded.entity, now), None
        if into.owner is not None and counts_again(into, customer.id, rules):
            held = self._held(uow, into.owner, rules, now)
        since = into.absorption(customer.id).version
        past = () if into.version == since else (*self.log.history(uow, into.id), *fallen)
        built = tuple(envelope.type for envelope in past if envelope.number > since)
        return Other(into, built=built, held=held)

    def _held(self, uow: UnitOfWork, owner: str, rules: CustomerRules, now: datetime) -> Held:
        """What a person holds at ``now``; what is due to fall no longer counts, swept or not (P-16, P-19)."""
        # Before counting: whoever claims for the same person is waited for, and counted, or found out when saving.
        holder = self.holder(uow, owner)
        due, counts = to_micros(now), {"potential": 0, "intent": 0, "locked": 0}
        for stage in ("potential", "intent"):
            for row in self.customers.rows(uow, Query("customer", "by_owner", (owner, stage), limit=500)):
                falls_at = row.columns["falls_at"]
                if isinstance(falls_at, int) and falls_at <= due:
                    continue
                counts["locked"] += bool(row.columns["locked"])
                counts[stage] += rules.limits.count_signed or not row.columns["signed"]
        held = Held(owner, counts["potential"], counts["intent"], counts["locked"], version=holder.version)
        return paced(held, holder.entity if holder.version else None, rules, now)

    def holder(self, uow: UnitOfWork, person: str) -> Loaded[Holder]:
        """What is remembered of a person who claims."""
        return self.holders.held(uow, person) or Loaded(Holder(person))
