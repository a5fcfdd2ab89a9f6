"""What waits for a host's commit on SQLAlchemy: it runs after that, and never after a rollback."""

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from crmcore.errors import Unavailable
from crmcore.storage.sqlalchemy import commits
from crmcore.storage.sqlalchemy.commits import on_commit_of


class Other(RootTransaction):
    """A transaction of a class that is not known."""

    __slots__ = ()


class Stop(Exception):
    """The host changes its mind."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Give an engine on a file, where a row that refers to nothing fails at the commit."""
    engine = create_engine(f"sqlite:///{tmp_path / 'host.db'}")

    @event.listens_for(engine, "connect")
    def enforce(raw: Any, _record: object) -> None:
        raw.isolation_level = None
        raw.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE note (id INTEGER PRIMARY KEY, about REFERENCES note DEFERRABLE INITIALLY DEFERRED)")
        )
    yield engine
    engine.dispose()


class Opened(Protocol):
    """What a Session and a Connection have in common."""

    def execute(self, statement: Any, /) -> Any:
        """Run a statement."""
        ...

    def begin_nested(self) -> AbstractContextManager[Any]:
        """Set a savepoint."""
        ...


Open = Callable[[], AbstractContextManager[Opened]]


@pytest.fixture(params=["session", "sessionmaker", "scoped", "begin", "autobegin", "two-phase"])
def opened(request: pytest.FixtureRequest, engine: Engine) -> Open:
    """Give a function that opens a transaction, committed at its end and rolled back by an exception."""

    @contextmanager
    def session() -> Iterator[Opened]:
        with Session(engine) as session, session.begin():
            yield session

    @contextmanager
    def scoped() -> Iterator[Opened]:
        session = scoped_session(sessionmaker(engine))
        try:
            session.execute(text("SELECT 1"))
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.remove()

    @contextmanager
    def autobegin() -> Iterator[Opened]:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def two_phase() -> Iterator[Opened]:
        with engine.connect() as connection, connection.begin_twophase():
            yield connection

    ways: dict[str, Open] = {
        "session": session,
        "sessionmaker": sessionmaker(engine).begin,
        "scoped": scoped,
        "begin": engine.begin,
        "autobegin": autobegin,
        "two-phase": two_phase,
    }
    if request.param == "two-phase":
        # SQLite has none: one phase stands for both.
        dialect: Any = engine.dialect
        dialect.do_begin_twophase = lambda connection, _xid: connection.exec_driver_sql("BEGIN")
        dialect.do_commit_twophase = lambda connection, *_: dialect.do_commit(connection.connection)
        dialect.do_rollback_twophase = lambda connection, *_: dialect.do_rollback(connection.connection)
    return ways[request.param]


def when(host: object) -> Callable[[Callable[[], None]], object]:
    """What runs something after the host's commit."""
    told = on_commit_of(host)
    assert told is not None

    return told


def test_after_the_commit(opened: Open, engine: Engine):
    """Once, in order, and when others see what was committed."""
    seen: list[object] = []

    def look() -> None:
        with engine.connect() as other:
            seen.append(other.scalar(text("SELECT count(*) FROM note")))

    with opened() as host:
        when(host)(look)
        host.execute(text("INSERT INTO note VALUES (1, NULL)"))
        when(host)(lambda: seen.append("second"))
        assert [] == seen

    assert [1, "second"] == seen


def test_not_after_a_rollback(opened: Open):
    """What waited is forgotten."""
    seen: list[int] = []
    with pytest.raises(Stop), opened() as host:  # noqa: PT012
        when(host)(lambda: seen.append(1))
        raise Stop
    with opened() as host:
        host.execute(text("SELECT 1"))

    assert [] == seen


def test_not_after_a_commit_that_fails(opened: Open):
    """What waited is forgotten."""
    seen: list[int] = []
    with pytest.raises(IntegrityError), opened() as host:  # noqa: PT012
        when(host)(lambda: seen.append(1))
        host.execute(text("INSERT INTO note VALUES (1, 4711)"))
    with opened() as host:
        host.execute(text("SELECT 1"))

    assert [] == seen


