"""Keys of duplicate analysis as ordinary records, so that every backend serves them by one index (M-05).

A record of the kind ``match_key`` is one key of one customer; looking a key up is one query on the index ``by_key``.
Keys of different indexes differ (each index hashes in its own way), so ``key_index`` need not stand in the index.
Beside them stands one record of the kind ``match_name`` a customer: the parts of its names, so that candidates are
compared without taking names apart again, how many keys it has, and the rules that these were made by.

What a customer was known as before (a merged one's name, say) counts as well. Each of its names has its own keys; a
key's record is ``customer/3`` for the first name, ``customer 1/3`` for the next, since no id of a customer has spaces.
"""

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from crmcore.kernel.codec import from_bytes, to_bytes
from crmcore.kernel.entities import Index, Kind
from crmcore.matching import Identity, Key, MatchingPolicy, NameParts, Posting, key_rules, keys, parts_of
from crmcore.storage.interface import Query, Record, UnitOfWork, Write

MATCH_KEY = Kind("match_key", {"key_index": str, "key_value": int}, (Index("by_key", ("key_value",)),))
MATCH_NAME = Kind("match_name", {"rules": str})

_NAME_APART = " "
_NOTHING = b"{}"


@frozen
class Names:
    """What is stored beside a customer's keys: ``keys`` is how many each name has, ``version`` that of the record."""

    rules: str = ""
    parts: tuple[str, ...] = ()
    keys: tuple[int, ...] = ()
    version: int = 0


def name_id(customer: str, place: int) -> str:
    """Under which id a name of a customer comes up among candidates: its own, or that with the name's place."""
    return customer if not place else f"{customer}{_NAME_APART}{place}"


def customer_of_name(id: str) -> tuple[str, int]:
    """The customer that a candidate is, and which of its names came up."""
    customer, _, place = id.partition(_NAME_APART)
    return customer, int(place or 0)


def key_rows(customer: str, identities: Iterable[Identity], policy: MatchingPolicy) -> tuple[Names, list[Write]]:
    """What is stored for a customer with these identities: the record of its names, and a row for each key."""
    parts, counts, rows = [], [], []
    for place, identity in enumerate(identities):
        taken_apart = parts_of(identity)
        found = keys(identity, policy, taken_apart)
        parts.append(taken_apart.packed)
        counts.append(len(found))
        rows += [_row(name_id(customer, place), number, key) for number, key in enumerate(found)]
    return Names(key_rules(policy), tuple(parts), tuple(counts)), rows


def _row(holder: str, number: int, key: Key) -> Write:
    return Write(MATCH_KEY.name, f"{holder}/{number}", 0, _NOTHING, {"key_index": key.by, "key_value": key.value})


def stored_names(uow: UnitOfWork, customers: Sequence[str]) -> dict[str, Names]:
    """What is stored of these customers, by their ids; those without keys are left out."""
    return {record.id: _names(record) for record in uow.get(MATCH_NAME.name, customers)} if customers else {}


def _names(record: Record) -> Names:
    data = from_bytes(record.body)
    return Names(str(record.columns["rules"]), tuple(data["parts"]), tuple(data["keys"]), record.version)


def replace_keys(
    uow: UnitOfWork, changes: Sequence[tuple[str, Names | None, Sequence[Identity]]], policy: MatchingPolicy
) -> None:
    """Store the keys of some customers, given what is stored of each now; without identities, remove them."""
    gone: list[Write] = []
    names: list[Write] = []
    rows: list[Write] = []
    for customer, before, identities in changes:
        if before is not None:
            gone += _gone(customer, before)
        if identities:
            fresh, keyed = key_rows(customer, identities, policy)
            names.append(_name_write(customer, fresh, before))
            rows += keyed
        elif before is not None:
            gone.append(Write(MATCH_NAME.name, customer, before.version, None))
    if gone:
        # A batch of its own: a row that comes has the id of one that goes.
        uow.write(gone)
    if names:
        uow.write([*names, *rows])


def _name_write(customer: str, fresh: Names, before: Names | None) -> Write:
    body = to_bytes({"parts": fresh.parts, "keys": fresh.keys})
    return Write(MATCH_NAME.name, customer, 0 if before is None else before.version, body, {"rules": fresh.rules})


def _gone(customer: str, before: Names) -> list[Write]:
    """The removal of each key's record; none of them is ever updated, so all are of version 1."""
    return [
        Write(MATCH_KEY.name, f"{name_id(customer, place)}/{number}", 1, None)
        for place, count in enumerate(before.keys)
        for number in range(count)
    ]


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
        """The names that hold each key, at most ``cap`` of them a key; what was cut counts as one more."""
        found = {}
        for key in keys:
            rows = self._uow.query(Query(MATCH_KEY.name, "by_key", (key.value,), limit=cap))
            if rows:
                ids = [row.id[: row.id.rindex("/")] for row in rows]
                found[key] = Posting(ids, len(ids) + (len(ids) == cap))
        return found

    def parts(self, ids: Sequence[str]) -> Mapping[str, NameParts]:
        """The parts of these names."""
        known = stored_names(self._uow, list({id.partition(_NAME_APART)[0] for id in ids}))
        unpacked = NameParts.unpacked
        found = {}
        for id in ids:
            customer, place = customer_of_name(id)
            names = known.get(customer)
            if names is not None:
                found[id] = unpacked(names.parts[place])
        return found
