"""A person's word against a score: a record of its own, beside the score and never in its place."""

from collections.abc import Iterable
from datetime import datetime

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.times import Instant, as_instant
from crmcore.kernel.validators import LONG, Text
from crmcore.scoring.score import Score


@frozen
class Override:
    """Somebody gives a subject another grade than the policy did, with a reason, for a time or until further notice.

    Without a ``grade`` it takes back what was said before. ``policy`` is the id of the scoring policy.
    """

    subject: str = field(validator=Text(100))
    policy: str
    grade: str | None
    by: str = field(validator=Text(100))
    at: datetime = field(validator=Instant())
    reason: str = field(validator=Text(LONG), repr=False)
    until: datetime | None = field(default=None, validator=Instant())

    def __attrs_post_init__(self) -> None:
        """Refuse one without a reason, and one that ends before it begins."""
        faults: list[Fault] = []
        if not self.reason.strip():
            faults.append(Fault("reason", "empty", "text"))
        if self.until is not None and self.until <= self.at:
            faults.append(Fault("until", "out-of-range", "a time after at"))
        if faults:
            raise Invalid(faults)


@frozen
class Standing:
    """The grade that counts: the override's where one is in force, otherwise the score's; both stay visible."""

    grade: str | None
    score: Score
    override: Override | None


def standing(score: Score, overrides: Iterable[Override], as_of: datetime) -> Standing:
    """The grade that counts at that moment; of several overrides the one said last.

    ``overrides`` are those of the score's subject; those of other policies are left aside. Of those of one time the
    last in order was said last.
    """
    moment = as_instant(as_of, "as_of")
    said = [one for one in overrides if one.policy == score.policy and one.at <= moment]
    # Of equals, ``max`` takes the first: from the end that is the one said last.
    last = max(reversed(said), key=lambda one: one.at, default=None)
    if last is None or last.grade is None or (last.until is not None and last.until <= moment):
        return Standing(score.grade, score, None)
    return Standing(last.grade, score, last)
