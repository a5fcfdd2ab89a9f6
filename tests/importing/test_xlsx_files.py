"""Reading workbooks: what spreadsheets make of cells, sheets, merged cells, and files that are no workbooks."""

import sys
import zipfile
from datetime import date, datetime, time

import pytest

from crmcore import CRM
from crmcore.errors import Fault, Invalid, MissingExtra
from crmcore.importing import open_import, report_file, xlsx_files
from crmcore.importing.cells import code_text
from crmcore.importing.tables import open_table
from crmcore.matching import check_credit_code
from tests.importing.files import (
    DAMAGES,
    HEAD,
    NAMES,
    REST,
    WHO,
    codes,
    put_csv,
    put_xlsx,
    row,
    run,
    spoil_a_cell,
    statuses,
)

# Workbooks know no time zones.
A_DAY, AN_HOUR = datetime(2026, 3, 1), datetime(2026, 3, 1, 8, 30)  # noqa: DTZ001

FIELDS = {
    "customers.custom_fields": [
        {"name": "uscc_no", "type": "text"},
        {"name": "staff", "type": "integer"},
        {"name": "share", "type": "decimal"},
        {"name": "listed", "type": "boolean"},
        {"name": "founded", "type": "date", "indexed": True},
    ]
}


@pytest.mark.rule("D-12")
def test_a_workbook_is_imported(tmp_path):
    """Each row by its number in the sheet; blank rows count and say nothing."""
    with CRM.open() as crm:
        results = run(crm, put_xlsx(tmp_path, row(NAMES[0]), (), row("澜沅"), row(NAMES[1])))

    assert [(2, "registered"), (4, "failed"), (5, "registered")] == [(one.line, one.status) for one in results]


@pytest.mark.rule("D-12")
def test_phones_come_as_numbers_and_are_texts(tmp_path):
    """A spreadsheet takes 13800138000 for a number; so does whoever writes it to CSV as 13800138000.0."""
    head = (*HEAD[:3], "电话", "简介", "联系人", "手机")
    rows = [(name, *REST[:2], 52355501234.0, "空调", "王一凡", 13800138000.0) for name in NAMES[:2]]
    with CRM.open() as crm:
        run(crm, put_xlsx(tmp_path, rows[0], head=head))
        run(crm, put_csv(tmp_path, rows[1], head=head))
        found = [crm.customers.by_name(name) for name in NAMES[:2]]

    assert [("52355501234", "13800138000")] * 2 == [
        (one.profile.phone, one.contacts[0].details.mobile) for one in found if one is not None
    ]


@pytest.mark.rule("D-12")
@pytest.mark.parametrize(
    "cell", [913212345678901234, 9.13212e17, "9.13212E+17", "9.13212345678901E+17", "913212345678901000"]
)
def test_a_code_that_lost_digits_is_refused_by_name(tmp_path, cell):
    """Eighteen digits are more than a spreadsheet keeps; what is left of them is no code."""
    with CRM.open(overrides=FIELDS) as crm:
        results = run(crm, put_xlsx(tmp_path, row(NAMES[0], cell), head=(*HEAD, "USCC No")))

    assert [(2, "uscc_no", "digits-lost")] == codes(results)
    assert "format the column as text" in results[0].problems[0].message()
    assert "设为文本格式" in results[0].problems[0].message("zh")


@pytest.mark.rule("D-12", "D-05")
@pytest.mark.parametrize(("cell", "code"), [(9.13212e17, "digits-lost"), ("913212345678901000", "digits-lost"),
                                            ("913212345678901234", "format")])  # fmt: skip
def test_a_credit_code_is_told_apart_from_what_is_left_of_one(tmp_path, cell, code):
    """One that lost digits has another remedy than one with a slip in it; both name the column."""
    with CRM.open() as crm:
        (result,) = run(crm, put_xlsx(tmp_path, row(NAMES[0], cell), head=(*HEAD, "统一社会信用代码")))

    assert [(2, "credit_code", code)] == codes([result])
    assert "统一社会信用代码" == result.problems[0].column


