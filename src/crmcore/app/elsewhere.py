"""What other slices keep of a customer's persons: ratings and conflicts, found by what they declare (A-03).

A class of records whose personal values speak of persons at customers says so where it is stored (``Entity.about``), as
a reference is declared: exporting and erasing reach it by that, and a test fails where one is not declared.

What such records follow from has a history of its own, apart from the customer's. An erasure is told there, too, by an
event in that stream, and not by reference from the customer's: a history then proves itself by itself, whatever was
said in it before and after, and for whichever of two customers it was erased; and who says something at the same time
meets the erasure at the version of that record, and is decided again.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import frozen

from crmcore.conflicts.entities import Conflict
from crmcore.conflicts.events import NotesErased
from crmcore.conflicts.history import evolve
from crmcore.customers.erasing import Person, forgotten, struck_out
from crmcore.customers.export import Elsewhere
from crmcore.errors import Unreadable
from crmcore.kernel.actors import Actor
from crmcore.kernel.entities import Entity
from crmcore.kernel.events import Envelope
from crmcore.kernel.personal import blank
from crmcore.ratings.entities import rating_id
from crmcore.ratings.events import ValuesErased, evolved
from crmcore.storage.repository import Loaded, Repository

if TYPE_CHECKING:
    from crmcore.app.session import Session

T = TypeVar("T")


def elsewhere(session: "Session", customer: str) -> Iterator[Elsewhere]:
    """What is kept of persons at a customer beside its own record and history, each with its place."""
    for records in session.records.speaking:
        about = records.entity.about
        assert about is not None, "it is reached because it says so"  # noqa: S101
        for loaded in records.about(session.uow, customer):
            id = records.entity.id(loaded.entity)
            history = (
                tuple(session.records.log.history(session.uow, id)) if records is session.records.conflicts else ()
            )
            kind = records.entity.kind.name
            yield Elsewhere(f"{kind}/{id}", kind, about.at(loaded.entity), loaded.entity, history)


@frozen
class Erasing:
    """An erasure in other slices: who is erased at which customer, by whom and when."""

    session: "Session"
    customer: str
    person: Person
    actor: Actor
    now: datetime

    def everywhere(self) -> None:
        """Erase what conflicts and ratings keep; each of which something is gone gets an event that says so."""
        records, uow = self.session.records, self.session.uow
        for conflict in records.conflicts.about(uow, self.customer):
            self._conflict(conflict)
        scores, overrides = self._without(records.scores), self._without(records.overrides)
        for scoring in sorted({one.scoring for one in scores} | {one.scoring for one in overrides}):
            self._rating(
                scoring,
                tuple(one.number for one in scores if one.scoring == scoring),
                tuple(one.number for one in overrides if one.scoring == scoring),
            )

    def _left(self, entity: Entity[T], one: T) -> T:
        """What is left of a record."""
        assert entity.about is not None, "it is reached because it says so"  # noqa: S101
        left: T = blank(one) if self.person.whole else entity.about.struck(one, struck_out(self.person))
        return left

    def _without(self, records: Repository[T]) -> list[T]:
        """Erase what a class of records keeps; those of which something is gone."""
        uow, touched = self.session.uow, list[T]()
        for loaded in records.about(uow, self.customer):
            left = self._left(records.entity, loaded.entity)
            if left != loaded.entity:
                records.save(uow, loaded, left)
                touched.append(left)
        return touched

    def _conflict(self, loaded: Loaded[Conflict]) -> None:
        records, uow, conflict = self.session.records, self.session.uow, loaded.entity
        strike = struck_out(self.person)
        sealed = records.log.rewrite(
            uow, conflict.id, lambda event: forgotten(event, self.person), strike, gone=self.person.whole
        )
        left = self._left(records.conflicts.entity, conflict)
        if not sealed and left == conflict:
            return
        told = self._envelope(conflict.id, conflict.version, NotesErased(self._after(conflict.last_at), self.customer))
        records.conflicts.save(uow, loaded, evolve(left, told))
        self.session.record((told,), sealed)

    def _rating(self, scoring: str, scores: tuple[int, ...], overrides: tuple[int, ...]) -> None:
        records, uow, id = self.session.records, self.session.uow, rating_id(scoring, self.customer)
        loaded = records.ratings.get(uow, id)
        if loaded is None:
            raise Unreadable("rating", id, "gone, and what belongs to it is there")
        rating = loaded.entity
        event = ValuesErased(self._after(rating.last_at), self.customer, scoring, scores, overrides)
        told = self._envelope(id, rating.version, event)
        records.ratings.save(uow, loaded, evolved(rating, told))
        self.session.record((told,))

    def _after(self, last_at: datetime) -> datetime:
        """When it is told: no history runs backwards, though the command may be given for an earlier time."""
        return max(self.now, last_at)

    def _envelope(self, stream: str, version: int, event: Any) -> Envelope:
        return Envelope(stream, version + 1, self.actor.id, self.session.stamp, event)
