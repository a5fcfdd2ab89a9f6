"""Reading a CSV file row by row: its encoding found out first, each row with the line it starts on."""

import codecs
import csv
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from attrs import frozen

from crmcore.errors import Fault, Invalid

#: In the order they are tried: what spreadsheets outside China write, then what those in China do.
ENCODINGS = ("utf-8-sig", "gb18030")
CHUNK = 1 << 20
#: Characters of one cell. A quotation mark that is never closed would take in the rest of the file.
LONGEST_CELL = 131_072


@frozen
class Row:
    """A row: the line of the file it starts on (from 1), and its cells or what is wrong with it."""

    line: int
    content: "list[str] | Invalid"


def encoding_of(path: Path) -> str:
    """The encoding of a file, found by reading all of it, a piece at a time.

    :raises Invalid: it is neither UTF-8 nor GB18030.
    """
    for encoding in ENCODINGS:
        if _decodes(path, encoding):
            return encoding
    raise Invalid([Fault(path.name, "bad-encoding", "a CSV file in UTF-8 or GB18030")])


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class _Lines:
    """The lines of a text file, counted. An endless line comes in pieces, so that it never fills the memory."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.done = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        piece = self._file.readline(CHUNK)
        if not piece:
            raise StopIteration
        self.done += piece[-1] in "\r\n"
        return piece


def rows(path: Path, told: Callable[[int], None]) -> Iterator[Row]:
    """The rows of a file, the header first; empty lines are left out. ``told`` gets the bytes read so far.

    A row that is not CSV (a quotation mark out of place, a cell without end) comes as such, and reading goes on
    with the next line.
    """
    csv.field_size_limit(LONGEST_CELL)
    encoding = encoding_of(path)
    with path.open("rb") as raw, TextIOWrapper(raw, encoding, newline="") as file:
        lines = _Lines(file)
        reader = csv.reader(lines, strict=True)
        while True:
            start = lines.done + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(start, Invalid([_fault(error)]))
            else:
                if cells:
                    yield Row(start, cells)
            told(raw.tell())


def _fault(error: csv.Error) -> Fault:
    if "field limit" in str(error):
        return Fault("(row)", "too-long", f"cells of at most {LONGEST_CELL:,} characters; is a quotation mark open?")
    return Fault("(row)", "not-allowed", f"well-formed CSV; {error}")
