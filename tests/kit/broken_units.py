"""Broken stores whose units are not stored whole, do not end, or do not see what they wrote."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from crmcore.errors import Conflict, CrmError, Unavailable
from crmcore.storage.interface import Event, Guard, NewEvent, Query, Record, UnitOfWork, Write
from crmcore.testing.store.model import Key, Model, Records
from tests.kit.faults import rejected_by
from tests.kit.optimistic import OptimisticUnit
from tests.kit.plain import PlainStore
from tests.kit.simple import Kinds, SimpleUnit
from tests.kit.wrapped import WrappedStore, WrappedUnit


@rejected_by("test_rollback_leaves_nothing", "test_records_and_events_are_one")
class EventsSurvive(WrappedStore):
    """Events are stored on a connection of their own: a rollback does not take them back."""

    def __init__(self, path: str) -> None:
        super().__init__(path, NotingUnit)

    @contextmanager
    def wrapped(self, context: AbstractContextManager[UnitOfWork], space: str) -> Iterator[UnitOfWork]:
        """Append again what was rolled back."""
        noted: list[NewEvent] = []
        try:
            with super().wrapped(context, space) as unit:
                vars(unit).update(noted=noted)
                yield unit
        except BaseException:
            with self.inner.begin(space) as uow:
                uow.append(noted)
            raise


class NotingUnit(WrappedUnit):
    """Notes what it appends."""

    noted: list[NewEvent]

    def append(self, events: Sequence[NewEvent]) -> None:
        """Note it."""
        super().append(events)
        self.noted += events


@rejected_by("test_positions_are_gapless", "test_a_reader_behind_the_log_misses_nothing")
class NumbersBySequence(WrappedUnit):
    """Positions come from a sequence, which goes on when a unit is rolled back."""

    def append(self, events: Sequence[NewEvent]) -> None:
        """Take numbers for good."""
        numbers = self.numbers
        taken = vars(self.store).setdefault("taken", {})
        first = len(self.inner.read_events(0, 10**6))
        super().append(events)
        for place in range(first, first + len(events)):
            taken[self.space] = taken.get(self.space, 0) + 1
            numbers[place + 1] = taken[self.space]

    @property
    def numbers(self) -> dict[int, int]:
        """The number that each event of the space got."""
        numbers: dict[int, int] = vars(self.store).setdefault("numbers", {}).setdefault(self.space, {})
        return numbers

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """With their numbers."""
        found = [
            Event(self.numbers.get(event.position, event.position), event.stream, event.type, event.body)
            for event in super().read_events(0, 10**6, stream)
        ]
        return [event for event in found if event.position > after][: max(limit, 0)]


@rejected_by("test_a_failed_write_leaves_nothing[conflict]")
class KeepsHalfABatch(PlainStore):
    """What a batch did before its conflict is committed."""

    def units(self, connection: sqlite3.Connection, space: str) -> Iterator[UnitOfWork]:
        """Go on to the commit after a conflict, and only then fail."""
        unit = OneByOne(self.known, self.loaded(connection, space))
        try:
            yield unit
        except Conflict:
            self.keep(connection, space, unit)
            connection.execute("COMMIT")
            connection.execute("BEGIN")
            raise
        finally:
            failure = unit.end()
        if failure is not None:
            raise failure
        self.keep(connection, space, unit)


class OneByOne(SimpleUnit):
    """Applies what has the right version before it looks at the rest."""

    def judged(self, batch: list[Write | Guard]) -> None:
        """First those that fit."""
        fitting = [write for write in batch if not self.model.copy().write([write]).stale]
        if len(fitting) < len(batch):
            self.model.write(fitting)
            batch = [write for write in batch if write not in fitting]
        super().judged(batch)


@rejected_by("test_a_failed_unit_does_not_go_on[unique]")
class GoesOn(PlainStore):
    """A unit whose error is swallowed goes on, and commits the rest."""

    def units(self, connection: sqlite3.Connection, space: str) -> Iterator[UnitOfWork]:
        """A unit that forgets its failure."""
        unit = Forgetting(self.known, self.loaded(connection, space))
        yield unit
        unit.end()
        self.keep(connection, space, unit)


class Forgetting(SimpleUnit):
    """Forgets that it failed."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Write, and stay usable."""
        try:
            super().write(writes)
        except CrmError:
            self.stop = None
            raise


@rejected_by("test_a_unit_has_an_end[commit]")
class NeverEnds(WrappedUnit):
    """A unit that has ended can still look things up."""

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """Look in another unit if need be."""
        try:
            return super().get(kind, ids)
        except CrmError:
            with self.store.inner.begin(self.space) as uow:
                found: list[Record] = uow.get(kind, ids)
            return found


@rejected_by("test_a_closed_store_is_refused")
class NeverCloses(WrappedStore):
    """A closed store serves on."""

    def close(self) -> None:
        """Do nothing."""


