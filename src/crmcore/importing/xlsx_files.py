"""Reading a sheet of an XLSX workbook, row by row. It needs the extra ``xlsx``.

A workbook is a compressed file whose cells refer to texts kept elsewhere in it, so it is not read as a stream: the
sheet is unpacked outside of Python, and its rows come one by one from there.
"""

from collections.abc import Callable, Generator, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile, ZipFile

from crmcore.errors import Fault, Invalid, MissingExtra
from crmcore.importing.rows import ROW, Cell, Row, is_blank
from crmcore.importing.sources import Source

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

#: Bytes that a workbook may unpack to: a full sheet has less, a small file made to fill the memory more.
MOST_UNPACKED: Final = 2 << 30

Range = tuple[tuple[int, int], tuple[int, int]]


def open_sheet(source: Source, wanted: str | None) -> "CalamineSheet":
    """The sheet of that name; without a name, the only one that is not hidden and holds anything.

    :raises Invalid: it is no workbook that can be read, or there is no such sheet.
    :raises MissingExtra: the package that reads workbooks is not installed.
    """
    _check_size(source)
    calamine = _package()
    source.stream.seek(0)
    try:
        with calamine.CalamineWorkbook.from_filelike(source.stream) as book:
            return _sheet(book, source, wanted)
    except BaseException as error:
        if _is_damage(error):
            raise _no_workbook(source) from None
        raise


def xlsx_rows(sheet: "CalamineSheet", size: int, told: Callable[[int], None]) -> Generator[Row]:
    """The rows of a sheet, the header first; blank ones are left out. ``told`` gets how much of ``size`` is done.

    Formulas are what the spreadsheet last worked out; one that it never did, and errors such as #N/A, are empty.
    """
    merged = {line: area for area in sheet.merged_cell_ranges or () for line in range(area[0][0], area[1][0] + 1)}
    height, rows = sheet.total_height + 1, iter(sheet.iter_rows())  # the package counts from 0
    for line in range(height):
        cells, fault = _next_row(rows)
        if fault is not None or not is_blank(cells):
            yield Row(line + 1, cells, _merged(merged[line]) if line in merged else fault)
        told(size * (line + 1) // height)


def _next_row(rows: "Iterator[list[Cell]]") -> tuple[list[Cell], Fault | None]:
    """The cells of the next row; or, of one that cannot be read, none and its fault. The rows after it are read."""
    try:
        return next(rows, []), None
    except BaseException as error:
        if _is_damage(error):
            return [], Fault(ROW, "not-allowed", "cells that can be read; enter the row again")
        raise


def _package() -> ModuleType:
    try:
        import python_calamine  # noqa: PLC0415 — an extra
    except ImportError:
        raise MissingExtra("reading XLSX", "xlsx") from None
    return python_calamine


def _is_damage(error: BaseException) -> bool:
    """Whether an error of the package says that the file is damaged.

    A value that it never thought of, such as a day thousands of years ago, makes it panic. That is no ``Exception``,
    so it would end the host's program; and its class has no place to be imported from.
    """
    return isinstance(error, _package().CalamineError) or type(error).__name__ == "PanicException"


def _no_workbook(source: Source) -> Invalid:
    return Invalid([Fault(source.name, "not-allowed", "an XLSX workbook that can be opened; save it again as XLSX")])


def _check_size(source: Source) -> None:
    """Look at what the file says it unpacks to, before anything is unpacked."""
    try:
        with ZipFile(source.stream) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except (BadZipFile, NotImplementedError, ValueError):  # the latter two for a directory that says nonsense
        raise _no_workbook(source) from None
    if unpacked > MOST_UNPACKED:
        raise Invalid([Fault(source.name, "too-long", f"a workbook of at most {MOST_UNPACKED >> 20:,} MB unpacked")])


def _sheet(book: "CalamineWorkbook", source: Source, wanted: str | None) -> "CalamineSheet":
    if not book.sheet_names:  # every workbook has one, so the list of them is damaged
        raise _no_workbook(source)
    if wanted is None:
        return _only_sheet(book, source.name)
    if wanted not in book.sheet_names:
        raise Invalid([Fault("sheet", "not-allowed", "one of " + ", ".join(book.sheet_names))])
    return book.get_sheet_by_name(wanted)


def _only_sheet(book: "CalamineWorkbook", file: str) -> "CalamineSheet":
    """Hidden sheets are read when they are asked for by name, and never by chance."""
    from python_calamine import SheetVisibleEnum  # noqa: PLC0415 — an extra

    visible = [sheet.name for sheet in book.sheets_metadata if sheet.visible is SheetVisibleEnum.Visible]
    sheets = [sheet for sheet in map(book.get_sheet_by_name, visible) if sheet.height]
    if len(sheets) > 1:
        raise Invalid([Fault("sheet", "missing", "one of " + ", ".join(sheet.name for sheet in sheets))])
    if not sheets:
        raise Invalid([Fault(file, "empty", "a sheet with a first row with names of columns")])
    return sheets[0]


def _merged(area: "Range") -> Fault:
    """Merged cells leave all but their first one empty, so a row with some says something else than it shows."""
    (top, left), (bottom, right) = area
    place = f"{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"
    return Fault(ROW, "merged", f"a cell for each value: unmerge {place} and fill every cell")


def _letters(column: int) -> str:
    """What a spreadsheet calls a column, counted from 0: A to Z, then AA."""
    column, text = column + 1, ""
    while column:
        column, place = divmod(column - 1, 26)
        text = chr(ord("A") + place) + text
    return text
