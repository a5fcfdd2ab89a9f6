"""Reading what people and programs send: plain data in, typed objects out, and every fault named by its path.

Strict on purpose: None is not "None", 1 is not "1", true is not 1. Times need an offset. What this library has stored
itself is read by the faster ``codec``.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import GenericAlias, NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)

from crmcore.errors import Fault, Invalid
from crmcore.kernel.times import as_instant, parse_instant

T = TypeVar("T")

_EXPECTED: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Decimal: 'a decimal number as text, such as "12.50"',
    date: "a date such as 2026-03-01",
    datetime: "a time with an offset such as 2026-03-01T09:00:00+08:00",
}


def read(cls: type[T], data: object, path: str = "") -> T:
    """Build an attrs class from plain data.

    :param path: prefix for the paths in faults.
    :raises Invalid: with the faults found: missing and unknown fields, wrong types, values a validator refuses.
    """
    if not isinstance(data, dict):
        raise Invalid([Fault(path or "(all)", "wrong-type", "an object with named fields")])
    try:
        return _CONVERTER.structure(data, cls)
    except BaseValidationError as error:
        raise Invalid(_faults(error, path)) from None


def _faults(error: BaseException, path: str, annotation: Any = None) -> Iterator[Fault]:
    """The faults inside what cattrs raised, with their paths."""
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            place, kind = _place(error, inner, path)
            yield from _faults(inner, place, kind)
    elif isinstance(error, ForbiddenExtraKeysError):
        known = ", ".join(attribute.name for attribute in attrs.fields(error.cl))
        for name in sorted(error.extra_fields):
            yield Fault(_join(path, tame(str(name))), "unknown-field", f"one of {known}")
    elif isinstance(error, Invalid):
        for fault in error.faults:
            yield attrs.evolve(fault, path=_join(path, fault.path))
    elif isinstance(error, KeyError):
        yield Fault(path, "missing", describe(annotation))
    else:
        yield Fault(path, "wrong-type", describe(annotation))


def _place(group: BaseValidationError, inner: Exception, path: str) -> tuple[str, Any]:
    """Where inside the group an exception belongs, and the type expected there."""
    for note in getattr(inner, "__notes__", ()):
        if isinstance(group, ClassValidationError) and isinstance(note, AttributeValidationNote):
            return _join(path, note.name), note.type
        if isinstance(group, IterableValidationError) and isinstance(note, IterableValidationNote):
            return f"{path}[{tame(str(note.index))}]", note.type
    return path, None


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


def tame(name: str) -> str:
    """A name somebody else chose, made safe to repeat in a message: short, and nothing but printable ASCII."""
    return name[:40].encode("unicode_escape").decode("ascii")


def describe(annotation: Any) -> str:
    """What a field of this type expects, in words."""
    origin = get_origin(annotation)
    if origin is Literal:
        return "one of " + ", ".join(get_args(annotation))
    if origin in {Union, UnionType}:
        return " or ".join(describe(part) for part in get_args(annotation) if part is not NoneType)
    if origin in {tuple, frozenset}:
        return "a list"
    if isinstance(annotation, type) and attrs.has(annotation):
        return "an object with named fields"
    return _EXPECTED.get(annotation, "a value of another kind")


def _refuse(kind: Any, code: str = "wrong-type") -> Invalid:
    return Invalid([Fault("", code, describe(kind))])


def _exactly(kind: type[Any]) -> Callable[[Any, Any], Any]:
    """A hook that takes only values of this very type: true is no whole number."""

    def hook(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise _refuse(kind)
        return value

    return hook


def _float(value: Any, _: Any) -> float:
    if type(value) not in {int, float}:
        raise _refuse(float)
    return float(value)


def _decimal(value: Any, _: Any) -> Decimal:
    if type(value) not in {str, int, Decimal}:
        raise _refuse(Decimal)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise _refuse(Decimal) from None
    if not number.is_finite():
        raise _refuse(Decimal)
    return number


def _date(value: Any, _: Any) -> date:
    if type(value) is date:
        return value
    if not isinstance(value, str) or len(value) != len("2026-03-01"):
        raise _refuse(date)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _refuse(date) from None


def _instant(value: Any, _: Any) -> datetime:
    if isinstance(value, datetime):
        return as_instant(value, "")
    if not isinstance(value, str):
        raise _refuse(datetime)
    return parse_instant(value, "")


def _list_of(kind: Any) -> Callable[[Any, Any], Any]:
    """A hook for tuples and sets that takes lists only: a text is not a list of characters."""
    container: Any = get_origin(kind)
    inner: Any = GenericAlias(list, get_args(kind)[:1])

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise _refuse(kind)
        return container(_CONVERTER.structure(list(value), inner))

    return hook


def _literal(value: Any, kind: Any) -> Any:
    if not isinstance(value, str):
        raise _refuse(kind)
    if value not in get_args(kind):
        raise _refuse(kind, "not-allowed")
    return value


def _object(kind: type[Any]) -> Callable[[Any, Any], Any]:
    """A hook for attrs classes that says so when it is given anything but named fields."""
    inner = _CONVERTER.gen_structure_attrs_fromdict(kind)

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise _refuse(kind)
        return inner(value, kind)

    return hook


def _is_literal(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is Literal


def _is_many(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin in {tuple, frozenset}


def _make_converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    for leaf, hook in ((float, _float), (Decimal, _decimal), (date, _date), (datetime, _instant)):
        converter.register_structure_hook(leaf, hook)
    converter.register_structure_hook_func(_is_literal, _literal)
    converter.register_structure_hook_factory(_is_many, _list_of)
    return converter


_CONVERTER = _make_converter()
_CONVERTER.register_structure_hook_factory(attrs.has, _object)