@pytest.mark.rule("D-12", "D-05")
def test_a_code_that_ends_in_zeros_may_be_one():
    """Its check character says so."""
    codes_ = (f"{body}000" for body in map(str, range(913212345678900, 913212345679900)))
    right = next(code for code in codes_ if check_credit_code(code) is None)

    assert right == code_text("credit_code", right)


@pytest.mark.rule("D-12")
def test_a_code_that_is_text_stays(tmp_path):
    """Formatted as text, nothing happens to it."""
    with CRM.open(overrides=FIELDS) as crm:
        run(crm, put_xlsx(tmp_path, row(NAMES[0], "913212345678901234"), head=(*HEAD, "uscc_no")))
        found = crm.customers.by_name(NAMES[0])

    assert found is not None
    assert {"uscc_no": "913212345678901234"} == found.profile.fields


@pytest.mark.rule("D-12")
@pytest.mark.parametrize(
    "cell", [date(2026, 10, 20), AN_HOUR, time(8, 30), True, 0.2], ids=str
)  # fmt: skip
def test_text_that_became_something_else_is_refused_by_name(tmp_path, cell):
    """A size of 10-20 is a date to a spreadsheet, and 20 % is 0.2 in the file: what was meant cannot be told."""
    with CRM.open() as crm:
        results = run(crm, put_xlsx(tmp_path, row(NAMES[0], cell), head=(*HEAD, "规模")))

    assert [(2, "size", "not-text")] == codes(results)


@pytest.mark.rule("D-12", "D-09")
@pytest.mark.parametrize(
    ("head", "cell", "value"),
    [
        ("staff", 120.0, 120),
        ("staff", "\uff11\uff12\uff10", 120),
        ("share", 0.2, "0.2"),
        ("share", 12.5, "12.5"),
        ("share", 1e-7, "0.0000001"),
        ("share", "20%", "0.2"),
        ("share", "1,234.50", "1234.50"),
        ("listed", True, True),
        ("listed", 0.0, False),
        ("listed", "否", False),
        ("listed", "√", True),
        ("founded", date(2026, 3, 1), "2026-03-01"),
        ("founded", A_DAY, "2026-03-01"),
        ("founded", 46082.0, "2026-03-01"),
        ("founded", "2026年3月1日", "2026-03-01"),
        ("founded", "2026/3/1", "2026-03-01"),
        ("founded", "20260301", "2026-03-01"),
    ],
)
def test_custom_fields_are_read_in_their_types(tmp_path, head, cell, value):
    """Numbers, percentages, words for yes and no, dates and the numbers that stand for them."""
    with CRM.open(overrides=FIELDS) as crm:
        results = run(crm, put_xlsx(tmp_path, row(NAMES[0], cell), head=(*HEAD, head)))
        found = crm.customers.by_name(NAMES[0])

    assert [] == codes(results)
    assert found is not None
    assert {head: value} == found.profile.fields


@pytest.mark.rule("D-09")
def test_what_was_imported_is_found_by_its_custom_field(tmp_path):
    """A date that came as a day's number is found as the date it is."""
    with CRM.open(overrides=FIELDS) as crm:
        run(crm, put_xlsx(tmp_path, row(NAMES[0], 46082.0), row(NAMES[1], None), head=(*HEAD, "founded")))
        found = crm.customers.by_field("founded", "2026-03-01")

    assert [NAMES[0]] == [customer.profile.name for customer in found]


@pytest.mark.rule("D-09")
@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("staff", 1.5),
        ("staff", True),
        ("staff", "many"),
        ("staff", 1e15),
        ("share", "12 kg"),
        ("share", True),
        ("share", "1E+7"),
        ("share", 1e15),
        ("listed", "perhaps"),
        ("listed", 2.0),
        ("founded", "1/3/2026"),
        ("founded", "2026-02-30"),
        ("founded", AN_HOUR),
        ("founded", 60.0),
        ("founded", 46082.5),
    ],
)
def test_what_is_no_value_of_the_type_is_refused(tmp_path, head, cell):
    """Half a person, a day that never was, a date that can be read in two ways."""
    with CRM.open(overrides=FIELDS) as crm:
        results = run(crm, put_xlsx(tmp_path, row(NAMES[0], cell), head=(*HEAD, head)))

    assert [(2, head)] == [found[:2] for found in codes(results)]


