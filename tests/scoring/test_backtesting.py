"""Back-tests: only what was known, only what has matured, and honest verdicts."""

import random
from typing import Any

import attrs
import pytest

from crmcore import Invalid, PolicyInvalid
from crmcore.scoring import (
    MISSING,
    SOURCES,
    Case,
    Demands,
    Dimension,
    Fact,
    Facts,
    Field,
    FirstMatch,
    Grade,
    History,
    Level,
    Matrix,
    Rule,
    assess,
    backtest,
    bind,
    observe,
)
from crmcore.scoring.cases import folds
from tests.scoring.made import DAY, NOW, banded, low_high, policy

CUTOFF = NOW
ACTIVE = policy(
    banded(
        "visits", (None, 0, "few"), (2, 10, "some"), (4, 20, "many"), source="count", params={"of": "visit", "days": 90}
    ),
    grades=(Grade("C", alert=True), Grade("B", 10), Grade("A", 20)),
)
FEW = Demands(cases=20, rarer=10)


def history(*subjects: Facts, **fields: Any) -> History:
    """Records of three years around the cutoff; the outcome is an order."""
    common: dict[str, Any] = {"outcome": "order", "start": NOW - 730 * DAY, "end": NOW + 365 * DAY}
    return History(subjects=subjects, **{**common, **fields})


def customer(id: str, visits: int, *orders: float, **fields: Any) -> Facts:
    """Somebody with so many visits, who orders so many days after the cutoff."""
    events = [Fact("visit", f"{id}-V{place}", NOW - (1 + place) * DAY) for place in range(visits)]
    events += [Fact("order", f"{id}-O{place}", NOW + days * DAY) for place, days in enumerate(orders)]
    return Facts(id, tuple(Field(name, value) for name, value in fields.items()), tuple(events))


