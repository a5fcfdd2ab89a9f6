"""Writing plain data as TOML; Python itself can only read it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def to_toml(data: Mapping[str, Any]) -> str:
    """Plain data as a TOML document: values first, then tables, in their order.

    TOML knows no null: a key without a value stands there as a comment.
    """
    return "\n".join(_lines(data, ())) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    below = {key: value for key, value in table.items() if isinstance(value, Mapping) and value}
    for key, value in table.items():
        if key not in below:
            yield f"# {_key(key)} is not set" if value is None else f"{_key(key)} = {_value(value)}"
    for key, value in below.items():
        inner = (*path, key)
        yield f"\n[{'.'.join(_key(part) for part in inner)}]"
        yield from _lines(value, inner)


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if bare else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {_value(item)}" for key, item in value.items() if item is not None)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value)


def _text(text: str) -> str:
    """A basic string; JSON writes them as TOML reads them, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
