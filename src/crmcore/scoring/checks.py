"""What keeps a scoring policy from being one: names that mean nothing in it, grades that overlap.

Found when a policy is made, so that whatever holds a ``ScoringPolicy`` can be evaluated. What can be evaluated but can
hardly be meant is the business of ``lint``.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from crmcore.errors import Fault
from crmcore.scoring.combine import Dimension, FirstMatch, Gap, Matrix, Sum
from crmcore.scoring.parts import edge_faults, repeated

if TYPE_CHECKING:
    from crmcore.scoring.policy import ScoringPolicy


def faults_of(policy: "ScoringPolicy") -> Iterator[Fault]:
    """Everything wrong between the parts of a policy; each part has been checked by itself."""
    for name, codes in (
        ("factors", [factor.key for factor in policy.factors]),
        ("grades", [grade.code for grade in policy.grades]),
    ):
        if not codes:
            yield Fault(name, "empty", "at least one")
        for _ in repeated(codes):
            yield Fault(name, "duplicate", "names that differ")
    groups = {factor.group for factor in policy.factors}
    for group in policy.group_caps:
        if group not in groups:
            yield Fault("group_caps", "unknown-field", _one_of(groups))
    yield from _thresholds(policy)
    yield from _combined(policy, groups)


def _one_of(names: Iterable[str]) -> str:
    return "one of " + ", ".join(sorted(names))


def _thresholds(policy: "ScoringPolicy") -> Iterator[Fault]:
    """Grades begin at points where the sum decides, and nowhere else."""
    if isinstance(policy.combine, Sum):
        yield from edge_faults((grade.at for grade in policy.grades), "grades")
        return
    for place, grade in enumerate(policy.grades):
        if grade.at is not None:
            yield Fault(f"grades[{place}].at", "not-allowed", "nothing, unless the sum decides the grade")


def _combined(policy: "ScoringPolicy", groups: set[str]) -> Iterator[Fault]:
    combine = policy.combine
    if isinstance(combine, Matrix):
        yield from _side(combine.rows, "combine.rows.group", groups)
        yield from _side(combine.columns, "combine.columns.group", groups)
        for row, cells in combine.cells.items():
            for column, grade in cells.items():
                yield from _grade(policy, grade, f"combine.cells.{row}.{column}")
    elif isinstance(combine, FirstMatch):
        yield from _rules(policy, combine)
        yield from _dimensions(policy, combine.gap)


def _side(side: Dimension, path: str, groups: set[str]) -> Iterator[Fault]:
    if side.group not in groups:
        yield Fault(path, "not-allowed", _one_of(groups))


def _grade(policy: "ScoringPolicy", code: str, path: str) -> Iterator[Fault]:
    codes = [grade.code for grade in policy.grades]
    if code not in codes:
        yield Fault(path, "not-allowed", _one_of(codes))


def _codes(policy: "ScoringPolicy") -> Mapping[str, set[str]]:
    """The codes that each factor may come to."""
    return {factor.key: {outcome.code for outcome in factor.outcomes} for factor in policy.factors}


def _rules(policy: "ScoringPolicy", combine: FirstMatch) -> Iterator[Fault]:
    known = _codes(policy)
    for place, rule in enumerate(combine.rules):
        path = f"combine.rules[{place}]"
        yield from _grade(policy, rule.grade, f"{path}.grade")
        for key, codes in rule.when.items():
            if key not in known:
                yield Fault(f"{path}.when", "unknown-field", _one_of(known))
            elif not codes or not known[key].issuperset(codes):
                yield Fault(f"{path}.when.{key}", "not-allowed" if codes else "empty", _one_of(known[key]))


def _dimensions(policy: "ScoringPolicy", gap: Gap) -> Iterator[Fault]:
    known = _codes(policy)
    for key, grades in gap.dimensions.items():
        path = "combine.gap.dimensions"
        if key not in known:
            yield Fault(path, "unknown-field", _one_of(known))
            continue
        for code, grade in grades.items():
            if code not in known[key]:
                yield Fault(f"{path}.{key}", "unknown-field", _one_of(known[key]))
            yield from _grade(policy, grade, f"{path}.{key}.{code}" if code in known[key] else f"{path}.{key}")
