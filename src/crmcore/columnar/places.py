"""From columns of values to columns of *places*: which of its outcomes each factor comes to.

The place of an outcome is where it stands in ``Factor.outcomes``: bands or categories in order, ``other``, missing, not
applicable. Whatever else there is to know of an outcome is then looked up.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from polars import selectors

from crmcore.errors import Fault, Invalid
from crmcore.scoring.parts import Categories, Factor

#: The column that says, beside a factor's own, where its value is not applicable.
NOT_APPLICABLE = "{}.not_applicable"

_NULL = pl.Null()
_NUMBERS = "a column of numbers, null where the value is missing"
_TEXTS = "a column of texts or of true and false, null where the value is missing"
_FLAGS = "a column of true and false"
_FINITE = "finite numbers, null where the value is missing"

Schema = Mapping[str, pl.DataType]


def column_faults(factors: Sequence[Factor], schema: Schema) -> Iterator[Fault]:
    """What keeps a table from having a value for each factor; what its numbers are shows only when they are read."""
    for factor in factors:
        expected = _TEXTS if factor.categories else _NUMBERS
        dtype, flag = schema.get(factor.key), NOT_APPLICABLE.format(factor.key)
        if dtype is None:
            yield Fault(factor.key, "missing", expected)
        elif not (isinstance(dtype, pl.Null) or (_is_text(dtype) if factor.categories else dtype.is_numeric())):
            yield Fault(factor.key, "wrong-type", expected)
        if not isinstance(schema.get(flag, _NULL), pl.Boolean | pl.Null):
            yield Fault(flag, "wrong-type", _FLAGS)


def _is_text(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.String | pl.Boolean | pl.Enum | pl.Categorical)


def finite(lazy: pl.LazyFrame, factors: Sequence[Factor], schema: Schema) -> pl.LazyFrame:
    """The table, which refuses NaN and infinities when it is read."""
    floats = [factor for factor in factors if schema[factor.key].is_float()]
    strays = [(~_value(factor, schema).is_finite()).any().alias(factor.key) for factor in floats]

    def check(frame: pl.DataFrame) -> pl.DataFrame:
        found = frame.select(strays).to_dicts()[0]
        if faults := [Fault(key, "out-of-range", _FINITE) for key, stray in found.items() if stray]:
            raise Invalid(faults)
        return frame

    # An error that an expression raises is made anew by polars out of its text; this way it comes through as it is.
    return lazy.map_batches(check, projection_pushdown=False, streamable=True) if floats else lazy


def place(factor: Factor, schema: Schema) -> pl.Expr:
    """The place of the outcome that each value in the factor's column comes to."""
    lacking = len(factor.outcomes) - 2
    value, dtype = _value(factor, schema), schema[factor.key]
    known = _number(factor, value, dtype) if factor.categories is None else _text(factor.categories, value, dtype)
    unknown = pl.when(_flagged(factor, schema)).then(lacking + 1).otherwise(lacking)
    return pl.when(value.is_null()).then(unknown).otherwise(known).cast(pl.UInt32)


def _value(factor: Factor, schema: Schema) -> pl.Expr:
    """The values of a factor, null where they are not applicable: there 0 ÷ 0 may have left NaN."""
    return pl.when(~_flagged(factor, schema)).then(column(factor.key))


def _flagged(factor: Factor, schema: Schema) -> pl.Expr:
    """Where the value is not applicable."""
    flag = NOT_APPLICABLE.format(factor.key)
    given = isinstance(schema.get(flag), pl.Boolean)
    return column(flag).fill_null(value=False) if given else pl.lit(value=False)


def column(name: str) -> pl.Expr:
    """The column of just that name: polars takes ``*`` and ``^…$`` for patterns, and they may be keys of factors."""
    return selectors.by_name(name).as_expr()


def _number(factor: Factor, value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """How many bands above the first have begun; a number is a float, as it is case by case."""
    # By way of text, as decimals of more digits than a float has would be rounded twice.
    number = value.cast(pl.String).cast(pl.Float64) if isinstance(dtype, pl.Decimal) else value.cast(pl.Float64)
    edges = [float(band.at) for band in factor.bands if band.at is not None]
    return pl.sum_horizontal(pl.lit(0, pl.UInt32), *[(number >= edge).cast(pl.UInt32) for edge in edges])


def _text(categories: Categories, value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """The category of a text, or ``other``."""
    of = {text: place for place, category in enumerate(categories.of) for text in category.values}
    other = len(categories.of)
    if dtype == pl.Null or not of:
        return pl.when(value.is_not_null()).then(other)
    if dtype == pl.Boolean:
        return pl.when(value).then(of.get("true", other)).otherwise(of.get("false", other))
    known = value.cast(pl.String).cast(pl.Enum(list(of)), strict=False).to_physical()
    return looked_up(list(of.values()), pl.UInt32, known).fill_null(other)


def looked_up(values: Sequence[Any], dtype: Any, places: pl.Expr) -> pl.Expr:
    """What stands at each place of a list; null where the place is."""
    return pl.lit(pl.Series(values, dtype=dtype)).gather(places.cast(pl.UInt32))
