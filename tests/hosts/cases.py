"""What every host's transaction must give: the cases, written once. A host's own test says how it opens one.

Both commit; the host rolls back and nothing of ours remains, nor are observers told; ours fails and the host goes on.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

import pytest

from crmcore import CRM, Actor, NotFound, Outcome, Refused, TooManyConflicts
from crmcore.customers import Abandon, ApplyForIntent
from crmcore.customers.commands import Command
from crmcore.errors import ObserverFailed, Transient
from tests.customers.scene import LI, MANAGER, MONDAY, WANG, record, register
from tests.hosts.observing import Meddler, Observer, Vetoed

GIVE_UP = Abandon("C1", "they have no budget")
POOLED = register(into="pool")


class Inside(Protocol):
    """What can be done in an open transaction of the host's."""

    def note(self, text: str) -> None:
        """Write a row of the host's own."""
        ...

    def handle(self, command: Command, *, actor: Actor) -> Outcome:
        """Give a command to the joined CRM."""
        ...

    def ask(self, question: Callable[[CRM], Any]) -> Any:
        """Ask the joined CRM."""
        ...

    def savepoint(self) -> AbstractContextManager[object]:
        """A savepoint of the host's: released at its end, rolled back by an exception."""
        ...


class Host(Protocol):
    """A host with a database of its own, in which the customers are kept too."""

    observer: Observer
    meddler: Meddler
    crm: CRM

    def transaction(self) -> AbstractContextManager[Inside]:
        """A transaction: committed at its end, rolled back by an exception."""
        ...

    def notes(self) -> list[str]:
        """The host's rows that are committed, in the order of their texts."""
        ...

    def forbid(self, text: str) -> None:
        """See to it that a transaction which writes this note fails at its COMMIT, and not before."""
        ...

    def other(self) -> CRM:
        """The customers seen from elsewhere: a CRM without plugins; the host's test closes it."""
        ...


class ThreadedHost(Host, Protocol):
    """A host that several threads use."""

    def elsewhere(self) -> AbstractContextManager[Inside]:
        """A transaction on a connection of the thread's own."""
        ...


class Stop(Exception):
    """The host changes its mind."""


