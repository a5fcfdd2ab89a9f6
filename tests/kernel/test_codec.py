"""How objects become bytes in a storage, and come back."""

import json
import types
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar

import attrs
import pytest

from crmcore.kernel import codec
from crmcore.kernel.codec import canonical, from_bytes, make_converter, tagged_union, to_bytes


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
class Home:
    """One field of each type that is stored."""

    pet: Pet
    at: datetime
    day: date
    price: Decimal
    name: str = ""
    share: float = 0.5
    many: tuple[Cat, ...] = ()
    maybe: int | None = None
    yes: bool = False


CONVERTER = make_converter()
tagged_union(CONVERTER, Pet, {"cat": Cat, "dog": Dog}, "kind")

HOME = Home(Dog("旺财"), datetime(2026, 3, 1, 1, 2, 3, 4, tzinfo=UTC), date(2026, 3, 1), Decimal("12.50"))


@pytest.mark.parametrize(
    "home",
    [
        HOME,
        attrs.evolve(HOME, pet=Cat()),
        attrs.evolve(HOME, pet=Cat(3), name="x", share=1.5, many=(Cat(), Cat(1)), maybe=0, yes=True),
    ],
)
def test_what_is_stored_comes_back(home):
    """Through bytes, field for field."""
    stored = to_bytes(CONVERTER.unstructure(home))

    assert home == CONVERTER.structure(from_bytes(stored), Home)


def test_bodies_are_small_and_readable():
    """Defaults are left out; times are ISO 8601 in UTC, decimals text, unions tagged."""
    assert {
        "pet": {"name": "旺财", "kind": "dog"},
        "at": "2026-03-01T01:02:03.000004+00:00",
        "day": "2026-03-01",
        "price": "12.50",
    } == CONVERTER.unstructure(HOME)


def test_a_member_of_a_union_that_is_all_defaults_keeps_its_tag():
    """Or nobody would know what it is."""
    assert {"kind": "cat"} == CONVERTER.unstructure(attrs.evolve(HOME, pet=Cat()))["pet"]


def test_bytes_are_compact_utf8():
    """No spaces, no escapes."""
    assert '{"a":[1,"张"]}'.encode() == to_bytes({"a": [1, "张"]})
    assert {"a": [1, "张"]} == from_bytes('{"a":[1,"张"]}'.encode())


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"{} {}"])
def test_what_is_no_json_is_a_value_error(body):
    """Which storage turns into one of its own."""
    with pytest.raises(ValueError):
        from_bytes(body)


def test_digests_are_made_of_text_that_depends_on_values_only():
    """Not on the order in which they were put."""
    assert canonical({"a": 1, "b": {"d": 2, "c": 3}}) == canonical({"b": {"c": 3, "d": 2}, "a": 1})
    assert '{"a":"张"}' == canonical({"a": "张"})
    assert {"a": "张"} == json.loads(canonical({"a": "张"}))


def test_both_ways_to_write_bodies_write_the_same(monkeypatch):
    """With orjson or without, a program reads what the other wrote; the standard library is the default."""
    data = {"name": "靖江市", "n": 1, "none": None, "list": [True, {"a": "\n"}]}
    monkeypatch.setattr("crmcore.kernel.codec.find_spec", lambda _name: None)
    dump, load = codec.fastest()

    assert b'{"name":"\xe9\x9d\x96\xe6\xb1\x9f\xe5\xb8\x82","n":1,"none":null,"list":[true,{"a":"\\n"}]}' == dump(data)
    assert data == load(dump(data))


def test_orjson_is_used_where_it_is_installed(monkeypatch):
    """The extra fast brings it; what it offers is called."""
    fake = types.SimpleNamespace(dumps=lambda _data: b"written", loads=lambda _body: "read")
    monkeypatch.setattr("crmcore.kernel.codec.find_spec", lambda _name: object())
    monkeypatch.setattr("crmcore.kernel.codec.import_module", lambda _name: fake)
    dump, load = codec.fastest()

    assert (b"written", "read") == (dump({}), load(b""))
