"""Erasing a person within one unit of work: in the customer's state, beside its events, and in other slices (A-03)."""

from datetime import datetime
from typing import TYPE_CHECKING

from crmcore.app.elsewhere import Erasing
from crmcore.customers.commands_file import Erase
from crmcore.customers.decisions import Events
from crmcore.customers.entities import Customer
from crmcore.customers.erasing import forgotten, person_in, struck_out
from crmcore.kernel.actors import Actor
from crmcore.kernel.personal import map_personal

if TYPE_CHECKING:
    from crmcore.app.session import Session
    from crmcore.storage.eventlog import Seals


def erase(
    session: "Session", command: Erase, customer: Customer, events: Events, actor: Actor, now: datetime
) -> "tuple[Customer, Events, Seals]":
    """The customer without the person's data, and what has been done to the records of its events.

    The events of the erasure itself stay, with the person's values struck out of what was given as the reason.
    """
    log, uow = session.records.log, session.uow
    past = [envelope.event for envelope in log.history(uow, customer.id)]
    person = person_in(customer, past, command.contact, command.participant, command.follow_ups)
    strike = struck_out(person)
    sealed = log.rewrite(uow, customer.id, lambda event: forgotten(event, person), strike, gone=person.whole)
    Erasing(session, customer.id, person, actor, now).everywhere()
    return forgotten(customer, person), tuple(map_personal(event, strike) for event in events), sealed
