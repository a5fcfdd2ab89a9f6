"""Hosts for the conformance kit: transactions of somebody else's, which our stores join."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Column, Engine, MetaData, String, Table, insert, select

from crmcore.testing import HostTransaction

OWN = Table("host", MetaData(), Column("text", String(100)))


@contextmanager
def sqlite_host(database: Path) -> Iterator[HostTransaction]:
    """A transaction on a connection of Python's own driver."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS host (text)")
    connection.execute("BEGIN")
    try:
        yield HostTransaction(
            connection,
            commit=connection.commit,
            rollback=connection.rollback,
            add=lambda text: connection.execute("INSERT INTO host VALUES (?)", [text]),
            texts=lambda: [row[0] for row in connection.execute("SELECT text FROM host")],
        )
    finally:
        connection.close()


@contextmanager
def sqlalchemy_host(engine: Engine) -> Iterator[HostTransaction]:
    """A transaction on a connection of SQLAlchemy's."""
    OWN.metadata.create_all(engine)
    with engine.connect() as connection:
        connection.begin()
        yield HostTransaction(
            connection,
            commit=connection.commit,
            rollback=connection.rollback,
            add=lambda text: connection.execute(insert(OWN).values(text=text)),
            texts=lambda: connection.scalars(select(OWN.c.text)).all(),
        )
