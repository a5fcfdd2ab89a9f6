"""How objects become bytes in a storage, and come back: JSON through cattrs, without the checks ``wire`` makes.

Defaults are left out, so bodies stay small. Times are ISO 8601 in UTC, dates ISO 8601, decimals text.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

Data = dict[str, Any]


def _decimal_in(value: str, _: Any) -> Decimal:
    return Decimal(value)


def _iso(value: date) -> str:
    return value.isoformat()


def make_converter() -> Converter:
    """A converter for stored data; slices register their closed unions on it."""
    converter = Converter(detailed_validation=False, omit_if_default=True)
    fromisoformat = datetime.fromisoformat
    converter.register_structure_hook(datetime, lambda value, _: fromisoformat(value))
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    converter.register_structure_hook(Decimal, _decimal_in)
    for primitive in (str, int, float, bool):
        converter.register_structure_hook(primitive, lambda value, _: value)
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_unstructure_hook(date, _iso)
    converter.register_unstructure_hook(Decimal, str)
    converter.register_unstructure_hook_factory(attrs.has, lambda cls: _without_defaults(cls, converter))
    converter.register_structure_hook_factory(attrs.has, lambda cls: _trusting(cls, converter))
    return converter


def _without_defaults(cls: type[Any], converter: Converter) -> Callable[[Any], Data]:
    return make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True)


def _trusting(cls: type[Any], converter: Converter) -> Callable[[Any, Any], Any]:
    return make_dict_structure_fn(cls, converter, _cattrs_detailed_validation=False)


def tagged_union(converter: Converter, union: Any, classes: Mapping[str, type[Any]], tag: str) -> None:
    """Store a closed union as plain data with its class's name under ``tag``."""
    names = {cls: name for name, cls in classes.items()}

    def dump(value: Any) -> Data:
        data: Data = converter.unstructure(value, value.__class__)
        data[tag] = names[value.__class__]
        return data

    def load(data: Data, _: Any) -> Any:
        return converter.structure(data, classes[data[tag]])

    converter.register_unstructure_hook(union, dump)
    converter.register_structure_hook(union, load)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def to_bytes(data: Any) -> bytes:
    """Plain data as compact UTF-8 JSON."""
    return _encode(data).encode()


_decode = json.JSONDecoder().decode


def from_bytes(body: bytes) -> Any:
    """The plain data of a stored body; it is UTF-8, so nothing need be guessed."""
    return _decode(body.decode())


#: Plain data as text that depends on nothing but the values: for digests.
canonical: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
