"""What every kind of file comes down to: rows of cells with the lines they stand on."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from attrs import field, frozen

from crmcore.errors import Fault

#: What a cell holds: text in a CSV file; in a workbook also what the spreadsheet took it for.
Cell = str | int | float | bool | date | datetime | time | timedelta

#: Spreadsheets keep 15 digits of a number; what is longer has lost the rest.
EXACT: Final = 10**15
#: How a fault names a whole row.
ROW: Final = "(row)"


@frozen
class Row:
    """A row: the line of the file it starts on (from 1), its cells, and what keeps it from being read, if anything.

    Of a row that is no well-formed CSV, ``raw`` is the text as it stands there.
    """

    line: int
    cells: Sequence[Cell] = field(repr=False)
    fault: Fault | None = None
    raw: str = field(default="", repr=False)


def is_empty(cell: Cell) -> bool:
    """Whether a cell says nothing."""
    return isinstance(cell, str) and not cell.strip()


def is_blank(cells: Sequence[Cell]) -> bool:
    """Whether no cell of a row says anything."""
    return all(map(is_empty, cells))


def shown(cell: Cell) -> str:
    """A cell as text: a CSV file with it says what the workbook said, and a number never says more than is known."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return number_text(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if is_midnight(cell) else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def number_text(number: float) -> str:
    """A number without the ".0" that whole ones get in a workbook; in scientific notation where digits are lost."""
    if not abs(number) < EXACT:  # so what is no number at all, either
        return f"{number:.14E}"
    return str(int(number)) if number == int(number) else f"{number:.15g}"


def is_midnight(moment: datetime) -> bool:
    """Whether a moment says no more than a day."""
    return moment.time() == time()
