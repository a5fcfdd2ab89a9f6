"""The store itself: units of work of its own, and units inside a transaction of the host's."""

import contextlib
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import ClassVar

from attrs import evolve
from sqlalchemy import URL, Connection, Engine, MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crmcore.errors import Fault, Invalid, TimedOut, Unavailable
from crmcore.storage.busy import Busy
from crmcore.storage.interface import HostStore, Kind, ReadingStore, ScrubbingStore, Store, UnitOfWork
from crmcore.storage.kinds import checked, merged
from crmcore.storage.sqlalchemy.adopted import check_usable
from crmcore.storage.sqlalchemy.commits import on_commit_of
from crmcore.storage.sqlalchemy.connections import Connections
from crmcore.storage.sqlalchemy.drivers import Style
from crmcore.storage.sqlalchemy.errors import MISTAKEN, Stage, mistaken
from crmcore.storage.sqlalchemy.flavours import Flavour, flavour_of
from crmcore.storage.sqlalchemy.lite import LiteUnit, lacking, plain_cursor
from crmcore.storage.sqlalchemy.location import checked_isolation, checked_schema, checked_setup, where_of
from crmcore.storage.sqlalchemy.log import LogPlan
from crmcore.storage.sqlalchemy.plans import Plan
from crmcore.storage.sqlalchemy.reading import Texts, Transaction
from crmcore.storage.sqlalchemy.schema import lay_out, missing
from crmcore.storage.sqlalchemy.tables import PREFIX, Tables, define_tables
from crmcore.storage.sqlalchemy.transactions import HostTransaction, OwnTransaction
from crmcore.storage.sqlalchemy.unit import SqlUnit
from crmcore.storage.sqlalchemy.words import Words
from crmcore.storage.sqlite.scrubbing import scrub


class _Defined:
    """The kinds that a store knows, their tables, and the statements for them in each driver's style."""

    def __init__(self, kinds: dict[str, Kind], tables: Tables, words: Words) -> None:
        self.kinds: dict[str, Kind] = kinds
        self._tables = tables
        self._words = words
        self._made: dict[Style, Texts] = {}

    def texts(self, style: Style) -> Texts:
        """All statements in a style, made when a driver of it is first met."""
        texts = self._made.get(style)
        if texts is None:
            tables, words = self._tables, self._words
            plans = {name: Plan(kind, tables.kinds[name], words, style) for name, kind in self.kinds.items()}
            texts = self._made[style] = Texts(plans, LogPlan(tables.events, tables.positions, words, style))
        return texts


