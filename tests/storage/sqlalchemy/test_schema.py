"""Making tables, and adding to what exists: what is there stays, what does not fit is refused."""

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore.errors import Transient, Unavailable, UniqueViolation
from crmcore.storage.catalogue import kinds_of
from crmcore.storage.interface import Index, Kind
from crmcore.storage.sqlalchemy import schema as schema_module
from crmcore.storage.sqlalchemy.schema import lay_out, missing
from tests.storage.conftest import NOTE, THING
from tests.storage.sqlalchemy.databases import (
    DIALECTS,
    engine_of,
    fresh,
    insert,
    keys,
    lacks,
    listening,
    run,
    set_up,
    stored,
)

SERVERS = ("postgresql", "mariadb")

#: What two rows have in a column; made up, like all phones here.
SHARED = "13800138000"


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> sa.Engine:
    """Give an engine on a fresh database, of each sort in turn."""
    return engine_of(fresh(request.param, request, tmp_path))


@pytest.fixture
def on(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], sa.Engine]:
    """Give a function that opens a fresh database of one sort."""
    return lambda dialect: engine_of(fresh(dialect, request, tmp_path))


def test_everything_is_made_once(engine):
    """An empty database gets every table; the second time, three questions show that there is nothing to do."""
    set_up(engine, *kinds_of())
    with listening(engine) as heard:
        set_up(engine, *kinds_of())

    assert () == lacks(engine, *kinds_of())
    assert ["SELECT"] * 3 == [statement.split()[0] for statement in heard]
    assert [(1,)] == stored(engine, "crm__layout", "version")


def test_missing_names_what_is_not_there(engine):
    """Tables, columns and indexes are named, each with what it is."""
    before = set(lacks(engine, NOTE))
    set_up(engine, NOTE, Kind("thing", {"name": str}))
    own = {"table crm__layout", "table crm__events", "table crm__positions"} - (
        {"table crm__positions"} if engine.dialect.name == "sqlite" else set()
    )

    assert own | {"table crm_note"} == before
    assert (
        "table crm_other",
        "column crm_thing.due",
        "index crm_thing.by_due",
        "index crm_thing.by_name",
    ) == lacks(
        engine,
        Kind("other", {}),
        Kind("thing", {"name": str, "due": int}, (Index("by_name", ("name",)), Index("by_due", ("due",)))),
    )


def test_nothing_is_lost(engine):
    """Columns and indexes come to a table with rows; a changed index is made anew; what is no longer declared stays."""
    old = Kind("thing", {"name": str, "gone": bool}, (Index("by_name", ("name",)), Index("by_gone", ("gone",))))
    set_up(engine, old)
    with engine.begin() as connection:
        for number in range(3):
            insert(
                connection, "crm_thing", space="", id=f"T{number}", version=7, body=b"\0\xff", name="same", gone=True
            )
    before = stored(engine, "crm_thing", "id", "version", "body", "name", "gone")
    new = Kind(
        "thing",
        {"name": str, "due": int, "score": float, "flag": bool},
        (Index("by_name", ("name", "due"), unique=True), Index("by_score", ("score", "flag"))),
    )
    set_up(engine, new)
    ends = {"crm_thing.by_gone": ["space", "gone", "id"]}

    assert before == stored(engine, "crm_thing", "id", "version", "body", "name", "gone")
    assert [(None, None, None)] * 3 == stored(engine, "crm_thing", "due", "score", "flag")
    assert {
        "crm_thing.by_name": ["space", "name", "due"],
        "crm_thing.by_score": ["space", "score", "flag", "id"],
        **ends,
    } == keys(engine, "crm_thing")
    assert () == lacks(engine, new)


