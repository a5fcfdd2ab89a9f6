"""Processes that the kit starts, and never waits for without end."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import pytest

from crmcore.testing.store.base import Location

#: Seconds after which a process counts as stuck and is killed.
STUCK = 90.0


class Worker:
    """A process with the store open. It waits to be let go."""

    def __init__(self, factory: str, location: Location, role: str, *arguments: object) -> None:
        command = [sys.executable, "-m", "crmcore.testing.store.worker", factory, as_json(location), role]
        # What can be imported here can be imported there.
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)  # noqa: PTH109 — as sys.path means it
        self._process = subprocess.Popen(  # noqa: S603 — this very Python
            [*command, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        self._watchdog = threading.Timer(STUCK, self._process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def await_ready(self) -> None:
        """Wait until the store is open."""
        line = self._output.readline()
        assert line == "ready\n", f"a worker did not start; its error stands in the captured stderr: {line!r}"

    def go(self) -> None:
        """Let it go."""
        self._input.write("go\n")
        self._input.flush()

    def lines(self, count: int) -> list[str]:
        """The next lines it prints, so many or all before its end."""
        lines = (self._output.readline() for _ in range(count))
        return [line.rstrip("\n") for line in lines if line.endswith("\n")]

    def rest(self) -> list[str]:
        """The lines it prints until its end; the last counts only if it is whole."""
        return [line.rstrip("\n") for line in self._output.readlines() if line.endswith("\n")]

    def kill(self) -> None:
        """Kill it, as a crash would."""
        self._process.kill()

    def ended(self) -> int:
        """Wait for its end; its exit code."""
        code = self._process.wait(STUCK)
        self._watchdog.cancel()
        self._input.close()
        self._output.close()
        return code


@contextmanager
def workers(
    factory: str, location: Location, calls: Sequence[tuple[object, ...]]
) -> Generator[list[Worker], None, None]:
    """Processes that are ready; none outlives the block."""
    started: list[Worker] = []
    try:
        for role, *arguments in calls:
            started.append(Worker(factory, location, str(role), *arguments))
        for worker in started:
            worker.await_ready()
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.ended()


def as_json(location: Location) -> str:
    """The location as the worker gets it."""
    try:
        return json.dumps(dict(location))
    except TypeError as error:
        pytest.fail(f"the location must be plain data that JSON can carry to another process: {error}", pytrace=False)
