"""PostgreSQL's errors: by SQLSTATE, which psycopg and asyncpg give, and psycopg2 under another name."""

import re
from typing import Any, Final

from crmcore.errors import Fault, Invalid, Transient
from crmcore.storage.sqlalchemy.errors import Codes, Meaning, Stage, lost, mistaken, of_value

_LOST = "the connection to the database was lost"
_UNSURE = "the server does not know what became of a statement"
_DENIED = "access was denied"
_NO_TABLES = "its tables are not there, or lack a column: they were not set up, or changed by others"
_NOT_OURS = "a constraint or trigger that is not crmcore's refused the change"

CODES: Final = Codes(
    lost={
        None: _LOST,
        "08000": _LOST,
        "08001": _LOST,
        "08003": _LOST,
        "08006": _LOST,
        "08007": _UNSURE,
        "08P01": _LOST,
        # No connection is lost by itself, but none that says so is used on.
        "40003": _UNSURE,
        "25P03": "the transaction was idle for longer than the server allows",
        "25P04": "the transaction took longer than the server allows",
        "57P01": "the server closed the connection",
        "57P02": "the server crashed",
        "57P05": "the connection was idle for longer than the server allows",
    },
    timed_out={
        "55P03": "others held a lock for too long",
        "57014": "a statement was cancelled, or took longer than the server allows",
    },
    transient={
        "40001": "others changed what this unit of work has read",
        "40P01": "this unit of work and another one waited for each other",
        "53300": "the server has no connection free",
        "57P03": "the server is starting or stopping",
    },
    full={"53100": "no room is left on the server's disk"},
    invalid={
        "22001": Fault("storage.value", "too-long", "shorter text"),
        "22003": Fault("storage.value", "out-of-range", "integers of at most 64 bits"),
        "22021": Fault("storage.value", "bad-character", "text without NUL"),
        "22P05": Fault("storage.value", "bad-character", "text that the database's encoding has"),
        "54000": Fault("storage.value", "too-long", "text that fits into an index"),
    },
    unavailable={
        "25006": "it takes no changes: a standby, or a transaction that may only read",
        "25P02": "the transaction has failed before",
        "28000": _DENIED,
        "28P01": _DENIED,
        "3D000": "there is no such database",
        "3F000": "there is no such schema",
        "23502": _NOT_OURS,
        "23503": _NOT_OURS,
        "23505": _NOT_OURS,
        "23514": _NOT_OURS,
        "23P01": _NOT_OURS,
        "42501": _DENIED,
        "42703": _NO_TABLES,
        "42P01": _NO_TABLES,
        "XX001": "its data are damaged",
        "XX002": "an index is damaged",
    },
    name="SQLSTATE",
)

#: While a server is restarted it answers connects so; the driver gives no code then, only the server's words.
_NOT_YET = (
    "starting up",
    "shutting down",
    "recovery mode",
    "not yet accepting",
    "too many clients",
    "remaining connection",
)
#: Others of the server's words, and those of PostgreSQL's library, for want of a code.
_REFUSED: Final = (
    (re.compile(r'database ".*" does not exist'), "there is no such database"),
    (re.compile(r'role ".*" does not exist|authentication failed|no pg_hba\.conf entry|no password supplied'), _DENIED),
)
_MISTAKEN: Final = re.compile(r"invalid (port number|integer value|[\w ]+ value)\b")
UNIQUE: Final = "23505"


def translate(error: BaseException, where: str, stage: Stage) -> Meaning:
    """What an error means."""
    known = of_value(error)
    if known is not None:
        return known
    code = code_of(error)
    if code is None and stage == "connecting":
        return _of_connecting(error, where)
    if code is None and type(error).__name__ == "DataError":
        return Meaning(Invalid([Fault("storage.value", "bad-character", "text without NUL")]))
    return CODES.meaning(code, where, stage)


def code_of(error: BaseException) -> str | None:
    """The SQLSTATE; None if the server has not said it."""
    code: str | None = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    return code


def _of_connecting(error: BaseException, where: str) -> Meaning:
    said = str(error)
    if any(words in said for words in _NOT_YET):
        return Meaning(Transient("the server is starting or stopping, or has no connection free"), lost=True)
    if type(error).__name__ == "ProgrammingError" or _MISTAKEN.search(said):
        return Meaning(mistaken(), lost=True)
    told = (meant for words, meant in _REFUSED if words.search(said))
    return lost(where, next(told, "no server answers there, or it refused the connection"), "connecting")


def violated(error: BaseException) -> str | None:
    """The name of the unique index that refused a change; None if that is not what happened."""
    if code_of(error) != UNIQUE:
        return None
    told: Any = getattr(error, "diag", None) or error.__cause__
    return str(getattr(told, "constraint_name", None))
