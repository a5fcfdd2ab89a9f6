"""How records and events lie in the database: sorted trees of tuples, each tuple led by the space."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from crmcore.storage.interface import Index, Kind, Query, Scalar
from crmcore_zodb import untyped

Key = tuple[Any, ...]
Columns = Mapping[str, Scalar | None]

TYPES: dict[str, type[Scalar]] = {"str": str, "int": int, "float": float, "bool": bool}


class Edge:
    """A place between the keys of a tree: before all keys that begin with these values, or behind them."""

    def __init__(self, values: Key, *, behind: bool = False) -> None:
        self._values = values
        self._behind = behind

    def __gt__(self, key: Key) -> bool:
        start = key[: len(self._values)]
        return start < self._values or (self._behind and start == self._values)

    def __lt__(self, key: Key) -> bool:
        return not self > key


def floor(tree: Any, edge: Edge) -> Key | None:
    """The last key of a tree before an edge."""
    try:
        key: Key = tree.maxKey(edge)
    except ValueError:
        return None
    return key


class Slot(untyped.Persistent):
    """The place of one record; an empty one, of version 0, is left by a delete or by a guard of absence.

    It is an object of its own, so that ZODB notices when two units of work change it, or one relies on it.
    """

    version: int = 0
    body: bytes = b""
    columns: Columns | None = None

    def hold(self) -> None:
        """Let the commit fail if somebody else changes this slot before it."""
        connection = self._p_jar
        if connection is not None:
            connection.readCurrent(self)

    def let_go(self) -> None:
        """Free the memory; the slot is read anew when it is next needed."""
        self._p_deactivate()


class IndexTree(untyped.Persistent):
    """The keys of one index in order, and the columns that are taken if it is unique."""

    def __init__(self, index: Index) -> None:
        self.plain = (index.name, index.columns, index.unique)
        self.keys = untyped.Set()
        # Without the id: two units that take the same columns want the same key, and one fails at its commit.
        self.taken = untyped.Set()

    @property
    def index(self) -> Index:
        """What is known of the index."""
        return Index(*self.plain)

    def move(self, space: str, id: str, old: Columns | None, new: Columns | None) -> bool:
        """Move a record to its new place; False if that is unique and taken, and then all must be undone."""
        before, now = self._key(space, id, old), self._key(space, id, new)
        if before == now:
            return True
        if before is not None:
            self.keys.remove(before)
            if self.plain[2]:
                self.taken.remove(before[:-1])
        if now is not None:
            self.keys.insert(now)
            return not self.plain[2] or bool(self.taken.insert(now[:-1]))
        return True

    def _key(self, space: str, id: str, columns: Columns | None) -> Key | None:
        """Where a record stands in the order; None if it is not there, or a column of the index is not set."""
        values = (None,) if columns is None else tuple(columns.get(column) for column in self.plain[1])
        return None if None in values else (space, *values, id)

    def ids(self, space: str, query: Query) -> list[str]:
        """The ids that a query asks for, in its order."""
        eq = (space, *query.eq)
        first = Edge(eq) if query.lo is None else Edge((*eq, query.lo))
        last = Edge(eq, behind=True) if query.hi is None else Edge((*eq, query.hi))
        after = None if query.after is None else (space, *query.after)
        if query.desc:
            keys = self._down(first, Edge(after) if after is not None and last > after else last)
        else:
            keys = self.keys.keys(Edge(after, behind=True) if after is not None and first < after else first, last)
        return [key[-1] for key in islice(keys, max(query.limit, 0))]

    def _down(self, first: Edge, last: Edge) -> Iterator[Key]:
        """The keys between two edges from the last to the first, one search each: trees walk upwards only."""
        while (key := floor(self.keys, last)) is not None and first < key:
            yield key
            last = Edge(key)


class Table(untyped.Persistent):
    """The records of one kind in all spaces, with their indexes. Columns and types are kept as plain text."""

    def __init__(self) -> None:
        self.slots = untyped.Mapping()
        self.columns: dict[str, str] = {}
        self.indexes: dict[str, IndexTree] = {}

    def kind(self, name: str) -> Kind:
        """What is known of the kind."""
        indexes = tuple(tree.index for tree in self.indexes.values())
        return Kind(name, {column: TYPES[type_] for column, type_ in self.columns.items()}, indexes)

    def shape(self, kind: Kind) -> str | None:
        """Take on a kind's columns and indexes; the name of a unique index that the records do not fit, if one is."""
        old = self.kind(kind.name)
        if old == kind:
            return None
        self.columns = {column: type_.__name__ for column, type_ in kind.columns.items()}
        kept = {index.name: self.indexes[index.name] for index in old.indexes if index in kind.indexes}
        fresh = {index.name: IndexTree(index) for index in kind.indexes if index.name not in kept}
        self.indexes = {**kept, **fresh}
        for (space, id), slot in self.slots.items() if fresh else ():
            for name, tree in fresh.items():
                if not tree.move(space, id, None, slot.columns):
                    return name
            slot.let_go()
        return None

    def put(self, space: str, id: str, version: int, body: bytes, columns: Columns | None) -> str | None:
        """Fill a slot, or empty it; the name of a unique index where somebody has the place, if one does."""
        slot = self.slots.get((space, id))
        if slot is None:
            slot = self.slots[space, id] = Slot()
        for name, tree in self.indexes.items():
            if not tree.move(space, id, slot.columns, columns):
                return name
        slot.version, slot.body, slot.columns = version, body, columns
        return None


class Layout(untyped.Persistent):
    """All there is: a table for each kind, and the events of all spaces, in order and by stream."""

    def __init__(self) -> None:
        self.tables = untyped.Mapping()
        # From space and position to stream, type and body: two units that append want the same key as well.
        self.events = untyped.Mapping()
        # Space, stream and position of each event.
        self.streams = untyped.Set()
