"""What stands in a database already: one look costs two statements of the catalogue, and one of the layout's version.

SQLAlchemy's own inspector asks table by table, and is not told collations or the conditions of indexes everywhere.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs
from sqlalchemy import Connection, bindparam
from sqlalchemy import text as sql

Row = Sequence[Any]


@attrs.frozen
class IndexShape:
    """An index as far as it matters: ``filled`` are the columns it wants to be set, as its condition says."""

    columns: tuple[str, ...]
    unique: bool
    filled: tuple[str, ...] = ()


@attrs.frozen
class Present:
    """Tables by name, with their columns' types, and their indexes; an index in disorder has the shape None."""

    columns: Mapping[str, Mapping[str, str]]
    indexes: Mapping[str, Mapping[str, IndexShape | None]]


POSTGRESQL_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), k.collname
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_collation k ON k.oid = a.attcollation
WHERE c.relname IN :names AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {place}"""

POSTGRESQL_INDEXES = """
SELECT c.relname, i.relname, x.indisunique, x.indisvalid, pg_get_expr(x.indpred, x.indrelid),
 ARRAY(SELECT pg_get_indexdef(x.indexrelid, n, false) FROM generate_series(1, x.indnkeyatts) n ORDER BY n)
FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
WHERE c.relname IN :names AND c.relkind IN ('r', 'p') AND {place}"""

MARIADB_COLUMNS = """
SELECT table_name, column_name, column_type, collation_name FROM information_schema.columns
WHERE table_schema = {place} AND table_name IN :names"""

MARIADB_INDEXES = """
SELECT table_name, index_name, non_unique, sub_part, column_name FROM information_schema.statistics
WHERE table_schema = {place} AND table_name IN :names ORDER BY table_name, index_name, seq_in_index"""

SQLITE_COLUMNS = """
SELECT m.name, c.name, c.type FROM {place}.sqlite_master m, pragma_table_info(m.name, :schema) c
WHERE m.type = 'table' AND m.name IN :names"""

SQLITE_INDEXES = "SELECT tbl_name, name, sql FROM {place}.sqlite_master WHERE type = 'index' AND tbl_name IN :names"


def look(connection: Connection, names: Sequence[str], schema: str | None) -> Present:
    """What there is of the tables with these names."""
    return _LOOKS[connection.dialect.name](connection, names, schema)


def _rows(connection: Connection, statement: str, names: Sequence[str], schema: str | None) -> Iterable[Row]:
    prepared = sql(statement).bindparams(bindparam("names", expanding=True))
    values = {"names": list(names), "schema": schema} if ":schema" in statement else {"names": list(names)}
    return connection.execute(prepared, values).all()


def _columns(typed: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    columns: dict[str, dict[str, str]] = defaultdict(dict)
    for table, column, type_ in typed:
        columns[table][column] = type_
    return columns


def _postgresql(connection: Connection, names: Sequence[str], schema: str | None) -> Present:
    # Without a schema, those count that a plain name finds along the search path.
    place = "c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = :schema)"
    place = "pg_table_is_visible(c.oid)" if schema is None else place
    columns = _columns(
        (table, column, type_.upper() + (f' COLLATE "{collation}"' if collation else ""))
        for table, column, type_, collation in _rows(connection, POSTGRESQL_COLUMNS.format(place=place), names, schema)
    )
    indexes: dict[str, dict[str, IndexShape | None]] = defaultdict(dict)
    for table, index, unique, valid, condition, parts in _rows(
        connection, POSTGRESQL_INDEXES.format(place=place), names, schema
    ):
        shape = IndexShape(tuple(map(_unquoted, parts)), unique, _filled(condition))
        # CREATE INDEX CONCURRENTLY leaves an index that nobody may use when it fails.
        indexes[table][index] = shape if valid else None
    return Present(columns, indexes)


def _mariadb(connection: Connection, names: Sequence[str], schema: str | None) -> Present:
    place = "DATABASE()" if schema is None else ":schema"
    columns = _columns(
        (table, column, _mariadb_type(type_) + (f" COLLATE {collation}" if collation else ""))
        for table, column, type_, collation in _rows(connection, MARIADB_COLUMNS.format(place=place), names, schema)
    )
    indexes: dict[str, dict[str, IndexShape | None]] = defaultdict(dict)
    for table, index, non_unique, part, column in _rows(connection, MARIADB_INDEXES.format(place=place), names, schema):
        before = indexes[table].get(index) or IndexShape((), not non_unique)
        # One over the start of a column cannot stand for one over the whole.
        key = column if part is None else f"{column}({part})"
        indexes[table][index] = attrs.evolve(before, columns=(*before.columns, key))
    return Present(columns, indexes)


def _mariadb_type(found: str) -> str:
    """The type as SQLAlchemy writes it; integers are told with the width at which a terminal would show them."""
    if found == "tinyint(1)":
        return "BOOL"
    return re.sub(r"^INT$", "INTEGER", re.sub(r"(?<=INT)\(\d+\)", "", found.upper()))


def _sqlite(connection: Connection, names: Sequence[str], schema: str | None) -> Present:
    schema = schema or "main"
    place = connection.dialect.identifier_preparer.quote(schema)
    columns = _columns(
        (table, column, type_.upper())
        for table, column, type_ in _rows(connection, SQLITE_COLUMNS.format(place=place), names, schema)
    )
    indexes: dict[str, dict[str, IndexShape | None]] = defaultdict(dict)
    for table, index, text in _rows(connection, SQLITE_INDEXES.format(place=place), names, schema):
        if text is not None:
            indexes[table][index] = _sqlite_shape(text)
    return Present(columns, indexes)


_IS_FILLED = re.compile(r"[\"`]?(\w+)[\"`]? IS NOT NULL")
_INDEX_TEXT = re.compile(r"CREATE (?P<unique>UNIQUE )?INDEX .*?\((?P<columns>[^()]*)\)(?: WHERE (?P<condition>.*))?")


def _sqlite_shape(text: str) -> IndexShape | None:
    """The shape of an index by the statement that made it."""
    found = _INDEX_TEXT.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    columns = tuple(_unquoted(part.strip()) for part in found["columns"].split(","))
    return IndexShape(columns, found["unique"] is not None, _filled(found["condition"]))


def _filled(condition: str | None) -> tuple[str, ...]:
    """The columns that a condition wants to be set; any other condition counts as a column that no table has."""
    if condition is None:
        return ()
    terms = [term.strip(" ()") for term in condition.split(" AND ")]
    return tuple(found[1] if (found := _IS_FILLED.fullmatch(term)) else f"({term})" for term in terms)


def _unquoted(name: str) -> str:
    return name.strip('"`')


_LOOKS: dict[str, Callable[[Connection, Sequence[str], str | None], Present]] = {
    "postgresql": _postgresql,
    "mysql": _mariadb,
    "mariadb": _mariadb,
    "sqlite": _sqlite,
}
