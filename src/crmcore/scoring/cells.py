"""What a policy can tell apart, counted: the outcomes of factors, their combinations, and the sums these come to.

*Totality* is judged over all combinations of outcomes, as nothing keeps a host from giving any values. What can be
*reached* is judged over those alone that facts can bring about: values that their source can give, and one value where
two factors ask the same.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from itertools import product
from math import prod
from typing import Final, NamedTuple

from crmcore.scoring.combine import Dimension, FirstMatch, Matrix
from crmcore.scoring.compiling import Evaluator
from crmcore.scoring.parts import Factor
from crmcore.scoring.sources import Source
from crmcore.scoring.values import Lack

#: Combinations and sums that are looked at, at most; beyond, nothing is proved.
MOST_CELLS: Final = 100_000
MOST_SUMS: Final = 200_000


class Choice(NamedTuple):
    """What one axis may come to: an index for each factor on it, and how many outcomes look alike to the rules.

    ``known`` counts those of them in which nothing is missing or not applicable.
    """

    indexes: Mapping[int, int]
    alike: int
    known: int


Axis = Sequence[Choice]


def all_axes(compiled: Evaluator) -> list[Axis]:
    """An axis for each factor, with all its outcomes."""
    return [
        [Choice({place: index}, 1, int(index not in scale.lacking)) for index in scale.outcomes]
        for place, scale in enumerate(compiled.scales)
    ]


def possible_axes(compiled: Evaluator, sources: Mapping[str, Source]) -> list[Axis]:
    """An axis for each thing that is asked for, with the outcomes that facts can bring about."""
    asked: dict[tuple[object, ...], list[int]] = {}
    for place, factor in enumerate(compiled.policy.factors):
        question = (factor.source, *sorted((name, repr(value)) for name, value in factor.params.items()))
        asked.setdefault(question, []).append(place)
    return [
        _axis(compiled, places, sources.get(compiled.policy.factors[places[0]].source)) for places in asked.values()
    ]


def _axis(compiled: Evaluator, places: list[int], source: Source | None) -> Axis:
    """The outcomes of all factors that ask the same: one for each range of values that some of them tells apart."""
    factors = [compiled.policy.factors[place] for place in places]
    found: dict[tuple[int, ...], Choice] = {}
    lacks = tuple(Lack) if source is None else source.lacks
    for value in (*_numbers(factors, source), *_texts(factors), *lacks):
        indexes = tuple(compiled.scales[place].place(value) for place in places)
        if all(indexes):
            known = int(not isinstance(value, Lack))
            found.setdefault(indexes, Choice(dict(zip(places, indexes, strict=True)), 1, known))
    return list(found.values())


def _numbers(factors: Sequence[Factor], source: Source | None) -> Iterator[Decimal]:
    """A number out of each range that some factor tells apart, if the source can give one there."""
    edges = sorted({band.at for factor in factors for band in factor.bands if band.at is not None})
    if not any(factor.bands for factor in factors):
        return
    low, high = source.range(factors[0].params) if source else (None, None)
    if source and source.whole:
        edges = [edge.to_integral_value(ROUND_CEILING) for edge in edges]
    below = low if low is not None else (edges[0] if edges else Decimal(0)) - 1
    samples = [below, *(edge for edge in edges if low is None or edge > low)]
    yield from (sample for sample in samples if high is None or sample <= high)


def _texts(factors: Sequence[Factor]) -> Iterator[str]:
    """A text out of each category, and one that is in none."""
    named = {text for factor in factors if factor.categories for each in factor.categories.of for text in each.values}
    yield from sorted(named)
    if any(factor.categories for factor in factors):
        yield "".join(sorted(named)) + "?"


def merged(compiled: Evaluator, combine: FirstMatch, axes: Sequence[Axis]) -> list[Axis]:
    """The same axes, with the choices that no rule and no dimension tells apart made one."""
    position = {key: place for place, key in enumerate(compiled.keys)}
    seen: dict[int, list[Collection[str]]] = {place: [] for place in position.values()}
    for rule in combine.rules:
        for key, codes in rule.when.items():
            seen[position[key]].append(codes)
    own = {position[key]: grades for key, grades in combine.gap.dimensions.items()}

    def look(choice: Choice) -> tuple[object, ...]:
        codes = {place: compiled.scales[place].codes[index] for place, index in choice.indexes.items()}
        fits = [tuple(codes[place] in wanted for wanted in seen[place]) for place in codes]
        return *fits, *(own[place].get(code) for place, code in codes.items() if place in own)

    return [_alike(axis, [look(choice) for choice in axis]) for axis in axes]


def _alike(axis: Axis, looks: Sequence[tuple[object, ...]]) -> Axis:
    found: dict[tuple[object, ...], Choice] = {}
    for choice, look in zip(axis, looks, strict=True):
        one = found.get(look)
        # The first known choice stands for those alike, so that examples name bands rather than what is lacking.
        kept = choice if one is None or (choice.known and not one.known) else one
        alike, known = (0, 0) if one is None else (one.alike, one.known)
        found[look] = Choice(kept.indexes, alike + choice.alike, known + choice.known)
    return list(found.values())


class Combination(NamedTuple):
    """One combination: an index for each factor, how many cells it stands for, and in how many all is known."""

    key: tuple[int, ...]
    cells: int
    known: int


def combinations(axes: Sequence[Axis]) -> Iterator[Combination] | None:
    """Every combination of choices, or None where there are too many to look at."""
    if prod(map(len, axes)) > MOST_CELLS:
        return None
    return map(_combination, product(*axes))


def _combination(choices: Sequence[Choice]) -> Combination:
    indexes = {place: index for choice in choices for place, index in choice.indexes.items()}
    key = tuple(indexes[place] for place in range(len(indexes)))
    return Combination(key, prod(choice.alike for choice in choices), prod(choice.known for choice in choices))


def possible_sums(compiled: Evaluator, axes: Sequence[Axis]) -> set[tuple[int, ...]] | None:
    """The sums of the groups, in units and before caps, that can occur together; None where there are too many.

    ``slots_of`` says which group is summed where.
    """
    slots = slots_of(compiled)
    states = {(0,) * (max(slots.values()) + 1)}
    for axis in axes:
        steps = {_step(compiled, slots, choice) for choice in axis}
        states = {tuple(map(sum, zip(state, step, strict=True))) for state in states for step in steps}
        if len(states) > MOST_SUMS:
            return None
    return states


def slots_of(compiled: Evaluator) -> dict[str, int]:
    """The slot in which each group is summed: its own where it matters, a common one, 0, where it does not."""
    combine = compiled.policy.combine
    apart = set(compiled.policy.group_caps)
    if isinstance(combine, Matrix):
        apart |= {combine.rows.group, combine.columns.group}
    groups = {factor.group for factor in compiled.policy.factors}
    return dict.fromkeys(groups - apart, 0) | {group: place for place, group in enumerate(sorted(apart), 1)}


def capped(compiled: Evaluator, sums: set[tuple[int, ...]]) -> set[tuple[int, ...]]:
    """The sums with caps kept."""
    slots = slots_of(compiled)
    caps: list[int | None] = [None] * (max(slots.values()) + 1)
    for group, cap in compiled.policy.group_caps.items():
        caps[slots[group]] = compiled.units(cap)
    return {
        tuple(units if cap is None else min(units, cap) for units, cap in zip(state, caps, strict=True))
        for state in sums
    }


def level_at(compiled: Evaluator, side: Dimension, units: int) -> str:
    """The level of a side of a matrix that so many units reach."""
    reached = [level.code for level in side.levels if level.at is None or compiled.units(level.at) <= units]
    return reached[-1]


def _step(compiled: Evaluator, slots: Mapping[str, int], choice: Choice) -> tuple[int, ...]:
    step = [0] * (max(slots.values()) + 1)
    for place, index in choice.indexes.items():
        scale = compiled.scales[place]
        step[slots[scale.factor.group]] += scale.units[index]
    return tuple(step)
