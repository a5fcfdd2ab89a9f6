"""Tests of unique indexes: a key has one holder, and moves as a batch says."""

import pytest

from crmcore.errors import Conflict, UniqueViolation
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import THING, gone, thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant
from crmcore.testing.store.versions import key


class UniqueIndexes(Fixtures):
    """A unique index holds a key once."""

    @proves("unique", "whole")
    def test_violation(self, tenant: Tenant) -> None:
        """A second holder of a key is refused, by kind and index, and nothing of the batch is stored."""
        tenant.apply(thing("a", name="n"))

        with pytest.raises(UniqueViolation) as caught:
            tenant.apply(thing("b"), thing("c", name="n"))

        assert (THING.name, "by_name") == (caught.value.kind, caught.value.index)
        assert {"a": 1} == tenant.versions(*"abc")

    @proves("unique")
    def test_violation_within_a_batch(self, tenant: Tenant) -> None:
        """Two inserts of one batch cannot have the same key either, and the index that has it is named."""
        with pytest.raises(UniqueViolation) as caught:
            tenant.apply(thing("a", owner="o", name="1"), thing("b", owner="o", name="1"))

        assert caught.value.index in {"by_name", "by_owner_name"}
        assert {} == tenant.versions("a", "b")

    @proves("unique")
    def test_violation_by_update(self, tenant: Tenant) -> None:
        """An update may not take a key either, and the record keeps its own."""
        tenant.apply(thing("a", name="n"), thing("b", name="m"))

        with pytest.raises(UniqueViolation) as caught:
            tenant.apply(thing("b", 1, name="n"))

        assert (THING.name, "by_name") == (caught.value.kind, caught.value.index)
        assert ["b", "a"] == tenant.ids("by_name")

    @proves("unique", "version")
    def test_staleness_explains_a_clash(self, tenant: Tenant) -> None:
        """Where a record is stale and a key is taken, it is a conflict: loading again may cure both."""
        tenant.apply(thing("a", name="n"), thing("b", name="m"))
        for batch in (
            [thing("b", 1, name="n"), thing("a", 9)],
            [thing("c", name="n"), thing("a", 9)],
            [thing("a", name="m"), thing("c")],
            [thing("c", name="n"), gone("a", 9)],
        ):
            with pytest.raises(Conflict) as caught:
                tenant.apply(*batch)

            assert (key("a"),) == caught.value.keys
        assert {"a": 1, "b": 1} == tenant.versions(*"abc")

    @proves(3)
    def test_empty_columns_do_not_clash(self, tenant: Tenant) -> None:
        """Several records may leave a unique column empty, or one of two, and then are not in the index."""
        tenant.apply(thing("a"), thing("b"), thing("c", owner="o"), thing("d", owner="o"), thing("e", name="n"))
        tenant.apply(thing("a", 1), thing("d", 1, owner="o"))

        assert ["e"] == tenant.ids("by_name")
        assert [] == tenant.ids("by_owner_name")
        assert [] == tenant.ids("by_owner_name", eq=("o",))
        assert {"a": 2, "b": 1, "c": 1, "d": 2, "e": 1} == tenant.versions(*"abcde")

    @proves("unique")
    def test_a_key_moves_within_a_batch(self, tenant: Tenant) -> None:
        """Deletes come before updates, and updates before inserts, whatever the order of the batch."""
        tenant.apply(thing("a", name="1"), thing("b", name="2"))
        tenant.apply(thing("c", name="2"), thing("b", 1, name="1"), gone("a", 1))

        assert ["b", "c"] == tenant.ids("by_name")

    @proves("unique")
    def test_a_key_moves_from_unit_to_unit(self, tenant: Tenant) -> None:
        """A key that an update or a delete gives up is free: in the same unit, and in the next."""
        tenant.apply(thing("a", name="1"), thing("b", name="2"))
        with tenant.begin() as uow:
            uow.write([thing("a", 1, name="3")])
            uow.write([thing("b", 1, name="1")])
            uow.write([thing("c", name="2")])
        tenant.apply(gone("c", 1))
        tenant.apply(thing("d", name="2"))

        assert ["b", "d", "a"] == tenant.ids("by_name")

    @proves("unique")
    def test_a_record_keeps_its_key(self, tenant: Tenant) -> None:
        """An update that leaves the key as it is does not clash with itself."""
        tenant.apply(thing("a", name="n"), thing("b", name="m"))
        tenant.apply(thing("a", 1, name="n", owner="o"), thing("b", 1, name="m", owner="o"))

        assert ["b", "a"] == tenant.ids("by_owner_name")

    @proves("unique", "whole")
    def test_a_key_is_free_after_a_rollback(self, tenant: Tenant) -> None:
        """A key that a failed unit had taken, or had given up, is as it was before."""
        tenant.apply(thing("a", name="1"))
        with pytest.raises(ZeroDivisionError), tenant.begin() as uow:  # noqa: PT012
            uow.write([gone("a", 1)])
            uow.write([thing("b", name="1"), thing("c", name="2")])
            raise ZeroDivisionError
        with pytest.raises(UniqueViolation):
            tenant.apply(thing("d", name="1"))
        tenant.apply(thing("d", name="2"))

        assert ["a", "d"] == tenant.ids("by_name")
