"""Reading a CSV file row by row, each with the line it starts on."""

import csv
from collections import deque
from collections.abc import Callable, Generator, Iterator
from io import TextIOWrapper
from typing import Final, TextIO

from crmcore.errors import Fault
from crmcore.importing.rows import ROW, Row, is_blank
from crmcore.importing.sources import CHUNK, Source

#: Characters of one cell, and of what is read of one row. A quotation mark that is never closed would take in the rest
#: of the file. The csv module has a limit of its own for the whole process, which stays as it is: it may be lower.
LONGEST_CELL: Final = 131_072
LONGEST_ROW: Final = 2 * CHUNK
DELIMITERS: Final = (",", "\t", ";")
#: What the csv module says, among other words, of a cell beyond its limit.
_TOO_LONG: Final = "field limit"


class _Lines:
    """The lines of a text file, counted. An endless line comes in pieces, so that it never fills the memory.

    ``taken`` are the lines that the row being read has used up so far, ``length`` their characters.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self.done = 0
        self.taken: list[str] = []
        self.length = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        piece = self._again.popleft() if self._again else self._file.readline(CHUNK)
        if not piece:
            raise StopIteration
        self.done += piece[-1] in "\r\n"
        self.taken.append(piece)
        self.length += len(piece)
        if self.length > LONGEST_ROW:
            raise csv.Error(_TOO_LONG)
        return piece

    def begin(self) -> int:
        """Begin a row; the line it starts on."""
        self.taken, self.length = [], 0
        return self.done + 1

    def put_back(self, pieces: list[str]) -> None:
        """Have these pieces come again."""
        self.done -= sum(piece[-1] in "\r\n" for piece in pieces)
        self._again.extendleft(reversed(pieces))


def csv_rows(source: Source, told: Callable[[int], None]) -> Generator[Row]:
    """The rows of a file, the header first; blank ones are left out. ``told`` gets the bytes read so far.

    A row that is not CSV (a quotation mark out of place, a cell without end) comes as such, and reading goes on
    with the next line: an open quotation mark spoils one line, not those after it.
    """
    text = TextIOWrapper(source.stream, source.encoding, newline="")
    try:
        lines = _Lines(text)
        reader = csv.reader(lines, strict=True, delimiter=_delimiter(lines))
        while (row := _next_row(lines, reader)) is not None:
            if row.fault is not None or not is_blank(row.cells):
                yield row
            told(source.stream.tell())
    finally:
        text.detach()  # the stream is closed by who opened it


def _next_row(lines: _Lines, reader: "Iterator[list[str]]") -> Row | None:
    start = lines.begin()
    try:
        cells = next(reader)
    except StopIteration:
        return None
    except csv.Error as error:
        first, *rest = lines.taken
        lines.put_back(rest)
        return _no_row(start, first, error)
    if lines.length > LONGEST_CELL and any(len(cell) > LONGEST_CELL for cell in cells):
        return _no_row(start, lines.taken[0], csv.Error(_TOO_LONG))
    return Row(start, cells)


def _no_row(start: int, first: str, error: csv.Error) -> Row:
    return Row(start, (), _fault(error), first[:LONGEST_CELL].rstrip("\r\n"))


def _delimiter(lines: _Lines) -> str:
    """What stands between the cells of the header: whichever of the three is there most often, outside of quotes."""
    looked: list[str] = []
    for line in lines:
        looked.append(line)
        if line.strip():
            break
    lines.put_back(looked)
    outside = "".join("".join(looked).split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _fault(error: csv.Error) -> Fault:
    if _TOO_LONG in str(error):
        most = min(LONGEST_CELL, csv.field_size_limit())
        return Fault(ROW, "too-long", f"cells of at most {most:,} characters; is a quotation mark open?")
    return Fault(ROW, "not-allowed", f"well-formed CSV; {error}")
