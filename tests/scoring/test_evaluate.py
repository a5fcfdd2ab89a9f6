"""Evaluating and explaining: which band, how many points, which grade, and what held it down."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest

from crmcore import Invalid
from crmcore.scoring import (
    MISSING,
    NOT_APPLICABLE,
    Band,
    Categories,
    Category,
    Dimension,
    Evidence,
    Factor,
    Feature,
    FirstMatch,
    Gap,
    Grade,
    Level,
    Matrix,
    Rule,
    Score,
    ScoringPolicy,
    Sum,
    evaluate,
    evaluate_many,
    evaluator,
    explain,
    score_data,
    score_from,
    shipped,
    shown,
)
from crmcore.scoring.explaining import explanation_data
from crmcore.scoring.grading import Verdict
from tests.scoring.made import DAY, NONE, NOW, UNKNOWN, banded, low_high, policy

CHANNEL = Factor(
    key="channel",
    source="field",
    params={"name": "channel"},
    missing=UNKNOWN,
    not_applicable=NONE,
    categories=Categories((Category(("web", "true"), 3, "online"),), Band(None, 1, "other")),
)
SIZE = banded("size", (None, 0, "small"), (10, 5, "fair"), (20, 9, "big"))


def verdict_of(made: ScoringPolicy, score: Score) -> Verdict:
    """What an explanation says of the grade."""
    told = explain(made, score)
    return Verdict(score.grade, told.by, told.levels, told.held_by)


class TestBands:
    """Which outcome a value comes to."""

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            (-1e308, "small"),
            (9.999999999999998, "small"),
            (10, "fair"),
            (10.0, "fair"),
            (Decimal(10), "fair"),
            (19, "fair"),
            (20, "big"),
            (1e308, "big"),
            (MISSING, "unknown"),
            (NOT_APPLICABLE, "none"),
        ],
    )
    def test_numbers_fall_into_half_open_bands(self, value, code):
        """A band begins at its edge and ends before the next."""
        assert code == evaluate(policy(SIZE), {"size": value}, NOW).codes["size"]

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            ("web", "online"),
            (True, "online"),
            (False, "other"),
            ("Web", "other"),
            ("", "other"),
            (MISSING, "unknown"),
            (NOT_APPLICABLE, "none"),
        ],
    )
    def test_texts_fall_into_categories(self, value, code):
        """Texts count as they are written; yes and no are ``true`` and ``false``."""
        assert code == evaluate(policy(CHANNEL), {"channel": value}, NOW).codes["channel"]

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([float("nan"), "web"], [("size", "out-of-range")]),
            ([float("inf"), "web"], [("size", "out-of-range")]),
            ([float("-inf"), "web"], [("size", "out-of-range")]),
            ([Decimal("NaN"), "web"], [("size", "out-of-range")]),
            (["ten", "web"], [("size", "wrong-type")]),
            ([True, "web"], [("size", "wrong-type")]),
            ([1, 2], [("channel", "wrong-type")]),
            ([1, 2.5], [("channel", "wrong-type")]),
            ([None, "web"], [("size", "wrong-type")]),
            (["ten", 2], [("size", "wrong-type"), ("channel", "wrong-type")]),
            ([1], [("values", "wrong-type")]),
            ([1, "web", 3], [("values", "wrong-type")]),
            (3, [("values", "wrong-type")]),
        ],
    )
    def test_the_evaluator_refuses_what_has_no_place(self, values, expected):
        """NaN and infinities are refused, and so are values of the wrong kind, each by the factor's name."""
        with pytest.raises(Invalid) as caught:
            evaluator(policy(SIZE, CHANNEL)).cell(values)

        assert expected == [(fault.path, fault.code) for fault in caught.value.faults]

    @pytest.mark.parametrize(
        ("size", "weight", "expected"),
        [
            (float("nan"), float("inf"), [("size", "out-of-range"), ("weight", "out-of-range")]),
            (10**400, None, [("size", "out-of-range"), ("weight", "wrong-type")]),
            ("ten", Decimal("NaN"), [("size", "wrong-type"), ("weight", "out-of-range")]),
            (Feature(5), Decimal("sNaN"), [("weight", "out-of-range")]),
            (Feature("ten"), [3], [("size", "wrong-type"), ("weight", "wrong-type")]),
        ],
        ids=["both", "huge", "text", "one", "list"],
    )
    def test_an_evaluation_names_every_factor_whose_value_is_none(self, size, weight, expected):
        """All of them at once, each by its key, whether the value is refused by itself or by the factor."""
        made = policy(SIZE, CHANNEL, low_high("weight"))
        row = {"size": size, "channel": "web", "weight": weight}
        for score in (lambda: evaluate(made, row, NOW), lambda: list(evaluate_many(made, [row], NOW))):
            with pytest.raises(Invalid) as caught:
                score()

            assert expected == [(fault.path, fault.code) for fault in caught.value.faults]

    def test_every_factor_needs_a_value(self):
        """What is not known is MISSING; a factor without a value is a slip."""
        with pytest.raises(Invalid) as caught:
            evaluate(policy(SIZE, CHANNEL), {"size": 3, "else": 5}, NOW)

        assert [("channel", "missing")] == [(fault.path, fault.code) for fault in caught.value.faults]

    def test_a_moment_needs_an_offset(self):
        """A score is as of an instant."""
        with pytest.raises(Invalid) as caught:
            evaluate(policy(SIZE), {"size": 3}, datetime(2026, 7, 1))  # noqa: DTZ001

        assert [("as_of", "naive-time")] == [(fault.path, fault.code) for fault in caught.value.faults]

    def test_what_the_policy_does_not_ask_is_ignored(self):
        """A host may compute more features than one policy needs."""
        assert {"size"} == set(evaluate(policy(SIZE), {"size": 3, "else": 5}, NOW).inputs)

    def test_cells_are_kept_up_to_a_bound(self, monkeypatch):
        """However many cells are met, memory stays bounded, and the answers stay the same."""
        monkeypatch.setattr("crmcore.scoring.compiling.KEPT", 1)
        made = policy(SIZE, CHANNEL, id="bounded", group_caps={"all": 10})
        compiled = evaluator(made)
        sizes = {"small": 5, "fair": 15, "big": 25}

        cells = [compiled.cell([size, "web"]) for size in sizes.values()] * 2
        verdicts = [compiled.verdict((code, "online")).grade for code in [*sizes] * 2]
        excesses = [compiled.excesses((code, "online")) for code in [*sizes] * 2]

        assert ["B", "B", "A"] * 2 == [cell.grade for cell in cells] == verdicts
        assert [(), (), (("all", Decimal(2)),)] * 2 == excesses
        assert (1, 1, 1) == (len(compiled._cells), len(compiled._verdicts), len(compiled._excesses))


