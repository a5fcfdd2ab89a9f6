"""Contracts, handing over to after-sales, and releases (P-11, P-12, P-13)."""

from datetime import date, timedelta

import pytest

from crmcore.customers import (
    AcceptHandOver,
    ApplyForIntent,
    ApproveIntent,
    HandOver,
    Release,
    RequestExtension,
    Sign,
    Transfer,
)
from crmcore.customers.stages import Formal, Handover, Pool
from tests.customers.scene import (
    ADMIN,
    GUEST,
    LI,
    MANAGER,
    MONDAY,
    REVIEWER,
    SERVICE,
    WANG,
    ZHAO,
    Scene,
    china,
    claim,
    record,
)

SIGN = Sign("C1", "HT-1")
TO_SERVICE = HandOver("C1", "ning")
ACCEPT = AcceptHandOver("C1")
RELEASE = Release("C1", "the customer has closed down")


class TestSign:
    """Contracts (P-11)."""

    @pytest.mark.rule("P-11")
    def test_a_contract_makes_an_intent_customer_formal(self):
        """With the owner who brought it there, from that moment on."""
        scene = Scene().intent().at(days=3).given(SIGN, by=LI)

        assert Formal("li", ("north",), MONDAY + timedelta(days=3)) == scene.customer().stage
        assert ("signed", "HT-1") == (scene.crm.history("C1")[-1].type, scene.crm.history("C1")[-1].event.contract)

    @pytest.mark.rule("P-11", "A-01")
    @pytest.mark.parametrize("who", [LI, MANAGER, ADMIN], ids=lambda actor: actor.id)
    def test_the_owner_or_a_manager_signs(self, who):
        """And the customer stays with its owner."""
        assert "li" == Scene().intent().when(SIGN, by=who).customer.owner

    @pytest.mark.rule("P-11", "A-01")
    @pytest.mark.parametrize("who", [ZHAO, WANG, REVIEWER, SERVICE, GUEST], ids=lambda actor: actor.id)
    @pytest.mark.parametrize("stage", ["intent", "formal"])
    def test_nobody_else_signs(self, who, stage):
        """Not even the owner's team."""
        scene = Scene()
        getattr(scene, stage)()

        assert ["A-01 not-permitted"] == scene.refused(SIGN, by=who)

    @pytest.mark.rule("P-11")
    @pytest.mark.parametrize("stage", ["pool", "potential"])
    def test_only_intent_and_formal_customers_sign(self, stage):
        """A manager, who may sign, is refused for the stage alone."""
        scene = Scene()
        getattr(scene, stage)()

        assert ["P-11 not-intent"] == scene.refused(SIGN, by=MANAGER)

    @pytest.mark.rule("P-11")
    @pytest.mark.parametrize("contract", ["", " \t"])
    def test_a_contract_needs_its_number(self, contract):
        """Nothing but spaces is none."""
        assert ["P-11 number-required"] == Scene().intent().refused(Sign("C1", contract), by=LI)

    @pytest.mark.rule("P-11")
    def test_a_formal_customer_signs_again(self):
        """Several times; it has been formal since the first."""
        scene = Scene().formal().at(days=5).given(Sign("C1", "HT-2"), Sign("C1", "HT-3"), by=LI)

        assert 3 == scene.customer().contracts
        assert Formal("li", ("north",), MONDAY) == scene.customer().stage

    @pytest.mark.rule("P-11")
    def test_the_day_of_signing_is_that_of_the_command_by_default(self):
        """On the calendar of the policy's zone."""
        scene = Scene(start=china(2026, 3, 2, 23, 30)).intent().at(hours=1).given(SIGN, by=LI)

        assert date(2026, 3, 3) == scene.customer().signed_on

    @pytest.mark.rule("P-11")
    def test_the_first_day_of_signing_is_kept(self):
        """Whichever contract was entered first."""
        scene = Scene().intent().given(Sign("C1", "HT-2", date(2026, 2, 20)), by=LI)
        scene.given(Sign("C1", "HT-1", date(2026, 1, 10)), Sign("C1", "HT-3", date(2026, 3, 1)), by=LI)

        assert date(2026, 1, 10) == scene.customer().signed_on

    @pytest.mark.rule("P-11", "P-13")
    def test_who_has_ever_signed_is_known_for_ever(self):
        """In the pool and with a new owner as well, whatever reports want to make of it."""
        scene = Scene().formal().given(RELEASE, by=MANAGER)
        released = scene.customer()
        claimed = scene.at(days=1).given(claim(), by=WANG).customer()

        assert [("pool", date(2026, 3, 2), 1), ("potential", date(2026, 3, 2), 1)] == [
            (customer.stage.name, customer.signed_on, customer.contracts) for customer in (released, claimed)
        ]

    @pytest.mark.rule("P-11")
    def test_a_formal_customer_does_not_fall(self):
        """Not even when an extension was pending as it signed."""
        scene = Scene().intent().given(RequestExtension("C1", "away"), by=LI).given(SIGN, by=LI)

        assert ("formal", None) == (scene.at(days=3650).stage(), scene.customer().deadline)


