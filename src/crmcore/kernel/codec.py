"""How objects become bytes in a storage, and come back: JSON through cattrs, without the checks ``wire`` makes.

Defaults are left out, so bodies stay small. Times are ISO 8601 in UTC, dates ISO 8601, decimals text.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.fns import identity
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

Data = dict[str, Any]

#: What JSON has itself: it goes in and out as it is.
_PLAIN: tuple[Any, ...] = (str, int, float, bool, Any)


class StoredConverter(Converter):
    """A converter for stored data, with the closed unions on it: the classes of each by name, and the key of the name."""

    def __init__(self) -> None:
        super().__init__(detailed_validation=False, omit_if_default=True)
        self.unions: dict[Any, tuple[Mapping[str, type[Any]], str]] = {}


def make_converter() -> StoredConverter:
    """A converter for stored data; slices register their closed unions on it."""
    converter = StoredConverter()
    fromisoformat = datetime.fromisoformat
    converter.register_structure_hook(datetime, lambda value, _: fromisoformat(value))
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook_factory(_is_plain, lambda _: _as_it_is)
    converter.register_structure_hook_factory(is_optional, lambda kind: _optional_in(kind, converter))
    converter.register_unstructure_hook_factory(is_optional, lambda kind: _optional_out(kind, converter))
    converter.register_structure_hook_factory(is_many, lambda kind: _many_in(kind, converter))
    converter.register_unstructure_hook_factory(is_many, lambda kind: _many_out(kind, converter))
    converter.register_unstructure_hook_factory(attrs.has, lambda cls: _without_defaults(cls, converter))
    converter.register_structure_hook_factory(attrs.has, lambda cls: _trusting(cls, converter))
    return converter


# The hooks below are made once for each type: what cattrs would look up at each value is settled beforehand.


def _as_it_is(value: Any, _: Any) -> Any:
    return value


def _is_plain(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is Literal or any(kind is plain for plain in _PLAIN)


def is_optional(kind: Any) -> bool:
    """Whether a type is ``X | None``."""
    origin: Any = get_origin(kind)
    parts = get_args(kind)
    return origin in {Union, UnionType} and NoneType in parts and len(parts) == 2


def is_many(kind: Any) -> bool:
    """Whether a type is ``tuple[X, ...]``."""
    origin: Any = get_origin(kind)
    return origin is tuple and get_args(kind)[1:] == (...,)


def some(kind: Any) -> Any:
    """What an optional value is when it is there."""
    return next(part for part in get_args(kind) if part is not NoneType)


def _optional_in(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    inner = some(kind)
    if _is_plain(inner):
        return _as_it_is
    load = converter.get_structure_hook(inner)
    return lambda value, _: None if value is None else load(value, inner)


def _optional_out(kind: Any, converter: Converter) -> Callable[[Any], Any]:
    inner = some(kind)
    if _is_plain(inner):
        return identity
    dump = converter.get_unstructure_hook(inner)
    return lambda value: None if value is None else dump(value)


def _many_in(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    inner = get_args(kind)[0]
    load = converter.get_structure_hook(inner)
    return lambda value, _: tuple([load(item, inner) for item in value])


def _many_out(kind: Any, converter: Converter) -> Callable[[Any], Any]:
    inner = get_args(kind)[0]
    if _is_plain(inner):
        return list
    dump = converter.get_unstructure_hook(inner)
    return lambda value: [dump(item) for item in value]


def _without_defaults(cls: type[Any], converter: Converter) -> Callable[[Any], Data]:
    return make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True)


def _trusting(cls: type[Any], converter: Converter) -> Callable[[Any, Any], Any]:
    return make_dict_structure_fn(cls, converter, _cattrs_detailed_validation=False)


def tagged_union(converter: StoredConverter, union: Any, classes: Mapping[str, type[Any]], tag: str) -> None:
    """Store a closed union as plain data with its class's name under ``tag``."""
    dumps = {cls: (name, converter.get_unstructure_hook(cls)) for name, cls in classes.items()}
    loads = {name: (cls, converter.get_structure_hook(cls)) for name, cls in classes.items()}

    def dump(value: Any) -> Data:
        name, fields = dumps[value.__class__]
        data: Data = fields(value)
        data[tag] = name
        return data

    def load(data: Data, _: Any) -> Any:
        cls, make = loads[data[tag]]
        return make(data, cls)

    converter.unions[union] = (classes, tag)
    converter.register_unstructure_hook(union, dump)
    converter.register_structure_hook(union, load)


#: Plain data as compact JSON.
to_text: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_decode = json.JSONDecoder().decode


def to_bytes_by_json(data: Any) -> bytes:
    """Plain data as compact UTF-8 JSON."""
    return to_text(data).encode()


def from_bytes_by_json(body: bytes) -> Any:
    """The plain data of a stored body; it is UTF-8, so nothing need be guessed."""
    return _decode(body.decode())


def fastest() -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    """How to write and read bodies: by orjson where it is installed (extra ``fast``), else by the standard library.

    Both write the same JSON, so one program may read what the other wrote.
    """
    if find_spec("orjson") is None:
        return to_bytes_by_json, from_bytes_by_json
    orjson = import_module("orjson")
    return orjson.dumps, orjson.loads


to_bytes: Callable[[Any], bytes]
from_bytes: Callable[[bytes], Any]
to_bytes, from_bytes = fastest()


#: Plain data as text that depends on nothing but the values: for digests.
canonical: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
