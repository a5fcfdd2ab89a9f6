"""Fields that say something of a person, and how they are kept apart."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.kernel.personal import PERSONAL, plan_of, put_back, take_out


@attrs.frozen
class Person:
    """Somebody."""

    name: str = attrs.field(metadata=PERSONAL)
    role: str | None = None
    phone: str | None = attrs.field(default=None, metadata=PERSONAL)


@attrs.frozen
class Firm:
    """Somebody's firm."""

    number: int
    boss: Person | None = None
    staff: tuple[Person, ...] = ()
    fields: Mapping[str, Any] = attrs.field(factory=dict, metadata=PERSONAL)


@attrs.frozen
class Plain:
    """Nothing personal, not even inside."""

    number: int
    tags: tuple[str, ...] = ()


PERSON = {"name": True, "phone": True}


def test_a_plan_says_where_personal_values_stand():
    """In the class itself, and in what it holds one of, perhaps, or many."""
    assert PERSON == plan_of(Person)
    assert {"boss": PERSON, "staff": PERSON, "fields": True} == plan_of(Firm)
    assert {} == plan_of(Plain)


@pytest.mark.parametrize(
    ("data", "left", "taken"),
    [
        ({"number": 1}, {"number": 1}, {}),
        ({"number": 1, "boss": None}, {"number": 1, "boss": None}, {}),
        ({"boss": {"name": "王", "role": "x"}}, {"boss": {"role": "x"}}, {"boss": {"name": "王"}}),
        ({"boss": {"role": "x"}}, {"boss": {"role": "x"}}, {}),
        ({"boss": {"name": "王", "phone": None}}, {"boss": {"phone": None}}, {"boss": {"name": "王"}}),
        ({"staff": []}, {"staff": []}, {}),
        ({"staff": [{"role": "x"}]}, {"staff": [{"role": "x"}]}, {}),
        (
            {"staff": [{"role": "x"}, {"name": "王"}, {"name": "李", "phone": "1"}]},
            {"staff": [{"role": "x"}, {}, {}]},
            {"staff": [{}, {"name": "王"}, {"name": "李", "phone": "1"}]},
        ),
        ({"fields": {"a": 1}, "number": 2}, {"number": 2}, {"fields": {"a": 1}}),
    ],
)
def test_personal_values_are_taken_out_and_put_back(data, left, taken):
    """What is left has none of them, what is taken nothing else, and together they are what was there."""
    whole = deepcopy(data)
    out = take_out(plan_of(Firm), data)

    assert (left, taken) == (data, out)
    put_back(data, out)
    assert whole == data


texts = st.text(max_size=3)
people = st.fixed_dictionaries({"name": texts}, optional={"role": texts, "phone": texts})


@given(
    st.fixed_dictionaries({"number": st.integers()}, optional={"boss": people, "staff": st.lists(people, max_size=4)})
)
def test_taking_out_and_putting_back_is_nothing(data):
    """Whatever there is."""
    whole = deepcopy(data)
    put_back(data, take_out(plan_of(Firm), data))

    assert whole == data


def test_erased_values_leave_the_rest():
    """Without the record that held them, what is left can still be read."""
    data = {"boss": {"name": "王", "role": "x"}}
    take_out(plan_of(Firm), data)
    put_back(data, {})

    assert {"boss": {"role": "x"}} == data


def test_lists_that_do_not_match_are_an_error():
    """Parts that belong to nobody must not be given to somebody else."""
    with pytest.raises(ValueError, match="zip"):
        put_back({"staff": [{}]}, {"staff": [{"name": "王"}, {"name": "李"}]})