class TestHandOver:
    """From pre-sales to after-sales (P-12)."""

    def handed_over(self) -> Scene:
        """A formal customer that Li has handed over on the second day."""
        return Scene().formal().at(days=1).given(HandOver("C1", "ning", ("care",)), by=LI)

    @pytest.mark.rule("P-12")
    def test_a_formal_customer_is_handed_over(self):
        """It is known who handed over, when, and that it has yet to be accepted."""
        stage = self.handed_over().customer().stage

        assert Formal("ning", ("care",), MONDAY, Handover("li", MONDAY + timedelta(days=1))) == stage

    @pytest.mark.rule("P-12")
    def test_the_new_owner_accepts(self):
        """Then it is known when."""
        scene = self.handed_over().at(days=2).given(ACCEPT, by=SERVICE)
        stage = scene.customer().stage

        assert isinstance(stage, Formal)
        assert Handover("li", MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)) == stage.handover
        assert ["P-12 nothing-to-accept"] == scene.refused(ACCEPT, by=SERVICE)

    @pytest.mark.rule("P-12", "A-01")
    @pytest.mark.parametrize("who", [LI, MANAGER, ADMIN], ids=lambda actor: actor.id)
    def test_the_owner_or_a_manager_hands_over(self, who):
        """From its owner, whoever gives the command."""
        stage = Scene().formal().when(TO_SERVICE, by=who).customer.stage

        assert isinstance(stage, Formal)
        assert stage.handover is not None
        assert ("ning", "li") == (stage.owner, stage.handover.by)

    @pytest.mark.rule("P-12", "A-01")
    @pytest.mark.parametrize("who", [ZHAO, WANG, SERVICE, REVIEWER], ids=lambda actor: actor.id)
    def test_nobody_else_hands_over(self, who):
        """After-sales does not take a customer."""
        assert ["A-01 not-permitted"] == Scene().formal().refused(TO_SERVICE, by=who)

    @pytest.mark.rule("P-12", "A-01")
    @pytest.mark.parametrize("who", [LI, MANAGER], ids=lambda actor: actor.id)
    def test_nobody_else_accepts(self, who):
        """Who hands over does not accept."""
        assert ["A-01 not-permitted"] == self.handed_over().refused(ACCEPT, by=who)

    @pytest.mark.rule("P-12")
    def test_before_a_handover_there_is_nothing_to_accept(self):
        """The owner who signed has it anyway."""
        assert ["P-12 nothing-to-accept"] == Scene().formal().refused(ACCEPT, by=LI)

    @pytest.mark.rule("P-12")
    def test_nothing_is_handed_to_who_has_it(self):
        """Nothing would change."""
        assert ["P-12 same-owner"] == Scene().formal().refused(HandOver("C1", "li"), by=LI)

    @pytest.mark.rule("P-12")
    @pytest.mark.parametrize("stage", ["pool", "potential", "intent"])
    def test_only_formal_customers_are_handed_over(self, stage):
        """Before they sign they are transferred."""
        scene = Scene()
        getattr(scene, stage)()

        assert "P-12 not-formal" in scene.refused(TO_SERVICE, by=MANAGER)
        assert "P-12 nothing-to-accept" in scene.refused(ACCEPT, by=LI)

    @pytest.mark.rule("P-12", "F-04")
    def test_pre_sales_no_longer_records(self):
        """The customer is with after-sales; pre-sales may still read."""
        scene = self.handed_over()

        assert ["F-04 not-permitted"] == scene.refused(record(), by=LI)
        assert [] == scene.refused(record(), by=SERVICE)
        assert "C1" == scene.crm.customer("C1").id

    @pytest.mark.rule("P-12", "F-02")
    def test_a_handover_is_in_the_new_owner_s_agenda_until_accepted(self):
        """Due on its day, and overdue once its moment has passed."""
        scene = self.handed_over()

        assert ["handover C1 due"] == scene.agenda(SERVICE)
        assert ["handover C1 overdue"] == scene.at(days=2).agenda(SERVICE)
        assert [] == scene.agenda(LI)
        assert [] == scene.given(ACCEPT, by=SERVICE).agenda(SERVICE)

    @pytest.mark.rule("P-12", "F-02")
    def test_open_actions_go_with_the_customer(self):
        """What the old owner had planned is the new owner's to do."""
        scene = Scene().formal().given(record(next_contact_at=MONDAY + timedelta(days=3)), by=LI)
        scene.given(record(next_contact_at=MONDAY + timedelta(days=4)), by=SERVICE).given(HandOver("C1", "wang"), by=LI)

        assert [[], ["next-contact C1 upcoming"]] == [scene.agenda(who) for who in (LI, SERVICE)]
        assert ["handover C1 due", "next-contact C1 upcoming"] == scene.agenda(WANG)


