"""Broken stores whose units get in each other's way, or do not when they should."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from crmcore.errors import Conflict
from crmcore.storage.interface import Guard, Query, Record, UnitOfWork, Write
from crmcore.testing.store.model import Model
from tests.kit.faults import rejected_by
from tests.kit.optimistic import OptimisticStore, OptimisticUnit
from tests.kit.plain import PlainStore
from tests.kit.simple import SimpleUnit


@rejected_by("test_one_of_two_passes[reading-lost-update]", "test_units_apart_both_pass")
class BeginsDeferred(PlainStore):
    """SQLite transactions begin without a lock: one that read first cannot write, and the driver's error escapes."""

    start: ClassVar[str] = "BEGIN"


@rejected_by("test_one_of_two_passes[writing-lost-update]", "test_increments_add_up")
class ChecksThenActs(OptimisticUnit):
    """Versions are compared when a write is given, and not again when it is done."""

    def repeated(self, batch: list[Write | Guard]) -> list[Write | Guard]:
        """Expect what is there now."""
        now = self.model.version
        return [
            Write(write.kind, write.id, now(write.kind, write.id), write.body, write.columns)
            if isinstance(write, Write) and write.expected and write.body is not None
            else write
            for write in batch
        ]


@rejected_by("test_one_of_two_passes[writing-guards-of-versions]")
class ForgetsGuards(OptimisticUnit):
    """A guard of a version is compared when it is given, and does not hold until the commit."""

    def repeated(self, batch: list[Write | Guard]) -> list[Write | Guard]:
        """Leave it out."""
        return [write for write in batch if isinstance(write, Write) or write.version == 0]


@rejected_by("test_one_of_two_passes[writing-guards-of-absence]")
class ForgetsAbsence(OptimisticUnit):
    """A guard of absence is compared when it is given, and does not hold until the commit."""

    def repeated(self, batch: list[Write | Guard]) -> list[Write | Guard]:
        """Leave it out."""
        return [write for write in batch if isinstance(write, Write) or write.version > 0]


@rejected_by("test_one_of_two_passes[writing-lost-update]", "test_who_lost_may_try_again")
class LetsErrorsEscape(OptimisticStore):
    """What goes wrong at the commit is told by the driver's error."""

    def commit(self, unit: OptimisticUnit) -> None:
        """Tell it as a driver would."""
        try:
            super().commit(unit)
        except Conflict as conflict:
            raise sqlite3.OperationalError("could not serialize access") from conflict


@rejected_by(
    "test_what_is_held_and_queried_are_of_one_moment[absent]", "test_what_is_held_and_queried_are_of_one_moment[there]"
)
class HoldsTheLatest(OptimisticUnit):
    """What is held comes as it is stored by now; what is queried, as it was when the unit began."""

    def hold(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """Look once more."""
        current = self.store.current(self.space)
        self.model.records.update({key: current.records[key] for id in ids if (key := (kind, id)) in current.records})
        return super().hold(kind, ids)


@rejected_by(
    "test_what_is_held_and_queried_are_of_one_moment[there]",
    "test_a_host_that_was_overtaken[absent]",
    "test_a_host_that_was_overtaken[there]",
)
class LooksBeforeItWaits(PlainStore):
    """A unit queries what there was before it waited for its turn."""

    @contextmanager
    def begin(self, space: str = "") -> Iterator[UnitOfWork]:
        """Look first."""
        with self.connection() as connection:
            before = self.loaded(connection, space)
        with super().begin(space) as unit:
            assert isinstance(unit, SimpleUnit)
            vars(unit).update(query=SimpleUnit(self.known, before).query)
            yield unit


@rejected_by("test_a_position_comes_after_all_that_was_read[commit]")
class NumbersEarly(OptimisticStore):
    """An event keeps the position that it got when it was appended, though others are committed before it."""

    def commit(self, unit: OptimisticUnit) -> None:
        """Put what is overtaken in its place."""
        current = self.current(unit.space)
        mine = unit.model.events[len(unit.base.events) :]
        overtaken = current.events[len(unit.base.events) :]
        super().commit(unit)
        if mine and overtaken:
            events = [*unit.base.events, *mine, *overtaken]
            self.current(unit.space).events = [(place, *event[1:]) for place, event in enumerate(events, 1)]


@rejected_by("test_no_record_is_claimed_twice")
class ClaimsTwice(OptimisticStore):
    """A claim gives what another unit holds."""

    def is_free(self, key: tuple[str, str, str], unit: object) -> bool:
        """Everything is."""
        return True


@rejected_by("test_what_was_claimed_is_free_again")
class HoldsForEver(OptimisticStore):
    """What was claimed by a unit that was rolled back is never free again."""

    def give_up(self, unit: OptimisticUnit) -> None:
        """Forget to let go."""


@rejected_by("test_others_wait_and_then_see[commit]", "test_who_changes_waits_too[changed]", "test_nobody_begins_again")
class HoldsNothing(OptimisticStore):
    """What a unit holds, others may hold and change."""

    capabilities: ClassVar[frozenset[str]] = OptimisticStore.capabilities | {"hold"}


@rejected_by("test_it_sees_one_moment", "test_sums_stay_the_same")
class ReadsOnAndOn(PlainStore):
    """Each look of a reading unit sees what is there at that moment."""

    @contextmanager
    def read(self, space: str = "") -> Iterator[UnitOfWork]:
        """A unit that looks anew each time."""
        unit = Renewed(self, space)
        unit.is_reading = True
        yield unit
        unit.end()


class Renewed(SimpleUnit):
    """Reads in a fresh transaction each time."""

    def __init__(self, store: PlainStore, space: str) -> None:
        super().__init__(store.known, Model([]))
        self.store = store
        self.space = space

    def ready(self, kind: str | None = None) -> None:
        """Load what is there now."""
        super().ready(kind)
        # Others get their turn between two looks, however busy the machine is.
        time.sleep(0.001)
        with self.store.connection() as connection:
            self.model = self.store.loaded(connection, self.space)


@rejected_by("test_it_waits_for_no_writer", "test_nobody_sees_a_unit_half_done")
class ReadsTheUncommitted(OptimisticStore):
    """A reading unit sees what open units have written so far."""

    def current(self, space: str) -> Model:
        """What the oldest open unit makes of it."""
        return next((unit.model for unit in self.working if unit.space == space), super().current(space))

    @property
    def working(self) -> list[OptimisticUnit]:
        """The units that are open."""
        units: list[OptimisticUnit] = vars(self).setdefault("units", [])
        return units

    @contextmanager
    def begin(self, space: str = "") -> Iterator[UnitOfWork]:
        """Note a unit while it is open."""
        with super().begin(space) as unit:
            assert isinstance(unit, OptimisticUnit)
            self.working.append(unit)
            try:
                yield unit
            finally:
                self.working.remove(unit)


@rejected_by("test_workers_share_the_work")
class LosesTheLastClaim(OptimisticUnit):
    """A claim leaves out the last of the records that it finds."""

    def query(self, query: Query) -> list[Record]:
        """Without the last."""
        found = super().query(query)
        return found[:-1] if query.claim else found
