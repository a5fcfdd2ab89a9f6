"""Whether rules, tried in order, grade every case and grade it once."""

from collections.abc import Iterator, Sequence
from itertools import combinations as pairs_of
from itertools import pairwise

from crmcore.scoring.cells import Axis, Combination, combinations, merged
from crmcore.scoring.combine import REFUSE, FirstMatch, Gap
from crmcore.scoring.compiling import Evaluator
from crmcore.scoring.findings import Finding
from crmcore.scoring.policy import ScoringPolicy

NO_GRADE = {"no-rule-fits", "lead-unknown"}


def rule_findings(
    compiled: Evaluator, combine: FirstMatch, everything: Sequence[Axis], possible: Sequence[Axis]
) -> Iterator[Finding]:
    """Combinations without a grade or with several, and rules, grades and gap rules that no case comes to."""
    cells, reached = (_look(compiled, combine, axes) for axes in (everything, possible))
    if cells is None or reached is None:
        yield Finding("combine", "not-proved", "error")
        return
    yield from _total(compiled, cells)
    yield from _reached(compiled, combine, reached)


class _Looked:
    """All combinations, with the verdict on each."""

    def __init__(self, compiled: Evaluator, found: Iterator[Combination]) -> None:
        self.judged = [(one, compiled.verdict_at(one.key)) for one in found]
        self.cells = sum(one.cells for one, _ in self.judged)
        self.known = sum(one.known for one, _ in self.judged)


def _look(compiled: Evaluator, combine: FirstMatch, axes: Sequence[Axis]) -> _Looked | None:
    found = combinations(merged(compiled, combine, axes))
    return None if found is None else _Looked(compiled, found)


def _total(compiled: Evaluator, looked: _Looked) -> Iterator[Finding]:
    for code, path, reasons in (
        ("ungraded-cells", "combine.gap", NO_GRADE),
        ("overlap", "combine.overlaps", {"rules-disagree"}),
    ):
        found = [one for one, verdict in looked.judged if verdict.by in reasons]
        if found:
            example = max(found, key=lambda one: one.known)
            params: dict[str, str | int] = {
                "cells": sum(one.cells for one in found),
                "of_cells": looked.cells,
                "known": sum(one.known for one in found),
                "of_known": looked.known,
                "example": _shown(compiled, example),
            }
            yield Finding(path, code, "error", params)


def _shown(compiled: Evaluator, combination: Combination) -> str:
    """A combination by the codes of its bands."""
    pairs = zip(compiled.scales, combination.key, strict=True)
    return " ".join(f"{scale.factor.key}={scale.codes[index]}" for scale, index in pairs)


def _reached(compiled: Evaluator, combine: FirstMatch, looked: _Looked) -> Iterator[Finding]:
    deciding = {verdict.by for _, verdict in looked.judged}
    for place, rule in enumerate(combine.rules, 1):
        if f"rule-{place}" not in deciding:
            yield Finding(f"combine.rules[{place - 1}]", "unreachable-rule", "warning", {"grade": rule.grade})
    if combine.gap.rule != REFUSE and combine.gap.rule not in deciding:
        yield Finding("combine.gap", "no-effect", "warning")
    given = {verdict.grade for _, verdict in looked.judged}
    for grade in compiled.policy.grades:
        if grade.code not in given:
            yield Finding(f"grades.{grade.code}", "unreachable-grade", "error")


def dimension_findings(policy: ScoringPolicy, gap: Gap) -> Iterator[Finding]:
    """Dimensions whose grades go up and down along the bands, or get worse where points get more."""
    for key, grades in gap.dimensions.items():
        factor = policy.factor(key)
        lacking = {factor.missing.code, factor.not_applicable.code}
        named = [outcome for outcome in factor.outcomes if outcome.code in grades and outcome.code not in lacking]
        steps = [(outcome.points, policy.rank(grades[outcome.code])) for outcome in named]
        if (factor.bands and not monotone([rank for _, rank in steps])) or _contrary(steps):
            yield Finding(f"combine.gap.dimensions.{key}", "non-monotone-grades", "warning")


def monotone(numbers: Sequence[int]) -> bool:
    """Whether they only ever rise, or only ever fall."""
    steps = [later - earlier for earlier, later in pairwise(numbers)]
    return all(step >= 0 for step in steps) or all(step <= 0 for step in steps)


def _contrary(steps: Sequence[tuple[int, int]]) -> bool:
    """Whether more points come with a worse grade anywhere."""
    return any((one[0] - other[0]) * (one[1] - other[1]) < 0 for one, other in pairs_of(steps, 2))
