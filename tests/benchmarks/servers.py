"""Commands and sweeps on every backend, and on the servers against the bare driver doing the same statements.

To be run as ``python tests/benchmarks/servers.py [CUSTOMERS …]``, 10,000 and 100,000 by default; a million takes a
quarter of an hour and some 10 GB of memory, for its stores are filled first.

Each round takes the next commands of the year in ``sales.py`` and lets every backend answer them in turn, then every
driver repeat what crmcore had it do: in the same database, in another space. A recording is made beforehand, by the
same commands in a third space.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psycopg
import pymysql
from sqlalchemy.engine import make_url

from crmcore import CRM
from crmcore.app.outcome import Outcome, Request
from tests.benchmarks.filled import fill
from tests.benchmarks.harness import ROOT, report, scratch, settle_memory, timed
from tests.benchmarks.recording import DRIVERS, Deed, noted, relocated, replay
from tests.benchmarks.sales import OVERRIDES, requests
from tests.benchmarks.sweep import MEMORY, moment
from tests.servers import mariadb as mariadb_server
from tests.servers import postgres as postgres_server
from tests.servers.mariadb import MariaDB
from tests.servers.postgres import Postgres

SIZES = (10_000, 100_000)
#: Customers whose year is worked through: 8 commands each, the same for all.
CUSTOMERS = 1_000
BATCH, ROUNDS, WARM = 500, 14, 2
#: Single commands in one round.
SINGLES = 100
WORKERS = (1, 2, 4)
DUE, SWEEPS = 1_000, 3
SWEPT = "filler"
#: Room for a million customers, as who has so many would give them.
PG_SETTINGS = (*postgres_server.SETTINGS, "shared_buffers=1GB", "max_wal_size=8GB")
MARIA_SETTINGS = (*mariadb_server.SETTINGS, "--innodb-buffer-pool-size=1G", "--innodb-log-file-size=1G")
TARGETS = {BATCH: "≤ 1.6", 1: "≤ 2.5"}


class Backend:
    """A storage with customers in it, and its driver, if there is one to compare with."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url
        self.crm = CRM.open(url, overrides=OVERRIDES)
        self.raw: Any = raw_connection(name, url)

    def close(self) -> None:
        """Close everything."""
        self.crm.close()
        if self.raw is not None:
            self.raw.close()


def raw_connection(name: str, url: str) -> Any:
    """A connection of the driver's own, with the isolation that crmcore uses."""
    place = make_url(url)
    if name == "postgres":
        return psycopg.connect(host=str(place.query["host"]), user=place.username, dbname=place.database)
    if name == "mariadb":
        connection = pymysql.connect(
            unix_socket=str(place.query["unix_socket"]), user=place.username, database=place.database
        )
        connection.cursor().execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        return connection
    return None


@contextmanager
def backends(size: int) -> Iterator[list[Backend]]:
    """Every backend, filled."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        postgres, mariadb = Postgres(PG_SETTINGS, durable=True), MariaDB(MARIA_SETTINGS)
        stack.callback(postgres.close)
        stack.callback(mariadb.close)
        urls = {
            "memory": "memory://",
            "sqlite": f"sqlite:///{folder / 'native.db'}",
            "sqlite, SQLAlchemy": f"sqlite+pysqlite:///{folder / 'alchemy.db'}",
            "postgres": postgres.database(),
            "mariadb": mariadb.database(),
        }
        made = []
        for name, url in urls.items():
            made.append(Backend(name, url))
            stack.callback(made[-1].close)
        print(f"filling {', '.join(urls)} with {size:,}", file=sys.stderr)
        fill(size, *(backend.crm.in_space(SWEPT) for backend in made))
        yield made


def answered(crm: CRM, work: Sequence[Request], batch: int) -> int:
    """Have the commands answered; how many events that made."""
    if batch == 1:
        return sum(len(crm.handle(one.command, actor=one.actor, at=one.at).events) for one in work)
    answers = list(crm.answer_all(work, size=batch))
    assert all(isinstance(answer, Outcome) for answer in answers), "every command passes"
    return sum(len(answer.events) for answer in answers if isinstance(answer, Outcome))


def recorded(backend: Backend, rounds: Sequence[Sequence[Request]], batch: int) -> list[list[Deed]]:
    """What the driver does in each round, for the space it is repeated in."""
    here, there = f"rec{batch}", f"raw{batch}"
    crm = backend.crm.in_space(here)
    parts = []
    for work in rounds:
        with noted(*DRIVERS[backend.name]) as deeds:
            answered(crm, work, batch)
        parts.append(relocated(deeds, here, there))
    return parts


def compare(made: Sequence[Backend], batch: int, size: int) -> list[tuple[str, ...]]:
    """Lines of the table of commands."""
    work, step = requests(CUSTOMERS), BATCH if batch > 1 else SINGLES
    rounds = [work[first : first + step] for first in range(0, len(work), step)][: ROUNDS + WARM]
    replays = {backend.name: recorded(backend, rounds, batch) for backend in made if backend.raw is not None}
    settle_memory()
    own: dict[str, list[float]] = {backend.name: [] for backend in made}
    raw: dict[str, list[float]] = {backend.name: [] for backend in made}
    events = 0
    for place, work in enumerate(rounds):
        for backend in made:
            crm = backend.crm.in_space(f"own{batch}")
            counted: list[int] = []
            own[backend.name].append(timed(lambda: counted.append(answered(crm, work, batch))))  # noqa: B023
            events += counted[0] if place >= WARM else 0
            if backend.raw is not None:
                raw[backend.name].append(timed(partial(replay, backend.raw, replays[backend.name][place])))
    commands = sum(len(work) for work in rounds[WARM:])
    per_command = events / len(made) / commands
    return [
        row(backend.name, own[backend.name], raw[backend.name], batch, size, len(rounds[0]), per_command)
        for backend in made
    ]


def row(
    name: str, own: Sequence[float], raw: Sequence[float], batch: int, size: int, count: int, events: float
) -> tuple[str, ...]:
    """A line of the table of commands."""
    rate = count / median(own[WARM:])
    ratios = [mine / other for mine, other in zip(own[WARM:], raw[WARM:], strict=False)]
    told = (
        (f"{median(ratios):.2f}", f"{min(ratios):.2f} to {max(ratios):.2f}", TARGETS[batch]) if ratios else ("–",) * 3
    )
    bare = f"{count / median(raw[WARM:]):,.0f}" if raw else "–"
    target = told[2] if name == "postgres" else "–"
    return name, f"{size:,}", f"{batch:,}", f"{rate:,.0f}", f"{rate * events:,.0f}", bare, *told[:2], target


class Sweeper:
    """A process that sweeps when it is told to."""

    CODE = """
