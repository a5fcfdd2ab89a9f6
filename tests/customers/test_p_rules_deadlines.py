"""How long a protection lasts, and what moves its end (P-03, P-04, activity)."""

from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from crmcore.customers import ApplyForIntent, ApproveExtension, ApproveIntent, RequestExtension, Sign
from crmcore.customers.stages import Pool
from tests.customers.scene import (
    CHINA,
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
NEW_YORK = ZoneInfo("America/New_York")
TO_POOL = ["potential", "pool", "pool"]


@pytest.mark.rule("P-03")
def test_a_potential_customer_falls_after_thirty_days():
    """The protection lasts until a microsecond before the deadline, and is over at it."""
    scene = Scene().potential()

    assert china(2026, 4, 1, 9) == scene.deadline()
    assert TO_POOL == scene.around(china(2026, 4, 1, 9))


@pytest.mark.rule("P-03", "P-19")
def test_the_fall_is_dated_at_the_deadline():
    """Whoever looks and whenever, the customer has been in the pool since the deadline."""
    scene = Scene().potential().at(days=300)
    stage = scene.customer().stage
    fall = scene.crm.history("C1")[-1]

    assert isinstance(stage, Pool)
    assert (china(2026, 4, 1, 9), "expired", "li", ("north",)) == (
        stage.since,
        stage.reason,
        stage.last_owner,
        stage.last_teams,
    )
    assert ("expired", china(2026, 4, 1, 9), "system") == (fall.type, fall.at, fall.by)


@pytest.mark.rule("P-03")
@pytest.mark.parametrize(("days", "until"), [(1, china(2026, 3, 3, 9)), (45, china(2026, 4, 16, 9))])
def test_policy_sets_the_days_of_a_potential_customer(days, until):
    """The thirty days are a number of the policy."""
    scene = Scene({"customers.protection.potential_days": days}).potential()

    assert TO_POOL == scene.around(until)


@pytest.mark.rule("P-03")
def test_an_approved_application_keeps_a_customer_from_falling():
    """What is intent by the deadline does not fall at it."""
    scene = Scene().potential().at(days=29).given(ApplyForIntent("C1", "asks for an offer"), by=LI)
    scene.given(ApproveIntent("C1"), by=REVIEWER)

    assert ["intent"] * 3 == scene.around(china(2026, 4, 1, 9))


@pytest.mark.rule("P-03")
def test_a_claim_begins_new_thirty_days():
    """Whoever protects a pool customer has thirty days from then."""
    scene = Scene().pool().at(days=100).given(claim(), by=WANG)

    assert china(2026, 7, 10, 9) == scene.deadline()


@pytest.mark.rule("P-04")
def test_an_intent_customer_falls_fifteen_days_after_the_approval():
    """The fifteen days count from the approval, not from the application nor from the registration."""
    scene = Scene().potential().at(days=2).given(ApplyForIntent("C1", "asks for an offer"), by=LI)
    scene.at(days=4, hours=3).given(ApproveIntent("C1"), by=REVIEWER)

    assert ["intent", "pool", "pool"] == scene.around(china(2026, 3, 21, 12))
    assert "expired" == scene.at(days=60).events()[-1]


@pytest.mark.rule("P-04")
def test_policy_sets_the_days_of_an_intent_customer():
    """The fifteen days are a number of the policy."""
    scene = Scene({"customers.protection.intent_days": 20}).intent()

    assert ["intent", "pool", "pool"] == scene.around(china(2026, 3, 22, 9))


@pytest.mark.rule("P-04")
def test_a_contract_ends_the_danger_of_falling():
    """What is formal by the deadline never falls."""
    scene = Scene().intent().at(days=15, microseconds=-1).given(Sign("C1", "HT-1"), by=LI)

    assert "formal" == scene.at(days=3000).stage()


@pytest.mark.rule("P-04")
def test_a_contract_at_the_deadline_comes_too_late():
    """At the deadline the customer is in the pool, where nothing can be signed."""
    scene = Scene().intent().at(days=15)

    assert "P-11 not-intent" in scene.refused(Sign("C1", "HT-1"), by=MANAGER)


class TestZones:
    """Days are days on a wall calendar in the policy's zone (P-03)."""

    @pytest.mark.rule("P-03")
    @pytest.mark.parametrize(
        ("zone", "start", "end", "hours"),
        [
            (BERLIN, "2026-03-15 09:00", "2026-04-14 09:00", 719),
            (BERLIN, "2026-10-10 09:00", "2026-11-09 09:00", 721),
            (BERLIN, "2026-05-01 09:00", "2026-05-31 09:00", 720),
            (NEW_YORK, "2026-02-20 18:00", "2026-03-22 18:00", 719),
            (CHINA, "2026-03-15 09:00", "2026-04-14 09:00", 720),
        ],
        ids=["spring", "autumn", "summer", "new-york", "shanghai"],
    )
    def test_thirty_days_end_at_the_same_local_time(self, zone, start, end, hours):
        """Clocks put forward make the thirty days an hour shorter, clocks put back an hour longer."""
        start, end = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (start, end))
        scene = Scene({"zone": str(zone)}, start=start).potential()

        assert end == scene.deadline()
        assert timedelta(hours=hours) == scene.deadline() - scene.start
        assert TO_POOL == scene.around(end)

    @pytest.mark.rule("P-03")
    def test_a_local_time_that_is_skipped_still_has_a_deadline(self):
        """Thirty days after 02:30 end when clocks are put forward past 02:30: at what they would have shown."""
        scene = Scene({"zone": "Europe/Berlin"}, start=datetime(2026, 2, 27, 2, 30, tzinfo=BERLIN)).potential()

        assert datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN) == scene.deadline()

    @pytest.mark.rule("P-03")
    def test_the_zone_is_the_policy_s_not_the_command_s(self):
        """A command timed with another offset changes nothing: the days are the policy's."""
        start = datetime(2026, 3, 15, 9, tzinfo=BERLIN)
        scene = Scene(start=start).potential()

        assert timedelta(days=30) == scene.deadline() - scene.start


