"""Scoring everybody, a page of customers at a time. One who cannot be scored does not stop the others."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

from attrs import evolve, field, frozen

from crmcore.app.outcome import Denied, Outcome
from crmcore.app.rating_facts import together
from crmcore.app.rating_queries import facts_at, unscored
from crmcore.app.session import Session
from crmcore.customers.policy import CustomerRules
from crmcore.customers.reasons import ERASED
from crmcore.customers.stages import Merged
from crmcore.errors import Fault, Invalid, Refused
from crmcore.kernel.actors import Actor
from crmcore.ratings import reasons
from crmcore.ratings.commands import RecordScore
from crmcore.scoring.decimals import Numeral
from crmcore.scoring.facts import AsOf, Facts
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.score import Score, evaluate
from crmcore.scoring.sources import Bound
from crmcore.storage.interface import Query

#: Customers scored in one unit of work.
BATCH: Final = 500
#: Faults that are told of one run.
MOST_FAULTS: Final = 20

#: The host's own facts, by the ids of customers: asked a page at a time.
More = Callable[[Sequence[str]], Mapping[str, Facts]]
#: Gets what went wrong with a customer that cannot be scored.
Unable = Callable[[Invalid], None]
NO_TOTALS: Final[Mapping[str, Numeral]] = {}
#: Refusals that say: somebody has scored this customer at that moment, or later, or overruled or erased since.
_DONE: Final = frozenset(
    {reasons.ALREADY_SCORED.code, reasons.LATER_ON_RECORD.code, reasons.OUT_OF_ORDER.code, ERASED.code}
)


@frozen
class Tally:
    """What a run over all customers came to: customers seen, scores recorded, customers passed over, and failures.

    ``already`` are those that had a score of that moment or later, of whose rating something later is on record, who
    were erased or not yet registered then.
    ``failed`` are those of whose facts no score could be made; ``faults`` are the first of theirs, each led by the
    customer's id.
    """

    customers: int = 0
    recorded: int = 0
    already: int = 0
    failed: int = 0
    faults: tuple[Fault, ...] = ()

    def with_page(self, page: "Page", recorded: int) -> "Tally":
        """The tally after one more page."""
        return Tally(
            self.customers + page.seen,
            self.recorded + recorded,
            self.already + page.seen - recorded - len(page.failed),
            self.failed + len(page.failed),
            (*self.faults, *(fault for invalid in page.failed for fault in invalid.faults))[:MOST_FAULTS],
        )


@frozen
class Page:
    """Some customers: how many there are, the scores of those that are due, and why others could not be scored."""

    seen: int
    scores: Mapping[str, Score] = field(factory=dict)
    failed: Sequence[Invalid] = ()


@frozen
class Question:
    """What to score customers by, as of when, and what the host adds to what the CRM knows.

    :raises Invalid: a total is no finite number.
    """

    policy: ScoringPolicy
    bound: Bound
    moment: datetime
    totals: Mapping[str, Numeral] = NO_TOTALS

    def __attrs_post_init__(self) -> None:
        """Refuse totals that would fail everybody."""
        AsOf(self.moment, self.bound.zone, self.totals)

    def answer(self, facts: Facts) -> Score:
        """The score of one customer.

        :raises Invalid: a fact is none that the policy can take; each path is led by the customer's id.
        """
        try:
            return evaluate(self.policy, self.bound.features(facts, self.moment, self.totals), self.moment)
        except Invalid as invalid:
            led = [evolve(fault, path=f"{facts.subject}.{fault.path}") for fault in invalid.faults]
            raise Invalid(led) from invalid


def pages(
    reading: Callable[[], AbstractContextManager[Session]],
    rules: CustomerRules,
    question: Question,
    more: More | None,
    size: int,
    *,
    skip: bool,
) -> Iterator[Page]:
    """All customers, by number, a page at a time.

    What is merged into another customer is scored no more; its scores stay as they are.

    :param skip: leave out who has a score of that moment, or anything later, on record.
    """
    after: tuple[str | int | float | bool, ...] | None = None
    while True:
        with reading() as session:
            rows = session.uow.query(Query("customer", "by_number", after=after, limit=size))
            ids = [row.id for row in rows if row.columns["stage"] != Merged.name]
            due = unscored(session, ids, question.policy.id, question.moment) if skip else ids
            known = ((id, facts_at(session, id, question.moment, rules)) for id in due)
            facts = {id: found for id, found in known if found is not None}
        host = more(tuple(facts)) if more is not None and facts else {}
        yield _page(question, len(rows), [together(own, host.get(id)) for id, own in facts.items()])
        if len(rows) < size:
            return
        after = (rows[-1].columns["number"] or "", rows[-1].id)


def _page(question: Question, seen: int, many: Sequence[Facts]) -> Page:
    scores, failed = dict[str, Score](), list[Invalid]()
    for facts in many:
        try:
            scores[facts.subject] = question.answer(facts)
        except Invalid as invalid:
            failed.append(invalid)
    return Page(seen, scores, failed)


def each(found: Iterable[Page], unable: Unable | None) -> Iterator[tuple[str, Score]]:
    """The scores page by page; who could not be scored is told to ``unable``, or at the end.

    :raises Invalid: at the end, with the first faults, if nobody else is told.
    """
    faults: list[Fault] = []
    for page in found:
        yield from page.scores.items()
        for invalid in page.failed:
            if unable is not None:
                unable(invalid)
            elif len(faults) < MOST_FAULTS:
                faults += invalid.faults
    if faults:
        raise Invalid(faults[:MOST_FAULTS])


def record_each(
    commands: Sequence[RecordScore], actor: Actor, now: datetime, session: Session
) -> list[Outcome | Denied]:
    """Give each of these commands."""
    return [session.handle(command, actor, now) for command in commands]


def recorded(commands: Sequence[RecordScore], actor: Actor, now: datetime, session: Session) -> int:
    """How many of these scores went on record; all of a batch, or none.

    :raises Refused: one is refused for another reason than that somebody was faster.
    """
    count = 0
    for answer in record_each(commands, actor, now, session):
        if isinstance(answer, Outcome):
            count += 1
        elif not {refusal.code for refusal in answer.refusals} <= _DONE:
            raise Refused(answer.refusals)
    return count
