"""A tiny store in memory whose units run side by side on copies, and are done once more when they commit."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar, NoReturn

import attrs

from crmcore.errors import Unavailable
from crmcore.storage.interface import Guard, Kind, NewEvent, Query, Record, UnitOfWork, Write
from crmcore.testing.store.model import Model
from tests.kit.simple import Kinds, SimpleStore, SimpleUnit, grown, storable


class Shared:
    """What the handles on one name share."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kinds: Kinds = {}
        self.models: dict[str, Model] = {}
        self.held: dict[tuple[str, str, str], object] = {}


class OptimisticUnit(SimpleUnit):
    """A unit on a copy, which notes what it does."""

    def __init__(self, kinds: Kinds, model: Model, store: "OptimisticStore", space: str) -> None:
        super().__init__(kinds, model.copy())
        self.base = model
        self.store = store
        self.space = space
        self.done: list[list[Write | Guard] | list[NewEvent]] = []

    def judged(self, batch: list[Write | Guard]) -> None:
        """Apply a batch to the copy, and note it."""
        super().judged(batch)
        self.done.append(batch)

    def append(self, events: Sequence[NewEvent]) -> None:
        """Append to the copy, and note it."""
        super().append(events)
        self.done.append(list(events))

    def query(self, query: Query) -> list[Record]:
        """The records of a query; a claim skips those that other units hold."""
        if not query.claim or self.is_reading:
            return super().query(query)
        shared = self.store.shared
        found: list[Record] = []
        with shared.lock:
            for record in super().query(attrs.evolve(query, limit=10**6)):
                key = (self.space, record.kind, record.id)
                if len(found) < query.limit and self.store.is_free(key, self):
                    shared.held[key] = self
                    found.append(record)
        return found

    def replayed(self, model: Model) -> Model:
        """What this unit makes of another state of its space."""
        self.model = model.copy()
        for step in self.done:
            if step and isinstance(step[0], NewEvent):
                self.model.append(step)
            else:
                SimpleUnit.judged(self, self.repeated(step))  # type: ignore[arg-type]
        return self.model

    def repeated(self, batch: list[Write | Guard]) -> list[Write | Guard]:
        """A batch as it is done once more."""
        return batch


class OptimisticStore(SimpleStore):
    """Keeps every promise that a store in memory can, claims among them."""

    capabilities: ClassVar[frozenset[str]] = frozenset({"threads", "claim", "read"})
    named: ClassVar[dict[tuple[type, str], Shared]] = {}

    def __init__(self, path: str, unit: type[OptimisticUnit] = OptimisticUnit) -> None:
        super().__init__()
        self.unit = unit
        self.shared = self.named.setdefault((type(self), path), Shared())

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Keep the kinds, and give every space their shape."""
        self.opened()
        with self.shared.lock:
            now = grown(self.shared.kinds, kinds)
            models = {space: self.shaped(now, model) for space, model in self.shared.models.items()}
            for model in models.values():
                self.refuse_clashes(now, model)
            self.shared.kinds, self.shared.models = now, models

    def current(self, space: str) -> Model:
        """The committed state of a space."""
        return self.shared.models.get(space) or self.model(self.shared.kinds.values())

    def is_free(self, key: tuple[str, str, str], unit: object) -> bool:
        """Whether a unit may claim a record."""
        return self.shared.held.get(key, unit) is unit

    @contextmanager
    def begin(self, space: str = "") -> Iterator[UnitOfWork]:
        """A unit on a copy of its space."""
        self.opened()
        storable([space])
        unit = self.unit(self.shared.kinds, self.current(space), self, space)
        try:
            yield unit
        except BaseException:
            unit.end()
            self.give_up(unit)
            raise
        failure = unit.end()
        # Others may overtake it here.
        time.sleep(0.0005)
        try:
            if failure is not None:
                raise failure
            with self.shared.lock:
                self.commit(unit)
        finally:
            self.let_go(unit)

    def commit(self, unit: OptimisticUnit) -> None:
        """Make what a unit did the state of its space; where that has changed meanwhile, do it once more."""
        current = self.current(unit.space)
        overtaken = unit.base.records is not current.records or unit.base.events is not current.events
        if unit.done:
            self.shared.models[unit.space] = unit.replayed(current) if overtaken else unit.model

    def give_up(self, unit: OptimisticUnit) -> None:
        """What is left to do when a unit is rolled back."""
        self.let_go(unit)

    def let_go(self, unit: OptimisticUnit) -> None:
        """Give up what a unit held."""
        with self.shared.lock:
            self.shared.held = {key: holder for key, holder in self.shared.held.items() if holder is not unit}

    @contextmanager
    def read(self, space: str = "") -> Iterator[UnitOfWork]:
        """A unit that looks at a copy of its space."""
        self.opened()
        unit = self.unit(self.shared.kinds, self.current(space), self, space)
        unit.is_reading = True
        yield unit
        unit.end()

    def join(self, host_transaction: object, space: str = "") -> NoReturn:
        """Memory has no transactions of a host's."""
        raise Unavailable("optimistic", "it cannot join")
