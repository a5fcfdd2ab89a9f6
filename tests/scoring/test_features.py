"""Facts as they were known, the usual features, and the registry of sources."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest

from crmcore import Invalid, PolicyInvalid
from crmcore.scoring import (
    MISSING,
    NOT_APPLICABLE,
    SOURCES,
    AsOf,
    Evidence,
    Fact,
    Facts,
    Feature,
    Field,
    Source,
    bind,
    evaluate,
    features,
)
from crmcore.scoring.spans import before, days_between, months_between
from tests.scoring.made import DAY, NOW, low_high, policy

SHANGHAI = ZoneInfo("Asia/Shanghai")
HERE = AsOf(NOW, SHANGHAI)


def order(id: str, days_ago: float, amount: Any = None, **fields: Any) -> Fact:
    """An order so many days before now."""
    return Fact("order", id, NOW - days_ago * DAY, amount, **fields)


def ids(feature: Feature) -> list[str]:
    """The ids of the facts that a feature rests on."""
    return [one.id for one in feature.evidence]


class TestFacts:
    """What was known, and when."""

    def test_facts_are_in_the_order_of_time(self):
        """Whatever order they are given in."""
        facts = Facts("C1", events=[order("O2", 1), order("O1", 5), order("O3", 0)])

        assert ["O1", "O2", "O3"] == [fact.id for fact in facts.of("order", NOW)]

    def test_what_happens_later_is_not_known_yet(self):
        """Neither what has not happened, nor what was put on record later."""
        late = order("O2", 5, known=NOW + DAY)
        facts = Facts("C1", events=[order("O1", 5), late, order("O3", -1), Fact("visit", "V1", NOW)])

        assert ["O1"] == [fact.id for fact in facts.of("order", NOW)]
        assert ["O1", "O2", "O3"] == [fact.id for fact in facts.of("order", NOW + DAY)]

    def test_a_field_has_the_value_it_was_known_to_have(self):
        """The one known last counts; one of unknown age only where no other is known."""
        facts = Facts("C1", [Field("size", 1), Field("size", 2, NOW - DAY), Field("size", 3, NOW + DAY)])

        found = [facts.field("size", NOW + days * DAY) for days in (-2, -1, 0, 1)]

        assert [1, 2, 2, 3] == [one.value for one in found if one]
        assert facts.field("name", NOW) is None

    @pytest.mark.parametrize("known", [NOW - DAY, None])
    def test_of_values_known_at_one_time_the_last_counts(self, known):
        """Their order is that in which they were written."""
        facts = Facts("C1", [Field("size", 1, known), Field("size", 2, known), Field("size", 3, NOW + DAY)])
        found = facts.field("size", NOW)

        assert found is not None
        assert 2 == found.value

    def test_a_mapping_is_fields_of_unknown_age(self):
        """The short way to give fields."""
        assert Facts("C1", (Field("a", 1), Field("b", "x"))) == Facts("C1", {"a": 1, "b": "x"})

    @pytest.mark.parametrize("amount", [float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity")])
    def test_amounts_are_finite(self, amount):
        """NaN and infinities are no amounts."""
        with pytest.raises(Invalid) as caught:
            order("O1", 0, amount)

        assert [("amount", "out-of-range")] == [(fault.path, fault.code) for fault in caught.value.faults]

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            (datetime(2026, 7, 1), "naive-time"),  # noqa: DTZ001
            (float("nan"), "out-of-range"),
            ([1], "wrong-type"),
            (1j, "wrong-type"),
        ],
    )
    def test_fields_hold_what_features_can_be_made_of(self, value, code):
        """Times with an offset, finite numbers, texts, yes and no, dates, and nothing."""
        with pytest.raises(Invalid) as caught:
            Field("f", value)

        assert [("value", code)] == [(fault.path, fault.code) for fault in caught.value.faults]

    def test_times_need_an_offset(self):
        """A fact without an offset happened at no particular moment."""
        with pytest.raises(Invalid):
            Fact("order", "O1", datetime(2026, 7, 1))  # noqa: DTZ001
        with pytest.raises(Invalid):
            AsOf(datetime(2026, 7, 1), UTC)  # noqa: DTZ001


class TestSpans:
    """Days and months of a calendar on the wall."""

    def test_days_are_midnights_of_the_zone(self):
        """Late in the evening of one day and early on the next is one day in Shanghai, none in Greenwich."""
        evening, morning = datetime(2026, 7, 1, 15, 30, tzinfo=UTC), datetime(2026, 7, 1, 16, 30, tzinfo=UTC)

        assert (1, 0, -1) == (
            days_between(evening, morning, SHANGHAI),
            days_between(evening, morning, UTC),
            days_between(morning, evening, SHANGHAI),
        )

    @pytest.mark.parametrize(
        ("start", "end", "months"),
        [
            (date(2026, 1, 31), date(2026, 2, 28), 0),
            (date(2026, 1, 31), date(2026, 3, 1), 1),
            (date(2025, 12, 1), date(2026, 6, 1), 6),
            (date(2025, 12, 1), date(2026, 5, 31), 5),
            (date(2026, 5, 1), date(2026, 4, 1), -1),
        ],
    )
    def test_months_are_whole(self, start, end, months):
        """A month has passed when the same day of the next has come."""
        begun, now = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (start, end))

        assert months == months_between(begun, now, UTC)

    @pytest.mark.parametrize("zone", [ZoneInfo("America/New_York"), UTC])
    def test_a_clock_set_back_takes_no_month_away(self, zone):
        """45 minutes after half past one it may be a quarter past one: no month has passed, and none is owed."""
        new_york = ZoneInfo("America/New_York")
        half_past = datetime(2026, 11, 1, 1, 30, tzinfo=new_york).astimezone(zone)
        quarter_past = datetime(2026, 11, 1, 1, 15, tzinfo=new_york, fold=1).astimezone(zone)

        assert 0 == months_between(half_past, quarter_past, new_york)
        assert 0 >= months_between(quarter_past, half_past, new_york)
        assert 1 == months_between(half_past, datetime(2026, 12, 1, 1, 30, tzinfo=new_york), new_york)

    def test_a_month_earlier_is_the_same_day_or_the_last(self):
        """31 March less one month is the last of February."""
        march = datetime(2026, 3, 31, 9, tzinfo=SHANGHAI)

        assert datetime(2026, 2, 28, 9, tzinfo=SHANGHAI) == before(march, SHANGHAI, months=1)
        assert datetime(2025, 3, 31, 9, tzinfo=SHANGHAI) == before(march, SHANGHAI, months=12)
        assert datetime(2026, 3, 30, 9, tzinfo=SHANGHAI) == before(march, SHANGHAI, days=1)

    def test_time_does_not_begin_before_the_year_1(self):
        """A window that would begin before is refused."""
        with pytest.raises(Invalid):
            before(NOW, UTC, months=36_500)


class TestFeatures:
    """Each of the usual features, with its evidence."""

    ORDERS = Facts(
        "C1",
        {"size": 12, "industry": "C", "empty": "", "due": date(2026, 7, 31), "at": NOW + 2 * DAY, "none": None},
        [
            order("O1", 400, 1000),
            order("O2", 200, 300),
            order("O3", 20, Decimal("0.1")),
            order("O4", 10, 0.2),
            order("O5", 5),
            Fact("profit", "P1", NOW - DAY, 100),
            Fact("complaint", "X1", NOW - DAY),
        ],
    )

    def ask(self, source: str, /, **params: Any) -> Feature:
        """What a source gives for these facts."""
        return SOURCES[source].compute(self.ORDERS, HERE, **params)

    @pytest.mark.parametrize(
        ("name", "params", "value", "evidence"),
        [
            ("days-since", {"of": "order"}, 5.0, ["O5"]),
            ("days-since", {"of": "visit"}, NOT_APPLICABLE, []),
            ("months-since", {"of": "order"}, 0.0, ["O5"]),
            ("months-since", {"of": "visit"}, NOT_APPLICABLE, []),
            ("tenure", {"of": "order"}, 13.0, ["O1"]),
            ("tenure", {"of": "visit"}, NOT_APPLICABLE, []),
            ("count", {"of": "order"}, 5.0, ["O1", "O2", "O3", "O4", "O5"]),
            ("count", {"of": "order", "days": 10}, 1.0, ["O5"]),
            ("count", {"of": "order", "months": 1}, 3.0, ["O3", "O4", "O5"]),
            ("count", {"of": "visit", "days": 10}, 0.0, []),
            ("sum", {"of": "order", "days": 30}, 0.3, ["O3", "O4", "O5"]),
            ("sum", {"of": "visit"}, 0.0, []),
            ("mean", {"of": "order", "days": 30}, 0.15, ["O3", "O4"]),
            ("mean", {"of": "complaint"}, NOT_APPLICABLE, []),
            ("share", {"of": "complaint", "among": "order", "days": 365}, 0.25, ["X1", "O2", "O3", "O4", "O5"]),
            ("share", {"of": "order", "among": "visit"}, NOT_APPLICABLE, []),
            ("rate", {"of": "profit", "to": "order", "days": 30}, 100 / 0.3, ["P1", "O3", "O4", "O5"]),
            ("rate", {"of": "order", "to": "visit"}, NOT_APPLICABLE, []),
            ("share-of-total", {"of": "order"}, MISSING, []),
            ("trend", {"of": "order", "months": 6}, -0.999, ["O2", "O3", "O4", "O5"]),
            ("trend", {"of": "order", "months": 6, "measure": "count"}, 2.0, ["O2", "O3", "O4", "O5"]),
            ("trend", {"of": "visit"}, NOT_APPLICABLE, []),
            ("trend", {"of": "profit"}, NOT_APPLICABLE, []),
            ("field", {"name": "size"}, 12.0, ["size"]),
            ("field", {"name": "industry"}, "C", ["industry"]),
            ("field", {"name": "due"}, "2026-07-31", ["due"]),
            ("field", {"name": "empty"}, MISSING, []),
            ("field", {"name": "none"}, MISSING, []),
            ("field", {"name": "absent"}, MISSING, []),
            ("days-until", {"name": "due"}, 30.0, ["due"]),
            ("days-until", {"name": "at"}, 2.0, ["at"]),
            ("days-until", {"name": "size"}, MISSING, []),
            ("days-until", {"name": "absent"}, MISSING, []),
        ],
    )
    def test_values_and_evidence(self, name, params, value, evidence):
        """The value, and the facts it came from."""
        found = self.ask(name, **params)

        assert pytest.approx(value) == found.value if isinstance(value, float) else value == found.value
        assert evidence == ids(found)

    @pytest.mark.rule("V-05")
    @pytest.mark.parametrize(
        "method, answers, value",
        [
            ("nps", [10, 9, 8, 7, 6, 0], 0.0),
            ("nps", [10, 9, 9, 3], 50.0),
            ("nps", [6], -100.0),
            ("csat", [5, 4, 3, 1], 0.5),
            ("ces", [7, 1, 2], 10 / 3),
            ("ces", [], NOT_APPLICABLE),
        ],
    )
    def test_surveys_by_their_methods(self, method, answers, value):
        """What the published methods make of answers; without any there is nothing to say."""
        asked = Facts("C1", events=[Fact("survey", f"S{n}", NOW - DAY, given) for n, given in enumerate(answers)])
        found = SOURCES["survey"].compute(asked, HERE, of="survey", method=method, days=30)

        assert value == found.value
        assert len(answers) == len(found.evidence)

    @pytest.mark.parametrize("method, answer", [("nps", 11), ("csat", 0), ("ces", 8)])
    def test_answers_are_on_the_methods_scale(self, method, answer):
        """One that is not is refused by the kind of fact it came from: it was asked by another method."""
        asked = Facts("C1", events=[Fact("survey", "S1", NOW - DAY, answer)])
        with pytest.raises(Invalid) as invalid:
            SOURCES["survey"].compute(asked, HERE, of="survey", method=method)

        assert [("survey", "out-of-range")] == [(fault.path, fault.code) for fault in invalid.value.faults]

    def test_sums_are_exact(self):
        """0.1 and 0.2 make 0.3: so a sum reaches a band that begins there."""
        assert 0.3 == self.ask("sum", of="order", days=30).value

    def test_a_window_ends_at_the_moment_and_begins_after_its_start(self):
        """Just 10 days ago is outside of the last 10 days; now is inside."""
        facts = Facts("C1", events=[order("O1", 10), order("O2", 10 - 1e-9), order("O3", 0)])

        assert ["O2", "O3"] == ids(features.count(facts, HERE, of="order", days=10))

    def test_a_share_of_the_whole_needs_the_whole(self):
        """Totals by kind of fact come with the moment."""
        whole = AsOf(NOW, SHANGHAI, {"order": 4000, "visit": 0})

        assert 0.325075 == pytest.approx(SOURCES["share-of-total"].compute(self.ORDERS, whole, of="order").value)
        assert MISSING is SOURCES["share-of-total"].compute(self.ORDERS, whole, of="visit").value

    def test_evidence_says_whether_a_field_is_dated(self):
        """A field of unknown age says so; a dated one tells since when, the date in a field which date it is."""
        facts = Facts("C1", [Field("size", 1), Field("kind", "x", NOW), Field("due", date(2026, 7, 2), NOW)])

        assert (Evidence("field", "size", None, True),) == features.field_value(facts, HERE, name="size").evidence
        assert (Evidence("field", "kind", NOW, False),) == features.field_value(facts, HERE, name="kind").evidence
        midnight = datetime(2026, 7, 2, tzinfo=SHANGHAI)
        assert (Evidence("date", "due", midnight, False),) == features.days_until(facts, HERE, name="due").evidence

    def test_features_are_computed_as_of_the_moment(self):
        """The same facts, a month earlier, give what was so then."""
        earlier = AsOf(NOW - 30 * DAY, SHANGHAI)

        assert 170.0 == features.days_since(self.ORDERS, earlier, of="order").value


def visits(facts: Facts, as_of: AsOf, *, days: int, kind: Literal["any", "long"] = "any", only: Any = None) -> Feature:
    """A source as a plugin would bring it."""
    return Feature(float(days) if kind == "any" else 0.0)


class TestSources:
    """Features by name."""

    @pytest.mark.rule("G-06")
    def test_a_plugin_adds_a_source(self):
        """A bare function is a source: its signature says what a policy may tell it."""
        made = policy(low_high("visits", source="visits", params={"days": 30}))
        bound = bind(made, {**SOURCES, "visits": visits})

        assert "A" == evaluate(made, bound.features(Facts("C1"), NOW), NOW).grade

    @pytest.mark.parametrize(
        ("source", "params", "expected"),
        [
            ("votes", {}, ("factors[0].source", "not-allowed")),
            ("count", {}, ("factors[0].params.of", "missing")),
            ("count", {"of": 3}, ("factors[0].params.of", "wrong-type")),
            ("count", {"of": "order", "days": True}, ("factors[0].params.days", "wrong-type")),
            ("count", {"of": "order", "days": 0}, ("factors[0].params.days", "out-of-range")),
            ("count", {"of": "order", "days": -5}, ("factors[0].params.days", "out-of-range")),
            ("count", {"of": "order", "weeks": 5}, ("factors[0].params.weeks", "unknown-field")),
            ("count", {"of": "order", "days": 5, "months": 5}, ("factors[0].params.months", "not-allowed")),
            ("trend", {"of": "order", "measure": "mean"}, ("factors[0].params.measure", "not-allowed")),
            ("visits", {"days": 5, "kind": "short"}, ("factors[0].params.kind", "not-allowed")),
        ],
    )
    @pytest.mark.rule("G-06")
    def test_what_does_not_fit_is_named(self, source, params, expected):
        """Unknown sources and parameters, wrong kinds, windows of no length."""
        with pytest.raises(PolicyInvalid) as caught:
            bind(policy(low_high("f", source=source, params=params)), {**SOURCES, "visits": visits})

        assert [expected] == [(fault.path, fault.code) for fault in caught.value.faults]

    def test_what_cannot_be_computed_is_named(self):
        """All of it, by the key of the factor; what a source has to say of its facts follows that."""
        spend, least = (low_high(key, source="sum", params={"of": "order"}) for key in ("spend", "least"))
        asked = low_high("asked", source="survey", params={"of": "answer", "method": "nps"})
        bound = bind(policy(spend, low_high("orders", source="count", params={"of": "order"}), asked, least))
        facts = Facts("C1", events=[Fact("order", "O1", NOW - DAY, 10**400), Fact("answer", "S1", NOW - DAY, 11)])
        with pytest.raises(Invalid) as caught:
            bound.features(facts, NOW)

        assert [
            ("spend", "out-of-range"),
            ("asked.answer", "out-of-range"),
            ("least", "out-of-range"),
        ] == [(fault.path, fault.code) for fault in caught.value.faults]

    def test_parameters_without_a_known_kind_are_the_sources_own_business(self):
        """What a signature leaves open is passed on as it is."""
        made = policy(low_high("f", source="visits", params={"days": 5, "only": "x"}))

        assert 5.0 == bind(made, {"visits": visits}).features(Facts("C1"), NOW)["f"].value

    def test_a_source_tells_how_far_it_looks_back(self):
        """In days and months; a trend compares two spans."""
        assert (30, 0) == SOURCES["count"].look_back({"of": "order", "days": 30})
        assert (0, 12) == SOURCES["trend"].look_back({"of": "order"})
        assert (0, 0) == SOURCES["days-since"].look_back({"of": "order"})
        assert (7, 0) == Source(visits).look_back({"days": 7})

    def test_shares_of_the_whole_are_given_totals(self):
        """``features`` takes the totals by kind of fact."""
        made = policy(low_high("f", 0.5, source="share-of-total", params={"of": "order"}))
        facts = Facts("C1", events=[order("O1", 5, 30)])

        assert Fraction(30, 40) == bind(made).features(facts, NOW, {"order": 40})["f"].value

    def test_days_count_in_the_zone_of_the_policy(self):
        """Midnight in Shanghai comes earlier than in Greenwich."""
        made = [
            policy(low_high("f", 1, source="days-since", params={"of": "order"}), zone=zone)
            for zone in ("Asia/Shanghai", "UTC")
        ]
        late = datetime(2026, 6, 30, 15, 30, tzinfo=UTC)
        facts = Facts("C1", events=[Fact("order", "O1", late)])

        assert [1.0, 0.0] == [bind(one).features(facts, late + timedelta(hours=1))["f"].value for one in made]
