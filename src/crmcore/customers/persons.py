"""The persons a customer's record is about: an individual itself, and every contact of whom something is left."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from unicodedata import normalize

from attrs import frozen

from crmcore.customers.entities import ContactDetails, Customer, Profile
from crmcore.matching.contacts import email_addresses, phone_numbers
from crmcore.people import covered_until


@frozen
class PersonAt:
    """A person at a customer: a contact by number, or None for the customer itself."""

    customer: str
    contact: int | None


def persons(customer: Customer) -> Iterator[int | None]:
    """Who is on record there: None for an individual itself, then contacts by number; nobody who has been erased."""
    if customer.profile.kind == "individual" and customer.file.erased_at is None:
        yield None
    yield from (contact.number for contact in customer.contacts if not contact.erased)


def lapses_at(customer: Customer) -> datetime | None:
    """When data of some person there first may be used for nothing any more (A-03); None for never."""
    ends = [covered_until(customer.file.consents, who, customer.registered_at) for who in persons(customer)]
    return min((end for end in ends if end is not None), default=None)


def without_purpose(customer: Customer, moment: datetime) -> tuple[PersonAt, ...]:
    """The persons there whose data may be used for nothing at a moment."""
    consents, since = customer.file.consents, customer.registered_at
    return tuple(
        PersonAt(customer.id, who)
        for who in persons(customer)
        if (until := covered_until(consents, who, since)) is not None and until <= moment
    )


def not_covered_by(found: Iterable[PersonAt], record: Customer, survivor: Customer, moment: datetime) -> list[PersonAt]:
    """Of the persons at a merged record, those whose data may be used for nothing at its survivor either.

    Who is known there by the same name and may be, has a purpose; whoever is not on record there any more has none.
    """
    lapsed = {one.contact for one in without_purpose(survivor, moment)}
    covered = {_name_of(survivor, who) for who in persons(survivor) if who not in lapsed}
    return [one for one in found if _name_of(record, one.contact) not in covered]


def _name_of(customer: Customer, who: int | None) -> str:
    contact = None if who is None else customer.contact(who)
    return same_person(customer.profile.name if contact is None else contact.details.name)


def same_person(name: str) -> str:
    """The form under which two names are the same: without width, case and spaces."""
    return "".join(normalize("NFKC", name).casefold().split())


def reached_by(customer: Customer, phone: str | None, email: str | None) -> Iterator[PersonAt]:
    """The persons there who have that phone number or e-mail address, or one of several."""
    numbers, addresses = set(phone_numbers(phone or "")), _addresses(email)
    for who in persons(customer):
        contact = None if who is None else customer.contact(who)
        details = customer.profile if contact is None else contact.details
        if not numbers.isdisjoint(numbers_of(details)) or not addresses.isdisjoint(_addresses(details.email)):
            yield PersonAt(customer.id, who)


def numbers_of(details: ContactDetails | Profile) -> Iterator[str]:
    """All numbers on record of a person, as they compare."""
    written = [getattr(details, name, None) for name in ("phone", "mobile", "fax")]
    for text in (*written, *getattr(details, "other_phones", ())):
        yield from phone_numbers(text or "")


def _addresses(email: str | None) -> set[str]:
    """The addresses of a field as they compare, and all that stands there: it need not be an address to be found."""
    written = email or ""
    return {*email_addresses(written), written.strip().casefold()} - {""}
