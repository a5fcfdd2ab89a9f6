"""Reminders, sweeps, policies that change, and calendars (P-18, P-19, P-22, P-23)."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmcore import hookimpl
from crmcore.app.crm import CRM
from crmcore.customers import (
    Abandon,
    ApplyForIntent,
    ApproveExtension,
    ApproveIntent,
    Rebase,
    RefuseProtection,
    RequestExtension,
)
from crmcore.customers.stages import Pool, Potential
from crmcore.kernel.calendar import TableCalendar
from tests.customers.scene import (
    ADMIN,
    LI,
    MANAGER,
    MICROSECOND,
    MONDAY,
    REVIEWER,
    WANG,
    ZHAO,
    Scene,
    china,
    claim,
    record,
    register,
)

BERLIN = ZoneInfo("Europe/Berlin")
DEADLINE = china(2026, 4, 1, 9)


class TestReminder:
    """Protections about to end stand in the owner's agenda (P-18)."""

    @pytest.mark.rule("P-18", "F-02")
    def test_a_protection_that_ends_within_seven_days_is_in_the_owner_s_agenda(self):
        """From seven days before the deadline, that instant included, until the fall."""
        scene = Scene().potential()
        week_before = DEADLINE - timedelta(days=7)

        assert [[], ["expiring C1 upcoming"]] == [
            scene.at(moment).agenda(LI) for moment in (week_before - MICROSECOND, week_before)
        ]
        assert [["expiring C1 upcoming"], ["expiring C1 due"], ["expiring C1 due"], []] == [
            scene.at(moment).agenda(LI)
            for moment in (china(2026, 4, 1) - MICROSECOND, china(2026, 4, 1), DEADLINE - MICROSECOND, DEADLINE)
        ]

    @pytest.mark.rule("P-18")
    def test_the_reminder_tells_the_deadline(self):
        """And which customer it is about."""
        [item] = Scene().potential().at(days=29).items(LI)

        assert ("expiring", "C1", "KH-000001", DEADLINE) == (item.kind, item.customer, item.number, item.due)

    @pytest.mark.rule("P-18")
    def test_it_is_for_the_owner_only(self):
        """Neither team nor managers are reminded."""
        scene = Scene().potential().at(days=29)

        assert [[], [], []] == [scene.agenda(who) for who in (ZHAO, MANAGER, REVIEWER)]

    @pytest.mark.rule("P-18")
    @pytest.mark.parametrize("days", [1, 30])
    def test_policy_sets_how_long_before(self, days):
        """The seven days are a number of the policy."""
        scene = Scene({"customers.agenda.reminder_days": days, "customers.protection.potential_days": 60}).potential()
        deadline = scene.deadline()

        assert [] == scene.at(deadline - timedelta(days=days) - MICROSECOND).agenda(LI)
        assert 1 == len(scene.at(deadline - timedelta(days=days)).agenda(LI))

    @pytest.mark.rule("P-18")
    def test_with_zero_days_nobody_is_reminded(self):
        """Not even a microsecond before the deadline."""
        scene = Scene({"customers.agenda.reminder_days": 0}).potential()

        assert [] == scene.at(DEADLINE - MICROSECOND).agenda(LI)

    @pytest.mark.rule("P-18")
    @pytest.mark.parametrize(
        ("start", "now"),
        [
            ("2026-09-30 12:00", "2026-10-23 12:00"),
            ("2026-03-02 12:00", "2026-03-25 12:00"),
        ],
        ids=["autumn", "spring"],
    )
    def test_the_seven_days_are_days_on_the_wall(self, start, now):
        """Also in a week in which clocks are changed: the same local time seven days before the deadline."""
        start, now = (datetime.fromisoformat(text).replace(tzinfo=BERLIN) for text in (start, now))
        scene = Scene({"zone": "Europe/Berlin"}, start=start).potential()

        assert (now + timedelta(days=7)) == scene.deadline().astimezone(BERLIN)
        assert ["expiring C1 upcoming"] == scene.at(now).agenda(LI)
        assert [] == scene.at(now - MICROSECOND).agenda(LI)

    @pytest.mark.rule("P-18", "P-07")
    def test_a_held_protection_ends_with_its_hold(self):
        """What is pending keeps the customer until then, and who decides is told the same moment."""
        scene = Scene().potential().given(RequestExtension("C1", "away"), by=LI).at(days=29)

        assert [china(2026, 4, 6, 9)] == [item.due for item in scene.items(LI)]
        assert [("request", china(2026, 4, 6, 9))] == [(item.kind, item.due) for item in scene.items(REVIEWER)]

    @pytest.mark.rule("P-18")
    def test_an_extended_protection_is_not_about_to_end(self):
        """The reminder goes by the deadline as it is now."""
        scene = Scene().potential().given(RequestExtension("C1", "away"), by=LI)
        scene.given(ApproveExtension("C1"), by=REVIEWER)

        assert [] == scene.at(days=29).agenda(LI)


