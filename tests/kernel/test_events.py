"""Events of older and newer programs."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import attrs
import pytest

from crmcore.kernel.events import DomainEvent, Envelope, EventTypes, UnknownEvent, Upcaster

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)


@attrs.frozen
class Moved:
    """An event that has had two older forms."""

    type: ClassVar[str] = "moved"
    schema: ClassVar[int] = 3
    at: datetime
    to: str


def rename(old: str, new: str) -> Any:
    """A step that gives a field another name."""
    return lambda data: {new if name == old else name: value for name, value in data.items()}


TYPES = EventTypes(
    [Moved], [Upcaster("moved", 1, rename("where", "place")), Upcaster("moved", 2, rename("place", "to"))]
)


@pytest.mark.parametrize(
    ("schema", "data"), [(1, {"where": "x"}), (2, {"place": "x"}), (3, {"to": "x"})], ids=["oldest", "older", "present"]
)
def test_older_data_is_lifted_step_by_step(schema, data):
    """Each step knows the next version only; the data itself stays as it was."""
    before = dict(data)

    assert (Moved, {"to": "x"}) == TYPES.lift("moved", schema, data)
    assert before == data


@pytest.mark.parametrize(
    ("name", "schema"), [("flown", 1), ("moved", 4), ("moved", 0)], ids=["type", "newer", "no-step"]
)
def test_what_is_unknown_passes_through(name, schema):
    """Another type, a newer schema, or one from which no step leads on: no class, and the data as it is."""
    data = {"anything": [1]}

    assert (None, data) == TYPES.lift(name, schema, data)


def test_a_missing_step_on_the_way_leaves_the_data_as_it_was():
    """Half lifted it would be neither one nor the other."""
    types = EventTypes([Moved], [Upcaster("moved", 1, rename("where", "place"))])

    assert (None, {"where": "x"}) == types.lift("moved", 1, {"where": "x"})


def test_steps_can_be_added():
    """The types stay the same, and so do the first ones' steps."""
    first = EventTypes([Moved], [Upcaster("moved", 1, rename("where", "place"))])
    both = first.with_upcasters([Upcaster("moved", 2, rename("place", "to"))])

    assert (Moved, {"to": "x"}) == both.lift("moved", 1, {"where": "x"})
    assert first.classes == both.classes == {"moved": Moved}


def test_an_envelope_tells_of_its_event():
    """When it took place and what it is called."""
    envelope = Envelope("C1", 1, "li", "standard/1#0", Moved(NOW, "x"))

    assert (NOW, "moved") == (envelope.at, envelope.type)


@pytest.mark.parametrize("event", [Moved(NOW, "x"), UnknownEvent(NOW, "flown", 1, {})])
def test_events_are_known_by_what_they_have(event):
    """A type, a schema and a time."""
    assert isinstance(event, DomainEvent)
    assert not isinstance(NOW, DomainEvent)


@pytest.mark.rule("A-05")
def test_the_data_of_an_unknown_event_does_not_show():
    """Nobody knows what is personal in it."""
    assert "张" not in repr(UnknownEvent(NOW, "flown", 1, {"name": "张"}))
