"""The migrations shipped: found by a host's Alembic, depended on by its revisions, and in step with ``setup``."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.util import CommandError

import crmcore.storage.sqlalchemy.migrations as shipped
from crmcore import CRM, Actor
from crmcore.customers import Register
from crmcore.customers.policy import CustomerPolicy, CustomField
from crmcore.errors import Unavailable
from crmcore.storage.catalogue import kinds_of
from crmcore.storage.interface import Index, Kind
from crmcore.storage.sqlalchemy.migrations.versions import crmcore_0001, crmcore_0002, crmcore_0003
from crmcore.storage.sqlite import open_sqlite
from tests.storage.sqlalchemy.databases import DIALECTS, engine_of, fresh, insert, lacks, run, set_up, stored
from tests.storage.sqlalchemy.host import Host, host_metadata

#: Imported here, by their names in the package, so that coverage counts them: Alembic loads them under other names.
REVISIONS = (crmcore_0001, crmcore_0002, crmcore_0003)

#: What came after 0.1.0: Alembic makes the positions everywhere, SQLite needs none.
NEW = {"crm_reader", "crm_rating", "crm_score", "crm_grade_override", "crm_scoring_policy", "crm__positions"}
OWN = {"crm_customer", "crm_holder", "crm_action", "crm_counter", "crm_personal", "crm__events", "crm__layout"} | NEW


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> sa.Engine:
    """Give an engine on a fresh database, of each sort in turn."""
    return engine_of(fresh(request.param, request, tmp_path))


@pytest.fixture
def host(engine: sa.Engine, tmp_path: Path) -> Host:
    """Give a host on that database."""
    return Host(tmp_path / "host", engine, host_metadata())


@pytest.fixture
def on(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], sa.Engine]:
    """Give a function that opens a fresh database of one sort."""
    return lambda dialect: engine_of(fresh(dialect, request, tmp_path))


def tables_of(engine: sa.Engine, schema: str | None = None) -> set[str]:
    """The tables of a database, without Alembic's own."""
    return set(sa.inspect(engine).get_table_names(schema)) - {"alembic_version"}


def test_a_host_depends_on_us(host):
    """The host's first revision names ours; ``upgrade heads`` makes both, after which nothing is left to do."""
    host.upgrade("crmcore@head")
    revision = host.first_revision()
    host.downgrade("crmcore@base")
    before = tables_of(host.engine)
    host.upgrade()
    host.check()

    assert set() == before
    assert OWN | {"invoice"} == tables_of(host.engine)
    assert "depends_on: Union[str, Sequence[str], None] = 'crmcore_0003'" in revision.read_text(encoding="utf-8")
    assert {"app_1 (app) (head)", "crmcore_0003 (crmcore) (effective head)"} == set(host.heads().splitlines())
    assert [] == set_up(host.engine, *kinds_of())


def test_the_check_would_tell(host):
    """The check above looks: a column, an index and a table that are wanting are each found."""
    host.upgrade("crmcore@head")
    host.first_revision()
    host.upgrade()
    host.options["target_metadata"] = host_metadata(
        kinds=[*kinds_of(CustomerPolicy(custom_fields=(CustomField("city", indexed=True),))), Kind("other", {})]
    )

    with pytest.raises(CommandError) as caught:
        host.check()
    for expected in ("'x_city'", "crm_customer.by_x_city", "'crm_other'"):
        assert expected in str(caught.value)


def test_what_is_searchable_comes_by_the_host_s_revision(host):
    """Custom fields and plugins' kinds are found by autogenerate; then neither the check nor ``setup`` wants more."""
    host.upgrade("crmcore@head")
    host.first_revision()
    host.upgrade()
    fields = (CustomField("city", indexed=True), CustomField("size", type="integer", indexed=True))
    plugin = Kind(
        "order",
        {"order": str, "score": float, "open": bool},
        (Index("by_order", ("order",), unique=True), Index("by_score", ("open", "score")), Index("by_id", ())),
    )
    kinds = (*kinds_of(CustomerPolicy(custom_fields=fields)), plugin)
    host.options["target_metadata"] = host_metadata(kinds=kinds)
    host.next_revision("app_2")
    host.upgrade()
    host.check()

    assert [] == set_up(host.engine, *kinds)
    if host.engine.dialect.name == "sqlite":
        store = open_sqlite(f"sqlite:///{host.engine.url.database}")
        store.setup(kinds)
        store.close()


def test_revision_1_is_release_0_1_0(host):
    """The first revision has what 0.1.0 had; ``setup`` of today adds what is new, and only that."""
    host.upgrade("crmcore_0001")
    new = NEW - {"crm__positions"} if host.engine.dialect.name == "sqlite" else NEW
    before = tables_of(host.engine)
    found = lacks(host.engine, *kinds_of())
    made = set_up(host.engine, *kinds_of())

    assert OWN - NEW == before
    assert {f"table {table}" for table in new} == set(found)
    assert len(new) == sum("CREATE TABLE" in statement for statement in made)
    assert [] == [statement for statement in made if "ALTER" in statement or "DROP" in statement]


