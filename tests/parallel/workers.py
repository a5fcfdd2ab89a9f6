"""Executors that do what tests need, and work that kills the process it runs in."""

import os
import signal
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

from crmcore.scoring import AsOf, Facts, Feature


class Here(Executor):
    """Runs everything at once, in this thread, and keeps a list of what it was handed.

    Calls in ``dying`` break it, as often as they stand there: nothing that is handed in from then on is run.
    """

    def __init__(self, dying: Iterable[Any] = ()) -> None:
        self.dying = list(dying)
        self.handed: list[Any] = []
        self.broken = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Run a call; its first argument is what it is known by."""
        if self.broken:
            raise BrokenExecutor
        self.handed.append(args[0])
        future: Future[Any] = Future()
        if args[0] in self.dying:
            self.dying.remove(args[0])
            self.broken = True
            future.set_exception(BrokenExecutor())
            return future
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 — as any executor does
            future.set_exception(error)
        return future


def kill_once(marker: Path) -> None:
    """End this process as the system ends one that takes too much memory, if nobody has been here before."""
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(facts: Facts, as_of: AsOf, *, of: str, marker: str) -> Feature:
    """A source that counts facts, and kills the first process that asks it."""
    kill_once(Path(marker))
    found = facts.of(of, as_of.at)
    return Feature(len(found), tuple(fact.evidence for fact in found))


def broken(facts: Facts, as_of: AsOf) -> Feature:
    """A source with a mistake in it."""
    msg = f"no such thing of {facts.subject}"
    raise KeyError(msg)
