"""Playing schedules on CRMs, and everything that two of them can be told apart by."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from attrs import frozen

from crmcore.app.crm import CRM
from crmcore.app.outcome import Denied, Outcome, Request
from crmcore.errors import NotFound
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.kernel.refusals import Refusals
from crmcore.testing.schedules import STAFF, START, Act, Look, Step, resolve, time_of

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


def timeline(crm: CRM, steps: Iterable[Step], start: datetime = START) -> Iterator[Request | Looked]:
    """Each step at its instant. A request is to be answered by the same CRM before the next step is asked for."""
    now = start
    for step in steps:
        if isinstance(step, Act):
            request = resolve(crm, step, now)
            now = instant_of(request)
            yield request
        else:
            now = time_of(crm, step.wait, now)
            yield Looked(step, now)


def instant_of(moment: Request | Looked) -> datetime:
    """When a moment of a timeline is."""
    at = moment.at
    if at is None:
        msg = "a request of a schedule says when it is made"
        raise ValueError(msg)
    return at


def answered(crm: CRM, request: Request) -> Played:
    """The request with its answer."""
    return Played(request, crm.answer(request.command, actor=request.actor, at=request.at))


def play(crm: CRM, steps: Iterable[Step], start: datetime = START) -> Iterator[Played]:
    """Play a schedule without its looks."""
    for moment in timeline(crm, steps, start):
        if isinstance(moment, Request):
            yield answered(crm, moment)


def histories_of(crm: CRM, ids: Iterable[str], at: datetime) -> dict[str, tuple[Envelope, ...]]:
    """The history of each of these customers that is on record, up to an instant."""
    found = {}
    for id in ids:
        try:
            found[id] = crm.history(id, at=at)
        except NotFound:
            continue
    return found


def seen(
    crm: CRM, at: datetime, staff: Iterable[Actor] = STAFF, of: Collection[str] | None = None
) -> dict[str, object]:
    """All that can be asked of a CRM, by the name of the question; the order of all events among it.

    :param of: whose histories; everybody's unless told.
    """
    everybody = crm.customers.all(at=at, merged=True)
    ids = [customer.id for customer in everybody if of is None or customer.id in of]
    return {
        "customers": everybody,
        "histories": histories_of(crm, ids, at),
        "pool": crm.customers.in_pool(at=at),
        "held": {actor.id: crm.customers.held_by(actor.id, at=at) for actor in staff},
        "agendas": {actor.id: crm.agenda(actor, at=at) for actor in staff},
        "events": list(crm.events()),
        "problems": list(crm.verify()),
    }
