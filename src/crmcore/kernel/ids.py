"""Ids that a host gives, and numbers that people read. Making fresh random ids is the app layer's business."""

import re
from typing import Any
from unicodedata import category

import attrs

from crmcore.errors import Fault, Invalid

MAX_LENGTH = 64
EXPECTED_ID = "1 to 64 characters without spaces, control or invisible characters"

_PLAIN = re.compile(r"[!-~]{1,64}")
#: Unicode categories that an id may not contain: control, format, surrogate, separators.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


def is_id(text: str) -> bool:
    """Whether a text can be an id: 1 to 64 characters, none of them a space, control, invisible or lone surrogate."""
    if _PLAIN.fullmatch(text):
        return True
    return 0 < len(text) <= MAX_LENGTH and not any(category(character) in _REFUSED for character in text)


def check_id(text: str, path: str = "id") -> str:
    """The id itself, if it can be one; ``path`` names the field in the error.

    :raises Invalid: it is ``empty``, ``too-long``, or has a ``bad-character``.
    """
    if is_id(text):
        return text
    code = "empty" if not text else "too-long" if len(text) > MAX_LENGTH else "bad-character"
    raise Invalid([Fault(path, code, EXPECTED_ID)])


@attrs.frozen
class Id:
    """A validator: text that can be an id, or None where that is the default."""

    def __call__(self, _instance: Any, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Raise ``Invalid`` unless the value is such a text."""
        if value is None and attribute.default is None:
            return
        if not isinstance(value, str):
            raise Invalid([Fault(attribute.name, "wrong-type", EXPECTED_ID)])
        check_id(value, attribute.name)


@attrs.frozen
class Numbering:
    """How human-readable numbers look: ``prefix`` as it stands, then the number filled up to ``width`` digits.

    :raises Invalid: the prefix has a character no id may have or is longer than 40; the width is not in 1 … 18.
    """

    prefix: str = "KH-"
    width: int = 6

    def __attrs_post_init__(self) -> None:
        """Refuse a form that could not give valid ids."""
        faults: list[Fault] = []
        if len(self.prefix) > 40 or not is_id(f"{self.prefix}1"):
            faults.append(Fault("prefix", "not-allowed", "up to 40 characters, no spaces"))
        if not 1 <= self.width <= 18:
            faults.append(Fault("width", "out-of-range", "1 to 18 digits"))
        if faults:
            raise Invalid(faults)

    def number(self, n: int) -> str:
        """The n-th number, from 1 ("KH-000001"); past the width it grows and is never cut.

        :raises Invalid: n is below 1.
        """
        if n < 1:
            raise Invalid([Fault("n", "out-of-range", "a whole number of 1 or more")])
        return f"{self.prefix}{n:0{self.width}d}"
