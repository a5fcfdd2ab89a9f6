"""What can go wrong with a file, and what callers are told: never an error of the driver's."""

import contextlib
import multiprocessing
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from crmcore.errors import (
    CrmError,
    Invalid,
    OutcomeUnknown,
    StorageFull,
    TimedOut,
    Transient,
    Unavailable,
)
from crmcore.storage.interface import Kind, NewEvent, Query, Store, Write
from crmcore.storage.sqlite import open_sqlite
from crmcore.storage.sqlite.connections import _use_write_ahead_log
from crmcore.storage.sqlite.errors import translated
from crmcore.storage.sqlite.schema import LAYOUT
from tests.storage.conftest import NOTE, THING


def note(id: str, body: bytes = b"x") -> Write:
    """An insert of the kind without columns."""
    return Write("note", id, 0, body)


def notes(store: Store, *ids: str) -> list[str]:
    """Those of the ids that are stored."""
    with store.begin() as uow:
        return [record.id for record in uow.get("note", ids)]


def driver_error(cls: type[sqlite3.Error], code: int | None, text: str = "text") -> sqlite3.Error:
    """An error as the driver would raise it."""
    error = cls(text)
    if code is not None:
        error.sqlite_errorcode = code
    return error


class TestMapping:
    """Each result code of SQLite has a meaning."""

    @pytest.mark.parametrize(
        "code, expected",
        [
            (sqlite3.SQLITE_BUSY, TimedOut),
            (sqlite3.SQLITE_BUSY_SNAPSHOT, TimedOut),
            (sqlite3.SQLITE_LOCKED_SHAREDCACHE, Transient),
            (sqlite3.SQLITE_INTERRUPT, Transient),
            (sqlite3.SQLITE_PROTOCOL, Transient),
            (sqlite3.SQLITE_SCHEMA, Transient),
            (sqlite3.SQLITE_ABORT_ROLLBACK, Transient),
            (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, Transient),
            (sqlite3.SQLITE_FULL, StorageFull),
            (sqlite3.SQLITE_IOERR_WRITE, StorageFull),
            (sqlite3.SQLITE_IOERR_SHMSIZE, StorageFull),
            (sqlite3.SQLITE_IOERR_READ, Unavailable),
            (sqlite3.SQLITE_NOTADB, Unavailable),
            (sqlite3.SQLITE_CORRUPT_INDEX, Unavailable),
            (sqlite3.SQLITE_CANTOPEN_ISDIR, Unavailable),
            (sqlite3.SQLITE_READONLY_DBMOVED, Unavailable),
            (sqlite3.SQLITE_PERM, Unavailable),
            (sqlite3.SQLITE_AUTH, Unavailable),
            (sqlite3.SQLITE_CONSTRAINT_TRIGGER, Unavailable),
            (sqlite3.SQLITE_ERROR, Unavailable),
            (sqlite3.SQLITE_MISUSE, Unavailable),
        ],
    )
    @pytest.mark.parametrize("committing", [False, True])
    def test_by_code(self, code: int, expected: type[CrmError], committing: bool) -> None:
        """What can be tried again is transient; what is full says so; everything else is unavailable."""
        meaning = translated(driver_error(sqlite3.OperationalError, code), "here", committing=committing)
        in_doubt = committing and code == sqlite3.SQLITE_IOERR_READ

        assert (OutcomeUnknown if in_doubt else expected) is type(meaning)

    @pytest.mark.parametrize(
        "error, expected",
        [
            (driver_error(sqlite3.ProgrammingError, None, "Cannot operate on a closed database."), Unavailable),
            (driver_error(sqlite3.OperationalError, None, "Could not decode to UTF-8 column"), Unavailable),
            (driver_error(sqlite3.ProgrammingError, None, "Error binding parameter 1: type 'X' is not"), Invalid),
            (driver_error(sqlite3.InterfaceError, None, "Error binding parameter 0 - probably"), Invalid),
            (OverflowError("Python int too large"), Invalid),
            (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), Invalid),
        ],
    )
    def test_without_code(self, error: Exception, expected: type[CrmError]) -> None:
        """The driver's own complaints have a meaning too."""
        assert expected is type(translated(error, "here"))


