"""Conditions from plain data and back. Every fault is named by its path.

* ``{all = […]}``, ``{any = […]}``, ``{not = {…}}``: every one, at least one, not.
* ``{field = "region", op = "eq", value = "华东"}``: a field; ``op`` is also ``ne``, ``in``, ``not-in``, ``lt``, ``le``,
  ``gt``, ``ge``, ``contains``, ``missing`` or ``present``, and ``eq`` if nothing is said.
* ``{field = "last_trade", op = "within-days", value = 90}``: a date; also ``within-next-days``, ``before-days``,
  ``before`` and ``after``.
* ``{score = "health", op = "lt", value = 55}``: the clamped score under that policy.
* ``{grade = "abc-grade", op = "in", value = ["A", "B"]}``: the grade under it.
* ``{event = "order", within_days = 90, at_least = 2, at_most = 5}``: how often something happened.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from crmcore.errors import Fault, Invalid
from crmcore.kernel.wire import tame
from crmcore.scoring.conditions import (
    DATES,
    DAYS,
    OPS,
    PRESENCE,
    AllOf,
    AnyOf,
    Check,
    Condition,
    Happened,
    Kind,
    Not,
    Operand,
    Variable,
)
from crmcore.scoring.decimals import EXPECTED, number, plain_number

#: How deep conditions may stand in conditions, and how many there may be at one place.
DEEPEST: Final = 20
MOST: Final = 1000
LONGEST_DAYS: Final = 36_500
_WHOLE: Final = "a whole number of 0 or more"

_FORMS: Final[tuple[str, ...]] = ("all", "any", "not", "field", "score", "grade", "event")
_OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "field": OPS,
    "score": ("lt", "le", "gt", "ge", "eq", "ne", *PRESENCE),
    "grade": ("eq", "ne", "in", "not-in", *PRESENCE),
}


def condition_from(data: object, path: str = "when", depth: int = 0) -> Condition:
    """A condition from plain data.

    :raises Invalid: with the faults found, each by its path.
    """
    if not isinstance(data, Mapping):
        raise Invalid([Fault(path, "wrong-type", "an object with named fields")])
    forms = [form for form in _FORMS if form in data]
    if len(forms) != 1:
        raise Invalid([Fault(path, "not-allowed" if forms else "missing", "exactly one of " + ", ".join(_FORMS))])
    if depth > DEEPEST:
        raise Invalid([Fault(path, "out-of-range", f"conditions at most {DEEPEST} deep")])
    form = forms[0]
    if form in {"all", "any", "not"}:
        _only(data, (form,), path)
        return _combined(form, data[form], f"{path}.{form}", depth + 1)
    return _happened(data, path) if form == "event" else _check(form, data, path)  # type: ignore[arg-type]


def _only(data: Mapping[str, Any], known: tuple[str, ...], path: str) -> None:
    faults = [
        Fault(f"{path}.{tame(str(name))}", "unknown-field", "one of " + ", ".join(known))
        for name in data
        if name not in known
    ]
    if faults:
        raise Invalid(faults)


def _combined(form: str, inner: object, path: str, depth: int) -> Condition:
    if form == "not":
        return Not(condition_from(inner, path, depth))
    if not isinstance(inner, list | tuple):
        raise Invalid([Fault(path, "wrong-type", "a list")])
    if len(inner) > MOST:
        raise Invalid([Fault(path, "too-long", f"at most {MOST:,} conditions")])
    conditions: list[Condition] = []
    faults: list[Fault] = []
    for place, one in enumerate(inner):
        try:
            conditions.append(condition_from(one, f"{path}[{place}]", depth))
        except Invalid as invalid:
            faults += invalid.faults
    if faults:
        raise Invalid(faults)
    return AllOf(tuple(conditions)) if form == "all" else AnyOf(tuple(conditions))


def _name(data: Mapping[str, Any], form: str, path: str) -> str:
    name = data[form]
    if not isinstance(name, str) or not name:
        raise Invalid([Fault(f"{path}.{form}", "wrong-type" if name else "empty", "text")])
    return name


def _whole(data: Mapping[str, Any], name: str, default: int | None, path: str, most: int) -> int | None:
    value = data.get(name, default)
    if value is not None and (type(value) is not int or not 0 <= value <= most):
        raise Invalid([Fault(f"{path}.{name}", "out-of-range" if type(value) is int else "wrong-type", _WHOLE)])
    return value


def _happened(data: Mapping[str, Any], path: str) -> Happened:
    _only(data, ("event", "within_days", "at_least", "at_most"), path)
    days = _whole(data, "within_days", 0, path, LONGEST_DAYS)
    least = _whole(data, "at_least", 1, path, 10**9)
    most = _whole(data, "at_most", None, path, 10**9)
    if most is not None and least is not None and most < least:
        raise Invalid([Fault(f"{path}.at_most", "out-of-range", f"a whole number of {least} or more")])
    return Happened(Variable("event", _name(data, "event", path), days or 0), least or 0, most)


def _check(form: Kind, data: Mapping[str, Any], path: str) -> Check:
    _only(data, (form, "op", "value"), path)
    name = _name(data, form, path)
    op, allowed = data.get("op", "eq"), _OF_KIND[form]
    if op not in allowed:
        raise Invalid([Fault(f"{path}.op", "not-allowed", "one of " + ", ".join(allowed))])
    if op in PRESENCE:
        _only(data, (form, "op"), path)
        return Check(Variable(form, name), op)
    if "value" not in data:
        raise Invalid([Fault(f"{path}.value", "missing", _expected(form, op))])
    try:
        value = _operand(form, op, data["value"])
    except (Invalid, ValueError):
        raise Invalid([Fault(f"{path}.value", "wrong-type", _expected(form, op))]) from None
    return Check(Variable(form, name), op, value)


_ORDER: Final = frozenset({"lt", "le", "gt", "ge"})


def _expected(form: str, op: str) -> str:
    """What an operand has to be."""
    if op in DATES:
        return f"a whole number of days from 0 to {LONGEST_DAYS:,}"
    if op in DAYS:
        return "a date such as 2026-03-01"
    if op in {"in", "not-in"}:
        return "a list of texts" if form == "grade" else "a list of texts or of numbers"
    if op in _ORDER or form == "score":
        return EXPECTED
    return "text" if form == "grade" or op == "contains" else "text, true, false or a number"


def _operand(form: str, op: str, value: Any) -> Operand:
    """The operand of a comparison; ``Invalid`` or ``ValueError`` if it is of the wrong kind."""
    if op in DATES:
        return _days(value)
    if op in DAYS:
        return _day(value)
    if op in {"in", "not-in"}:
        return _several(form, value)
    if op in _ORDER or form == "score":
        return number(value)
    if isinstance(value, str) or (isinstance(value, bool) and form == "field" and op != "contains"):
        return value
    if form == "grade" or op == "contains":
        raise ValueError
    return number(value)


def _days(value: Any) -> Decimal:
    if type(value) is not int or not 0 <= value <= LONGEST_DAYS:
        raise ValueError
    return Decimal(value)


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return date.fromisoformat(value)
    raise ValueError


def _several(form: str, value: Any) -> Operand:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError
    if all(isinstance(one, str) for one in value):
        return tuple(value)
    if form == "grade":
        raise ValueError
    return tuple(number(one) for one in value)


def condition_data(condition: Condition) -> dict[str, Any]:
    """The condition as plain data; ``condition_from`` gives the same condition back."""
    if isinstance(condition, AllOf | AnyOf):
        form = "all" if isinstance(condition, AllOf) else "any"
        return {form: [condition_data(one) for one in condition.of]}
    if isinstance(condition, Happened):
        return dict(_happened_data(condition))
    if isinstance(condition, Check):
        data: dict[str, Any] = {condition.variable.kind: condition.variable.name, "op": condition.op}
        return data if condition.value is None else {**data, "value": _plain(condition.value)}
    return {"not": condition_data(condition.of)}


def _happened_data(condition: Happened) -> Iterator[tuple[str, Any]]:
    yield "event", condition.variable.name
    if condition.variable.within_days:
        yield "within_days", condition.variable.within_days
    yield "at_least", condition.at_least
    if condition.at_most is not None:
        yield "at_most", condition.at_most


def _plain(value: Operand) -> Any:
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, date):
        return value.isoformat()
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
