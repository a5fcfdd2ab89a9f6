"""Proving ratings: every history replayed, every score compared with its event and explained by its policy."""

from crmcore.app.rating import policy_on_record
from crmcore.app.session import Session
from crmcore.errors import Invalid, Unreadable
from crmcore.kernel.events import Envelope, UnknownEvent
from crmcore.ratings.decisions import erased, overrides_of, score_of
from crmcore.ratings.entities import KeptOverride, KeptScore, Rating
from crmcore.ratings.events import GradeOverridden, OverrideWithdrawn, Scored, ValuesErased, content_of, replayed
from crmcore.scoring.explaining import explain
from crmcore.scoring.overrides import standing
from crmcore.scoring.score import Score
from crmcore.storage.interface import Query, Record

PAGE = 500


def fault_of_rating(session: Session, row: Record) -> str | None:
    """What does not add up about one rating, by its code in ``verify.WHAT``."""
    try:
        return _difference(session, row)
    except Unreadable:
        return "unreadable"


def _difference(session: Session, row: Record) -> str | None:
    records, uow = session.records, session.uow
    loaded = records.ratings.get(uow, row.id)
    rating = None if loaded is None else loaded.entity
    history = records.log.history(uow, row.id)
    if any(isinstance(envelope.event, UnknownEvent) for envelope in history):
        return "newer"
    if replayed(history) != rating or [envelope.number for envelope in history] != list(range(1, len(history) + 1)):
        return "state"
    if rating is None or dict(row.columns) != records.ratings.entity.columns(rating):
        return "columns"
    return _scores_fault(session, rating, history) or _overrides_fault(session, rating, history)


def _scores_fault(session: Session, rating: Rating, history: list[Envelope]) -> str | None:
    """Each score is the one its event tells of, nothing else is there, and its policy gives it."""
    query = Query("score", "by_moment", (rating.scoring, rating.customer), limit=PAGE)
    pages = session.records.scores.pages(session.uow, query)
    kept = [loaded.entity for page in pages for loaded in page]
    events = [envelope for envelope in history if isinstance(envelope.event, Scored)]
    told = [(envelope.number, envelope.event.as_of, envelope.event.content) for envelope in events]
    if told != [(one.number, one.as_of, content_of(one.data)) for one in kept]:
        return "scores"
    gone = {number for event in _erasures(history) for number in event.scores}
    return next((fault for one in kept if (fault := _unexplained(session, one, gone))), None)


def _erasures(history: list[Envelope]) -> list[ValuesErased]:
    """What has been erased; anything else that is missing has gone by hand."""
    return [envelope.event for envelope in history if isinstance(envelope.event, ValuesErased)]


def _unexplained(session: Session, kept: KeptScore, gone: set[int]) -> str | None:
    score = score_of(kept)
    policy = policy_on_record(session, score.policy, score.digest)
    if policy is None:
        return "scoring-policy"
    if erased(kept) or kept.number in gone:
        return None if erased(kept) and kept.number in gone else "personal"
    try:
        explain(policy, score)
    except Invalid:
        return "scores"
    return None


def _overrides_fault(session: Session, rating: Rating, history: list[Envelope]) -> str | None:
    """Each override is what its events tell, reasons aside, and there is no other."""
    query = Query("grade_override", "by_number", (rating.scoring, rating.customer), limit=PAGE)
    kept = [loaded.entity for page in session.records.overrides.pages(session.uow, query) for loaded in page]
    if [_bare(one) for one in kept] != _told(history) or not _agree(rating, kept):
        return "overrides"
    gone = {number for event in _erasures(history) for number in event.overrides}
    return "personal" if any(_speechless(one) and one.number not in gone for one in kept) else None


def _agree(rating: Rating, kept: list[KeptOverride]) -> bool:
    """Whether the words on record lead to the grade that the rating says, after all that has happened."""
    brief = rating.score
    score = Score(rating.scoring, brief.version, brief.digest, brief.as_of, brief.raw, brief.clamped, brief.grade)
    words = [word for one in kept for word in overrides_of(one)]
    return standing(score, words, rating.last_at).grade == rating.grade(rating.last_at)


def _speechless(kept: KeptOverride) -> bool:
    """Whether a reason is missing that had to be given."""
    return not kept.reason or (kept.ended is not None and not kept.why_ended)


def _told(history: list[Envelope]) -> list[tuple[object, ...]]:
    """The overrides that the events tell of."""
    ends = {envelope.event.number: envelope for envelope in history if isinstance(envelope.event, OverrideWithdrawn)}
    return [
        _said(envelope.event, ends.get(envelope.event.number))
        for envelope in history
        if isinstance(envelope.event, GradeOverridden)
    ]


def _said(event: GradeOverridden, end: Envelope | None) -> tuple[object, ...]:
    over = (None, None) if end is None else (end.at, end.by)
    return (event.number, event.grade, event.by, event.at, event.until, *over)


def _bare(kept: KeptOverride) -> tuple[object, ...]:
    return (kept.number, kept.grade, kept.by, kept.at, kept.until, kept.ended, kept.ended_by)
