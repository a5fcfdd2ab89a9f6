"""Playing schedules, and taking a picture of everything a CRM holds."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from attrs import frozen

from crmcore import CRM, Denied, Outcome, Policy
from crmcore.app.outcome import Request
from crmcore.errors import NotFound
from crmcore.kernel.events import Envelope
from crmcore.kernel.refusals import Refusals
from crmcore.storage.memory import MemoryStore
from crmcore.testing.schedules import START, Act, Look, Step, resolve, time_of

Answer = Outcome | Denied


@frozen
class Played:
    """A request as a schedule came to it, and the answer to it."""

    request: Request
    answer: Answer

    @property
    def refusals(self) -> Refusals:
        """Why it was refused; nothing when it passed."""
        return self.answer.refusals if isinstance(self.answer, Denied) else Refusals()


@frozen
class Looked:
    """A look with the instant at which it is taken."""

    look: Look
    at: datetime


def memory(policy: Policy) -> CRM:
    """A CRM in memory; ids are always given, so none is ever made."""
    return CRM.open(policy=policy, new_id=lambda: "made")


def timeline(crm: CRM, steps: Iterable[Step], start: datetime = START) -> Iterator[Request | Looked]:
    """Each step at its instant. A request is to be answered by the same CRM before the next step is asked for."""
    now = start
    for step in steps:
        if isinstance(step, Act):
            request = resolve(crm, step, now)
            assert request.at is not None
            now = request.at
            yield request
        else:
            now = time_of(crm, step.wait, now)
            yield Looked(step, now)


def answered(crm: CRM, request: Request) -> Played:
    """The request with its answer."""
    return Played(request, crm.answer(request.command, actor=request.actor, at=request.at))


def play(crm: CRM, steps: Iterable[Step]) -> Iterator[Played]:
    """Play a schedule without its looks."""
    for moment in timeline(crm, steps):
        if isinstance(moment, Request):
            yield answered(crm, moment)


def replayed(crm: CRM, played: Iterable[Played]) -> Iterator[Played]:
    """Give the same requests to another CRM."""
    return (answered(crm, one.request) for one in played)


def why_not(crm: CRM, request: Request) -> Refusals:
    """Why a request would be refused."""
    return crm.why_not(request.command, actor=request.actor, at=request.at)


def last_instant(played: Sequence[Played]) -> datetime:
    """When the last command was given."""
    at = played[-1].request.at if played else START
    assert at is not None
    return at


def histories(crm: CRM, ids: Iterable[str], at: datetime) -> dict[str, tuple[Envelope, ...]]:
    """The history of each customer on record, up to an instant."""
    found = {}
    for id in ids:
        try:
            found[id] = crm.history(id, at=at)
        except NotFound:
            continue
    return found


def picture(crm: CRM) -> tuple[object, ...]:
    """Everything a store in memory holds, bytes and versions and all."""
    store = crm.store
    assert isinstance(store, MemoryStore)
    records = {key: dict(table.records) for key, table in store._data.tables.items() if table.records}
    events = {space: list(log.all) for space, log in store._data.logs.items() if log.all}
    return records, events


def contents(crm: CRM, *kinds: str) -> dict[str, dict[str, tuple[object, ...]]]:
    """The records of some kinds in memory without their versions, which tell how often somebody wrote them."""
    store = crm.store
    assert isinstance(store, MemoryStore)
    return {
        kind: {record.id: (record.body, record.columns) for record in table.records.values()}
        for (kind, _space), table in store._data.tables.items()
        if kind in kinds and table.records
    }
