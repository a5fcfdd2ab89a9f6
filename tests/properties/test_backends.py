"""Every backend gives the same answers as memory to the same schedule."""

from itertools import count

import pytest
from hypothesis import given

from crmcore import CRM, Policy
from crmcore.testing.schedules import Step
from crmcore.testing.strategies import CUSTOMERS, policies, schedules
from tests.properties.driver import histories, last_instant, memory, play, replayed

_SPACES = count()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name one file for all examples; each has a space of its own in it, as tenants do."""
    return f"sqlite:///{tmp_path_factory.mktemp('backends') / 'all.db'}"


@given(policy=policies(), steps=schedules(max_size=30))
def test_sqlite_and_memory_agree(database: str, policy: Policy, steps: list[Step]) -> None:
    """On SQLite, every outcome, refusal, history and state is what it is in memory."""
    crm = memory(policy)
    played = list(play(crm, steps))
    end = last_instant(played)
    with CRM.open(database, policy=policy, space=f"s{next(_SPACES)}", new_id=lambda: "made") as other:
        again = list(replayed(other, played))

        assert [one.answer for one in played] == [one.answer for one in again]
        assert histories(crm, CUSTOMERS, end) == histories(other, CUSTOMERS, end)
        assert crm.customers.all(at=end, merged=True) == other.customers.all(at=end, merged=True)
        assert crm.customers.in_pool(at=end) == other.customers.in_pool(at=end)
        assert crm.sweep(at=end) == other.sweep(at=end)
        assert [] == list(other.verify())


@given(policy=policies(), steps=schedules(max_size=30))
def test_batches_and_single_commands_agree(database: str, policy: Policy, steps: list[Step]) -> None:
    """Commands in one transaction have the same answers as one after the other, the refused ones among them."""
    crm = memory(policy)
    played = list(play(crm, steps))
    end = last_instant(played)
    requests = [one.request for one in played]
    with CRM.open(database, policy=policy, space=f"s{next(_SPACES)}", new_id=lambda: "made") as other:
        assert [one.answer for one in played] == list(other.answer_all(requests, size=7))
        assert histories(crm, CUSTOMERS, end) == histories(other, CUSTOMERS, end)
        assert [] == list(other.verify())
