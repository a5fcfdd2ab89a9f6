"""Tests of spaces: tenants that know nothing of each other."""

import pytest

from crmcore.errors import Conflict, UniqueViolation
from crmcore.storage.interface import Guard, NewEvent, Store, Write
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import NOTE, THING, fresh, gone, thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant


def two(store: Store) -> tuple[Tenant, Tenant]:
    """Two spaces that nobody has used."""
    return Tenant(store, fresh()), Tenant(store, fresh())


class Spaces(Fixtures):
    """A unit of work sees one space only."""

    @proves(9)
    def test_records_are_apart(self, store: Store) -> None:
        """The same ids and unique keys in another space are other records with other versions."""
        one, two_ = two(store)
        one.apply(thing("a", body=b"one", name="n", due=1))
        two_.apply(thing("a", body=b"two", name="n"), thing("b", due=2))
        two_.apply(thing("a", 1, body=b"two", name="n"))

        assert [(1, b"one")] == [(record.version, record.body) for record in one.get("a", "b")]
        assert [(2, b"two"), (1, b"x")] == [(record.version, record.body) for record in two_.get("a", "b")]
        assert (["a"], ["b"]) == (one.ids("by_due"), two_.ids("by_due"))
        assert (["a"], ["a", "b"]) == (one.ids("by_id"), two_.ids("by_id"))

    @proves(9, "version")
    def test_changes_stay_in_their_space(self, store: Store) -> None:
        """A guard, an update or a delete neither finds nor touches what only another space has."""
        one, two_ = two(store)
        one.apply(thing("a", name="n"))
        for write in (Guard(THING.name, "a", 1), thing("a", 1), gone("a", 1)):
            with pytest.raises(Conflict):
                two_.apply(write)
        two_.apply(Guard(THING.name, "a", 0), thing("b", name="n"))
        two_.apply(gone("b", 1))

        assert {"a": 1} == one.versions("a", "b")
        assert {} == two_.versions("a", "b")
        with pytest.raises(UniqueViolation):
            one.apply(thing("b", name="n"))

    @proves(9, 5)
    def test_each_space_has_its_own_log(self, store: Store) -> None:
        """Positions count from 1 in each space, whatever happens in others, and streams are not shared."""
        one, two_ = two(store)
        for number in range(3):
            one.log(NewEvent("s", f"one {number}", b""))
            two_.log(NewEvent("s", f"two {number}", b""), NewEvent("t", f"two {number}", b""))

        assert [(1, "one 0"), (2, "one 1"), (3, "one 2")] == [(event.position, event.type) for event in one.events()]
        assert list(range(1, 7)) == two_.positions()
        assert [1, 3, 5] == [event.position for event in two_.events(stream="s")]
        assert [] == one.events(stream="t")

    @proves(9, 2)
    def test_names_of_spaces_compare_by_code_point(self, store: Store) -> None:
        """Names that differ in case, accent, blanks or length only are different spaces."""
        start = fresh()
        tenants = [Tenant(store, start + end) for end in ("", "a", "A", "á", "a ", "aa", "ss", "ß", "%", "_", "'")]
        for tenant in tenants:
            tenant.apply(thing("a", name="n", body=tenant.space.encode()))
            tenant.log(NewEvent("s", tenant.space, b""))
        for tenant in tenants:
            assert [tenant.space.encode()] == [record.body for record in tenant.get("a")]
            assert [(1, tenant.space)] == [(event.position, event.type) for event in tenant.events()]

    @proves(9)
    def test_the_space_without_a_name(self, store: Store) -> None:
        """A unit that names no space works in the one named by the empty text."""
        id = fresh()
        with store.begin() as uow:
            uow.write([Write(NOTE.name, id, 0, b"x")])

        assert {id: 1} == Tenant(store, "").versions(id, kind=NOTE.name)
        assert {} == Tenant(store, fresh()).versions(id, kind=NOTE.name)
