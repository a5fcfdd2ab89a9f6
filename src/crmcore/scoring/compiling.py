"""A policy compiled: from values to the cell they fall into.

A *cell* is what a policy can tell apart: a band for each factor. It has one raw score and one grade, so both are worked
out once for each cell that is met, and a million cases cost a million times finding the bands.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from attrs import frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.money import EXACT
from crmcore.kernel.quick import quick
from crmcore.scoring.combine import Matrix, Sum
from crmcore.scoring.decimals import places
from crmcore.scoring.grading import Case, Verdict, grading
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.scales import Scale
from crmcore.scoring.unrolled import finder

#: Cells kept at most; the visited ones of any sensible policy are far fewer.
KEPT: Final = 200_000


#: Groups with what they have above their caps.
Excesses = tuple[tuple[str, Decimal], ...]


@quick
@frozen(weakref_slot=False)
class Cell:
    """What all cases in a cell have in common; raw and clamped scores are in units of the evaluator's last place."""

    codes: tuple[str, ...]
    units: int
    clamped: int
    grade: str | None


class Evaluator:
    """A policy ready to be asked about one case or millions; ``evaluator`` makes it and keeps it.

    ``keys`` gives the factors in the order in which values are expected. ``places`` is how many decimal places a unit
    stands behind the point.
    """

    def __init__(self, policy: ScoringPolicy) -> None:
        self.policy = policy
        self.keys: tuple[str, ...] = tuple(factor.key for factor in policy.factors)
        self.places: int = max(map(places, _figures(policy)), default=0)
        self.scales: tuple[Scale, ...] = tuple(Scale(factor, self.units) for factor in policy.factors)
        self._groups = _groups(policy)
        self.caps: dict[str, int] = {group: self.units(cap) for group, cap in policy.group_caps.items()}
        combine = policy.combine
        self.floor: int | None = (
            self.units(combine.floor) if isinstance(combine, Sum) and combine.floor is not None else None
        )
        self.ceiling: int | None = (
            self.units(combine.ceiling) if isinstance(combine, Sum) and combine.ceiling is not None else None
        )
        self._grading = grading(policy, self.units)
        self._cells: dict[tuple[int, ...], Cell] = {}
        self._verdicts: dict[tuple[str, ...], Verdict] = {}
        self._excesses: dict[tuple[str, ...], Excesses] = {}
        steps = [(scale.edges, scale.place) for scale in self.scales]
        self._find = finder(steps, self._cells, self._new, self._miscounted)

    def __reduce__(self) -> tuple[Any, ...]:
        """As its policy: whoever unpickles it compiles it anew, or has it already."""
        return evaluator, (self.policy,)

    def units(self, value: Decimal) -> int:
        """A number of the policy in units, exact."""
        return int(value.scaleb(self.places, EXACT))

    def number(self, units: int) -> Decimal:
        """Units as the number they are."""
        return Decimal(units).scaleb(-self.places, EXACT)

    def cell(self, values: Sequence[Any]) -> Cell:
        """The cell of a case whose values stand in the order of ``keys``.

        :raises Invalid: too few or too many values, NaN, an infinity, or a value of the wrong kind.
        """
        return self._find(values)

    def cells(self, rows: Iterable[Sequence[Any]]) -> Iterator[Cell]:
        """The cell of each case, as ``cell`` gives it."""
        return map(self._find, rows)

    def _miscounted(self, _: object) -> Cell:
        raise Invalid([Fault("values", "wrong-type", f"{len(self.keys)} values, one for each factor")])

    def _new(self, key: tuple[int, ...], values: Sequence[Any]) -> Cell:
        """Work out a cell that is met for the first time, or say which values have no place in any."""
        faults: list[Fault] = []
        for scale, value in zip(self.scales, values, strict=True):
            try:
                scale.index(value)
            except Invalid as invalid:
                faults += invalid.faults
        if faults:
            raise Invalid(faults)
        cell = self.at(key)
        if len(self._cells) < KEPT:
            self._cells[key] = cell
        return cell

    def at(self, key: Sequence[int]) -> Cell:
        """The cell at these indexes, one for each scale."""
        case, raw = self.case(key)
        return Cell(case.codes, raw, case.clamped, self._grading.grade(case))

    def case(self, key: Sequence[int]) -> tuple[Case, int]:
        """What the factors at these indexes come to, and the raw score in units."""
        sums = self.sums(key)
        raw = sum(sums.values())
        codes = tuple([scale.codes[index] for scale, index in zip(self.scales, key, strict=True)])
        return Case(codes, sums, self.clamped(raw)), raw

    def excesses(self, codes: tuple[str, ...]) -> Excesses:
        """The groups of a cell that come to more than their cap, and by how much."""
        if not self.caps:
            return ()
        known = self._excesses.get(codes)
        if known is None:
            sums = self.sums(self.key_of(codes), capped=False)
            known = tuple(
                (group, self.number(sums[group] - cap)) for group, cap in self.caps.items() if sums[group] > cap
            )
            if len(self._excesses) < KEPT:
                self._excesses[codes] = known
        return known

    def sums(self, key: Sequence[int], *, capped: bool = True) -> dict[str, int]:
        """The sum of each group in units, caps kept or not."""
        units = [scale.units[index] for scale, index in zip(self.scales, key, strict=True)]
        sums = {group: sum([units[place] for place in members]) for group, members in self._groups}
        if capped:
            sums |= {group: min(sums[group], cap) for group, cap in self.caps.items()}
        return sums

    def clamped(self, raw: int) -> int:
        """The raw score kept between floor and ceiling."""
        at_least = raw if self.floor is None else max(raw, self.floor)
        return at_least if self.ceiling is None else min(at_least, self.ceiling)

    def key_of(self, codes: Sequence[str]) -> tuple[int, ...]:
        """The indexes that give these codes, one for each factor in order.

        :raises KeyError: a factor has no such code.
        """
        return tuple([scale.indexes[code] for scale, code in zip(self.scales, codes, strict=True)])

    def verdict(self, codes: tuple[str, ...]) -> Verdict:
        """The grade of a cell with its reasons."""
        known = self._verdicts.get(codes)
        if known is None:
            known = self.verdict_at(self.key_of(codes))
            if len(self._verdicts) < KEPT:
                self._verdicts[codes] = known
        return known

    def verdict_at(self, key: tuple[int, ...]) -> Verdict:
        """The same, for the cell at these indexes."""
        case, _ = self.case(key)
        verdict = self._grading.verdict(case)
        if verdict.by != Sum.method:
            return verdict
        return verdict._replace(held_by=tuple(self._holding(key, verdict.grade)))

    def grade_of_sum(self, clamped: int) -> str | None:
        """The grade of a clamped sum, where the sum alone decides."""
        return self._grading.grade(Case((), {}, clamped))

    def _holding(self, key: tuple[int, ...], grade: str | None) -> Iterator[str]:
        """The factors of a sum that held the grade down: each at its best, the others as they are, would lift it."""
        for place, scale in enumerate(self.scales):
            best = max(scale.units, key=scale.units.__getitem__)
            if self.at((*key[:place], best, *key[place + 1 :])).grade != grade:
                yield scale.factor.key


