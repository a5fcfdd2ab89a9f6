"""Broken stores that leave behind what is gone, or take along what is not."""

from crmcore.errors import CrmError
from crmcore.testing.store.model import Model
from tests.kit.faults import rejected_by
from tests.kit.plain import PlainStore


@rejected_by("test_scrubbed")
class LeavesRemains(PlainStore):
    """It says that it can scrub, and trusts the database to have overwritten what it deleted."""

    def scrub(self) -> None:
        """Do nothing."""
        with self.connection() as connection:
            connection.execute("PRAGMA wal_checkpoint")


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
