"""The life of a unit of work on a driver's cursor, whoever owns the transaction: its end, its questions, its events."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import starmap
from types import TracebackType
from typing import Any, NoReturn, Protocol, Self, TypeVar

import attrs

from crmcore.errors import CrmError, Unavailable, UnknownName
from crmcore.storage.interface import Event, NewEvent, Query, Record
from crmcore.storage.sqlalchemy.drivers import Cursor, Driver, Style
from crmcore.storage.sqlalchemy.log import LogPlan
from crmcore.storage.sqlalchemy.plans import Plan, Statement
from crmcore.storage.sqlalchemy.values import Checks, whole

T = TypeVar("T")

#: Rows that one INSERT takes, and the bytes of their bodies after which it takes no more.
MOST_ROWS = 50
MOST_BYTES = 1_000_000


@attrs.frozen
class Texts:
    """All statements in one driver's style."""

    plans: Mapping[str, Plan]
    log: LogPlan


class Transaction(Protocol):
    """Where a unit of work runs."""

    def begin(self) -> tuple[Cursor, Driver]:
        """Start, and give what to run statements with.

        :raises CrmError: what kept it from starting.
        """
        ...

    def failed(self, error: BaseException) -> CrmError:
        """What an error of the driver's means; to be told of every one."""
        ...

    def end(self, *, is_good: bool) -> None:
        """Keep or take back what was done.

        :raises CrmError: that was not possible.
        """
        ...


