"""The whole of what a storage backend must do, and the promises it makes.

A backend keeps versioned records of declared kinds, and an event log with a gapless order, inside transactions. It
knows nothing of customers, rules or clocks. Correctness rests on three promises: a write names the version it
expects, unique indexes are unique, and a unit of work is stored whole or not at all.

The rules, each of which came from a failure seen:

1. A body comes back byte for byte.
2. Text compares by code point, and "a" and "a " differ.
3. The ids of one batch are distinct. An index holds only the records whose columns of it are all set, so several
   records may leave a unique column empty; None never stands in a query's bounds.
4. The order of a query is always (columns of the index, id), descending when asked; ``after`` is that whole tuple.
5. Who has read up to position p never later sees an event at or before p; positions are consecutive, from 1.
6. ``claim`` is a hint: a backend may skip what others hold. Correctness rests on versions.
7. There is no clock in a store.
8. A unit of work reads its own writes.
9. A space is a tenant: it leads every key, unique index and event order, and a unit of work sees one space only.
10. Text in a column and ids hold up to ``MOST_TEXT`` characters, names of spaces up to ``MOST_SPACE``; what is longer,
    and text with NUL or a lone surrogate, may be refused with ``Invalid``, but is never cut.
11. A guard holds until the unit commits, a guard of absence included.
12. What a unit queries is no older than the records it has read or held before, nor than the absence of one; where it
    would be, the unit fails with ``Transient``.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol, runtime_checkable

import attrs

from crmcore.kernel.entities import MOST_TEXT, Index, Kind, Scalar
from crmcore.kernel.personal import named
from crmcore.kernel.quick import quick

__all__ = [
    "CAPABILITIES",
    "MOST_SPACE",
    "MOST_TEXT",
    "Event",
    "Guard",
    "HoldingUnit",
    "HostStore",
    "Index",
    "Kind",
    "ListingUnit",
    "NewEvent",
    "Query",
    "ReadingStore",
    "Record",
    "Scalar",
    "ScrubbingStore",
    "Store",
    "StoreBackend",
    "UnitOfWork",
    "Write",
    "listed",
]

Columns = Mapping[str, Scalar | None]

#: What a store may be able to do: be shared by threads; be shared by processes; keep what is committed when the process
#: is killed; work inside a transaction of the host's; skip what others hold (``Query.claim``); hold records before
#: changing them (``HoldingUnit``); read at one moment (``ReadingStore``); leave nothing behind of what is gone
#: (``ScrubbingStore``).
CAPABILITIES: Final = frozenset({"threads", "processes", "durable", "join", "claim", "hold", "read", "scrub"})

#: Characters that the name of a space may have. Like ``MOST_TEXT`` it keeps indexes within what MariaDB takes, 3,072
#: bytes of four a character: a space, two texts and an id fit, under a unique index three texts.
MOST_SPACE: Final = 64


@quick
@attrs.frozen(weakref_slot=False)
class Record:
    """A stored record; ``version`` is 1 after the insert and one more after each update.

    What it holds may be personal, so ``repr`` shows only which record it is; so it is with what follows.
    """

    kind: str
    id: str
    version: int
    body: bytes = attrs.field(repr=False)
    columns: Columns = attrs.field(repr=named)


@quick
@attrs.frozen(weakref_slot=False)
class Write:
    """A change to one record: ``expected`` 0 inserts, otherwise it must be the stored version; body None deletes."""

    kind: str
    id: str
    expected: int
    body: bytes | None = attrs.field(repr=False)
    columns: Columns = attrs.field(factory=dict, repr=named)


@attrs.frozen
class Guard:
    """Asserts that a record still has this version (0: is still absent) when the unit commits, without writing it."""

    kind: str
    id: str
    version: int


@quick
@attrs.frozen(weakref_slot=False)
class NewEvent:
    """An event to append to a stream."""

    stream: str
    type: str
    body: bytes = attrs.field(repr=False)


@quick
@attrs.frozen(weakref_slot=False)
class Event:
    """An event as stored; ``position`` counts from 1 without gaps within its space."""

    position: int
    stream: str
    type: str
    body: bytes = attrs.field(repr=False)


@attrs.frozen
class Query:
    """Records of a kind in the order of one index.

    ``eq`` fixes the index's first columns; ``lo`` (included) and ``hi`` (excluded) bound the column after those.
    ``after`` is the (columns of the index …, id) of the last record already seen. At most ``limit`` records come back.
    """

    kind: str
    index: str
    eq: tuple[Scalar, ...] = attrs.field(default=(), repr=False)
    lo: Scalar | None = attrs.field(default=None, repr=False)
    hi: Scalar | None = attrs.field(default=None, repr=False)
    after: tuple[Scalar, ...] | None = attrs.field(default=None, repr=False)
    limit: int = 100
    desc: bool = False
    claim: bool = False


class UnitOfWork(Protocol):
    """One transaction in one space. It commits when its context ends well and rolls back when it does not."""

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids, ordered by id; absent ones are left out."""
        ...

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Apply a batch: deletes, then updates, then inserts.

        :raises Conflict: a record does not have the expected version; the unit cannot go on.
        :raises UniqueViolation: a unique index already holds a key; the unit cannot go on.
        """
        ...

    def query(self, query: Query) -> list[Record]:
        """The records the query describes, ordered by (columns of the index, id)."""
        ...

    def append(self, events: Sequence[NewEvent]) -> None:
        """Add events to the log, in this order; they get their positions by the time the unit commits."""
        ...

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """Events with a position greater than ``after``, ascending, at most ``limit``; of one stream if named."""
        ...


@runtime_checkable
class HoldingUnit(UnitOfWork, Protocol):
    """A unit of a store with the capability ``hold``."""

    def hold(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """Like ``get``; others who want to hold or change these records wait until this unit ends.

        A hint for records that many change, such as counters: without it they would fail and begin again. Correctness
        rests on versions. Records that are not there cannot be held.

        :raises Transient: others have changed them since the moment that this unit's transaction sees.
        """
        ...


@runtime_checkable
class ListingUnit(UnitOfWork, Protocol):
    """A unit that can answer a query with ids alone. Any may; ``listed`` asks those that cannot for the records."""

    def ids(self, query: Query) -> list[str]:
        """The ids of what ``query`` gives, in the same order: an index holds them, so no record need be read."""
        ...


def listed(uow: UnitOfWork) -> Callable[[Query], list[str]]:
    """How to ask a unit for ids: in its own way, if it has one."""
    return uow.ids if isinstance(uow, ListingUnit) else lambda query: [record.id for record in uow.query(query)]


class Store(Protocol):
    """An open storage. ``capabilities`` is a subset of ``CAPABILITIES``."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What this backend can do beyond the rules above."""
        ...

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Make room for these kinds; adds columns and indexes to what exists, and may be called again."""
        ...

    def begin(self, space: str = "") -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work in a space."""
        ...

    def join(self, host_transaction: object, space: str = "") -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work inside a transaction of the host's, which alone commits, rolls back and closes it."""
        ...

    def close(self) -> None:
        """Release what is held; closing twice is harmless."""
        ...


@runtime_checkable
class ReadingStore(Store, Protocol):
    """A store with the capability ``read``: it has units that only read, beside whoever writes."""

    def read(self, space: str = "") -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work that sees the space as it was at one moment. Its writes and appends are refused."""
        ...


@runtime_checkable
class ScrubbingStore(Store, Protocol):
    """A store with the capability ``scrub``."""

    def scrub(self) -> None:
        """Overwrite, in whatever the store keeps its data, all that is left of what was deleted or changed before.

        When it returns, none of that stands in any file of the store; what is stored is as it was. It may take as long
        as writing everything anew.

        :raises Transient: others used the store all the time; it may be tried again.
        """
        ...


@runtime_checkable
class HostStore(Store, Protocol):
    """A store that can tell when a host's transaction has committed."""

    def on_commit(self, host_transaction: object) -> Callable[[Callable[[], None]], object] | None:
        """A function that runs what it is given after that commit, and never after a rollback; None: it cannot tell."""
        ...


@attrs.frozen
class StoreBackend:
    """A kind of storage a plugin offers: the URL schemes it serves, how to open one, and what it can do."""

    schemes: tuple[str, ...]
    open: Callable[[str], Store]
    capabilities: frozenset[str] = frozenset()
