"""Policies as plain data, JSON and TOML. What has its default is left out, so that a file says what its author said."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from crmcore.scoring.decimals import plain_number

#: Characters a table may take on one line.
LINE = 90


def dump(value: Any) -> Any:
    """An attrs object, and whatever is in it, as data that JSON and TOML have; a class's ``method`` comes with it."""
    if attrs.has(type(value)):
        return {**_method(value), **dict(_fields(value))}
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: dump(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [dump(item) for item in value]
    return value


def _method(value: Any) -> dict[str, str]:
    name = getattr(type(value), "method", None)
    return {} if name is None else {"method": name}


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    for attribute in attrs.fields(type(value)):
        held = getattr(value, attribute.name)
        if not _is_default(held, attribute):
            yield attribute.name, dump(held)


def _is_default(held: object, attribute: "attrs.Attribute[Any]") -> bool:
    default = attribute.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        default = default.factory()  # type: ignore[union-attr]
    return bool(default is not attrs.NOTHING and held == default)


def to_json(data: Mapping[str, Any]) -> str:
    """Plain data as a JSON document that people can read."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def to_toml(data: Mapping[str, Any]) -> str:
    """Plain data as a TOML document: values first, then tables and lists of tables. It holds no null."""
    return "\n".join(_lines(data, ())).strip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    below = {key: value for key, value in table.items() if _headed(value)}
    for key, value in table.items():
        if key not in below:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in below.items():
        inner = (*path, key)
        name = ".".join(map(_key, inner))
        for one in value if isinstance(value, list) else [value]:
            yield f"\n[[{name}]]" if isinstance(value, list) else f"\n[{name}]"
            yield from _lines(one, inner)


def _headed(value: Any) -> bool:
    """Whether a value gets a heading of its own: a table that would not fit on a line, a list with such a table."""
    if isinstance(value, list):
        return any(_headed(item) for item in value) and all(isinstance(item, Mapping) for item in value)
    return isinstance(value, Mapping) and bool(value) and (_holds_tables(value) or len(_value(value)) > LINE)


def _holds_tables(table: Mapping[str, Any]) -> bool:
    return any(isinstance(value, list) and value and isinstance(value[0], Mapping) for value in table.values())


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if bare else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return _list(value)
    return json.dumps(value)


def _list(items: list[Any]) -> str:
    """A list on one line, or an item a line where it is a list of tables."""
    if items and all(isinstance(item, Mapping) for item in items):
        return "[\n" + "".join(f"  {_value(item)},\n" for item in items) + "]"
    return "[" + ", ".join(map(_value, items)) + "]"


def _text(text: str) -> str:
    """A basic string; JSON writes them as TOML reads them, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
