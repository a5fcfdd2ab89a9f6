"""Connections that die, servers that are not there, disks that are full, processes that fork."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from crmcore.errors import (
    CrmError,
    Invalid,
    OutcomeUnknown,
    StorageFull,
    TimedOut,
    Transient,
    Unavailable,
)
from crmcore.storage.interface import NewEvent, Query
from crmcore.storage.sqlalchemy import SqlAlchemyStore, adopted, open_sqlalchemy, transactions
from tests.storage.conftest import NOTE, THING
from tests.storage.sqlalchemy.databases import DIALECTS, engine_of, run
from tests.storage.sqlalchemy.stores import A_WHILE, SERVERS, Aside, apply, note, opened, thing, url_of, versions

#: Each is waited for, since who has been told to end does so a moment later.
KILL_ALL = (
    "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
OTHERS = "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()"


@pytest.fixture(params=SERVERS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a fresh database on each server."""
    return url_of(request.param, request, tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[SqlAlchemyStore]:
    """Give an open store."""
    with opened(url) as store:
        yield store


def kill_connections(url: str) -> None:
    """Let the server close every connection to a database, as an administrator or a restart would."""
    engine = engine_of(url, "AUTOCOMMIT")
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(KILL_ALL)
            return
        end = time.monotonic() + 30
        while others := connection.exec_driver_sql(OTHERS).scalars().all():
            assert time.monotonic() < end, "they do not end"
            for id in others:
                # One that has ended meanwhile.
                with contextlib.suppress(sa.exc.DBAPIError):
                    connection.exec_driver_sql(f"KILL {id}")
            time.sleep(0.02)


class TestLostConnections:
    """A connection that dies, at any moment."""

    def test_between_units(self, store: SqlAlchemyStore, url: str):
        """Connections that died in the pool are replaced, and no unit notices."""
        apply(store, note("a"))
        asides = [Aside(partial(apply, store, note(id))) for id in "bcd"]
        for one in asides:
            one.end()
        kill_connections(url)
        apply(store, note("e"))
        kill_connections(url)
        with store.read() as uow:
            found = uow.get("note", list("abcde"))

        assert list("abcde") == [record.id for record in found]

    @pytest.mark.parametrize("what", ["get", "query", "write", "many", "flush", "events"])
    def test_within_a_unit(self, store: SqlAlchemyStore, url: str, what: str):
        """The unit may be run again: nothing of it is stored, and its next try gets a fresh connection."""
        uses: dict[str, Callable[[Any], object]] = {
            "get": lambda uow: uow.get("note", ["a"]),
            "query": lambda uow: uow.query(Query("thing", "by_name")),
            "write": lambda uow: uow.write([note("b")]),
            "many": lambda uow: uow.write([note(f"{number}") for number in range(20)]),
            "flush": lambda uow: uow.append([NewEvent("s", "t", b"")]),
            "events": lambda uow: uow.read_events(0, 9),
        }
        with pytest.raises(Transient, match="connection"), store.begin() as uow:  # noqa: PT012
            uow.write([note("a")])
            kill_connections(url)
            uses[what](uow)
        apply(store, note("z"))

        assert {"z": 1} == versions(store, "note", "a", "b", "0", "z")

    def test_at_commit(self, store: SqlAlchemyStore, url: str):
        """Where the answer to COMMIT is lost, nobody here can know; afterwards the store works again."""
        with pytest.raises(OutcomeUnknown) as caught, store.begin() as uow:  # noqa: PT012
            uow.write([note("a")])
            kill_connections(url)
        assert caught.value.where == store._where
        apply(store, note("b"))

        assert {"b": 1} == versions(store, "note", "a", "b")

    def test_at_rollback(self, store: SqlAlchemyStore, url: str):
        """A unit that is given up anyway ends as it was going to."""
        with pytest.raises(ZeroDivisionError), store.begin() as uow:  # noqa: PT012
            uow.write([note("a")])
            kill_connections(url)
            raise ZeroDivisionError
        apply(store, note("b"))

        assert {"b": 1} == versions(store, "note", "a", "b")

    def test_inside_a_hosts_transaction(self, store: SqlAlchemyStore, url: str):
        """The unit is told to try again, with the host's whole transaction."""
        engine = engine_of(url)
        with contextlib.suppress(sa.exc.DBAPIError), engine.connect() as connection:
            with pytest.raises(Transient), store.join(connection) as uow:  # noqa: PT012
                uow.write([note("a")])
                kill_connections(url)
                uow.write([note("b")])
            with pytest.raises(Transient), store.join(connection):
                pytest.fail("joined")

        assert {} == versions(store, "note", "a", "b")

    def test_a_hosts_own_exception_is_not_hidden_for_nothing(self, store: SqlAlchemyStore, url: str):
        """If the savepoint cannot be rolled back to, that is told, and the host's exception with it."""
        engine = engine_of(url)
        with contextlib.suppress(sa.exc.DBAPIError), engine.connect() as connection:
            with pytest.raises(Transient) as caught, store.join(connection) as uow:  # noqa: PT012
                uow.write([note("a")])
                kill_connections(url)
                raise ZeroDivisionError
            assert isinstance(caught.value.__context__.__context__, ZeroDivisionError)  # type: ignore[union-attr]


class TestServers:
    """A server that is not there, or does not let us in."""

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://nobody:secret@/crm?host=/nowhere",
            "postgresql://nobody:secret@127.0.0.1:1/crm",
            "mariadb://nobody:secret@127.0.0.1:1/crm",
        ],
    )
    def test_no_server(self, url: str):
        """It is unavailable, at setup and at the start of a unit, and no secret is told."""
        store = open_sqlalchemy(url)
        for use in (lambda: store.setup([NOTE]), lambda: store.begin().__enter__()):
            with pytest.raises(Unavailable, match="no server answers") as caught:
                use()
            assert "secret" not in f"{caught.value} {caught.value.message('zh')}"
        store.close()

    def test_no_such_database(self, url: str):
        """A database that is not there is unavailable, too."""
        store = open_sqlalchemy(sa.make_url(url).set(database="absent").render_as_string(hide_password=False))
        with pytest.raises(Unavailable, match=r"no such database|no server answers"):
            store.setup([NOTE])
        store.close()

    def test_before_setup(self, url: str):
        """A store that was not set up has no kinds, and no log to read."""
        store = open_sqlalchemy(url)
        with pytest.raises(Unavailable, match="tables are not there"), store.begin() as uow:
            uow.read_events(0, 1)
        store.close()

    def test_a_table_is_gone(self, store: SqlAlchemyStore, url: str):
        """Somebody who removes our tables is noticed."""
        run(engine_of(url), "DROP TABLE crm_note")
        for use in (lambda uow: uow.get("note", ["a"]), lambda uow: uow.write([note("a")])):
            with pytest.raises(Unavailable, match="tables are not there"), store.begin() as uow:
                use(uow)

    @pytest.mark.parametrize("others", [0, 20])
    def test_a_constraint_of_others(self, store: SqlAlchemyStore, url: str, others: int):
        """A constraint that somebody has added to our table refuses what it does not like, and shows no value."""
        run(engine_of(url), "ALTER TABLE crm_thing ADD CONSTRAINT theirs CHECK (due < 10)")
        with pytest.raises(Unavailable, match="not crmcore's") as caught:
            apply(store, *(thing(f"{n}") for n in range(others)), thing("secret", name="secret", due=11))
        apply(store, thing("a", name="n"))
        with pytest.raises(Unavailable, match="not crmcore's"):
            apply(store, thing("a", 1, name="m", due=11), *(thing(f"{n}") for n in range(others)))

        assert "secret" not in str(caught.value)

    def test_a_driver_that_we_do_not_know(self, store: SqlAlchemyStore, monkeypatch: pytest.MonkeyPatch):
        """An engine on another driver is refused when a unit begins, and the thread is free again."""
        with monkeypatch.context() as patched:
            patched.setattr(transactions, "known", lambda _raw: None)
            with pytest.raises(Unavailable, match="psycopg, pymysql or sqlite3"), store.begin():
                pytest.fail("begun")
        apply(store, note("a"))

        assert {"a": 1} == versions(store, "note", "a")

    def test_a_unique_index_of_others(self, store: SqlAlchemyStore, url: str):
        """The same for a unique index that is not ours, in small batches and in large ones."""
        run(engine_of(url), "CREATE UNIQUE INDEX theirs ON crm_thing (score)")
        for count in (2, 20):
            with pytest.raises(Unavailable, match="not crmcore's"):
                apply(store, *(thing(f"{number}", score=1.5) for number in range(count)))

        assert {} == versions(store, "thing", "0")

    def test_a_pool_that_is_used_up(self, url: str):
        """Who gets no connection of the pool in time is told to try again."""
        engine = sa.create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.1)
        store = SqlAlchemyStore(engine)
        store.setup([NOTE])
        for use in (lambda: apply(store, note("a")), lambda: store.setup([NOTE])):
            with store.begin(), pytest.raises(TimedOut):
                Aside(use).end()
        engine.dispose()

    def test_too_many_connections(self, url: str):
        """A server that has no connection free may have one later."""
        engine = engine_of(url)
        store = open_sqlalchemy(url)
        with contextlib.ExitStack() as taken:
            take_all(engine, taken)
            with pytest.raises(Transient, match="connection"):
                store.setup([NOTE])
        store.close()


