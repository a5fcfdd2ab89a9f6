"""The forms in which personal data is shown to who may not see it (A-02)."""

from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.kernel.personal import PERSONAL
from crmcore.people import HIDDEN, mask, masked


@pytest.mark.rule("A-02")
@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("name", "张三", "张**"),
        ("name", "张三丰", "张**"),
        ("name", " 张三 ", "张**"),
        ("name", "Anna Beispiel", "A**"),
        ("name", "张", "***"),
        ("name", "  ", "***"),
        ("mobile", "13800138000", "138****8000"),
        ("mobile", "138-0013-8000", "138****8000"),
        ("phone", "+86 138 0013 8000", "861****8000"),
        ("phone", "0523-80000001", "052****0001"),
        ("phone", "5551234", "****34"),
        ("phone", "12345", "***"),
        ("fax", "0523-80000001", "052****0001"),
        ("email", "zhang.san@example.com", "z***@example.com"),
        ("email", "z@example.com", "***@example.com"),
        ("email", "@example.com", "***"),
        ("email", "zhang.san", "***"),
        ("email", "zhang@", "***"),
        ("address", "1 Example Road", "***"),
        ("anything new", "secret", "***"),
        ("anything new", 7, "***"),
        ("anything new", ("a", "b"), "***"),
        ("name", 7, "***"),
        ("fields", {"shoe_size": 43}, {"shoe_size": "***"}),
        ("name", "", ""),
        ("phone", None, None),
        ("pain_points", (), ()),
        ("fields", {}, {}),
    ],
)
def test_forms(field, value, shown):
    """A name by its first character, a number by its ends, an address by its domain; whatever else not at all."""
    assert shown == mask(field, value)


@pytest.mark.rule("A-02")
@given(st.sampled_from(["name", "phone", "mobile", "fax", "email", "address"]), st.text(min_size=1))
def test_a_mask_never_shows_a_value(field, value):
    """Whatever stands in the field."""
    shown = mask(field, value)

    assert value != shown or HIDDEN == value


@pytest.mark.rule("A-02")
@given(st.text("0123456789", min_size=1, max_size=20))
def test_a_number_never_shows_more_than_seven_digits(number):
    """And of a short one two."""
    shown = sum(character.isdigit() for character in mask("phone", number))

    assert shown <= (7 if len(number) >= 10 else 2)


@attrs.frozen
class Person:
    """Somebody."""

    name: str = attrs.field(metadata=PERSONAL)
    role: str = "buyer"


@attrs.frozen
class Firm:
    """Somebody's firm."""

    number: int
    boss: Person | None = None
    staff: tuple[Person, ...] = ()
    notes: Mapping[str, Any] = attrs.field(factory=dict)
    secret: tuple[str, ...] = attrs.field(default=(), metadata=PERSONAL)


@pytest.mark.rule("A-02")
def test_what_is_marked_is_masked_and_the_rest_is_not():
    """In an object, in what it holds one of, and in what it holds many of."""
    firm = Firm(7, Person("张三"), (Person("李四"), Person("王五")), {"a": 1}, ("x",))
    shown = masked(firm, "firm", lambda _: False)

    assert {
        "number": 7,
        "boss": {"name": "张**", "role": "buyer"},
        "staff": [{"name": "李**", "role": "buyer"}, {"name": "王**", "role": "buyer"}],
        "notes": {"a": 1},
        "secret": "***",
    } == shown


@pytest.mark.rule("A-02")
def test_each_field_is_asked_for_by_its_path():
    """Places in lists are no part of it."""
    asked: list[str] = []

    def sees(path: str) -> bool:
        asked.append(path)
        return path == "firm.staff.name"

    shown = masked(Firm(7, Person("张三"), (Person("李四"),)), "firm", sees)

    assert ["firm.boss.name", "firm.staff.name", "firm.secret"] == asked
    assert ["张**", "李四"] == [shown["boss"]["name"], shown["staff"][0]["name"]]
