"""PostgreSQL's postmaster killed under load: what was acknowledged is there, nothing is half there, all go on."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from crmcore import CRM
from tests.conftest import server
from tests.properties.racing import NOW, SIZES
from tests.properties.test_races import positions_are_gapless, started
from tests.servers.postgres import Postgres

ROUNDS = 4
WORKERS = ("a", "b", "c")
#: What a server that dies may be told as; the last leaves open whether the batch is stored.
CODES = {"transient", "unavailable", "outcome-unknown"}


@pytest.fixture
def crashing() -> Iterator[Postgres]:
    """Give a server of our own, which keeps what it has acknowledged when it is killed."""
    running = server("pg", lambda: Postgres(durable=True))
    yield running
    running.close()


class Survivor:
    """A process that registers batches all along, and what it has said."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.said: list[dict[str, Any]] = []
        self.process = started("survivor", url, name)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None

        with self.process.stdout as lines:
            for line in lines:
                self.said.append(json.loads(line))

    def stop(self) -> None:
        """Have it end after its current batch, and hear it out."""
        assert self.process.stdin is not None

        with suppress(BrokenPipeError):  # it has died, which its return code tells
            self.process.stdin.write("stop\n")
            self.process.stdin.close()
        # Not ``communicate``, which would read the lines away from the reader.
        self.process.wait(60)
        self._reader.join(60)
        assert not self._reader.is_alive()

    def was_heard_out(self) -> bool:
        """Whether it was heard to the end: what became of each batch it began, up to the last one."""
        begun = self.batches("begun")
        return begun == self.batches("stored") | self.batches("failed") == set(range(len(begun)))

    def batches(self, what: str) -> set[int]:
        """The batches of which it has said that."""
        return {one[what] for one in list(self.said) if what in one}


def stored(crm: CRM, name: str) -> dict[int, Counter[int]]:
    """Of each batch of a worker, how many customers have how many events."""
    batches: dict[int, Counter[int]] = {}
    for customer in crm.customers.all(at=NOW + timedelta(days=1)):
        if customer.id.startswith(name):
            batch = int(customer.id.removeprefix(name).partition("-")[0])
            batches.setdefault(batch, Counter())[customer.version] += 1
    return batches


def check(crm: CRM, worker: Survivor, acknowledged: set[int], refused: set[int]) -> None:
    """What was acknowledged before the crash is whole, what was said not to be stored is not, the rest is either."""
    batches = stored(crm, worker.name)

    assert acknowledged <= set(batches)
    assert not refused & set(batches)
    assert {batch: Counter({3: SIZES[batch % len(SIZES)]}) for batch in batches} == batches


@pytest.mark.rule("D-12", "D-13")
def test_the_postmaster_is_killed_under_load(crashing: Postgres) -> None:
    """Round after round, while three processes write; they find their way back by themselves."""
    chance, url = random.Random(9), crashing.database()
    CRM.open(url).close()
    workers = [Survivor(url, name) for name in WORKERS]
    try:
        for _ in range(ROUNDS):
            before = {worker.name: len(worker.batches("stored")) for worker in workers}
            wait_until(lambda before=before: all(len(w.batches("stored")) > before[w.name] + 3 for w in workers))
            time.sleep(chance.uniform(0, 0.2))
            acknowledged = {worker.name: worker.batches("stored") for worker in workers}
            crashing.kill()
            crashing.start()
            with CRM.open(url) as crm:
                for worker in workers:
                    check(crm, worker, acknowledged[worker.name], set())
                assert [] == list(crm.verify())
                assert positions_are_gapless(crm)
    finally:
        for worker in workers:
            worker.stop()

    codes = {one["code"] for worker in workers for one in worker.said if "code" in one}
    with CRM.open(url) as crm:
        for worker in workers:
            assert worker.was_heard_out()
            failed = [one for one in worker.said if "failed" in one]
            check(
                crm, worker, worker.batches("stored"), {o["failed"] for o in failed if o["code"] != "outcome-unknown"}
            )
        assert [] == list(crm.verify())
        assert positions_are_gapless(crm)
    assert codes
    assert codes <= CODES
    assert [0] * len(workers) == [worker.process.returncode for worker in workers]


def wait_until(is_so: Any) -> None:
    """Wait, but not for ever."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "the workers do not get on"
        time.sleep(0.01)
