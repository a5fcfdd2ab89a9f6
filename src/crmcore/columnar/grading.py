"""From columns of places and sums to a column of ranks: how high the grade stands, null where there is none."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from operator import and_

import polars as pl
from attrs import frozen

from crmcore.columnar.places import looked_up
from crmcore.scoring.combine import AMOUNT_LED, REFUSE, Dimension, FirstMatch, Gap, Matrix, Sum
from crmcore.scoring.policy import ScoringPolicy


@frozen
class Columns:
    """Where the columns of a policy stand: places by factor, sums by group, caps kept, and the clamped sum."""

    places: Mapping[str, pl.Expr]
    sums: Mapping[str, pl.Expr]
    clamped: pl.Expr
    points: pl.Decimal


def rank(policy: ScoringPolicy, columns: Columns) -> pl.Expr:
    """How high the grade of each case stands, from 0 for the worst."""
    combine = policy.combine
    if isinstance(combine, Sum):
        return reached((grade.at for grade in policy.grades), columns.clamped, columns.points)
    if isinstance(combine, Matrix):
        return _by_matrix(policy, combine, columns)
    return _by_rules(policy, combine, columns)


def reached(edges: Iterable[Decimal | None], sums: pl.Expr, points: pl.Decimal) -> pl.Expr:
    """How many edges each sum has reached; the open one below is no edge."""
    begun = [(sums >= pl.lit(edge, points)).cast(pl.UInt32) for edge in edges if edge is not None]
    return pl.sum_horizontal(sums.is_null().cast(pl.UInt32), *begun)


def _by_matrix(policy: ScoringPolicy, matrix: Matrix, columns: Columns) -> pl.Expr:
    ranks = [
        _rank(policy, matrix.cells.get(row.code, {}).get(column.code))
        for row in matrix.rows.levels
        for column in matrix.columns.levels
    ]
    row, column = (_level(side, columns) for side in (matrix.rows, matrix.columns))
    return looked_up(ranks, pl.Int32, row * len(matrix.columns.levels) + column)


def _level(side: Dimension, columns: Columns) -> pl.Expr:
    return reached((level.at for level in side.levels), columns.sums[side.group], columns.points)


def _rank(policy: ScoringPolicy, grade: str | None) -> int | None:
    return None if grade is None else policy.rank(grade)


def _by_rules(policy: ScoringPolicy, combine: FirstMatch, columns: Columns) -> pl.Expr:
    """The rank that the first rule which fits gives; where none does, what the gap rule says."""
    gap = _gap(policy, combine.gap, columns)
    ruled = [
        pl.when(_fits(policy, rule.when, columns)).then(pl.lit(policy.rank(rule.grade), pl.Int32))
        for rule in combine.rules
    ]
    if not ruled:
        return gap
    if combine.overlaps != REFUSE:
        return pl.coalesce(*ruled, gap)
    lowest, highest = pl.min_horizontal(*ruled), pl.max_horizontal(*ruled)
    return pl.when(lowest == highest).then(lowest).when(lowest.is_null()).then(gap)


def _fits(policy: ScoringPolicy, when: Mapping[str, Sequence[str]], columns: Columns) -> pl.Expr:
    everything = columns.clamped.is_not_null()
    return reduce(and_, (_is_one_of(policy, key, codes, columns) for key, codes in when.items()), everything)


def _is_one_of(policy: ScoringPolicy, key: str, codes: Sequence[str], columns: Columns) -> pl.Expr:
    wanted = [outcome.code in codes for outcome in policy.factor(key).outcomes]
    return looked_up(wanted, pl.Boolean, columns.places[key])


def _gap(policy: ScoringPolicy, gap: Gap, columns: Columns) -> pl.Expr:
    if gap.rule == REFUSE:
        return pl.lit(None, pl.Int32)
    own = {key: _own_rank(policy, key, grades, columns) for key, grades in gap.dimensions.items()}
    if gap.rule != AMOUNT_LED:
        return pl.min_horizontal(*own.values())
    leading = [own[key] for key in gap.lead]
    set_by = pl.min_horizontal(*leading)
    worst = pl.min_horizontal(set_by, *[own[key] for key in gap.lowered_by])
    known = reduce(and_, (each.is_not_null() for each in leading))
    return pl.when(known).then(pl.max_horizontal(worst, set_by - gap.at_most))


def _own_rank(policy: ScoringPolicy, key: str, grades: Mapping[str, str], columns: Columns) -> pl.Expr:
    """The rank of a factor's own grade; null where its band has no say."""
    ranks = [_rank(policy, grades.get(outcome.code)) for outcome in policy.factor(key).outcomes]
    return looked_up(ranks, pl.Int32, columns.places[key])