@pytest.mark.parametrize(
    "dialect, told",
    [
        ("mariadb", lambda table: f"SHOW CREATE TABLE {table}"),
        ("sqlite", lambda table: f"SELECT sql FROM sqlite_master WHERE name LIKE '{table}.%' ORDER BY name"),
    ],
)
def test_migrated_tables_are_those_of_setup(on, tmp_path, dialect, told):
    """Tables are made alike to the letter, with engine and collation, in whichever of the two ways they are made."""
    migrated = on(dialect)
    Host(tmp_path / "host", migrated, None).upgrade("crmcore@head")
    made = engine_of(f"sqlite:///{tmp_path / 'made.db'}") if dialect == "sqlite" else on(dialect)
    set_up(made, *kinds_of())
    spelled = []
    for engine in (made, migrated):
        with engine.connect() as connection:
            rows = [connection.exec_driver_sql(told(table)).all() for table in sorted(OWN)]
        spelled.append([[sorted(str(row[-1]).replace(",\n", "\n").splitlines()) for row in found] for found in rows])

    assert any(spelled[0])
    assert spelled[0] == spelled[1]


def test_positions_follow_from_events(host):
    """The second revision counts the events that are there; one space does not count another's."""
    host.upgrade("crmcore_0001")
    with host.engine.begin() as connection:
        for space, position in (("", 1), ("", 2), ("north", 1)):
            insert(connection, "crm__events", space=space, position=position, stream="C1", type="registered", body=b"")
    host.upgrade("crmcore@head")

    assert [("", 2), ("north", 1)] == stored(host.engine, "crm__positions", "space", "last")


@pytest.mark.parametrize("how", ["upgrade", "stamp"])
def test_a_database_that_setup_made(host, how):
    """A database made by ``setup`` comes under Alembic, by upgrade or by stamp, with all it holds."""
    host.upgrade("crmcore@head")
    host.first_revision()
    host.downgrade("crmcore@base")
    set_up(host.engine, *kinds_of())
    with host.engine.begin() as connection:
        insert(connection, "crm_customer", space="", id="C1", version=1, body=b"\0", number="KH-1")
        insert(connection, "crm__events", space="", position=1, stream="C1", type="registered", body=b"")
        if host.engine.dialect.name != "sqlite":
            insert(connection, "crm__positions", space="", last=1)
    if how == "stamp":
        host.stamp("crmcore@head")
    host.upgrade()

    assert [("C1", b"\0", "KH-1")] == stored(host.engine, "crm_customer", "id", "body", "number")
    assert [(1,)] == stored(host.engine, "crm__layout", "version")
    assert [] == set_up(host.engine, *kinds_of())
    # SQLite needs no positions, so setup makes none; a stamp alone hides that from Alembic.
    if (how, host.engine.dialect.name) != ("stamp", "sqlite"):
        assert [("", 1)] == stored(host.engine, "crm__positions", "space", "last")
        host.check()


def test_down_and_up_again(host):
    """A downgrade drops what its revision made and nothing of the host's; an upgrade brings it back."""
    host.upgrade("crmcore@head")
    host.first_revision()
    host.upgrade()
    run(host.engine, "CREATE TABLE crm_hosts_own (id INTEGER)")
    host.downgrade("app@base")
    host.downgrade("crmcore@crmcore_0001")
    middle = tables_of(host.engine)
    host.downgrade("crmcore@base")
    bottom = tables_of(host.engine)
    host.upgrade()

    assert (OWN | {"crm_hosts_own"}) - NEW == middle
    assert {"crm_hosts_own"} == bottom
    assert OWN | {"crm_hosts_own", "invoice"} == tables_of(host.engine)


@pytest.mark.parametrize("table, target", [("crm_reader", "crmcore@crmcore_0001"), ("crm_personal", "crmcore@base")])
def test_no_downgrade_loses_rows(host, table, target):
    """A table that holds rows is not dropped, nor is any other then."""
    host.upgrade("crmcore@head")
    # One revision at a time: what an earlier step has dropped, MariaDB cannot take back.
    host.downgrade("crmcore@crmcore_0002")
    if target == "crmcore@base":
        host.downgrade("crmcore@crmcore_0001")
    with host.engine.begin() as connection:
        insert(connection, table, space="", id="A", version=1, body=b"")
    before = tables_of(host.engine)

    with pytest.raises(CommandError, match=f"table {table} holds rows, which a downgrade would lose"):
        host.downgrade(target)
    assert before == tables_of(host.engine)


def test_as_a_script(host):
    """``--sql`` writes what would be run; a script cannot look for rows, and drops."""
    host.upgrade("crmcore@head", sql=True)
    host.downgrade("crmcore_0003:crmcore@base", sql=True)
    text = host.printed.getvalue()

    assert set() == tables_of(host.engine)
    for table in OWN:
        assert f"CREATE TABLE IF NOT EXISTS {table} (" in text
        assert f"DROP TABLE {table};" in text
    assert "INSERT INTO crm__layout (version) SELECT 1" in text


