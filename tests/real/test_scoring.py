"""Scoring on real leads and a real pipeline: what points tell, what fitting adds, and where nothing is to be told."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from crmcore.scoring import (
    MISSING,
    Candidate,
    Case,
    Fact,
    Facts,
    Field,
    Fit,
    History,
    Plan,
    assess,
    backtest,
    bind_all,
    fit,
    from_toml,
    lint,
    observe,
    sound,
)
from crmcore.scoring.cases import folds
from crmcore.scoring.statistics import auc
from crmcore.scoring.values import Value
from tests.real import maven, xeducation
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
        """Grades are in order, and an A is converted at least twice as often as leads are."""
        policy = xeducation.hand_written()
        report = backtest(policy, history, CUTOFF, HORIZON_DAYS)

        assert () == lint(policy)
        assert ("ok", 9240, 3561) == (report.status, report.n, report.positives)
        assert report.auc is not None
        assert report.auc.value >= 0.79
        assert report.ordered
        assert ["C", "B", "A"] == [row.grade for row in report.grades]
        assert (report.grades[-1].lift or 0) >= 2
        assert (report.calibration_error or 1) <= 0.035
        assert () == report.suspects

    def test_a_fitted_policy_is_as_good_as_the_reference(
        self, rows: list[dict[str, str]], cases: tuple[Case, ...], fitted: Fit
    ) -> None:
        """Cross-validated on the same folds, whole points are within 0.005 of scikit-learn's logistic regression."""
        pytest.importorskip("sklearn", reason="scikit-learn, the referee, is not installed")
        names = [xeducation.key_of(name) for name in xeducation.columns(rows)]
        reference = regression(cases, names)

        assert "fitted" == fitted.status
        assert fitted.auc is not None
        assert fitted.auc.value >= reference - CLOSE_ENOUGH
        assert (fitted.calibration_error or 1) <= 0.035

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
        policy = xeducation.hand_written()
        leaky = attrs.evolve(policy, factors=(*policy.factors, *(tag(name) for name in LEAKING)))
        report = backtest(leaky, history, CUTOFF, HORIZON_DAYS)

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


def tag(name: str) -> Any:
    """A factor on one of the columns that sales people fill in."""
    text = f"""
id = "x"
version = "1"
subject = "lead"
grades = [{{code = "A"}}]
[[factors]]
key = "{xeducation.key_of(name)}"
source = "field"
params = {{name = "{name}"}}
group = "told"
missing = {{code = "unknown"}}
not_applicable = {{code = "none"}}
categories.of = [{{values = ["Might be", "SMS Sent"], points = 1, code = "some"}}]
categories.other = {{code = "other"}}
"""
    return from_toml(text).factors[0]


def regression(cases: Sequence[Case], names: Sequence[str]) -> float:
    """The AUC of scikit-learn's logistic regression over the folds: texts one-hot, numbers one-hot in deciles."""
    numpy = pytest.importorskip("numpy")
    linear = pytest.importorskip("sklearn.linear_model")
    matrix = numpy.column_stack(
        [dummy for name in names for dummy in dummies([case.inputs[name].value for case in cases], numpy)]
    )
    outcomes = [case.outcome for case in cases]
    parted, wanted = numpy.array(folds(outcomes)), numpy.array(outcomes)
    scores = numpy.zeros(len(cases))
    for fold in range(5):
        seen = parted != fold
        model = linear.LogisticRegression(max_iter=2000).fit(matrix[seen], wanted[seen])
        scores[~seen] = model.decision_function(matrix[~seen])
    return auc(scores.tolist(), outcomes) or 0.0


def dummies(values: Sequence[Value], numpy: Any) -> list[Any]:
    """A column of zeros and ones for each level that at least 30 cases have."""
    numbers = sorted(value for value in values if isinstance(value, float))
    edges = sorted({numbers[len(numbers) * step // 10] for step in range(1, 10)}) if numbers else []
    levels = [f"{sum(edge <= value for edge in edges)}" if isinstance(value, float) else str(value) for value in values]
    found = (numpy.array([one == level for one in levels], dtype=float) for level in sorted(set(levels)))
    return [column for column in found if column.sum() >= 30]


@pytest.fixture(scope="module")
def deals(real_data: RealData) -> tuple[Case, ...]:
    """Give the closed deals as cases: what was known when they were engaged, and whether they were won."""
    accounts = {row["account"]: row for row in xeducation.leads(real_data("maven_crm_accounts.csv"))}
    return tuple(
        Case(row["opportunity_id"], engaged(row, accounts.get(row["account"], {})), row["deal_stage"] == "Won")
        for row in xeducation.leads(real_data(maven.FILE))
        if row["deal_stage"] in {"Won", "Lost"}
    )


def engaged(row: dict[str, str], account: dict[str, str]) -> dict[str, Any]:
    """Product and agent of the deal; sector, office and size of the account."""
    return {
        "product": row["product"],
        "agent": row["sales_agent"],
        "sector": account.get("sector", MISSING),
        "office": account.get("office_location", MISSING),
        "size": float(account["employees"]) if account else MISSING,
    }


class TestPipeline:
    """6,711 closed deals, of which nothing that is on record tells who was won."""

    CUTOFF = datetime(2026, 1, 1, tzinfo=UTC)
    ASKED = tuple(Candidate(name, params={"name": name}) for name in ("product", "sector", "office", "agent", "size"))

    def test_no_policy_is_fitted(self, deals: tuple[Case, ...]) -> None:
        """However many deals, there is no signal, and the fit says so."""
        found = fit(deals, self.ASKED, Plan("deals", "1", "opportunity"))

        assert ("no-signal", None) == (found.status, found.policy)
        assert found.auc is not None
        assert 0.48 < found.auc.value < 0.54

    def test_the_back_test_of_a_hand_written_policy_says_no_signal(self, deals: tuple[Case, ...]) -> None:
        """Big accounts and dear products sound promising; they are not."""
        history = History(
            tuple(self.facts(case) for case in deals),
            "won",
            self.CUTOFF - timedelta(days=1),
            self.CUTOFF + timedelta(days=60),
            entry="engaged",
        )
        report = backtest(from_toml(PROMISING), history, self.CUTOFF, 30)

        assert ("no-signal", 6711) == (report.status, report.n)
        assert report.auc is not None
        assert 0.48 < report.auc.value < 0.54

    def facts(self, case: Case) -> Facts:
        """A deal as facts around one cutoff."""
        fields = [
            Field(name, given.value, self.CUTOFF)
            for name, given in case.inputs.items()
            if isinstance(given.value, str | float)
        ]
        events = [Fact("engaged", case.subject, self.CUTOFF)]
        won = [Fact("won", case.subject, self.CUTOFF + timedelta(days=10))]
        return Facts(case.subject, fields, events + (won if case.outcome else []))


PROMISING = """
id = "deals"
version = "1"
subject = "opportunity"
grades = [{code = "C"}, {code = "B", at = 20}, {code = "A", at = 40}]

[[factors]]
key = "size"
source = "field"
params = {name = "size"}
missing = {points = 10, code = "unknown"}
not_applicable = {points = 0, code = "none"}
bands = [{points = 0, code = "small"}, {at = 1000, points = 15, code = "fair"}, {at = 5000, points = 30, code = "big"}]

[[factors]]
key = "product"
source = "field"
params = {name = "product"}
missing = {points = 0, code = "unknown"}
not_applicable = {points = 0, code = "none"}
categories.of = [{values = ["GTK 500", "GTX Plus Pro", "GTX Pro", "GTXPro"], points = 20, code = "dear"}]
categories.other = {points = 10, code = "other"}
"""
