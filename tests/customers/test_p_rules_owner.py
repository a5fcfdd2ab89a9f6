"""Transfers and locks (P-14, P-17)."""

from datetime import timedelta

import pytest

from crmcore.customers import (
    Abandon,
    ApplyForIntent,
    ApproveExtension,
    ApproveIntent,
    Lock,
    RequestExtension,
    Sign,
    Transfer,
    Unlock,
)
from crmcore.customers.stages import Intent, Pool, Potential
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

TO_WANG = Transfer("C1", "wang", ("south",))
RESTARTS = {"customers.protection.on_transfer": "restarts"}
ONE_LOCK = {"customers.locks.per_owner": 1}


class TestTransfer:
    """A manager gives a protected customer to another owner (P-14)."""

    @pytest.mark.rule("P-14")
    def test_the_deadline_stays_by_default(self):
        """Only the owner and the team change."""
        potential = Scene().potential().at(days=10).when(TO_WANG, by=MANAGER).customer.stage
        intent = Scene().intent().at(days=10).when(TO_WANG, by=MANAGER).customer.stage

        assert Potential("wang", ("south",), MONDAY, MONDAY + timedelta(days=30)) == potential
        assert Intent("wang", ("south",), MONDAY, MONDAY + timedelta(days=15)) == intent

    @pytest.mark.rule("P-14")
    def test_policy_may_restart_the_deadline(self):
        """Then the new owner has the whole time."""
        potential = Scene(RESTARTS).potential().at(days=10).when(TO_WANG, by=MANAGER).customer.stage
        intent = Scene(RESTARTS).intent().at(days=10).when(TO_WANG, by=MANAGER).customer.stage

        assert Potential("wang", ("south",), MONDAY + timedelta(days=10), MONDAY + timedelta(days=40)) == potential
        assert Intent("wang", ("south",), MONDAY + timedelta(days=10), MONDAY + timedelta(days=25)) == intent

    @pytest.mark.rule("P-14")
    @pytest.mark.parametrize("overrides", [{}, RESTARTS], ids=["stays", "restarts"])
    def test_nothing_is_given_to_who_has_it(self, overrides):
        """Nothing would change."""
        assert ["P-14 same-owner"] == Scene(overrides).potential().refused(Transfer("C1", "li"), by=MANAGER)

    @pytest.mark.rule("P-14", "A-01")
    @pytest.mark.parametrize("who", [LI, ZHAO, WANG, REVIEWER, SERVICE, GUEST], ids=lambda actor: actor.id)
    def test_only_managers_transfer(self, who):
        """Not the owner either."""
        assert ["A-01 not-permitted"] == Scene().potential().refused(TO_WANG, by=who)

    @pytest.mark.rule("P-14", "A-01")
    def test_an_administrator_transfers_as_a_manager(self):
        """An administrator may do what a manager may."""
        assert [] == Scene().potential().refused(TO_WANG, by=ADMIN)

    @pytest.mark.rule("P-14")
    @pytest.mark.parametrize("stage", ["pool", "formal"])
    def test_only_protected_customers_are_transferred(self, stage):
        """Pool customers are claimed, formal ones handed over."""
        scene = Scene()
        getattr(scene, stage)()

        assert ["P-14 not-protected"] == scene.refused(TO_WANG, by=MANAGER)

    @pytest.mark.rule("P-14")
    def test_the_new_owner_has_all_rights_and_the_old_one_none(self):
        """Teams change with the owner too."""
        scene = Scene().potential().given(TO_WANG, by=MANAGER)
        colleague = [["F-04 not-permitted"], []]

        assert [["A-01 not-permitted"], []] == [scene.refused(Abandon("C1", "lost"), by=who) for who in (LI, WANG)]
        assert colleague == [scene.refused(record(), by=who) for who in (ZHAO, WANG)]

    @pytest.mark.rule("P-14", "P-06", "P-07")
    def test_a_pending_request_and_the_extensions_stay(self):
        """The customer is in the same stage as before."""
        scene = Scene({"customers.requests.extensions_per_stage": 2}).potential()
        scene.given(RequestExtension("C1", "away"), by=LI).given(ApproveExtension("C1"), by=REVIEWER)
        scene.given(ApplyForIntent("C1", "asks"), by=LI).given(TO_WANG, by=MANAGER)
        stage = scene.customer().stage

        assert isinstance(stage, Potential)
        assert stage.request is not None
        assert (1, "intent") == (stage.extensions, stage.request.kind)
        assert "wang" == scene.when(ApproveIntent("C1"), by=REVIEWER).customer.owner

    @pytest.mark.rule("P-14", "P-08")
    def test_who_cools_down_may_be_given_the_customer(self):
        """A cool-down speaks against claims, not against a manager."""
        scene = Scene().potential().given(Abandon("C1", "lost"), by=LI).given(claim(), by=WANG)

        assert [] == scene.refused(Transfer("C1", "li"), by=MANAGER)

    @pytest.mark.rule("P-14", "F-02")
    def test_open_actions_go_with_the_customer(self):
        """What the old owner had planned is the new owner's to do."""
        scene = Scene().potential().given(record(next_contact_at=MONDAY + timedelta(days=3)), by=LI)
        scene.given(TO_WANG, by=MANAGER)

        assert [[], ["next-contact C1 upcoming"]] == [scene.agenda(who) for who in (LI, WANG)]


