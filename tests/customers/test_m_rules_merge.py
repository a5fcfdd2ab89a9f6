"""Two records of one customer become one, with every fact of both, and can be taken apart again (M-06)."""

from datetime import date, timedelta

import attrs
import pytest

from crmcore.customers import (
    Abandon,
    AddContact,
    ApplyForIntent,
    ChangeProfile,
    ContactDetails,
    HandOver,
    Lock,
    Merge,
    Protect,
    Release,
    RequestExtension,
    Sign,
    Transfer,
    UndoMerge,
)
from tests.customers.scene import ADMIN, LI, MANAGER, MICROSECOND, REVIEWER, WANG, Scene, claim, record, register

SECOND = "靖江市迎春贸易有限公司"
ME = "merged"


def second(**profile):
    """What is on record of C2, which is the same enterprise under another name."""
    return {"id": "C2", "name": SECOND, "phone": "0523-80000002", **profile}


def in_pool(**profile):
    """C1 of Li's, and C2 in the pool, registered an hour later."""
    return Scene().potential().at(hours=1).pool(**second(**profile))


def merge(of="C2", into="C1", **more):
    """A merge with a reason."""
    return Merge(of, into, "the same enterprise", **more)


def undo(of="C2"):
    """An undoing with a reason."""
    return UndoMerge(of, "two enterprises after all")


def state(customer):
    """A customer without what tells how often something has happened to it, and when last."""
    merges = tuple(attrs.evolve(one, version=0) for one in customer.merges)
    return attrs.evolve(customer, version=0, last_at=customer.registered_at, policy="", merges=merges)


class TestWhoMerges:
    """Managers do, and what they say must make sense."""

    @pytest.mark.rule("M-06", "A-01")
    @pytest.mark.parametrize(("who", "refused"), [(MANAGER, []), (ADMIN, []), (LI, ["A-01 not-permitted"])])
    def test_a_manager_merges(self, who, refused):
        """Nobody else, unless policy says so."""
        assert refused == in_pool().refused(merge(), by=who)

    @pytest.mark.rule("M-06", "A-01")
    def test_policy_grants_the_right(self):
        """To merge, and apart from that to decide between two."""
        scene = Scene({"customers.rights.merge": ["pre-sales"], "customers.rights.merge-decided": ["manager"]})
        scene.potential().at(hours=1).pool(**second())

        assert [] == scene.refused(merge(), by=WANG)
        assert ["A-01 not-permitted"] == scene.refused(merge(decided=True), by=WANG)
        assert [] == scene.refused(merge(decided=True), by=MANAGER)

    @pytest.mark.rule("M-06")
    def test_a_reason_is_given(self):
        """For a merge, and for undoing it."""
        scene = in_pool()

        assert ["M-06 reason-required"] == scene.refused(Merge("C2", "C1", " "), by=MANAGER)
        scene.given(merge(), by=MANAGER)
        assert ["M-06 undo-reason-required"] == scene.refused(UndoMerge("C2"), by=MANAGER)

    @pytest.mark.rule("M-06")
    def test_nothing_is_merged_into_itself(self):
        """There is nothing to be merged."""
        assert ["M-06 into-itself"] == in_pool().refused(merge("C2", "C2"), by=MANAGER)

    @pytest.mark.rule("M-06")
    def test_both_are_on_record(self):
        """The one that ends, and the one that survives."""
        scene = in_pool()
        [refusal] = scene.refusals(merge("C2", "C9"), by=MANAGER)

        assert ("unknown-survivor", {"into": "C9"}) == (refusal.code, refusal.params)
        assert ["D-01 not-on-record"] == scene.refused(merge("C9", "C1"), by=MANAGER)

    @pytest.mark.rule("M-06")
    def test_nothing_is_merged_into_a_merged_one(self):
        """The refusal tells where that one went."""
        scene = in_pool().given(merge(), by=MANAGER).pool(**second(id="C3", name="靖江暖冬有限公司"))
        [refusal] = scene.refusals(merge("C3", "C2"), by=MANAGER)

        assert ("survivor-merged", {"into": "C2", "survivor": "C1"}) == (refusal.code, refusal.params)

    @pytest.mark.rule("M-06")
    def test_an_enterprise_is_no_individual(self):
        """Either way round."""
        scene = in_pool(kind="individual")

        assert ["M-06 other-kind"] == scene.refused(merge(), by=MANAGER)

    @pytest.mark.rule("M-06", "D-13")
    def test_neither_history_runs_backwards(self):
        """The command's time lies before no event of either; at the last one's own time it passes."""
        scene = in_pool().at(hours=2).given(record(), by=LI)
        [refusal] = scene.at(hours=2, microseconds=-1).refusals(merge(), by=MANAGER)

        assert ("out-of-order", {"into": "C1"}) == (refusal.code, refusal.params)
        assert [] == scene.at(hours=2).refused(merge(), by=MANAGER)
        assert "D-13 out-of-order" in scene.at(minutes=59).refused(merge(), by=MANAGER)

    @pytest.mark.rule("M-06")
    def test_several_reasons_are_told_at_once(self):
        """As for every command."""
        scene = Scene().potential().at(hours=1).potential(by=WANG, **second(kind="individual"))

        assert ["A-01 not-permitted", "M-06 other-kind", "M-06 other-survives", "M-06 two-protectors"] == scene.refused(
            merge("C1", "C2"), by=LI
        )


