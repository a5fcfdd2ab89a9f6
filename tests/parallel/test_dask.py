"""Workers of a cluster: two processes of Dask on this machine, one of which is killed."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

import distributed
import pytest

from crmcore.parallel import backtest_all
from crmcore.scoring import backtest
from tests.parallel.cases import WITH_DEADLY, all_here, all_on, asking, history
from tests.scoring.made import NOW

pytestmark = [
    pytest.mark.rule("G-05"),
    # What a cluster leaves open when a worker is killed, or for a moment while it shuts down, is its own business.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def client() -> Iterator[distributed.Client]:
    """Give a client of a cluster of two processes that can be reached from this machine alone."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.wait_for_workers(2, timeout=40)
        yield client


@pytest.fixture
def workers(client: distributed.Client) -> Executor:
    """Give the cluster as an executor."""
    executor: Executor = client.get_executor()
    return executor


def test_results_are_those_of_one_process(client: distributed.Client, workers: Executor) -> None:
    """Scores, reports and fitted policies of a cluster are those of one process, in order."""
    assert 2 == len(set(client.run(os.getpid).values()) - {os.getpid()})
    assert all_here() == all_on(workers)


def test_a_worker_that_is_killed_in_the_middle(client: distributed.Client, workers: Executor, tmp_path: Path) -> None:
    """A worker that is killed while it scores takes nothing with it: every report is there, and right."""
    before = set(client.run(os.getpid).values())
    asked = [asking(f"p{place}", "count") for place in range(6)]
    asked.insert(2, asking("lethal", "deadly", marker=str(tmp_path / "killed")))

    found = backtest_all(asked, history(), NOW, 30, workers, sources=WITH_DEADLY)

    assert (tmp_path / "killed").exists()
    assert [backtest(each, history(), NOW, 30, sources=WITH_DEADLY) for each in asked] == found
    assert before - set(client.run(os.getpid).values())
