"""The shipped policies over a CRM: graded from what is on record, listed by grade, kept and proved."""

import pytest

from crmcore.customers import RecordFollowUp
from crmcore.scoring import Fact, Facts, Field, shipped, shipped_names
from tests.customers.scene import IMPORT, LI, MANAGER, MONDAY, Scene
from tests.ratings.rated import DAY, NAMES

#: What a lead records beyond a customer's own fields.
LEAD_FIELDS = [
    {"name": "fit_industry", "type": "boolean"},
    {"name": "fit_region", "type": "boolean"},
    {"name": "decision_role", "type": "text"},
    {"name": "budget", "type": "integer"},
    {"name": "expected_purchase", "type": "date"},
]


@pytest.mark.rule("L-01")
def test_leads_are_graded_from_what_is_on_record():
    """Fit and urgency from source channel, contacts and custom fields; who has an A is listed first."""
    scene = Scene({"customers.custom_fields": LEAD_FIELDS})
    keen = {"fit_industry": True, "fit_region": True, "decision_role": "decision-maker", "budget": 300_000}
    scene.pool(id="C1", name=NAMES["C1"], source="exhibition", fields={**keen, "expected_purchase": "2026-03-20"})
    scene.pool(id="C2", name=NAMES["C2"], source="web", fields={"fit_industry": False, "fit_region": False})
    scene.at(days=2).given(*(RecordFollowUp(customer="C1", channel="phone", content="…") for _ in range(3)), by=LI)
    scene.crm.scores.record_all(shipped("lead-grade"), actor=MANAGER)
    listed = [
        (grade.code, rating.customer)
        for grade in reversed(shipped("lead-grade").grades)
        for rating in scene.crm.scores.page("lead-grade", grade.code)
    ]

    assert [("A", "C1"), ("C", "C2")] == listed
    assert "within-month" == scene.crm.scores.get("C1", "lead-grade").codes["purchase"]
    assert [] == list(scene.crm.verify())


@pytest.mark.rule("G-01", "G-02", "G-03", "G-04", "V-05", "G-05")
@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_policy_can_be_kept(name):
    """With a host's orders, profits and visits: recorded, explained, and proved."""
    scene = Scene().pool(id="C1").at(days=3)
    kinds = ("order", "profit", "visit", "need", "complaint", "survey")
    events = [Fact(kind, f"{kind}{n}", MONDAY - n * 40 * DAY, 1 + n) for kind in kinds for n in range(4)]
    host = Facts("C1", [Field("strategic_weight", "high", MONDAY)], events)
    tally = scene.crm.scores.record_all(shipped(name), actor=IMPORT, more=lambda _ids: {"C1": host})
    explanation = scene.crm.scores.explain("C1", name)

    assert 1 == tally.recorded
    assert explanation.total == explanation.score.raw
    assert explanation.score.grade is not None
    assert ["C1"] == [one.customer for one in scene.crm.scores.page(name, explanation.score.grade)]
    assert [] == list(scene.crm.verify())


@pytest.mark.rule("V-05")
def test_who_is_at_risk_is_listed():
    """Below 70 a customer stands in a class of risk, and can be found by it as soon as the score is on record."""
    scene = Scene().pool(id="C1").at(days=3)
    falling = [Fact("order", f"O{n}", MONDAY - n * 30 * DAY, 100 * n) for n in range(1, 12)]
    angry = [Fact("complaint", f"X{n}", MONDAY - n * DAY) for n in range(9)]
    host = Facts("C1", events=[*falling, *angry])
    scene.crm.scores.record(shipped("health"), "C1", actor=MANAGER, more=host)
    score = scene.crm.scores.get("C1", "health")

    assert 40 > score.clamped
    assert score.grade is not None
    assert shipped("health").grade(score.grade).alert
    assert ["C1"] == [one.customer for one in scene.crm.scores.page("health", score.grade)]
