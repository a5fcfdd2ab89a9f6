"""Whether the customer on record under a row's own id is the one that the row means.

Two branches may each number their customers from 1. So an id that a row gives is believed only where what else the row
says of who the customer is agrees with what is, or once was, on record.
"""

from collections.abc import Callable, Iterable

from crmcore.customers.commands import Register
from crmcore.customers.entities import Customer, Profile
from crmcore.matching import normalise
from crmcore.matching.contacts import registration_code


def is_another(command: Register, customer: Customer, past: Callable[[str], Iterable[Profile]]) -> bool:
    """Whether a row means another customer than the one that is on record under its id.

    It means that one if it has a name or a code that the one has, or had: ``past`` gives the profiles of old, and is
    asked only where the one of today differs. Of who is erased nothing is left to compare, so there the id says it all.
    """
    if not customer.profile.name or _agree(command, customer.profile):
        return False
    return not any(_agree(command, profile) for profile in past(customer.id))


def _agree(command: Register, profile: Profile) -> bool:
    """By name or by code; phones change, so with the same id an individual is the same by its name alone."""
    return normalise(command.name) == normalise(profile.name) or not _codes(command).isdisjoint(_codes(profile))


def _codes(one: Register | Profile) -> set[str]:
    # Together, for a tax id may be the credit code.
    return {code for text in (one.credit_code, one.tax_id) if (code := registration_code(text or ""))}
