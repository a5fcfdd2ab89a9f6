"""Questions about customers. Every answer is settled: as time has left things now, whether a sweep has run or not."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import islice

from crmcore.app.conflicts import open_conflicts
from crmcore.app.session import Session
from crmcore.conflicts.entities import Open
from crmcore.customers.agenda import AgendaItem, agenda_of, horizon, in_turn, may_decide, reminded_until, urgency
from crmcore.customers.commands import Register
from crmcore.customers.entities import Customer
from crmcore.customers.history import replay, settled
from crmcore.customers.policy import CustomerRules
from crmcore.customers.profiles import fault_in_fields
from crmcore.customers.stages import PROTECTED_NAMES, Merged, Pool
from crmcore.customers.stored import name_digest
from crmcore.errors import Fault, Invalid, NotFound, UnknownName
from crmcore.kernel.actors import Actor
from crmcore.kernel.entities import Scalar
from crmcore.kernel.events import Envelope
from crmcore.kernel.times import to_micros
from crmcore.storage.interface import Query, Record

PAGE = 500


class Queries:
    """Finding customers; each method opens a unit of work of its own and closes it before it returns.

    ``at`` is now unless given. ``get`` and ``history`` see the past as it was; the other questions see what is stored
    now as time alone will have changed it by ``at``, so give them now or a time to come.
    """

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Session]],
        now: Callable[[datetime | None], datetime],
        rules: CustomerRules,
    ) -> None:
        self._reading = reading
        self._now = now
        self._rules = rules

    def get(self, id: str, *, at: datetime | None = None) -> Customer:
        """The customer as it is at a time, past or to come.

        :raises NotFound: no such customer, or not yet at that time.
        """
        now = self._now(at)
        with self._reading() as session:
            loaded = session.load(id)
            if loaded is None:
                raise NotFound("customer", id)
            customer: Customer | None = loaded.entity
            if now < loaded.entity.last_at:
                past = session.records.log.history(session.uow, id)
                customer = replay(envelope for envelope in past if envelope.at <= now)
            if customer is None:
                raise NotFound("customer", id)
            return settled(customer, now)[0]

    def history(self, id: str, *, at: datetime | None = None, merged: bool = False) -> tuple[Envelope, ...]:
        """The events of a customer up to a time, oldest first, a fall that is due by then included.

        With ``merged``, those of all records merged into it as well, and of the records merged into those.

        :raises NotFound: no such customer.
        """
        now = self._now(at)
        with self._reading() as session:
            loaded = session.load(id)
            if loaded is None:
                raise NotFound("customer", id)
            stored = session.records.log.history(session.uow, id)
        customer, fallen = settled(loaded.entity, now)
        own = tuple(envelope for envelope in (*stored, *fallen) if envelope.at <= now)
        if not merged:
            return own
        records = [merge.record for merge in customer.merges if merge.at <= now]
        theirs = [one for record in records for one in self.history(record, at=at, merged=True)]
        return tuple(sorted((*own, *theirs), key=lambda envelope: envelope.at))

    def survivor(self, id: str, *, at: datetime | None = None) -> Customer:
        """The customer of that id, or who it is after all mergers: what a reference of old leads to (M-06).

        :raises NotFound: no such customer, or not yet at that time.
        """
        customer = self.get(id, at=at)
        while isinstance(customer.stage, Merged):
            customer = self.get(customer.stage.into, at=at)
        return customer

    def by_number(self, number: str, *, at: datetime | None = None) -> Customer | None:
        """The customer with that number."""
        return self._first("by_number", number, at)

    def ids_of(self, names: Iterable[str], *, merged: bool = False) -> dict[str, str]:
        """The ids of customers by what somebody calls them: an id, or else a number; without those not on record.

        Records that are merged are among them only if asked for.
        """
        asked, found = iter(dict.fromkeys(names)), dict[str, Record]()
        while page := list(islice(asked, PAGE)):
            with self._reading() as session:
                found |= {row.id: row for row in session.uow.get("customer", page)}
                for name in (one for one in page if one not in found):
                    for row in session.uow.query(Query("customer", "by_number", (name,), limit=1)):
                        found[name] = row
        return {name: row.id for name, row in found.items() if merged or row.columns["stage"] != Merged.name}

    def by_name(self, name: str, phone: str | None = None, *, at: datetime | None = None) -> Customer | None:
        """The enterprise of that full name, however it is written; with a phone, or else none, the individual.

        The phone is the mobile number of who has given no other.

        The name of a record that was merged finds the customer that it was merged into.
        """
        now = self._now(at)
        with self._reading() as session:
            for asked in (Register(name=name), Register(name=name, kind="individual", phone=phone)):
                found = session.records.named(session.uow, name_digest(asked), now)
                if found is not None:
                    return found
        return None

    def by_field(self, field: str, value: Scalar, *, at: datetime | None = None) -> list[Customer]:
        """The customers whose custom field has that value; for one that was merged, the one it was merged into.

        :raises UnknownName: the field is not declared, or not as indexed.
        :raises Invalid: no such field could have that value.
        """
        now = self._now(at)
        searchable = {custom.name: custom for custom in self._rules.custom_fields if custom.indexed}
        if field not in searchable:
            raise UnknownName("searchable field", field, searchable)
        if fault := fault_in_fields({field: value}, (searchable[field],)):
            raise Invalid([Fault("value", "not-allowed", fault[1])])
        with self._reading() as session:
            found = self._settled(session, Query("customer", f"by_x_{field}", (value,), limit=PAGE), now)
            today = [session.records.survivor(session.uow, customer, now) for customer in found]
            return list({customer.id: customer for customer in today}.values())

    def held_by(self, person: str, *, at: datetime | None = None) -> list[Customer]:
        """The customers a person has: protected and formal ones, ordered by id."""
        now = self._now(at)
        with self._reading() as session:
            found = [
                customer
                for stage in (*PROTECTED_NAMES, "formal")
                for customer in self._settled(session, Query("customer", "by_owner", (person, stage), limit=PAGE), now)
                if customer.owner == person
            ]
        return sorted(found, key=lambda customer: customer.id)

    def in_pool(
        self, pool: str | None = None, *, at: datetime | None = None, limit: int | None = None
    ) -> list[Customer]:
        """Who is in the pool now: those stored there and those whose fall is due, longest there first.

        :raises Invalid: a limit below 0.
        """
        if limit is not None and limit < 0:
            raise Invalid([Fault("limit", "out-of-range", "a whole number from 0")])
        now = self._now(at)
        name = pool or self._rules.pools[0]
        page = PAGE if limit is None else min(max(limit, 1), PAGE)
        query = Query("customer", "by_pool", (name,), hi=to_micros(now) + 1, limit=page)
        with self._reading() as session:
            found = (customer for customer in self._settled(session, query, now) if type(customer.stage) is Pool)
            return list(islice(found, limit))

    def all(self, *, at: datetime | None = None, merged: bool = False) -> list[Customer]:
        """Every customer, ordered by number; for reports over everything. Records that are merged only if asked for."""
        now = self._now(at)
        with self._reading() as session:
            found = self._settled(session, Query("customer", "by_number", limit=PAGE), now)
            return [customer for customer in found if merged or type(customer.stage) is not Merged]

    def agenda(self, actor: Actor, *, at: datetime | None = None) -> list[AgendaItem]:
        """What a person has to do about all customers; only those are read that may concern the person."""
        now = self._now(at)
        with self._reading() as session:
            ids = sorted(self._concerning(session, actor, now))
            loaded = session.records.customers.get_many(session.uow, ids)
            conflicts = self._conflicts(session, actor, now)
        own = agenda_of(actor, [settled(one.entity, now)[0] for one in loaded], self._rules, now)
        return sorted((*own, *conflicts), key=in_turn) if conflicts else own

    def _conflicts(self, session: Session, actor: Actor, now: datetime) -> list[AgendaItem]:
        """The conflicts that wait for the actor's decision."""
        items = []
        for conflict in open_conflicts(session, actor, self._rules):
            customer = session.view(conflict.customer, now)
            if customer is not None and isinstance(conflict.stage, Open):
                due = conflict.stage.due
                items.append(AgendaItem("conflict", customer.id, customer.number, due, urgency(due, self._rules, now)))
        return items

    def _first(self, index: str, key: str, at: datetime | None) -> Customer | None:
        now = self._now(at)
        with self._reading() as session:
            loaded = session.records.customers.find(session.uow, index, key)
        return None if loaded is None else settled(loaded.entity, now)[0]

    @staticmethod
    def _settled(session: Session, query: Query, now: datetime) -> Iterator[Customer]:
        for page in session.records.customers.pages(session.uow, query):
            yield from (settled(loaded.entity, now)[0] for loaded in page)

    def _concerning(self, session: Session, actor: Actor, now: datetime) -> set[str]:
        """The ids of customers that may hold something for the actor to do."""
        records, uow, rules = session.records, session.uow, self._rules
        until, reminded = horizon(rules, now), to_micros(reminded_until(rules, now))
        planned = Query("action", "by_person", (actor.id,), hi=None if until is None else to_micros(until), limit=PAGE)
        ids = {str(row.columns["customer"]) for row in records.actions.rows(uow, planned)}
        ids |= {
            row.id for row in records.customers.rows(uow, Query("customer", "by_handover", (actor.id,), limit=PAGE))
        }
        for stage in PROTECTED_NAMES:
            for row in records.customers.rows(uow, Query("customer", "by_owner", (actor.id, stage), limit=PAGE)):
                falls_at = row.columns["falls_at"]
                if isinstance(falls_at, int) and falls_at <= reminded:
                    ids.add(row.id)
        if any(
            may_decide(actor, command, rules)
            for command in ("approve-protection", "approve-intent", "approve-extension")
        ):
            decisions = Query("customer", "by_decision", limit=PAGE)
            ids |= {row.id for row in records.customers.rows(uow, decisions)}
        return ids
