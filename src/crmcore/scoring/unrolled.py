"""One function for one policy: finds the cell of a case, its factors written out one after the other.

Made by ``exec``, as attrs makes its constructors: going round a loop costs more than finding a band.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")

#: The classes of numbers that are compared as they are.
NUMBERS: Final[frozenset[Any]] = frozenset({float, int})

Step = tuple[Sequence[float], Callable[[Any], int]]


def finder(
    steps: Sequence[Step],
    known: dict[tuple[int, ...], T],
    new: Callable[[tuple[int, ...], Sequence[Any]], T],
    miscounted: Callable[[Sequence[Any]], T],
) -> Callable[[Sequence[Any]], T]:
    """A function from the values of a case to what ``known`` holds for their indexes, or else what ``new`` makes of it.

    :param steps: for each factor its edges, and what gives the index of a value that is no plain number.
    :param miscounted: what is called with values that are not as many as there are steps.
    """
    names: dict[str, Any] = {"known": known.get, "new": new, "miscounted": miscounted}
    names |= {"numbers": NUMBERS, "reached": bisect_right}
    for place, (edges, index) in enumerate(steps):
        names |= {f"edges_{place}": edges, f"index_{place}": index}
    made: dict[str, Any] = {}
    exec(_source(len(steps), list(names)), made)  # noqa: S102 — nothing in it comes from outside
    find: Callable[[Sequence[Any]], T] = made["made"](**names)
    return find


def _source(count: int, names: Sequence[str]) -> str:
    """The text of a function that makes the finder; the names are its parameters."""
    values = "".join(f"v{place}, " for place in range(count))
    key = "".join(
        f"            reached(edges_{place}, v{place}) if v{place}.__class__ in numbers else index_{place}(v{place}),\n"
        for place in range(count)
    )
    return f"""\
def made({", ".join(names)}):
    def find(values):
        try:
            {values}= values
        except (TypeError, ValueError):
            return miscounted(values)
        key = (
{key}        )
        return known(key) or new(key, values)
    return find
"""