class HostCases:
    """Subclassed with a fixture ``host``."""

    def test_both_commit(self, host: Host):
        """What both wrote is stored with the host's commit, and not before; then observers are told, once."""
        host.observer.look = lambda: host.other().customer("C1").stage.name
        with host.transaction() as inside:
            inside.note("a")
            outcome = inside.handle(register(), actor=LI)
            assert "C1" == inside.ask(lambda crm: crm.customer("C1").id)
            assert [] == host.observer.told

        assert host.crm.customer("C1") == outcome.customer
        assert ["a"] == host.notes()
        assert ["registered", "protected"] == host.observer.told
        assert ["potential"] == host.observer.seen
        assert [] == list(host.crm.verify())

    def test_several_commands_in_one_transaction(self, host: Host):
        """Each sees what those before it did, and observers are told of all of them."""
        with host.transaction() as inside:
            inside.handle(register(), actor=LI)
            inside.handle(record(), actor=LI)
            inside.note("a")
            inside.handle(GIVE_UP, actor=LI)

        assert ["registered", "protected", "follow-up-recorded", "abandoned"] == host.observer.told
        assert [1, 2, 3, 4] == [event.position for event in host.crm.events()]
        assert ["a"] == host.notes()

    def test_the_host_rolls_back(self, host: Host):
        """Nothing of ours remains, and nobody is told; the next transaction has nothing of it either."""
        with pytest.raises(Stop), host.transaction() as inside:  # noqa: PT012
            inside.note("a")
            inside.handle(register(), actor=LI)
            raise Stop

        assert [] == host.observer.told
        assert [] == list(host.crm.events())
        with pytest.raises(NotFound):
            host.crm.customer("C1")
        with host.transaction() as inside:
            inside.note("b")
            inside.handle(register(), actor=WANG)

        assert ["b"] == host.notes()
        assert ["registered", "protected"] == host.observer.told
        assert "wang" == host.crm.customer("C1").owner

    def test_ours_is_refused_and_the_host_goes_on(self, host: Host):
        """A refused command takes back nothing, neither the host's nor that of commands before it."""
        with host.transaction() as inside:
            inside.note("a")
            inside.handle(register(), actor=LI)
            with pytest.raises(Refused):
                inside.handle(ApplyForIntent("C1"), actor=LI)
            inside.note("b")
            inside.handle(record(), actor=LI)

        assert ["a", "b"] == host.notes()
        assert ["registered", "protected", "follow-up-recorded"] == host.observer.told
        assert 3 == host.crm.customer("C1").version

    def test_ours_is_vetoed_and_the_host_goes_on(self, host: Host):
        """What a plugin vetoes is taken back; what the host wrote before and after it is stored."""
        with host.transaction() as inside:
            inside.note("a")
            host.observer.vetoes = True
            with pytest.raises(Vetoed):
                inside.handle(register(), actor=LI)
            host.observer.vetoes = False
            inside.note("b")
            inside.handle(register(id="C2"), actor=LI)

        assert ["a", "b"] == host.notes()
        assert ["C2"] == [customer.id for customer in host.crm.customers.all()]
        assert ["registered", "protected"] == host.observer.told

    def test_a_savepoint_that_is_rolled_back(self, host: Host):
        """What was done inside it is gone and told to nobody; the rest is stored and told."""
        with host.transaction() as inside:
            inside.handle(register(), actor=LI)
            with pytest.raises(Stop), inside.savepoint():  # noqa: PT012
                inside.note("a")
                inside.handle(GIVE_UP, actor=LI)
                raise Stop
            inside.note("b")
            inside.handle(record(), actor=LI)

        assert ["b"] == host.notes()
        assert ["registered", "protected", "follow-up-recorded"] == host.observer.told
        assert "potential" == host.crm.customer("C1").stage.name

    def test_a_savepoint_that_is_released(self, host: Host):
        """What was done inside it is stored and told with the commit, and not at its release."""
        with host.transaction() as inside:
            with inside.savepoint():
                inside.handle(register(), actor=LI)
            assert [] == host.observer.told
            inside.handle(record(), actor=LI)

        assert ["registered", "protected", "follow-up-recorded"] == host.observer.told

    def test_a_released_savepoint_in_one_that_is_rolled_back(self, host: Host):
        """What was done in either is gone, and told to nobody."""
        with host.transaction() as inside:
            inside.note("a")
            with pytest.raises(Stop), inside.savepoint():  # noqa: PT012
                with inside.savepoint():
                    inside.handle(register(), actor=LI)
                inside.note("b")
                raise Stop
            with inside.savepoint():
                inside.handle(register(), actor=WANG)

        assert ["a"] == host.notes()
        assert ["registered", "protected"] == host.observer.told
        assert "wang" == host.crm.customer("C1").owner

    def test_a_savepoint_beside_one_that_was_released(self, host: Host):
        """Rolled back, it takes nothing of the other's, and the other is told."""
        with host.transaction() as inside:
            with inside.savepoint():
                inside.handle(register(), actor=LI)
            with pytest.raises(Stop), inside.savepoint():  # noqa: PT012
                inside.handle(GIVE_UP, actor=LI)
                raise Stop

        assert ["registered", "protected"] == host.observer.told
        assert "potential" == host.crm.customer("C1").stage.name

    def test_one_transaction_after_the_other(self, host: Host):
        """Observers are told of each once."""
        for number in range(3):
            with host.transaction() as inside:
                inside.handle(register(id=f"C{number}", name=f"上海{number}号贸易有限公司", into="pool"), actor=MANAGER)
            assert ["registered"] * (number + 1) == host.observer.told

    def test_questions_alone(self, host: Host):
        """Change nothing, and tell nobody."""
        host.crm.handle(register(), actor=LI)
        host.observer.told.clear()
        with host.transaction() as inside:
            assert "li" == inside.ask(lambda crm: crm.customer("C1").owner)
            assert () == tuple(inside.ask(lambda crm: crm.why_not(GIVE_UP, actor=LI)))

        assert [] == host.observer.told

    def test_an_observer_that_fails(self, host: Host):
        """An error that says so comes out of the host's commit, but both are stored, and the host can go on."""

        def fail() -> None:
            raise Vetoed

        host.observer.look = fail
        with pytest.raises(ObserverFailed), host.transaction() as inside:  # noqa: PT012
            inside.note("a")
            inside.handle(register(), actor=LI)
        host.observer.look = lambda: None
        with host.transaction() as inside:
            inside.note("b")
            inside.handle(record(), actor=LI)

        assert ["a", "b"] == host.notes()
        assert 3 == host.crm.customer("C1").version
        assert ["registered", "protected", "follow-up-recorded"] == host.observer.told


