"""What is on record of a conflict: the two customers, the evidence, whose claim came first, and its stage."""

from datetime import datetime
from typing import ClassVar

from attrs import field, frozen

from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.refusals import Label


@frozen
class Unopened:
    """No conflict yet."""

    name: ClassVar[str] = "unopened"
    label: ClassVar[Label] = Label("not opened", "未提交")
    owner: ClassVar[None] = None
    teams: ClassVar[tuple[str, ...]] = ()


@frozen
class Open:
    """Waiting for a manager, who is to decide by ``due``; ``provisional`` where the calendar did not know the days."""

    name: ClassVar[str] = "open"
    label: ClassVar[Label] = Label("open", "待裁决")
    owner: ClassVar[None] = None
    teams: ClassVar[tuple[str, ...]] = ()
    due: datetime
    provisional: bool = False


@frozen
class Decided:
    """Decided: for the claim to one of the two records, or, where ``in_favour_of`` is None, that both are customers."""

    name: ClassVar[str] = "decided"
    label: ClassVar[Label] = Label("decided", "已裁决")
    owner: ClassVar[None] = None
    teams: ClassVar[tuple[str, ...]] = ()
    at: datetime
    by: str
    in_favour_of: str | None


@frozen
class Closed:
    """The two are one customer, ``survivor``, by a merge: there is nothing to decide, unless that is undone.

    ``due`` and ``provisional`` are those of the time before.
    """

    name: ClassVar[str] = "closed"
    label: ClassVar[Label] = Label("closed by a merge", "因合并结案")
    owner: ClassVar[None] = None
    teams: ClassVar[tuple[str, ...]] = ()
    at: datetime
    survivor: str
    due: datetime
    provisional: bool = False


Stage = Open | Decided | Closed
STAGES: dict[str, type[Stage]] = {"open": Open, "decided": Decided, "closed": Closed}


@frozen
class Evidence:
    """Why two records are taken for one: the keys they share, and what each part of their names adds to the score."""

    score: float = 0.0
    keys: tuple[str, ...] = ()
    parts: tuple[tuple[str, str, float], ...] = ()


@frozen
class Claim:
    """Which of the two records has been protected for longer; or, where neither is, which was there first.

    Whose it was then, ``crm.customer(claim.customer, at=conflict.opened_at)`` tells who may see it.
    """

    customer: str
    since: datetime


@frozen
class Conflict:
    """A conflict on record. ``customer`` is the record it was opened about, ``other`` the one it collides with.

    ``first`` is the first valid claim as it stood when the conflict was opened. ``note`` is who opened it on it,
    ``decision`` the manager. ``version`` is the number of events.
    """

    id: str
    version: int
    last_at: datetime
    policy: str
    stage: Stage
    customer: str
    other: str
    opened_by: str
    opened_at: datetime
    first: Claim
    evidence: Evidence = Evidence()
    note: str = field(default="", repr=False, metadata=PERSONAL)
    decision: str = field(default="", repr=False, metadata=PERSONAL)

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return type(self.stage) is Open