def test_a_script_does_the_same(on, tmp_path):
    """What ``--sql`` writes makes a database that lacks nothing."""
    engine = on("postgresql")
    host = Host(tmp_path / "host", engine, host_metadata())
    host.upgrade("crmcore@head", sql=True)
    run(engine, host.printed.getvalue().replace("BEGIN;", "").replace("COMMIT;", ""))

    assert [] == set_up(engine, *kinds_of())


@pytest.mark.parametrize("dialect", ["postgresql", "mariadb"])
def test_prefix_and_schema(on, tmp_path, dialect):
    """Revisions follow the metadata: prefix and schema are told once, where the tables are defined."""
    engine, schema, other = on(dialect), "crm", "other"
    if dialect == "mariadb":
        schema, other = (str(on(dialect).url.database) for _ in range(2))
    else:
        run(engine, f"CREATE SCHEMA {schema}", f"CREATE SCHEMA {other}")
    run(engine, f"CREATE TABLE {other}.somebody_s (id INTEGER)")
    host = Host(
        tmp_path / "host",
        engine,
        host_metadata("sales_", schema),
        include_schemas=True,
        include_name=lambda name, type_, _parents: type_ != "schema" or name in {None, schema},
    )
    host.upgrade("crmcore@head")
    host.first_revision()
    host.upgrade()
    host.check()

    assert {name.replace("crm_", "sales_", 1) for name in OWN} == tables_of(engine, schema)
    assert {"invoice"} == tables_of(engine)
    assert [] == set_up(engine, *kinds_of(), prefix="sales_", schema=schema)


@pytest.mark.parametrize(
    "dialect, granting",
    [
        (
            "postgresql",
            [
                "CREATE ROLE clerk LOGIN",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk",
                "REVOKE SELECT ON alembic_version FROM clerk",
            ],
        ),
        (
            "mariadb",
            [
                "CREATE USER clerk@localhost",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON `{database}`.* TO clerk@localhost",
            ],
        ),
    ],
)
def test_a_program_without_rights(on, tmp_path, dialect, granting):
    """After a migration, a program that may only read and write rows opens with ``crm_setup=check``, and works."""
    engine = on(dialect)
    clerk = engine.url.set(username="clerk")
    url = clerk.update_query_dict({"crm_setup": "check"}).render_as_string()
    host = Host(tmp_path / "host", engine, None)
    host.upgrade("crmcore_0001")
    run(engine, *(statement.format(database=engine.url.database) for statement in granting))
    with pytest.raises(Unavailable, match="not there: table crm__positions, table crm_reader"):
        CRM.open(url)
    host.upgrade("crmcore@head")
    run(engine, *(statement.format(database=engine.url.database) for statement in granting[1:2]))
    with CRM.open(url) as crm:
        registered = crm.handle(
            Register(
                name="\u6837\u4f8b\u8d38\u6613\u6709\u9650\u516c\u53f8",
                address="1 Example Road",
                industry="manufacturing",
                phone="0210000001",
                introduction="made up",
            ),
            actor=Actor("li", {"pre-sales"}),
        )
    with pytest.raises(sa.exc.DBAPIError, match=r"(permission|command) denied"):
        run(engine_of(clerk.render_as_string()), "CREATE TABLE crm_more (id INTEGER)")

    assert "KH-000001" == registered.customer.number


def test_several_sets_of_tables(engine, tmp_path):
    """Each prefix that the host's metadata has is migrated, whether in one metadata or in several."""
    first, second = host_metadata("a_"), sa.MetaData()
    for prefix in ("b_", "c_"):
        host_metadata(prefix).tables[f"{prefix}customer"].to_metadata(second)
        second.info.setdefault("crmcore", []).extend(host_metadata(prefix).info["crmcore"])
    host = Host(tmp_path / "host", engine, None)
    host.options["target_metadata"] = [first, second]
    host.upgrade("crmcore@head")

    assert {name.replace("crm_", prefix, 1) for name in OWN for prefix in ("a_", "b_", "c_")} == tables_of(engine)


def test_a_host_that_defines_nothing(engine, tmp_path):
    """Without a word on crmcore in the host's metadata, the tables get the names that ``CRM.open`` looks for."""
    Host(tmp_path / "host", engine, None).upgrade("crmcore@head")

    assert OWN == tables_of(engine)
    assert [] == set_up(engine, *kinds_of())


def test_revisions_need_no_folder_of_a_host_s(engine):
    """Revisions are modules: within Alembic's operations on a connection, they make and drop everything."""
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        for revision in REVISIONS:
            revision.upgrade()
    made, wanting = tables_of(engine), set_up(engine, *kinds_of())
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        for revision in reversed(REVISIONS):
            revision.downgrade()

    assert OWN == made
    assert [] == wanting
    assert set() == tables_of(engine)


def test_revisions_are_frozen():
    """A revision imports nothing of crmcore that may change: only the words of its own layout."""
    folder = Path(shipped.__file__).parent
    for path in [folder / "layout_1.py", *(folder / "versions").glob("crmcore_*.py")]:
        imported = [
            node.module if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        ]

        assert {"crmcore.storage.sqlalchemy.migrations"} >= {
            name for name in imported if (name or "").startswith("crmcore")
        }
