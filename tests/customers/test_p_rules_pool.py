"""Giving up, waiting, and claiming out of the pool (P-08, P-09, P-20)."""

from datetime import timedelta
from typing import ClassVar

import pytest

from crmcore.customers import (
    Abandon,
    AddContact,
    ChangeContact,
    ContactDetails,
    Protect,
    RefuseProtection,
    Release,
    RequestExtension,
    Sign,
    Transfer,
)
from crmcore.customers.stages import Pool, Potential
from tests.customers.scene import (
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
    follow_up,
    record,
    register,
)

GIVE_UP = Abandon("C1", "they have no budget")
COOLING = ["P-08 cooling-down"]


class TestAbandon:
    """The owner gives a customer back (P-08)."""

    @pytest.mark.rule("P-08")
    @pytest.mark.parametrize("stage", ["potential", "intent"])
    def test_an_abandoned_customer_is_in_the_pool(self, stage):
        """From then on, and it is known who had it."""
        scene = Scene()
        getattr(scene, stage)()
        scene.at(days=1).given(GIVE_UP, by=LI)
        pool = scene.customer().stage

        assert Pool(MONDAY + timedelta(days=1), "abandoned", "li", ("north",)) == pool

    @pytest.mark.rule("P-08", "A-01")
    @pytest.mark.parametrize("who", [ZHAO, WANG, MANAGER, SERVICE], ids=lambda actor: actor.id)
    def test_only_the_owner_abandons(self, who):
        """Nobody gives up for another."""
        assert ["A-01 not-permitted"] == Scene().potential().refused(GIVE_UP, by=who)

    @pytest.mark.rule("P-08")
    @pytest.mark.parametrize("reason", ["", " "])
    def test_giving_up_needs_a_reason(self, reason):
        """Without one it is refused."""
        assert ["P-08 reason-required"] == Scene().potential().refused(Abandon("C1", reason), by=LI)

    @pytest.mark.rule("P-08", "P-13")
    def test_what_is_in_the_pool_or_formal_cannot_be_abandoned(self):
        """The one is nobody's, the other leaves by a release only."""
        assert "P-08 not-protected" in Scene().pool().refused(GIVE_UP, by=LI)
        assert "P-13 formal" in Scene().formal().refused(GIVE_UP, by=LI)


class TestCoolDown:
    """Who gave a customer up waits before protecting it again (P-08)."""

    def scene(self, overrides=None) -> Scene:
        """A customer that Li has just given up."""
        return Scene(overrides).potential().given(GIVE_UP, by=LI)

    @pytest.mark.rule("P-08")
    def test_the_cool_down_ends_after_three_days_at_that_very_instant(self):
        """A microsecond before it the claim is refused, with the time at which it would pass; at it, it passes."""
        scene = self.scene().at(days=3, microseconds=-1)
        [refusal] = scene.refusals(claim(), by=LI)

        assert ("P-08", "cooling-down", MONDAY + timedelta(days=3)) == (refusal.rule, refusal.code, refusal.until)
        assert "li" == scene.at(days=3).when(claim(), by=LI).customer.owner

    @pytest.mark.rule("P-08")
    @pytest.mark.parametrize("who", [WANG, ZHAO], ids=["another", "colleague"])
    def test_others_may_protect_at_once(self, who):
        """Even the team, as long as policy does not say otherwise."""
        assert who.id == self.scene().when(claim(), by=who).customer.owner

    @pytest.mark.rule("P-08")
    def test_the_cool_down_outlives_another_owner(self):
        """Li waits to the end although Wang has had the customer and given it up in between."""
        scene = self.scene().at(days=1).given(claim(), by=WANG).at(days=2).given(GIVE_UP, by=WANG)

        assert COOLING == scene.at(days=3, microseconds=-1).refused(claim(), by=LI)
        assert [] == scene.at(days=3).refused(claim(), by=LI)

    @pytest.mark.rule("P-08")
    def test_each_waits_for_a_giving_up_of_ones_own(self):
        """Wang's three days begin when Wang gave up."""
        scene = self.scene().at(days=1).given(claim(), by=WANG).at(days=2).given(GIVE_UP, by=WANG)

        assert COOLING == scene.at(days=5, microseconds=-1).refused(claim(), by=WANG)
        assert [] == scene.at(days=5).refused(claim(), by=WANG)

    @pytest.mark.rule("P-08")
    def test_giving_up_again_waits_again(self):
        """The later of two ends counts, and is the one that is told."""
        scene = self.scene().given(claim(), by=WANG).given(Transfer("C1", "li"), by=MANAGER)
        scene.at(days=1).given(GIVE_UP, by=LI)
        [refusal] = scene.refusals(claim(), by=LI)

        assert MONDAY + timedelta(days=4) == refusal.until
        assert COOLING == scene.at(days=4, microseconds=-1).refused(claim(), by=LI)
        assert [] == scene.at(days=4).refused(claim(), by=LI)

    @pytest.mark.rule("P-08")
    def test_what_is_over_is_forgotten(self):
        """A customer does not carry every cool-down it ever saw."""
        scene = self.scene().at(days=3).given(claim(), by=WANG).given(GIVE_UP, by=WANG)

        assert ["wang"] == [rest.who for rest in scene.customer().cool_downs]

    @pytest.mark.rule("P-08")
    @pytest.mark.parametrize("days", [1, 10])
    def test_policy_sets_the_days(self, days):
        """The three days are a number of the policy."""
        scene = self.scene({"customers.cool_down.abandon_days": days})

        assert COOLING == scene.at(days=days, microseconds=-1).refused(claim(), by=LI)
        assert [] == scene.at(days=days).refused(claim(), by=LI)

    @pytest.mark.rule("P-08")
    @pytest.mark.parametrize("team", [False, True])
    def test_policy_may_do_without(self, team):
        """With 0 days nobody waits."""
        scene = self.scene({"customers.cool_down.abandon_days": 0, "customers.cool_down.team": team})

        assert () == scene.customer().cool_downs
        assert [] == scene.refused(claim(), by=LI)

    @pytest.mark.rule("P-08")
    def test_policy_may_widen_it_to_the_team(self):
        """Then Li's colleague waits with Li, and Wang of another team does not."""
        scene = self.scene({"customers.cool_down.team": True})

        assert [COOLING, COOLING] == [scene.refused(claim(), by=who) for who in (LI, ZHAO)]
        assert COOLING == scene.at(days=3, microseconds=-1).refused(claim(), by=ZHAO)
        assert [] == scene.at(days=2).refused(claim(), by=WANG)

    @pytest.mark.rule("P-08")
    def test_the_team_may_protect_again_at_the_end(self):
        """At the very instant at which its member may."""
        scene = self.scene({"customers.cool_down.team": True}).at(days=3)

        assert [] == scene.refused(claim(), by=ZHAO)


