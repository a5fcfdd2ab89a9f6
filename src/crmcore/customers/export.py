"""Everything that is held on a person, with the place where it stands (A-03). Pure; the app layer reads the history."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen

from crmcore.customers.entities import Contact, Customer, Participant
from crmcore.customers.erasing import Person, is_of, struck_out
from crmcore.customers.file import Attachment
from crmcore.customers.stages import NextAction
from crmcore.kernel.events import Envelope, UnknownEvent
from crmcore.kernel.personal import leaves, parts
from crmcore.people import Consent

Value = str | int | bool


@frozen
class Item:
    """One personal value: in the customer's state (``event`` None) or in an event by number, under a dotted path.

    ``place`` is empty there; elsewhere it is the kind and id of what holds the value, or whose history does.
    """

    event: int | None
    type: str
    at: datetime
    path: str
    value: Value = field(repr=False)
    place: str = ""


@frozen
class Deed:
    """An event that says something of the person: its number in the history, what took place, when, and by whom.

    ``place`` says whose history, where that is not the customer's.
    """

    number: int
    type: str
    at: datetime
    by: str
    place: str = ""


@frozen
class Elsewhere:
    """A record beside the customer's own that may speak of its persons, and its history where it has one.

    ``place`` is its kind and id, ``at`` since when it is what it is.
    """

    place: str
    kind: str
    at: datetime
    value: Any = field(repr=False)
    history: tuple[Envelope, ...] = field(default=(), repr=False)


@frozen
class Held:
    """All that is held on a person: values with their places, and what else is on record of him or her.

    ``events`` are those that say something of the person, ``actions`` what is still to be done about an individual.
    """

    customer: str
    number: str
    contact: int | None
    items: tuple[Item, ...] = field(repr=False)
    events: tuple[Deed, ...]
    actions: tuple[NextAction, ...]
    attachments: tuple[Attachment, ...]
    consents: tuple[Consent, ...]


def held_on(
    person: Person, customer: Customer, history: Sequence[Envelope], elsewhere: Iterable[Elsewhere] = ()
) -> Held:
    """Everything on record of a person at one customer."""
    in_state = [Item(None, "state", customer.last_at, path, value) for path, value in _of(customer, person)]
    in_events = _in(history, person)
    named = {item.event for item in in_events}
    beside = [_beside(one, person) for one in elsewhere]
    file = customer.file
    return Held(
        customer.id,
        customer.number,
        person.contact,
        (*in_state, *in_events, *(item for items, _ in beside for item in items)),
        (
            *(Deed(one.number, one.type, one.at, one.by) for one in history if person.whole or one.number in named),
            *(deed for _, deeds in beside for deed in deeds),
        ),
        customer.actions if person.whole else (),
        tuple(one for one in file.attachments if person.whole or is_of(one, person)),
        tuple(one for one in file.consents if person.whole or is_of(one, person)),
    )


def _in(history: Iterable[Envelope], person: Person, place: str = "") -> list[Item]:
    """The person's values in a history."""
    return [
        Item(envelope.number, envelope.type, envelope.at, path, value, place)
        for envelope in history
        for path, value in _of(envelope.event, person)
    ]


def _beside(one: Elsewhere, person: Person) -> tuple[list[Item], list[Deed]]:
    """The person's values in a record beside the customer's and in its history, and the events that say them."""
    own = [Item(None, one.kind, one.at, path, value, one.place) for path, value in _of(one.value, person)]
    said = _in(one.history, person, one.place)
    named = {item.event for item in said}
    deeds = [Deed(each.number, each.type, each.at, each.by, one.place) for each in one.history if each.number in named]
    return [*own, *said], deeds


def _of(value: Any, person: Person) -> Iterator[tuple[str, Value]]:
    """The personal values inside an object that are the person's: what is his or hers, and texts that name the person.

    Of others who stand beside the person nothing is given, though they be called the same.
    """
    if isinstance(value, UnknownEvent):
        yield from _in_unknown(value, person)
    elif person.whole:
        yield from leaves(value)
    else:
        strike = struck_out(person)
        for path, part, whose in parts(value, lambda one: _whose(one, person)):
            if whose is True or (whose is None and isinstance(part, str) and strike(part) != part):
                yield path, part


def _whose(value: Any, person: Person) -> bool | None:
    """Whether a part of an object is the person's, or another's; None when neither is said."""
    if is_of(value, person):
        return True
    return False if isinstance(value, Contact | Participant) else None


def _in_unknown(event: UnknownEvent, person: Person) -> Iterator[tuple[str, Value]]:
    """What an event of an unknown type says, which may be anything: all of it, or the texts that name the person."""
    strike = struck_out(person)
    for path, value in _texts(event.data, ""):
        if person.whole or (isinstance(value, str) and strike(value) != value):
            yield path, value


def _texts(value: Any, path: str) -> Iterable[tuple[str, Value]]:
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in _texts(item, f"{path}.{key}".lstrip("."))]
    if isinstance(value, list):
        return [found for place, item in enumerate(value) for found in _texts(item, f"{path}.{place}")]
    return [] if value is None else [(path, value)]
