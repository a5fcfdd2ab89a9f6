"""Who does not get the service that the grade promises, and grades that a person gave."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from crmcore import Invalid
from crmcore.kernel.calendar import TableCalendar
from crmcore.scoring import (
    Grade,
    Override,
    Person,
    Request,
    Served,
    Service,
    Standing,
    evaluate,
    shipped,
    shortfalls,
    standing,
    underserved,
)
from crmcore.scoring.service import TEXTS
from tests.scoring.made import DAY, NOW, low_high, policy

MANAGER = Person("wang", "customer-success", own=True)
SHARED = Person("li", "customer-success")
SELLER = Person("zhao", "pre-sales", own=True)
LONG_AGO = NOW - 400 * DAY
HOUR = timedelta(hours=1)
VIP = Served("C1", "vip", LONG_AGO, (MANAGER,), (NOW - DAY, NOW - 9 * DAY), hours="7x24")


def codes(served, made=None, as_of=NOW, calendar=None):
    """The codes of what is lacking."""
    return [one.code for one in shortfalls(made or shipped("value-tier"), served, as_of, calendar)]


def promised(**promise):
    """A policy whose grade B promises this."""
    return policy(low_high("f"), grades=(Grade("B", service=Service(**promise)), Grade("A", 10)))


class TestPeople:
    """Who serves, and when somebody can be reached."""

    @pytest.mark.parametrize(
        ("by", "expected"),
        [
            ((MANAGER,), []),
            ((SHARED, MANAGER), []),
            ((SHARED,), ["no-own-person"]),
            ((SHARED, SELLER), ["no-own-person"]),
            ((SELLER,), ["nobody-serves"]),
            ((), ["nobody-serves"]),
        ],
    )
    @pytest.mark.rule("G-07")
    def test_a_vip_has_a_success_manager_of_its_own(self, by, expected):
        """Somebody of the role, named for this customer alone."""
        assert expected == codes(attrs.evolve(VIP, by=by))

    @pytest.mark.rule("G-07")
    def test_a_vip_reaches_somebody_round_the_clock(self):
        """Working hours are not 7×24."""
        (lacking,) = shortfalls(shipped("value-tier"), attrs.evolve(VIP, hours="working"), NOW)

        assert "not-reachable" == lacking.code
        assert ("reachable in working hours instead of 7×24", "服务时间为 工作时间，应为 7×24") == (
            lacking.message("en"),
            lacking.message("zh"),
        )

    @pytest.mark.rule("G-07")
    def test_a_grade_without_a_promise_lacks_nothing(self):
        """Nothing promised, nothing broken."""
        assert [] == codes(Served("C1", "A", LONG_AGO), policy(low_high("f")))

    def test_a_shared_person_will_do_where_no_own_one_is_promised(self):
        """The role is enough."""
        assert [] == codes(Served("C1", "B", LONG_AGO, (SHARED,)), promised(served_by="customer-success"))

    def test_an_unknown_grade_is_a_slip(self):
        """The grade must be one of the policy's."""
        with pytest.raises(KeyError):
            codes(attrs.evolve(VIP, grade="king"))


class TestCadence:
    """At least so many contacts in any so many days."""

    MADE = promised(contacts=2, days=30)

    @pytest.mark.parametrize(
        ("ago", "lacking", "since"),
        [
            ((1, 2), False, None),
            ((1, 29.9), False, None),
            ((1, 30), True, 0),
            ((1, 40), True, 10),
            ((1,), True, 370),
            ((), True, 370),
            ((40, 50), True, 20),
            ((-1, 1), True, 370),
        ],
        ids=["enough", "just", "just-not", "one-late", "one", "none", "both-late", "future"],
    )
    @pytest.mark.rule("G-07")
    def test_contacts_in_the_window(self, ago, lacking, since):
        """A contact just 30 days ago is one too few, from that very moment on."""
        served = Served("C1", "B", LONG_AGO, contacts=tuple(NOW - days * DAY for days in ago))
        found = shortfalls(self.MADE, served, NOW)

        assert lacking == bool(found)
        if lacking:
            assert (2, 30, NOW - since * DAY) == (found[0].promised, found[0].days, found[0].since)

    @pytest.mark.rule("G-07")
    def test_a_new_grade_has_a_whole_period_to_show(self):
        """Who was given the grade lately is not judged yet; at the end of the period it is."""
        fresh = Served("C1", "B", NOW - 29 * DAY)

        assert [] == codes(fresh, self.MADE)
        assert ["too-few-contacts"] == codes(fresh, self.MADE, NOW + DAY)

    def test_contacts_need_an_offset(self):
        """A contact without one was at no particular moment."""
        with pytest.raises(Invalid) as caught:
            Served("C1", "B", LONG_AGO, contacts=(NOW, datetime(2026, 7, 1)))  # noqa: DTZ001

        assert ["contacts[1]"] == [fault.path for fault in caught.value.faults]

    def test_it_is_told_in_words(self):
        """The figures stand in the message."""
        (lacking,) = shortfalls(self.MADE, Served("C1", "B", LONG_AGO, contacts=(NOW - DAY,)), NOW)

        assert "1 contacts in 30 days instead of 2" == lacking.message("en")
        assert "30 天内联系 1 次，应为 2 次" == lacking.message("zh")