class TestSums:
    """Points, weights, caps, floor and ceiling."""

    def test_raw_and_clamped_are_told_apart(self):
        """The raw score is the sum; the clamped one decides the grade."""
        made = policy(banded("f", (None, 150, "x")), combine=Sum(0, 100), grades=(Grade("B"), Grade("A", 150)))
        score = evaluate(made, {"f": 1}, NOW)

        assert (Decimal(150), Decimal(100), "B") == (score.raw, score.clamped, score.grade)

    def test_weights_are_exact(self):
        """Three times 0.1 is 0.3, and reaches a grade that begins there."""
        factors = [low_high(name, 1, 1, weight=0.1) for name in "abc"]
        made = policy(*factors, grades=(Grade("B"), Grade("A", 0.3)))
        score = evaluate(made, dict.fromkeys("abc", 1), NOW)

        assert (Decimal("0.3"), "A") == (score.raw, score.grade)

    def test_a_cap_is_a_row_of_its_own(self):
        """What a cap takes away is told, so that rows add up."""
        made = policy(low_high("a", group="g"), low_high("b", group="g"), low_high("c"), group_caps={"g": 12.5})
        score = evaluate(made, {"a": 10, "b": 10, "c": 10}, NOW)
        explanation = explain(made, score)

        assert Decimal("22.5") == score.raw == explanation.total
        assert [("a", 10), ("b", 10), ("c", 10), ("", Decimal("-7.5"))] == [
            (row.factor, row.contribution) for row in explanation.rows
        ]
        assert [False, False, False, True] == [row.is_cap for row in explanation.rows]

    def test_a_cap_that_is_not_reached_says_nothing(self):
        """Below the cap there is no row for it."""
        made = policy(low_high("a", group="g"), group_caps={"g": 12})

        assert 1 == len(explain(made, evaluate(made, {"a": 10}, NOW)).rows)

    def test_factors_that_could_lift_the_grade_held_it_down(self):
        """Of a sum, those factors held the grade down that would lift it at their best."""
        made = policy(low_high("a"), low_high("b", points=3), low_high("c"), grades=(Grade("B"), Grade("A", 20)))

        def held(**values: int) -> tuple[str, ...]:
            return explain(made, evaluate(made, values, NOW)).held_by

        assert ("c",) == held(a=10, b=0, c=0)
        assert () == held(a=0, b=0, c=0)
        assert () == held(a=10, b=0, c=10)


