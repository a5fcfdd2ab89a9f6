"""Fields that say something of a person, and how they are kept apart from everything else.

A class marks such a field with ``metadata=PERSONAL`` (and ``repr=False``). Before an object is stored, the marked
values are taken out of its plain data and kept in a record of their own, so that a person can be erased from state
and history while figures and the order of events stay.
"""

from collections.abc import Mapping
from typing import Any, Final, get_args

import attrs

PERSONAL: Final[Mapping[str, bool]] = {"personal": True}

#: For each key of the plain data: True (personal), or the plan of the object or list of objects under it.
Plan = dict[str, Any]


def is_personal(attribute: "attrs.Attribute[Any]") -> bool:
    """Whether a field is marked."""
    return bool(attribute.metadata.get("personal"))


def attrs_class(annotation: Any) -> type[Any] | None:
    """The attrs class inside an annotation such as ``X | None`` or ``tuple[X, ...]``, if there is one."""
    if isinstance(annotation, type) and attrs.has(annotation):
        return annotation
    return next((found for part in get_args(annotation) if (found := attrs_class(part)) is not None), None)


def plan_of(cls: type[Any]) -> Plan:
    """Where personal values stand in the plain data of a class; empty when there are none."""
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
