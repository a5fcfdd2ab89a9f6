"""The outbox: hands each event of a space to a callable, in order and at least once.

The event log is the outbox. What a relay adds is a place: how far it has come, kept as a record in the same storage
under the relay's name. Any number of relays of one name may run, so that one is there when another dies; a lease in
that record sees to it that one at a time delivers.

The lease needs no clock of the database's, and no clocks that agree. Whoever holds it gives signs of life: it saves the
record, whose version changes. Whoever waits looks at that version, and takes the lease over once it has seen the same
one for ``patience`` seconds by its own clock. A holder that was thought dead notices at its next sign of life, for the
record is no longer of the version it wrote, and stops.
"""

import inspect
import time
from collections.abc import Callable, Iterator
from threading import Event as Flag
from typing import Final

import attrs

from crmcore.app.crm import CRM
from crmcore.app.ids import new_id
from crmcore.app.session import Session
from crmcore.app.work import Work, own_work
from crmcore.errors import Fault, Invalid, StorageError
from crmcore.kernel.validators import faults_of
from crmcore.storage.catalogue import Reader
from crmcore.storage.eventlog import Positioned
from crmcore.storage.interface import MOST_TEXT
from crmcore.storage.repository import Loaded

#: A holder gives a sign of life at the latest when this share of the patience has passed since the last one.
SHARE: Final = 1 / 3
#: Signs of life in a row whose answers may come too late, before a holder gives the lease up.
SIGNS: Final = 3

#: What is said of a function that has only begun when it returns.
NOT_OVER: Final = Fault("deliver", "not-allowed", "a function that has delivered when it returns, not one to await")

Deliver = Callable[[Positioned], object]


class Relay:
    """Delivers the events of a CRM's space under a name; the same name elsewhere is the same relay.

    Each event is delivered at least once, in the order of positions. One is delivered again if the relay ended, by
    whatever cause, after delivering it and before saving how far it had come. Two relays of one name never deliver at
    the same time, unless one delivery takes longer than two thirds of ``patience`` seconds, or the process stands still
    for so long: then whoever took over has gone on from the last saved position, and the late delivery comes amid
    its own. A consumer that remembers the last position it has seen, and leaves out what is not after it, is safe
    from both.

    A delivery begins only while the last sign of life is younger than a third of ``patience``. Where storing one takes
    longer than that each time, nothing is delivered for now, and the lease is given up.

    ``deliver`` runs outside any unit of work and may give commands to the same CRM. An event counts as delivered when
    it returns, so it cannot be a coroutine function. ``size`` events are read at once, and their position is saved at
    once. All relays of one name should have the same ``patience``.
    """

    def __init__(
        self,
        crm: CRM,
        name: str,
        deliver: Deliver,
        *,
        size: int = 100,
        patience: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] = new_id,
    ) -> None:
        if faults := list(_faults(crm, name, deliver, size, patience)):
            raise Invalid(faults)
        self.name = name
        self._place = Place(crm._work, name)  # noqa: SLF001  (one of us)
        self._deliver = deliver
        self._size = size
        self._patience = patience
        self._clock = clock
        self._new_id = new_id
        self._seen = Seen(-1, 0.0)

    @property
    def position(self) -> int:
        """The position of the last event that is known to be delivered; 0 before the first."""
        return self._place.look(0)[0].entity.position

    def run_once(self, stop: Flag | None = None) -> int:
        """Deliver what is there, and return how many events that was; 0 also while another one delivers.

        What ``deliver`` raises comes out, after the position of what was delivered is saved: next time it begins with
        the event that failed. Once ``stop`` is set, no other delivery begins.

        :raises Invalid: ``deliver`` returned something to await, so that nobody knows whether it will deliver.
        :raises StorageError: the storage cannot be used; it may hand out again what was delivered last.
        """
        reader, waiting = self._place.look(1)
        if not self._may_take(reader) or not waiting or (stop is not None and stop.is_set()):
            return 0
        began = self._clock()
        taken = self._place.save(reader.version, reader.entity.position, self._new_id())
        if taken is None:
            return 0
        lease = Lease(self._place, taken, began, self._patience * SHARE, self._clock)
        return self._deliver_all(lease, stop)

    def run(self, stop: Flag, pause: float = 1.0) -> None:
        """Deliver what is there and what comes, looking every ``pause`` seconds, until ``stop`` is set.

        :raises StorageError: as ``run_once``; and so comes out what ``deliver`` raises.
        """
        while not stop.is_set():
            if not self.run_once(stop):
                stop.wait(pause)

    def _may_take(self, reader: Loaded[Reader]) -> bool:
        """Whether nobody holds the lease, or its holder has given no sign of life for too long."""
        now = self._clock()
        if reader.version != self._seen.version:
            self._seen = Seen(reader.version, now)
        return reader.entity.holder is None or now - self._seen.since >= self._patience

    def _deliver_all(self, lease: "Lease", stop: Flag | None) -> int:
        """Deliver all there is while the lease holds, then give it up."""
        delivered = 0
        try:
            for event in self._events(lease):
                if (stop is not None and stop.is_set()) or not lease.is_kept():
                    break
                _check_is_over(self._deliver(event))
                lease.position = event.position
                delivered += 1
        except BaseException as error:
            _give_up(lease, error)
            raise
        lease.give_up()
        return delivered

    def _events(self, lease: "Lease") -> Iterator[Positioned]:
        """Events from where the lease stands, until there are no more or it is lost."""
        while True:
            page = self._place.look_after(lease.position, self._size)
            yield from page
            if len(page) < self._size or not lease.sign():
                return


