"""Proving that what is stored is what the history says: every history replayed, every derived value compared."""

from collections.abc import Callable, Iterator

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
    "newer": Label("events of a newer version cannot be judged by this one", "含有更新版本的事件,当前版本无法核对"),
    "events": Label("the log holds events of customers that are not on record", "事件日志中有无对应客户的记录"),
}


@frozen
class Problem:
    """Something that does not add up: at which customer, and what."""

    customer: str
    code: str

    def message(self, lang: Language = "en") -> str:
        """The problem in words."""
        return f"{self.customer}: {WHAT[self.code].text(lang)}"


def problems(session: Session, progress: Callable[[int], None] | None = None) -> Iterator[Problem]:
    """Everything that does not add up in a space; ``progress`` is told the number of customers done."""
    done = counted = 0
    query = Query("customer", "by_number", limit=PAGE)
    for page in session.records.customers.pages(session.uow, query):
        for loaded in page:
            code = _fault(session, loaded.entity)
            if code is not None:
                yield Problem(loaded.entity.id, code)
            counted += loaded.entity.version
        done += len(page)
        if progress is not None:
            progress(done)
    if _events_in_log(session, counted) != counted:
        yield Problem("*", "events")


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


def _events_in_log(session: Session, expected: int) -> int:
    """How many events the log holds, as far as it is worth knowing: all that are expected, and one more if there is."""
    beyond = session.uow.read_events(expected, 1)
    upto = session.uow.read_events(expected - 1, 1) if expected else []
    return expected + 1 if beyond else expected if upto or not expected else expected - 1
