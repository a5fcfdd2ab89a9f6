"""Values on their way in: of the declared type, and nothing a database would alter, cut or choke on."""

import math
import sys
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from crmcore.errors import Fault, Invalid
from crmcore.storage.interface import Scalar

#: What a check gives back: the value as the driver is to get it. It is given the value and the path for a fault.
Check = Callable[[object, str], Scalar]

LARGEST: Final = 2**63
#: MariaDB has no infinities: there the largest number stands for them, and cannot be stored as itself.
STANDS_FOR_INFINITY: Final = sys.float_info.max


@attrs.frozen
class Text:
    """Checks text. ``most`` bounds its characters; ``nul`` says that NUL may be stored."""

    most: int | None = None
    nul: bool = True

    def __call__(self, value: object, path: str) -> str:
        """The text itself.

        :raises Invalid: it is no text, too long, or holds a character that cannot be stored.
        """
        if type(value) is not str:
            value = _plain_text(value, path)
        if self.most is not None and len(value) > self.most:
            raise Invalid([Fault(path, "too-long", f"at most {self.most} characters")])
        if not self.nul and "\0" in value:
            raise Invalid([Fault(path, "bad-character", "text without NUL")])
        if not value.isascii():
            _encodable(value, path)
        return value


def _plain_text(value: object, path: str) -> str:
    """The text of an instance of a subclass, such as a StrEnum, which some drivers write in their own way."""
    if isinstance(value, str):
        return str.__str__(value)
    raise Invalid([Fault(path, "wrong-type", "text")])


def _encodable(value: str, path: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid([Fault(path, "bad-character", "text without lone surrogates")]) from None


def integer(value: object, path: str) -> int:
    """The integer itself.

    :raises Invalid: it is no integer, or has more than 64 bits.
    """
    if type(value) is not int:
        if not isinstance(value, int):
            raise Invalid([Fault(path, "wrong-type", "a whole number")])
        value = int(value)
    if not -LARGEST <= value < LARGEST:
        raise Invalid([Fault(path, "out-of-range", "integers of at most 64 bits")])
    return value


def number(value: object, path: str) -> float:
    """The number as a float.

    :raises Invalid: it is no number, NaN, or an integer that no float can hold.
    """
    if not isinstance(value, int | float):
        raise Invalid([Fault(path, "wrong-type", "a number")])
    try:
        value = float(value)
    except OverflowError:
        raise Invalid([Fault(path, "out-of-range", "numbers that a float can hold")]) from None
    if math.isnan(value):
        raise Invalid([Fault(path, "out-of-range", "numbers that are not NaN")])
    return value


def finite(value: object, path: str) -> float:
    """The number as MariaDB can keep it.

    :raises Invalid: as for any number; and the one that stands for an infinity.
    """
    value = number(value, path)
    if abs(value) == STANDS_FOR_INFINITY:
        raise Invalid([Fault(path, "out-of-range", "numbers other than the largest float")])
    return math.copysign(STANDS_FOR_INFINITY, value) if math.isinf(value) else value


def from_finite(value: float) -> float:
    """The number that MariaDB kept."""
    return math.copysign(math.inf, value) if abs(value) == STANDS_FOR_INFINITY else value


def truth(value: object, path: str) -> bool:
    """The boolean itself.

    :raises Invalid: it is none.
    """
    if isinstance(value, bool):
        return value
    raise Invalid([Fault(path, "wrong-type", "true or false")])


def whole(value: object, path: str) -> bytes:
    """The body as bytes.

    :raises Invalid: it is something else.
    """
    if type(value) is bytes:
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise Invalid([Fault(path, "wrong-type", "bytes")])


@attrs.frozen
class Checks:
    """How one database wants ids, names of spaces and of event types, and columns by their type."""

    id: Text
    space: Text
    event_type: Text
    columns: Mapping[type[Scalar], Check]


def checks(*, id: Text, space: Text, event_type: Text, number: Check = number) -> Checks:
    """The checks for a database; text in columns has the bounds of an id."""
    return Checks(id, space, event_type, {str: id, int: integer, float: number, bool: truth})