class TestEndOfDay:
    """Deadlines rounded up to the end of their day, where policy says so (P-03, P-04, P-06)."""

    ROUNDED: ClassVar = {"customers.protection.end_of_day": True}

    @pytest.mark.rule("P-03")
    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (china(2026, 3, 2, 9), china(2026, 4, 2)),
            (china(2026, 3, 2, 23, 59), china(2026, 4, 2)),
            (china(2026, 3, 2), china(2026, 4, 2)),
        ],
        ids=["morning", "evening", "midnight"],
    )
    def test_a_rounded_protection_lasts_the_whole_last_day(self, start, end):
        """The thirtieth day belongs to the protection to its end."""
        scene = Scene(self.ROUNDED, start=start).potential()

        assert TO_POOL == scene.around(end)

    @pytest.mark.rule("P-03")
    def test_the_end_of_the_day_is_the_policy_s(self):
        """The day ends where the policy is at home, be it longer by an hour."""
        scene = Scene(
            {**self.ROUNDED, "zone": "Europe/Berlin"}, start=datetime(2026, 9, 25, 9, tzinfo=BERLIN)
        ).potential()

        assert datetime(2026, 10, 26, tzinfo=BERLIN) == scene.deadline()

    @pytest.mark.rule("P-04")
    def test_an_intent_deadline_is_rounded_too(self):
        """So is the deadline that an approval gives."""
        assert china(2026, 3, 18) == Scene(self.ROUNDED).intent().deadline()

    @pytest.mark.rule("P-06")
    def test_an_extension_adds_no_more_than_its_days(self):
        """The end of a day plus fifteen days is the end of a day already."""
        scene = Scene(self.ROUNDED).potential().given(RequestExtension("C1", "away on a trip"), by=LI)
        scene.given(ApproveExtension("C1"), by=REVIEWER)

        assert china(2026, 4, 17) == scene.deadline()

    @pytest.mark.rule("P-03")
    def test_a_deadline_moved_by_activity_is_rounded_too(self):
        """A policy that rounds deadlines rounds every one it gives."""
        scene = Scene({**self.ROUNDED, "customers.protection.activity_days": 10}).potential()
        scene.at(days=25).given(record(), by=LI)

        assert china(2026, 4, 7) == scene.deadline()


