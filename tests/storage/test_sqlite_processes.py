"""Threads and processes on one file, killed processes, and forks."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from crmcore.errors import Conflict, Transient, Unavailable
from crmcore.storage import forks
from crmcore.storage.interface import Index, Kind, NewEvent, Query, Store, Write
from crmcore.storage.sqlite import open_sqlite
from crmcore.storage.sqlite.connections import FileConnections
from crmcore.storage.sqlite.location import read_url
from tests.storage.conftest import NOTE

#: What each process starts with: the store and a kind.
HEAD = """
import os, sys
from crmcore.errors import CrmError, Conflict, Unavailable
from crmcore.storage.interface import Index, Kind, NewEvent, Query, Write
from crmcore.storage.sqlite import open_sqlite

NOTE = Kind("note", {})
ACCOUNT = Kind("account", {"batch": int}, (Index("by_batch", ("batch",)),))
store = open_sqlite(sys.argv[1])
"""

#: Inserts the ids 0 to 49, whoever is first, and tells which it won.
INSERTER = """
store.setup([NOTE])
sys.stdin.readline()
for number in range(50):
    try:
        with store.begin() as uow:
            uow.write([Write("note", f"{number}", 0, sys.argv[2].encode())])
            uow.append([NewEvent(f"{number}", "inserted", sys.argv[2].encode())])
    except Conflict as conflict:
        assert conflict.keys == (("note", f"{number}"),)
    else:
        print(number)
"""

#: Commits batch after batch, each of five records and an event, and tells each number after it is committed.
COMMITTER = """
store.setup([ACCOUNT])
first = int(sys.argv[2])
for batch in range(first, first + 100_000):
    with store.begin() as uow:
        uow.write([Write("account", f"{batch}-{part}", 0, b"x" * 3000, {"batch": batch}) for part in range(5)])
        uow.append([NewEvent(f"{batch}", "committed", b"")])
    print(batch, flush=True)
"""


def started(program: str, database: Path, *arguments: str) -> "subprocess.Popen[str]":
    """A process that runs a program on the database."""
    command = [sys.executable, "-c", HEAD + program, f"sqlite:///{database}", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_threads_race_for_one_version(sqlite_store: Store) -> None:
    """Of eight threads that load the same version at once and write it, exactly one wins."""
    with sqlite_store.begin() as uow:
        uow.write([Write("note", "a", 0, b"")])
    together = threading.Barrier(8)
    outcomes: list[str] = []

    def race(me: int) -> None:
        with sqlite_store.begin() as uow:
            [record] = uow.get("note", ["a"])
        together.wait()
        try:
            with sqlite_store.begin() as uow:
                uow.write([Write("note", "a", record.version, b"%d" % me)])
        except Conflict:
            outcomes.append("lost")
        else:
            outcomes.append("won")

    threads = [threading.Thread(target=race, args=(me,)) for me in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ["lost"] * 7 + ["won"] == sorted(outcomes)


def test_a_reader_behind_the_log_misses_nothing(sqlite_store: Store) -> None:
    """While four threads append, who follows the log sees every position once, in order."""
    seen: list[int] = []

    def append(me: int) -> None:
        for _ in range(25):
            with sqlite_store.begin() as uow:
                uow.append([NewEvent(f"{me}", "1", b""), NewEvent(f"{me}", "2", b"")])

    writers = [threading.Thread(target=append, args=(me,)) for me in range(4)]
    for writer in writers:
        writer.start()
    while len(seen) < 200:
        with sqlite_store.begin() as uow:
            seen += [event.position for event in uow.read_events(seen[-1] if seen else 0, 7)]
    for writer in writers:
        writer.join()

    assert list(range(1, 201)) == seen


def test_processes_race_to_set_up_and_insert(database: Path) -> None:
    """Three processes set a new file up at once and insert the same ids: each id is won once, and has one event."""
    processes = [started(INSERTER, database, name) for name in "abc"]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    won = {name: process.communicate()[0].split() for name, process in zip("abc", processes, strict=True)}
    store = open_sqlite(f"sqlite:///{database}")
    store.setup([NOTE])
    with store.begin() as uow:
        stored = {record.id: record.body.decode() for record in uow.get("note", [f"{number}" for number in range(50)])}
        events = {event.stream: event.body.decode() for event in uow.read_events(0, 1000)}
        positions = [event.position for event in uow.read_events(0, 1000)]
    store.close()

    assert [0, 0, 0] == [process.returncode for process in processes]
    assert {number: name for name, numbers in won.items() for number in numbers} == stored
    assert stored == events
    assert list(range(1, 51)) == positions


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_while_committing(database: Path) -> None:
    """A process killed in the middle of its commits loses nothing it was told is stored, and tears no batch."""
    account = Kind("account", {"batch": int}, (Index("by_batch", ("batch",)),))
    store = open_sqlite(f"sqlite:///{database}")
    store.setup([account])
    first = 0
    for round in range(6):
        process = started(COMMITTER, database, str(first))
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(20 + 7 * round)]
        process.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        process.wait()
        process.stdout.close()
        assert process.stdin is not None
        process.stdin.close()
        with store.begin() as uow:
            records = uow.query(Query("account", "by_batch", lo=first, limit=10**6))
            events = uow.read_events(0, 10**6)
        batches: dict[object, int] = {}
        for record in records:
            batches[record.columns["batch"]] = batches.get(record.columns["batch"], 0) + 1

        assert set(acknowledged) <= set(batches)
        assert {5} == set(batches.values())
        assert len(batches) - len(acknowledged) in (0, 1)
        assert sorted(batches) == sorted(int(event.stream) for event in events if int(event.stream) >= first)  # type: ignore[type-var]
        assert list(range(1, len(events) + 1)) == [event.position for event in events]
        first = max(acknowledged) + 2
    store.close()
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert ("ok",) == connection.execute("PRAGMA integrity_check").fetchone()


#: Forks with connections idle; parent and child then write in turn.
FORKER = """
store.setup([NOTE])
with store.begin() as uow:
    uow.write([Write("note", "before", 0, b"")])
