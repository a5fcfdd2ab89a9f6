"""Noting what a driver is asked to do, and doing it again without crmcore.

What is noted passes through on the way, so a recording is made by working for real. It is replayed in another space of
the same database: every mention of the recorded space among the parameters becomes that one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import psycopg
import pymysql

#: What was done: execute, executemany, commit; the statement and its parameters.
Deed = tuple[str, Any, Any]


@contextmanager
def noted(cursor: type, connection: type) -> Iterator[list[Deed]]:
    """Note the statements and commits of every connection of a driver."""
    deeds: list[Deed] = []
    busy = [False]

    def noting(way: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, text: Any = None, parameters: Any = None, *more: Any, **named: Any) -> Any:
            given = () if text is None else (text,) if parameters is None else (text, parameters)
            # A driver may carry out one call by another of these.
            if busy[0]:
                return original(self, *given, *more, **named)
            deeds.append((way, text, list(parameters) if way == "executemany" else parameters))
            busy[0] = True
            try:
                return original(self, *given, *more, **named)
            finally:
                busy[0] = False

        return call

    with (
        mock.patch.object(cursor, "execute", noting("execute", cursor.execute)),  # type: ignore[attr-defined]
        mock.patch.object(cursor, "executemany", noting("executemany", cursor.executemany)),  # type: ignore[attr-defined]
        mock.patch.object(connection, "commit", noting("commit", connection.commit)),  # type: ignore[attr-defined]
    ):
        yield deeds


DRIVERS: dict[str, tuple[type, type]] = {
    "postgres": (psycopg.Cursor, psycopg.Connection),
    "mariadb": (pymysql.cursors.Cursor, pymysql.connections.Connection),
}


def moved(value: Any, here: str, there: str) -> Any:
    """The parameters with another space."""
    if isinstance(value, str):
        return there if value == here else value
    if isinstance(value, list | tuple):
        return type(value)(moved(item, here, there) for item in value)
    if isinstance(value, dict):
        return {name: moved(item, here, there) for name, item in value.items()}
    return value


def relocated(deeds: Sequence[Deed], here: str, there: str) -> list[Deed]:
    """A recording for another space."""
    return [(way, text, moved(parameters, here, there)) for way, text, parameters in deeds]


def replay(connection: Any, deeds: Sequence[Deed]) -> None:
    """Do it again: nothing but the driver; what a statement gives is fetched, as it was then."""
    cursor = connection.cursor()
    for way, text, parameters in deeds:
        if way == "commit":
            connection.commit()
        elif way == "executemany":
            cursor.executemany(text, parameters)
        else:
            cursor.execute(text, parameters)
            if cursor.description is not None:
                cursor.fetchall()
