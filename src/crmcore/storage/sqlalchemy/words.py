"""What a database calls things: the parts of statements that differ between databases."""

from collections.abc import Callable, Sequence

import attrs
from sqlalchemy import Table

from crmcore.storage.rows import Restore
from crmcore.storage.sqlalchemy.values import Checks

#: Many ids are asked for in lists of these lengths, padded: few texts, so that caches of statements hit.
LENGTHS = (4, 16, 64, 512)


@attrs.frozen
class Words:
    """The dialect of one database, as far as statements differ.

    ``claim``, ``share`` and ``hold`` end a SELECT that locks the rows it gives; ``latest`` one that must see what
    others have committed meanwhile, whatever the host's isolation is.
    """

    quote: Callable[[str], str]
    checks: Checks
    restore: dict[type, Restore]
    claim: str = ""
    share: str = ""
    hold: str = ""
    latest: str = ""
    #: What an INSERT ends with so that an id that is there already is a row less, and no error.
    skip: str = ""
    #: Ids are one parameter, an array.
    arrays: bool = False
    #: ``(a, b) > (?, ?)`` is sought in an index; else the comparison is spelt out.
    tuples: bool = True
    #: What names the index a query is to use, with {} for its name; the index over the primary key has another.
    hint: str = ""
    primary: str = ""

    def hinted(self, index: str) -> str:
        """What makes the database use an index."""
        return self.hint.format(self.quote(index)) if self.hint else ""


def named(table: Table, words: Words) -> str:
    """A table as statements name it."""
    name = words.quote(table.name)
    return f"{words.quote(table.schema)}.{name}" if table.schema else name


def beyond(columns: Sequence[str], values: Sequence[object], *, desc: bool, tuples: bool) -> tuple[str, list[object]]:
    """The condition for what comes after a tuple, and its parameters."""
    sign = "<" if desc else ">"
    if len(columns) == 1:
        return f"{columns[0]} {sign} ?", [values[0]]
    if tuples:
        return f"({', '.join(columns)}) {sign} ({marks(len(columns))})", list(values)
    # Said twice over: MariaDB takes the first comparison for the bound to seek by.
    column, value = columns[0], values[0]
    rest, parameters = beyond(columns[1:], values[1:], desc=desc, tuples=False)
    return f"{column} {sign}= ? AND ({column} {sign} ? OR ({column} = ? AND {rest}))", [
        value,
        value,
        value,
        *parameters,
    ]


def marks(count: int) -> str:
    """So many parameter marks."""
    return ", ".join(["?"] * count)
