"""The drivers we know, by the module their connections come from: how to get a plain cursor from each.

A host may have given its connection cursors and rows of its own kind; ours are made beside them, and give tuples.
"""

import importlib
import sqlite3
from collections.abc import Callable
from typing import Any, Final

import attrs

from crmcore.errors import Unavailable
from crmcore.storage.sqlalchemy.drivers import FORMAT, PSYCOPG, PSYCOPG2, QMARK, Cursor, Driver, Style
from crmcore.storage.sqlalchemy.errors import COMMON_ERRORS

#: Character sets that a connection to MariaDB may have; the first has all characters there are.
CHARSETS: Final = ("utf8mb4", "utf8", "utf8mb3")

#: Bits of the server's status, as pymysql keeps them.
_IN_TRANSACTION: Final = 1
_NO_BACKSLASHES: Final = 512


@attrs.frozen
class Known:
    """A driver. ``commits_alone``: the connection is in no transaction, and each statement would be one."""

    database: str
    style: Style
    cursor: Callable[[Any], Cursor]
    commits_alone: Callable[[Any], bool]
    #: Runs several statements in one round trip, if the driver can.
    run: Callable[[Any, str], object] = lambda cursor, text: cursor.execute(text)
    #: Why a connection cannot be used as it is set, if it cannot.
    against: Callable[[Any], str | None] = lambda _raw: None

    def check(self, raw: Any, where: str) -> None:
        """Refuse a connection that would change values on their way.

        :raises Unavailable: the connection is set in a way that would change values.
        """
        reason = self.against(raw)
        if reason is not None:
            raise Unavailable(where, reason)

    def open(self, raw: Any, where: str) -> tuple[Cursor, Driver]:
        """A cursor of ours on a connection.

        :raises Unavailable: the connection is set in a way that would change values.
        """
        self.check(raw, where)
        return self.cursor(raw), Driver(self.database, self.style, (raw.Error, *COMMON_ERRORS))


def _psycopg(raw: Any) -> Cursor:
    psycopg = importlib.import_module("psycopg")
    cursor: Any = psycopg.Cursor(raw, row_factory=psycopg.rows.tuple_row)
    # Results in binary come at twice the speed.
    cursor.format = psycopg.pq.Format.BINARY
    made: Cursor = cursor
    return made


def _run_by_psycopg(cursor: Any, text: str) -> None:
    """Several statements at once are neither prepared nor answered in binary."""
    binary, cursor.format = cursor.format, 0
    cursor.execute(text, prepare=False)
    cursor.format = binary


def _psycopg2(raw: Any) -> Cursor:
    made: Cursor = raw.cursor(cursor_factory=importlib.import_module("psycopg2.extensions").cursor)
    return made


def _pymysql(raw: Any) -> Cursor:
    made: Cursor = importlib.import_module("pymysql.cursors").Cursor(raw)
    return made


def _mysqldb(raw: Any) -> Cursor:
    made: Cursor = importlib.import_module("MySQLdb.cursors").Cursor(raw)
    return made


def _sqlite(raw: sqlite3.Connection) -> Cursor:
    cursor = sqlite3.Cursor(raw)
    cursor.row_factory = None
    return cursor


def _is_idle(raw: Any) -> bool:
    return bool(raw.autocommit) and raw.info.transaction_status == 0


def commits_each(raw: Any) -> bool:
    """Whether a connection to MariaDB is in no transaction, and would commit each statement by itself."""
    return bool(raw.get_autocommit()) and not getattr(raw, "server_status", 0) & _IN_TRANSACTION


def misread(raw: Any) -> str | None:
    """Why not on MariaDB: drivers put values into statements, and the server would read some of these otherwise.

    In other character sets of several bytes the last of them may be a backslash: what stands behind a value in the
    statement would then be taken for a part of it, or the other way round.
    """
    charset = getattr(raw, "charset", None) or raw.character_set_name()
    if charset not in CHARSETS:
        return f"the connection's character set is {charset}: it takes {CHARSETS[0]}"
    # Only pymysql, and what is made of it, escapes without asking the server.
    is_set = getattr(raw, "server_status", 0) & _NO_BACKSLASHES
    return "its sql_mode has NO_BACKSLASH_ESCAPES, which pymysql does not heed in bodies" if is_set else None


def _text_factory(raw: sqlite3.Connection) -> str | None:
    return None if raw.text_factory is str else "the host's connection has a text_factory other than str"


_KNOWN: Final = {
    "psycopg": Known("postgresql", PSYCOPG, _psycopg, _is_idle, _run_by_psycopg),
    "psycopg2": Known("postgresql", PSYCOPG2, _psycopg2, _is_idle),
    "pymysql": Known(
        "mariadb",
        FORMAT,
        _pymysql,
        commits_each,
        against=misread,
    ),
    "MySQLdb": Known("mariadb", FORMAT, _mysqldb, commits_each, against=misread),
    "sqlite3": Known("sqlite", QMARK, _sqlite, lambda raw: not raw.in_transaction, against=_text_factory),
}


def known(raw: Any) -> Known | None:
    """The driver a connection is of; a host may have a class of its own derived from the driver's."""
    for cls in type(raw).__mro__:
        found = _KNOWN.get(cls.__module__.partition(".")[0])
        if found is not None:
            return found if callable(getattr(raw, "cursor", None)) and hasattr(raw, "Error") else None
    return None


def check_usable(raw: Any, where: str) -> None:
    """Refuse a connection that would change values on their way; of a driver not known nothing can be said.

    :raises Unavailable: the connection is set in a way that would change values.
    """
    driver = known(raw)
    if driver is not None:
        driver.check(raw, where)
