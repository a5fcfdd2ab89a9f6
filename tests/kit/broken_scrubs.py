"""Broken stores that leave behind what is gone, or take along what is not."""

import pickle
import sqlite3
from pathlib import Path

from crmcore.errors import CrmError
from crmcore.testing.store.model import Model
from tests.kit.faults import rejected_by
from tests.kit.plain import PlainStore


@rejected_by("test_scrubbed")
class LeavesRemains(PlainStore):
    """It keeps a log beside the file, and scrubs the file only."""

    def save(self, connection: sqlite3.Connection, name: str, lump: object) -> None:
        """Save a lump, and log it."""
        super().save(connection, name, lump)
        with Path(f"{self.path}.log").open("ab") as log:
            log.write(pickle.dumps(lump))


@rejected_by("test_scrubbing_loses_nothing")
class ScrubsTheLog(PlainStore):
    """With the remains of records go the events."""

    def scrub(self) -> None:
        """Empty every log as well."""
        super().scrub()
        with self.connection() as connection, self.transaction(connection, "BEGIN IMMEDIATE"):
            names = [row[0] for row in connection.execute("SELECT name FROM lumps WHERE name LIKE 'space:%'")]
            for name in names:
                model: Model = self.load(connection, name)
                model.events = []
                self.save(connection, name, model)


@rejected_by("test_no_scrubbing_inside_a_unit")
class ScrubsInSilence(PlainStore):
    """What kept it from scrubbing is told to nobody."""

    def scrub(self) -> None:
        """Try to, and say nothing."""
        try:
            super().scrub()
        except CrmError:
            return
