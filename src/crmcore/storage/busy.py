"""Who has a unit of work open: for stores where a second one in the same thread would wait for the first for ever."""

import threading

from crmcore.errors import Unavailable


class Busy:
    """Which threads have a unit of work open: a second one in the same thread would wait for the first for ever."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._threads: set[int] = set()

    def enter(self, who: int | None = None) -> int:
        """Note this thread, or whoever shares it with others; what to give to ``leave``."""
        thread = threading.get_ident() if who is None else who
        if thread in self._threads:
            raise Unavailable(self._where, "this thread already has a unit of work open on it")
        self._threads.add(thread)
        return thread

    def leave(self, thread: int) -> None:
        """The thread's unit has ended."""
        self._threads.discard(thread)
