"""What made a value another one: the passing of time, or something that somebody did."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Literal, NamedTuple

from crmcore.scoring.parts import Factor
from crmcore.scoring.sources import Source
from crmcore.scoring.spans import before
from crmcore.scoring.values import Evidence, Feature

#: Why a term of a score changed: another policy, another fact, or nothing but the passing of time.
Cause = Literal["policy", "inputs", "time"]


class Passing(NamedTuple):
    """Two moments, and the zone whose days and months lie between them."""

    old: datetime
    new: datetime
    zone: tzinfo


def aged(factor: Factor, source: Source | None, then: Feature, now: Feature, passing: Passing) -> bool:
    """Whether time alone made the one value the other.

    It must rest on no other facts than before. Of a source that is known more is asked: that its value ages, or that
    one of the facts has passed an edge of the window. If not, somebody has corrected an amount, taken a fact away, or
    changed the total that a share is taken of.
    """
    rested, rests = set(then.evidence), set(now.evidence)
    if not rested or not rests <= rested or passing.old == passing.new:
        return False
    if any(one.kind == "field" for one in rested):  # a plain field does not age: somebody has changed it
        return False
    if source is None or source.ages is None or (source.ages and rests == rested):
        return True
    return any(_passed(rested, days, months, passing) for days, months in source.edges(factor.params))


def _passed(facts: Iterable[Evidence], days: int, months: int, passing: Passing) -> bool:
    """Whether a fact that lay within so many days or months lies so far back by now."""
    start, end = (before(moment, passing.zone, days, months) for moment in (passing.old, passing.new))
    return any(one.at is not None and start < one.at <= end for one in facts)