class TestExpiryCoolDown:
    """A cool-down after a protection has ended by itself, where policy says so (P-08)."""

    RULES: ClassVar = {"customers.cool_down.expiry_days": 5}

    @pytest.mark.rule("P-08")
    def test_there_is_none_by_default(self):
        """Who let a customer fall may protect it at that very instant."""
        assert [] == Scene().potential().at(days=30).refused(claim(), by=LI)

    @pytest.mark.rule("P-08", "P-19")
    @pytest.mark.parametrize("swept", [False, True])
    def test_it_counts_from_the_fall(self, swept):
        """Not from the moment somebody noticed it."""
        scene = Scene(self.RULES).potential().at(days=34)
        if swept:
            scene.crm.sweep()
        [refusal] = scene.refusals(claim(), by=LI)

        assert ("cooling-down", MONDAY + timedelta(days=35)) == (refusal.code, refusal.until)
        assert COOLING == scene.at(days=35, microseconds=-1).refused(claim(), by=LI)
        assert [] == scene.at(days=35).refused(claim(), by=LI)

    @pytest.mark.rule("P-08")
    @pytest.mark.parametrize(("team", "expected"), [(False, []), (True, COOLING)])
    def test_the_team_waits_only_where_policy_says_so(self, team, expected):
        """As after giving up."""
        scene = Scene({**self.RULES, "customers.cool_down.team": team}).potential().at(days=31)

        assert [COOLING, expected, []] == [scene.refused(claim(), by=who) for who in (LI, ZHAO, WANG)]

    @pytest.mark.rule("P-08", "P-07")
    def test_an_undecided_request_ends_a_protection_too(self):
        """It counts from the end of the hold."""
        scene = Scene(self.RULES).potential().given(RequestExtension("C1", "away"), by=LI)
        scene.at(china(2026, 4, 11, 9) - MICROSECOND)

        assert COOLING == scene.refused(claim(), by=LI)
        assert [] == scene.at(china(2026, 4, 11, 9)).refused(claim(), by=LI)

    @pytest.mark.rule("P-08", "P-13")
    def test_a_release_is_no_expiry(self):
        """The manager has released the customer; its owner has not let it fall."""
        scene = Scene(self.RULES).formal().given(Release("C1", "lost"), by=MANAGER)

        assert [] == scene.refused(claim(), by=LI)

    @pytest.mark.rule("P-08")
    def test_it_outlives_another_owner(self):
        """Li waits to the end although Wang has had the customer and given it up in between."""
        scene = Scene(self.RULES).potential().at(days=30).given(claim(), by=WANG).at(days=31).given(GIVE_UP, by=WANG)

        assert COOLING == scene.at(days=35, microseconds=-1).refused(claim(), by=LI)

    @pytest.mark.rule("P-08")
    def test_the_longer_of_two_cool_downs_is_told(self):
        """Li gave the customer up, was given it back, and let it fall while still waiting."""
        rules = {**self.RULES, "customers.protection.potential_days": 1}
        scene = Scene(rules).potential().given(GIVE_UP, by=LI).given(claim(), by=WANG)
        scene.given(Transfer("C1", "li"), by=MANAGER).at(days=2)
        [refusal] = scene.refusals(claim(), by=LI)

        assert MONDAY + timedelta(days=6) == refusal.until


