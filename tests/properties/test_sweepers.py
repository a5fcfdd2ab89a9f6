"""Any number of processes may sweep one database at once: each fall is stored once, by whomever."""

import json
import os
import signal
from datetime import timedelta
from typing import Any

import pytest

from crmcore import CRM, Actor, Outcome
from crmcore.app.outcome import Request
from crmcore.customers.events import Expired
from tests.properties.racing import NOW, registration
from tests.properties.test_races import positions_are_gapless, raced, started

COUNT = 600
LI = Actor("li", {"pre-sales"})
LATER = NOW + timedelta(days=31)


def filled(url: str) -> None:
    """Make customers whose protection will have ended; their names are alike, and not compared."""
    with CRM.open(url, overrides={"matching.similar": "off"}) as crm:
        ids = [f"C{number:04}" for number in range(COUNT)]
        requests = [Request(registration(id, f"上海{id}贸易有限公司", "potential"), LI, NOW) for id in ids]
        assert all(isinstance(answer, Outcome) for answer in crm.answer_all(requests))


def falls(crm: CRM) -> dict[str, int]:
    """How many falls are stored of each customer."""
    counts: dict[str, int] = {}
    for row in crm.events():
        if isinstance(row.envelope.event, Expired):
            counts[row.envelope.stream] = counts.get(row.envelope.stream, 0) + 1
    return counts


def swept(url: str, count: int, size: int) -> list[int]:
    """What each of so many sweepers that run at once says it has stored."""
    names = [f"s{number}" for number in range(count)]
    answers: dict[str, list[dict[str, Any]]] = raced(
        {name: started("sweeper", url, LATER.isoformat(), str(size)) for name in names}
    )
    return [answers[name][-1]["fell"] for name in names]


@pytest.mark.rule("P-19")
def test_four_sweepers_at_once(shared_url: str) -> None:
    """Together they store every fall, and none twice."""
    filled(shared_url)

    fell = swept(shared_url, 4, 20)

    with CRM.open(shared_url) as crm:
        assert COUNT == sum(fell)
        assert dict.fromkeys((f"C{number:04}" for number in range(COUNT)), 1) == falls(crm)
        assert 0 == crm.sweep(at=LATER)
        assert [] == list(crm.verify())
        assert positions_are_gapless(crm)


@pytest.mark.rule("P-19")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs SIGKILL")
def test_a_killed_sweeper_leaves_the_rest_to_others(shared_url: str) -> None:
    """What it had stored stays, what it had not is there for the next one."""
    filled(shared_url)
    process = started("sweeper", shared_url, LATER.isoformat(), "5")
    assert process.stdin is not None
    assert process.stdout is not None
    assert {"ready": True} == json.loads(process.stdout.readline())
    process.stdin.write("go\n")
    process.stdin.flush()
    assert {"so_far": 5} == json.loads(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()

    with CRM.open(shared_url) as crm:
        assert 0 < crm.sweep(at=LATER)
        assert dict.fromkeys((f"C{number:04}" for number in range(COUNT)), 1) == falls(crm)
        assert [] == list(crm.verify())
