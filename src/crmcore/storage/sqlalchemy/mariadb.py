"""Units of work on MariaDB: an error takes back its statement only, so what went wrong can be looked up after it."""

from collections.abc import Sequence

from crmcore.errors import Transient
from crmcore.storage.interface import Query, Record
from crmcore.storage.sqlalchemy.errnos import CODES, violated
from crmcore.storage.sqlalchemy.unit import SqlUnit

#: What a newer MariaDB says by itself (innodb_snapshot_isolation).
_CHANGED = 1020


class MariaUnit(SqlUnit):
    """A unit of work on MariaDB."""

    def hold(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """Like ``get``; others who want to hold or change these records wait until this unit ends.

        :raises Transient: others have changed them since the moment that the transaction sees.
        """
        return self._of_one_moment(kind, super().hold(kind, ids), ids)

    def query(self, query: Query) -> list[Record]:
        """The records the query describes, ordered by (columns of the index, id).

        :raises Transient: others have changed some that are claimed since the moment that the transaction sees.
        """
        found = super().query(query)
        return self._of_one_moment(query.kind, found, [record.id for record in found]) if query.claim else found

    def _of_one_moment(self, kind: str, locked: list[Record], ids: Sequence[str]) -> list[Record]:
        """What was locked.

        A locking read sees the latest version, any other the moment at which the transaction first read. Where these
        differ, whatever is counted next would be older than the record that is stored because of it.
        """
        if self._reads_latest or self._reads_only or _versions(locked) == _versions(self.get(kind, ids)):
            return locked
        self._stop = Transient(CODES.transient[_CHANGED])
        raise self._stop

    def _violated(self, error: BaseException) -> str | None:
        return violated(error)

    def _reserved(self, count: int) -> int:
        self._run(self._log.reserve, (self._space, count, count))
        return (self._cursor.lastrowid or 0) - count


def _versions(records: Sequence[Record]) -> dict[str, int]:
    return {record.id: record.version for record in records}
