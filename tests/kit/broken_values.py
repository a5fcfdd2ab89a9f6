"""Broken stores that alter what they store."""

import json
from collections.abc import Sequence

import attrs

from crmcore.storage.interface import Guard, Query, Record, Write
from crmcore.testing.store.kinds import NOTE
from tests.kit.altering import Altering
from tests.kit.faults import rejected_by
from tests.kit.simple import SimpleUnit
from tests.kit.wrapped import WrappedUnit


@rejected_by("test_bodies_are_byte_exact[json]")
class AltersBodies(Altering):
    """A body that is JSON is stored as a column of type JSON would: parsed."""

    def altered(self, write: Write) -> Write:
        """Parse what can be parsed."""
        try:
            return attrs.evolve(write, body=json.dumps(json.loads(write.body or b"")).encode())
        except ValueError:
            return write


@rejected_by("test_bodies_are_byte_exact[empty]")
class TakesEmptyForNothing(Altering):
    """An empty body is stored as nothing, which deletes."""

    def altered(self, write: Write) -> Write:
        """Take an empty body for none, once there is something to delete."""
        return attrs.evolve(write, body=(write.body or None) if write.expected else write.body)


@rejected_by("test_floats_are_exact", "test_floats_are_found", "test_the_last_floats_are_never_altered[largest]")
class RoundsFloats(Altering):
    """Floats travel as text of 15 digits."""

    def altered(self, write: Write) -> Write:
        """Round the floats."""
        columns = {
            name: value if type(value) is not float else float(f"{value:.15g}") for name, value in write.columns.items()
        }
        return attrs.evolve(write, columns=columns)


@rejected_by("test_long_text_comes_back_whole", "test_longer_text_is_never_cut[2]")
class CutsText(Altering):
    """Text in columns is cut after a hundred characters."""

    def altered(self, write: Write) -> Write:
        """Cut the text."""
        columns = {name: value[:100] if isinstance(value, str) else value for name, value in write.columns.items()}
        return attrs.evolve(write, columns=columns)


@rejected_by("test_columns_left_out_are_empty", "test_an_update_moves_a_record")
class KeepsOldColumns(Altering):
    """An update changes the columns that it names, and leaves the others as they were."""

    def altered(self, write: Write) -> Write:
        """Fill up with what is stored."""
        stored = self.inner.get(write.kind, [write.id])
        return attrs.evolve(write, columns={**(stored[0].columns if stored else {}), **write.columns})


@rejected_by("test_get_is_ordered_by_id[5]")
class GivesAsAsked(WrappedUnit):
    """Records come in the order in which their ids were asked for."""

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """In the order of the ids."""
        found = {record.id: record for record in self.inner.get(kind, ids)}
        return [found[id] for id in dict.fromkeys(ids) if id in found]


@rejected_by("test_integers_are_exact")
class CountsInFloats(Altering):
    """Whole numbers are stored as floats, exactly only up to 53 bits."""

    def altered(self, write: Write) -> Write:
        """Through a float."""
        columns = {
            name: int(float(value)) if type(value) is int and abs(value) < 2**62 else value
            for name, value in write.columns.items()
        }
        return attrs.evolve(write, columns=columns)


@rejected_by("test_larger_integers_are_never_altered[18446744073709551616]")
class WrapsIntegers(Altering):
    """Whole numbers keep their last 64 bits."""

    def altered(self, write: Write) -> Write:
        """Through 64 bits."""
        columns = {
            name: (value + 2**63) % 2**64 - 2**63 if type(value) is int else value
            for name, value in write.columns.items()
        }
        return attrs.evolve(write, columns=columns)


@rejected_by("test_comes_back_whole", "test_booleans")
class CountsBooleans(WrappedUnit):
    """Booleans come back as 0 and 1."""

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """With numbers."""
        return [numbered(record) for record in super().get(kind, ids)]

    def query(self, query: Query) -> list[Record]:
        """With numbers."""
        return [numbered(record) for record in super().query(query)]


def numbered(record: Record) -> Record:
    """A record whose booleans are numbers."""
    values = {
        name: int(value) if value is not None else None for name, value in record.columns.items() if name == "flag"
    }
    return attrs.evolve(record, columns={**record.columns, **values})


@rejected_by("test_nan_is_refused")
class DropsNan(Altering):
    """What is not a number is stored as nothing."""

    def altered(self, write: Write) -> Write:
        """Without it."""
        columns = {name: None if value != value else value for name, value in write.columns.items()}  # noqa: PLR0124
        return attrs.evolve(write, columns=columns)


@rejected_by("test_odd_text_is_never_changed[nul-inside]")
class CutsAtNul(Altering):
    """Text ends at its first NUL."""

    def altered(self, write: Write) -> Write:
        """Up to there."""
        columns = {
            name: value.partition("\0")[0] if isinstance(value, str) else value for name, value in write.columns.items()
        }
        return attrs.evolve(write, columns=columns)


@rejected_by("test_a_kind_without_columns")
class WritesNoBareRecords(WrappedUnit):
    """A record of a kind without columns is not written: there is nothing to set."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Leave updates of notes out."""
        super().write([write for write in writes if write.kind != NOTE.name or getattr(write, "expected", 0) == 0])


@rejected_by("test_what_was_read_is_the_callers")
class SharesColumns(SimpleUnit):
    """The columns that are given away are the stored ones."""

    def record(self, kind: str, id: str) -> Record:
        """Without a copy."""
        version, body, columns = self.model.records[kind, id]
        return Record(kind, id, version, body, columns)


@rejected_by("test_large_batches")
class StopsAtAThousand(WrappedUnit):
    """A batch has at most 999 writes; the rest is forgotten."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """The first of them."""
        super().write(writes[:999])
