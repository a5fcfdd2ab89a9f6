"""The shipped policies: what each of them says of made-up customers and leads, and that they are whole."""

from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crmcore import UnknownName
from crmcore.scoring import (
    MISSING,
    NOT_APPLICABLE,
    Fact,
    Facts,
    Field,
    FirstMatch,
    Gap,
    bind,
    evaluate,
    explain,
    from_toml,
    lint,
    shipped,
    shipped_names,
    shipped_text,
)
from tests.scoring.made import DAY, NOW


def facts(fields: dict[str, Any] | None = None, **events: list[tuple[float, Any]]) -> Facts:
    """Facts by kind: (days ago, amount)."""
    return Facts(
        "C1",
        tuple(Field(name, value, NOW - 999 * DAY) for name, value in (fields or {}).items()),
        tuple(
            Fact(kind, f"{kind}-{place}", NOW - days * DAY, amount)
            for kind, given in events.items()
            for place, (days, amount) in enumerate(given)
        ),
    )


def graded(name: str, known: Facts) -> str | None:
    """The grade under a shipped policy."""
    policy = shipped(name)
    return evaluate(policy, bind(policy).features(known, NOW), NOW).grade


@pytest.mark.parametrize("name", shipped_names())
class TestAll:
    """What holds for each shipped policy."""

    def test_it_goes_by_the_name_of_its_file(self, name):
        """The id is the file's name; the same text gives the same policy."""
        assert name == shipped(name).id
        assert shipped(name) == from_toml(shipped_text(name))

    def test_everything_has_a_name_in_both_languages(self, name):
        """Factors, groups, bands and grades are all labelled, and nothing else is."""
        policy = shipped(name)
        wanted = {factor.key for factor in policy.factors}
        wanted |= {f"{factor.key}.{outcome.code}" for factor in policy.factors for outcome in factor.outcomes}
        wanted |= {f"group.{factor.group}" for factor in policy.factors}
        wanted |= {f"grade.{grade.code}" for grade in policy.grades}

        assert wanted == set(policy.labels)
        assert all(label.en and label.zh for label in policy.labels.values())

    def test_nothing_known_is_graded_too(self, name):
        """Somebody of whom nothing is known has a grade."""
        policy = shipped(name)
        score = evaluate(policy, bind(policy).features(Facts("C1"), NOW), NOW)

        assert score.grade in {grade.code for grade in policy.grades}
        assert score.raw == explain(policy, score).total

    @pytest.mark.parametrize("lack", [MISSING, NOT_APPLICABLE])
    def test_every_value_may_be_lacking(self, name, lack):
        """All missing, or all not applicable, is a case like any other."""
        policy = shipped(name)
        score = evaluate(policy, dict.fromkeys((factor.key for factor in policy.factors), lack), NOW)

        assert score.grade is not None


def test_unknown_names_are_told_what_there_is():
    """The error lists the policies that are shipped."""
    with pytest.raises(UnknownName) as caught:
        shipped("astrology")

    assert "abc-grade, health, importance" in str(caught.value)


class TestLeadGrade:
    """L-01: fit and urgency."""

    FITS: dict[str, Any] = {"fit_industry": True, "fit_region": True, "decision_role": "decision-maker"}  # noqa: RUF012
    SOON: dict[str, Any] = {"expected_purchase": date(2026, 7, 20), "source": "referral"}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("fields", "contacts", "grade"),
        [
            ({**FITS, **SOON}, [2], "A"),
            ({**FITS}, [], "B"),
            ({**SOON, "fit_industry": False, "fit_region": False, "decision_role": "user"}, [2], "B"),
            ({"fit_industry": False}, [], "C"),
            ({}, [], "C"),
        ],
        ids=["both", "fits", "in-a-hurry", "neither", "unknown"],
    )
    @pytest.mark.rule("L-01")
    def test_fit_and_urgency_make_a_b_and_c(self, fields, contacts, grade):
        """A fits and is in a hurry; one of the two is B; neither is C."""
        assert grade == graded("lead-grade", facts(fields, contact=[(days, None) for days in contacts]))

    @pytest.mark.rule("L-01")
    def test_a_hurry_does_not_make_up_for_fit(self):
        """The two are not blended: the most urgent lead that does not fit is no A."""
        best: dict[str, Any] = {
            "purchase": 0,
            "channel": "referral",
            "activity": 0,
            "interest": 9,
            "industry": False,
            "region": False,
            "role": "other",
            "budget": 0,
        }
        policy = shipped("lead-grade")
        score = evaluate(policy, best, NOW)

        assert "B" == score.grade
        assert ("fit",) == explain(policy, score).held_by

    @pytest.mark.rule("L-01")
    def test_leads_are_ranked_a_first(self):
        """Grades are in the order of the policy, and the sum of points orders leads within one."""
        policy = shipped("lead-grade")

        assert ["A", "B", "C"] == sorted("BCA", key=policy.rank, reverse=True)


