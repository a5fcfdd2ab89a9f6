"""Facts from a file, CSV or a workbook: what happened to whom when, and which field had which value since when.

One fact a row. A row with ``kind`` is something that happened (an order, a contact), with ``at`` and perhaps an
``amount``; a row with ``field`` is a value that a field has had since ``known``. Times have an offset, or are dates.
The values of a field are numbers if all of its cells are.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from attrs import field, frozen

from crmcore.app.rating_facts import together
from crmcore.errors import Fault, Invalid
from crmcore.importing.rows import ROW, Row, shown
from crmcore.importing.tables import open_table
from crmcore.kernel.ids import check_id
from crmcore.kernel.times import parse_instant
from crmcore.scoring.facts import Fact, Facts, Field, FieldValue

#: What a column may be called; case does not count.
HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "customer": ("customer", "subject", "客户", "客户编号"),
    "kind": ("kind", "event", "事件", "事件类型"),
    "id": ("id", "编号", "单号"),
    "at": ("at", "time", "date", "时间", "日期"),
    "amount": ("amount", "金额", "数额"),
    "known": ("known", "recorded", "录入时间"),
    "field": ("field", "字段"),
    "value": ("value", "取值", "值"),
}
#: Faults that are told of one file.
MOST_FAULTS: Final = 20
#: Characters of a cell that is a kind, an id, a field's name.
MOST_TEXT: Final = 200

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
#: What begins with a zero and goes on with a digit: a postcode, a number of something.
_CODE = re.compile(r"[+-]?0\d", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
TIME: Final = "a date such as 2026-03-01, or a time with an offset such as 2026-03-01T09:00:00+08:00"
NUMBER: Final = "a number such as 1200 or 1200.50"


@frozen
class FactsFile:
    """What a file tells: facts by customer, as the file calls it, in the order in which customers first come up.

    ``lines`` are the places of each customer's rows. ``left_out`` are those of rows about nobody on record.
    """

    facts: Mapping[str, Facts]
    lines: Mapping[str, Sequence[int]] = field(factory=dict)
    left_out: tuple[int, ...] = ()

    def by_ids(self, ids: Mapping[str, str]) -> "FactsFile":
        """The same facts by the ids of customers; what is said of a customer by several names comes together."""
        whole: dict[str, Facts] = {}
        for name, facts in self.facts.items():
            if name in ids:
                known = whole.get(ids[name], Facts(ids[name]))
                whole[ids[name]] = together(known, facts)
        strangers = sorted(line for name, lines in self.lines.items() if name not in ids for line in lines)
        return FactsFile(whole, left_out=tuple(strangers))

    def of(self, customers: Sequence[str]) -> Mapping[str, Facts]:
        """The facts of these customers, as far as there are any."""
        return {customer: self.facts[customer] for customer in customers if customer in self.facts}

    @property
    def times(self) -> list[datetime]:
        """Every time that is told: what the file covers lies between the first and the last."""
        return [moment for facts in self.facts.values() for moment in _times(facts)]

    @property
    def kinds(self) -> list[str]:
        """The kinds of what happened."""
        return list(dict.fromkeys(fact.kind for facts in self.facts.values() for fact in facts.events))

    @property
    def fields(self) -> list[str]:
        """The names of the fields."""
        return list(dict.fromkeys(one.name for facts in self.facts.values() for one in facts.fields))


def _times(facts: Facts) -> Iterator[datetime]:
    for fact in facts.events:
        yield fact.at
    for one in facts.fields:
        if one.known is not None:
            yield one.known


class _Cell(NamedTuple):
    """A value of a field as it stands in the file; what it is follows from all cells of the field."""

    name: str
    text: str
    known: datetime | None


@frozen
class _Gathered:
    """What has been read so far."""

    fields: dict[str, list["_Cell"]] = field(factory=dict)
    events: dict[str, list[Fact]] = field(factory=dict)
    texts: set[str] = field(factory=set)
    lines: dict[str, list[int]] = field(factory=dict)

    def add(self, customer: str, told: "Fact | _Cell", line: int) -> None:
        """Put one fact to the others of its customer; a field of which any cell is no number is of texts."""
        self.lines.setdefault(customer, []).append(line)
        fields, events = self.fields.setdefault(customer, []), self.events.setdefault(customer, [])
        if isinstance(told, Fact):
            events.append(told)
            return
        fields.append(told)
        if told.text and not _is_number(told.text):
            self.texts.add(told.name)

    def of(self, customer: str) -> Facts:
        """The facts of one customer, once all rows have been read."""
        fields = [Field(one.name, _value(one, self.texts), one.known) for one in self.fields[customer]]
        return Facts(customer, fields, self.events[customer])


def facts_file(path: Path, zone: tzinfo, told: Callable[[int], None]) -> FactsFile:
    """Read a file; ``told`` gets the bytes read so far.

    :param zone: where dates begin.
    :raises Invalid: with the faults of the first rows at fault, each by file, line and column.
    """
    faults, gathered = list[Fault](), _Gathered()
    with open_table(path, progress=told) as table:
        columns = _columns(table.header, path)
        for row in table.rows:
            try:
                customer, fact = _fact(_cells(row, columns), row.line, zone)
                gathered.add(customer, fact, row.line)
            except Invalid as invalid:
                faults += [Fault(_where(path, row.line, one.path), one.code, one.expected) for one in invalid.faults]
            if len(faults) >= MOST_FAULTS:
                break
    if faults:
        raise Invalid(faults[:MOST_FAULTS])
    return FactsFile({id: gathered.of(id) for id in gathered.fields}, gathered.lines)


def _where(path: Path, line: int, column: str) -> str:
    return f"{path.name}:{line}: {column}"


def _columns(header: Sequence[str], path: Path) -> list[str]:
    """The columns that the first row declares."""
    known = {name: column for column, names in HEADERS.items() for name in names}
    found = [known.get(text.strip().casefold(), "") for text in header]
    faults = [
        Fault(_where(path, 1, f"column {place}"), "unknown-field", "one of " + ", ".join(HEADERS))
        for place, column in enumerate(found, 1)
        if not column
    ]
    faults += [
        Fault(_where(path, 1, column), "duplicate", "each column once") for column in HEADERS if found.count(column) > 1
    ]
    if "customer" not in found:
        faults.append(Fault(_where(path, 1, "customer"), "missing", "a column " + HEADERS["customer"][0]))
    if faults:
        raise Invalid(faults)
    return found


def _cells(row: Row, columns: Sequence[str]) -> Mapping[str, str]:
    if row.fault is not None:
        raise Invalid([row.fault])
    if len(row.cells) != len(columns):
        raise Invalid([Fault(ROW, "not-allowed", f"{len(columns)} cells, not {len(row.cells)}")])
    return {column: shown(cell).strip() for column, cell in zip(columns, row.cells, strict=True)}


def _fact(cells: Mapping[str, str], line: int, zone: tzinfo) -> tuple[str, Fact | _Cell]:
    """The fact that a row tells, and of whom."""
    customer = check_id(cells["customer"], "customer")
    kind, name = (_text(cells, column) for column in ("kind", "field"))
    if bool(kind) == bool(name):
        raise Invalid([Fault("kind", "missing" if not kind else "not-allowed", "either a kind or a field")])
    known = _time(cells, "known", zone)
    if name:
        cell = _Cell(name, cells.get("value", ""), known)
        Field(name, _value(cell, ()))  # which refuses a number beyond any float
        return customer, cell
    at = _time(cells, "at", zone)
    if at is None:
        raise Invalid([Fault("at", "missing", TIME)])
    return customer, Fact(kind, _text(cells, "id") or str(line), at, _amount(cells.get("amount", "")), known)


def _text(cells: Mapping[str, str], column: str) -> str:
    text = cells.get(column, "")
    if len(text) > MOST_TEXT:
        raise Invalid([Fault(column, "too-long", f"at most {MOST_TEXT} characters")])
    return text


def _time(cells: Mapping[str, str], column: str, zone: tzinfo) -> datetime | None:
    text = cells.get(column, "")
    if not text:
        return None
    try:
        return datetime.combine(_date(text), time(), zone) if _DATE.fullmatch(text) else parse_instant(text, column)
    except ValueError as error:
        code = error.faults[0].code if isinstance(error, Invalid) else "bad-time"
        raise Invalid([Fault(column, code, TIME)]) from None


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _amount(text: str) -> Decimal | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise Invalid([Fault("amount", "wrong-type", NUMBER)])
    return Decimal(text)


def _is_number(text: str) -> bool:
    """Whether a cell is a number, not a code such as 010020."""
    return _NUMBER.fullmatch(text) is not None and _CODE.match(text) is None


def _value(cell: _Cell, texts: Container[str]) -> FieldValue:
    """A value as what it looks like: a number, a date, yes or no, otherwise text; None where it is empty.

    :param texts: the fields whose numbers are texts, for not all of their cells are numbers.
    """
    text = cell.text
    if _is_number(text) and cell.name not in texts:
        return Decimal(text)
    if _DATE.fullmatch(text):
        try:
            return _date(text)
        except ValueError:
            return text
    return {"true": True, "false": False, "是": True, "否": False, "": None}.get(text.casefold(), text)
