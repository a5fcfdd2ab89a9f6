"""Whether rules, tried in order, grade every case and grade it once."""

from collections.abc import Iterator, Sequence

from crmcore.scoring.cells import Axis, Combination, combinations, merged
from crmcore.scoring.combine import REFUSE, FirstMatch
from crmcore.scoring.compiling import Evaluator
from crmcore.scoring.findings import Finding

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
