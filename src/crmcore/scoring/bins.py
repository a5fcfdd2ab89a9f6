"""Supervised bins: the values of a feature, grouped by how common the outcome is, each with its weight of evidence.

The weight of evidence of a bin is the logarithm of its odds of the outcome over the odds of all cases: 0 says nothing.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby, pairwise
from math import log
from typing import Final, NamedTuple

from attrs import frozen

from crmcore.scoring.decimals import DIGITS, LARGEST, SMALLEST
from crmcore.scoring.values import Lack, Value

#: Bins to start from, before those that do not differ are merged.
FIRST_BINS: Final = 20
MOST_BINS: Final = 8
#: A bin holds at least this share of the cases, and at least so many.
LEAST_SHARE: Final = 0.02
LEAST_CASES: Final = 20
#: Two neighbours stay apart if they differ by so much (a chance of 1 in 100, were they alike).
DIFFERENT: Final = 6.635
#: Cases of average odds that each bin is thought to hold besides its own.
PRIOR: Final = 1.0


class Tally(NamedTuple):
    """How many cases, and how many of them with the outcome."""

    n: int
    positives: int


def together(tallies: Iterable[Tally]) -> Tally:
    """Several tallies as one."""
    found = list(tallies)
    return Tally(sum(one.n for one in found), sum(one.positives for one in found))


def tally(outcomes: Sequence[bool]) -> Tally:
    """The tally of some cases."""
    return Tally(len(outcomes), sum(outcomes))


def _information(tally: Tally) -> float:
    """The log-likelihood of a tally at its own rate."""
    n, positives = tally
    return sum(part * log(part / n) for part in (positives, n - positives) if part)


def _difference(one: Tally, other: Tally) -> float:
    """How much two tallies differ: the likelihood ratio statistic with one degree of freedom."""
    return 2 * (_information(one) + _information(other) - _information(together((one, other))))


def merged(tallies: Sequence[Tally], least: int) -> list[list[int]]:
    """Which neighbours to take together: the places of the tallies, group by group, until all groups differ."""
    groups = [[place] for place in range(len(tallies))]
    sums = list(tallies)
    while len(groups) > 1:
        gaps = [_difference(one, other) for one, other in pairwise(sums)]
        small = [place for place, one in enumerate(sums) if one.n < least]
        if small:
            place = _nearer(small[0], gaps)
        else:
            place = min(range(len(gaps)), key=gaps.__getitem__)
            if gaps[place] >= DIFFERENT and len(groups) <= MOST_BINS:
                break
        groups[place : place + 2] = [groups[place] + groups[place + 1]]
        sums[place : place + 2] = [together(sums[place : place + 2])]
    return groups


def _nearer(place: int, gaps: Sequence[float]) -> int:
    """Of a group's two sides, the one to which it is more alike."""
    sides = [side for side in (place - 1, place) if 0 <= side < len(gaps)]
    return min(sides, key=gaps.__getitem__)


@frozen
class Binning:
    """The bins of one feature: ``edges`` for numbers, ``groups`` of texts otherwise, and what each bin is worth.

    ``worth`` belongs to the bins, or to the groups and then to all other texts, in order: weights of evidence, and
    later points.
    """

    edges: tuple[float, ...]
    groups: tuple[tuple[str, ...], ...] | None
    worth: tuple[float, ...]
    lacking: Mapping[Lack, float]

    @property
    def all_worth(self) -> tuple[float, ...]:
        """What every place is worth: the bins, then missing, then not applicable, then values of the wrong kind."""
        return (*self.worth, *(self.lacking[lack] for lack in Lack), 0.0)

    def with_worth(self, worth: Sequence[float]) -> "Binning":
        """The same bins, worth something else; in the order of ``all_worth``."""
        own = len(self.worth)
        return Binning(self.edges, self.groups, tuple(worth[:own]), dict(zip(Lack, worth[own:-1], strict=True)))

    def placed(self, values: Sequence[Value]) -> list[int]:
        """The place of each value, counted as in ``all_worth``."""
        lacking = {lack: len(self.worth) + place for place, lack in enumerate(Lack)}
        stray = len(self.worth) + len(lacking)
        if self.groups is None:
            edges = self.edges
            others: dict[Value, int] = dict(lacking.items())
            return [
                bisect_right(edges, value) if isinstance(value, float) else others.get(value, stray) for value in values
            ]
        known = {text: place for place, group in enumerate(self.groups) for text in group}
        other = len(self.groups)
        return [lacking[value] if isinstance(value, Lack) else known.get(as_text(value), other) for value in values]

    def encoded(self, values: Sequence[Value]) -> list[float]:
        """What each of the values is worth."""
        return list(map(self.all_worth.__getitem__, self.placed(values)))