class TestCases:
    """Who is a case, what was known, and what came."""

    BOUND = bind(ACTIVE)

    def outcomes(self, given: History, days: int = 30) -> dict[str, bool]:
        """Whether the outcome came, by subject."""
        return {case.subject: case.outcome for case in observe(given, self.BOUND, CUTOFF, days).cases}

    def test_the_outcome_comes_within_the_horizon(self):
        """After the cutoff and up to the end of the horizon, that moment included."""
        given = history(*(customer(f"C{days}", 1, days) for days in (0.001, 30, 30.001)), customer("C", 1))

        assert {"C0.001": True, "C30": True, "C30.001": False, "C": False} == self.outcomes(given)

    def test_who_has_had_the_outcome_is_no_case_any_more(self):
        """Unless it may come again."""
        given = customer("C1", 1, -10, 10)

        assert {} == self.outcomes(history(given))
        assert {"C1": True} == self.outcomes(history(given, repeats=True))

    def test_who_came_later_is_no_case_yet(self):
        """A subject begins with its first fact or dated field, or with the fact that is named as its entry."""
        late = Facts("late", events=[Fact("visit", "V1", NOW + DAY)])
        dated = Facts("dated", (Field("size", 1, NOW + DAY),))
        known = Facts("known", (Field("size", 1, NOW - DAY),))
        always = Facts("always", {"size": 1})
        entered = Facts("entered", events=[Fact("entry", "E1", NOW - DAY)])

        assert {"known", "always", "entered"} == set(self.outcomes(history(late, dated, known, always, entered)))
        assert {"entered"} == set(self.outcomes(history(late, known, always, entered, entry="entry")))

    def test_nothing_is_known_that_was_put_on_record_later(self):
        """A visit that was recorded after the cutoff does not count, though it happened before."""
        hidden = [Fact("visit", f"V{place}", NOW - DAY, known=NOW + DAY) for place in range(5)]
        seen = Fact("visit", "V9", NOW - DAY)
        (case,) = observe(history(Facts("C1", events=[*hidden, seen])), self.BOUND, CUTOFF, 30).cases

        assert 1.0 == case.inputs["visits"].value

    def test_a_horizon_that_is_not_over_gives_no_cases(self):
        """What has not come may still come."""
        given = history(customer("C1", 1), end=NOW + 29 * DAY)
        observed = observe(given, self.BOUND, CUTOFF, 30)

        assert ((), False) == (observed.cases, observed.matured)
        assert observe(given, self.BOUND, CUTOFF, 29).matured

    @pytest.mark.parametrize("days", [4_000_000, 10**9, 10**30])
    def test_a_horizon_beyond_any_calendar_is_not_over(self, days):
        """However long it is, it is answered."""
        observed = observe(history(customer("C1", 1)), self.BOUND, CUTOFF, days)

        assert ((), False, days) == (observed.cases, observed.matured, observed.horizon_days)
        assert "not-matured" == backtest(ACTIVE, history(customer("C1", 1)), CUTOFF, days).status

    def test_windows_that_begin_before_the_records_are_named(self):
        """A count over 90 days knows less where records are 60 days old."""
        given = history(customer("C1", 1), start=NOW - 60 * DAY)

        assert ("visits",) == observe(given, self.BOUND, CUTOFF, 30).truncated
        assert () == observe(history(customer("C1", 1)), self.BOUND, CUTOFF, 30).truncated

    ENDLESS = bind(
        policy(
            low_high("tenure", source="tenure", params={"of": "visit"}),
            low_high("ever", source="count", params={"of": "visit"}),
            low_high("spent", source="sum", params={"of": "order"}),
            low_high("month", source="count", params={"of": "visit", "days": 30}),
            low_high("silence", source="months-since", params={"of": "visit"}),
            low_high("last", source="days-since", params={"of": "visit"}),
            low_high("size"),
            low_high("due", source="days-until", params={"name": "due"}),
        )
    )

    def test_what_has_no_window_looks_back_further_than_any_records(self):
        """A tenure is cut off where records begin; so are a sum of all time and the days since a last visit."""
        observed = observe(history(customer("C1", 1)), self.ENDLESS, CUTOFF, 30)

        assert ("tenure", "ever", "spent", "silence", "last") == observed.truncated

    @pytest.mark.parametrize(("days", "cut"), [((20, 60), False), ((20, 61), True)])
    def test_who_came_into_being_within_the_records_is_known_from_the_first(self, days, cut):
        """An entry tells so; one case that is older, and what is counted of all of them is not known."""
        subjects = [
            Facts(f"C{ago}", events=[Fact("entry", f"E{ago}", NOW - ago * DAY), Fact("visit", f"V{ago}", NOW - DAY)])
            for ago in days
        ]
        given = history(*subjects, customer("no case", 1), start=NOW - 60 * DAY, entry="entry")

        assert cut is ("tenure" in observe(given, self.ENDLESS, CUTOFF, 30).truncated)
        assert cut is ("visits" in observe(given, self.BOUND, CUTOFF, 30).truncated)

    def test_fields_of_unknown_age_are_named(self):
        """They may have been written after the outcome."""
        bound = bind(policy(low_high("size"), low_high("age", source="days-until", params={"name": "size"})))
        given = history(customer("C1", 1, size=5), Facts("C2", (Field("size", 5, NOW - DAY),)))

        assert ("size",) == observe(given, bound, CUTOFF, 30).undated

    @pytest.mark.parametrize(
        ("cutoff", "days", "path"),
        [
            (NOW - 731 * DAY, 30, "cutoff"),
            (NOW + 366 * DAY, 30, "cutoff"),
            (NOW, 0, "horizon_days"),
            (NOW, 1.5, "horizon_days"),
        ],
    )
    def test_cutoff_and_horizon_are_checked(self, cutoff, days, path):
        """The cutoff lies within the records; the horizon is whole days."""
        with pytest.raises(Invalid) as caught:
            observe(history(), self.BOUND, cutoff, days)

        assert [path] == [fault.path for fault in caught.value.faults]

    def test_records_begin_before_they_end(self):
        """Records of no length tell nothing."""
        with pytest.raises(Invalid):
            history(start=NOW, end=NOW)


def simulated(n: int, chances: dict[int, float], seed: int = 3) -> History:
    """Customers with visits, whose chance to order follows from them."""
    rng = random.Random(seed)
    subjects = []
    for place in range(n):
        visits = rng.choice(list(chances))
        subjects.append(customer(f"C{place}", visits, *([10] if rng.random() < chances[visits] else [])))
    return history(*subjects)


