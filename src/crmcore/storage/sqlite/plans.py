"""The SQL of each kind, as text made once: SQLite's statement cache finds it again only if it is the same text.

A kind is a table ``crm_<kind>``: space, id, version, body and the kind's columns under their own names, so that hosts
can report from it. An index leads with the space; one over columns that may be empty is partial, so that it holds
only the rows which have them all. Queries then must say IS NOT NULL, or SQLite may not use it.
"""

import sqlite3
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from crmcore.errors import Fault, Invalid, UniqueViolation, UnknownName
from crmcore.storage.interface import Index, Kind, Query, Record, Scalar, Write
from crmcore.storage.keyset import narrowed
from crmcore.storage.kinds import checked_shape, is_storable
from crmcore.storage.rows import Restore, Rows

TYPE_NAMES: dict[type[Scalar], str] = {str: "TEXT", int: "INTEGER", float: "REAL", bool: "INTEGER"}

#: Many ids are asked for in lists of these lengths, padded: few texts, so the statement cache hits.
LENGTHS = (4, 16, 64, 128, 192, 512)

EVENT_TABLE = "crm__events"
STREAM_INDEX = "crm__events.stream"
LAST_POSITION = f"SELECT max(position) FROM {EVENT_TABLE} WHERE space = ?"
APPEND = f"INSERT INTO {EVENT_TABLE} (space, position, stream, type, body) VALUES (?, ?, ?, ?, ?)"
READ_ALL = (
    f"SELECT position, stream, type, body FROM {EVENT_TABLE} WHERE space = ? AND position > ? ORDER BY position LIMIT ?"
)
READ_STREAM = (
    f'SELECT position, stream, type, body FROM {EVENT_TABLE} INDEXED BY "{STREAM_INDEX}"'
    " WHERE space = ? AND stream = ? AND position > ? ORDER BY position LIMIT ?"
)

#: The parameters of a statement.
Values = Sequence[object]

#: SQLite has no booleans: it keeps 0 and 1.
RESTORE: dict[type, Restore] = {bool: bool}


