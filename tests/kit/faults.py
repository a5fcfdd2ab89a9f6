"""The list of what is broken: each has one fault, and names tests of the kit that must reject it."""

from collections.abc import Callable
from typing import Any, TypeVar

C = TypeVar("C", bound=type[Any])

#: Each broken store, or part of one, by its name, with the tests that must reject it.
FAULTS: dict[str, tuple[type[Any], tuple[str, ...]]] = {}


def rejected_by(*tests: str) -> Callable[[C], C]:
    """Enter a broken store, or part of one, into the list."""

    def enter(part: C) -> C:
        FAULTS[part.__name__] = (part, tests)
        return part

    return enter
