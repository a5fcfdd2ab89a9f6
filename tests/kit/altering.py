"""Units that alter what they hand on: what broken units are made of."""

from collections.abc import Sequence

from crmcore.storage.interface import Guard, Query, Record, Write
from tests.kit.wrapped import WrappedUnit


class Altering(WrappedUnit):
    """A unit that alters writes before it hands them on."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Alter writes, not guards."""
        self.inner.write([self.altered(write) if isinstance(write, Write) else write for write in writes])

    def altered(self, write: Write) -> Write:
        """What is stored instead of a write."""
        raise NotImplementedError


class Asking(WrappedUnit):
    """A unit that alters queries before it hands them on."""

    def query(self, query: Query) -> list[Record]:
        """Alter the query."""
        return self.inner.query(self.asked(query))

    def asked(self, query: Query) -> Query:
        """What is asked instead."""
        raise NotImplementedError
