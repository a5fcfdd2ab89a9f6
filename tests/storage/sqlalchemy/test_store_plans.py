"""Every query is answered from its index, in its order: no scan of a table, and no sort."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore.storage.interface import Index, Query
from crmcore.storage.sqlalchemy import SqlAlchemyStore, adopted
from crmcore.storage.sqlalchemy.plans import Plan
from tests.storage.conftest import THING
from tests.storage.sqlalchemy.databases import DIALECTS, engine_of
from tests.storage.sqlalchemy.stores import apply, opened, thing, url_of

ROWS = 400
INDEXES = {index.name: index for index in THING.indexes}
SAMPLES: dict[str, tuple[Any, Any]] = {
    "name": ("n100", "n300"),
    "owner": ("o1", "o2"),
    "due": (100, 300),
    "score": (0.5, 1.5),
    "flag": (False, True),
}


def shapes(index: Index) -> Iterator[Query]:
    """Every shape of query an index allows."""
    low = [SAMPLES[column][0] for column in index.columns]
    high = [SAMPLES[column][1] for column in index.columns]
    for fixed, lo, hi, after, desc in itertools.product(range(len(low) + 1), *[(False, True)] * 4):
        if (lo or hi) and fixed == len(low):
            continue
        yield Query(
            "thing",
            index.name,
            eq=tuple(low[:fixed]),
            lo=low[fixed] if lo else None,
            hi=high[fixed] if hi else None,
            after=(*low, "100") if after else None,
            limit=10,
            desc=bool(desc),
        )


@pytest.fixture(params=DIALECTS)
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[SqlAlchemyStore, sa.Connection]]:
    """Give a store with some records, and a connection of SQLAlchemy's to the same database."""
    url = url_of(request.param, request, tmp_path)
    with opened(url) as store:
        rows = [
            thing(f"{n:03}", name=f"n{n:03}", owner=f"o{n % 3}", due=n, score=n / 7, flag=n % 2 == 0)
            for n in range(ROWS)
        ]
        apply(store, *rows)
        with engine_of(url).connect() as connection:
            if request.param == "postgresql":
                connection.exec_driver_sql("ANALYZE crm_thing")
                connection.commit()
            yield store, connection


def plan_of(store: SqlAlchemyStore, connection: sa.Connection, kind: str = "thing") -> Plan:
    """The statements of a kind for the driver of the connection."""
    driver = adopted.known(connection.connection.dbapi_connection)
    assert driver is not None

    return store._defined.texts(driver.style).plans[kind]


def explained(connection: sa.Connection, text: str, values: Sequence[object]) -> str:
    """What the database would do for a statement."""
    raw: Any = connection.connection.dbapi_connection
    driver = adopted.known(raw)
    assert driver is not None

    cursor, _ = driver.open(raw, "")
    how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    if connection.dialect.name == "postgresql":
        # As our own units do; and a few hundred rows are no reason to do without an index.
        cursor.execute("SET enable_sort = off")
        cursor.execute("SET enable_seqscan = off")
    cursor.execute(f"{how} {text}", values)
    return "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())


def seeks(dialect: str, steps: str, index: str) -> bool:
    """Whether the steps are one way into that index, and nothing else."""
    if dialect == "postgresql":
        return f'using "{index}"' in steps or f"using {index} " in steps
    if dialect == "mariadb":
        found = index in steps.split() and {"range", "ref", "const"} & {*steps.split()} != set()
        return found or "Impossible WHERE noticed after reading const tables" in steps
    return steps.count("\n") == 0 and f"SEARCH crm_thing USING INDEX {index} (" in steps


@contextmanager
def alone(connection: sa.Connection, index: Index) -> Iterator[None]:
    """On PostgreSQL, only this index beside the primary key: it takes what it thinks cheapest of all that would do."""
    with connection.begin() as transaction:
        for other in INDEXES.values():
            if connection.dialect.name == "postgresql" and other.columns and other != index:
                connection.exec_driver_sql(f'DROP INDEX "crm_thing.{other.name}"')
        yield
        transaction.rollback()


def index_of(dialect: str, name: str) -> str:
    """The index that serves a query; one over no column is the primary key's."""
    primary = {"postgresql": "crm_thing_pkey", "mariadb": "PRIMARY", "sqlite": "sqlite_autoindex_crm_thing_1"}
    return f"crm_thing.{name}" if INDEXES[name].columns else primary[dialect]