class TestWhoSurvives:
    """Policy tells: who is formal, who is protected, who was entered first."""

    @pytest.mark.rule("M-06")
    def test_the_earliest_survives(self):
        """Of two in the pool; the refusal says how to merge them."""
        scene = Scene().pool().at(hours=1).pool(**second())
        [refusal] = scene.refusals(merge("C1", "C2"), by=MANAGER)

        assert ("other-survives", {"customer": "C1", "into": "C2"}) == (refusal.code, refusal.params)
        assert [] == scene.refused(merge("C2", "C1"), by=MANAGER)

    @pytest.mark.rule("M-06")
    def test_of_two_of_one_moment_the_lower_number_survives(self):
        """So that there is always an answer."""
        scene = Scene().pool().pool(**second())

        assert ["M-06 other-survives"] == scene.refused(merge("C1", "C2"), by=MANAGER)
        assert [] == scene.refused(merge("C2", "C1"), by=MANAGER)

    @pytest.mark.rule("M-06")
    def test_who_is_protected_survives(self):
        """However late it was entered."""
        scene = Scene().pool().at(hours=1).potential(**second())

        assert ["M-06 other-survives"] == scene.refused(merge("C2", "C1"), by=MANAGER)
        assert ["M-06 other-survives"] == scene.refused(merge("C2", "C1", decided=True), by=MANAGER)
        assert [] == scene.refused(merge("C1", "C2"), by=MANAGER)

    @pytest.mark.rule("M-06", "P-13")
    def test_who_is_formal_survives(self):
        """Nobody decides a contract away."""
        scene = Scene().potential().at(hours=1).formal(**second())

        assert ["M-06 other-survives"] == scene.refused(merge("C2", "C1", decided=True), by=MANAGER)
        assert [] == scene.refused(merge("C1", "C2"), by=MANAGER)

    @pytest.mark.rule("M-06")
    def test_a_supervisor_may_decide_otherwise_than_by_entry(self):
        """Which of two in the pool was entered first is no more than a rule of thumb."""
        scene = Scene().pool().at(hours=1).pool(**second())

        assert [] == scene.refused(merge("C1", "C2", decided=True), by=MANAGER)

    @pytest.mark.rule("M-06")
    def test_two_protectors_need_a_decision(self):
        """Both are named; with the decision either may survive."""
        scene = Scene().potential().at(hours=1).potential(by=WANG, **second())
        [refusal] = scene.refusals(merge(), by=MANAGER)

        assert "two-protectors" == refusal.code
        assert {"customer": "C2", "owner": "wang", "into": "C1", "other": "li"} == refusal.params
        assert [] == scene.refused(merge(decided=True), by=MANAGER)
        assert [] == scene.refused(merge("C1", "C2", decided=True), by=MANAGER)

    @pytest.mark.rule("M-06")
    def test_one_protector_of_both_needs_none(self):
        """Nobody loses anything."""
        scene = Scene().potential().at(hours=1).potential(**second())

        assert [] == scene.refused(merge(), by=MANAGER)

    @pytest.mark.rule("M-06", "P-19")
    def test_a_protection_that_is_due_to_fall_is_none(self):
        """Whether a sweep has been there or not; the fall is stored with the merge."""
        scene = Scene().potential().at(days=20).potential(by=WANG, **second()).at(days=30)

        assert ["M-06 other-survives"] == scene.refused(merge(), by=MANAGER)
        scene.given(merge("C1", "C2"), by=MANAGER)
        assert ["registered", "protected", "expired", "merged-into"] == scene.events("C1")
        assert [] == list(scene.crm.verify())

    @pytest.mark.rule("M-06", "P-19")
    def test_a_fall_of_the_survivor_is_stored_as_well(self):
        """Dated at its moment, before the merge."""
        scene = Scene().potential().at(hours=1).pool(**second()).at(days=31)
        deadline = scene.crm.customer("C1", at=scene.start).deadline
        scene.given(merge(), by=MANAGER)

        assert ["registered", "protected", "expired", "absorbed"] == scene.events("C1")
        assert deadline == scene.crm.history("C1")[2].at

    @pytest.mark.rule("M-06")
    def test_policy_may_leave_it_open(self):
        """Then whoever merges says which survives."""
        scene = Scene({"customers.merge.survivor": []}).pool().at(hours=1).pool(**second())

        assert [] == scene.refused(merge("C1", "C2"), by=MANAGER)
        assert [] == scene.refused(merge("C2", "C1"), by=MANAGER)


