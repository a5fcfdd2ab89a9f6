"""Intent applications and extension requests, and what a pending one holds (P-05, P-06, P-07)."""

from datetime import timedelta

import pytest

from crmcore.customers import (
    Abandon,
    ApplyForIntent,
    ApproveExtension,
    ApproveIntent,
    Lock,
    RefuseExtension,
    RefuseIntent,
    RequestExtension,
    Sign,
    Transfer,
)
from crmcore.customers.stages import Intent, Pool, Potential
from crmcore.kernel.actors import Actor
from tests.customers.scene import (
    ADMIN,
    GUEST,
    LI,
    MANAGER,
    MICROSECOND,
    MONDAY,
    REVIEWER,
    SERVICE,
    WANG,
    ZHAO,
    Scene,
    china,
    claim,
)

APPLY = ApplyForIntent("C1", "they ask for an offer")
EXTEND = RequestExtension("C1", "their buyer is away")
BOTH = pytest.mark.parametrize(
    ("ask", "refuse"),
    [(APPLY, RefuseIntent("C1", "too early")), (EXTEND, RefuseExtension("C1", "no"))],
    ids=["intent", "extension"],
)
#: Of a protection begun on Monday, 2 March: the deadline, a Wednesday, and three working days after it, a Monday.
DEADLINE = china(2026, 4, 1, 9)
HOLD = china(2026, 4, 6, 9)


@pytest.mark.rule("P-05")
def test_an_approved_application_makes_a_customer_intent():
    """The owner applies with a reason, a reviewer approves: intent, with the same owner, from the approval on."""
    scene = Scene().potential().at(days=1).given(APPLY, by=LI)
    waiting = scene.customer().stage
    scene.at(days=2).given(ApproveIntent("C1"), by=REVIEWER)
    stage = scene.customer().stage

    assert isinstance(waiting, Potential)
    assert waiting.request is not None
    assert ("intent", "li", MONDAY + timedelta(days=1)) == (
        waiting.request.kind,
        waiting.request.by,
        waiting.request.at,
    )
    assert Intent("li", ("north",), MONDAY + timedelta(days=2), MONDAY + timedelta(days=17)) == stage


@pytest.mark.rule("P-05")
def test_a_refused_application_changes_nothing_else():
    """Refused before the deadline, the customer is potential to the same deadline, and may be applied for again."""
    scene = Scene().potential()
    before = scene.customer().stage
    scene.at(days=1).given(APPLY, by=LI).at(days=2).given(RefuseIntent("C1", "too early"), by=REVIEWER)

    assert before == scene.customer().stage
    assert ["potential", "pool", "pool"] == scene.around(DEADLINE)
    assert [] == scene.refused(APPLY, by=LI)


@pytest.mark.rule("P-05", "P-06")
@pytest.mark.parametrize("reason", ["", "  \n", "\u3000"])
def test_requests_need_a_written_reason(reason):
    """Nothing but spaces is no reason."""
    scene = Scene().potential()

    assert ["P-05 reason-required"] == scene.refused(ApplyForIntent("C1", reason), by=LI)
    assert ["P-06 reason-required"] == scene.refused(RequestExtension("C1", reason), by=LI)


@pytest.mark.rule("P-05")
def test_policy_may_approve_at_once():
    """Where policy approves automatically, applying makes the customer intent."""
    scene = Scene({"customers.requests.intent_approval": "automatic"}).potential().at(days=3)
    outcome = scene.when(APPLY, by=LI)

    assert ["intent-applied", "intent-approved"] == [envelope.type for envelope in outcome.events]
    assert MONDAY + timedelta(days=18) == scene.deadline()
    assert ["P-05 nothing-pending"] == scene.refused(RefuseIntent("C1"), by=REVIEWER)


@pytest.mark.rule("P-05", "A-01")
@pytest.mark.parametrize("who", [MANAGER, ADMIN], ids=lambda actor: actor.id)
def test_managers_may_decide(who):
    """What a reviewer decides, a manager may decide too."""
    scene = Scene().potential().given(APPLY, by=LI).given(ApproveIntent("C1"), by=who)

    assert "intent" == scene.stage()


