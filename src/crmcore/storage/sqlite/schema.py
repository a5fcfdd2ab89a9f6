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


def is_laid_out(connection: sqlite3.Connection, kinds: Iterable[Kind]) -> bool:
    """Whether ``lay_out`` would find nothing to do: then nobody has to wait for a writer only to open the file."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not {LAYOUT_TABLE, EVENT_TABLE, STREAM_INDEX} <= names:
        return False
    if connection.execute(f"SELECT max(version) FROM {LAYOUT_TABLE}").fetchone()[0] != LAYOUT:
        return False
    return all(_has_columns(connection, kind) and not _lacking_indexes(connection, kind) for kind in kinds)


def _has_columns(connection: sqlite3.Connection, kind: Kind) -> bool:
    present = _columns(connection, kind)
    return "body" in present and all(present.get(name) == TYPE_NAMES[type_] for name, type_ in kind.columns.items())


def _columns(connection: sqlite3.Connection, kind: Kind) -> dict[str, str]:
    return dict(connection.execute("SELECT name, type FROM pragma_table_info(?)", (table_name(kind.name),)))


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
    present = _columns(connection, kind)
    for column, type_ in kind.columns.items():
        wanted = TYPE_NAMES[type_]
        if column not in present:
            connection.execute(f'ALTER TABLE {table} ADD COLUMN "{column}" {wanted}')
        elif present[column] != wanted:
            raise Unavailable(where, f"column {table}.{column} is {present[column]}, but {wanted} is wanted")


def _make_indexes(connection: sqlite3.Connection, kind: Kind) -> None:
    """The indexes of a kind; one whose columns have changed is made anew."""
    for name, text in _lacking_indexes(connection, kind).items():
        connection.execute(f'DROP INDEX IF EXISTS "{name}"')
        try:
            connection.execute(text)
        except sqlite3.IntegrityError as error:
            raise Plan(kind).violation(error) or error from error


def _lacking_indexes(connection: sqlite3.Connection, kind: Kind) -> dict[str, str]:
    """The statements that make the indexes which are missing or have changed, by the indexes' names."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", (table_name(kind.name),)
    )
    present = dict(rows)
    wanted = {index_name(kind.name, index): index_text(kind, index) for index in kind.indexes}
    return {name: text for name, text in wanted.items() if present.get(name) != text and not name.startswith("sqlite_")}