class TestAbcGrade:
    """G-01: the amount leads; margin, contact and need may lower it by one."""

    @staticmethod
    def customer(amount: float, profit: float, contacts: int, need: bool = True) -> Facts:
        """A customer with one order, so many contacts in half a year, and perhaps a need."""
        return facts(
            order=[(30, amount)],
            profit=[(30, profit)],
            contact=[(10 + place, None) for place in range(contacts)],
            need=[(20, None)] if need else [],
        )

    @pytest.mark.parametrize(
        ("customer", "grade", "held"),
        [
            ((500_000, 100_000, 12), "A", ()),
            ((499_999.99, 100_000, 12), "B", ()),
            ((100_000, 5_000, 4), "B", ()),
            ((99_999.99, 90_000, 20), "C", ()),
            ((600_000, 60_000, 12), "B", ("margin",)),
            ((600_000, 6_000, 12), "B", ("margin",)),
            ((600_000, 200_000, 1), "B", ("contact",)),
            ((600_000, 200_000, 4), "B", ("contact",)),
            ((600_000, 6_000, 0, False), "B", ("margin", "contact", "need")),
            ((600_000, 200_000, 12, False), "B", ("need",)),
            ((200_000, 2_000, 12), "C", ("margin",)),
            ((200_000, 100_000, 2), "C", ("contact",)),
        ],
    )
    @pytest.mark.rule("G-01")
    def test_the_amount_leads(self, customer, grade, held):
        """The amount sets the grade, the others lower it by one at most, and the answer says which did."""
        policy = shipped("abc-grade")
        score = evaluate(policy, bind(policy).features(self.customer(*customer), NOW), NOW)

        assert (grade, held) == (score.grade, explain(policy, score).held_by)

    @pytest.mark.rule("G-01")
    def test_the_share_of_all_profit_is_a_choice(self):
        """Whoever means the share of the whole says so, and is told what it comes to."""
        text = shipped_text("abc-grade").replace(
            'source = "rate"\nparams = {of = "profit", to = "order", days = 365}',
            'source = "share-of-total"\nparams = {of = "profit", days = 365}',
        )
        policy = from_toml(text)

        assert {"few-can-reach"} == {finding.code for finding in lint(policy)}
        features = bind(policy).features(self.customer(600_000, 60_000, 12), NOW, {"profit": 300_000})
        assert "A" == evaluate(policy, features, NOW).grade

    @pytest.mark.rule("G-01")
    def test_the_weakest_dimension_is_a_choice_too(self):
        """Another declared gap rule, another grade."""
        policy = shipped("abc-grade")
        assert isinstance(policy.combine, FirstMatch)
        weakest = attrs.evolve(policy.combine, gap=Gap("weakest", policy.combine.gap.dimensions))
        strict = attrs.evolve(policy, combine=weakest)
        features = bind(strict).features(self.customer(600_000, 200_000, 1), NOW)

        assert "C" == evaluate(strict, features, NOW).grade
        assert () == lint(strict)


class TestLifeStage:
    """G-02: potential, new, mature, lost."""

    @pytest.mark.parametrize(
        ("orders", "needs", "stage"),
        [
            ([], [5], "potential"),
            ([], [], "none"),
            ([10], [], "new"),
            ([170, 10], [], "new"),
            ([190, 10], [], "mature"),
            ([400, 90], [], "mature"),
            ([400, 91], [5], "lost"),
            ([120, 95], [], "lost"),
        ],
        ids=["needs", "nothing", "first", "below-6", "above-6", "not-yet-silent", "silent", "new-and-silent"],
    )
    @pytest.mark.rule("G-02")
    def test_stages_by_tenure_and_silence(self, orders, needs, stage):
        """Below six months is new, from six on mature; three months of silence is lost, however new."""
        known = facts(order=[(days, 100) for days in orders], need=[(days, None) for days in needs])

        assert stage == graded("life-stage", known)


