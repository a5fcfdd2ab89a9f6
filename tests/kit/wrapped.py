"""A store that hands everything on to another: what broken stores change one thing of."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from crmcore.storage.interface import Event, Guard, Kind, NewEvent, Query, Record, Store, UnitOfWork, Write
from crmcore.storage.memory import open_memory


class WrappedUnit:
    """A unit that hands everything on."""

    def __init__(self, inner: UnitOfWork, store: Any, space: str) -> None:
        self.inner = inner
        self.store = store
        self.space = space

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """Hand it on."""
        return self.inner.get(kind, ids)

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Hand it on."""
        self.inner.write(writes)

    def query(self, query: Query) -> list[Record]:
        """Hand it on."""
        return self.inner.query(query)

    def append(self, events: Sequence[NewEvent]) -> None:
        """Hand it on."""
        self.inner.append(events)

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """Hand it on."""
        return self.inner.read_events(after, limit, stream)

    def version(self, kind: str, id: str) -> int:
        """The version that is stored."""
        found = self.inner.get(kind, [id])
        return found[0].version if found else 0


class WrappedStore:
    """The store in memory under another name."""

    def __init__(self, path: str, unit: type[WrappedUnit] = WrappedUnit) -> None:
        self.inner: Store = open_memory(f"memory://{path}")
        self.unit = unit

    @property
    def capabilities(self) -> frozenset[str]:
        """What the other can do."""
        return self.inner.capabilities

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Hand it on."""
        self.inner.setup(kinds)

    def begin(self, space: str = "") -> AbstractContextManager[UnitOfWork]:
        """A wrapped unit."""
        return self.wrapped(self.inner.begin(space), space)

    def join(self, host_transaction: object, space: str = "") -> AbstractContextManager[UnitOfWork]:
        """A wrapped unit."""
        return self.wrapped(self.inner.join(host_transaction, space), space)

    def read(self, space: str = "") -> AbstractContextManager[UnitOfWork]:
        """A wrapped unit; only the kit asks for it, and only if the other store can."""
        inner: Any = self.inner
        return self.wrapped(inner.read(space), space)

    def close(self) -> None:
        """Hand it on."""
        self.inner.close()

    @contextmanager
    def wrapped(self, context: AbstractContextManager[UnitOfWork], space: str) -> Iterator[UnitOfWork]:
        """A unit of the other store, wrapped."""
        with context as inner:
            yield self.unit(inner, self, space)
