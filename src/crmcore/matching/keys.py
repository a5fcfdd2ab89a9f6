"""Keys: what candidates are looked up by, so that no storage ever scans its customers (M-05)."""

from hashlib import blake2b
from typing import Final, NamedTuple

from crmcore.errors import Fault, Invalid
from crmcore.matching.chinese import pairs
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
    texts = _latin(parts) if parts.script != "chinese" else _chinese(parts)
    return tuple(dict.fromkeys(key(by, text) for by, text in (*texts, *_contacts(identity))))


def _contacts(identity: Identity) -> list[tuple[str, str]]:
    return []


def _latin(parts: NameParts) -> list[tuple[str, str]]:
    return [("full", parts.full)]


def _chinese(parts: NameParts) -> list[tuple[str, str]]:
    """What is indexed of a Chinese name."""
    brand, core = parts.brand, parts.core
    texts = [("full", parts.full)]
    if len(core) > 1:
        texts.append(("core", core))
        texts += [("bg", pair) for pair in pairs(core)]
        if parts.region and parts.region[-1] not in _PLACE_ENDINGS:  # it may as well be the brand's beginning
            texts.append(("core", parts.region + core))
    if len(brand) > 1:
        texts.append(("brand", brand))
        texts += [("del", variant + _MARK + parts.trade[:_HEAD]) for variant in _variants(brand)]
    return texts


_PLACE_ENDINGS: Final = frozenset("省市县区旗州盟")
_MARK: Final = "|"
_HEAD: Final = 2


def _variants(brand: str) -> set[str]:
    """The characters of a brand in the order of their codes: all of them, and without each one."""
    less = (brand[:place] + brand[place + 1 :] for place in range(len(brand)))
    return {"".join(sorted(variant)) for variant in (brand, *less)}


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
    return tuple(key("bg", pair) for pair in dict.fromkeys(pairs(fragment)))