def test_savepoints(opened: Open):
    """What was done in one that is rolled back is forgotten, at whatever depth; what was released waits for the end."""
    seen: list[str] = []

    def note(host: Opened, name: str) -> None:
        when(host)(lambda: seen.append(name))

    with opened() as host:
        note(host, "first")
        with host.begin_nested():
            note(host, "released")
            with pytest.raises(Stop), host.begin_nested():  # noqa: PT012
                note(host, "inner, rolled back")
                raise Stop
            note(host, "after the inner")
        with pytest.raises(Stop), host.begin_nested():  # noqa: PT012
            with host.begin_nested():
                note(host, "released in one that is rolled back")
            with host.begin_nested():
                pass
            note(host, "rolled back")
            raise Stop
        with host.begin_nested(), host.begin_nested():
            note(host, "released twice")
        with pytest.raises(Stop), host.begin_nested():
            raise Stop
        assert [] == seen

    assert ["first", "released", "after the inner", "released twice"] == seen


def test_one_transaction_after_the_other(engine: Engine):
    """On one Session or Connection, each commit tells what was done before it, once."""
    seen: list[int] = []
    with Session(engine) as session, engine.connect() as connection:
        for host in (session, connection):
            for number in range(3):
                host.execute(text("SELECT 1"))
                when(host)(partial(seen.append, number))
                if number == 1:
                    host.rollback()
                else:
                    host.commit()

    assert [0, 2] * 2 == seen


def test_an_error_comes_out(opened: Open):
    """After all that waited was run; the transaction stays committed, and without a warning."""
    seen: list[str] = []

    def fail() -> None:
        raise Stop

    with pytest.raises(Stop), opened() as host:  # noqa: PT012
        host.execute(text("INSERT INTO note VALUES (1, NULL)"))
        when(host)(lambda: seen.append("first"))
        when(host)(fail)
        when(host)(lambda: seen.append("last"))
    with opened() as host:
        count = host.execute(text("SELECT count(*) FROM note")).scalar()

    assert (["first", "last"], 1) == (seen, count)


def test_a_session_may_be_used_by_what_runs(engine: Engine):
    """Its transaction has ended by then; what it begins anew is told anew."""
    seen: list[object] = []
    with Session(engine) as session:

        def again() -> None:
            seen.append(session.scalar(text("SELECT count(*) FROM note")))
            when(session)(lambda: seen.append("again"))
            session.commit()

        session.execute(text("INSERT INTO note VALUES (1, NULL)"))
        when(session)(again)
        session.commit()

    assert [1, "again"] == seen


def test_a_connection_is_back_in_the_pool(engine: Engine):
    """What runs after a Session's commit can have its connection."""
    small = create_engine(engine.url, pool_size=1, max_overflow=0, pool_timeout=1)
    seen: list[object] = []

    def look() -> None:
        with small.connect() as connection:
            seen.append(connection.scalar(text("SELECT 1")))

    with Session(small) as session:
        session.execute(text("SELECT 1"))
        when(session)(look)
        session.commit()
    small.dispose()

    assert [1] == seen


def test_a_session_that_fails_to_flush(engine: Engine):
    """Its transaction is rolled back from inside; nothing is told."""
    seen: list[int] = []
    with Session(engine) as session:
        session.execute(text("INSERT INTO note VALUES (1, NULL)"))
        when(session)(lambda: seen.append(1))
        with pytest.raises(IntegrityError):
            session.execute(text("INSERT INTO note VALUES (1, NULL)"))
        session.rollback()
        session.execute(text("SELECT 1"))
        session.commit()

    assert [] == seen


def test_nothing_is_kept(engine: Engine):
    """What was waited for leaves nothing behind."""
    with Session(engine) as session, engine.connect() as connection:
        for host in (session, connection):
            host.execute(text("SELECT 1"))
            when(host)(lambda: None)
            host.rollback()
            host.execute(text("SELECT 1"))
            when(host)(lambda: None)
            host.commit()
    gc.collect()

    assert (0, 0) == (len(commits._endings), len(commits._waiting))


@pytest.mark.parametrize("kind", [Session, Engine.connect], ids=["session", "connection"])
def test_no_transaction(engine: Engine, kind):
    """There is nothing to wait for."""
    with kind(engine) as host, pytest.raises(Unavailable, match="in no transaction"):
        when(host)(lambda: None)


def test_what_cannot_tell(engine: Engine):
    """A driver's own connection, or a transaction of a class that is not known."""
    with engine.connect() as connection:
        connection.begin().__class__ = Other

        assert on_commit_of(connection.connection.dbapi_connection) is None
        with pytest.raises(Unavailable, match="on_commit"):
            when(connection)(lambda: None)
