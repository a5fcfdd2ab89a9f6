"""Stores with many protected customers, made once in the folder of temporary files and kept for the next run.

One customer is registered and claimed by commands; then its records and events are written again and again under other
ids, through the store's own units of work. A million commands would take much longer and give the same.
"""

import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import attrs

from crmcore import CRM, Actor
from crmcore.customers import ContactDetails, FollowUp, Protect, Register
from crmcore.customers.entities import Customer
from crmcore.customers.history import evolve
from crmcore.kernel.events import Envelope
from crmcore.storage.interface import Guard, NewEvent, Write

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
BATCH = 5_000
CACHE = Path(gettempdir()) / "crmcore-bench-stores"
LOADER = Actor("loader", {"import"})
LI = Actor("li", {"pre-sales"})


def made(size: int) -> Path:
    """The store of that many protected customers, made if it is not there yet."""
    path = CACHE / f"{size}.db"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        unfinished = CACHE / f"{size}.making"
        unfinished.unlink(missing_ok=True)
        print(f"making {path}", file=sys.stderr)
        with CRM.open(f"sqlite:///{unfinished}") as crm:
            fill(size, crm)
        unfinished.rename(path)
    return path


class Gathered:
    """In place of a unit of work: keeps what is to be written, so that several storages can be filled with it."""

    def __init__(self) -> None:
        self.writes: list[Write | Guard] = []
        self.events: list[NewEvent] = []

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Keep."""
        self.writes += writes

    def append(self, events: Sequence[NewEvent]) -> None:
        """Keep."""
        self.events += events


def fill(size: int, *crms: CRM) -> None:
    """Write customers with their histories, beside ``handle`` on purpose: a million commands would take long."""
    customers, log = crms[0]._records.customers, crms[0]._records.log
    fresh = islice(histories(), size)
    with ThreadPoolExecutor(len(crms)) as pool:
        writing: list[Future[None]] = []
        while batch := list(islice(fresh, BATCH)):
            gathered: Any = Gathered()
            customers.save_all(gathered, [(None, customer) for customer, _ in batch])
            log.append(gathered, [envelope for _, history in batch for envelope in history])
            for done in writing:
                done.result()
            writing = [pool.submit(_write, crm, gathered) for crm in crms]
        for done in writing:
            done.result()


def _write(crm: CRM, gathered: Gathered) -> None:
    with crm.store.begin(crm.space) as uow:
        uow.write(gathered.writes)
        uow.append(gathered.events)


def histories() -> Iterator[tuple[Customer, list[Envelope]]]:
    """Endless customers, claimed a minute apart, each with its history."""
    pattern = history_of_one()
    for number in count(1):
        shift = timedelta(minutes=number)
        history = [later(envelope, number, shift) for envelope in pattern]
        customer: Customer | None = None
        for envelope in history:
            customer = evolve(customer, envelope)
        assert customer is not None
        yield customer, history


def history_of_one() -> list[Envelope]:
    """What a registration and a claim lead to."""
    with CRM.open() as crm:
        register = Register(
            name="Example Trading Ltd",
            id="C0",
            into="pool",
            address="1 Example Street",
            industry="wholesale-retail",
            phone="0523-5550123",
            introduction="A made-up trader.",
        )
        crm.handle(register, actor=LOADER, at=START)
        told = FollowUp(channel="phone", content="Is interested.")
        crm.handle(Protect("C0", contact=ContactDetails("A. Buyer"), follow_up=told), actor=LI, at=START)
        return list(crm.history("C0", at=START))


def later(envelope: Envelope, number: int, shift: timedelta) -> Envelope:
    """The same event of another customer, so much later."""
    changes: dict[str, Any] = {
        name: getattr(envelope.event, name) + shift
        for name in ("at", "deadline", "held_at")
        if hasattr(envelope.event, name)
    }
    if envelope.type == "registered":
        profile = attrs.evolve(envelope.event.profile, name=f"Example {number} Trading Ltd")
        changes |= {"number": f"KH-{number:07d}", "profile": profile}
    return attrs.evolve(envelope, stream=f"C{number:07d}", event=attrs.evolve(envelope.event, **changes))


def copied(size: int, path: Path) -> Path:
    """A copy to work on: what is measured changes the store."""
    shutil.copy(made(size), path)
    return path