child = os.fork()
with store.begin() as uow:
    uow.write([Write("note", "child" if child == 0 else "parent", 0, b"")])
if child == 0:
    store.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
with store.begin() as uow:
    print(*(record.id for record in uow.get("note", ["before", "child", "parent"])))
"""

#: Forks in the middle of a unit of work.
FORKER_INSIDE = """
store.setup([NOTE])
with store.begin() as uow:
    uow.write([Write("note", "parent", 0, b"")])
    child = os.fork()
    if child == 0:
        store._busy._threads.clear()
        try:
            with store.begin():
                os._exit(1)
        except Unavailable as error:
            os._exit(0 if "forked" in str(error) else 2)
    assert os.waitpid(child, 0)[1] == 0
with store.begin() as uow:
    print(*(record.id for record in uow.get("note", ["parent"])))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize(
    "program, expected",
    [(FORKER, "before child parent"), (FORKER_INSIDE, "parent")],
    ids=["between units", "inside a unit"],
)
def test_forks(database: Path, program: str, expected: str) -> None:
    """Between units, parent and child go on as if each had opened the store; inside one, the child is refused."""
    output, _ = started(program, database).communicate()

    assert expected == output.strip()


def test_closing_while_another_thread_works(sqlite_store: Store) -> None:
    """A connection that is out when the store is closed is closed when its unit ends."""
    with sqlite_store.begin() as uow:
        sqlite_store.close()
        cursor = uow._cursor  # type: ignore[attr-defined]
        uow.write([Write("note", "a", 0, b"")])

    with pytest.raises(sqlite3.ProgrammingError):
        cursor.execute("SELECT 1")
    with pytest.raises(Unavailable, match="closed"), sqlite_store.begin():
        pytest.fail("it began")


def test_waiting_ends(database: Path) -> None:
    """Two handles in one process do not wait for each other longer than their timeout."""
    first, second = (open_sqlite(f"sqlite:///{database}?timeout=0") for _ in range(2))
    first.setup([NOTE])
    second.setup([NOTE])
    with first.begin(), pytest.raises(Transient), second.begin():
        pytest.fail("it began")
    with second.begin() as uow:
        uow.write([Write("note", "a", 0, b"")])
    with first.begin() as uow:
        assert ["a"] == [record.id for record in uow.get("note", ["a"])]
    first.close()
    second.close()


def test_what_a_forked_child_inherits(database: Path) -> None:
    """A child neither uses nor closes the connections of its parent; what was in use at the fork bars the store."""
    pool = FileConnections(read_url(f"sqlite:///{database}"))
    idle, used = pool.take(), pool.take()
    pool.give(idle, is_usable=True)
    pool.forsake()

    assert (1,) == idle.execute("SELECT 1").fetchone()
    assert (1,) == used.execute("SELECT 1").fetchone()
    with pytest.raises(Unavailable, match="forked"):
        pool.take()
    idle.connection.close()
    used.connection.close()


def test_a_child_forked_between_units(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle connections are closed before the fork, so that a child starts with none, and may take new ones."""
    pool = FileConnections(read_url(f"sqlite:///{database}"))
    monkeypatch.setattr(forks, "_pools", {pool})
    cursor = pool.take()
    pool.give(cursor, is_usable=True)
    forks._before_fork()
    forks._after_fork_in_child()

    with pytest.raises(sqlite3.ProgrammingError):
        cursor.execute("SELECT 1")
    again = pool.take()
    assert (1,) == again.execute("SELECT 1").fetchone()
    pool.give(again, is_usable=True)
    pool.close()
