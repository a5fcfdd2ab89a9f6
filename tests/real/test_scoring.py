"""Scoring on real leads and a real pipeline: what points tell, what fitting adds, and where nothing is to be told."""

from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from crmcore.scoring import (
    Case,
    Fit,
    History,
    Plan,
    assess,
    backtest,
    bind_all,
    fit,
    lint,
    observe,
    sound,
)
from crmcore.scoring.statistics import auc
from tests.real import maven, pipeline, xeducation
from tests.real.regression import regression
from tests.real.xeducation import CUTOFF, HORIZON_DAYS, LEAKING

RealData = Callable[[str], Path]
PLAN = Plan("fitted-leads", "1", "lead", start=xeducation.CAME_IN, end=xeducation.END)
CLOSE_ENOUGH = 0.005


@pytest.fixture(scope="module")
def rows(real_data: RealData) -> list[dict[str, str]]:
    """Give the leads of the file."""
    return xeducation.leads(real_data(xeducation.FILE))


@pytest.fixture(scope="module")
def history(rows: list[dict[str, str]]) -> History:
    """Give the leads with their facts."""
    return xeducation.history(rows)


@pytest.fixture(scope="module")
def cases(rows: list[dict[str, str]], history: History) -> tuple[Case, ...]:
    """Give the leads as cases, by the columns that do not leak."""
    asked = bind_all(xeducation.candidates(xeducation.columns(rows)), UTC)
    return observe(history, asked, CUTOFF, HORIZON_DAYS).cases


@pytest.fixture(scope="module")
def fitted(rows: list[dict[str, str]], cases: tuple[Case, ...]) -> Fit:
    """Give a policy that was fitted to them."""
    return fit(cases, xeducation.candidates(xeducation.columns(rows)), PLAN)


class TestLeads:
    """9,240 leads, 3,561 of them converted."""

    @pytest.mark.rule("L-01")
    def test_hand_written_points_order_the_leads(self, history: History) -> None:
        """Grades are in order, and an A is converted at least twice as often as leads are.

        The matrix is judged by its grades, and by points within a grade: 0.868, as docs/explanation/scoring.md says.
        """
        policy = xeducation.hand_written()
        report = backtest(policy, history, CUTOFF, HORIZON_DAYS)

        assert () == lint(policy)
        assert ("ok", 9240, 3561) == (report.status, report.n, report.positives)
        assert report.auc is not None
        assert pytest.approx(0.868, abs=0.0005) == report.auc.value
        assert report.ordered
        assert ["C", "B", "A"] == [row.grade for row in report.grades]
        assert (report.grades[-1].lift or 0) >= 2
        assert (report.calibration_error or 1) <= 0.035
        assert () == report.suspects

    def test_a_fitted_policy_is_as_good_as_the_reference(
        self, rows: list[dict[str, str]], cases: tuple[Case, ...], fitted: Fit
    ) -> None:
        """Cross-validated on the same folds, whole points are within 0.005 of scikit-learn's logistic regression."""
        pytest.importorskip("sklearn", reason="the referee is not installed: pip install scikit-learn")
        names = [xeducation.key_of(name) for name in xeducation.columns(rows)]
        reference = auc(regression(cases, names), [case.outcome for case in cases]) or 0.0

        assert fitted.auc is not None
        assert fitted.auc.value >= reference - CLOSE_ENOUGH

    def test_a_fitted_policy_is_calibrated(self, fitted: Fit) -> None:
        """Cross-validated, the chances it gives are off by 0.035 at most."""
        assert "fitted" == fitted.status
        assert fitted.calibration_error is not None
        assert fitted.calibration_error <= 0.035

    def test_a_fitted_policy_is_better_than_the_hand_written_one(
        self, history: History, cases: tuple[Case, ...], fitted: Fit
    ) -> None:
        """Thousands of outcomes are worth more than an opinion; the policy is sound, and its grades are in order."""
        by_hand = backtest(xeducation.hand_written(), history, CUTOFF, HORIZON_DAYS)
        assert fitted.policy is not None
        report = assess(fitted.policy, cases)

        assert sound(lint(fitted.policy))
        assert report.ordered
        assert report.auc is not None
        assert fitted.auc is not None
        assert by_hand.auc is not None
        assert by_hand.auc.high < fitted.auc.low <= report.auc.value

    def test_columns_that_leak_are_flagged(self, rows: list[dict[str, str]], history: History) -> None:
        """What sales people wrote nobody can date, and the tags alone tell the outcome."""
        report = backtest(xeducation.leaky(), history, CUTOFF, HORIZON_DAYS)

        flagged = {(one.factor, one.reason) for one in report.suspects}
        assert {(xeducation.key_of(name), "undated") for name in LEAKING} | {("tags", "auc")} == flagged

    def test_fitting_leaves_a_leak_out(self, rows: list[dict[str, str]], history: History) -> None:
        """The tags are named, and are no factor of what is fitted."""
        candidates = xeducation.candidates(["Tags", "Lead Origin", "Total Time Spent on Website"])
        observed = observe(history, bind_all(candidates, UTC), CUTOFF, HORIZON_DAYS)
        found = fit(observed.cases, candidates, PLAN, undated=observed.undated)

        assert [("tags", "auc"), ("tags", "undated")] == [(one.factor, one.reason) for one in found.suspects]
        assert found.policy is not None
        assert {"lead-origin", "total-time-spent-on-website"} == {factor.key for factor in found.policy.factors}


@pytest.fixture(scope="module")
def deals(real_data: RealData) -> tuple[Case, ...]:
    """Give the closed deals as cases: what was known when they were engaged, and whether they were won."""
    return pipeline.cases(real_data(maven.FILE), real_data(pipeline.ACCOUNTS))


class TestPipeline:
    """6,711 closed deals, of which nothing that is on record tells who was won."""

    def test_no_policy_is_fitted(self, deals: tuple[Case, ...]) -> None:
        """However many deals, there is no signal, and the fit says so."""
        found = fit(deals, pipeline.CANDIDATES, Plan("deals", "1", "opportunity"))

        assert ("no-signal", None) == (found.status, found.policy)
        assert found.auc is not None
        assert 0.48 < found.auc.value < 0.54

    def test_the_back_test_of_a_hand_written_policy_says_no_signal(self, deals: tuple[Case, ...]) -> None:
        """Big accounts and dear products sound promising; they are not."""
        report = backtest(pipeline.promising(), pipeline.history(deals), pipeline.CUTOFF, 30)

        assert ("no-signal", 6711) == (report.status, report.n)
        assert report.auc is not None
        assert 0.48 < report.auc.value < 0.54