class TestWhatIsKept:
    """Every fact of both is the survivor's."""

    @pytest.mark.rule("M-06")
    def test_what_the_survivor_has_not_is_filled_in(self):
        """What it has stands."""
        scene = in_pool(region="泰州", website="chunyi.example").given(merge(), by=MANAGER)
        profile, [came] = scene.customer().profile, scene.customer().merges

        assert ("泰州", "chunyi.example") == (profile.region, profile.website)
        assert ("靖江市春意空调有限公司", "0523-80000001") == (profile.name, profile.phone)
        assert ("region", "website") == came.taken

    @pytest.mark.rule("M-06")
    def test_further_phones_are_kept(self):
        """One that is known already is not kept twice, however many records bring it."""
        scene = in_pool().given(merge(), by=MANAGER)
        for number, phone in enumerate(("0523-80000001", "0523-80000002", "0523-80000003"), 3):
            scene.pool(**second(id=f"C{number}", name=f"靖江市{chr(0x6625 + number)}和有限公司", phone=phone))
            scene.given(merge(f"C{number}"), by=MANAGER)

        assert ("0523-80000002", "0523-80000003") == scene.customer().profile.other_phones

    @pytest.mark.rule("M-06")
    def test_a_missing_phone_is_filled_in(self):
        """Of an enterprise; a number is then not kept beside as well."""
        scene = Scene({"customers.profile.required_enterprise": ["name"]}).potential(phone=None)
        scene.at(hours=1).pool(**second()).given(merge(), by=MANAGER)

        assert ("0523-80000002", ()) == (scene.customer().profile.phone, scene.customer().profile.other_phones)

    @pytest.mark.rule("M-06", "P-02")
    def test_the_phone_of_an_individual_is_kept_beside(self):
        """It tells namesakes apart: filled in, it would make another person of the customer."""
        scene = Scene().pool(name="张三", kind="individual", phone=None)
        scene.at(hours=1).pool(**second(name="张三丰", kind="individual")).given(merge(), by=MANAGER)
        profile = scene.customer().profile

        assert (None, ("0523-80000002",)) == (profile.phone, profile.other_phones)

    @pytest.mark.rule("M-06", "D-09")
    def test_custom_fields_of_both_are_kept(self):
        """The survivor's where both have one."""
        fields = [{"name": "level"}, {"name": "erp"}]
        scene = Scene({"customers.custom_fields": fields}).potential(fields={"level": "gold"})
        scene.at(hours=1).pool(**second(fields={"level": "silver", "erp": "E-7"})).given(merge(), by=MANAGER)

        assert {"level": "gold", "erp": "E-7"} == scene.customer().profile.fields
        assert ("fields.erp",) == scene.customer().merges[0].taken

    @pytest.mark.rule("M-06", "D-06")
    @pytest.mark.parametrize("main", [True, False])
    def test_contacts_are_numbered_on(self, main):
        """At most one is the main one: the survivor's, if it has one."""
        scene = Scene().potential(contacts=(ContactDetails("甲某", main=main), ContactDetails("乙某")))
        scene.at(hours=1).pool(**second(contacts=(ContactDetails("丙某", main=True),))).given(merge(), by=MANAGER)
        contacts = scene.customer().contacts

        assert [(1, "甲某", main), (2, "乙某", False), (3, "丙某", not main)] == [
            (one.number, one.details.name, one.details.main) for one in contacts
        ]

    @pytest.mark.rule("M-06", "F-02")
    def test_plans_are_the_survivors(self):
        """What the owner of the other had planned is for the one to do who alone may; the agenda shows it once."""
        scene = Scene().potential().at(hours=1).potential(by=WANG, **second())
        scene.given(record(), by=LI).given(record("C2"), by=WANG).given(merge(decided=True), by=MANAGER)

        assert [(1, "li"), (2, "li")] == [(action.follow_up, action.by) for action in scene.customer().actions]
        assert (2, ()) == (scene.customer().follow_ups, scene.customer("C2").actions)
        assert [] == scene.agenda(WANG)
        assert ["next-contact C1 upcoming"] == scene.agenda(LI)
        assert [] == list(scene.crm.verify())

    @pytest.mark.rule("M-06", "P-09")
    def test_who_has_contacted_the_other_has_contacted_the_survivor(self):
        """In the pool one may then claim it."""
        scene = Scene().pool(contacts=(ContactDetails("甲某"),)).at(hours=1).pool(**second())
        scene.given(record("C2"), by=WANG).given(merge(), by=MANAGER)

        assert [] == scene.refused(Protect("C1"), by=WANG)
        assert ["P-09 no-follow-up"] == scene.given(undo(), by=MANAGER).refused(Protect("C1"), by=WANG)

    @pytest.mark.rule("M-06", "P-08")
    def test_who_must_wait_waits_for_the_survivor_too(self):
        """After giving the other up, and after letting it fall."""
        scene = Scene({"customers.cool_down.expiry_days": 9}).pool().at(hours=1).potential(**second())
        scene.given(Abandon("C2", "lost"), by=LI).given(claim("C2"), by=WANG).at(days=31)
        scene.given(merge(), by=MANAGER)
        waits = {rest.who: rest.until - scene.start for rest in scene.customer().cool_downs}

        assert {"li": timedelta(days=3, hours=1), "wang": timedelta(days=39, hours=1)} == waits
        assert ["P-08 cooling-down"] == scene.refused(claim(), by=WANG)

    @pytest.mark.rule("M-06", "P-11")
    def test_contracts_and_dates_are_those_of_both(self):
        """The earliest contract, the latest trade and contact, the sum of contracts."""
        scene = Scene().formal().given(Sign("C1", "HT-2", date(2026, 3, 9)), by=LI)
        scene.at(hours=1).intent(**second()).given(Sign("C2", "HT-3", date(2026, 2, 2)), by=LI)
        scene.at(hours=2).given(record("C2"), by=LI).given(merge(), by=MANAGER)
        customer = scene.customer()

        assert (3, date(2026, 2, 2), date(2026, 3, 9)) == (
            customer.contracts,
            customer.signed_on,
            customer.last_trade_on,
        )
        assert scene.now == customer.last_contact_at

    @pytest.mark.rule("M-06", "D-11", "D-13")
    def test_both_histories_can_be_read(self):
        """The loser's stays under its own id; asked for, it is told with the survivor's."""
        scene = in_pool().at(hours=2).given(merge(), by=MANAGER).at(hours=3).given(record(), by=LI)
        both = scene.crm.customers.history("C1", merged=True)

        assert ["registered", "merged-into"] == scene.events("C2")
        assert ["registered", "protected", "absorbed", "follow-up-recorded"] == scene.events("C1")
        assert ["C1", "C1", "C2", "C1", "C2", "C1"] == [envelope.stream for envelope in sorted_by_time(both)]
        assert scene.crm.history("C2") == scene.crm.customers.history("C2", merged=True)

    @pytest.mark.rule("M-06", "D-11")
    def test_the_record_stays_as_it_was(self):
        """Nothing on record is deleted: profile, contacts and counts are all still there."""
        scene = in_pool(contacts=(ContactDetails("丙某"),)).given(record("C2"), by=WANG)
        before = scene.customer("C2")
        after = scene.given(merge(), by=MANAGER).customer("C2")

        assert (before.profile, before.contacts, before.follow_ups) == (
            after.profile,
            after.contacts,
            after.follow_ups,
        )
        assert (before.stage, before.actions) == (after.stage.was, after.stage.actions)


