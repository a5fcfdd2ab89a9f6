"""What a factor is given: a number, a text, yes or no, or one of the two ways in which there is nothing to give.

*Missing* is what ought to be known and is not; *not applicable* is what cannot be: the trend of somebody who has not
ordered yet. Both are values, and a policy says what each of them is worth.

A number is a float of 64 bits, whatever it came as. Rounding to it keeps the order, and both sides of a comparison are
rounded alike, so 0.2 reaches a band that begins at 0.2 whether it came as ``Decimal``, ``Fraction`` or ``float``.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import isfinite
from typing import Any, Final, Literal

from attrs import field, frozen

from crmcore.errors import Fault, Invalid


class Lack(Enum):
    """Why there is no value."""

    MISSING = "missing"
    NOT_APPLICABLE = "not-applicable"


MISSING: Final = Lack.MISSING
NOT_APPLICABLE: Final = Lack.NOT_APPLICABLE

Value = float | str | bool | Literal[Lack.MISSING, Lack.NOT_APPLICABLE]
#: What is taken for a value: any exact number becomes a float.
Given = Value | int | Decimal | Fraction

EXPECTED: Final = "a finite number, a text, true or false, MISSING or NOT_APPLICABLE"


def normal(value: object, path: str = "value") -> Value:
    """A given value as the value it stands for.

    :raises Invalid: it is of another kind (``wrong-type``), or no finite number (``out-of-range``).
    """
    if type(value) is float and isfinite(value):
        return value
    if isinstance(value, str | bool | Lack):
        return value
    if not isinstance(value, int | float | Decimal | Fraction):
        raise Invalid([Fault(path, "wrong-type", EXPECTED)])
    try:
        number = float(value)
    except (OverflowError, ValueError):  # a whole number beyond any float; a signalling NaN
        number = float("nan")
    if not isfinite(number):
        raise Invalid([Fault(path, "out-of-range", EXPECTED)])
    return number


def hidden(_value: object) -> str:
    """The ``repr`` of what may say something of a person, whatever its type: an income does as much as a name."""
    return "'…'"


@frozen
class Evidence:
    """A fact that a value came from: its kind and id, and when it happened.

    For a field, the kind is ``field`` and the id its name, ``at`` being since when it has had its value; for the date
    in a field it is ``date``, ``at`` being the date. ``undated`` fields are those of unknown age.
    """

    kind: str
    id: str
    at: datetime | None = field(default=None, repr=False)
    undated: bool = False


def _value(value: Given) -> Value:
    """Converter of the field ``value``."""
    return normal(value)


@frozen
class Feature:
    """A value and the facts it was computed from; its ``repr`` shows no value that may say something of a person.

    :raises Invalid: the value is NaN or infinite, or of another kind.
    """

    value: Value = field(converter=_value)
    evidence: tuple[Evidence, ...] = ()

    def __repr__(self) -> str:
        show = hidden if tells_of_a_person(self) else repr
        return f"{type(self).__name__}(value={show(self.value)}, evidence={self.evidence!r})"


#: Kinds of evidence that rest on a field: a birthday, an income, where somebody lives.
_FROM_FIELDS: Final = frozenset({"field", "date"})


def tells_of_a_person(given: Feature) -> bool:
    """Whether a value may say something of a person: it is a text, or rests on a field, whatever its type."""
    return isinstance(given.value, str) or any(one.kind in _FROM_FIELDS for one in given.evidence)


#: What an evaluation is given: by the key of the factor, features or bare values.
Features = Mapping[str, Feature | Given]


def feature(given: Feature | Given) -> Feature:
    """A bare value as a feature without evidence."""
    return given if isinstance(given, Feature) else Feature(given)


def plain(value: Value) -> Any:
    """A value as JSON has it: what is lacking becomes an object that says how."""
    return {"lack": value.value} if isinstance(value, Lack) else value


def from_plain(data: Any, path: str = "value") -> Value:
    """What ``plain`` made, as a value again.

    :raises Invalid: it is nothing that ``plain`` makes.
    """
    if isinstance(data, dict):
        for lack in Lack:
            if data == {"lack": lack.value}:
                return lack
    return normal(data, path)
