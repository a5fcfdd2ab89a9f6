"""Conflicts within a unit of work: facts, decision, storing; and the questions about them (撞单)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from crmcore.app.outcome import Denied, Outcome
from crmcore.app.parties import all_of, conflicts_of, standing
from crmcore.conflicts.commands import ConflictCommand, DecideConflict, OpenConflict
from crmcore.conflicts.entities import Conflict, Evidence
from crmcore.conflicts.history import evolve
from crmcore.conflicts.lifecycle import (
    CONFLICTS,
    MANAGERS,
    ConflictFacts,
    after_merge,
    evidence_of,
    open_conflict,
)
from crmcore.customers.duplicates import Alike, identity_of
from crmcore.customers.entities import Customer
from crmcore.customers.policy import CustomerRules
from crmcore.errors import NotFound
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.kernel.refusals import Refusals
from crmcore.storage.interface import Query
from crmcore.storage.repository import Loaded

if TYPE_CHECKING:
    from crmcore.app.session import Session

PAGE = 100


def handle_conflict(session: "Session", command: ConflictCommand, actor: Actor, now: datetime) -> Outcome | Denied:
    """Decide a command about a conflict and store what it brings about; a refused one stores nothing."""
    id = _id_of(command)
    loaded = None if id is None else session.records.conflicts.get(session.uow, id)
    facts = _facts(session, command, loaded, actor, now)
    decision = CONFLICTS.decide(facts.stage, command, facts, session.rules, now)
    if isinstance(decision, Refusals):
        return Denied(facts.customer, decision)
    conflict, envelopes = _stored(session, loaded, id or session.new_id(), decision, actor)
    customer = session.view(conflict.customer, now)
    assert customer is not None, "a conflict is of customers on record, and none is ever deleted"  # noqa: S101
    return Outcome(customer, envelopes, conflict=conflict)


def why_not_conflict(session: "Session", command: ConflictCommand, actor: Actor, now: datetime) -> Refusals:
    """Every reason against a command about a conflict; nothing is stored."""
    id = _id_of(command)
    loaded = None if id is None else session.records.conflicts.get(session.uow, id)
    facts = _facts(session, command, loaded, actor, now)
    return CONFLICTS.why_not(facts.stage, command, facts, session.rules, now)


def open_for_review(
    session: "Session", outcome: Outcome, similar: tuple[Alike, ...], actor: Actor, now: datetime
) -> Outcome:
    """Lay a customer that has passed before a manager, where policy sends similar ones to review (M-03)."""
    found = next((one for one in similar if one.is_alarm), None)
    if session.rules.matching.similar != "review" or found is None:
        return outcome
    command = OpenConflict(outcome.customer.id, found.customer.id)
    facts = _facts(session, command, None, actor, now, found)
    if facts.standing is not None:
        return outcome
    decision = open_conflict(facts.stage, command, facts, session.rules, now)
    conflict, envelopes = _stored(session, None, session.new_id(), decision, actor)
    return attrs.evolve(outcome, events=(*outcome.events, *envelopes), conflict=conflict)


def follow_merge(session: "Session", record: Customer, actor: Actor, now: datetime) -> tuple[Envelope, ...]:
    """Close the open conflicts whose two records a merge of this one has made one, or open them again (M-06)."""
    records, uow, told = session.records, session.uow, list[Envelope]()
    ids = sorted(row.id for row in conflicts_of(records, uow, all_of(records, uow, record)))
    for loaded in records.conflicts.get_many(uow, ids):
        conflict = loaded.entity
        parties = (_today(session, conflict.customer, now), _today(session, conflict.other, now))
        event = after_merge(conflict, parties, now)
        told += () if event is None else _stored(session, loaded, conflict.id, (event,), actor)[1]
    return tuple(told)


def _today(session: "Session", id: str, now: datetime) -> str:
    """Who a record is today."""
    customer = session.view(id, now)
    assert customer is not None, "a conflict is of customers on record, and none is ever deleted"  # noqa: S101
    return session.records.survivor(session.uow, customer, now).id


def _id_of(command: ConflictCommand) -> str | None:
    return command.id if isinstance(command, OpenConflict) else getattr(command, "conflict", None)


def _facts(
    session: "Session",
    command: ConflictCommand,
    loaded: Loaded[Conflict] | None,
    actor: Actor,
    now: datetime,
    found: Alike | None = None,
) -> ConflictFacts:
    """All that deciding a command about a conflict needs to know."""
    conflict = None if loaded is None else loaded.entity
    if not isinstance(command, OpenConflict):
        customer = None if conflict is None else session.view(conflict.customer, now)
        return ConflictFacts(actor, conflict, customer)
    customer, other = session.view(command.customer, now), session.view(command.other, now)
    evidence = evidence_of(found) if found is not None else _evidence(session, customer, other, now)
    open_one = None
    if customer is not None and other is not None:
        open_one = standing(session.records, session.uow, customer, other)
    return ConflictFacts(actor, conflict, customer, other, evidence, open_one)


def _evidence(session: "Session", customer: Customer | None, other: Customer | None, now: datetime) -> Evidence:
    """What analysis has to say about two records; nothing, where it does not find one by the other."""
    identity = None if customer is None or other is None else identity_of(customer)
    if identity is None or customer is None or other is None:
        return Evidence()
    alike = session.records.similar(session.uow, identity, session.rules, now, but=customer.id, most=None)
    found = next((one for one in alike if one.customer.id == other.id), None)
    return Evidence() if found is None else evidence_of(found)


def _stored(
    session: "Session", loaded: Loaded[Conflict] | None, id: str, decision: tuple[object, ...], actor: Actor
) -> tuple[Conflict, tuple[Envelope, ...]]:
    """The conflict after these events, stored with them."""
    conflict = None if loaded is None else loaded.entity
    envelopes: list[Envelope] = []
    for event in decision:
        number = 1 if conflict is None else conflict.version + 1
        envelopes.append(Envelope(id, number, actor.id, session.stamp, event))
        conflict = evolve(conflict, envelopes[-1])
    assert conflict is not None, "a command that passes brings about at least one event"  # noqa: S101
    session.records.conflicts.save(session.uow, loaded, conflict)
    session.record(envelopes)
    return conflict, tuple(envelopes)


def open_conflicts(session: "Session", actor: Actor, rules: CustomerRules) -> Iterator[Conflict]:
    """The conflicts that wait for this person's decision, the most urgent first."""
    if not rules.rights.get(DecideConflict.do, MANAGERS).allows(actor, None, ()):
        return
    for page in session.records.conflicts.pages(session.uow, Query("conflict", "by_due", limit=PAGE)):
        yield from (loaded.entity for loaded in page)


