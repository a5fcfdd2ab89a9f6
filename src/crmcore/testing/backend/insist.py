"""Trying again what others got in the way of."""

from collections.abc import Callable
from typing import TypeVar

from crmcore.errors import TooManyConflicts, Transient

T = TypeVar("T")


def insist(job: Callable[[], T], times: int = 20) -> T:
    """Do a job again that others got in the way of, as a host would: what failed so has changed nothing.

    :raises TooManyConflicts: others got in the way each time.
    :raises Transient: the storage was busy each time.
    """
    for _ in range(times - 1):
        try:
            return job()
        except (TooManyConflicts, Transient):
            continue
    return job()