class TestSweep:
    """Whether and when anybody sweeps cannot be told afterwards (P-19)."""

    MOMENTS = (DEADLINE - MICROSECOND, DEADLINE, DEADLINE + MICROSECOND, DEADLINE + timedelta(days=400))

    @pytest.mark.rule("P-19")
    @pytest.mark.parametrize("sweeps", [(), (0,), (1,), (3,), (0, 1, 2, 3, 3)], ids=str)
    def test_a_sweep_changes_nothing_that_can_be_seen(self, sweeps):
        """State and history are the same, swept early, late, often, or never."""
        scene = Scene().potential()
        for place in sweeps:
            scene.crm.sweep(at=self.MOMENTS[place])
        history = scene.crm.history("C1", at=self.MOMENTS[-1])

        assert ["potential", "pool", "pool", "pool"] == scene.stages(*self.MOMENTS)
        assert [("registered", 1), ("protected", 2), ("expired", 3)] == [(one.type, one.number) for one in history]
        assert DEADLINE == history[-1].at
        assert Scene().potential().crm.customer("C1", at=self.MOMENTS[3]) == scene.crm.customer(
            "C1", at=self.MOMENTS[3]
        )

    @pytest.mark.rule("P-19")
    def test_a_sweep_says_how_many_fell_and_a_second_one_finds_nothing(self):
        """Early, it finds nothing either."""
        scene = Scene().potential().given(register(id="C2", name="靖江市春意贸易有限公司"), by=LI)

        assert [0, 2, 0] == [scene.crm.sweep(at=at) for at in (DEADLINE - MICROSECOND, DEADLINE, DEADLINE)]

    @pytest.mark.rule("P-19")
    def test_a_large_sweep_goes_in_batches(self):
        """Each is stored before the next, and progress is told after each."""
        scene = Scene().given(*(register(id=f"C{n}", name=f"靖江市第{n}贸易有限公司") for n in range(5)), by=LI)
        told: list[int] = []

        assert 5 == scene.crm.sweep(at=DEADLINE, size=2, progress=told.append)
        assert [2, 4, 5] == told

    @pytest.mark.rule("P-19")
    @pytest.mark.parametrize("swept", [False, True])
    def test_a_command_after_the_fall_finds_the_pool(self, swept):
        """The fall stands in the history before what the command brought about, and not in its outcome."""
        scene = Scene().potential().at(days=40)
        if swept:
            scene.crm.sweep()
        outcome = scene.when(claim(), by=WANG)

        assert ["contact-added", "follow-up-recorded", "protected"] == [envelope.type for envelope in outcome.events]
        assert [
            "registered",
            "protected",
            "expired",
            "contact-added",
            "follow-up-recorded",
            "protected",
        ] == scene.events()
        assert 6 == outcome.customer.version

    @pytest.mark.rule("P-19")
    def test_a_fall_leaves_nothing_to_do(self):
        """What the owner had planned ends with the protection, unswept too."""
        scene = Scene().potential().given(record(next_contact_at=DEADLINE), by=LI)

        assert ["expiring C1 due", "next-contact C1 due"] == sorted(scene.at(DEADLINE - MICROSECOND).agenda(LI))
        assert [] == scene.at(DEADLINE).agenda(LI)

    @pytest.mark.rule("P-19")
    def test_queries_see_the_fall(self):
        """Pool, owner and name tell the same, before anybody has swept."""
        scene = Scene().potential().at(DEADLINE)
        customers = scene.crm.customers

        assert ["C1"] == [customer.id for customer in customers.in_pool()]
        assert [] == customers.held_by("li")
        assert [] == scene.crm.customers.in_pool(at=DEADLINE - MICROSECOND)
        assert ["C1"] == [customer.id for customer in customers.held_by("li", at=DEADLINE - MICROSECOND)]
        found = customers.by_number("KH-000001")
        assert found is not None
        assert isinstance(found.stage, Pool)

    @pytest.mark.rule("P-19")
    @pytest.mark.parametrize("swept", [False, True])
    def test_questions_about_the_past_do_not_tell_whether_anybody_has_swept(self, swept):
        """Before the deadline the customer was Li's, also for who asks after a sweep."""
        scene = Scene().potential()
        if swept:
            scene.crm.sweep(at=DEADLINE)
        before = DEADLINE - MICROSECOND

        assert ("potential", "li") == (
            scene.crm.customer("C1", at=before).stage.name,
            scene.crm.customer("C1", at=before).owner,
        )
        assert "expired" not in {event.type for event in scene.crm.history("C1", at=before)}


