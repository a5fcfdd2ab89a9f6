"""Fields that say something of a person, and how they are kept apart from everything else.

A class marks such a field with ``metadata=PERSONAL`` (and ``repr=False``). Before an object is stored, the marked
values are taken out of its plain data and kept in a record of their own, so that a person can be erased from state
and history while figures and the order of events stay.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeVar, get_args

import attrs

from crmcore.kernel.defaults import default_of

T = TypeVar("T")

PERSONAL: Final[Mapping[str, bool]] = {"personal": True}

#: For each key of the plain data: True (personal), or the plan of the object or list of objects under it.
Plan = dict[str, Any]


def is_personal(attribute: "attrs.Attribute[Any]") -> bool:
    """Whether a field is marked."""
    return bool(attribute.metadata.get("personal"))


def named(values: Mapping[str, Any]) -> str:
    """The ``repr`` of named values: their names alone, for what they hold may say who somebody is."""
    return f"<{', '.join(values)}>"


def attrs_class(annotation: Any) -> type[Any] | None:
    """The attrs class inside an annotation such as ``X | None`` or ``tuple[X, ...]``, if there is one."""
    if isinstance(annotation, type) and attrs.has(annotation):
        return annotation
    return next((found for part in get_args(annotation) if (found := attrs_class(part)) is not None), None)


def plan_of(cls: type[Any]) -> Plan:
    """Where personal values stand in the plain data of a class; empty when there are none."""
    return _plan_of(cls)


def _new_plan(cls: type[Any]) -> Plan:
    plan: Plan = {}
    for attribute in attrs.fields(cls):
        if is_personal(attribute):
            plan[attribute.name] = True
        elif (inner := attrs_class(attribute.type)) is not None and (below := plan_of(inner)):
            plan[attribute.name] = below
    return plan


def take_out(plan: Plan, data: dict[str, Any]) -> dict[str, Any]:
    """Remove the personal values from plain data and return them, in the same shape."""
    taken: dict[str, Any] = {}
    for key, below in plan.items():
        value = data.get(key)
        if value is None:
            continue
        if below is True:
            taken[key] = data.pop(key)
        elif isinstance(value, list):
            parts = [take_out(below, item) for item in value]
            if any(parts):
                taken[key] = parts
        elif part := take_out(below, value):
            taken[key] = part
    return taken


def put_back(data: dict[str, Any], taken: Mapping[str, Any]) -> None:
    """Undo ``take_out``; lists are matched by position."""
    for key, value in taken.items():
        here = data.get(key)
        if isinstance(here, dict):
            put_back(here, value)
        elif isinstance(here, list):
            for item, part in zip(here, value, strict=True):
                put_back(item, part)
        else:
            data[key] = value


# ------------------------------------------------------------------------------------------------------ whole objects

#: What stands in the place of a text that must be there.
BLANK: Final = ""


def _blank_of(attribute: "attrs.Attribute[Any]") -> Any:
    default = default_of(attribute)
    return BLANK if default is attrs.NOTHING else default


def blank(value: Any) -> Any:
    """A value without anything personal: marked fields hold their defaults, a text that must be there is empty.

    How many there were of what stays known: a list keeps its length.
    """
    if isinstance(value, tuple):
        return tuple(blank(item) for item in value)
    if not attrs.has(type(value)):
        return value
    fields = attrs.fields(type(value))
    return attrs.evolve(
        value, **{one.name: _blank_of(one) if is_personal(one) else blank(getattr(value, one.name)) for one in fields}
    )


Whose = bool | None
Leaf = str | int | bool


def leaves(value: Any) -> Iterator[tuple[str, Leaf]]:
    """Every personal value inside an object with its dotted path; places in a list count from 0. Empty ones are not."""
    return ((path, leaf) for path, leaf, _ in parts(value, lambda _: None))


def parts(
    value: Any, whose: Callable[[Any], Whose], path: str = "", known: Whose = None
) -> Iterator[tuple[str, Leaf, Whose]]:
    """Every personal value inside an object, with what ``whose`` says of the nearest object around it."""
    if isinstance(value, tuple | list):
        for place, item in enumerate(value):
            yield from parts(item, whose, _below(path, place), known)
    elif attrs.has(type(value)):
        said = whose(value)
        known = known if said is None else said
        for attribute in attrs.fields(type(value)):
            inner, below = getattr(value, attribute.name), _below(path, attribute.name)
            if is_personal(attribute):
                yield from ((found, leaf, known) for found, leaf in _all(inner, below))
            else:
                yield from parts(inner, whose, below, known)


def _all(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Everything inside a value that is personal as a whole."""
    for key, item in _items(value):
        yield from _all(item, _below(path, key))
    if not _items(value) and value not in (None, BLANK, (), [], {}):
        yield path, str(value) if isinstance(value, Decimal) else value


def _items(value: Any) -> list[tuple[Any, Any]]:
    """What a table, a list or an object consists of; nothing for a plain value."""
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, tuple | list):
        return list(enumerate(value))
    if attrs.has(type(value)):
        return [(attribute.name, getattr(value, attribute.name)) for attribute in attrs.fields(type(value))]
    return []


def _below(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def rewritten(value: Any, text: Callable[[str], str]) -> Any:
    """A value with every text in it, the keys of tables apart, replaced by what ``text`` makes of it."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {key: rewritten(item, text) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(rewritten(item, text) for item in value)
    return [rewritten(item, text) for item in value] if isinstance(value, list) else value


def map_personal(value: T, text: Callable[[str], str]) -> T:
    """An object with what ``text`` makes of each personal text among its own fields."""
    own: Any = value
    fields = [attribute.name for attribute in attrs.fields(type(own)) if is_personal(attribute)]
    changed: T = attrs.evolve(own, **{name: rewritten(getattr(own, name), text) for name in fields})
    return changed


def needed_of(cls: type[Any]) -> Plan:
    """Where plain data of a class must have a personal text, so that it can be read once that is gone."""
    return _needed_of(cls)


def _new_needed(cls: type[Any]) -> Plan:
    plan: Plan = {}
    for attribute in attrs.fields(cls):
        if is_personal(attribute):
            if attribute.default is attrs.NOTHING:
                plan[attribute.name] = True
        elif (inner := attrs_class(attribute.type)) is not None and (below := needed_of(inner)):
            plan[attribute.name] = below
    return plan


#: What a class is like does not change; each is looked through once.
_plan_of: Final[Callable[[Any], Plan]] = cache(_new_plan)
_needed_of: Final[Callable[[Any], Plan]] = cache(_new_needed)


def fill(plan: Plan, data: dict[str, Any]) -> None:
    """Put blanks where plain data must have a personal text and has none any more."""
    for key, below in plan.items():
        if below is True:
            data.setdefault(key, BLANK)
            continue
        here = data.get(key)
        for item in here if isinstance(here, list) else [here] if isinstance(here, dict) else []:
            fill(below, item)