class TestMatrix:
    """Two sums, one cell."""

    LEVELS = (Level("low"), Level("mid", 10), Level("high", 20))
    MADE = policy(
        banded("a", (None, 0, "x"), (1, 10, "y"), (2, 20, "z"), group="fit"),
        banded("b", (None, 0, "x"), (1, 10, "y"), (2, 20, "z"), group="urgency"),
        grades=(Grade("C"), Grade("B"), Grade("A")),
        combine=Matrix(
            Dimension("fit", LEVELS),
            Dimension("urgency", LEVELS),
            {
                "low": {"low": "C", "mid": "C", "high": "B"},
                "mid": {"low": "C", "mid": "B", "high": "B"},
                "high": {"low": "C", "mid": "B", "high": "A"},
            },
        ),
    )

    @pytest.mark.parametrize(
        ("fit", "urgency", "grade", "held"),
        [
            (2, 2, "A", ()),
            (2, 1, "B", ("urgency",)),
            (1, 2, "B", ("fit",)),
            (1, 1, "B", ("fit", "urgency")),
            (0, 0, "C", ("urgency",)),
            (2, 0, "C", ("urgency",)),
        ],
    )
    def test_the_cell_grades_and_names_the_side_that_held_it_down(self, fit, urgency, grade, held):
        """A side held the grade down if its best level would lift it; if none does alone, both did."""
        verdict = verdict_of(self.MADE, evaluate(self.MADE, {"a": fit, "b": urgency}, NOW))

        assert (grade, "matrix", held) == (verdict.grade, verdict.by, verdict.held_by)

    def test_levels_are_told(self):
        """The explanation says at which level each side is."""
        explanation = explain(self.MADE, evaluate(self.MADE, {"a": 1, "b": 2}, NOW))

        assert {"fit": "mid", "urgency": "high"} == explanation.levels

    def test_an_empty_cell_has_no_grade(self):
        """Nothing is made up where the matrix says nothing."""
        assert isinstance(self.MADE.combine, Matrix)
        hole = attrs.evolve(self.MADE, combine=attrs.evolve(self.MADE.combine, cells={"low": {"low": "C"}}))
        score = evaluate(hole, {"a": 2, "b": 2}, NOW)

        assert score.grade is None
        assert "empty-cell" == explain(hole, score).by


