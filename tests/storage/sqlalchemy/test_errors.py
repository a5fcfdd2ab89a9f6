"""What the drivers raise, and what it means: the whole of both tables, and the drivers' own ways of telling."""

import pickle
import sqlite3
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import psycopg
import pymysql
import pytest

from crmcore.errors import CrmError, Invalid, OutcomeUnknown, StorageFull, TimedOut, Transient, Unavailable
from crmcore.storage.sqlalchemy import errnos, sqlstates
from crmcore.storage.sqlalchemy.errors import Codes, Stage, of_sqlite

SECRET = "Key (name)=(secret) already exists"


def postgres(code: Any) -> psycopg.Error:
    """An error as psycopg raises it."""
    error: psycopg.Error = psycopg.OperationalError(SECRET)
    error.sqlstate = code
    return error


def mariadb(code: int) -> Exception:
    """An error as pymysql raises it."""
    error: Exception = pymysql.err.OperationalError(code, SECRET)
    return error


STAGES: tuple[Stage, ...] = ("connecting", "working", "committing")
GROUPS: dict[str, type[CrmError]] = {
    "timed_out": TimedOut,
    "transient": Transient,
    "full": StorageFull,
    "invalid": Invalid,
    "unavailable": Unavailable,
}


def rows(codes: Codes) -> list[tuple[Any, type[CrmError]]]:
    """Every code that is no lost connection, with what it means."""
    return [(code, meant) for group, meant in GROUPS.items() for code in getattr(codes, group)]


@pytest.mark.parametrize("code, meant", rows(sqlstates.CODES))
def test_every_sqlstate(code: str, meant: type[CrmError]):
    """Each code means the same whatever was going on, and nothing that the driver said is told."""
    for stage in STAGES:
        meaning = sqlstates.translate(postgres(code), "db", stage)

        assert meant is type(meaning.error)
        assert not meaning.lost
        assert not meaning.ended
        assert "secret" not in f"{meaning.error} {meaning.error.message('zh')}"
        assert str(meaning.error) == str(pickle.loads(pickle.dumps(meaning.error)))  # noqa: S301  (our own)


@pytest.mark.parametrize("code, meant", rows(errnos.CODES))
def test_every_errno(code: int, meant: type[CrmError]):
    """The same for MariaDB; after a deadlock the whole transaction is gone."""
    for stage in STAGES:
        if (stage, code) == ("committing", 1317):
            continue
        meaning = errnos.translate(mariadb(code), "db", stage)

        assert meant is type(meaning.error)
        assert not meaning.lost
        assert (code in (1020, 1213)) == meaning.ended
        assert "secret" not in f"{meaning.error} {meaning.error.message('zh')}"


LOST: list[tuple[Any, Exception]] = [(sqlstates, postgres(code)) for code in sqlstates.CODES.lost]
LOST += [(errnos, mariadb(code)) for code in errnos.CODES.lost]  # type: ignore[arg-type]
LOST += [(errnos, BrokenPipeError()), (errnos, pymysql.err.InterfaceError(0, ""))]


@pytest.mark.parametrize("module, error", LOST, ids=repr)
def test_a_lost_connection(module: Any, error: Exception):
    """A connection that dies leaves nothing behind, unless it died at COMMIT: then nobody knows."""
    expected: dict[Stage, tuple[type[CrmError], ...]] = {
        "connecting": (Unavailable,),
        "working": (Transient,),
        "committing": (OutcomeUnknown,),
    }
    for stage, classes in expected.items():
        meaning = module.translate(error, "db", stage)

        assert classes == (type(meaning.error),)
        assert meaning.lost
        assert meaning.ended


@pytest.mark.parametrize("error", [postgres("99999"), mariadb(9999), pymysql.err.ProgrammingError("odd")], ids=repr)
def test_an_unknown_error(error: Exception):
    """An error that we do not know is told by its code, not by its words."""
    module: Any = sqlstates if isinstance(error, psycopg.Error) else errnos
    meaning = module.translate(error, "db", "working")

    assert Unavailable is type(meaning.error)
    assert "secret" not in str(meaning.error)
    assert any(word in str(meaning.error) for word in ("99999", "9999", "driver"))


@pytest.mark.parametrize("code", [1180, 1317])
def test_a_commit_that_mariadb_is_not_sure_of(code: int):
    """An error of COMMIT itself, or a COMMIT that was cancelled, leaves open what happened."""
    assert isinstance(errnos.translate(mariadb(code), "db", "committing").error, OutcomeUnknown)


