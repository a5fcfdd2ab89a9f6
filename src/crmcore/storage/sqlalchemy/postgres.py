"""Units of work on PostgreSQL: many rows in one statement, and no error where one can be avoided.

After an error PostgreSQL does nothing more in a transaction, not even say which version a record has. So what is stale
is found by counting rows. A unique index alone refuses by an error: where a batch could meet it and something else, it
runs under a savepoint, and after an error once more, in order and one by one.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final, NoReturn

from crmcore.errors import Conflict
from crmcore.storage.interface import NewEvent, Write
from crmcore.storage.sqlalchemy.plans import Plan
from crmcore.storage.sqlalchemy.sqlstates import violated
from crmcore.storage.sqlalchemy.unit import SqlUnit

#: From so many changes on, arrays are faster than one statement each.
MANY: Final = 8

BEFORE: Final = "SAVEPOINT crm_batch"
BACK: Final = "ROLLBACK TO SAVEPOINT crm_batch"
KEPT: Final = "RELEASE SAVEPOINT crm_batch"


class PostgresUnit(SqlUnit):
    """A unit of work on PostgreSQL."""

    def _violated(self, error: BaseException) -> str | None:
        return violated(error)

    def _store(self, events: Sequence[NewEvent]) -> None:
        space, count = self._space, len(events)
        streams, types = [event.stream for event in events], [event.type for event in events]
        bodies = [event.body for event in events]
        self._run(self._log.append_arrays, (space, count, space, count, streams, types, bodies))

    def _clash(self, error: BaseException, plan: Plan, unapplied: Sequence[Write]) -> NoReturn:  # noqa: ARG002
        """What is applied one by one is known not to be stale when a unique index refuses it."""
        found = self._violated(error)
        if found is None:
            raise error
        raise plan.violation(found) or self._transaction.failed(error) from None

    def _apply(self, deletes: list[Write], updates: list[Write], inserts: list[Write]) -> None:
        risky = [write for write in (*updates, *inserts) if self._known(write.kind).unique]
        if len(risky) > 1 or len(deletes) + len(updates) + len(inserts) >= MANY:
            self._apply_at_once(deletes, updates, inserts)
            return
        # What no unique index can refuse goes first: then one that is refused is all that is left to be at fault.
        safe = [write for write in inserts if write not in risky]
        self._change([*deletes, *(write for write in updates if write not in risky)], [*safe, *risky])
        self._insert(safe, risky)
        if risky and risky[0].expected:
            self._change(risky, ())
        else:
            self._insert(risky)

    def _apply_at_once(self, deletes: list[Write], updates: list[Write], inserts: list[Write]) -> None:
        """Apply changes in arrays; if that does not work out, find out why as of before, or apply them in order."""
        self._run(BEFORE, ())
        try:
            is_done = self._in_arrays(deletes, updates, inserts)
        except self._errors as error:
            if self._violated(error) is None:
                raise
            is_done = False
        if not is_done:
            self._run(BACK, ())
            stale = self._stale_keys([*deletes, *updates, *inserts])
            if stale:
                raise Conflict(stale)
            super()._apply(deletes, updates, inserts)
        self._run(KEPT, ())

    def _in_arrays(self, deletes: list[Write], updates: list[Write], inserts: list[Write]) -> bool:
        """Whether every change found its version."""
        return (
            all(self._delete_all(plan, writes) for plan, writes in self._by_kind(deletes))
            and all(self._update_all(plan, writes) for plan, writes in self._by_kind(updates))
            and all(self._insert_all(plan, writes) for plan, writes in self._by_kind(inserts))
        )

    def _by_kind(self, writes: Sequence[Write]) -> Iterable[tuple[Plan, list[Write]]]:
        """The changes of each kind, in the order of ids: so two batches lock the same records in the same order."""
        groups: dict[str, list[Write]] = {}
        for write in writes:
            groups.setdefault(write.kind, []).append(write)
        return [(self._known(kind), sorted(groups[kind], key=attrgetter("id"))) for kind in sorted(groups)]

    def _delete_all(self, plan: Plan, writes: list[Write]) -> bool:
        ids, expected = [plan.one_id(write.id) for write in writes], [write.expected for write in writes]
        return len(writes) == self._run(plan.arrays.delete, (ids, expected, self._space, ids))

    def _update_all(self, plan: Plan, writes: list[Write]) -> bool:
        ids, expected = [plan.one_id(write.id) for write in writes], [write.expected for write in writes]
        values = _columns([plan.values(write) for write in writes])
        return len(writes) == self._run(plan.arrays.update, (ids, expected, *values, self._space, ids))

    def _insert_all(self, plan: Plan, writes: list[Write]) -> bool:
        ids = [plan.one_id(write.id) for write in writes]
        values = _columns([plan.values(write) for write in writes])
        return len(writes) == self._run(plan.arrays.insert, (self._space, ids, *values))


def _columns(rows: list[list[object]]) -> list[list[object]]:
    """Rows turned on their side."""
    return [list(column) for column in zip(*rows, strict=True)]
