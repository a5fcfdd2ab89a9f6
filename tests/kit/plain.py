"""A tiny store that keeps each space as one pickled lump in a SQLite file, read and written by every unit."""

import pickle
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, ClassVar

from crmcore.errors import TimedOut, Unavailable
from crmcore.storage.interface import Kind, UnitOfWork
from crmcore.testing.store.model import Model
from tests.kit.simple import Kinds, SimpleStore, SimpleUnit, grown, storable


class PlainStore(SimpleStore):
    """Keeps every promise but that of claims, at the price of all it holds for each unit."""

    capabilities: ClassVar[frozenset[str]] = frozenset(
        {"threads", "processes", "durable", "join", "hold", "read", "scrub"}
    )
    start: ClassVar[str] = "BEGIN IMMEDIATE"

    def __init__(self, path: str, model: type[Model] = Model, unit: type[SimpleUnit] = SimpleUnit) -> None:
        super().__init__(model)
        self.unit = unit
        self.path = path
        self.known: Kinds = {}

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Keep the kinds, and give every space their shape."""
        with self.connection() as connection, self.transaction(connection, "BEGIN IMMEDIATE"):
            connection.execute("CREATE TABLE IF NOT EXISTS lumps (name TEXT PRIMARY KEY, lump BLOB)")
            now = self.merged(self.load(connection, "kinds") or {}, kinds)
            names = [row[0] for row in connection.execute("SELECT name FROM lumps WHERE name LIKE 'space:%'")]
            for name in names:
                model = self.shaped(now, self.load(connection, name))
                self.refuse_clashes(now, model)
                self.save(connection, name, model)
            self.save(connection, "kinds", now)
        self.known = self.merged(self.known, kinds)

    def merged(self, known: Kinds, kinds: Sequence[Kind]) -> Kinds:
        """The kinds that are known after a setup."""
        return grown(known, kinds)

    def begin(self, space: str = "") -> AbstractContextManager[UnitOfWork]:
        """A unit in a transaction of its own."""
        return self.begun(space, self.start)

    @contextmanager
    def begun(self, space: str, start: str) -> Iterator[UnitOfWork]:
        """A unit on a connection of its own."""
        with self.connection() as connection, self.transaction(connection, start):
            yield from self.units(connection, space)

    @contextmanager
    def read(self, space: str = "") -> Iterator[UnitOfWork]:
        """A unit that only looks at the file as it was when it began."""
        with self.connection() as connection, self.transaction(connection, "BEGIN"):
            unit = self.unit(self.known, self.loaded(connection, space))
            unit.is_reading = True
            yield unit
            unit.end()

    @contextmanager
    def join(self, host_transaction: Any, space: str = "") -> Iterator[UnitOfWork]:
        """A unit between two savepoints of the host's transaction."""
        self.opened()
        if not isinstance(host_transaction, sqlite3.Connection):
            raise Unavailable("plain", "it joins sqlite3.Connection")
        try:
            host_transaction.execute("SAVEPOINT unit")
        except sqlite3.ProgrammingError as error:
            raise Unavailable("plain", "the connection is closed") from error
        try:
            yield from self.units(host_transaction, space)
        except BaseException:
            self.take_back(host_transaction)
            raise
        host_transaction.execute("RELEASE unit")

    def scrub(self) -> None:
        """Write the file anew, and cut its log off."""
        self.opened()
        with closing(sqlite3.connect(self.path, timeout=0.1, isolation_level=None)) as connection:
            try:
                connection.execute("VACUUM")
                is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError as error:
                raise TimedOut("somebody else writes") from error
        if is_busy:
            raise TimedOut("somebody else reads")

    def take_back(self, connection: sqlite3.Connection) -> None:
        """Undo what a joined unit did."""
        connection.execute("ROLLBACK TO unit")
        connection.execute("RELEASE unit")

    def units(self, connection: sqlite3.Connection, space: str) -> Iterator[UnitOfWork]:
        """The one unit of a transaction; what it did is saved if it ends well."""
        unit = self.unit(self.known, self.loaded(connection, space))
        try:
            yield unit
        finally:
            failure = unit.end()
        if failure is not None:
            raise failure
        self.keep(connection, space, unit)

    def keep(self, connection: sqlite3.Connection, space: str, unit: SimpleUnit) -> None:
        """Save what a unit did."""
        self.save(connection, f"space:{space}", unit.model)

    def loaded(self, connection: sqlite3.Connection, space: str) -> Model:
        """The model of a space, of the shape that all handles have given it."""
        storable([space])
        return self.shaped(self.load(connection, "kinds"), self.load(connection, f"space:{space}"))

    def load(self, connection: sqlite3.Connection, name: str) -> Any:
        """A lump by its name; None if there is none."""
        row = connection.execute("SELECT lump FROM lumps WHERE name = ?", [name]).fetchone()
        return None if row is None else pickle.loads(row[0])  # noqa: S301 — this store wrote it

    def save(self, connection: sqlite3.Connection, name: str, lump: object) -> None:
        """Save a lump."""
        connection.execute("INSERT OR REPLACE INTO lumps VALUES (?, ?)", [name, pickle.dumps(lump)])

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection, opened for one unit."""
        self.opened()
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            yield connection

    @contextmanager
    def transaction(self, connection: sqlite3.Connection, start: str) -> Iterator[None]:
        """A transaction of one's own."""
        connection.execute(start)
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        self.commit(connection)

    def commit(self, connection: sqlite3.Connection) -> None:
        """Commit it."""
        connection.execute("COMMIT")
