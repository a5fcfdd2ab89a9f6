"""How many customers one person may hold and claim (P-16)."""

from datetime import timedelta
from typing import Any

import pytest

from crmcore.customers import Abandon, ApplyForIntent, ApproveIntent, Release, Sign, Transfer
from crmcore.kernel.actors import Actor
from tests.customers.scene import LI, MANAGER, MICROSECOND, MONDAY, REVIEWER, WANG, Scene, china, claim, register

STAGE = ["P-16 limit-stage"]
TOTAL = ["P-16 limit-total"]


def limits(**most: Any) -> dict[str, Any]:
    """Overrides that set these limits."""
    return {f"customers.limits.{name}": value for name, value in most.items()}


def another(n: int) -> Any:
    """The n-th customer to register."""
    return register(id=f"C{n}", name=f"靖江市第{n}贸易有限公司")


def holding(count: int, overrides: dict[str, Any]) -> Scene:
    """A stage on which Li holds so many potential customers."""
    return Scene(overrides).given(*(another(n) for n in range(1, count + 1)), by=LI)


@pytest.mark.rule("P-16")
def test_there_are_no_limits_by_default():
    """One person may hold and claim as much as there is, within one instant."""
    assert 60 == len(holding(60, {}).crm.customers.held_by("li"))


@pytest.mark.rule("P-16")
@pytest.mark.parametrize(
    ("overrides", "expected"), [(limits(potential=2), STAGE), (limits(total=2), TOTAL)], ids=["stage", "total"]
)
def test_so_many_potential_customers_and_not_one_more(overrides, expected):
    """Neither by registering nor by claiming; the refusal tells how many there are."""
    scene = holding(2, overrides).pool(id="P1")
    [refusal] = scene.refusals(another(3), by=LI)

    assert expected == scene.refused(another(3), by=LI) == scene.refused(claim("P1"), by=LI)
    assert ("li", 2, 2) == (refusal.params["owner"], refusal.params["held"], refusal.params["most"])


@pytest.mark.rule("P-16")
@pytest.mark.parametrize("overrides", [limits(potential=2), limits(total=2)], ids=["stage", "total"])
def test_limits_are_a_person_s(overrides):
    """What others hold does not count."""
    assert [] == holding(2, overrides).refused(another(3), by=WANG)


@pytest.mark.rule("P-16")
@pytest.mark.parametrize("overrides", [limits(potential=1), limits(total=1)], ids=["stage", "total"])
def test_registering_into_the_pool_is_no_holding(overrides):
    """Limits do not speak against it, for nobody holds the customer then."""
    both = Actor("li", roles={"pre-sales", "manager"})

    assert [] == holding(1, overrides).refused(register(into="pool", id="P1"), by=both)


@pytest.mark.rule("P-16")
@pytest.mark.parametrize("overrides", [limits(potential=1), limits(total=1)], ids=["stage", "total"])
def test_giving_up_makes_room(overrides):
    """At once."""
    scene = holding(1, overrides).given(Abandon("C1", "lost"), by=LI)

    assert [] == scene.refused(another(2), by=LI)


@pytest.mark.rule("P-16", "P-19")
@pytest.mark.parametrize("overrides", [limits(potential=1), limits(total=1)], ids=["stage", "total"])
def test_what_is_due_to_fall_makes_room(overrides):
    """At the very deadline, whether or not anybody has swept."""
    scene = holding(1, overrides)

    assert scene.at(china(2026, 4, 1, 9) - MICROSECOND).refused(another(2), by=LI)
    assert [] == scene.at(china(2026, 4, 1, 9)).refused(another(2), by=LI)


@pytest.mark.rule("P-16")
def test_the_limits_of_stages_are_separate():
    """Intent customers do not count as potential; in all they do."""
    separate = Scene(limits(potential=1, intent=1)).intent(id="C1")
    together = Scene(limits(total=1)).intent(id="C1")

    assert [[], TOTAL] == [scene.refused(another(2), by=LI) for scene in (separate, together)]


