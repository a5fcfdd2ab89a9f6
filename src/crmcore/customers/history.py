"""From events to a customer, and what time adds to it. Pure: the same events give the same customer, always."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from crmcore.customers.entities import Customer
from crmcore.customers.events import CustomerEvent, Registered
from crmcore.customers.lifecycle import LIFECYCLE
from crmcore.errors import Unreadable
from crmcore.kernel.actors import SYSTEM
from crmcore.kernel.events import Envelope


def evolve(customer: Customer | None, envelope: Envelope) -> Customer:
    """The customer one event later; an event of an unknown type changes nothing but the version.

    :raises Unreadable: the history does not begin with a registration.
    """
    event = envelope.event
    if isinstance(event, CustomerEvent):
        if customer is not None:
            return event.change(customer, envelope.policy)
        if isinstance(event, Registered):
            return event.first(envelope.stream, envelope.policy)
    if customer is None:
        raise Unreadable("history", envelope.stream, "it does not begin with a registration")
    return attrs.evolve(customer, version=customer.version + 1, last_at=envelope.at, policy=envelope.policy)


def replay(envelopes: Iterable[Envelope]) -> Customer | None:
    """The customer a whole history leads to; None for an empty one."""
    customer: Customer | None = None
    for envelope in envelopes:
        customer = evolve(customer, envelope)
    return customer


def settled(customer: Customer, now: datetime) -> tuple[Customer, tuple[Envelope, ...]]:
    """The customer as time alone has left it at ``now``, and the fall that took place, if one did.

    A fall carries the stamp of the policy that gave the deadline, so that it is the same whoever notices it (P-19).
    """
    event = LIFECYCLE.settle(customer.stage, now, customer.last_at)
    if event is None:
        return customer, ()
    envelope = Envelope(customer.id, customer.version + 1, SYSTEM, customer.policy, event)
    return event.change(customer, customer.policy), (envelope,)
