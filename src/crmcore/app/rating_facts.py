"""What the CRM itself knows of a customer, as facts that scoring policies and segments can ask for.

Everything follows from the customer's history, so any past moment can be had back: a field has the value that it had
then, and says since when. What stands for a person (name, address, phone …) is left out; nobody is scored by it.

Fields: ``stage``, ``owner``, ``pool``, ``kind``, ``region``, ``country``, ``industry``, ``size``, ``source``,
``signed_on``, ``last_trade_on``, and custom fields by their own names.

Events: each event by its type (``protected``, ``expired``, ``signed`` …); a follow-up also as ``contact``, and a
contract as ``contract``, on the day it was signed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Final

from crmcore.customers.entities import Customer, CustomValue
from crmcore.customers.events import FollowUpRecorded, Signed
from crmcore.customers.history import evolve
from crmcore.customers.policy import CustomField
from crmcore.kernel.events import Envelope
from crmcore.scoring.facts import Fact, Facts, Field, FieldValue

#: Fields of a profile that say nothing of a person.
PROFILE = ("kind", "region", "country", "industry", "size", "source")


#: Custom fields of these types are kept as text, and are more than text to scoring.
READ: Final[Mapping[str, Callable[[str], FieldValue]]] = {"date": date.fromisoformat, "decimal": Decimal}


def facts_of(
    customer: str, history: Iterable[Envelope], zone: tzinfo, custom_fields: Iterable[CustomField] = ()
) -> Facts:
    """All that a history tells, oldest first; a policy asks of it what was known at its moment.

    :param zone: where the day of a contract begins.
    :param custom_fields: those declared now, by whose types their values are read.
    """
    readers = {custom.name: READ[custom.type] for custom in custom_fields if custom.type in READ}
    # Of several values at one moment the last one counts: who registers for oneself is in the pool for no time.
    fields: dict[tuple[str, datetime], Field] = {}
    events: list[Fact] = []
    known: dict[str, FieldValue] = {}
    state: Customer | None = None
    for envelope in history:
        state = evolve(state, envelope)
        for name, value in _values(state, readers).items():
            if known.get(name) != value:
                known[name] = value
                fields[name, envelope.at] = Field(name, value, envelope.at)
        events += _happened(envelope, zone)
    return Facts(customer, tuple(fields.values()), events)


def _values(customer: Customer, readers: Mapping[str, Callable[[str], FieldValue]]) -> Mapping[str, FieldValue]:
    """The fields as they stand; custom fields may not hide what is built in."""
    custom = {name: _read(readers.get(name), value) for name, value in customer.profile.fields.items()}
    profile = {name: getattr(customer.profile, name) for name in PROFILE}
    own = {"stage": customer.stage.name, "owner": customer.owner, "pool": customer.pool}
    days = {"signed_on": customer.signed_on, "last_trade_on": customer.last_trade_on}
    return {**custom, **profile, **own, **days}


def _read(reader: Callable[[str], FieldValue] | None, value: CustomValue) -> FieldValue:
    """A value by the type of its field; one from a time when the field had another type stays as it is."""
    if reader is None or not isinstance(value, str):
        return value
    try:
        return reader(value)
    except (ValueError, ArithmeticError):
        return value


def _happened(envelope: Envelope, zone: tzinfo) -> Iterator[Fact]:
    event, at, id = envelope.event, envelope.at, str(envelope.number)
    yield Fact(envelope.type, id, at, known=at)
    if isinstance(event, FollowUpRecorded):
        yield Fact("contact", id, event.held_at, known=at)
    elif isinstance(event, Signed):
        yield Fact("contract", event.contract, datetime.combine(event.signed_on, time(), zone), known=at)


def together(own: Facts, *more: Facts | None) -> Facts:
    """Facts of one customer from several hands; of a field that several know, the value known last counts."""
    given = [own, *(one for one in more if one is not None)]
    fields = [field for one in given for field in one.fields]
    events = [event for one in given for event in one.events]
    return Facts(own.subject, fields, events)
