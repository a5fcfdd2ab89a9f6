"""Policies as plain data, JSON and TOML. What has its default is left out, so that a file says what its author said."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from crmcore.kernel.defaults import default_of
from crmcore.kernel.toml import toml_text
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
    default = default_of(attribute)
    return bool(default is not attrs.NOTHING and held == default)


def to_json(data: Mapping[str, Any]) -> str:
    """Plain data as a JSON document that people can read."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def to_toml(data: Mapping[str, Any]) -> str:
    """Plain data as a TOML document; a small table stays on a line with its key."""
    return toml_text(data, LINE)
