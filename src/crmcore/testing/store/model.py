"""A store as naive as can be: dictionaries, copied for each unit and sorted for each query.

It shares no code with the stores it is compared with.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from crmcore.storage.interface import Guard, Index, Kind, NewEvent, Query, Write

Key = tuple[str, str]

#: Version, body and columns, by (kind, id).
Records = dict[Key, tuple[int, bytes, dict[str, Any]]]


@attrs.frozen
class Verdict:
    """What a batch must end with.

    ``stale`` records, as (kind, id), make it a conflict. Else, ``clashing`` unique indexes, as (kind, index), make it
    a violation of one of them. Else it passes; but where an index is ``crossed`` it may be refused: two updates of
    the batch hand a key on, and which of them comes first is not promised.
    """

    stale: list[Key]
    clashing: set[Key]
    crossed: set[Key]

    @property
    def passes(self) -> bool:
        """Whether it may pass."""
        return not self.stale and not self.clashing


class Model:
    """Records by (kind, id), and events in order, of one space."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.kinds: dict[str, Kind] = {kind.name: kind for kind in kinds}
        self.records: Records = {}
        self.events: list[tuple[int, str, str, bytes]] = []

    def copy(self) -> "Model":
        """An independent copy; what is in the dictionary is never changed in place."""
        copy = type(self)(self.kinds.values())
        copy.records, copy.events = dict(self.records), list(self.events)
        return copy

    def version(self, kind: str, id: str) -> int:
        """The stored version, 0 if absent."""
        return self.records[kind, id][0] if (kind, id) in self.records else 0

    def write(self, batch: Sequence[Write | Guard]) -> Verdict:
        """Judge a batch, and apply it if it may pass."""
        stale = sorted((change.kind, change.id) for change in batch if not self._fits(change))
        if stale:
            return Verdict(stale, set(), set())
        before, after = self.records, dict(self.records)
        for write in (write for write in batch if isinstance(write, Write)):
            if write.body is None:
                del after[write.kind, write.id]
            else:
                columns = {name: write.columns.get(name) for name in self.kinds[write.kind].columns}
                after[write.kind, write.id] = (write.expected + 1, write.body, columns)
        verdict = Verdict([], set(), set())
        for kind in self.kinds.values():
            for index in kind.indexes:
                if index.unique:
                    self._judge(kind.name, index, before, after, verdict)
        if verdict.passes:
            self.records = after
        return verdict

    def _fits(self, change: Write | Guard) -> bool:
        version = self.version(change.kind, change.id)
        if isinstance(change, Guard):
            return version == change.version
        return version == change.expected and (change.body is not None or version > 0)

    def _judge(self, kind: str, index: Index, before: Records, after: Records, verdict: Verdict) -> None:
        """Whether a unique index has a key twice in the end, or may have on the way there."""
        had, has = self.keys(kind, index, before), self.keys(kind, index, after)
        if len(set(has.values())) < len(has):
            verdict.clashing.add((kind, index.name))
        for id, key in has.items():
            givers = (other for other, old in had.items() if old == key and other != id and has.get(other) != key)
            if (kind, id) in before and any((kind, giver) in after for giver in givers):
                verdict.crossed.add((kind, index.name))

    def keys(self, kind: str, index: Index, records: Records) -> dict[str, tuple[Any, ...]]:
        """What the records of a kind have in an index, by id; those that are in it."""
        found: dict[str, tuple[Any, ...]] = {}
        for (name, id), (_, _, columns) in records.items():
            values = tuple(columns[column] for column in index.columns) if name == kind else (None,)
            if None not in values:
                found[id] = values
        return found

    def append(self, events: Sequence[NewEvent]) -> None:
        """Number events on from the last."""
        for event in events:
            self.events.append((len(self.events) + 1, event.stream, event.type, event.body))

    def read_events(self, after: int, limit: int, stream: str | None) -> list[tuple[int, str, str, bytes]]:
        """The events of a stream, or of all, beyond a position."""
        wanted = [event for event in self.events if event[0] > after and stream in (None, event[1])]
        return wanted[: max(limit, 0)]

    def query(self, query: Query) -> list[str]:
        """The ids a query gives."""
        [index] = [index for index in self.kinds[query.kind].indexes if index.name == query.index]
        rows: list[tuple[Any, ...]] = [
            (*values, id) for id, values in self.keys(query.kind, index, self.records).items()
        ]
        fixed = len(query.eq)
        rows = [row for row in rows if row[:fixed] == query.eq]
        rows = [row for row in rows if query.lo is None or row[fixed] >= query.lo]
        rows = [row for row in rows if query.hi is None or row[fixed] < query.hi]
        if query.after is not None:
            rows = [row for row in rows if (row < query.after if query.desc else row > query.after)]
        return [row[-1] for row in sorted(rows, reverse=query.desc)][: max(query.limit, 0)]
