"""What is wrong with rows of a file: each fault with line, field, rule, code and message; shown, and written to a file.

The cells themselves are not repeated: they may be personal.
"""

import csv
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import asdict, astuple, field, fields, frozen, mutable

from crmcore.cli import words
from crmcore.cli.columns import Column
from crmcore.cli.terminal import Terminal
from crmcore.errors import CrmError, Fault, Invalid, Language
from crmcore.kernel.refusals import Label, Refusal

#: How many a person is shown; a file takes them all.
MOST_SHOWN = 20

LINE = Label("line", "行")
COLUMN = Label("column", "列")
MORE = Label(
    "… and {more} more; --errors FILE.csv writes all of them", "……另有 {more} 条；用 --errors FILE.csv 写出全部"
)

#: The field a refusal is about, by its code; where the refusal says it itself, the parameter that does.
FIELDS = {
    "unknown-industry": "industry",
    "note-required": "industry_note",
    "not-a-full-name": "name",
    "name-required": "contact.name",
    "unknown-pool": "pool",
    "id-taken": "id",
    "same-name": "name",
    "same-name-in-pool": "name",
}
FIELD_PARAMS = {"required": "fields", "custom-field": "field"}


@frozen
class RowError:
    """One thing wrong with the row that starts at ``line``; ``column`` is the header of the field's column, if any."""

    line: int
    field: str | None
    column: str | None
    rule: str | None
    code: str
    message: str


def of_error(line: int, error: CrmError, columns: Sequence[Column], lang: Language) -> list[RowError]:
    """What an error says about a row: an entry for each fault."""
    if not isinstance(error, Invalid):
        return [RowError(line, None, None, None, error.code, error.message(lang))]
    return [_of_fault(line, fault, columns, lang) for fault in error.faults]


def _of_fault(line: int, fault: Fault, columns: Sequence[Column], lang: Language) -> RowError:
    name = fault.path.replace("contacts[0]", "contact")
    place = None if name == "(row)" else name
    return RowError(line, place, _header(place, columns), None, fault.code, fault.message(lang))


def of_refusals(line: int, refusals: Iterable[Refusal], columns: Sequence[Column], lang: Language) -> list[RowError]:
    """What refusals say about a row."""
    found = []
    for refusal in refusals:
        params = refusal.params
        named = FIELDS.get(refusal.code) or params.get(FIELD_PARAMS.get(refusal.code, ""))
        name = named if isinstance(named, str) else None
        header = _header(name, columns)
        found.append(RowError(line, name, header, refusal.rule, refusal.code, refusal.message(lang)))
    return found


def _header(name: str | None, columns: Sequence[Column]) -> str | None:
    headers = {column.field.removeprefix("fields."): column.header for column in columns}
    return None if name is None else headers.get(name)


@mutable
class Shown:
    """Tells row errors on standard output: as JSON lines, or the first of them as a table once all are known."""

    terminal: Terminal
    kept: list[RowError] = field(factory=list)
    count: int = 0

    def add(self, error: RowError) -> None:
        """Tell one more."""
        self.count += 1
        if self.terminal.as_json:
            self.terminal.json(asdict(error))
        elif len(self.kept) < MOST_SHOWN:
            self.kept.append(error)

    def finish(self) -> None:
        """Print the table."""
        if not self.kept:
            return
        table = self.terminal.table(LINE, COLUMN, words.CODE, words.REASON, numbers=(0,))
        for error in self.kept:
            code = f"{error.rule} {error.code}" if error.rule else error.code
            table.add_row(str(error.line), error.column or error.field or "", code, error.message)
        self.terminal.console.print(table)
        if self.count > len(self.kept):
            self.terminal.say(self.terminal.text(MORE).format(more=self.count - len(self.kept)))


@contextmanager
def error_file(path: Path) -> Generator[Callable[[RowError], None]]:
    """A CSV file for row errors that spreadsheets read as it is; gives what writes one of them.

    :raises Invalid: the file cannot be written.
    """
    try:
        file = path.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Invalid([Fault("--errors", "not-allowed", f"a file that can be written ({error.strerror})")]) from None
    with file:
        writer = csv.writer(file)
        writer.writerow([attribute.name for attribute in fields(RowError)])
        yield lambda error: writer.writerow(astuple(error))
