"""A database of an older release is opened by this one: what is new is added, and no row changes."""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore import CRM, Actor
from crmcore.customers import ContactDetails, FollowUp, Protect, Register
from crmcore.storage.catalogue import kinds_of
from tests.storage.sqlalchemy.databases import engine_of
from tests.storage.sqlalchemy.host import Host

#: Written by release 0.1.0: eight companies and an individual in several stages, and what led there.
RELEASE_0_1_0 = Path(__file__).parent / "older" / "crmcore-0.1.0.db"

TABLES = ("crm__events", "crm__layout", "crm_action", "crm_counter", "crm_customer", "crm_holder", "crm_personal")
IMPORTER, LI = Actor("import", {"import"}), Actor("li", {"pre-sales"})
LATER = datetime(2026, 3, 9, 1, tzinfo=UTC)

Rows = Mapping[str, list[dict[str, Any]]]


def rows_of(path: Path) -> Rows:
    """Every row of crmcore's tables in a file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return {table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in TABLES}


def rows_in(engine: sa.Engine) -> Rows:
    """Every row of crmcore's tables in a database, as SQLAlchemy reads what stands there."""
    metadata = sa.MetaData()
    metadata.reflect(engine, only=TABLES)
    with engine.connect() as connection:
        return {
            name: [dict(row) for row in connection.execute(sa.select(metadata.tables[name])).mappings()]
            for name in TABLES
        }


def in_order(rows: Rows) -> Rows:
    """The same rows in an order that does not depend on the database; true and false as 1 and 0."""
    plain = {table: [{name: _plain(value) for name, value in row.items()} for row in rows[table]] for table in rows}
    return {table: sorted(plain[table], key=lambda row: (row.get("id", ""), row.get("position", 0))) for table in plain}


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def copy_rows(rows: Rows, engine: sa.Engine) -> None:
    """Insert the rows into tables of the same names and columns."""
    metadata = sa.MetaData()
    metadata.reflect(engine, only=TABLES)
    with engine.begin() as connection:
        connection.execute(sa.delete(metadata.tables["crm__layout"]))
        for name, table_rows in ((name, found) for name, found in rows.items() if found):
            table = metadata.tables[name]
            truths = {column.name for column in table.c if isinstance(column.type, sa.Boolean)}
            connection.execute(
                table.insert(),
                [
                    {key: bool(v) if key in truths and v is not None else v for key, v in row.items()}
                    for row in table_rows
                ],
            )


def goes_on(crm: CRM, position: int) -> None:
    """The customers of the file are as they were, and live on: in the same numbers, the same order of events."""
    assert [] == list(crm.verify())
    assert ["formal", "intent", "potential", "pool"] == [
        crm.customer(id, at=LATER).stage.name for id in ("C1", "C2", "C5", "C6")
    ]

    added = Register(
        name="\u6837\u4f8b\u65b0\u6765\u8d38\u6613\u6709\u9650\u516c\u53f8",
        id="N1",
        into="pool",
        address="1 Example Road",
        industry="manufacturing",
        phone="0210000099",
        introduction="made up",
    )
    claim = Protect(
        "C7",
        contact=ContactDetails("Example Person", mobile="13800000077"),
        follow_up=FollowUp(
            channel="phone",
            content="asked for an offer",
            next_action="send it",
            next_contact_at=datetime(2026, 3, 12, 1, tzinfo=UTC),
        ),
    )
    registered = crm.handle(added, actor=IMPORTER, at=LATER)
    protected = crm.handle(claim, actor=LI, at=LATER)

    assert "KH-000010" == registered.customer.number
    assert ("potential", "li") == (protected.customer.stage.name, protected.customer.stage.owner)
    assert [] == list(crm.verify())
    with crm.store.begin() as uow:
        events = uow.read_events(0, 1000)
    assert list(range(1, len(events) + 1)) == [event.position for event in events]
    assert position + len(registered.events) + len(protected.events) == len(events)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Give a copy of the file."""
    return Path(shutil.copy(RELEASE_0_1_0, tmp_path / "older.db"))


def test_the_file_is_what_it_should_be():
    """The stored file is release 0.1.0's: nine customers, no table of later kinds."""
    with closing(sqlite3.connect(f"{RELEASE_0_1_0.as_uri()}?immutable=1", uri=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        [[customers]] = connection.execute("SELECT count(*) FROM crm_customer")

    assert set(TABLES) == tables
    assert 9 == customers


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+pysqlite"])
def test_a_file_of_0_1_0(older, scheme):
    """Opening the file adds the tables of later kinds and nothing else; no row changes; work goes on."""
    before = rows_of(older)
    with CRM.open(f"{scheme}:///{older}") as crm:
        found = list(crm.verify())
        with closing(sqlite3.connect(older)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

        assert {*TABLES, *(f"crm_{kind.name}" for kind in kinds_of())} == tables
        assert before == rows_of(older)
        assert [] == found
        goes_on(crm, len(before["crm__events"]))


def test_one_file_by_both_backends(older):
    """The native backend and the one on SQLAlchemy open the file in turn, each going on where the other left it."""
    with CRM.open(f"sqlite+pysqlite:///{older}") as crm:
        goes_on(crm, len(rows_of(older)["crm__events"]))
        count = len(crm.history("C7"))
    before = rows_of(older)
    with CRM.open(f"sqlite:///{older}") as crm:
        assert before == rows_of(older)
        assert [] == list(crm.verify())
        assert count == len(crm.history("C7"))


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_the_rows_of_0_1_0_on_a_server(older, tmp_path, request, server):
    """The same rows in tables as 0.1.0 knew them: today's program adds what is new; no row changes; work goes on."""
    url = request.getfixturevalue(server).database()
    engine = engine_of(url)
    Host(tmp_path / "host", engine, None).upgrade("crmcore_0001")
    copy_rows(rows_of(older), engine)
    before = in_order(rows_in(engine))
    with CRM.open(url) as crm:
        assert {"crm_reader", "crm__positions"} < set(sa.inspect(engine).get_table_names())
        assert in_order(rows_of(older)) == before == in_order(rows_in(engine))
        goes_on(crm, len(before["crm__events"]))