@pytest.mark.rule("P-05", "P-06", "A-01")
@BOTH
@pytest.mark.parametrize("who", [ZHAO, WANG, REVIEWER, MANAGER, ADMIN, SERVICE], ids=lambda actor: actor.id)
def test_only_the_owner_makes_requests(ask, refuse, who):
    """Neither the team nor those who decide may ask in the owner's place."""
    assert ["A-01 not-permitted"] == Scene().potential().refused(ask, by=who)


@pytest.mark.rule("P-05", "P-06", "A-01")
@pytest.mark.parametrize("who", [ZHAO, WANG, SERVICE, GUEST], ids=lambda actor: actor.id)
def test_only_reviewers_decide(who):
    """Colleagues do not decide."""
    scene = Scene().potential().given(APPLY, by=LI)

    for command in (ApproveIntent("C1"), RefuseIntent("C1")):
        assert ["A-01 not-permitted"] == scene.refused(command, by=who)


@pytest.mark.rule("P-05", "P-06")
@pytest.mark.parametrize("role", ["reviewer", "manager", "administrator"])
def test_nobody_decides_a_request_of_ones_own(role):
    """Who asks and could also decide still needs another to decide."""
    both = Actor("li", roles={"pre-sales", role})
    scene = Scene().potential(by=both).given(APPLY, by=both)

    assert ["P-05 own-request"] == scene.refused(ApproveIntent("C1"), by=both)
    assert ["P-05 own-request"] == scene.refused(RefuseIntent("C1"), by=both)
    scene.given(RefuseIntent("C1"), by=REVIEWER).given(EXTEND, by=both)
    assert ["P-06 own-request"] == scene.refused(ApproveExtension("C1"), by=both)
    assert ["P-06 own-request"] == scene.refused(RefuseExtension("C1"), by=both)


@pytest.mark.rule("P-05", "P-06")
def test_policy_may_let_people_decide_their_own():
    """A firm of one person needs it."""
    both = Actor("li", roles={"pre-sales", "reviewer"})
    scene = Scene({"customers.requests.own_decision": True}).potential(by=both)
    scene.given(EXTEND, ApproveExtension("C1"), APPLY, ApproveIntent("C1"), by=both)

    assert "intent" == scene.stage()


@pytest.mark.rule("P-05")
@pytest.mark.parametrize("stage", ["pool", "intent", "formal"])
def test_only_potential_customers_can_become_intent(stage):
    """Elsewhere there is nothing to apply for, nor to decide."""
    scene = Scene()
    getattr(scene, stage)()

    assert "P-05 not-potential" in scene.refused(APPLY, by=LI)
    assert ["P-05 nothing-pending"] == scene.refused(ApproveIntent("C1"), by=REVIEWER)
    assert ["P-05 nothing-pending"] == scene.refused(RefuseIntent("C1"), by=REVIEWER)


@pytest.mark.rule("P-06")
@pytest.mark.parametrize(("stage", "before", "days"), [("potential", 30, 15), ("intent", 15, 7)])
def test_an_extension_counts_from_the_old_deadline(stage, before, days):
    """Approved early, it adds its days to the old deadline and not to now."""
    scene = Scene()
    getattr(scene, stage)()
    scene.at(days=1).given(EXTEND, by=LI).at(days=2).given(ApproveExtension("C1"), by=REVIEWER)

    assert MONDAY + timedelta(days=before + days) == scene.deadline()
    assert [stage, "pool", "pool"] == scene.around(MONDAY + timedelta(days=before + days))


@pytest.mark.rule("P-06")
def test_an_extension_leaves_the_start_of_the_protection():
    """Only deadline and count change."""
    scene = Scene().potential().at(days=1).given(EXTEND, by=LI).given(ApproveExtension("C1"), by=REVIEWER)

    assert Potential("li", ("north",), MONDAY, MONDAY + timedelta(days=45), None, None, 1) == scene.customer().stage


@pytest.mark.rule("P-06")
def test_policy_sets_the_days_of_extensions():
    """Both lengths are numbers of the policy."""
    overrides = {"customers.requests.potential_extension_days": 3, "customers.requests.intent_extension_days": 4}
    scene = Scene(overrides).potential().given(EXTEND, by=LI).given(ApproveExtension("C1"), by=REVIEWER)

    assert MONDAY + timedelta(days=33) == scene.deadline()
    scene.given(APPLY, by=LI).given(ApproveIntent("C1"), by=REVIEWER)
    scene.given(EXTEND, by=LI).given(ApproveExtension("C1"), by=REVIEWER)
    assert MONDAY + timedelta(days=19) == scene.deadline()