@pytest.mark.parametrize("index", INDEXES.values(), ids=list(INDEXES))
def test_every_query_shape_seeks_in_its_index(filled, index: Index):
    """For eq, ranges, after, and both directions, there is one way into the index, and nothing is sorted."""
    store, connection = filled
    dialect = connection.dialect.name
    plan = plan_of(store, connection)
    with alone(connection, index):
        for query in shapes(index):
            statement = plan.query(query, "", may_lock=False)
            if statement is None:
                continue
            steps = explained(connection, *statement)

            assert seeks(dialect, steps, index_of(dialect, index.name)), (query, steps)
            bad = {"Sort", "filesort", "B-TREE", "temporary", "Seq Scan"}
            assert not any(word in steps for word in bad), (query, steps)


@pytest.mark.parametrize("filled", ["mariadb"], indirect=True)
@pytest.mark.parametrize("claim", [False, True])
def test_pages_read_no_more_than_they_give(filled, claim: bool):
    """A later page starts at the last record seen, whatever lies before it; MariaDB tells what it has read."""
    store, connection = filled
    plan = plan_of(store, connection)
    pages = [
        Query("thing", "by_flag", after=(True, 200, "200"), limit=10),
        Query("thing", "by_flag", after=(True, 200, "200"), limit=10, desc=True),
        Query("thing", "by_owner_due", ("o1",), lo=1, hi=390, after=("o1", 300, "300"), limit=10),
        Query("thing", "by_owner_due", after=("o1", 300, "300"), limit=10, desc=True),
        Query("thing", "by_owner_name", after=("o1", "n300", "300"), limit=10),
        Query("thing", "by_id", after=("300",), limit=10),
    ]
    for page in pages:
        statement = plan.query(page, "", may_lock=claim)
        assert statement is not None

        raw = connection.connection.dbapi_connection.cursor()
        raw.execute("FLUSH STATUS")
        raw.execute(*statement)
        rows = len(raw.fetchall())
        raw.execute("SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_next', 'Handler_read_prev')")
        assert 10 == rows
        assert sum(int(count) for _, count in raw.fetchall()) <= 12, page


@pytest.mark.parametrize("count", [1, 4, 17, 200])
def test_records_are_found_by_their_key(filled, count: int):
    """One id or many, the primary key finds them."""
    store, connection = filled
    plan = plan_of(store, connection)
    ids = [f"{n:03}" for n in range(count)]
    statements = [(plan.get_one, ("", "000"))] if count == 1 else [*plan.get_many("", ids), *plan.versions("", ids)]
    for statement in statements:
        steps = explained(connection, *statement)

        assert any(word in steps for word in ("crm_thing_pkey", "PRIMARY", "sqlite_autoindex_crm_thing_1")), steps
        assert not any(word in steps for word in ("Seq Scan", "filesort", "B-TREE", "SCAN")), steps


def test_events_are_read_in_order(filled):
    """Events are found by position, and those of a stream by stream and position."""
    store, connection = filled
    driver = adopted.known(connection.connection.dbapi_connection)
    assert driver is not None

    log = store._defined.texts(driver.style).log
    for text, values in ((log.read_all, ("", 5, 10)), (log.read_stream, ("", "s", 5, 10))):
        steps = explained(connection, text, values)
        assert not any(word in steps for word in ("Sort", "filesort", "B-TREE", "Seq Scan", "SCAN")), steps


@pytest.mark.parametrize("filled", ["postgresql"], indirect=True)
def test_arrays_find_their_rows_by_key(filled):
    """On PostgreSQL a large batch looks its rows up, even while nothing is known of the table."""
    store, connection = filled
    plan = plan_of(store, connection)
    ids = [f"{n:03}" for n in range(20)]
    values = [[value] * 20 for value in (b"x", "n", "o", 1, 0.5, True)]
    statements = [
        (plan.arrays.update, (ids, [1] * 20, *values, "", ids)),
        (plan.arrays.delete, (ids, [1] * 20, "", ids)),
    ]
    for statement in statements:
        steps = explained(connection, *statement)

        assert "crm_thing_pkey" in steps, steps
        assert "id = ANY" in steps, steps
