"""Broken stores that take a host's transaction for their own."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from crmcore.storage.interface import UnitOfWork
from tests.kit.faults import rejected_by
from tests.kit.plain import PlainStore


@rejected_by("test_the_host_rolls_back")
class CommitsTheHost(PlainStore):
    """A joined unit that ends well commits the host's transaction."""

    @contextmanager
    def join(self, host_transaction: Any, space: str = "") -> Iterator[UnitOfWork]:
        """Commit, and begin again."""
        with super().join(host_transaction, space) as unit:
            yield unit
        host_transaction.execute("COMMIT")
        host_transaction.execute("BEGIN")


@rejected_by("test_ours_fails_and_the_host_goes_on[exception]")
class RollsBackTheHost(PlainStore):
    """A joined unit that fails rolls back the host's transaction."""

    def take_back(self, connection: sqlite3.Connection) -> None:
        """Roll it back, and begin again."""
        connection.execute("ROLLBACK")
        connection.execute("BEGIN")


@rejected_by("test_ours_fails_and_the_host_goes_on[exception]")
class JoinsWithoutSavepoint(PlainStore):
    """What a joined unit did before it failed stays in the host's transaction."""

    def units(self, connection: sqlite3.Connection, space: str) -> Iterator[UnitOfWork]:
        """Save in any case, if it is the host's."""
        unit = self.unit(self.known, self.loaded(connection, space))
        try:
            yield unit
        finally:
            failure = unit.end()
            self.keep(connection, space, unit)
        if failure is not None:
            raise failure

    def take_back(self, connection: sqlite3.Connection) -> None:
        """Leave it."""
        connection.execute("RELEASE unit")


@rejected_by("test_what_cannot_be_joined")
class JoinsAnything(PlainStore):
    """What is handed over is used without a look at it."""

    @contextmanager
    def join(self, host_transaction: Any, space: str = "") -> Iterator[UnitOfWork]:
        """Use it."""
        host_transaction.execute("SELECT 1")
        with super().join(host_transaction, space) as unit:
            yield unit


@rejected_by("test_a_host_that_has_gone")
class LetsTheDriverSpeak(PlainStore):
    """A connection that the host has closed is only met by the driver, whose error comes through."""

    @contextmanager
    def join(self, host_transaction: Any, space: str = "") -> Iterator[UnitOfWork]:
        """Look whether it is in a transaction before anything else."""
        if isinstance(host_transaction, sqlite3.Connection):
            host_transaction.execute("SELECT 1")
        with super().join(host_transaction, space) as unit:
            yield unit


@rejected_by("test_it_tells_of_the_commit[commit]", "test_it_tells_of_the_commit[rollback]")
class TellsAtOnce(PlainStore):
    """Who wants to be told of the host's commit is told at once."""

    def on_commit(self, host_transaction: object) -> Callable[[Callable[[], None]], object]:
        """Call it now."""
        return lambda call: call()


@rejected_by("test_both_commit", "test_spaces_in_one_transaction", "test_closing_leaves_the_host_alone")
class ClosesTheHost(PlainStore):
    """A joined unit closes the host's connection when it ends, as it would its own."""

    @contextmanager
    def join(self, host_transaction: Any, space: str = "") -> Iterator[UnitOfWork]:
        """Close it."""
        with super().join(host_transaction, space) as unit:
            yield unit
        host_transaction.close()


@rejected_by("test_a_joined_unit_has_an_end")
class JoinsForEver(PlainStore):
    """A joined unit works as long as the host's transaction is open."""

    @contextmanager
    def join(self, host_transaction: Any, space: str = "") -> Iterator[UnitOfWork]:
        """Without an end."""
        with super().join(host_transaction, space) as unit:
            yield unit
        vars(unit).update(stop=None)
