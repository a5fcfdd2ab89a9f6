"""Tables, columns and indexes: made, and added to what exists, without losing a row.

When nothing is missing, which is so at almost every opening, this is three statements and no lock. Else one program
after the other does it: on PostgreSQL and SQLite within the transaction of the connection; on MariaDB, where each
change of a table commits by itself, step by step, so that the next program carries on where one was killed.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Final

from sqlalchemy import Connection, MetaData, func, inspect, select
from sqlalchemy.exc import IntegrityError

from crmcore.errors import Transient, Unavailable, UniqueViolation
from crmcore.storage.interface import Kind
from crmcore.storage.sqlalchemy.gaps import Gap, Plan
from crmcore.storage.sqlalchemy.location import where_of
from crmcore.storage.sqlalchemy.tables import define_tables

#: Seconds to wait on MariaDB for another program that makes tables.
PATIENCE: Final = 60

#: One lock for all tables of crmcore in a database of PostgreSQL's.
_LOCK: Final = int.from_bytes(b"crmcore")


def lay_out(connection: Connection, kinds: Sequence[Kind], *, prefix: str, schema: str | None, where: str) -> None:
    """Make what is missing; call it inside a transaction, and commit that. Any number of programs may do it at once.

    An index whose definition has changed is made anew. What the database has beyond the kinds stays as it is. Errors
    of the driver other than these are the caller's to translate.

    :raises Invalid: a name is too long for the database, or an index too wide.
    :raises Unavailable: a newer crmcore made the tables, a column has another type, or there is no such schema.
    :raises UniqueViolation: stored records do not fit a new unique index.
    :raises Transient: another program has been making tables for too long.
    """
    plan = Plan(connection, define_tables(MetaData(), prefix=prefix, schema=schema, kinds=kinds), schema, where)
    if not plan.gaps():
        return
    if schema is not None and not inspect(connection).has_schema(schema):
        raise Unavailable(where, f"there is no schema {schema}: create it first")
    with _one_at_a_time(connection, where):
        # Looked at again: the program before may have made it.
        for gap in plan.gaps():
            _fill(connection, gap)


def missing(connection: Connection, kinds: Sequence[Kind], *, prefix: str, schema: str | None) -> tuple[str, ...]:
    """What ``lay_out`` would make, such as ``table crm_reader``; empty when the database is ready.

    :raises Invalid: as ``lay_out`` does.
    :raises Unavailable: as ``lay_out`` does.
    """
    tables = define_tables(MetaData(), prefix=prefix, schema=schema, kinds=kinds)
    plan = Plan(connection, tables, schema, where_of(connection.engine.url))
    return tuple(gap.name for gap in plan.gaps())


def _fill(connection: Connection, gap: Gap) -> None:
    try:
        for statement in gap.statements:
            connection.exec_driver_sql(statement)
    except IntegrityError:
        if gap.unique is None:
            raise
        # The driver's words hold the key that is there twice.
        raise UniqueViolation(*gap.unique) from None


@contextmanager
def _one_at_a_time(connection: Connection, where: str) -> Generator[None]:
    """Keep other programs from making tables meanwhile, on PostgreSQL and SQLite until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        yield
    elif connection.dialect.name == "sqlite":
        # Its driver begins no transaction for a change of tables, unless the engine is told to.
        if not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
    else:
        name = _lock_name(connection)
        if connection.scalar(select(func.get_lock(name, PATIENCE))) != 1:
            raise Transient(f"another program is making tables in {where}")
        try:
            yield
        finally:
            connection.execute(select(func.release_lock(name)))


def _lock_name(connection: Connection) -> str:
    """The lock's name on MariaDB: it is for all databases of a server, and has at most 64 characters."""
    database = str(connection.scalar(select(func.database())))
    return f"crmcore.{blake2b(database.encode(), digest_size=16).hexdigest()}"
