"""Tests of the log: one gapless order."""

from contextlib import suppress

import pytest

from crmcore.storage.interface import Event, NewEvent
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

#: (after, limit, stream) and the positions they give, where 1, 3 and 5 are of stream s, 2, 4 and 6 of stream t.
READS: list[tuple[tuple[int, int, str | None], list[int]]] = [
    ((0, 9, None), [1, 2, 3, 4, 5, 6]),
    ((0, 3, None), [1, 2, 3]),
    ((4, 9, None), [5, 6]),
    ((4, 1, None), [5]),
    ((6, 9, None), []),
    ((10**6, 9, None), []),
    ((-1, 2, None), [1, 2]),
    ((0, 0, None), []),
    ((0, -1, None), []),
    ((0, 2, "s"), [1, 3]),
    ((1, 9, "s"), [3, 5]),
    ((2, 1, "s"), [3]),
    ((5, 9, "s"), []),
    ((0, 9, "t"), [2, 4, 6]),
    ((0, 9, "none"), []),
    ((0, 0, "s"), []),
]


class Events(Fixtures):
    """Events come in the order in which they were appended."""

    @proves(5)
    def test_positions_are_gapless(self, tenant: Tenant) -> None:
        """Positions count from 1, over several appends of a unit, and go on after units that were rolled back."""
        with tenant.begin() as uow:
            uow.append([NewEvent("s", "1", b"a"), NewEvent("t", "2", b"")])
            uow.append([])
            uow.append([NewEvent("s", "3", b"\x00")])
        for _ in range(2):
            with pytest.raises(ZeroDivisionError), tenant.begin() as uow:  # noqa: PT012
                uow.append([NewEvent("s", "lost", b""), NewEvent("s", "lost", b"")])
                raise ZeroDivisionError
        tenant.log(NewEvent("s", "4", b""))
        tenant.log(NewEvent("u", "5", b""))

        assert [(1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "5")] == [
            (event.position, event.type) for event in tenant.events()
        ]

    @proves(5)
    def test_reading(self, tenant: Tenant) -> None:
        """Events come after a position, ascending, so many at most, and of one stream if named."""
        tenant.log(*(NewEvent("st"[number % 2], "e", b"") for number in range(6)))

        assert READS == [(read, [event.position for event in tenant.events(*read)]) for read, _ in READS]

    @proves(5, 8)
    def test_reading_inside_a_unit(self, tenant: Tenant) -> None:
        """A unit that appends reads the log as it will be when it commits."""
        tenant.log(NewEvent("s", "1", b""))
        with tenant.begin() as uow:
            uow.append([NewEvent("s", "2", b""), NewEvent("t", "3", b"")])

            assert [Event(2, "s", "2", b""), Event(3, "t", "3", b"")] == uow.read_events(1, 10)
            assert [Event(2, "s", "2", b"")] == uow.read_events(1, 1)
            assert [Event(1, "s", "1", b""), Event(2, "s", "2", b"")] == uow.read_events(0, 10, "s")
            uow.append([NewEvent("s", "4", b"")])
            assert [Event(4, "s", "4", b"")] == uow.read_events(3, 10)

        assert [1, 2, 3, 4] == tenant.positions()

    @proves(5, "whole")
    def test_a_long_log(self, tenant: Tenant) -> None:
        """A thousand events of one unit keep their order, and pages give each once."""
        tenant.log(*(NewEvent(f"{number % 7}", f"{number}", b"%d" % number) for number in range(1000)))
        seen: list[Event] = []
        while page := tenant.events(seen[-1].position if seen else 0, 300):
            seen += page
            assert len(seen) <= 1000

        assert [Event(place + 1, f"{place % 7}", f"{place}", b"%d" % place) for place in range(1000)] == seen
        assert list(range(4, 1001, 7)) == [event.position for event in tenant.events(stream="3")]

    @proves("whole", 5)
    def test_records_and_events_are_one(self, tenant: Tenant) -> None:
        """A unit's records and events are stored together or not at all."""
        for number in range(4):
            with suppress(ZeroDivisionError), tenant.begin() as uow:
                uow.append([NewEvent("s", f"{number}", b"")])
                uow.write([thing(f"{number}")])
                if number % 2 == 0:
                    raise ZeroDivisionError

        assert ["1", "3"] == [event.type for event in tenant.events()]
        assert ["1", "3"] == tenant.ids("by_id")
