"""The scores that a policy can give, and the grade that goes with each, whatever values it is given."""

from collections.abc import Iterator

from crmcore.scoring.cells import all_axes, capped, combinations, level_at, possible_sums, slots_of
from crmcore.scoring.combine import FirstMatch, Matrix
from crmcore.scoring.compiling import Evaluator, evaluator
from crmcore.scoring.policy import ScoringPolicy

#: A score, clamped, with its grade; None where the policy refuses to grade.
Result = tuple[float | None, str | None]


def results(policy: ScoringPolicy) -> set[Result] | None:
    """Every score with its grade; None where there are too many combinations to look at."""
    compiled = evaluator(policy)
    everything = all_axes(compiled)
    if isinstance(policy.combine, FirstMatch):
        found = combinations(everything)
        if found is None:
            return None
        cells = (compiled.at(one.key) for one in found)
        return {(float(compiled.number(cell.clamped)), cell.grade) for cell in cells}
    sums = possible_sums(compiled, everything)
    return None if sums is None else set(_of_sums(compiled, capped(compiled, sums)))


def _of_sums(compiled: Evaluator, states: set[tuple[int, ...]]) -> Iterator[Result]:
    combine, slots = compiled.policy.combine, slots_of(compiled)
    for state in states:
        total = compiled.clamped(sum(state))
        grade = compiled.grade_of_sum(total) if not isinstance(combine, Matrix) else None
        if isinstance(combine, Matrix):
            row, column = (
                level_at(compiled, side, state[slots[side.group]]) for side in (combine.rows, combine.columns)
            )
            grade = combine.cells.get(row, {}).get(column)
        yield float(compiled.number(total)), grade
