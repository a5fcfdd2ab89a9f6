"""Learning that a host's transaction has committed: what runs then, and never after a rollback.

A Session tells by events of its own. They are waited for until its outermost transaction has ended, so that its
connection is back in the pool and the Session can go on whatever the observers do.

A Connection has no event after COMMIT, only one before it. So its transaction is given a class whose ``commit`` runs
what waits once that of SQLAlchemy's has returned; all ways to commit go through that public method.

What was done inside a savepoint that the host rolls back is forgotten.
"""

from collections.abc import Callable, Iterable, MutableMapping
from contextlib import ExitStack
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

import attrs
from sqlalchemy import Connection, NestedTransaction, RootTransaction, TwoPhaseTransaction, event
from sqlalchemy.orm import Session, SessionTransaction, scoped_session

from crmcore.errors import Unavailable

Call = Callable[[], None]


@attrs.define
class Waiting:
    """What runs after the commit, and the savepoint it was done in, if any."""

    call: Call
    savepoint: SessionTransaction | NestedTransaction | None


def on_commit_of(host: object) -> Callable[[Call], object] | None:
    """A function that runs what it is given after the commit of the transaction that a host is in; None: unknown.

    A Session's commit is what the Session takes for one: if it is bound to a Connection whose transaction somebody else
    ends, hand that Connection over instead.
    """
    if isinstance(host, scoped_session):
        host = host()
    if isinstance(host, Session):
        return partial(_after_session, host)
    if isinstance(host, Connection):
        return partial(_after_connection, host)
    return None


def _run(waiting: Iterable[Waiting]) -> None:
    """Run all of them in order, whatever becomes of the others; what the last failing one raises comes out."""
    with ExitStack() as stack:
        for one in reversed(list(waiting)):
            stack.callback(one.call)


# ------------------------------------------------------------------------------------------------------------- Session


@attrs.define(eq=False)
class Ending:
    """What waits for the end of a Session's outermost transaction."""

    waiting: list[Waiting] = attrs.field(factory=list)
    committed: bool = False


_endings: Final[MutableMapping[SessionTransaction, Ending]] = WeakKeyDictionary()


def _after_session(session: Session, call: Call) -> None:
    root = session.get_transaction()
    if root is None:
        raise Unavailable("sqlalchemy", "the host's Session is in no transaction")
    # Listeners stay: SQLAlchemy allows none to be removed while they are called.
    for name, listener in _SESSION_LISTENERS:
        if not event.contains(session, name, listener):
            event.listen(session, name, listener)
    ending = _endings.setdefault(root, Ending())
    ending.waiting.append(Waiting(call, session.get_nested_transaction()))


def _committed(session: Session) -> None:
    """Note a COMMIT; releasing a savepoint is told as one too."""
    root = session.get_transaction()
    if root is not None and root in _endings and not session.in_nested_transaction():
        _endings[root].committed = True


def _rolled_back(_session: Session, gone: SessionTransaction) -> None:
    """Forget what was done inside a savepoint, or inside one that was released within it."""
    ending = _endings.get(_root(gone))
    if ending is not None:
        ending.waiting = [one for one in ending.waiting if not _is_within(one.savepoint, gone)]


def _ended(_session: Session, transaction: SessionTransaction) -> None:
    ending = _endings.pop(transaction, None)
    if ending is not None and ending.committed:
        _run(ending.waiting)


def _root(transaction: SessionTransaction) -> SessionTransaction:
    while transaction.parent is not None:
        transaction = transaction.parent
    return transaction


def _is_within(savepoint: Any, outer: SessionTransaction) -> bool:
    while savepoint is not None and savepoint is not outer:
        savepoint = savepoint.parent
    return savepoint is outer


_SESSION_LISTENERS: Final = (
    ("after_commit", _committed),
    ("after_soft_rollback", _rolled_back),
    ("after_transaction_end", _ended),
)


# ---------------------------------------------------------------------------------------------------------- Connection


class _Telling(RootTransaction):
    """A transaction that tells of its commit."""

    __slots__ = ()

    def commit(self) -> None:
        """Commit, then run what waits for that."""
        super().commit()
        _run(_waiting.pop(self, ()))

    def rollback(self) -> None:
        """Roll back, unless it has committed: an observer's error comes too late for that."""
        if self.connection.get_transaction() is self:
            super().rollback()


class _TellingTwoPhase(_Telling, TwoPhaseTransaction):
    """The same in two phases."""

    __slots__ = ()


_TELLING: Final[dict[type, type[_Telling]]] = {RootTransaction: _Telling, TwoPhaseTransaction: _TellingTwoPhase}
_waiting: Final[MutableMapping[RootTransaction, list[Waiting]]] = WeakKeyDictionary()


def _after_connection(connection: Connection, call: Call) -> None:
    root = connection.get_transaction()
    if root is None:
        raise Unavailable("sqlalchemy", "the host's Connection is in no transaction")
    if not isinstance(root, _Telling):
        root.__class__ = _telling(type(root))
        if not event.contains(connection, "savepoint", _savepoint_made):
            event.listen(connection, "savepoint", _savepoint_made)
            event.listen(connection, "rollback_savepoint", _savepoint_gone)
    _waiting.setdefault(root, []).append(Waiting(call, connection.get_nested_transaction()))


def _telling(cls: type[RootTransaction]) -> type[_Telling]:
    telling = _TELLING.get(cls)
    if telling is None:
        raise Unavailable("sqlalchemy", f"it cannot tell when a {cls.__name__} commits; joined() needs on_commit")
    return telling


def _savepoint_made(connection: Connection, _name: str) -> None:
    """Before a savepoint is made: what was done in one that is released by now belongs to the one around that."""
    around = connection.get_nested_transaction()
    for one in _waiting_for(connection):
        if one.savepoint is not None and not one.savepoint.is_active:
            one.savepoint = around


def _savepoint_gone(connection: Connection, name: str, _context: None) -> None:
    """Before a rollback to the innermost savepoint: forget what was done in it."""
    _savepoint_made(connection, name)
    gone = connection.get_nested_transaction()
    waiting = _waiting_for(connection)
    waiting[:] = [one for one in waiting if one.savepoint is None or one.savepoint is not gone]


def _waiting_for(connection: Connection) -> list[Waiting]:
    root = connection.get_transaction()
    return [] if root is None else _waiting.get(root, [])