class TestPolicyChange:
    """A policy change does not rewrite the past (P-22)."""

    def changed(self, scene: Scene, overrides: dict[str, Any]) -> Scene:
        """The same storage and clock under another policy."""
        scene.crm = CRM(scene.crm.store, CRM.open(overrides=overrides).policy, clock=lambda: scene.now)
        return scene

    @pytest.mark.rule("P-22")
    @pytest.mark.parametrize("days", [10, 60])
    def test_a_deadline_already_given_stays(self, days):
        """Shorter or longer, the new number is for protections that begin under it."""
        scene = self.changed(Scene().potential(), {"customers.protection.potential_days": days})
        scene.given(register(id="C2", name="靖江市春意贸易有限公司"), by=LI)

        assert [DEADLINE, MONDAY + timedelta(days=days)] == [scene.deadline("C1"), scene.deadline("C2")]
        assert ["potential", "pool", "pool"] == scene.around(DEADLINE)

    @pytest.mark.rule("P-22")
    def test_each_event_tells_the_policy_that_decided_it(self):
        """Name, version and digest; the fall has the stamp of who gave the deadline, whoever notices it."""
        scene = Scene().potential()
        old = scene.crm.policy.stamp
        self.changed(scene, {"customers.protection.potential_days": 10}).at(days=50).given(record(), by=WANG)
        new = scene.crm.policy.stamp

        assert old != new
        assert [("registered", old), ("protected", old), ("expired", old), ("follow-up-recorded", new)] == [
            (envelope.type, envelope.policy) for envelope in scene.crm.history("C1")
        ]

    @pytest.mark.rule("P-22", "P-07")
    def test_a_hold_already_given_stays(self):
        """A request made under the old policy holds as long as that says."""
        scene = Scene().potential().given(RequestExtension("C1", "away"), by=LI)
        self.changed(scene, {"customers.requests.hold_working_days": 0})

        assert ["potential", "pool", "pool"] == scene.around(china(2026, 4, 6, 9))

    @pytest.mark.rule("P-22", "P-08")
    def test_a_cool_down_already_given_stays(self):
        """Who gave up under the old policy waits as long as that says."""
        scene = self.changed(
            Scene().potential().given(Abandon("C1", "lost"), by=LI), {"customers.cool_down.abandon_days": 1}
        )

        assert ["P-08 cooling-down"] == scene.at(days=3, microseconds=-1).refused(claim(), by=LI)

    @pytest.mark.rule("P-22")
    def test_decisions_to_come_are_the_new_policy_s(self):
        """An approval after the change gives the new number of days."""
        scene = Scene().potential().given(ApplyForIntent("C1", "asks"), by=LI)
        self.changed(scene, {"customers.protection.intent_days": 20}).given(ApproveIntent("C1"), by=REVIEWER)

        assert MONDAY + timedelta(days=20) == scene.deadline()

    @pytest.mark.rule("P-22")
    @pytest.mark.parametrize("who", [MANAGER, ADMIN], ids=lambda actor: actor.id)
    def test_a_host_may_ask_for_the_deadline_of_the_new_policy(self, who):
        """Then it is counted anew from the start of the protection."""
        scene = self.changed(Scene().potential(), {"customers.protection.potential_days": 45})
        scene.at(days=10).given(Rebase("C1"), by=who)

        assert MONDAY + timedelta(days=45) == scene.deadline()
        assert ["P-22 same-deadline"] == scene.refused(Rebase("C1"), by=who)

    @pytest.mark.rule("P-22", "P-06")
    def test_a_rebased_deadline_keeps_its_extensions(self):
        """At the length the new policy gives them."""
        scene = Scene().intent().given(RequestExtension("C1", "away"), by=LI).given(ApproveExtension("C1"), by=REVIEWER)
        new = {"customers.protection.intent_days": 20, "customers.requests.intent_extension_days": 3}
        self.changed(scene, new).given(Rebase("C1"), by=MANAGER)

        assert MONDAY + timedelta(days=23) == scene.deadline()

    @pytest.mark.rule("P-22", "P-06")
    def test_an_extended_deadline_rebased_under_its_own_policy_is_the_same(self):
        """Rounded to the end of the day as well: there is nothing to change."""
        scene = Scene({"customers.protection.end_of_day": True}).potential()
        scene.given(RequestExtension("C1", "away"), by=LI).given(ApproveExtension("C1"), by=REVIEWER)

        assert ["P-22 same-deadline"] == scene.refused(Rebase("C1"), by=MANAGER)

    @pytest.mark.rule("P-22")
    def test_rebased_into_the_past_the_customer_falls_at_once(self):
        """At the moment of the rebasing: it was protected until then."""
        scene = self.changed(Scene().potential(), {"customers.protection.potential_days": 10})
        scene.at(days=20).given(Rebase("C1"), by=MANAGER)
        stage = scene.customer().stage

        assert isinstance(stage, Pool)
        assert MONDAY + timedelta(days=20) == stage.since

    @pytest.mark.rule("P-22", "A-01")
    def test_who_may_rebase_and_when(self):
        """A manager, of a protection without a pending request."""
        scene = self.changed(Scene().potential(), {"customers.protection.potential_days": 45})
        owner = scene.refused(Rebase("C1"), by=LI)
        pending = scene.given(RequestExtension("C1", "away"), by=LI).refused(Rebase("C1"), by=MANAGER)

        assert ["A-01 not-permitted"] == owner
        assert ["P-06 request-pending"] == pending
        assert ["P-22 not-protected"] == Scene().pool().refused(Rebase("C1"), by=MANAGER)
        assert ["P-22 not-protected"] == Scene().formal().refused(Rebase("C1"), by=MANAGER)