@pytest.mark.rule("P-16")
def test_an_approval_needs_room_in_intent():
    """The limit is the owner's, whoever approves."""
    scene = Scene(limits(intent=1)).intent(id="C9").given(another(1), by=LI)
    scene.given(ApplyForIntent("C1", "asks"), by=LI)
    [refusal] = scene.refusals(ApproveIntent("C1"), by=REVIEWER)

    assert ("P-16", "limit-stage", "li") == (refusal.rule, refusal.code, refusal.params["owner"])
    assert "li already holds 1 of 1 intent customers" == refusal.message()
    assert "li 的意向客户已达上限（1/1）" == refusal.message("zh")
    scene.given(Sign("C9", "HT-1"), by=LI)
    assert [] == scene.refused(ApproveIntent("C1"), by=REVIEWER)


@pytest.mark.rule("P-16")
def test_an_application_needs_room_only_where_it_is_approved_at_once():
    """Otherwise it may wait for room."""
    automatic = {"customers.requests.intent_approval": "automatic"}
    waits = Scene(limits(intent=0)).given(another(1), by=LI)
    at_once = Scene({**limits(intent=0), **automatic}).given(another(1), by=LI)
    room = Scene({**limits(intent=1), **automatic}).given(another(1), by=LI)

    assert [[], STAGE, []] == [scene.refused(ApplyForIntent("C1", "asks"), by=LI) for scene in (waits, at_once, room)]


@pytest.mark.rule("P-16")
def test_moving_up_does_not_count_twice():
    """A potential customer that becomes intent is still one."""
    scene = holding(1, limits(total=1)).given(ApplyForIntent("C1", "asks"), by=LI)

    assert [] == scene.refused(ApproveIntent("C1"), by=REVIEWER)


@pytest.mark.rule("P-16", "P-11")
def test_formal_customers_do_not_count():
    """However many have signed."""
    scene = Scene(limits(total=1)).formal(id="C1").formal(id="C2", name="靖江市春意贸易有限公司")

    assert [] == scene.refused(another(3), by=LI)


@pytest.mark.rule("P-16")
@pytest.mark.parametrize(("count_signed", "expected"), [(False, []), (True, STAGE)])
def test_customers_with_contracts_count_only_where_policy_says_so(count_signed, expected):
    """One that has signed, was released and claimed again."""
    scene = Scene(limits(potential=1, count_signed=count_signed)).formal(id="C1")
    scene.given(Release("C1", "lost"), by=MANAGER).given(claim("C1"), by=LI)

    assert expected == scene.refused(another(2), by=LI)


@pytest.mark.rule("P-16")
@pytest.mark.parametrize(("count_signed", "expected"), [(False, []), (True, STAGE)])
def test_a_customer_with_contracts_can_be_claimed_beyond_the_limit(count_signed, expected):
    """What does not count needs no room, unless policy counts it."""
    scene = Scene(limits(potential=1, count_signed=count_signed)).formal(id="C1")
    scene.given(Release("C1", "lost"), by=MANAGER).given(another(2), by=LI)

    assert expected == scene.refused(claim("C1"), by=LI)


@pytest.mark.rule("P-16", "P-14")
@pytest.mark.parametrize(
    ("overrides", "stage", "held", "expected"),
    [
        (limits(potential=1), "potential", "potential", STAGE),
        (limits(intent=1), "intent", "intent", STAGE),
        (limits(total=1), "potential", "intent", TOTAL),
        (limits(intent=1), "potential", "intent", []),
        (limits(potential=1), "intent", "potential", []),
    ],
)
def test_who_is_given_a_customer_needs_room_for_it(overrides, stage, held, expected):
    """A transfer is no way around the limits."""
    scene = Scene(overrides)
    getattr(scene, stage)(id="C1", by=WANG)
    getattr(scene, held)(id="C2", name="靖江市春意贸易有限公司", by=LI)

    assert expected == scene.refused(Transfer("C1", "li"), by=MANAGER)


