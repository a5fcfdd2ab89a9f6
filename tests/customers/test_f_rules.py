"""Follow-ups and what they leave to do (F-01, F-02, F-04, F-05)."""

from datetime import timedelta
from typing import Any

import pytest

from crmcore.app.policy import load_policy
from crmcore.customers import (
    ApplyForIntent,
    FollowUp,
    HandOver,
    Participant,
    ReassignActions,
    RecordFollowUp,
    RefuseIntent,
    RequestExtension,
)
from crmcore.customers.agenda import KIND_LABELS, URGENCY_LABELS
from crmcore.customers.guards_protection import channel_code
from crmcore.kernel.actors import Actor
from tests.customers.scene import (
    ADMIN,
    GUEST,
    IMPORT,
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
    follow_up,
    record,
    register,
)

EVERYBODY = (LI, ZHAO, WANG, REVIEWER, MANAGER, ADMIN, SERVICE, IMPORT, GUEST)


def due(days: float, **more: Any) -> RecordFollowUp:
    """A follow-up whose next contact is so many days after the start."""
    return record(next_contact_at=MONDAY + timedelta(days=days), **more)


class TestFollowUps:
    """What a follow-up says (F-01)."""

    @pytest.mark.rule("F-01")
    def test_everything_is_kept(self):
        """Time, channel, author, participants, content, feedback, response, next action with person and time."""
        command = RecordFollowUp(
            customer="C1",
            channel="visit",
            content="看样机",
            held_at=MONDAY,
            feedback="价格偏高",
            response="改报方案二",
            participants=(Participant("王经理", "decision maker"), Participant("赵工")),
            next_action="送方案",
            next_action_by="zhao",
            next_contact_at=MONDAY + timedelta(days=3),
        )
        event = Scene().potential().at(hours=5).when(command, by=LI).events[0].event

        assert (MONDAY + timedelta(hours=5), "li", 1, "visit", "看样机", MONDAY) == (
            event.at,
            event.by,
            event.number,
            event.channel,
            event.content,
            event.held_at,
        )
        assert ("价格偏高", "改报方案二", "送方案", "zhao", MONDAY + timedelta(days=3)) == (
            event.feedback,
            event.response,
            event.next_action,
            event.next_action_by,
            event.next_contact_at,
        )
        assert command.participants == event.participants

    @pytest.mark.rule("F-01")
    def test_it_took_place_when_recorded_unless_it_says_otherwise(self):
        """Never later than it is recorded."""
        scene = Scene().potential().at(days=1)

        assert scene.now == scene.when(record(), by=LI).events[0].event.held_at
        assert [] == scene.refused(record(held_at=scene.now), by=LI)
        assert ["F-01 held-later"] == scene.refused(record(held_at=scene.now + MICROSECOND), by=LI)

    @pytest.mark.rule("F-01")
    def test_times_are_kept_in_utc(self):
        """Whatever offset they were given with, like every other instant."""
        scene = Scene().potential().at(days=1)
        event = scene.when(record(held_at=MONDAY), by=LI).events[0].event

        assert [timedelta(0), timedelta(0)] == [event.held_at.utcoffset(), event.next_contact_at.utcoffset()]

    @pytest.mark.rule("F-01")
    @pytest.mark.parametrize("stage", ["pool", "potential", "intent", "formal"])
    @pytest.mark.parametrize("content", ["", " \n\u3000"])
    def test_content_is_required(self, stage, content):
        """At every stage; nothing but spaces is none."""
        scene = Scene()
        getattr(scene, stage)()

        assert ["F-01 content-required"] == scene.refused(record(content=content), by=LI)

    @pytest.mark.rule("F-01")
    @pytest.mark.parametrize(
        ("stage", "expected"),
        [("pool", []), ("potential", ["F-01 next-contact-required"]), ("intent", []), ("formal", [])],
    )
    def test_the_next_contact_is_required_of_potential_customers(self, stage, expected):
        """And of no others."""
        scene = Scene()
        getattr(scene, stage)()

        assert expected == scene.refused(record(next_contact_at=None), by=LI)

    @pytest.mark.rule("F-01")
    def test_policy_may_do_without_a_next_contact(self):
        """Of potential customers too."""
        scene = Scene({"customers.follow_ups.next_contact_when_potential": False}).potential()

        assert [] == scene.refused(record(next_contact_at=None), by=LI)
        assert () == scene.given(record(next_contact_at=None), by=LI).customer().actions

    @pytest.mark.rule("F-01")
    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ("phone", "phone"),
            (" Phone ", "phone"),
            ("电话", "phone"),
            ("email", "e-mail"),
            ("拜访", "visit"),
            ("微信", "wechat"),
        ],
    )
    def test_a_channel_is_given_by_code_or_word(self, written, code):
        """And kept by its code."""
        scene = Scene().potential()

        assert code == scene.when(record(channel=written), by=LI).events[0].event.channel

    @pytest.mark.rule("F-01")
    def test_every_channel_of_the_standard_policy_is_known_by_its_code(self):
        """No word hides a code."""
        channels = load_policy("standard").customers.follow_ups.channels

        assert list(channels) == [channel_code(channel) for channel in channels]

    @pytest.mark.rule("F-01")
    def test_an_unknown_channel_is_refused(self):
        """With those that are known, and without what was typed."""
        [refusal] = (
            Scene({"customers.follow_ups.channels": ["phone", "visit"]})
            .potential()
            .refusals(record(channel="13800000001"), by=LI)
        )

        assert ("F-01", "unknown-channel", {"known": "phone, visit"}) == (refusal.rule, refusal.code, refusal.params)

    @pytest.mark.rule("F-01")
    def test_policy_may_take_any_channel(self):
        """With an empty list."""
        assert [] == Scene({"customers.follow_ups.channels": []}).potential().refused(record(channel="pigeon"), by=LI)


