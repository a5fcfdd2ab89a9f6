"""Looking up who is on record already: lookups over keys in SQLite and PostgreSQL, new keys, and registrations.

To be run as ``python tests/benchmarks/lookups.py [--lookups] [SIZE …]``; 100,000 unless told otherwise. ``--lookups``
leaves out new keys and registrations.

The names are real ones where there are any (``cn_company_names.txt.gz`` and its queries, see tests/README.md), and
fabricated ones where there are none; beyond the end of the list, names are crossed: the beginning of one with the rest
of another. A lookup is ``rank`` and ``judge`` in a unit of work of its own, for names written differently in one of
sixteen ways. Its store holds keys and names only: what a lookup reads. Times are those of the processor where the
database works in this process, and those of the clock where it is a server.
"""

import gzip
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy import create_engine

from crmcore import CRM, Actor
from crmcore.app.duplicates import judged_hits
from crmcore.app.outcome import Outcome, Request
from crmcore.cli.fabricate import companies
from crmcore.customers import Register
from crmcore.matching import Identity, key_rules
from crmcore.storage.match_keys import MATCH_KEY, MATCH_NAME, replace_keys
from crmcore.storage.sqlite import SqliteStore
from crmcore.storage.sqlite.plans import index_name, index_text
from tests.benchmarks.filled import CACHE
from tests.benchmarks.harness import ROOT, Comparison, report, scratch, settle_memory, timed

DATA = Path(os.environ.get("CRMCORE_DATA", ROOT.parent / "shared" / "data"))
NAMES, QUERIES = DATA / "cn_company_names.txt.gz", DATA / "cn_name_queries_dev.tsv"
SIZES = (100_000,)
#: Names in a unit of work of the filling; lookups that are timed; registrations a round, and rounds.
BATCH, LOOKUPS, REGISTRATIONS, ROUNDS = 10_000, 1_000, 500, 7
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
LOADER = Actor("loader", {"import"})
MANAGER = Actor("chen", {"manager"})
OFF = {"matching.similar": "off"}
FREE = {"customers.profile.required_enterprise": ["name"], "customers.profile.full_name": False}


def names(size: int) -> Iterator[str]:
    """So many names, all different for practical purposes."""
    if not NAMES.exists():
        yield from (company.row["name"] for company in companies(size))
        return
    with gzip.open(NAMES, "rt", encoding="utf-8") as lines:
        found = [line.strip() for line in islice(lines, size)]
    yield from found
    for place in range(size - len(found)):
        first, second = found[place], found[-place - 1]
        yield first[:4] + second[4:]


def queries(count: int) -> list[tuple[str, str]]:
    """Names as somebody writes them, and the name on record that is meant."""
    if not QUERIES.exists():
        return [(name.replace("有限公司", "股份有限公司"), name) for name in names(count)]
    lines = QUERIES.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("kind\t")]
    return [(row[1], row[2]) for row in rows][:count]


# ------------------------------------------------------------------------------------------------------------- lookups


def filled(size: int) -> Path:
    """A file with the keys of so many names, made if it is not there yet."""
    path = CACHE / f"keys-{size}.db"
    if path.exists() and _rules(path) == [key_rules()]:
        return path
    CACHE.mkdir(exist_ok=True)
    making = CACHE / f"keys-{size}.making"
    for left in CACHE.glob(f"{making.name}*"):
        left.unlink()
    print(f"making {path}", file=sys.stderr)
    with CRM.open(f"sqlite:///{making}") as crm:
        [index] = MATCH_KEY.indexes
        # Made in one go at the end, as one would for a million rows in a random order.
        _raw(making, f'DROP INDEX "{index_name(MATCH_KEY.name, index)}"')
        fill(crm, size)
        _raw(making, index_text(MATCH_KEY, index))
    making.replace(path)
    return path


def _rules(path: Path) -> list[str]:
    """By which rules the keys of a file were made."""
    connection = sqlite3.connect(path)
    rules = [rules for (rules,) in connection.execute(f"SELECT DISTINCT rules FROM crm_{MATCH_NAME.name}")]
    connection.close()
    return rules


