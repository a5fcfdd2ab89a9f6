"""Values to try a segment with: one out of each range that its comparisons tell apart, and none that cannot be.

An *axis* is a list of what some variables may come to together. Of one event a longer window holds no fewer than a
shorter one. A score and a grade of one policy belong together, where the policy is known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations_with_replacement, islice, pairwise, product
from math import inf
from typing import Final

from crmcore.scoring.conditions import DATES, DAYS, Check, Found, Happened, Leaf, Variable, leaf_holds
from crmcore.scoring.facts import AsOf
from crmcore.scoring.results import Result

#: Combinations of values that are tried, at most; a segment with more is not judged.
MOST: Final = 50_000
MOMENT: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)

#: What some variables come to together.
Sample = Mapping[Variable, Found]
Axis = Sequence[Sample]
#: By the id of a policy, the scores and grades that it can give.
Results = Mapping[str, Iterable[Result]]


def moments(found: Sequence[Leaf]) -> list[datetime]:
    """The moments at which a segment is tried: one will do, unless dates and days from now are asked for together."""
    days = {int(one) for leaf in found if isinstance(leaf, Check) and leaf.op in DATES for one in _decimals(leaf.value)}
    dates = [leaf.value for leaf in found if isinstance(leaf, Check) and isinstance(leaf.value, date)]
    if not days:
        return [MOMENT]
    steps = {0, *days, *(-day for day in days)}
    marks = {day + timedelta(step + extra) for day in dates for step in steps for extra in (-1, 0, 1)}
    return [MOMENT, *(datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in sorted(marks))]


def axes(found: Sequence[Leaf], as_of: AsOf, results: Results) -> list[Axis]:
    """What the variables of a segment may come to at a moment; those on different axes do so independently."""
    by_variable: dict[Variable, list[Leaf]] = {}
    for leaf in found:
        by_variable.setdefault(leaf.variable, []).append(leaf)
    together: dict[tuple[str, str], list[Variable]] = {}
    for variable in by_variable:
        together.setdefault(_belongs(variable), []).append(variable)
    return [
        _axis(variables, [leaf for one in variables for leaf in by_variable[one]], as_of, results)
        for variables in together.values()
    ]


def _belongs(variable: Variable) -> tuple[str, str]:
    """What a variable belongs to: an event, whatever the window; a policy; or nothing but itself."""
    return "policy" if variable.kind in {"score", "grade"} else variable.kind, variable.name


def _axis(variables: Sequence[Variable], asked: Sequence[Leaf], as_of: AsOf, results: Results) -> Axis:
    (kind, name, _), *_ = variables
    if kind == "event":
        return list(islice(_counts(variables, asked), MOST + 1))
    if kind in {"score", "grade"} and name in results:
        return list(_scored(asked, results[name], as_of))
    values = [_values(one, [leaf for leaf in asked if leaf.variable == one], as_of.at.date()) for one in variables]
    samples = [dict(zip(variables, found, strict=True)) for found in product(*values)]
    return [sample for sample in samples if not _graded_without_score(sample)]


def _graded_without_score(sample: Sample) -> bool:
    """Whether there is a grade without a score; a score without a grade there is, where the policy refuses one."""
    found = {variable.kind: value for variable, value in sample.items()}
    return found.get("grade") is not None and found.get("score", 0.0) is None


def _counts(windows: Sequence[Variable], asked: Sequence[Leaf]) -> Iterator[Sample]:
    """How often an event was in each window: where a range begins, and never less in a longer one."""
    starts = {0, *(start for leaf in asked if isinstance(leaf, Happened) for start in _starts(leaf))}
    longer = sorted(windows, key=lambda window: window.within_days or inf)
    for counts in combinations_with_replacement(sorted(starts), len(longer)):
        yield dict(zip(longer, map(float, counts), strict=True))


def _starts(leaf: Happened) -> Iterator[int]:
    yield leaf.at_least
    if leaf.at_most is not None:
        yield leaf.at_most + 1


def _scored(asked: Sequence[Leaf], results: Iterable[Result], as_of: AsOf) -> Iterator[Sample]:
    """No score at all, and one result of all those that the comparisons do not tell apart."""
    seen: set[tuple[bool, ...]] = set()
    for score, grade in ((None, None), *results):
        found: dict[Variable, Found] = {
            leaf.variable: score if leaf.variable.kind == "score" else grade for leaf in asked
        }
        look = tuple(leaf_holds(leaf, found[leaf.variable], as_of) for leaf in asked)
        if look not in seen:
            seen.add(look)
            yield found


def _values(variable: Variable, asked: Sequence[Leaf], today: date) -> list[Found]:
    operands = [(check.op, check.value) for check in asked if isinstance(check, Check)]
    numbers = {float(one) for op, value in operands if op not in DATES for one in _decimals(value)}
    days = {int(one) for op, value in operands if op in DATES for one in _decimals(value)}
    dates = {value for op, value in operands if op in DAYS and isinstance(value, date)}
    texts = {one for _, value in operands for one in _texts(value)}
    values: list[Found] = [None, *sorted(texts | {"".join(sorted(texts)) + "?"})]
    if variable.kind != "grade":
        values += [*_around(numbers), *_days(days, dates, today)]
    return [*values, True, False] if variable.kind == "field" else values


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
