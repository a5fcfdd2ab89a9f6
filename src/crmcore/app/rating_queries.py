"""What is read of ratings within a unit of work: facts, scores, overrides, who has a grade."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge

from crmcore.app.rating_facts import facts_of
from crmcore.app.session import Session
from crmcore.customers.history import settled
from crmcore.customers.policy import CustomerRules
from crmcore.errors import NotFound
from crmcore.kernel.times import to_micros
from crmcore.ratings.decisions import overrides_of
from crmcore.ratings.entities import KeptOverride, KeptScore, rating_id
from crmcore.ratings.stored import NO_GRADE
from crmcore.scoring.facts import Facts
from crmcore.scoring.overrides import Override
from crmcore.storage.interface import Query, Record

PAGE = 500


def facts_at(session: Session, customer: str, moment: datetime, rules: CustomerRules) -> Facts | None:
    """What was known of a customer at a moment; None of one that was not on record then."""
    loaded = session.load(customer)
    if loaded is None or loaded.entity.registered_at > moment:
        return None
    fallen = settled(loaded.entity, moment)[1] if loaded.entity.last_at <= moment else ()
    history = [*session.records.log.history(session.uow, customer), *fallen]
    return facts_of(
        customer, (envelope for envelope in history if envelope.at <= moment), rules.zone, rules.custom_fields
    )


def unscored(session: Session, customers: Sequence[str], scoring: str, moment: datetime) -> list[str]:
    """Those of these customers to whose ratings nothing has happened later, and that have no score of that moment."""
    ids = [rating_id(scoring, customer) for customer in customers]
    found = [loaded.entity for loaded in session.records.ratings.get_many(session.uow, ids)]
    done = {one.customer for one in found if one.score.as_of >= moment or one.last_at > moment}
    return [customer for customer in customers if customer not in done]


def kept_scores(
    session: Session, customer: str, scoring: str, moment: datetime, *, latest: bool = False
) -> Iterator[KeptScore]:
    """The scores on record up to a moment, oldest first, or the latest first."""
    limit = 1 if latest else PAGE
    query = Query("score", "by_moment", (scoring, customer), hi=to_micros(moment) + 1, limit=limit, desc=latest)
    for page in session.records.scores.pages(session.uow, query):
        yield from (loaded.entity for loaded in page)


def latest_score(session: Session, customer: str, scoring: str, moment: datetime) -> KeptScore:
    """The latest score on record as of a moment.

    :raises NotFound: there is none.
    """
    kept = next(kept_scores(session, customer, scoring, moment, latest=True), None)
    if kept is None:
        raise NotFound("score", f"{scoring} {customer}")
    return kept


def words_said(session: Session, customer: str, scoring: str) -> tuple[Override, ...]:
    """Everything people said against the scores, oldest first."""
    query = Query("grade_override", "by_number", (scoring, customer), limit=PAGE)
    kept: list[KeptOverride] = [
        loaded.entity for page in session.records.overrides.pages(session.uow, query) for loaded in page
    ]
    return tuple(one for each in kept for one in overrides_of(each))


def graded_rows(session: Session, scoring: str, grade: str | None, after: str, micros: int) -> Iterator[Record]:
    """The ratings that have a grade at a moment, ordered by customer: by their scores, and by what was said."""
    code = NO_GRADE if grade is None else grade
    from_ = (scoring, code, rating_id(scoring, after)) if after else None
    rows = session.records.ratings.rows
    by_score = rows(session.uow, Query("rating", "by_grade", (scoring, code), after=from_, limit=PAGE))
    by_word = rows(session.uow, Query("rating", "by_said", (scoring, code), after=from_, limit=PAGE))
    plain = (row for row in by_score if not _overridden(row, micros))
    said = (row for row in by_word if _overridden(row, micros))
    return merge(plain, said, key=lambda row: row.id)


def _overridden(row: Record, micros: int) -> bool:
    """Whether an override is in force, by the columns of a rating."""
    over = row.columns["said_over"]
    return row.columns["said"] is not None and (over is None or micros < int(over))
