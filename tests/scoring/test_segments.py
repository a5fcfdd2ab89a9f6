"""Segments: conditions as data, read and written, evaluated, explained and linted."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import PolicyInvalid
from crmcore.kernel.refusals import Label
from crmcore.scoring import (
    MISSING,
    Fact,
    Facts,
    Field,
    Score,
    Segment,
    Vocabulary,
    evaluate,
    explain_match,
    lint_segment,
    matches,
    members,
    segment_data,
    segment_from,
    segments_from_toml,
    segments_toml,
    shipped,
    shipped_names,
)
from crmcore.scoring.conditions import AllOf, AnyOf, Check, Condition, Happened, Not, Variable, found_of
from crmcore.scoring.results import results
from tests.scoring.made import DAY, NOW, low_high, policy
from tests.scoring.strategies import inputs_for, policies

TEXT = """
[[segments]]
id = "at-risk"
version = "1"
label = {en = "good customers at risk", zh = "有流失风险的优质客户"}
when = {all = [
  {grade = "abc-grade", op = "in", value = ["A", "B"]},
  {score = "health", op = "lt", value = 55.5},
  {not = {event = "order", within_days = 30}},
]}

[[segments]]
id = "east"
version = "2"
zone = "UTC"
when = {any = [
  {field = "region", value = "华东"},
  {field = "last_trade", op = "within-days", value = 90},
  {field = "signed", op = "before", value = 2026-03-01},
]}
"""


def segment(when: Any) -> Segment:
    """A segment with this condition."""
    return segment_from({"id": "made", "version": "1", "when": when})


def known(**fields: Any) -> Facts:
    """Somebody with these fields and a few orders."""
    orders = [Fact("order", f"O{days}", NOW - days * DAY) for days in (5, 40, 90)]
    return Facts("C1", {name.replace("_", "-"): value for name, value in fields.items()}, orders)


class TestFiles:
    """Reading and writing."""

    @pytest.mark.rule("G-08")
    def test_segments_come_back(self):
        """A file gives the same segments again, digest and all."""
        segments = segments_from_toml(TEXT)

        assert segments == segments_from_toml(segments_toml(segments))
        assert segments == tuple(segment_from(segment_data(one)) for one in segments)
        assert ["at-risk", "east"] == [one.id for one in segments]
        assert Label("good customers at risk", "有流失风险的优质客户") == segments[0].label

    def test_the_digest_follows_from_what_decides(self):
        """Wording is not in it; the condition is."""
        one, two = segments_from_toml(TEXT)
        reworded = Segment(one.id, one.version, one.when, Label("x", "x"), one.zone)

        assert one.digest == reworded.digest
        assert len({one.digest, two.digest, Segment(one.id, "2", one.when).digest}) == 3

    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            (3, [("when", "wrong-type")]),
            ({}, [("when", "missing")]),
            ({"field": "a", "grade": "b"}, [("when", "not-allowed")]),
            ({"all": 3}, [("when.all", "wrong-type")]),
            ({"all": [], "op": "x"}, [("when.op", "unknown-field")]),
            ({"any": [{"x": 1}, {"not": 3}]}, [("when.any[0]", "missing"), ("when.any[1].not", "wrong-type")]),
            ({"field": "a", "op": "like", "value": "x"}, [("when.op", "not-allowed")]),
            ({"field": "a"}, [("when.value", "missing")]),
            ({"field": 3, "value": "x"}, [("when.field", "wrong-type")]),
            ({"field": "", "value": "x"}, [("when.field", "empty")]),
            ({"field": "a", "op": "missing", "value": "x"}, [("when.value", "unknown-field")]),
            ({"field": "a", "op": "lt", "value": "x"}, [("when.value", "wrong-type")]),
            ({"field": "a", "op": "lt", "value": float("nan")}, [("when.value", "wrong-type")]),
            ({"field": "a", "op": "in", "value": []}, [("when.value", "wrong-type")]),
            ({"field": "a", "op": "in", "value": "xy"}, [("when.value", "wrong-type")]),
            ({"field": "a", "op": "in", "value": ["x", 3]}, [("when.value", "wrong-type")]),
            ({"field": "a", "op": "contains", "value": True}, [("when.value", "wrong-type")]),
            ({"field": "a", "op": "contains", "value": 3}, [("when.value", "wrong-type")]),
            ({"field": "a", "op": "within-days", "value": 1.5}, [("when.value", "wrong-type")]),
            ({"field": "a", "op": "within-days", "value": -1}, [("when.value", "wrong-type")]),
            ({"field": "a", "op": "before", "value": "soon"}, [("when.value", "wrong-type")]),
            ({"field": "a", "op": "before", "value": 3}, [("when.value", "wrong-type")]),
            ({"field": "a", "op": "eq", "value": None}, [("when.value", "wrong-type")]),
            ({"score": "a", "op": "in", "value": [1]}, [("when.op", "not-allowed")]),
            ({"score": "a", "value": "x"}, [("when.value", "wrong-type")]),
            ({"grade": "a", "op": "lt", "value": "A"}, [("when.op", "not-allowed")]),
            ({"grade": "a", "value": 3}, [("when.value", "wrong-type")]),
            ({"grade": "a", "op": "in", "value": [3]}, [("when.value", "wrong-type")]),
            ({"event": "a", "within_days": "x"}, [("when.within_days", "wrong-type")]),
            ({"event": "a", "at_least": -1}, [("when.at_least", "out-of-range")]),
            ({"event": "a", "at_least": 3, "at_most": 2}, [("when.at_most", "out-of-range")]),
            ({"event": "a", "op": "eq"}, [("when.op", "unknown-field")]),
            ({"all": [{"event": "a"}] * 1001}, [("when.all", "too-long")]),
        ],
    )
    @pytest.mark.rule("G-08")
    def test_slips_are_named(self, when, expected):
        """Each by its path, by what is wrong, and with what would be right."""
        with pytest.raises(PolicyInvalid) as caught:
            segment(when)

        assert expected == [(fault.path, fault.code) for fault in caught.value.faults]
        assert all(fault.expected for fault in caught.value.faults)

    def test_conditions_are_not_endless(self):
        """Nesting is bounded, so that no file can exhaust the stack."""
        when: dict[str, Any] = {"event": "order"}
        for _ in range(100):
            when = {"not": when}
        with pytest.raises(PolicyInvalid) as caught:
            segment(when)

        assert ["out-of-range"] == [fault.code for fault in caught.value.faults]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("segments = [", [("(all)", "bad-toml")]),
            ("segments = " + "[" * 20_000, [("(all)", "bad-toml")]),
            ("segments = " + "1" * 5000, [("(all)", "bad-toml")]),
            ("segments = 1e99999999999999999999", [("(all)", "bad-toml")]),
            ("segments = 3", [("segments", "wrong-type")]),
            ("\ufeffsegments = 3", [("segments", "wrong-type")]),
            ("segment = []", [("segment", "unknown-field")]),
            ("[[segments]]\nid='a'\nversion='1'", [("segments[0].when", "missing")]),
            ("[[segments]]\nid='a b'\nversion='1'\nwhen={all=[]}", [("segments[0].id", "not-allowed")]),
            ("[[segments]]\nid='a'\nversion='1'\nwhen={all=[]}\n" * 2, [("segments", "duplicate")]),
            ("[[segments]]\nid='a'\nversion='1'\nwhen={}", [("segments[0].when", "missing")]),
        ],
    )
    def test_files_are_checked(self, text, expected):
        """What is no file of segments, and segments of one id."""
        with pytest.raises(PolicyInvalid) as caught:
            segments_from_toml(text)

        assert expected == [(fault.path, fault.code) for fault in caught.value.faults]


class TestConditions:
    """What each comparison holds for."""

    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            ({"field": "region", "value": "华东"}, True),
            ({"field": "region", "op": "ne", "value": "华东"}, False),
            ({"field": "region", "op": "in", "value": ["华东", "华北"]}, True),
            ({"field": "region", "op": "not-in", "value": ["华北"]}, True),
            ({"field": "region", "op": "contains", "value": "东"}, True),
            ({"field": "size", "op": "contains", "value": "1"}, False),
            ({"field": "region", "op": "lt", "value": 3}, False),
            ({"field": "size", "value": 12}, True),
            ({"field": "size", "value": 12.5}, False),
            ({"field": "size", "op": "lt", "value": 12}, False),
            ({"field": "size", "op": "le", "value": 12}, True),
            ({"field": "size", "op": "gt", "value": 11.5}, True),
            ({"field": "size", "op": "ge", "value": 12}, True),
            ({"field": "size", "op": "in", "value": [11, 12]}, True),
            ({"field": "size", "value": "12"}, False),
            ({"field": "vat", "value": True}, True),
            ({"field": "vat", "value": 1}, False),
            ({"field": "vat", "op": "ne", "value": False}, True),
            ({"field": "absent", "op": "missing"}, True),
            ({"field": "absent", "op": "present"}, False),
            ({"field": "empty", "op": "missing"}, True),
            ({"field": "size", "op": "present"}, True),
            ({"field": "absent", "op": "ne", "value": "x"}, False),
            ({"not": {"field": "absent", "value": "x"}}, True),
            ({"field": "absent", "op": "lt", "value": 3}, False),
            ({"field": "due", "op": "within-next-days", "value": 10}, True),
            ({"field": "due", "op": "within-next-days", "value": 9}, False),
            ({"field": "due", "op": "within-days", "value": 10}, False),
            ({"field": "past", "op": "within-days", "value": 31}, True),
            ({"field": "past", "op": "within-days", "value": 30}, False),
            ({"field": "past", "op": "before-days", "value": 30}, True),
            ({"field": "past", "op": "before-days", "value": 31}, False),
            ({"field": "at", "op": "within-days", "value": 1}, True),
            ({"field": "size", "op": "within-days", "value": 1}, False),
            ({"field": "due", "op": "before", "value": "2026-07-11"}, True),
            ({"field": "due", "op": "before", "value": date(2026, 7, 10)}, False),
            ({"field": "due", "op": "after", "value": "2026-07-09"}, True),
            ({"field": "at", "op": "after", "value": "2026-06-30"}, True),
            ({"field": "size", "op": "before", "value": "2026-07-09"}, False),
            ({"event": "order"}, True),
            ({"event": "order", "within_days": 5}, False),
            ({"event": "order", "within_days": 6}, True),
            ({"event": "order", "at_least": 3}, True),
            ({"event": "order", "at_least": 4}, False),
            ({"event": "order", "at_least": 0, "at_most": 2}, False),
            ({"event": "visit", "at_least": 0, "at_most": 0}, True),
            ({"score": "made", "op": "ge", "value": 10}, True),
            ({"score": "made", "op": "lt", "value": 10}, False),
            ({"score": "other", "op": "missing"}, True),
            ({"grade": "made", "value": "A"}, True),
            ({"grade": "made", "op": "not-in", "value": ["A"]}, False),
            ({"grade": "other", "op": "ne", "value": "A"}, False),
            ({"all": []}, True),
            ({"any": []}, False),
            ({"all": [{"event": "order"}, {"event": "visit"}]}, False),
            ({"any": [{"event": "visit"}, {"event": "order"}]}, True),
        ],
    )
    @pytest.mark.rule("G-08")
    def test_conditions_over_fields_scores_and_events(self, when, expected):
        """A comparison holds only for what is known and of its kind."""
        made = policy(low_high("f"))
        facts = known(
            region="华东",
            size=12,
            vat=True,
            empty="",
            due=(NOW + 9 * DAY).date(),
            past=(NOW - 30 * DAY).date(),
            at=NOW,
        )

        assert expected is matches(segment(when), facts, NOW, {"made": evaluate(made, {"f": 12}, NOW)})

    def test_a_segment_is_as_of_a_moment(self):
        """What was so then: fields as they were known, events as they had happened."""
        facts = Facts("C1", [Field("size", 5, NOW - 9 * DAY), Field("size", 15, NOW)], [Fact("order", "O1", NOW)])
        big = segment({"all": [{"field": "size", "op": "gt", "value": 10}, {"event": "order"}]})

        assert [False, True] == [matches(big, facts, NOW + days * DAY) for days in (-1, 0)]

    def test_days_count_in_the_zone_of_the_segment(self):
        """An evening in Greenwich is the next day in Shanghai."""
        moment = datetime.fromisoformat("2026-07-01T17:00:00+00:00")
        facts = Facts("C1", {"due": date(2026, 7, 2)})
        when = {"field": "due", "op": "within-next-days", "value": 1}
        zones = [
            segment_from({"id": "a", "version": "1", "zone": zone, "when": when}) for zone in ("Asia/Shanghai", "UTC")
        ]

        assert [True, False] == [matches(one, facts, moment) for one in zones]

    def test_members_are_listed(self):
        """Those who belong, in the order given."""
        everybody: list[tuple[Facts, dict[str, Score]]] = [
            (Facts(f"C{size}", {"size": size}), {}) for size in (3, 1, 2)
        ]

        assert ["C3", "C2"] == list(members(segment({"field": "size", "op": "ge", "value": 2}), everybody, NOW))

    def test_what_is_lacking_is_not_found(self):
        """MISSING, None and an empty text are all nothing."""
        assert [None] * 3 == [found_of(value) for value in (MISSING, None, "")]


class TestExplanations:
    """Why somebody belongs to a segment or not."""

    @pytest.mark.rule("G-08")
    def test_every_condition_has_a_line(self):
        """The whole first, then its parts, each with what it looked at."""
        lines = explain_match(
            segment({"all": [{"field": "size", "op": "gt", "value": 10}, {"not": {"any": [{"event": "order"}]}}]}),
            known(size=12),
            NOW,
        )

        assert [
            ("when", False, None),
            ("when.all[0]", True, 12.0),
            ("when.all[1]", False, None),
            ("when.all[1].not", True, None),
            ("when.all[1].not.any[0]", True, 3.0),
        ] == [(line.path, line.held, line.found) for line in lines]

    @pytest.mark.rule("A-05")
    def test_values_stay_out_of_repr(self):
        """What was found may say who somebody is."""
        when = {"all": [{"field": "region", "value": "华东"}, {"field": "income", "op": "gt", "value": 1}]}
        lines = explain_match(segment(when), known(region="华东", income=98765), NOW)

        assert "华东" not in repr(lines)
        assert "98765" not in repr(lines)


def asks(op: str, *value: Any) -> dict[str, Any]:
    """A condition on the field ``a``."""
    return {"field": "a", "op": op, **({"value": value[0]} if value else {})}


def often(days: int, least: int, most: int | None = None) -> dict[str, Any]:
    """A condition on how often the event ``o`` was within so many days; ever, with 0."""
    said = {"event": "o", "within_days": days, "at_least": least}
    return said if most is None else {**said, "at_most": most}


def graded(policy: str, grade: str) -> dict[str, Any]:
    """A condition on a grade."""
    return {"grade": policy, "value": grade}


def scored(policy: str, op: str, value: int) -> dict[str, Any]:
    """A condition on a score."""
    return {"score": policy, "op": op, "value": value}


class TestLint:
    """What a segment says that nobody can have meant."""

    @pytest.mark.parametrize(
        ("when", "code"),
        [
            ({"all": []}, "matches-everyone"),
            ({"any": []}, "matches-nobody"),
            ({"any": [asks("missing"), asks("present")]}, "matches-everyone"),
            ({"not": {"all": [asks("lt", 3), asks("ge", 3)]}}, "matches-everyone"),
            ({"all": [asks("lt", 3), asks("gt", 4)]}, "matches-nobody"),
            ({"all": [asks("eq", "x"), asks("eq", "y")]}, "matches-nobody"),
            ({"all": [asks("eq", True), asks("eq", False)]}, "matches-nobody"),
            ({"all": [{"event": "o", "at_least": 3}, {"event": "o", "at_least": 0, "at_most": 2}]}, "matches-nobody"),
            ({"event": "o", "at_least": 0}, "matches-everyone"),
            ({"all": [{"grade": "g", "value": "A"}, {"grade": "g", "value": "B"}]}, "matches-nobody"),
            ({"all": [{"score": "g", "value": 3}, {"score": "g", "op": "gt", "value": 3}]}, "matches-nobody"),
            ({"all": [asks("within-days", 3), asks("before-days", 3)]}, "matches-nobody"),
            ({"all": [asks("before", "2026-01-01"), asks("after", "2026-01-01")]}, "matches-nobody"),
            ({"all": [often(30, 1), often(0, 0, 0)]}, "matches-nobody"),
            ({"any": [often(30, 0, 0), often(0, 1)]}, "matches-everyone"),
            ({"all": [often(30, 5), often(90, 0, 2)]}, "matches-nobody"),
            ({"all": [often(30, 2), often(60, 0, 5), often(90, 0, 1)]}, "matches-nobody"),
            ({"all": [{"grade": "g", "value": "A"}, {"score": "g", "op": "missing"}]}, "matches-nobody"),
        ],
    )
    @pytest.mark.rule("G-08")
    def test_conditions_that_hold_always_or_never(self, when, code):
        """Nobody needs a segment of everybody, or of nobody."""
        assert [("when", code, "error")] == [
            (finding.path, finding.code, finding.level) for finding in lint_segment(segment(when))
        ]

    @pytest.mark.parametrize(
        "when",
        [
            {"all": [asks("ge", 3), asks("le", 3)]},
            {"all": [asks("gt", 3), asks("lt", 3.000001)]},
            {"all": [asks("contains", "b"), {"not": asks("contains", "bc")}, asks("ne", "b")]},
            {"all": [asks("within-days", 3), asks("before", "2020-01-01")]},
            {"all": [{"event": "o", "within_days": 30}, {"event": "o", "within_days": 90, "at_least": 3}]},
            {"all": [often(30, 5), often(90, 3, 5)]},
            {"all": [often(30, 0, 2), often(90, 5), often(0, 7)]},
            {"all": [often(30, 1), {"event": "p", "at_least": 0, "at_most": 0}]},
            {"all": [{"grade": "g", "op": "missing"}, {"score": "g", "op": "present"}]},
            {"score": "health", "op": "gt", "value": 100},
            {"all": [asks("eq", "x"), {"field": "b", "value": "y"}]},
            {"all": [{"event": "o", "at_least": 2, "at_most": 2}]},
            asks("in", [3, 4]),
        ],
    )
    def test_conditions_that_somebody_may_meet_are_left_alone(self, when):
        """What can hold, and can fail to, is no finding."""
        assert () == lint_segment(segment(when))

    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            ({"score": "health", "op": "gt", "value": 100}, [("matches-nobody", "error")]),
            ({"not": {"score": "health", "op": "lt", "value": 0}}, [("matches-everyone", "error")]),
            ({"score": "health", "op": "ge", "value": 100}, []),
            ({"all": [graded("health", "healthy"), scored("health", "lt", 40)]}, [("matches-nobody", "warning")]),
            ({"all": [graded("health", "healthy"), scored("health", "lt", 71)]}, []),
            (
                {"any": [{"not": graded("health", "high")}, {"not": scored("health", "ge", 40)}]},
                [("matches-everyone", "warning")],
            ),
            ({"all": [graded("lead-grade", "A"), scored("lead-grade", "lt", 100)]}, [("matches-nobody", "warning")]),
            ({"all": [graded("lead-grade", "A"), scored("lead-grade", "lt", 101)]}, []),
            ({"all": [graded("abc-grade", "A"), scored("abc-grade", "lt", 40)]}, [("matches-nobody", "warning")]),
            ({"all": [graded("abc-grade", "B"), scored("abc-grade", "ge", 60)]}, []),
            ({"all": [graded("health", "high"), graded("loyalty", "loyal")]}, []),
            ({"all": [{"grade": "health", "op": "missing"}, scored("health", "ge", 0)]}, [("matches-nobody", "error")]),
        ],
    )
    @pytest.mark.rule("G-08")
    def test_what_a_known_policy_never_gives(self, when, expected):
        """Scores out of its range; and grades that do not go with a score, unless a person says them."""
        known = Vocabulary(policies={name: shipped(name) for name in shipped_names()})

        assert expected == [(one.code, one.level) for one in lint_segment(segment(when), known)]

    def test_a_policy_of_too_much_is_taken_for_an_unknown_one(self, monkeypatch):
        """What nobody can look through says nothing of the segment."""
        monkeypatch.setattr("crmcore.scoring.cells.MOST_SUMS", 2)
        monkeypatch.setattr("crmcore.scoring.cells.MOST_CELLS", 2)
        known = Vocabulary(policies={name: shipped(name) for name in ("health", "abc-grade")})

        for name in known.policies:
            assert () == lint_segment(segment(scored(name, "gt", 1000)), known)

    def test_a_grade_that_a_person_says_may_stand_beside_any_score(self):
        """So what is found by the pairs of a policy is a warning: somebody may be there all the same."""
        made = policy(low_high("f"))
        score = attrs.evolve(evaluate(made, {"f": 0}, NOW), grade="A")
        when = {"all": [graded("made", "A"), scored("made", "lt", 10)]}

        assert ["warning"] == [one.level for one in lint_segment(segment(when), Vocabulary(policies={"made": made}))]
        assert matches(segment(when), Facts("C1"), NOW, {"made": score})

    def test_windows_of_one_event_beyond_counting_prove_nothing(self):
        """Each further window makes more combinations; too many are too many."""
        many = {"all": [often(days, 0, days) for days in range(1, 31)]}

        assert [("when", "not-proved")] == [(one.path, one.code) for one in lint_segment(segment(many))]

    def test_too_many_values_prove_nothing(self):
        """Rather than guess, the lint says so."""
        many = {"all": [{"field": f"f{place}", "op": "lt", "value": place} for place in range(12)]}

        assert [("when", "not-proved")] == [(one.path, one.code) for one in lint_segment(segment(many))]

    @pytest.mark.rule("G-08")
    def test_unknown_names_are_found(self):
        """Fields, events, policies and grades that nobody knows, by their paths."""
        vocabulary = Vocabulary({"size"}, {"order"}, {"abc-grade": shipped("abc-grade")})
        when = {
            "all": [
                {"field": "size", "op": "lt", "value": 3},
                {"field": "seize", "op": "lt", "value": 3},
                {"not": {"event": "odor"}},
                {
                    "any": [
                        {"grade": "abc-grade", "op": "in", "value": ["A", "D"]},
                        {"score": "abc", "op": "gt", "value": 1},
                    ]
                },
                {"grade": "abc-grade", "op": "present"},
                {"event": "order"},
            ]
        }

        assert [
            ("when.all[1].field", "unknown-name"),
            ("when.all[2].not.event", "unknown-name"),
            ("when.all[3].any[0].value", "unknown-name"),
            ("when.all[3].any[1].score", "unknown-name"),
        ] == [(finding.path, finding.code) for finding in lint_segment(segment(when), vocabulary)]


names = st.sampled_from(["a", "b"])
decimals = st.integers(-3, 3).map(Decimal)
texts = st.lists(st.sampled_from("xyz"), min_size=1).map(tuple)


@st.composite
def leaves(draw: Any) -> Condition:
    """A comparison of a field, or a count of an event."""
    if draw(st.booleans()):
        least = draw(st.integers(0, 3))
        most = draw(st.sampled_from([None, least, 3]))
        return Happened(Variable("event", "o", draw(st.sampled_from([0, 30]))), least, most)
    op = draw(st.sampled_from(["lt", "ge", "eq", "ne", "missing", "present", "in"]))
    operands = {"missing": st.none(), "present": st.none(), "in": texts}
    return Check(Variable("field", draw(names)), op, draw(operands.get(op, decimals)))


conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda of: AllOf(tuple(of))),
        st.lists(inner, max_size=3).map(lambda of: AnyOf(tuple(of))),
        inner.map(Not),
    ),
    max_leaves=5,
)
values = st.one_of(st.none(), st.integers(-4, 4), st.sampled_from(["x", "y", "w"]), st.booleans())


@given(conditions)
@pytest.mark.rule("G-08")
def test_any_condition_survives_its_file(condition):
    """Whatever is nested in whatever comes back from TOML as it was."""
    made = Segment("made", "1", condition)

    assert (made,) == segments_from_toml(segments_toml([made]))


@given(conditions, st.data())
@pytest.mark.rule("G-08")
def test_what_is_said_to_hold_always_or_never_does(condition, data):
    """The lint's word on everybody and nobody is kept by every case that is tried."""
    made = Segment("made", "1", condition)
    verdict = {finding.code for finding in lint_segment(made)}
    ago = data.draw(st.lists(st.sampled_from([10, 50]), max_size=4))
    orders = tuple(Fact("o", f"O{place}", NOW - days * DAY) for place, days in enumerate(ago))
    facts = Facts("C1", {"a": data.draw(values), "b": data.draw(values)}, orders)

    belongs = matches(made, facts, NOW)

    assert belongs or "matches-everyone" not in verdict
    assert not belongs or "matches-nobody" not in verdict
    assert belongs is explain_match(made, facts, NOW)[0].held


@given(st.data())
@pytest.mark.rule("G-08")
def test_every_score_is_among_the_results_of_its_policy(data):
    """What segments are tried with is no less than what a policy gives, whatever it is given."""
    made = data.draw(policies())
    score = evaluate(made, data.draw(inputs_for(made)), NOW)

    found = results(made)

    assert found is not None
    assert (float(score.clamped), score.grade) in found