def take_all(engine: sa.Engine, taken: contextlib.ExitStack) -> None:
    """Take every connection that a server has, and those that it is still about to get back from who closed theirs."""
    refusals = 0
    while refusals < 3:
        try:
            taken.enter_context(engine.connect())
            refusals = 0
        except sa.exc.DBAPIError:
            refusals += 1
            time.sleep(A_WHILE)


def test_no_backslashes(mariadb: Any):
    """On a connection where pymysql would write bodies that the server reads otherwise, nothing is opened or begun."""
    url = mariadb.database()
    odd = f"{url}&init_command=SET%20sql_mode%3D'NO_BACKSLASH_ESCAPES'"
    with pytest.raises(Unavailable, match="NO_BACKSLASH_ESCAPES"), opened(odd):
        pytest.fail("opened")
    store = open_sqlalchemy(odd)
    with pytest.raises(Unavailable, match="NO_BACKSLASH_ESCAPES"), store.begin():
        pytest.fail("begun")
    store.close()


@pytest.mark.parametrize("charset", ["gbk", "big5", "latin1"])
def test_character_sets_of_mariadb(mariadb: Any, charset: str):
    """In other character sets than UTF-8 a part of a value might be read as a part of the statement: none is used."""
    url = mariadb.database()
    with pytest.raises(Invalid, match=r"storage\.charset: .*utf8mb4"):
        open_sqlalchemy(f"{url}&charset={charset}")
    engine = sa.create_engine(f"{url}&charset={charset}")
    theirs = SqlAlchemyStore(engine)
    with pytest.raises(Unavailable, match=f"character set is {charset}"):
        theirs.setup([NOTE])
    with pytest.raises(Unavailable, match=f"character set is {charset}"), theirs.begin():
        pytest.fail("begun")
    with (
        opened(url) as store,
        engine.connect() as connection,
        pytest.raises(Unavailable, match=f"character set is {charset}"),
        store.join(connection),
    ):
        pytest.fail("joined")
    engine.dispose()


