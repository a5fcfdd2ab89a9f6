"""Chunks are run once, results come in order, and nothing that was done is lost."""

import multiprocessing
import operator
import os
import shelve
import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from crmcore.errors import Invalid, WorkFailed
from crmcore.parallel import Chunk, run
from tests.parallel.workers import Here, kill_once


def squared(number: int) -> int:
    """A call to make."""
    return number * number


def inverse(number: int) -> float:
    """A call that fails for 0."""
    return 1 / number


def killing(number: int, marker: str) -> int:
    """A call that kills its process, once, at 5; or always, where there is no marker."""
    if number == 5:
        kill_once(Path(marker)) if marker else os.kill(os.getpid(), signal.SIGKILL)
    return number


def chunks(count: int, call: Callable[..., Any] = squared, *more: Any) -> list[Chunk[Any]]:
    """So many chunks, from 0 on."""
    return [Chunk(f"n{number}", f"policy-{number}", call, (number, *more)) for number in range(count)]


def processes() -> Executor:
    """Two worker processes."""
    return ProcessPoolExecutor(2, multiprocessing.get_context("spawn"))


def test_results_come_in_order():
    """Whichever chunk is finished first, results stand in the order of the chunks."""
    last_is_done = Event()

    def slow_at_first(number: int) -> int:
        if number == 0:
            assert last_is_done.wait(60)
        elif number == 3:
            last_is_done.set()
        return number

    with ThreadPoolExecutor(2) as pool:
        assert [0, 1, 2, 3] == run(chunks(4, slow_at_first), pool)


def test_what_is_done_is_not_done_again():
    """A chunk whose result is in the store is not handed in."""
    workers, done = Here(), {"n1": "kept"}

    found = run(chunks(3), workers, done)

    assert [0, "kept", 4] == found
    assert [0, 2] == workers.handed
    assert {"n0": 0, "n1": "kept", "n2": 4} == done


def test_names_differ():
    """Two chunks of one name would take each other's result."""
    with pytest.raises(Invalid, match="chunks: stands there twice"):
        run(chunks(1) * 2, Here())


def test_numbers_are_from_one_on():
    """Without an attempt, or a chunk ahead, nothing would ever be done."""
    with pytest.raises(Invalid) as caught:
        run(chunks(1), Here(), attempts=0, ahead=0)

    assert ["attempts", "ahead"] == [fault.path for fault in caught.value.faults]


def test_few_are_handed_in_ahead():
    """No more chunks than told are handed in and not finished, so that memory does not hold all of them twice."""
    most = 0

    class Counting(Here):
        """Notes how many chunks have been taken and have no result yet."""

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
            """As ever."""
            nonlocal most
            most = max(most, len(self.handed) + 1 - len(done))
            return super().submit(fn, *args, **kwargs)

    done: dict[str, Any] = {}
    run(chunks(20), Counting(), done, ahead=3)

    assert 3 == most
    assert 20 == len(done)


def test_a_failure_names_what_it_is_about():
    """One chunk that raises is named with its reason; all others are done, and kept."""
    done: dict[str, Any] = {}

    with pytest.raises(WorkFailed, match=r"^1 pieces of work failed: policy-0 \(ZeroDivisionError\)$") as caught:
        run(chunks(3, inverse), Here(), done)

    assert [("n0", "policy-0", "ZeroDivisionError")] == [
        (failure.name, failure.about, failure.reason) for failure in caught.value.failures
    ]
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert {"n1": 1.0, "n2": 0.5} == done


def test_what_cannot_be_pickled_is_a_failure_of_its_own():
    """A chunk that cannot be sent to a worker fails, and the others do not."""
    done: dict[str, Any] = {}
    work = [Chunk("good", "p", operator.neg, (1,)), Chunk("bad", "q", operator.neg, (lambda: 1,))]

    with pytest.raises(WorkFailed) as caught:
        run(work, processes, done)

    assert ["q"] == [failure.about for failure in caught.value.failures]
    assert {"good": -1} == done


def test_an_executor_that_takes_nothing():
    """An executor that is shut down fails every chunk, and says why; it is not asked for ever."""
    pool = ThreadPoolExecutor(1)
    pool.shutdown()

    with pytest.raises(WorkFailed) as caught:
        run(chunks(2), pool)

    assert ["RuntimeError"] * 2 == [failure.reason for failure in caught.value.failures]


