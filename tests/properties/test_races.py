"""Racing for the same customers, in processes and in threads: one winner each, and limits hold (P-20, P-16, P-02)."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmcore import CRM, Actor, Denied, Outcome
from crmcore.app.outcome import Request
from crmcore.customers import ChangeProfile
from tests.conftest import ROOT
from tests.properties.racing import BRANDS, IMPORTER, NOW, POOL, claim, registration, told, written

PEOPLE = tuple("abcdefgh")
#: How long, in seconds, a process may take before the test gives it up.
PATIENCE = 240


def started(role: str, *arguments: str) -> "subprocess.Popen[str]":
    """A process of its own in that role."""
    command = [sys.executable, "-m", "tests.properties.racing", role, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def raced(processes: "dict[str, subprocess.Popen[str]]") -> dict[str, list[dict[str, Any]]]:
    """Let all go at once when all are ready, and give what each was told, in order."""
    told_to: dict[str, list[dict[str, Any]]] = {}

    def collect(name: str, process: "subprocess.Popen[str]") -> None:
        output, _ = process.communicate("go\n", timeout=PATIENCE)
        told_to[name] = [json.loads(line) for line in output.splitlines()]

    try:
        for process in processes.values():
            assert process.stdout is not None
            assert {"ready": True} == json.loads(process.stdout.readline())
        threads = [threading.Thread(target=collect, args=pair) for pair in processes.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for process in processes.values():
            process.kill()
            process.wait()

    assert [0] * len(processes) == [process.returncode for process in processes.values()]
    return told_to


def positions_are_gapless(crm: CRM) -> bool:
    """Whether the events of a CRM stand at 1, 2, 3, …."""
    with crm.store.begin() as uow:
        return all(place == event.position for place, event in enumerate(uow.read_events(0, 10**6), 1))


@pytest.mark.rule("P-20", "P-16", "P-02")
@pytest.mark.parametrize("most", [150, 100], ids=["room-for-all", "not-enough-room"])
def test_eight_processes_claim_a_thousand_customers(shared_url: str, most: int) -> None:
    """Each customer has at most one winner, exactly one where limits leave room; losers are told who has it."""
    # A thousand names that are alike would be compared for most of the time.
    url, policy = shared_url, {"customers": {"limits": {"total": most}}, "matching": {"similar": "off"}}
    with CRM.open(url, policy=policy) as crm:
        requests = [Request(registration(id, f"上海{id}贸易有限公司"), IMPORTER, NOW) for id in POOL]
        assert all(isinstance(answer, Outcome) for answer in crm.answer_all(requests))
    answers = raced({name: started("claimer", url, json.dumps(policy), name) for name in PEOPLE})

    with CRM.open(url, policy=policy) as crm:
        customers = {customer.id: customer for customer in crm.customers.all(at=NOW)}
        won = {name: [one["won"] for one in told if "won" in one] for name, told in answers.items()}
        winners = {id: name for name, ids in won.items() for id in ids}

        assert [len(POOL)] * len(PEOPLE) == [len(told) for told in answers.values()]
        assert len(winners) == sum(len(ids) for ids in won.values())
        assert winners == {id: customer.owner for id, customer in customers.items() if customer.owner is not None}
        assert min(len(POOL), most * len(PEOPLE)) == len(winners)
        assert most >= max(len(ids) for ids in won.values())
        for one in (one for told in answers.values() for one in told if "lost" in one):
            if one["rules"] == ["P-16"]:
                assert [] == one["owners"]
            else:
                assert ["P-02"] == one["rules"]
                assert [winners[one["lost"]]] == one["owners"]
        assert [] == list(crm.verify())
        assert positions_are_gapless(crm)


def test_who_is_at_the_limit_loses_for_no_other_reason(tmp_path: Path) -> None:
    """P-16 refuses a free customer only to who holds as many as allowed."""
    url, policy = f"sqlite:///{tmp_path / 'pool.db'}", {"customers": {"limits": {"total": 5}}}
    with CRM.open(url, policy=policy) as crm:
        for id in POOL[:12]:
            crm.handle(registration(id, f"上海{id}贸易有限公司"), actor=IMPORTER, at=NOW)
        answers = {
            who: [told(crm.answer(claim(id), actor=Actor(who, {"pre-sales"}), at=NOW)) for id in POOL[:12]]
            for who in "ab"
        }

    assert ["won"] * 5 + ["P-16"] * 7 == ["won" if "won" in one else one["rules"][0] for one in answers["a"]]
    assert ["P-02"] * 5 + ["won"] * 5 + ["P-16"] * 2 == [
        "won" if "won" in one else one["rules"][0] for one in answers["b"]
    ]


@pytest.mark.rule("P-02", "P-20")
def test_two_processes_register_the_same_names(shared_url: str) -> None:
    """Of two processes that register one name, however each writes it, one passes and the other is refused by P-02."""
    url = shared_url
    CRM.open(url).close()
    answers = raced({name: started("registrant", url, name) for name in "ab"})
    pairs = list(zip(answers["a"], answers["b"], strict=True))

    assert 100 == len(pairs)
    for pair in pairs:
        [winner] = [one for one in pair if "won" in one]
        [loser] = [one for one in pair if "lost" in one]

        assert ["P-02"] == loser["rules"]
        assert [winner["won"][0]] == loser["owners"]
    with CRM.open(url) as crm:
        assert 100 == len(crm.customers.all(at=NOW))
        assert [] == list(crm.verify())
        assert positions_are_gapless(crm)


@pytest.mark.rule("P-02", "M-03", "M-04")
def test_two_processes_register_one_enterprise_written_differently(shared_url: str) -> None:
    """Traditional, without 市, in brackets, by credit code: one passes, the other is refused."""
    CRM.open(shared_url).close()
    answers = raced({name: started("rival", shared_url, name) for name in "ab"})

    assert [len(BRANDS)] * 2 == [len(told) for told in answers.values()]
    for pair in zip(answers["a"], answers["b"], strict=True):
        [winner] = [one for one in pair if "won" in one]
        [loser] = [one for one in pair if "lost" in one]

        assert ["P-02"] == loser["rules"]
        assert [winner["won"][0]] == loser["owners"]
    with CRM.open(shared_url) as crm:
        assert len(BRANDS) == len(crm.customers.all(at=NOW))
        assert [] == list(crm.verify())


@pytest.mark.rule("P-02", "M-03")
def test_a_profile_is_changed_while_somebody_registers(threads_url: str) -> None:
    """Who becomes an enterprise by a change, and who registers it at that moment, do not both pass."""
    with CRM.open(threads_url) as crm:
        for number in range(len(BRANDS) - 1):
            crm.handle(registration(f"c{number}", f"苏州{BRANDS[-1 - number]}物流有限公司"), actor=IMPORTER, at=NOW)
            text = written(number, "a")[0]
            change = ChangeProfile(f"c{number}", name=written(number, "b")[0])
            answers = at_once(
                {
                    "a": registering(crm, f"a{number}", text, Actor("a", {"pre-sales"})),
                    "b": lambda change=change: crm.answer(change, actor=IMPORTER, at=NOW),  # type: ignore[misc]
                }
            )

            assert 1 == sum(isinstance(answer, Outcome) for answer in answers.values())
        assert [] == list(crm.verify())


@pytest.mark.rule("P-02", "P-20")
def test_two_threads_register_the_same_name(threads_url: str) -> None:
    """Of two threads that register one name at once, one passes and the other is refused by P-02."""
    with CRM.open(threads_url) as crm:
        for number in range(50):
            names = {"a": f"上海{number}号（晨星）贸易有限公司", "b": f" 上海{number}号(晨星) 贸易有限公司"}
            answers = at_once(
                {
                    who: registering(crm, f"{who}{number}", name, Actor(who, {"pre-sales"}))
                    for who, name in names.items()
                }
            )
            [winner] = [who for who, answer in answers.items() if isinstance(answer, Outcome)]
            [loser] = [answer for answer in answers.values() if isinstance(answer, Denied)]

            assert [("P-02", winner)] == [(refusal.rule, refusal.params["owner"]) for refusal in loser.refusals]
        assert 50 == len(crm.customers.all(at=NOW))
        assert [] == list(crm.verify())


@pytest.mark.rule("P-20")
def test_threads_claim_one_customer(threads_url: str) -> None:
    """Of eight threads that claim one customer at once, one wins, and the others are told who did."""
    with CRM.open(threads_url) as crm:
        for id in POOL[:20]:
            crm.handle(registration(id, f"上海{id}贸易有限公司"), actor=IMPORTER, at=NOW)
            answers = at_once({who: claiming(crm, id, Actor(who, {"pre-sales"})) for who in PEOPLE})
            winners = [who for who, answer in answers.items() if isinstance(answer, Outcome)]
            owners = Counter(told(answer)["owners"][0] for answer in answers.values() if isinstance(answer, Denied))

            assert 1 == len(winners)
            assert Counter({winners[0]: 7}) == owners
        assert [] == list(crm.verify())
        assert positions_are_gapless(crm)


Answer = Outcome | Denied


def registering(crm: CRM, id: str, name: str, actor: Actor) -> Callable[[], Answer]:
    """A registration, to be called."""
    return lambda: crm.answer(registration(id, name, "potential"), actor=actor, at=NOW)


def claiming(crm: CRM, id: str, actor: Actor) -> Callable[[], Answer]:
    """A claim, to be called."""
    return lambda: crm.answer(claim(id), actor=actor, at=NOW)


def at_once(calls: dict[str, Callable[[], Answer]]) -> dict[str, Answer]:
    """Make all calls at the same time, each in a thread of its own."""
    together, answers = threading.Barrier(len(calls)), dict[str, Answer]()

    def run(who: str, call: Callable[[], Answer]) -> None:
        together.wait()
        answers[who] = call()

    threads = [threading.Thread(target=run, args=pair) for pair in calls.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(calls) == set(answers)
    return answers
