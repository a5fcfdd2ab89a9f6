"""The tables, as SQLAlchemy knows them: a host may define them in its own metadata, and point foreign keys at them.

A kind is a table ``<prefix><kind>``: space, id, version, body and the kind's columns under their own names, so that
hosts can report from it. Text compares by code point and unpadded everywhere: that takes a collation of its own on the
two servers. On SQLite the tables are those of the native backend, to the letter, so that either can open the file.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
from sqlalchemy import Boolean, Column, Connection, Index, Integer, MetaData, PrimaryKeyConstraint, Table, and_, event
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import BLOB, BOOLEAN, REAL, TEXT, BigInteger, TypeEngine

from crmcore.errors import Fault, Invalid
from crmcore.storage import interface
from crmcore.storage.catalogue import kinds_of
from crmcore.storage.interface import MOST_SPACE, MOST_TEXT, Kind, Scalar

PREFIX: Final = "crm_"
#: Raised when the tables change in a way that older programs cannot live with; the native SQLite backend's number.
LAYOUT: Final = 1
#: Characters that the name of an event's type may have.
MOST_TYPE: Final = 64
#: Both are told to MariaDB: other collations pad text, or take a for A.
CHARSET: Final = "utf8mb4"
COLLATION: Final = "utf8mb4_nopad_bin"

#: Where a metadata remembers which tables of crmcore it holds; the shipped migrations look there.
DEFINED: Final = "crmcore"

_MARIADB = {"engine": "InnoDB", "row_format": "DYNAMIC", "charset": CHARSET, "collate": COLLATION}
_TABLE_OPTIONS: dict[str, Any] = {
    # SQLAlchemy calls the same server by either name, as the URL does.
    f"{dialect}_{name}": value
    for dialect in ("mysql", "mariadb")
    for name, value in _MARIADB.items()
}
_PREFIXES = re.compile(r"([a-z][a-z0-9_]*)?", re.ASCII)


@attrs.frozen
class Tables:
    """crmcore's tables in a metadata: ``kinds`` by the kind's name, the event log, its last positions, the layout."""

    kinds: Mapping[str, Table]
    events: Table
    positions: Table
    layout: Table


@attrs.frozen
class Defined:
    """Under which prefix and in which schema a metadata holds crmcore's tables."""

    prefix: str
    schema: str | None


def define_tables(
    metadata: MetaData, *, prefix: str = PREFIX, schema: str | None = None, kinds: Sequence[Kind] | None = None
) -> Tables:
    """Add crmcore's tables to a metadata, the host's own for example. Nothing is made in any database yet.

    :param prefix: what each table's name starts with: a-z, 0-9 and _.
    :param schema: the schema they stand in; the metadata's own, or the connection's default, when None.
    :param kinds: what is kept; by default the kinds of crmcore itself, without searchable custom fields.
    :raises Invalid: the prefix is no plain identifier.
    """
    if not _PREFIXES.fullmatch(prefix):
        raise Invalid([Fault("prefix", "not-allowed", "a name of a-z, 0-9 and _, starting with a letter")])
    schema = metadata.schema if schema is None else schema
    maker = _Maker(metadata, prefix, schema)
    tables = Tables(
        {kind.name: maker.kind(kind) for kind in (kinds_of() if kinds is None else kinds)},
        maker.events(),
        maker.positions(),
        maker.layout(),
    )
    metadata.info.setdefault(DEFINED, []).append(Defined(prefix, schema))
    return tables


def text(most: int) -> TypeEngine[str]:
    """Text of at most so many characters, compared by code point; the bound is MariaDB's only."""
    bounded = mysql.VARCHAR(most, charset=CHARSET, collation=COLLATION)
    return TEXT().with_variant(postgresql.TEXT(collation="C"), "postgresql").with_variant(bounded, "mysql", "mariadb")


def column_type(type_: type[Scalar]) -> TypeEngine[Any]:
    """The type of a kind's column; SQLite has no booleans, and keeps 0 and 1."""
    if type_ is str:
        return text(MOST_TEXT)
    if type_ is float:
        double = mysql.DOUBLE()
        return REAL().with_variant(postgresql.DOUBLE_PRECISION(), "postgresql").with_variant(double, "mysql", "mariadb")
    if type_ is bool:
        return Integer().with_variant(BOOLEAN(), "postgresql").with_variant(Boolean(), "mysql", "mariadb")
    return _integer()


def _integer() -> TypeEngine[int]:
    return BigInteger().with_variant(Integer(), "sqlite")


def _body() -> TypeEngine[bytes]:
    return BLOB().with_variant(postgresql.BYTEA(), "postgresql").with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


@attrs.frozen
class _Maker:
    """Makes tables in one metadata, under one prefix."""

    metadata: MetaData
    prefix: str
    schema: str | None

    def kind(self, kind: Kind) -> Table:
        """The table of a kind, with its indexes."""
        # Quoted always, as the native backend does: a kind may call a column ``order``.
        columns = [Column(quoted_name(name, quote=True), column_type(type_)) for name, type_ in kind.columns.items()]
        table = self._table(
            kind.name,
            _filled("space", text(MOST_SPACE)),
            _filled("id", text(MOST_TEXT)),
            _filled("version", _integer()),
            _filled("body", _body()),
            *columns,
            PrimaryKeyConstraint("space", "id"),
        )
        for index in kind.indexes:
            _add_index(table, index)
        return table

    def events(self) -> Table:
        """The event log."""
        table = self._table(
            "_events",
            _filled("space", text(MOST_SPACE)),
            _filled("position", _integer()),
            _filled("stream", text(MOST_TEXT)),
            _filled("type", text(MOST_TYPE)),
            _filled("body", _body()),
            PrimaryKeyConstraint("space", "position"),
        )
        Index(f"{table.name}.stream", table.c.space, table.c.stream, table.c.position)
        return table

    def positions(self) -> Table:
        """The last position of each space's events: the row that writers take turns at."""
        return self._table(
            "_positions",
            _filled("space", text(MOST_SPACE)),
            _filled("last", _integer()),
            PrimaryKeyConstraint("space"),
        )

    def layout(self) -> Table:
        """The version of the layout, so that an older program leaves a newer one's tables alone."""
        table = self._table("_layout", _filled("version", Integer()))
        # For hosts that make their tables with ``create_all``.
        event.listen(table, "after_create", _note_layout)
        return table

    def _table(self, name: str, *parts: Column[Any] | PrimaryKeyConstraint) -> Table:
        return Table(self.prefix + name, self.metadata, *parts, schema=self.schema, **_TABLE_OPTIONS)


def _note_layout(table: Table, connection: Connection, **_: object) -> None:
    connection.execute(table.insert().values(version=LAYOUT))


def _filled(name: str, type_: TypeEngine[Any]) -> Column[Any]:
    return Column(name, type_, nullable=False, autoincrement=False)


def _add_index(table: Table, index: interface.Index) -> None:
    """An index leads with the space; one that is not unique ends with the id, the order that queries come back in.

    Where a column may be empty, it holds only the rows that have them all; MariaDB has no such indexes. One over no
    column is in the order of ids, as the primary key's is already.
    """
    if not index.columns and not index.unique:
        return
    columns = [table.c[name] for name in index.columns]
    filled = and_(*(column.is_not(None) for column in columns)) if columns else None
    Index(
        f"{table.name}.{index.name}",
        table.c.space,
        *columns,
        *(() if index.unique else (table.c.id,)),
        unique=index.unique,
        postgresql_where=filled,
        sqlite_where=filled,
    )
