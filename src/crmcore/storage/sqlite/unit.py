"""A unit of work on a SQLite connection, whoever owns the transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import groupby, starmap
from operator import attrgetter
from typing import Any, NoReturn

from crmcore.errors import Conflict, CrmError, Unavailable, UnknownName
from crmcore.storage.interface import Event, Guard, NewEvent, Query, Record, Write
from crmcore.storage.sqlite.errors import DRIVER_ERRORS, translated
from crmcore.storage.sqlite.plans import APPEND, LAST_POSITION, LENGTHS, READ_ALL, READ_STREAM, Plan


class SqliteUnit:
    """What a unit of work can do. After a failed write it refuses to go on, with the error of that write."""

    def __init__(self, plans: Mapping[str, Plan], space: str, where: str) -> None:
        self._plans = plans
        self._space = space
        self._where = where
        self._position: int | None = None
        # Why the unit refuses to go on: the error that made it fail, or where it stands.
        self._stop: CrmError | str | None = "the unit of work has not begun"
        self._cursor: sqlite3.Cursor

    def _start(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self._stop = None

    def _end(self) -> CrmError | None:
        """Refuse further use; the error that made the unit fail, if one did."""
        failure, self._stop = self._stop, "the unit of work has ended"
        return None if failure is None else self._stopped_by(failure)

    def _stopped_by(self, stop: CrmError | str) -> CrmError:
        return Unavailable(self._where, stop) if isinstance(stop, str) else stop

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids, ordered by id; absent ones are left out."""
        if self._stop is not None:
            raise self._stopped_by(self._stop)
        plan = self._known(kind)
        try:
            if len(ids) == 1:
                rows = self._cursor.execute(plan.get_one, (self._space, ids[0])).fetchall()
            else:
                rows = self._rows_of_many(plan, sorted(set(ids)))
        except DRIVER_ERRORS as error:
            self._fail(error)
        return plan.records(rows)

    def _rows_of_many(self, plan: Plan, ids: list[str]) -> list[Sequence[object]]:
        rows: list[Sequence[object]] = []
        longest = LENGTHS[-1]
        for first in range(0, len(ids), longest):
            part = ids[first : first + longest]
            length = next(length for length in LENGTHS if length >= len(part))
            part += part[-1:] * (length - len(part))
            rows += self._cursor.execute(plan.get_many[length], (self._space, *part)).fetchall()
        return rows

    def query(self, query: Query) -> list[Record]:
        """The records the query describes, ordered by (columns of the index, id)."""
        rows = self._rows(query, ids=False)
        return self._known(query.kind).records(rows)

    def ids(self, query: Query) -> list[str]:
        """The ids of what ``query`` gives, in the same order, from the index alone."""
        return [id for (id,) in self._rows(query, ids=True)]

    def _rows(self, query: Query, *, ids: bool) -> list[Any]:
        if self._stop is not None:
            raise self._stopped_by(self._stop)
        statement = self._known(query.kind).query(query, self._space, ids=ids)
        if statement is None:
            return []
        try:
            return self._cursor.execute(*statement).fetchall()
        except DRIVER_ERRORS as error:
            self._fail(error)

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Apply a batch: deletes, then updates, then inserts.

        :raises Conflict: a record does not have the expected version; the unit cannot go on.
        :raises UniqueViolation: a unique index already holds a key; the unit cannot go on.
        """
        if self._stop is not None:
            raise self._stopped_by(self._stop)
        try:
            self._write(writes)
        except DRIVER_ERRORS as error:
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
                if not self._is_current(write):
                    raise Conflict(self._stale(writes))
            elif write.body is None:
                deletes.append(write)
            elif write.expected:
                updates.append(write)
            else:
                inserts.append(write)
        if deletes or updates:
            self._change([*deletes, *updates], inserts)
        if len(inserts) == 1:
            self._insert_one(inserts)
        elif inserts:
            self._insert(inserts)

    def _change(self, changes: Sequence[Write], inserts: Sequence[Write]) -> None:
        """Delete and update one by one: then it is known which one did not find its version."""
        cursor, space = self._cursor, self._space
        for done, write in enumerate(changes):
            plan = self._known(write.kind)
            try:
                if write.body is None:
                    cursor.execute(plan.delete, (space, write.id, write.expected))
                else:
                    values = (write.body, *plan.values(write), space, write.id, write.expected)
                    cursor.execute(plan.update, values)
            except sqlite3.IntegrityError as error:
                self._clash(error, plan, [*changes[done:], *inserts])
            if cursor.rowcount != 1:
                raise Conflict(self._stale([*changes[done:], *inserts]))

    def _insert_one(self, inserts: Sequence[Write]) -> None:
        """The most frequent batch, without the cost of grouping."""
        [write] = inserts
        plan = self._known(write.kind)
        try:
            self._cursor.execute(plan.insert, (self._space, write.id, write.body, *plan.values(write)))
        except sqlite3.IntegrityError as error:
            self._clash(error, plan, inserts)

    def _insert(self, inserts: Sequence[Write]) -> None:
        """Insert in order, at one go as long as the kind stays the same."""
        done = 0
        for kind, group in groupby(inserts, attrgetter("kind")):
            plan = self._known(kind)
            rows = [(self._space, write.id, write.body, *plan.values(write)) for write in group]
            waiting = iter(rows)
            try:
                self._cursor.executemany(plan.insert, waiting)
            except sqlite3.IntegrityError as error:
                # The driver takes rows one by one: what it has not taken yet comes after the one that failed.
                failed = done + len(rows) - len(list(waiting)) - 1
                self._clash(error, plan, inserts[failed:])
            done += len(rows)

    def _clash(self, error: sqlite3.IntegrityError, plan: Plan, unapplied: Sequence[Write]) -> NoReturn:
        """A stale version explains a clash better than the index that it hit, and can be cured by trying again."""
        stale = self._stale(unapplied)
        if stale:
            raise Conflict(stale) from error
        raise plan.violation(error) or translated(error, self._where) from error

    def _stale(self, unapplied: Sequence[Write | Guard]) -> list[tuple[str, str]]:
        """The keys whose stored version is not the expected one, in order."""
        return sorted((write.kind, write.id) for write in unapplied if not self._is_current(write))

    def _is_current(self, write: Write | Guard) -> bool:
        row = self._cursor.execute(self._known(write.kind).get_version, (self._space, write.id)).fetchone()
        stored = 0 if row is None else row[0]
        if isinstance(write, Guard):
            return bool(stored == write.version)
        return bool(stored == write.expected) and not (stored == 0 and write.body is None)

    def append(self, events: Sequence[NewEvent]) -> None:
        """Add events to the log, in this order."""
        if self._stop is not None:
            raise self._stopped_by(self._stop)
        space = self._space
        try:
            last = self._last_position()
            rows = [
                (space, position, event.stream, event.type, event.body)
                for position, event in enumerate(events, last + 1)
            ]
            self._cursor.executemany(APPEND, rows)
        except DRIVER_ERRORS as error:
            self._fail(error)
        self._position = last + len(rows)

    def _last_position(self) -> int:
        """Read once a unit: no other writer can append while this one lasts."""
        if self._position is not None:
            return self._position
        last: int | None = self._cursor.execute(LAST_POSITION, (self._space,)).fetchone()[0]
        return last or 0

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """Events with a position greater than ``after``, ascending, at most ``limit``; of one stream if named."""
        if self._stop is not None:
            raise self._stopped_by(self._stop)
        limit = max(limit, 0)
        try:
            if stream is None:
                rows = self._cursor.execute(READ_ALL, (self._space, after, limit)).fetchall()
            else:
                rows = self._cursor.execute(READ_STREAM, (self._space, stream, after, limit)).fetchall()
        except DRIVER_ERRORS as error:
            self._fail(error)
        return list(starmap(Event, rows))

    def _known(self, kind: str) -> Plan:
        plan = self._plans.get(kind)
        if plan is None:
            raise UnknownName("kind", kind, sorted(self._plans))
        return plan

    def _fail(self, error: Exception) -> NoReturn:
        """Raise what the driver's error means; the unit cannot go on."""
        failure = self._stop = translated(error, self._where)
        raise failure from error
