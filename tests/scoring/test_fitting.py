"""Bins, scorecards and fitted policies, on simulated cases whose truth is known."""

import math
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from crmcore import Invalid
from crmcore.scoring import (
    MISSING,
    NOT_APPLICABLE,
    Candidate,
    Case,
    Demands,
    Plan,
    assess,
    evaluate,
    explain,
    fit,
    from_toml,
    lint,
    probability,
    sound,
    toml_of,
)
from crmcore.scoring.bins import Binning, Tally, binning, merged
from crmcore.scoring.cases import folds
from crmcore.scoring.leaks import single_auc, suspects
from crmcore.scoring.logistic import sigmoid
from crmcore.scoring.scorecard import POINTS_PER_LOGIT, refine, scorecard
from crmcore.scoring.values import Lack
from tests.scoring.made import NOW

PLAN = Plan("leads", "1", "lead", note="Simulated.", start=NOW, end=NOW)
CANDIDATES = [Candidate(key, params={"name": key}) for key in ("size", "channel", "vat", "noise")]


def simulated(n: int, seed: int = 1, leak: bool = False) -> list[Case]:
    """Cases whose outcome depends on size (in steps), channel and vat, and not on noise."""
    rng = random.Random(seed)
    cases = []
    for place in range(n):
        size, channel, vat = rng.uniform(0, 100), rng.choice(["web", "fair", "call", "post"]), rng.random() < 0.5
        logit = -1.5 + 1.5 * (size > 40) + 1.2 * (channel in {"fair", "call"}) + 0.8 * vat
        outcome = rng.random() < sigmoid(logit)
        inputs: dict[str, Any] = {
            "size": size if rng.random() > 0.1 else MISSING,
            "channel": channel,
            "vat": vat,
            "noise": rng.gauss(0, 1),
        }
        if leak:
            inputs["tag"] = "won" if outcome and rng.random() < 0.95 else rng.choice(["open", "lost"])
        cases.append(Case(f"C{place}", inputs, outcome))
    return cases


