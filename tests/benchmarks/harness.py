"""What the benchmarks share: two things measured in turn, the median of their ratios, and a small table."""

import gc
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from attrs import frozen

ROOT = Path(__file__).resolve().parents[2]


@frozen
class Comparison:
    """Two things timed in turn, in seconds a round, and the ratio of each round."""

    mine: tuple[float, ...]
    other: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Mine by the other, for each round."""
        return [mine / other for mine, other in zip(self.mine, self.other, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return median(self.ratios)

    @property
    def spread(self) -> str:
        """The smallest and the largest ratio."""
        return f"{min(self.ratios):.2f} to {max(self.ratios):.2f}"


def in_turn(mine: Callable[[], float], other: Callable[[], float], rounds: int) -> Comparison:
    """Measure A, B, A, B …; each call gives its own seconds. One round before these is not counted."""
    mine(), other()
    pairs = [(mine(), other()) for _ in range(rounds)]
    return Comparison(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


def timed(job: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """The seconds a job takes by a clock, the garbage collector at rest as in ``timeit``.

    ``time.process_time`` leaves out what other programs take of a busy computer, and waiting for disks.
    """
    gc.disable()
    started = clock()
    try:
        job()
        return clock() - started
    finally:
        gc.enable()


def settle_memory() -> None:
    """Keep what has been prepared out of the garbage collector's way."""
    gc.collect()
    gc.freeze()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with its columns aligned."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    texts = (" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(f"| {text} |" for text in texts)


def report(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a title and a table."""
    print(f"\n{title} ({platform.python_implementation()} {platform.python_version()})\n")
    print(table(head, rows))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with TemporaryDirectory(prefix="crmcore-bench-") as folder:
        yield Path(folder)
