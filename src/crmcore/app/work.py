"""How a CRM opens units of work: of its own, tried again when others were faster, or inside a host's transaction."""

import random
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TypeVar

from attrs import frozen

from crmcore.app.plugins import Plugins
from crmcore.app.session import Session
from crmcore.errors import Conflict, Fault, Invalid, TimedOut, TooManyConflicts, Transient, UniqueViolation
from crmcore.kernel.events import Envelope
from crmcore.storage.interface import HostStore, ReadingStore, Store, UnitOfWork

T = TypeVar("T")

#: How often a command that meets a conflict is decided again before it is given up.
ATTEMPTS = 20
#: The same for a storage that is busy; each of these attempts has waited as long as the storage lets it.
BUSY_ATTEMPTS = 3
#: Before a third attempt and those after it, seconds times the attempt within which rivals get out of step.
PAUSE = 0.002

Opened = AbstractContextManager[UnitOfWork]
#: Calls what it is given once the host has committed; never if the host rolls back.
OnCommit = Callable[[Callable[[], None]], object]


@frozen
class Work:
    """Units of work over customers: how to open one, what makes a session of it, and whom to tell of what is stored."""

    begin: Callable[[], Opened]
    read: Callable[[], Opened]
    session: Callable[[UnitOfWork], Session]
    plugins: Plugins
    try_: Callable[[Callable[[], tuple[Envelope, ...]]], tuple[Envelope, ...]]
    tell: Callable[[tuple[Envelope, ...]], object]

    @contextmanager
    def reading(self) -> Generator[Session]:
        """A session that only asks."""
        with self.read() as uow:
            yield self.session(uow)

    def run(self, job: Callable[[Session], T]) -> T:
        """Run a job in a unit of work, from the start again when somebody else was faster.

        A unique key taken meanwhile is such a case too: decided anew, the command meets its holder and is refused.

        :raises TooManyConflicts: others were faster each time, or a plugin writes a key that is taken.
        :raises Transient: the storage stayed busy.
        """
        results: list[T] = []

        def once() -> tuple[Envelope, ...]:
            with self.begin() as uow:
                session = self.session(uow)
                results[:] = [job(session)]
                self.plugins.before_commit(uow, session.changes)
            return tuple(session.changes)

        changes = self.try_(once)
        if changes:
            self.tell(changes)
        return results[0]


def own_work(store: Store, space: str, session: Callable[[UnitOfWork], Session], plugins: Plugins) -> Work:
    """Units of work with transactions of their own; what only asks sees one moment, where the storage can do that."""
    begin = partial(store.begin, space)
    read: Callable[[], Opened] = begin
    if "read" in store.capabilities and isinstance(store, ReadingStore):
        read = partial(store.read, space)
    return Work(begin, read, session, plugins, tried, plugins.after_commit)


def joined_work(
    store: Store,
    space: str,
    session: Callable[[UnitOfWork], Session],
    plugins: Plugins,
    host: object,
    on_commit: OnCommit | None,
) -> Work:
    """Units of work inside a transaction of the host's, which alone commits, rolls back and closes it."""
    begin = partial(store.join, host, space)
    when = on_commit if on_commit is not None or not plugins.observes else _told_by(store, host)

    def tell(changes: tuple[Envelope, ...]) -> None:
        if when is not None:
            when(partial(plugins.after_commit, changes))

    return Work(begin, begin, session, plugins, tried_inside, tell)


def _told_by(store: Store, host: object) -> OnCommit:
    """How to learn that the host has committed.

    :raises Invalid: plugins want to know, and neither the storage nor the caller can tell.
    """
    told = store.on_commit(host) if isinstance(store, HostStore) else None
    if told is None:
        raise Invalid([Fault("on_commit", "missing", "a function that runs what it is given after the host's commit")])
    return told


def tried(once: Callable[[], T]) -> T:
    """What a unit of work gives, tried again when others were faster or the storage was busy.

    :raises TooManyConflicts: others were faster each time; the last conflict is its cause.
    """
    attempt = waited = 0
    while True:
        attempt += 1
        try:
            return once()
        except (Conflict, UniqueViolation) as error:
            if attempt == ATTEMPTS:
                # Kinds, ids and indexes stand there, and no values.
                raise TooManyConflicts(ATTEMPTS) from error
        except TimedOut:
            waited += 1
            if waited == BUSY_ATTEMPTS or attempt == ATTEMPTS:
                raise
        except Transient:
            if attempt == ATTEMPTS:
                raise
        if attempt > 1:
            time.sleep(random.uniform(0, PAUSE * attempt))  # noqa: S311  (no secret)


def tried_inside(once: Callable[[], T]) -> T:
    """The same inside a host's transaction; after anything transient that may be gone, so the host must begin again."""
    attempt = 0
    while True:
        attempt += 1
        try:
            return once()
        except (Conflict, UniqueViolation) as error:
            if attempt == ATTEMPTS:
                raise TooManyConflicts(ATTEMPTS) from error
