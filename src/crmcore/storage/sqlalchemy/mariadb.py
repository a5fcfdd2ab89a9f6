"""Units of work on MariaDB: an error takes back its statement only, so what went wrong can be looked up after it."""

from crmcore.storage.sqlalchemy.errnos import violated
from crmcore.storage.sqlalchemy.unit import SqlUnit


class MariaUnit(SqlUnit):
    """A unit of work on MariaDB."""

    def _violated(self, error: BaseException) -> str | None:
        return violated(error)

    def _reserved(self, count: int) -> int:
        self._run(self._log.reserve, (self._space, count, count))
        return (self._cursor.lastrowid or 0) - count
