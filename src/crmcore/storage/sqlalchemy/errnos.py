"""MariaDB's errors: by number, which every driver gives as the first argument."""

import re
from typing import Final

from crmcore.errors import Fault, Unavailable
from crmcore.storage.sqlalchemy.errors import Codes, Meaning, Stage, lost, of_value

_LOST = "the connection to the database was lost"
_DENIED = "access was denied"
_NO_TABLES = "its tables are not there, or lack a column: they were not set up, or changed by others"
_NOT_OURS = "a constraint or trigger that is not crmcore's refused the change"
_READ_ONLY = "it takes no changes: a replica, or a transaction that may only read"
_CHARACTER = Fault("storage.value", "bad-character", "text that utf8mb4 has")
_FULL = "no room is left on the server's disk"

CODES: Final = Codes(
    lost={
        0: _LOST,
        1053: "the server is shutting down",
        1077: "the server is shutting down",
        1152: _LOST,
        1158: _LOST,
        1159: _LOST,
        1160: _LOST,
        1161: _LOST,
        1184: _LOST,
        1927: "the connection was closed by an administrator",
        2002: _LOST,
        2003: _LOST,
        2006: _LOST,
        2013: _LOST,
        2014: _LOST,
        2045: _LOST,
        2055: _LOST,
        4031: "the connection was idle for longer than the server allows",
    },
    timed_out={
        1205: "others held a lock for too long",
        1317: "a statement was cancelled",
        1969: "a statement took longer than the server allows",
        3024: "a statement took longer than the server allows",
    },
    transient={
        1020: "others changed what this unit of work has read",
        1040: "the server has no connection free",
        1203: "the server has no connection free for this user",
        1213: "this unit of work and another one waited for each other",
        1226: "the server has no connection free for this user",
        1412: "the tables were changed meanwhile",
        1615: "the tables were changed meanwhile",
    },
    full={1021: _FULL, 1114: "no room is left in a table of the server", 1026: _FULL},
    invalid={
        1118: Fault("storage.value", "too-long", "shorter text"),
        1153: Fault("storage.value", "too-long", "bodies below the server's max_allowed_packet"),
        1264: Fault("storage.value", "out-of-range", "integers of at most 64 bits"),
        1300: _CHARACTER,
        1366: _CHARACTER,
        1406: Fault("storage.value", "too-long", "shorter text"),
    },
    unavailable={
        1044: _DENIED,
        1045: _DENIED,
        1049: "there is no such database",
        1054: _NO_TABLES,
        1062: _NOT_OURS,
        1142: _DENIED,
        1143: _DENIED,
        1146: _NO_TABLES,
        1176: _NO_TABLES,
        1227: _DENIED,
        1290: _READ_ONLY,
        1305: "the host has ended its transaction inside ours",
        1364: _NOT_OURS,
        1451: _NOT_OURS,
        1452: _NOT_OURS,
        1644: _NOT_OURS,
        1698: _DENIED,
        1792: _READ_ONLY,
        1836: _READ_ONLY,
        4025: _NOT_OURS,
    },
    # A timeout may do so too, if the server is told to (innodb_rollback_on_timeout).
    ended=frozenset({1020, 1213}),
)

#: Errors of a storage engine say the system's number in their text: 28 is a full disk.
_ENGINE: Final = frozenset({3, 1025, 1030, 1296})
_SYSTEM_FULL: Final = re.compile(r"(?:error|Errcode:)\s*(?:28|122)\b", re.IGNORECASE)
#: Of a failed connect, and of a COMMIT, these leave open what happened.
_UNSURE: Final = frozenset({1180, 1317})
UNIQUE: Final = frozenset({1062, 1169, 1586})


def translate(error: BaseException, where: str, stage: Stage) -> Meaning:
    """What an error means."""
    known = of_value(error)
    if known is not None:
        return known
    code = code_of(error)
    if stage == "connecting" and code in CODES.lost:
        return lost(where, "no server answers there, or it refused the connection", stage)
    if stage == "committing" and code in _UNSURE:
        return lost(where, _LOST, stage)
    if code in _ENGINE and _SYSTEM_FULL.search(str(error)):
        return CODES.meaning(1021, where, stage)
    if code is None:
        return Meaning(Unavailable(where, "its driver refused a statement"))
    return CODES.meaning(code, where, stage)


def code_of(error: BaseException) -> int | None:
    """The number; 0 where a socket broke under the driver."""
    if isinstance(error, OSError):
        return 0
    first = error.args[0] if error.args else None
    return first if isinstance(first, int) else None


def violated(error: BaseException) -> str | None:
    """The name of the unique index that refused a change; None if that is not what happened.

    The message ends with it; before that stand the values, which may look like anything.
    """
    if code_of(error) not in UNIQUE:
        return None
    return str(error.args[-1]).rpartition(" for key '")[2].rstrip("'")
