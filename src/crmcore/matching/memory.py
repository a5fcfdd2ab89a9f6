"""An index of keys in memory, for hosts without a database, and for benchmarks."""

from array import array
from collections.abc import Mapping, Sequence

from crmcore.matching.identity import Identity, parts_of
from crmcore.matching.keys import Key, keys
from crmcore.matching.parts import NameParts
from crmcore.matching.policy import DEFAULT_POLICY, MatchingPolicy
from crmcore.matching.ranking import Posting


class MemoryIndex:
    """Candidates held in memory; an id is added once and stays."""

    def __init__(self, policy: MatchingPolicy = DEFAULT_POLICY) -> None:
        self._policy = policy
        # The value of a key alone tells keys apart, as their digests are by index. A place stands for an id.
        self._places: dict[int, int | array[int]] = {}
        self._ids: list[str] = []
        self._packed: list[str] = []
        self._place_of: dict[str, int] = {}

    def add(self, id: str, identity: Identity) -> None:
        """Take a record in."""
        parts = parts_of(identity)
        place = self._place_of[id] = len(self._ids)
        self._ids.append(id)
        self._packed.append(parts.packed)
        for key in keys(identity, self._policy, parts):
            held = self._places.get(key.value)
            if held is None:
                self._places[key.value] = place
            elif isinstance(held, int):
                self._places[key.value] = array("I", (held, place))
            else:
                held.append(place)

    @property
    def total(self) -> int:
        """How many records there are."""
        return len(self._ids)

    def postings(self, keys: Sequence[Key], cap: int) -> Mapping[Key, Posting]:
        """The records that hold each key, at most ``cap`` ids a key, the first taken in."""
        found: dict[Key, Posting] = {}
        for key in keys:
            held = self._places.get(key.value)
            if isinstance(held, int):
                found[key] = Posting((self._ids[held],), 1)
            elif held is not None:
                found[key] = Posting([self._ids[place] for place in held[:cap]], len(held))
        return found

    def parts(self, ids: Sequence[str]) -> Mapping[str, NameParts]:
        """The parts of the names of these records."""
        return {id: NameParts.unpacked(self._packed[self._place_of[id]]) for id in ids}
