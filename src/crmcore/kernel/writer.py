"""Objects as the text of stored bodies, by functions that are written and compiled once for each class.

The generic way makes a dictionary through cattrs, takes the personal values out of it (``personal.take_out``) and has
both encoded as JSON. Here one function writes the text of everything else, another that of the personal values, each
straight from the fields. The texts hold the very data that the generic way gives, which a test compares for every class
that is stored; a value of a type that is not named here is left to that way.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from json import encoder
from typing import Any, Final, Literal, get_args, get_origin

import attrs

from crmcore.kernel.codec import StoredConverter, canonical, is_many, is_optional, some, to_text
from crmcore.kernel.defaults import factory_of
from crmcore.kernel.personal import attrs_class, is_personal, plan_of

#: A text as JSON, in C where there is C.
quote: Callable[[str], str] = encoder.encode_basestring

# Remembered: the same few moments stand in a customer, in its events and in what follows from them.
_iso: Callable[[datetime], str] = lru_cache(maxsize=8192)(datetime.isoformat)
_day: Callable[[date], str] = lru_cache(maxsize=1024)(date.isoformat)


def _moment(value: datetime) -> str:
    """A time as ISO 8601; one that is equal, but in another zone, is another text."""
    return _iso(value) if value.tzinfo is UTC else value.isoformat()


_VALUE: Final = "VALUE"
#: How a value is written, as a part of an f-string, where ``VALUE`` stands for the value; by these names it is done.
_WRITTEN: Final[dict[Any, str]] = {
    str: "{quote(VALUE)}",
    int: "{digits(VALUE)}",
    bool: '{"true" if VALUE else "false"}',
    datetime: '"{moment(VALUE)}"',
    date: '"{day(VALUE)}"',
    Decimal: '"{VALUE}"',
    tuple[str, ...]: '[{",".join(map(quote, VALUE))}]',
}
_NAMES: Final[dict[str, Any]] = {"quote": quote, "digits": int.__repr__, "moment": _moment, "day": _day}


@attrs.frozen
class Writer:
    """Writes objects of one class: ``plain`` all that is not personal, ``personal`` the rest, "" for none.

    The personal text is in the form of ``canonical``, so that digests can be made of it.
    """

    plain: Callable[[Any], str]
    personal: Callable[[Any], str]


def writer_of(cls: type[Any], converter: StoredConverter) -> Writer:
    """What writes objects of a class; made once for each converter.

    :raises TypeError: personal values stand where they cannot be told apart: not in a class, nor in a tuple of one.
    """
    return _writer_of(cls, converter)


def _new_writer(cls: type[Any], converter: StoredConverter) -> Writer:
    writing = _Writing(converter)
    return Writer(writing.plain(cls), writing.personal(cls))


_writer_of: Final[Callable[[Any, Any], Writer]] = cache(_new_writer)


class _Writing:
    """Makes the functions of a class and of those inside it: Python text, and the names that it uses."""

    def __init__(self, converter: StoredConverter) -> None:
        self._converter = converter
        self._names = dict(_NAMES)

    def plain(self, cls: type[Any], tag: str = "") -> Callable[[Any], str]:
        """What writes all that is not personal; ``tag`` is a last entry."""
        lines: list[str] = []
        for field in _fields(cls):
            if is_personal(field):
                lines += self._nothing(field)
            else:
                # Where None is the default it is left out, so what is written is not None.
                kind = _there(field.type) if field.default is None else field.type
                lines += self._unless_default(field, self._written(kind))
        made: Callable[[Any], str] = self._made([*lines, f"text += {tag!r}"], "'{' + text[1:] + '}'")
        return made

    def personal(self, cls: type[Any]) -> Callable[[Any], str]:
        """What writes the personal values of a class, and of those inside it."""
        lines: list[str] = []
        for field in sorted(_fields(cls), key=lambda field: field.name):
            if is_personal(field):
                entry = self._unless_default(field, self._written(_there(field.type), canonical))
                lines += _if(f"self.{field.name} is not None", entry) if is_optional(field.type) else entry
            elif _holds_personal(field.type):
                lines += self._inside(field)
        made: Callable[[Any], str] = self._made(lines, "text and '{' + text[1:] + '}'")
        return made

    def _inside(self, field: "attrs.Attribute[Any]") -> Iterator[str]:
        """The personal values inside a field: of an object that may be there, or of many, matched by place."""
        kind = _there(field.type)
        if attrs.has(kind):
            write = self._named(self.personal(kind))
            yield f"inner = '' if self.{field.name} is None else {write}(self.{field.name})"
        elif is_many(kind):
            write = self._named(self.personal(get_args(kind)[0]))
            yield f"parts = [{write}(item) or '{{}}' for item in self.{field.name}]"
            yield "inner = '[' + ','.join(parts) + ']' if any([part != '{}' for part in parts]) else ''"
        else:
            msg = f"personal values inside {field.name}: {kind}"
            raise TypeError(msg)
        yield f"if inner: text += ',\"{field.name}\":' + inner"

    def _unless_default(self, field: "attrs.Attribute[Any]", written: str) -> Iterator[str]:
        """Add a field to the text unless it has its default."""
        value, default, factory = f"self.{field.name}", field.default, factory_of(field)
        added = f"text += f',\"{field.name}\":{written.replace(_VALUE, value)}'"
        if default is attrs.NOTHING:
            yield added
        elif default is None:
            yield f"if {value} is not None: {added}"
        elif factory is not None:
            yield f"if {value} != {self._named(factory)}(): {added}"
        else:
            yield f"if {value} != {self._named(default)}: {added}"

    @staticmethod
    def _nothing(field: "attrs.Attribute[Any]") -> Iterator[str]:
        """A personal value that is None without that being the default says nothing of anybody: it is not taken out."""
        if is_optional(field.type) and field.default is not None:
            yield f"if self.{field.name} is None: text += ',\"{field.name}\":null'"

    def _written(self, kind: Any, encode: Callable[[Any], str] = to_text) -> str:
        """How a value of a type is written."""
        if kind in _WRITTEN:
            return _WRITTEN[kind]
        if get_origin(kind) is Literal and all(isinstance(value, str) for value in get_args(kind)):
            return _WRITTEN[str]
        if encode is to_text and isinstance(kind, type) and attrs.has(kind):
            return f"{{{self._named(self.plain(kind))}({_VALUE})}}"
        if encode is to_text and kind in self._converter.unions:
            return f"{{{self._named(self._members(kind))}[{_VALUE}.__class__]({_VALUE})}}"
        if encode is to_text and is_many(kind) and attrs.has(get_args(kind)[0]):
            return f'[{{",".join(map({self._named(self.plain(get_args(kind)[0]))}, {_VALUE}))}}]'
        dump = self._converter.get_unstructure_hook(kind)
        return f"{{{self._named(encode)}({self._named(dump)}({_VALUE}))}}"

    def _members(self, union: Any) -> dict[type[Any], Callable[[Any], str]]:
        """What writes each class of a closed union, its name included."""
        classes, tag = self._converter.unions[union]
        return {cls: self.plain(cls, f',"{tag}":{quote(name)}') for name, cls in classes.items()}

    def _named(self, value: Any) -> str:
        """The name under which a function finds something."""
        name = f"known_{len(self._names)}"
        self._names[name] = value
        return name

    def _made(self, lines: list[str], result: str) -> Any:
        body = "\n    ".join(["text = ''", *lines, f"return {result}"])
        names = dict(self._names)
        exec(f"def write(self):\n    {body}", names)  # noqa: S102 — as attrs and cattrs make theirs
        return names["write"]


def _fields(cls: type[Any]) -> "tuple[attrs.Attribute[Any], ...]":
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(attrs.resolve_types(cls))
    return fields


def _there(kind: Any) -> Any:
    """What a value is when it is there."""
    return some(kind) if is_optional(kind) else kind


def _holds_personal(kind: Any) -> bool:
    """Whether something personal stands inside a value of a type."""
    inner = attrs_class(kind)
    return inner is not None and bool(plan_of(inner))


def _if(condition: str, lines: Iterator[str]) -> list[str]:
    return [f"if {condition}:", *(f"    {line}" for line in lines)]
