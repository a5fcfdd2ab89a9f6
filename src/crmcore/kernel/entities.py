"""What is stored, and by which columns it can be found again.

A ``Kind`` is all that a storage backend knows of an entity: a name, typed columns, and indexes over them. The body
itself stays opaque to it.
"""

from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar

import attrs

T = TypeVar("T")

#: What an index column may hold. Times are integer microseconds since 1970 UTC.
Scalar = str | int | float | bool


#: Characters that an id, and text in an index column, may have.
MOST_TEXT: Final = 190


@attrs.frozen
class Index:
    """An index over columns of a kind, in this order; it holds the records whose columns of it are all set."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


@attrs.frozen
class Kind:
    """A named sort of record: its index columns with their types, and the indexes over them.

    ``references`` names the columns that hold the id of another record, with the kind of that. Where two customers are
    merged, what refers to one of them is made to refer to the other, unless the records are ``derived``: written anew
    with the record that they refer to, whenever that is. Each such column needs an index of its own.
    """

    name: str
    columns: Mapping[str, type[Scalar]]
    indexes: tuple[Index, ...] = ()
    references: Mapping[str, str] = attrs.field(factory=dict)
    derived: bool = False


@attrs.frozen
class Entity(Generic[T]):
    """How one class is stored: its kind, its id, and the values of the kind's columns.

    ``again`` gives the values after a change, from what there was before and the values then: what takes time to work
    out can be taken over. It may be left out. ``subject`` is whom its personal values are about, where that is not the
    entity itself.
    """

    kind: Kind
    cls: type[T]
    id: Callable[[T], str]
    columns: Callable[[T], dict[str, Scalar | None]]
    again: Callable[[T, T, Mapping[str, Scalar | None]], dict[str, Scalar | None]] | None = None
    subject: Callable[[T], str] | None = None
