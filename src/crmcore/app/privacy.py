"""What the law asks about people's data: for what it may be used, what is held on a person, and its erasure (A-03)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast

from attrs import field, frozen

from crmcore.app.elsewhere import elsewhere
from crmcore.app.outcome import Denied, Outcome
from crmcore.app.session import Session
from crmcore.app.timing import in_time
from crmcore.app.work import Work
from crmcore.customers.commands_file import Erase
from crmcore.customers.entities import Customer
from crmcore.customers.erasing import participants_in, person_in
from crmcore.customers.export import Elsewhere, Held, held_on
from crmcore.customers.facts import Facts
from crmcore.customers.file import Attachment
from crmcore.customers.guards_file import a_person, may_export
from crmcore.customers.persons import PersonAt, not_covered_by, reached_by, same_person, without_purpose
from crmcore.customers.policy import CustomerRules
from crmcore.customers.stages import Merged
from crmcore.customers.stored import LAPSES
from crmcore.errors import Fault, Invalid, NotFound, Refused
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.kernel.times import to_micros
from crmcore.storage.interface import Query, Scalar

PAGE = 500


@frozen
class Erasure:
    """What an erasure led to.

    ``attachments`` are the references that are gone from the record: what they lead to is the host's to delete.
    ``is_scrubbed`` tells whether the storage has been freed of what is left of deleted records; where it is not able
    to, see its manual (docs/how-to/privacy.md).
    """

    outcome: Outcome
    attachments: tuple[Attachment, ...] = field(repr=False)
    is_scrubbed: bool


class Privacy:
    """Questions about people's data, and its erasure; ``at`` is now unless given."""

    def __init__(
        self,
        work: Work,
        now: Callable[[datetime | None], datetime],
        rules: CustomerRules,
        scrub: Callable[[], bool],
    ) -> None:
        self._work = work
        self._now = now
        self._rules = rules
        self._scrub = scrub

    def without_purpose(self, *, at: datetime | None = None, size: int = PAGE) -> Iterator[PersonAt]:
        """The persons whose data may be used for no purpose, at a time that is now or to come.

        Whose data lost its last purpose first comes first. They are found by an index, ``size`` customers in one unit
        of work.

        :raises Invalid: policy names no purposes.
        """
        if not self._rules.privacy.purposes:
            raise Invalid([Fault("customers.privacy.purposes", "empty", "at least one purpose")])
        now = self._now(at)
        after: tuple[Scalar, ...] | None = None
        while True:
            query = Query("customer", LAPSES, hi=to_micros(now) + 1, after=after, limit=size)
            with self._work.reading() as session:
                found = session.uow.query(query)
                loaded = session.records.customers.get_many(session.uow, [row.id for row in found])
                lapsed = {one.entity.id: _lapsed(session, one.entity, now) for one in loaded}
            for row in found:
                yield from lapsed[row.id]
            if len(found) < size:
                return
            after = (found[-1].columns["lapses_at"] or 0, found[-1].id)

    def find(self, *, phone: str | None = None, email: str | None = None) -> tuple[PersonAt, ...]:
        """Everybody who is reached by that phone number or e-mail address, however they are written.

        Neither is an index, so all customers are looked through; it is asked rarely.
        """
        with self._work.reading() as session:
            query = Query("customer", "by_number", limit=PAGE)
            pages = session.records.customers.pages(session.uow, query)
            return tuple(who for page in pages for one in page for who in reached_by(one.entity, phone, email))

    def export(
        self,
        customer_id: str,
        *,
        actor: Actor,
        contact: int | None = None,
        participant: str | None = None,
        at: datetime | None = None,
    ) -> Held:
        """Everything that is held on an individual customer, or on one contact or participant at a customer.

        :raises NotFound: no such customer, no such contact, or nobody of that name took part in a follow-up.
        :raises Refused: the actor may not have it, by default a manager or legal may; or it is about an enterprise, and
            nobody there is named.
        """
        now = self._now(at)
        with self._work.reading() as session:
            customer = _found(session, customer_id, contact, now)
            asked, facts = _Whom(contact, participant), cast("Any", Facts(actor, customer))
            answers = (guard(customer.stage, asked, facts, self._rules, now) for guard in (may_export, a_person))
            if refusals := [refusal for refusal in answers if refusal is not None]:
                raise Refused(refusals)
            history = session.records.log.history(session.uow, customer_id)
            if participant is not None and not _took_part(participant, history):
                raise NotFound("participant", _NAMELESS)
            return _held(customer, history, contact, participant, tuple(elsewhere(session, customer_id)))

    def erase(self, command: Erase, *, actor: Actor, at: datetime | None = None) -> Erasure:
        """Erase a person, as ``CRM.handle`` does, and free the storage of what is left of the deleted records.

        :raises Refused: with every reason; nothing was changed.
        :raises Transient: the erasure is stored, or the storage stayed busy; the history tells. Call ``scrub`` again.
        """
        now = partial(self._now, at)

        def job(session: Session) -> tuple[Outcome | Denied, tuple[Attachment, ...]]:
            moment = now()
            customer = session.view(command.customer, moment)
            gone: tuple[Attachment, ...] = ()
            if customer is not None:
                history = session.records.log.history(session.uow, customer.id)
                gone = _held(customer, history, command.contact, command.participant).attachments
            return in_time(partial(session.handle, command, actor), moment, now), gone

        answer, gone = self._work.run(job)
        if isinstance(answer, Denied):
            raise Refused(answer.refusals)
        return Erasure(answer, gone, self._scrub())

    def scrub(self) -> bool:
        """Free the storage of all that is left of deleted records; False where it cannot, or is a host's to do.

        Needed once after erasures by ``CRM.handle``. It may take as long as writing the whole storage anew.

        :raises Transient: others used the storage all the time; it may be tried again.
        """
        return self._scrub()


@frozen
class _Whom:
    """Whom an export is about, as guards ask it."""

    contact: int | None
    participant: str | None


#: Stands for the name of somebody, which no message repeats.
_NAMELESS = "…"


def _took_part(name: str, history: list[Envelope]) -> bool:
    """Whether somebody of that name took part in a follow-up."""
    return same_person(name) in participants_in(envelope.event for envelope in history)


def _found(session: Session, id: str, contact: int | None, now: datetime) -> Customer:
    customer = session.view(id, now)
    if customer is None:
        raise NotFound("customer", id)
    if contact is not None and customer.contact(contact) is None:
        raise NotFound("contact", str(contact))
    return customer


def _lapsed(session: Session, customer: Customer, now: datetime) -> Sequence[PersonAt]:
    """The persons at a customer without a purpose; of a merged record, who is without one at its survivor, too."""
    found = without_purpose(customer, now)
    if not found or not isinstance(customer.stage, Merged):
        return found
    return not_covered_by(found, customer, session.records.survivor(session.uow, customer, now), now)


def _held(
    customer: Customer,
    history: list[Envelope],
    contact: int | None,
    participant: str | None,
    beside: tuple[Elsewhere, ...] = (),
) -> Held:
    person = person_in(customer, [envelope.event for envelope in history], contact, participant)
    return held_on(person, customer, history, beside)
