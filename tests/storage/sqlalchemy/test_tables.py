"""The tables as SQLAlchemy knows them: names, types, indexes, order of text, and a host's foreign keys to them."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.schema import CreateIndex

from crmcore.errors import Invalid
from crmcore.storage.catalogue import kinds_of
from crmcore.storage.interface import Index, Kind
from crmcore.storage.sqlalchemy.schema import missing
from crmcore.storage.sqlalchemy.tables import define_tables
from tests.storage.conftest import NOTE, THING
from tests.storage.sqlalchemy.databases import DIALECTS, engine_of, fresh, insert

SPOKEN = {"postgresql": postgresql.dialect(), "mariadb": MariaDBDialect(), "sqlite": sqlite.dialect()}


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> sa.Engine:
    """Give an engine on a fresh database, of each sort in turn."""
    return engine_of(fresh(request.param, request, tmp_path))


def test_each_kind_has_a_table():
    """Kinds are tables by prefix and name; three more, with a _ that no kind's name starts with, are ours."""
    metadata = sa.MetaData()
    tables = define_tables(metadata)

    assert {kind.name: f"crm_{kind.name}" for kind in kinds_of()} == {
        kind: table.name for kind, table in tables.kinds.items()
    }
    assert ["crm__events", "crm__positions", "crm__layout"] == [
        table.name for table in (tables.events, tables.positions, tables.layout)
    ]
    assert {*tables.kinds.values(), tables.events, tables.positions, tables.layout} == set(metadata.tables.values())
    assert "reader" in tables.kinds


def test_columns_come_in_the_native_order():
    """First what every record has, then the kind's columns under their own names, even if SQL has a use for them."""
    table = define_tables(sa.MetaData(), kinds=[Kind("thing", {"order": int, "name": str})]).kinds["thing"]

    assert ["space", "id", "version", "body", "order", "name"] == table.c.keys()
    assert ["space", "id"] == table.primary_key.columns.keys()
    assert [False] * 4 + [True] * 2 == [column.nullable for column in table.c]


TEXT_MARIADB = "VARCHAR({}) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"


@pytest.mark.parametrize(
    "dialect, expected",
    [
        (
            "postgresql",
            ['TEXT COLLATE "C"'] * 2
            + ["BIGINT", "BYTEA"]
            + ['TEXT COLLATE "C"'] * 2
            + ["BIGINT", "DOUBLE PRECISION", "BOOLEAN"],
        ),
        (
            "mariadb",
            [TEXT_MARIADB.format(64), TEXT_MARIADB.format(190), "BIGINT", "LONGBLOB"]
            + [TEXT_MARIADB.format(190)] * 2
            + ["BIGINT", "DOUBLE", "BOOL"],
        ),
        ("sqlite", ["TEXT", "TEXT", "INTEGER", "BLOB", "TEXT", "TEXT", "INTEGER", "REAL", "INTEGER"]),
    ],
    ids=DIALECTS,
)
def test_types(dialect, expected):
    """Every type is spelled for the database, bounded where it must be, in the collation that compares code points."""
    table = define_tables(sa.MetaData(), kinds=[THING]).kinds["thing"]

    assert expected == [column.type.compile(SPOKEN[dialect]) for column in table.c]


BY_FLAG = (
    'CREATE INDEX "crm_thing.by_flag" ON crm_thing (space, "flag", "due", id)'
    ' WHERE "flag" IS NOT NULL AND "due" IS NOT NULL'
)
BY_NAME = 'CREATE UNIQUE INDEX "crm_thing.by_name" ON crm_thing (space, "name") WHERE "name" IS NOT NULL'


@pytest.mark.parametrize(
    "dialect, expected",
    [
        ("sqlite", [BY_FLAG, BY_NAME]),
        ("postgresql", [BY_FLAG, BY_NAME]),
        ("mariadb", [text.partition(" WHERE")[0].replace('"', "`") for text in (BY_FLAG, BY_NAME)]),
    ],
)
def test_indexes(dialect, expected):
    """Indexes lead with the space, end with the id unless unique, and are partial where the database has that."""
    table = define_tables(sa.MetaData(), kinds=[THING]).kinds["thing"]
    texts = [str(CreateIndex(index).compile(dialect=SPOKEN[dialect])) for index in table.indexes]

    assert expected == sorted(text for text in texts if "by_flag" in text or "by_name" in text)


