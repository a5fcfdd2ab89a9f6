"""From keys to the records most alike."""

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappush, heappushpop
from itertools import chain, islice
from math import inf, log, log2
from typing import Final, NamedTuple, Protocol

from attrs import frozen

from crmcore.kernel.quick import quick
from crmcore.matching.comparing import Comparison, compare_from
from crmcore.matching.identity import Identity, parts_of
from crmcore.matching.keys import Key, fragment_keys, keys, whole_keys
from crmcore.matching.parts import NameParts, parse
from crmcore.matching.policy import DEFAULT_POLICY, MatchingPolicy
from crmcore.matching.text import normalise

#: The indexes whose keys tell how rare a brand is, or what is left of it, each with how many records in the country
#: one that it tells of stands for: what is found in a province is found eight times, as companies crowd in a few.
_TELLING: Final = {"brand": 1, "del": 1, "near": 8}
#: The indexes whose keys say something of a record whatever its name; ``verdicts`` knows what.
SAYING: Final = frozenset({"full", "credit_code", "tax_id", "phone", "email", "domain"})
#: The indexes of what an office gives to one customer only.
_CODES: Final = frozenset({"credit_code", "tax_id"})


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
        """The records that hold each key: at most ``cap`` ids a key, in a steady order; absent keys are left out."""
        ...

    def parts(self, ids: Sequence[str]) -> Mapping[str, NameParts]:
        """The parts of the names of these records; who is gone meanwhile is left out."""
        ...


class Shared(NamedTuple):
    """A key that two records share: its index, and how many records hold it."""

    by: str
    records: int


@quick
@frozen(weakref_slot=False)
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
    least: float = -inf,
) -> tuple[Hit, ...]:
    """The records most alike, the likeliest first; ties by what they share, then by id.

    Who shares a registration code, or a contact that no more than ``switchboard`` records have, is never left out,
    however many have names that are more alike.

    :param limit: so many, and those that are never left out.
    :param least: records whose names are certainly less alike, branches left out, are left out where they share no
        key but those of names, or one that more than ``per_key`` records hold; to tell so takes a fraction of a
        comparison.
    """
    parts = parts_of(query)
    postings = _postings(keys(query, policy, parts), candidates, policy)
    weights = _weights(postings, max(1, candidates.total))
    sure = _holders(postings, policy.switchboard, policy.scored)
    best = (*sure, *_heaviest(weights, sure, policy.scored - len(sure)))
    shared, known = _shared(postings, best), candidates.parts(best)
    # What everybody has, as the number of an exchange, says nothing of anybody.
    told = sure | _holders(postings, policy.per_key, policy.per_key)
    hits = _compared(parts, {id: (known[id], shared[id]) for id in best if id in known}, sure, told, limit, least)
    hits.sort(key=lambda hit: (-hit.comparison.score, -weights.get(hit.id, 0.0), hit.id))
    return tuple(hit for place, hit in enumerate(hits) if place < limit or hit.id in sure)


def _holders(postings: Mapping[Key, Posting], most: int, codes: int) -> frozenset[str]:
    """The records that hold a key which says something whatever the names are.

    :param most: keys that more records hold say nothing.
    :param codes: so many of each registration code, however many hold it.
    """
    few = (posting.ids for key, posting in postings.items() if key.by in SAYING and posting.records <= most)
    coded = (posting.ids[:codes] for key, posting in postings.items() if key.by in _CODES)
    return frozenset(chain.from_iterable((*few, *coded)))


def _compared(
    parts: NameParts,
    found: Mapping[str, tuple[NameParts, Sequence[Shared]]],
    sure: frozenset[str],
    told: frozenset[str],
    limit: int,
    least: float,
) -> list[Hit]:
    """The records compared; those that cannot come among the first ``limit``, or up to ``least``, may be missing.

    Those in ``told`` share a key that says something whatever the names are; none in ``sure`` is ever missing.
    """
    hits: list[Hit] = []
    first: list[float] = []
    for id, (theirs, mine) in found.items():
        bar = first[0] if first and len(first) == limit and id not in sure else -inf
        if least > bar and id not in told:
            bar = least
        comparison = compare_from(bar, parts, theirs, _rare(mine))
        if comparison is not None:
            hits.append(Hit(id, comparison, tuple(mine)))
            (heappush if len(first) < limit else heappushpop)(first, comparison.score)
    return hits