import sys
from datetime import datetime
from crmcore import CRM
with CRM.open(sys.argv[1], space=sys.argv[2]) as crm:
    print("ready", flush=True)
    for line in sys.stdin:
        print(crm.sweep(at=datetime.fromisoformat(line.strip()), size=int(sys.argv[3])), flush=True)
"""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-c", self.CODE, url, SWEPT, "100"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.hear() == "ready"

    def hear(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, line: str) -> None:
        """Send it a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def close(self) -> None:
        """Let it end."""
        self.process.communicate()


def swept(workers: Sequence[Sweeper], due: int) -> float:
    """Customers swept a second, by so many processes at once."""
    started = perf_counter()
    for worker in workers:
        worker.tell(moment(due).isoformat())
    fell = sum(int(worker.hear()) for worker in workers)
    seconds = perf_counter() - started
    assert fell == DUE, fell
    return fell / seconds


def shared(made: Sequence[Backend]) -> list[Backend]:
    """Those that several processes may use."""
    return [backend for backend in made if "processes" in backend.crm.store.capabilities]


def sweeps(made: Sequence[Backend], size: int) -> list[tuple[str, ...]]:
    """Lines of the table of sweeps."""
    rates: dict[tuple[str, int], list[float]] = {}
    with ExitStack() as stack:
        sweepers: dict[str, list[Sweeper]] = {}
        for backend in shared(made):
            sweepers[backend.name] = [Sweeper(backend.url) for _ in range(max(WORKERS))]
            for worker in sweepers[backend.name]:
                stack.callback(worker.close)
        turns = {backend.name: 0 for backend in shared(made)}

        def one(name: str, count: int) -> float:
            turns[name] += 1
            return swept(sweepers[name][:count], turns[name] * DUE)

        for _ in range(SWEEPS):
            for backend in shared(made):
                for count in WORKERS:
                    rates.setdefault((backend.name, count), []).append(one(backend.name, count))
    return [
        (backend.name, f"{size:,}", *(f"{median(rates[backend.name, count]):,.0f}" for count in WORKERS))
        for backend in shared(made)
    ]


def memory(backend: Backend, done: int, due: int) -> tuple[str, ...]:
    """How much the memory of a process grows by sweeping so many in one call."""
    code = MEMORY.replace("CRM.open(sys.argv[1])", f"CRM.open(sys.argv[1], space={SWEPT!r})")
    arguments = [backend.url, moment(done + DUE).isoformat(), moment(done + DUE + due).isoformat()]
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, cwd=ROOT)
    fell, before, after = map(int, re.findall(r"\d+", ran.stdout))
    assert fell == due, fell
    return backend.name, f"{fell:,}", f"{(after - before) / 1024:.1f}"


def main(sizes: Sequence[int]) -> None:
    """Measure and print."""
    for size in sizes:
        with backends(size) as made:
            head = ("backend", "customers", "a transaction", "commands/s", "events/s", "driver alone", "time ÷ driver")
            lines: Callable[[int], list[tuple[str, ...]]] = partial(compare, made, size=size)
            report("Commands", (*head, "from … to", "target"), [*lines(BATCH), *lines(1)])
            counts = [f"{count} worker{'s' if count > 1 else ''}" for count in WORKERS]
            report("Sweeps, customers a second", ("backend", "customers", *counts), sweeps(made, size))
            if size > SIZES[0]:
                done = SWEEPS * len(WORKERS) * DUE
                grown = [memory(backend, done, 20 * DUE) for backend in shared(made)]
                report("Memory of one sweep", ("backend", "due", "growth, MB"), grown)


if __name__ == "__main__":
    main([int(argument.replace(",", "")) for argument in sys.argv[1:]] or list(SIZES))
