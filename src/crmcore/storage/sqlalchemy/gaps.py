"""What a database lacks of the tables that are wanted, and the statements that make it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import attrs
from sqlalchemy import Column, Connection, Index, String, Table, func, select
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from crmcore.errors import Fault, Invalid, Unavailable
from crmcore.storage.sqlalchemy.present import IndexShape, Present, look
from crmcore.storage.sqlalchemy.tables import LAYOUT, Tables

#: Names of tables and indexes have at most so many characters; SQLite knows no bound.
LONGEST: Final = {"postgresql": 63, "mysql": 64, "mariadb": 64}
#: Bytes that the columns of an index of InnoDB's may have together, and how many a character takes.
WIDEST: Final = 3072
CHARACTER: Final = 4

MARIADB: Final = ("mysql", "mariadb")
_INNODB: Final = mysql.dialect()


@attrs.frozen
class Gap:
    """Something that is not there, by the name that ``missing`` gives it, with the statements that make it.

    ``unique`` is the kind and the index that stored records may not fit.
    """

    name: str
    statements: Sequence[str]
    unique: tuple[str, str] | None = None


@attrs.frozen
class Plan:
    """What is wanted of one database; ``where`` names it in errors."""

    connection: Connection
    tables: Tables
    schema: str | None
    where: str

    def gaps(self) -> list[Gap]:
        """Everything that is not there, in the order in which to make it.

        :raises Invalid: a name is too long for the database, or an index too wide.
        :raises Unavailable: a newer crmcore made the tables, or a column has another type.
        """
        wanted = self._wanted()
        self._check_bounds(wanted)
        present = look(self.connection, [table.name for table in wanted.values()], self.schema)
        gaps = [*self._layout_gaps(present)]
        for kind, table in wanted.items():
            gaps += self._gaps_of(kind, table, present)
        return gaps

    def _wanted(self) -> dict[str, Table]:
        """The tables by what they are of. SQLite has one writer at a time, who needs no row to take turns at."""
        own = {"_events": self.tables.events}
        if self.connection.dialect.name != "sqlite":
            own["_positions"] = self.tables.positions
        return {"_layout": self.tables.layout, **own, **self.tables.kinds}

    def _check_bounds(self, wanted: dict[str, Table]) -> None:
        dialect = self.connection.dialect.name
        faults = list(_long_names(wanted.values(), LONGEST[dialect])) if dialect in LONGEST else []
        if dialect in MARIADB:
            faults += _wide_indexes(wanted.values())
        if faults:
            raise Invalid(faults)

    def _layout_gaps(self, present: Present) -> Iterator[Gap]:
        """The table that holds the layout's version, and the version in it."""
        table = self.tables.layout
        found: int | None = None
        if table.name in present.columns:
            found = self.connection.scalar(select(func.max(table.c.version)))
        if found is None:
            name = self.connection.dialect.identifier_preparer.format_table(table)
            noting = f"INSERT INTO {name} (version) VALUES ({LAYOUT})"
            yield Gap(f"table {table.name}", (self._text(CreateTable(table, if_not_exists=True)), noting))
        elif found > LAYOUT:
            raise Unavailable(self.where, f"a newer crmcore made it (layout {found}, this program knows {LAYOUT})")

    def _gaps_of(self, kind: str, table: Table, present: Present) -> Iterator[Gap]:
        """What a table lacks; all of it, or columns and indexes."""
        if table is self.tables.layout:
            return
        columns, indexes = present.columns.get(table.name), present.indexes.get(table.name, {})
        if columns is None:
            making = [self._text(CreateTable(table, if_not_exists=True)), *map(self._index_text, _sorted(table))]
            yield Gap(f"table {table.name}", [*making, *self._filling(table)])
            return
        for column in table.columns:
            found = columns.get(column.name)
            if found is None:
                yield self._column_gap(table, column)
            elif not fits(found, wanted := self._type(column)):
                raise Unavailable(self.where, f"column {table.name}.{column.name} is {found}, but {wanted} is wanted")
        for index in _sorted(table):
            name = str(index.name)
            if indexes.get(name) != self._shape(index):
                yield self._index_gap(kind, index, is_present=name in indexes)

    def _filling(self, table: Table) -> Iterator[str]:
        """What a new table holds from the start: positions, where events are there already."""
        if table is self.tables.positions:
            names = self.connection.dialect.identifier_preparer.format_table
            last = f"SELECT space, max(position) FROM {names(self.tables.events)} GROUP BY space"
            yield f"INSERT INTO {names(table)} (space, last) {last}"

    def _column_gap(self, table: Table, column: Column[Any]) -> Gap:
        if not column.nullable:
            raise Unavailable(self.where, f"table {table.name} has no column {column.name}: it is not crmcore's")
        dialect = self.connection.dialect
        told = dialect.ddl_compiler(dialect, None).get_column_specification(column)  # type: ignore[arg-type]
        adding = "ADD COLUMN" if dialect.name == "sqlite" else "ADD COLUMN IF NOT EXISTS"
        text = f"ALTER TABLE {dialect.identifier_preparer.format_table(table)} {adding} {told}"
        return Gap(f"column {table.name}.{column.name}", (text,))

    def _index_gap(self, kind: str, index: Index, *, is_present: bool) -> Gap:
        making = [self._index_text(index)]
        if is_present and self.connection.dialect.name not in MARIADB:
            preparer = self.connection.dialect.identifier_preparer
            making.insert(0, f"DROP INDEX IF EXISTS {preparer.format_index(index)}")
        unique = (kind, str(index.name).partition(".")[2]) if index.unique else None
        return Gap(f"index {index.name}", making, unique)

    def _index_text(self, index: Index) -> str:
        if self.connection.dialect.name in MARIADB:
            # One statement: should rows not fit the new index, the old one is still there.
            return self._text(CreateIndex(index)).replace("CREATE ", "CREATE OR REPLACE ", 1)
        return self._text(CreateIndex(index, if_not_exists=True))

    def _text(self, statement: ExecutableDDLElement) -> str:
        return str(statement.compile(dialect=self.connection.dialect)).strip()

    def _type(self, column: Column[Any]) -> str:
        """The type of a column in the words of a look."""
        told = column.type.compile(self.connection.dialect)
        return re.sub(r" CHARACTER SET \w+", "", told)

    def _shape(self, index: Index) -> IndexShape:
        columns = tuple(index.columns)
        is_partial = self.connection.dialect.name not in MARIADB
        filled = tuple(str(column.name) for column in columns if column.nullable and is_partial)
        return IndexShape(tuple(str(column.name) for column in columns), bool(index.unique), filled)


