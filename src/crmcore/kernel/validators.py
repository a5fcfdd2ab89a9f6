"""What fields may hold. The limits keep a stray file from becoming a customer's name."""

from datetime import date
from typing import Any, Final

import attrs

from crmcore.errors import Fault, Invalid

#: Characters of a name, a phone, a title.
SHORT: Final = 200
#: Characters of a reason, a note, an introduction.
LONG: Final = 10_000

_ALLOWED_CONTROLS: Final = frozenset("\t\n\r")


def faults_of(value: object, limit: int, path: str) -> list[Fault]:
    """What keeps a value from being stored as text of at most ``limit`` characters."""
    if not isinstance(value, str):
        return [Fault(path, "wrong-type", "text")]
    if len(value) > limit:
        return [Fault(path, "too-long", f"at most {limit:,} characters")]
    if not value.isprintable() and any(map(_unstorable, value)):
        return [Fault(path, "bad-character", "text without control characters or lone surrogates")]
    return []


def _unstorable(character: str) -> bool:
    code = ord(character)
    if code < 0x20:
        return character not in _ALLOWED_CONTROLS
    return code == 0x7F or 0xD800 <= code <= 0xDFFF


@attrs.frozen
class Text:
    """A validator: text of at most ``limit`` characters that every storage can hold, or None where that is allowed."""

    limit: int = SHORT

    def __call__(self, _instance: Any, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Raise ``Invalid`` unless the value may be stored."""
        if value is None and attribute.default is None:
            return
        faults = faults_of(value, self.limit, attribute.name)
        if faults:
            raise Invalid(faults)


@attrs.frozen
class Tuple:
    """A validator: a tuple, and not the text that would pass for a row of characters."""

    def __call__(self, _instance: Any, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Raise ``Invalid`` unless the value is a tuple."""
        if not isinstance(value, tuple):
            raise Invalid([Fault(attribute.name, "wrong-type", "a list")])


@attrs.frozen
class Whole:
    """A validator: a whole number between ``least`` and ``most``, both included."""

    least: int = 0
    most: int = 10_000

    def __call__(self, _instance: Any, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Raise ``Invalid`` unless the value is a whole number within the bounds."""
        if value is None and attribute.default is None:
            return
        expected = f"a whole number from {self.least} to {self.most:,}"
        if type(value) is not int:
            raise Invalid([Fault(attribute.name, "wrong-type", expected)])
        if not self.least <= value <= self.most:
            raise Invalid([Fault(attribute.name, "out-of-range", expected)])


@attrs.frozen
class OneOf:
    """A validator: one of a few words."""

    words: tuple[str, ...]

    def __call__(self, _instance: Any, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Raise ``Invalid`` unless the value is one of the words."""
        if value not in self.words:
            raise Invalid([Fault(attribute.name, "not-allowed", "one of " + ", ".join(self.words))])


@attrs.frozen
class Day:
    """A validator: a date, and no time, or None where that is allowed."""

    def __call__(self, _instance: Any, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Raise ``Invalid`` unless the value is a date."""
        if value is None and attribute.default is None:
            return
        if type(value) is not date:
            raise Invalid([Fault(attribute.name, "wrong-type", "a date such as 2026-03-01")])
