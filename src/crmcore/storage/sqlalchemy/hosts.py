"""What a host's transaction may be: a session or connection of SQLAlchemy's, or a connection of a driver's own."""

from typing import Any, Final

import attrs
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.orm import Session, scoped_session

from crmcore.errors import TimedOut, Unavailable
from crmcore.storage.sqlalchemy.adopted import commits_each, known, misread
from crmcore.storage.sqlalchemy.drivers import DOLLAR, FORMAT, PSYCOPG, QMARK, Cursor, Driver
from crmcore.storage.sqlalchemy.errors import COMMON_ERRORS, Stage, Translate

HOSTS: Final = "it can join a Session or Connection of SQLAlchemy's, or a connection of psycopg, pymysql or sqlite3"
BEGINNING: Final = ("BEGIN IMMEDIATE",)
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


def recognised(host: object, database: str, where: str, translate: Translate) -> Host:
    """What a host has given us, on a database of that kind.

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
            _check(host.get_bind().dialect.name, database, where)
            return _of_sqlalchemy(host.connection(), where)
        if isinstance(host, Connection):
            _check(host.dialect.name, database, where)
            return _of_sqlalchemy(host, where)
    except PoolTimeout:
        raise TimedOut("no connection of the host's pool became free in time") from None
    except DBAPIError as error:
        stage: Stage = "connecting" if error.statement is None else "working"
        raise translate(error.orig or error, where, stage).error from None
    except SQLAlchemyError as error:
        reason = f"the host's session or connection is of no use ({type(error).__name__})"
        raise Unavailable(where, reason) from None
    found = _of_driver(host, where)
    _check(found.driver.database, database, where)
    return found


def _check(dialect: str, database: str, where: str) -> None:
    if database_of(dialect) != database:
        raise Unavailable(where, f"the host's connection is to {database_of(dialect)}")


def _of_sqlalchemy(connection: Connection, where: str) -> Host:
    """A connection of SQLAlchemy's; as with any first statement, it begins its transaction if it has none yet."""
    if not connection.in_transaction():
        connection.begin()
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.is_async:
        return _of_adapted(connection, raw, where)
    return _of_driver(raw, where, begins=True)


def _of_adapted(connection: Connection, raw: Any, where: str) -> Host:
    """An asynchronous driver, which SQLAlchemy makes look like others."""
    dialect = connection.dialect
    database = database_of(dialect.name)
    if database == "postgresql" and raw.autocommit:
        raise Unavailable(where, NO_TRANSACTION)
    if database == "mariadb":
        _check_adapted_mariadb(raw.driver_connection, where)
    style = {"asyncpg": DOLLAR, "aiosqlite": QMARK, "psycopg_async": PSYCOPG}.get(dialect.driver, FORMAT)
    before = BEGINNING if database == "sqlite" and not raw.driver_connection.in_transaction else ()
    driver = Driver(database, style, (dialect.loaded_dbapi.Error, *COMMON_ERRORS))
    return Host(raw.cursor(), driver, before, id(raw))


def _check_adapted_mariadb(raw: Any, where: str) -> None:
    """Nothing; aiomysql and asyncmy are made of pymysql, and have what it has."""
    reason = misread(raw)
    if reason is not None:
        raise Unavailable(where, reason)
    if commits_each(raw):
        raise Unavailable(where, NO_TRANSACTION)


def _of_driver(raw: Any, where: str, *, begins: bool = False) -> Host:
    """A connection of a driver's own, such as Django's ``connection.connection``.

    ``begins``: on SQLite we may begin the transaction. Its driver begins none before a SELECT, whatever SQLAlchemy
    believes; when that commits, so does ours.
    """
    driver = known(raw)
    if driver is None:
        raise Unavailable(where, HOSTS)
    try:
        opened = driver.open(raw, where)
        commits_alone = driver.commits_alone(raw)
    except raw.Error:
        raise Unavailable(where, "the host's connection is closed") from None
    if not commits_alone:
        return Host(*opened)
    if begins and driver.database == "sqlite":
        return Host(*opened, BEGINNING)
    raise Unavailable(where, NO_TRANSACTION)


def database_of(dialect: str) -> str:
    """The database, by the name of SQLAlchemy's dialect, which has two for one of them."""
    return "mariadb" if dialect == "mysql" else dialect
