"""What two tiny stores have in common, of which broken stores change one thing: units that think by the kit's model."""

from collections.abc import Iterable, Sequence
from typing import Any

from crmcore.errors import Conflict, CrmError, Fault, Invalid, Unavailable, UniqueViolation, UnknownName
from crmcore.storage.interface import Event, Guard, Kind, NewEvent, Query, Record, Write
from crmcore.storage.kinds import checked, checked_shape, is_storable, merged
from crmcore.testing.store.model import Model

Kinds = dict[str, Kind]


class SimpleUnit:
    """A unit that works on a model of its space."""

    def __init__(self, kinds: Kinds, model: Model) -> None:
        self.kinds = kinds
        self.model = model
        self.stop: CrmError | None = None
        self.is_reading = False

    def ready(self, kind: str | None = None) -> None:
        """Refuse to go on, or a kind that is not known."""
        if self.stop is not None:
            raise self.stop
        if kind is not None and kind not in self.kinds:
            raise UnknownName("kind", kind, self.kinds)

    def changing(self) -> None:
        """Refuse to go on, or to change anything where only reading is allowed."""
        self.ready()
        if self.is_reading:
            raise Unavailable("simple", "a reading unit cannot write")

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids."""
        self.ready(kind)
        return [self.record(kind, id) for id in sorted({*ids}) if (kind, id) in self.model.records]

    def hold(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids: where units run one after the other, all is held from the beginning."""
        return self.get(kind, ids)

    def record(self, kind: str, id: str) -> Record:
        """A record as it is given away."""
        version, body, columns = self.model.records[kind, id]
        return Record(kind, id, version, body, dict(columns))

    def query(self, query: Query) -> list[Record]:
        """The records of a query."""
        self.ready(query.kind)
        known = {index.name: index for index in self.kinds[query.kind].indexes}
        if query.index not in known:
            raise UnknownName("index", query.index, known)
        checked_shape(query, known[query.index])
        return [self.record(query.kind, id) for id in self.model.query(query)]

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """A batch; after it has failed, the unit goes on no more."""
        self.changing()
        try:
            self.apply(list(writes))
        except CrmError as error:
            self.stop = error
            raise

    def apply(self, batch: list[Write | Guard]) -> None:
        """Judge a batch and apply it."""
        for write in batch:
            self.ready(write.kind)
            storable([write.id, *(value for value in getattr(write, "columns", {}).values() if isinstance(value, str))])
            floats = [name for name, type_ in self.kinds[write.kind].columns.items() if type_ is float]
            if isinstance(write, Write) and not is_storable(write.columns, floats):
                raise Invalid([Fault(write.kind, "out-of-range", "numbers that are not NaN")])
        self.judged(batch)

    def judged(self, batch: list[Write | Guard]) -> None:
        """Apply a batch, or raise what it must fail with."""
        verdict = self.model.write(batch)
        if verdict.stale:
            raise Conflict(verdict.stale)
        if verdict.clashing:
            raise UniqueViolation(*min(verdict.clashing))

    def append(self, events: Sequence[NewEvent]) -> None:
        """Number events on."""
        self.changing()
        storable(text for event in events for text in (event.stream, event.type))
        self.model.append(events)

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """Events beyond a position."""
        self.ready()
        return [Event(*event) for event in self.model.read_events(after, limit, stream)]

    def end(self) -> CrmError | None:
        """Refuse further use; why the unit failed, if it did."""
        failure, self.stop = self.stop, Unavailable("simple", "the unit of work has ended")
        return failure


def storable(texts: Iterable[str]) -> None:
    """Refuse lone surrogates: the files of one of the stores cannot hold them."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError as error:
        raise Invalid([Fault("storage.value", "bad-character", "text without lone surrogates")]) from error


def grown(known: Kinds, kinds: Iterable[Kind]) -> Kinds:
    """The kinds that are known after a setup."""
    now = dict(known)
    for kind in kinds:
        now[kind.name] = merged(now.get(kind.name), checked(kind))
    return now


class SimpleStore:
    """Kinds, an end, and models of another shape after a setup."""

    def __init__(self, model: type[Model] = Model) -> None:
        self.model = model
        self.is_closed = False

    def close(self) -> None:
        """Serve no more."""
        self.is_closed = True

    def opened(self) -> None:
        """Refuse to serve when closed."""
        if self.is_closed:
            raise Unavailable("simple", "it is closed")

    def shaped(self, kinds: Kinds, model: Model | None) -> Model:
        """A model with these kinds and what another one holds."""
        shaped = self.model(kinds.values())
        if model is not None:
            shaped.events = list(model.events)
            for (kind, id), (version, body, columns) in model.records.items():
                full: dict[str, Any] = {name: columns.get(name) for name in kinds[kind].columns}
                shaped.records[kind, id] = (version, body, full)
        return shaped

    def refuse_clashes(self, kinds: Kinds, model: Model) -> None:
        """Refuse kinds whose unique indexes do not fit what a model holds."""
        for kind in kinds.values():
            for index in kind.indexes:
                keys = model.keys(kind.name, index, model.records)
                if index.unique and len({*keys.values()}) < len(keys):
                    raise UniqueViolation(kind.name, index.name)
