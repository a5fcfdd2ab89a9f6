"""A store as naive as can be: dictionaries, copied for each unit and sorted for each query.

It shares no code with the stores it is compared with.
"""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from crmcore.storage.interface import Guard, Kind, NewEvent, Query, Write

Key = tuple[str, str]


class Failure(Exception):
    """What a batch must fail with: the stale keys, or else the unique indexes that refuse it."""

    def __init__(self, stale: list[object], indexes: set[str]) -> None:
        self.stale = stale
        self.indexes = indexes
        super().__init__(stale, indexes)


class Model:
    """Records by (kind, id), and events in order, of one space."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.kinds = {kind.name: kind for kind in kinds}
        self.records: dict[Key, tuple[int, bytes, dict[str, Any]]] = {}
        self.events: list[tuple[int, str, str, bytes]] = []

    def copy(self) -> "Model":
        """An independent copy."""
        return deepcopy(self)

    def write(self, batch: list[Write | Guard]) -> None:
        """Apply a batch, or raise what it must fail with."""
        stale = sorted((change.kind, change.id) for change in batch if not self._fits(change))
        if stale:
            raise Failure([*stale], set())
        writes = [change for change in batch if isinstance(change, Write)]
        for write in (write for write in writes if write.body is None):
            del self.records[write.kind, write.id]
        for write in (write for write in writes if write.body is not None and write.expected > 0):
            self._put(write)
        for write in (write for write in writes if write.body is not None and write.expected == 0):
            self._put(write)

    def _fits(self, change: Write | Guard) -> bool:
        version = self.records[change.kind, change.id][0] if (change.kind, change.id) in self.records else 0
        if isinstance(change, Guard):
            return version == change.version
        return version == change.expected and (change.body is not None or version > 0)

    def _put(self, write: Write) -> None:
        assert write.body is not None

        kind = self.kinds[write.kind]
        columns = {name: write.columns.get(name) for name in kind.columns}
        clashing = set()
        for index in kind.indexes:
            mine = [columns[name] for name in index.columns]
            for (other_kind, other_id), (_, _, other) in self.records.items():
                is_other = other_kind == write.kind and other_id != write.id
                if index.unique and is_other and None not in mine and mine == [other[name] for name in index.columns]:
                    clashing.add(index.name)
        if clashing:
            raise Failure([], clashing)
        self.records[write.kind, write.id] = (write.expected + 1, write.body, columns)

    def append(self, events: list[NewEvent]) -> None:
        """Number events on from the last."""
        for event in events:
            self.events.append((len(self.events) + 1, event.stream, event.type, event.body))

    def query(self, query: Query) -> list[str]:
        """The ids a query gives."""
        kind = self.kinds[query.kind]
        [index] = [index for index in kind.indexes if index.name == query.index]
        rows = []
        for (name, id), (_, _, columns) in self.records.items():
            if name == query.kind and all(columns[column] is not None for column in index.columns):
                rows.append((*(columns[column] for column in index.columns), id))
        fixed = len(query.eq)
        rows = [row for row in rows if row[:fixed] == query.eq]
        rows = [row for row in rows if query.lo is None or row[fixed] >= query.lo]
        rows = [row for row in rows if query.hi is None or row[fixed] < query.hi]
        if query.after is not None:
            rows = [row for row in rows if (row < query.after if query.desc else row > query.after)]
        return [row[-1] for row in sorted(rows, reverse=query.desc)][: query.limit]
