"""What is on record: a rating for each customer and policy, its scores, what people said, and the policies themselves.

A rating is small, and all of it follows from its events. What is large or personal stands in records beside it, which
are never changed but for a withdrawal or an erasure: the values a score was made of, the reason somebody gave.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import evolve, field, frozen

from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.quick import quick
from crmcore.kernel.times import to_micros


def rating_id(scoring: str, customer: str) -> str:
    """The id of a rating, and the name of the stream of its events.

    Neither a customer's id nor a policy's holds a space: so it is no customer's id, and no other rating's.
    """
    return f"score {scoring} {customer}"


def score_id(scoring: str, customer: str, as_of: datetime) -> str:
    """The id of a score: a rating has one score of each moment."""
    return f"{rating_id(scoring, customer)} {to_micros(as_of)}"


def override_id(scoring: str, customer: str, number: int) -> str:
    """The id of what somebody said: the rating's ``number``-th override."""
    return f"{rating_id(scoring, customer)} {number}"


def policy_id(scoring: str, digest: str) -> str:
    """The id of a scoring policy in one state."""
    return f"{scoring} {digest}"


@quick
@frozen(weakref_slot=False)
class Brief:
    """A score in short: the policy's version and digest, the moment, the figures and the grade."""

    version: str
    digest: str
    as_of: datetime
    raw: Decimal
    clamped: Decimal
    grade: str | None


@quick
@frozen(weakref_slot=False)
class Said:
    """The override given last, the rating's ``number``-th; ``ended`` is when it was withdrawn."""

    number: int
    grade: str
    by: str
    at: datetime
    until: datetime | None = None
    ended: datetime | None = None

    @property
    def over_at(self) -> datetime | None:
        """When it ceased, or will cease, to count."""
        return self.until if self.ended is None else self.ended

    def counts(self, at: datetime) -> bool:
        """Whether it is in force at a moment that is not before it was given."""
        over = self.over_at
        return over is None or at < over


@quick
@frozen(weakref_slot=False)
class Rating:
    """A customer under one scoring policy: the latest score, and the last override.

    ``version`` is the number of its events, ``last_at`` the time of the last one. ``counted_since`` is since when the
    grade that counted then had counted, by scores and by words without a break: what is promised to a grade is owed
    from then on (G-07). ``held_since`` tells it of later moments.
    """

    customer: str
    scoring: str
    version: int
    last_at: datetime
    score: Brief
    counted_since: datetime
    said: Said | None = None

    @property
    def id(self) -> str:
        """Its id, and the name of its stream."""
        return rating_id(self.scoring, self.customer)

    def in_force(self, at: datetime) -> Said | None:
        """The override that counts at a moment that is not before the rating's last event."""
        return self.said if self.said is not None and self.said.counts(at) else None

    def grade(self, at: datetime) -> str | None:
        """The grade that counts at a moment that is not before the rating's last event."""
        said = self.in_force(at)
        return self.score.grade if said is None else said.grade

    def held_since(self, at: datetime) -> datetime:
        """Since when the grade that counts has counted, at a moment that is not before the rating's last event."""
        over = None if self.said is None else self.said.over_at
        if self.said is None or over is None or self.said.grade == self.score.grade:
            return self.counted_since
        # A word that has ended by itself since the last event: ends before that one are reckoned with already.
        return over if self.last_at < over <= at else self.counted_since


@frozen
class KeptScore:
    """A score with the values it was made of; ``number`` is its event's place in the rating's history.

    ``data`` is plain data without the inputs that may say something of a person, texts and what came from fields: they
    stand apart in ``texts``, by the keys of their factors, each with the evidence it rests on.
    """

    customer: str
    scoring: str
    number: int
    as_of: datetime
    data: Mapping[str, Any] = field(repr=False)
    texts: Mapping[str, Any] = field(factory=dict, repr=False, metadata=PERSONAL)

    @property
    def id(self) -> str:
        """Its id."""
        return score_id(self.scoring, self.customer, self.as_of)


def without_texts(kept: KeptScore, strike: Callable[[str], str]) -> KeptScore:
    """The score without the values of which something is struck out: a changed value would give another score."""

    def stays(value: object) -> bool:
        text = value if isinstance(value, str) else f"{value:.15g}" if isinstance(value, float) else ""
        return strike(text) == text

    return evolve(kept, texts={key: given for key, given in kept.texts.items() if stays(given["value"])})


@frozen
class KeptOverride:
    """Somebody's word against a score, with the reason, and who took it back when and why."""

    customer: str
    scoring: str
    number: int
    grade: str
    by: str
    at: datetime
    until: datetime | None = None
    ended: datetime | None = None
    ended_by: str | None = None
    reason: str = field(default="", repr=False, metadata=PERSONAL)
    why_ended: str = field(default="", repr=False, metadata=PERSONAL)

    @property
    def id(self) -> str:
        """Its id."""
        return override_id(self.scoring, self.customer, self.number)


@frozen
class KeptPolicy:
    """A scoring policy as it was when it gave a score, as JSON: without it no score could be explained later."""

    id: str
    version: str
    digest: str
    text: str = field(repr=False)
