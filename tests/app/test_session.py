"""Several commands on the same customers in one unit of work."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from crmcore import CRM, Outcome, Request
from crmcore.app import session
from crmcore.app.policy import load_policy
from crmcore.customers import Abandon, AddContact, ChangeProfile, ContactDetails, RecordFollowUp
from crmcore.storage.interface import Record, UnitOfWork
from crmcore.storage.memory import MemoryStore
from tests.customers.scene import LI, MONDAY, register

CHANGED = "江苏泰州甲贸易有限公司"
COMMANDS = (
    register(),
    RecordFollowUp(customer="C1", channel="phone", content="spoke of it", next_contact_at=MONDAY + timedelta(3)),
    ChangeProfile("C1", region="East"),
    ChangeProfile("C1", name=CHANGED, phone="0523-5550199"),
    AddContact("C1", ContactDetails("王先生", mobile="13800000000")),
    RecordFollowUp(customer="C1", channel="visit", content="saw them", next_contact_at=MONDAY + timedelta(5)),
    register(id="C2", name="上海乙贸易有限公司"),
    Abandon("C1", "they have no budget"),
)
REQUESTS = [Request(command, LI, MONDAY + timedelta(minutes=place)) for place, command in enumerate(COMMANDS)]


LATER = MONDAY + timedelta(hours=1)


class Counting:
    """A unit of work that notes which records are read by id."""

    def __init__(self, uow: UnitOfWork, read: list[tuple[str, str]]) -> None:
        self._uow = uow
        self._read = read

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """Note, and read."""
        self._read += [(kind, id) for id in ids]
        return self._uow.get(kind, ids)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._uow, name)


class CountingStore:
    """A store whose units note what they read."""

    capabilities = frozenset[str]()

    def __init__(self) -> None:
        self._inner = MemoryStore()
        self.read_records: list[tuple[str, str]] = []

    @contextmanager
    def begin(self, space: str = "") -> Generator[Any]:
        """A unit that notes."""
        with self._inner.begin(space) as uow:
            yield Counting(uow, self.read_records)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def answered(size: int) -> tuple[CRM, CountingStore]:
    """The commands above, so many in a unit of work."""
    store = CountingStore()
    backend: Any = store
    crm = CRM(backend, load_policy("standard"), clock=lambda: MONDAY)
    answers = list(crm.answer_all(REQUESTS, size=size))

    assert all(isinstance(answer, Outcome) for answer in answers)
    return crm, store


def stored(crm: CRM) -> list[tuple[str, int, dict[str, Any]]]:
    """What stands in the customers' records beside their bodies, and the customers."""
    with crm.store.begin() as uow:
        return [(row.id, row.version, dict(row.columns)) for row in uow.get("customer", ["C1", "C2"])]


def test_a_customer_is_read_once_in_a_unit_of_work():
    """When it is registered, to see that it is not there; from then on it is known."""
    _, store = answered(100)

    assert [("customer", "C1"), ("customer", "C2")] == [one for one in store.read_records if one[0] == "customer"]
    assert [] == [one for one in store.read_records if one[0] == "personal"]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_what_is_stored_does_not_depend_on_how_many_share_a_unit(size):
    """Records, histories and what can be found by: all as if each command had had a unit of its own."""
    alone, _ = answered(1)
    together, _ = answered(size)

    assert stored(alone) == stored(together)
    assert [alone.history(id, at=LATER) for id in ("C1", "C2")] == [
        together.history(id, at=LATER) for id in ("C1", "C2")
    ]
    assert [] == list(together.verify())
    assert CHANGED == together.customer("C1", at=LATER).profile.name


def test_only_so_many_are_known(monkeypatch):
    """A unit of work over a whole database keeps no more of it than that; what is forgotten is read again."""
    monkeypatch.setattr(session, "MOST_KNOWN", 1)
    crm, store = answered(100)

    assert 3 == len([one for one in store.read_records if one[0] == "customer"])
    assert [] == list(crm.verify())
