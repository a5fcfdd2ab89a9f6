"""P-15: when somebody leaves, everything of theirs goes to successors, or nothing does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmcore import CRM, Actor, Invalid, Refused
from crmcore.customers import (
    ApplyForIntent,
    ApproveIntent,
    ContactDetails,
    FollowUp,
    Protect,
    RecordFollowUp,
    Register,
    Sign,
)

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
BOSS = Actor("boss", {"manager", "reviewer"})
LI = Actor("li", {"pre-sales"}, {"east"})
CHEN = Actor("chen", {"pre-sales"}, {"east"})
ZHAO = Actor("zhao", {"pre-sales"}, {"west"})


def register(crm, id, by=LI):
    """Register a fabricated customer for somebody."""
    profile: dict[str, Any] = {
        "address": "1 Example Road",
        "industry": "manufacturing",
        "phone": "02155500000",
        "introduction": "-",
    }
    crm.handle(Register(name=f"Fabricated {id} Ltd", id=id, **profile), actor=by, at=START)


@pytest.fixture
def crm():
    """Li has a potential, an intent and a formal customer, one that is due to fall, and plans with Chen's."""
    crm = CRM.open("memory://", overrides={"customers.limits.total": 4}, clock=lambda: START + timedelta(days=20))
    for id in ("C1", "C2", "C3"):
        register(crm, id)
    for id in ("C2", "C3"):
        crm.handle(ApplyForIntent(id, "wants to buy"), actor=LI, at=START)
        crm.handle(ApproveIntent(id), actor=BOSS, at=START + timedelta(days=9))
    crm.handle(Sign("C3", "HT-1"), actor=LI, at=START + timedelta(days=9))
    crm.handle(
        RecordFollowUp(customer="C1", channel="phone", content="-", next_contact_at=START + timedelta(days=25)),
        actor=LI,
        at=START + timedelta(days=9),
    )
    register(crm, "C5", by=CHEN)
    crm.handle(
        RecordFollowUp(customer="C5", channel="phone", content="-", next_contact_at=START + timedelta(days=25)),
        actor=LI,
        at=START,
    )
    return crm


@pytest.mark.rule("P-15")
def test_everything_goes_to_the_successors_in_turn(crm):
    """Customers of every stage and open plans go over, alternating; the leaver has nothing left."""
    moved = crm.hand_over_all("li", [CHEN, ZHAO], actor=BOSS, reason="leaves at the end of the month")

    assert [
        ("C1", "transfer", "chen"),
        ("C2", "transfer", "zhao"),
        ("C3", "hand-over", "chen"),
        ("C5", "reassign-actions", "zhao"),
    ] == [(one.customer, one.do, one.to) for one in moved]
    assert [] == crm.customers.held_by("li")
    assert [] == crm.agenda(LI)
    assert {"C1", "C3", "C5"} == {customer.id for customer in crm.customers.held_by("chen")}
    assert [] == list(crm.verify())


@pytest.mark.rule("P-15")
def test_the_history_says_who_moved_what_to_whom_and_why(crm):
    """Each customer's history holds the move, its author and its reason."""
    crm.hand_over_all("li", [CHEN], actor=BOSS, reason="leaves")
    event = crm.history("C1")[-1]

    assert ("transferred", "boss", "li", "chen", "leaves") == (
        event.type,
        event.by,
        event.event.owner,
        event.event.to,
        event.event.reason,
    )
    assert "actions-reassigned" == crm.history("C5")[-1].type


@pytest.mark.rule("P-15")
def test_plans_about_the_leavers_customers_go_with_them(crm):
    """What Li had to do about C1 is now in Chen's agenda."""
    crm.hand_over_all("li", [CHEN], actor=BOSS)

    planned = [item.customer for item in crm.agenda(CHEN) if item.kind == "next-contact"]

    assert ["C1", "C5"] == sorted(planned)


@pytest.mark.rule("P-15")
def test_it_may_be_run_again(crm):
    """A second run finds nothing to move, and changes nothing."""
    crm.hand_over_all("li", [CHEN], actor=BOSS)
    before = [crm.history(id) for id in ("C1", "C2", "C3", "C5")]

    assert () == crm.hand_over_all("li", [ZHAO], actor=BOSS)
    assert before == [crm.history(id) for id in ("C1", "C2", "C3", "C5")]


@pytest.mark.rule("P-15")
def test_a_successor_without_room_is_passed_over(crm):
    """Chen, who already holds the limit, gets nothing that counts; Zhao gets it all."""
    for number in range(6, 9):
        register(crm, f"C{number}", by=CHEN)

    moved = crm.hand_over_all("li", [CHEN, ZHAO], actor=BOSS)

    assert {"C1": "zhao", "C2": "zhao"} == {one.customer: one.to for one in moved if one.do == "transfer"}


@pytest.mark.rule("P-15")
def test_all_or_nothing(crm):
    """When one customer can go to nobody, nothing is moved."""
    for number in range(6, 8):
        register(crm, f"C{number}", by=CHEN)

    with pytest.raises(Refused) as refused:
        crm.hand_over_all("li", [CHEN], actor=BOSS)

    assert ["P-16"] == [refusal.rule for refusal in refused.value.refusals]
    assert {"C1", "C2", "C3"} == {customer.id for customer in crm.customers.held_by("li")}
    assert "transferred" not in {event.type for event in crm.history("C1")}


@pytest.mark.rule("P-15")
def test_what_is_due_to_fall_is_nobodys_to_pass_on(crm):
    """A customer whose deadline has passed stays in the pool, swept or not."""
    moved = crm.hand_over_all("li", [CHEN], actor=BOSS, at=START + timedelta(days=60))

    assert [("C3", "hand-over")] == [(one.customer, one.do) for one in moved]


@pytest.mark.rule("P-15")
@pytest.mark.parametrize("successors", [[], [LI], [CHEN, LI]])
def test_successors_are_others(crm, successors):
    """There must be a successor, and it cannot be who leaves."""
    with pytest.raises(Invalid, match="at least one successor"):
        crm.hand_over_all("li", successors, actor=BOSS)


@pytest.mark.rule("P-15")
def test_only_a_manager_may(crm):
    """A colleague cannot take a leaver's customers."""
    with pytest.raises(Refused, match="A-01"):
        crm.hand_over_all("li", [CHEN], actor=CHEN)


@pytest.mark.rule("P-15")
def test_contacts_in_the_pool_are_passed_on_too(crm):
    """A plan about a customer in the pool is an open action like any other."""
    crm.handle(Sign("C2", "HT-2"), actor=LI)
    register(crm, "C9", by=ZHAO)
    later = START + timedelta(days=31)
    claim = RecordFollowUp(customer="C9", channel="phone", content="-", next_contact_at=later + timedelta(days=3))
    crm.handle(claim, actor=LI, at=later)

    moved = crm.hand_over_all("li", [CHEN], actor=BOSS, at=later)

    assert ("C9", "reassign-actions") in {(one.customer, one.do) for one in moved}
    assert crm.can("C9", actor=CHEN, at=later)
    crm.handle(Protect("C9", ContactDetails("-"), FollowUp(channel="phone", content="-")), actor=CHEN, at=later)