class TestClaim:
    """What a claim needs (P-09)."""

    @pytest.mark.rule("P-09")
    def test_contact_and_follow_up_may_come_with_the_claim(self):
        """All of it is one change: contact, follow-up and protection, at one moment."""
        scene = Scene().pool().at(days=1)
        outcome = scene.when(claim(), by=WANG)

        assert ["contact-added", "follow-up-recorded", "protected"] == [envelope.type for envelope in outcome.events]
        assert {scene.now} == {envelope.at for envelope in outcome.events}
        assert {"wang"} == {envelope.by for envelope in outcome.events}
        assert Potential("wang", ("south",), scene.now, MONDAY + timedelta(days=31)) == outcome.customer.stage

    @pytest.mark.rule("P-09")
    def test_contact_and_follow_up_may_come_before_the_claim(self):
        """Whoever put the contact on record, and the claimer's own follow-up."""
        scene = Scene().pool().given(AddContact("C1", ContactDetails("王经理")), by=ZHAO).given(record(), by=WANG)
        outcome = scene.at(days=10).when(Protect("C1"), by=WANG)

        assert ["protected"] == [envelope.type for envelope in outcome.events]

    @pytest.mark.rule("P-09")
    def test_one_may_come_before_and_the_other_with_the_claim(self):
        """In either order."""
        before = Scene().pool().given(record(), by=WANG)
        other = Scene().pool(contacts=(ContactDetails("王经理"),))

        assert [] == before.refused(Protect("C1", contact=ContactDetails("王经理")), by=WANG)
        assert [] == other.refused(Protect("C1", follow_up=follow_up()), by=WANG)

    @pytest.mark.rule("P-09")
    def test_without_either_both_are_asked_for(self):
        """And nothing is stored of a claim that lacks one of them."""
        scene = Scene().pool()

        assert ["P-09 no-contact", "P-09 no-follow-up"] == scene.refused(Protect("C1"), by=WANG)
        assert ["P-09 no-contact"] == scene.refused(Protect("C1", follow_up=follow_up()), by=WANG)
        assert ["P-09 no-follow-up"] == scene.refused(Protect("C1", contact=ContactDetails("王经理")), by=WANG)
        assert ["registered"] == scene.events()

    @pytest.mark.rule("P-09")
    def test_another_s_follow_up_does_not_count(self):
        """Who claims must have been in contact in person."""
        scene = Scene().pool(contacts=(ContactDetails("王经理"),)).given(record(), by=ZHAO)

        assert ["P-09 no-follow-up"] == scene.refused(Protect("C1"), by=WANG)
        assert [] == scene.refused(Protect("C1"), by=ZHAO)

    @pytest.mark.rule("P-09")
    def test_several_may_have_been_in_contact(self):
        """Then the first to claim has it."""
        scene = Scene().pool(contacts=(ContactDetails("王经理"),)).given(record(), by=ZHAO).given(record(), by=WANG)
        scene.given(record(), by=ZHAO)

        assert [[], []] == [list(scene.crm.why_not(Protect("C1"), actor=who)) for who in (ZHAO, WANG)]

    @pytest.mark.rule("P-09")
    def test_a_follow_up_from_before_the_pool_does_not_count(self):
        """It must have been recorded since the customer last came into the pool."""
        scene = Scene().potential(contacts=(ContactDetails("王经理"),)).at(days=29).given(record(), by=LI).at(days=30)

        assert ["P-09 no-follow-up"] == scene.refused(Protect("C1"), by=LI)
        assert [] == scene.given(record(), by=LI).refused(Protect("C1"), by=LI)

    @pytest.mark.rule("P-09")
    def test_a_follow_up_from_an_earlier_time_in_the_pool_does_not_count(self):
        """Each time in the pool asks for a contact of its own."""
        scene = Scene().pool(contacts=(ContactDetails("王经理"),)).given(record(), by=WANG).given(claim(), by=LI)
        scene.at(days=30)

        assert ["P-09 no-follow-up"] == scene.refused(Protect("C1"), by=WANG)

    @pytest.mark.rule("P-09")
    def test_a_contact_who_has_left_does_not_count(self):
        """There must be somebody to talk to."""
        gone = ContactDetails("王经理")
        scene = Scene().pool(contacts=(gone,)).given(ChangeContact("C1", 1, gone, active=False), by=WANG)

        assert ["P-09 no-contact"] == scene.refused(Protect("C1", follow_up=follow_up()), by=WANG)

    @pytest.mark.rule("P-09", "F-04")
    def test_every_pre_sales_person_may_contact_a_pool_customer(self):
        """And nobody else."""
        scene = Scene().pool()

        assert [[], [], []] == [scene.refused(record(), by=who) for who in (LI, ZHAO, WANG)]
        assert [["F-04 not-permitted"]] * 2 == [scene.refused(record(), by=who) for who in (MANAGER, SERVICE)]

    @pytest.mark.rule("P-09", "A-01")
    @pytest.mark.parametrize("who", [MANAGER, REVIEWER, SERVICE], ids=lambda actor: actor.id)
    def test_only_pre_sales_protect(self, who):
        """Managers give customers by transfer; they do not claim."""
        assert ["A-01 not-permitted"] == Scene().pool().refused(claim(), by=who)

    @pytest.mark.rule("P-09")
    @pytest.mark.parametrize(
        ("overrides", "expected"),
        [
            ({"customers.claim.contact": False}, ["P-09 no-follow-up"]),
            ({"customers.claim.follow_up": False}, ["P-09 no-contact"]),
            ({"customers.claim.follow_up": False, "customers.claim.contact": False}, []),
        ],
        ids=["no-contact", "no-follow-up", "neither"],
    )
    def test_policy_may_ask_for_less(self, overrides, expected):
        """Either demand can be switched off."""
        assert expected == Scene(overrides).pool().refused(Protect("C1"), by=WANG)

    @pytest.mark.rule("P-09", "F-01", "D-06")
    def test_what_comes_with_the_claim_is_checked(self):
        """A follow-up without content, on an unknown channel, held later, and a contact without a name."""
        scene = Scene().pool()
        wrong = follow_up(content=" ", channel="pigeon", held_at=MONDAY + MICROSECOND)

        assert [
            "D-06 name-required",
            "F-01 content-required",
            "F-01 held-later",
            "F-01 unknown-channel",
        ] == scene.refused(Protect("C1", contact=ContactDetails(" "), follow_up=wrong), by=WANG)


