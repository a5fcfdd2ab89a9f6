"""What is on record of who a customer was: under other names, and as records that are one with it today."""

from datetime import datetime

from crmcore.app.parties import all_of
from crmcore.app.session import Session
from crmcore.customers.entities import Profile
from crmcore.customers.events import ProfileChanged, Registered
from crmcore.errors import NotFound


def profiles_of(session: Session, id: str, now: datetime) -> list[Profile]:
    """Every profile that the customer, who survives of it, and all records merged into that one have been given.

    :raises NotFound: no such customer.
    """
    customer = session.view(id, now)
    if customer is None:
        raise NotFound("customer", id)
    records, uow = session.records, session.uow
    return [
        envelope.event.profile
        for record in all_of(records, uow, records.survivor(uow, customer, now))
        for envelope in records.log.history(uow, record)
        if isinstance(envelope.event, Registered | ProfileChanged)
    ]
