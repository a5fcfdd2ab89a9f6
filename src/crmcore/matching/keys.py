"""Keys: what candidates are looked up by, so that no storage ever scans its customers (M-05).

A key is an index and 64 bits of a digest. Two records that share one may be the same customer: each kind of key
survives another kind of difference.

========== =================================================================================================
full       the normalised name; with the phone number for an individual, since persons of one name are many
core       brand and trade, so without region, form and branch
brand      the brand
del        a brand's characters in the order of their codes, all and without each one, with the trade's head: slips
near       the same without one of two characters, within a province
py         how the brand is read, with the trade's head
bg         neighbouring characters of the core, or words and their beginnings and ends: fragments, other splits
phone …    what a contact or a registration office tells
========== =================================================================================================
"""

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final, NamedTuple

from crmcore.errors import Fault, Invalid
from crmcore.matching.chinese import pairs
from crmcore.matching.contacts import email_addresses, is_credit_code, own_domain, phone_numbers, registration_code
from crmcore.matching.identity import LONGEST, Identity, parts_of, too_long
from crmcore.matching.latin import bare_words
from crmcore.matching.parts import NameParts, is_chinese, parse
from crmcore.matching.policy import DEFAULT_POLICY, INDEXES, MatchingPolicy
from crmcore.matching.tables import syllables
from crmcore.matching.text import normalise, readable

__all__ = ["INDEXES", "Key", "fragment_keys", "key", "key_rules", "keys"]

#: Grows whenever the same customer would get other keys than before: records then need new ones.
_RULES: Final = 3

_PLACE_ENDINGS: Final = frozenset("省市县区旗州盟")
_MARK: Final = "|"
_START: Final = "^"
_END: Final = "$"
_HEAD: Final = 2
_TWO: Final = 2
_PROVINCE: Final = 2
_AFFIX: Final = 3
#: Characters of a fragment: a single one would find everybody.
_LEAST: Final = 2
_FOREIGN: Final = re.compile(r"[^\u3400-\u9fff+$]{3,}")


class Key(NamedTuple):
    """One key of one record: which index it stands in (``by``), and 64 bits, signed, of what is indexed."""

    by: str
    value: int


