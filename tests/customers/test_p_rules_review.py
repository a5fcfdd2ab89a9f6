"""Review of new protections (P-10)."""

from datetime import timedelta

import pytest

from crmcore.customers import (
    Abandon,
    ApplyForIntent,
    ApproveProtection,
    RefuseProtection,
    RequestExtension,
    ResubmitProtection,
)
from crmcore.customers.stages import Pool, Potential, Review
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
    record,
    register,
)

APPROVE = ApproveProtection("C1")
REFUSE = RefuseProtection("C1", "their subsidiary is ours already")
RESUBMIT = ResubmitProtection("C1")
#: Three working days after Monday.
THURSDAY = china(2026, 3, 5, 9)


def reviewed(overrides=None, start=MONDAY) -> Scene:
    """A stage under the preset that reviews."""
    return Scene(overrides, policy="reviewed", start=start)


@pytest.mark.rule("P-10")
def test_a_new_protection_waits_for_a_reviewer():
    """Registered or claimed, it is potential with its owner, and to be decided within three working days."""
    registered = reviewed().potential().customer().stage
    claimed = reviewed().pool().given(claim(), by=WANG).customer().stage

    assert Potential("li", ("north",), MONDAY, china(2026, 4, 1, 9), Review("li", MONDAY, THURSDAY)) == registered
    assert Potential("wang", ("south",), MONDAY, china(2026, 4, 1, 9), Review("wang", MONDAY, THURSDAY)) == claimed


@pytest.mark.rule("P-10")
def test_the_standard_policy_does_not_review():
    """Nothing waits, and there is nothing to decide."""
    scene = Scene().potential()

    assert ["P-10 nothing-to-review"] == scene.refused(APPROVE, by=REVIEWER)
    assert ["P-10 nothing-to-review"] == scene.refused(REFUSE, by=REVIEWER)
    assert ["P-10 not-refused"] == scene.refused(RESUBMIT, by=LI)


@pytest.mark.rule("P-10")
def test_approved_it_is_in_force():
    """To the deadline it has had from the beginning."""
    scene = reviewed().potential().at(days=2).given(APPROVE, by=REVIEWER)

    assert Potential("li", ("north",), MONDAY, china(2026, 4, 1, 9)) == scene.customer().stage
    assert ["P-10 nothing-to-review"] == scene.refused(APPROVE, by=REVIEWER)


@pytest.mark.rule("P-10")
@pytest.mark.parametrize(
    "ask", [ApplyForIntent("C1", "asks"), RequestExtension("C1", "away")], ids=["intent", "extension"]
)
def test_until_approved_nothing_can_be_asked_for(ask):
    """Applications and extensions need a protection in force."""
    scene = reviewed().potential()

    assert ["P-10 under-review"] == scene.refused(ask, by=LI)
    assert ["P-10 under-review"] == scene.given(REFUSE, by=REVIEWER).refused(ask, by=LI)
    scene.given(RESUBMIT, by=LI).given(APPROVE, by=REVIEWER)
    assert [] == scene.refused(ask, by=LI)


@pytest.mark.rule("P-10")
def test_under_review_the_customer_is_the_owner_s():
    """Others cannot claim it; the owner may work it, and may give it up."""
    scene = reviewed().potential()

    assert ["P-02 already-protected"] == scene.refused(claim(), by=WANG)
    assert [] == scene.refused(record(), by=LI)
    assert [] == scene.refused(Abandon("C1", "a mistake"), by=LI)


@pytest.mark.rule("P-10")
@pytest.mark.parametrize(
    ("start", "until"),
    [
        (china(2026, 3, 2, 9), china(2026, 3, 5, 9)),
        (china(2026, 3, 4, 9), china(2026, 3, 9, 9)),
        (china(2026, 3, 6, 18), china(2026, 3, 11, 18)),
        (china(2026, 3, 7, 9), china(2026, 3, 11, 9)),
    ],
    ids=["monday", "wednesday", "friday", "saturday"],
)
def test_refused_the_customer_is_public_after_three_working_days(start, until):
    """The owner is removed at that instant."""
    scene = reviewed(start=start).potential().given(REFUSE, by=REVIEWER)

    assert ["potential", "pool", "pool"] == scene.around(until)
    stage = scene.at(days=20).customer().stage
    assert isinstance(stage, Pool)
    assert ("review-refused", until, None) == (stage.reason, stage.since, stage.owner)