def sorted_by_time(envelopes):
    """Envelopes in the order of time, which they must have already."""
    assert sorted(envelopes, key=lambda envelope: envelope.at) == list(envelopes)

    return envelopes


class TestWhatIsMergedIsNoCustomer:
    """It belongs to nobody, counts for nothing, and leads to the survivor."""

    @pytest.mark.rule("M-06")
    def test_it_is_in_no_list(self):
        """Neither in the pool nor anybody's, nor among all."""
        scene = Scene().potential().at(hours=1).potential(**second()).given(merge(), by=MANAGER)
        customers = scene.crm.customers

        assert ["C1"] == [one.id for one in customers.held_by("li")] == [one.id for one in customers.all()]
        assert ["C1", "C2"] == [one.id for one in customers.all(merged=True)]
        assert [] == customers.in_pool()
        assert ["C1"] == [one.id for one in scene.at(days=40).crm.customers.in_pool()]
        assert 1 == scene.crm.sweep()

    @pytest.mark.rule("M-06", "P-16")
    def test_it_counts_against_no_limit(self):
        """Who protected both has room for another."""
        scene = Scene({"customers.limits.total": 2}).potential().at(hours=1).potential(**second())
        third = register(id="C3", name="靖江市晨星有限公司")

        assert ["P-16 limit-total"] == scene.refused(third, by=LI)
        assert [] == scene.given(merge(), by=MANAGER).refused(third, by=LI)

    @pytest.mark.rule("M-06", "D-02")
    def test_it_tells_where_it_went(self):
        """By its id, at any time; and each of several mergers leads on to the last."""
        scene = in_pool().at(hours=2).given(merge(), by=MANAGER).at(hours=3)
        scene.potential(**second(id="C3", name="靖江暖冬有限公司"))
        scene.given(merge("C1", "C3", decided=True), by=MANAGER)

        assert ("merged", "C1", "C3") == (
            scene.stage("C2"),
            scene.customer("C2").stage.into,
            scene.customer("C1").stage.into,
        )
        assert "C3" == scene.crm.customers.survivor("C2").id
        assert "C1" == scene.crm.customers.survivor("C2", at=scene.start + timedelta(hours=2)).id
        assert "C2" == scene.crm.customers.survivor("C2", at=scene.start + timedelta(hours=1)).id
        assert 9 == len(scene.crm.customers.history("C3", merged=True))
        assert 5 == len(scene.crm.customers.history("C1", at=scene.start + timedelta(hours=2), merged=True))
        assert 2 == len(scene.crm.customers.history("C1", at=scene.start + timedelta(hours=1), merged=True))

    @pytest.mark.rule("M-06")
    def test_every_command_about_it_names_the_survivor(self):
        """Whoever gives it."""
        scene = in_pool().given(merge(), by=MANAGER)
        for command in (record("C2"), claim("C2"), AddContact("C2", ContactDetails("丁某")), merge("C2", "C1")):
            [refusal] = scene.refusals(command, by=LI)

            assert ("merged", {"customer": "C2", "survivor": "C1"}) == (refusal.code, refusal.params)
        assert ["D-01 id-taken"] == scene.refused(register(id="C2", name="靖江市晨星有限公司"), by=LI)

    @pytest.mark.rule("M-06", "P-02")
    def test_its_name_is_the_survivors(self):
        """Registering it again is refused, naming the survivor; who looks for it finds the survivor."""
        scene = in_pool().given(merge(), by=MANAGER)
        [refusal] = scene.refusals(register(id="C3", name=f" {SECOND}"), by=WANG)
        found = scene.crm.customers.by_name(SECOND)

        assert ("P-02", "same-name", "C1", "li") == (
            refusal.rule,
            refusal.code,
            refusal.params["customer"],
            refusal.params["owner"],
        )
        assert found is not None
        assert "C1" == found.id

    @pytest.mark.rule("M-06", "P-02")
    def test_the_survivor_may_take_its_name(self):
        """When the better name was on the other record; nobody else may, and it still leads to the survivor."""
        scene = in_pool().given(merge(), by=MANAGER).pool(**second(id="C3", name="靖江市晨星有限公司"))

        assert ["P-02 same-name"] == scene.refused(ChangeProfile("C3", name=SECOND), by=MANAGER)
        scene.given(ChangeProfile("C1", name=SECOND), by=LI)
        assert "C1" == scene.crm.customers.by_name(SECOND).id
        assert [] == list(scene.crm.verify())

    @pytest.mark.rule("M-06", "D-09")
    def test_its_custom_fields_find_the_survivor(self):
        """Once, though both have the value."""
        scene = Scene({"customers.custom_fields": [{"name": "erp", "indexed": True}]})
        scene.potential(fields={"erp": "E-7"}).at(hours=1).pool(**second(fields={"erp": "E-7"}))
        scene.given(merge(), by=MANAGER)

        assert ["C1"] == [one.id for one in scene.crm.customers.by_field("erp", "E-7")]

    @pytest.mark.rule("M-06")
    def test_it_is_found_by_its_number(self):
        """As the record that it is: an old letter names it, and it tells where it went."""
        scene = in_pool().given(merge(), by=MANAGER)
        found = scene.crm.customers.by_number("KH-000002")

        assert found is not None
        assert ("C2", "C1") == (found.id, found.stage.into)


