"""A sweep of 1,000 due protections among a million customers, against 1,000 among ten thousand, on SQLite.

    python tests/benchmarks/sweep.py

The stores are made once, in the folder of temporary files, and kept for the next run: one customer is registered and
claimed by commands, and then written a million times under other ids through the store's own units of work, with the
columns of its place in the index of falls. Each round sweeps as of a moment by which the next 1,000 fall.
"""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, islice
from pathlib import Path
from statistics import median
from tempfile import gettempdir
from typing import Any

import attrs

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crmcore import CRM, Actor  # noqa: E402 — the repository's root comes first
from crmcore.customers import ContactDetails, FollowUp, Protect, Register  # noqa: E402
from crmcore.customers.entities import Customer  # noqa: E402
from crmcore.customers.history import evolve  # noqa: E402
from crmcore.kernel.events import Envelope  # noqa: E402
from tests.benchmarks.harness import in_turn, report, scratch, timed  # noqa: E402

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
LARGE, SMALL, DUE = 1_000_000, 10_000, 1_000
#: So many sweeps of DUE each, and one before them that is not counted; the small store has no more to give.
ROUNDS = 7
BATCH = 5_000
CACHE = Path(gettempdir()) / "crmcore-bench-sweep"
LOADER = Actor("loader", {"import"})  # type: ignore[arg-type] — converted to a frozenset
LI = Actor("li", {"pre-sales"})  # type: ignore[arg-type]

#: Run in a process of its own: a sweep, and the most memory the process ever had before and after it.
MEMORY = """
import resource, sys
from datetime import datetime
from crmcore import CRM
with CRM.open(sys.argv[1]) as crm:
    crm.sweep(at=datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fell = crm.sweep(at=datetime.fromisoformat(sys.argv[2]))
    print(fell, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def made(size: int) -> Path:
    """The store of that many protected customers, made if it is not there yet."""
    path = CACHE / f"{size}.db"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        unfinished = CACHE / f"{size}.making"
        unfinished.unlink(missing_ok=True)
        print(f"making {path}", file=sys.stderr)
        with CRM.open(f"sqlite:///{unfinished}") as crm:
            fill(crm, size)
        unfinished.rename(path)
    return path


def fill(crm: CRM, size: int) -> None:
    """Write customers with their histories, beside ``handle`` on purpose: a million commands would take long."""
    customers, log = crm._records.customers, crm._records.log  # noqa: SLF001
    fresh = islice(histories(), size)
    while batch := list(islice(fresh, BATCH)):
        with crm.store.begin() as uow:
            for customer, history in batch:
                customers.save(uow, None, customer)
                log.append(uow, history)


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


def copied(size: int, folder: Path) -> Path:
    """A copy to work on: a sweep changes what it finds."""
    path = folder / f"{size}.db"
    subprocess.run(["cp", str(made(size)), str(path)], check=True)
    return path


def moment(due: int) -> datetime:
    """The moment by which so many have fallen since the beginning."""
    return START + timedelta(days=30, minutes=due)


def swept(crm: CRM, turns: Iterator[int]) -> float:
    """The seconds it takes to sweep the next DUE."""
    at = moment(next(turns) * DUE)
    fell: list[int] = []
    seconds = timed(lambda: fell.append(crm.sweep(at=at)))
    assert fell == [DUE], fell
    return seconds


def memory(path: Path, due: int) -> tuple[int, float]:
    """How many fall in one sweep in a process of its own, and by how many MB its memory grows meanwhile."""
    arguments = [f"sqlite:///{path}", moment(due).isoformat()]
    ran = subprocess.run([sys.executable, "-c", MEMORY, *arguments], capture_output=True, text=True, check=True)
    fell, before, after = map(int, ran.stdout.split())
    return fell, (after - before) / 1024


def main() -> None:
    """Measure and print."""
    with scratch() as folder:
        large, small = copied(LARGE, folder), copied(SMALL, folder)
        with CRM.open(f"sqlite:///{large}") as among_many, CRM.open(f"sqlite:///{small}") as among_few:
            found = in_turn(partial(swept, among_many, count(1)), partial(swept, among_few, count(1)), ROUNDS)
        mine, other = (f"{median(times) * 1000:.0f}" for times in (found.mine, found.other))
        head = ("due", "A, ms", "B, ms", "A ÷ B", "from … to", "target")
        line = (f"{DUE:,}", mine, other, f"{found.ratio:.2f}", found.spread, "≤ 1.5")
        report(f"A sweep among {LARGE:,} customers (A) and among {SMALL:,} (B)", head, [line])
        done = (ROUNDS + 1) * DUE
        grown = [memory(large, done + more) for more in (DUE, 11 * DUE, 61 * DUE)]
        rows = [(f"{fell:,}", f"{megabytes:.1f}") for fell, megabytes in grown]
        report(f"Memory of one sweep among {LARGE:,} customers", ("due", "growth, MB"), rows)


if __name__ == "__main__":
    main()
