"""The stages of a customer: a closed union of small frozen classes, each holding just what that stage has.

``fall_of`` is the one place that knows when a protection ends; the fall, the days left, the reminder, the index and
the sweep all ask it.
"""

from datetime import datetime
from typing import ClassVar, Literal

from attrs import frozen

from crmcore.kernel.quick import maker, quick
from crmcore.kernel.refusals import Label

PoolReason = Literal["registered", "expired", "undecided", "review-refused", "abandoned", "released"]
RequestKind = Literal["intent", "extension"]


@quick
@frozen(weakref_slot=False)
class Request:
    """A pending application (P-05, P-06); the protection does not fall before ``holds_until`` (P-07).

    ``provisional`` when the working calendar did not know the days it was counted over.
    """

    kind: RequestKind
    by: str
    at: datetime
    holds_until: datetime
    provisional: bool = False


@quick
@frozen(weakref_slot=False)
class Review:
    """A protection under review since ``at``, to be decided by ``due`` (P-10); ``public_at`` is set once refused."""

    by: str
    at: datetime
    due: datetime
    public_at: datetime | None = None
    provisional: bool = False


@quick
@frozen(weakref_slot=False)
class Absent:
    """Not on record yet."""

    name: ClassVar[str] = "absent"
    label: ClassVar[Label] = Label("not on record", "未登记")
    owner: ClassVar[None] = None
    teams: ClassVar[tuple[str, ...]] = ()


@quick
@frozen(weakref_slot=False)
class Pool:
    """Nobody's: every pre-sales person may contact it, and those in ``contacted_by`` have, since it came here."""

    name: ClassVar[str] = "pool"
    label: ClassVar[Label] = Label("pool", "公海")
    owner: ClassVar[None] = None
    teams: ClassVar[tuple[str, ...]] = ()
    since: datetime
    reason: PoolReason
    last_owner: str | None = None
    last_teams: tuple[str, ...] = ()
    contacted_by: tuple[str, ...] = ()


@quick
@frozen(weakref_slot=False)
class Potential:
    """Protected by one owner, not yet showing intent. ``extensions`` counts those approved in this stage."""

    name: ClassVar[str] = "potential"
    label: ClassVar[Label] = Label("potential", "潜在客户")
    owner: str
    teams: tuple[str, ...]
    since: datetime
    deadline: datetime
    review: Review | None = None
    request: Request | None = None
    extensions: int = 0
    locked: bool = False


@quick
@frozen(weakref_slot=False)
class Intent:
    """Shows intent to buy; protected by one owner."""

    name: ClassVar[str] = "intent"
    label: ClassVar[Label] = Label("intent", "意向客户")
    owner: str
    teams: tuple[str, ...]
    since: datetime
    deadline: datetime
    request: Request | None = None
    extensions: int = 0
    locked: bool = False


@quick
@frozen(weakref_slot=False)
class Handover:
    """Who handed the customer over, when, and when it was accepted (P-12); ``by`` keeps read access."""

    by: str
    at: datetime
    accepted_at: datetime | None = None


@quick
@frozen(weakref_slot=False)
class Formal:
    """Has signed at least one contract and is looked after by ``owner``; it does not fall."""

    name: ClassVar[str] = "formal"
    label: ClassVar[Label] = Label("formal", "正式客户")
    owner: str
    teams: tuple[str, ...]
    since: datetime
    handover: Handover | None = None


#: For what every step makes: faster than calling the classes.
_make_request = maker(Request)
_make_pool = maker(Pool)
_make_potential = maker(Potential)
_make_intent = maker(Intent)
_make_formal = maker(Formal)

#: The stages of a customer that stands for itself.
Standing = Pool | Potential | Intent | Formal


@quick
@frozen(weakref_slot=False)
class NextAction:
    """What has to be done about a customer, by whom and when; it stands open until that person's next follow-up."""

    follow_up: int
    by: str
    due: datetime


_make_next_action = maker(NextAction)


@quick
@frozen(weakref_slot=False)
class Merged:
    """One and the same as the customer ``into``, which has all that this record had; nothing more is done with it.

    ``was`` is the stage it had, and ``actions`` what was planned, should the merge be undone (M-06).
    """

    name: ClassVar[str] = "merged"
    label: ClassVar[Label] = Label("merged", "已合并")
    owner: ClassVar[None] = None
    teams: ClassVar[tuple[str, ...]] = ()
    since: datetime
    into: str
    was: Standing
    actions: tuple[NextAction, ...] = ()


Stage = Absent | Standing | Merged

STANDING: dict[str, type[Standing]] = {cls.name: cls for cls in (Pool, Potential, Intent, Formal)}
STAGES: dict[str, type[Stage]] = {**STANDING, Merged.name: Merged}

#: The names of the stages that end by themselves.
PROTECTED_NAMES = (Potential.name, Intent.name)


def fall_of(stage: Potential | Intent) -> datetime | None:
    """The instant at which this protection ends by itself, or None while it is locked (P-17).

    Without a pending request: the deadline (P-03, P-04). With one: the end of its hold (P-07). A protection refused
    in review ends when it becomes public, at its deadline at the latest (P-10).
    """
    if stage.locked:
        return None
    if stage.request is not None:
        return stage.request.holds_until
    if type(stage) is Potential and stage.review is not None and stage.review.public_at is not None:
        return min(stage.deadline, stage.review.public_at)
    return stage.deadline


def fall_reason(stage: Potential | Intent) -> PoolReason:
    """Why this protection ends when it ends by itself."""
    if stage.request is not None:
        return "undecided"
    if type(stage) is Potential and stage.review is not None and stage.review.public_at is not None:
        return "review-refused" if stage.review.public_at <= stage.deadline else "expired"
    return "expired"