def _postings(wanted: Sequence[Key], candidates: Candidates, policy: MatchingPolicy) -> dict[Key, Posting]:
    """The records under each key; of pairs of characters fewer, for most are those of trades and everywhere."""
    pairs = [key for key in wanted if key.by == "bg"]
    others = [key for key in wanted if key.by != "bg"]
    return {**candidates.postings(others, policy.per_key), **candidates.postings(pairs, policy.per_pair)}


def _weights(postings: Mapping[Key, Posting], total: int) -> dict[str, float]:
    """What each record's keys weigh together: the rarer a key, the more.

    Keys that more records hold than ids were given for say little; those of names count where there are no others.
    """
    telling = [posting for posting in postings.values() if posting.records <= len(posting.ids)]
    if not telling:
        telling = [posting for key, posting in postings.items() if key.by not in SAYING]
    weights: dict[str, float] = {}
    for posting in telling:
        weight = log(1 + total / posting.records)
        for id in posting.ids:
            weights[id] = weights.get(id, 0.0) + weight
    return weights


def _heaviest(weights: Mapping[str, float], but: frozenset[str], count: int) -> list[str]:
    """The ids that weigh most, but for some; ties by id."""
    left = {id: weight for id, weight in weights.items() if id not in but} if but else weights
    if len(left) <= count or count <= 0:
        return list(left)[: max(0, count)]
    least = sorted(left.values(), reverse=True)[count - 1]
    above = [id for id, weight in left.items() if weight > least]
    level = sorted(id for id, weight in left.items() if weight == least)
    return above + level[: count - len(above)]


def _shared(postings: Mapping[Key, Posting], ids: Sequence[str]) -> dict[str, list[Shared]]:
    """The keys that each of some records shares with the query."""
    shared: dict[str, list[Shared]] = {id: [] for id in ids}
    wanted = frozenset(ids)
    for key, posting in postings.items():
        one = Shared(key.by, posting.records)
        for id in wanted.intersection(posting.ids):
            shared[id].append(one)
    return shared


def _rare(shared: Sequence[Shared]) -> float | None:
    """How rare what two names have in common is: 1 where nobody else has it, None where the keys do not tell."""
    told = [key.records * _TELLING[key.by] for key in shared if key.by in _TELLING]
    return 1 / (1 + log2(min(told))) if told else None


def find_fragment(text: str, candidates: Candidates, limit: int = 20, cap: int = 2_000) -> tuple[str, ...]:
    """The ids of records whose name contains a fragment, as one types (M-01); in the order of the postings.

    Whose brand, or brand and trade, it is comes first. Of a fragment that is everywhere, such as 科技, only the first
    ``cap`` are looked through.

    :raises Invalid: the fragment is too short to be looked up, or longer than any name.
    """
    parts, whole = fragment_keys(text), whole_keys(text)
    postings = candidates.postings((*whole, *parts), cap)
    within = [postings[key] for key in parts if key in postings]
    rarest = min(within, key=lambda posting: posting.records, default=Posting((), 0))
    ids = dict.fromkeys(chain(*(postings[key].ids for key in whole if key in postings), rarest.ids))
    return tuple(islice(_containing(text, candidates, [*ids][:cap]), limit))


def _containing(text: str, candidates: Candidates, ids: Sequence[str]) -> Iterator[str]:
    """Those of some records whose name contains a fragment; a region before that may stand anywhere."""
    fragment, region, names = normalise(text), parse(text).region, candidates.parts(ids)
    pieces = (region, fragment.removeprefix(region))
    known = ((id, names[id].full) for id in ids if id in names)
    return (id for id, name in known if fragment in name or all(piece in name for piece in pieces))