class TestPace:
    """How many claims a day, and how soon after another (P-16)."""

    @pytest.mark.rule("P-16")
    def test_so_many_claims_a_day_and_not_one_more(self):
        """The refusal tells when the next day begins in the policy's zone, and that instant is early enough."""
        scene = holding(2, limits(claims_per_day=2))
        [refusal] = scene.refusals(another(3), by=LI)

        assert ("P-16", "claims-per-day", china(2026, 3, 3)) == (refusal.rule, refusal.code, refusal.until)
        assert ["P-16 claims-per-day"] == scene.at(china(2026, 3, 3) - MICROSECOND).refused(another(3), by=LI)
        assert [] == scene.at(china(2026, 3, 3)).refused(another(3), by=LI)

    @pytest.mark.rule("P-16")
    def test_each_day_counts_anew(self):
        """What was claimed yesterday does not count today."""
        scene = holding(2, limits(claims_per_day=2)).at(days=1).given(another(3), another(4), by=LI)

        assert ["P-16 claims-per-day"] == scene.refused(another(5), by=LI)

    @pytest.mark.rule("P-16")
    def test_the_day_is_the_policy_s(self):
        """It begins at midnight there."""
        overrides = {**limits(claims_per_day=1), "zone": "America/New_York"}
        scene = Scene(overrides, start=china(2026, 3, 3, 12, 30)).given(another(1), by=LI)
        [refusal] = scene.refusals(another(2), by=LI)

        assert china(2026, 3, 3, 13) == refusal.until

    @pytest.mark.rule("P-16")
    def test_claims_out_of_the_pool_and_registrations_count_alike(self):
        """Both begin a protection; registering into the pool and being given a customer do not."""
        scene = Scene(limits(claims_per_day=1)).pool(id="P1").given(another(1), by=WANG)
        scene.given(Transfer("C1", "li"), by=MANAGER)
        before = scene.refused(claim("P1"), by=LI)
        scene.given(claim("P1"), by=LI)

        assert [] == before
        assert ["P-16 claims-per-day"] == scene.refused(another(2), by=LI)

    @pytest.mark.rule("P-16")
    def test_what_was_given_up_counts_as_claimed(self):
        """A claim is a claim."""
        scene = holding(1, limits(claims_per_day=1)).given(Abandon("C1", "lost"), by=LI)

        assert ["P-16 claims-per-day"] == scene.refused(another(2), by=LI)

    @pytest.mark.rule("P-16")
    def test_so_much_time_lies_between_two_claims(self):
        """The refusal tells when it will have passed, and that instant is late enough."""
        scene = holding(1, limits(claim_interval_minutes=30)).at(minutes=29)
        until = MONDAY + timedelta(minutes=30)
        [refusal] = scene.refusals(another(2), by=LI)

        assert ("P-16", "claim-interval", until) == (refusal.rule, refusal.code, refusal.until)
        assert ["P-16 claim-interval"] == scene.at(until - MICROSECOND).refused(another(2), by=LI)
        assert [] == scene.at(until).refused(another(2), by=LI)

    @pytest.mark.rule("P-16")
    def test_the_interval_counts_from_the_last_claim(self):
        """Not from the first."""
        scene = holding(1, limits(claim_interval_minutes=30)).at(minutes=30).given(another(2), by=LI)

        assert ["P-16 claim-interval"] == scene.at(minutes=59).refused(another(3), by=LI)
        assert [] == scene.at(minutes=60).refused(another(3), by=LI)

    @pytest.mark.rule("P-16")
    def test_a_claim_entered_late_does_not_shorten_the_interval(self):
        """Commands may come out of order between customers; the latest claim counts."""
        scene = Scene(limits(claim_interval_minutes=30)).at(minutes=40).given(another(1), by=LI)
        scene.given(another(2), by=WANG).at(minutes=5)

        assert ["P-16 claim-interval"] == scene.refused(another(3), by=LI)
        assert [] == scene.at(minutes=70).refused(another(3), by=LI)

    @pytest.mark.rule("P-16")
    def test_a_claim_entered_late_does_not_clear_today_s_count(self):
        """Yesterday's claim, entered today, leaves what was claimed today."""
        scene = Scene(limits(claims_per_day=1)).at(days=1).given(another(1), by=LI)
        scene.at(days=0).given(another(2), by=LI).at(days=1)

        assert ["P-16 claims-per-day"] == scene.refused(another(3), by=LI)

    @pytest.mark.rule("P-16")
    def test_several_limits_refuse_together(self):
        """Each says so, in the order of their codes."""
        scene = holding(1, limits(potential=1, total=1, claims_per_day=1, claim_interval_minutes=5))

        assert ["P-16 claim-interval", "P-16 claims-per-day", "P-16 limit-stage", "P-16 limit-total"] == scene.refused(
            another(2), by=LI
        )