class TestWhoRecords:
    """Only who may work the customer (F-04)."""

    @pytest.mark.rule("F-04")
    @pytest.mark.parametrize(
        ("stage", "may"),
        [
            ("pool", {LI, ZHAO, WANG}),
            ("potential", {LI, ZHAO}),
            ("intent", {LI, ZHAO}),
            ("formal", {LI, SERVICE}),
        ],
    )
    def test_who_may_record(self, stage, may):
        """In the pool pre-sales, then the owner and its team, at last the owner and after-sales."""
        scene = Scene()
        getattr(scene, stage)()

        assert may == {who for who in EVERYBODY if not scene.refused(record(), by=who)}
        assert {("F-04 not-permitted",)} == {tuple(scene.refused(record(), by=who)) for who in {*EVERYBODY} - may}

    @pytest.mark.rule("F-04")
    def test_any_team_in_common_is_enough(self):
        """People may belong to several."""
        helper = Actor("he", teams={"west", "north"})

        assert [] == Scene().potential().refused(record(), by=helper)

    @pytest.mark.rule("F-04", "P-12")
    def test_the_new_owner_s_team_does_not_record_for_formal_customers(self):
        """There it is after-sales as a whole."""
        scene = Scene().formal().given(HandOver("C1", "ning", ("north",)), by=LI)

        assert ["F-04 not-permitted"] == scene.refused(record(), by=ZHAO)


class TestCorrections:
    """Follow-ups are never changed, only corrected by others (F-05)."""

    @pytest.mark.rule("F-05")
    def test_a_correction_is_a_new_entry(self):
        """It refers to the old one, which stays as it was."""
        scene = Scene().potential().given(record(content="报价 5 万"), by=LI)
        scene.at(days=1).given(record(content="报价 15 万", corrects=1), by=LI)
        first, second = (envelope.event for envelope in scene.crm.history("C1")[-2:])

        assert [(1, "报价 5 万", None), (2, "报价 15 万", 1)] == [
            (event.number, event.content, event.corrects) for event in (first, second)
        ]
        assert 2 == scene.customer().follow_ups

    @pytest.mark.rule("F-05")
    @pytest.mark.parametrize("number", [0, 2, -1, 99])
    @pytest.mark.parametrize("stage", ["pool", "potential", "intent", "formal"])
    def test_only_what_is_on_record_can_be_corrected(self, stage, number):
        """Numbers count from one to the last."""
        scene = Scene()
        getattr(scene, stage)()
        [none] = scene.refusals(record(corrects=number), by=LI)
        scene.given(record(), by=LI)

        assert ("F-05", "unknown-follow-up", {"number": number}) == (none.rule, none.code, none.params)
        assert ["F-05 unknown-follow-up"] == scene.refused(record(corrects=number), by=LI)

    @pytest.mark.rule("F-05", "F-02")
    def test_a_correction_replaces_what_the_corrected_entry_had_planned(self):
        """And nothing else that is planned."""
        scene = Scene().potential().given(due(3), by=LI).given(due(4, next_action_by="zhao"), by=ZHAO)
        scene.given(due(5, corrects=1), by=LI)

        assert [MONDAY + timedelta(days=5)] == [item.due for item in scene.items(LI)]
        assert [MONDAY + timedelta(days=4)] == [item.due for item in scene.items(ZHAO)]