class TestTiers:
    """G-03: VIP, regular, potential value; important, potential, ordinary."""

    @pytest.mark.parametrize(
        ("spend", "since", "weight", "tier"),
        [
            (600_000, 30, "low", "vip"),
            (250_000, 1200, "low", "vip"),
            (250_000, 30, "low", "regular"),
            (250_000, 30, "medium", "potential-value"),
            (250_000, 30, "high", "vip"),
            (1_000, 30, "high", "potential-value"),
            (1_000, 2000, None, "regular"),
        ],
    )
    @pytest.mark.rule("G-03")
    def test_tiers_by_spend_tenure_and_strategic_weight(self, spend, since, weight, tier):
        """Value today on one side, strategic weight on the other."""
        known = facts({"strategic_weight": weight}, order=[(10, spend), (since, 0)])

        assert tier == graded("value-tier", known)

    @pytest.mark.parametrize(
        ("orders", "kind"),
        [
            ([(10, 100_000)], "important"),
            ([(10, 60_000), (200, 40_000)], "important"),
            ([(10, 60_000), (200, 30_000)], "potential"),
            ([(10, 30_000), (200, 30_000)], "ordinary"),
            ([(10, 30_000)], "ordinary"),
        ],
    )
    @pytest.mark.rule("G-03")
    def test_importance_by_amount_and_growth(self, orders, kind):
        """Large is important; small and growing is potential; the rest is ordinary."""
        assert kind == graded("importance", facts(order=orders))

    @pytest.mark.rule("G-07")
    def test_a_vip_is_promised_a_manager_of_its_own_round_the_clock(self):
        """The service strategy stands in the policy, as data."""
        service = shipped("value-tier").grade("vip").service

        assert service is not None
        assert ("customer-success", True, "7x24") == (service.served_by, service.own, service.hours)


class TestHealth:
    """V-05: a score from 0 to 100, below 70 warns, three classes of risk."""

    @pytest.mark.parametrize(
        ("values", "score", "risk"),
        [
            ({"stability": 0.2, "complaints": 0, "survey": 5, "interaction": 4}, "100", "healthy"),
            ({"stability": -0.9, "complaints": 0.5, "survey": 1, "interaction": 0}, "0", "high"),
            ({"stability": 0, "complaints": 0.03, "survey": 4, "interaction": 2}, "81.25", "healthy"),
            ({"stability": -0.1, "complaints": 0.03, "survey": 4, "interaction": 2}, "71.25", "healthy"),
            ({"stability": -0.1, "complaints": 0.06, "survey": 4, "interaction": 2}, "65.25", "low"),
            ({"stability": -0.3, "complaints": 0.06, "survey": 4, "interaction": 2}, "53.25", "medium"),
            ({"stability": -0.6, "complaints": 0.06, "survey": 3, "interaction": 1}, "28.5", "high"),
        ],
    )
    @pytest.mark.rule("V-05")
    def test_risk_by_bands(self, values, score, risk):
        """The weighted points, exact, and the class of risk they fall into."""
        policy = shipped("health")
        found = evaluate(policy, values, NOW)

        assert (Decimal(score), risk) == (found.clamped, found.grade)

    @pytest.mark.rule("V-05")
    def test_below_70_warns(self):
        """Every class of risk alerts, health does not; they begin at 40, 55 and 70."""
        grades = shipped("health").grades

        assert [("high", None, True), ("medium", 40, True), ("low", 55, True), ("healthy", 70, False)] == [
            (grade.code, grade.at, grade.alert) for grade in grades
        ]

    @pytest.mark.rule("V-05")
    def test_health_follows_from_facts(self):
        """Orders over two half-years, complaints for each order, surveys, contacts."""
        known = facts(
            order=[(30, 500), (60, 400), (200, 1000)],
            complaint=[(40, None)],
            survey=[(50, 2), (20, 3)],
            contact=[(15, None)],
        )
        policy = shipped("health")
        features = bind(policy).features(known, NOW)

        assert [-0.1, 1 / 3, 2.5, 1.0] == [
            features[key].value for key in ("stability", "complaints", "survey", "interaction")
        ]
        score = evaluate(policy, features, NOW)
        assert ("medium", Decimal("42.5")) == (score.grade, score.clamped)

    @pytest.mark.rule("V-05")
    def test_who_cannot_be_judged_yet_neither_warns_nor_reassures(self):
        """A new customer with a contact is healthy; one whom nobody has spoken to is at low risk."""
        assert "healthy" == graded("health", facts(order=[(3, 100)], contact=[(2, None), (3, None)]))
        assert "medium" == graded("health", facts(order=[(3, 100)], complaint=[(1, None)]))


class TestLoyalty:
    """G-04: recency, frequency, spend."""

    @pytest.mark.parametrize(
        ("visits", "spend", "grade", "points"),
        [
            ([1] * 12, 20_000, "loyal", 15),
            ([20, 40, 60, 80], 2_000, "frequent", 11),
            ([100, 120], 500, "occasional", 7),
            ([400], 0, "dormant", 3),
            ([], 0, "dormant", 2),
        ],
    )
    @pytest.mark.rule("G-04")
    def test_loyalty_by_recency_frequency_and_spend(self, visits, spend, grade, points):
        """One to five points each; who never came has none for recency."""
        known = facts(visit=[(days, None) for days in visits], order=[(5, spend)])
        policy = shipped("loyalty")
        score = evaluate(policy, bind(policy).features(known, NOW), NOW)

        assert (grade, points) == (score.grade, score.raw)
