"""A year of a sales department as commands for ``CRM.answer_all``: made up, the same each time, all of them pass."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from crmcore import Actor
from crmcore.app.outcome import Request
from crmcore.customers import (
    ApplyForIntent,
    ApproveIntent,
    ContactDetails,
    FollowUp,
    Protect,
    RecordFollowUp,
    Register,
    Sign,
)

START = datetime(2026, 1, 5, 1, tzinfo=UTC)
#: Their names are all alike on purpose: what looking for similar ones costs is measured by ``lookups.py``.
OVERRIDES = {"matching.similar": "off"}
LOADER = Actor("loader", {"import"})
REVIEWER = Actor("zheng", {"reviewer"})
OWNERS = tuple(Actor(f"pre-sales-{place}", {"pre-sales"}, {"north"}) for place in range(20))


def requests(customers: int) -> list[Request]:
    """Eight commands a customer, those of all customers in the order of time.

    Registered, claimed, followed up twice, applied for, approved, followed up once more, signed.
    """
    chance = Random(11)
    found = [request for number in range(customers) for request in _of_one(number, chance)]
    return sorted(found, key=lambda request: request.at or START)


def _of_one(number: int, chance: Random) -> Iterator[Request]:
    id, owner = f"S{number:07d}", chance.choice(OWNERS)
    now = START + timedelta(minutes=chance.randrange(300 * 1440), microseconds=number)
    steps: tuple[tuple[Any, Actor], ...] = (
        (_registration(id, number), LOADER),
        (Protect(id, contact=ContactDetails("A. Buyer", mobile="13800000000"), follow_up=_told(now)), owner),
        (_follow_up(id, now + timedelta(3)), owner),
        (_follow_up(id, now + timedelta(6)), owner),
        (ApplyForIntent(id, "They want a quotation."), owner),
        (ApproveIntent(id), REVIEWER),
        (_follow_up(id, now + timedelta(9)), owner),
        (Sign(id, f"HT-{number}"), owner),
    )
    for place, (command, actor) in enumerate(steps):
        yield Request(command, actor, now + timedelta(hours=12 * place))


def _registration(id: str, number: int) -> Register:
    return Register(
        name=f"Example {number} Tools Ltd",
        id=id,
        into="pool",
        region="East",
        country="CN",
        address=f"{number} Example Street",
        industry="wholesale-retail",
        phone=f"0523-555{number:05d}",
        email=f"info@c{number}.example.com",
        introduction="A made-up trader in tools and fittings.",
        source="exhibition",
    )


def _told(now: datetime) -> FollowUp:
    return FollowUp(channel="phone", content="Is interested in the offer.", next_contact_at=now + timedelta(3))


def _follow_up(id: str, next_contact_at: datetime) -> RecordFollowUp:
    return RecordFollowUp(
        customer=id, channel="phone", content="Asked about the terms of delivery.", next_contact_at=next_contact_at
    )