class TestReassigning:
    """What one person still has to do goes to another (P-15)."""

    @pytest.mark.rule("P-15", "F-02")
    @pytest.mark.parametrize(("stage", "author"), [("pool", WANG), ("potential", LI), ("intent", LI), ("formal", LI)])
    def test_a_manager_gives_open_actions_to_another(self, stage, author):
        """At every stage, with their times; the customer's owner stays."""
        scene = Scene()
        getattr(scene, stage)()
        owner = scene.given(due(3), by=author).customer().owner
        scene.given(ReassignActions("C1", author.id, "ning"), by=MANAGER)

        assert [[], ["next-contact C1 upcoming"]] == [scene.agenda(who) for who in (author, SERVICE)]
        assert [MONDAY + timedelta(days=3)] == [item.due for item in scene.items(SERVICE)]
        assert owner == scene.customer().owner
        assert [] == list(scene.crm.verify())

    @pytest.mark.rule("P-15")
    def test_only_that_person_s_actions_go(self):
        """Others keep theirs."""
        scene = Scene().potential().given(due(3), by=LI).given(due(4), by=ZHAO)
        scene.given(ReassignActions("C1", "li", "wang"), by=MANAGER)

        assert [0, 1, 1] == [len(scene.agenda(who)) for who in (LI, ZHAO, WANG)]

    @pytest.mark.rule("P-15")
    def test_there_must_be_something_to_give_to_somebody_else(self):
        """Nothing open is refused, and so is the same person."""
        scene = Scene().potential()
        none = scene.refused(ReassignActions("C1", "li", "wang"), by=MANAGER)

        assert ["P-15"] == [reason.split()[0] for reason in none]
        same = scene.given(due(3), by=LI).refused(ReassignActions("C1", "li", "li"), by=MANAGER)
        assert ["P-15"] == [reason.split()[0] for reason in same]
        assert none != same

    @pytest.mark.rule("P-15", "A-01")
    @pytest.mark.parametrize("who", [LI, ZHAO, REVIEWER, SERVICE], ids=lambda actor: actor.id)
    def test_only_managers_reassign(self, who):
        """Not who has to do it either."""
        scene = Scene().potential().given(due(3), by=LI)

        assert ["A-01 not-permitted"] == scene.refused(ReassignActions("C1", "li", "wang"), by=who)


