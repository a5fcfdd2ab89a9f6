"""Cases that the properties found, kept as plain examples."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmcore import CRM, Actor, Refused
from crmcore.app.policy import load_policy
from crmcore.customers import (
    Abandon,
    AddContact,
    ApplyForIntent,
    ApproveExtension,
    ChangeContact,
    Protect,
    Rebase,
    RecordFollowUp,
    RefuseExtension,
    RequestExtension,
    Transfer,
)
from crmcore.kernel.refusals import Refusals
from crmcore.testing.schedules import MICROSECOND, Says, fill, registration
from tests.properties.racing import claim

SHANGHAI = ZoneInfo("Asia/Shanghai")
LI = Actor("li", {"pre-sales"})
WANG = Actor("wang", {"pre-sales"})
CHEN = Actor("chen", {"reviewer"})
SUN = Actor("sun", {"manager"})


def at(day: int, hour: int = 9) -> datetime:
    """An hour of a day of March 2026 in Shanghai; the 2nd is a Monday, and days go on past the 31st."""
    return datetime(2026, 3, 1, hour, tzinfo=SHANGHAI).astimezone(UTC) + timedelta(days=day - 1)


def opened(**policy: Any) -> CRM:
    """A CRM under the standard policy with other values by dotted path, and one customer of Li's since 2 March."""
    overrides = {f"customers.{path.replace('__', '.')}": value for path, value in policy.items()}
    crm = CRM.open(policy=load_policy("standard", overrides))
    crm.handle(registration("C1", Says()), actor=LI, at=at(2))
    return crm


def follow_up(crm: CRM, actor: Actor, when: datetime) -> None:
    """Record that somebody was spoken to."""
    next_contact = when + timedelta(days=2)
    command = RecordFollowUp(customer="C1", channel="phone", content="spoken", next_contact_at=next_contact)
    crm.handle(command, actor=actor, at=when)


@pytest.mark.rule("P-07", "P-14")
def test_a_transfer_that_restarts_the_deadline_takes_the_hold_along() -> None:
    """A request pending at a transfer holds the fall three working days past the new deadline, not the old one."""
    crm = opened(protection__on_transfer="restarts", protection__potential_days=10)
    crm.handle(RequestExtension("C1", "not yet"), actor=LI, at=at(5))
    crm.handle(Transfer("C1", "wang"), actor=SUN, at=at(11))

    # The new deadline is Saturday the 21st; three working days later is Wednesday the 25th.
    assert at(21) == crm.customer("C1", at=at(11)).deadline
    assert "potential" == crm.customer("C1", at=at(25) - MICROSECOND).stage.name
    assert at(25) == crm.history("C1", at=at(30))[-1].at


@pytest.mark.rule("P-07")
def test_activity_that_moves_the_deadline_takes_the_hold_along() -> None:
    """A request pending when activity moves the deadline holds the fall past the new deadline, not the old one."""
    crm = opened(protection__activity_days=10)
    crm.handle(ApplyForIntent("C1", "they want it"), actor=LI, at=at(30))
    follow_up(crm, LI, at(33))

    # The old deadline was 1 April, its hold the 6th; the new one is Sunday 12 April, its hold Wednesday the 15th.
    assert at(43) == crm.customer("C1", at=at(33)).deadline
    assert "potential" == crm.customer("C1", at=at(42)).stage.name
    assert at(46) == crm.history("C1", at=at(60))[-1].at


@pytest.mark.rule("P-06", "P-22")
def test_an_extension_of_a_rounded_deadline_is_not_rounded_again() -> None:
    """Fifteen days after the end of a day is the end of a day, and what rebasing under the same policy gives."""
    crm = opened(protection__end_of_day=True)
    crm.handle(RequestExtension("C1", "not yet"), actor=LI, at=at(5))
    deadline = crm.customer("C1", at=at(5)).deadline
    crm.handle(ApproveExtension("C1"), actor=CHEN, at=at(6))
    extended = crm.customer("C1", at=at(6)).deadline

    assert at(33, 0) == deadline
    assert at(48, 0) == extended
    with pytest.raises(Refused) as refused:
        crm.handle(Rebase("C1"), actor=SUN, at=at(7))
    assert ["same-deadline"] == [refusal.code for refusal in refused.value.refusals]


