"""Tests of what a store declares, and of opening, closing and opening it again."""

import pytest

from crmcore.errors import Unavailable
from crmcore.storage.interface import CAPABILITIES, NewEvent, ReadingStore, ScrubbingStore, Store
from crmcore.testing.store.base import Fixtures, Open
from crmcore.testing.store.kinds import KINDS, NOTE, thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant


class Opening(Fixtures):
    """A store says what it can do, and finds again what it stored."""

    @proves("capabilities")
    def test_capabilities_are_known(self, store: Store) -> None:
        """What a store declares is known, and who declares to read or to scrub has ``read`` or ``scrub``."""
        assert store.capabilities <= CAPABILITIES
        if "read" in store.capabilities:
            assert isinstance(store, ReadingStore)
        if "scrub" in store.capabilities:
            assert isinstance(store, ScrubbingStore)

    @proves("open", 5)
    def test_opened_again(self, tenant: Tenant, open_store: Open) -> None:
        """Another handle sees records, index entries and events, and goes on counting versions and positions."""
        tenant.apply(thing("a", name="n"), thing("b", due=1))
        tenant.log(NewEvent("s", "1", b""), NewEvent("s", "2", b""))
        tenant.store.close()
        store = open_store()
        store.setup(KINDS)
        again = Tenant(store, tenant.space)
        again.apply(thing("a", 1, name="m"))
        again.log(NewEvent("s", "3", b""))

        assert {"a": 2, "b": 1} == again.versions("a", "b")
        assert ["a"] == again.ids("by_name")
        assert ["b"] == again.ids("by_due")
        assert [(1, "1"), (2, "2"), (3, "3")] == [(event.position, event.type) for event in again.events()]

    @proves("open", 5)
    def test_positions_go_on_in_another_handle(self, tenant: Tenant, open_store: Open) -> None:
        """A handle that has only just been opened appends after the last event, whatever it has read before."""
        for number in range(3):
            tenant.store.close()
            tenant = Tenant(open_store(), tenant.space)
            tenant.store.setup(KINDS)
            tenant.log(NewEvent("s", f"{number}", b""))

        assert [(1, "0"), (2, "1"), (3, "2")] == [(event.position, event.type) for event in tenant.events()]

    @proves("open")
    def test_a_closed_store_is_refused(self, tenant: Tenant) -> None:
        """Closing twice is harmless; a closed store begins nothing and sets nothing up."""
        tenant.store.close()
        tenant.store.close()

        with pytest.raises(Unavailable), tenant.begin():
            pytest.fail("a unit began on a closed store")
        with pytest.raises(Unavailable):
            tenant.store.setup([NOTE])