class TestAgenda:
    """Every open next action appears in the person's agenda (F-02)."""

    @pytest.mark.rule("F-02")
    def test_a_next_contact_is_upcoming_then_due_then_overdue(self):
        """Due on its local day until its moment, overdue once the moment has passed."""
        scene = Scene().potential().given(due(3), by=LI)
        when = MONDAY + timedelta(days=3)

        assert ["upcoming", "upcoming", "due", "due", "overdue"] == [
            scene.at(moment).items(LI)[0].urgency
            for moment in (MONDAY, china(2026, 3, 5) - MICROSECOND, china(2026, 3, 5), when, when + MICROSECOND)
        ]

    @pytest.mark.rule("F-02")
    def test_it_stays_overdue_until_done(self):
        """The person's next follow-up closes it."""
        scene = Scene({"customers.agenda.reminder_days": 0}).potential().given(due(1), by=LI).at(days=20)
        before = scene.agenda(LI)
        scene.given(due(22), by=LI)

        assert ["next-contact C1 overdue"] == before
        assert [MONDAY + timedelta(days=22)] == [item.due for item in scene.items(LI)]

    @pytest.mark.rule("F-02")
    def test_the_person_in_charge_has_to_do_it(self):
        """Whoever wrote it down; another's follow-up does not close it."""
        scene = Scene().potential().given(due(3, next_action_by="zhao"), by=LI)
        before = [scene.agenda(who) for who in (LI, ZHAO)]
        scene.given(due(4), by=LI)

        assert [[], ["next-contact C1 upcoming"]] == before
        assert [["next-contact C1 upcoming"]] * 2 == [scene.agenda(who) for who in (LI, ZHAO)]
        scene.given(due(5), by=ZHAO)
        assert [4, 5] == [(scene.items(who)[0].due - scene.start).days for who in (LI, ZHAO)]

    @pytest.mark.rule("F-02")
    @pytest.mark.parametrize(("days", "shown"), [(2, True), (3, False)])
    def test_policy_sets_how_far_an_agenda_looks_ahead(self, days, shown):
        """To the end of the local day so many days from now."""
        scene = Scene({"customers.agenda.upcoming_days": 2}).potential()
        end_of_day = china(2026, 3, 4, 23, 59, 59) + timedelta(days=days - 2)
        scene.given(record(next_contact_at=end_of_day), by=LI)

        assert shown == bool(scene.agenda(LI))

    @pytest.mark.rule("F-02")
    def test_every_open_next_action_is_in_the_agenda_unless_policy_says_otherwise(self):
        """However far ahead it is due."""
        scene = Scene().potential()
        scene.given(record(next_contact_at=scene.start + timedelta(days=300)), by=LI)

        assert ["next-contact C1 upcoming"] == scene.agenda(LI)

    @pytest.mark.rule("F-01")
    @pytest.mark.parametrize("planned", [{"next_action": "send the offer"}, {"next_action_by": "zhao"}])
    def test_a_next_action_needs_the_time_when_it_is_due(self, planned):
        """What to do, or who is to do it, without when would never come up."""
        scene = Scene().given(register(into="pool"), by=MANAGER)

        assert ["F-01 next-action-due"] == scene.refused(record(next_contact_at=None, **planned), by=LI)

    @pytest.mark.rule("F-02")
    def test_what_is_soonest_comes_first(self):
        """Across customers and kinds."""
        scene = Scene().potential().given(register(id="C2", name="靖江市春意贸易有限公司"), by=LI).at(days=25)
        scene.given(record("C2", next_contact_at=scene.now + timedelta(days=1)), by=LI)
        scene.given(record("C1", next_contact_at=scene.now + timedelta(days=6)), by=LI)

        assert [
            "next-contact C2 upcoming",
            "expiring C1 upcoming",
            "expiring C2 upcoming",
            "next-contact C1 upcoming",
        ] == scene.agenda(LI)

    @pytest.mark.rule("F-02")
    def test_requests_are_in_the_reviewers_agenda(self):
        """With the moment at which the hold ends; not in that of who asked, nor of those who may not decide."""
        scene = Scene().potential().given(ApplyForIntent("C1", "asks"), by=LI)

        assert [["request C1 upcoming"]] * 3 == [scene.agenda(who) for who in (REVIEWER, MANAGER, ADMIN)]
        assert [[]] * 4 == [scene.agenda(who) for who in (LI, ZHAO, WANG, SERVICE)]
        assert [china(2026, 4, 6, 9)] == [item.due for item in scene.items(REVIEWER)]
        scene.given(RefuseIntent("C1"), by=REVIEWER)
        assert [] == scene.agenda(REVIEWER)
        scene.given(RequestExtension("C1", "away"), by=LI)
        assert ["request C1 due"] == scene.at(china(2026, 4, 6)).agenda(REVIEWER)
        assert [] == scene.at(china(2026, 4, 6, 9)).agenda(REVIEWER)

    @pytest.mark.rule("F-02", "A-01")
    def test_who_may_decide_is_asked_of_the_policy(self):
        """Each kind of request stands in the agenda of who may approve it."""
        rights = {"customers.rights": {"approve-intent": ["legal"]}}
        lawyer = Actor("lu", roles={"legal"})
        applied = Scene(rights).potential().given(ApplyForIntent("C1", "asks"), by=LI)
        requested = Scene(rights).potential().given(RequestExtension("C1", "away"), by=LI)

        assert [[], ["request C1 upcoming"]] == [applied.agenda(who) for who in (REVIEWER, lawyer)]
        assert [["request C1 upcoming"], []] == [requested.agenda(who) for who in (REVIEWER, lawyer)]

    @pytest.mark.rule("F-02")
    def test_a_plan_for_a_pool_customer_is_in_the_agenda(self):
        """Whoever contacts one may plan to do so again."""
        scene = Scene().pool().given(due(2), by=WANG)

        assert ["next-contact C1 upcoming"] == scene.agenda(WANG)

    @pytest.mark.rule("F-02")
    def test_kinds_and_urgencies_have_names_in_both_languages(self):
        """For who shows an agenda to people."""
        for label in (*KIND_LABELS.values(), *URGENCY_LABELS.values()):
            assert label.text("en").isascii()
            assert not label.text("zh").isascii()


def test_a_follow_up_with_a_claim_is_the_same_thing():
    """Both commands share their fields, so what holds for one holds for the other."""
    assert isinstance(record(), FollowUp)
    assert follow_up().content == record().content
