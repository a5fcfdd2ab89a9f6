"""Proving that what is stored is what the history says: every history replayed, every derived value compared."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from attrs import frozen

from crmcore.app.duplicates import found_as
from crmcore.app.session import Session
from crmcore.app.verify_conflicts import fault_of_conflict
from crmcore.customers.history import replay
from crmcore.customers.stages import NextAction
from crmcore.errors import Unreadable
from crmcore.kernel.events import UnknownEvent
from crmcore.kernel.refusals import Label
from crmcore.storage.interface import Query, Record
from crmcore.storage.match_keys import keys_are_right
from crmcore.wording import Language

PAGE = 500

WHAT = {
    "state": Label("the stored state is not what its history leads to", "存储状态与历史重放结果不一致"),
    "columns": Label("index columns do not match the stored state", "索引列与存储状态不一致"),
    "personal": Label("a personal text is not the one that was recorded", "个人信息与记录时不一致"),
    "actions": Label("records of open actions do not match the stored state", "待办记录与存储状态不一致"),
    "keys": Label("keys of duplicate analysis do not match the stored state", "撞单检索键与存储状态不一致"),
    "unreadable": Label("a record or event cannot be read", "记录或事件无法读取"),
    "newer": Label("events of a newer version cannot be judged by this one", "含有更新版本的事件，当前版本无法核对"),
    "events": Label("the log holds events of a customer that is not on record", "事件日志中有无对应客户的记录"),
    "positions": Label("the log lacks what stood before an event of this one", "事件日志在此记录的某个事件之前有缺失"),
    "scores": Label("a score on record is not the one that was recorded", "评分记录与记录时不一致"),
    "scoring-policy": Label("the policy that gave a score is not on record", "缺少给出评分的策略"),
    "overrides": Label("records of overrides do not match the history", "人工改级记录与历史不一致"),
}


@frozen
class Problem:
    """Something that does not add up: at which customer, or which rating or conflict, and what."""

    customer: str
    code: str

    def message(self, lang: Language = "en") -> str:
        """The problem in words."""
        return f"{self.customer}: {WHAT[self.code].text(lang)}"


def problems(
    reading: Callable[[], AbstractContextManager[Session]], progress: Callable[[int], None] | None = None
) -> Iterator[Problem]:
    """Everything that does not add up in a space; ``progress`` is told the number of customers done.

    Each page is a unit of work of its own, so that checking a large space does not shut others out.
    """
    done, after = 0, None
    while True:
        with reading() as session:
            rows = session.uow.query(Query("customer", "by_number", after=after, limit=PAGE))
            found = [Problem(row.id, code) for row in rows if (code := _fault(session, row))]
        yield from found
        done += len(rows)
        if progress is not None:
            progress(done)
        if len(rows) < PAGE:
            break
        after = (rows[-1].columns["number"] or "", rows[-1].id)
    yield from _beside(reading, "rating", "by_customer", ("customer", "scoring"), _fault_of_rating)
    yield from _beside(reading, "conflict", "by_opening", ("opened_at",), fault_of_conflict)
    yield from _strays(reading)


def _beside(
    reading: Callable[[], AbstractContextManager[Session]],
    kind: str,
    index: str,
    columns: tuple[str, ...],
    fault: Callable[[Session, Record], str | None],
) -> Iterator[Problem]:
    """What does not add up about the records of a kind with histories of their own, in the order of an index."""
    after = None
    while True:
        with reading() as session:
            rows = session.uow.query(Query(kind, index, after=after, limit=PAGE))
            found = [Problem(row.id, code) for row in rows if (code := fault(session, row))]
        yield from found
        if len(rows) < PAGE:
            return
        after = (*(value for name in columns if (value := rows[-1].columns[name]) is not None), rows[-1].id)


def _fault_of_rating(session: Session, row: Record) -> str | None:
    """The same of a rating; a space without any loads nothing of scoring."""
    from crmcore.app.verify_ratings import fault_of_rating  # noqa: PLC0415  (only who scores needs it)

    return fault_of_rating(session, row)


#: Whatever has a history, with a column that it cannot lack: by it all of them have been walked through before.
_WALKED = {"customer": "number", "conflict": "opened_at", "rating": "customer"}


def _strays(reading: Callable[[], AbstractContextManager[Session]]) -> Iterator[Problem]:
    """Streams in the log that belong to nothing on record, or to what no walk came by, each once; gaps in the log."""
    position, told = 0, set[str]()
    while True:
        with reading() as session:
            events = session.uow.read_events(position, PAGE)
            streams = sorted({event.stream for event in events} - told)
            found = _astray(session, streams) if streams else {}
        told.update(found)
        yield from (Problem(stream, code) for stream, code in found.items())
        for event in events:
            if event.position != position + 1:
                yield Problem(event.stream, "positions")
            position = event.position
        if len(events) < PAGE:
            return


def _astray(session: Session, streams: Sequence[str]) -> dict[str, str]:
    """What is wrong with where these streams belong: to nothing, or to a record that no index leads to."""
    rows = [(column, row) for kind, column in _WALKED.items() for row in session.uow.get(kind, streams)]
    walked = {row.id: row.columns[column] is not None for column, row in rows}
    return {stream: "columns" if stream in walked else "events" for stream in streams if not walked.get(stream, False)}


def _fault(session: Session, row: Record) -> str | None:
    """What does not add up about one customer."""
    try:
        return _difference(session, row)
    except Unreadable:
        return "unreadable"


def _difference(session: Session, row: Record) -> str | None:
    records, uow = session.records, session.uow
    loaded = records.customers.get(uow, row.id)
    customer = None if loaded is None else loaded.entity
    history = records.log.history(uow, row.id)
    if any(isinstance(envelope.event, UnknownEvent) for envelope in history):
        return "newer"
    if replay(history) != customer or [envelope.number for envelope in history] != list(range(1, len(history) + 1)):
        return "state"
    if not records.log.intact(uow, row.id):
        return "personal"
    if customer is None or not records.customers.entity.fits(customer, row.columns):
        return "columns"
    planned = sorted(customer.actions, key=_follow_up)
    if planned != sorted(_stored_actions(session, row.id), key=_follow_up):
        return "actions"
    policy = session.rules.matching
    return None if keys_are_right(uow, row.id, found_as(customer, policy), policy) else "keys"


def _stored_actions(session: Session, customer: str) -> list[NextAction]:
    """The open actions of a customer that have records of their own."""
    query = Query("action", "by_customer", (customer,), limit=PAGE)
    pages = session.records.actions.pages(session.uow, query)
    return [loaded.entity.action for page in pages for loaded in page]


def _follow_up(action: NextAction) -> int:
    return action.follow_up