class TestUndoing:
    """While nothing has been built upon a merge it can be undone, and then all is as it was."""

    @pytest.mark.rule("M-06")
    @pytest.mark.parametrize("stage", ["pool", "potential", "intent", "formal"])
    def test_both_are_what_they_were(self, stage):
        """At every stage, with all that hangs on it."""
        scene = Scene({"customers.profile.required_enterprise": ["name"]})
        getattr(scene, stage)(phone=None, contacts=(ContactDetails("甲某"),))
        getattr(scene.at(hours=1), stage)(**second(region="泰州", contacts=(ContactDetails("丙某", main=True),)))
        for id in ("C1", "C2"):
            scene.given(record(id), by=LI)
        before = state(scene.customer()), state(scene.customer("C2")), scene.items(LI)
        scene.at(hours=2).given(merge(), by=MANAGER).at(hours=3).given(undo(), by=MANAGER)

        assert before == (state(scene.customer()), state(scene.customer("C2")), scene.items(LI))
        assert [] == list(scene.crm.verify())
        assert ["merged-into", "merge-undone"] == scene.events("C2")[-2:]
        assert ["absorbed", "given-back"] == scene.events()[-2:]

    @pytest.mark.rule("M-06")
    def test_only_what_is_merged(self):
        """Anything else was not."""
        assert ["M-06 not-merged"] == in_pool().refused(undo(), by=MANAGER)
        assert ["A-01 not-permitted"] == in_pool().given(merge(), by=MANAGER).refused(undo(), by=LI)

    @pytest.mark.rule("M-06")
    def test_not_once_something_was_built_upon_it(self):
        """The refusal says what."""
        scene = in_pool().given(merge(), by=MANAGER).given(record(), ApplyForIntent("C1", "asks"), by=LI)
        [refusal] = scene.refusals(undo(), by=MANAGER)

        assert "built-upon" == refusal.code
        assert {"survivor": "C1", "built": "follow-up-recorded, intent-applied"} == refusal.params
        assert UndoMerge not in scene.crm.can("C2", actor=MANAGER)

    @pytest.mark.rule("M-06", "P-19")
    def test_a_fall_is_built_upon_it_whether_it_is_stored_or_not(self):
        """From the very moment of the fall."""
        for swept in (False, True):
            scene = in_pool().given(merge(), by=MANAGER)
            deadline = scene.deadline()

            assert [] == scene.at(deadline - MICROSECOND).refused(undo(), by=MANAGER)
            scene.at(deadline)
            assert swept == bool(swept and scene.crm.sweep())
            [refusal] = scene.refusals(undo(), by=MANAGER)
            assert "expired" == refusal.params["built"]

    @pytest.mark.rule("M-06", "P-19")
    def test_a_protection_that_ran_out_meanwhile_falls_at_once(self):
        """Nobody gets more time by being merged."""
        scene = Scene().formal().at(hours=1).potential(**second()).given(merge(), by=MANAGER)
        scene.at(days=40).given(undo(), by=MANAGER)

        assert ["merged-into", "merge-undone", "expired"] == scene.events("C2")[-3:]
        assert "pool" == scene.stage("C2")
        assert scene.now == scene.crm.history("C2")[-1].at

    @pytest.mark.rule("M-06")
    def test_several_mergers_are_undone_from_the_last_one_on(self):
        """One that is undone is nothing built upon those before it."""
        scene = in_pool().pool(**second(id="C3", name="靖江暖冬有限公司"))
        before = [state(scene.customer(id)) for id in ("C1", "C2", "C3")]
        scene.given(merge("C2"), merge("C3"), by=MANAGER)

        assert ["M-06 built-upon"] == scene.refused(undo("C2"), by=MANAGER)
        scene.given(undo("C3"), undo("C2"), by=MANAGER)
        assert before == [state(scene.customer(id)) for id in ("C1", "C2", "C3")]

    @pytest.mark.rule("M-06")
    def test_mergers_in_a_row_are_undone_from_the_last_one_on(self):
        """A record that was merged into another first, and then with it into a third."""
        scene = in_pool().at(hours=2).potential(**second(id="C3", name="靖江暖冬有限公司"))
        before = [state(scene.customer(id)) for id in ("C1", "C2", "C3")]
        scene.given(merge("C2", "C1"), merge("C1", "C3", decided=True), by=MANAGER)
        [refusal] = scene.refusals(undo("C2"), by=MANAGER)

        assert {"survivor": "C1", "built": "merged-into"} == refusal.params
        scene.given(undo("C1"), undo("C2"), by=MANAGER)
        assert before == [state(scene.customer(id)) for id in ("C1", "C2", "C3")]

    @pytest.mark.rule("M-06")
    def test_what_was_built_before_stays_in_the_way(self):
        """Undoing a later merge gives nothing back that was lost before it."""
        scene = in_pool().pool(**second(id="C3", name="靖江暖冬有限公司"))
        scene.given(merge("C2"), by=MANAGER).given(record(), by=LI).given(merge("C3"), undo("C3"), by=MANAGER)

        assert ["M-06 built-upon"] == scene.refused(undo("C2"), by=MANAGER)

    @pytest.mark.rule("M-06", "P-16")
    def test_the_owner_must_have_room_again(self):
        """A limit holds for what comes back as for what is claimed."""
        scene = Scene({"customers.limits.total": 2}).potential().at(hours=1).potential(**second())
        scene.given(merge(), by=MANAGER).given(register(id="C3", name="靖江市晨星有限公司"), by=LI)

        assert ["P-16 limit-total"] == scene.refused(undo(), by=MANAGER)
        scene.given(Transfer("C3", "wang"), by=MANAGER)
        assert [] == scene.refused(undo(), by=MANAGER)

    @pytest.mark.rule("M-06", "P-16")
    def test_what_falls_at_once_needs_no_room(self):
        """It never comes back to its owner."""
        scene = Scene({"customers.limits.total": 1}).formal().at(hours=1).potential(**second())
        scene.given(merge(), by=MANAGER).at(days=40).given(register(id="C3", name="靖江市晨星有限公司"), by=LI)

        assert [] == scene.refused(undo(), by=MANAGER)

    @pytest.mark.rule("M-06", "P-16")
    def test_a_survivor_that_loses_its_contract_counts_again(self):
        """Its owner must have room for it."""
        scene = Scene({"customers.limits.potential": 1}).formal(**second()).given(Release("C2", "lost"), by=MANAGER)
        scene.at(hours=1).potential()
        scene.given(merge(), by=MANAGER).given(register(id="C3", name="靖江市晨星有限公司"), by=LI)

        assert ["P-16 limit-stage"] == scene.refused(undo(), by=MANAGER)
        scene.given(Transfer("C3", "wang"), by=MANAGER).given(undo(), by=MANAGER)
        assert scene.customer().signed_on is None

    @pytest.mark.rule("M-06", "P-17")
    def test_a_lock_must_have_room_again(self):
        """The owner may have locked another one since."""
        scene = Scene({"customers.locks.per_owner": 1}).formal().at(hours=1).potential(**second())
        scene.given(Lock("C2"), merge(), by=MANAGER).given(register(id="C3", name="靖江市晨星有限公司"), by=LI)
        scene.given(Lock("C3"), by=MANAGER)

        assert ["P-17 limit-locks"] == scene.refused(undo(), by=MANAGER)

    @pytest.mark.rule("M-06", "P-07")
    def test_a_pending_request_comes_back(self):
        """With the time until which it holds."""
        scene = Scene().formal().at(hours=1).potential(**second()).given(RequestExtension("C2", "away"), by=LI)
        before = scene.customer("C2").stage
        scene.given(merge(), by=MANAGER)

        assert [] == [item for item in scene.items(REVIEWER) if item.customer == "C2"]
        assert before == scene.given(undo(), by=MANAGER).customer("C2").stage
        assert ["request C2 upcoming"] == scene.agenda(REVIEWER)

    @pytest.mark.rule("M-06", "P-12")
    def test_what_is_handed_over_comes_back_as_it_was(self):
        """And its handover still waits."""
        scene = Scene().formal().at(hours=1).formal(**second()).given(HandOver("C2", "ning"), by=LI)
        before = scene.customer("C2").stage
        scene.given(merge(decided=True), undo(), by=MANAGER)

        assert before == scene.customer("C2").stage
