"""Commands on SQLite, 500 a transaction, against raw sqlite3 doing the same statements with the same parameters.

To be run as ``python tests/benchmarks/sqlite_commands.py``.

The statements are recorded once, by a cursor that notes what passes through it. Then both sides work in turn, each on a
copy of the same file: crmcore answers the commands, sqlite3 executes the recording. The file is empty, or holds 100,000
customers with their histories (see filled.py): where a store has grown, its indexes cost both sides more.
"""

import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crmcore import CRM
from crmcore.app.outcome import Outcome, Request
from crmcore.storage.sqlite import SqliteStore
from tests.benchmarks.filled import copied
from tests.benchmarks.harness import Comparison, report, scratch, settle_memory, timed
from tests.benchmarks.sales import OVERRIDES, requests

CUSTOMERS = 1_250
BATCH = 500
#: Customers in the file beforehand, and rounds.
SIZES = ((0, 9), (100_000, 5))
#: As the store sets them.
PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")

#: What was done: execute or executemany, the statement, its parameters, and whether rows were fetched.
Deed = tuple[str, str, Any]


class Recorder:
    """A cursor that notes each statement with its parameters before it passes it on."""

    def __init__(self, cursor: sqlite3.Cursor, deeds: list[Deed]) -> None:
        self._cursor = cursor
        self._deeds = deeds

    def execute(self, text: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Note, and execute."""
        self._deeds.append(("execute", text, tuple(parameters)))
        return self._cursor.execute(text, parameters)

    def executemany(self, text: str, rows: Any) -> sqlite3.Cursor:
        """Note, and execute."""
        kept = [tuple(row) for row in rows]
        self._deeds.append(("executemany", text, kept))
        return self._cursor.executemany(text, kept)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class Recording:
    """In place of a store's connections: hands out cursors that note what they do."""

    def __init__(self, inner: Any, deeds: list[Deed]) -> None:
        self._inner = inner
        self._deeds = deeds

    def take(self) -> Any:
        """A cursor that notes."""
        return Recorder(self._inner.take(), self._deeds)

    def give(self, cursor: Any, *, is_usable: bool) -> None:
        """The cursor within goes back."""
        self._inner.give(cursor._cursor, is_usable=is_usable)

    def close(self) -> None:
        """Close what is idle."""
        self._inner.close()


def opened(path: Path) -> CRM:
    """A CRM on a fresh file, its tables made."""
    return CRM.open(f"sqlite:///{path}", overrides=OVERRIDES)


def recorded(path: Path, work: Sequence[Request]) -> list[Deed]:
    """What the store does with these commands."""
    deeds: list[Deed] = []
    with opened(path) as crm:
        assert isinstance(crm.store, SqliteStore)
        crm.store._connections = Recording(crm.store._connections, deeds)
        answers = list(crm.answer_all(work, size=BATCH))
    assert all(isinstance(answer, Outcome) for answer in answers), "every command passes"
    return deeds


def replay(cursor: sqlite3.Cursor, deeds: Sequence[Deed]) -> None:
    """The recording, on a cursor of sqlite3's."""
    execute, executemany = cursor.execute, cursor.executemany
    for way, text, parameters in deeds:
        if way == "executemany":
            executemany(text, parameters)
        else:
            execute(text, parameters).fetchall()


def run_crmcore(path: Path, work: Sequence[Request]) -> float:
    """The seconds crmcore takes for the commands."""
    with opened(path) as crm:
        return timed(lambda: sum(1 for _ in crm.answer_all(work, size=BATCH)), process_time)


def run_raw(path: Path, deeds: Sequence[Deed]) -> float:
    """The seconds sqlite3 takes for the statements."""
    opened(path).close()
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    seconds = timed(lambda: replay(connection.cursor(), deeds), process_time)
    connection.close()
    return seconds


def events_in(path: Path) -> int:
    """How many events a file holds."""
    connection = sqlite3.connect(path)
    found: int = connection.execute("SELECT count(*) FROM crm__events").fetchone()[0]
    connection.close()
    return found


def compare(folder: Path, size: int, rounds: int, work: Sequence[Request]) -> tuple[str, ...]:
    """A line of the table."""

    def fresh(name: str) -> Path:
        path = folder / f"{name}.db"
        for left in folder.glob(f"{name}.db*"):
            left.unlink()
        return copied(size, path) if size else path

    deeds = recorded(fresh("recorded"), work)
    settle_memory()
    pairs = []
    for _ in range(rounds):
        own, raw = fresh("own"), fresh("raw")
        pairs.append((run_raw(raw, deeds), run_crmcore(own, work)))
        assert events_in(own) == events_in(raw), "both files hold the same events"
    # A rate is the inverse of a time: raw by own in seconds is own by raw in commands a second.
    found = Comparison(*zip(*pairs, strict=True))
    raws, owns = (f"{len(work) / median(seconds):,.0f}" for seconds in (found.mine, found.other))
    counts = (f"{size:,}", f"{len(work):,}", f"{len(deeds):,}")
    return (*counts, owns, raws, f"{found.ratio:.2f}", found.spread, "≥ 0.4")


def main() -> None:
    """Measure and print."""
    work = requests(CUSTOMERS)
    head = ("customers before", "commands", "statements", "A: crmcore, commands/s", "B: raw sqlite3, commands/s")
    with scratch() as folder:
        rows = [compare(folder, size, rounds, work) for size, rounds in SIZES]
    report(f"Commands on SQLite, {BATCH} a transaction", (*head, "A ÷ B", "from … to", "target"), rows)


if __name__ == "__main__":
    main()