class TestValues:
    """Values that SQLite cannot hold."""

    @pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
    def test_integers_beyond_64_bits(self, sqlite_store: Store, value: int) -> None:
        """An integer beyond 64 bits is refused wherever it stands."""
        with pytest.raises(Invalid, match="64 bits"), sqlite_store.begin() as uow:
            uow.write([Write("thing", "a", 0, b"", {"due": value})])
        with pytest.raises(Invalid, match="64 bits"), sqlite_store.begin() as uow:
            uow.query(Query("thing", "by_due", (value,)))
        with pytest.raises(Invalid, match="64 bits"), sqlite_store.begin() as uow:
            uow.read_events(value, 1)

    @pytest.mark.parametrize("id", ["\ud800", object()])
    def test_ids_that_are_no_text(self, sqlite_store: Store, id: str) -> None:
        """What cannot be bound is refused, on reading and on writing, for records and events."""
        with pytest.raises(Invalid), sqlite_store.begin() as uow:
            uow.get("note", [id])
        with pytest.raises(Invalid), sqlite_store.begin() as uow:
            uow.write([note(id)])
        with pytest.raises(Invalid), sqlite_store.begin() as uow:
            uow.append([NewEvent(id, "type", b"")])

        assert [] == notes(sqlite_store, "a")


class TestFiles:
    """Files that cannot be used."""

    @pytest.mark.parametrize("content", [b"not a database, but long enough to look at " * 40, b"\x00" * 4096])
    def test_not_a_database(self, database: Path, content: bytes) -> None:
        """A file of another format is refused by name and left as it is."""
        database.write_bytes(content)
        store = open_sqlite(f"sqlite:///{database}")

        with pytest.raises(Unavailable, match="not a database") as caught:
            store.setup([NOTE])
        assert str(database) in caught.value.where
        assert content == database.read_bytes()

    @pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.parent.rmdir()])
    def test_no_file(self, tmp_path: Path, make: Callable[[Path], None]) -> None:
        """A folder in the file's place, or a folder that is not there, is told at the first use."""
        path = tmp_path / "folder" / "store.db"
        path.parent.mkdir()
        make(path)
        store = open_sqlite(f"sqlite:///{path}")

        with pytest.raises(Unavailable, match="cannot be opened"):
            store.setup([NOTE])
        with pytest.raises(Unavailable, match="cannot be opened"), store.begin():
            pytest.fail("it began")

    def test_a_file_in_a_folders_place(self, tmp_path: Path) -> None:
        """A path that leads through a file is told."""
        (tmp_path / "file").write_text("")

        with pytest.raises(Unavailable, match="cannot be opened"):
            open_sqlite(f"sqlite:///{tmp_path}/file/store.db").setup([NOTE])

    def test_damaged(self, sqlite_store: Store, database: Path) -> None:
        """A damaged file is told as such when the damage is met."""
        with sqlite_store.begin() as uow:
            uow.write([note(f"{number:04}", b"x" * 2000) for number in range(50)])
        sqlite_store.close()
        size = database.stat().st_size
        with database.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xaa" * (size - 4096))
        store = open_sqlite(f"sqlite:///{database}")

        with contextlib.closing(store), pytest.raises(Unavailable, match="damaged"):
            store.setup([NOTE])

    def test_utf_16(self, database: Path) -> None:
        """A host's file in UTF-16 is refused: text would not sort by code point."""
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA encoding = 'UTF-16le'")
            connection.execute("CREATE TABLE host (a)")

        with pytest.raises(Unavailable, match="UTF-16le"):
            open_sqlite(f"sqlite:///{database}").setup([NOTE])

    def test_newer_layout(self, sqlite_store: Store, database: Path) -> None:
        """A file that a newer crmcore laid out is refused, and nothing in it changes."""
        sqlite_store.close()
        with contextlib.closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("UPDATE crm__layout SET version = ?", (LAYOUT + 1,))
        store = open_sqlite(f"sqlite:///{database}")

        with contextlib.closing(store), pytest.raises(Unavailable, match="newer crmcore"):
            store.setup([THING, NOTE])

    def test_a_column_of_another_type(self, sqlite_store: Store, database: Path) -> None:
        """A column that another program made with another type is refused by name."""
        sqlite_store.close()
        with contextlib.closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("ALTER TABLE crm_note ADD COLUMN colour BLOB")
        store = open_sqlite(f"sqlite:///{database}")

        with contextlib.closing(store), pytest.raises(Unavailable, match=r"crm_note\.colour is BLOB"):
            store.setup([type(NOTE)("note", {"colour": str})])

    def test_the_hosts_own_tables_stay(self, database: Path) -> None:
        """A file may hold tables of the host's, and its user_version is the host's to use."""
        with contextlib.closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("CREATE TABLE host (a)")
            connection.execute("INSERT INTO host VALUES (7)")
            connection.execute("PRAGMA user_version = 42")
        store = open_sqlite(f"sqlite:///{database}")
        store.setup([NOTE])
        store.close()

        with contextlib.closing(sqlite3.connect(database)) as connection:
            assert [(7,)] == connection.execute("SELECT a FROM host").fetchall()
            assert (42,) == connection.execute("PRAGMA user_version").fetchone()

    def test_tables_that_are_gone(self, sqlite_store: Store, database: Path) -> None:
        """A table dropped behind our back is told, for reading and for writing."""
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("DROP TABLE crm_note")

        with pytest.raises(Unavailable, match="no such table"), sqlite_store.begin() as uow:
            uow.get("note", ["a", "b"])
        with pytest.raises(Unavailable, match="no such table"), sqlite_store.begin() as uow:
            uow.write([note("a")])

    def test_a_trigger_of_the_hosts(self, sqlite_store: Store, database: Path) -> None:
        """A host's trigger that refuses a change makes the unit fail, and its text stays inside."""
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute(
                "CREATE TRIGGER no BEFORE INSERT ON crm_note BEGIN SELECT RAISE(ABORT, 'some text'); END"
            )

        with pytest.raises(Unavailable, match="constraint or trigger") as caught, sqlite_store.begin() as uow:
            uow.write([note("a")])
        assert "some text" not in str(caught.value)