class DeferringHostCases(HostCases):
    """For databases with constraints that are checked at the commit, which can fail therefore."""

    def test_a_commit_that_fails(self, host: Host):
        """Nothing is stored, and nobody is told; what comes after is told alone."""
        host.forbid("bad")
        with pytest.raises(Exception, match=r"(?i)foreign key"), host.transaction() as inside:  # noqa: PT012
            inside.handle(register(), actor=LI)
            inside.note("bad")

        assert [] == host.notes()
        assert [] == host.observer.told
        assert [] == list(host.crm.events())
        with host.transaction() as inside:
            inside.handle(POOLED, actor=MANAGER)

        assert ["registered"] == host.observer.told


class ConflictingHostCases(HostCases):
    """For databases in which others may change what the host's transaction has read."""

    def test_ours_conflicts_and_is_decided_again(self, host: Host):
        """When others changed the customer meanwhile, the command is decided anew, inside the host's transaction."""
        host.crm.handle(register(), actor=LI)
        host.observer.told.clear()
        left = [record()]

        def once() -> None:
            if left:
                host.other().handle(left.pop(), actor=LI, at=MONDAY)

        host.meddler.happening = once
        with host.transaction() as inside:
            inside.note("a")
            outcome = inside.handle(GIVE_UP, actor=LI)

        assert (4, "pool") == (outcome.customer.version, host.crm.customer("C1").stage.name)
        assert ["a"] == host.notes()
        assert ["abandoned"] == host.observer.told


class FreeHostCases(ConflictingHostCases):
    """For databases in which they may do so again and again."""

    def test_ours_always_conflicts_and_the_host_goes_on(self, host: Host):
        """When others change the customer each time, the command is given up; the host commits what it wrote."""
        host.crm.handle(register(), actor=LI)
        host.observer.told.clear()
        host.meddler.happening = lambda: host.other().handle(record(), actor=LI, at=MONDAY)
        with host.transaction() as inside:
            inside.note("a")
            with pytest.raises(TooManyConflicts):
                inside.handle(GIVE_UP, actor=LI)
            inside.note("b")

        assert ["a", "b"] == host.notes()
        assert [] == host.observer.told
        assert "potential" == host.crm.customer("C1").stage.name
        assert [] == list(host.crm.verify())


class ThreadedHostCases(HostCases):
    """For databases and hosts in which several transactions write at the same time."""

    def test_threads_at_once(self, host: ThreadedHost):
        """Each has its transaction, tries it again when told to, and loses neither its own row nor its command."""
        host.crm.handle(register(), actor=LI)
        host.observer.told.clear()
        errors: list[BaseException] = []
        threads = [threading.Thread(target=patient, args=(host, f"{number}", errors)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [] == errors
        assert ["0", "1", "2", "3"] == host.notes()
        assert 6 == host.crm.customer("C1").version
        assert list(range(1, 7)) == [event.position for event in host.crm.events()]
        assert ["follow-up-recorded"] * 4 == host.observer.told
        assert [] == list(host.crm.verify())


def patient(host: ThreadedHost, text: str, errors: list[BaseException]) -> None:
    """Write a note and record a follow-up in one transaction, begun anew where that is asked for."""
    for attempt in range(10):
        try:
            with host.elsewhere() as inside:
                inside.note(text)
                inside.handle(record(), actor=LI)
        except (Transient, TooManyConflicts) as error:
            if attempt == 9:
                errors.append(error)
        except BaseException as error:
            errors.append(error)
            raise
        else:
            return
