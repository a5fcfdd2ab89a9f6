"""What a segment says that its author can hardly have meant: unknown names, conditions that hold always or never."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise, product
from math import prod
from typing import Final

from attrs import field, frozen

from crmcore.kernel.times import zone
from crmcore.scoring.conditions import (
    DATES,
    DAYS,
    AllOf,
    AnyOf,
    Check,
    Condition,
    Found,
    Happened,
    Leaf,
    Not,
    Variable,
    holds,
    leaves,
)
from crmcore.scoring.facts import AsOf
from crmcore.scoring.findings import Finding
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.segments import Segment

#: Combinations of values that are tried, at most; a segment with more is not judged.
MOST: Final = 50_000
_MOMENT: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)


@frozen
class Vocabulary:
    """What segments may speak of: names of fields and of events, and scoring policies by their ids."""

    fields: Collection[str] = ()
    events: Collection[str] = ()
    policies: Mapping[str, ScoringPolicy] = field(factory=dict)


def lint_segment(segment: Segment, vocabulary: Vocabulary | None = None) -> tuple[Finding, ...]:
    """Everything worth looking at in a segment; without a vocabulary, names are not looked at."""
    named = () if vocabulary is None else tuple(_names(segment.when, "when", vocabulary))
    return (*named, *_constant(segment))


def _names(condition: Condition, path: str, known: Vocabulary) -> Iterator[Finding]:
    if isinstance(condition, Not):
        yield from _names(condition.of, f"{path}.not", known)
    elif isinstance(condition, AllOf | AnyOf):
        form = "all" if isinstance(condition, AllOf) else "any"
        for place, one in enumerate(condition.of):
            yield from _names(one, f"{path}.{form}[{place}]", known)
    else:
        yield from _leaf_names(condition, path, known)


def _leaf_names(leaf: Leaf, path: str, known: Vocabulary) -> Iterator[Finding]:
    kind, name, _ = leaf.variable
    there = {"field": known.fields, "event": known.events}.get(kind, known.policies)
    if name not in there:
        yield Finding(f"{path}.{kind}", "unknown-name", "error")
    elif kind == "grade" and isinstance(leaf, Check):
        grades = {grade.code for grade in known.policies[name].grades}
        asked = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        if not grades.issuperset(one for one in asked if isinstance(one, str)):
            yield Finding(f"{path}.value", "unknown-name", "error")


def _constant(segment: Segment) -> Iterator[Finding]:
    """Whether the condition holds for everybody, or for nobody, whatever is on record."""
    when = _apart(segment.when)
    moments = _moments(leaves(when))
    results: set[bool] = set()
    for moment in moments:
        samples = _samples(leaves(when), moment.date())
        if prod(map(len, samples.values())) * len(moments) > MOST:
            yield Finding("when", "not-proved", "warning")
            return
        as_of = AsOf(moment, zone(segment.zone))
        for values in product(*samples.values()):
            results.add(holds(when, dict(zip(samples, values, strict=True)).__getitem__, as_of))
    if len(results) == 1:
        yield Finding("when", "matches-everyone" if results.pop() else "matches-nobody", "error")


def _apart(condition: Condition) -> Condition:
    """The condition with each ``contains`` as a question of its own: which texts hold which others is not looked at."""
    if isinstance(condition, Not):
        return Not(_apart(condition.of))
    if isinstance(condition, AllOf | AnyOf):
        return type(condition)(tuple(map(_apart, condition.of)))
    if isinstance(condition, Check) and condition.op == "contains":
        return Check(Variable("field", f"{condition.variable.name} contains {condition.value}"), "present")
    return condition


def _moments(found: Sequence[Leaf]) -> list[datetime]:
    """The moments at which a segment is tried: one will do, unless dates and days from now are asked for together."""
    days = {int(one) for leaf in found if isinstance(leaf, Check) and leaf.op in DATES for one in _decimals(leaf.value)}
    dates = [leaf.value for leaf in found if isinstance(leaf, Check) and isinstance(leaf.value, date)]
    if not days:
        return [_MOMENT]
    steps = {0, *days, *(-day for day in days)}
    marks = {day + timedelta(step + extra) for day in dates for step in steps for extra in (-1, 0, 1)}
    return [_MOMENT, *(datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in sorted(marks))]


def _samples(found: Sequence[Leaf], today: date) -> dict[Variable, list[Found]]:
    """For each variable, a value out of each range that the comparisons tell apart."""
    by_variable: dict[Variable, list[Leaf]] = {}
    for leaf in found:
        by_variable.setdefault(leaf.variable, []).append(leaf)
    return {variable: _values(variable, asked, today) for variable, asked in by_variable.items()}


def _values(variable: Variable, asked: Sequence[Leaf], today: date) -> list[Found]:
    if variable.kind == "event":
        bounds = {bound for leaf in asked if isinstance(leaf, Happened) for bound in _bounds(leaf)}
        return [float(count) for count in sorted({0, *bounds})]
    operands = [(check.op, check.value) for check in asked if isinstance(check, Check)]
    numbers = {float(one) for op, value in operands if op not in DATES for one in _decimals(value)}
    days = {int(one) for op, value in operands if op in DATES for one in _decimals(value)}
    dates = {value for op, value in operands if op in DAYS and isinstance(value, date)}
    texts = {one for _, value in operands for one in _texts(value)}
    values: list[Found] = [None, *sorted(texts | {"".join(sorted(texts)) + "?"})]
    if variable.kind != "grade":
        values += [*_around(numbers), *_days(days, dates, today)]
    return [*values, True, False] if variable.kind == "field" else values


def _bounds(leaf: Happened) -> Iterator[int]:
    yield from (leaf.at_least, max(0, leaf.at_least - 1))
    if leaf.at_most is not None:
        yield from (leaf.at_most, leaf.at_most + 1)


def _decimals(value: object) -> tuple[Decimal, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple(one for one in values if isinstance(one, Decimal))


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple(one for one in values if isinstance(one, str))


def _around(numbers: set[float]) -> list[float]:
    """The numbers themselves, one between each two, and one beyond each end."""
    steps = sorted(numbers)
    between = [(low + high) / 2 for low, high in pairwise(steps)]
    return sorted({*steps, *between, steps[0] - 1, steps[-1] + 1}) if steps else [0.0]


def _days(days: set[int], dates: set[date], today: date) -> list[date]:
    """Dates on, just before and just after each one that is compared with."""
    marks = {today, *dates, *(today + timedelta(sign * day) for day in days for sign in (1, -1))}
    if not days and not dates:
        return []
    return sorted({mark + timedelta(step) for mark in marks for step in (-1, 0, 1)})
