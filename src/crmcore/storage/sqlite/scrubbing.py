"""Leaving nothing behind of what was deleted or changed.

SQLite does not overwrite what it deletes: it stands on in free pages, in gaps of used ones, and in the write-ahead log.
VACUUM writes every page anew out of what is stored; the checkpoint then brings those pages into the file and cuts the
log off. ``secure_delete`` alone would not do: it says nothing of what was deleted before it was set.
"""

import sqlite3
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from crmcore.errors import TimedOut
from crmcore.storage.sqlite.errors import DRIVER_ERRORS, translated

#: Seconds between attempts to cut the log off, while others still read in it.
PAUSE = 0.02

T = TypeVar("T")


class Pool(Protocol[T]):
    """What lends connections, in whatever form."""

    def take(self) -> T:
        """A connection outside any transaction."""
        ...

    def give(self, taken: T, /, *, is_usable: bool) -> None:
        """Take it back, or close it."""
        ...


def scrub(pool: Pool[T], cursor_on: Callable[[T], sqlite3.Cursor], where: str) -> None:
    """Write the file anew, and empty its log.

    :raises Transient: others used the file for longer than ``busy_timeout``.
    :raises Unavailable: the file cannot be used.
    """
    taken = pool.take()
    is_usable = False
    try:
        cursor = cursor_on(taken)
        cursor.execute("VACUUM")
        _cut_off(cursor, where)
        is_usable = True
    except DRIVER_ERRORS as error:
        raise translated(error, where) from None
    finally:
        pool.give(taken, is_usable=is_usable)


def _cut_off(cursor: sqlite3.Cursor, where: str) -> None:
    """Empty the write-ahead log, which has to wait for who still reads in it."""
    timeout = cursor.execute("PRAGMA busy_timeout").fetchone()[0] / 1000
    deadline = time.monotonic() + timeout
    while cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() >= deadline:
            raise TimedOut(f"{where} is read by others")
        time.sleep(PAUSE)