def as_text(value: Value) -> str:
    """A value that is no number as the text that categories go by."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_mixed(values: Iterable[Value]) -> bool:
    """Whether there are numbers and others among them: bands take numbers, categories take texts and yes or no."""
    return len({isinstance(value, float) for value in values if not isinstance(value, Lack)}) > 1


def is_beyond(values: Iterable[Value]) -> bool:
    """Whether there are numbers among them too large to be told apart by edges that a policy could hold."""
    return any(abs(value) >= _BEYOND for value in values if isinstance(value, float))


_BEYOND: Final = 10.0**LARGEST


def binning(values: Sequence[Value], outcomes: Sequence[bool]) -> Binning | None:
    """The bins of a feature, or None where it tells nothing: all values are lacking, or all in one bin.

    Numbers are binned if there are any numbers; else texts are grouped.
    """
    total = tally(outcomes)
    least = max(LEAST_CASES, int(LEAST_SHARE * total.n))
    pairs = list(zip(values, outcomes, strict=True))
    lacking = {lack: _woe(tally([outcome for value, outcome in pairs if value is lack]), total, least) for lack in Lack}
    numbers = sorted((value, outcome) for value, outcome in pairs if isinstance(value, float))
    if numbers:
        edges, woes = _numeric(numbers, total, least)
        groups = None
    else:
        texts = [(as_text(value), outcome) for value, outcome in pairs if not isinstance(value, Lack)]
        edges, (groups, woes) = (), _textual(texts, total, least)
    if not any((*woes, *lacking.values())):
        return None
    return Binning(edges, groups, woes, lacking)


def _woe(part: Tally, total: Tally, least: int) -> float:
    """The weight of evidence of some cases; 0 where they are too few to say."""
    if part.n < least:
        return 0.0
    rate = total.positives / total.n
    odds = (part.positives + PRIOR * rate) / (part.n - part.positives + PRIOR * (1 - rate))
    return round(log(odds) - log(rate / (1 - rate)), 9)


_Pairs = list[tuple[float, bool]]


def _numeric(pairs: _Pairs, total: Tally, least: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Edges between bins of numbers, and a weight for each bin."""
    first = _quantiles(pairs)
    tallies = [tally([outcome for _, outcome in group]) for group in first]
    groups = merged(tallies, least)
    edges: list[float] = []
    kept: list[list[int]] = [[*groups[0]]]
    for group in groups[1:]:
        edge = _between(first[group[0] - 1][-1][0], first[group[0]][0][0])
        if edge is None:
            kept[-1] += group
        else:
            edges.append(edge)
            kept.append([*group])
    return tuple(edges), tuple(_woe(_sum(tallies, group), total, least) for group in kept)


def _sum(tallies: Sequence[Tally], group: Sequence[int]) -> Tally:
    return together(tallies[place] for place in group)


def _quantiles(pairs: _Pairs) -> list[_Pairs]:
    """Sorted numbers in groups of about equal size; equal numbers stay together."""
    groups: list[_Pairs] = []
    for _, tied in groupby(pairs, key=lambda pair: pair[0]):
        if not groups or len(groups[-1]) * FIRST_BINS >= len(pairs):
            groups.append([])
        groups[-1].extend(tied)
    return groups


def _between(low: float, high: float) -> float | None:
    """The shortest decimal above ``low`` and up to ``high``, an edge a person would write; None if there is none."""
    # Halved first: the sum of two large numbers may be no number any more.
    near = [Decimal(value) for value in (low / 2 + high / 2, high) if abs(value) < _BEYOND]
    for places in range(-LARGEST, -SMALLEST + 1):
        for edge in (round(value, places) for value in near):
            if low < float(edge) <= high and _is_short(edge):
                return float(edge)
    return None


def _is_short(edge: Decimal) -> bool:
    """Whether a policy can hold a number; rounding up may have made it too large."""
    return len(edge.normalize().as_tuple().digits) <= DIGITS and edge.adjusted() < LARGEST


def _textual(
    pairs: Sequence[tuple[str, bool]], total: Tally, least: int
) -> tuple[tuple[tuple[str, ...], ...], tuple[float, ...]]:
    """Groups of texts with a weight each; the last weight is for all other texts, the rare ones together."""
    by_text: dict[str, list[bool]] = {}
    for text, outcome in pairs:
        by_text.setdefault(text, []).append(outcome)
    tallies = {text: tally(outcomes) for text, outcomes in by_text.items()}
    common = [text for text, one in tallies.items() if one.n >= least]
    common.sort(key=lambda text: (tallies[text].positives / tallies[text].n, text))
    rare = together(one for text, one in tallies.items() if text not in common)
    groups = merged([tallies[text] for text in common], least) if common else []
    named = tuple(tuple(sorted(common[place] for place in group)) for group in groups)
    woes = [_woe(together(tallies[text] for text in group), total, least) for group in named]
    return named, (*woes, _woe(rare, total, least))
