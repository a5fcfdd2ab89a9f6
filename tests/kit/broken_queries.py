"""Broken stores that find other records than were asked for, or in another order."""

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from crmcore.errors import Invalid
from crmcore.storage.interface import Event, Index, Query, Record
from crmcore.testing.store.model import Model, Records
from tests.kit.altering import Asking
from tests.kit.faults import rejected_by
from tests.kit.wrapped import WrappedUnit


@rejected_by("test_pages_with_ties[2-ascending]", "test_pages_while_records_come_and_go")
class BreaksNoTies(Asking):
    """A page goes on behind the columns of the last record, not behind the record."""

    def asked(self, query: Query) -> Query:
        """Go on behind all that is tied."""
        if query.after is None or len(query.after) == 1:
            return query
        return attrs.evolve(query, after=(*query.after[:-1], "" if query.desc else chr(0x10FFFF)))


@rejected_by("test_ties_are_broken_by_id[by_due-descending]")
class TiesAscend(WrappedUnit):
    """A descending query has its ties in ascending order."""

    def query(self, query: Query) -> list[Record]:
        """Sort what is tied."""
        found = self.inner.query(query)
        if not query.desc or query.index == "by_id":
            return found
        groups: dict[Any, list[Record]] = {}
        for record in found:
            groups.setdefault(str(record.columns.get("due", 0)), []).append(record)
        return [record for group in groups.values() for record in reversed(group)]


@rejected_by("test_bounds", "test_bounds_behind_fixed_columns")
class IgnoresLimits(Asking):
    """A query gives all it finds, however few were asked for."""

    def asked(self, query: Query) -> Query:
        """Ask for all."""
        return attrs.evolve(query, limit=10**6 if query.limit > 0 else query.limit)


@rejected_by("test_bounds")
class IncludesTheEnd(Asking):
    """The upper bound of a query belongs to it."""

    def asked(self, query: Query) -> Query:
        """Move the bound of whole numbers."""
        return attrs.evolve(query, hi=query.hi + 1 if type(query.hi) is int else query.hi)


@rejected_by("test_bounds", "test_ties_are_broken_by_id[by_due-descending]")
class ListsInAnyOrder(WrappedUnit):
    """Ids alone come in their own order, whatever the query asks for."""

    def ids(self, query: Query) -> list[str]:
        """Sort them."""
        return sorted(record.id for record in self.inner.query(query))


class Folding(Model):
    """A model that compares text as ``fold`` makes it."""

    fold: Callable[[str], Any]

    def folded(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """What is compared in place of values."""
        return tuple(self.fold(value) if isinstance(value, str) else value for value in values)

    def keys(self, kind: str, index: Index, records: Records) -> dict[str, tuple[Any, ...]]:
        """The keys of an index, folded."""
        return {id: self.folded(values) for id, values in super().keys(kind, index, records).items()}

    def query(self, query: Query) -> list[str]:
        """The ids of a query whose bounds are folded."""
        lo, hi = self.folded([query.lo, query.hi])
        after = None if query.after is None else (*self.folded(query.after[:-1]), query.after[-1])
        return super().query(attrs.evolve(query, eq=self.folded(query.eq), lo=lo, hi=hi, after=after))


@rejected_by("test_texts_compare_by_code_point", "test_texts_are_found_exactly")
class FoldsCase(Folding):
    """Text is compared regardless of case."""

    fold = staticmethod(str.casefold)


@rejected_by("test_texts_compare_by_code_point")
class PadsText(Folding):
    """Text is compared without the blanks at its end."""

    fold = staticmethod(str.rstrip)


@rejected_by("test_texts_compare_by_code_point")
class SortsCodeUnits(Folding):
    """Text is sorted by UTF-16's code units, as some languages do."""

    @staticmethod
    def fold(value: str) -> bytes:
        """The code units."""
        return value.encode("utf-16-be")


@rejected_by("test_zero_has_no_sign")
class SignsZero(Model):
    """Numbers are compared by their bits, where minus zero comes before zero."""

    def keys(self, kind: str, index: Index, records: Records) -> dict[str, tuple[Any, ...]]:
        """With something less than zero in place of minus zero."""
        found = super().keys(kind, index, records)
        return {
            id: tuple(-5e-324 if value == 0 and str(value) == "-0.0" else value for value in values)
            for id, values in found.items()
        }


@rejected_by("test_bounds_that_do_not_fit[after-too-short]")
class IgnoresMisfits(WrappedUnit):
    """A query whose bounds do not fit its index gives nothing."""

    def query(self, query: Query) -> list[Record]:
        """Nothing if it is refused."""
        try:
            return super().query(query)
        except Invalid:
            return []


@rejected_by("test_ids_compare_by_code_point", "test_get_is_ordered_by_id[1100]")
class FindsFewer(WrappedUnit):
    """At most a thousand ids are looked for, and those that differ by blanks only once."""

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """Some of them."""
        stripped = {id.strip(): id for id in ids}
        return super().get(kind, sorted(stripped.values())[:1000])


@rejected_by("test_a_long_log")
class SortsPositionsAsText(WrappedUnit):
    """Positions are text, so that 10 comes before 9."""

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """In the order of their text."""
        found = super().read_events(0, 10**6, stream)
        beyond = sorted(
            (event for event in found if str(event.position) > str(after)), key=lambda one: str(one.position)
        )
        return beyond[: max(limit, 0)]


@rejected_by("test_reading")
class LimitsFirst(WrappedUnit):
    """Of a stream come those among the next events of all."""

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """First limited, then chosen."""
        return [event for event in super().read_events(after, limit) if stream in (None, event.stream)]


@rejected_by("test_streams_compare_exactly")
class FoldsStreams(WrappedUnit):
    """Streams are the same if they differ in case only."""

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """Of all that are the same."""
        if stream is None:
            return super().read_events(after, limit)
        found = super().read_events(after, 10**6)
        return [event for event in found if event.stream.casefold() == stream.casefold()][: max(limit, 0)]