class TestRules:
    """The first rule that fits, and what closes the gap."""

    DIMENSIONS: ClassVar = {
        "size": {"small": "C", "fair": "B", "big": "A"},
        "pace": {"small": "C", "fair": "B", "big": "A"},
        "mood": {"low": "B", "high": "A"},
    }
    FACTORS = (SIZE, attrs.evolve(SIZE, key="pace"), low_high("mood"))
    GRADES = (Grade("C"), Grade("B"), Grade("A"))

    def made(self, **fields):
        """A policy of these factors, by rules."""
        return policy(*self.FACTORS, grades=self.GRADES, combine=FirstMatch(**fields))

    def verdict(self, made, **values):
        """The verdict on these values."""
        return verdict_of(made, evaluate(made, values, NOW))

    def test_the_first_rule_that_fits_wins_where_that_is_declared(self):
        """Two rules of different grades may fit: their order decides."""
        rules = (Rule("C", {"mood": ("low",)}), Rule("A", {"size": ("big",)}), Rule("B", {}))
        made = self.made(rules=rules, overlaps="first-wins")

        assert [("C", "rule-1"), ("A", "rule-2"), ("B", "rule-3")] == [
            self.verdict(made, size=size, pace=0, mood=mood)[:2] for size, mood in ((20, 0), (20, 10), (0, 10))
        ]

    def test_otherwise_rules_that_disagree_give_no_grade(self):
        """Without a declared precedence nothing is made up; rules that agree are no matter."""
        rules = (Rule("C", {"mood": ("low",)}), Rule("A", {"size": ("big",)}), Rule("C", {"pace": ("small",)}))
        made = self.made(rules=rules)

        assert (None, "rules-disagree") == self.verdict(made, size=20, pace=10, mood=0)[:2]
        assert ("C", "rule-1") == self.verdict(made, size=0, pace=0, mood=0)[:2]

    def test_a_refused_gap_stays_open(self):
        """Where no rule fits and the policy leaves it at that, there is no grade."""
        made = self.made(rules=(Rule("A", {"size": ("big",)}),))

        assert (None, "no-rule-fits") == self.verdict(made, size=0, pace=0, mood=0)[:2]

    def test_the_weakest_dimension_decides(self):
        """Each dimension has a grade of its own, and the worst holds; all that are so bad held it down."""
        made = self.made(gap=Gap("weakest", self.DIMENSIONS))

        assert ("C", "weakest", ("pace",)) == self.held(made, size=20, pace=0, mood=0)
        assert ("B", "weakest", ("pace", "mood")) == self.held(made, size=20, pace=10, mood=0)
        assert ("A", "weakest", ()) == self.held(made, size=20, pace=20, mood=10)
        assert ("B", "weakest", ()) == self.held(made, size=10, pace=10, mood=0)

    def held(self, made, **values):
        """Grade, what decided, and what held it down."""
        verdict = self.verdict(made, **values)
        return verdict.grade, verdict.by, verdict.held_by

    def test_a_dimension_without_a_grade_has_no_say(self):
        """What is missing holds nobody down, unless the policy says so; if nothing has a say there is no grade."""
        made = self.made(gap=Gap("weakest", self.DIMENSIONS))

        assert ("A", "weakest", ()) == self.held(made, size=20, pace=MISSING, mood=10)
        assert (None, "no-rule-fits", ()) == self.held(made, size=MISSING, pace=MISSING, mood=MISSING)

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"size": 20, "pace": 20, "mood": 10}, ("A", ())),
            ({"size": 20, "pace": 0, "mood": 10}, ("B", ("pace",))),
            ({"size": 20, "pace": 0, "mood": 0}, ("B", ("pace", "mood"))),
            ({"size": 10, "pace": 0, "mood": 0}, ("C", ("pace",))),
            ({"size": 10, "pace": 20, "mood": 10}, ("B", ())),
            ({"size": 0, "pace": 20, "mood": 10}, ("C", ())),
            ({"size": 20, "pace": MISSING, "mood": MISSING}, ("A", ())),
        ],
    )
    @pytest.mark.rule("G-01")
    def test_the_amount_leads_and_others_lower_by_one(self, values, expected):
        """The leading dimension sets the grade; the others lower it by one altogether, and never raise it."""
        made = self.made(gap=Gap("amount-led", self.DIMENSIONS, ("size",), ("pace", "mood")))
        verdict = self.verdict(made, **values)

        assert (expected[0], "amount-led", expected[1]) == (verdict.grade, verdict.by, verdict.held_by)

    def test_several_may_lead(self):
        """Of several leading dimensions the worst sets the grade, and is told if the others were better."""
        made = self.made(gap=Gap("amount-led", self.DIMENSIONS, ("size", "pace"), ("mood",)))

        assert ("C", "amount-led", ("pace",)) == self.held(made, size=20, pace=0, mood=0)
        assert ("B", "amount-led", ("mood",)) == self.held(made, size=20, pace=20, mood=0)

    def test_others_may_lower_by_more_where_the_policy_says_so(self):
        """``at_most`` bounds how far the grade is lowered."""
        made = self.made(gap=Gap("amount-led", self.DIMENSIONS, ("size",), ("pace",), 2))

        assert ("C", "amount-led", ("pace",)) == self.held(made, size=20, pace=0, mood=0)

    def test_without_the_lead_there_is_no_grade(self):
        """If the leading dimension is unknown, nothing is made up."""
        made = self.made(gap=Gap("amount-led", self.DIMENSIONS, ("size",)))

        assert (None, "lead-unknown", ()) == self.held(made, size=MISSING, pace=20, mood=10)


