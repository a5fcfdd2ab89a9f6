"""Scoring, back-testing and fitting on workers give what they give in one process."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from crmcore.errors import Invalid, WorkFailed
from crmcore.parallel import backtest_all, evaluate_all, fit_all
from crmcore.scoring import SOURCES, backtest
from tests.parallel.cases import POLICIES, WITH_DEADLY, all_here, all_on, asking, fittings, history, rows
from tests.parallel.workers import Here, broken
from tests.scoring.made import DAY, NOW, banded, policy


def processes() -> Executor:
    """Two worker processes."""
    return ProcessPoolExecutor(2, multiprocessing.get_context("spawn"))


@pytest.mark.parametrize("make", [lambda: ThreadPoolExecutor(2), processes], ids=["threads", "processes"])
@pytest.mark.rule("G-05", "G-06")
def test_results_are_those_of_one_process(make: Callable[[], Executor]) -> None:
    """Threads or processes, whatever the chunks: scores, reports and fitted policies are the same, in order."""
    done: dict[str, Any] = {}
    found = all_on(make, done)

    assert all_here() == found
    assert 3 * 3 + 3 + 2 == len(done)
    assert all_here() == all_on(Here(), done)


def test_other_work_has_another_name() -> None:
    """A store is asked by policy, moment, data and settings: whatever differs is done anew."""
    done: dict[str, Any] = {}
    features = rows()
    for at in (NOW, NOW + DAY):
        evaluate_all(POLICIES[:1], features, at, Here(), done)
    evaluate_all(POLICIES[1:2], features, NOW, Here(), done)
    evaluate_all(POLICIES[:1], features[:-1], NOW, Here(), done)
    evaluate_all(POLICIES[:1], features, NOW, Here(), done, named="others")
    backtest_all(POLICIES[:1], history(), NOW, 30, Here(), done)
    backtest_all(POLICIES[:1], history(), NOW, 30, Here(), done, adverse=True)
    backtest_all(POLICIES[:1], history(), NOW, 31, Here(), done)

    assert 8 == len(done)


def test_no_rows() -> None:
    """Nothing to score is no scores under each policy."""
    assert [[], [], []] == evaluate_all(POLICIES, [], NOW, Here())


def test_the_policy_at_fault_is_named() -> None:
    """One policy that cannot be back-tested, and one whose source has a mistake, leave the others their reports."""
    unknown = policy(banded("visits", (None, 0, "any"), source="nobody-has-it", params={}), id="unknown")
    mistaken = policy(banded("visits", (None, 0, "any"), source="broken", params={}), id="mistaken")
    done: dict[str, Any] = {}

    with pytest.raises(WorkFailed) as caught:
        backtest_all(
            (unknown, *POLICIES, mistaken), history(), NOW, 30, processes, done, sources={**SOURCES, "broken": broken}
        )

    failures = [(failure.about, failure.reason.partition(":")[0]) for failure in caught.value.failures]
    assert [(unknown.stamp, "PolicyInvalid"), (mistaken.stamp, "KeyError")] == failures
    assert "factors[0].source" in str(caught.value)
    assert "C0" not in str(caught.value)
    assert {each.stamp: backtest(each, history(), NOW, 30) for each in POLICIES} == {
        report.policy: report for report in done.values()
    }


def test_a_plan_at_fault_is_named() -> None:
    """A fit whose cases lack a feature is named by the plan's id and version; the other is done."""
    first, second = fittings()
    done: dict[str, Any] = {}
    lacking = type(first)(first.cases, POLICIES[2].factors, second.plan)  # type: ignore[arg-type]

    with pytest.raises(WorkFailed, match=r"with-2/1 \(Invalid: inputs\.recency: is missing") as caught:
        fit_all([first, lacking], Here(), done)

    assert ["with-2/1"] == [failure.about for failure in caught.value.failures]
    assert 1 == len(done)


def test_one_policy_twice() -> None:
    """The same policy is not to be scored twice."""
    with pytest.raises(Invalid, match="chunks: stands there twice"):
        backtest_all(POLICIES[:1] * 2, history(), NOW, 30, Here())


def test_a_worker_that_is_killed_in_the_middle(tmp_path) -> None:
    """A worker killed while it scores costs time, and nothing else: every report is there, and right."""
    asked = [asking(f"p{place}", "count") for place in range(4)]
    lethal = asking("lethal", "deadly", marker=str(tmp_path / "killed"))
    made: list[Executor] = []

    def make() -> Executor:
        made.append(processes())
        return made[-1]

    found = backtest_all([*asked, lethal], history(), NOW, 30, make, sources=WITH_DEADLY)

    assert (tmp_path / "killed").exists()
    assert 2 == len(made)
    assert [backtest(each, history(), NOW, 30, sources=WITH_DEADLY) for each in (*asked, lethal)] == found