class Plan:
    """All statements for one kind."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.name: str = kind.name
        self.table: str = table_name(kind.name)
        self.columns: tuple[str, ...] = tuple(kind.columns)
        self._pick = itemgetter(*self.columns) if self.columns else tuple
        self._indexes = {index.name: index for index in kind.indexes}
        self._rows = Rows(kind, RESTORE)
        self._floats = [name for name, type_ in kind.columns.items() if type_ is float]
        self._shapes: dict[tuple[object, ...], str] = {}
        self._set_texts([f'"{name}"' for name in kind.columns])

    def _set_texts(self, columns: Sequence[str]) -> None:
        """Every fixed statement of the kind."""
        table = self.table
        of_one = "WHERE space = ? AND id = ?"
        self.selected: str = ", ".join(["id", "version", "body", *columns])
        self.get_one: str = f"SELECT {self.selected} FROM {table} {of_one}"
        self.get_many: dict[int, str] = {
            length: f"SELECT {self.selected} FROM {table} WHERE space = ? AND id IN ({marks(length)}) ORDER BY id"
            for length in LENGTHS
        }
        self.get_version: str = f"SELECT version FROM {table} {of_one}"
        self.delete: str = f"DELETE FROM {table} {of_one} AND version = ?"
        assigned = ", ".join(["version = version + 1", "body = ?", *(f"{column} = ?" for column in columns)])
        self.update: str = f"UPDATE {table} SET {assigned} {of_one} AND version = ?"
        inserted = ", ".join(["space", "id", "version", "body", *columns])
        self.insert: str = f"INSERT INTO {table} ({inserted}) VALUES (?, ?, 1, {marks(len(columns) + 1)})"

    def records(self, rows: Sequence[Sequence[Any]]) -> list[Record]:
        """The records of rows as selected."""
        return self._rows.records(rows)

    def values(self, write: Write) -> tuple[Scalar | None, ...]:
        """The values of the kind's columns, in their order.

        :raises Invalid: a float is NaN, which SQLite would silently store as NULL.
        """
        if self._floats and not is_storable(write.columns, self._floats):
            raise Invalid([Fault(self.name, "out-of-range", "numbers that are not NaN")])
        columns = write.columns
        if len(columns) == len(self.columns) > 1:
            try:
                return self._pick(columns)
            except KeyError:
                pass  # another column, and one of the kind's left out
        return tuple([columns.get(name) for name in self.columns])

    def query(self, query: Query, space: str, *, ids: bool = False) -> tuple[str, Values] | None:
        """The statement and its parameters; None if nothing can come of the query.

        :param ids: whether only ids are wanted: then the index alone gives the answer, unless it is unique.

        :raises UnknownName: there is no such index.
        :raises Invalid: the bounds do not fit the index.
        """
        eq, lo, hi, after = query.eq, query.lo, query.hi, query.after
        if after is not None:
            checked_shape(query, self._index(query.index))
            bounds = narrowed(query, after)
            if bounds is None:
                return None
            lo, hi, after = bounds
        shape = (query.index, len(eq), lo is None, hi is None, after is None, query.desc, ids)
        text = self._shapes.get(shape)
        if text is None:
            index = self._index(query.index)
            checked_shape(query, index)
            text = self._shapes[shape] = self._select(index, query, lo, hi, after, "id" if ids else self.selected)
        values: list[Scalar] = [space, *eq]
        if lo is not None:
            values.append(lo)
        if hi is not None:
            values.append(hi)
        if after is not None:
            values.extend(after)
        values.append(max(query.limit, 0))
        return text, values

    def _index(self, name: str) -> Index:
        index = self._indexes.get(name)
        if index is None:
            raise UnknownName("index", name, sorted(self._indexes))
        return index

    def _select(
        self, index: Index, query: Query, lo: object, hi: object, after: Sequence[object] | None, selected: str
    ) -> str:
        """The text of a query: only the shape of the bounds matters, not what they are."""
        columns = [f'"{column}"' for column in index.columns]
        fixed = len(query.eq)
        open_ = columns[fixed:]
        terms = ["space = ?", *(f"{column} = ?" for column in columns[:fixed])]
        terms += [f"{open_[0]} >= ?"] if lo is not None else []
        terms += [f"{open_[0]} < ?"] if hi is not None else []
        if after is not None:
            terms.append(_beyond([*open_, "id"], desc=query.desc))
        terms += [f"{column} IS NOT NULL" for column in open_]
        # A unique index ends with its columns: with the id in ORDER BY, SQLite would sort what is in order already.
        order = open_ if index.unique else [*open_, "id"]
        directed = [f"{column} DESC" for column in order] if query.desc else order
        ordered = f" ORDER BY {', '.join(directed)}" if order else ""
        return (
            f'SELECT {selected} FROM {self.table} INDEXED BY "{index_name(self.name, index)}"'
            f" WHERE {' AND '.join(terms)}{ordered} LIMIT ?"
        )

    def violation(self, error: sqlite3.IntegrityError) -> UniqueViolation | None:
        """Which unique index of the kind refused a change; None if it was none of ours."""
        failed = str(error).partition(": ")[2]
        for index in self._indexes.values():
            if index.unique and failed == ", ".join(f"{self.table}.{name}" for name in ("space", *index.columns)):
                return UniqueViolation(self.name, index.name)
        return None


def _beyond(columns: Sequence[str], *, desc: bool) -> str:
    """The comparison of a whole tuple, which SQLite can seek by."""
    sign = "<" if desc else ">"
    if len(columns) == 1:
        return f"{columns[0]} {sign} ?"
    return f"({', '.join(columns)}) {sign} ({marks(len(columns))})"


def marks(count: int) -> str:
    """So many parameter marks."""
    return ", ".join(["?"] * count)


def table_name(kind: str) -> str:
    """The table of a kind; no kind's name starts with _, so ours that do stay apart."""
    return f"crm_{kind}"


def index_name(kind: str, index: Index) -> str:
    """The index of a kind, with a dot, which no table of a kind has in its name.

    An index over no column is in the order of ids: that is what SQLite makes for the primary key.
    """
    if not index.columns and not index.unique:
        return f"sqlite_autoindex_{table_name(kind)}_1"
    return f"crm_{kind}.{index.name}"


def index_text(kind: Kind, index: Index) -> str:
    """The statement that makes an index, in the very form in which SQLite keeps it."""
    columns = [f'"{column}"' for column in index.columns]
    keys = ", ".join(["space", *columns] if index.unique else ["space", *columns, "id"])
    filled = f" WHERE {' AND '.join(f'{column} IS NOT NULL' for column in columns)}" if columns else ""
    unique = "UNIQUE " if index.unique else ""
    return f'CREATE {unique}INDEX "{index_name(kind.name, index)}" ON {table_name(kind.name)} ({keys}){filled}'
