"""Which values on record are a person's, and what is left of anything once they are gone (A-03). Pure.

Erasing is the same for a customer and for each of its events: every value is kept or blanked by itself. So what the
blanked events lead to is the blanked customer.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar
from unicodedata import normalize

import attrs
from attrs import field, frozen

from crmcore.customers.entities import Contact, ContactDetails, Customer, Participant, Profile
from crmcore.customers.events_records import FollowUpRecorded
from crmcore.customers.file import Attachment
from crmcore.customers.persons import numbers_of, persons, same_person
from crmcore.kernel.personal import blank, rewritten
from crmcore.matching import normalise
from crmcore.matching.contacts import email_addresses
from crmcore.matching.regions import areas_of
from crmcore.people import Consent

T = TypeVar("T")

#: What stands in a text where something of an erased person stood.
STRUCK_OUT: Final = "▮▮▮"
#: A value of one character stands in too many words to be struck out.
_SHORTEST: Final = 2
#: A number of fewer digits is dialled as it is written.
_LEAST_DIGITS: Final = 7
#: By these one person is told from another, so they are struck out where they stand in texts.
_TELLING: Final = ("name", "mobile", "phone", "email", "address")
#: What a customer's own profile says of the customer, not of its contacts, and is no text.
_OF_THE_CUSTOMER: Final = frozenset(
    "name address phone fax email website mobile other_phones postcode credit_code tax_id".split()
)
#: A value of fewer letters than this also stands by chance inside other words: Li in delivery, Mark in marketing.
_STANDS_APART: Final = 6
#: A letter of a script that parts its words; in Chinese, Japanese and Korean, names stand beside anything.
_LETTER: Final = r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
_DIGITS: Final = re.compile(r"[\d\s()+./-]+")
_ASCII_DIGITS: Final = frozenset("0123456789")
#: How far the wide form of a digit is from the narrow one.
_WIDER: Final = 0xFEE0
#: What people put between the digits of a number, in either width.
_BETWEEN: Final = r"[\s()+./\-\uff08\uff09\uff0b\uff0d\u2010-\u2014]*"
#: What people put before a number: what is dialled to reach another country or town, and the code of China.
_DIALLED: Final = rf"(?:(?:\+?00|\+|\uff0b){_BETWEEN})?(?:86{_BETWEEN})?(?:0{_BETWEEN})?"


@frozen
class Person:
    """Who is to be erased: a customer as a whole, or one contact or participant by number, names and other values.

    ``phones`` are its phone numbers as they compare.
    """

    whole: bool = False
    contact: int | None = None
    names: frozenset[str] = field(default=frozenset(), repr=False)
    follow_ups: frozenset[int] = frozenset()
    values: tuple[str, ...] = field(default=(), repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)


def person_in(
    customer: Customer,
    events: Iterable[Any],
    contact: int | None = None,
    participant: str | None = None,
    follow_ups: Iterable[int] = (),
) -> Person:
    """The person, with every value by which the customer's record and history know him or her.

    It is the contact of that number, the participants of that name, or without either the customer as a whole.
    """
    known = [details for one in (customer, *events) for details in _details(one, contact)]
    values = _values(known)
    if contact is None and participant is None:
        profile = customer.profile
        return Person(
            whole=True,
            values=_longest_first(values | _values([profile])),
            phones=_longest_first(number for number in numbers_of(profile) if len(number) >= _LEAST_DIGITS),
        )
    named = {participant} if participant is not None else set[str]()
    same = {same_person(name) for name in named | {details.name for details in known}}
    values |= {name.strip() for name in named}
    numbers = {number for details in known for number in numbers_of(details) if len(number) >= _LEAST_DIGITS}
    phones = _longest_first(numbers)
    return Person(False, contact, frozenset(same - {""}), frozenset(follow_ups), _longest_first(values), phones)


def _values(known: Iterable[ContactDetails | Profile]) -> set[str]:
    given = [(name, value) for one in known for name in _TELLING if (value := getattr(one, name, None))]
    values = {value.strip() for name, value in given if not (name == "address" and _is_region(value))}
    # Several may stand in one field, and each of them by itself in a text.
    return values | {address for name, value in given if name == "email" for address in email_addresses(value)}


def _is_region(address: str) -> bool:
    """Whether an address is a town or a province and no more: many live there, and its name stands in many words."""
    return bool(areas_of(normalise(address)))


def _longest_first(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted((value for value in values if len(value) >= _SHORTEST), key=lambda value: (-len(value), value)))


def _details(value: Any, number: int | None) -> Iterator[ContactDetails]:
    """What was ever on record of the contact of that number, anywhere inside a value."""
    if isinstance(value, tuple):
        for item in value:
            yield from _details(item, number)
    elif isinstance(value, Contact):
        if number is not None and value.number == number:
            yield value.details
    elif attrs.has(type(value)):
        for attribute in attrs.fields(type(value)):
            yield from _details(getattr(value, attribute.name), number)


def participants_in(events: Iterable[Any]) -> Iterator[str]:
    """The names of who took part in follow-ups, in the form in which they compare."""
    for event in events:
        if isinstance(event, FollowUpRecorded):
            yield from filter(None, (same_person(one.name) for one in event.participants))


def asks_for_participants(command: Any, customer: Customer) -> bool:
    """Whether an erasure depends on who took part in follow-ups: one of them is named, or nobody else is there."""
    if command is not None and command.participant is not None:
        return True
    return bool(customer.follow_ups) and not any(True for _ in persons(customer))


# ---------------------------------------------------------------------------------------------------------- forgetting


def forgotten(value: T, person: Person) -> T:
    """A customer, an event, or what stands in one, without anything of the person's."""
    kept: T = blank(value) if person.whole else _without(value, person, struck_out(person))
    return kept


