"""The SQL of each kind, as text made once for each driver's way of marking parameters.

Columns are always named: after one is added, ``SELECT *`` would fail in every statement prepared before. Names are
always quoted: a kind may have a column called ``order``.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial

from sqlalchemy import Table

from crmcore.errors import Fault, Invalid, Transient, UniqueViolation, UnknownName
from crmcore.storage.interface import Index, Kind, Query, Record, Scalar, Write
from crmcore.storage.keyset import narrowed
from crmcore.storage.kinds import checked_shape
from crmcore.storage.rows import Rows
from crmcore.storage.sqlalchemy.arrays import Arrays
from crmcore.storage.sqlalchemy.drivers import Row, Style
from crmcore.storage.sqlalchemy.values import Check, whole
from crmcore.storage.sqlalchemy.words import LENGTHS, Words, beyond, marks, named

Statement = tuple[str, Sequence[object]]


class Plan:
    """All statements for one kind."""

    def __init__(self, kind: Kind, table: Table, words: Words, style: Style) -> None:
        self.kind = kind
        self.name: str = kind.name
        self.table: str = named(table, words)
        self.words = words
        self.style = style
        self.columns: list[str] = [words.quote(name) for name in kind.columns]
        self.unique: list[Index] = [index for index in kind.indexes if index.unique]
        self._table: str = table.name
        self._primary = words.primary.format(table.name)
        self._indexes = {index.name: index for index in kind.indexes}
        self._checks = [
            (name, words.checks.columns[type_], f"{kind.name}.{name}") for name, type_ in kind.columns.items()
        ]
        self._check: dict[str, Callable[[object], Scalar]] = {
            name: partial(_checked, check, path) for name, check, path in self._checks
        }
        restore = {**words.restore, bytes: bytes} if style.views else words.restore
        self.records: Callable[[Sequence[Row]], list[Record]] = Rows(kind, restore).records
        self._shapes: dict[tuple[object, ...], str] = {}
        self._texts: dict[tuple[str, int], str] = {}
        self._set_texts(style.render)

    def _set_texts(self, render: Callable[[str], str]) -> None:
        """Every fixed statement of the kind."""
        q = self.words.quote
        self.space: str = q("space")
        self.id: str = q("id")
        self.version: str = q("version")
        self.body: str = q("body")
        of_one = f"WHERE {self.space} = ? AND {self.id} = ?"
        self._selected = ", ".join([self.id, self.version, self.body, *self.columns])
        self.get_one: str = render(f"SELECT {self._selected} FROM {self.table} {of_one}")
        self.hold: str = render(f"SELECT {self._selected} FROM {self.table} {of_one}{self.words.hold}")
        self.share: str = render(f"SELECT {self.version} FROM {self.table} {of_one}{self.words.share}")
        self.delete: str = render(f"DELETE FROM {self.table} {of_one} AND {self.version} = ?")
        assigned = [f"{self.version} = {self.version} + 1", *(f"{name} = ?" for name in (self.body, *self.columns))]
        self.update: str = render(f"UPDATE {self.table} SET {', '.join(assigned)} {of_one} AND {self.version} = ?")
        # Taken and given back: until the transaction ends, whoever inserts this id has to wait.
        self.absent: str = render(
            f"INSERT INTO {self.table} ({self.space}, {self.id}, {self.version}, {self.body})"
            f" VALUES (?, ?, 1, ?){self.words.skip}"
        )

    @cached_property
    def arrays(self) -> Arrays:
        """The statements for many rows at once (PostgreSQL)."""
        return Arrays(self)

    # ------------------------------------------------------------------------------------------------- by id

    def one_id(self, id: str) -> str:
        """An id as the driver is to get it."""
        return self.words.checks.id(id, f"{self.name}.id")

    def get_many(self, space: str, ids: Sequence[str]) -> Iterator[Statement]:
        """Statements that give the records with these ids, ordered by id."""
        ordered = sorted({self.one_id(id) for id in ids})
        return self._of_many("get", self._selected, space, ordered, f" ORDER BY {self.id}")

    def versions(self, space: str, ids: Sequence[str]) -> Iterator[Statement]:
        """Statements that give id and version of those that are there."""
        return self._of_many("versions", f"{self.id}, {self.version}", space, sorted(ids), self.words.latest)

    def _of_many(self, use: str, selected: str, space: str, ids: list[str], end: str) -> Iterator[Statement]:
        for first in range(0, len(ids), LENGTHS[-1]):
            part = ids[first : first + LENGTHS[-1]]
            length = 0 if self.words.arrays else next(length for length in LENGTHS if length >= len(part))
            text = self._texts.get((use, length))
            if text is None:
                among = "= ANY(?::text[])" if self.words.arrays else f"IN ({marks(length)})"
                text = self._texts[use, length] = self.style.render(
                    f"SELECT {selected} FROM {self.table} WHERE {self.space} = ? AND {self.id} {among}{end}"
                )
            padded = [part] if self.words.arrays else part + part[-1:] * (length - len(part))
            yield text, (space, *padded)

    # ------------------------------------------------------------------------------------------------- values

    def values(self, write: Write) -> list[object]:
        """The body and the values of the kind's columns, in their order.

        :raises Invalid: one cannot be stored.
        """
        given = write.columns.get
        row: list[object] = [whole(write.body, f"{self.name}.body")]
        for name, check, path in self._checks:
            value = given(name)
            row.append(None if value is None else check(value, path))
        return row

    def insert(self, count: int) -> str:
        """The statement that inserts so many rows of (space, id, body, columns …)."""
        text = self._texts.get(("insert", count))
        if text is None:
            names = ", ".join([self.space, self.id, self.version, self.body, *self.columns])
            row = f"(?, ?, 1, {marks(1 + len(self.columns))})"
            rows = ", ".join([row] * count)
            text = self.style.render(f"INSERT INTO {self.table} ({names}) VALUES {rows}{self.words.skip}")
            self._texts["insert", count] = text
        return text

    def violation(self, found: str) -> UniqueViolation | Transient | None:
        """What a unique index refused, which a database names by its name, or SQLite by its columns; None: not ours."""
        if found in ("PRIMARY", f"{self._table}.PRIMARY", self._told(("id",))):
            return Transient("somebody else inserted the same key first")
        for index in self.unique:
            name = f"{self._table}.{index.name}"
            if found in (name, f"{self._table}.{name}", self._told(index.columns)):
                return UniqueViolation(self.name, index.name)
        return None

    def _told(self, columns: Sequence[str]) -> str:
        """A unique index as SQLite tells it."""
        return ", ".join(f"{self._table}.{name}" for name in ("space", *columns))

    # ------------------------------------------------------------------------------------------------- queries

    def query(self, query: Query, space: str, *, may_lock: bool, ids: bool = False) -> Statement | None:
        """The statement and its parameters; None if nothing can come of the query.

        :param ids: whether only ids are wanted: then the index alone can give the answer.
        :raises UnknownName: there is no such index.
        :raises Invalid: the bounds do not fit the index, or are not of its columns' types.
        """
        index = self._indexes.get(query.index)
        if index is None:
            raise UnknownName("index", query.index, sorted(self._indexes))
        checked_shape(query, index)
        lo, hi, after = query.lo, query.hi, query.after
        if after is not None:
            bounds = narrowed(query, after)
            if bounds is None:
                return None
            lo, hi, after = bounds
        locks = query.claim and may_lock
        shape = (query.index, len(query.eq), lo is None, hi is None, after is None, query.desc, locks, ids)
        checks = [self._check[name] for name in index.columns]
        fixed = len(query.eq)
        values: list[object] = [space, *(check(value) for check, value in zip(checks, query.eq, strict=False))]
        values += [checks[fixed](bound) for bound in (lo, hi) if bound is not None]
        condition = ""
        if after is not None:
            names = [*(self.words.quote(name) for name in index.columns[fixed:]), self.id]
            last = [check(value) for check, value in zip((*checks[fixed:], self.one_id), after, strict=True)]  # type: ignore[arg-type]
            condition, found = beyond(names, last, desc=query.desc, tuples=self.words.tuples)
            values += found
        text = self._shapes.get(shape)
        if text is None:
            wanted = self.id if ids else self._selected
            text = self._shapes[shape] = self._select(wanted, index, query, lo, hi, condition, locks=locks)
        return text, [*values, max(query.limit, 0)]

    def _select(
        self, selected: str, index: Index, query: Query, lo: object, hi: object, condition: str, *, locks: bool
    ) -> str:
        """The text of a query: only the shape of the bounds matters, not what they are."""
        columns = [self.words.quote(column) for column in index.columns]
        fixed = len(query.eq)
        open_ = columns[fixed:]
        terms = [f"{self.space} = ?", *(f"{column} = ?" for column in columns[:fixed])]
        terms += [f"{open_[0]} >= ?"] if lo is not None else []
        terms += [f"{open_[0]} < ?"] if hi is not None else []
        terms += [condition] if condition else []
        # An index holds the rows that have all its columns. Of a boolean, equality does not show PostgreSQL that.
        booleans = [self.words.quote(name) for name in index.columns[:fixed] if self.kind.columns[name] is bool]
        terms += [f"{column} IS NOT NULL" for column in (*booleans, *open_)]
        # A unique index ends with its columns: with the id in ORDER BY, what is in order already would be sorted.
        order = open_ if index.unique else [*open_, self.id]
        directed = [f"{column} DESC" for column in order] if query.desc else order
        ordered = f" ORDER BY {', '.join(directed)}" if order else ""
        is_primary = not index.columns and not index.unique
        hint = self.words.hinted(self._primary if is_primary else f"{self._table}.{index.name}")
        return self.style.render(
            f"SELECT {selected} FROM {self.table}{hint}"
            f" WHERE {' AND '.join(terms)}{ordered} LIMIT ?{self.words.claim if locks else ''}"
        )

    def in_order(self, records: list[Record], query: Query) -> list[Record]:
        """Records that were locked as they were read: somebody may have changed one while we waited for it."""
        columns = self._indexes[query.index].columns
        return sorted(
            records, key=lambda record: (*(record.columns[name] for name in columns), record.id), reverse=query.desc
        )


def _checked(check: Check, path: str, value: object) -> Scalar:
    if value is None:
        raise Invalid([Fault(path, "missing", "a value in a query's bounds")])
    return check(value, path)
