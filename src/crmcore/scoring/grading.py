"""From what the factors came to, to a grade, and to what held the grade down.

Everything here works on codes and on whole numbers: a *unit* is the last decimal place that the policy's weights,
caps and thresholds use, so sums are exact.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple, Protocol

from crmcore.scoring.combine import AMOUNT_LED, REFUSE, Dimension, FirstMatch, Gap, Matrix, Sum
from crmcore.scoring.policy import ScoringPolicy

Units = Callable[[Decimal], int]


class Case(NamedTuple):
    """What a case came to: the code of each factor, the sum of each group in units, caps kept, and the clamped sum."""

    codes: tuple[str, ...]
    sums: Mapping[str, int]
    clamped: int


class Verdict(NamedTuple):
    """A grade, and why it is no better.

    ``by`` names what decided: ``sum``, ``matrix``, a rule (``rule-1``), a gap rule (``weakest``, ``amount-led``), or
    why there is no grade (``no-rule-fits``, ``rules-disagree``, ``empty-cell``, ``lead-unknown``). ``levels`` gives
    each dimension's own level or grade; ``held_by`` names the dimensions that held the grade down.
    """

    grade: str | None
    by: str
    levels: Mapping[str, str]
    held_by: tuple[str, ...] = ()


class Grading(Protocol):
    """One way of combining, compiled."""

    def grade(self, case: Case) -> str | None:
        """The grade alone."""
        ...

    def verdict(self, case: Case) -> Verdict:
        """The grade and its reasons."""
        ...


def grading(policy: ScoringPolicy, units: Units) -> Grading:
    """How this policy grades."""
    combine = policy.combine
    if isinstance(combine, Sum):
        return BySum(policy, units)
    if isinstance(combine, Matrix):
        return ByMatrix(policy, combine, units)
    return ByRules(policy, combine)


def _thresholds(edges: Sequence[Decimal | None], units: Units) -> list[int]:
    return [units(edge) for edge in edges if edge is not None]


class BySum:
    """The grade that the clamped sum has reached."""

    def __init__(self, policy: ScoringPolicy, units: Units) -> None:
        self._grades = [grade.code for grade in policy.grades]
        self._edges = _thresholds([grade.at for grade in policy.grades], units)

    def grade(self, case: Case) -> str:
        """The grade of a sum; there always is one."""
        return self._grades[bisect_right(self._edges, case.clamped)]

    def verdict(self, case: Case) -> Verdict:
        """What held the sum down is told by the evaluator, which knows what else each factor could have come to."""
        return Verdict(self.grade(case), Sum.method, {})


class _Side:
    """A dimension of a matrix, compiled."""

    def __init__(self, side: Dimension, units: Units) -> None:
        self.group = side.group
        self.levels = [level.code for level in side.levels]
        self._edges = _thresholds([level.at for level in side.levels], units)

    def level(self, case: Case) -> str:
        return self.levels[bisect_right(self._edges, case.sums[self.group])]


class ByMatrix:
    """The grade of a pair of levels."""

    def __init__(self, policy: ScoringPolicy, matrix: Matrix, units: Units) -> None:
        self._cells = matrix.cells
        self._rows, self._columns = _Side(matrix.rows, units), _Side(matrix.columns, units)
        self._rank = {grade.code: place for place, grade in enumerate(policy.grades)}

    def grade(self, case: Case) -> str | None:
        """The grade in the cell, or None where the cell is empty."""
        return self._at(self._rows.level(case), self._columns.level(case))

    def verdict(self, case: Case) -> Verdict:
        """A side held the grade down if the cell at its highest level, the other side as it is, is a better one.

        Where neither does so alone, both did.
        """
        row, column = self._rows.level(case), self._columns.level(case)
        grade = self._at(row, column)
        levels = {self._rows.group: row, self._columns.group: column}
        best = max(self._rank.values())
        if grade is None or self._rank[grade] == best:
            return Verdict(grade, Matrix.method if grade else "empty-cell", levels)
        lifted = {
            self._rows.group: self._at(self._rows.levels[-1], column),
            self._columns.group: self._at(row, self._columns.levels[-1]),
        }
        held = tuple(group for group, other in lifted.items() if other and self._rank[other] > self._rank[grade])
        return Verdict(grade, Matrix.method, levels, held or tuple(levels))

    def _at(self, row: str, column: str) -> str | None:
        return self._cells.get(row, {}).get(column)


#: A rule, compiled: the grade, and by the position of a factor the codes that fit.
_Rule = tuple[str, tuple[tuple[int, frozenset[str]], ...]]
_RULE: Final = "rule-{}"


class ByRules:
    """The grade of the first rule that fits; where none does, what the gap rule says."""

    def __init__(self, policy: ScoringPolicy, combine: FirstMatch) -> None:
        position = {factor.key: place for place, factor in enumerate(policy.factors)}
        self._rules: tuple[_Rule, ...] = tuple(
            (rule.grade, tuple((position[key], frozenset(codes)) for key, codes in rule.when.items()))
            for rule in combine.rules
        )
        self._disjoint = combine.overlaps == REFUSE
        self._gap = combine.gap
        self._own = {key: (position[key], grades) for key, grades in combine.gap.dimensions.items()}
        self._grades = [grade.code for grade in policy.grades]
        self._rank = {grade: place for place, grade in enumerate(self._grades)}

    def fitting(self, codes: Sequence[str]) -> list[int]:
        """The places of the rules that fit."""
        return [
            place
            for place, (_, when) in enumerate(self._rules)
            if all(codes[position] in wanted for position, wanted in when)
        ]

    def grade(self, case: Case) -> str | None:
        """The grade, or None where the policy refuses one."""
        return self.verdict(case).grade

    def verdict(self, case: Case) -> Verdict:
        """The grade, the rule that gave it, and each dimension's own grade."""
        levels = {key: grades[case.codes[place]] for key, (place, grades) in self._own.items() if self._says(key, case)}
        fitting = self.fitting(case.codes)
        if fitting:
            grades = {self._rules[place][0] for place in fitting}
            if self._disjoint and len(grades) > 1:
                return Verdict(None, "rules-disagree", levels)
            return Verdict(self._rules[fitting[0]][0], _RULE.format(fitting[0] + 1), levels)
        if self._gap.rule == REFUSE:
            return Verdict(None, "no-rule-fits", levels)
        return self._led(levels) if self._gap.rule == AMOUNT_LED else self._weakest(levels)

    def _says(self, key: str, case: Case) -> bool:
        """Whether a factor's band has a grade of its own."""
        place, grades = self._own[key]
        return case.codes[place] in grades

    def _worst(self, levels: Mapping[str, str], among: Sequence[str]) -> int | None:
        return min((self._rank[levels[key]] for key in among if key in levels), default=None)

    def _weakest(self, levels: Mapping[str, str]) -> Verdict:
        worst = self._worst(levels, tuple(levels))
        if worst is None:
            return Verdict(None, "no-rule-fits", levels)
        best = max(self._rank[grade] for grade in levels.values())
        held = () if worst == best else tuple(key for key, grade in levels.items() if self._rank[grade] == worst)
        return Verdict(self._grades[worst], self._gap.rule, levels, held)

    def _led(self, levels: Mapping[str, str]) -> Verdict:
        """The worst leading dimension sets the grade; others lower it, by no more than the gap rule lets them."""
        gap: Gap = self._gap
        if not set(gap.lead).issubset(levels):
            return Verdict(None, "lead-unknown", levels)
        leading = [self._rank[levels[key]] for key in gap.lead]
        set_by = min(leading)
        held = [key for key, rank in zip(gap.lead, leading, strict=True) if rank == set_by < max(leading)]
        lowering = [key for key in gap.lowered_by if key in levels and self._rank[levels[key]] < set_by]
        worst = min((self._rank[levels[key]] for key in lowering), default=set_by)
        return Verdict(self._grades[max(worst, set_by - gap.at_most)], gap.rule, levels, (*held, *lowering))
