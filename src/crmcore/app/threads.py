"""Worker threads behind an event loop: calls are awaited, iterators are read a piece at a time."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from itertools import islice
from typing import Protocol, TypeVar

from crmcore.errors import Fault, Invalid, Unavailable

T = TypeVar("T")

#: Threads that work for one AsyncCRM, where its storage may be shared by threads.
WORKERS = 4


class Closable(Protocol):
    """What is closed at its end."""

    def close(self) -> None:
        """Release what is held."""
        ...


C = TypeVar("C", bound=Closable)


class Threads:
    """One thread that opens, closes and, unless others are added, does all work between; nothing blocks the loop."""

    def __init__(self) -> None:
        self._home = ThreadPoolExecutor(1, "crmcore")
        self._workers = self._home
        self._closing: Future[None] | None = None

    async def open(self, make: Callable[[], C]) -> C:
        """What is made in the first thread; if nobody waits for it any more, it is closed there."""
        future = self._home.submit(copy_context().run, make)
        try:
            return await asyncio.wrap_future(future)
        except BaseException:
            future.add_done_callback(_close_unused)
            self._home.shutdown(wait=False)
            raise

    def add(self, workers: int) -> None:
        """Let so many other threads work."""
        if workers > 1:
            self._workers = ThreadPoolExecutor(workers, "crmcore")

    async def run(self, work: Callable[[], T]) -> T:
        """What a call gives, made in a thread under the caller's context variables.

        :raises Unavailable: after ``close``.
        """
        if self._closing is not None:
            raise Unavailable("of this AsyncCRM", "it is closed")
        called = partial(copy_context().run, work)
        return await asyncio.get_running_loop().run_in_executor(self._workers, called)

    async def stream(self, iterate: Callable[[], Iterator[T]], size: int) -> AsyncIterator[T]:
        """What an iterator gives, read ``size`` items at a time."""
        iterator, most = await self.run(iterate), max(size, 1)
        while items := await self.run(lambda: list(islice(iterator, most))):
            for item in items:
                yield item

    async def close(self, last: Callable[[], None]) -> None:
        """Wait for all that was begun, then do the last thing and end the threads."""
        if self._closing is None:
            self._closing = self._home.submit(self._end, last)
            self._home.shutdown(wait=False)
        # A waiter that is cancelled does not keep the storage open.
        await asyncio.shield(asyncio.wrap_future(self._closing))

    def _end(self, last: Callable[[], None]) -> None:
        try:
            if self._workers is not self._home:
                self._workers.shutdown()
        finally:
            last()


async def chunks(items: AsyncIterable[T], size: int) -> AsyncIterator[list[T]]:
    """Items in lists of ``size``, the last one shorter.

    :raises Invalid: ``size`` is below 1.
    """
    if size < 1:
        raise Invalid([Fault("size", "out-of-range", "a whole number from 1")])
    chunk: list[T] = []
    async for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _close_unused(future: Future[C]) -> None:
    """Close what was made for nobody."""
    if not future.cancelled() and future.exception() is None:
        future.result().close()