def key(by: str, text: str) -> Key:
    """The key of a text in an index, the same in every process and on every machine."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=by.encode()).digest()
    return Key(by, int.from_bytes(digest, "big", signed=True))


def keys(
    identity: Identity, policy: MatchingPolicy = DEFAULT_POLICY, parts: NameParts | None = None
) -> tuple[Key, ...]:
    """The keys of a customer, without repetition; ``parts`` where the caller has them already."""
    found = dict.fromkeys((*_named(identity, parts), *_told(identity, policy)))
    return tuple(key(by, text) for by, text in found if by in policy.indexes)


def key_rules(policy: MatchingPolicy = DEFAULT_POLICY) -> str:
    """What the keys depend on, as a short text: where it differs from what was stored, records need new keys."""
    return f"{_RULES}:{policy.phone_digits}:{','.join(policy.indexes)}"


def fragment_keys(text: str) -> tuple[Key, ...]:
    """The keys of a fragment of a name such as 春意 (M-01): who has the fragment in brand or trade has one of them.

    Words are found by their first three letters; two letters are a whole word, or stand among Chinese characters.
    Further characters of a fragment, such as a region before it, are compared with the names found. Single
    letters, as in "a b c", have none: only ``whole_keys`` find them.

    :raises Invalid: the fragment is a single character, nothing but marks, or longer than any name.
    """
    if len(text) > LONGEST:
        raise Invalid([too_long("text")])
    fragment = normalise(text)
    if len(fragment) < _LEAST or not any(map(str.isalnum, fragment)):
        raise Invalid([Fault("text", "too-short", "at least 2 characters of a name")])
    if is_chinese(fragment):
        rest = fragment.removeprefix(parse(text).region)
        texts = pairs(rest if len(rest) >= _LEAST else fragment)
    else:
        texts = (fragment,) if len(fragment) == _LEAST else tuple(_beginnings(text))
    return tuple(key("bg", text) for text in texts)


def _beginnings(text: str) -> list[str]:
    """What the words of a fragment are looked up by; where all are short, the first as a whole: one types the last."""
    words = _words(text)
    long = [_START + word[:_AFFIX] for word in words if len(word) >= _AFFIX]
    return long or [word for word in words[:1] if len(word) == _LEAST]


def _words(text: str) -> list[str]:
    """The words of what was typed that tell something: also Bank, where it stands alone, for it may begin a name."""
    return parse(text).brand.split() or bare_words(readable(text))


def whole_keys(text: str) -> tuple[Key, ...]:
    """The keys of who has what was typed not somewhere in its name, but as its brand, brand and trade, or full name."""
    parts = parse(text)
    rest = parts.full.removeprefix(parts.region)
    if parts.script == "chinese":
        found = [
            ("full", parts.full),
            *((by, one) for one in (parts.full, rest, parts.core) for by in ("brand", "core")),
        ]
    else:
        found = [("full", parts.full), *(pair for pair in _in_words(_words(text)) if pair[0] != "bg")]
    return tuple(dict.fromkeys(key(by, one) for by, one in found if one))


def _named(identity: Identity, parts: NameParts | None) -> Iterator[tuple[str, str]]:
    """What is indexed of a name."""
    if identity.kind == "individual":
        name = normalise(identity.name)
        for number in _numbers(identity, 1) if name else ():
            yield "full", name + _MARK + number
        return
    parts = parts_of(identity) if parts is None else parts
    if parts.full:
        yield "full", parts.full
        yield from _in_chinese(parts) if parts.script == "chinese" else _in_words(parts.brand.split())


def _in_chinese(parts: NameParts) -> Iterator[tuple[str, str]]:
    brand, core = parts.brand, parts.core
    if len(core) > 1:
        yield "core", core
        if parts.region and parts.region[-1] not in _PLACE_ENDINGS:  # it may as well be the beginning of the brand
            yield "core", parts.region + core
    if len(brand) > 1:
        head = _MARK + parts.trade[:_HEAD]
        yield "brand", brand
        yield "py", "".join(syllables().get(character, character) for character in brand) + head
        yield "del", "".join(sorted(brand)) + head
        near = len(brand) == _TWO  # a single character left is in many names: only those of the province are looked at
        where = head + _MARK + parts.areas[0][:_PROVINCE] if near and parts.areas else head
        for place in range(len(brand)):
            yield "near" if near else "del", "".join(sorted(brand[:place] + brand[place + 1 :])) + where
    for pair in pairs(core):
        yield "bg", pair
    for word in _FOREIGN.findall(core):
        yield "bg", _START + word[:_AFFIX]


def _in_words(words: list[str]) -> Iterator[tuple[str, str]]:
    if words:
        yield "core", " ".join(sorted(words))
        yield "brand", "".join(words)
    for word in words:
        yield "bg", word
        if len(word) >= _AFFIX:
            yield "bg", _START + word[:_AFFIX]
            yield "bg", word[-_AFFIX:] + _END


def _numbers(identity: Identity, least: int) -> Iterator[str]:
    """The phone numbers of a customer that have enough digits."""
    return (number for text in identity.phones for number in phone_numbers(text) if len(number) >= least)


def _told(identity: Identity, policy: MatchingPolicy) -> Iterator[tuple[str, str]]:
    """What is indexed of contacts and registrations."""
    for number in _numbers(identity, policy.phone_digits):
        yield "phone", number
    addresses = [address for text in identity.emails for address in email_addresses(text)]
    for address in addresses:
        yield "email", address
    for domain in filter(None, map(own_domain, (*addresses, identity.website or ""))):
        yield "domain", domain
    for by, text in (("credit_code", identity.credit_code), ("tax_id", identity.tax_id)):
        if code := registration_code(text or ""):  # a tax id since 2015 is the credit code
            yield ("credit_code" if is_credit_code(code) else by), code
