"""Broken stores that lose or tear what a killed process had stored, or do not see what others store."""

import sqlite3
import time
from typing import Any, ClassVar

from crmcore.testing.store.model import Model
from tests.kit.faults import rejected_by
from tests.kit.plain import PlainStore
from tests.kit.simple import SimpleUnit
from tests.kit.wrapped import WrappedStore


@rejected_by("test_killed_while_committing")
class AcknowledgesEarly(PlainStore):
    """A unit's commit is told at once, and done when the next one begins."""

    waiting: ClassVar[dict[str, dict[str, Model]]] = {}

    def keep(self, connection: sqlite3.Connection, space: str, unit: SimpleUnit) -> None:
        """Keep it in mind for now."""
        self.waiting.setdefault(self.path, {})[f"space:{space}"] = unit.model

    def load(self, connection: sqlite3.Connection, name: str) -> Any:
        """What is kept in mind comes first, and is saved where that can be done."""
        kept = self.waiting.get(self.path, {})
        if name not in kept:
            return super().load(connection, name)
        self.save(connection, name, kept[name])
        return kept[name]


@rejected_by("test_killed_while_committing")
class TearsUnits(PlainStore):
    """Records are committed in one transaction, and a little later the events in another."""

    def keep(self, connection: sqlite3.Connection, space: str, unit: SimpleUnit) -> None:
        """First the records."""
        events, before = unit.model.events, self.loaded(connection, space).events
        if len(events) > len(before) and unit.model.records:
            unit.model.events = before
            super().keep(connection, space, unit)
            connection.execute("COMMIT")
            time.sleep(0.01)
            connection.execute("BEGIN IMMEDIATE")
            unit.model.events = events
        super().keep(connection, space, unit)


@rejected_by("test_increments_of_processes_add_up")
class CachesForEver(PlainStore):
    """A process that has read a space once does not read it again."""

    cache: ClassVar[dict[tuple[str, str], Model]] = {}

    def load(self, connection: sqlite3.Connection, name: str) -> Any:
        """From the cache if it is there."""
        if not name.startswith("space:"):
            return super().load(connection, name)
        if (self.path, name) not in self.cache:
            self.cache[self.path, name] = super().load(connection, name)
        return self.cache[self.path, name]

    def save(self, connection: sqlite3.Connection, name: str, lump: object) -> None:
        """To the cache as well."""
        super().save(connection, name, lump)
        if isinstance(lump, Model):
            self.cache[self.path, name] = lump


@rejected_by("test_processes_race_to_set_up_and_insert")
class BoastsOfProcesses(WrappedStore):
    """A store in memory that claims to be shared by processes, and durable."""

    capabilities: ClassVar[frozenset[str]] = frozenset({"threads", "processes", "durable"})
