"""Real deals through the command line, against figures counted from their dates alone."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crmcore import CRM
from tests.real.maven import FILE, Deal, Figures, deals, evening, expected, falls, last_day, stream

#: The preset standard, and what it would be with longer protections.
POLICIES: dict[int, dict[str, int]] = {
    30: {},
    60: {"customers.protection.potential_days": 60},
    90: {"customers.protection.potential_days": 90},
}


class Run(NamedTuple):
    """What a policy made of the stream: an outcome a line, what the sweep at the end stored, and what was verified."""

    database: Path
    outcomes: list[dict[str, Any]]
    swept: dict[str, Any]
    verified: dict[str, Any]


def crmcore(*arguments: str) -> list[dict[str, Any]]:
    """Run the command line; its output as objects, one a line."""
    command = [sys.executable, "-m", "crmcore.cli", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    return [json.loads(line) for line in ran.stdout.splitlines()]


def run(days: int, file: Path, end: str) -> Run:
    """Give the whole stream under a policy, sweep at the end of the account, and verify."""
    database = file.with_name(f"{days}.db")
    settings = [text for path, value in POLICIES[days].items() for text in ("--set", f"{path}={value}")]
    where = ("--storage", f"sqlite:///{database}", "--policy", "standard", *settings)
    outcomes = crmcore("run", str(file), *where)
    (swept,) = crmcore("sweep", "--at", end, "--json", *where)
    (verified,) = crmcore("verify", "--json", *where)
    return Run(database, outcomes, swept, verified)


def fallen(database: Path, policy: Mapping[str, Any], at: str, found: Iterable[Deal]) -> dict[str, datetime]:
    """When protections ended by themselves, by customer, as the histories tell."""
    with CRM.open(f"sqlite:///{database}", overrides=policy) as crm:
        histories = (crm.history(deal.id, at=datetime.fromisoformat(at)) for deal in found)
        return {event.stream: event.at for history in histories for event in history if event.type == "expired"}


def figures(commands: Sequence[dict[str, Any]], outcomes: Iterable[dict[str, Any]], falls: int) -> Figures:
    """What the outcomes come to, each beside the command that led to it."""
    passed: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    abandoned: Counter[str] = Counter()
    for command, outcome in zip(commands, outcomes, strict=True):
        (passed if outcome["ok"] else refused)[command["do"]] += 1
        if outcome["ok"] and command["do"] == "abandon":
            abandoned[command["actor"]["id"]] += 1
    assert passed["apply-for-intent"] == passed["approve-intent"] == passed["sign"]
    assert refused["apply-for-intent"] == refused["approve-intent"] == refused["sign"]
    return Figures(falls, passed["sign"], refused["sign"], dict(abandoned), refused["abandon"])


@pytest.fixture(scope="module")
def found(real_data: Callable[[str], Path]) -> list[Deal]:
    """The deals of the file."""
    return deals(real_data(FILE))


@pytest.fixture(scope="module")
def lines(found: list[Deal]) -> list[str]:
    """The deals as one stream of commands."""
    return list(stream(found))


@pytest.fixture(scope="module")
def runs(found: list[Deal], lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[int, Run]:
    """The stream under every policy, side by side: each is a chain of processes that this one waits for."""
    file = tmp_path_factory.mktemp("deals") / "deals.jsonl"
    file.write_text("".join(lines), encoding="utf-8")
    with ThreadPoolExecutor() as pool:
        done = pool.map(lambda days: run(days, file, evening(last_day(found))), POLICIES)
        return dict(zip(POLICIES, done, strict=True))


@pytest.mark.rule("P-03", "P-05", "P-08", "P-11", "P-19")
@pytest.mark.parametrize("days", POLICIES)
def test_real_deals_fall_and_are_won_as_their_dates_say(
    days: int, found: list[Deal], lines: list[str], runs: dict[int, Run]
) -> None:
    """A whole year of real deals comes to the falls, wins and losses that subtracting their dates gives."""
    database, outcomes, swept, verified = runs[days]

    dates = expected(found, days)
    assert dates == figures([json.loads(line) for line in lines], outcomes, swept["fell"])
    assert falls(found, days) == fallen(database, POLICIES[days], evening(last_day(found)), found)
    assert (len(found), []) == (verified["customers"], verified["problems"])


@pytest.mark.rule("P-03")
def test_what_is_too_late_is_refused_for_being_in_the_pool(found: list[Deal], lines: list[str], tmp_path: Path) -> None:
    """Whoever closes a deal after its fall is told that the customer is not protected any more."""
    too_late = falls(found, 30)
    late = min((deal for deal in found if deal.outcome == "Won" and deal.id in too_late), key=attrgetter("id"))
    own = [line for line in lines if late.id in (json.loads(line).get("customer"), json.loads(line).get("id"))]
    file = tmp_path / "one.jsonl"
    file.write_text("".join(own), encoding="utf-8")

    outcomes = crmcore("run", str(file), "--storage", "memory://", "--policy", "standard")

    assert ["pool", "potential", "pool", "pool", "pool"] == [outcome["customer"]["stage"] for outcome in outcomes]
    assert [True, True, False, False, False] == [outcome["ok"] for outcome in outcomes]
    assert "not-potential" in [refusal["code"] for refusal in outcomes[2]["refused"]]
    assert "not-intent" in [refusal["code"] for refusal in outcomes[4]["refused"]]