@rejected_by("test_agrees_with_the_model")
class RollsBackForward(PlainStore):
    """A rollback undoes changes in the order in which they were made, instead of the other way round."""

    def units(self, connection: sqlite3.Connection, space: str) -> Iterator[UnitOfWork]:
        """Leave of what was changed twice the state in between."""
        unit = Journalling(self.known, self.loaded(connection, space))
        try:
            yield unit
        except BaseException:
            model = self.loaded(connection, space)
            model.records.update(unit.between)
            self.save(connection, f"space:{space}", model)
            connection.execute("COMMIT")
            connection.execute("BEGIN")
            raise
        unit.end()
        self.keep(connection, space, unit)


class Journalling(SimpleUnit):
    """Notes what a second change of a record replaces."""

    def __init__(self, kinds: Kinds, model: Model) -> None:
        super().__init__(kinds, model)
        self.changed: set[Key] = set()
        self.between: Records = {}

    def judged(self, batch: list[Write | Guard]) -> None:
        """Note it."""
        keys = {(write.kind, write.id) for write in batch if isinstance(write, Write)}
        self.between |= {key: self.model.records[key] for key in keys & self.changed if key in self.model.records}
        super().judged(batch)
        self.changed |= keys


@rejected_by("test_own_writes_are_seen", "test_a_unit_keeps_what_it_claimed")
class QueriesTheCommitted(OptimisticUnit):
    """A unit sees its own writes by id, but not in queries."""

    def query(self, query: Query) -> list[Record]:
        """Look at what was committed."""
        mine, self.model = self.model, self.base
        try:
            return super().query(query)
        finally:
            self.model = mine


@rejected_by("test_own_writes_are_seen", "test_reading_inside_a_unit")
class UnseesOwnEvents(WrappedUnit):
    """A unit reads the log as it was when it began."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.last = len(self.inner.read_events(0, 10**6))

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """Leave out what is new."""
        return [event for event in self.inner.read_events(after, limit, stream) if event.position <= self.last]


@rejected_by("test_opened_again", "test_positions_go_on_in_another_handle")
class CountsFromMemory(PlainStore):
    """Positions are counted by the handle, from 1 on when it is opened."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.counts: dict[str, int] = {}

    def keep(self, connection: sqlite3.Connection, space: str, unit: SimpleUnit) -> None:
        """Number what is new by the handle's count."""
        stored = len(self.loaded(connection, space).events)
        old, new = unit.model.events[:stored], unit.model.events[stored:]
        count = self.counts.get(space, 0)
        unit.model.events = old + [(count + place, *event[1:]) for place, event in enumerate(new, 1)]
        self.counts[space] = count + len(new)
        super().keep(connection, space, unit)


@rejected_by("test_empty_work")
class FailsOnNothing(WrappedUnit):
    """Who asks for no ids gets an error: there is no empty list in SQL."""

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """Refuse."""
        if not ids:
            raise Unavailable("broken", "syntax error near ')'")
        return super().get(kind, ids)


@rejected_by("test_holding_reads")
class HoldsAsAsked(SimpleUnit):
    """What is held comes in the order in which it was asked for."""

    def hold(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """In the order of the ids."""
        found = {record.id: record for record in self.get(kind, ids)}
        return [found[id] for id in dict.fromkeys(ids) if id in found]


@rejected_by("test_it_cannot_write[write]", "test_it_cannot_write[append]")
class WritesInVain(SimpleUnit):
    """A reading unit takes writes, and forgets them."""

    def changing(self) -> None:
        """Refuse nothing but to go on."""
        self.ready()


@rejected_by("test_what_it_reads")
class ReadsOneSpace(PlainStore):
    """A reading unit looks into the space without a name."""

    @contextmanager
    def read(self, space: str = "") -> Iterator[UnitOfWork]:
        """There."""
        with super().read() as unit:
            yield unit


@rejected_by("test_it_has_an_end")
class ReadsForEver(PlainStore):
    """A reading unit that has ended can still look things up."""

    @contextmanager
    def read(self, space: str = "") -> Iterator[UnitOfWork]:
        """Without an end."""
        with self.connection() as connection:
            unit = self.unit(self.known, self.loaded(connection, space))
        unit.is_reading = True
        yield unit


@rejected_by("test_a_unit_after_a_failed_one")
class TiresOfFailures(WrappedStore):
    """Each unit that fails keeps a connection; there are twenty."""

    failures = 0

    @contextmanager
    def wrapped(self, context: AbstractContextManager[UnitOfWork], space: str) -> Iterator[UnitOfWork]:
        """Count the failures."""
        if self.failures >= 20:
            raise Unavailable("broken", "no connection is left")
        try:
            with super().wrapped(context, space) as unit:
                yield unit
        except BaseException:
            self.failures += 1
            raise
