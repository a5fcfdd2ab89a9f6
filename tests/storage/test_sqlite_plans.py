"""Every query is answered from its index, in its order, without sorting."""

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from crmcore.storage.interface import Index, Query, Store
from crmcore.storage.sqlite.plans import LENGTHS, READ_ALL, READ_STREAM, Plan, index_name
from tests.storage.conftest import THING

SAMPLES: dict[type, tuple[object, object]] = {str: ("a", "b"), int: (1, 2), float: (0.5, 1.5), bool: (False, True)}


def shapes(index: Index) -> Iterator[Query]:
    """Every shape of query an index allows."""
    low = [SAMPLES[THING.columns[column]][0] for column in index.columns]
    high = [SAMPLES[THING.columns[column]][1] for column in index.columns]
    for fixed, lo, hi, after, desc in itertools.product(range(len(low) + 1), *[(False, True)] * 4):
        if (lo or hi) and fixed == len(low):
            continue
        yield Query(
            "thing",
            index.name,
            eq=tuple(low[:fixed]),  # type: ignore[arg-type]
            lo=low[fixed] if lo else None,  # type: ignore[arg-type]
            hi=high[fixed] if hi else None,  # type: ignore[arg-type]
            after=(*low, "id") if after else None,  # type: ignore[arg-type]
            desc=bool(desc),
        )


INDEXES = {index.name: index for index in THING.indexes}
QUERIES = [query for index in THING.indexes for query in shapes(index)]


def explained(connection: sqlite3.Connection, text: str, values: Sequence[object]) -> list[str]:
    """What SQLite would do for a statement."""
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]


@pytest.fixture
def reader(sqlite_store: Store, database: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection of our own to a file that has been set up."""
    connection = sqlite3.connect(database)
    yield connection
    connection.close()


def test_every_query_shape_seeks_in_its_index(reader: sqlite3.Connection) -> None:
    """For eq, ranges, after, and both directions, there is one search in the index and no temporary b-tree."""
    plan = Plan(THING)
    for query in QUERIES:
        statement = plan.query(query, "")
        assert statement is not None
        steps = explained(reader, *statement)
        index = INDEXES[query.index]
        fixed, open_columns = index.columns[: len(query.eq)], index.columns[len(query.eq) :]
        is_ranged = query.lo is not None or query.hi is not None or query.after is not None
        sought = ["space=?", *(f"{column}=?" for column in fixed)]

        assert 1 == len(steps), (query, steps)
        assert steps[0].startswith(f"SEARCH crm_thing USING INDEX {index_name('thing', index)} ("), (query, steps)
        assert " AND ".join(sought) in steps[0], (query, steps)
        if is_ranged and open_columns:
            assert any(f"{open_columns[0]}{end}" in steps[0] for end in "<>,"), (query, steps)


def test_ids_alone_come_from_the_index(reader: sqlite3.Connection) -> None:
    """No row of the table is read where only ids are wanted; a unique index is found out about them by its rows."""
    plan = Plan(THING)
    for query in QUERIES:
        statement = plan.query(query, "", ids=True)
        assert statement is not None
        [step] = explained(reader, *statement)

        assert ("COVERING" in step) is not INDEXES[query.index].unique, (query, step)


def test_pages_seek_past_what_was_seen(reader: sqlite3.Connection) -> None:
    """A later page starts at the last record seen, not at the lower bound: the whole tuple is sought."""
    statement = Plan(THING).query(Query("thing", "by_owner_due", ("a",), lo=1, hi=5, after=("a", 2, "x")), "")

    assert statement is not None
    assert [
        "SEARCH crm_thing USING INDEX crm_thing.by_owner_due (space=? AND owner=? AND (due,id)>(?,?) AND due<?)"
    ] == [*explained(reader, *statement)]


@pytest.mark.parametrize("count", [1, *LENGTHS])
def test_records_are_found_by_their_key(reader: sqlite3.Connection, count: int) -> None:
    """One id or many, the primary key finds them in order."""
    plan = Plan(THING)
    text = plan.get_one if count == 1 else plan.get_many[count]

    assert ["SEARCH crm_thing USING INDEX sqlite_autoindex_crm_thing_1 (space=? AND id=?)"] == explained(
        reader, text, ("", *["a"] * count)
    )


@pytest.mark.parametrize("text, values", [(READ_ALL, ("", 0, 9)), (READ_STREAM, ("", "s", 0, 9))])
def test_events_are_read_in_order(reader: sqlite3.Connection, text: str, values: tuple[object, ...]) -> None:
    """Events are found by position, and those of a stream by stream and position."""
    [step] = explained(reader, text, values)

    assert step.startswith("SEARCH crm__events USING INDEX")
    assert "position>?" in step


def test_an_index_holds_only_what_has_its_columns(reader: sqlite3.Connection) -> None:
    """An index over a column that is mostly empty is small: it is partial."""
    texts = dict(reader.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))

    assert texts["crm_thing.by_due"].endswith('(space, "due", id) WHERE "due" IS NOT NULL')
    assert texts["crm_thing.by_owner_name"].endswith('WHERE "owner" IS NOT NULL AND "name" IS NOT NULL')
