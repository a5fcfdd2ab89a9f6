"""What has happened to a conflict."""

from datetime import datetime
from typing import ClassVar

import attrs
from attrs import field, frozen

from crmcore.conflicts.entities import Claim, Closed, Conflict, Decided, Evidence, Open
from crmcore.kernel.personal import PERSONAL


class ConflictEvent:
    """The base of every event of conflicts."""

    type: ClassVar[str] = ""
    schema: ClassVar[int] = 1
    at: datetime


@frozen
class ConflictOpened(ConflictEvent):
    """Two records collide; a manager is to decide by ``due``."""

    type: ClassVar[str] = "conflict-opened"
    at: datetime
    by: str
    customer: str
    other: str
    due: datetime
    first: Claim
    evidence: Evidence
    note: str = field(default="", repr=False, metadata=PERSONAL)
    provisional: bool = False

    def begin(self, id: str, policy: str) -> Conflict:
        """The conflict this event brings into being."""
        stage = Open(self.due, self.provisional)
        about = (self.customer, self.other, self.by, self.at, self.first, self.evidence, self.note)
        return Conflict(id, 1, self.at, policy, stage, *about)


@frozen
class ConflictDecided(ConflictEvent):
    """A manager has decided: for the claim to ``in_favour_of``, or that the two are different customers."""

    type: ClassVar[str] = "conflict-decided"
    at: datetime
    by: str
    in_favour_of: str | None
    note: str = field(repr=False, metadata=PERSONAL)

    def change(self, conflict: Conflict, policy: str) -> Conflict:
        """The conflict, decided."""
        stage = Decided(self.at, self.by, self.in_favour_of)
        version = conflict.version + 1
        return attrs.evolve(conflict, version=version, last_at=self.at, policy=policy, stage=stage, decision=self.note)


@frozen
class ConflictClosed(ConflictEvent):
    """The two records are one customer by now, for a merge has made them so (M-06)."""

    type: ClassVar[str] = "conflict-closed"
    at: datetime
    survivor: str

    def change(self, conflict: Conflict, policy: str) -> Conflict:
        """The conflict, closed, with the date it had."""
        was = conflict.stage
        stage = Closed(self.at, self.survivor, was.due, was.provisional) if isinstance(was, Open) else was
        return attrs.evolve(conflict, version=conflict.version + 1, last_at=self.at, policy=policy, stage=stage)


@frozen
class ConflictReopened(ConflictEvent):
    """The merge that had closed it is undone: the two records are two again."""

    type: ClassVar[str] = "conflict-reopened"
    at: datetime

    def change(self, conflict: Conflict, policy: str) -> Conflict:
        """The conflict as it was, with the date it had."""
        was = conflict.stage
        stage = Open(was.due, was.provisional) if isinstance(was, Closed) else was
        return attrs.evolve(conflict, version=conflict.version + 1, last_at=self.at, policy=policy, stage=stage)


@frozen
class NotesErased(ConflictEvent):
    """A person was erased at one of the two (A-03): what the notes said of it is gone, from the events before, too."""

    type: ClassVar[str] = "conflict-notes-erased"
    at: datetime
    customer: str


EVENTS: tuple[type[ConflictEvent], ...] = (
    ConflictOpened,
    ConflictDecided,
    ConflictClosed,
    ConflictReopened,
    NotesErased,
)
