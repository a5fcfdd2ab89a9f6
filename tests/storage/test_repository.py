"""Entities in their records: personal values beside them, and what was read at two moments."""

from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from crmcore import CRM
from crmcore.errors import Conflict, Unreadable
from crmcore.storage.interface import Record, UnitOfWork
from tests.customers.scene import LI, MONDAY, register


class Torn:
    """A unit in which somebody else changes the customer between two reads, so many times."""

    def __init__(self, uow: UnitOfWork, times: int) -> None:
        self._uow = uow
        self.left = times

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """The records; a personal one may be of a later version than what belongs to it."""
        found = self._uow.get(kind, ids)
        if kind != "personal" or not self.left:
            return found
        self.left -= 1
        return [attrs.evolve(record, version=record.version + 1) for record in found]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._uow, name)


@pytest.fixture
def crm() -> CRM:
    """Give a CRM with a customer."""
    crm = CRM.open(clock=lambda: MONDAY)
    crm.handle(register(), actor=LI)
    return crm


def test_what_was_read_at_two_moments_is_read_again(crm: CRM) -> None:
    """A customer never has the personal values of another version of itself."""
    with crm.store.begin() as uow:
        torn = Torn(uow, 3)
        loaded = crm._records.customers.get(torn, "C1")

        assert loaded is not None
        assert (crm._records.customers.get(uow, "C1"), 0) == (loaded, torn.left)


def test_what_never_fits_is_unreadable(crm: CRM) -> None:
    """It is not tried for ever."""
    with crm.store.begin() as uow, pytest.raises(Unreadable, match="another version"):
        crm._records.customers.get(Torn(uow, 100), "C1")


def test_changed_personal_values_have_a_version_of_their_own(crm: CRM) -> None:
    """The record says which; what was changed beside the log is found by replaying it."""
    with crm.store.begin() as uow:
        loaded = crm._records.customers.get(uow, "C1")
        assert loaded is not None
        blank = attrs.evolve(loaded.entity.profile, phone=None)
        crm._records.customers.save(uow, loaded, attrs.evolve(loaded.entity, profile=blank))

    assert crm.customer("C1").profile.phone is None
    assert [("C1", "state")] == [(problem.customer, problem.code) for problem in crm.verify()]


def test_many_are_saved_together_or_not_at_all(crm: CRM) -> None:
    """One that somebody else has changed keeps all from being saved."""
    crm.handle(register(id="C2", name="上海乙贸易有限公司"), actor=LI)
    customers = crm._records.customers
    with crm.store.begin() as uow:
        stale = customers.get(uow, "C1")
        assert stale is not None
        customers.save(uow, stale, stale.entity)
        second = customers.get(uow, "C2")
    assert second is not None

    with pytest.raises(Conflict), crm.store.begin() as uow:
        customers.save_all(uow, [(second, second.entity), (stale, stale.entity)])
    with crm.store.begin() as uow:
        assert [(2, "C1"), (1, "C2")] == [(record.version, record.id) for record in uow.get("customer", ["C1", "C2"])]
