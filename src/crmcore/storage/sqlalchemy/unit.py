"""What a unit of work does to records on every database; how it asks and ends stands beside it."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NoReturn

from crmcore.errors import Conflict, CrmError, Transient
from crmcore.storage.interface import Guard, Write
from crmcore.storage.sqlalchemy.plans import Plan
from crmcore.storage.sqlalchemy.reading import OpenUnit, parts


class SqlUnit(OpenUnit):
    """What a unit of work can do. After a failed write it refuses to go on, with the error of that write."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Apply a batch: deletes, then updates, then inserts.

        :raises Conflict: a record does not have the expected version; the unit cannot go on.
        :raises UniqueViolation: a unique index already holds a key; the unit cannot go on.
        """
        self._ready(writes=True)
        try:
            self._write(writes)
        except self._errors as error:
            self._fail(error)
        except CrmError as error:
            self._stop = error
            raise
        except BaseException:
            self._stop = "a write was cut short"
            raise

    def _write(self, writes: Sequence[Write | Guard]) -> None:
        deletes: list[Write] = []
        updates: list[Write] = []
        inserts: list[Write] = []
        for write in writes:
            if isinstance(write, Guard):
                if not self._guarded(write):
                    raise self._stale(writes)
            elif write.body is None:
                deletes.append(write)
            elif write.expected:
                updates.append(write)
            else:
                inserts.append(write)
        self._apply(deletes, updates, inserts)

    def _apply(self, deletes: list[Write], updates: list[Write], inserts: list[Write]) -> None:
        """Apply changes in this order."""
        self._change([*deletes, *updates], inserts)
        self._insert(inserts)

    def _change(self, changes: Sequence[Write], later: Sequence[Write]) -> None:
        """Delete and update one by one: then it is known which one did not find its version."""
        for done, write in enumerate(changes):
            plan = self._known(write.kind)
            key = (self._space, plan.one_id(write.id), write.expected)
            try:
                if write.body is None:
                    changed = self._run(plan.delete, key)
                else:
                    changed = self._run(plan.update, (*plan.values(write), *key))
            except self._errors as error:
                self._clash(error, plan, [*changes[done:], *later])
            if changed != 1:
                raise self._stale([*changes[done:], *later])

    def _insert(self, inserts: Sequence[Write], later: Sequence[Write] = ()) -> None:
        """Insert in order, several rows in one statement as long as the kind stays the same."""
        done = 0
        for kind, group in groupby(inserts, attrgetter("kind")):
            plan = self._known(kind)
            rows = ((self._space, plan.one_id(write.id), *plan.values(write)) for write in group)
            for part in parts(rows, body_size):
                try:
                    inserted = self._run(plan.insert(len(part)), [value for row in part for value in row])
                except self._errors as error:
                    self._clash(error, plan, [*inserts[done:], *later])
                if inserted != len(part):
                    raise self._stale([*inserts[done:], *later])
                done += len(part)

    def _clash(self, error: BaseException, plan: Plan, unapplied: Sequence[Write]) -> NoReturn:
        """A stale version explains a clash better than the index that it hit, and can be cured by trying again."""
        found = self._violated(error)
        if found is None:
            raise error
        stale = self._stale_keys(unapplied)
        if stale:
            raise Conflict(stale) from None
        raise plan.violation(found) or self._transaction.failed(error) from None

    def _violated(self, error: BaseException) -> str | None:
        """The unique index that a database names in an error; None if it is another error."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------------------------- versions

    def _guarded(self, guard: Guard) -> bool:
        """Whether a guard finds what it expects, and from now on until the end."""
        plan = self._known(guard.kind)
        key = (self._space, plan.one_id(guard.id))
        if guard.version:
            return [(guard.version,)] == [tuple(row) for row in self._rows(plan.share, key)]
        return self._is_absent(plan, key)

    def _is_absent(self, plan: Plan, key: tuple[str, str]) -> bool:
        """Whether there is no such record; then nobody else can insert it until the transaction ends."""
        try:
            if self._run(plan.absent, (*key, b"")) != 1:
                return False
        except self._errors as error:
            if self._violated(error) is None:
                raise
            return False
        self._run(plan.delete, (*key, 1))
        return True

    def _stale(self, unapplied: Sequence[Write | Guard]) -> CrmError:
        """Why a change did not find its version: the keys at fault, unless all has become as expected meanwhile."""
        stale = self._stale_keys(unapplied)
        return Conflict(stale) if stale else Transient("a record was changed to and fro meanwhile")

    def _stale_keys(self, unapplied: Sequence[Write | Guard]) -> list[tuple[str, str]]:
        """The keys whose stored version is not the expected one, in order."""
        wanted: dict[str, list[str]] = {}
        for write in unapplied:
            wanted.setdefault(write.kind, []).append(write.id)
        stored = {
            (kind, id): version
            for kind, ids in wanted.items()
            for statement in self._known(kind).versions(self._space, ids)
            for id, version in self._rows(*statement)
        }
        return sorted((write.kind, write.id) for write in unapplied if not _is_current(write, stored))


def body_size(row: Sequence[Any]) -> int:
    """The bytes of the body in a row of (space, id, body, columns …)."""
    return len(row[2])


def _is_current(write: Write | Guard, stored: Mapping[tuple[str, str], int]) -> bool:
    version = stored.get((write.kind, write.id), 0)
    if isinstance(write, Guard):
        return version == write.version
    return version == write.expected and not (version == 0 and write.body is None)