@pytest.mark.rule("P-06")
def test_one_extension_a_stage():
    """A second one is refused; a refused one does not count."""
    scene = Scene().potential().given(EXTEND, by=LI).given(RefuseExtension("C1"), by=REVIEWER)
    scene.given(EXTEND, by=LI).given(ApproveExtension("C1"), by=REVIEWER)
    [refusal] = scene.refusals(EXTEND, by=LI)

    assert ("P-06", "no-more-extensions", {"most": 1}) == (refusal.rule, refusal.code, refusal.params)


@pytest.mark.rule("P-06")
@pytest.mark.parametrize("most", [0, 1, 3])
def test_policy_sets_how_many_extensions_there_are(most):
    """So many are granted and not one more."""
    scene = Scene({"customers.requests.extensions_per_stage": most}).potential()
    for _ in range(most):
        scene.given(EXTEND, by=LI).given(ApproveExtension("C1"), by=REVIEWER)

    assert ["P-06 no-more-extensions"] == scene.refused(EXTEND, by=LI)


@pytest.mark.rule("P-06")
def test_a_new_stage_has_its_own_extension():
    """Extended as potential, a customer may be extended again as intent."""
    scene = Scene().potential().given(EXTEND, by=LI).given(ApproveExtension("C1"), by=REVIEWER)
    scene.given(APPLY, by=LI).given(ApproveIntent("C1"), by=REVIEWER)

    assert [] == scene.refused(EXTEND, by=LI)


@pytest.mark.rule("P-06")
def test_a_new_protection_has_its_own_extension():
    """Who claims a customer that was extended before starts from none."""
    scene = Scene().potential().given(EXTEND, by=LI).given(ApproveExtension("C1"), by=REVIEWER)
    scene.at(days=45).given(claim(), by=WANG)

    assert [] == scene.refused(EXTEND, by=WANG)


@pytest.mark.rule("P-06", "P-05")
@pytest.mark.parametrize("first", [APPLY, EXTEND], ids=["intent", "extension"])
@pytest.mark.parametrize("second", [APPLY, EXTEND], ids=["intent", "extension"])
def test_one_request_is_pending_at_a_time(first, second):
    """Of whatever kind the first is, a second has to wait."""
    scene = Scene().potential().given(first, by=LI)

    assert ["P-06 request-pending"] == scene.refused(second, by=LI)


@pytest.mark.rule("P-06")
def test_decisions_fit_the_request():
    """An application is not approved as an extension, nor the other way round."""
    scene = Scene().potential().given(APPLY, by=LI)

    assert ["P-06 nothing-pending"] == scene.refused(ApproveExtension("C1"), by=REVIEWER)
    assert ["P-06 nothing-pending"] == scene.refused(RefuseExtension("C1"), by=REVIEWER)
    scene.given(RefuseIntent("C1"), by=REVIEWER).given(EXTEND, by=LI)
    assert ["P-05 nothing-pending"] == scene.refused(ApproveIntent("C1"), by=REVIEWER)
    assert ["P-05 nothing-pending"] == scene.refused(RefuseIntent("C1"), by=REVIEWER)


@pytest.mark.rule("P-06")
@pytest.mark.parametrize("stage", ["pool", "formal"])
def test_only_protections_can_be_extended(stage):
    """Pool and formal customers have no deadline."""
    scene = Scene()
    getattr(scene, stage)()

    assert "P-06 not-protected" in scene.refused(EXTEND, by=LI)
    assert ["P-06 nothing-pending"] == scene.refused(ApproveExtension("C1"), by=REVIEWER)
    assert ["P-06 nothing-pending"] == scene.refused(RefuseExtension("C1"), by=REVIEWER)


@pytest.mark.rule("P-06", "P-07")
@BOTH
def test_requests_are_made_before_the_deadline(ask, refuse):
    """A microsecond before it is early enough; at it, the customer is in the pool."""
    early = Scene().potential().at(DEADLINE - MICROSECOND)
    late = Scene().potential().at(DEADLINE)

    assert [] == early.refused(ask, by=LI)
    assert "pool" == late.stage()
    assert late.refused(ask, by=LI)


