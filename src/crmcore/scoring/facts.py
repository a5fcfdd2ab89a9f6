"""What is on record of one subject: its fields, and what has happened.

A fact counts from the moment it is *known*, which may be later than when it happened. So the state of knowledge at any
past moment can be had back, and a back-test sees nothing that was not known then.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.times import Instant, as_instant
from crmcore.scoring.decimals import Numeral
from crmcore.scoring.values import Evidence, hidden, normal


def _exact(value: Numeral, path: str) -> Fraction:
    """An amount, exact so that sums are; a float stands for the decimal it is written as."""
    try:
        return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    except (ValueError, OverflowError):  # NaN and infinities
        raise Invalid([Fault(path, "out-of-range", "a finite number")]) from None


def _amount(value: Numeral | None) -> Fraction | None:
    """Converter of the field ``amount``."""
    return None if value is None else _exact(value, "amount")


@frozen
class Fact:
    """Something that happened: an order, a contact, a complaint, an answer to a survey.

    ``amount`` is what it amounts to, if anything: money, points, minutes. ``known`` is when it was put on record.

    :raises Invalid: a time has no offset, or the amount is not finite.
    """

    kind: str
    id: str
    at: datetime = field(validator=Instant())
    amount: Fraction | None = field(default=None, converter=_amount)
    known: datetime | None = field(default=None, validator=Instant())

    @property
    def evidence(self) -> Evidence:
        """The fact as what a feature rests on."""
        return Evidence(self.kind, self.id, self.at)


FieldValue = str | bool | int | float | Decimal | date | None


def _storable(_instance: object, _attribute: object, value: Any) -> None:
    """A validator: a value that a field may have; a time needs an offset, a number is finite."""
    if isinstance(value, datetime):
        as_instant(value, "value")
    elif value is not None and not isinstance(value, date):
        normal(value)


@frozen
class Field:
    """The value that a field has had since ``known``; without it, nobody knows since when.

    :raises Invalid: the value is a time without an offset, no finite number, or of another kind.
    """

    name: str
    value: FieldValue = field(repr=hidden, validator=_storable)
    known: datetime | None = field(default=None, validator=Instant())


def _fields(fields: Mapping[str, FieldValue] | tuple[Field, ...] | list[Field]) -> tuple[Field, ...]:
    """Converter of the field ``fields``: a mapping is fields of unknown age."""
    if isinstance(fields, tuple | list):
        return tuple(fields)
    return tuple(Field(name, value) for name, value in fields.items())


def _events(events: Iterable[Fact]) -> tuple[Fact, ...]:
    """Converter of the field ``events``: in the order of time, and of ids within a moment."""
    return tuple(sorted(events, key=lambda fact: (fact.at, fact.kind, fact.id)))


@frozen
class Facts:
    """What is on record of one subject; a field may stand there several times, once for each value it has had."""

    subject: str
    fields: tuple[Field, ...] = field(default=(), converter=_fields)
    events: tuple[Fact, ...] = field(default=(), converter=_events)

    def of(self, kind: str, as_of: datetime) -> list[Fact]:
        """What of that kind had happened, and was known, at that moment; oldest first."""
        return [
            fact
            for fact in self.events
            if fact.kind == kind and fact.at <= as_of and (fact.known is None or fact.known <= as_of)
        ]

    def field(self, name: str, as_of: datetime) -> Field | None:
        """The value of a field as it was known at that moment, or None where nothing was.

        The one known last counts, and of those known at one time the last in order. One of unknown age counts where
        no other is known.
        """
        values = [one for one in self.fields if one.name == name and (one.known is None or one.known <= as_of)]
        # Of equals, ``max`` takes the first: from the end that is the last in order.
        return max(reversed(values), key=lambda one: (one.known is not None, one.known or as_of), default=None)


def _totals(totals: Mapping[str, Numeral]) -> Mapping[str, Fraction]:
    """Converter of the field ``totals``."""
    return {kind: _exact(total, f"totals.{kind}") for kind, total in totals.items()}


def _instant(value: datetime) -> datetime:
    """Converter of the field ``at``."""
    return as_instant(value, "as_of")


@frozen
class AsOf:
    """The moment that a feature is computed for, the zone whose days and months count, and the whole to take shares of.

    ``totals`` gives, by kind of fact, what it amounts to over all subjects together.
    """

    at: datetime = field(converter=_instant)
    zone: tzinfo
    totals: Mapping[str, Fraction] = field(factory=dict, converter=_totals, hash=False)
