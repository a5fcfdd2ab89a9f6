"""A CRM inside a transaction of the host's: the host alone decides whether it happens."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from crmcore import CRM, Denied, Invalid, NotFound, Outcome, hookimpl
from crmcore.customers import Abandon
from crmcore.errors import Unavailable
from crmcore.kernel.events import Envelope
from tests.customers.scene import LI, MONDAY, WANG, register


class Observer:
    """A plugin that notes what it is told, and vetoes what it is told to."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self.against = ""

    @hookimpl
    def crmcore_before_commit(self, changes: Sequence[Envelope]) -> None:
        """Veto."""
        if self.against in {envelope.type for envelope in changes}:
            raise RuntimeError

    @hookimpl
    def crmcore_after_commit(self, events: Sequence[Envelope]) -> None:
        """Note."""
        self.told.append(tuple(envelope.type for envelope in events))


@pytest.fixture
def observer() -> Observer:
    """Give a plugin that notes what is stored."""
    return Observer()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name the host's database."""
    return tmp_path / "host.db"


@pytest.fixture
def crm(path: Path, observer: Observer) -> Iterator[CRM]:
    """Give a CRM in the host's database, which has a table of its own."""
    with CRM.open(f"sqlite:///{path}", plugins=[observer], clock=lambda: MONDAY) as opened:
        host = sqlite3.connect(path)
        host.execute("CREATE TABLE orders (name TEXT)")
        host.close()
        yield opened


class Host:
    """A host with a transaction of its own, and what it wants done after its commit."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("INSERT INTO orders VALUES ('order')")
        self.waiting: list[Callable[[], None]] = []

    def commit(self) -> None:
        """Commit, then do what waits for it."""
        self.connection.execute("COMMIT")
        for call in self.waiting:
            call()

    def roll_back(self) -> None:
        """Roll back."""
        self.connection.execute("ROLLBACK")

    def orders(self) -> int:
        """How many orders are stored."""
        count: int = self.connection.execute("SELECT count(*) FROM orders").fetchone()[0]
        return count


@pytest.fixture
def host(crm: CRM, path: Path) -> Iterator[Host]:
    """Give a host in a transaction."""
    running = Host(path)
    yield running
    running.connection.close()


def joined(crm: CRM, host: Host) -> CRM:
    """The CRM inside the host's transaction."""
    return crm.joined(host.connection, on_commit=host.waiting.append)


def test_both_commit(crm: CRM, host: Host, observer: Observer) -> None:
    """What was done is seen inside at once, outside with the commit, and observers are told only then."""
    inside = joined(crm, host)
    outcome = inside.handle(register(), actor=LI)

    assert "potential" == inside.customer("C1").stage.name
    assert outcome.events == inside.history("C1")
    with pytest.raises(NotFound):
        crm.customer("C1")
    assert [] == observer.told
    host.commit()
    assert "potential" == crm.customer("C1").stage.name
    assert [("registered", "protected")] == observer.told
    assert 1 == host.orders()
    assert [] == list(crm.verify())


def test_the_host_rolls_back(crm: CRM, host: Host, observer: Observer) -> None:
    """Nothing of ours remains, and nobody is told of it."""
    joined(crm, host).handle(register(), actor=LI)
    host.roll_back()

    with pytest.raises(NotFound):
        crm.customer("C1")
    assert ([], 0) == (observer.told, host.orders())
    assert [] == list(crm.events())


@pytest.mark.parametrize("how", ["refused", "vetoed"])
def test_ours_fails_and_the_host_goes_on(crm: CRM, host: Host, observer: Observer, how: str) -> None:
    """What was done before stays, what failed leaves nothing, and the host commits."""
    inside = joined(crm, host)
    inside.handle(register(), actor=LI)
    give_up = Abandon("C1", "they have no budget")
    if how == "refused":
        assert isinstance(inside.answer(give_up, actor=WANG), Denied)
    else:
        observer.against = "abandoned"
        with pytest.raises(RuntimeError):
            inside.handle(give_up, actor=LI)
    host.commit()

    assert "potential" == crm.customer("C1").stage.name
    assert [("registered", "protected")] == observer.told
    assert 1 == host.orders()


def test_it_never_closes_what_is_the_hosts(crm: CRM, host: Host) -> None:
    """Leaving it closes neither the connection nor the storage."""
    with joined(crm, host) as inside:
        inside.handle(register(), actor=LI)
    host.commit()

    assert "potential" == crm.customer("C1").stage.name


def test_other_spaces_are_in_the_same_transaction(crm: CRM, host: Host) -> None:
    """Of the host that was joined."""
    theirs = joined(crm, host).in_space("acme")
    theirs.handle(register(), actor=LI)
    host.roll_back()

    with pytest.raises(NotFound):
        crm.in_space("acme").customer("C1")


def test_batches_and_sweeps(crm: CRM, host: Host) -> None:
    """Everything that a CRM does, it does inside, too."""
    inside = joined(crm, host)
    answers = list(inside.answer_all([], size=2))
    outcome = inside.handle(register(), actor=LI)
    deadline: Any = outcome.customer.deadline

    assert [] == answers
    assert 1 == inside.sweep(at=deadline)
    assert isinstance(outcome, Outcome)
    host.commit()
    assert "pool" == crm.customer("C1", at=deadline).stage.name


def test_observers_need_to_know_of_the_commit(crm: CRM, host: Host) -> None:
    """A bare connection cannot tell; who observes would never be told, so this is refused."""
    with pytest.raises(Invalid) as error:
        crm.joined(host.connection)

    assert ["on_commit"] == [fault.path for fault in error.value.faults]


def test_without_observers_a_bare_connection_will_do(path: Path) -> None:
    """There is nobody to tell."""
    with CRM.open(f"sqlite:///{path}", clock=lambda: MONDAY) as crm:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        crm.joined(connection).handle(register(), actor=LI)
        connection.execute("COMMIT")
        connection.close()

        assert "potential" == crm.customer("C1").stage.name


def test_memory_cannot_join() -> None:
    """It says so when it is used."""
    with CRM.open() as crm, pytest.raises(Unavailable):
        crm.joined(object()).customer("C1")
