"""What is on record of who a customer was: under other names, and as records that are one with it today."""

from collections.abc import Iterator

from crmcore.app.session import Session
from crmcore.customers.entities import Customer, Profile
from crmcore.customers.events import ProfileChanged, Registered
from crmcore.customers.stages import Merged
from crmcore.errors import NotFound


def profiles_of(session: Session, id: str) -> list[Profile]:
    """Every profile that the customer, who survives of it, and all records merged into that one have been given.

    :raises NotFound: no such customer.
    """
    customer = _loaded(session, id)
    while isinstance(customer.stage, Merged):
        customer = _loaded(session, customer.stage.into)
    return list(_given(session, customer))


def _given(session: Session, customer: Customer) -> Iterator[Profile]:
    for envelope in session.records.log.history(session.uow, customer.id):
        if isinstance(envelope.event, Registered | ProfileChanged):
            yield envelope.event.profile
    for merge in customer.merges:
        yield from _given(session, _loaded(session, merge.record))


def _loaded(session: Session, id: str) -> Customer:
    loaded = session.load(id)
    if loaded is None:
        raise NotFound("customer", id)
    return loaded.entity