#: Off from Thursday, 2 April to Monday, 6 April; Saturday, 11 April is worked. Known through the end of that month.
SPRING = TableCalendar(
    date(2026, 1, 1),
    date(2026, 4, 30),
    frozenset({date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 6)}),
    frozenset({date(2026, 4, 11)}),
)


class SpringFestival:
    """A plugin with a working calendar of its own."""

    @hookimpl
    def crmcore_calendars(self):
        """One calendar, by the name a policy uses."""
        return {"spring": lambda: SPRING}


class TestCalendars:
    """Working days follow a calendar the host can replace (P-23)."""

    def scene(self, start: datetime = MONDAY, **more: Any) -> Scene:
        """A stage whose policy names the plugin's calendar."""
        return Scene({"calendar": "spring"}, start=start, plugins=[SpringFestival()], **more)

    @pytest.mark.rule("P-23", "P-07")
    def test_a_hold_skips_the_calendar_s_holidays(self):
        """Deadline on Wednesday, 1 April; the next working days are the 7th, the 8th and the 9th."""
        scene = self.scene().potential().given(RequestExtension("C1", "away"), by=LI)
        stage = scene.customer().stage

        assert ["potential", "pool", "pool"] == scene.around(china(2026, 4, 9, 9))
        assert isinstance(stage, Potential)
        assert stage.request is not None
        assert not stage.request.provisional

    @pytest.mark.rule("P-23", "P-07")
    def test_a_hold_counts_days_worked_to_make_up(self):
        """Deadline on Thursday, 9 April; Friday, Saturday (worked) and Monday follow."""
        scene = self.scene(china(2026, 3, 10, 9)).potential().given(RequestExtension("C1", "away"), by=LI)

        assert ["potential", "pool", "pool"] == scene.around(china(2026, 4, 13, 9))

    @pytest.mark.rule("P-23", "P-07")
    def test_a_hold_past_what_the_calendar_knows_is_provisional(self):
        """It is counted by Monday to Friday, and says so."""
        scene = self.scene(china(2026, 3, 31, 9)).potential().given(RequestExtension("C1", "away"), by=LI)
        stage = scene.customer().stage

        assert isinstance(stage, Potential)
        assert stage.request is not None
        assert (china(2026, 5, 5, 9), True) == (stage.request.holds_until, stage.request.provisional)
        assert scene.crm.history("C1")[-1].event.provisional

    @pytest.mark.rule("P-23", "P-10")
    def test_a_review_follows_the_calendar_too(self):
        """Both its own three working days and those until a refused customer is public."""
        scene = self.scene(china(2026, 4, 1, 9), policy="reviewed").potential()
        waiting = scene.customer().stage
        refused = scene.when(RefuseProtection("C1", "not ours"), by=REVIEWER).customer.stage

        assert isinstance(waiting, Potential)
        assert isinstance(refused, Potential)
        assert waiting.review is not None
        assert refused.review is not None
        assert (china(2026, 4, 9, 9), china(2026, 4, 9, 9)) == (waiting.review.due, refused.review.public_at)
        assert not waiting.review.provisional

    @pytest.mark.rule("P-23", "P-10")
    def test_a_review_past_what_the_calendar_knows_is_provisional(self):
        """As is the day on which a refused customer becomes public."""
        scene = self.scene(china(2026, 4, 29, 9), policy="reviewed").potential()
        waiting = scene.customer().stage
        refused = scene.when(RefuseProtection("C1", "not ours"), by=REVIEWER).customer.stage

        assert isinstance(waiting, Potential)
        assert isinstance(refused, Potential)
        assert waiting.review is not None
        assert refused.review is not None
        assert (True, True) == (waiting.review.provisional, refused.review.provisional)

    @pytest.mark.rule("P-23", "P-03")
    def test_protections_count_calendar_days(self):
        """Thirty days are thirty days, holidays or not."""
        assert ["potential", "pool", "pool"] == self.scene().potential().around(DEADLINE)
