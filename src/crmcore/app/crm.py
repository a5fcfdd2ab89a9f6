"""``CRM``: one way to change anything, and questions that always see things as they are now.

Synchronous on purpose. A command is decided by pure functions, so when somebody else was faster it is simply decided
again from the start.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from crmcore.app import upkeep
from crmcore.app.conflicts import Conflicts
from crmcore.app.finding import Duplicates, Found
from crmcore.app.ids import new_id
from crmcore.app.outcome import Denied, Outcome, Request
from crmcore.app.plugins import Plugins
from crmcore.app.policy import STANDARD, Policy, load_policy
from crmcore.app.privacy import Privacy
from crmcore.app.queries import Queries
from crmcore.app.records import Records
from crmcore.app.session import Session
from crmcore.app.succession import Moved, move_all
from crmcore.app.timing import in_time
from crmcore.app.verify import Problem, problems
from crmcore.app.work import OnCommit, Work, joined_work, own_work
from crmcore.customers.agenda import AgendaItem
from crmcore.customers.commands import Command
from crmcore.customers.entities import Customer
from crmcore.customers.policy import CustomerRules, in_force
from crmcore.customers.seen import MaskedCustomer, seen_by
from crmcore.errors import Fault, Invalid, NotFound, Refused
from crmcore.kernel.actors import Actor
from crmcore.kernel.entities import Kind
from crmcore.kernel.events import Envelope
from crmcore.kernel.refusals import Refusals
from crmcore.kernel.times import as_instant, zone
from crmcore.kernel.validators import faults_of
from crmcore.storage.eventlog import Positioned
from crmcore.storage.interface import MOST_SPACE, ScrubbingStore, Store, UnitOfWork

if TYPE_CHECKING:
    from crmcore.app.scores import More, Scores
    from crmcore.app.serving import Also
    from crmcore.scoring import ScoringPolicy, Segment, Served, Shortfall

T = TypeVar("T")


def system_clock() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def checked_space(space: str) -> str:
    """The name of a space.

    :raises Invalid: it is too long, or holds what no storage keeps.
    """
    faults = list(faults_of(space, MOST_SPACE, "space"))
    if faults:
        raise Invalid(faults)
    return space


def _at_least_one(size: int) -> None:
    if size < 1:
        raise Invalid([Fault("size", "out-of-range", "a whole number from 1")])


def _handle(command: Command, actor: Actor, now: Callable[[], datetime], session: Session) -> Outcome | Denied:
    """The clock is read here, where others have been waited for: what they have stored lies before."""
    return in_time(partial(session.handle, command, actor), now(), now)


def _checked_store(store: Store) -> Store:
    """A store, or an error that says how to make one of what was given: an engine, say, or a path."""
    if not callable(getattr(store, "setup", None)):
        expected = "a URL such as sqlite:///sales.db, or an open store such as SqlAlchemyStore(engine)"
        raise Invalid([Fault("storage", "wrong-type", expected)])
    return store


class CRM:
    """A storage, a space in it, and a policy. Open one with ``CRM.open``; use it from as many threads as the storage.

    ``clock`` gives the time of what is not told one; ``new_id`` the ids of customers registered without one.
    """

    def __init__(
        self,
        store: Store,
        policy: Policy,
        *,
        space: str = "",
        plugins: Plugins | None = None,
        clock: Callable[[], datetime] = system_clock,
        new_id: Callable[[], str] = new_id,
    ) -> None:
        plugins = plugins or Plugins()
        self.policy = policy
        self.space: str = checked_space(space)
        self.store: Store = _checked_store(store)
        self.rules: CustomerRules = in_force(
            policy.customers,
            zone(policy.zone),
            plugins.calendar(policy.calendar),
            plugins.authorise,
            policy.matching,
            plugins.may_see,
        )
        self._plugins = plugins
        self._records = Records(policy.customers, plugins.upcasters, plugins.kinds)
        self._clock = clock
        self._new_id = new_id
        # Worked out once: it takes longer than many a unit of work.
        self._stamp = policy.stamp
        # First, for only after it does a storage know all that it can do.
        store.setup(self.kinds)
        self._works: Callable[..., Work] = own_work
        self._work: Work = self._works(store, space, self._session, plugins)

    @classmethod
    def open(
        cls,
        url: str | Store = "memory://",
        *,
        policy: Policy | Mapping[str, Any] | str | Path = STANDARD,
        overrides: Mapping[str, Any] | None = None,
        space: str = "",
        plugins: Sequence[object] = (),
        clock: Callable[[], datetime] = system_clock,
        new_id: Callable[[], str] = new_id,
    ) -> "CRM":
        """Open a storage by URL under a policy.

        :param url: ``memory://``, ``sqlite:///file.db``, or what an installed plugin serves; or an open store.
        :param policy: a preset's name, a TOML file, plain data, or a ``Policy``; ``overrides`` by dotted path.
        :param space: the tenant; nothing crosses from one space to another.
        :param plugins: modules or objects with hooks, beside those that are installed.
        :raises UnknownName: no such scheme, preset or calendar.
        :raises PolicyInvalid: the policy says what is not allowed.
        :raises Invalid: the URL has another form, an option is not allowed, or it is no URL and no store.
        :raises Unavailable: the storage cannot be opened.
        """
        chosen = load_policy(policy, overrides)
        found = Plugins(plugins)
        store = found.open_store(url) if isinstance(url, str) else url
        try:
            return cls(store, chosen, space=space, plugins=found, clock=clock, new_id=new_id)
        except BaseException:
            if store is not url:
                store.close()
            raise

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of records kept under the policy, those of plugins included."""
        return self._records.kinds

    def in_space(self, space: str) -> "CRM":
        """The same storage, policy and plugins for another tenant; closing either closes the storage."""
        return self._copied(checked_space(space), self._works)

    def joined(self, host: object, *, on_commit: OnCommit | None = None) -> "CRM":
        """The same CRM inside a transaction of the host's, which alone commits, rolls back and closes it.

        Each command is a savepoint there: one that is refused or fails takes back nothing of the host's. Observers are
        told after the host's commit, and never if it rolls back.

        :param host: what the storage can join: a SQLAlchemy Session or Connection, a driver's own connection.
        :param on_commit: runs what it is given after the host's commit, as Django's ``transaction.on_commit`` does;
            needed only where plugins observe and the storage cannot tell by itself.
        :raises Unavailable: when used, if the storage cannot join this.
        :raises Transient: when used: the host must begin its transaction anew.
        """
        return self._copied(self.space, partial(joined_work, host=host, on_commit=on_commit))

    def _copied(self, space: str, works: Callable[..., Work]) -> "CRM":
        other = copy(self)
        other.space, other._works = space, works  # noqa: SLF001  (one of us)
        other._work = works(self.store, space, self._session, self._plugins)  # noqa: SLF001
        return other

    # ------------------------------------------------------------------------------------------------- changing

    def handle(self, command: Command, *, actor: Actor, at: datetime | None = None) -> Outcome:
        """Do what a command says, or say why not.

        :raises Refused: with every reason, ordered by rule id; nothing was changed.
        :raises TooManyConflicts: others kept changing the same records; nothing was changed.
        :raises Transient: the storage stayed busy; nothing was changed.
        :raises ObserverFailed: a plugin raised after the commit; all of it is stored.
        """
        answer = self.answer(command, actor=actor, at=at)
        if isinstance(answer, Denied):
            raise Refused(answer.refusals)
        return answer

    def answer(self, command: Command, *, actor: Actor, at: datetime | None = None) -> Outcome | Denied:
        """Like ``handle``, with a refusal as a value."""
        return self._work.run(partial(_handle, command, actor, partial(self._now, at)))

    def answer_all(self, requests: Iterable[Request], *, size: int = 500) -> Iterator[Outcome | Denied]:
        """Handle a stream of commands in order, ``size`` of them in one transaction; answers come once it is stored.

        What is refused does not touch the others. When a transaction fails, none of its commands is stored, and
        the error is raised where its first answer would have come.
        """
        _at_least_one(size)
        pending = iter(requests)
        while chunk := tuple(islice(pending, size)):
            yield from self._work.run(partial(self._handle_each, chunk))

    def _handle_each(self, requests: Iterable[Request], session: Session) -> list[Outcome | Denied]:
        return [_handle(one.command, one.actor, partial(self._now, one.at), session) for one in requests]

    def hand_over_all(
        self,
        leaver: str,
        to: Sequence[Actor],
        *,
        actor: Actor,
        reason: str = "",
        at: datetime | None = None,
    ) -> tuple[Moved, ...]:
        """Give all customers and open actions of somebody who leaves to successors, in turn: all of it, or nothing.

        Everything is recorded customer by customer. Run again, it moves what the leaver has by then.

        :raises Refused: a customer that no successor may get; nothing was moved.
        :raises Invalid: no successors, or the leaver among them.
        """
        now = partial(self._now, at)
        return self._work.run(lambda session: move_all(session, leaver, to, actor, reason, now))

    def sweep(
        self, *, at: datetime | None = None, size: int = upkeep.PAGE, progress: Callable[[int], None] | None = None
    ) -> int:
        """Store the falls that are due, ``size`` in one transaction, and return how many there were.

        It may be stopped and started again at any time, by any number of processes at once, and need not run at all:
        whoever asks sees the falls (P-19). Each fall is stored once.
        """
        _at_least_one(size)
        return upkeep.sweep(self._work, self._now(at), size, progress)

    # -------------------------------------------------------------------------------------------------- asking

    def why_not(self, command: Command, *, actor: Actor, at: datetime | None = None) -> Refusals:
        """Every reason that refuses a command, ordered by rule id; empty exactly when ``handle`` would pass."""
        now = partial(self._now, at)
        with self._work.reading() as session:
            return in_time(partial(session.why_not, command, actor), now(), now)

    def can(self, customer_id: str, *, actor: Actor, at: datetime | None = None) -> tuple[type[Command], ...]:
        """The commands that would pass now, if what they say is right.

        :raises NotFound: no such customer.
        """
        with self._work.reading() as session:
            # The clock is read after the customer, so that nothing of the customer's is later.
            session.load(customer_id)
            now = self._now(at)
            customer = session.view(customer_id, now)
            if customer is None:
                raise NotFound("customer", customer_id)
            return session.can(customer, actor, now)

    def customer(self, customer_id: str, *, at: datetime | None = None) -> Customer:
        """The customer as it is now, or as it was or will be by time alone at ``at``.

        :raises NotFound: no such customer (at that time).
        """
        return self.customers.get(customer_id, at=at)

    def view(self, customer_id: str, *, actor: Actor, at: datetime | None = None) -> MaskedCustomer:
        """The customer as one person may see it (A-02).

        :raises NotFound: no such customer, or none for this person.
        """
        seen = seen_by(self.customer(customer_id, at=at), actor, self.rules.seeing)
        if seen is None:
            raise NotFound("customer", customer_id)
        return seen

    @property
    def privacy(self) -> Privacy:
        """Consents, exports and erasure of people's data (A-03)."""
        return Privacy(self._work, self._now, self.rules, self._scrub)

    @property
    def customers(self) -> Queries:
        """Finding customers: by id, number, name, owner, pool, custom field."""
        return Queries(self._work.reading, self._now, self.rules)

    @property
    def duplicates(self) -> Duplicates:
        """Duplicate analysis: who is alike, clusters over everything on record, new keys when the rules change."""
        return Duplicates(self._work, self._now, self.rules)

    @property
    def conflicts(self) -> Conflicts:
        """Conflicts (撞单): those that wait for a decision, those of a customer, their histories."""
        return Conflicts(self._work.reading)

    def search(self, text: str, *, actor: Actor, limit: int = 20, at: datetime | None = None) -> tuple[Found, ...]:
        """The records whose name contains a fragment such as 春意, as one types (M-01); whose brand it is comes first.

        :raises Invalid: the fragment is too short to be looked up.
        """
        return self.duplicates.search(text, actor=actor, limit=limit, at=at)

    @property
    def scores(self) -> "Scores":
        """Scoring customers, and the scores on record."""
        from crmcore.app.scores import Scores  # noqa: PLC0415  (only who scores needs it)

        return Scores(self._work, self._now, self.rules, self._plugins.sources)

    def underserved(
        self, policy: "ScoringPolicy", *, at: datetime | None = None, also: "Also | None" = None
    ) -> "Iterator[tuple[Served, tuple[Shortfall, ...]]]":
        """Who does not get the service that the grade on record promises (G-07), and what is lacking.

        :param at: now, or a time to come.
        :param also: adds to the facts of service what only the host knows: other people who serve, requests, hours.
        """
        from crmcore.app.serving import underserved  # noqa: PLC0415  (only who scores needs it)

        return underserved(self._work.reading, self.rules, policy, self._now(at), also)

    def segment(
        self, segment: "Segment", *, at: datetime | None = None, more: "More | None" = None
    ) -> Iterator[Customer]:
        """The customers that belong to a segment (G-08), by number; scores and grades are those on record.

        :param more: facts that only the host knows, by the ids of a page of customers.
        """
        from crmcore.app.serving import members  # noqa: PLC0415  (only who scores needs it)

        return members(self._work.reading, self.rules, segment, self._now(at), more)

    def history(self, customer_id: str, *, at: datetime | None = None) -> tuple[Envelope, ...]:
        """All events of a customer, oldest first, a fall that is due by now included.

        :raises NotFound: no such customer.
        """
        return self.customers.history(customer_id, at=at)

    def agenda(self, actor: Actor, *, at: datetime | None = None) -> list[AgendaItem]:
        """What the actor has to do: next contacts, protections about to end, reviews and requests to decide."""
        return self.customers.agenda(actor, at=at)

    def events(self, after: int = 0, *, size: int = 500) -> Iterator[Positioned]:
        """Everything that has happened in the space, in order, after a position; it ends with what is stored now.

        Positions count from 1 without gaps. Who keeps the last one seen can go on from there at any time: what is
        stored later never gets a position at or before it.
        """
        _at_least_one(size)
        while True:
            with self._work.reading() as session:
                page = session.records.log.read(session.uow, after, size)
            yield from page
            if len(page) < size:
                return
            after = page[-1].position

    def verify(self, *, progress: Callable[[int], None] | None = None) -> Iterator[Problem]:
        """Replay every history and compare it with what is stored; what differs comes back as problems."""
        yield from problems(self._work.reading, progress)

    def reindex(self, *, progress: Callable[[int], None] | None = None) -> int:
        """Rewrite the index columns of customers that were stored under other declared fields; returns how many.

        Needed once after a custom field has become searchable, and where a release says so. It may be stopped and
        started again. Where two customers have become one by name, the first keeps it and the other is left as it was:
        ``duplicates.all`` tells of them, and ``verify`` until they are merged.
        """
        return upkeep.reindex(self._work, progress)

    # -------------------------------------------------------------------------------------------------- inside

    def close(self) -> None:
        """Close the storage; inside a host's transaction, nothing, for the storage is not this one's to close."""
        if self._works is own_work:
            self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _session(self, uow: UnitOfWork) -> Session:
        return Session(uow, self._records, self.rules, self._stamp, self._new_id)

    def _scrub(self) -> bool:
        """Free the storage of what is left of deleted records, if it can and is this one's to do."""
        if self._works is not own_work or "scrub" not in self.store.capabilities:
            return False
        if isinstance(self.store, ScrubbingStore):
            self.store.scrub()
        return True

    def _now(self, at: datetime | None) -> datetime:
        return as_instant(self._clock() if at is None else at)
