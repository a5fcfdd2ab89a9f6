"""Files to import, fabricated: CSV as text, workbooks as rows of cells, and running them into a CRM."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from crmcore import CRM, Actor
from crmcore.importing import Result, open_import

HEAD = ("客户名称", "地址", "行业", "电话", "简介")
REST = ("示例路1号", "制造业", "0523-55501234", "空调")
NAMES = ("靖江市春意空调有限公司", "宁波岚槿电子科技股份有限公司", "宁波皓禾食品有限公司", "宜昌昀祎精密机械有限公司")
WHO = Actor("import", roles={"import"})


def row(name: str, *more: Any) -> tuple[Any, ...]:
    """A complete row."""
    return (name, *REST, *more)


def csv_text(*rows: Any, head: Any = HEAD, delimiter: str = ",", end: str = "\r\n") -> str:
    """Rows as CSV; a row that is text stands as it is."""
    return "".join(f"{one if isinstance(one, str) else delimiter.join(map(str, one))}{end}" for one in (head, *rows))


def put_csv(folder: Path, *rows: Any, encoding: str = "utf-8-sig", name: str = "customers.csv", **how: Any) -> Path:
    """A CSV file with these rows."""
    path = folder / name
    path.write_bytes(csv_text(*rows, **how).encode(encoding))
    return path


def put_xlsx(folder: Path, *rows: Any, head: Any = HEAD, more: Any = None) -> Path:
    """A workbook with these rows in its first sheet; ``more`` may add to it before it is saved."""
    path, book = folder / "customers.xlsx", Workbook()
    sheet: Any = book.active
    sheet.title = "customers"
    for cells in (head, *rows):
        sheet.append(list(cells))
    if more is not None:
        more(book)
    book.save(path)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def repacked(path: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Change the parts of a workbook, by name, and pack it again."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in parts.items():
            packed.writestr(name, data)


def flip_a_byte(path: Path) -> None:
    """Flip one byte in the middle of what is stored of the sheet."""
    with zipfile.ZipFile(path) as packed:
        sheet = packed.getinfo(SHEET)
    data = bytearray(path.read_bytes())
    data[sheet.header_offset + 30 + len(SHEET) + sheet.compress_size // 2] ^= 0xFF
    path.write_bytes(data)


def flip_a_version(path: Path) -> None:
    """Flip one byte of the list of parts: which program can unpack the first of them."""
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 6] ^= 0xFF
    path.write_bytes(data)


def cut_the_sheet(path: Path) -> None:
    """Leave out the second half of the sheet."""
    repacked(path, lambda parts: parts.update({SHEET: parts[SHEET][: len(parts[SHEET]) // 2]}))


def take_out_the_sheet(path: Path) -> None:
    """Leave out the part that the sheet is."""
    repacked(path, lambda parts: parts.pop(SHEET))


def take_out_the_list(path: Path) -> None:
    """Leave out the list of sheets, but not the sheet."""
    name = "xl/workbook.xml"
    repacked(path, lambda parts: parts.update({name: re.sub(rb"<sheets>.*</sheets>", b"", parts[name])}))


def spoil_a_cell(path: Path) -> None:
    """Make a day of 2026-03-02 one that no calendar has, by which the package that reads workbooks panics."""
    repacked(path, lambda parts: parts.update({SHEET: parts[SHEET].replace(b"<v>46083</v>", b"<v>-1e300</v>")}))


#: Each makes of a workbook one that cannot be read.
DAMAGES = (flip_a_byte, flip_a_version, cut_the_sheet, take_out_the_sheet, take_out_the_list)


def run(crm: CRM, given: Any, **how: Any) -> list[Result]:
    """The results of an import."""
    with open_import(crm, given, **{"actor": WHO, **how}) as job:
        return list(job)


def statuses(results: list[Result]) -> list[str]:
    """What became of the rows."""
    return [result.status for result in results]


def codes(results: list[Result]) -> list[tuple[int, str | None, str]]:
    """The problems: line, field, code."""
    return [(result.line, problem.field, problem.code) for result in results for problem in result.problems]
