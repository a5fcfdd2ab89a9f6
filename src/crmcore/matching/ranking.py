"""From keys to the records most alike."""

from collections.abc import Mapping, Sequence
from math import log, log2
from typing import NamedTuple, Protocol

from attrs import frozen

from crmcore.matching.comparing import Comparison, compare
from crmcore.matching.identity import Identity, parts_of
from crmcore.matching.keys import Key, fragment_keys, keys
from crmcore.matching.parts import NameParts
from crmcore.matching.policy import DEFAULT_POLICY, MatchingPolicy
from crmcore.matching.text import normalise


class Posting(NamedTuple):
    """The records that hold a key: at most as many ids as asked for, and how many records there are.

    Where ids were cut, ``records`` may be anything above the number of ids: it need not be counted.
    """

    ids: Sequence[str]
    records: int


class Candidates(Protocol):
    """What a storage gives for matching: two lookups, each by an index, and one count."""

    @property
    def total(self) -> int:
        """How many records have keys; an estimate will do."""
        ...

    def postings(self, keys: Sequence[Key], cap: int) -> Mapping[Key, Posting]:
        """The records that hold each key, at most ``cap`` ids a key in the order of ids; absent keys may be left out."""
        ...

    def parts(self, ids: Sequence[str]) -> Mapping[str, NameParts]:
        """The parts of the names of these records."""
        ...


class Shared(NamedTuple):
    """A key that two records share: its index, and how many records hold it."""

    by: str
    records: int


@frozen
class Hit:
    """A record that may be the same customer: how alike the names are, and which keys it shares."""

    id: str
    comparison: Comparison
    shared: tuple[Shared, ...] = ()


def rank(
    query: Identity,
    candidates: Candidates,
    policy: MatchingPolicy = DEFAULT_POLICY,
    limit: int = 10,
) -> tuple[Hit, ...]:
    """The records most alike, the likeliest first; ties by id."""
    parts = parts_of(query)
    wanted = keys(query, policy, parts)
    postings = _postings(wanted, candidates, policy)
    weights: dict[str, float] = {}
    shared: dict[str, list[Shared]] = {}
    for key in wanted:
        posting = postings.get(key)
        for id in posting.ids if posting else ():
            records = posting.records if posting else 0
            weights[id] = weights.get(id, 0.0) + log(1 + candidates.total / records)
            shared.setdefault(id, []).append(Shared(key.by, records))
    best = sorted(weights, key=lambda found: (-weights[found], found))[: policy.scored]
    known = candidates.parts(best)
    hits = [Hit(id, compare(parts, known[id], _rare(shared[id])), tuple(shared[id])) for id in best]
    return tuple(sorted(hits, key=lambda hit: (-hit.comparison.score, -weights[hit.id], hit.id))[:limit])


def _postings(wanted: Sequence[Key], candidates: Candidates, policy: MatchingPolicy) -> Mapping[Key, Posting]:
    """The records under each key; pairs of characters that are everywhere, as those of trades are, are left out."""
    pairs = candidates.postings([key for key in wanted if key.by == "bg"], policy.per_pair)
    rare = {key: posting for key, posting in pairs.items() if posting.records <= policy.per_pair}
    return {**candidates.postings([key for key in wanted if key.by != "bg"], policy.per_key), **rare}


def _rare(shared: Sequence[Shared]) -> float | None:
    """How rare what two names have in common is: 1 where nobody else has it."""
    least = min((key.records for key in shared if key.by in {"brand", "del"}), default=0)
    return 1 / (1 + log2(least)) if least else None


def find_fragment(text: str, candidates: Candidates, limit: int = 20, cap: int = 5_000) -> tuple[str, ...]:
    """The ids of the records whose name contains a fragment, as one types (M-01); in the order of ids.

    :raises Invalid: the fragment is too short to be looked up.
    """
    wanted = fragment_keys(text)
    postings = candidates.postings(wanted, cap)
    if any(key not in postings for key in wanted):
        return ()
    rarest = min(postings.values(), key=lambda posting: posting.records)
    fragment = normalise(text)
    names = candidates.parts(rarest.ids)
    return tuple(id for id in rarest.ids if fragment in names[id].full)[:limit]
