"""The store: what is asked of it, in terms of transactions on its file."""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import NoReturn

from crmcore.errors import Unavailable, UniqueViolation
from crmcore.storage.interface import Kind, ReadingStore, UnitOfWork
from crmcore.storage.kinds import checked, merged
from crmcore_zodb.database import Database
from crmcore_zodb.errors import translated
from crmcore_zodb.layout import Table
from crmcore_zodb.unit import ZodbUnit

CAPABILITIES = frozenset({"threads", "durable", "read"})


class ZodbStore:
    """Records and events in one file of ZODB. The file belongs to one store at a time."""

    def __init__(self, path: str) -> None:
        self._where = f"zodb:///{path}"
        self._database = Database(path, self._where)

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do beyond the rules of the interface."""
        return CAPABILITIES

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Make room for these kinds; adds columns and indexes to what exists, and may be called again.

        :raises Invalid: a kind is not well formed, or declares a column with another type than before.
        :raises UniqueViolation: what is stored does not fit a new unique index; nothing has changed then.
        """
        with self._database.transaction() as layout, translated(self._where):
            for kind in kinds:
                table: Table | None = layout.tables.get(kind.name)
                shape = merged(None if table is None else table.kind(kind.name), checked(kind))
                if table is None:
                    table = layout.tables[kind.name] = Table()
                misfit = table.shape(shape)
                if misfit is not None:
                    raise UniqueViolation(kind.name, misfit)

    def begin(self, space: str = "") -> AbstractContextManager[ZodbUnit]:
        """Open a unit of work in a space; it waits for those of other threads."""
        return self._unit(space, only_reads=False)

    def read(self, space: str = "") -> AbstractContextManager[ZodbUnit]:
        """Open a unit of work that sees the space as it was at one moment, and waits for nobody."""
        return self._unit(space, only_reads=True)

    @contextmanager
    def _unit(self, space: str, *, only_reads: bool) -> Generator[ZodbUnit]:
        with self._database.transaction(only_reads=only_reads) as layout:
            unit = ZodbUnit(layout, space, self._where, only_reads=only_reads)
            try:
                yield unit
            finally:
                failure = unit.end()
            # Whoever swallowed the error of a write must not commit the rest.
            if failure is not None:
                raise failure

    def join(self, host_transaction: object, space: str = "") -> NoReturn:  # noqa: ARG002
        """Refuse: the file has no room for a transaction of a host's.

        :raises Unavailable: always.
        """
        raise Unavailable(self._where, "it cannot join a transaction of the host's")

    def close(self) -> None:
        """Close the file, once the units that are open have ended; closing twice is harmless."""
        self._database.close()


#: mypy proves here that the classes keep to the interface.
_STORE: type[ReadingStore] = ZodbStore
_UNIT: type[UnitOfWork] = ZodbUnit