# ----------------------------------------------------------------------------------------------------------- sheets


def add_sheets(*names, hidden=()):
    """More sheets with something in them, some of them hidden."""

    def more(book):
        for name in (*names, *hidden):
            sheet = book.create_sheet(name)
            sheet.append(HEAD)
            sheet.append(row(NAMES[1]))
            sheet.sheet_state = "hidden" if name in hidden else "visible"

    return more


@pytest.mark.rule("D-12")
def test_the_only_visible_sheet_is_taken(tmp_path):
    """Hidden sheets and empty ones are not chosen by chance."""

    def more(book):
        add_sheets(hidden=("old",))(book)
        book.create_sheet("empty")

    with CRM.open() as crm:
        run(crm, put_xlsx(tmp_path, row(NAMES[0]), more=more))

        assert [NAMES[0]] == [customer.profile.name for customer in crm.customers.all()]


@pytest.mark.rule("D-12")
def test_of_several_sheets_one_is_named(tmp_path):
    """Without a name the file is refused with the names there are; a hidden one can be asked for."""
    path = put_xlsx(tmp_path, row(NAMES[0]), more=add_sheets("more", hidden=("old",)))
    with CRM.open() as crm:
        with pytest.raises(Invalid) as caught:
            run(crm, path)
        with pytest.raises(Invalid) as unknown:
            run(crm, path, sheet="x")
        results = run(crm, path, sheet="old"), run(crm, path, sheet="customers")

    assert [("sheet", "missing", "one of customers, more")] == [
        (fault.path, fault.code, fault.expected) for fault in caught.value.faults
    ]
    assert ["one of customers, more, old"] == [fault.expected for fault in unknown.value.faults]
    assert [["registered"], ["registered"]] == [statuses(one) for one in results]


@pytest.mark.rule("D-12")
def test_merged_cells_are_refused_by_name(tmp_path):
    """A row with some says something else than it shows; a header with some stops the import."""

    def merge(area):
        return lambda book: book.active.merge_cells(area)

    with CRM.open() as crm:
        results = run(crm, put_xlsx(tmp_path, row(NAMES[0]), row(NAMES[1]), row(NAMES[2]), more=merge("B3:B4")))
        with pytest.raises(Invalid) as caught:
            run(crm, put_xlsx(tmp_path, row(NAMES[0]), more=merge("C1:AB1")))

    assert ["registered", "failed", "failed"] == statuses(results)
    assert "unmerge B3:B4" in results[1].problems[0].message()
    assert [("merged", True)] == [(fault.code, "C1:AB1" in fault.expected) for fault in caught.value.faults]


def test_a_formula_is_what_the_spreadsheet_worked_out(tmp_path):
    """The value that was kept with it counts; one that never was worked out is an empty cell."""
    path = put_xlsx(tmp_path, row(NAMES[0], "=1+1"), row(NAMES[1], "=1+2"), head=(*HEAD, "规模"))
    worked_out = tmp_path / "worked-out.xlsx"
    with zipfile.ZipFile(path) as packed, zipfile.ZipFile(worked_out, "w") as other:
        for name in packed.namelist():
            other.writestr(name, packed.read(name).replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"))
    with CRM.open() as crm:
        run(crm, worked_out)

        assert ["2", None] == [customer.profile.size for customer in crm.customers.all()]


# ------------------------------------------------------------------------------------------------ no workbooks at all


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "without a password"),
        (b"PK\x03\x04 and no more", "save it again"),
    ],
)
def test_what_is_no_workbook_is_told(tmp_path, data, words):
    """Old and protected files, and broken ones, whatever their names end in."""
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    with pytest.raises(Invalid) as caught, open_table(path):
        pass

    assert words in caught.value.faults[0].expected


def test_an_archive_that_is_no_workbook_is_told(tmp_path):
    """It opens as an archive, and there is no sheet in it."""
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.txt", "a")
    with pytest.raises(Invalid) as caught, open_table(path):
        pass

    assert ["not-allowed"] == [fault.code for fault in caught.value.faults]


