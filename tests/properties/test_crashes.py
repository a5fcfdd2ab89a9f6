"""A process that is killed at any moment loses nothing it was told is stored, and leaves nothing half done."""

import json
import os
import random
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from crmcore import CRM
from tests.properties.racing import NOW, SIZES
from tests.properties.test_races import positions_are_gapless, started

ROUNDS = 24
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


@pytest.fixture
def server(shared_url: str) -> "Iterator[subprocess.Popen[str]]":
    """Start a process that has everything imported and forks a worker for each line it is sent."""
    process = started("server", shared_url)
    yield process
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    process.wait(timeout=30)


def killed(server: "subprocess.Popen[str]", first: int, after: float, *, at_start: bool) -> list[dict[str, Any]]:
    """Have a worker start at a batch, kill it so many seconds after its start, or its first word; what it said."""
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(f"{first}\n")
    server.stdin.flush()
    child = json.loads(server.stdout.readline())["child"]
    said: list[dict[str, Any]] = []
    if not at_start:
        said.append(json.loads(server.stdout.readline()))
    timer = threading.Timer(after, os.kill, (child, signal.SIGKILL))
    timer.start()
    while not said or "ended" not in said[-1]:
        said.append(json.loads(server.stdout.readline()))
    timer.cancel()

    assert {"ended": child, "signal": signal.SIGKILL} == said.pop()
    return said


def stored_batches(crm: CRM) -> dict[int, Counter[int]]:
    """Of each batch, how many customers have how many events."""
    batches: dict[int, Counter[int]] = {}
    for customer in crm.customers.all(at=NOW + timedelta(days=1)):
        batch = int(customer.id.removeprefix("b").partition("-")[0])
        batches.setdefault(batch, Counter())[customer.version] += 1
    return batches


def check(batches: dict[int, Counter[int]], begun: list[int], said: list[dict[str, Any]]) -> None:
    """What was acknowledged is stored, nothing is there that was not begun, and no batch or command is half there."""
    acknowledged = {one["stored"]: one for one in said if "stored" in one}
    singles = {one["single"]: one["version"] for one in said if "single" in one}

    assert set(batches) <= set(begun)
    for batch in begun:
        size, customers = SIZES[batch % len(SIZES)], batches.get(batch, Counter())
        if size == 1:
            # Registered and protected is one command, the follow-up another.
            assert set(customers) <= {2, 3}
            assert singles.get(f"b{batch}-0", 0) <= max(customers, default=0)
        else:
            assert customers in (Counter(), Counter({3: size}))
            assert batch not in acknowledged or Counter({3: size}) == customers
    for one in acknowledged.values():
        assert 3 * one["size"] == one["events"]


@pytest.mark.rule("D-12", "D-13")
def test_killed_again_and_again(shared_url: str, server: "subprocess.Popen[str]") -> None:
    """Killed at start-up, between commands, in a batch or in its commit: round after round, the database goes on."""
    chance, first, lost = random.Random(20), 0, 0
    CRM.open(shared_url).close()
    for round in range(ROUNDS):
        at_start = round % 4 == 0
        said = killed(server, first, chance.uniform(0, 0.008 if at_start else 0.2), at_start=at_start)
        begun = [one["begun"] for one in said if "begun" in one]
        with CRM.open(shared_url) as crm:
            batches = stored_batches(crm)

            check({batch: counts for batch, counts in batches.items() if batch >= first}, begun, said)
            assert list(range(first, first + len(begun))) == begun
            assert [] == list(crm.verify())
            assert positions_are_gapless(crm)
        lost += bool(said) and "begun" in said[-1]
        first += len(begun)

    assert lost
    assert len(SIZES) * 3 < first
