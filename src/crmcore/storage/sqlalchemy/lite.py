"""Units of work on SQLite: one writer at a time, so neither guards nor positions need a lock of their own."""

import sqlite3
from typing import Any

from sqlalchemy import Connection, PoolProxiedConnection

from crmcore.errors import Unavailable
from crmcore.storage.sqlalchemy.hosts import HOSTS
from crmcore.storage.sqlalchemy.plans import Plan
from crmcore.storage.sqlalchemy.unit import SqlUnit


def lacking(connection: Connection) -> frozenset[str]:
    """What cannot be promised of a database on which a host's engine works.

    One in memory is one connection's alone. In a file without a write-ahead log, readers keep writers waiting; and a
    journal that stays (``PERSIST``) keeps what was there before.
    """
    (_, _, file), *_ = connection.exec_driver_sql("PRAGMA database_list")
    if not file:
        return frozenset({"threads", "processes", "durable", "read", "scrub"})
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    able = {"read": mode == "wal", "scrub": mode != "persist"}
    return frozenset(name for name, is_able in able.items() if not is_able)


def plain_cursor(where: str, connection: PoolProxiedConnection) -> sqlite3.Cursor:
    """A cursor that gives tuples, whatever rows the host's connections give.

    :raises Unavailable: the engine's driver is another than Python's own.
    """
    raw: Any = connection.dbapi_connection
    if not isinstance(raw, sqlite3.Connection):
        raise Unavailable(where, HOSTS)
    cursor = sqlite3.Cursor(raw)
    cursor.row_factory = None
    return cursor


class LiteUnit(SqlUnit):
    """A unit of work on SQLite."""

    def _violated(self, error: BaseException) -> str | None:
        # It tells the columns of the index, not its name.
        return str(error).partition("UNIQUE constraint failed: ")[2] or None

    def _is_absent(self, plan: Plan, key: tuple[str, str]) -> bool:
        return not self._rows(plan.share, key)

    def _reserved(self, count: int) -> int:  # noqa: ARG002
        [[last]] = self._rows(self._log.last, (self._space,))
        return last or 0