class Conflicts:
    """Questions about conflicts; ``CRM.conflicts``."""

    def __init__(self, reading: Callable[[], AbstractContextManager["Session"]]) -> None:
        self._reading = reading

    def get(self, id: str) -> Conflict:
        """The conflict with that id.

        :raises NotFound: there is none.
        """
        with self._reading() as session:
            loaded = session.records.conflicts.get(session.uow, id)
        if loaded is None:
            raise NotFound("conflict", id)
        return loaded.entity

    def open(self) -> list[Conflict]:
        """Those that wait for a decision, the most urgent first."""
        return self._found(Query("conflict", "by_due", limit=PAGE))

    def of(self, customer: str) -> list[Conflict]:
        """Those that a customer has a part in, or a record merged into it, the earliest first."""
        with self._reading() as session:
            records, uow, known = session.records, session.uow, session.load(customer)
            ids = () if known is None else all_of(records, uow, known.entity)
            found = records.conflicts.get_many(uow, sorted(row.id for row in conflicts_of(records, uow, ids)))
        return sorted((one.entity for one in found), key=lambda conflict: (conflict.opened_at, conflict.id))

    def all(self) -> list[Conflict]:
        """All there are, the earliest first."""
        return self._found(Query("conflict", "by_opening", limit=PAGE))

    def history(self, id: str) -> tuple[Envelope, ...]:
        """The events of a conflict, oldest first.

        :raises NotFound: there is none.
        """
        with self._reading() as session:
            if session.records.conflicts.get(session.uow, id) is None:
                raise NotFound("conflict", id)
            return tuple(session.records.log.history(session.uow, id))

    def _found(self, query: Query) -> list[Conflict]:
        with self._reading() as session:
            pages = session.records.conflicts.pages(session.uow, query)
            return [loaded.entity for page in pages for loaded in page]
