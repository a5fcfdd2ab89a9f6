"""The table of a host on SQLAlchemy, and how its database is opened."""

from typing import Any

from sqlalchemy import Column, Connection, Engine, ForeignKey, Integer, MetaData, Table, Text, event, insert, select

METADATA = MetaData()
NOTE = Table(
    "host_note",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("text", Text),
    # Checked at the commit only, where the database can do that.
    Column("about", ForeignKey("host_note.id", deferrable=True, initially="DEFERRED")),
)
#: For MariaDB, which has no such constraints.
PLAIN = Table("host_note", MetaData(), Column("id", Integer, primary_key=True), Column("text", Text))


def note_table(engine: Engine) -> Table:
    """The host's table, made in its database."""
    table = PLAIN if engine.dialect.name in {"mysql", "mariadb"} else NOTE
    table.metadata.create_all(engine)
    return table


def writing(text: str, forbidden: set[str]) -> Any:
    """The statement that writes a note."""
    return insert(NOTE).values(text=text, about=4711) if text in forbidden else insert(PLAIN).values(text=text)


def noted(connection: Connection) -> list[str]:
    """All notes that are stored."""
    return list(connection.scalars(select(NOTE.c.text).order_by(NOTE.c.text)))


def with_savepoints(engine: Engine) -> Engine:
    """The same engine, on SQLite with the setting that SQLAlchemy's manual has for savepoints and foreign keys."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _leave_transactions_to_us)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _leave_transactions_to_us(raw: Any, _record: object) -> None:
    raw.isolation_level = None
    cursor = raw.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
