"""What the strategies draw is what they say, and there is variety in it."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from crmcore import CRM, Actor, Denied, Outcome, Policy
from crmcore.app.outcome import Request
from crmcore.customers import Command, Customer, Register
from crmcore.customers.history import replay
from crmcore.kernel.events import Envelope
from crmcore.testing import strategies
from crmcore.testing.playing import answered, histories_of, seen
from crmcore.testing.schedules import START
from crmcore.testing.strategies import (
    actors,
    commands,
    customers,
    envelopes,
    histories,
    limit_policies,
    policies,
    requests,
    stored_customers,
)

#: The first example found will do; a life is costly to make smaller.
FOUND = settings(
    max_examples=500, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None
)


@given(histories())
@settings(max_examples=30)
def test_a_history_is_complete_and_legal(history: tuple[Envelope, ...]) -> None:
    """It begins with a registration, is numbered without gaps, goes forward in time, and leads to a customer."""
    customer = replay(history)

    assert customer is not None
    assert "registered" == history[0].type
    assert list(range(1, len(history) + 1)) == [envelope.number for envelope in history]
    assert sorted(envelope.at for envelope in history) == [envelope.at for envelope in history]
    assert {"C1"} == {envelope.stream for envelope in history}
    assert customer.version == len(history)


@given(histories("X9", max_size=3))
@settings(max_examples=10)
def test_a_history_is_of_whom_one_asks_for(history: tuple[Envelope, ...]) -> None:
    """Under the id given, and short if few steps are asked for."""
    assert {"X9"} == {envelope.stream for envelope in history}
    assert 20 > len(history)


@pytest.mark.parametrize("stage", ["pool", "potential", "intent", "formal"])
def test_customers_of_every_stage_are_drawn(stage: str) -> None:
    """However a life may leave a customer, some example does."""
    assert stage == find(stored_customers(), lambda customer: customer.stage.name == stage, settings=FOUND).stage.name


def test_a_life_is_drawn_under_policies_of_all_sorts() -> None:
    """Not under the standard one alone; and falls, which nobody brings about, are among the events."""
    drawn = find(envelopes(), lambda envelope: envelope.by == "system", settings=FOUND)

    assert "expired" == drawn.type
    assert "C1" == find(envelopes(), lambda envelope: envelope.policy.startswith("drawn/"), settings=FOUND).stream


def test_requests_pass_and_are_refused() -> None:
    """Legal ones are drawn as well as illegal ones."""

    def outcome(request: Request) -> Outcome | Denied:
        return answered(CRM.open(new_id=lambda: "made"), request).answer

    assert isinstance(outcome(find(requests(), lambda one: isinstance(outcome(one), Outcome), settings=FOUND)), Outcome)
    assert find(requests(), lambda one: isinstance(outcome(one), Denied), settings=FOUND).at == START


@given(customers(), commands(), actors(), policies(), limit_policies(), stored_customers(max_size=2))
@settings(max_examples=10)
def test_everything_is_of_its_class(register, command, actor, policy, limits, customer) -> None:
    """Each strategy gives what its name says."""
    assert isinstance(register, Register)
    assert isinstance(command, Command)
    assert isinstance(actor, Actor)
    assert isinstance(policy, Policy)
    assert limits.any in {True, False}
    assert isinstance(customer, Customer)


def test_every_public_name_is_there_and_described() -> None:
    """The head of the module names them all."""
    assert [] == [name for name in strategies.__all__ if not hasattr(strategies, name)]
    assert [] == [
        name for name in strategies.__all__ if name != "CUSTOMERS" and f"``{name}``" not in (strategies.__doc__ or "")
    ]


def test_who_is_not_on_record_has_no_history() -> None:
    """A picture of everything leaves out who is not there."""
    crm = CRM.open()

    assert {} == histories_of(crm, ["C1"], START)
    assert [] == seen(crm, START + timedelta(days=1))["customers"]
