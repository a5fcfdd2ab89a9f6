"""Leaving nothing behind of what was deleted or changed.

SQLite does not overwrite what it deletes: it stands on in free pages, in gaps of used ones, and in the write-ahead log.
VACUUM writes every page anew out of what is stored; the checkpoint then brings those pages into the file and cuts the
log off. ``secure_delete`` alone would not do: it says nothing of what was deleted before it was set.
"""

import sqlite3
import time

from crmcore.errors import TimedOut
from crmcore.storage.sqlite.connections import Connections
from crmcore.storage.sqlite.errors import DRIVER_ERRORS, translated

#: Seconds between attempts to cut the log off, while others still read in it.
PAUSE = 0.02


def scrub(connections: Connections, where: str) -> None:
    """Write the file anew, and empty its log."""
    cursor = connections.take()
    is_usable = False
    try:
        write_anew(cursor, where)
        is_usable = True
    except DRIVER_ERRORS as error:
        raise translated(error, where) from error
    finally:
        connections.give(cursor, is_usable=is_usable)


def write_anew(cursor: sqlite3.Cursor, where: str) -> None:
    """Write the file anew, and empty its log, on a connection in no transaction.

    :raises TimedOut: others read in the log for longer than ``busy_timeout``.
    """
    cursor.execute("VACUUM")
    _cut_off(cursor, where)


def _cut_off(cursor: sqlite3.Cursor, where: str) -> None:
    """Empty the write-ahead log, which has to wait for who still reads in it."""
    timeout = cursor.execute("PRAGMA busy_timeout").fetchone()[0] / 1000
    deadline = time.monotonic() + timeout
    while cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() >= deadline:
            raise TimedOut(f"{where} is read by others")
        time.sleep(PAUSE)