def test_rows_that_fit_no_unique_index(engine):
    """Stored rows that share a key are told by kind and index; rows, and an index that was there, stay as they are."""
    set_up(engine, Kind("thing", {"name": str, "due": int}, (Index("by_name", ("name",)),)))
    with engine.begin() as connection:
        for id in ("a", "b"):
            insert(connection, "crm_thing", space="", id=id, version=1, body=b"", name=SHARED)
    for columns in (("name",), ("due", "name")):
        if columns == ("due", "name"):
            run(engine, "UPDATE crm_thing SET due = 1")
        with pytest.raises(UniqueViolation) as caught:
            set_up(engine, Kind("thing", {"name": str, "due": int}, (Index("by_name", columns, unique=True),)))

        assert ("thing", "by_name") == (caught.value.kind, caught.value.index)
        # It may be personal, and what is logged is the whole traceback.
        assert SHARED not in "".join(traceback.format_exception(caught.value))
        assert {"crm_thing.by_name": ["space", "name", "id"]} == keys(engine, "crm_thing")
    assert [("a",), ("b",)] == stored(engine, "crm_thing", "id")


@pytest.mark.parametrize("wrong", ["newer", "type", "foreign"])
def test_tables_that_are_not_ours_to_change(engine, wrong):
    """A newer layout, a column of another type and a table of somebody else's are refused, with what is wrong."""
    set_up(engine, Kind("thing", {"name": str}))
    statement, told = {
        "newer": ("UPDATE crm__layout SET version = 2", r"newer crmcore made it \(layout 2, this program knows 1\)"),
        "type": ("ALTER TABLE crm_thing ADD COLUMN due REAL", r"column crm_thing\.due is \w+, but \w+ is wanted"),
        "foreign": ("CREATE TABLE crm_other (id INTEGER)", "table crm_other has no column space: it is not crmcore's"),
    }[wrong]
    run(engine, statement)
    kinds = [Kind("thing", {"name": str, "due": int}), Kind("other", {})]
    before = sa.inspect(engine).get_columns("crm_thing")

    with pytest.raises(Unavailable, match=told):
        set_up(engine, *kinds[:1] if wrong == "type" else kinds)
    with pytest.raises(Unavailable, match=told):
        lacks(engine, *kinds)
    assert len(before) == len(sa.inspect(engine).get_columns("crm_thing"))


def test_prefixes_stand_side_by_side(engine):
    """Two sets of tables in one database do not touch each other."""
    set_up(engine, THING, prefix="a_")
    set_up(engine, NOTE, prefix="b_")

    assert "table b_thing" in lacks(engine, THING, prefix="b_")
    assert () == lacks(engine, THING, prefix="a_")


def test_a_schema_on_postgresql(on):
    """Tables stand in the schema named; those of the same names elsewhere count for nothing; no schema is made."""
    engine = on("postgresql")
    set_up(engine, NOTE)
    with pytest.raises(Unavailable, match="no schema crm: create it first"):
        set_up(engine, NOTE, schema="crm")
    run(engine, "CREATE SCHEMA crm")

    assert "table crm_note" in lacks(engine, NOTE, schema="crm")
    set_up(engine, NOTE, THING, schema="crm")
    assert () == lacks(engine, NOTE, THING, schema="crm")
    assert ("table crm_thing",) == lacks(engine, THING)


def test_the_search_path_on_postgresql(on):
    """Without a schema, tables are those that a plain name finds: once made, they are found wherever they stand."""
    engine = on("postgresql")
    set_up(engine, NOTE)
    run(engine, "CREATE SCHEMA first")
    for path, expected in (("first, public", ()), ("first", 4)):
        with engine.connect() as connection:
            connection.exec_driver_sql(f"SET search_path = {path}")
            found = missing(connection, [NOTE], prefix="crm_", schema=None)

        assert expected in (found, len(found))


def test_a_schema_on_mariadb(on):
    """A schema is another database of the same server."""
    engine, other = on("mariadb"), on("mariadb")
    schema = other.url.database
    set_up(engine, NOTE, schema=schema)

    assert () == lacks(other, NOTE)
    assert "table crm_note" in lacks(engine, NOTE)
    with pytest.raises(Unavailable, match="no schema nowhere"):
        set_up(engine, NOTE, schema="nowhere")


def test_a_schema_on_sqlite(on, tmp_path):
    """A schema is an attached file."""
    engine = on("sqlite")
    kind = Kind("thing", {"name": str}, (Index("by_name", ("name",)),))
    with engine.connect() as connection:
        connection.exec_driver_sql("ATTACH DATABASE ? AS side", (str(tmp_path / "side.db"),))
        lay_out(connection, [kind], prefix="crm_", schema="side", where="db")
        connection.commit()
        inside = missing(connection, [kind], prefix="crm_", schema="side")

    assert () == inside
    assert "table crm_thing" in lacks(engine, kind)
    assert () == lacks(engine_of(f"sqlite:///{tmp_path / 'side.db'}"), kind)


