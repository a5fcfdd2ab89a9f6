"""Keys: what candidates are looked up by, so that no storage ever scans its customers (M-05)."""

from hashlib import blake2b
from typing import Final, NamedTuple

from crmcore.errors import Fault, Invalid
from crmcore.matching.identity import Identity, parts_of
from crmcore.matching.parts import NameParts
from crmcore.matching.policy import DEFAULT_POLICY, MatchingPolicy
from crmcore.matching.text import normalise

#: The indexes there are, the surest first.
INDEXES: Final = ("full", "credit_code", "tax_id", "phone", "email", "domain", "core", "brand", "del", "bg", "py")
_LEAST: Final = 2


class Key(NamedTuple):
    """One key of one record: which index it stands in (``by``), and 64 bits, signed, of what is indexed."""

    by: str
    value: int


def key(index: str, text: str) -> Key:
    """The key of a text in an index, the same in every process and on every machine."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=index.encode()).digest()
    return Key(index, int.from_bytes(digest, "big", signed=True))


def keys(
    identity: Identity, policy: MatchingPolicy = DEFAULT_POLICY, parts: NameParts | None = None
) -> tuple[Key, ...]:
    """The keys of a customer, without repetition; ``parts`` where the caller has them already."""
    parts = parts_of(identity) if parts is None else parts
    return (key("full", parts.full), *(key("bg", pair) for pair in dict.fromkeys(_pairs(parts.core))))


def key_rules(policy: MatchingPolicy = DEFAULT_POLICY) -> str:
    """What the keys depend on, as a short text: where it differs from what was stored, records need new keys."""
    return "0"


def fragment_keys(text: str) -> tuple[Key, ...]:
    """The keys that a record must have, all of them, to contain a fragment of a brand such as 春意 (M-01).

    :raises Invalid: the fragment is too short to be looked up.
    """
    fragment = normalise(text)
    if len(fragment) < _LEAST:
        raise Invalid([Fault("text", "too-short", "at least 2 characters that are no spaces or marks")])
    return tuple(key("bg", pair) for pair in dict.fromkeys(_pairs(fragment)))


def _pairs(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(len(text) - 1)]
