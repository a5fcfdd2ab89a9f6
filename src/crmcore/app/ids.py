"""Fresh ids. They are made here, at the rim, because chance has no place in a decision."""

import sys
from collections.abc import Callable
from itertools import count

if sys.version_info >= (3, 14):  # pragma: no cover - depends on the Python that runs
    from uuid import uuid7
else:  # pragma: no cover - depends on the Python that runs
    from uuid6 import uuid7


def new_id() -> str:
    """A fresh UUIDv7 as text: unique, and ordered by the time it was made, so indexes stay compact."""
    return str(uuid7())


def sequential(prefix: str) -> Callable[[], str]:
    """A maker of predictable ids for tests and demonstrations: prefix1, prefix2, …."""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"
