"""Events and the envelope they travel in.

An event is a frozen attrs class with a ``type`` name and a ``schema`` version. Stored, it is plain data; upcasters
lift the data of an older schema step by step to the one this program knows. What this program does not know, a
type or a newer schema, passes through unharmed as an ``UnknownEvent``.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

import attrs

from crmcore.kernel.quick import quick

Data = dict[str, Any]


@runtime_checkable
class DomainEvent(Protocol):
    """What every event has: a type name, a schema version, and the instant it took place."""

    type: ClassVar[str]
    schema: ClassVar[int]

    @property
    def at(self) -> datetime:
        """When it took place."""
        ...


@attrs.frozen
class UnknownEvent:
    """An event this program has no class for; its data is kept as it is."""

    at: datetime
    type: str
    schema: int
    data: Data = attrs.field(repr=False)


@quick
@attrs.frozen(weakref_slot=False)
class Envelope:
    """An event with what is known about it.

    ``stream`` is the id of what it happened to, ``number`` its place in that stream (from 1), ``by`` the id of who
    did it, ``policy`` the stamp of the policy that decided it.
    """

    stream: str
    number: int
    by: str
    policy: str
    event: Any

    @property
    def at(self) -> datetime:
        """When it took place."""
        at: datetime = self.event.at
        return at

    @property
    def type(self) -> str:
        """The event's type name, such as protected."""
        name: str = self.event.type
        return name


@attrs.frozen
class Upcaster:
    """One step: lifts the data of ``type`` from ``schema`` to the next version."""

    type: str
    schema: int
    lift: Callable[[Data], Data]


class EventTypes:
    """The events a program knows, by type name, and the steps that lift older ones."""

    def __init__(self, classes: Iterable[type[Any]], upcasters: Iterable[Upcaster] = ()) -> None:
        self._classes: dict[str, type[Any]] = {cls.type: cls for cls in classes}
        self._steps: dict[tuple[str, int], Upcaster] = {(step.type, step.schema): step for step in upcasters}

    @property
    def classes(self) -> Mapping[str, type[Any]]:
        """The event classes by type name."""
        return self._classes

    def with_upcasters(self, upcasters: Iterable[Upcaster]) -> "EventTypes":
        """The same events with more steps."""
        return EventTypes(self._classes.values(), (*self._steps.values(), *upcasters))

    def lift(self, name: str, schema: int, data: Data) -> tuple[type[Any] | None, Data]:
        """The class for this data and the data lifted to its schema; no class when this program does not know it."""
        cls = self._classes.get(name)
        if cls is None:
            return None, data
        lifted, version = data, schema
        while version < cls.schema:
            step = self._steps.get((name, version))
            if step is None:
                return None, data
            lifted, version = step.lift(dict(lifted)), version + 1
        return (cls, lifted) if version == cls.schema else (None, data)
