"""Templates: what stands in them, and that they can be filled in and imported."""

import csv
import io
import sys

import pytest
from openpyxl import load_workbook

from crmcore import CRM
from crmcore.app.policy import load_policy
from crmcore.errors import Invalid, MissingExtra
from crmcore.importing.headers import columns_of, fields_of
from crmcore.importing.templates import template, write_template
from tests.importing.files import NAMES, run, statuses

FIELDS = [
    {"name": "level", "type": "choice", "choices": ["gold", "silver"], "required": True},
    {"name": "founded", "type": "date"},
]
POLICY = load_policy("standard", {"customers.custom_fields": FIELDS}).customers


@pytest.mark.rule("D-12")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_template_has_every_column_by_a_name_that_is_known(lang):
    """Those that must be filled in are marked, by the policy; a choice says what can be chosen."""
    header, allowed, example = template(POLICY, lang).rows

    assert list(fields_of(POLICY.custom_fields)) == [one.field for one in columns_of(header, POLICY.custom_fields)]
    assert 6 == sum(text.endswith("*") for text in header)
    assert "gold / silver" == allowed[header.index("level*")]
    assert "2026-03-01" == example[header.index("founded")]


@pytest.mark.rule("D-12")
def test_a_template_in_csv_opens_in_a_spreadsheet(tmp_path):
    """UTF-8 with a mark; the example is left out when it is imported, and what was filled in below is not."""
    path = tmp_path / "t.csv"
    write_template(template(POLICY, "zh"), path)
    table = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    filled = dict(zip(table[0], table[2], strict=True)) | {"客户名称*": NAMES[0]}
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(filled.values())
    with CRM.open(overrides={"customers.custom_fields": FIELDS}) as crm:
        results = run(crm, path)

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [(4, "registered")] == [(result.line, result.status) for result in results]


@pytest.mark.rule("D-12")
def test_a_template_in_a_workbook_keeps_digits(tmp_path):
    """All cells below the header are text, and choices are offered."""
    path = tmp_path / "t.xlsx"
    write_template(template(POLICY, "en"), path)
    book = load_workbook(path)
    sheet = book.active
    sheet.append([NAMES[0], "enterprise", "'913212345678901234"[1:]])
    lists = [one.formula1 for one in sheet.data_validations.dataValidation]

    assert {"@"} == {cell.number_format for cells in sheet.iter_rows(2, 20) for cell in cells}
    assert ['"enterprise,individual"', '"gold,silver"'] == [one for one in lists if len(one) < 50]


@pytest.mark.rule("D-12")
def test_a_workbook_filled_in_is_imported(tmp_path):
    """The rows that explain it are left out."""
    path = tmp_path / "t.xlsx"
    write_template(template(POLICY, "zh"), path)
    book = load_workbook(path)
    sheet = book.active
    for place, cell in enumerate(sheet[3], 1):
        sheet.cell(4, place).value = cell.value if place > 1 else NAMES[0]
    book.save(path)
    with CRM.open(overrides={"customers.custom_fields": FIELDS}) as crm:
        results = run(crm, path)

        assert ["registered"] == statuses(results)
        assert "13800000000" == crm.customers.all()[0].contacts[0].details.mobile


def test_a_template_overwrites_nothing(tmp_path):
    """A file that is there, another ending and an absent folder are told."""
    there = tmp_path / "t.csv"
    there.write_text("mine", encoding="utf-8")
    for path in (there, tmp_path / "t.ods", tmp_path / "no" / "t.csv"):
        with pytest.raises(Invalid) as caught:
            write_template(template(POLICY), path)

        assert ["template"] == [fault.path for fault in caught.value.faults]
    assert "mine" == there.read_text(encoding="utf-8")


def test_without_the_package_the_extra_is_named(tmp_path, monkeypatch):
    """And no empty file is left behind."""
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtra):
        write_template(template(POLICY), tmp_path / "t.xlsx")

    assert [] == list(tmp_path.iterdir())