class TestExplanations:
    """What an explanation says, and what it refuses to explain."""

    ORDER = Evidence("order", "O1", NOW - DAY)

    def test_each_row_has_value_evidence_band_points_and_weight(self):
        """The row of a factor tells where the points come from."""
        made = policy(low_high("f", weight=0.5), grades=(Grade("B"), Grade("A", 5)))
        (row,) = explain(made, evaluate(made, {"f": Feature(12, (self.ORDER,))}, NOW)).rows

        assert ("f", "all", 12.0, (self.ORDER,), "high", 10, Decimal("0.5"), Decimal("5.0")) == attrs.astuple(
            row, recurse=False
        )

    @pytest.mark.parametrize(
        ("lang", "names", "reason"),
        [
            (
                "en",
                ["annual amount", "500,000 and more", "B"],
                "no rule fits: the leading dimension decides, the others may lower it; held down by contact, new need",
            ),
            (
                "zh",
                ["年交易额", "50 万及以上", "B 级"],
                "没有规则适用：由主导维度决定，其他维度可下调；受限于 联系频率、新需求",
            ),
        ],
    )
    @pytest.mark.rule("G-05")
    def test_it_is_told_in_both_languages(self, lang, names, reason):
        """Labels of factors, bands and grades, and the reason, in English and Chinese."""
        abc = shipped("abc-grade")
        explanation = explain(abc, evaluate(abc, {"amount": 600_000, "margin": 0.3, "contact": 1, "need": 0}, NOW))
        row = explanation.rows[0]

        assert names == [explanation.label(row, lang), explanation.band(row, lang), explanation.grade(lang)]
        assert reason == explanation.reason(lang)

    def test_caps_rules_and_missing_grades_have_words_too(self):
        """The words of what is no factor."""
        made = policy(
            low_high("f", group="g"),
            group_caps={"g": 5},
            grades=(Grade("A"),),
            combine=FirstMatch((Rule("A", {"f": ("high",)}),)),
        )
        good, bad = (explain(made, evaluate(made, {"f": value}, NOW)) for value in (10, 0))

        assert ("cap of the group g", "") == (good.label(good.rows[1]), good.band(good.rows[1]))
        assert ("rule 1 decides", "由规则 1 决定") == (good.reason("en"), good.reason("zh"))
        assert ("no grade", "无等级") == (bad.grade("en"), bad.grade("zh"))

    def test_sides_of_a_matrix_go_by_their_groups(self):
        """What held the grade down is named by the label of the group."""
        lead = shipped("lead-grade")
        values: dict[str, Any] = {
            "industry": True,
            "region": True,
            "role": "decision-maker",
            "budget": 1e6,
            "purchase": 400,
            "channel": "other",
            "activity": 90,
            "interest": 0,
        }
        explanation = explain(lead, evaluate(lead, values, NOW))

        assert ("B", ("urgency",)) == (explanation.score.grade, explanation.held_by)
        assert explanation.reason("zh").endswith("受限于 紧迫度")

    @pytest.mark.parametrize(
        ("value", "en", "zh"),
        [
            (3.0, "3", "3"),
            (0.25, "0.25", "0.25"),
            (True, "yes", "是"),
            ("web", "web", "web"),
            (MISSING, "missing", "缺失"),
            (NOT_APPLICABLE, "not applicable", "不适用"),
        ],
    )
    def test_values_are_shown(self, value, en, zh):
        """Numbers without a needless point; yes, no and what is lacking in words."""
        assert (en, zh) == (shown(value, "en"), shown(value, "zh"))

    def test_it_is_plain_data_too(self):
        """Codes and exact numbers, for programs."""
        made = policy(low_high("f", group="g"), group_caps={"g": 5.5})
        data = explanation_data(explain(made, evaluate(made, {"f": Feature(12, (self.ORDER,))}, NOW)))

        assert ("5.5", "B", "sum") == (data["raw"], data["grade"], data["by"])
        assert [("f", "10", ["O1"]), (None, "-4.5", [])] == [
            (row["factor"], str(Decimal(row["contribution"]).normalize() + 0), row["evidence"]) for row in data["rows"]
        ]

    def test_only_its_own_policy_explains_a_score(self):
        """Another state of the policy would tell another story."""
        made = policy(low_high("f"))
        score = evaluate(made, {"f": 1}, NOW)
        with pytest.raises(Invalid) as caught:
            explain(attrs.evolve(made, version="2"), score)

        assert [("policy", "not-allowed")] == [(fault.path, fault.code) for fault in caught.value.faults]

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"raw": Decimal(99)}, [("raw", "not-allowed")]),
            ({"grade": "A"}, [("raw", "not-allowed")]),
            ({"codes": {"f": "high"}}, [("codes", "not-allowed")]),
            ({"codes": {}}, [("codes", "not-allowed")]),
            ({"inputs": {}}, [("inputs", "missing")]),
        ],
    )
    def test_a_score_that_was_tampered_with_is_refused(self, changes, expected):
        """A score that does not follow from its own values has no explanation."""
        made = policy(low_high("f"))
        with pytest.raises(Invalid) as caught:
            explain(made, attrs.evolve(evaluate(made, {"f": 1}, NOW), **changes))

        assert expected == [(fault.path, fault.code) for fault in caught.value.faults]


