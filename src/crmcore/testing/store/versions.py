"""Tests of versions and guards: a write names the version it expects."""

import pytest

from crmcore.errors import Conflict
from crmcore.storage.interface import Guard, NewEvent, Write
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import NOTE, THING, gone, thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant


def key(id: str) -> tuple[str, str]:
    """How a conflict names a thing."""
    return (THING.name, id)


def guard(id: str, version: int) -> Guard:
    """A guard of a thing."""
    return Guard(THING.name, id, version)


STALE: dict[str, Write | Guard] = {
    "insert-again": thing("a"),
    "update-older": thing("a", 1),
    "update-newer": thing("a", 3),
    "delete-older": gone("a", 1),
    "delete-newer": gone("a", 3),
    "delete-as-absent": gone("a", 0),
    "guard-older": guard("a", 1),
    "guard-newer": guard("a", 3),
    "guard-as-absent": guard("a", 0),
}
ABSENT: dict[str, Write | Guard] = {
    "update": thing("a", 1),
    "delete": gone("a", 1),
    "delete-as-absent": gone("a", 0),
    "guard": guard("a", 1),
}


class Versions(Fixtures):
    """Nothing is overwritten that the writer has not seen."""

    @proves("version")
    @pytest.mark.parametrize("case", STALE)
    def test_stale(self, tenant: Tenant, case: str) -> None:
        """Any other version than the stored one is a conflict that names the record and changes nothing."""
        tenant.apply(thing("a"))
        tenant.apply(thing("a", 1, body=b"second"))

        with pytest.raises(Conflict) as caught:
            tenant.apply(STALE[case])

        assert (key("a"),) == caught.value.keys
        assert [(2, b"second")] == [(record.version, record.body) for record in tenant.get("a")]

    @proves("version")
    @pytest.mark.parametrize("case", ABSENT)
    def test_absent(self, tenant: Tenant, case: str) -> None:
        """What is not there can be neither updated, deleted nor guarded."""
        with pytest.raises(Conflict) as caught:
            tenant.apply(ABSENT[case])

        assert (key("a"),) == caught.value.keys
        assert {} == tenant.versions("a")

    @proves("version")
    def test_versions_count_updates(self, tenant: Tenant) -> None:
        """Each update makes the version one more, whether or not it changes anything, and across units."""
        tenant.apply(thing("a"), thing("b"))
        with tenant.begin() as uow:
            for version in range(1, 5):
                uow.write([thing("a", version)])
        tenant.apply(thing("a", 5))

        assert {"a": 6, "b": 1} == tenant.versions("a", "b")

    @proves("version", 11)
    def test_guards_that_hold(self, tenant: Tenant) -> None:
        """A guard that finds its version, or the absence it expects, lets the batch pass and writes nothing."""
        tenant.apply(thing("a"), Write(NOTE.name, "n", 0, b""))
        tenant.apply(guard("a", 1), guard("absent", 0), Guard(NOTE.name, "n", 1), thing("b"))
        tenant.apply(guard("b", 1), guard("absent", 0))
        tenant.apply(thing("absent"))

        assert {"a": 1, "b": 1, "absent": 1} == tenant.versions("a", "b", "absent")
        assert {"n": 1} == tenant.versions("n", kind=NOTE.name)

    @proves("version", "whole")
    def test_a_guard_that_fails_stops_the_batch(self, tenant: Tenant) -> None:
        """Where a guard fails, nothing of its batch is written, wherever in the batch it stands."""
        tenant.apply(thing("a"))
        batches: list[list[Write | Guard]] = [
            [guard("a", 2), thing("b")],
            [thing("b"), guard("a", 2)],
            [thing("b"), guard("a", 0)],
        ]
        for batch in batches:
            with pytest.raises(Conflict) as caught:
                tenant.apply(*batch)

            assert (key("a"),) == caught.value.keys
        assert {"a": 1} == tenant.versions("a", "b")

    @proves("version", 8)
    def test_guards_see_the_units_own_writes(self, tenant: Tenant) -> None:
        """A guard compares with what the unit itself has written before."""
        tenant.apply(thing("a"), thing("b"))
        with tenant.begin() as uow:
            uow.write([thing("a", 1), gone("b", 1), thing("c")])
            uow.write([guard("a", 2), guard("b", 0), guard("c", 1)])

        assert {"a": 2, "c": 1} == tenant.versions(*"abc")

    @proves("version")
    @pytest.mark.parametrize("stale_guard", [True, False])
    def test_every_stale_key_is_named(self, tenant: Tenant, stale_guard: bool) -> None:  # noqa: FBT001
        """A conflict names all records at fault, once each, whichever way they are at fault."""
        tenant.apply(*(thing(id) for id in "abcdef"))
        batch = [thing("f"), thing("e"), thing("z"), thing("d", 1), thing("c", 7), gone("b", 2)]

        with pytest.raises(Conflict) as caught:
            tenant.apply(*batch, guard("a", 2 if stale_guard else 1))

        assert list(map(key, "abcef" if stale_guard else "bcef")) == sorted(caught.value.keys)
        assert dict.fromkeys("abcdef", 1) == tenant.versions(*"abcdefz")

    @proves("version")
    def test_all_stale_records_of_one_sort_are_named(self, tenant: Tenant) -> None:
        """A batch of inserts, of updates or of deletes alone names each record at fault, too."""
        tenant.apply(*(thing(id) for id in "bd"))
        batches = ([thing(id) for id in "abcde"], [thing(id, 2) for id in "bd"], [gone(id, 2) for id in "bd"])
        for batch in batches:
            with pytest.raises(Conflict) as caught:
                tenant.apply(*batch)

            assert [key("b"), key("d")] == sorted(caught.value.keys)

    @proves("version")
    def test_an_id_is_free_again(self, tenant: Tenant) -> None:
        """A deleted record leaves its id to others, which count from version 1 on, in one unit as in several."""
        tenant.apply(thing("a"), thing("b"))
        tenant.apply(thing("a", 1))
        tenant.apply(gone("a", 2))
        tenant.apply(thing("a"))
        with tenant.begin() as uow:
            uow.write([gone("b", 1)])
            assert [] == uow.get(THING.name, ["b"])
            uow.write([thing("b", body=b"again")])
            assert [(1, b"again")] == [(record.version, record.body) for record in uow.get(THING.name, ["b"])]
            uow.write([gone("b", 1)])
            uow.write([thing("b", body=b"third")])
            uow.append([NewEvent("b", "t", b"")])
        tenant.apply(thing("b", 1))

        assert {"a": 1, "b": 2} == tenant.versions("a", "b")
