"""A policy over a whole table.

Points are decimals with as many digits after the point as the policy needs. polars adds these as whole numbers of 128
bits, so sums are exact, as they are case by case.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import reduce
from operator import add
from typing import TypeVar

import polars as pl

from crmcore.columnar.grading import Columns, rank
from crmcore.columnar.places import Schema, column_faults, finite, looked_up, place
from crmcore.errors import Fault, Invalid
from crmcore.scoring.compiling import Evaluator, evaluator
from crmcore.scoring.policy import ScoringPolicy

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

#: All the digits there are: far more than the sums of any policy have.
_DIGITS = 38
_OWN = "crmcore:"


def score_frame(policy: ScoringPolicy, frame: Frame, *, prefix: str = "") -> Frame:
    """The table with what the policy makes of each row: ``raw``, ``clamped``, ``grade``, and each ``<factor>.code``.

    A column for each factor, by its key: numbers for bands, texts or yes and no for categories. Null is missing; where
    a column ``<factor>.not_applicable`` holds true, the value is not applicable, whatever stands there. Points come as
    decimals, grades and codes as enumerations; grades are in the order of the policy, null where it refuses one.

    A lazy table stays lazy; its numbers are looked at when it is collected.

    :param prefix: what the names of the new columns begin with, to keep several policies apart.
    :raises Invalid: a column is absent or of the wrong kind, holds NaN or an infinity, or is to be made and is there.
    """
    schema: Schema = frame.collect_schema()
    faults = [*column_faults(policy.factors, schema), *_taken(policy, schema, prefix)]
    if faults:
        raise Invalid(faults)
    if isinstance(frame, pl.LazyFrame):
        return _scored(evaluator(policy), frame, schema, prefix)
    return _scored(evaluator(policy), frame.lazy(), schema, prefix).collect()


def _taken(policy: ScoringPolicy, schema: Schema, prefix: str) -> Iterator[Fault]:
    names = [*(prefix + name for name in ("raw", "clamped", "grade")), *_codes(policy, prefix).values()]
    for name in schema:
        if name in names or name.startswith(_OWN):
            yield Fault(name, "duplicate", "no column of a name that a result is to have; a prefix keeps them apart")


def _codes(policy: ScoringPolicy, prefix: str) -> dict[str, str]:
    """The columns of codes, by factor."""
    return {factor.key: f"{prefix}{factor.key}.code" for factor in policy.factors}


def _scored(compiled: Evaluator, lazy: pl.LazyFrame, schema: Schema, prefix: str) -> pl.LazyFrame:
    """The table in steps, each of which looks at what the one before has made."""
    policy = compiled.policy
    points = pl.Decimal(_DIGITS, compiled.places)
    place_of = {key: f"{_OWN}place:{key}" for key in compiled.keys}
    sum_of = {factor.group: f"{_OWN}sum:{factor.group}" for factor in policy.factors}
    columns = Columns(
        {key: pl.col(name) for key, name in place_of.items()},
        {group: pl.col(name) for group, name in sum_of.items()},
        pl.col(f"{prefix}clamped"),
        points,
    )
    raw = reduce(add, columns.sums.values())
    floor, ceiling = (_limit(compiled, limit, points) for limit in (compiled.floor, compiled.ceiling))
    grades = [grade.code for grade in policy.grades]
    return (
        finite(lazy, policy.factors, schema)
        .with_columns(place(factor, schema).alias(place_of[factor.key]) for factor in policy.factors)
        .with_columns(_sum(compiled, group, columns).alias(name) for group, name in sum_of.items())
        .with_columns(raw.alias(f"{prefix}raw"), raw.clip(floor, ceiling).alias(f"{prefix}clamped"))
        .with_columns(looked_up(grades, pl.Enum(grades), rank(policy, columns)).alias(f"{prefix}grade"))
        .with_columns(_code(policy, key, columns).alias(name) for key, name in _codes(policy, prefix).items())
        .drop(*place_of.values(), *sum_of.values())
    )


def _limit(compiled: Evaluator, units: int | None, points: pl.Decimal) -> pl.Expr | None:
    return None if units is None else pl.lit(compiled.number(units), points)


def _sum(compiled: Evaluator, group: str, columns: Columns) -> pl.Expr:
    """What the factors of a group come to, its cap kept."""
    terms = [
        looked_up(_worth(compiled, position), columns.points, columns.places[factor.key])
        for position, factor in enumerate(compiled.policy.factors)
        if factor.group == group
    ]
    total = reduce(add, terms)
    cap = _limit(compiled, compiled.caps.get(group), columns.points)
    return total if cap is None else total.clip(upper_bound=cap)


def _worth(compiled: Evaluator, position: int) -> list[Decimal]:
    """What each outcome of a factor contributes."""
    scale = compiled.scales[position]
    return [compiled.number(scale.units[index]) for index in scale.outcomes]


def _code(policy: ScoringPolicy, key: str, columns: Columns) -> pl.Expr:
    codes = [outcome.code for outcome in policy.factor(key).outcomes]
    return looked_up(codes, pl.Enum(codes), columns.places[key])