def fits(found: str, wanted: str) -> bool:
    """Whether a column has the type that is wanted; bounded text may be longer."""
    bounds = [re.fullmatch(r"VARCHAR\((\d+)\)(.*)", type_) for type_ in (found, wanted)]
    has, needs = bounds
    if has is None or needs is None:
        return found == wanted
    return int(has[1]) >= int(needs[1]) and has[2] == needs[2]


def _sorted(table: Table) -> list[Index]:
    return sorted(table.indexes, key=lambda index: str(index.name))


def _long_names(tables: Iterable[Table], longest: int) -> Iterator[Fault]:
    for table in tables:
        for name in (table.name, *(str(index.name) for index in _sorted(table))):
            if len(name) > longest:
                yield Fault(name, "too-long", f"at most {longest} characters")


def _wide_indexes(tables: Iterable[Table]) -> Iterator[Fault]:
    for table in tables:
        for index in _sorted(table):
            if sum(_width(column) for column in index.columns) > WIDEST:
                yield Fault(str(index.name), "too-long", f"columns of at most {WIDEST} bytes together")


def _width(column: Column[Any]) -> int:
    """Bytes that a column takes in an index of InnoDB's, at most."""
    type_ = column.type.dialect_impl(_INNODB)
    return type_.length * CHARACTER if isinstance(type_, String) and type_.length else 8
