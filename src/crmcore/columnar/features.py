"""Features of many subjects at once, from one table of what has happened: recency, frequency, spend (RFM)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import polars as pl
from attrs import frozen

from crmcore.columnar.places import NOT_APPLICABLE, Schema
from crmcore.errors import Fault, Invalid
from crmcore.kernel.times import as_instant, local_date
from crmcore.scoring.parts import Factor
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.sources import bind
from crmcore.scoring.spans import before

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

_EXACT = pl.Decimal(38, 0)


@frozen
class _Moment:
    """The moment that features are computed for, and the policy whose days and months count."""

    at: datetime
    policy: ScoringPolicy

    def known(self, factor: Factor, schema: Schema) -> pl.Expr:
        """Which facts a factor looks at: those of its kind that had happened, and were on record, in its window."""
        days, months = factor.params.get("days", 0), factor.params.get("months", 0)
        known: pl.Expr = (pl.col("kind") == factor.params["of"]) & (_instant("at") <= self.at)
        if "known" in schema:
            known &= (_instant("known") <= self.at).fill_null(value=True)
        if days or months:
            known &= _instant("at") > before(self.at, self.policy.tzinfo, days, months)
        return known


def _instant(name: str) -> pl.Expr:
    return pl.col(name).dt.convert_time_zone("UTC")


def _count(_moment: _Moment, known: pl.Expr, _schema: Schema) -> pl.Expr:
    return known.sum().cast(pl.Float64)


def _total(_moment: _Moment, known: pl.Expr, schema: Schema) -> pl.Expr:
    """The exact sum, rounded once; by way of text, as a long decimal would be rounded twice otherwise."""
    amount = pl.col("amount") if isinstance(schema["amount"], pl.Decimal) else pl.col("amount").cast(_EXACT)
    return pl.when(known).then(amount).sum().cast(pl.String).cast(pl.Float64)


def _days_since(moment: _Moment, known: pl.Expr, _schema: Schema) -> pl.Expr:
    last = pl.when(known).then(_instant("at")).max().dt.convert_time_zone(moment.policy.zone).dt.date()
    days = pl.lit(local_date(moment.at, moment.policy.tzinfo)) - last
    return days.dt.total_days().cast(pl.Float64)


_COMPUTED: Mapping[str, Callable[[_Moment, pl.Expr, Schema], pl.Expr]] = {
    "count": _count,
    "days-since": _days_since,
    "sum": _total,
}


def features_frame(policy: ScoringPolicy, events: Frame, as_of: datetime, subjects: Frame | None = None) -> Frame:
    """A row for each subject with the features that a policy asks of its events, as ``score_frame`` takes them.

    The columns of ``events`` are the fields of a fact: ``subject``, ``kind``, ``at`` and, where something is summed up,
    ``amount``; ``known`` may say when it was put on record. Times have a zone; amounts are decimals or whole numbers,
    as sums of floats are not exact. Computed are the sources ``count``, ``sum`` and ``days-since``.

    :param subjects: a table with a column ``subject``, each once, and columns for the factors of any other source;
        without it, the subjects are those of ``events``, sorted.
    :raises Invalid: a column is absent or of the wrong kind, or a factor has another source and no column.
    :raises PolicyInvalid: the parameters of a source do not fit.
    """
    bind(policy)
    schema: Schema = events.collect_schema()
    given: Mapping[str, Any] = {} if subjects is None else subjects.collect_schema()
    asked: list[Factor] = [
        factor for factor in policy.factors if factor.source in _COMPUTED and factor.key not in given
    ]
    faults = [*_event_faults(asked, schema), *_subject_faults(policy, subjects is not None, given)]
    if faults:
        raise Invalid(faults)
    moment = _Moment(as_instant(as_of, "as_of"), policy)
    those = None if subjects is None else subjects.lazy()
    if isinstance(events, pl.LazyFrame):
        return _features(moment, asked, events, those)
    return _features(moment, asked, events.lazy(), those).collect()


def _features(
    moment: _Moment, asked: list[Factor], events: pl.LazyFrame, subjects: pl.LazyFrame | None
) -> pl.LazyFrame:
    found = _found(moment, asked, events, events.collect_schema())
    return found if subjects is None else _joined(asked, subjects, found)


def _found(moment: _Moment, asked: list[Factor], events: pl.LazyFrame, schema: Schema) -> pl.LazyFrame:
    """A row for each subject that has an event."""
    features = [
        _COMPUTED[factor.source](moment, moment.known(factor, schema), schema).alias(factor.key) for factor in asked
    ]
    return events.group_by("subject").agg(features).sort("subject").with_columns(_flags(asked))


def _joined(asked: list[Factor], subjects: pl.LazyFrame, found: pl.LazyFrame) -> pl.LazyFrame:
    """The subjects in their order; who has no event has none of whatever is counted."""
    names = [factor.key for factor in asked]
    joined = subjects.join(found.select("subject", *names), on="subject", how="left", maintain_order="left")
    none = [pl.col(factor.key).fill_null(0.0) for factor in asked if factor.source != "days-since"]
    return joined.with_columns(none).with_columns(_flags(asked))


def _flags(asked: list[Factor]) -> list[pl.Expr]:
    """What never happened did so no number of days ago."""
    return [
        pl.col(factor.key).is_null().alias(NOT_APPLICABLE.format(factor.key))
        for factor in asked
        if factor.source == "days-since"
    ]


def _event_faults(asked: list[Factor], schema: Schema) -> Iterator[Fault]:
    summed = any(factor.source == "sum" for factor in asked)
    for name in ("subject", "kind", "at", *(("amount",) if summed else ())):
        if name not in schema:
            yield Fault(name, "missing", "a column of events")
    if not isinstance(schema.get("kind", pl.String()), pl.String | pl.Enum | pl.Categorical):
        yield Fault("kind", "wrong-type", "a column of texts")
    for name in ("at", "known"):
        if name in schema:
            yield from _time_faults(name, schema[name])
    if summed and not _is_exact(schema.get("amount", _EXACT)):
        yield Fault("amount", "wrong-type", "a column of decimals or whole numbers: sums of floats are not exact")


def _time_faults(name: str, dtype: Any) -> Iterator[Fault]:
    if not isinstance(dtype, pl.Datetime):
        yield Fault(name, "wrong-type", "a column of times with a zone")
    elif dtype.time_zone is None:
        yield Fault(name, "naive-time", "a column of times with a zone")


def _is_exact(dtype: Any) -> bool:
    return isinstance(dtype, pl.Decimal) or bool(dtype.is_integer())


def _subject_faults(policy: ScoringPolicy, told: bool, given: Mapping[str, Any]) -> Iterator[Fault]:  # noqa: FBT001
    if told and "subject" not in given:
        yield Fault("subject", "missing", "a column of subjects")
    for place, factor in enumerate(policy.factors):
        if factor.source not in _COMPUTED and factor.key not in given:
            expected = "one of " + ", ".join(sorted(_COMPUTED)) + "; or a column of subjects by the factor's key"
            yield Fault(f"factors[{place}].source", "not-allowed", expected)
