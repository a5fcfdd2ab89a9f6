"""Scores: what the CRM knows for scoring, scores on record, and putting them there.

Computing a score never writes (G-05). ``record`` and ``record_all`` compute and then give the command ``RecordScore``,
which is decided, and may be refused, like any other.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import islice

from crmcore.app.outcome import Denied, Outcome
from crmcore.app.rating import policy_on_record
from crmcore.app.rating_facts import together
from crmcore.app.rating_queries import facts_at, graded_rows, kept_scores, latest_score, words_said
from crmcore.app.scoring_runs import (
    BATCH,
    NO_TOTALS,
    More,
    Question,
    Tally,
    Unable,
    each,
    pages,
    record_each,
    recorded,
)
from crmcore.app.timing import in_time
from crmcore.app.work import Work
from crmcore.customers.policy import CustomerRules
from crmcore.errors import NotFound, Refused
from crmcore.kernel.actors import Actor
from crmcore.kernel.refusals import Refusal
from crmcore.kernel.times import to_micros
from crmcore.ratings import reasons
from crmcore.ratings.commands import RecordScore
from crmcore.ratings.decisions import erased, score_of
from crmcore.ratings.entities import Rating, rating_id
from crmcore.scoring.decimals import Numeral
from crmcore.scoring.explaining import Explanation, explain
from crmcore.scoring.facts import Facts
from crmcore.scoring.overrides import Override, Standing, standing
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.score import Score
from crmcore.scoring.sources import Compute, Source, bind

__all__ = ["BATCH", "More", "Scores", "Tally"]


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
            facts = facts_at(session, customer, moment, self._rules)
        if facts is None:
            raise NotFound("customer", customer)
        return facts

    def evaluate(
        self,
        policy: ScoringPolicy,
        customer: str,
        *,
        more: Facts | None = None,
        totals: Mapping[str, Numeral] = NO_TOTALS,
        at: datetime | None = None,
    ) -> Score:
        """Score a customer; nothing is stored.

        :raises NotFound: no such customer, or not yet at that time.
        :raises PolicyInvalid: a source is unknown, or its parameters do not fit.
        :raises Invalid: a fact is none that the policy can take; its path is led by the customer's id.
        """
        moment = self._now(at)
        question = self._question(policy, moment, totals)
        return question.answer(together(self.facts(customer, at=moment), more))

    def evaluate_all(
        self,
        policy: ScoringPolicy,
        *,
        more: More | None = None,
        totals: Mapping[str, Numeral] = NO_TOTALS,
        at: datetime | None = None,
        size: int = BATCH,
        unable: Unable | None = None,
    ) -> Iterator[tuple[str, Score]]:
        """Score every customer, by number, a page at a time; nothing is stored.

        One whose facts no score can be made of is passed over, and told to ``unable``.

        :raises PolicyInvalid: as ``evaluate`` does.
        :raises Invalid: at the end, with the first faults, if somebody could not be scored and ``unable`` is not given.
        """
        question = self._question(policy, self._now(at), totals)
        return each(pages(self._work.reading, self._rules, question, more, size, skip=False), unable)

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
            kept = latest_score(session, customer, scoring, moment)
            said = words_said(session, customer, scoring)
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
        :raises Refused: a value it was made of has been erased since.
        """
        with self._work.reading() as session:
            kept = latest_score(session, customer, scoring, self._now(at))
        if erased(kept):
            raise Refused([Refusal(reasons.VALUES_ERASED)])
        score = score_of(kept)
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
        totals: Mapping[str, Numeral] = NO_TOTALS,
        at: datetime | None = None,
    ) -> Outcome:
        """Score a customer and put the score on record.

        :raises Refused: with every reason; nothing was stored.
        :raises NotFound: no such customer.
        """

        def give(moment: datetime) -> Outcome | Denied:
            score = self.evaluate(policy, customer, more=more, totals=totals, at=moment)
            (answer,) = self._work.run(partial(record_each, [RecordScore(customer, score, policy)], actor, moment))
            return answer

        outcome = in_time(give, self._now(at), partial(self._now, at))
        if isinstance(outcome, Denied):
            raise Refused(outcome.refusals)
        return outcome

    def record_all(
        self,
        policy: ScoringPolicy,
        *,
        actor: Actor,
        more: More | None = None,
        totals: Mapping[str, Numeral] = NO_TOTALS,
        at: datetime | None = None,
        size: int = BATCH,
        progress: Callable[[Tally], None] | None = None,
    ) -> Tally:
        """Score every customer as of one moment and put the scores on record, ``size`` in one transaction.

        Stopped, it may be run again with the same ``at``: who has a score of that moment or later is passed over, and
        so is who was overruled or erased later. So it may by several processes at once. Memory does not grow with the
        number of customers. One whose facts no score can be made of is passed over, counted and told.

        :raises Refused: the actor may not, or the policy cannot be taken; batches before it are stored.
        """
        moment, tally = self._now(at), Tally()
        question = self._question(policy, moment, totals)
        for page in pages(self._work.reading, self._rules, question, more, size, skip=True):
            commands = [RecordScore(id, score, policy) for id, score in page.scores.items()]
            tally = tally.with_page(page, self._work.run(partial(recorded, commands, actor, moment)) if commands else 0)
            if progress is not None:
                progress(tally)
        return tally

    # --------------------------------------------------------------------------------------------------- inside

    def _question(self, policy: ScoringPolicy, moment: datetime, totals: Mapping[str, Numeral]) -> Question:
        return Question(policy, bind(policy, self._sources()), moment, totals)