class OpenUnit:
    """A unit of work from its start to its end, as far as it reads and appends.

    Events wait until the end, or until they are asked for: so all units lock records first, and the position last.
    """

    def __init__(
        self,
        texts: Callable[[Style], Texts],
        checks: Checks,
        space: str,
        where: str,
        transaction: Transaction,
        *,
        reads_only: bool = False,
        reads_latest: bool = False,
    ) -> None:
        self._texts = texts
        self._checks = checks
        self._space = space
        self._where = where
        self._transaction = transaction
        self._reads_only = reads_only
        # Each statement sees what others have committed by then; else it may see an earlier moment.
        self._reads_latest = reads_latest
        # Why the unit refuses to go on: the error that made it fail, or where it stands.
        self._stop: CrmError | str | None = "the unit of work has not begun"
        self._pending: list[NewEvent] = []

    # ------------------------------------------------------------------------------------------ from start to end

    def __enter__(self) -> Self:
        self._space = self._checks.space(self._space, "space")
        self._cursor, driver = self._transaction.begin()
        self._errors = driver.errors
        texts = self._texts(driver.style)
        self._plans, self._log = texts.plans, texts.log
        self._stop = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        is_good = False
        try:
            if error is None and self._stop is None:
                self._flush()
                is_good = True
        finally:
            failure, self._stop = self._stop, "the unit of work has ended"
            self._transaction.end(is_good=is_good)
        if error is None and failure is not None:
            raise self._stopped_by(failure)

    def _stopped_by(self, stop: CrmError | str) -> CrmError:
        return Unavailable(self._where, stop) if isinstance(stop, str) else stop

    def _ready(self, *, writes: bool = False) -> None:
        if self._stop is not None:
            raise self._stopped_by(self._stop)
        if writes and self._reads_only:
            raise Unavailable(self._where, "the unit of work only reads")

    def _fail(self, error: BaseException) -> NoReturn:
        """Raise what the driver's error means, but not the driver's words; the unit cannot go on."""
        failure = self._stop = self._transaction.failed(error)
        raise failure from None

    def _known(self, kind: str) -> Plan:
        plan = self._plans.get(kind)
        if plan is None:
            raise UnknownName("kind", kind, sorted(self._plans))
        return plan

    def _run(self, text: str, values: Sequence[object]) -> int:
        """Run a statement that changes something; how many rows it changed."""
        self._cursor.execute(text, values)
        return self._cursor.rowcount

    def _rows(self, text: str, values: Sequence[object]) -> list[Any]:
        self._cursor.execute(text, values)
        return self._cursor.fetchall()

    # ------------------------------------------------------------------------------------------------- reading

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids, ordered by id; absent ones are left out."""
        self._ready()
        plan = self._known(kind)
        try:
            if len(ids) == 1:
                rows = self._rows(plan.get_one, (self._space, plan.one_id(ids[0])))
            else:
                rows = [row for statement in plan.get_many(self._space, ids) for row in self._rows(*statement)]
        except self._errors as error:
            self._fail(error)
        return plan.records(rows)

    def hold(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """Like ``get``; others who want to hold or change these records wait until this unit ends."""
        self._ready()
        plan = self._known(kind)
        text = plan.get_one if self._reads_only else plan.hold
        try:
            rows = [row for id in sorted(set(ids)) for row in self._rows(text, (self._space, plan.one_id(id)))]
        except self._errors as error:
            self._fail(error)
        return plan.records(rows)

    def query(self, query: Query) -> list[Record]:
        """The records the query describes, ordered by (columns of the index, id)."""
        self._ready()
        plan = self._known(query.kind)
        may_lock = not self._reads_only and bool(plan.words.claim)
        records = plan.records(self._answers(plan.query(query, self._space, may_lock=may_lock)))
        return plan.in_order(records, query) if may_lock and query.claim else records

    def ids(self, query: Query) -> list[str]:
        """The ids of what ``query`` gives, in the same order; nothing is claimed."""
        self._ready()
        statement = self._known(query.kind).query(query, self._space, may_lock=False, ids=True)
        return [id for (id,) in self._answers(statement)]

    def _answers(self, statement: Statement | None) -> list[Any]:
        if statement is None:
            return []
        try:
            return self._rows(*statement)
        except self._errors as error:
            self._fail(error)

    def read_events(self, after: int, limit: int, stream: str | None = None) -> list[Event]:
        """Events with a position greater than ``after``, ascending, at most ``limit``; of one stream if named."""
        self._ready()
        limit = max(limit, 0)
        self._flush()
        try:
            if stream is None:
                rows = self._rows(self._log.read_all, (self._space, after, limit))
            else:
                rows = self._rows(self._log.read_stream, (self._space, self._checks.id(stream, "stream"), after, limit))
        except self._errors as error:
            self._fail(error)
        if self._log.views:
            rows = [(*row[:3], bytes(row[3])) for row in rows]
        return list(starmap(Event, rows))

    # ------------------------------------------------------------------------------------------------- events

    def append(self, events: Sequence[NewEvent]) -> None:
        """Add events to the log, in this order."""
        self._ready(writes=True)
        checks = self._checks
        self._pending += [
            NewEvent(
                checks.id(event.stream, "event.stream"),
                checks.event_type(event.type, "event.type"),
                whole(event.body, "event.body"),
            )
            for event in events
        ]

    def _flush(self) -> None:
        """Number and store the events that wait."""
        if not self._pending:
            return
        events, self._pending = self._pending, []
        try:
            self._store(events)
        except self._errors as error:
            self._fail(error)
        except BaseException:
            self._stop = "storing events was cut short"
            raise

    def _store(self, events: Sequence[NewEvent]) -> None:
        """Store events behind the last one of the space."""
        place = self._reserved(len(events))
        for part in parts(events, lambda event: len(event.body)):
            values: list[object] = []
            for event in part:
                place += 1
                values += (self._space, place, event.stream, event.type, event.body)
            self._run(self._log.append(len(part)), values)

    def _reserved(self, count: int) -> int:
        """The last position before so many that are now this unit's."""
        raise NotImplementedError


def parts(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """The items in order, some at a time: not too many, and not too large together."""
    part: list[T] = []
    bytes_ = 0
    for item in items:
        part.append(item)
        bytes_ += size(item)
        if len(part) == MOST_ROWS or bytes_ >= MOST_BYTES:
            yield part
            part, bytes_ = [], 0
    if part:
        yield part
