"""What the reference pages are made of: Markdown tables, and what the code says of fields, guards and events.

What a guard may refuse with is read from what it refers to; nothing of the library is run.
"""

import inspect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import CellType, FunctionType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from crmcore.customers import reasons
from crmcore.customers.events import EVENTS, CustomerEvent
from crmcore.kernel.actors import Right
from crmcore.kernel.defaults import default_of
from crmcore.kernel.ids import Id
from crmcore.kernel.machine import Lapse, Never, Row, When
from crmcore.kernel.refusals import Reason, Refusal
from crmcore.kernel.validators import Text, Whole

#: The catalogue of refusals, in the order in which it stands in the code.
CATALOGUE: tuple[Reason, ...] = tuple(value for value in vars(reasons).values() if isinstance(value, Reason))

#: Where guards stand.
OURS = ("crmcore.customers", "crmcore.ratings")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def code(text: str) -> str:
    """A text as code."""
    return f"`{text}`"


def about(thing: Any) -> str:
    """What the docstring of a class says, as Markdown, in paragraphs."""
    return (inspect.getdoc(thing) or "").replace("``", "`")


# ------------------------------------------------------------------------------------------------------------- fields

_WORDS: Mapping[Any, str] = {str: "text", int: "whole number", bool: "true or false", Any: "anything"}
_NAMES = {"datetime": "time", "date": "day"}


def type_text(annotation: Any) -> str:
    """What a field of this type holds, in words; that it may be absent is told by its default."""
    origin, parts = get_origin(annotation), [part for part in get_args(annotation) if part not in {NoneType, ...}]
    if origin is Literal:
        return " or ".join(code(part) for part in parts)
    if origin in {Union, UnionType}:
        return " or ".join(type_text(part) for part in parts)
    if origin is tuple:
        return f"list of {type_text(parts[0])}"
    if parts:
        return "table of " + type_text(parts[-1])
    return _WORDS.get(annotation) or _NAMES.get(annotation.__name__) or code(annotation.__name__)


def allowed_text(field: "attrs.Attribute[Any]") -> str:
    """What a field takes: its type, and the bounds its validator sets."""
    bounds = field.validator
    if isinstance(bounds, Whole):
        return f"whole number, {bounds.least:,} to {bounds.most:,}"
    if isinstance(bounds, Text):
        return f"text, at most {bounds.limit:,} characters"
    return "id" if isinstance(bounds, Id) else type_text(field.type)


def default_text(field: "attrs.Attribute[Any]") -> str:
    """What a field holds when it is not given."""
    default = default_of(field)
    if default is attrs.NOTHING:
        return "required"
    return "–" if default in (None, (), "", {}) or attrs.has(type(default)) else code(json.dumps(default))


def fields_table(cls: type[Any], without: Sequence[str] = ()) -> str:
    """The fields of a class: name, what it takes, default, and whether it is personal."""
    fields = [field for field in attrs.fields(cls) if field.name not in without]
    marked = any(field.metadata.get("personal") for field in fields)
    rows = [
        [
            code(field.name),
            allowed_text(field),
            default_text(field),
            *(["yes" if field.metadata.get("personal") else ""] if marked else []),
        ]
        for field in fields
    ]
    return table(["field", "takes", "default", *(["personal"] if marked else [])], rows)


# ------------------------------------------------------------------------- what a guard refuses with, what a row does


def referred(thing: Any, seen: set[int]) -> Iterator[Any]:
    """Everything of ours that a function refers to, in closures, globals and attributes of modules, however deep."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    yield thing
    for value in _inside(thing):
        yield from referred(value, seen)


def _inside(thing: Any) -> Iterable[Any]:
    """What a thing itself refers to; a group of guards refers to its guards."""
    if isinstance(thing, Mapping):
        return thing.values()
    if isinstance(thing, When):
        return thing.guards
    if isinstance(thing, FunctionType) and (thing.__module__ or "").startswith(OURS):
        return (*_in_closure(thing.__closure__ or ()), *_named(thing))
    return ()


def _in_closure(cells: Iterable[CellType]) -> list[Any]:
    return [cell.cell_contents for cell in cells]


def _named(function: FunctionType) -> list[Any]:
    names = function.__code__.co_names
    modules = [value for name in names if inspect.ismodule(value := function.__globals__.get(name))]
    found = [function.__globals__[name] for name in names if name in function.__globals__]
    return found + [getattr(module, name) for module in modules for name in names if hasattr(module, name)]


def reasons_of(line: Row | Never, catalogue: Sequence[Reason] = CATALOGUE) -> list[Reason]:
    """Every reason with which a line of the table may refuse, in the order of the catalogue."""
    guards = (line.because,) if isinstance(line, Never) else (*line.guards, *line.says)
    found = [thing for guard in guards for thing in referred(guard, set())]
    named = {thing.reason if isinstance(thing, Refusal) else thing for thing in found if _refuses(thing)}
    return [reason for reason in catalogue if reason in named]


def _refuses(thing: Any) -> bool:
    return isinstance(thing, Reason | Refusal)


def events_of(line: Row | Lapse) -> list[type[CustomerEvent]]:
    """The events that a line of the table may bring about."""
    found = list(referred(line.then, set()))
    return [event for event in EVENTS if event in found]


def who(by: Right | Mapping[str, Right]) -> str:
    """Who may give a command, in the words of policies; with several forms, each by its name."""
    if isinstance(by, Right):
        return ", ".join(by.words)
    return "; ".join(f"{code(form)}: {', '.join(right.words)}" for form, right in by.items())


def refusal_link(reason: Reason) -> str:
    """A reason, as a link to its rule in the catalogue."""
    return f"[{reason.rule} {reason.code}](refusals.md#{reason.rule.lower()})"
