"""How revisions spell the tables of layout 1. Released revisions rest on it: it stays as it is.

Other types, or another collation, are another layout, and another module beside this one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.sql.elements import quoted_name

MARIADB: dict[str, str] = {
    "engine": "InnoDB",
    "row_format": "DYNAMIC",
    "charset": "utf8mb4",
    "collate": "utf8mb4_nopad_bin",
}
OPTIONS: dict[str, str] = {
    f"{dialect}_{name}": value for dialect in ("mysql", "mariadb") for name, value in MARIADB.items()
}


class Place(NamedTuple):
    """Where a host has crmcore's tables."""

    prefix: str
    schema: str | None


def places() -> tuple[Place, ...]:
    """Where the host's ``target_metadata`` has them; under ``crm_`` in the default schema if it does not say."""
    given = op.get_context().opts.get("target_metadata")
    several = given if isinstance(given, Sequence) else [given]
    defined = [noted for metadata in several if metadata is not None for noted in metadata.info.get("crmcore", ())]
    return tuple(Place(noted.prefix, noted.schema) for noted in defined) or (Place("crm_", None),)


def text(most: int) -> sa.types.TypeEngine[str]:
    """Text that compares by code point, unpadded; MariaDB needs a bound."""
    bounded = mysql.VARCHAR(most, charset="utf8mb4", collation="utf8mb4_nopad_bin")
    return (
        sa.TEXT().with_variant(postgresql.TEXT(collation="C"), "postgresql").with_variant(bounded, "mysql", "mariadb")
    )


def integer() -> sa.types.TypeEngine[int]:
    """A whole number of 64 bits."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def boolean() -> sa.types.TypeEngine[Any]:
    """True or false; 0 or 1 on SQLite."""
    return sa.Integer().with_variant(sa.BOOLEAN(), "postgresql").with_variant(sa.Boolean(), "mysql", "mariadb")


def body() -> sa.types.TypeEngine[bytes]:
    """Bytes."""
    return sa.BLOB().with_variant(postgresql.BYTEA(), "postgresql").with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


TYPES: dict[str, Callable[[], sa.types.TypeEngine[Any]]] = {
    "text": lambda: text(190),
    "integer": integer,
    "boolean": boolean,
}


def filled(name: str, type_: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    """A column that is never empty."""
    return sa.Column(name, type_, nullable=False, autoincrement=False)


def create_table(place: Place, name: str, *parts: sa.Column[Any] | sa.PrimaryKeyConstraint) -> None:
    """Make a table, unless ``setup`` has made it."""
    op.create_table(place.prefix + name, *parts, schema=place.schema, if_not_exists=True, **OPTIONS)


def create_index(place: Place, table: str, name: str, columns: Sequence[str], *, unique: bool, partial: bool) -> None:
    """Make an index, unless ``setup`` has made it; a partial one holds the rows whose columns of it are all set."""
    keys = [quoted_name(column, quote=True) if partial else column for column in columns]
    condition = sa.text(" AND ".join(f'"{column}" IS NOT NULL' for column in columns)) if partial else None
    ends = ["id"] if partial and not unique else []
    op.create_index(
        f"{place.prefix}{table}.{name}",
        place.prefix + table,
        ["space", *keys, *ends],
        schema=place.schema,
        unique=unique,
        if_not_exists=True,
        postgresql_where=condition,
        sqlite_where=condition,
    )


def create_kind(
    place: Place,
    kind: str,
    columns: Mapping[str, str] | None = None,
    indexes: Mapping[str, Sequence[str]] | None = None,
    unique: Iterable[str] = (),
) -> None:
    """Make the table of a kind: its columns by the names of ``TYPES``, its indexes by their columns."""
    create_table(
        place,
        kind,
        filled("space", text(64)),
        filled("id", text(190)),
        filled("version", integer()),
        filled("body", body()),
        *(sa.Column(quoted_name(name, quote=True), TYPES[type_]()) for name, type_ in (columns or {}).items()),
        sa.PrimaryKeyConstraint("space", "id"),
    )
    for name, keys in (indexes or {}).items():
        create_index(place, kind, name, keys, unique=name in unique, partial=True)


def drop_tables(place: Place, names: Sequence[str], *, derived: str | None = None) -> None:
    """Drop tables, if they hold nothing; the rows of ``derived`` follow from what else there is.

    :raises CommandError: one holds rows; when a script is written (``--sql``), nobody can look.
    """
    for name in names:
        table = sa.table(place.prefix + name, schema=place.schema)
        # Each is looked at before the first is dropped: MariaDB cannot take that back.
        if not op.get_context().as_sql and _holds_rows(table):
            raise CommandError(
                f"table {table.name} holds rows, which a downgrade would lose: save and delete them first"
            )
    for name in names if derived is None else (*names, derived):
        op.drop_table(place.prefix + name, schema=place.schema)


def _holds_rows(table: sa.TableClause) -> bool:
    one: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer())
    return op.get_bind().scalar(sa.select(one).select_from(table).limit(1)) is not None