class TestRelease:
    """Back to the pool by a manager only (P-13)."""

    @pytest.mark.rule("P-13")
    def test_a_released_customer_is_in_the_pool(self):
        """From then on, and it is known who had it."""
        scene = Scene().formal().at(days=9).given(RELEASE, by=MANAGER)

        assert Pool(MONDAY + timedelta(days=9), "released", "li", ("north",)) == scene.customer().stage

    @pytest.mark.rule("P-13", "A-01")
    @pytest.mark.parametrize("who", [LI, ZHAO, SERVICE, REVIEWER, GUEST], ids=lambda actor: actor.id)
    def test_only_a_manager_releases(self, who):
        """Not the owner either."""
        assert ["A-01 not-permitted"] == Scene().formal().refused(RELEASE, by=who)
        assert ["A-01 not-permitted", "P-13 not-formal"] == Scene().intent().refused(RELEASE, by=who)

    @pytest.mark.rule("P-13")
    def test_a_release_needs_a_reason(self):
        """Nothing but spaces is none."""
        assert ["P-13 reason-required"] == Scene().formal().refused(Release("C1", " "), by=MANAGER)

    @pytest.mark.rule("P-13")
    @pytest.mark.parametrize("stage", ["pool", "potential", "intent"])
    def test_only_formal_customers_are_released(self, stage):
        """Others are abandoned, or fall."""
        scene = Scene()
        getattr(scene, stage)()

        assert ["P-13 not-formal"] == scene.refused(RELEASE, by=MANAGER)

    @pytest.mark.rule("P-13")
    def test_nobody_waits_after_a_release(self):
        """Who had the customer may protect it at once, as anybody else."""
        scene = Scene().formal().given(RELEASE, by=MANAGER)

        assert [[], []] == [scene.refused(claim(), by=who) for who in (LI, WANG)]

    @pytest.mark.rule("P-13", "P-11")
    def test_protected_again_it_starts_at_potential_and_can_become_formal_again(self):
        """The second time it has been formal since the second contract."""
        scene = Scene().formal().given(RELEASE, by=MANAGER).at(days=10).given(claim(), by=WANG)
        stages = [scene.stage()]
        scene.given(ApplyForIntent("C1", "again"), by=WANG).given(ApproveIntent("C1"), by=REVIEWER)
        scene.given(Sign("C1", "HT-2"), by=WANG)
        customer = scene.customer()

        assert ["potential"] == stages
        assert Formal("wang", ("south",), MONDAY + timedelta(days=10)) == customer.stage
        assert (date(2026, 3, 2), 2) == (customer.signed_on, customer.contracts)


@pytest.mark.rule("P-12", "P-14")
def test_a_formal_customer_is_handed_over_not_transferred():
    """A transfer is of protected customers."""
    assert ["P-14 not-protected"] == Scene().formal().refused(Transfer("C1", "wang"), by=MANAGER)
