"""Records with the faster constructor are what attrs makes of them, in every respect but speed."""

import copy
import pickle
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.customers.entities import Customer
from crmcore.customers.events import EVENTS
from crmcore.customers.stages import Formal, Intent, Pool, Potential, Request, Review
from crmcore.kernel.events import Envelope
from crmcore.kernel.quick import maker, quick
from crmcore.storage.interface import Event, NewEvent, Record, Write


@attrs.frozen
class Plain:
    """As attrs makes it."""

    name: str
    count: int = 1
    items: dict[str, int] = attrs.field(factory=dict, repr=False)


@quick
@attrs.frozen(weakref_slot=False)
class Quick:
    """The same with the faster constructor."""

    name: str
    count: int = 1
    items: dict[str, int] = attrs.field(factory=dict, repr=False)


ARGUMENTS = st.one_of(
    st.tuples(st.text()),
    st.tuples(st.text(), st.integers()),
    st.tuples(st.text(), st.integers(), st.dictionaries(st.text(), st.integers())),
)


@given(ARGUMENTS)
def test_fields_equality_hash_and_repr_are_those_of_attrs(arguments: tuple[Any, ...]) -> None:
    """Made by the same arguments, both hold the same, and show it the same way."""
    plain, made = Plain(*arguments), Quick(*arguments)

    assert attrs.asdict(plain) == attrs.asdict(made)
    assert repr(plain).replace("Plain", "Quick") == repr(made)
    assert made == Quick(*arguments)
    assert attrs.evolve(made, count=7) == Quick(made.name, 7, made.items)
    assert copy.copy(made) == made
    assert copy.deepcopy(made) == made
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 — what this test has just written


def test_it_may_be_made_by_names() -> None:
    """Names, defaults and factories work as ever; each object gets a default of its own."""
    one, other = Quick(name="a"), Quick(count=1, name="a")

    assert one == other
    assert one.items is not other.items


@given(ARGUMENTS)
def test_a_maker_makes_what_the_class_makes(arguments: tuple[Any, ...]) -> None:
    """By position or by name, with defaults or without, both give equal objects of the class."""
    make = maker(Quick)

    assert Quick(*arguments) == make(*arguments)
    assert type(make(*arguments)) is Quick
    assert make("a").items is not make(name="a").items
    with pytest.raises(TypeError, match="name"):
        make()  # type: ignore[call-arg]


def test_it_is_frozen() -> None:
    """No field can be set or deleted, and no other added."""
    made = Quick("a")

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.name = "b"  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del made.name
    with pytest.raises(AttributeError):
        made.more = 1  # type: ignore[attr-defined]


def test_it_says_what_is_missing() -> None:
    """A call without what it needs fails as any call does."""
    with pytest.raises(TypeError, match="name"):
        Quick()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "field",
    [
        attrs.field(validator=attrs.validators.instance_of(str)),
        attrs.field(converter=str),
        attrs.field(kw_only=True),
        attrs.field(default=1, init=False),
    ],
    ids=["validator", "converter", "kw_only", "init"],
)
def test_a_class_that_does_more_keeps_its_own_constructor(field: Any) -> None:
    """Validators and converters are never skipped."""
    with pytest.raises(TypeError, match="does more than keep its fields"):
        quick(attrs.make_class("More", {"value": field}, frozen=True, slots=True, weakref_slot=False))


@pytest.mark.parametrize(
    "cls",
    [Pool, Potential, Intent, Formal, Request, Review, Customer, Envelope, Record, Write, NewEvent, Event, *EVENTS],
)
def test_every_hot_class_is_frozen_and_whole(cls: type[Any]) -> None:
    """Made by position, each keeps each field, and is of its own class."""
    names = [field.name for field in attrs.fields(cls)]
    made = cls(*names)

    assert names == [getattr(made, name) for name in names]
    assert type(made) is cls
    assert maker(cls)(*names) == made
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(made, names[0], "x")
