"""On SQLite the tables are those of the native backend: either opens what the other has made, and changes nothing."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore.storage.catalogue import kinds_of
from crmcore.storage.interface import Index, Kind
from crmcore.storage.sqlalchemy.schema import lay_out, missing
from crmcore.storage.sqlite import open_sqlite
from tests.storage.conftest import NOTE, THING
from tests.storage.sqlalchemy.databases import engine_of, listening

KINDS = [*kinds_of(), THING, NOTE, Kind("order", {"order": str, "select": float}, (Index("by_select", ("select",)),))]


def by_native(path: Path, kinds=KINDS) -> None:
    """Set up by the native backend."""
    store = open_sqlite(f"sqlite:///{path}")
    store.setup(kinds)
    store.close()


def by_sqlalchemy(path: Path, kinds=KINDS) -> None:
    """Set up over SQLAlchemy."""
    with engine_of(f"sqlite:///{path}").begin() as connection:
        lay_out(connection, kinds, prefix="crm_", schema=None, where="db")


MAKERS = {"native": by_native, "sqlalchemy": by_sqlalchemy}


def layout(path: Path) -> dict[str, Any]:
    """Everything that SQLite knows of a file's tables, and where indexes stand: one made anew stands elsewhere."""
    with sqlite3.connect(path) as connection:
        objects = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()
        tables = {name for kind, name, *_ in objects if kind == "table"}
        found: dict[str, Any] = {
            "indexes": [item for item in objects if item[0] == "index"],
            "tables": {table: connection.execute(f'PRAGMA table_xinfo("{table}")').fetchall() for table in tables},
            "keys": {table: connection.execute(f'PRAGMA index_list("{table}")').fetchall() for table in tables},
            "version": connection.execute("SELECT version FROM crm__layout").fetchall(),
        }
    connection.close()
    return found


def schema_version(path: Path) -> int:
    """The number SQLite raises at each change of tables."""
    with sqlite3.connect(path) as connection:
        version: int = connection.execute("PRAGMA schema_version").fetchone()[0]
    connection.close()
    return version


def test_both_make_the_same(tmp_path):
    """Tables with their columns, types and keys, indexes to the letter, the layout's version: all of it is the same."""
    found = {}
    for name, make in MAKERS.items():
        make(tmp_path / name)
        found[name] = layout(tmp_path / name)
        # The order in which indexes were made is no part of the layout.
        found[name]["keys"] = {table: sorted(row[1:] for row in rows) for table, rows in found[name]["keys"].items()}

    assert found["native"] == found["sqlalchemy"]


@pytest.mark.parametrize("first, second", [("native", "sqlalchemy"), ("sqlalchemy", "native")])
def test_either_opens_the_other_s(tmp_path, first, second):
    """Set up again by the other, a file is as it was: no table, column or index is touched."""
    path = tmp_path / "crm.db"
    MAKERS[first](path)
    before = schema_version(path), layout(path)
    MAKERS[second](path)

    assert before == (schema_version(path), layout(path))


@pytest.mark.parametrize("first, second", [("native", "sqlalchemy"), ("sqlalchemy", "native")])
def test_either_adds_to_the_other_s(tmp_path, first, second):
    """What the other lacks is added, and then both have nothing left to do."""
    path = tmp_path / "crm.db"
    MAKERS[first](path, [Kind("thing", {"name": str})])
    MAKERS[second](path, KINDS)
    before = schema_version(path)
    MAKERS[first](path, KINDS)

    assert before == schema_version(path)


def test_a_native_file_lacks_nothing(tmp_path):
    """A file of the native backend passes the check that only looks."""
    path = tmp_path / "crm.db"
    by_native(path)
    engine = engine_of(f"sqlite:///{path}")
    with listening(engine) as heard, engine.connect() as connection:
        found = missing(connection, KINDS, prefix="crm_", schema=None)

    assert () == found
    assert 3 == len(heard)


def test_a_newer_native_file_is_refused(tmp_path):
    """Both count the same layouts: what is too new for one is too new for the other."""
    path = tmp_path / "crm.db"
    by_sqlalchemy(path)
    with engine_of(f"sqlite:///{path}").begin() as connection:
        connection.execute(sa.text("UPDATE crm__layout SET version = 2"))

    for make in MAKERS.values():
        with pytest.raises(Exception, match=r"newer crmcore made it \(layout 2, this program knows 1\)"):
            make(path)
