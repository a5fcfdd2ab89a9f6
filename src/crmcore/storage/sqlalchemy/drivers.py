"""The drivers' edge: a cursor as far as it is used here, and how a driver wants its parameters marked."""

import re
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final, Protocol

import attrs

Row = Sequence[Any]

#: Statements are written with ``?``; an array of PostgreSQL's as ``?::text[]``.
_ARRAY: Final = re.compile(r"\?(?=::\w+\[\])")


class Cursor(Protocol):
    """What every driver's cursor can do (PEP 249), a wrapped asynchronous one too."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""
        ...

    @property
    def lastrowid(self) -> int | None:
        """The id of the row that the last statement inserted, where the database has such."""
        ...

    def execute(self, operation: str, parameters: Any = ..., /) -> Any:
        """Run a statement."""
        ...

    def fetchall(self) -> list[Any]:
        """The rows that remain."""
        ...

    def close(self) -> Any:
        """Let go of it."""
        ...


@attrs.frozen
class Style:
    """How a driver wants a statement: ``render`` turns the marks into its own. ``views``: it gives bytes as a view."""

    name: str
    render: Callable[[str], str] = attrs.field(eq=False, repr=False)
    views: bool = False


def _dollars(text: str) -> str:
    numbers = count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", text)


def _percents(text: str) -> str:
    return text.replace("?", "%s")


#: psycopg sends arrays in binary when told to, at several times the speed.
PSYCOPG: Final = Style("psycopg", lambda text: _ARRAY.sub("%b", text).replace("?", "%s"))
PSYCOPG2: Final = Style("psycopg2", _percents, views=True)
FORMAT: Final = Style("format", _percents)
DOLLAR: Final = Style("dollar", _dollars)
QMARK: Final = Style("qmark", lambda text: text)


@attrs.frozen
class Driver:
    """A driver as met on a connection: for which database, how it marks parameters, and what it raises."""

    database: str
    style: Style
    errors: tuple[type[BaseException], ...]