@pytest.mark.parametrize("charset", ["utf8mb4", "utf8"])
def test_unicode_on_mariadb(mariadb: Any, charset: str):
    """In UTF-8 quotes and backslashes behind characters of any width stand for themselves."""
    with opened(f"{mariadb.database()}&charset={charset}") as store:
        for id, body in {"a": "春'意\\".encode(), "b": b"\xbf'", "c": b"\xbf\\' -- "}.items():
            apply(store, thing(id, body=body, name=f"春'{id}\\"))
            with store.begin() as uow:
                [record] = uow.get("thing", [id])

            assert (body, f"春'{id}\\") == (record.body, record.columns["name"])


@pytest.mark.parametrize("mode", ["", "ANSI_QUOTES,ANSI", "TRADITIONAL"])
def test_modes_of_mariadb(mariadb: Any, mode: str):
    """Whatever the server is told to be strict about, nothing is cut, clipped or read otherwise."""
    url = mariadb.database()
    with opened(f"{url}&init_command=SET%20sql_mode%3D'{mode}'") as store:
        apply(store, thing("a", body=b"\\'\"%s\x00", name="\\'\"%s", due=2**63 - 1))
        for bad in (thing("x" * 191), thing("b", name="x" * 191), thing("b", due=2**63), thing("b", name="\udc80")):
            with pytest.raises(Invalid):
                apply(store, bad)
        with store.begin() as uow:
            [record] = uow.get("thing", ["a"])

        assert (b"\\'\"%s\x00", "\\'\"%s", 2**63 - 1) == (record.body, record.columns["name"], record.columns["due"])