class TestOneWinner:
    """Of several claims one succeeds (P-20)."""

    @pytest.mark.rule("P-20")
    def test_the_second_claim_is_told_who_has_the_customer(self):
        """At the same instant the first to be handled wins."""
        scene = Scene().pool().given(claim(), by=WANG)
        [refusal] = scene.refusals(claim(), by=ZHAO)

        assert ("P-02", "already-protected") == (refusal.rule, refusal.code)
        assert "wang" == refusal.params["owner"]
        assert "wang" == scene.customer().owner

    @pytest.mark.rule("P-20", "P-19")
    def test_a_fallen_customer_has_one_winner_too(self):
        """Whether or not somebody has swept before the claims."""
        scene = Scene().potential().at(days=30).given(claim(), by=WANG)

        assert ["P-02 already-protected"] == scene.refused(claim(), by=ZHAO)
        assert [
            "registered",
            "protected",
            "expired",
            "contact-added",
            "follow-up-recorded",
            "protected",
        ] == scene.events()


@pytest.mark.rule("P-08", "P-10")
def test_who_was_refused_in_review_waits_after_expiry_too():
    """A protection refused in review has ended by itself as well."""
    rules = {"customers.cool_down.expiry_days": 5, "customers.review.public_working_days": 0}
    scene = Scene(rules, policy="reviewed").potential().given(RefuseProtection("C1", "not ours"), by=REVIEWER)

    assert COOLING == scene.refused(claim(), by=LI)


@pytest.mark.rule("P-13", "P-11")
def test_a_released_customer_starts_again_as_potential():
    """Having signed once does not make it intent."""
    scene = Scene().formal().given(Release("C1", "lost"), by=MANAGER).given(claim(), by=WANG)

    assert "potential" == scene.stage()
    assert "P-11 not-intent" in scene.refused(Sign("C1", "HT-2"), by=WANG)


@pytest.mark.rule("P-09")
def test_a_claim_of_what_is_not_on_record_is_refused():
    """There must be a customer."""
    assert ["D-01 not-on-record"] == Scene().refused(claim("C9"), by=WANG)


@pytest.mark.rule("P-01", "P-09")
def test_registering_needs_no_follow_up():
    """What a claim needs is not asked of a registration."""
    assert [] == Scene().refused(register(), by=WANG)
