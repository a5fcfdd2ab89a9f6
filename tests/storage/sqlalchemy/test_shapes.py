"""What stands in a database is looked at closely: collations, lengths, shapes of indexes, bounds of names."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore.errors import Invalid, Unavailable
from crmcore.storage.interface import Index, Kind
from tests.storage.sqlalchemy.databases import engine_of, fresh, insert, lacks, run, set_up


@pytest.fixture
def on(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], sa.Engine]:
    """Give a function that opens a fresh database of one sort."""
    return lambda dialect: engine_of(fresh(dialect, request, tmp_path))


@pytest.mark.parametrize(
    "dialect, column",
    [
        ("postgresql", "TEXT"),
        ("postgresql", 'TEXT COLLATE "ucs_basic"'),
        ("postgresql", 'VARCHAR(190) COLLATE "C"'),
        ("mariadb", "VARCHAR(190) CHARACTER SET utf8mb4"),
        ("mariadb", "VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"),
        ("mariadb", "VARCHAR(189) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"),
    ],
)
def test_collations_are_looked_at(on, dialect, column):
    """Text in another collation, or shorter than promised, is another type: it would hold two names for one."""
    engine = on(dialect)
    set_up(engine, Kind("thing", {}))
    run(engine, f"ALTER TABLE crm_thing ADD COLUMN name {column}")

    with pytest.raises(Unavailable, match=r"crm_thing\.name is .*, but (TEXT|VARCHAR).* is wanted"):
        set_up(engine, Kind("thing", {"name": str}))


def test_longer_text_will_do(on):
    """Text may be longer than what is asked for."""
    engine = on("mariadb")
    set_up(engine, Kind("thing", {}))
    run(
        engine,
        "ALTER TABLE crm_thing ADD COLUMN name VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
    )

    assert () == lacks(engine, Kind("thing", {"name": str}))


@pytest.mark.parametrize("dialect, longest", [("postgresql", 63), ("mariadb", 64)])
def test_names_have_an_end(on, dialect, longest):
    """A server bounds the names of tables and indexes: one more character is refused before anything is made."""
    engine = on(dialect)
    fits = Kind("k" * (longest - 4), {})
    index = Kind("thing", {"a": str}, (Index("i" * (longest - 10), ("a",)),))
    set_up(engine, fits, index)
    too_long = Kind("k" * (longest - 3), {}), Kind("other", {"a": str}, (Index("i" * (longest - 9), ("a",)),))

    assert () == lacks(engine, fits, index)
    with pytest.raises(Invalid) as caught:
        set_up(engine, *too_long)
    assert [f"at most {longest} characters"] * 2 == [fault.expected for fault in caught.value.faults]
    assert ("table crm_a",) == lacks(engine, Kind("a", {}))


def test_names_have_no_end_on_sqlite(on):
    """SQLite takes any name, as the native backend does."""
    kind = Kind("k" * 90, {"a": str}, (Index("i" * 90, ("a",)),))
    engine = on("sqlite")
    set_up(engine, kind)

    assert () == lacks(engine, kind)


def test_indexes_have_a_width(on):
    """An index of InnoDB's holds 3,072 bytes of a row; a wider one is refused before anything is made."""
    columns = dict.fromkeys("abcd", str)
    wide = Index("wide", ("a", "b", "c", "d"), unique=True)
    engine = on("mariadb")

    with pytest.raises(Invalid, match=r"crm_thing\.wide: .*3072 bytes"):
        set_up(engine, Kind("thing", columns, (wide,)))
    assert "table crm_thing" in lacks(engine, Kind("thing", {}))
    for number, keys in enumerate((("a", "b"), ("a", "b"), ("a", "b", "c"))):
        set_up(engine, Kind(f"thing{number}", columns, (Index("most", keys, unique=number > 0),)))


def test_an_index_that_failed_is_made_anew(on):
    """What CREATE INDEX CONCURRENTLY leaves behind when it fails is no index, whatever it looks like."""
    engine = on("postgresql")
    kind = Kind("thing", {"name": str}, (Index("by_name", ("name",), unique=True),))
    set_up(engine, Kind("thing", {"name": str}))
    with engine.begin() as connection:
        for id in ("a", "b"):
            insert(connection, "crm_thing", space="", id=id, version=1, body=b"", name="same")
    with pytest.raises(sa.exc.IntegrityError), engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
            'CREATE UNIQUE INDEX CONCURRENTLY "crm_thing.by_name" ON crm_thing (space, name) WHERE name IS NOT NULL'
        )
    run(engine, "UPDATE crm_thing SET name = id")

    assert ("index crm_thing.by_name",) == lacks(engine, kind)
    set_up(engine, kind)
    assert () == lacks(engine, kind)


@pytest.mark.parametrize(
    "index",
    [
        "(space, name)",
        "(space, name, id) WHERE due IS NOT NULL",
        "(space, name, id) WHERE name IS NOT NULL AND due > 5",
        "(space, name, id) WHERE name > 'a'",
        "(space, lower(name), id) WHERE name IS NOT NULL",
        "(name, space, id) WHERE name IS NOT NULL",
    ],
)
@pytest.mark.parametrize("dialect", ["postgresql", "sqlite"])
def test_an_index_of_another_shape_is_made_anew(on, dialect, index):
    """An index of the right name over other columns, or under another condition, would give other answers."""
    engine = on(dialect)
    kind = Kind("thing", {"name": str, "due": int}, (Index("by_name", ("name",)),))
    set_up(engine, Kind("thing", kind.columns))
    run(engine, f'CREATE INDEX "crm_thing.by_name" ON crm_thing {index}')

    assert ("index crm_thing.by_name",) == lacks(engine, kind)
    set_up(engine, kind)
    assert () == lacks(engine, kind)


def test_an_index_over_the_start_of_text_is_made_anew(on):
    """An index over the first characters of a column puts nothing in order."""
    engine = on("mariadb")
    kind = Kind("thing", {"name": str}, (Index("by_name", ("name",)),))
    set_up(engine, Kind("thing", kind.columns))
    run(engine, "CREATE INDEX `crm_thing.by_name` ON crm_thing (space, name(10), id)")

    assert ("index crm_thing.by_name",) == lacks(engine, kind)
    set_up(engine, kind)
    assert () == lacks(engine, kind)
