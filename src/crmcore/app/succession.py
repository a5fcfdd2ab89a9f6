"""When somebody leaves: everything of theirs goes to successors, in one unit of work (P-15).

It goes the way every change goes: each customer by a command of its own, refused or recorded like any other. When
one customer can go to nobody, nothing is moved at all; run again, it moves whatever the leaver still has.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import cycle

from attrs import frozen

from crmcore.app.outcome import Denied
from crmcore.app.session import Session
from crmcore.app.timing import in_time
from crmcore.customers.commands import HandOver, ReassignActions, Transfer
from crmcore.customers.entities import Customer
from crmcore.customers.history import settled
from crmcore.customers.stages import PROTECTED_NAMES, Formal
from crmcore.errors import Fault, Invalid, Refused
from crmcore.kernel.actors import Actor
from crmcore.storage.interface import Query

PAGE = 500

Passing = Transfer | HandOver | ReassignActions


@frozen
class Moved:
    """What went to a successor: a customer (``transfer``, ``hand-over``) or what was planned (``reassign-actions``)."""

    customer: str
    do: str
    to: str


def move_all(
    session: Session,
    leaver: str,
    successors: Sequence[Actor],
    actor: Actor,
    reason: str,
    now: Callable[[], datetime],
) -> tuple[Moved, ...]:
    """Give all that a leaver has to the successors, in turn; one without room is passed over (P-16).

    All of it happens at one moment, but for customers that somebody has done something to since.

    :raises Refused: a customer that no successor may get, with the reasons of the last one asked.
    :raises Invalid: no successors, or the leaver among them.
    """
    if not successors or any(successor.id == leaver for successor in successors):
        raise Invalid([Fault("to", "not-allowed", "at least one successor, other than who leaves")])
    moment = now()

    def give(commands: Iterable[Passing]) -> Moved:
        """Give the first of these commands that passes."""
        refusals = None
        for command in commands:
            answer = in_time(partial(session.handle, command, actor), moment, now)
            if not isinstance(answer, Denied):
                return Moved(command.customer, command.do, command.to)
            refusals = answer.refusals
        raise Refused(refusals or ())

    turns = cycle([(*successors[first:], *successors[:first]) for first in range(len(successors))])
    owned = [
        give(_passing(customer, successor, reason) for successor in next(turns))
        for customer in _owned(session, leaver, moment)
    ]
    planned = [
        give(ReassignActions(id, leaver, successor.id) for successor in next(turns))
        for id in _planned(session, leaver, moment)
    ]
    return (*owned, *planned)


def _passing(customer: Customer, successor: Actor, reason: str) -> Transfer | HandOver:
    kind = HandOver if isinstance(customer.stage, Formal) else Transfer
    return kind(customer.id, successor.id, tuple(sorted(successor.teams)), reason)


def _owned(session: Session, leaver: str, now: datetime) -> list[Customer]:
    """The leaver's customers, by id; what is due to fall is nobody's any more."""
    found: list[Customer] = []
    for stage in (*PROTECTED_NAMES, Formal.name):
        query = Query("customer", "by_owner", (leaver, stage), limit=PAGE)
        for page in session.records.customers.pages(session.uow, query):
            found += [settled(loaded.entity, now)[0] for loaded in page]
    return sorted((customer for customer in found if customer.owner == leaver), key=lambda customer: customer.id)


def _planned(session: Session, leaver: str, now: datetime) -> list[str]:
    """The customers of others about which the leaver still has something to do, by id."""
    rows = session.records.actions.rows(session.uow, Query("action", "by_person", (leaver,), limit=PAGE))
    ids = sorted({str(row.columns["customer"]) for row in rows})
    views = (session.view(id, now) for id in ids)
    return [view.id for view in views if view is not None and any(action.by == leaver for action in view.actions)]
