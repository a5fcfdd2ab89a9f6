"""The rows that were not imported as a CSV file: put right in a spreadsheet, it is imported as any other."""

import csv
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from crmcore.errors import Fault, Invalid
from crmcore.importing.headers import REPORT, Column, header_key
from crmcore.importing.results import Result, value_of
from crmcore.importing.rows import shown

_OWN = frozenset(map(header_key, REPORT))


@contextmanager
def report_file(path: str | Path, columns: Sequence[Column]) -> Generator[Callable[[Result], None]]:
    """A file of rows that were not imported, each with all that is wrong with it; gives what adds one of them.

    A row has its own cells as they were, then where it stood, and a line for each problem in the columns of the
    report's own: column, value, code, and text in both languages. A row whose cells cannot be told apart has none, and
    stands as it was in ``import_value``. It is UTF-8 with a mark, as spreadsheets like it.

    :raises Invalid: the file cannot be written.
    """
    places = [place for place, column in enumerate(columns) if header_key(column.header) not in _OWN]
    with _writable(Path(path)) as file:
        # Everything in quotes, so that nobody takes a comma in a cell for what stands between cells.
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([*(columns[place].header for place in places), *REPORT])

        def add(result: Result) -> None:
            if result.problems:
                writer.writerow([*_cells(result, places, len(columns)), *_told(result, columns)])

        yield add


def _writable(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Invalid([Fault("report", "not-allowed", f"a file that can be written ({error.strerror})")]) from None


def _cells(result: Result, places: Sequence[int], width: int) -> list[str]:
    cells = result.row.cells
    if len(cells) < width:
        return [""] * len(places)
    return [shown(cells[place]) for place in places]


def _told(result: Result, columns: Sequence[Column]) -> tuple[str, ...]:
    """The report's own cells; the n-th lines of them belong together."""
    problems = result.problems
    named = [problem.column or problem.field or "" for problem in problems]
    values = [" ".join(value_of(problem, result.row, columns).split()) for problem in problems]
    codes = [f"{problem.rule} {problem.code}" if problem.rule else problem.code for problem in problems]
    english, chinese = ([problem.message(lang) for problem in problems] for lang in ("en", "zh"))
    return (str(result.line), *("\n".join(lines) for lines in (named, values, codes, english, chinese)))