@pytest.mark.rule("P-10")
def test_policy_may_make_it_public_at_once():
    """With 0 working days the refusal removes the owner."""
    scene = reviewed({"customers.review.public_working_days": 0}).potential().at(days=1).given(REFUSE, by=REVIEWER)

    assert Pool(MONDAY + timedelta(days=1), "review-refused", "li", ("north",)) == scene.customer().stage
    assert ["registered", "protected", "protection-refused", "expired"] == scene.events()
    assert [] == scene.refused(claim(), by=WANG)


@pytest.mark.rule("P-10")
@pytest.mark.parametrize("note", ["", "  "])
def test_a_refusal_needs_a_note(note):
    """The owner must know what to correct."""
    assert ["P-10 note-required"] == reviewed().potential().refused(RefuseProtection("C1", note), by=REVIEWER)


@pytest.mark.rule("P-10")
def test_the_owner_may_resubmit():
    """Until the customer is public; then another review begins, with three working days of its own."""
    scene = reviewed().potential().given(REFUSE, by=REVIEWER).at(THURSDAY - MICROSECOND).given(RESUBMIT, by=LI)
    stage = scene.customer().stage

    assert isinstance(stage, Potential)
    assert Review("li", scene.now, china(2026, 3, 10, 9) - MICROSECOND) == stage.review
    assert ["potential"] * 3 == scene.around(THURSDAY)
    scene.given(APPROVE, by=REVIEWER)
    assert ["potential", "pool", "pool"] == scene.around(china(2026, 4, 1, 9))


@pytest.mark.rule("P-10")
def test_resubmitting_comes_too_late_once_public():
    """At that instant the customer is in the pool."""
    scene = reviewed().potential().given(REFUSE, by=REVIEWER).at(THURSDAY)

    assert "P-10 not-refused" in scene.refused(RESUBMIT, by=LI)


@pytest.mark.rule("P-10")
def test_what_is_waiting_cannot_be_resubmitted():
    """First there must be a refusal."""
    assert ["P-10 not-refused"] == reviewed().potential().refused(RESUBMIT, by=LI)


@pytest.mark.rule("P-10")
def test_what_is_refused_cannot_be_decided_again():
    """Only after another submission."""
    scene = reviewed().potential().given(REFUSE, by=REVIEWER)

    assert ["P-10 nothing-to-review"] == scene.refused(APPROVE, by=REVIEWER)
    assert ["P-10 nothing-to-review"] == scene.refused(REFUSE, by=REVIEWER)


@pytest.mark.rule("P-10", "A-01")
@pytest.mark.parametrize("who", [ZHAO, WANG, SERVICE, GUEST], ids=lambda actor: actor.id)
def test_others_do_not_review(who):
    """Reviewers and managers do."""
    scene = reviewed().potential()

    assert [["A-01 not-permitted"]] * 2 == [scene.refused(command, by=who) for command in (APPROVE, REFUSE)]


@pytest.mark.rule("P-10", "A-01")
@pytest.mark.parametrize("who", [REVIEWER, MANAGER, ADMIN], ids=lambda actor: actor.id)
def test_reviewers_and_managers_review(who):
    """An administrator as a manager."""
    scene = reviewed().potential()

    assert [[], []] == [scene.refused(command, by=who) for command in (APPROVE, REFUSE)]


@pytest.mark.rule("P-10")
@pytest.mark.parametrize("role", ["reviewer", "manager", "administrator"])
def test_nobody_reviews_a_protection_of_ones_own(role):
    """Another has to."""
    both = Actor("li", roles={"pre-sales", role})
    scene = reviewed().potential(by=both)

    assert [["P-10 own-request"]] * 2 == [scene.refused(command, by=both) for command in (APPROVE, REFUSE)]


@pytest.mark.rule("P-10")
def test_policy_may_let_people_review_their_own():
    """A firm of one person needs it."""
    both = Actor("li", roles={"pre-sales", "reviewer"})
    scene = reviewed({"customers.requests.own_decision": True}).potential(by=both)

    assert [] == scene.refused(APPROVE, by=both)


@pytest.mark.rule("P-10", "A-01")
@pytest.mark.parametrize("who", [ZHAO, REVIEWER, MANAGER], ids=lambda actor: actor.id)
def test_only_the_owner_resubmits(who):
    """Nobody else does it."""
    scene = reviewed().potential().given(REFUSE, by=REVIEWER)

    assert ["A-01 not-permitted"] == scene.refused(RESUBMIT, by=who)


