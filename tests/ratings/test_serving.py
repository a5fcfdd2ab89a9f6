"""Who does not get what was promised, and who belongs to a segment, from what is on record."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
import pytest

from crmcore import AsyncCRM
from crmcore.customers import AcceptHandOver, HandOver, RecordFollowUp
from crmcore.ratings import OverrideGrade
from crmcore.scoring import (
    Fact,
    Facts,
    Person,
    Served,
    segments_from_toml,
)
from tests.app.awaiting import awaited
from tests.customers.scene import MANAGER, MONDAY, SERVICE, register
from tests.ratings.rated import ACTIVE, DAY, Rated, edition


class TestService:
    """Who does not get what the grade promises, from what is on record."""

    @pytest.mark.rule("G-07")
    def test_by_the_grade_that_counts(self, scene):
        """Contacts and who serves come from the customers' histories, the grade from the rating."""
        scene.contacts("C1").contacts("C2", 3)
        for customer in ("C1", "C2", "C3"):
            scene.scored(customer)
        scene.at(days=9)
        found = {served.subject: [one.code for one in lacking] for served, lacking in scene.crm.underserved(ACTIVE)}

        assert {
            "C1": ["nobody-serves", "too-few-contacts"],
            "C2": ["nobody-serves", "too-few-contacts"],
        } == found
        scene.overridden("C", "C2")
        assert ["C1"] == [served.subject for served, _ in scene.crm.underserved(ACTIVE)]

    @pytest.mark.rule("G-07")
    def test_the_owner_serves(self):
        """In the role that goes with the stage; what only the host knows is added by it."""
        scene = Rated()
        scene.formal(id="C4", name="靖江市冬暖空调有限公司").potential(id="C5", name="靖江市春雨空调有限公司")
        scene.contacts("C5").scored("C5")
        scene.contacts("C1").scored("C1")
        seen: list[Served] = []

        def also(served: Served) -> Served:
            seen.append(served)
            return attrs.evolve(served, by=(*served.by, Person("zhao", "pre-sales")))

        assert ["C1"] == [served.subject for served, _ in scene.crm.underserved(ACTIVE)]
        assert [] == list(scene.crm.underserved(ACTIVE, also=also))
        assert [(), (Person("li", "pre-sales"),)] == [served.by for served in seen]
        after_sales = edition("2", grades=tuple(attrs.evolve(one, service=None) for one in ACTIVE.grades))
        assert [] == list(scene.crm.underserved(after_sales))

    @pytest.mark.rule("G-07")
    def test_a_formal_customer_is_served_by_after_sales(self):
        """The role that goes with that stage."""
        scene = Rated()
        scene.formal(id="C4", name="靖江市冬暖空调有限公司")
        scene.given(HandOver("C4", "ning", (), ""), by=MANAGER).given(AcceptHandOver("C4"), by=SERVICE)
        scene.given(RecordFollowUp(customer="C4", channel="phone", content="…"), by=SERVICE).scored("C4")
        (found,) = scene.crm.underserved(ACTIVE)

        assert (Person("ning", "after-sales"),) == found[0].by

    @pytest.mark.rule("G-07")
    def test_a_grade_is_owed_its_service_from_when_it_is_held(self, simple):
        """By scores without a break, by a word, or since a word is over."""
        rating = lambda: simple.crm.scores.rating("C1", "activity")  # noqa: E731
        first = simple.contacts().now
        simple.scored()
        simple.at(days=2).scored()
        assert first == rating().held_since(simple.now)
        said = simple.at(days=3).now
        simple.overridden("A", until=said + 2 * DAY)

        assert (said, said + 2 * DAY) == (rating().held_since(said), rating().held_since(said + 3 * DAY))
        simple.at(days=6).overridden("B")
        assert said + 2 * DAY == rating().held_since(simple.now)
        changed = simple.at(days=7).contacts(times=2).now
        simple.scored()
        assert said + 2 * DAY == rating().held_since(changed)
        simple.at(days=8).withdrawn()
        assert simple.now == rating().held_since(simple.now)
        assert changed == simple.at(days=9).scored().events[0].event.as_of - 2 * DAY

    @pytest.mark.rule("G-07")
    def test_a_word_and_then_the_score(self, simple):
        """A manager's A from day 2 on that the score comes to by itself on day 99 has been held since day 2."""
        simple.contacts().scored()
        said = simple.at(days=2).now
        simple.overridden("A")
        simple.at(days=99).contacts(times=2).scored()

        assert said == _held(simple, 1)
        simple.at(days=100).withdrawn()
        assert said == _held(simple, 1)

    @pytest.mark.rule("G-07")
    def test_a_grade_that_comes_back(self, simple):
        """B by the score, C by a word on day 2, B by a word on day 50: held since day 50."""
        simple.contacts().scored()
        simple.at(days=2).overridden("C")
        simple.at(days=50).overridden("B")

        assert simple.now == _held(simple, 1)

    @pytest.mark.rule("G-07")
    def test_a_word_that_is_said_again(self, simple):
        """Renewed every 25 days, a grade is held since it was given first."""
        simple.contacts().scored()
        first = simple.at(days=2).now
        for day in (2, 27, 52, 77):
            simple.at(days=day).overridden("A", until=simple.now + 30 * DAY)

        assert first == _held(simple, 24)
        assert simple.now + 30 * DAY == _held(simple, 31)

    @pytest.mark.rule("G-07")
    @pytest.mark.parametrize("seed", range(20))
    def test_as_the_records_tell(self, simple, seed):
        """Whatever was scored, said and withdrawn, it is since when the records give the grade without a break."""
        rng = random.Random(seed)
        simple.given(simple.command(rng.choice([0, 1, 3])), by=MANAGER)
        start, rating = simple.now, lambda: simple.crm.scores.rating("C1", "activity")
        for day in range(2, 20):
            simple.at(days=day)
            if rng.random() < 0.4:
                simple.given(simple.command(rng.choice([0, 1, 3])), by=MANAGER)
            elif rng.random() < 0.6:
                until = simple.now + DAY * (rng.randrange(1, 5) + 0.25)
                simple.overridden(rng.choice("ABC"), until=rng.choice([None, until]))
            elif rating().in_force(simple.now):
                simple.withdrawn()
            for after in (0, 0.5, 3):
                at = simple.now + after * DAY
                assert _by_the_records(simple, start, at) == rating().held_since(at)