class TestActivity:
    """Follow-ups that move the deadline, where policy says so: 10 days, activity 3, hard cap 20 (P-03)."""

    RULES: ClassVar = {
        "customers.protection.potential_days": 10,
        "customers.protection.activity_days": 3,
        "customers.protection.hard_cap_days": 20,
    }
    START = china(2026, 3, 25, 9)

    def scene(self, overrides=None) -> Scene:
        """A customer claimed on 25 March."""
        return Scene({**self.RULES, **(overrides or {})}, start=self.START).potential()

    @pytest.mark.rule("P-03")
    def test_the_example_of_the_rule_book(self):
        """04-04 at first; activity on 03-28: no change; on 04-02: 04-05; on 04-05: 04-08; 04-14 at the latest."""
        scene = self.scene()
        deadlines = [scene.deadline()]
        for moment in (china(2026, 3, 28, 9), china(2026, 4, 2, 9), china(2026, 4, 5, 8)):
            scene.at(moment).given(record(), by=LI)
            deadlines.append(scene.deadline())

        assert [china(2026, 4, 4, 9), china(2026, 4, 4, 9), china(2026, 4, 5, 9), china(2026, 4, 8, 8)] == deadlines
        for day, hour in ((7, 9), (10, 8), (12, 9), (14, 8)):
            scene.at(china(2026, 4, day, hour)).given(record(), by=LI)
        assert TO_POOL == scene.around(china(2026, 4, 14, 9))

    @pytest.mark.rule("P-03")
    def test_activity_before_the_deadline_saves_the_customer_by_a_microsecond(self):
        """The last moment to record a follow-up is the one before the deadline."""
        scene = self.scene().at(china(2026, 4, 4, 9) - MICROSECOND).given(record(), by=LI)

        assert china(2026, 4, 7, 9) - MICROSECOND == scene.deadline()

    @pytest.mark.rule("P-03", "F-04")
    def test_activity_at_the_deadline_comes_too_late(self):
        """At the deadline the customer is in the pool, and a follow-up protects nothing."""
        scene = self.scene().at(china(2026, 4, 4, 9)).given(record(), by=LI)

        assert "pool" == scene.stage()
        assert "deadline-moved" not in scene.events()

    @pytest.mark.rule("P-03")
    def test_the_team_s_activity_counts(self):
        """Whoever of the team has recorded it, the protection goes on."""
        scene = self.scene().at(china(2026, 4, 2, 9)).given(record(), by=ZHAO)

        assert china(2026, 4, 5, 9) == scene.deadline()

    @pytest.mark.rule("P-03", "F-05")
    def test_a_correction_is_no_activity(self):
        """Putting an old entry right moves nothing."""
        scene = self.scene().given(record(), by=LI).at(china(2026, 4, 2, 9)).given(record(corrects=1), by=LI)

        assert china(2026, 4, 4, 9) == scene.deadline()

    @pytest.mark.rule("P-03")
    def test_without_a_cap_activity_goes_on_for_ever(self):
        """A cap of 0 days is none."""
        scene = self.scene({"customers.protection.hard_cap_days": 0})
        for day in range(9, 100, 2):
            scene.at(days=day).given(record(), by=LI)

        assert china(2026, 7, 5, 9) == scene.deadline()

    @pytest.mark.rule("P-04")
    def test_the_cap_of_an_intent_customer_counts_from_the_approval(self):
        """The hard cap is that of the protection at hand."""
        scene = self.scene().at(days=8).given(ApplyForIntent("C1", "asks for an offer"), by=LI)
        scene.given(ApproveIntent("C1"), by=REVIEWER).at(days=22).given(record(), by=LI)
        scene.at(days=24).given(record(), by=LI).at(days=26).given(record(), by=LI)

        assert self.START + timedelta(days=28) == scene.deadline()

    @pytest.mark.rule("P-07")
    def test_a_pending_request_holds_the_fall_past_the_moved_deadline(self):
        """With a request pending, the fall is three working days after the deadline as it stands."""
        scene = self.scene({"customers.protection.activity_days": 9})
        scene.at(days=1).given(RequestExtension("C1", "away on a trip"), by=LI)
        scene.at(days=9).given(record(), by=LI)

        assert china(2026, 4, 12, 9) == scene.deadline()
        assert TO_POOL == scene.around(china(2026, 4, 15, 9))

    @pytest.mark.rule("P-03")
    def test_activity_moves_nothing_by_default(self):
        """The standard policy knows no activity rule."""
        scene = Scene().potential().at(days=29).given(record(), by=LI)

        assert china(2026, 4, 1, 9) == scene.deadline()


@pytest.mark.rule("P-03")
def test_one_customer_s_fall_leaves_another_alone():
    """Each protection has its own deadline."""
    scene = Scene().potential().at(days=10).given(register(name="靖江市春意贸易有限公司", id="C2"), by=LI)

    assert ["pool", "potential"] == [scene.at(MONDAY, days=30).stage(id) for id in ("C1", "C2")]
