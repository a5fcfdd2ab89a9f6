"""Opening a file as a table: a header, and the rows below it."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.importing.csv_files import csv_rows
from crmcore.importing.rows import Row, is_empty, shown
from crmcore.importing.sources import Given, Source, opened
from crmcore.importing.xlsx_files import open_sheet, xlsx_rows


@frozen
class Table:
    """The rows of a file, to be read once. ``key`` tells its content from that of any other file or sheet."""

    name: str
    key: str
    size: int
    header: tuple[str, ...] = field(repr=False)  # in a file without one it is the first row
    rows: Iterator[Row] = field(repr=False)


@contextmanager
def open_table(
    given: Given, *, sheet: str | None = None, progress: Callable[[int], None] = lambda _done: None
) -> Generator[Table]:
    """A CSV file or a sheet of a workbook; ``progress`` gets the bytes read so far, of ``size``.

    :raises Invalid: it cannot be read, or has no header.
    :raises MissingExtra: it is a workbook, and the extra ``xlsx`` is not installed.
    """
    with opened(given) as source:
        rows, key = _rows(source, sheet, progress)
        with closing(rows):
            yield Table(source.name, key, source.size, _header(rows, source.name), rows)


def _rows(source: Source, sheet: str | None, progress: Callable[[int], None]) -> tuple[Generator[Row], str]:
    if source.kind == "csv":
        if sheet is not None:
            raise Invalid([Fault("sheet", "not-allowed", "no sheet: a CSV file has none")])
        return csv_rows(source, progress), source.digest
    found = open_sheet(source, sheet)
    return xlsx_rows(found, source.size, progress), f"{source.digest[:12]}{_digest(found.name)}"


def _digest(sheet: str) -> str:
    return blake2b(sheet.encode(), digest_size=6).hexdigest()


def _header(rows: Iterator[Row], file: str) -> tuple[str, ...]:
    """The first row with anything in it; empty cells at its end are none of its columns."""
    row = next(rows, None)
    if row is None:
        raise Invalid([Fault(file, "empty", "a first row with names of columns")])
    if row.fault is not None:
        raise Invalid([row.fault])
    cells = list(row.cells)
    while is_empty(cells[-1]):
        cells.pop()
    return tuple(map(shown, cells))