class TestScores:
    """Scores as records."""

    def test_many_are_scored_in_order(self):
        """A row after the other, as of one moment."""
        scores = list(evaluate_many(policy(SIZE), [{"size": 25}, {"size": 1}], NOW))

        assert ["B", "B"] == [score.grade for score in scores]
        assert ["big", "small"] == [score.codes["size"] for score in scores]

    def test_a_score_tells_its_policy(self):
        """Id, version and digest stand on it."""
        made = policy(SIZE)
        score = evaluate(made, {"size": 3}, NOW)

        assert (made.stamp, made.digest, NOW) == (score.stamp, score.digest, score.as_of)

    def test_figures_of_many_digits_come_back(self):
        """Where a number of JSON would round them they are text; what was stored as a number is read as ever."""
        made = policy(
            low_high("f", 1, 1_000_000, weight=1000), low_high("g", 1, 100, group="g"), group_caps={"g": 33.123456789}
        )
        score = evaluate(made, {"f": 5, "g": 5}, NOW)
        data = json.loads(json.dumps(score_data(score)))
        rounded = score_from({**data, "raw": float(score.raw), "clamped": float(score.clamped)})

        assert "1000000033.123456789" == data["raw"] == data["clamped"]
        assert score == score_from(data)
        assert score.raw == explain(made, score_from(data)).total
        assert rounded.raw == Decimal(repr(float(score.raw))) != score.raw
        assert 10.5 == score_data(attrs.evolve(score, raw=Decimal("10.50")))["raw"]

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"raw": "many"}, "raw"),
            ({"inputs": {"f": {"value": [1]}}}, "inputs.f"),
            ({"inputs": {"f": 3}}, "inputs.f"),
            ({"inputs": [1]}, "inputs"),
            ({"inputs": None}, "inputs"),
            ({"inputs": "x"}, "inputs"),
            ({"inputs": {1: {"value": 3}}}, "inputs"),
            ({"as_of": "2026-07-01"}, "as_of"),
        ],
    )
    def test_stored_scores_are_checked(self, changes, path):
        """What was not written by ``score_data`` is refused by its path."""
        made = policy(low_high("f"))
        with pytest.raises(Invalid) as caught:
            score_from({**score_data(evaluate(made, {"f": 3}, NOW)), **changes})

        assert [path] == [fault.path for fault in caught.value.faults]
