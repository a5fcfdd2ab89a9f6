"""What a scoring policy says that its author can hardly have meant."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from crmcore import PolicyInvalid
from crmcore.scoring import (
    MISSING,
    SOURCES,
    AsOf,
    Band,
    Categories,
    Category,
    Dimension,
    Factor,
    Facts,
    Feature,
    FirstMatch,
    Gap,
    Grade,
    Level,
    Matrix,
    Rule,
    ScoringPolicy,
    Source,
    Sum,
    bind,
    lint,
    shipped,
    shipped_names,
    sound,
)
from crmcore.scoring.findings import TEXTS, Finding
from tests.scoring.made import NONE, NOW, UNKNOWN, banded, low_high, policy, worded

THREE = (Grade("C"), Grade("B"), Grade("A"))


def found(made: ScoringPolicy, **sources: Any) -> list[tuple[str, str]]:
    """Path and code of each finding."""
    return [(finding.path, finding.code) for finding in lint(made, {**SOURCES, **sources})]


def abc_read_as_and(**combine: Any) -> ScoringPolicy:
    """G-01 as it is written, read as: all of these at once."""
    shares = {"source": "share-of-total", "params": {"of": "profit", "days": 365}}
    contacts = {"source": "count", "params": {"of": "contact", "months": 6}}
    return policy(
        banded("amount", (None, 0, "low"), (100_000, 0, "mid"), (500_000, 0, "high")),
        banded("share", (None, 0, "low"), (0.05, 0, "mid"), (0.2, 0, "high"), **shares),
        banded("contact", (None, 0, "seldom"), (2, 0, "some"), (4, 0, "quarterly"), (12, 0, "monthly"), **contacts),
        low_high("need", 1, 0, source="count", params={"of": "need", "days": 90}),
        grades=THREE,
        combine=FirstMatch(
            (
                Rule("A", {"amount": ("high",), "share": ("high",), "contact": ("monthly",), "need": ("high",)}),
                Rule("B", {"amount": ("mid",), "share": ("mid",), "contact": ("quarterly", "monthly")}),
                Rule("C", {"amount": ("low",), "share": ("low",), "contact": ("seldom",)}),
            ),
            **combine,
        ),
    )


class TestTheFieldsOwnRules:
    """The holes of the rules as they are handed down, and the policies that close them."""

    @pytest.mark.rule("G-01")
    def test_abc_read_as_and_leaves_65_of_72_combinations_without_a_grade(self):
        """The hole that the shipped policy closes."""
        (hole,) = (finding for finding in lint(abc_read_as_and()) if finding.code == "ungraded-cells")

        assert ("combine.gap", 65, 72) == (hole.path, hole.params["known"], hole.params["of_known"])
        assert hole.message("en").startswith("combine.gap: 65 of 72 combinations of known values get no grade")
        assert hole.message("zh").startswith("combine.gap：72 种已知取值组合中有 65 种没有等级")

    @pytest.mark.rule("G-01")
    def test_a_share_of_all_profit_of_a_fifth_is_for_five_at_most(self):
        """Shares of the whole add up to 1, so there can never be six of them."""
        shares = [finding for finding in lint(abc_read_as_and()) if finding.code == "few-can-reach"]

        assert [("factors.share.bands.mid", 20), ("factors.share.bands.high", 5)] == [
            (finding.path, finding.params["most"]) for finding in shares
        ]

    @pytest.mark.rule("G-02")
    def test_new_and_lost_overlap_unless_the_order_is_declared(self):
        """Four months old and three months silent is both: precedence is to be declared."""
        stages = shipped("life-stage")
        assert isinstance(stages.combine, FirstMatch)
        undeclared = attrs.evolve(stages, combine=attrs.evolve(stages.combine, overlaps="refuse"))
        (overlap,) = (finding for finding in lint(undeclared) if finding.code == "overlap")

        assert "combine.overlaps" == overlap.path
        assert () == lint(stages)

    @pytest.mark.parametrize("name", shipped_names())
    @pytest.mark.rule("G-06")
    def test_what_is_shipped_is_sound(self, name):
        """There is nothing to find in the shipped policies."""
        assert () == lint(shipped(name))


def never(facts: Facts, as_of: AsOf) -> Feature:
    """A source that nothing is known of."""
    return Feature(MISSING)


class TestFactors:
    """Bands, points and sources."""

    @pytest.mark.parametrize(
        ("factor", "expected"),
        [
            (low_high("f", 5, source="votes"), [("factors[0].source", "source-does-not-fit")]),
            (low_high("f", 5, source="count", params={}), [("factors[0].params.of", "source-does-not-fit")]),
            (
                banded("f", (None, 0, "a"), (0, 5, "b"), (9, 10, "c"), source="count", params={"of": "x"}),
                [("factors.f.bands.a", "unreachable-band")],
            ),
            (
                banded("f", (None, 0, "a"), (0.02, 5, "b"), (20, 10, "c"), source="share-of-total", params={"of": "x"}),
                [("factors.f.bands.b", "few-can-reach"), ("factors.f.bands.c", "impossible-share")],
            ),
            (
                banded("f", (None, 0, "a"), (0.0001, 10, "b"), source="share-of-total", params={"of": "x"}),
                [],
            ),
            (
                banded("f", (None, 0, "a"), (5, 20, "b"), (9, 10, "c")),
                [("factors.f.bands", "non-monotone")],
            ),
            (banded("f", (None, 20, "a"), (5, 10, "b")), []),
            (low_high("f", weight=0), [("factors.f", "no-effect")]),
            (banded("f", (None, 0, "a"), (5, 0, "b")), [("factors.f", "no-effect")]),
        ],
        ids=["source", "params", "below", "above", "small-share", "up-and-down", "down", "weightless", "pointless"],
    )
    def test_bands_against_their_source(self, factor, expected):
        """Bands that no value reaches, shares that few can have, points that go up and down, what has no effect."""
        made = policy(factor, low_high("other"))

        assert expected == [one for one in found(made) if one[1] not in {"grade-out-of-reach", "unreachable-grade"}]

    @pytest.mark.parametrize(
        ("source", "params", "edges", "expected"),
        [
            ("survey", {"method": "csat"}, (60, 80), ["b1", "b2"]),
            ("survey", {"method": "csat"}, (0.6, 0.8), []),
            ("survey", {"method": "ces"}, (0, 1, 7, 8), ["b0", "b1", "b4"]),
            ("survey", {"method": "nps"}, (-100, 0, 100, 101), ["b0", "b4"]),
            ("survey", {"method": "mine"}, (-500, 500), []),
            ("count", {}, (1.2, 1.8), ["b1"]),
            ("count", {}, (0.5, 1, 1.5), ["b1"]),
            ("days-until", {"name": "x"}, (-1.8, -1.2), ["b1"]),
            ("sum", {}, (1.2, 1.8), []),
            ("trend", {"measure": "count"}, (-2, -1.5, -1), ["b0", "b1", "b2"]),
            ("trend", {}, (-2, -1.5, -1), []),
        ],
    )
    def test_bands_that_the_source_can_never_give(self, source, params, edges, expected):
        """Its range may depend on what it is told, and some give whole numbers only."""
        bands = [(None, 0, "b0"), *((at, 10 * place, f"b{place}") for place, at in enumerate(edges, 1))]
        asked = {} if source == "days-until" else {"of": "x"}
        factor = banded("f", *bands, source=source, params={**asked, **params})
        made = policy(factor, low_high("other"))

        assert expected == [path.rpartition(".")[2] for path, code in found(made) if code == "unreachable-band"]

    @pytest.mark.parametrize("source", SOURCES)
    @pytest.mark.parametrize("lack", ["missing", "not_applicable"])
    def test_what_is_never_lacking_leads_nowhere(self, source, lack):
        """A grade that takes a missing count is out of reach; one that takes a field nobody filled in is not."""
        params = {
            "field": {"name": "x"},
            "days-until": {"name": "x"},
            "survey": {"of": "x", "method": "nps"},
            "share": {"of": "x", "among": "y"},
            "rate": {"of": "x", "to": "y"},
        }.get(source, {"of": "x"})
        never = {
            "missing": {*SOURCES} - {"field", "days-until", "share-of-total"},
            "not_applicable": {"count", "sum", "days-until", "share-of-total"},
        }[lack]
        fields: dict[str, Any] = {"source": source, "params": params, lack: Band(None, 100, "rare")}
        made = policy(
            low_high("f", 0.5, **fields),
            grades=(Grade("C"), Grade("B", 10), Grade("A", 50)),
        )

        assert (source in never) is (("grades.A", "grade-out-of-reach") in found(made))

    def test_rules_on_what_is_never_lacking_are_never_used(self):
        """A count is never missing, so a rule for that comes to nobody."""
        made = policy(
            low_high("f", 1, source="count", params={"of": "x"}),
            grades=(Grade("B"), Grade("A")),
            combine=FirstMatch((Rule("A", {"f": ("unknown",)}), Rule("B", {})), "first-wins"),
        )

        assert [("combine.rules[0]", "unreachable-rule"), ("grades.A", "unreachable-grade")] == found(made)

    @pytest.mark.parametrize("source", ["count", "trend"])
    def test_windows_of_more_than_a_hundred_years_do_not_bind(self, source):
        """They would begin before the year 1, and fail for every customer."""
        longest, longer = (
            policy(low_high("f", 0, source=source, params={"of": "x", "months": months})) for months in (1200, 1201)
        )

        assert [("factors[0].params.months", "source-does-not-fit")] == [
            one for one in found(longer) if one[1] == "source-does-not-fit"
        ]
        assert bind(longest).features(Facts("C1"), NOW)
        with pytest.raises(PolicyInvalid, match=r"from 1 to 1,200"):
            bind(longer)

    def test_a_source_of_numbers_has_no_categories(self):
        """Counts are no texts; a source that says nothing of itself may give either."""
        asked: dict[str, Any] = {
            "key": "f",
            "missing": UNKNOWN,
            "not_applicable": NONE,
            "categories": Categories((Category(("a",), 20, "a"),), Band(None, 0, "other")),
        }
        counted = Factor(source="count", params={"of": "x"}, **asked)

        assert [("factors.f.source", "wrong-kind")] == found(policy(counted))
        assert [] == found(policy(Factor(source="mine", **asked)), mine=never)

    def test_a_source_of_texts_has_no_bands(self):
        """Numbers never come from it."""
        texts = Source(never, numbers=False, texts=True)

        assert [("factors.f.source", "wrong-kind")] == found(policy(low_high("f", source="t", params={})), t=texts)

    def test_one_value_is_not_both_number_and_text(self):
        """Two factors that ask the same must take the same kind."""
        texts = Factor(
            key="g",
            source="field",
            params={"name": "f"},
            missing=UNKNOWN,
            not_applicable=NONE,
            categories=Categories((Category(("a",), 20, "a"),), Band(None, 0, "other")),
        )

        assert ("factors.g.source", "mixed-input") in found(policy(low_high("f"), texts))

    def test_factors_of_rules_have_an_effect_without_points(self):
        """What a rule or a dimension asks for counts, whatever its points."""
        ruled, led = low_high("f", points=0), low_high("g", points=0)
        combine = FirstMatch((Rule("A", {"f": ("high",)}),), gap=Gap("weakest", {"g": {"low": "B", "high": "A"}}))
        idle = policy(ruled, led, low_high("h", points=0), grades=(Grade("B"), Grade("A")), combine=combine)

        assert [("factors.h", "no-effect")] == [one for one in found(idle) if one[1] == "no-effect"]


class TestSums:
    """Grades that the sum never reaches."""

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"grades": (Grade("B"), Grade("A", 31))}, [("grades.A", "grade-out-of-reach")]),
            ({"grades": (Grade("C"), Grade("B", 11), Grade("A", 19))}, [("grades.B", "unreachable-grade")]),
            ({"grades": (Grade("B"), Grade("A", 0))}, [("grades.B", "unreachable-grade")]),
            ({"combine": Sum(10)}, [("grades.B", "unreachable-grade")]),
            ({"combine": Sum(None, 9)}, [("grades.A", "grade-out-of-reach")]),
            ({"group_caps": {"all": 9}}, [("grades.A", "grade-out-of-reach")]),
            ({"group_caps": {"all": 30}}, [("group_caps.all", "no-effect")]),
            ({}, []),
        ],
        ids=["weights", "between", "below", "floor", "ceiling", "cap", "idle-cap", "sound"],
    )
    def test_grades_out_of_reach(self, fields, expected):
        """With these weights, caps and bounds, no case comes to it."""
        made = policy(low_high("f"), low_high("g", points=20), **fields)

        assert expected == found(made)

    def test_the_best_that_can_be_had_is_told(self):
        """The finding names the highest score."""
        made = policy(low_high("f", weight=0.5), grades=(Grade("B"), Grade("A", 31)))
        (finding,) = lint(made)

        assert "grades.A: with these weights no case comes to more than 5" == finding.message()

    def test_two_factors_on_one_value_move_together(self):
        """One value cannot be low for one factor and high for the other."""
        same = {"params": {"name": "x"}}
        made = policy(
            low_high("f", 10, 10, **same),
            banded("g", (None, 20, "low"), (10, 0, "high"), **same),
            grades=(Grade("C"), Grade("B", 10), Grade("A", 30)),
        )

        assert [("grades.A", "grade-out-of-reach")] == found(made)

    def test_too_many_sums_prove_nothing(self, monkeypatch):
        """Where there are too many sums to look at, the lint says so rather than guess."""
        monkeypatch.setattr("crmcore.scoring.cells.MOST_SUMS", 3)
        made = policy(low_high("f"), low_high("g", points=20))

        assert [("factors", "not-proved")] == found(made)
        assert not sound(lint(made))


class TestMatrices:
    """Cells, levels and grades of a matrix."""

    LEVELS = (Level("low"), Level("high", 10))

    def made(self, cells: Any, levels: Any = LEVELS, **fields: Any) -> ScoringPolicy:
        """A policy of two groups with these cells."""
        matrix = Matrix(Dimension("one", levels), Dimension("two", self.LEVELS), cells)
        one, two = low_high("f", group="one"), low_high("g", group="two")
        return policy(one, two, grades=(Grade("B"), Grade("A")), combine=matrix, **fields)

    @pytest.mark.parametrize(
        ("cells", "levels", "expected"),
        [
            ({"low": {"low": "B", "high": "B"}, "high": {"low": "B", "high": "A"}}, LEVELS, []),
            (
                {"low": {"low": "B"}, "high": {"low": "B", "high": "A"}},
                LEVELS,
                [("combine.cells.low.high", "ungraded-cell")],
            ),
            (
                {"low": {"low": "A", "high": "B"}, "high": {"low": "B", "high": "B"}},
                LEVELS,
                [("combine.cells.low.high", "non-monotone-cells"), ("combine.cells.high.low", "non-monotone-cells")],
            ),
            (
                {"low": {"low": "B", "high": "B"}, "high": {"low": "B", "high": "B"}},
                LEVELS,
                [("grades.A", "unreachable-grade")],
            ),
            (
                {"low": {"low": "B", "high": "B"}, "high": {"low": "B", "high": "A"}},
                (Level("low"), Level("high", 11)),
                [("combine.rows.levels.high", "unreachable-level"), ("grades.A", "unreachable-grade")],
            ),
        ],
        ids=["sound", "empty", "falling", "unused-grade", "level"],
    )
    def test_cells_and_levels(self, cells, levels, expected):
        """Empty cells, grades that fall where a level rises, levels and grades that nothing leads to."""
        assert expected == found(self.made(cells, levels))

    def test_a_cap_may_keep_a_level_out_of_reach(self):
        """Caps count before levels do."""
        cells = {"low": {"low": "B", "high": "B"}, "high": {"low": "B", "high": "A"}}

        assert ("combine.rows.levels.high", "unreachable-level") in found(self.made(cells, group_caps={"one": 9}))

    def test_too_many_sums_leave_the_cells_to_look_at(self, monkeypatch):
        """Empty cells are found even so."""
        monkeypatch.setattr("crmcore.scoring.cells.MOST_SUMS", 1)

        assert [("factors", "not-proved"), ("combine.cells.low.high", "ungraded-cell")] == found(
            self.made({"low": {"low": "B"}, "high": {"low": "B", "high": "A"}})
        )


class TestRules:
    """Rules in order."""

    def made(self, *rules: Rule, **fields: Any) -> ScoringPolicy:
        """A policy of these rules."""
        factors = (low_high("f"), low_high("g"))
        return policy(*factors, grades=THREE, combine=FirstMatch(rules, **{"overlaps": "first-wins", **fields}))

    @pytest.mark.parametrize(
        ("rules", "expected"),
        [
            (
                (Rule("A", {"f": ("high",)}), Rule("B", {"f": ("high",), "g": ("low",)}), Rule("C", {})),
                [("combine.rules[1]", "unreachable-rule"), ("grades.B", "unreachable-grade")],
            ),
            ((Rule("A", {"f": ("high",)}), Rule("B", {"g": ("high",)}), Rule("C", {})), []),
            (
                (Rule("A", {"f": ("high", "low")}), Rule("B", {"f": ("unknown",)}), Rule("C", {"g": ("low",)})),
                [("combine.gap", "ungraded-cells")],
            ),
        ],
        ids=["shadowed", "sound", "missing"],
    )
    def test_rules_grades_and_gaps(self, rules, expected):
        """Rules that never come first, grades nobody gets, combinations no rule fits."""
        assert expected == found(self.made(*rules))

    def test_the_example_has_known_values_if_it_can(self):
        """An author sees a combination of bands rather than of missing values."""
        rules = (Rule("A", {"f": ("high",)}), Rule("B", {"g": ("high",)}), Rule("C", {"f": ("unknown",)}))
        (hole,) = lint(self.made(*rules))

        assert "f=low g=low" == hole.params["example"]
        assert (1, 4) == (hole.params["known"], hole.params["of_known"])

    def test_overlaps_are_counted(self):
        """Without a declared precedence, combinations that two grades fit are counted."""
        (overlap,) = (
            finding
            for finding in lint(self.made(Rule("A", {"f": ("high",)}), Rule("B", {"g": ("high",)}), overlaps="refuse"))
            if finding.code == "overlap"
        )

        assert (1, 16) == (overlap.params["cells"], overlap.params["of_cells"])

    @pytest.mark.parametrize(
        ("bands", "grades", "odd"),
        [
            ((0, 5, 9), "CBA", False),
            ((9, 5, 0), "ABC", False),
            ((0, 0, 0), "ABC", False),
            ((0, 5, 9), "CCA", False),
            ((0, 5, 9), "ABC", True),
            ((9, 5, 0), "CBA", True),
            ((0, 0, 0), "BCA", True),
            ((0, 0, 0), "BAC", True),
        ],
    )
    def test_dimensions_that_go_against_their_points(self, bands, grades, odd):
        """More points and a worse grade, or grades that go up and down, are hardly meant."""
        steps = zip((None, 5, 9), bands, "xyz", strict=True)
        asked = banded("f", *steps)
        gap = Gap("weakest", {"f": {**dict(zip("xyz", grades, strict=True)), "unknown": "A", "none": "C"}})
        made = policy(asked, grades=THREE, combine=FirstMatch(gap=gap))

        assert odd is (("combine.gap.dimensions.f", "non-monotone-grades") in found(made))

    @pytest.mark.parametrize(("points", "odd"), [(10, False), (-10, True)])
    def test_categories_have_no_order_but_their_points(self, points, odd):
        """They may stand as they like; only more points with a worse grade is odd."""
        words = Categories((Category(("a",), points, "a"), Category(("b",), 0, "b")), Band(None, -20, "other"))
        asked = attrs.evolve(worded("f"), categories=words)
        gap = Gap("weakest", {"f": {"a": "A", "b": "B", "other": "C"}})
        made = policy(asked, grades=THREE, combine=FirstMatch(gap=gap))

        assert odd is (("combine.gap.dimensions.f", "non-monotone-grades") in found(made))

    @pytest.mark.rule("G-01")
    def test_the_grades_of_amounts_turned_round_are_found(self):
        """The shipped policy with its most important dimension upside down."""
        abc = shipped("abc-grade")
        assert isinstance(abc.combine, FirstMatch)
        gap = abc.combine.gap
        turned = {**gap.dimensions, "amount": {**gap.dimensions["amount"], "low": "A", "high": "C"}}
        made = attrs.evolve(abc, combine=attrs.evolve(abc.combine, gap=attrs.evolve(gap, dimensions=turned)))

        assert [("combine.gap.dimensions.amount", "non-monotone-grades")] == found(made)
        assert sound(lint(made))

    def test_a_gap_rule_that_nothing_comes_to_has_no_effect(self):
        """If the rules fit everything, there is no gap."""
        gap = Gap("weakest", {"f": {"high": "A"}})

        assert ("combine.gap", "no-effect") in found(self.made(Rule("B", {}), gap=gap))

    def test_too_many_combinations_prove_nothing(self, monkeypatch):
        """Rather than guess, the lint says so."""
        monkeypatch.setattr("crmcore.scoring.cells.MOST_CELLS", 3)
        made = self.made(Rule("A", {"f": ("high",)}), Rule("B", {"g": ("high",)}), Rule("C", {}))

        assert [("combine", "not-proved")] == found(made)

    def test_bands_that_rules_do_not_tell_apart_count_as_one(self):
        """A factor of many bands that no rule asks for makes the proof no longer."""
        steps = [(None, 0, "b0"), *((at, at, f"b{at}") for at in range(1, 60))]
        wide = [banded(f"w{place}", *steps) for place in range(4)]
        made = policy(
            low_high("f"),
            *wide,
            grades=(Grade("B"), Grade("A")),
            combine=FirstMatch((Rule("A", {"f": ("high",)}), Rule("B", {})), "first-wins"),
        )

        assert [] == found(made)


@pytest.mark.parametrize("code", TEXTS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_finding_has_words(code, lang):
    """Each code has a text in both languages, and its figures fill it in."""
    figures = dict.fromkeys(("most", "best", "known", "of_known", "cells", "of_cells", "example"), "7")
    text = Finding("combine", code, "error", figures).message(lang)

    assert text.startswith("combine")
    assert "{" not in text


def test_decimals_do_not_blur_the_lint():
    """Thresholds between two sums are judged exactly."""
    made = policy(
        *(low_high(name, 1, 1, weight=0.1) for name in "abc"), grades=(Grade("B"), Grade("A", Decimal("0.3")))
    )

    assert [] == found(made)