class TestBins:
    """Supervised bins."""

    def test_bins_find_the_step(self):
        """The outcome changes at 40: so does a bin, and the weights are on the right sides."""
        cases = simulated(3000)
        found = binning([case.inputs["size"].value for case in cases], [case.outcome for case in cases])

        assert found is not None
        assert any(36 <= edge <= 44 for edge in found.edges)
        assert found.worth[0] < 0 < found.worth[-1]

    def test_texts_of_like_rates_are_grouped(self):
        """Fairs and calls go together, web and post do, and the rare ones with the rest."""
        cases = simulated(3000)
        values = [case.inputs["channel"].value for case in cases]
        found = binning(
            ["fax" if place < 9 else value for place, value in enumerate(values)], [c.outcome for c in cases]
        )

        assert found is not None
        assert (("post", "web"), ("call", "fair")) == found.groups
        assert 3 == len(found.worth)

    def test_noise_has_no_bins(self):
        """What tells nothing is left out."""
        outcomes = [place % 2 == 0 for place in range(400)]

        assert binning([float(place // 2) for place in range(400)], outcomes) is None
        assert binning([MISSING] * 400, outcomes) is None
        assert binning(["same"] * 400, outcomes) is None

    def test_lacking_may_tell_something_of_its_own(self):
        """Those of whom nothing is known have a weight, if there are enough of them."""
        values = [MISSING] * 100 + [NOT_APPLICABLE] * 5 + [1.0] * 295
        found = binning(values, [place < 90 for place in range(400)])

        assert found is not None
        assert found.lacking[MISSING] > 2
        assert 0 == found.lacking[NOT_APPLICABLE]

    def test_small_neighbours_join_the_more_alike(self):
        """A group that is too small joins that side from which it differs less."""
        tallies = [Tally(100, 10), Tally(5, 4), Tally(100, 90)]

        assert [[0], [1, 2]] == merged(tallies, 20)
        assert [[0, 1, 2]] == merged(tallies, 1000)

    def test_values_find_their_places(self):
        """Numbers by edges, texts by groups, lacks and strays after them."""
        lacking = {Lack.MISSING: 5.0, Lack.NOT_APPLICABLE: 6.0}
        numbers = Binning((10.0,), None, (1.0, 2.0), lacking)
        texts = Binning((), (("a", "true"), ("b",)), (1.0, 2.0, 3.0), lacking)

        assert [1.0, 2.0, 5.0, 6.0, 0.0] == numbers.encoded([9.9, 10.0, MISSING, NOT_APPLICABLE, "x"])
        assert [1.0, 1.0, 2.0, 3.0, 5.0, 3.0] == texts.encoded(["a", True, "b", "c", MISSING, 1.5])
        assert numbers == numbers.with_worth(numbers.all_worth)

    @given(
        st.lists(
            st.tuples(
                st.one_of(
                    st.floats(-1e12, 1e12),
                    st.floats(allow_nan=False, allow_infinity=False),
                    st.integers(-5, 5).map(float),
                    st.sampled_from([*Lack]),
                ),
                st.booleans(),
            ),
            min_size=40,
            max_size=60,
        ).filter(lambda drawn: len({outcome for _, outcome in drawn}) == 2)
    )
    def test_edges_are_what_a_policy_can_hold(self, drawn):
        """Whatever the numbers, edges rise and are short decimals."""
        found = binning([value for value, _ in drawn], [outcome for _, outcome in drawn])

        if found is not None:
            assert sorted(set(found.edges)) == list(found.edges)
            assert len(found.worth) == len(found.edges) + 1
            assert [] == [edge for edge in found.edges if not _is_short(edge)]

    def test_numbers_that_no_short_decimal_parts_stay_together(self):
        """Two numbers a hair apart have no edge between them that a policy could hold."""
        one, other = 123456.12345678911, 123456.12345678912
        found = binning([one] * 100 + [other] * 100, [place < 100 for place in range(200)])

        assert found is None or () == found.edges


def test_numbers_and_texts_in_one_feature():
    """It is left out, and named: a policy made of it could not score the very cases it was fitted to."""
    cases = [
        Case(case.subject, {**case.inputs, "mixed": "big" if place % 5 == 0 else float(place)}, case.outcome)
        for place, case in enumerate(simulated(1000))
    ]
    found = fit(cases, [*CANDIDATES, Candidate("mixed", params={"name": "mixed"})], PLAN)
    alone = fit(cases, [Candidate("mixed", params={"name": "mixed"})], PLAN)

    assert found.policy is not None
    assert (("mixed",), ("mixed",), "no-signal") == (found.mixed, alone.mixed, alone.status)
    assert "ok" == assess(found.policy, cases).status


@pytest.mark.parametrize(
    "large",
    [
        lambda size: 1.74e15 + size * 1e9,
        lambda size: -1.74e15 - size * 1e9,
        lambda size: 1e300 * size,
        lambda size: 1.7e308 * (1 if size > 40 else -1) * (1 + size / 2000),
        lambda size: 999_999_999_999_999.9 + (size > 40) / 8,
    ],
    ids=["microseconds", "negative", "huge", "both-ways", "rounded-up"],
)
def test_numbers_that_no_band_could_part(large):
    """Such a feature is left out, and why is told; the others are fitted. What an edge does part is parted."""
    cases = [
        Case(case.subject, {**case.inputs, "large": MISSING if size is MISSING else large(size)}, case.outcome)
        for case in simulated(1000)
        for size in [case.inputs["size"].value]
    ]
    candidates = [Candidate(key, params={"name": key}) for key in ("large", "channel")]
    found = fit(cases, candidates, PLAN)

    assert found.policy is not None
    assert "channel" in {factor.key for factor in found.policy.factors}
    assert "ok" == assess(found.policy, cases).status
    if "large" in found.dropped:
        assert ("large",) == found.beyond
    else:
        edges = [band.at for band in found.policy.factor("large").bands if band.at is not None]
        assert [] == [edge for edge in edges if abs(edge) >= 10**15]
    assert from_toml(toml_of(found.policy)) == found.policy


def test_large_numbers_are_named_where_nothing_else_is_left():
    """The refusal says so, too: another scale may do."""
    cases = [Case(f"C{place}", {"at": 1.74e15 + place}, place >= 200) for place in range(400)]
    found = fit(cases, [Candidate("at", params={"name": "at"})], Plan("p", "1", "lead", keep_suspects=True))

    assert ("no-signal", ("at",), ("at",)) == (found.status, found.dropped, found.beyond)


def _is_short(edge: float) -> bool:
    """Whether a number is written with at most 15 digits, at most 9 of them after the point."""
    _, digits, exponent = Decimal(repr(edge)).normalize().as_tuple()
    return math.isfinite(edge) and len(digits) <= 15 and int(exponent) >= -9 and abs(edge) < 1e15


class TestFits:
    """Fitted policies."""

    FIT = fit(simulated(3000), CANDIDATES, PLAN)

    @pytest.mark.rule("G-06")
    def test_the_result_is_a_policy_like_any_other(self):
        """It lints without errors, survives its file, explains its scores, and says where it comes from."""
        policy = self.FIT.policy

        assert "fitted" == self.FIT.status
        assert policy is not None
        assert sound(lint(policy))
        assert policy == from_toml(toml_of(policy))
        score = evaluate(policy, {"size": 70, "channel": "fair", "vat": True}, NOW)
        assert score.raw == explain(policy, score).total
        told = policy.provenance
        assert ("fitted", 3000, NOW) == (told.kind, told.n, told.start)
        assert told.positives == self.FIT.positives == sum(case.outcome for case in simulated(3000))

    def test_noise_is_dropped(self):
        """What tells nothing is no factor."""
        assert self.FIT.policy is not None
        assert ("noise",) == self.FIT.dropped
        assert {"size", "channel", "vat"} == {factor.key for factor in self.FIT.policy.factors}

    def test_probabilities_are_those_of_the_truth(self):
        """The best and the worst case have about the chances they were simulated with."""
        policy = self.FIT.policy
        assert policy is not None
        best, worst = (
            evaluate(policy, {"size": size, "channel": channel, "vat": vat}, NOW)
            for size, channel, vat in ((70, "fair", True), (10, "web", False))
        )

        assert sigmoid(2.0) == pytest.approx(probability(policy, best.raw) or 0, abs=0.06)
        assert sigmoid(-1.5) == pytest.approx(probability(policy, worst.raw) or 0, abs=0.06)

    def test_it_holds_on_cases_it_has_not_seen(self):
        """The cross-validated figures are those that new cases show."""
        assert self.FIT.policy is not None
        assert self.FIT.auc is not None
        report = assess(self.FIT.policy, simulated(3000, seed=2))

        assert report.auc is not None
        assert "ok" == report.status
        assert self.FIT.auc.value == pytest.approx(report.auc.value, abs=0.03)
        assert ("policy", True) == (report.calibrated_by, report.ordered)
        assert (report.calibration_error or 1) < 0.05

    def test_grades_go_to_about_their_shares(self):
        """A fifth A, three tenths B, within what whole points allow."""
        assert self.FIT.policy is not None
        rows = assess(self.FIT.policy, simulated(3000)).grades

        assert ["C", "B", "A"] == [row.grade for row in rows]
        assert 0.1 < rows[2].n / 3000 < 0.4

    @pytest.mark.parametrize("percent", [5, 12, 19, 20, 50, 81, 95])
    def test_two_scores_get_two_grades(self, percent):
        """A yes or no that few have: the lowest score has the worst grade, and what is above it the best."""
        cases = [
            Case(f"C{place}", {"flag": place % 100 < percent}, place // 100 % 10 < (8 if place % 100 < percent else 1))
            for place in range(2000)
        ]
        found = fit(cases, [Candidate("flag", params={"name": "flag"})], PLAN)

        assert found.policy is not None
        assert ["C", "A"] == [grade.code for grade in found.policy.grades]
        assert [20 * (100 - percent), 20 * percent] == [row.n for row in assess(found.policy, cases).grades]

    @given(
        st.integers(),
        st.lists(st.floats(0.02, 0.98), min_size=1, max_size=3),
        st.lists(st.floats(0.05, 1), min_size=1, max_size=4),
    )
    @settings(max_examples=25)
    def test_what_is_fitted_gives_two_grades_at_least(self, seed, shares, parts):
        """To the cases it was fitted to, however rare a feature is, and whatever shares the grades are to have."""
        rng = random.Random(seed)
        cases: list[Case] = []
        for place in range(300):
            inputs: dict[str, Any] = {f"f{number}": rng.random() < share for number, share in enumerate(shares)}
            cases.append(Case(f"C{place}", inputs, rng.random() < 0.1 + 0.8 * sum(inputs.values()) / len(shares)))
        plan = Plan("p", "1", "lead", (*((f"G{n}", part) for n, part in enumerate(parts)), ("last", 0.5)))
        candidates = [Candidate(key, params={"name": key}) for key in cases[0].inputs]
        found = fit(cases, candidates, plan, demands=Demands(cases=100, rarer=10))

        event(found.status)
        if found.policy is not None:
            given = [row.grade for row in assess(found.policy, cases).grades if row.n]
            assert 2 <= len(given)
            assert given == [grade.code for grade in found.policy.grades]
            assert ("last", "G0") == (given[0], given[-1])

    def test_the_same_cases_give_the_same_policy(self):
        """Nothing is left to chance."""
        assert self.FIT == fit(simulated(3000), CANDIDATES, PLAN)

    def test_bands_are_named_by_their_ranges(self):
        """In both languages."""
        assert self.FIT.policy is not None
        labels = self.FIT.policy.labels

        assert labels["size.bin-1"].en.startswith("below ")
        assert labels["size.bin-1"].zh.startswith("低于 ")
        assert "post, web" == labels["channel.group-1"].en
        assert "post、web" == labels["channel.group-1"].zh

    def test_long_groups_are_named_by_their_first(self):
        """A group of many texts tells how many more there are."""
        cases = [
            Case(f"C{place}", {"city": f"city-{place % 10}"}, place // 10 % 10 < (8 if place % 10 < 5 else 2))
            for place in range(1000)
        ]
        found = fit(cases, [Candidate("city", params={"name": "city"})], PLAN)

        assert found.policy is not None
        label = found.policy.labels["city.group-2"]
        assert ("city-0, city-1, city-2 and 2 more", "city-0、city-1、city-2等 5 项") == (label.en, label.zh)

    @pytest.mark.parametrize(
        ("n", "positives"),
        [(199, 100), (400, 49), (400, 351), (0, 0), (400, 0)],
        ids=["n", "rare", "common", "none", "one"],
    )
    def test_too_few_outcomes_are_refused(self, n, positives):
        """Below 200 cases, or 50 of the rarer outcome, hand-written points are better."""
        cases = [Case(f"C{place}", {"size": place}, place < positives) for place in range(n)]
        found = fit(cases, CANDIDATES[:1], PLAN)

        assert ("too-few", None, n, positives) == (found.status, found.policy, found.n, found.positives)

    def test_where_nothing_is_to_be_learnt_there_is_no_policy(self):
        """Noise gives no signal, however many cases there are."""
        rng = random.Random(5)
        drawn = [({"noise": rng.gauss(0, 1), "vat": rng.random() < 0.5}, rng.random() < 0.5) for _ in range(1000)]
        cases = [Case(f"C{place}", inputs, outcome) for place, (inputs, outcome) in enumerate(drawn)]
        found = fit(cases, [CANDIDATES[3], CANDIDATES[2]], PLAN)

        assert ("no-signal", None) == (found.status, found.policy)

    def test_a_leak_is_left_out_and_named(self):
        """A tag that is written after the outcome is suspected, and kept only on demand."""
        cases = simulated(2000, leak=True)
        tag = Candidate("tag", params={"name": "tag"})
        found = fit(cases, [*CANDIDATES, tag], PLAN, undated=["vat"])
        kept = fit(cases, [*CANDIDATES, tag], Plan("leads", "1", "lead", keep_suspects=True))

        assert [("vat", "undated"), ("tag", "auc")] == [(one.factor, one.reason) for one in found.suspects]
        assert found.policy is not None
        assert kept.policy is not None
        assert "tag" not in {factor.key for factor in found.policy.factors}
        assert "tag" in {factor.key for factor in kept.policy.factors}

    def test_rare_texts_alone_still_tell_known_from_missing(self):
        """Where every text is rare, a factor may still say whether there is any."""
        noted = [place % 2 == 1 for place in range(600)]
        cases = [
            Case(f"C{place}", {"note": f"n{place}" if known else MISSING}, place % 5 < (3 if known else 1))
            for place, known in enumerate(noted)
        ]
        found = fit(cases, [Candidate("note", params={"name": "note"})], PLAN)

        assert found.policy is not None
        (factor,) = found.policy.factors
        assert factor.categories is not None
        assert () == factor.categories.of
        assert factor.categories.other.points > factor.missing.points

    def test_a_factor_that_counts_against_its_own_evidence_is_left_out(self):
        """Alone it speaks for the outcome; beside the other only its error is left, and that speaks against."""
        rng = random.Random(11)
        columns: dict[str, list[Any]] = {"good": [], "worse": []}
        outcomes = []
        for _ in range(2000):
            truth, error = rng.gauss(0, 1), rng.gauss(0, 0.7)
            columns["good"].append(truth)
            columns["worse"].append(truth + error)
            outcomes.append(rng.random() < sigmoid(2 * truth - 1.5 * error))

        assert {"worse"} == set(scorecard({"worse": columns["worse"]}, outcomes).binnings)
        assert {"good"} == set(scorecard(columns, outcomes).binnings)

    def test_a_ridge_pulls_bins_back(self):
        """With an enormous ridge, bins stay where they began."""
        cases = simulated(500)
        outcomes = [case.outcome for case in cases]
        columns = {"vat": [case.inputs["vat"].value for case in cases]}
        start = binning(columns["vat"], outcomes)
        assert start is not None
        refined = refine({"vat": start}, columns, outcomes, 1e12)

        assert start.worth == pytest.approx(refined["vat"].worth)

    def test_numbers_in_one_bin_may_still_tell_known_from_missing(self):
        """Where only being known tells something, there is one band, of any number."""
        known = [place % 2 == 1 for place in range(600)]
        cases = [
            Case(f"C{place}", {"size": 5.0 if is_known else MISSING}, place % 5 < (3 if is_known else 1))
            for place, is_known in enumerate(known)
        ]
        found = fit(cases, [Candidate("size", params={"name": "size"})], PLAN)

        assert found.policy is not None
        assert ("any number", "任意数值") == (
            found.policy.label("size.bin-1").en,
            found.policy.label("size.bin-1").zh,
        )

    def test_an_offset_is_found_in_a_bounded_number_of_steps(self, monkeypatch):
        """After the last step allowed it is what it is, and close."""
        monkeypatch.setattr("crmcore.scoring.scorecard._STEPS", 2)
        cases = simulated(500)
        columns = {"vat": [case.inputs["vat"].value for case in cases]}
        card = scorecard(columns, [case.outcome for case in cases])

        chances = [sigmoid(card.offset + raw / POINTS_PER_LOGIT) for raw in card.raw(columns, 500)]
        assert sum(case.outcome for case in cases) == pytest.approx(sum(chances), rel=0.01)

    def test_points_double_the_odds(self):
        """Twenty points double them."""
        assert pytest.approx(2) == math.exp(20 / POINTS_PER_LOGIT)

    def test_a_hand_written_policy_has_no_probabilities(self):
        """Its points are on no scale of odds."""
        from crmcore.scoring import shipped

        assert probability(shipped("health"), shipped("health").grades[1].at or 0) is None  # type: ignore[arg-type]


class TestSlips:
    """What cannot be fitted is refused by name."""

    @pytest.mark.parametrize(
        ("fields", "path"),
        [({"grades": ()}, "grades"), ({"grades": (("A", 0.0), ("B", 1.0))}, "grades"), ({"ridge": 0.0}, "ridge")],
    )
    def test_plans_are_definite(self, fields, path):
        """There are grades with shares, and a ridge."""
        with pytest.raises(Invalid) as caught:
            Plan("p", "1", "lead", **fields)

        assert [path] == [fault.path for fault in caught.value.faults]

    def test_every_case_has_every_feature(self):
        """What is not known is MISSING; a case without a feature is a slip."""
        with pytest.raises(Invalid) as caught:
            fit(simulated(400), [Candidate("size"), Candidate("weight")], PLAN)

        assert [("inputs.weight", "missing")] == [(fault.path, fault.code) for fault in caught.value.faults]

    def test_candidates_differ(self):
        """Two of one key would be one column."""
        with pytest.raises(Invalid) as caught:
            fit(simulated(400), [Candidate("size"), Candidate("size")], PLAN)

        assert [("candidates", "duplicate")] == [(fault.path, fault.code) for fault in caught.value.faults]


class TestLeaks:
    """What one factor alone tells."""

    def test_a_column_of_unique_ids_tells_nothing(self):
        """Each value is judged by like values in other folds, and there are none."""
        outcomes = [place % 3 == 0 for place in range(300)]

        assert pytest.approx(0.5, abs=0.05) == single_auc([f"id-{place}" for place in range(300)], outcomes)

    def test_a_factor_that_goes_up_and_down_is_seen(self):
        """The outcome comes to the middle alone: no order of the values shows it, their levels do."""
        values = [float(place % 100) for place in range(1000)]
        outcomes = [30 <= value < 70 for value in values]

        assert (single_auc(values, outcomes) or 0) > 0.95

    def test_missing_is_a_level_too(self):
        """A field that is filled in only for those who bought is a leak."""
        outcomes = [place % 2 == 0 for place in range(300)]
        values = ["x" if outcome else MISSING for outcome in outcomes]
        cases = [Case("C", {"f": value}, outcome) for value, outcome in zip(values, outcomes, strict=True)]

        assert 1.0 == single_auc(values, outcomes)
        assert [("f", "auc"), ("f", "undated")] == [(one.factor, one.reason) for one in suspects(cases, ["f"], ["f"])]

    def test_with_one_outcome_nothing_is_suspected(self):
        """There is nothing to know."""
        cases = [Case("C", {"f": 1}, outcome=True)] * 10

        assert () == suspects(cases, ["f"])

    def test_folds_are_alike_whatever_the_order_of_the_cases(self):
        """Each class is dealt out evenly, and a pattern in the order of the cases is no pattern of the folds."""
        outcomes = [place % 5 == 0 for place in range(1000)]
        parted = folds(outcomes)

        assert [200] * 5 == [parted.count(fold) for fold in range(5)]
        assert {40} == {sum(outcomes[place] for place in range(1000) if parted[place] == fold) for fold in range(5)}
        assert all(20 < sum(parted[place] == fold for place in range(3, 1000, 5)) < 60 for fold in range(5))
        assert parted == folds(outcomes)


@pytest.mark.parametrize("fields", [{"cases": 5}, {"rarer": 1}])
def test_demands_have_a_floor(fields):
    """Nobody can demand so little that folds would be empty."""
    with pytest.raises(Invalid):
        Demands(**fields)