@pytest.mark.rule("D-12")
@pytest.mark.parametrize("sheet", [None, "customers"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_workbook_is_told_as_one_that_cannot_be_opened(tmp_path, damage, sheet):
    """A flipped byte, a sheet that ends midway or is gone: one error, in both languages, before anything is stored."""
    damage(path := put_xlsx(tmp_path, *map(row, NAMES)))
    with CRM.open() as crm:
        with pytest.raises(Invalid) as caught:
            run(crm, path, sheet=sheet)

        assert [] == crm.customers.all()

    expected = "an XLSX workbook that can be opened; save it again as XLSX"

    assert (Fault("customers.xlsx", "not-allowed", expected),) == caught.value.faults
    assert "请重新另存为 XLSX" in caught.value.message("zh")


@pytest.mark.rule("D-12")
@pytest.mark.parametrize("dry", [True, False])
def test_a_row_that_cannot_be_read_is_told_and_the_others_are_imported(tmp_path, dry, capfd):
    """Even where the package panics midway; the report says where."""
    rows = [row(name, date(2026, 3, day)) for day, name in enumerate(NAMES, 1)]
    spoil_a_cell(path := put_xlsx(tmp_path, *rows, head=(*HEAD, "founded")))
    with (
        CRM.open(overrides=FIELDS) as crm,
        open_import(crm, path, actor=WHO, dry_run=dry) as job,
        report_file(tmp_path / "report.csv", job.columns) as report,
    ):
        results = list(job)
        for result in results:
            report(result)
    capfd.readouterr()  # what the package says of its panic
    report_text = (tmp_path / "report.csv").read_text(encoding="utf-8-sig")

    assert ["registered", "failed", "registered", "registered"] == statuses(results)
    assert [(3, None, "not-allowed")] == codes(results)
    assert "可以读取的单元格；请重新录入该行" in results[1].problems[0].message("zh")
    assert '"3","","","not-allowed"' in report_text


@pytest.mark.rule("D-12")
def test_a_header_that_cannot_be_read_is_told(tmp_path):
    """As a fault of that row; nothing is imported without one."""
    spoil_a_cell(path := put_xlsx(tmp_path, row(NAMES[0]), head=(*HEAD, date(2026, 3, 2))))
    with CRM.open() as crm, pytest.raises(Invalid) as caught:
        run(crm, path)

    assert ["cells that can be read; enter the row again"] == [fault.expected for fault in caught.value.faults]


@pytest.mark.rule("D-12")
def test_what_is_no_damage_is_not_taken_for_it(tmp_path, monkeypatch):
    """An interruption while a workbook is opened stays one, and so it does between two rows."""

    def interrupted(*_args):
        raise KeyboardInterrupt

    path = put_xlsx(tmp_path, row(NAMES[0]))
    with pytest.raises(KeyboardInterrupt), open_table(path) as table:
        xlsx_files._next_row(map(interrupted, table.rows))
    monkeypatch.setattr(xlsx_files, "_sheet", interrupted)
    with pytest.raises(KeyboardInterrupt), open_table(path):
        pass


def test_a_workbook_made_to_fill_the_memory_is_refused(tmp_path, monkeypatch):
    """What it unpacks to is looked at before anything is unpacked."""
    monkeypatch.setattr(xlsx_files, "MOST_UNPACKED", 1000)
    with pytest.raises(Invalid) as caught, open_table(put_xlsx(tmp_path, row(NAMES[0]))):
        pass

    assert ["too-long"] == [fault.code for fault in caught.value.faults]


def test_a_workbook_with_nothing_in_it_is_told(tmp_path):
    """It has no header."""
    with pytest.raises(Invalid) as caught, open_table(put_xlsx(tmp_path, head=())):
        pass

    assert ["empty"] == [fault.code for fault in caught.value.faults]


def test_without_the_package_the_extra_is_named(tmp_path, monkeypatch):
    """What to install stands in the error."""
    path = put_xlsx(tmp_path, row(NAMES[0]))
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(MissingExtra) as caught, open_table(path):
        pass

    assert "xlsx" == caught.value.extra