def test_mariadb_by_its_other_name(on):
    """SQLAlchemy knows the server by two names, and the tables are the same."""
    engine = on("mariadb")
    by_other_name = engine_of(engine.url.set(drivername="mysql+pymysql").render_as_string())
    set_up(by_other_name, THING, NOTE)
    with engine.connect() as connection:
        [[_, made]] = connection.exec_driver_sql("SHOW CREATE TABLE crm_thing").all()

    assert [] == set_up(by_other_name, THING, NOTE) == set_up(engine, THING, NOTE)
    assert "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC" in made


@pytest.mark.parametrize("dialect", SERVERS)
def test_positions_are_known_from_the_events(on, dialect):
    """Where events stand without last positions, those follow from them."""
    engine = on(dialect)
    set_up(engine, NOTE)
    with engine.begin() as connection:
        for space, position in (("", 1), ("", 2), ("north", 1)):
            insert(connection, "crm__events", space=space, position=position, stream="C1", type="registered", body=b"")
    run(engine, "DROP TABLE crm__positions")
    set_up(engine, NOTE)

    assert [("", 2), ("north", 1)] == stored(engine, "crm__positions", "space", "last")


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite"])
def test_rolled_back(on, dialect):
    """On databases that can take back a change of tables, a failing transaction leaves nothing."""
    engine = on(dialect)
    with engine.connect() as connection:
        lay_out(connection, [NOTE], prefix="crm_", schema=None, where="db")
        connection.rollback()

    assert [] == sa.inspect(engine).get_table_names()


def test_a_constraint_of_somebody_else_s(engine):
    """What refuses a change without being an index of ours is not told as one: the driver's error comes through."""
    run(engine, "CREATE TABLE crm__layout (version INTEGER NOT NULL, CHECK (version > 5))")

    with pytest.raises((sa.exc.IntegrityError, sa.exc.OperationalError), match=r"(?i)check|constraint"):
        set_up(engine, NOTE)


def test_a_transaction_that_has_begun(on):
    """An engine that is told to begin transactions by itself, as SQLAlchemy's pages advise for SQLite, will do too."""
    engine = on("sqlite")
    sa.event.listen(engine, "connect", lambda connection, _record: setattr(connection, "isolation_level", None))
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    set_up(engine, NOTE)
    with engine.connect() as connection:
        lay_out(connection, [NOTE, THING], prefix="crm_", schema=None, where="db")
        connection.rollback()

    assert () == lacks(engine, NOTE)
    assert ("table crm_thing",) == lacks(engine, THING)


@pytest.mark.parametrize("isolation", [None, "SERIALIZABLE"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_many_at_once(request, tmp_path, dialect, isolation):
    """Eight connections set up the same empty database at once, and again one that lacks a column and an index."""
    url = fresh(dialect, request, tmp_path)
    changed = Kind(NOTE.name, {"name": str}, (Index("by_name", ("name",)),))
    for kinds in ([NOTE, THING], [changed, THING]):
        barrier = threading.Barrier(8)

        def work(_number: int, kinds=kinds, barrier=barrier) -> None:
            with engine_of(url, isolation).begin() as connection:
                barrier.wait(30)
                lay_out(connection, kinds, prefix="crm_", schema=None, where="db")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))

        assert () == lacks(engine_of(url), *kinds)
    assert {(1,)} == set(stored(engine_of(url), "crm__layout", "version"))


def test_a_program_that_takes_long(on, monkeypatch):
    """Who waits too long for the lock on MariaDB is told to try again; the lock ends with the program that holds it."""
    engine = on("mariadb")
    monkeypatch.setattr(schema_module, "PATIENCE", 0)
    with engine.connect() as holder:
        name = schema_module._lock_name(holder)
        assert 1 == holder.scalar(sa.select(sa.func.get_lock(name, 0)))
        with pytest.raises(Transient, match="making tables in db"):
            set_up(engine, NOTE)
        holder.invalidate()
    set_up(engine, NOTE)

    assert () == lacks(engine, NOTE)
