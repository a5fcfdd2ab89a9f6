"""What people and jobs ask of ratings: to record a score, to overrule its grade, to take that back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from attrs import field, frozen

from crmcore.customers.commands import OfCustomer
from crmcore.errors import Fault, Invalid
from crmcore.kernel.refusals import Label
from crmcore.kernel.times import Instant
from crmcore.kernel.validators import LONG, Text
from crmcore.kernel.wire import read
from crmcore.ratings.base import OfRating
from crmcore.scoring.parts import Code
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.reading import policy_from
from crmcore.scoring.score import Score, score_from

LONG_TEXT = Text(LONG)


def _is_a(kind: type[Any], expected: str, *, optional: bool = False) -> Any:
    """A validator: an object of that class."""

    def check(_instance: object, attribute: Any, value: object) -> None:
        if not (isinstance(value, kind) or (optional and value is None)):
            raise Invalid([Fault(attribute.name, "wrong-type", expected)])

    return check


@frozen
class RecordScore(OfRating):
    """Put a score on record; it counts from now on.

    ``policy`` is the one that gave it. It need be handed over once only: it is kept with the scores.
    """

    label: ClassVar[Label] = Label("record a score", "记录评分")
    score: Score = field(validator=_is_a(Score, "a score"), repr=False)
    policy: ScoringPolicy | None = field(
        default=None, validator=_is_a(ScoringPolicy, "a scoring policy", optional=True), repr=False
    )

    @property
    def scoring(self) -> str:
        """The id of the scoring policy."""
        return self.score.policy


@frozen
class OverrideGrade(OfRating):
    """Give a customer another grade than the policy did, for a time or until further notice, with a reason."""

    label: ClassVar[Label] = Label("overrule the grade", "人工改级")
    scoring: str = field(validator=Code())
    grade: str = field(validator=Code())
    reason: str = field(default="", validator=LONG_TEXT, repr=False)
    until: datetime | None = field(default=None, validator=Instant())


@frozen
class WithdrawOverride(OfRating):
    """Take back what was said last against a score, with a reason: the score's grade counts again."""

    label: ClassVar[Label] = Label("withdraw the override", "撤销人工改级")
    scoring: str = field(validator=Code())
    reason: str = field(default="", validator=LONG_TEXT, repr=False)


RatingCommand = RecordScore | OverrideGrade | WithdrawOverride

RATING_COMMANDS: Mapping[str, type[OfRating]] = {cls.do: cls for cls in (RecordScore, OverrideGrade, WithdrawOverride)}


def rating_command(name: str, fields: Mapping[str, Any]) -> OfRating:
    """The command of that name with these fields as plain data; scores and policies as they are stored.

    :raises Invalid: with every fault found.
    """
    if name != RecordScore.do:
        return read(RATING_COMMANDS[name], fields)
    own = dict(fields)
    faults: list[Fault] = []
    score = _part(faults, "score", own.pop("score", None), score_from)
    policy = own.pop("policy", None)
    policy = None if policy is None else _part(faults, "policy", policy, policy_from)
    try:
        customer = read(OfCustomer, own).customer
    except Invalid as invalid:
        raise Invalid([*invalid.faults, *faults]) from None
    if faults or score is None:
        raise Invalid(faults)
    return RecordScore(customer, score, policy)


def _part(faults: list[Fault], name: str, data: object, make: Any) -> Any:
    """A part of the command, or None with its faults added to the others."""
    if not isinstance(data, Mapping):
        code = "missing" if data is None else "wrong-type"
        faults.append(Fault(name, code, "an object with named fields"))
        return None
    try:
        return make(data)
    except Invalid as invalid:
        faults += [Fault(f"{name}.{fault.path}", fault.code, fault.expected) for fault in invalid.faults]
        return None
