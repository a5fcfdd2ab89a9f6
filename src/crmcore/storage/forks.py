"""Forking: pools of connections get ready before it, and a forked child never touches what is its parent's.

SQLite keeps a table of file locks per process; a child that inherits it believes that it holds locks which only its
parent has. A connection to a server would be two processes talking into one conversation.
"""

import os
import weakref
from threading import Lock
from typing import Protocol


class Pool(Protocol):
    """Connections that must not be carried across a fork; ``gate`` is held while one is made, and during a fork."""

    gate: Lock
    #: Whether idle connections are closed before the fork, because a child could do harm merely by having them.
    closes_for_fork: bool

    def close_idle(self) -> None:
        """Close what no unit of work uses. The caller holds the gate."""
        ...

    def forsake(self) -> None:
        """In a forked child: keep the parent's connections from ever being closed here, and use none of them."""
        ...


_pools: "weakref.WeakSet[Pool]" = weakref.WeakSet()
_forsaken: list[object] = []
_held: list[Pool] = []


def watch(pool: Pool) -> None:
    """Have a pool told of forks, for as long as it lives."""
    _pools.add(pool)


def forsake(*connections: object) -> None:
    """Keep connections of the parent's for ever: were one collected, the driver would close it."""
    _forsaken.extend(connections)


def _before_fork() -> None:
    for pool in list(_pools):
        if pool.closes_for_fork:
            pool.gate.acquire()
            pool.close_idle()
            _held.append(pool)


def _after_fork_in_parent() -> None:
    while _held:
        _held.pop().gate.release()


def _after_fork_in_child() -> None:
    _held.clear()
    for pool in list(_pools):
        pool.forsake()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork either
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
