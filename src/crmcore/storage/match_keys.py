"""Keys of duplicate analysis as ordinary records, so that every backend serves them by one index (M-05).

A record of the kind ``match_key`` is one key of one customer; looking a key up is one query on the index ``by_key``.
Keys of different indexes differ (each hashes in its own way), so ``key_index`` need not stand in that index. The id of
a key's record is that of its customer with the key's place: what has changed is found and replaced without searching.

Beside them stands one record of the kind ``match_name`` a customer: the parts of its name, so that candidates are
compared without taking names apart again, how many keys it has, and the rules by which these were made. It all follows
from the customer and can be made again; of a customer that is erased nothing is left.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from attrs import field, frozen

from crmcore.errors import Unreadable
from crmcore.kernel.codec import from_bytes, to_bytes
from crmcore.kernel.entities import Index, Kind
from crmcore.kernel.personal import PERSONAL
from crmcore.matching import Identity, Key, MatchingPolicy, NameParts, Posting, key_rules, keys, parts_of
from crmcore.storage.interface import Query, Record, UnitOfWork, Write, listed

MATCH_KEY = Kind("match_key", {"key_index": str, "key_value": int}, (Index("by_key", ("key_value",)),))
MATCH_NAME = Kind("match_name", {"rules": str})

_NOTHING = b"{}"

T = TypeVar("T")


@frozen
class Keyed:
    """What is stored of one customer: the parts of its name, how many keys, by which rules, in which version."""

    rules: str
    parts: str = field(repr=False, metadata=PERSONAL)
    keys: int
    version: int


#: A customer, what is stored of it now, and who it is to be found as from now on; None for nobody.
Change = tuple[str, Keyed | None, Identity | None]


def keyed(uow: UnitOfWork, customers: Sequence[str]) -> dict[str, Keyed]:
    """What is stored of these customers, by their ids; those without keys are left out."""
    return {record.id: _keyed(record) for record in uow.get(MATCH_NAME.name, customers)} if customers else {}


def _keyed(record: Record) -> Keyed:
    rules = record.columns["rules"]
    parts, keys = _stored(record, lambda data: (data["parts"], data["keys"]))
    return Keyed(str(rules), parts, keys, record.version)


def _stored(record: Record, read: Callable[[Any], T]) -> T:
    """What is read of a record of names.

    :raises Unreadable: it is damaged.
    """
    try:
        return read(from_bytes(record.body))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unreadable(record.kind, record.id, type(error).__name__) from None


def keys_are_right(uow: UnitOfWork, customer: str, identity: Identity | None, policy: MatchingPolicy) -> bool:
    """Whether what is stored is what an identity leads to; keys of other rules, or none yet, are not wrong."""
    stored = keyed(uow, (customer,)).get(customer)
    if stored is None or stored.rules != key_rules(policy):
        return True
    if identity is None:
        return False
    parts = parts_of(identity)
    wanted = {f"{customer}/{place}": key for place, key in enumerate(keys(identity, policy, parts))}
    rows = uow.get(MATCH_KEY.name, list(wanted))
    found = {row.id: (row.columns["key_index"], row.columns["key_value"]) for row in rows}
    return (stored.parts, stored.keys) == (parts.packed, len(wanted)) and found == wanted


def replace_keys(uow: UnitOfWork, changes: Sequence[Change], policy: MatchingPolicy) -> None:
    """Store the keys of some customers in place of those that are there; those of nobody go without.

    :raises Conflict: what is stored is no longer what was read.
    """
    rules = key_rules(policy)
    gone: list[Write] = []
    names: list[Write] = []
    rows: list[Write] = []
    for customer, before, identity in changes:
        version = 0 if before is None else before.version
        if before is not None:
            # Never updated, only replaced: each is of version 1.
            gone += [Write(MATCH_KEY.name, f"{customer}/{place}", 1, None) for place in range(before.keys)]
        if identity is not None:
            parts = parts_of(identity)
            found = keys(identity, policy, parts)
            body = to_bytes({"parts": parts.packed, "keys": len(found)})
            names.append(Write(MATCH_NAME.name, customer, version, body, {"rules": rules}))
            rows += [_row(customer, place, key) for place, key in enumerate(found)]
        elif before is not None:
            gone.append(Write(MATCH_NAME.name, customer, version, None))
    if gone:
        # A batch of its own: a row that comes has the id of one that goes.
        uow.write(gone)
    if names:
        uow.write([*names, *rows])


def _row(customer: str, place: int, key: Key) -> Write:
    return Write(MATCH_KEY.name, f"{customer}/{place}", 0, _NOTHING, {"key_index": key.by, "key_value": key.value})


class StoredCandidates:
    """``matching.Candidates`` in one unit of work; ``total`` is how many customers there are, roughly."""

    def __init__(self, uow: UnitOfWork, total: int) -> None:
        self._uow = uow
        self._total = max(total, 1)

    @property
    def total(self) -> int:
        """How many customers there are, roughly."""
        return self._total

    def postings(self, keys: Sequence[Key], cap: int) -> Mapping[Key, Posting]:
        """The customers that hold each key, at most ``cap`` of them a key; where some were cut, one more is counted."""
        ids_of = listed(self._uow)
        found = {}
        for key in keys:
            if places := ids_of(Query(MATCH_KEY.name, "by_key", (key.value,), limit=cap)):
                ids = [place[: place.rindex("/")] for place in places]
                found[key] = Posting(ids, len(ids) + (len(ids) == cap))
        return found

    def parts(self, ids: Sequence[str]) -> Mapping[str, NameParts]:
        """The parts of the names of these customers."""
        rows = self._uow.get(MATCH_NAME.name, ids) if ids else ()
        return {row.id: _stored(row, lambda data: NameParts.unpacked(data["parts"])) for row in rows}
