"""Chunks of work with names, and what has been done of them.

A chunk that is finished is put into a store under its name, and is never run again while it stands there. A chunk that
was lost, as its worker died, is handed in once more, alone. A chunk that raised is a failure: the others are finished
before it is told. So whatever happens, nothing that was done is lost, and who runs the same chunks with the same store
again goes on where it ended.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Generic, TypeVar

from attrs import field, frozen

from crmcore.errors import CrmError, Failure, Fault, Invalid, WorkFailed

Result = TypeVar("Result")

#: An executor, or what makes one: a pool whose worker has died takes no more work, so another is needed then.
Workers = Executor | Callable[[], Executor]
#: Results by the name of the chunk: a dict, a shelf, or whatever else keeps them.
Store = MutableMapping[str, Any]

#: Rounds in a row in which nothing is finished, after which what is left is given up. After the first of them, chunks
#: are handed in one by one, so that one which kills its workers takes no others along.
ATTEMPTS: Final = 3
#: Chunks that are handed in and not finished at any time: enough to keep workers busy, and few enough for memory.
AHEAD: Final = 16


@frozen
class Chunk(Generic[Result]):
    """A piece of work: its name among all chunks of a store, what it is about, and a call that can be pickled."""

    name: str
    about: str
    call: Callable[..., Result] = field(repr=False)
    arguments: tuple[Any, ...] = field(default=(), repr=False)


def run(
    chunks: Sequence[Chunk[Result]],
    workers: Workers,
    done: Store | None = None,
    *,
    attempts: int = ATTEMPTS,
    ahead: int = AHEAD,
) -> list[Result]:
    """The results of all chunks, in their order.

    An executor that is given is not shut down; those that are made are.

    :param done: results that are there already, and where the others are put as they come.
    :raises WorkFailed: some chunks raised, or were lost time and again; all others are in ``done``.
    :raises Invalid: two chunks have one name; nothing could be tried, or handed in.
    """
    if faults := list(_faults(chunks, attempts=attempts, ahead=ahead)):
        raise Invalid(faults)
    results: Store = {} if done is None else done
    left = [chunk for chunk in chunks if chunk.name not in results]
    failed: dict[str, BaseException] = {}
    idle = 0
    while left and idle < attempts:
        lost: dict[str, BaseException] = {}
        with _pool(workers) as pool:
            for chunk, error in _round(pool, left, results, 1 if idle else ahead):
                (lost if isinstance(error, BrokenExecutor) else failed)[chunk.name] = error
        idle = idle + 1 if len(lost) == len(left) else 0
        left = _later(left, lost)
        failed |= lost if idle == attempts else {}
    if failed:
        raise _failure(chunks, failed) from next(iter(failed.values()))
    return [results[chunk.name] for chunk in chunks]


def _faults(chunks: Sequence[Chunk[Any]], **numbers: int) -> Iterator[Fault]:
    if len({chunk.name for chunk in chunks}) < len(chunks):
        yield Fault("chunks", "duplicate", "names that differ")
    for name, number in numbers.items():
        if number < 1:
            yield Fault(name, "out-of-range", "a whole number from 1")


def _later(chunks: Sequence[Chunk[Result]], lost: Mapping[str, BaseException]) -> list[Chunk[Result]]:
    """What was lost, the first of it last: if it kills its workers, it is not to keep the others from being done."""
    first = next(iter(lost), None)
    return sorted((chunk for chunk in chunks if chunk.name in lost), key=lambda chunk: chunk.name == first)


def _pool(workers: Workers) -> AbstractContextManager[Executor]:
    return nullcontext(workers) if isinstance(workers, Executor) else workers()


def _round(
    pool: Executor, chunks: Sequence[Chunk[Any]], results: Store, ahead: int
) -> Iterator[tuple[Chunk[Any], BaseException]]:
    """Hand in all chunks and keep their results; give those that brought none, with the reason."""
    waiting = iter(chunks)
    running: dict[Future[Any], Chunk[Any]] = {}
    try:
        while True:
            for chunk in waiting:
                running[_submitted(pool, chunk)] = chunk
                if len(running) >= ahead:
                    break
            if not running:
                return
            finished = wait(running, return_when=FIRST_COMPLETED).done
            for future in [future for future in running if future in finished]:
                chunk = running.pop(future)
                error = _lost() if future.cancelled() else future.exception()
                if error is None:
                    results[chunk.name] = future.result()
                else:
                    yield chunk, error
    finally:
        for future in running:
            future.cancel()


def _submitted(pool: Executor, chunk: Chunk[Any]) -> "Future[Any]":
    """The chunk as handed in; what keeps it from being handed in is its result."""
    try:
        return pool.submit(chunk.call, *chunk.arguments)
    except Exception as error:  # noqa: BLE001 — executors differ in what they raise, and nothing is dropped
        failed: Future[Any] = Future()
        failed.set_exception(error)
        return failed


def _lost() -> BaseException:
    return BrokenExecutor("the chunk was cancelled")


def _failure(chunks: Sequence[Chunk[Any]], failed: dict[str, BaseException]) -> WorkFailed:
    return WorkFailed(
        Failure(chunk.name, chunk.about, _reason(failed[chunk.name])) for chunk in chunks if chunk.name in failed
    )


def _reason(error: BaseException) -> str:
    """What went wrong; texts of others than us are left out, as nobody knows what they hold."""
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, CrmError) else name