class SqlAlchemyStore:
    """Records and events in tables of PostgreSQL, MariaDB or SQLite, through a host's engine.

    Units of work of its own take a connection from the engine's pool and run READ COMMITTED; ``isolation`` may ask for
    more, but correctness rests on versions and unique indexes. ``prefix`` and ``schema`` say where the tables are.
    ``setup="check"`` makes none, for hosts whose migrations do. ``url`` names the database in errors, where that of the
    engine says too little. Threads may share the store; a forked child gets connections of its own.

    :raises Invalid: it is no synchronous engine, one for another database, or an option has a value not allowed.
    """

    _is_ours: ClassVar[bool] = False

    def __init__(
        self,
        engine: Engine,
        *,
        prefix: str = PREFIX,
        schema: str | None = None,
        isolation: str | None = None,
        setup: str = "make",
        url: URL | None = None,
    ) -> None:
        self._engine = _checked(engine)
        self._prefix, self._schema, self._setup = prefix, checked_schema(schema), checked_setup(setup)
        self._isolation = checked_isolation(isolation, engine.dialect.name)
        self._where = where_of(url or engine.url)
        self._busy = Busy(self._where)
        self._flavour: Flavour = flavour_of(engine.dialect, self._isolation, is_ours=self._is_ours)
        self._connections = Connections(engine, self._where, self._flavour.translate, is_ours=self._is_ours)
        self._define({})

    def _define(self, kinds: dict[str, Kind]) -> None:
        """Know these kinds from now on; in one step, for other threads may be at work."""
        tables = define_tables(MetaData(), prefix=self._prefix, schema=self._schema, kinds=list(kinds.values()))
        self._defined = _Defined(kinds, tables, self._flavour.words)

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do, which is certain only after ``setup``."""
        return self._flavour.capabilities

    # ------------------------------------------------------------------------------------------------- setup

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Make room for these kinds; adds columns and indexes to what exists, and may be called again.

        :raises Invalid: a kind is not well formed, declares a column with another type than before, or does not fit
            the bounds of the database.
        :raises Unavailable: the database cannot be used, a newer crmcore laid it out, or (``setup="check"``) something
            is missing.
        :raises UniqueViolation: stored records do not fit a new unique index.
        :raises Transient: the database was too busy.
        """
        now = dict(self._defined.kinds)
        for kind in kinds:
            now[kind.name] = merged(now.get(kind.name), checked(kind))
        with self._connected() as connection:
            if self._setup == "check":
                self._check(connection, list(now.values()))
            else:
                found = list(now.values())
                lay_out(connection, found, prefix=self._prefix, schema=self._schema, where=self._where)
            # What the database can do is known now.
            flavour = flavour_of(self._engine.dialect, self._isolation, is_ours=self._is_ours)
            self._flavour = evolve(flavour, lacking=lacking(connection)) if flavour.unit is LiteUnit else flavour
        self._define(now)

    def _check(self, connection: Connection, kinds: Sequence[Kind]) -> None:
        try:
            absent = missing(connection, kinds, prefix=self._prefix, schema=self._schema)
        except Unavailable as error:
            raise Unavailable(self._where, error.detail) from None
        if absent:
            raise Unavailable(self._where, f"not there: {', '.join(absent)}; the host's migrations are to make it")

    @contextlib.contextmanager
    def _connected(self) -> Generator[Connection]:
        """A connection of SQLAlchemy's in a transaction, for the schema."""
        self._connections.check_open()
        who = self._busy.enter()
        try:
            with self._transaction() as connection:
                yield connection
        finally:
            self._busy.leave(who)

    @contextlib.contextmanager
    def _transaction(self) -> Generator[Connection]:
        stage: Stage = "connecting"
        try:
            with self._engine.connect() as connection, connection.begin():
                stage = "working"
                check_usable(connection.connection.dbapi_connection, self._where)
                yield connection
        except PoolTimeout:
            raise TimedOut("no connection of the pool became free in time") from None
        except DBAPIError as error:
            cause = error.orig or error
            raise self._flavour.translate(cause, self._where, stage).error from (
                error if stage == "connecting" else None
            )
        except MISTAKEN:
            if stage == "working" or not self._is_ours:
                raise
            raise mistaken() from None

    # ------------------------------------------------------------------------------------------------- units of work

    def begin(self, space: str = "") -> SqlUnit:
        """Open a unit of work in a space.

        :raises Transient: on entering, when the database is too busy, or its connection died.
        :raises Unavailable: on entering, when the database cannot be used, or the thread has a unit open.
        """
        return self._unit(space, self._own(self._flavour.writing), reads_latest=self._flavour.sees_others)

    def read(self, space: str = "") -> SqlUnit:
        """Open a unit of work that only reads, all of it as of one moment, and neither waits nor makes others wait.

        :raises Transient: on entering, when the database is too busy, or its connection died.
        :raises Unavailable: on entering, when the database cannot be used, or the thread has a unit open.
        """
        return self._unit(space, self._own(self._flavour.reading), reads_only=True)

    def join(self, host_transaction: object, space: str = "") -> SqlUnit:
        """Open a unit of work inside a host's transaction: a savepoint, released or taken back, and nothing else.

        The host gives a ``Session`` or ``Connection`` of SQLAlchemy's (inside ``run_sync`` those of its asynchronous
        ones), or a connection of psycopg, pymysql or sqlite3 that is in a transaction. Nothing of a session is flushed.
        On MariaDB, a deadlock ends the host's whole transaction: after ``Transient`` the host must roll back.

        :raises Unavailable: on entering, when it is something else, in no transaction, or to another kind of database.
        """
        transaction = HostTransaction(
            host_transaction, self._flavour.database, self._where, self._flavour.translate, self._busy
        )
        return self._unit(space, transaction)

    def on_commit(self, host_transaction: object) -> Callable[[Callable[[], None]], object] | None:
        """A function that runs what it is given after the host's commit; None for what cannot tell of one."""
        return on_commit_of(host_transaction)

    def _own(self, statements: Sequence[str]) -> OwnTransaction:
        return OwnTransaction(self._connections, self._where, self._flavour.translate, self._busy, statements)

    def _unit(self, space: str, transaction: Transaction, **reads: bool) -> SqlUnit:
        make, checks = self._flavour.unit, self._flavour.words.checks
        return make(self._defined.texts, checks, space, self._where, transaction, **reads)

    def scrub(self) -> None:
        """On SQLite: write the file anew, the host's tables included, without what was deleted or changed before.

        :raises Transient: others used the file for too long; it may be tried again.
        :raises Unavailable: it is another database, which cannot be scrubbed from here; or the file cannot be used, or
            the thread has a unit of work open.
        """
        if "scrub" not in self.capabilities:
            raise Unavailable(self._where, "only a file of SQLite's can be scrubbed from here")
        thread = self._busy.enter()
        try:
            scrub(self._connections, partial(plain_cursor, self._where), self._where)
        finally:
            self._busy.leave(thread)

    def close(self) -> None:
        """Let no new unit begin. An engine that we made is disposed of; the host's is left alone."""
        self._connections.close()


def _checked(engine: Engine) -> Engine:
    """An engine whose connections we can use: a synchronous one."""
    dialect = getattr(engine, "dialect", None)
    if dialect is None or getattr(dialect, "is_async", False):
        expected = "a synchronous engine of SQLAlchemy's; asynchronous sessions of the same database may join"
        raise Invalid([Fault("engine", "wrong-type", expected)])
    return engine


#: mypy proves here that the classes keep to the interface.
_STORE: type[Store] = SqlAlchemyStore
_READING: type[ReadingStore] = SqlAlchemyStore
_SCRUBBING: type[ScrubbingStore] = SqlAlchemyStore
_TELLING: type[HostStore] = SqlAlchemyStore
_UNIT: type[UnitOfWork] = SqlUnit