def test_indexes_over_no_column():
    """In the order of ids there is the primary key already; a unique one lets each space have one record."""
    kind = Kind("thing", {}, (Index("by_id", ()), Index("only", (), unique=True)))
    [index] = define_tables(sa.MetaData(), kinds=[kind]).kinds["thing"].indexes

    assert ("crm_thing.only", ["space"], True) == (index.name, index.columns.keys(), index.unique)


def test_places():
    """Prefix and schema are the host's to choose; a metadata with a schema of its own lends it."""
    both = define_tables(sa.MetaData(schema="lent"), prefix="", schema="given", kinds=[NOTE])
    lent = define_tables(sa.MetaData(schema="lent"), prefix="a_", kinds=[NOTE])

    assert ("given", "note", "given._events") == (both.events.schema, both.kinds["note"].name, both.events.fullname)
    assert ("lent.a_note", "lent.a__events") == (lent.kinds["note"].fullname, lent.events.fullname)


@pytest.mark.parametrize("prefix", ["Crm_", "crm-", "1crm", '"', "_", "crm ", "顾客"])
def test_prefixes_that_are_no_names(prefix):
    """A prefix that would need quotes is refused, in words that say what is allowed."""
    with pytest.raises(Invalid, match=r"prefix: .*a-z, 0-9 and _"):
        define_tables(sa.MetaData(), prefix=prefix)


def test_the_metadata_makes_the_same(engine):
    """What ``create_all`` makes of a host's metadata is what ``setup`` would make: nothing is missing."""
    metadata = sa.MetaData()
    define_tables(metadata, kinds=[THING, NOTE])
    metadata.create_all(engine)
    with engine.connect() as connection:
        found = missing(connection, [THING, NOTE], prefix="crm_", schema=None)

    assert () == found


def test_text_compares_by_code_point(engine):
    """Ids that a database of people's words would hold for one are several, and stand in the order of code points."""
    metadata = sa.MetaData()
    note = define_tables(metadata, kinds=[NOTE]).kinds["note"]
    metadata.create_all(engine)
    ids = ["", " ", "A", "Z", "a", "a ", "aa", "a\u0301", "ss", "\u00df", "\u00e1", "\u5f20", "\uff21", "\U00020000"]
    with engine.begin() as connection:
        for id in reversed(ids):
            insert(connection, "crm_note", space="", id=id, version=1, body=b"")
        found = connection.scalars(sa.select(note.c.id).order_by(note.c.id)).all()

    assert sorted(ids) == list(found)


def test_bodies_are_bytes(engine):
    """A body comes back byte for byte, also one that a server would not take for text, or for a short one."""
    metadata = sa.MetaData()
    note = define_tables(metadata, kinds=[NOTE]).kinds["note"]
    metadata.create_all(engine)
    bodies = [bytes(range(256)), b"", b"4.75e16", b"\xff\xfe" * 40_000]
    with engine.begin() as connection:
        for number, body in enumerate(bodies):
            insert(connection, "crm_note", space="", id=str(number), version=1, body=body)
        found = connection.scalars(sa.select(note.c.body).order_by(note.c.id)).all()

    assert bodies == [bytes(body) for body in found]


def test_a_host_points_at_customers(engine):
    """A host's table has a foreign key to a customer: no invoice without one, and none loses its customer."""
    metadata = sa.MetaData()
    customer = define_tables(metadata).kinds["customer"]
    sa.Table(
        "invoice",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("space", customer.c.space.type, nullable=False),
        sa.Column("customer_id", customer.c.id.type, nullable=False),
        sa.ForeignKeyConstraint(["space", "customer_id"], [customer.c.space, customer.c.id]),
    )
    metadata.create_all(engine)
    with engine.begin() as connection:
        insert(connection, "crm_customer", space="", id="C1", version=1, body=b"")
        insert(connection, "invoice", id=1, space="", customer_id="C1")

    for id, space, customer_id in ((2, "", "C2"), (3, "other", "C1"), (4, "", "c1")):
        with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
            insert(connection, "invoice", id=id, space=space, customer_id=customer_id)
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(sa.delete(customer))
