"""Scores: what the CRM knows for scoring, scores on record, and putting them there.

Computing a score never writes (G-05). ``record`` and ``record_all`` compute and then give the command ``RecordScore``,
which is decided, and may be refused, like any other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice

from attrs import frozen

from crmcore.app.outcome import Denied, Outcome
from crmcore.app.rating import policy_on_record
from crmcore.app.rating_facts import together
from crmcore.app.rating_queries import facts_at, graded_rows, kept_scores, unscored, words_said
from crmcore.app.session import Session
from crmcore.app.work import Work
from crmcore.customers.policy import CustomerRules
from crmcore.customers.reasons import ERASED
from crmcore.customers.stages import Merged
from crmcore.errors import NotFound, Refused
from crmcore.kernel.actors import Actor
from crmcore.kernel.times import to_micros
from crmcore.ratings import reasons
from crmcore.ratings.commands import RecordScore
from crmcore.ratings.decisions import score_of
from crmcore.ratings.entities import Rating, rating_id
from crmcore.scoring.decimals import Numeral
from crmcore.scoring.explaining import Explanation, explain
from crmcore.scoring.facts import Facts
from crmcore.scoring.overrides import Override, Standing, standing
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.score import Score, evaluate
from crmcore.scoring.sources import Bound, Compute, Source, bind
from crmcore.storage.interface import Query

#: Customers scored in one unit of work.
BATCH = 500

#: The host's own facts, by the ids of customers: asked a page at a time.
More = Callable[[Sequence[str]], Mapping[str, Facts]]
_NO_TOTALS: Mapping[str, Numeral] = {}
#: Refusals that say: somebody has scored this customer at that moment, or later, or overruled or erased since.
_DONE = frozenset({reasons.ALREADY_SCORED.code, reasons.LATER_ON_RECORD.code, reasons.OUT_OF_ORDER.code, ERASED.code})


@frozen
class Tally:
    """What a run over all customers came to: customers seen, scores recorded, customers passed over.

    ``already`` are those that had a score of that moment or later, or of whose rating something later is on record.
    """

    customers: int = 0
    recorded: int = 0
    already: int = 0


class Scores:
    """The scores of a CRM; each method opens units of work of its own. ``at`` is now unless given.

    A policy on record goes by its id. ``more`` are facts of the host's, beside what the CRM itself knows; ``totals``
    what all customers together amount to, by kind of fact, for shares of the whole.
    """

    def __init__(
        self,
        work: Work,
        now: Callable[[datetime | None], datetime],
        rules: CustomerRules,
        sources: Callable[[], Mapping[str, Source | Compute]],
    ) -> None:
        self._work = work
        self._now = now
        self._rules = rules
        self._sources = sources

    # ----------------------------------------------------------------------------------------------- computing

    def facts(self, customer: str, *, at: datetime | None = None) -> Facts:
        """What the CRM itself knows of a customer for scoring, as of a moment.

        :raises NotFound: no such customer, or not yet at that time.
        """
        moment = self._now(at)
        with self._work.reading() as session:
            facts = self._facts(session, customer, moment)
        if facts is None:
            raise NotFound("customer", customer)
        return facts

    def evaluate(
        self,
        policy: ScoringPolicy,
        customer: str,
        *,
        more: Facts | None = None,
        totals: Mapping[str, Numeral] = _NO_TOTALS,
        at: datetime | None = None,
    ) -> Score:
        """Score a customer; nothing is stored.

        :raises NotFound: no such customer, or not yet at that time.
        :raises PolicyInvalid: a source is unknown, or its parameters do not fit.
        """
        moment = self._now(at)
        facts = together(self.facts(customer, at=moment), more)
        return evaluate(policy, self._bound(policy).features(facts, moment, totals), moment)

    def evaluate_all(
        self,
        policy: ScoringPolicy,
        *,
        more: More | None = None,
        totals: Mapping[str, Numeral] = _NO_TOTALS,
        at: datetime | None = None,
        size: int = BATCH,
    ) -> Iterator[tuple[str, Score]]:
        """Score every customer, by number, a page at a time; nothing is stored.

        :raises PolicyInvalid: as ``evaluate`` does.
        """
        for _, scores in self._scored(policy, self._now(at), more, totals, size, skip=False):
            yield from scores.items()

    # --------------------------------------------------------------------------------------------------- asking

    def get(self, customer: str, scoring: str, *, at: datetime | None = None) -> Score:
        """The latest score on record as of a moment.

        :raises NotFound: there is none.
        """
        return self.standing(customer, scoring, at=at).score

    def standing(self, customer: str, scoring: str, *, at: datetime | None = None) -> Standing:
        """The grade that counts at a moment: an override's where one is in force, else the score's; both are shown.

        :raises NotFound: no score is on record.
        """
        moment = self._now(at)
        with self._work.reading() as session:
            kept = next(kept_scores(session, customer, scoring, moment, latest=True), None)
            said = words_said(session, customer, scoring)
        if kept is None:
            raise NotFound("score", f"{scoring} {customer}")
        return standing(score_of(kept), said, moment)

    def history(self, customer: str, scoring: str, *, at: datetime | None = None) -> tuple[Score, ...]:
        """All scores on record up to a moment, oldest first; empty where there are none."""
        moment = self._now(at)
        with self._work.reading() as session:
            return tuple(map(score_of, kept_scores(session, customer, scoring, moment)))

    def overrides(self, customer: str, scoring: str) -> tuple[Override, ...]:
        """Everything people said against the scores, oldest first; a withdrawal is one without a grade."""
        with self._work.reading() as session:
            return words_said(session, customer, scoring)

    def explain(self, customer: str, scoring: str, *, at: datetime | None = None) -> Explanation:
        """Why the score on record is what it is, by the policy that gave it, as that was then.

        :raises NotFound: no score is on record.
        :raises Invalid: a value it was made of has been erased since.
        """
        score = self.get(customer, scoring, at=at)
        return explain(self.policy(scoring, score.digest), score)

    def policy(self, scoring: str, digest: str) -> ScoringPolicy:
        """A scoring policy that gave scores on record, in the state that its digest names.

        :raises NotFound: it is not on record.
        """
        with self._work.reading() as session:
            found = policy_on_record(session, scoring, digest)
        if found is None:
            raise NotFound("scoring policy", f"{scoring} {digest}")
        return found

    def rating(self, customer: str, scoring: str) -> Rating | None:
        """The latest score in short, and the last override; None where nothing is on record."""
        with self._work.reading() as session:
            loaded = session.records.ratings.get(session.uow, rating_id(scoring, customer))
        return None if loaded is None else loaded.entity

    def page(
        self, scoring: str, grade: str | None, *, at: datetime | None = None, after: str = "", limit: int = 100
    ) -> tuple[Rating, ...]:
        """Who has a grade now, overrides counted, ordered by the customer's id; None for who got no grade.

        ``at`` is now or a time to come. ``after`` is the customer that the page before ended with.
        """
        moment = self._now(at)
        with self._work.reading() as session:
            ids = [row.id for row in islice(graded_rows(session, scoring, grade, after, to_micros(moment)), limit)]
            return tuple(loaded.entity for loaded in session.records.ratings.get_many(session.uow, ids))

    # ------------------------------------------------------------------------------------------------- recording

    def record(
        self,
        policy: ScoringPolicy,
        customer: str,
        *,
        actor: Actor,
        more: Facts | None = None,
        totals: Mapping[str, Numeral] = _NO_TOTALS,
        at: datetime | None = None,
    ) -> Outcome:
        """Score a customer and put the score on record.

        :raises Refused: with every reason; nothing was stored.
        :raises NotFound: no such customer.
        """
        moment = self._now(at)
        score = self.evaluate(policy, customer, more=more, totals=totals, at=moment)
        (outcome,) = self._work.run(partial(_record_each, [RecordScore(customer, score, policy)], actor, moment))
        if isinstance(outcome, Denied):
            raise Refused(outcome.refusals)
        return outcome

    def record_all(
        self,
        policy: ScoringPolicy,
        *,
        actor: Actor,
        more: More | None = None,
        totals: Mapping[str, Numeral] = _NO_TOTALS,
        at: datetime | None = None,
        size: int = BATCH,
        progress: Callable[[Tally], None] | None = None,
    ) -> Tally:
        """Score every customer as of one moment and put the scores on record, ``size`` in one transaction.

        Stopped, it may be run again with the same ``at``: who has a score of that moment or later is passed over, and
        so is who was overruled or erased later. So it may by several processes at once. Memory does not grow with the
        number of customers.

        :raises Refused: the actor may not, or the policy cannot be taken; batches before it are stored.
        """
        moment, tally = self._now(at), Tally()
        for seen, scores in self._scored(policy, moment, more, totals, size, skip=True):
            commands = [RecordScore(id, score, policy) for id, score in scores.items()]
            recorded = self._work.run(partial(_recorded, commands, actor, moment)) if commands else 0
            already = tally.already + seen - len(scores)
            tally = Tally(tally.customers + seen, tally.recorded + recorded, already)
            if progress is not None:
                progress(tally)
        return tally

    # --------------------------------------------------------------------------------------------------- inside

    def _bound(self, policy: ScoringPolicy) -> Bound:
        return bind(policy, self._sources())

    def _scored(
        self,
        policy: ScoringPolicy,
        moment: datetime,
        more: More | None,
        totals: Mapping[str, Numeral],
        size: int,
        *,
        skip: bool,
    ) -> Iterator[tuple[int, dict[str, Score]]]:
        """All customers, a page at a time: how many records there are in it, and their scores.

        What is merged into another customer is scored no more; its scores stay as they are.

        :param skip: leave out who has a score of that moment, or anything later, on record.
        """
        bound, after = self._bound(policy), None
        while True:
            with self._work.reading() as session:
                rows = session.uow.query(Query("customer", "by_number", after=after, limit=size))
                ids = [row.id for row in rows if row.columns["stage"] != Merged.name]
                due = unscored(session, ids, policy.id, moment) if skip else ids
                facts = {id: found for id in due if (found := self._facts(session, id, moment)) is not None}
            host = more(tuple(facts)) if more is not None and facts else {}
            whole = {id: together(own, host.get(id)) for id, own in facts.items()}
            features = {id: bound.features(one, moment, totals) for id, one in whole.items()}
            yield len(rows), {id: evaluate(policy, given, moment) for id, given in features.items()}
            if len(rows) < size:
                return
            after = (rows[-1].columns["number"] or "", rows[-1].id)

    def _facts(self, session: Session, customer: str, moment: datetime) -> Facts | None:
        return facts_at(session, customer, moment, self._rules)


def _record_each(
    commands: Sequence[RecordScore], actor: Actor, now: datetime, session: Session
) -> list[Outcome | Denied]:
    return [session.handle(command, actor, now) for command in commands]


def _recorded(commands: Sequence[RecordScore], actor: Actor, now: datetime, session: Session) -> int:
    """How many of these scores went on record; all of a batch, or none.

    :raises Refused: one is refused for another reason than that somebody was faster.
    """
    recorded = 0
    for answer in _record_each(commands, actor, now, session):
        if isinstance(answer, Outcome):
            recorded += 1
        elif not {refusal.code for refusal in answer.refusals} <= _DONE:
            raise Refused(answer.refusals)
    return recorded
