"""The repositories and the event log, made once at open; and what has to be looked up before a command is decided."""

from collections.abc import Iterable
from datetime import datetime

from crmcore.customers.commands import ChangeProfile, Command, Register
from crmcore.customers.commands_file import Erase
from crmcore.customers.entities import Customer
from crmcore.customers.erasing import asks_for_participants, participants_in
from crmcore.customers.facts import Facts, Held, Holder, Match
from crmcore.customers.guards import is_emptied
from crmcore.customers.history import settled
from crmcore.customers.limits import limited, paced, would_hold
from crmcore.customers.policy import CustomerPolicy, CustomerRules
from crmcore.customers.profiles import changed_profile
from crmcore.customers.stored import ACTION, CONVERTER, EVENT_TYPES, HOLDER, OpenAction, customer_entity, name_digest
from crmcore.kernel.actors import Actor
from crmcore.kernel.entities import Kind
from crmcore.kernel.events import Upcaster
from crmcore.kernel.times import to_micros
from crmcore.storage.catalogue import COUNTER, READER, Counter, Reader, kinds_of
from crmcore.storage.eventlog import EventLog
from crmcore.storage.interface import Query, UnitOfWork
from crmcore.storage.repository import Loaded, Repository

NUMBERS = "customer-number"


class Records:
    """Everything a CRM reads and writes, by kind."""

    def __init__(self, policy: CustomerPolicy, upcasters: Iterable[Upcaster] = ()) -> None:
        self.customers: Repository[Customer] = Repository(customer_entity(policy), CONVERTER)
        self.holders: Repository[Holder] = Repository(HOLDER, CONVERTER)
        self.actions: Repository[OpenAction] = Repository(ACTION, CONVERTER)
        self.counters: Repository[Counter] = Repository(COUNTER, CONVERTER)
        self.log: EventLog = EventLog(EVENT_TYPES.with_upcasters(upcasters), CONVERTER)
        self.readers: Repository[Reader] = Repository(READER, CONVERTER)
        self.kinds: tuple[Kind, ...] = kinds_of(policy)

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
        number, match, held, participants = "", None, None, frozenset[str]()
        if isinstance(command, Register) and customer is None:
            number = rules.numbering.number(self.counter(uow).entity.value + 1)
        if isinstance(command, Register | ChangeProfile):
            match = self._match(uow, command, customer, now)
        if limited(kind, customer, rules):
            who = would_hold(kind, command, customer, actor)
            held = None if who is None else self._held(uow, who, rules, now)
        if kind is Erase and customer is not None and asks_for_participants(command, customer):
            participants = frozenset(participants_in(one.event for one in self.log.history(uow, customer.id)))
        return Facts(actor, customer, held, match, number, participants)

    def counter(self, uow: UnitOfWork) -> Loaded[Counter]:
        """The counter of customer numbers."""
        return self.counters.held(uow, NUMBERS) or Loaded(Counter(NUMBERS))

    def _match(
        self, uow: UnitOfWork, command: Register | ChangeProfile, customer: Customer | None, now: datetime
    ) -> Match | None:
        """Who else has the name that the command gives (P-02)."""
        if isinstance(command, Register):
            key = name_digest(command)
        elif customer is None or is_emptied(command.name) or (command.name is None and command.phone is None):
            return None
        else:
            key = name_digest(changed_profile(customer.profile, command))
        found = self.customers.find(uow, "by_name", key)
        if found is None or (customer is not None and found.entity.id == customer.id):
            return None
        other = settled(found.entity, now)[0]
        return Match(other.id, other.number, other.stage)

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