def _held(scene: Rated, days: float) -> datetime:
    """Since when C1 has the grade that it has so many days from now."""
    rating = scene.crm.scores.rating("C1", "activity")
    assert rating is not None

    return rating.held_since(scene.now + days * DAY)


def _by_the_records(scene: Rated, start: datetime, at: datetime) -> datetime:
    """Since when the records give C1 the grade of that moment, looked at every quarter of a day."""

    def grade(moment: datetime) -> str | None:
        return scene.crm.scores.standing("C1", "activity", at=moment).grade

    while at > start and grade(at - DAY / 4) == grade(at):
        at -= DAY / 4
    return at


@pytest.mark.parametrize("page", [1, 2, 3])
def test_page_by_page(simple, monkeypatch, page):
    """Ratings and customers are looked at a page at a time."""
    monkeypatch.setattr("crmcore.app.serving.PAGE", page)
    simple.contacts("C1").contacts("C3")
    simple.crm.scores.record_all(ACTIVE, actor=MANAGER)
    simple.at(days=9)
    quiet, *_ = segments_from_toml(SEGMENTS)

    assert ["C1", "C3"] == [served.subject for served, _ in simple.crm.underserved(ACTIVE)]
    assert ["C1", "C3"] == [customer.id for customer in simple.crm.segment(quiet)]


@awaited
async def test_without_blocking_an_event_loop():
    """``AsyncCRM`` streams the same answers."""
    quiet, *_ = segments_from_toml(SEGMENTS)
    async with await AsyncCRM.open(clock=lambda: MONDAY) as crm:
        await crm.handle(register(into="pool"), actor=MANAGER)
        await crm.query(lambda crm: crm.scores.record(ACTIVE, "C1", actor=MANAGER))
        await crm.handle(OverrideGrade("C1", "activity", "A", "why"), actor=MANAGER)

        assert ["C1"] == [customer.id async for customer in crm.segment(quiet)]
        assert ["C1"] == [served.subject async for served, _ in crm.underserved(ACTIVE)]


SEGMENTS = """
[[segments]]
id = "quiet"
version = "1"
when = {all = [{grade = "activity", op = "in", value = ["A", "B"]}, {not = {event = "contact", within_days = 2}}]}

[[segments]]
id = "pool"
version = "1"
when = {field = "stage", value = "pool"}

[[segments]]
id = "some-points"
version = "1"
when = {score = "activity", op = "ge", value = 10}

[[segments]]
id = "ordering"
version = "1"
when = {event = "order"}
"""


class TestSegments:
    """Named conditions, answered from what is stored."""

    @pytest.mark.rule("G-08")
    def test_scores_fields_and_events(self, scene):
        """Scores and grades are those on record, overrides counted; fields and events those of the histories."""
        quiet, pool, points, _ = segments_from_toml(SEGMENTS)
        scene.contacts("C1").scored("C1")
        scene.scored("C2")
        scene.overridden("A", "C2")

        def ids(segment: Any, at: datetime | None = None) -> list[str]:
            return [customer.id for customer in scene.crm.segment(segment, at=at)]

        assert [] == ids(quiet, MONDAY)
        assert ["C2"] == ids(quiet)
        assert ["C1", "C2", "C3"] == ids(pool)
        assert ["C1"] == ids(points)
        early = scene.now
        assert ["C1", "C2"] == [customer.id for customer in scene.at(days=4).crm.segment(quiet)]
        scene.contacts("C1", 3).scored("C1")
        scene.withdrawn("C2")
        assert [] == ids(quiet)
        assert ["C2"] == ids(quiet, early + DAY / 2)
        assert [] == ids(points, early - DAY / 2)

    @pytest.mark.rule("G-08")
    def test_facts_of_the_hosts(self, simple):
        """They come a page at a time; who was not on record then is not asked for."""
        *_, ordering = segments_from_toml(SEGMENTS)
        asked: list[Sequence[str]] = []

        def more(customers: Sequence[str]) -> Mapping[str, Facts]:
            asked.append(customers)
            return {"C3": Facts("C3", events=[Fact("order", "O1", MONDAY)])}

        assert ["C3"] == [customer.id for customer in simple.crm.segment(ordering, more=more)]
        assert [] == list(simple.crm.segment(ordering, at=MONDAY - DAY, more=more))
        assert [("C1", "C2", "C3")] == asked
