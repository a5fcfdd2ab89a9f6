"""What a host's transaction may be: a session or connection of SQLAlchemy's, or a connection of a driver's own."""

from typing import Any, Final

import attrs
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.orm import Session, scoped_session

from crmcore.errors import TimedOut, Unavailable
from crmcore.storage.sqlalchemy.adopted import known
from crmcore.storage.sqlalchemy.drivers import DOLLAR, FORMAT, PSYCOPG, QMARK, Cursor, Driver
from crmcore.storage.sqlalchemy.errors import COMMON_ERRORS, Stage, Translate

HOSTS: Final = "it can join a Session or Connection of SQLAlchemy's, or a connection of psycopg, pymysql or sqlite3"
NO_TRANSACTION: Final = "the host's connection is in no transaction, and would commit each statement by itself"


@attrs.frozen
class Host:
    """A host's connection: what to run statements with, what to run first, and who counts as being at work on it.

    Several tasks of an event loop share one thread, so on an asynchronous driver each connection counts by itself.
    """

    cursor: Cursor
    driver: Driver
    before: tuple[str, ...] = ()
    who: int | None = None


def recognised(host: object, where: str, translate: Translate) -> Host:
    """What a host has given us.

    :raises Unavailable: it cannot be joined; the text says why.
    :raises Transient: the host's session has no connection yet, and cannot get or use one for the time being.
    """
    if isinstance(host, scoped_session):
        host = host()
    if isinstance(host, AsyncSession | AsyncConnection):
        raise Unavailable(where, "an asynchronous session or connection is joined inside its run_sync")
    if isinstance(host, Engine | AsyncEngine):
        raise Unavailable(where, "an engine has no transaction; it can join a Session or Connection")
    try:
        if isinstance(host, Session):
            return _of_sqlalchemy(host.connection(), where)
        if isinstance(host, Connection):
            return _of_sqlalchemy(host, where)
    except PoolTimeout:
        raise TimedOut("no connection of the host's pool became free in time") from None
    except DBAPIError as error:
        stage: Stage = "connecting" if error.statement is None else "working"
        raise translate(error.orig or error, where, stage).error from None
    except SQLAlchemyError as error:
        reason = f"the host's session or connection is of no use ({type(error).__name__})"
        raise Unavailable(where, reason) from None
    return _of_driver(host, where)


def _of_sqlalchemy(connection: Connection, where: str) -> Host:
    """A connection of SQLAlchemy's; as with any first statement, it begins its transaction if it has none yet."""
    if not connection.in_transaction():
        connection.begin()
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.is_async:
        return _of_adapted(connection, raw, where)
    if database_of(connection.dialect.name) != "sqlite":
        return _of_driver(raw, where)
    driver = known(raw)
    if driver is None:
        raise Unavailable(where, HOSTS)
    return Host(*driver.open(raw, where), _beginning(raw))


def _of_adapted(connection: Connection, raw: Any, where: str) -> Host:
    """An asynchronous driver, which SQLAlchemy makes look like others."""
    dialect = connection.dialect
    database = database_of(dialect.name)
    if database == "postgresql" and raw.autocommit:
        raise Unavailable(where, NO_TRANSACTION)
    style = {"asyncpg": DOLLAR, "aiosqlite": QMARK, "psycopg_async": PSYCOPG}.get(dialect.driver, FORMAT)
    before = _beginning(raw.driver_connection) if database == "sqlite" else ()
    driver = Driver(database, style, (dialect.loaded_dbapi.Error, *COMMON_ERRORS))
    return Host(raw.cursor(), driver, before, id(raw))


def _beginning(raw: Any) -> tuple[str, ...]:
    """On SQLite a driver begins no transaction before a SELECT, whatever SQLAlchemy believes."""
    return () if raw.in_transaction else ("BEGIN IMMEDIATE",)


def _of_driver(raw: Any, where: str) -> Host:
    """A connection of a driver's own, such as Django's ``connection.connection``."""
    driver = known(raw)
    if driver is None:
        raise Unavailable(where, HOSTS)
    opened = driver.open(raw, where)
    if driver.commits_alone(raw):
        raise Unavailable(where, NO_TRANSACTION)
    return Host(*opened)


def database_of(dialect: str) -> str:
    """The database, by the name of SQLAlchemy's dialect, which has two for one of them."""
    return "mariadb" if dialect == "mysql" else dialect
