"""Whole objects without anything personal, and every personal value inside one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crmcore.kernel.money import Money
from crmcore.kernel.personal import PERSONAL, blank, fill, leaves, map_personal, needed_of, parts, rewritten


@attrs.frozen
class Person:
    """Somebody."""

    name: str = attrs.field(metadata=PERSONAL)
    role: str = "buyer"
    phone: str | None = attrs.field(default=None, metadata=PERSONAL)


@attrs.frozen
class Firm:
    """Somebody's firm."""

    number: int
    boss: Person | None = None
    staff: tuple[Person, ...] = ()
    fields: Mapping[str, Any] = attrs.field(factory=dict, metadata=PERSONAL)
    notes: tuple[str, ...] = attrs.field(default=(), metadata=PERSONAL)
    budget: Money | None = attrs.field(default=None, metadata=PERSONAL)


FIRM = Firm(
    7, Person("王", phone="1"), (Person("李"), Person("赵", "user")), {"a": 1, "b": True}, ("x", ""), Money(5, "CNY")
)


def test_what_is_left_of_an_object():
    """Nothing personal, and how many there were."""
    assert Firm(7, Person(""), (Person(""), Person("", "user"))) == blank(FIRM)
    assert blank(FIRM) == blank(blank(FIRM))
    assert "text" == blank("text")


def test_every_personal_value_with_its_path():
    """In tables, lists and objects; what is empty is none."""
    assert {
        "boss.name": "王",
        "boss.phone": "1",
        "staff.0.name": "李",
        "staff.1.name": "赵",
        "fields.a": 1,
        "fields.b": True,
        "notes.0": "x",
        "budget.amount": "5",
        "budget.currency": "CNY",
    } == dict(leaves(FIRM))
    assert [] == list(leaves(blank(FIRM)))
    assert ["0.name"] == [path for path, _ in leaves((Person("王"),))]


def test_whose_a_value_is():
    """What the nearest object around it says that says anything."""
    said = parts(FIRM, lambda one: one.role == "user" if isinstance(one, Person) else None)

    assert {"boss.name": False, "staff.1.name": True, "notes.0": None} == {
        path: whose for path, _, whose in said if path in {"boss.name", "staff.1.name", "notes.0"}
    }


def test_texts_are_rewritten_wherever_they_stand():
    """In tables, lists and tuples; keys and what is no text stay."""
    before = {"a": "x", "b": ["x", 1, None], "c": ("x", {"x": "x"}), "d": Decimal(1)}

    assert {"a": "y", "b": ["y", 1, None], "c": ("y", {"x": "y"}), "d": Decimal(1)} == rewritten(
        before, lambda text: text.replace("x", "y")
    )


def test_own_texts_are_mapped():
    """Those of the object itself; what is not personal stays, and so does what it holds."""
    assert Person("王!", "buyer", None) == map_personal(Person("王"), lambda text: f"{text}!")
    assert Firm(7, Person("王"), notes=("x!",)) == map_personal(Firm(7, Person("王"), notes=("x",)), "{}!".format)


def test_what_must_be_there_is_filled_in():
    """And nothing else."""
    plan = needed_of(Firm)

    assert {"boss": {"name": True}, "staff": {"name": True}} == plan
    for data, filled in [
        ({"number": 1}, {"number": 1}),
        ({"boss": None}, {"boss": None}),
        ({"boss": {"role": "x"}}, {"boss": {"role": "x", "name": ""}}),
        ({"staff": [{}, {"name": "王"}]}, {"staff": [{"name": ""}, {"name": "王"}]}),
    ]:
        fill(plan, data)  # type: ignore[arg-type]

        assert filled == data


@pytest.mark.parametrize("value", ["", None, (), [], {}])
def test_what_is_empty_has_no_values(value):
    """Whatever sort of empty it is."""

    @attrs.frozen
    class Holder:
        """It holds something personal."""

        held: Any = attrs.field(default=None, metadata=PERSONAL)

    assert [] == list(leaves(Holder(value)))