@pytest.mark.rule("P-14")
def test_a_restart_on_the_same_day_is_a_restart() -> None:
    """A transfer that restarts the protection restarts it even where rounding gives the same deadline."""
    crm = opened(protection__on_transfer="restarts", protection__end_of_day=True)
    crm.handle(Transfer("C1", "wang"), actor=SUN, at=at(2, 15))

    assert at(2, 15) == crm.customer("C1", at=at(2, 15)).stage.since


@pytest.mark.rule("P-21", "D-06")
def test_without_a_contact_none_can_be_changed() -> None:
    """Changing a contact is not among what can be done while there is none."""
    crm = CRM.open()
    crm.handle(registration("C1", Says(contact=False)), actor=LI, at=at(2))

    assert ChangeContact not in crm.can("C1", actor=LI, at=at(2))
    crm.handle(fill(AddContact, "C1", Says(), at(2)), actor=LI, at=at(2))
    assert ChangeContact in crm.can("C1", actor=LI, at=at(2))


@pytest.mark.rule("P-08", "P-21")
def test_the_longer_of_two_cool_downs_counts() -> None:
    """Who gave a customer up, got it back and let it fall is told the instant at which both waits are over."""
    crm = opened(cool_down__abandon_days=40, cool_down__expiry_days=30, protection__potential_days=10)
    crm.handle(Abandon("C1", "no use"), actor=LI, at=at(2))
    crm.handle(claim("C1"), actor=WANG, at=at(3))
    crm.handle(Transfer("C1", "li"), actor=SUN, at=at(4))
    said = why_not_protect(crm, at(14))

    # The wait after giving it up ends on day 42, that after the fall of day 13 on day 43.
    assert [("P-08", at(43))] == [(refusal.rule, refusal.until) for refusal in said]
    assert () == why_not_protect(crm, at(43))


def why_not_protect(crm: CRM, when: datetime) -> Refusals:
    """Why Li cannot claim the customer."""
    return crm.why_not(claim("C1"), actor=LI, at=when)


@pytest.mark.rule("P-16")
def test_a_command_dated_back_does_not_make_room_for_claims() -> None:
    """A claim that is entered late, for an earlier day, leaves the claims of the later day counted."""
    crm = opened(limits__claims_per_day=1)
    for id in ("C2", "C3", "C4"):
        crm.handle(registration(id, Says(into="pool")), actor=SUN, at=at(3))
    crm.handle(claim("C2"), actor=LI, at=at(5))
    crm.answer(claim("C3"), actor=LI, at=at(4))
    said = crm.why_not(claim("C4"), actor=LI, at=at(5, 10))

    assert ["claims-per-day"] == [refusal.code for refusal in said]


@pytest.mark.rule("P-07", "P-19")
def test_a_request_refused_past_the_deadline_falls_at_the_refusal() -> None:
    """The fall belongs to the refusal's own outcome, dated at the refusal, and nothing is left for a sweep."""
    crm = opened()
    crm.handle(RequestExtension("C1", "not yet"), actor=LI, at=at(31))
    outcome = crm.handle(RefuseExtension("C1", "too late"), actor=CHEN, at=at(33))

    assert ["extension-refused", "expired"] == [envelope.type for envelope in outcome.events]
    assert at(33) == outcome.events[-1].at
    assert 0 == crm.sweep(at=at(33))


@pytest.mark.rule("P-03", "P-20")
def test_the_deadline_itself_is_past() -> None:
    """At the very instant of the deadline the customer is in the pool and anybody's, a microsecond before it is not."""
    crm = opened()

    assert date(2026, 4, 1) == at(32).astimezone(SHANGHAI).date()
    assert "potential" == crm.customer("C1", at=at(32) - MICROSECOND).stage.name
    assert ["P-02"] == [refusal.rule for refusal in crm.why_not(claim("C1"), actor=WANG, at=at(32) - MICROSECOND)]
    assert () == crm.why_not(claim("C1"), actor=WANG, at=at(32))
    assert Protect in crm.can("C1", actor=LI, at=at(32))
