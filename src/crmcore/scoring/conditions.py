"""Conditions over fields, scores, grades and events, as data. There is no code in them, and nothing is ever executed.

A condition on what is missing does not hold, whatever it asks; ``missing`` asks for just that, and ``not`` turns any
condition around. So ``ne`` does not hold for somebody of whom nothing is known, while ``not`` … ``eq`` does.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

from attrs import frozen

from crmcore.scoring.facts import AsOf
from crmcore.scoring.spans import days_between
from crmcore.scoring.values import Lack

Kind = Literal["field", "score", "grade", "event"]
Operand = str | bool | Decimal | date | tuple[str, ...] | tuple[Decimal, ...] | None


class Variable(NamedTuple):
    """What a condition looks at: a field, the score or the grade under a policy, how often an event was within days."""

    kind: Kind
    name: str
    within_days: int = 0


#: What is found for a variable; None where nothing is known.
Found = str | bool | float | date | None
Look = Callable[[Variable], Found]


@frozen
class AllOf:
    """Every one of them holds."""

    of: "tuple[Condition, ...]"


@frozen
class AnyOf:
    """At least one of them holds."""

    of: "tuple[Condition, ...]"


@frozen
class Not:
    """It does not hold."""

    of: "Condition"


@frozen
class Check:
    """A comparison of what is found with an operand."""

    variable: Variable
    op: str
    value: Operand = None


@frozen
class Happened:
    """An event was on record ``at_least`` and ``at_most`` so often, within so many days or, with 0, ever."""

    variable: Variable
    at_least: int = 1
    at_most: int | None = None


Condition = AllOf | AnyOf | Not | Check | Happened
Leaf = Check | Happened


def _equal(found: Found, value: Operand) -> bool:
    """Equal and of one kind: true is not 1."""
    if isinstance(found, float):
        return isinstance(value, Decimal) and found == float(value)
    return type(found) is type(value) and found == value


def _in(found: Found, value: Operand) -> bool:
    return isinstance(value, tuple) and any(_equal(found, one) for one in value)


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[Found, Operand], bool]:
    def holds(found: Found, value: Operand) -> bool:
        return isinstance(found, float) and isinstance(value, Decimal) and compare(found, float(value))

    return holds


def _contains(found: Found, value: Operand) -> bool:
    return isinstance(found, str) and isinstance(value, str) and value in found


Compare = Callable[[Found, Operand], bool]
#: Comparisons that need nothing but the two values.
COMPARE: Final[Mapping[str, Compare]] = {
    "eq": _equal,
    "ne": lambda found, value: not _equal(found, value),
    "in": _in,
    "not-in": lambda found, value: not _in(found, value),
    "lt": _ordered(float.__lt__),
    "le": _ordered(float.__le__),
    "gt": _ordered(float.__gt__),
    "ge": _ordered(float.__ge__),
    "contains": _contains,
}
#: Comparisons of dates: days from the date in the field to the moment, and the operand.
DATES: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "within-days": lambda ago, days: 0 <= ago < days,
    "within-next-days": lambda ago, days: 0 <= -ago < days,
    "before-days": lambda ago, days: ago >= days,
}
DAYS: Final[Mapping[str, Callable[[date, date], bool]]] = {"before": date.__lt__, "after": date.__gt__}
#: What is asked of the mere presence.
PRESENCE: Final = ("missing", "present")
OPS: Final = (*COMPARE, *DATES, *DAYS, *PRESENCE)


def leaf_holds(leaf: Leaf, found: Found, as_of: AsOf) -> bool:
    """Whether one comparison holds for what was found."""
    if isinstance(leaf, Happened):
        often = found if isinstance(found, float) else 0
        return leaf.at_least <= often and (leaf.at_most is None or often <= leaf.at_most)
    if leaf.op in PRESENCE:
        return (found is None) is (leaf.op == "missing")
    if found is None:
        return False
    if leaf.op in COMPARE:
        return COMPARE[leaf.op](found, leaf.value)
    return isinstance(found, date) and _date_holds(leaf, found, as_of)


def _date_holds(check: Check, found: date, as_of: AsOf) -> bool:
    if check.op in DAYS:
        day = found.astimezone(as_of.zone).date() if isinstance(found, datetime) else found
        return isinstance(check.value, date) and DAYS[check.op](day, check.value)
    moment = found if isinstance(found, datetime) else datetime.combine(found, time(), as_of.zone)
    ago = days_between(moment, as_of.at, as_of.zone)
    return isinstance(check.value, Decimal) and DATES[check.op](ago, int(check.value))


def holds(condition: Condition, look: Look, as_of: AsOf) -> bool:
    """Whether a condition holds for what ``look`` finds."""
    if isinstance(condition, AllOf):
        return all(holds(one, look, as_of) for one in condition.of)
    if isinstance(condition, AnyOf):
        return any(holds(one, look, as_of) for one in condition.of)
    if isinstance(condition, Not):
        return not holds(condition.of, look, as_of)
    return leaf_holds(condition, look(condition.variable), as_of)


def leaves(condition: Condition) -> "list[Leaf]":
    """All comparisons in a condition, from left to right."""
    if isinstance(condition, Not):
        return leaves(condition.of)
    if isinstance(condition, AllOf | AnyOf):
        return [leaf for one in condition.of for leaf in leaves(one)]
    return [condition]


def found_of(value: Any) -> Found:
    """A value of a field as conditions see it: numbers are floats, what is lacking or empty is None."""
    if value is None or value == "" or isinstance(value, Lack):
        return None
    if isinstance(value, str | bool | date):
        return value
    return float(value)