def _figures(policy: ScoringPolicy) -> Iterator[Decimal]:
    """Every number of a policy that a sum is made of or compared with."""
    yield from (factor.weight for factor in policy.factors)
    yield from policy.group_caps.values()
    combine = policy.combine
    edges = [grade.at for grade in policy.grades]
    if isinstance(combine, Sum):
        edges += [combine.floor, combine.ceiling]
    elif isinstance(combine, Matrix):
        edges += [level.at for side in (combine.rows, combine.columns) for level in side.levels]
    yield from (edge for edge in edges if edge is not None)


def _groups(policy: ScoringPolicy) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The groups, in the order of their names, with the places of their factors."""
    placed = sorted((factor.group, place) for place, factor in enumerate(policy.factors))
    return tuple((group, tuple(place for _, place in members)) for group, members in groupby(placed, itemgetter(0)))


@lru_cache(maxsize=128)
def evaluator(policy: ScoringPolicy) -> Evaluator:
    """The policy compiled; the same one each time while it is in use."""
    return Evaluator(policy)


def by_key(evaluator: Evaluator, values: Mapping[str, Any]) -> list[Any]:
    """Values by factor in the evaluator's order.

    :raises Invalid: a factor has none.
    """
    absent = [key for key in evaluator.keys if key not in values]
    if absent:
        raise Invalid([Fault(key, "missing", "a value; MISSING where it is not known") for key in absent])
    return [values[key] for key in evaluator.keys]