class TestAnswers:
    """How fast requests are answered."""

    def asked(self, *requests):
        """A customer with these requests, as hours ago: (asked, answered)."""
        made = tuple(
            Request(NOW - asked * HOUR, None if answered is None else NOW - answered * HOUR)
            for asked, answered in requests
        )
        return Served("C1", "B", LONG_AGO, requests=made)

    @pytest.mark.parametrize(
        ("requests", "expected"),
        [
            ([(5, 4.1)], []),
            ([(5, 4)], ["late-answer"]),
            ([(5, 3)], ["late-answer"]),
            ([(5, None)], ["no-answer"]),
            ([(1, None)], ["no-answer"]),
            ([(0.5, None)], []),
            ([(5, -1)], ["no-answer"]),
            ([(-1, None)], []),
            ([(5, 3), (9, None), (9, 8.5)], ["late-answer", "no-answer"]),
        ],
        ids=["in-time", "at-deadline", "late", "never", "due-now", "not-due", "answered-later", "future", "both"],
    )
    @pytest.mark.rule("G-07")
    def test_minutes_run_round_the_clock(self, requests, expected):
        """An hour is promised; the deadline itself is too late."""
        assert expected == codes(self.asked(*requests), promised(response_minutes=60))

    @pytest.mark.rule("G-07")
    def test_working_days_follow_the_calendar(self):
        """Asked on Tuesday 30 June, due a working day later; with a holiday on Wednesday, a day more."""
        served = self.asked((24, None))
        holiday = (NOW - DAY).date() + DAY
        calendar = TableCalendar(holiday, holiday + 30 * DAY, frozenset({holiday}))
        made = promised(response_working_days=1)

        assert ["no-answer"] == codes(served, made)
        assert [] == codes(served, made, calendar=calendar)
        assert ["no-answer"] == codes(served, made, NOW + DAY, calendar)

    def test_requests_from_before_the_grade_do_not_count(self):
        """What was asked before the promise was made is not measured by it."""
        served = attrs.evolve(self.asked((50, None)), since=NOW - 2 * DAY)

        assert [] == codes(served, promised(response_minutes=60))

    def test_where_no_answer_is_promised_none_is_late(self):
        """A grade may promise contacts alone."""
        served = attrs.evolve(self.asked((5, None)), contacts=(NOW,))

        assert [] == codes(served, promised(contacts=1, days=30))

    def test_the_first_deadline_missed_is_told(self):
        """Since when the promise has been broken, and how often."""
        (lacking,) = shortfalls(promised(response_minutes=60), self.asked((9, None), (5, None)), NOW)

        assert (2, NOW - 8 * HOUR) == (lacking.actual, lacking.since)


@pytest.mark.rule("G-07")
def test_those_who_lack_something_are_listed():
    """In the order given, each with what is lacking; the others are left out."""
    good, bad = VIP, attrs.evolve(VIP, subject="C2", by=())

    assert [("C2", ["nobody-serves"])] == [
        (served.subject, [one.code for one in lacking])
        for served, lacking in underserved(shipped("value-tier"), [good, bad], NOW)
    ]


def test_every_shortfall_has_words():
    """Both languages, for every code that can come up."""
    assert all(label.en and label.zh for label in TEXTS.values())


class TestOverrides:
    """A person's word against a score."""

    MADE = policy(low_high("f"))
    SCORE = evaluate(MADE, {"f": 1}, NOW)

    def override(self, grade, at=NOW, **fields):
        """Somebody gives another grade."""
        common = {"subject": "C1", "policy": "made", "by": "boss", "reason": "A partner of many years."}
        return Override(grade=grade, at=at, **{**common, **fields})

    @pytest.mark.parametrize(
        ("hours", "grade"), [(-1, "B"), (0, "A"), (23, "A"), (24, "B")], ids=["before", "from", "while", "until"]
    )
    def test_it_counts_from_its_moment_until_its_end(self, hours, grade):
        """Both the score and the override stay visible."""
        said = self.override("A", until=NOW + DAY)
        found = standing(self.SCORE, [said], NOW + hours * HOUR)

        assert (grade, self.SCORE) == (found.grade, found.score)
        assert (said if grade == "A" else None) == found.override

    def test_the_last_word_counts(self):
        """A later override takes the place of an earlier one; without a grade it takes it back."""
        first, second = self.override("A"), self.override("B", NOW + HOUR)
        back = self.override(None, NOW + 2 * HOUR)

        grades = [standing(self.SCORE, [back, second, first], NOW + hours * HOUR).override for hours in range(3)]

        assert [first, second, None] == grades

    def test_overrides_of_other_policies_are_left_aside(self):
        """A word on the ABC grade says nothing of health."""
        other = self.override("A", policy="health")

        assert Standing("B", self.SCORE, None) == standing(self.SCORE, [other], NOW)

    @pytest.mark.parametrize(
        ("fields", "path"),
        [({"reason": "  "}, "reason"), ({"until": NOW}, "until"), ({"at": datetime(2026, 1, 1)}, "at")],  # noqa: DTZ001
    )
    def test_it_needs_a_reason_and_a_time(self, fields, path):
        """No override without a reason; it ends after it begins."""
        with pytest.raises(Invalid) as caught:
            self.override("A", **fields)

        assert [path] == [fault.path for fault in caught.value.faults]

    @pytest.mark.rule("A-05")
    def test_the_reason_stays_out_of_repr(self):
        """What somebody wrote about a customer does not end up in logs."""
        assert "partner" not in repr(self.override("A", at=datetime(2026, 1, 1, tzinfo=UTC)))
