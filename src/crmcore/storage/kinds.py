"""What every backend checks of kinds and queries before it trusts them."""

import re
from collections.abc import Iterable, Mapping

from crmcore.errors import Fault, Invalid
from crmcore.kernel.entities import Index, Kind, Scalar
from crmcore.storage.interface import Query

NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
TYPES: tuple[type[Scalar], ...] = (str, int, float, bool)

#: Every record has these; a kind cannot declare columns by these names.
RESERVED = frozenset({"body", "id", "space", "version"})


def checked(kind: Kind) -> Kind:
    """The kind itself.

    :raises Invalid: a name is no plain identifier, a type is not allowed, or an index names an unknown column.
    """
    faults = [*_name_faults(kind), *_column_faults(kind), *_index_faults(kind), *_reference_faults(kind)]
    if faults:
        raise Invalid(faults)
    return kind


def _name_faults(kind: Kind) -> Iterable[Fault]:
    names = [kind.name, *kind.columns, *(index.name for index in kind.indexes)]
    for name in names:
        if not NAME.fullmatch(name):
            yield Fault(f"kind.{name}", "not-allowed", "a name of a-z, 0-9 and _, starting with a letter")


def _column_faults(kind: Kind) -> Iterable[Fault]:
    for column, type_ in kind.columns.items():
        if column in RESERVED:
            yield Fault(f"{kind.name}.{column}", "not-allowed", f"a name other than {', '.join(sorted(RESERVED))}")
        if type_ not in TYPES:
            yield Fault(f"{kind.name}.{column}", "wrong-type", "str, int, float or bool")


def _index_faults(kind: Kind) -> Iterable[Fault]:
    seen: set[str] = set()
    for index in kind.indexes:
        path = f"{kind.name}.{index.name}"
        if index.name in seen:
            yield Fault(path, "duplicate", "one index of that name")
        seen.add(index.name)
        if len(set(index.columns)) < len(index.columns):
            yield Fault(path, "duplicate", "each column once")
        if not set(index.columns) <= set(kind.columns):
            yield Fault(path, "unknown-field", f"columns among {', '.join(kind.columns)}")


def _reference_faults(kind: Kind) -> Iterable[Fault]:
    alone = {index.columns for index in kind.indexes}
    for column in kind.references:
        path = f"{kind.name}.references.{column}"
        if kind.columns.get(column) is not str:
            yield Fault(path, "unknown-field", "a column of type str")
        elif not kind.derived and (column,) not in alone:
            yield Fault(path, "not-allowed", "a column with an index over it alone")


def merged(old: Kind | None, new: Kind) -> Kind:
    """What is known of a kind after a second setup: columns and indexes of both; the newer index of a name wins.

    :raises Invalid: a column is declared with another type than before.
    """
    if old is None:
        return new
    for column, type_ in new.columns.items():
        if old.columns.get(column, type_) is not type_:
            raise Invalid([Fault(f"{new.name}.{column}", "wrong-type", old.columns[column].__name__)])
    indexes = {index.name: index for index in (*old.indexes, *new.indexes)}
    columns, references = {**old.columns, **new.columns}, {**old.references, **new.references}
    return Kind(new.name, columns, tuple(indexes.values()), references, new.derived)


def checked_shape(query: Query, index: Index) -> None:
    """Nothing.

    :raises Invalid: the query's bounds do not fit the columns of the index.
    """
    width = len(index.columns)
    if len(query.eq) > width:
        raise Invalid([Fault("query.eq", "out-of-range", f"at most {width} values")])
    if len(query.eq) == width and (query.lo is not None or query.hi is not None):
        raise Invalid([Fault("query.lo", "not-allowed", "no range when eq fixes every column of the index")])
    if query.after is not None and len(query.after) != width + 1:
        raise Invalid([Fault("query.after", "out-of-range", f"{width + 1} values: the index's columns, the id")])


def is_storable(columns: Mapping[str, Scalar | None], floats: Iterable[str]) -> bool:
    """False if a float column holds NaN, which no index can put in order."""
    for name in floats:
        value = columns.get(name)
        if value != value:  # noqa: PLR0124  (only NaN differs from itself)
            return False
    return True
