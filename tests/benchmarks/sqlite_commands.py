"""Commands on SQLite, 500 a transaction, against raw sqlite3 doing the same statements with the same parameters.

    python tests/benchmarks/sqlite_commands.py

The statements are recorded once, by a cursor that notes what passes through it. Then both sides work on fresh files in
turn: crmcore answers the commands, sqlite3 executes the recording.
"""

import sqlite3
import sys
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crmcore import CRM  # noqa: E402 — the repository's root comes first
from crmcore.app.outcome import Outcome, Request  # noqa: E402
from crmcore.storage.sqlite import SqliteStore  # noqa: E402
from tests.benchmarks.harness import Comparison, report, scratch, settle_memory, timed  # noqa: E402
from tests.benchmarks.sales import requests  # noqa: E402

CUSTOMERS = 1_250
BATCH = 500
ROUNDS = 9
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
        self._inner.give(cursor._cursor, is_usable=is_usable)  # noqa: SLF001 — our own class

    def close(self) -> None:
        """Close what is idle."""
        self._inner.close()


def opened(path: Path) -> CRM:
    """A CRM on a fresh file, its tables made."""
    return CRM.open(f"sqlite:///{path}")


def recorded(path: Path, work: Sequence[Request]) -> list[Deed]:
    """What the store does with these commands."""
    deeds: list[Deed] = []
    with opened(path) as crm:
        assert isinstance(crm.store, SqliteStore)
        crm.store._connections = Recording(crm.store._connections, deeds)  # noqa: SLF001 — the one way in
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
        return timed(lambda: sum(1 for _ in crm.answer_all(work, size=BATCH)))


def run_raw(path: Path, deeds: Sequence[Deed]) -> float:
    """The seconds sqlite3 takes for the statements."""
    opened(path).close()
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    seconds = timed(lambda: replay(connection.cursor(), deeds))
    connection.close()
    return seconds


def events_in(path: Path) -> int:
    """How many events a file holds."""
    connection = sqlite3.connect(path)
    found: int = connection.execute("SELECT count(*) FROM crm__events").fetchone()[0]
    connection.close()
    return found


def main() -> None:
    """Measure and print."""
    work = requests(CUSTOMERS)
    with scratch() as folder:
        fresh: Callable[[], Path] = lambda places=count(): folder / f"{next(places)}.db"  # type: ignore[misc]
        deeds = recorded(fresh(), work)
        settle_memory()
        pairs = []
        for _ in range(ROUNDS):
            mine, other = fresh(), fresh()
            pairs.append((run_crmcore(mine, work), run_raw(other, deeds)))
            assert events_in(mine) == events_in(other), "both files hold the same events"
    # A rate is the inverse of a time: raw by crmcore in seconds is crmcore by raw in commands a second.
    found = Comparison(tuple(raw for _, raw in pairs), tuple(own for own, _ in pairs))
    own, raw = (f"{len(work) / (sum(seconds) / ROUNDS):,.0f}" for seconds in (found.other, found.mine))
    head = ("commands", "statements", "crmcore, commands/s", "raw sqlite3, commands/s", "A ÷ B", "from … to", "target")
    line = (f"{len(work):,}", f"{len(deeds):,}", own, raw, f"{found.ratio:.2f}", found.spread, "≥ 0.4")
    report(f"Commands on SQLite, {BATCH} a transaction", head, [line])


if __name__ == "__main__":
    started = perf_counter()
    main()