@pytest.mark.parametrize("code", ["08006", "08007", "40003", "57P01", "57P02"])
def test_a_commit_that_postgresql_is_not_sure_of(code: str):
    """A COMMIT of which the server, or something before it, does not know the end leaves open what happened."""
    assert isinstance(sqlstates.translate(postgres(code), "db", "committing").error, OutcomeUnknown)
    assert isinstance(sqlstates.translate(postgres(code), "db", "working").error, Transient)


@pytest.mark.parametrize(
    "code, text, meant",
    [
        (1030, "Got error 28 from storage engine InnoDB", StorageFull),
        (3, "Error writing file '/tmp/x' (Errcode: 28 \"No space left on device\")", StorageFull),
        (1030, "Got error 122 from storage engine InnoDB", StorageFull),
        (1030, "Got error 168 from storage engine InnoDB", Unavailable),
    ],
)
def test_a_full_disk_on_mariadb(code: int, text: str, meant: type[CrmError]):
    """A storage engine tells a full disk by the system's number for it."""
    meaning = errnos.translate(pymysql.err.OperationalError(code, text), "db", "working")

    assert meant is type(meaning.error)


@pytest.mark.parametrize(
    "text, meant",
    [
        ("FATAL:  the database system is starting up", Transient),
        ("FATAL:  the database system is in recovery mode", Transient),
        ("FATAL:  sorry, too many clients already", Transient),
        ("Connection refused", Unavailable),
        ('FATAL:  password authentication failed for user "wang"', Unavailable),
        ('FATAL:  role "wang" does not exist', Unavailable),
        ('FATAL:  database "wang" does not exist', Unavailable),
        ('invalid port number: "wang"', Invalid),
        ('invalid sslmode value: "wang"', Invalid),
        ('invalid integer value "wang" for connection option "keepalives"', Invalid),
    ],
)
def test_a_failed_connect_on_postgresql(text: str, meant: type[CrmError]):
    """A failed connect has no code, only the server's words: some say that it will be there soon."""
    meaning = sqlstates.translate(psycopg.OperationalError(text), "db", "connecting")

    assert meant is type(meaning.error)
    assert meaning.lost
    assert "wang" not in str(meaning.error)


@pytest.mark.parametrize("module", [sqlstates, errnos])
def test_what_cannot_be_handed_over(module: Any):
    """A value that the driver cannot even send is invalid."""
    for error in (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "secret"), OverflowError("secret")):
        meaning = module.translate(error, "db", "working")

        assert Invalid is type(meaning.error)
        assert "secret" not in str(meaning.error)
    assert Invalid is type(sqlstates.translate(psycopg.DataError("NUL"), "db", "working").error)


class TestUniqueIndexes:
    """Which unique index refused a change."""

    def test_postgresql(self):
        """The drivers tell the constraint by name, each in its own way."""
        by_psycopg: Any = SimpleNamespace(sqlstate="23505", diag=SimpleNamespace(constraint_name="crm_a.b"))
        by_psycopg2: Any = SimpleNamespace(pgcode="23505", diag=SimpleNamespace(constraint_name="crm_a.b"))
        by_asyncpg: Any = SimpleNamespace(sqlstate="23505", __cause__=import_module("asyncpg").UniqueViolationError())
        by_asyncpg.__cause__.constraint_name = "crm_a.b"

        assert ["crm_a.b"] * 3 == [sqlstates.violated(error) for error in (by_psycopg, by_psycopg2, by_asyncpg)]
        assert sqlstates.violated(postgres("23503")) is None

    @pytest.mark.parametrize(
        "text, name",
        [
            ("Duplicate entry '-n' for key 'crm_a.b'", "crm_a.b"),
            ("Duplicate entry '' for key 'x' for key 'crm_a.b'", "crm_a.b"),
            ("Duplicate entry '-a' for key 'PRIMARY'", "PRIMARY"),
            ("Duplicate entry '-a' for key 'crm_a.crm_a.b'", "crm_a.crm_a.b"),
        ],
    )
    def test_mariadb(self, text: str, name: str):
        """MariaDB tells the key last, behind values that may look like anything."""
        assert name == errnos.violated(pymysql.err.IntegrityError(1062, text))
        assert errnos.violated(pymysql.err.IntegrityError(1452, text)) is None


def test_sqlite():
    """SQLite's errors mean what they mean to the native backend; a failing disk at COMMIT leaves it open."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC

    assert Unavailable is type(of_sqlite(error, "db", "working").error)
    assert OutcomeUnknown is type(of_sqlite(error, "db", "committing").error)