def struck_out(person: Person) -> Callable[[str], str]:
    """What makes of a text the same without the person's values, whatever their case and the spaces inside.

    Numbers are found however they are grouped and dialled, and not inside longer ones; short names in letters as words
    of their own, with an ``s`` or without.
    """
    wanted = (*map(_pattern, person.values), *map(_dialled, person.phones))
    if not wanted:
        return lambda text: text
    pattern = re.compile("|".join(wanted), re.IGNORECASE)
    return lambda text: pattern.sub(STRUCK_OUT, text)


def _pattern(value: str) -> str:
    digits = [character for character in value if character.isdigit()]
    if digits and _DIGITS.fullmatch(value):
        return _number(digits)
    letters = [character for character in value if not character.isspace()]
    written = r"\s*".join(map(re.escape, letters))
    if len(letters) >= _STANDS_APART:
        return written
    before = rf"(?<!{_LETTER})" if _is_letter(letters[0]) else ""
    return rf"{before}{written}(?:['\u2019]?s)?(?!{_LETTER})" if _is_letter(letters[-1]) else before + written


def _is_letter(character: str) -> bool:
    return re.fullmatch(_LETTER, character) is not None


def _dialled(number: str) -> str:
    """A phone number in every way in which it may be written."""
    return _number(number.removeprefix("0"), _DIALLED)


def _number(digits: Iterable[str], before: str = "") -> str:
    """A number by its digits, in either width, not inside a longer one."""
    return rf"(?<!\d){before}{_BETWEEN.join(map(_either_width, digits))}(?!\d)"


def _either_width(digit: str) -> str:
    narrow = normalize("NFKC", digit)
    return f"[{digit}{narrow}{chr(ord(narrow) + _WIDER)}]" if narrow in _ASCII_DIGITS else re.escape(digit)


def _without(value: Any, person: Person, strike: Callable[[str], str]) -> Any:
    if isinstance(value, tuple):
        return tuple(_without(item, person, strike) for item in value)
    if is_of(value, person):
        return blank(value)
    if isinstance(value, Contact | Participant) or not attrs.has(type(value)):
        return value  # somebody else's
    changes = {}
    for attribute in attrs.fields(type(value)):
        inner = getattr(value, attribute.name)
        if not attribute.metadata.get("personal"):
            after = _without(inner, person, strike)
        elif isinstance(value, Profile) and attribute.name in _OF_THE_CUSTOMER:
            continue
        else:
            after = rewritten(inner, strike)
        if after != inner:
            changes[attribute.name] = after
    return attrs.evolve(value, **changes) if changes else value


def is_of(value: Any, person: Person) -> bool:
    """Whether all that is personal about a value is the person's."""
    if isinstance(value, Contact):
        return person.contact is not None and value.number == person.contact
    if isinstance(value, Participant):
        return same_person(value.name) in person.names
    if isinstance(value, Attachment | Consent) and value.contact is not None and value.contact == person.contact:
        return True
    if isinstance(value, Attachment):
        # With a part of it struck out it would lead to nothing, and what it leads to tells of the person all the same.
        strike = struck_out(person)
        return any(strike(text) != text for text in (value.uri, value.digest))
    return isinstance(value, FollowUpRecorded) and value.number in person.follow_ups
