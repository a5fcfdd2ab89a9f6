"""Leaving nothing behind in a SQLite file used through an engine (``crmcore.storage.sqlite.scrubbing`` says how)."""

import sqlite3
from typing import Any

from crmcore.errors import Unavailable
from crmcore.storage.sqlalchemy.connections import Connections
from crmcore.storage.sqlalchemy.hosts import HOSTS
from crmcore.storage.sqlite.errors import DRIVER_ERRORS, translated
from crmcore.storage.sqlite.scrubbing import write_anew


def scrub(connections: Connections, where: str) -> None:
    """Write the file anew, and empty its log."""
    connection = connections.take()
    is_usable = False
    try:
        raw: Any = connection.dbapi_connection
        if not isinstance(raw, sqlite3.Connection):
            raise Unavailable(where, HOSTS)
        cursor = sqlite3.Cursor(raw)
        # The host's connections may give rows of another kind.
        cursor.row_factory = None
        write_anew(cursor, where)
        is_usable = True
    except DRIVER_ERRORS as error:
        raise translated(error, where) from None
    finally:
        connections.give(connection, is_usable=is_usable)
