"""Tests of units of work: stored whole or not at all, with an end, and reading what they wrote."""

from collections.abc import Callable

import pytest

from crmcore.errors import Conflict, CrmError, Unavailable, UniqueViolation, UnknownName
from crmcore.storage.interface import Event, Guard, NewEvent, Query, UnitOfWork, Write
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import THING, gone, thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

UNKNOWN: dict[str, Callable[[UnitOfWork], object]] = {
    "get": lambda uow: uow.get("ghost", ["a"]),
    "query": lambda uow: uow.query(Query("ghost", "by_name")),
    "index": lambda uow: uow.query(Query(THING.name, "ghost")),
    "page": lambda uow: uow.query(Query(THING.name, "ghost", after=("a",))),
    "insert": lambda uow: uow.write([Write("ghost", "a", 0, b"")]),
    "update": lambda uow: uow.write([Write("ghost", "a", 1, b"")]),
    "delete": lambda uow: uow.write([Write("ghost", "a", 1, None)]),
    "guard": lambda uow: uow.write([Guard("ghost", "a", 0)]),
}

USES: dict[str, Callable[[UnitOfWork], object]] = {
    "get": lambda uow: uow.get(THING.name, ["t"]),
    "query": lambda uow: uow.query(Query(THING.name, "by_name")),
    "write": lambda uow: uow.write([thing("later")]),
    "append": lambda uow: uow.append([NewEvent("s", "later", b"")]),
    "read_events": lambda uow: uow.read_events(0, 1),
}

FAILURES = {"conflict": thing("b", 5), "unique": thing("b", name="taken")}


class Units(Fixtures):
    """A unit is a transaction."""

    @proves(8)
    def test_own_writes_are_seen(self, tenant: Tenant) -> None:
        """A unit reads what it wrote before it commits: by id, by query, and in the log."""
        tenant.apply(thing("b", name="b"), thing("c", name="c"), thing("d", name="d"))
        tenant.log(NewEvent("s", "before", b""))
        with tenant.begin() as uow:
            uow.write([thing("a", name="x"), gone("b", 1)])
            uow.append([NewEvent("a", "made", b"1"), NewEvent("s", "made", b"2")])
            uow.write([thing("a", 1, name="z"), thing("c", 1)])
            records = uow.get(THING.name, list("abcd"))
            found = uow.query(Query(THING.name, "by_name"))
            events, of_stream = uow.read_events(1, 10), uow.read_events(0, 10, "s")

        assert [("a", 2), ("c", 2), ("d", 1)] == [(record.id, record.version) for record in records]
        assert [("d", "d"), ("a", "z")] == [(record.id, record.columns["name"]) for record in found]
        assert [Event(2, "a", "made", b"1"), Event(3, "s", "made", b"2")] == events
        assert [Event(1, "s", "before", b""), Event(3, "s", "made", b"2")] == of_stream

    @proves("whole", 5)
    def test_rollback_leaves_nothing(self, tenant: Tenant) -> None:
        """An exception takes back records, index entries and events, and passes on as it is."""
        tenant.apply(thing("a", name="a"), thing("b", name="b"))

        with pytest.raises(ZeroDivisionError), tenant.begin() as uow:  # noqa: PT012
            uow.write([thing("a", 1, name="z"), gone("b", 1), thing("c", name="b")])
            uow.append([NewEvent("a", "lost", b""), NewEvent("b", "lost", b"")])
            raise ZeroDivisionError

        assert ["a", "b"] == tenant.ids("by_name")
        assert {"a": 1, "b": 1} == tenant.versions(*"abc")
        assert [] == tenant.events()
        assert [] == tenant.events(stream="a")

    @proves("whole")
    @pytest.mark.parametrize("case", FAILURES)
    def test_a_failed_write_leaves_nothing(self, tenant: Tenant, case: str) -> None:
        """A batch that fails takes everything back that its unit did, before it and in it."""
        tenant.apply(thing("t", name="taken"))

        with pytest.raises((Conflict, UniqueViolation)), tenant.begin() as uow:  # noqa: PT012
            uow.append([NewEvent("a", "lost", b"")])
            uow.write([thing("first")])
            uow.write([thing("a"), FAILURES[case], thing("c")])

        assert {"t": 1} == tenant.versions("t", "first", *"abc")
        assert [] == tenant.events()

    @proves("whole")
    @pytest.mark.parametrize("case", FAILURES)
    def test_a_failed_unit_does_not_go_on(self, tenant: Tenant, case: str) -> None:
        """Who swallows the error of a write gets an error from whatever comes next, and from the end of the unit."""
        tenant.apply(thing("t", name="taken"))
        went_on: list[str] = []

        with pytest.raises((Conflict, UniqueViolation)), tenant.begin() as uow:  # noqa: PT012
            uow.append([NewEvent("a", "lost", b"")])
            with pytest.raises((Conflict, UniqueViolation)):
                uow.write([thing("a"), FAILURES[case]])
            went_on += [name for name, use in USES.items() if _works(use, uow)]

        assert [] == went_on
        assert {"t": 1} == tenant.versions("t", "a", "b", "later")
        assert [] == tenant.events()

    @proves("whole")
    @pytest.mark.parametrize("ending", ["commit", "rollback"])
    def test_a_unit_has_an_end(self, tenant: Tenant, ending: str) -> None:
        """After its context has ended, a unit refuses to work."""
        tenant.apply(thing("t"))
        if ending == "commit":
            with tenant.begin() as uow:
                uow.get(THING.name, ["t"])
        else:
            with pytest.raises(ZeroDivisionError), tenant.begin() as uow:  # noqa: PT012
                uow.get(THING.name, ["t"])
                raise ZeroDivisionError
        for use in USES.values():
            with pytest.raises(Unavailable):
                use(uow)

        assert {"t": 1} == tenant.versions("t", "later")
        assert [] == tenant.events()

    @proves("whole")
    def test_a_unit_after_a_failed_one(self, tenant: Tenant) -> None:
        """A failed unit leaves nothing behind that the next ones would notice, however many fail."""
        tenant.apply(thing("a"))
        for _ in range(25):
            with pytest.raises(Conflict):
                tenant.apply(thing("a"))
            with pytest.raises(UnknownName), tenant.begin() as uow:
                uow.get("ghost", ["a"])
        tenant.apply(thing("a", 1))

        assert {"a": 2} == tenant.versions("a")

    @proves("whole")
    def test_empty_work(self, tenant: Tenant) -> None:
        """Units, batches, appends and look-ups of nothing are allowed."""
        with tenant.begin():
            pass
        with tenant.begin() as uow:
            uow.write([])
            uow.append([])
            assert [] == uow.get(THING.name, [])

        assert [] == tenant.events()

    @proves("errors")
    @pytest.mark.parametrize("use", UNKNOWN)
    def test_unknown_names(self, tenant: Tenant, use: str) -> None:
        """A kind or an index that was not set up is named."""
        with pytest.raises(UnknownName) as caught, tenant.begin() as uow:
            UNKNOWN[use](uow)

        assert "ghost" == caught.value.name


def _works(use: Callable[[UnitOfWork], object], uow: UnitOfWork) -> bool:
    """False if the unit refuses, with an error of ours."""
    try:
        use(uow)
    except CrmError:
        return False
    return True