@pytest.mark.rule("P-10")
@pytest.mark.parametrize("stage", ["pool", "intent", "formal"])
def test_elsewhere_there_is_nothing_to_review(stage):
    """Only new protections are."""
    scene = Scene()
    getattr(scene, stage)()

    assert ["P-10 nothing-to-review"] == scene.refused(APPROVE, by=REVIEWER)
    assert ["P-10 nothing-to-review"] == scene.refused(REFUSE, by=REVIEWER)
    assert "P-10 not-refused" in scene.refused(RESUBMIT, by=LI)


@pytest.mark.rule("P-10", "P-03")
def test_an_undecided_review_does_not_hold_the_fall():
    """A protection that nobody has approved ends at its deadline all the same."""
    scene = reviewed().potential()

    assert ["potential", "pool", "pool"] == scene.around(china(2026, 4, 1, 9))
    assert "expired" == scene.at(days=40).events()[-1]


@pytest.mark.rule("P-10", "P-03")
def test_refused_shortly_before_the_deadline_the_deadline_comes_first():
    """What ends first ends the protection, and says which of the two it was."""
    scene = reviewed().potential().at(china(2026, 3, 31, 9)).given(REFUSE, by=REVIEWER)

    assert ["potential", "pool", "pool"] == scene.around(china(2026, 4, 1, 9))
    stage = scene.at(days=40).customer().stage
    assert isinstance(stage, Pool)
    assert "expired" == stage.reason


class TestAgenda:
    """What waits for a reviewer, and what a refused owner has to correct (P-10, F-02)."""

    @pytest.mark.rule("P-10", "F-02")
    def test_a_review_is_in_the_reviewer_s_agenda_and_overdue_after_three_working_days(self):
        """Upcoming at first, due on its day, overdue once the moment has passed."""
        scene = reviewed().potential()
        seen = [
            scene.at(moment).agenda(REVIEWER)
            for moment in (MONDAY, china(2026, 3, 4, 23, 59), china(2026, 3, 5), THURSDAY, THURSDAY + MICROSECOND)
        ]

        assert [
            ["review C1 upcoming"],
            ["review C1 upcoming"],
            ["review C1 due"],
            ["review C1 due"],
            ["review C1 overdue"],
        ] == seen
        assert THURSDAY == scene.items(REVIEWER)[0].due

    @pytest.mark.rule("P-10", "F-02")
    def test_a_decided_review_is_in_nobody_s_agenda(self):
        """Approved or refused, the reviewer is done with it."""
        approved = reviewed().potential().given(APPROVE, by=REVIEWER)
        refused = reviewed().potential().given(REFUSE, by=REVIEWER)

        assert [[], []] == [scene.agenda(REVIEWER) for scene in (approved, refused)]

    @pytest.mark.rule("P-10", "F-02")
    def test_a_review_of_ones_own_is_for_another(self):
        """It does not stand in the agenda of who asked for it."""
        both = Actor("li", roles={"pre-sales", "reviewer"})
        scene = reviewed().potential(by=both)

        assert [[], ["review C1 upcoming"]] == [scene.agenda(who) for who in (both, REVIEWER)]

    @pytest.mark.rule("P-10", "F-02")
    def test_a_refused_owner_has_to_correct_it(self):
        """Until the customer is public, which is when the protection ends as well."""
        scene = reviewed().potential().given(REFUSE, by=REVIEWER)

        assert ["correct C1 upcoming", "expiring C1 upcoming"] == scene.agenda(LI)
        assert {THURSDAY} == {item.due for item in scene.items(LI)}
        assert [] == scene.at(THURSDAY).agenda(LI)


@pytest.mark.rule("P-10")
def test_policy_sets_both_numbers_of_working_days():
    """How long a review may take, and how long a refused owner keeps the customer."""
    rules = {"customers.review.working_days": 1, "customers.review.public_working_days": 5}
    scene = reviewed(rules).given(register(), by=LI)
    stage = scene.customer().stage

    assert isinstance(stage, Potential)
    assert stage.review is not None
    assert china(2026, 3, 3, 9) == stage.review.due
    assert ["potential", "pool", "pool"] == scene.given(REFUSE, by=REVIEWER).around(china(2026, 3, 9, 9))
