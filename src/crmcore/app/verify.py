"""Proving that what is stored is what the history says: every history replayed, every derived value compared."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from attrs import frozen

from crmcore.app.session import Session
from crmcore.customers.entities import Customer
from crmcore.customers.history import replay
from crmcore.customers.stored import action_id
from crmcore.errors import Language, Unreadable
from crmcore.kernel.events import UnknownEvent
from crmcore.kernel.refusals import Label
from crmcore.storage.interface import Query

PAGE = 500

WHAT = {
    "state": Label("the stored state is not what its history leads to", "存储状态与历史重放结果不一致"),
    "columns": Label("index columns do not match the stored state", "索引列与存储状态不一致"),
    "actions": Label("records of open actions do not match the stored state", "待办记录与存储状态不一致"),
    "unreadable": Label("a record or event cannot be read", "记录或事件无法读取"),
    "newer": Label("events of a newer version cannot be judged by this one", "含有更新版本的事件，当前版本无法核对"),
    "events": Label("the log holds events of a customer that is not on record", "事件日志中有无对应客户的记录"),
}


@frozen
class Problem:
    """Something that does not add up: at which customer, and what."""

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
            query = Query("customer", "by_number", after=after, limit=PAGE)
            page = session.records.customers.first_page(session.uow, query)
            found = [Problem(one.entity.id, code) for one in page if (code := _fault(session, one.entity))]
        yield from found
        done += len(page)
        if progress is not None:
            progress(done)
        if len(page) < PAGE:
            break
        after = (page[-1].entity.number, page[-1].entity.id)
    yield from _strays(reading)


def _strays(reading: Callable[[], AbstractContextManager[Session]]) -> Iterator[Problem]:
    """Streams in the log that no customer on record belongs to."""
    position = 0
    while True:
        with reading() as session:
            events = session.uow.read_events(position, PAGE)
            streams = sorted({event.stream for event in events})
            known = {record.id for record in session.uow.get("customer", streams)} if streams else set[str]()
        yield from (Problem(stream, "events") for stream in streams if stream not in known)
        if len(events) < PAGE:
            return
        position = events[-1].position


def _fault(session: Session, customer: Customer) -> str | None:
    records, uow = session.records, session.uow
    try:
        history = records.log.history(uow, customer.id)
    except Unreadable:
        return "unreadable"
    if any(isinstance(envelope.event, UnknownEvent) for envelope in history):
        return "newer"
    if replay(history) != customer or [envelope.number for envelope in history] != list(range(1, len(history) + 1)):
        return "state"
    row = uow.get("customer", (customer.id,))[0]
    if dict(row.columns) != records.customers.entity.columns(customer):
        return "columns"
    ids = [action_id(customer.id, action) for action in customer.actions]
    stored = [loaded.entity.action for loaded in records.actions.get_many(uow, ids)]
    return None if sorted(stored, key=repr) == sorted(customer.actions, key=repr) else "actions"
