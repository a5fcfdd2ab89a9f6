"""Fresh databases for tests of the tables: one of each sort, and how to look into them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect

from crmcore.storage.interface import Kind
from crmcore.storage.sqlalchemy.schema import lay_out, missing

#: The databases that the tables are made for.
DIALECTS = ("postgresql", "mariadb", "sqlite")


def fresh(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh database; a server is started when the first test asks for it."""
    if dialect == "sqlite":
        return f"sqlite:///{tmp_path / 'crm.db'}"
    server = request.getfixturevalue("postgres" if dialect == "postgresql" else dialect)
    url: str = server.database()
    return url


def engine_of(url: str, isolation: str | None = None) -> Engine:
    """An engine that keeps no connection open; on SQLite, with foreign keys in force."""
    options = {} if isolation is None else {"isolation_level": isolation}
    engine = create_engine(url, poolclass=NullPool, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA foreign_keys = ON"))
    return engine


@contextmanager
def listening(engine: Engine) -> Iterator[list[str]]:
    """Every statement that the engine runs meanwhile."""
    heard: list[str] = []
    listener: Callable[..., None] = lambda _connection, _cursor, statement, *_rest: heard.append(statement.strip())  # noqa: E731
    event.listen(engine, "before_cursor_execute", listener)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", listener)


def insert(connection: Connection, table: str, **values: object) -> None:
    """Insert one row by plain SQL, as somebody who knows nothing of crmcore would."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    names = ", ".join(quote(name) for name in values)
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(values))
    connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))


def set_up(engine: Engine, *kinds: Kind, prefix: str = "crm_", schema: str | None = None) -> list[str]:
    """Lay out in a transaction of its own, as ``CRM.open`` does; the statements run that change anything."""
    with listening(engine) as heard, engine.begin() as connection:
        lay_out(connection, kinds, prefix=prefix, schema=schema, where="db")
    return [statement for statement in heard if not statement.startswith("SELECT")]


def lacks(engine: Engine, *kinds: Kind, prefix: str = "crm_", schema: str | None = None) -> Sequence[str]:
    """What is missing."""
    with engine.connect() as connection:
        return missing(connection, kinds, prefix=prefix, schema=schema)


def run(engine: Engine, *statements: str) -> None:
    """Run statements in one transaction."""
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def stored(engine: Engine, table: str, *columns: str) -> list[tuple[object, ...]]:
    """All rows of a table, in the order of their first column."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1")
        return [tuple(row) for row in rows]


def keys(engine: Engine, table: str) -> dict[str | None, list[str | None]]:
    """The indexes of a table with their columns, as SQLAlchemy's own inspector sees them."""
    return {index["name"]: index["column_names"] for index in inspect(engine).get_indexes(table)}