@attrs.frozen
class Seen:
    """A version of the reader's record, and when by one's own clock it was first seen."""

    version: int
    since: float


@attrs.frozen
class Place:
    """The record of one reader, and the events after it."""

    work: Work
    name: str

    def look(self, size: int) -> tuple[Loaded[Reader], list[Positioned]]:
        """The reader's record as it is now, and events after its position."""
        with self.work.reading() as session:
            reader = self._loaded(session)
            waiting = session.records.log.read(session.uow, reader.entity.position, size) if size else []
        return reader, waiting

    def look_after(self, position: int, size: int) -> list[Positioned]:
        """Events after a position."""
        with self.work.reading() as session:
            return session.records.log.read(session.uow, position, size)

    def save(self, version: int, position: int, holder: str | None) -> Loaded[Reader] | None:
        """Write the record if it still has that version; None if somebody else has written it."""

        def job(session: Session) -> Loaded[Reader] | None:
            now = self._loaded(session)
            if now.version != version:
                return None
            reader = attrs.evolve(now.entity, position=position, holder=holder)
            return session.records.readers.save(session.uow, now if version else None, reader)

        return self.work.run(job)

    def _loaded(self, session: Session) -> Loaded[Reader]:
        return session.records.readers.get(session.uow, self.name) or Loaded(Reader(self.name))


@attrs.define
class Lease:
    """The right to deliver, kept up by signs of life; ``position`` is that of the last event delivered."""

    place: Place
    kept: Loaded[Reader] | None
    alive: float
    limit: float
    clock: Callable[[], float]
    position: int = 0

    def __attrs_post_init__(self) -> None:
        if self.kept is not None:
            self.position = self.kept.entity.position

    def is_kept(self) -> bool:
        """Whether a delivery may begin: the last sign of life is fresh, if need be after a new one."""
        for _ in range(SIGNS):
            if self._is_fresh():
                return True
            # Its answer may come so late that it is not fresh any more.
            if not self.sign():
                return False
        return self._is_fresh()

    def _is_fresh(self) -> bool:
        return self.kept is not None and self.clock() - self.alive <= self.limit

    def sign(self) -> bool:
        """Save the position as a sign of life; False if the lease is lost."""
        return self.kept is not None and self._save(self.kept.entity.holder)

    def give_up(self) -> None:
        """Save the position and let others go on from it."""
        if self.kept is not None:
            self._save(None)

    def _save(self, holder: str | None) -> bool:
        assert self.kept is not None, "asked before"  # noqa: S101
        # Before it is stored: nobody can have seen the sign earlier than that.
        now = self.clock()
        self.kept = self.place.save(self.kept.version, self.position, holder)
        self.alive = now
        return self.kept is not None


def _faults(crm: CRM, name: str, deliver: Deliver, size: int, patience: float) -> Iterator[Fault]:
    """What is wrong with what a relay is made of."""
    yield from faults_of(name, MOST_TEXT, "name")
    if not name:
        yield Fault("name", "empty", "text")
    if _only_begins(deliver) or _only_begins(type(deliver).__call__):
        yield NOT_OVER
    if size < 1:
        yield Fault("size", "out-of-range", "a whole number from 1")
    if not patience > 0:
        yield Fault("patience", "out-of-range", "seconds above 0")
    if crm._works is not own_work:  # noqa: SLF001  (one of us)
        yield Fault("crm", "not-allowed", "a CRM that is not joined: a lease must be stored at once")


def _only_begins(function: object) -> bool:
    """Whether a call runs nothing of a function: what it returns must be awaited or iterated over."""
    kinds = (inspect.iscoroutinefunction, inspect.isasyncgenfunction, inspect.isgeneratorfunction)
    return any(is_of(function) for is_of in kinds)


def _check_is_over(returned: object) -> None:
    """Refuse what a function returned that is still to deliver.

    :raises Invalid: it is to be awaited.
    """
    if not inspect.isawaitable(returned):
        return
    if inspect.iscoroutine(returned):
        # It has not begun and never will: no warning need say so once more.
        returned.close()
    raise Invalid([NOT_OVER])


def _give_up(lease: Lease, error: BaseException) -> None:
    """Give a lease up because of an error, which matters more than what may go wrong with that."""
    try:
        lease.give_up()
    except StorageError as problem:
        error.add_note(f"the position of what was delivered could not be saved: {problem.code}")
