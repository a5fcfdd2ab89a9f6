"""What became of a row: registered, on record already, there twice, taken for another, or not imported, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from attrs import asdict, define, field, frozen

from crmcore.customers.duplicates import Similar
from crmcore.errors import CrmError, Fault, Invalid
from crmcore.importing.headers import Column
from crmcore.importing.rows import ROW, Cell, Row, shown
from crmcore.kernel.refusals import Label, Reason, Refusal
from crmcore.wording import Language

Status = Literal["registered", "already", "repeated", "alike", "failed"]

#: A row that is the same customer as an earlier one of the same file.
REPEATED: Final = Reason(
    "P-02", "repeated", "the same customer as on line {line} of this file", "与本文件第 {line} 行是同一客户"
)
#: A row that is taken for the customer of an earlier one, without being certainly the same.
ALIKE: Final = Reason("P-02", "alike", "that customer is on line {line} of this file", "该客户即本文件第 {line} 行")
#: A row whose own id is on record, under a name and codes that are none of the row's.
ID_OF_ANOTHER: Final = Reason(
    "D-01",
    "id-of-another",
    "this id is another customer's, who has never had this name: give the row an id of its own, or none; "
    "if it is that customer under a new name, change the name there first",
    "此编号属于另一客户，且该客户从未使用此名称：请为该行另编编号或留空；若确为该客户更名，请先修改其名称",
)

#: The field a refusal is about, by its code; where the refusal says it itself, the parameter that does.
FIELDS: Final[Mapping[str, str]] = {
    "unknown-industry": "industry",
    "note-required": "industry_note",
    "not-a-full-name": "name",
    "name-required": "contact.name",
    "unknown-pool": "pool",
    "id-taken": "id",
    "id-of-another": "id",
    "repeated": "name",
    "alike": "name",
    "same-name": "name",
    "same-customer": "name",
    "same-credit-code": "credit_code",
    "same-tax-id": "tax_id",
    "similar": "name",
    "open-existing": "phone",
    "on-record": "name",
    "similar-on-record": "name",
    "phone-on-record": "phone",
    "on-record-reason-required": "reason",
    "reason-required": "reason",
}
PARAMS: Final = ("field", "fields")


@frozen
class Problem:
    """One thing wrong with a row: the field and its column's header, if any, rule, code, and text in two languages."""

    field: str | None
    column: str | None
    rule: str | None
    code: str
    text: Label

    def message(self, lang: Language = "en") -> str:
        """What is wrong, in words; nothing that somebody typed stands in it."""
        return self.text.text(lang)


@frozen
class Result:
    """What became of the row that starts on a line; ``customer`` is the id of who it is, where the actor may know it.

    "already" is a customer on record by full name, credit code or tax id, or by id where a name or code it has had
    agrees. "alike" is only taken for one, by a name
    much like it or by a phone: the row is not stored, and somebody is to look, so its problems say why.
    ``similar`` are records alike that did not keep it from being registered, where policy wants somebody to look.
    """

    line: int
    status: Status
    customer: str | None = None
    problems: tuple[Problem, ...] = ()
    similar: tuple[Similar, ...] = ()
    row: Row = field(default=Row(0, ()), repr=False)


@define
class Tally:
    """How many rows there were so far, and what became of them; of the registered, how many are similar to others."""

    rows: int = 0
    registered: int = 0
    similar: int = 0
    already: int = 0
    repeated: int = 0
    alike: int = 0
    failed: int = 0

    def count(self, result: Result) -> None:
        """Count one row."""
        self.rows += 1
        self.similar += bool(result.similar)
        setattr(self, result.status, getattr(self, result.status) + 1)

    @property
    def clean(self) -> bool:
        """Whether every row is surely on record now, and none was there twice."""
        return not self.failed and not self.alike and not self.repeated

    def data(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


def of_error(error: CrmError, columns: Sequence[Column]) -> Iterator[Problem]:
    """What an error says about a row: a problem for each fault."""
    if not isinstance(error, Invalid):
        yield Problem(None, None, None, error.code, Label(error.message("en"), error.message("zh")))
        return
    for fault in error.faults:
        yield _of_fault(fault, columns)


def _of_fault(fault: Fault, columns: Sequence[Column]) -> Problem:
    name = None if fault.path == ROW else fault.path.removeprefix("fields.")
    text = Label(fault.message("en"), fault.message("zh"))
    return Problem(name, _header(name, columns), None, fault.code, text)


def of_refusals(refusals: Iterable[Refusal], columns: Sequence[Column]) -> Iterator[Problem]:
    """What refusals say about a row."""
    for refusal in refusals:
        named = FIELDS.get(refusal.code.removesuffix("-in-pool")) or next(
            filter(None, map(refusal.params.get, PARAMS)), None
        )
        name = named if isinstance(named, str) else None
        text = Label(refusal.message("en"), refusal.message("zh"))
        yield Problem(name, _header(name, columns), refusal.rule, refusal.code, text)


def _header(name: str | None, columns: Sequence[Column]) -> str | None:
    """The header of a field's column; of several fields, those that have one."""
    headers = {column.field.removeprefix("fields."): column.header for column in columns if column.field}
    names = [] if name is None else name.split(", ")
    found = [header for one in names if (header := headers.get(one) or headers.get(f"contact.{one}"))]
    return ", ".join(found) or None


def value_of(problem: Problem, row: Row, columns: Sequence[Column]) -> str:
    """What stands in the cell that a problem is about; for a row that cannot be told apart into cells, all of it."""
    if problem.field is None and (row.raw or len(row.cells) != len(columns)):
        return row.raw or _joined(row.cells)
    for column, cell in zip(columns, row.cells, strict=False):
        if column.header == problem.column:
            return shown(cell)
    return ""


def _joined(cells: Iterable[Cell]) -> str:
    return " | ".join(map(shown, cells))