def _raw(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def fill(crm: CRM, size: int) -> None:
    """Write keys beside any customers."""
    numbered = enumerate(names(size))
    while batch := list(islice(numbered, BATCH)):
        changes = [(f"C{number:07}", None, Identity(name)) for number, name in batch]
        with crm.store.begin(crm.space) as uow:
            replace_keys(uow, changes, crm.policy.matching)


def looked_up(crm: CRM, size: int, asked: Sequence[tuple[str, str]]) -> tuple[list[float], float]:
    """The seconds of each lookup, and how often the name that is meant came first."""
    places = {name: f"C{number:07}" for number, name in enumerate(names(min(size, 50_000)))}
    for name, _ in asked[:50]:
        _look(crm, name, size)
    seconds, first = [], 0
    settle_memory()
    clock = process_time if crm.store.__class__ is SqliteStore else perf_counter
    for name, meant in asked:
        started = clock()
        found = _look(crm, name, size)
        seconds.append(clock() - started)
        first += bool(found) and found[0] == places.get(meant)
    return seconds, first / len(asked)


def _look(crm: CRM, name: str, size: int) -> list[str]:
    with crm._work.read() as uow:
        return [hit.id for hit, _ in judged_hits(uow, Identity(name), size, crm.policy.matching, None)]


def lookup_row(backend: str, crm: CRM, size: int, file: Path | None) -> tuple[str, ...]:
    """A line of the table of lookups."""
    seconds, first = looked_up(crm, size, queries(LOOKUPS))
    cut = quantiles(seconds, n=100)
    room = "–" if file is None else f"{file.stat().st_size / 2**20:,.0f}"
    rows = "–" if file is None else f"{_count(file) / size:.1f}"
    figures = (f"{1000 * median(seconds):.1f}", f"{1000 * cut[98]:.1f}", f"{1000 * max(seconds):.1f}")
    return backend, f"{size:,}", rows, room, *figures, f"{first:.3f}", "p99 ≤ 10 at 1M"


def _count(file: Path) -> int:
    connection = sqlite3.connect(file)
    [(rows,)] = connection.execute(f"SELECT count(*) FROM crm_{MATCH_KEY.name}")
    connection.close()
    return int(rows)


# -------------------------------------------------------------------------------------------- new keys, registrations


def registered(crm: CRM, taken: Sequence[str]) -> None:
    """Put these names on record, into the pool."""
    requests = (Request(Register(name, into="pool"), LOADER, NOW) for name in taken)
    for _ in crm.answer_all(requests):
        pass


def rekeyed(folder: Path, size: int) -> tuple[str, ...]:
    """A line of the table of new keys: customers that have none get theirs."""
    url = f"sqlite:///{folder / 'rekey.db'}"
    with CRM.open(url, overrides={**FREE, **OFF}) as crm:
        registered(crm, list(names(size)))
    with CRM.open(url, overrides=FREE) as crm:
        done: list[int] = []
        seconds = timed(lambda: done.append(crm.duplicates.rekey()), process_time)
        again = timed(crm.duplicates.rekey, process_time)
    return "sqlite", f"{done[0]:,}", f"{done[0] / seconds:,.0f}", f"{done[0] / again:,.0f}"


def registrations(folder: Path, size: int, batch: int) -> tuple[str, ...]:
    """A line of the table of registrations, by the processor's clock: with analysis and keys, and without."""
    taken = list(names(size + (ROUNDS + 1) * REGISTRATIONS))
    stored = taken[:size]
    crms = {}
    for way, extra in (("on", {}), ("off", OFF)):
        crms[way] = CRM.open(f"sqlite:///{folder / f'{way}-{batch}.db'}", overrides={**FREE, **extra})
        registered(crms[way], stored)
    settle_memory()
    rounds = [taken[size + place * REGISTRATIONS :][:REGISTRATIONS] for place in range(ROUNDS + 1)]
    pairs = [
        tuple(timed(_registering(crms[way], part, batch), process_time) for way in ("on", "off")) for part in rounds
    ][1:]
    found = Comparison(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))
    for crm in crms.values():
        crm.close()
    rates = [f"{REGISTRATIONS / median(side):,.0f}" for side in (found.mine, found.other)]
    return f"{size:,}", f"{batch:,}", *rates, f"{found.ratio:.2f}", found.spread


def _registering(crm: CRM, part: Sequence[str], batch: int) -> Callable[[], object]:
    requests = [Request(Register(name, into="pool"), LOADER, NOW) for name in part]

    def job() -> int:
        if batch > 1:
            return sum(isinstance(one, Outcome) for one in crm.answer_all(requests, size=batch))
        return sum(isinstance(crm.answer(one.command, actor=one.actor, at=one.at), Outcome) for one in requests)

    return job


def on_postgres(size: int) -> tuple[str, ...]:
    """A line of the table of lookups, on a server of its own."""
    from tests.servers.postgres import Postgres

    server = Postgres()
    try:
        url = server.database()
        with CRM.open(url) as crm:
            fill(crm, size)
            # As autovacuum does by and by: rows that all may see are then answered from the index alone.
            with create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
            return lookup_row("PostgreSQL", crm, size, None)
    finally:
        server.close()


def main(sizes: Sequence[int], *, lookups_alone: bool) -> None:
    """Measure and print."""
    rows = []
    for size in sizes:
        path = filled(size)
        with CRM.open(f"sqlite:///{path}") as crm:
            rows.append(lookup_row("SQLite", crm, size, path))
        rows.append(on_postgres(size))
    head = ("backend", "names", "keys a name", "MB", "p50, ms", "p99, ms", "most, ms", "first is meant", "target")
    report(f"Lookups of {LOOKUPS:,} names written differently", head, rows)
    if lookups_alone:
        return
    size = min(sizes[0], SIZES[0])
    with scratch() as folder:
        report("New keys", ("backend", "customers", "a second", "already done, a second"), [rekeyed(folder, size)])
        columns = ("on record", "a transaction", "analysis on, a second", "off, a second", "time on ÷ off", "from … to")
        report("Registrations on SQLite", columns, [registrations(folder, size // 5, batch) for batch in (500, 1)])


if __name__ == "__main__":
    numbers = [argument for argument in sys.argv[1:] if argument != "--lookups"]
    given = [int(number.replace(",", "")) for number in numbers] or list(SIZES)
    main(given, lookups_alone=len(numbers) < len(sys.argv) - 1)
