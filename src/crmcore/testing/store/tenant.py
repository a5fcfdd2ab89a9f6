"""A store as one space of it sees it, with the few things that nearly every test does."""

from contextlib import AbstractContextManager
from typing import Any

import attrs

from crmcore.storage.interface import (
    Event,
    Guard,
    ListingUnit,
    NewEvent,
    Query,
    ReadingStore,
    Record,
    Store,
    UnitOfWork,
    Write,
)
from crmcore.testing.store.kinds import THING

#: The columns of each index of things.
COLUMNS = {index.name: index.columns for index in THING.indexes}

#: More than a test ever stores.
MANY = 10**6


@attrs.frozen
class Tenant:
    """An open store, and the space in it that a test works in."""

    store: Store
    space: str

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """A unit of work."""
        return self.store.begin(self.space)

    def look(self) -> AbstractContextManager[UnitOfWork]:
        """A unit that only reads, of the sort made for it where the store has one."""
        if "read" in self.store.capabilities and isinstance(self.store, ReadingStore):
            return self.store.read(self.space)
        return self.store.begin(self.space)

    def join(self, transaction: object) -> AbstractContextManager[UnitOfWork]:
        """A unit of work inside a transaction of the host's."""
        return self.store.join(transaction, self.space)

    def apply(self, *writes: Write | Guard) -> None:
        """One batch in a unit of its own."""
        with self.begin() as uow:
            uow.write(writes)

    def log(self, *events: NewEvent) -> None:
        """Some events in a unit of their own."""
        with self.begin() as uow:
            uow.append(events)

    def get(self, *ids: str, kind: str = THING.name) -> list[Record]:
        """The records with these ids."""
        with self.look() as uow:
            return uow.get(kind, ids)

    def versions(self, *ids: str, kind: str = THING.name) -> dict[str, int]:
        """The stored versions of those that are there."""
        return {record.id: record.version for record in self.get(*ids, kind=kind)}

    def query(self, index: str, kind: str = THING.name, **bounds: Any) -> list[Record]:
        """The records of a query."""
        with self.look() as uow:
            return uow.query(Query(kind, index, **bounds))

    def ids(self, index: str, kind: str = THING.name, **bounds: Any) -> list[str]:
        """The ids a query gives; a unit that can list them alone must list the same."""
        query = Query(kind, index, **bounds)
        with self.look() as uow:
            found = [record.id for record in uow.query(query)]
            listed = uow.ids(query) if isinstance(uow, ListingUnit) else found

        assert found == listed, "ids gives other ids than those of the records that query gives"
        return found

    def pages(self, index: str, most: int = 1000, **bounds: Any) -> list[str]:
        """The ids of all pages of a query, each a unit of its own; they are given up when there are more than most."""
        seen: list[str] = []
        after: tuple[Any, ...] | None = None
        while len(seen) <= most and (page := self.query(index, after=after, **bounds)):
            seen += [record.id for record in page]
            after = (*(page[-1].columns[name] for name in COLUMNS[index]), page[-1].id)
        return seen

    def events(self, after: int = 0, limit: int = MANY, stream: str | None = None) -> list[Event]:
        """The events of the log."""
        with self.look() as uow:
            return uow.read_events(after, limit, stream)

    def positions(self) -> list[int]:
        """The positions of all events, in the order in which they are read."""
        return [event.position for event in self.events()]
