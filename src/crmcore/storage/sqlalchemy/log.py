"""The SQL of the event log: each space has one order without gaps.

On a server a row holds the last position of each space. Who appends takes positions from it, and so keeps others that
append waiting until the end of the transaction. SQLite has one writer at a time anyway.
"""

from functools import cached_property

from sqlalchemy import Table

from crmcore.storage.sqlalchemy.drivers import Style
from crmcore.storage.sqlalchemy.words import Words, marks, named


class LogPlan:
    """All statements for the event log and the positions in it."""

    def __init__(self, events: Table, positions: Table, words: Words, style: Style) -> None:
        q = words.quote
        self._render = style.render
        self._events = named(events, words)
        self._positions = named(positions, words)
        self._space, self._position, self._last = q("space"), q("position"), q("last")
        self._names = ", ".join(map(q, ("space", "position", "stream", "type", "body")))
        self._texts: dict[int, str] = {}
        self.views: bool = style.views
        selected = ", ".join(map(q, ("position", "stream", "type", "body")))
        of_space = f"WHERE {self._space} = ?"
        end = f"{self._position} > ? ORDER BY {self._position} LIMIT ?"
        hint = words.hinted(f"{events.name}.stream")
        self.read_all: str = style.render(f"SELECT {selected} FROM {self._events} {of_space} AND {end}")
        self.read_stream: str = style.render(
            f"SELECT {selected} FROM {self._events}{hint} {of_space} AND {q('stream')} = ? AND {end}"
        )
        self.last: str = style.render(f"SELECT max({self._position}) FROM {self._events} {of_space}")

    def append(self, count: int) -> str:
        """Inserts so many rows of (space, position, stream, type, body)."""
        text = self._texts.get(count)
        if text is None:
            rows = ", ".join([f"({marks(5)})"] * count)
            text = self._texts[count] = self._render(f"INSERT INTO {self._events} ({self._names}) VALUES {rows}")
        return text

    @cached_property
    def append_arrays(self) -> str:
        """Takes positions and inserts at them (PostgreSQL): space, count, space, count, then three arrays."""
        last = self._last
        return self._render(
            f"WITH taken AS (INSERT INTO {self._positions} AS p ({self._space}, {last}) VALUES (?, ?::int8)"
            f" ON CONFLICT ({self._space}) DO UPDATE SET {last} = p.{last} + excluded.{last} RETURNING p.{last})"
            f" INSERT INTO {self._events} ({self._names})"
            f" SELECT ?, taken.{last} - ?::int8 + n.place, n.stream, n.type, n.body"
            " FROM taken, unnest(?::text[], ?::text[], ?::bytea[]) WITH ORDINALITY AS n(stream, type, body, place)"
        )

    @cached_property
    def reserve(self) -> str:
        """Takes positions (MariaDB): space, count, count. The last one comes back as the id of an inserted row."""
        last = self._last
        return self._render(
            f"INSERT INTO {self._positions} ({self._space}, {last}) VALUES (?, LAST_INSERT_ID(?))"
            f" ON DUPLICATE KEY UPDATE {last} = LAST_INSERT_ID({last} + ?)"
        )
