"""What has happened to a rating. Each event says how it changes the rating; nothing in it is personal.

``content`` is a digest of the record that goes with the event: of all in it but what may be erased.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, ClassVar

from attrs import evolve, frozen

from crmcore.errors import Unreadable
from crmcore.kernel.codec import canonical
from crmcore.kernel.events import Envelope
from crmcore.kernel.quick import quick
from crmcore.ratings.entities import Brief, Rating, Said


def content_of(data: Any) -> str:
    """The digest of plain data, as hexadecimal digits."""
    return sha256(canonical(data).encode()).hexdigest()


def later(rating: Rating, at: datetime) -> Rating:
    """The rating after one more event, whatever it was."""
    return evolve(rating, version=rating.version + 1, last_at=at, counted_since=rating.held_since(at))


class RatingEvent:
    """The base of all events of ratings."""

    type: ClassVar[str] = ""
    schema: ClassVar[int] = 1
    at: datetime
    customer: str
    scoring: str

    def change(self, rating: Rating) -> Rating:
        """The rating after this event."""
        return later(rating, self.at)


@quick
@frozen(weakref_slot=False)
class Scored(RatingEvent):
    """A score counts from now on: of which moment, by which policy, and what it came to."""

    type: ClassVar[str] = "scored"
    at: datetime
    customer: str
    scoring: str
    version: str
    digest: str
    as_of: datetime
    raw: Decimal
    clamped: Decimal
    grade: str | None
    content: str

    @property
    def brief(self) -> Brief:
        """The score in short."""
        return Brief(self.version, self.digest, self.as_of, self.raw, self.clamped, self.grade)

    def first(self) -> Rating:
        """The rating that this event brings into being."""
        return Rating(self.customer, self.scoring, 1, self.at, self.brief, self.as_of)

    def change(self, rating: Rating) -> Rating:
        """The new score in the place of the old one; what people said stays."""
        since, said = rating.held_since(self.at), rating.said
        if rating.in_force(self.at) is None and rating.score.grade != self.grade:
            over = None if said is None else said.over_at
            since = self.as_of if over is None else max(self.as_of, over)
        return Rating(rating.customer, rating.scoring, rating.version + 1, self.at, self.brief, since, said)


@quick
@frozen(weakref_slot=False)
class GradeOverridden(RatingEvent):
    """Somebody gave another grade than the policy did, the rating's ``number``-th such word."""

    type: ClassVar[str] = "grade-overridden"
    at: datetime
    customer: str
    scoring: str
    by: str
    number: int
    grade: str
    until: datetime | None = None

    def change(self, rating: Rating) -> Rating:
        """With this word as the last one."""
        said = Said(self.number, self.grade, self.by, self.at, self.until)
        since = rating.held_since(self.at) if rating.grade(self.at) == self.grade else self.at
        return evolve(super().change(rating), said=said, counted_since=since)


@quick
@frozen(weakref_slot=False)
class OverrideWithdrawn(RatingEvent):
    """The word said last was taken back: the score's grade counts again."""

    type: ClassVar[str] = "override-withdrawn"
    at: datetime
    customer: str
    scoring: str
    by: str
    number: int

    def change(self, rating: Rating) -> Rating:
        """With the last word at its end."""
        said = None if rating.said is None else evolve(rating.said, ended=self.at)
        since = rating.held_since(self.at) if rating.grade(self.at) == rating.score.grade else self.at
        return evolve(super().change(rating), said=said, counted_since=since)


@quick
@frozen(weakref_slot=False)
class ValuesErased(RatingEvent):
    """A person was erased (A-03): values of scores are gone, and texts from reasons.

    ``scores`` are the numbers of the events of those scores, ``overrides`` the numbers of those words. What is missing
    of others has gone by hand.
    """

    type: ClassVar[str] = "rating-values-erased"
    at: datetime
    customer: str
    scoring: str
    scores: tuple[int, ...] = ()
    overrides: tuple[int, ...] = ()


RATING_EVENTS: tuple[type[RatingEvent], ...] = (Scored, GradeOverridden, OverrideWithdrawn, ValuesErased)


def evolved(rating: Rating | None, envelope: Envelope) -> Rating:
    """The rating one event later; an event of an unknown type changes nothing but the version.

    :raises Unreadable: the history does not begin with a score.
    """
    event = envelope.event
    if rating is None:
        if isinstance(event, Scored):
            return event.first()
        raise Unreadable("history", envelope.stream, "it does not begin with a score")
    if isinstance(event, RatingEvent):
        return event.change(rating)
    return later(rating, envelope.at)


def replayed(envelopes: Iterable[Envelope]) -> Rating | None:
    """The rating a history leads to; None for an empty one."""
    rating: Rating | None = None
    for envelope in envelopes:
        rating = evolved(rating, envelope)
    return rating