def test_a_full_disk_on_sqlite(tmp_path: Path):
    """Where the file may not grow, nothing of the unit is stored."""
    with opened(f"sqlite+pysqlite:///{tmp_path / 'a.db'}?max_pages=40") as store:
        apply(store, note("a"))
        with pytest.raises(StorageFull), store.begin() as uow:
            uow.write([note("b", body=b"x" * 400_000)])
        with pytest.raises(StorageFull), store.begin() as uow:
            uow.append([NewEvent("s", "t", b"x" * 400_000)])

        assert {"a": 1} == versions(store, "note", "a", "b")


def test_a_busy_file(tmp_path: Path):
    """Who waits longer than the timeout for another writer is told so."""
    url = f"sqlite+pysqlite:///{tmp_path / 'a.db'}"
    with opened(url) as store, opened(f"{url}?timeout=0.1") as other, store.begin() as uow:
        uow.write([note("a")])
        with pytest.raises(TimedOut):
            Aside(lambda: apply(other, note("b"))).end()


@pytest.mark.parametrize("path, reason", [("/nowhere/a.db", "opened"), ("", "opened")])
def test_no_such_folder(tmp_path: Path, path: str, reason: str):
    """A file that cannot be opened is unavailable, as with the native backend."""
    store = open_sqlalchemy(f"sqlite+pysqlite:///{path or tmp_path}")
    for use in (lambda: store.setup([NOTE]), lambda: store.begin().__enter__()):
        with pytest.raises(Unavailable, match=reason):
            use()
    store.close()


class Interrupted(BaseException):
    """Something like KeyboardInterrupt."""


@pytest.mark.parametrize("dialect", DIALECTS)
class TestInterrupts:
    """What breaks in from outside leaves no transaction open and no connection in disorder."""

    @pytest.mark.parametrize("when", ["BEGIN", "INSERT", "COMMIT"])
    def test_an_interrupt(self, dialect: str, when: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch):
        """An interrupt passes on as it is, nothing is stored, and the next unit works."""
        with opened(url_of(dialect, request, tmp_path)) as store:
            with monkeypatch.context() as patched:
                _interrupt(patched, when)
                with pytest.raises(Interrupted):
                    apply(store, note("a"))
            apply(store, note("b"))

            assert {"b": 1} == versions(store, "note", "a", "b")


def _interrupt(patched: pytest.MonkeyPatch, when: str) -> None:
    """Let an interrupt come just before a statement."""

    class Breaking:
        """A cursor that is interrupted."""

        def __init__(self, cursor: Any) -> None:
            self.__dict__["cursor"] = cursor

        def execute(self, text: str, *values: Any) -> Any:
            check(text)
            return self.cursor.execute(text, *values)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.cursor, name)

        def __setattr__(self, name: str, value: Any) -> None:
            setattr(self.cursor, name, value)

    def check(text: str) -> None:
        if text.startswith((when, "START" if when == "BEGIN" else when)):
            raise Interrupted

    original = adopted.known

    def known(raw: Any) -> Any:
        found = original(raw)
        assert found is not None

        def cursor(raw: Any) -> Any:
            return Breaking(found.cursor(raw))

        def run(cursor: Any, text: str) -> None:
            check(text)
            found.run(cursor.cursor, text)

        return attrs.evolve(found, cursor=cursor, run=run)

    patched.setattr(transactions, "known", known)


