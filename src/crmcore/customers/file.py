"""What is kept in a customer's file beside profile and contacts: needs, attachments, consents, a legal hold.

It is one field of the customer, so that those who keep none of it pay nothing for it.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Literal

import attrs
from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.money import Money
from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.validators import LONG, OneOf, Text, Tuple
from crmcore.people import Consent

_LONG_TEXT = Text(LONG)
_LEVELS: Final = ("high", "medium", "low")
_EACH_A_TEXT: Callable[[Any, Any, Any], None] = attrs.validators.deep_iterable(_LONG_TEXT, Tuple())

# ------------------------------------------------------------------------------------------------------- attachments

#: Algorithms a digest may be of, with the number of their hexadecimal digits.
_DIGESTS: Final = {"sha256": 64, "sha384": 96, "sha512": 128, "blake2b": 128, "blake2s": 64}
_DIGEST = re.compile(r"([a-z0-9]+):([0-9a-f]+)")
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):[^\s<>\"\\^`{|}]+")
#: Schemes whose URI is the content itself, or a program: no reference to anything.
_NO_REFERENCE: Final = frozenset({"data", "blob", "javascript", "vbscript"})

DIGEST_EXPECTED: Final = "an algorithm and its hexadecimal digits, such as sha256:9f86…"
URI_EXPECTED: Final = "a URI under which the content can be found, such as s3://bucket/key"


@frozen
class Digest:
    """A validator: the digest of a content, as algorithm and lower-case hexadecimal digits."""

    def __call__(self, _instance: Any, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Raise ``Invalid`` unless the value has that form."""
        match = _DIGEST.fullmatch(value) if isinstance(value, str) else None
        if match is None or _DIGESTS.get(match[1]) != len(match[2]):
            raise Invalid([Fault(attribute.name, "not-allowed", DIGEST_EXPECTED)])


@frozen
class Uri:
    """A validator: a URI that refers to something, of at most ``limit`` characters."""

    limit: int = 2000

    def __call__(self, _instance: Any, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Raise ``Invalid`` unless the value is one."""
        if isinstance(value, str) and len(value) > self.limit:
            raise Invalid([Fault(attribute.name, "too-long", f"at most {self.limit:,} characters")])
        if not isinstance(value, str) or not _URI.fullmatch(value) or scheme_of(value) in _NO_REFERENCE:
            raise Invalid([Fault(attribute.name, "not-allowed", URI_EXPECTED)])


def scheme_of(uri: str) -> str:
    """The scheme of a URI, in lower case."""
    return uri.partition(":")[0].lower()


@frozen
class Attachment:
    """A reference to something the host keeps (D-10): never the bytes. ``contact`` is whom it is about, if somebody."""

    number: int
    kind: str
    size: int
    name: str = field(repr=False, metadata=PERSONAL)
    digest: str = field(repr=False, metadata=PERSONAL)
    uri: str = field(repr=False, metadata=PERSONAL)
    contact: int | None = None
    retired: bool = False


# ------------------------------------------------------------------------------------------------------------- needs


@frozen
class Need:
    """One thing the customer needs: said by itself (explicit), or seen by us (implicit)."""

    text: str = field(validator=_LONG_TEXT, repr=False, metadata=PERSONAL)
    kind: Literal["explicit", "implicit"] = field(default="explicit", validator=OneOf(("explicit", "implicit")))
    priority: Literal["high", "medium", "low"] = field(default="medium", validator=OneOf(_LEVELS))


@frozen
class Needs:
    """What the customer needs, and within which bounds (D-07)."""

    core: str | None = field(default=None, validator=_LONG_TEXT, repr=False, metadata=PERSONAL)
    needs: tuple[Need, ...] = ()
    pain_points: tuple[str, ...] = field(default=(), validator=_EACH_A_TEXT, repr=False, metadata=PERSONAL)
    current_solution: str | None = field(default=None, validator=_LONG_TEXT, repr=False, metadata=PERSONAL)
    urgency: Literal["high", "medium", "low"] | None = field(
        default=None, validator=attrs.validators.optional(OneOf(_LEVELS))
    )
    budget_from: Money | None = field(default=None, repr=False, metadata=PERSONAL)
    budget_to: Money | None = field(default=None, repr=False, metadata=PERSONAL)

    def __attrs_post_init__(self) -> None:
        """Refuse a budget that is none, of two currencies, below nothing, or that ends before it begins."""
        given = [money for money in (self.budget_from, self.budget_to) if money is not None]
        if not all(isinstance(money, Money) for money in given):
            raise Invalid([Fault("budget", "wrong-type", "an amount and its currency")])
        if any(money.amount < 0 for money in given):
            raise Invalid([Fault("budget", "out-of-range", "an amount of 0 or more")])
        if len({money.currency for money in given}) > 1:
            raise Invalid([Fault("budget", "not-allowed", "amounts in one currency")])
        if len(given) > 1 and given[1] < given[0]:
            raise Invalid([Fault("budget", "out-of-range", "an end not below the beginning")])


# -------------------------------------------------------------------------------------------------------------- file


@frozen
class File:
    """A customer's file. ``held_since`` is when a legal hold was placed, ``erased_at`` when the person was erased."""

    attachments: tuple[Attachment, ...] = ()
    needs: Needs | None = None
    consents: tuple[Consent, ...] = ()
    held_since: datetime | None = None
    erased_at: datetime | None = None

    def attachment(self, number: int) -> Attachment | None:
        """The attachment with that number."""
        return next((one for one in self.attachments if one.number == number), None)


EMPTY_FILE: Final = File()
