"""A public sales pipeline as a stream of commands, and what protections of N days make of it, counted by dates alone.

docs/explanation/real-deals.md says in words what stands here. Nothing of crmcore is imported: ``expected`` is the
judge of what crmcore does.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

FILE = "maven_crm_sales_pipeline.csv"

#: The hours of a day, in this order and in the zone of the preset standard.
REGISTERED, CLAIMED, CLOSED, DECIDED, SIGNED, EVENING = "08:00", "09:00", "10:00", "11:00", "12:00", "18:00"
OFFSET = "+08:00"
NEXT_CONTACT_DAYS = 7


class Deal(NamedTuple):
    """An opportunity that was engaged: won or lost on ``closed``, or still open."""

    id: str
    agent: str
    engaged: date
    outcome: str
    closed: date | None


class Figures(NamedTuple):
    """What a run comes to: falls, wins in time and too late, losses given up by agent, and losses fallen before."""

    falls: int
    won_in_time: int
    won_too_late: int
    abandoned: dict[str, int]
    lost_too_late: int


def deals(path: Path) -> list[Deal]:
    """The opportunities with an engage date; agents go by a number, in the order of their names."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["engage_date"]]
    names = sorted({row["sales_agent"] for row in rows})
    agents = {name: f"agent-{place:02d}" for place, name in enumerate(names, 1)}
    return [
        Deal(
            row["opportunity_id"],
            agents[row["sales_agent"]],
            date.fromisoformat(row["engage_date"]),
            row["deal_stage"],
            date.fromisoformat(row["close_date"]) if row["close_date"] else None,
        )
        for row in rows
    ]


def last_day(found: list[Deal]) -> date:
    """The last day on which a deal was closed: there the account ends."""
    return max(deal.closed for deal in found if deal.closed is not None)


def evening(day: date) -> str:
    """The moment of a day at which everything of that day is over."""
    return _at(day, EVENING)


def stream(found: list[Deal]) -> Iterator[str]:
    """Every deal's commands as lines of JSON, in the order of time."""
    commands = [command for deal in found for command in _commands(deal)]
    for command in sorted(commands, key=lambda command: (command["at"], command["customer_or_id"])):
        del command["customer_or_id"]
        yield json.dumps(command, ensure_ascii=False) + "\n"


def _at(day: date, hour: str) -> str:
    return f"{day.isoformat()}T{hour}:00{OFFSET}"


def _commands(deal: Deal) -> Iterator[dict[str, Any]]:
    """Registered into the pool and claimed on the day it was engaged; what became of it on the day it was closed."""
    agent = {"id": deal.agent, "roles": ["pre-sales"]}
    yield _command(
        deal,
        _at(deal.engaged, REGISTERED),
        {"id": "loader", "roles": ["import"]},
        "register",
        id=deal.id,
        into="pool",
        name=f"{deal.id} Ltd",
        address="1 Example Street",
        industry="wholesale-retail",
        phone="0523-5550100",
        introduction="An opportunity of a sales pipeline.",
    )
    yield _command(
        deal,
        _at(deal.engaged, CLAIMED),
        agent,
        "protect",
        customer=deal.id,
        contact={"name": "A. Buyer"},
        follow_up={
            "channel": "phone",
            "content": "Engaged.",
            "next_contact_at": _at(deal.engaged + timedelta(NEXT_CONTACT_DAYS), CLAIMED),
        },
    )
    if deal.closed is not None:
        yield from _closing(deal, deal.closed, agent)


def _closing(deal: Deal, closed: date, agent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A won deal is applied for, approved by a reviewer, and signed; a lost one is given up."""
    if deal.outcome == "Lost":
        yield _command(deal, _at(closed, CLOSED), agent, "abandon", customer=deal.id, reason="The deal was lost.")
        return
    reviewer = {"id": "reviewer", "roles": ["reviewer"]}
    reason = "The customer wants to sign."
    yield _command(deal, _at(closed, CLOSED), agent, "apply-for-intent", customer=deal.id, reason=reason)
    yield _command(deal, _at(closed, DECIDED), reviewer, "approve-intent", customer=deal.id)
    yield _command(deal, _at(closed, SIGNED), agent, "sign", customer=deal.id, contract=f"HT-{deal.id}")


def _command(deal: Deal, at: str, actor: dict[str, Any], do: str, **fields: Any) -> dict[str, Any]:
    return {"at": at, "actor": actor, "do": do, **fields, "customer_or_id": deal.id}


def falls(found: list[Deal], days: int) -> dict[str, datetime]:
    """When the protections of so many days have ended by themselves by the last day of the account, by deal.

    A claim of 09:00 ends at 09:00 so many days later; a deal is closed at 10:00. So it has fallen when it was closed
    on that day or later, or is still open when that day has come.
    """
    end = last_day(found)
    ends = {deal: deal.engaged + timedelta(days) for deal in found}
    fallen = (deal for deal, end_of_protection in ends.items() if end_of_protection <= (deal.closed or end))
    return {deal.id: datetime.fromisoformat(_at(ends[deal], CLAIMED)) for deal in fallen}


def expected(found: list[Deal], days: int) -> Figures:
    """What a protection of so many days makes of the deals."""
    fallen = falls(found, days)
    in_time = [deal for deal in found if deal.id not in fallen]
    too_late = [deal for deal in found if deal.id in fallen]
    return Figures(
        falls=len(fallen),
        won_in_time=sum(deal.outcome == "Won" for deal in in_time),
        won_too_late=sum(deal.outcome == "Won" for deal in too_late),
        abandoned=dict(Counter(deal.agent for deal in in_time if deal.outcome == "Lost")),
        lost_too_late=sum(deal.outcome == "Lost" for deal in too_late),
    )
