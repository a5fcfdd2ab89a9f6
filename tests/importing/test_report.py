"""The report of rows that were not imported, and the way back from it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import CRM
from crmcore.errors import Invalid
from crmcore.importing import Problem, Result, open_import, report_file
from crmcore.importing.headers import REPORT, Column
from crmcore.importing.rows import Row
from crmcore.importing.tables import open_table
from crmcore.kernel.refusals import Label
from tests.importing.files import HEAD, NAMES, REST, WHO, put_csv, put_xlsx, row, run, statuses

COLUMNS = tuple(Column(text, None) for text in HEAD)
WRONG = Problem("name", "客户名称", "D-03", "not-a-full-name", Label("no", "否"))


def report_of(crm, path, report, **how):
    """Import a file, write its report, and read that as a spreadsheet would."""
    with open_import(crm, path, actor=WHO, **how) as job, report_file(report, job.columns) as add:
        for result in job:
            add(result)
    return list(csv.DictReader(io.StringIO(report.read_text(encoding="utf-8-sig"), newline="")))


CELLS = st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=len(HEAD), max_size=len(HEAD))


@pytest.mark.rule("D-12")
@given(rows=st.lists(CELLS, max_size=5))
def test_cells_come_back_as_they_were(tmp_path_factory, rows):
    """Quotes, delimiters, ends of lines, spaces, signs and letters of any kind survive being reported and read."""
    path = tmp_path_factory.mktemp("report") / "report.csv"
    with report_file(path, COLUMNS) as add:
        for line, cells in enumerate(rows, 2):
            add(Result(line, "failed", None, (WRONG,), Row(line, cells)))
    with open_table(path) as table:
        back = list(table.rows)

    assert (*HEAD, *REPORT) == table.header
    assert rows == [one.cells[: len(HEAD)] for one in back]
    assert [str(line) for line in range(2, len(rows) + 2)] == [one.cells[len(HEAD)] for one in back]


@pytest.mark.rule("D-12")
def test_each_problem_has_a_line_in_the_columns_of_the_report(tmp_path):
    """Column, value, code and both texts of a problem stand side by side; a break of a value is a space there."""
    path = put_csv(tmp_path, ("春意", '"路\n1号"', "外星业", "1", "空调"), *map(row, NAMES))
    with CRM.open() as crm:
        (told,) = report_of(crm, path, tmp_path / "r.csv")

    assert ["行业", "客户名称"] == told["import_column"].split("\n")
    assert ["外星业", "春意"] == told["import_value"].split("\n")
    assert ["D-02 unknown-industry", "D-03 not-a-full-name"] == told["import_code"].split("\n")
    assert [2, 2] == [len(told[name].split("\n")) for name in ("import_text", "import_说明")]
    assert "路\n1号" == told["地址"]


@pytest.mark.rule("D-12")
def test_a_report_put_right_is_imported_as_it_is(tmp_path):
    """What is right now is registered; what is not comes again, without the old report's own columns."""
    report = tmp_path / "r.csv"
    with CRM.open() as crm:
        report_of(crm, put_csv(tmp_path, row("春意"), row("北风"), row(NAMES[0]), row(NAMES[0])), report)
        report.write_bytes(report.read_bytes().replace('"春意"'.encode(), f'"{NAMES[1]}"'.encode()))
        again = report_of(crm, report, tmp_path / "again.csv")
        names = [customer.profile.name for customer in crm.customers.all()]

    assert [NAMES[0], NAMES[1]] == names
    assert ["北风"] == [told["客户名称"] for told in again]
    assert [*HEAD, *REPORT] == list(again[0])


@pytest.mark.rule("D-12")
def test_a_row_that_cannot_be_told_apart_is_not_guessed_at(tmp_path):
    """It stands in the report as it was in the file, and is not imported from there until somebody fills its cells."""
    path, report = put_csv(tmp_path, f'"{NAMES[0]}"x,1', (NAMES[1], *REST[:3])), tmp_path / "r.csv"
    with CRM.open() as crm:
        told = report_of(crm, path, report)
        again = run(crm, report)

    assert [f'"{NAMES[0]}"x,1', " | ".join((NAMES[1], *REST[:3]))] == [one["import_value"] for one in told]
    assert ["", ""] == [one["客户名称"] for one in told]
    assert ["failed", "failed"] == statuses(again)


@pytest.mark.rule("D-12")
def test_a_workbook_is_reported_as_text(tmp_path):
    """Numbers without the sign that they are ones, codes that lost digits in the form that shows it."""
    cells = ("春意", *REST[:2], 13800138000.0, "空调", 1.5, True, 9.13212345678901e17)
    with CRM.open() as crm:
        path = put_xlsx(tmp_path, cells, head=(*HEAD, "规模", "来源", "编号"))
        (told,) = report_of(crm, path, tmp_path / "r.csv")

    assert ("13800138000", "1.5", "TRUE", "9.13212345678901E+17") == tuple(
        told[name] for name in ("电话", "规模", "来源", "编号")
    )


def test_a_report_that_cannot_be_written_is_told(tmp_path):
    """Before the first row."""
    with pytest.raises(Invalid) as caught, report_file(tmp_path / "no" / "r.csv", COLUMNS):
        pass

    assert ["report"] == [fault.path for fault in caught.value.faults]
