"""What is stored, and by which columns it can be found again.

A ``Kind`` is all that a storage backend knows of an entity: a name, typed columns, and indexes over them. The body
itself stays opaque to it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Generic, TypeVar

import attrs

from crmcore.kernel.personal import map_personal

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
class About(Generic[T]):
    """Of whose persons the personal values of a record speak that is not a customer's own (A-03).

    ``customers`` names the columns that hold the ids of the customers: exporting and erasing persons there reach the
    record. Each begins an index, but for the first, under which the values are kept and found. ``at`` tells since when
    they are what they are, ``struck`` what is left without somebody's name and numbers; each text by itself unless
    said.
    """

    customers: tuple[str, ...]
    at: Callable[[T], datetime]
    struck: Callable[[T, Callable[[str], str]], T] = map_personal


@attrs.frozen
class Entity(Generic[T]):
    """How one class is stored: its kind, its id, and the values of the kind's columns.

    ``again`` gives the values after a change, from what there was before and the values then: what takes time to work
    out can be taken over. It may be left out. ``about`` says whom its personal values are about, where that is not the
    entity itself.
    """

    kind: Kind
    cls: type[T]
    id: Callable[[T], str]
    columns: Callable[[T], dict[str, Scalar | None]]
    again: Callable[[T, T, Mapping[str, Scalar | None]], dict[str, Scalar | None]] | None = None
    about: About[T] | None = None

    def fits(self, entity: T, columns: Mapping[str, Scalar | None]) -> bool:
        """Whether stored columns are those of an entity; a storage may have more, which another policy asked for."""
        return all(columns.get(name) == value for name, value in self.columns(entity).items())
