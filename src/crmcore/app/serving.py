"""Who does not get what the grade promises (G-07), and who belongs to a segment (G-08), from what is stored.

The CRM knows who has a customer, when it was contacted, and since when a grade is held. Who else serves, what was asked
for and when it was answered, a host adds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from attrs import evolve

from crmcore.app.rating_facts import together
from crmcore.app.rating_queries import facts_at, kept_scores, words_said
from crmcore.app.scores import More
from crmcore.app.session import Session
from crmcore.customers.entities import Customer
from crmcore.customers.history import settled
from crmcore.customers.policy import CustomerRules
from crmcore.customers.stages import Formal, Intent, Potential
from crmcore.ratings.decisions import score_of
from crmcore.ratings.entities import Brief, Rating, rating_id
from crmcore.scoring.conditions import leaves
from crmcore.scoring.facts import Facts
from crmcore.scoring.overrides import standing
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.score import Score
from crmcore.scoring.segments import Segment, matches
from crmcore.scoring.service import Person, Served, Shortfall, shortfalls
from crmcore.storage.interface import Query

PAGE = 500

#: Adds to the facts of service what only the host knows.
Also = Callable[[Served], Served]
Reading = Callable[[], AbstractContextManager[Session]]


def underserved(
    reading: Reading, rules: CustomerRules, policy: ScoringPolicy, moment: datetime, also: Also | None
) -> Iterator[tuple[Served, tuple[Shortfall, ...]]]:
    """Those who do not get what the grade that counts promises, a page of ratings at a time."""
    promising = {grade.code for grade in policy.grades if grade.service is not None}
    after: tuple[str | int | float | bool, ...] | None = None
    while True:
        query = Query("rating", "by_grade", (policy.id,), after=after, limit=PAGE)
        with reading() as session:
            loaded = session.records.ratings.first_page(session.uow, query)
            ratings = [one.entity for one in loaded if one.entity.grade(moment) in promising]
            served = [_served(session, rating, moment, rules) for rating in ratings]
        for one in served:
            whole = one if also is None else also(one)
            if lacking := shortfalls(policy, whole, moment, rules.calendar):
                yield whole, lacking
        if len(loaded) < PAGE:
            return
        last = loaded[-1].entity
        after = (last.scoring, last.score.grade or "", last.id)


def _served(session: Session, rating: Rating, moment: datetime, rules: CustomerRules) -> Served:
    """What the CRM itself knows of the service that a customer gets."""
    facts = facts_at(session, rating.customer, moment, rules)
    contacts = () if facts is None else tuple(fact.at for fact in facts.of("contact", moment))
    customer = session.view(rating.customer, moment)
    by = () if customer is None else _serving(customer)
    return Served(rating.customer, rating.grade(moment) or "", rating.held_since(moment), by, contacts)


def _serving(customer: Customer) -> tuple[Person, ...]:
    """Who has the customer, in the role that goes with the stage."""
    stage = customer.stage
    if isinstance(stage, Formal):
        return (Person(stage.owner, "after-sales"),)
    return (Person(stage.owner, "pre-sales"),) if isinstance(stage, Potential | Intent) else ()


def members(
    reading: Reading, rules: CustomerRules, segment: Segment, moment: datetime, more: More | None
) -> Iterator[Customer]:
    """The customers that belong to a segment at a moment, by number; a page of customers at a time."""
    named = [leaf.variable for leaf in leaves(segment.when)]
    policies = sorted({one.name for one in named if one.kind in {"score", "grade"}})
    asks = any(one.kind in {"field", "event"} for one in named)
    after: tuple[str | int | float | bool, ...] | None = None
    while True:
        with reading() as session:
            page = session.records.customers.first_page(
                session.uow, Query("customer", "by_number", after=after, limit=PAGE)
            )
            there = {one.entity.id: one.entity for one in page if one.entity.registered_at <= moment}
            scores = _scores(session, policies, list(there), moment)
            facts = {id: facts_at(session, id, moment, rules) if asks else None for id in there}
        host: Mapping[str, Facts] = more(tuple(there)) if more is not None and there else {}
        for id, customer in there.items():
            whole = together(facts[id] or Facts(id), host.get(id))
            if matches(segment, whole, moment, scores.get(id, {})):
                yield settled(customer, moment)[0]
        if len(page) < PAGE:
            return
        after = (page[-1].entity.number, page[-1].entity.id)


def _scores(
    session: Session, policies: Sequence[str], customers: Sequence[str], moment: datetime
) -> dict[str, dict[str, Score]]:
    """The scores of these customers under these policies as of a moment, with the grades that count then."""
    found: dict[str, dict[str, Score]] = {}
    for scoring in policies:
        ids = [rating_id(scoring, customer) for customer in customers]
        for loaded in session.records.ratings.get_many(session.uow, ids):
            score = _score(session, loaded.entity, moment)
            if score is not None:
                found.setdefault(loaded.entity.customer, {})[scoring] = score
    return found


def _score(session: Session, rating: Rating, moment: datetime) -> Score | None:
    """The score that counts at a moment; for a moment of the past the records of that time are asked."""
    if rating.last_at <= moment:
        return _score_of(rating, rating.score, rating.grade(moment))
    kept = next(kept_scores(session, rating.customer, rating.scoring, moment, latest=True), None)
    if kept is None:
        return None
    stood = standing(score_of(kept), words_said(session, rating.customer, rating.scoring), moment)
    return evolve(stood.score, grade=stood.grade)


def _score_of(rating: Rating, brief: Brief, grade: str | None) -> Score:
    return Score(rating.scoring, brief.version, brief.digest, brief.as_of, brief.raw, brief.clamped, grade)
