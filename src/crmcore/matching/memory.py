"""An index of keys in memory, for hosts without a database, and for benchmarks."""

from collections.abc import Mapping, Sequence

from crmcore.matching.identity import Identity, parts_of
from crmcore.matching.keys import Key, keys
from crmcore.matching.parts import NameParts
from crmcore.matching.policy import DEFAULT_POLICY, MatchingPolicy
from crmcore.matching.ranking import Posting


class MemoryIndex:
    """Candidates held in memory; ids are added once and stay."""

    def __init__(self, policy: MatchingPolicy = DEFAULT_POLICY) -> None:
        self._policy = policy
        self._ids: dict[Key, list[str]] = {}
        self._parts: dict[str, str] = {}

    def add(self, id: str, identity: Identity) -> None:
        """Take a record in."""
        parts = parts_of(identity)
        self._parts[id] = parts.packed
        for key in keys(identity, self._policy, parts):
            self._ids.setdefault(key, []).append(id)

    @property
    def total(self) -> int:
        """How many records there are."""
        return len(self._parts)

    def postings(self, keys: Sequence[Key], cap: int) -> Mapping[Key, Posting]:
        """The records that hold each key, at most ``cap`` ids a key."""
        found = ((key, self._ids[key]) for key in keys if key in self._ids)
        return {key: Posting(ids[:cap], len(ids)) for key, ids in found}

    def parts(self, ids: Sequence[str]) -> Mapping[str, NameParts]:
        """The parts of the names of these records."""
        return {id: NameParts.unpacked(self._parts[id]) for id in ids}