@pytest.mark.rule("P-06", "P-17")
def test_a_locked_customer_past_its_deadline_takes_no_request():
    """A lock keeps the customer from falling; it does not keep the deadline from passing."""
    scene = Scene({"customers.locks.per_owner": 1}).potential()
    scene.given(Lock("C1"), by=MANAGER)

    assert [] == scene.at(DEADLINE - MICROSECOND).refused(EXTEND, by=LI)
    assert ["P-06 past-deadline"] == scene.at(DEADLINE).refused(EXTEND, by=LI)
    assert ["P-06 past-deadline"] == scene.refused(APPLY, by=LI)


class TestHold:
    """A pending request holds the fall for three working days at most (P-07)."""

    @pytest.mark.rule("P-07")
    @BOTH
    def test_undecided_the_customer_falls_when_the_hold_ends(self, ask, refuse):
        """Deadline on a Wednesday, a weekend between: the fall is on the Monday, and says that nobody decided."""
        scene = Scene().potential().at(days=1).given(ask, by=LI)

        assert ["potential"] * 3 == scene.around(DEADLINE)
        assert ["potential", "pool", "pool"] == scene.around(HOLD)
        stage = scene.at(days=100).customer().stage
        assert isinstance(stage, Pool)
        assert ("undecided", HOLD) == (stage.reason, stage.since)

    @pytest.mark.rule("P-07", "P-23")
    @pytest.mark.parametrize(
        ("start", "until"),
        [
            (china(2026, 2, 28, 9), china(2026, 4, 2, 9)),
            (china(2026, 3, 1, 9), china(2026, 4, 3, 9)),
            (china(2026, 3, 2, 9), china(2026, 4, 6, 9)),
            (china(2026, 3, 3, 9), china(2026, 4, 7, 9)),
            (china(2026, 3, 4, 9), china(2026, 4, 8, 9)),
            (china(2026, 3, 5, 9), china(2026, 4, 8, 9)),
            (china(2026, 3, 6, 9), china(2026, 4, 8, 9)),
        ],
        ids=["to-mon", "to-tue", "to-wed", "to-thu", "to-fri", "to-sat", "to-sun"],
    )
    def test_the_hold_counts_working_days_from_the_deadline(self, start, until):
        """Whatever day of the week the deadline is, three working days after it, at the same local time."""
        scene = Scene(start=start).potential().given(EXTEND, by=LI)

        assert ["potential", "pool", "pool"] == scene.around(until)

    @pytest.mark.rule("P-07")
    def test_the_hold_counts_from_the_deadline_not_from_the_request(self):
        """A request made on the first day holds no less than one made on the last."""
        early = Scene().potential().given(EXTEND, by=LI)
        late = Scene().potential().at(DEADLINE - MICROSECOND).given(EXTEND, by=LI)

        assert early.around(HOLD) == late.around(HOLD) == ["potential", "pool", "pool"]

    @pytest.mark.rule("P-07")
    @pytest.mark.parametrize("late", [timedelta(0), timedelta(days=3), HOLD - DEADLINE - MICROSECOND])
    def test_an_application_can_be_approved_within_the_hold(self, late):
        """Up to a microsecond before the hold ends; the fifteen days count from the approval."""
        scene = Scene().potential().given(APPLY, by=LI).at(DEADLINE + late).given(ApproveIntent("C1"), by=REVIEWER)

        assert DEADLINE + late + timedelta(days=15) == scene.deadline()

    @pytest.mark.rule("P-07", "P-06")
    @pytest.mark.parametrize("late", [timedelta(0), timedelta(days=3), HOLD - DEADLINE - MICROSECOND])
    def test_an_extension_can_be_approved_within_the_hold(self, late):
        """And still counts from the old deadline."""
        scene = Scene().potential().given(EXTEND, by=LI).at(DEADLINE + late).given(ApproveExtension("C1"), by=REVIEWER)

        assert DEADLINE + timedelta(days=15) == scene.deadline()

    @pytest.mark.rule("P-07")
    @BOTH
    def test_a_decision_when_the_hold_ends_comes_too_late(self, ask, refuse):
        """At that very instant the customer has fallen."""
        scene = Scene().potential().given(ask, by=LI).at(HOLD)

        assert "pool" == scene.stage()
        assert scene.refused(refuse, by=REVIEWER)

    @pytest.mark.rule("P-07")
    @BOTH
    @pytest.mark.parametrize("late", [timedelta(0), timedelta(days=2, hours=5)], ids=["at-deadline", "later"])
    def test_refused_after_the_deadline_the_customer_falls_at_that_refusal(self, ask, refuse, late):
        """The fall is dated at the refusal, not at the deadline, and stands in the history after it."""
        scene = Scene().potential().given(ask, by=LI).at(DEADLINE + late).given(refuse, by=REVIEWER)
        stage = scene.customer().stage
        *_, refusal, fall = scene.crm.history("C1")

        assert isinstance(stage, Pool)
        assert ("expired", DEADLINE + late) == (stage.reason, stage.since)
        assert (DEADLINE + late, DEADLINE + late, "expired") == (refusal.at, fall.at, fall.type)

    @pytest.mark.rule("P-07")
    @BOTH
    def test_refused_before_the_deadline_nothing_changes(self, ask, refuse):
        """The protection ends at its deadline, as if nobody had asked."""
        scene = Scene().potential().given(ask, by=LI).at(DEADLINE - MICROSECOND).given(refuse, by=REVIEWER)

        assert ["potential", "pool", "pool"] == scene.around(DEADLINE)

    @pytest.mark.rule("P-07")
    def test_an_extension_that_ends_before_its_approval_does_not_help(self):
        """One day more, approved on the third: the customer falls at the approval."""
        scene = Scene({"customers.requests.potential_extension_days": 1}).potential().given(EXTEND, by=LI)
        scene.at(DEADLINE, days=3).given(ApproveExtension("C1"), by=REVIEWER)
        stage = scene.customer().stage

        assert isinstance(stage, Pool)
        assert ("expired", DEADLINE + timedelta(days=3)) == (stage.reason, stage.since)

    @pytest.mark.rule("P-07")
    @pytest.mark.parametrize(("days", "until"), [(0, DEADLINE), (1, china(2026, 4, 2, 9)), (10, china(2026, 4, 15, 9))])
    def test_policy_sets_how_long_a_request_holds(self, days, until):
        """With 0 working days a request holds nothing."""
        scene = Scene({"customers.requests.hold_working_days": days}).potential().given(EXTEND, by=LI)

        assert ["potential", "pool", "pool"] == scene.around(until)

    @pytest.mark.rule("P-07", "P-04")
    def test_an_intent_customer_is_held_too(self):
        """Its deadline is Tuesday, 17 March; three working days after it is the Friday."""
        scene = Scene().intent().given(EXTEND, by=LI)

        assert ["intent"] * 3 == scene.around(china(2026, 3, 17, 9))
        assert ["intent", "pool", "pool"] == scene.around(china(2026, 3, 20, 9))

    @pytest.mark.rule("P-07", "P-11")
    def test_within_the_hold_the_customer_is_still_protected(self):
        """The owner may sign, and nobody else may protect."""
        scene = Scene().intent().given(EXTEND, by=LI).at(china(2026, 3, 18, 9))

        assert ["P-02 already-protected"] == scene.refused(claim(), by=WANG)
        assert [] == scene.refused(Sign("C1", "HT-1"), by=LI)

    @pytest.mark.rule("P-07", "P-08")
    def test_abandoning_ends_the_request(self):
        """What is given up holds nothing any more."""
        scene = Scene().potential().given(APPLY, by=LI).given(Abandon("C1", "they closed down"), by=LI)

        assert "pool" == scene.stage()
        assert ["P-05 nothing-pending"] == scene.refused(ApproveIntent("C1"), by=REVIEWER)

    @pytest.mark.rule("P-07", "P-14")
    def test_the_hold_of_a_restarted_protection_counts_from_its_new_deadline(self):
        """A transfer that restarts the deadline moves the end of the hold with it: no fall before the deadline."""
        scene = Scene({"customers.protection.on_transfer": "restarts"}).potential().given(EXTEND, by=LI)
        scene.at(days=25).given(Transfer("C1", "wang"), by=MANAGER)

        assert china(2026, 4, 26, 9) == scene.deadline()
        assert ["potential", "pool", "pool"] == scene.around(china(2026, 4, 29, 9))

    @pytest.mark.rule("P-05", "P-06")
    def test_the_hold_goes_with_the_stage(self):
        """Changing the stage clears the pending request."""
        scene = Scene().potential().given(APPLY, by=LI).given(ApproveIntent("C1"), by=REVIEWER)
        stage = scene.customer().stage

        assert isinstance(stage, Intent)
        assert (None, 0) == (stage.request, stage.extensions)