class TestLost:
    """Workers that die take nothing with them."""

    def test_only_what_is_lost_is_handed_in_again(self):
        """After a pool has broken, a new one gets the chunks without a result, and no others."""
        pools: list[Here] = [Here(dying=[2]), Here()]
        used: list[Here] = []

        def make() -> Executor:
            used.append(pools.pop(0))
            return used[-1]

        assert [0, 1, 4, 9, 16] == run(chunks(5), make, ahead=2)
        assert [[0, 1, 2], [3, 4, 2]] == [pool.handed for pool in used]

    @pytest.mark.parametrize("ahead", [1, 3, 16])
    @pytest.mark.parametrize("deadly", [{0}, {1}, {3}, {0, 1}, {0, 3}])
    def test_a_chunk_that_kills_whoever_runs_it(self, ahead, deadly):
        """It is given up after some rounds and named; all others are done, wherever it stood among them."""
        done: dict[str, Any] = {}
        made: list[Here] = []

        def make() -> Executor:
            made.append(Here(dying=deadly))
            return made[-1]

        with pytest.raises(WorkFailed) as caught:
            run(chunks(4), make, done, ahead=ahead)

        assert {f"policy-{number}" for number in deadly} == {failure.about for failure in caught.value.failures}
        assert {f"n{number}": number * number for number in {0, 1, 2, 3} - deadly} == done
        assert len(made) <= 2 * len(deadly) + 3

    def test_with_one_executor_what_is_left_is_told(self):
        """Who hands in a pool instead of what makes one gets back what is lost, and goes on with another later."""
        done: dict[str, Any] = {}
        with pytest.raises(WorkFailed) as caught:
            run(chunks(4), Here(dying=[1]), done, ahead=1)
        again = Here()

        assert ["n1", "n2", "n3"] == [failure.name for failure in caught.value.failures]
        assert [0, 1, 4, 9] == run(chunks(4), again, done)
        assert [1, 2, 3] == again.handed

    def test_what_is_cancelled_is_lost(self):
        """Whoever cancels a chunk does not make it vanish."""

        class Cancelling(Here):
            """Cancels whatever it is handed."""

            def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
                """A cancelled future."""
                future: Future[Any] = Future()
                future.cancel()
                future.set_running_or_notify_cancel()
                return future

        pools: list[Executor] = [Cancelling(), Here()]

        assert [0, 1] == run(chunks(2), lambda: pools.pop(0))

    def test_a_worker_process_that_is_killed(self, tmp_path):
        """Killed in the middle of many chunks, a pool of processes is replaced, and every result is there."""
        made: list[Executor] = []

        def make() -> Executor:
            made.append(processes())
            return made[-1]

        work = chunks(12, killing, str(tmp_path / "killed"))

        assert list(range(12)) == run(work, make, ahead=4)
        assert len(made) == 2

    def test_a_shelf_outlives_the_process(self, tmp_path):
        """With a store on disk another process goes on where one was ended."""
        with shelve.open(tmp_path / "done") as done, pytest.raises(WorkFailed) as caught:  # noqa: S301 — our own
            run(chunks(8, killing, ""), processes, done, attempts=1, ahead=2)
        kept = {failure.name for failure in caught.value.failures}

        with shelve.open(tmp_path / "done") as done:  # noqa: S301 — our own
            again = Here()
            found = run([Chunk(each.name, each.about, squared, each.arguments[:1]) for each in chunks(8)], again, done)

        assert "n5" in kept
        assert sorted(kept) == sorted(f"n{number}" for number in again.handed)
        assert [number * number if f"n{number}" in kept else number for number in range(8)] == found


def test_an_error_of_the_store_is_not_swallowed():
    """Where results cannot be kept, the host is told by its own error."""

    class Full(dict[str, Any]):
        """A store without room."""

        def __setitem__(self, name: str, result: Any) -> None:
            raise OSError(28, "no space left")

    with pytest.raises(OSError, match="no space left"):
        run(chunks(3), Here(), Full())


def test_a_broken_executor_is_told_by_its_class():
    """The reason is the class of what happened, without a text that nobody knows the content of."""
    with pytest.raises(WorkFailed) as caught:
        run(chunks(1), Here(dying=[0]))

    assert isinstance(caught.value.__cause__, BrokenExecutor)