FORKING = """
import os, sys, threading
from crmcore.storage.sqlalchemy import open_sqlalchemy
from crmcore.storage.interface import Write
from tests.storage.conftest import NOTE
store = open_sqlalchemy(sys.argv[1])
store.setup([NOTE])
def put(id):
    with store.begin() as uow:
        uow.write([Write("note", id, 0, b"")])
put("before")
if sys.argv[2] == "within":
    uow = store.begin()
    uow.__enter__().write([Write("note", "open", 0, b"")])
children = []
for number in range(3):
    pid = os.fork()
    if pid == 0:
        code = 0
        try:
            if sys.argv[2] == "within":
                try:
                    uow.__exit__(None, None, None)
                except Exception as error:
                    code = 0 if "forked" in str(error) else 2
                else:
                    code = 3
            else:
                for turn in range(5):
                    put(f"{number}.{turn}")
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            code = 1
        os._exit(code)
    children.append(pid)
if sys.argv[2] != "within":
    for turn in range(5):
        put(f"parent.{turn}")
codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
if sys.argv[2] == "within":
    uow.__exit__(None, None, None)
put("after")
with store.begin() as uow:
    ids = ["before", "after", "open", *(f"{who}.{turn}" for who in (0, 1, 2, "parent") for turn in range(5))]
    print(codes, len(uow.get("note", ids)))
store.close()
"""


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("when, stored", [("between", 22), ("within", 3)])
def test_forks(dialect: str, when: str, stored: int, request: pytest.FixtureRequest, tmp_path: Path):
    """Children have connections of their own; a unit that was open belongs to the parent alone, and commits there."""
    command = [sys.executable, "-W", "error", "-c", FORKING, url_of(dialect, request, tmp_path), when]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=root, check=False)

    assert (f"[0, 0, 0] {stored}\n", "") == (done.stdout, done.stderr)


RUNNING = """
import sys
from crmcore.storage.sqlalchemy import open_sqlalchemy
from crmcore.storage.interface import NewEvent, Write
from tests.storage.conftest import NOTE
store = open_sqlalchemy(sys.argv[1])
store.setup([NOTE])
number = 0
while True:
    with store.begin() as uow:
        uow.write([Write("note", f"{number}.{part}", 0, b"") for part in range(3)])
        uow.append([NewEvent("s", f"{number}", b"")])
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_killed_client(dialect: str, request: pytest.FixtureRequest, tmp_path: Path):
    """Of a process that is killed, everything acknowledged is stored, and nothing by halves."""
    url = url_of(dialect, request, tmp_path)
    root = Path(__file__).parents[3]
    process = subprocess.Popen([sys.executable, "-c", RUNNING, url], stdout=subprocess.PIPE, text=True, cwd=root)
    assert process.stdout is not None

    acknowledged = [int(process.stdout.readline()) for _ in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout]
    process.stdout.close()
    process.wait()
    with opened(url) as store, store.read() as uow:
        events = [int(event.type) for event in uow.read_events(0, 10_000)]
        notes = [
            record.id for record in uow.get("note", [f"{n}.{p}" for n in range(len(events) + 9) for p in range(3)])
        ]

    assert list(range(len(events))) == events
    assert acknowledged == events[: len(acknowledged)]
    assert len(events) - len(acknowledged) in (0, 1)
    assert 3 * len(events) == len(notes)


def test_no_driver_error_is_the_cause(url: str):
    """What a driver says, values and all, is neither in our text nor kept as the cause."""
    with opened(url) as store:
        run(engine_of(url), "ALTER TABLE crm_thing ADD CONSTRAINT theirs CHECK (due < 10)")
        apply(store, thing("a", name="secret"))
        caught: list[CrmError] = []
        for bad in (thing("b", name="secret"), thing("c", due=99)):
            try:
                apply(store, bad)
            except CrmError as error:
                caught.append(error)

        assert ["UniqueViolation", "Unavailable"] == [type(error).__name__ for error in caught]
        for one in caught:
            assert one.__cause__ is None
            assert one.__suppress_context__
            assert "secret" not in str(one)


def test_setup_on_a_database_that_takes_no_changes(url: str):
    """A server that takes no changes is unavailable, and the unit is told why."""
    with opened(url):
        pass
    more = "&options=-c%20default_transaction_read_only%3Don" if "postgresql" in url else ""
    if more:
        store = open_sqlalchemy(url + more)
        store.setup([THING, NOTE])
        with pytest.raises(Unavailable, match="takes no changes"):
            apply(store, note("a"))
    else:
        store = open_sqlalchemy(url + "&init_command=SET%20SESSION%20TRANSACTION%20READ%20ONLY")
        store.setup([THING, NOTE])
        with pytest.raises(Unavailable, match="takes no changes"):
            apply(store, note("a"))
    store.close()


def test_nothing_is_kept_for_forks():
    """A store that is gone leaves nothing behind that a fork would have to care for."""
    store = SqlAlchemyStore(sa.create_engine("sqlite+pysqlite://"))
    connections = weakref.ref(store._connections)
    assert connections() is not None
    del store
    gc.collect()

    assert connections() is None