class TestLock:
    """Locked customers do not fall by expiry (P-17)."""

    @pytest.mark.rule("P-17")
    def test_locks_are_off_by_default(self):
        """The standard policy grants none."""
        [refusal] = Scene().potential().refusals(Lock("C1"), by=MANAGER)

        assert ("P-17", "limit-locks", {"most": 0}) == (refusal.rule, refusal.code, refusal.params)

    @pytest.mark.rule("P-17")
    @pytest.mark.parametrize("stage", ["potential", "intent"])
    def test_a_locked_customer_does_not_fall(self, stage):
        """However long it takes."""
        scene = Scene(ONE_LOCK)
        getattr(scene, stage)()
        scene.given(Lock("C1"), by=MANAGER)

        assert stage == scene.at(days=3000).stage()
        assert 0 == scene.crm.sweep()
        assert [] == scene.crm.customers.in_pool()

    @pytest.mark.rule("P-17")
    def test_unlocked_before_its_deadline_it_falls_at_the_deadline(self):
        """As if it had never been locked."""
        scene = Scene(ONE_LOCK).potential().given(Lock("C1"), by=MANAGER).at(days=10).given(Unlock("C1"), by=MANAGER)

        assert ["potential", "pool", "pool"] == scene.around(china(2026, 4, 1, 9))

    @pytest.mark.rule("P-17", "P-19")
    def test_unlocked_after_its_deadline_it_falls_at_once(self):
        """Its fall is dated at the unlocking: it was not in the pool before."""
        scene = Scene(ONE_LOCK).potential().given(Lock("C1"), by=MANAGER).at(days=50).given(Unlock("C1"), by=MANAGER)
        stage = scene.customer().stage

        assert isinstance(stage, Pool)
        assert ("expired", MONDAY + timedelta(days=50)) == (stage.reason, stage.since)
        assert ["locked", "unlocked", "expired"] == scene.events()[-3:]

    @pytest.mark.rule("P-17")
    def test_a_lock_outlives_the_approval_of_intent(self):
        """It is the customer's, not the stage's."""
        scene = Scene(ONE_LOCK).potential().given(ApplyForIntent("C1", "asks"), by=LI).given(Lock("C1"), by=MANAGER)
        scene.given(ApproveIntent("C1"), by=REVIEWER)

        assert "intent" == scene.at(days=3000).stage()

    @pytest.mark.rule("P-17", "P-07")
    def test_a_locked_customer_s_request_waits_for_ever(self):
        """The hold ends, the customer does not fall, and the request can still be decided."""
        scene = Scene(ONE_LOCK).potential().given(ApplyForIntent("C1", "asks"), by=LI).given(Lock("C1"), by=MANAGER)

        assert [] == scene.at(days=300).refused(ApproveIntent("C1"), by=REVIEWER)

    @pytest.mark.rule("P-17")
    def test_locking_twice_is_refused(self):
        """And so is unlocking what is not locked."""
        scene = Scene({"customers.locks.per_owner": 2}).potential()
        before = scene.refused(Unlock("C1"), by=MANAGER)
        scene.given(Lock("C1"), by=MANAGER)

        assert ["P-17 not-locked"] == before
        assert ["P-17 already-locked"] == scene.refused(Lock("C1"), by=MANAGER)

    @pytest.mark.rule("P-17")
    def test_so_many_an_owner_and_not_one_more(self):
        """Unlocking, signing, or another owner makes room again."""
        scene = Scene(ONE_LOCK).intent().given(register(id="C2", name="靖江市春意贸易有限公司"), by=LI)
        scene.given(Lock("C1"), by=MANAGER)

        assert ["P-17 limit-locks"] == scene.refused(Lock("C2"), by=MANAGER)
        scene.given(Sign("C1", "HT-1"), by=LI)
        assert [] == scene.refused(Lock("C2"), by=MANAGER)

    @pytest.mark.rule("P-17")
    def test_other_owners_locks_do_not_count(self):
        """Each has the number for oneself."""
        scene = Scene(ONE_LOCK).potential().given(register(id="C2", name="靖江市春意贸易有限公司"), by=WANG)
        scene.given(Lock("C1"), by=MANAGER)

        assert [] == scene.refused(Lock("C2"), by=MANAGER)

    @pytest.mark.rule("P-17", "P-14")
    def test_who_is_given_a_locked_customer_has_room_for_it(self):
        """A transfer is no way around the number of locks."""
        scene = Scene(ONE_LOCK).potential().given(register(id="C2", name="靖江市春意贸易有限公司"), by=WANG)
        scene.given(Lock("C1"), by=MANAGER)
        free = scene.refused(TO_WANG, by=MANAGER)
        scene.given(Lock("C2"), by=MANAGER)

        assert [] == free
        assert ["P-17 limit-locks"] == scene.refused(TO_WANG, by=MANAGER)
        scene.given(Unlock("C2"), by=MANAGER).given(TO_WANG, by=MANAGER)
        assert ("wang", "potential") == (scene.customer().owner, scene.at(days=3000).stage())

    @pytest.mark.rule("P-17", "A-01")
    @pytest.mark.parametrize("who", [LI, ZHAO, REVIEWER, SERVICE, GUEST], ids=lambda actor: actor.id)
    def test_only_managers_lock(self, who):
        """Not the owner either."""
        scene = Scene(ONE_LOCK).potential()

        assert ["A-01 not-permitted"] == scene.refused(Lock("C1"), by=who)
        assert ["A-01 not-permitted"] == scene.given(Lock("C1"), by=ADMIN).refused(Unlock("C1"), by=who)

    @pytest.mark.rule("P-17")
    @pytest.mark.parametrize("stage", ["pool", "formal"])
    def test_only_protected_customers_are_locked(self, stage):
        """The others do not fall."""
        scene = Scene(ONE_LOCK)
        getattr(scene, stage)()

        assert ["P-17 not-protected"] == scene.refused(Lock("C1"), by=MANAGER)
        assert ["P-17 not-locked"] == scene.refused(Unlock("C1"), by=MANAGER)

    @pytest.mark.rule("P-17", "P-08")
    def test_a_locked_customer_can_be_given_up(self):
        """A lock speaks against expiry only."""
        scene = Scene(ONE_LOCK).potential().given(Lock("C1"), by=MANAGER).given(Abandon("C1", "lost"), by=LI)

        assert "pool" == scene.stage()

    @pytest.mark.rule("P-17", "P-18")
    def test_a_locked_customer_is_not_about_to_expire(self):
        """No reminder speaks of it."""
        scene = Scene(ONE_LOCK).potential().given(Lock("C1"), by=MANAGER)

        assert [] == scene.at(days=29).agenda(LI)
        assert [] == scene.at(china(2026, 4, 1, 9) + MICROSECOND).agenda(LI)