class TestReports:
    """What a back-test says."""

    def test_a_policy_that_tells_is_told(self):
        """Grades in order, an AUC above chance, lift at the top, nobody suspected."""
        report = backtest(ACTIVE, simulated(600, {1: 0.1, 3: 0.4, 5: 0.8}), CUTOFF, 30)

        assert ("ok", ACTIVE.stamp, CUTOFF, 30, 600) == (
            report.status,
            report.policy,
            report.cutoff,
            report.horizon_days,
            report.n,
        )
        assert report.auc is not None
        assert 0.75 < report.auc.low < report.auc.value < report.auc.high < 0.9
        assert ["C", "B", "A"] == [row.grade for row in report.grades]
        assert report.ordered
        assert 600 == sum(row.n for row in report.grades)
        assert report.positives == sum(row.positives for row in report.grades)
        assert dict(report.lifts)[0.1] > 1.5
        assert ("curve", ()) == (report.calibrated_by, report.suspects)
        assert (report.calibration_error or 1) < 0.05
        assert 600 == sum(one.n for one in report.calibration)

    def test_flags_are_counted(self):
        """Those in an alerting grade: how many, how many of them rightly, how much of the outcome."""
        made = [(1, True)] * 30 + [(1, False)] * 10 + [(5, True)] * 20 + [(5, False)] * 40
        cases = [Case(f"C{place}", {"visits": visits}, outcome) for place, (visits, outcome) in enumerate(made)]
        flagged = assess(ACTIVE, cases, adverse=True, demands=FEW).flagged

        assert (40, 0.4, 0.75, 0.6) == flagged

    def test_without_alerts_nobody_is_flagged(self):
        """A policy that warns of nothing flags nothing."""
        cases = [Case(f"C{place}", {"f": place}, place % 2 == 0) for place in range(100)]

        assert assess(policy(low_high("f")), cases, demands=FEW).flagged is None

    def test_an_alert_that_nobody_is_in_has_no_precision(self):
        """Nobody flagged, nobody flagged rightly."""
        cases = [Case(f"C{place}", {"visits": 3 + place % 2}, place % 2 == 0) for place in range(100)]
        flagged = assess(ACTIVE, cases, adverse=True, demands=FEW).flagged

        assert (0, 0.0, None, 0.0) == flagged
        assert assess(ACTIVE, cases, demands=FEW).flagged is None

    def test_an_adverse_outcome_is_to_come_to_low_scores(self):
        """Leaving is told by a low score: the same figures, turned round; the report says which it was."""
        cases = [Case(f"C{place}", {"visits": place % 6}, place % 6 < 2) for place in range(300)]
        for adverse, expected in ((True, 1.0), (False, 0.0)):
            report = assess(ACTIVE, cases, adverse=adverse, demands=FEW)

            assert report.auc is not None
            assert expected == report.auc.value
            assert (adverse, "ok" if adverse else "reversed") == (report.adverse, report.status)

    def test_chance_is_no_signal(self):
        """Where the outcome does not follow from the score, the report says so."""
        report = backtest(ACTIVE, simulated(1000, {1: 0.4, 3: 0.4, 5: 0.4}), CUTOFF, 30)

        assert "no-signal" == report.status

    def test_significant_trifles_are_no_signal_either(self):
        """With cases enough, next to nothing is significant; it is still next to nothing."""
        rng = random.Random(2)
        drawn = [(1, rng.random() < 0.47) if place % 2 else (5, rng.random() < 0.53) for place in range(20000)]
        cases = [Case("C", {"visits": visits}, outcome) for visits, outcome in drawn]
        report = assess(ACTIVE, cases)

        assert report.auc is not None
        assert report.auc.low > 0.5
        assert ["no-signal"] * 2 == [report.status, assess(ACTIVE, cases, adverse=True).status]

    def test_too_few_cases_are_no_verdict(self):
        """The figures are given, the verdict is not."""
        report = backtest(ACTIVE, simulated(60, {1: 0.1, 5: 0.9}), CUTOFF, 30)

        assert "too-few" == report.status
        assert report.auc is not None

    def test_one_outcome_gives_no_figures(self):
        """Everybody ordered: there is nothing to tell apart."""
        report = backtest(ACTIVE, history(*(customer(f"C{place}", 1, 5) for place in range(60))), CUTOFF, 30)

        assert ("too-few", 60, 60, None) == (report.status, report.n, report.positives, report.auc)

    def test_what_has_not_matured_is_not_judged(self):
        """The records must reach to the end of the horizon."""
        report = backtest(ACTIVE, history(customer("C1", 1)), CUTOFF, 366)

        assert ("not-matured", 0, 366) == (report.status, report.n, report.horizon_days)

    def test_rules_without_points_are_judged_by_their_grades(self):
        """A policy whose points are all alike is ranked by grade; no grade ranks last, and has a row of its own."""
        stages = policy(
            low_high("f", points=0),
            grades=(Grade("B"), Grade("A")),
            combine=FirstMatch((Rule("A", {"f": ("high",)}), Rule("B", {"f": ("low",)}))),
        )
        values: list[Any] = [MISSING, 1, 20]
        cases = [Case(f"C{place}", {"f": values[place % 3]}, place % 3 == 2) for place in range(90)]
        report = assess(stages, cases, demands=FEW)

        assert report.auc is not None
        assert 1.0 == report.auc.value
        assert [("B", 30), ("A", 30), (None, 30)] == [(row.grade, row.n) for row in report.grades]

    NOISY = policy(
        banded("signal", (None, 0, "low"), (1, 0, "high")),
        banded("noise", (None, 0, "low"), (1, 10, "high"), group="more"),
        grades=(Grade("B"), Grade("A")),
        combine=FirstMatch((Rule("A", {"signal": ("high",)}), Rule("B", {})), "first-wins"),
    )
    CROSSED = attrs.evolve(
        NOISY,
        factors=(low_high("signal", 1, 15), NOISY.factors[1]),
        combine=Matrix(
            Dimension("all", (Level("any"),)),
            Dimension("more", (Level("low"), Level("high", 10))),
            {"any": {"low": "A", "high": "B"}},
        ),
    )

    @pytest.mark.parametrize(("made", "expected"), [(NOISY, 0.9), (CROSSED, 0.7)], ids=["rules", "matrix"])
    def test_a_policy_is_judged_by_what_it_grades(self, made, expected):
        """Rules and matrices may grade otherwise than their points add up: grades rank first, then points."""
        rng = random.Random(1)
        cases = []
        for place in range(1000):
            signal = rng.random() < 0.5
            values = {"signal": float(signal), "noise": float(rng.random() < 0.5)}
            cases.append(Case(f"C{place}", values, rng.random() < (0.9 if signal else 0.1)))
        report = assess(made, cases)

        assert report.auc is not None
        assert "ok" == report.status
        assert pytest.approx(expected, abs=0.02) == report.auc.value

    def test_within_a_grade_points_rank(self):
        """What the grade leaves open, the points may still tell; an adverse outcome turns both round."""
        made = attrs.evolve(self.NOISY, combine=FirstMatch((Rule("A", {}),)))
        cases = [Case(f"C{place}", {"signal": 0, "noise": place % 2}, place % 2 == 1) for place in range(200)]
        found = [assess(made, cases, adverse=adverse, demands=FEW).auc for adverse in (False, True)]

        assert [1.0, 0.0] == [area.value for area in found if area is not None]

    def test_a_grade_that_nobody_has_has_no_rate(self):
        """Nothing is made up for it."""
        cases = [Case(f"C{place}", {"visits": 0 if place % 2 else 5}, place % 2 == 0) for place in range(60)]
        rows = {row.grade: row for row in assess(ACTIVE, cases, demands=FEW).grades}

        assert (0, None, None) == (rows["B"].n, rows["B"].rate, rows["B"].lift)
        assert pytest.approx(2) == rows["A"].lift

    def test_leaks_are_suspected(self):
        """A single factor that knows the outcome is named, and so is one that nobody can date."""
        made = policy(low_high("tag", 0.5), ACTIVE.factors[0])
        rng = random.Random(4)
        orders = [[5] if place % 3 == 0 else [] for place in range(300)]
        subjects = [
            customer(f"C{place}", rng.choice([1, 3]), *days, tag=float(bool(days))) for place, days in enumerate(orders)
        ]
        report = backtest(made, history(*subjects), CUTOFF, 30)

        assert [("tag", "auc"), ("tag", "undated")] == [(one.factor, one.reason) for one in report.suspects]

    def test_sources_of_plugins_are_asked(self):
        """A back-test takes the same sources as a binding."""
        made = policy(low_high("f", source="mine", params={"of": "visit"}))
        given = history(*(customer(f"C{place}", 1, *([5] if place % 2 else [])) for place in range(60)))

        assert 60 == backtest(made, given, CUTOFF, 30, sources={"mine": SOURCES["count"]}).n
        with pytest.raises(PolicyInvalid):
            backtest(made, given, CUTOFF, 30)

    def test_left_truncation_is_told(self):
        """The report names the factors whose windows begin before the records."""
        report = backtest(ACTIVE, history(customer("C1", 1), customer("C2", 1, 5), start=NOW - 10 * DAY), CUTOFF, 30)

        assert ("visits",) == report.truncated


def test_folds_hold_both_outcomes():
    """Dealing out each class in turn leaves no fold without one, if there are as many as folds."""
    outcomes = [place % 7 == 0 for place in range(70)]
    parted = folds(outcomes)

    for fold in range(5):
        assert {True, False} == {outcome for outcome, part in zip(outcomes, parted, strict=True) if part == fold}
