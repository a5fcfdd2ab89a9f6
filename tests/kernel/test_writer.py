"""Texts of bodies: the very data that the generic way gives, in one pass."""

from collections import abc
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, Literal, get_args, get_origin

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.app.records import ALL_EVENTS
from crmcore.conflicts.entities import Conflict
from crmcore.customers.entities import Customer, CustomValue
from crmcore.customers.facts import Holder
from crmcore.customers.file import Needs
from crmcore.customers.stored import CONVERTER, OpenAction
from crmcore.kernel.codec import canonical, from_bytes, is_optional, make_converter, some, tagged_union
from crmcore.kernel.defaults import default_of
from crmcore.kernel.money import Money
from crmcore.kernel.personal import PERSONAL, plan_of, take_out
from crmcore.kernel.writer import writer_of
from crmcore.ratings.entities import KeptOverride, KeptPolicy, KeptScore, Rating
from crmcore.storage.catalogue import Counter, Moved, Reader


@attrs.frozen
class Cat:
    """One of a closed union."""

    kind: ClassVar[str] = "cat"
    lives: int = 9


@attrs.frozen
class Dog:
    """The other."""

    kind: ClassVar[str] = "dog"
    name: str


Pet = Cat | Dog


@attrs.frozen
class Person:
    """Somebody."""

    name: str = attrs.field(metadata=PERSONAL)
    role: str | None = None
    phone: str | None = attrs.field(default=None, metadata=PERSONAL)
    born: date | None = attrs.field(metadata=PERSONAL, kw_only=True)
    marks: tuple[int, ...] = attrs.field(default=(), metadata=PERSONAL)


@attrs.frozen
class Home:
    """A field of each type, with default and without."""

    pet: Pet
    at: datetime
    day: date
    price: Decimal
    size: Literal["big", "small"]
    maybe: int | None
    told: str | None = attrs.field(metadata=PERSONAL)
    owner: Person
    name: str = ""
    share: float = 0.5
    cats: tuple[Cat, ...] = ()
    words: tuple[str, ...] = ("a",)
    numbers: tuple[int, ...] = ()
    until: datetime | None = None
    yes: bool = False
    heir: Person | None = None
    people: tuple[Person, ...] = ()
    notes: Mapping[str, Any] = attrs.field(factory=dict, metadata=PERSONAL)
    figures: Mapping[str, int] = attrs.field(factory=dict)


PETS = make_converter()
tagged_union(PETS, Pet, {"cat": Cat, "dog": Dog}, "kind")

texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=5)
zones = st.sampled_from((UTC, timezone(timedelta(hours=8))))
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(0, 10**6),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    datetime: st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=zones),  # noqa: DTZ001
    date: st.dates(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    Money: st.builds(Money, st.integers(0, 10**6).map(Decimal), st.sampled_from(("CNY", "USD"))),
    CustomValue: st.one_of(texts, st.integers(), st.booleans()),
    Any: st.one_of(texts, st.integers(), st.booleans()),
}
#: Fields that are not free of each other: a budget does not end before it begins.
BOUND = {
    Needs: {
        name: st.none() | st.builds(Money, st.integers(*within).map(Decimal), st.just("CNY"))
        for name, within in {"budget_from": (0, 1000), "budget_to": (1000, 10**6)}.items()
    }
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type."""
    if kind in PLAIN:
        return PLAIN[kind]
    if is_optional(kind):
        return st.none() | values(some(kind))
    if get_origin(kind) is not None and get_origin(kind) in SHAPES:
        return SHAPES[get_origin(kind)](*get_args(kind))
    return objects(kind) if isinstance(kind, type) else st.one_of(*map(values, get_args(kind)))


def tuples(*kinds: Any) -> st.SearchStrategy[Any]:
    """Tuples of so many things, or of as many as one likes of a kind."""
    if kinds[-1] is Ellipsis:
        return st.lists(values(kinds[0]), max_size=3).map(tuple)
    return st.tuples(*map(values, kinds))


SHAPES: dict[Any, Callable[..., st.SearchStrategy[Any]]] = {
    Literal: lambda *options: st.sampled_from(options),
    abc.Mapping: lambda _, kind: st.dictionaries(texts, values(kind), max_size=3),
    tuple: tuples,
}


@cache
def objects(cls: Any) -> st.SearchStrategy[Any]:
    """Objects of a class; a field that has a default often has just that."""
    return st.builds(
        cls,
        **{
            field.name: values(field.type)
            if field.default is attrs.NOTHING
            else st.just(default_of(field)) | values(field.type)
            for field in attrs.fields(cls)
        }
        | BOUND.get(cls, {}),
    )


@pytest.mark.parametrize("cls", [Home, Person, Cat])
@given(st.data())
def test_it_writes_what_the_generic_way_gives(cls: Any, data: st.DataObject) -> None:
    """Whatever the types of the fields, and wherever personal values stand inside."""
    compare(data.draw(objects(cls)), PETS)


ENTITIES = (Customer, Holder, OpenAction, Conflict, Rating, KeptScore, KeptOverride, KeptPolicy, Counter, Reader, Moved)


@pytest.mark.parametrize("cls", [*ENTITIES, *ALL_EVENTS.classes.values()])
@settings(max_examples=30)
@given(st.data())
def test_every_stored_class_is_written_as_ever(cls: Any, data: st.DataObject) -> None:
    """Whatever has a record of its own, and every event."""
    compare(data.draw(objects(cls)), CONVERTER)


def compare(value: Any, converter: Any) -> None:
    """Both texts against a dictionary made by cattrs, from which the personal values are taken out."""
    writer = writer_of(type(value), converter)
    plain = converter.unstructure(value, type(value))
    personal = take_out(plan_of(type(value)), plain)

    assert from_bytes(canonical(plain).encode()) == from_bytes(writer.plain(value).encode())
    assert (canonical(personal) if personal else "") == writer.personal(value)


def test_what_json_escapes_is_escaped() -> None:
    """Quotes, backslashes and control characters; nothing else."""
    compare(Dog('"\\/\n\x00\x1f\x7f\u2028张😀'), PETS)


def test_times_that_are_equal_keep_their_own_zone() -> None:
    """A time remembered as UTC is not written for the same moment elsewhere."""
    here = datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=8)))
    write = writer_of(Moment, PETS).plain

    assert '{"at":"2026-03-01T01:00:00+00:00"}' == write(Moment(here.astimezone(UTC)))
    assert '{"at":"2026-03-01T09:00:00+08:00"}' == write(Moment(here))


@attrs.frozen
class Moment:
    """One time."""

    at: datetime


@attrs.frozen
class Hidden:
    """Persons where they could not be matched by place."""

    people: Mapping[str, Person]


def test_persons_where_nobody_finds_them_are_an_error() -> None:
    """Told when the writer is made, not when somebody is to be erased."""
    with pytest.raises(TypeError, match="personal values inside people"):
        writer_of(Hidden, PETS)
