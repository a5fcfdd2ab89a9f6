"""The kinds the kit stores, and short ways to write of them."""

from itertools import count
from typing import Any, Final
from uuid import uuid4

from crmcore.storage.interface import Index, Kind, Write

#: One column of each type, and an index of each sort.
THING: Final = Kind(
    "kit_thing",
    {"name": str, "owner": str, "due": int, "score": float, "flag": bool},
    (
        Index("by_name", ("name",), unique=True),
        Index("by_owner_name", ("owner", "name"), unique=True),
        Index("by_owner_due", ("owner", "due")),
        Index("by_due", ("due",)),
        Index("by_score", ("score",)),
        Index("by_flag", ("flag", "due")),
        Index("by_id", ()),
    ),
)

#: A kind with neither columns nor indexes.
NOTE: Final = Kind("kit_note", {})

#: As much text in one index as there may ever be: with the space before, and the id behind what is not unique.
LONG: Final = Kind(
    "kit_long",
    {"one": str, "two": str, "three": str},
    (Index("by_two", ("one", "two")), Index("by_three", ("one", "two", "three"), unique=True)),
)

KINDS: Final = (THING, NOTE, LONG)

_TOKEN: Final = uuid4().hex[:8]
_numbers = count(1)


def fresh(prefix: str = "kit") -> str:
    """A name that nobody has used yet, for a space or a kind: so that what is stored at a location may stay there."""
    return f"{prefix}_{_TOKEN}_{next(_numbers)}"


def thing(id: str, expected: int = 0, body: bytes = b"x", **columns: Any) -> Write:
    """A write of the kind with all sorts of columns."""
    return Write(THING.name, id, expected, body, columns)


def gone(id: str, expected: int) -> Write:
    """A delete of a thing."""
    return Write(THING.name, id, expected, None)