def _read_only_outcome(url: str, outcome: "multiprocessing.SimpleQueue[str]") -> None:
    """Try to use a store as somebody who may not write, and tell what came of it."""
    if os.getuid() == 0:
        os.setuid(65534)
    try:
        store = open_sqlite(url)
        store.setup([NOTE])
        with store.begin() as uow:
            uow.write([note("a")])
        outcome.put("written")
    except CrmError as error:
        outcome.put(f"{type(error).__name__}: {error}")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="file modes are POSIX's")
@pytest.mark.parametrize("existing", [False, True], ids=["read-only folder", "read-only file"])
def test_read_only(existing: bool) -> None:
    """Where nothing may be written, that is what is told (root is bound by no mode, so it becomes nobody first)."""
    folder = Path(tempfile.mkdtemp())
    url = f"sqlite:///{folder / 'store.db'}"
    if existing:
        store = open_sqlite(url)
        store.setup([NOTE])
        store.close()
        (folder / "store.db").chmod(0o444)
    folder.chmod(0o555)
    context = multiprocessing.get_context("spawn")
    outcome = context.SimpleQueue()
    process = context.Process(target=_read_only_outcome, args=(url, outcome))
    process.start()
    told = outcome.get()
    process.join()
    folder.chmod(0o755)
    shutil.rmtree(folder)

    assert told.startswith("Unavailable: ")
    assert "read-only" in told if existing else "cannot be opened" in told


class TestFullDisk:
    """No room is left."""

    def test_nothing_is_half_written(self, database: Path) -> None:
        """A unit that does not fit fails whole; what was there can be read, and small changes still fit."""
        url = f"sqlite:///{database}"
        store = open_sqlite(f"{url}?max_pages=40")
        store.setup([NOTE])
        with store.begin() as uow:
            uow.write([note("kept")])

        with pytest.raises(StorageFull) as caught, store.begin() as uow:  # noqa: PT012
            uow.write([note("lost")])
            uow.append([NewEvent("s", "lost", b"")])
            uow.write([note(f"{number}", b"x" * 4000) for number in range(100)])

        assert str(database) in str(caught.value)
        assert ["kept"] == notes(store, "kept", "lost", "1")
        with store.begin() as uow:
            assert [] == uow.read_events(0, 9)
            uow.write([note("small")])
        assert ["kept", "small"] == notes(store, "kept", "small")
        store.close()

    def test_swallowed(self, database: Path) -> None:
        """SQLite may roll back by itself when it is full: the unit goes no further, even if the error is swallowed."""
        store = open_sqlite(f"sqlite:///{database}?max_pages=40")
        store.setup([NOTE])

        with pytest.raises(StorageFull), store.begin() as uow:  # noqa: PT012
            with contextlib.suppress(StorageFull):
                uow.append([NewEvent("s", "big", b"x" * 400_000)])
            with pytest.raises(StorageFull):
                uow.write([note("after")])

        assert [] == notes(store, "after")
        store.close()

    def test_no_room_for_the_tables(self, database: Path) -> None:
        """Setup fails whole as well."""
        store = open_sqlite(f"sqlite:///{database}?max_pages=3")

        with contextlib.closing(store), pytest.raises(StorageFull):
            store.setup([THING, NOTE])


