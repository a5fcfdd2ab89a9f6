"""Building profiles from what was typed in, and checking the fields a host has declared (D-02, D-09)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import attrs

from crmcore.customers.commands import ChangeProfile, Register
from crmcore.customers.entities import CustomValue, Profile
from crmcore.customers.industries import industry_code
from crmcore.customers.policy import CustomField
from crmcore.kernel.entities import MOST_TEXT
from crmcore.kernel.validators import LONG, faults_of
from crmcore.matching import normalise
from crmcore.matching.contacts import phone_numbers

_PLAIN = tuple(
    attribute.name
    for attribute in attrs.fields(ChangeProfile)
    if attribute.name not in {"customer", "fields", "reason"}
)


def new_profile(command: Register) -> Profile:
    """The profile a registration describes; the industry by its code."""
    given: dict[str, Any] = {name: _kept(getattr(command, name)) for name in _PLAIN}
    given["industry"] = _industry(command.industry)
    return Profile(kind=command.kind, fields=dict(command.fields), **given)


def changed_profile(profile: Profile, command: ChangeProfile) -> Profile:
    """The profile with what the command names; an empty text empties the field."""
    named: dict[str, Any] = {name: _kept(value) for name in _PLAIN if (value := getattr(command, name)) is not None}
    if command.industry is not None:
        named["industry"] = _industry(command.industry)
    return attrs.evolve(profile, fields={**profile.fields, **command.fields}, **named)


def _kept(value: str | None) -> str | None:
    """A text without the spaces around it; None for an empty one."""
    return (value.strip() or None) if value is not None else None


def _industry(text: str | None) -> str | None:
    return industry_code(text) if text is not None and text.strip() else None


def same_name_key(profile: Profile | Register) -> str:
    """The key under which two customers are the same by name (P-02).

    An enterprise is its full name. Persons of one name are many, so an individual is name and phone together, or name
    and mobile number where no other is given.
    """
    key = normalise(profile.name)
    if profile.kind == "enterprise":
        return key
    numbers = sorted(phone_numbers(profile.phone or "")) or sorted(phone_numbers(profile.mobile or ""))
    return "|".join((key, *numbers))


def names_anew(command: ChangeProfile) -> bool:
    """Whether a change gives something of which ``same_name_key`` is made."""
    return any(text is not None for text in (command.name, command.phone, command.mobile))


def fault_in_fields(given: Mapping[str, Any], declared: tuple[CustomField, ...]) -> tuple[str, str] | None:
    """The first custom field at fault and what it should be, or None."""
    fields = {field.name: field for field in declared}
    for name, value in given.items():
        field = fields.get(name)
        if field is None:
            return "(unknown)", "one of " + (", ".join(fields) or "none, for none is declared")
        if not _FITS[field.type](value, field):
            return field.name, _expected(field)
    return None


def missing_in_fields(given: Mapping[str, Any], declared: tuple[CustomField, ...]) -> tuple[str, str] | None:
    """The first required field that is not given and what it should be, or None."""
    missing = (field for field in declared if field.required and given.get(field.name) in {None, ""})
    return next(((field.name, _expected(field)) for field in missing), None)


def _expected(field: CustomField) -> str:
    if field.type == "choice":
        return "one of " + ", ".join(field.choices)
    if field.type == "text" and field.indexed:
        return f"at most {MOST_TEXT} characters"
    return _WORDS[field.type]


_WORDS = {
    "text": "text",
    "integer": "a whole number",
    "decimal": 'a decimal number as text, such as "12.50"',
    "boolean": "true or false",
    "date": "a date such as 2026-03-01",
}

_LARGEST = 2**63 - 1


def _is_decimal(value: CustomValue, _: CustomField) -> bool:
    try:
        return isinstance(value, str) and Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _is_date(value: CustomValue, _: CustomField) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_FITS: Mapping[str, Any] = {
    "text": lambda value, field: not faults_of(value, MOST_TEXT if field.indexed else LONG, ""),
    "integer": lambda value, _: type(value) is int and -_LARGEST <= value <= _LARGEST,
    "decimal": _is_decimal,
    "boolean": lambda value, _: isinstance(value, bool),
    "date": _is_date,
    "choice": lambda value, field: value in field.choices,
}
