"""Races in processes, one of which is killed: what was acknowledged is there, and nothing is half there."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from crmcore.testing.backend.base import Backend, Fixtures, fresh_space, needs
from crmcore.testing.backend.races import fill_pool
from crmcore.testing.backend.twins import gapless
from crmcore.testing.schedules import START

POOL: Final = tuple(f"C{number:02}" for number in range(60))
PEOPLE: Final = ("ann", "bob", "cai")
#: Which of them is killed, and after how many answers.
VICTIM, ANSWERS = "bob", 8
#: How often the victim claims everything, so that it never comes to an end by itself.
ROUNDS: Final = 100_000
#: Seconds after which a process that has not ended is given up.
PATIENCE: Final = 120.0

Told = list[dict[str, Any]]


class Processes(Fixtures):
    """Processes of their own, each with the location opened anew."""

    @needs("processes")
    def test_lifecycle_survives_a_kill(self, backend: Backend) -> None:
        """Three processes claim the same customers, one is killed: what each was told is stored, and all adds up."""
        space = fresh_space()
        crm = backend.crm(space=space)
        fill_pool(crm, POOL)
        with _started(backend, space) as processes:
            told = _raced(processes)
        won = {who: {one["id"] for one in answers if one["won"]} for who, answers in told.items()}
        owned = {who: {one.id for one in crm.customers.held_by(who, at=START)} for who in PEOPLE}

        survivors = [who for who in PEOPLE if who != VICTIM]
        assert [len(POOL)] * len(survivors) == [len(told[who]) for who in survivors]
        assert {who: owned[who] for who in survivors} == {who: won[who] for who in survivors}
        assert len(POOL) == sum(map(len, owned.values())), "customers were left to nobody"
        assert won[VICTIM] <= owned[VICTIM], "a claim that was acknowledged is lost"
        assert len(owned[VICTIM] - won[VICTIM]) <= 1, "claims are stored that nobody made"
        for who in survivors:
            lost = {one["id"]: one["owner"] for one in told[who] if not one["won"]}
            assert {id: other for other in PEOPLE for id in owned[other] if id in lost} == lost
        assert [] == list(crm.verify())
        assert gapless(crm)


@contextmanager
def _started(backend: Backend, space: str) -> Generator[Mapping[str, "subprocess.Popen[str]"]]:
    """A process for each of the people, ready to go; none is left behind."""
    processes = {name: _process(backend, space, name) for name in PEOPLE}
    try:
        for process in processes.values():
            assert {"ready": True} == _line(process)
        yield processes
    finally:
        for process in processes.values():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _process(backend: Backend, space: str, name: str) -> "subprocess.Popen[str]":
    """A process that can import all that this one can."""
    command = [sys.executable, "-m", "crmcore.testing.backend.worker", backend.factory]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
    return subprocess.Popen(  # noqa: S603  (our own module)
        [*command, json.dumps(dict(backend.location)), space, name, str(ROUNDS if name == VICTIM else 1), *POOL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
    )


def _line(process: "subprocess.Popen[str]") -> dict[str, Any] | None:
    """The next thing a process says; None when it has ended."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.endswith("\n"):
        return None
    said: dict[str, Any] = json.loads(line)
    return said


def _raced(processes: Mapping[str, "subprocess.Popen[str]"]) -> dict[str, Told]:
    """Let all go at once; what each was told until it ended, or was killed."""
    told: dict[str, Told] = {name: [] for name in processes}

    def listen(name: str) -> None:
        process = processes[name]
        while (said := _line(process)) is not None:
            told[name].append(said)
            if name == VICTIM and len(told[name]) == ANSWERS:
                process.kill()

    threads = [threading.Thread(target=listen, args=(name,)) for name in processes]
    for process in processes.values():
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    statuses = {name: process.wait(PATIENCE) for name, process in processes.items()}
    assert [0] == sorted({status for name, status in statuses.items() if name != VICTIM}), "a process failed"
    assert statuses[VICTIM] != 0, "the process that was to be killed ended by itself"
    return told
