"""What a scoring policy says that its author can hardly have meant, and whether its grading is total and unambiguous.

A policy without an ``error`` gives every case exactly one grade, and can give each of its grades. A ``warning`` is
worth a look.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from crmcore.errors import PolicyInvalid
from crmcore.scoring.cells import Axis, all_axes, capped, level_at, possible_axes, possible_sums, slots_of
from crmcore.scoring.combine import Dimension, FirstMatch, Matrix, Sum
from crmcore.scoring.compiling import Evaluator, evaluator
from crmcore.scoring.findings import Finding
from crmcore.scoring.lint_rules import dimension_findings, monotone, rule_findings
from crmcore.scoring.parts import Factor
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.sources import SOURCES, Compute, Range, Source, as_source, bind

__all__ = ["Finding", "lint"]

#: A share of the whole that at most so many can have is worth a warning.
FEW = 100


def lint(policy: ScoringPolicy, sources: Mapping[str, Source | Compute] = SOURCES) -> tuple[Finding, ...]:
    """Everything worth looking at in a policy, in the order of its fields; empty for one that is sound.

    Paths name factors, bands and grades by their codes: ``factors.amount.bands.high``, ``grades.A``.

    :param sources: what the policy may ask for; with ranges known, bands outside of them are found.
    """
    compiled = evaluator(policy)
    known = {name: as_source(offered) for name, offered in sources.items()}
    possible = possible_axes(compiled, known)
    return (*_factors(policy, known), *_bound(policy, known), *_combined(compiled, possible))


def sound(findings: Sequence[Finding]) -> bool:
    """Whether nothing found is an error: then every case gets exactly one grade."""
    return all(finding.level != "error" for finding in findings)


# ------------------------------------------------------------------------------------------------------------ factors


def _bound(policy: ScoringPolicy, sources: Mapping[str, Source]) -> Iterator[Finding]:
    try:
        bind(policy, sources)
    except PolicyInvalid as invalid:
        for fault in invalid.faults:
            yield Finding(fault.path, "source-does-not-fit", "error")


def _factors(policy: ScoringPolicy, sources: Mapping[str, Source]) -> Iterator[Finding]:
    kinds: dict[object, set[bool]] = {}
    for factor in policy.factors:
        source = sources.get(factor.source)
        if source:
            yield from _against_source(factor, source)
        if not monotone([band.points for band in factor.bands]):
            yield Finding(f"factors.{factor.key}.bands", "non-monotone", "warning")
        asked = kinds.setdefault((factor.source, repr(sorted(factor.params.items()))), set())
        asked.add(bool(factor.bands))
        if len(asked) > 1:
            yield Finding(f"factors.{factor.key}.source", "mixed-input", "error")
        if _idle(policy, factor):
            yield Finding(f"factors.{factor.key}", "no-effect", "warning")


def _against_source(factor: Factor, source: Source) -> Iterator[Finding]:
    """Bands that values of the source never fall into, and shares that few can have."""
    path = f"factors.{factor.key}"
    if not (source.numbers if factor.bands else source.texts):
        yield Finding(f"{path}.source", "wrong-kind", "error")
        return
    ends = [*(band.at for band in factor.bands[1:]), None]
    for band, end in zip(factor.bands, ends, strict=bool(factor.bands)):
        if not _reachable(band.at, end, source, source.range(factor.params)):
            share = source.of_whole and band.at is not None and band.at > 1
            yield Finding(f"{path}.bands.{band.code}", "impossible-share" if share else "unreachable-band", "error")
        elif (
            source.of_whole
            and band.at is not None
            and band.at > 0
            and (most := int(Fraction(1) / Fraction(band.at))) <= FEW
        ):
            yield Finding(f"{path}.bands.{band.code}", "few-can-reach", "warning", {"most": most})


def _reachable(at: Decimal | None, end: Decimal | None, source: Source, within: Range) -> bool:
    """Whether the source can give a number from ``at`` up to, and without, ``end``."""
    low, high = within
    starts = [bound for bound in (at, low) if bound is not None]
    if not starts:
        return True
    least = max(starts)
    if source.whole:
        least = least.to_integral_value(ROUND_CEILING)
    return (end is None or least < end) and (high is None or least <= high)


def _idle(policy: ScoringPolicy, factor: Factor) -> bool:
    """Whether a factor can change neither score nor grade."""
    combine = policy.combine
    if isinstance(combine, FirstMatch):
        ruled = any(factor.key in rule.when for rule in combine.rules)
        if ruled or factor.key in combine.gap.dimensions:
            return False
    return not factor.weight or len({outcome.points for outcome in factor.outcomes}) == 1


# ------------------------------------------------------------------------------------------------------------- grades


def _combined(compiled: Evaluator, possible: Sequence[Axis]) -> Iterator[Finding]:
    combine = compiled.policy.combine
    sums = possible_sums(compiled, possible)
    if sums is None:
        yield Finding("factors", "not-proved", "warning" if isinstance(combine, FirstMatch) else "error")
        sums = set()
    else:
        yield from _caps(compiled, sums)
    if isinstance(combine, FirstMatch):
        yield from rule_findings(compiled, combine, all_axes(compiled), possible)
        yield from dimension_findings(compiled.policy, combine.gap)
    elif sums:
        yield from _sum(compiled, sums) if isinstance(combine, Sum) else _matrix(compiled, combine, sums)
    if isinstance(combine, Matrix):
        yield from _cells(compiled.policy, combine)


_Sums = set[tuple[int, ...]]


def _caps(compiled: Evaluator, sums: _Sums) -> Iterator[Finding]:
    slots = slots_of(compiled)
    for group, cap in compiled.policy.group_caps.items():
        if max(state[slots[group]] for state in sums) <= compiled.units(cap):
            yield Finding(f"group_caps.{group}", "no-effect", "warning")


def _sum(compiled: Evaluator, sums: _Sums) -> Iterator[Finding]:
    totals = {compiled.clamped(sum(state)) for state in capped(compiled, sums)}
    best = compiled.number(max(totals))
    given = {compiled.grade_of_sum(total) for total in totals}
    for grade in compiled.policy.grades:
        if grade.code in given:
            continue
        if grade.at is not None and grade.at > best:
            yield Finding(f"grades.{grade.code}", "grade-out-of-reach", "error", {"best": _figure(best)})
        else:
            yield Finding(f"grades.{grade.code}", "unreachable-grade", "error")


def _figure(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _matrix(compiled: Evaluator, matrix: Matrix, sums: _Sums) -> Iterator[Finding]:
    slots, states = slots_of(compiled), capped(compiled, sums)
    rows, columns = (
        [level_at(compiled, side, state[slots[side.group]]) for state in states]
        for side in (matrix.rows, matrix.columns)
    )
    for name, side, reached in (("rows", matrix.rows, rows), ("columns", matrix.columns, columns)):
        for level in side.levels:
            if level.code not in reached:
                yield Finding(f"combine.{name}.levels.{level.code}", "unreachable-level", "error")
    given = {matrix.cells.get(row, {}).get(column) for row, column in zip(rows, columns, strict=True)}
    for grade in compiled.policy.grades:
        if grade.code not in given:
            yield Finding(f"grades.{grade.code}", "unreachable-grade", "error")


def _cells(policy: ScoringPolicy, matrix: Matrix) -> Iterator[Finding]:
    """Cells without a grade, and grades that get worse as a level gets higher."""
    for row in matrix.rows.levels:
        for column in matrix.columns.levels:
            path = f"combine.cells.{row.code}.{column.code}"
            grade = matrix.cells.get(row.code, {}).get(column.code)
            if grade is None:
                yield Finding(path, "ungraded-cell", "error")
            elif any(policy.rank(lower) > policy.rank(grade) for lower in _below(matrix, row.code, column.code)):
                yield Finding(path, "non-monotone-cells", "warning")


def _below(matrix: Matrix, row: str, column: str) -> Iterator[str]:
    """The grades in the next lower cells."""
    for one, other in ((_lower(matrix.rows, row), column), (row, _lower(matrix.columns, column))):
        grade = matrix.cells.get(one, {}).get(other) if one and other else None
        if grade is not None:
            yield grade


def _lower(side: Dimension, code: str) -> str | None:
    codes = [level.code for level in side.levels]
    place = codes.index(code)
    return codes[place - 1] if place else None