class TestBusy:
    """Somebody else is writing."""

    def test_a_writer_that_stays(self, sqlite_store: Store, database: Path) -> None:
        """Who waits longer than the timeout is told to try again, and then it works; nobody waits to find all there."""
        impatient = open_sqlite(f"sqlite:///{database}?timeout=0.01")
        impatient.setup([NOTE])
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Transient, match="try again"), impatient.begin():
                pytest.fail("it began")
            impatient.setup([NOTE])
            with pytest.raises(Transient):
                impatient.setup([Kind("fresh", {})])
        with impatient.begin() as uow:
            uow.write([note("a")])
        impatient.close()

        assert ["a"] == notes(sqlite_store, "a")

    def test_a_file_that_cannot_be_switched_over(self, database: Path) -> None:
        """A host that reads from a file of its own keeps us from making it ready, until it lets go."""
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as host:
            host.execute("CREATE TABLE host (a)")
            host.execute("BEGIN")
            host.execute("SELECT a FROM host").fetchall()
            store = open_sqlite(f"sqlite:///{database}?timeout=0.03")
            with pytest.raises(Transient):
                store.setup([NOTE])
        store.setup([NOTE])
        store.close()


class TestBeginning:
    """Errors at BEGIN."""

    def test_interrupted(self, sqlite_store: Store) -> None:
        """A unit that is interrupted while it begins leaves its thread and its connection free."""

        class Interrupted(sqlite3.Cursor):
            """A cursor whose user presses Ctrl-C."""

            def execute(self, *_: Any) -> NoReturn:
                """Break off."""
                raise KeyboardInterrupt

        connections = sqlite_store._connections  # type: ignore[attr-defined]
        cursor = connections.take()
        connections.give(Interrupted(cursor.connection), is_usable=True)
        with pytest.raises(KeyboardInterrupt), sqlite_store.begin():
            pytest.fail("it began")

        assert [] == notes(sqlite_store, "a")


class _LockedOnce:
    """A connection that meets somebody else's lock the first time."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.asked: list[str] = []

    def execute(self, text: str) -> None:
        """Note what is asked for; fail once."""
        self.asked.append(text)
        if len(self.asked) == 1:
            raise driver_error(sqlite3.OperationalError, self.code)


class TestSwitchingOver:
    """The write-ahead log is switched on once in a file's life, maybe by several processes at once."""

    @pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_LOCKED])
    def test_a_lock_in_the_way(self, code: int) -> None:
        """Where SQLite does not wait for the lock by itself, we do."""
        connection = _LockedOnce(code)
        _use_write_ahead_log(connection, timeout=30)  # type: ignore[arg-type]

        assert ["PRAGMA journal_mode = WAL"] * 2 == connection.asked

    @pytest.mark.parametrize("code, timeout", [(sqlite3.SQLITE_BUSY, 0), (sqlite3.SQLITE_CANTOPEN, 30)])
    def test_what_does_not_pass(self, code: int, timeout: float) -> None:
        """Time runs out, or something else is wrong: the error is passed on."""
        connection = _LockedOnce(code)

        with pytest.raises(sqlite3.OperationalError):
            _use_write_ahead_log(connection, timeout)  # type: ignore[arg-type]
        assert 1 == len(connection.asked)


class TestEndings:
    """Errors at COMMIT and after it."""

    def test_a_commit_that_fails(self, sqlite_store: Store, database: Path) -> None:
        """A deferred constraint of the host's refuses at COMMIT: all is rolled back, and the store goes on."""
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("CREATE TABLE parent (id TEXT PRIMARY KEY)")
            connection.execute("CREATE TABLE child (id TEXT REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
            connection.execute("CREATE TRIGGER t AFTER INSERT ON crm_note BEGIN INSERT INTO child VALUES (new.id); END")
        with sqlite_store.begin() as uow:
            uow._cursor.execute("SELECT 1")  # type: ignore[attr-defined]
        [cursor] = sqlite_store._connections._idle  # type: ignore[attr-defined]
        cursor.execute("PRAGMA foreign_keys = ON")

        with pytest.raises(Unavailable, match="constraint"), sqlite_store.begin() as uow:
            uow.write([note("a")])

        assert [] == notes(sqlite_store, "a")

    def test_a_connection_that_breaks(self, sqlite_store: Store) -> None:
        """A connection that cannot even roll back is dropped, and the next unit gets a new one."""

        def deny(action: int, *_: object) -> int:
            return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_TRANSACTION else sqlite3.SQLITE_OK

        with pytest.raises(Unavailable, match="denied"), sqlite_store.begin() as uow:  # noqa: PT012
            uow.write([note("a")])
            uow._cursor.connection.set_authorizer(deny)  # type: ignore[attr-defined]

        assert [] == notes(sqlite_store, "a")
