"""Plain data as TOML: writing it, which Python itself cannot, and reading what somebody else wrote."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from decimal import InvalidOperation
from typing import Any

from crmcore.errors import Fault, Invalid


def toml_data(text: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The text of a TOML file as plain data.

    :raises Invalid: it is no TOML, or none that can be read: nested too deeply, or with a number too long.
    """
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except tomllib.TOMLDecodeError as error:
        expected = f"TOML, but for: {error}"
    except RecursionError:
        expected = "TOML, not so deeply nested"
    except (ValueError, InvalidOperation):  # more digits, or a larger exponent, than Python reads
        expected = "TOML, with shorter numbers"
    raise Invalid([Fault("(all)", "bad-toml", expected)])


def toml_text(data: Mapping[str, Any], line: int = 0) -> str:
    """Plain data as a TOML document: values first, then tables and lists of tables, in their order.

    TOML knows no null: a key without a value stands there as a comment.

    :param line: a table of at most so many characters stays on a line with its key, unless it holds a list of tables.
    """
    return "\n".join(_lines(data, (), line)).strip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...], line: int) -> Iterator[str]:
    below = {key: value for key, value in table.items() if _headed(value, line)}
    for key, value in table.items():
        if key not in below:
            yield f"# {_key(key)} is not set" if value is None else f"{_key(key)} = {_value(value)}"
    for key, value in below.items():
        inner = (*path, key)
        name = ".".join(map(_key, inner))
        for one in value if isinstance(value, list) else [value]:
            yield f"\n[[{name}]]" if isinstance(value, list) else f"\n[{name}]"
            yield from _lines(one, inner, line)


def _headed(value: Any, line: int) -> bool:
    """Whether a value gets a heading of its own: a table that would not fit on a line, a list with such a table."""
    if isinstance(value, list):
        return any(_headed(item, line) for item in value) and all(isinstance(item, Mapping) for item in value)
    return isinstance(value, Mapping) and bool(value) and (_holds_tables(value) or len(_value(value)) > line)


def _holds_tables(table: Mapping[str, Any]) -> bool:
    return any(isinstance(value, list) and value and isinstance(value[0], Mapping) for value in table.values())


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
