"""Tables and indexes: made, and added to what exists, without losing a row."""

import sqlite3
from collections.abc import Iterable

from crmcore.errors import Unavailable
from crmcore.storage.interface import Kind
from crmcore.storage.sqlite.plans import (
    EVENT_TABLE,
    STREAM_INDEX,
    TYPE_NAMES,
    Plan,
    index_name,
    index_text,
    table_name,
)

#: Raised when the tables change in a way that older programs cannot live with. It stands in a table of its own:
#: ``PRAGMA user_version`` belongs to the host, which may keep its own tables in the same file.
LAYOUT = 1
LAYOUT_TABLE = "crm__layout"


def lay_out(connection: sqlite3.Connection, kinds: Iterable[Kind], where: str) -> None:
    """Make what is missing. Call it inside a transaction: then two processes may do it at once.

    :raises Unavailable: a newer crmcore laid the file out, or a column has another type.
    :raises UniqueViolation: stored records do not fit a new unique index.
    """
    _mark_layout(connection, where)
    _make_event_table(connection)
    for kind in kinds:
        _make_table(connection, kind, where)
        _make_indexes(connection, kind)


def _mark_layout(connection: sqlite3.Connection, where: str) -> None:
    connection.execute(f"CREATE TABLE IF NOT EXISTS {LAYOUT_TABLE} (version INTEGER NOT NULL)")
    found = connection.execute(f"SELECT max(version) FROM {LAYOUT_TABLE}").fetchone()[0]
    if found is None:
        connection.execute(f"INSERT INTO {LAYOUT_TABLE} (version) VALUES (?)", (LAYOUT,))
    elif found > LAYOUT:
        raise Unavailable(where, f"a newer crmcore made it (layout {found}, this program knows {LAYOUT})")


def _make_event_table(connection: sqlite3.Connection) -> None:
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {EVENT_TABLE} (space TEXT NOT NULL, position INTEGER NOT NULL,"
        " stream TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (space, position))"
    )
    connection.execute(f'CREATE INDEX IF NOT EXISTS "{STREAM_INDEX}" ON {EVENT_TABLE} (space, stream, position)')


def _make_table(connection: sqlite3.Connection, kind: Kind, where: str) -> None:
    """The table of a kind, or the columns it lacks."""
    table = table_name(kind.name)
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {table} (space TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,"
        " body BLOB NOT NULL, PRIMARY KEY (space, id))"
    )
    present = dict(connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,)))
    for column, type_ in kind.columns.items():
        wanted = TYPE_NAMES[type_]
        if column not in present:
            connection.execute(f'ALTER TABLE {table} ADD COLUMN "{column}" {wanted}')
        elif present[column] != wanted:
            raise Unavailable(where, f"column {table}.{column} is {present[column]}, but {wanted} is wanted")


def _make_indexes(connection: sqlite3.Connection, kind: Kind) -> None:
    """The indexes of a kind; one whose columns have changed is made anew."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", (table_name(kind.name),)
    )
    present = dict(rows)
    for index in kind.indexes:
        name, text = index_name(kind.name, index), index_text(kind, index)
        if present.get(name) == text or name.startswith("sqlite_"):
            continue
        connection.execute(f'DROP INDEX IF EXISTS "{name}"')
        try:
            connection.execute(text)
        except sqlite3.IntegrityError as error:
            raise Plan(kind).violation(error) or error from error
