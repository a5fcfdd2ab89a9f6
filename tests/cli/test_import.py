"""``crmcore import``: the command line around ``crmcore.importing``."""

import csv
import io

import pytest

from crmcore.importing.csv_files import LONGEST_CELL
from tests.cli.helpers import answer, cli, lines
from tests.importing.files import DAMAGES, put_xlsx, row

HEAD = "客户名称,地址,行业,电话,简介"
REST = "示例路1号,制造业,0523-55501234,空调"
NAMES = ("靖江市春意空调有限公司", "宁波岚槿电子科技股份有限公司", "宁波皓禾食品有限公司", "宜昌昀祎精密机械有限公司")


@pytest.fixture
def url(tmp_path):
    """An empty storage."""
    return f"sqlite:///{tmp_path / 'x.db'}"


def put(tmp_path, *rows, head=HEAD, encoding="utf-8-sig", end="\r\n"):
    """A CSV file with these rows."""
    path = tmp_path / "customers.csv"
    path.write_bytes("".join(f"{row}{end}" for row in (head, *rows)).encode(encoding))
    return path


def good(*names):
    """Complete rows with these names."""
    return [f"{name},{REST}" for name in names]


def told(path, url, *args):
    """The errors and the summary of an import, as JSON."""
    *errors, summary = lines(cli("import", path, "--storage", url, "--json", *args).stdout)
    return errors, summary


def counted(rows, **counts):
    """The summary of an import."""
    return {"rows": rows, "registered": 0, "similar": 0, "already": 0, "repeated": 0, "alike": 0, "failed": 0, **counts}


# ----------------------------------------------------------------------------------------------------------- what goes


@pytest.mark.rule("P-01")
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_customers_come_into_the_pool(tmp_path, url, encoding):
    """UTF-8 with and without a mark, and what Chinese spreadsheets write."""
    errors, summary = told(put(tmp_path, *good(*NAMES), encoding=encoding), url)
    first = answer("show", "KH-000001", "--storage", url)

    assert ([], counted(4, registered=4)) == (errors, summary)
    assert ("pool", "registered", "import") == (first["stage"], first["pool_reason"], first["registered_by"])
    assert (NAMES[0], "manufacturing") == (first["profile"]["name"], first["profile"]["industry"])


def test_the_summary_for_people(tmp_path, url):
    """One line, in both languages; status 0."""
    path = put(tmp_path, *good(NAMES[0]))
    first = cli("import", path, "--storage", url)
    again = cli("import", path, "--storage", url, "--lang", "zh")

    assert (0, "1 rows: 1 registered, 0 already there, 0 repeated, 0 alike, 0 not imported\n") == (
        first.exit_code,
        first.stdout,
    )
    assert (0, "共 1 行：登记 0，已存在 1，文件内重复 0，疑似已有 0，未导入 0\n") == (again.exit_code, again.stdout)


@pytest.mark.rule("D-12", "P-02")
def test_an_import_can_be_run_again(tmp_path, url):
    """Customers that are there, by name and by id, are counted, and not registered again."""
    path = put(tmp_path, *(f"{row},K{n}" for n, row in enumerate(good(*NAMES))), head=f"{HEAD},客户编号")
    told(path, url)

    assert ([], counted(4, already=4)) == told(path, url)
    more = put(tmp_path, *(f"{row}," for row in good(*NAMES, "芜湖煦屿物业管理有限公司")), head=f"{HEAD},客户编号")

    assert ([], counted(5, registered=1, already=4)) == told(more, url)
    assert 5 == answer("verify", "--storage", url)["customers"]


@pytest.mark.rule("D-12", "D-01")
def test_an_id_that_is_another_customers_is_told(tmp_path, url):
    """Status 1, a line of the report, and no word of what was typed; the customer on record stays as it was."""
    head, report = f"{HEAD},客户编号", tmp_path / "r.csv"
    told(put(tmp_path, *(f"{row},{n}" for n, row in enumerate(good(*NAMES[:2]), 1)), head=head), url)
    branch = put(tmp_path, *(f"{row},{n}" for n, row in enumerate(good(*NAMES[2:]), 1)), head=head)
    result = cli("import", branch, "--storage", url, "--report", report)
    errors, summary = told(branch, url)

    assert (1, counted(2, failed=2)) == (result.exit_code, summary)
    assert [(2, "id", "客户编号", "D-01", "id-of-another"), (3, "id", "客户编号", "D-01", "id-of-another")] == [
        tuple(error[key] for key in ("line", "field", "column", "rule", "code")) for error in errors
    ]
    assert not any(name in result.output for name in NAMES)
    assert [f'"{name}"' in report.read_text(encoding="utf-8-sig") for name in NAMES] == [False, False, True, True]
    assert NAMES[0] == answer("show", "1", "--storage", url)["profile"]["name"]


@pytest.mark.rule("D-12")
def test_an_interrupted_import_goes_on_when_run_again(tmp_path):
    """A full disk stops it at a line; run again with room, it registers just what is missing."""
    path = put(tmp_path, *good(*(f"靖江市春意{number}空调有限公司" for number in range(1200))))
    url, off = f"sqlite:///{tmp_path / 'x.db'}", ("--set", "matching.similar=off")
    stopped = cli("import", path, "--storage", f"{url}?max_pages=400", "--json", *off)
    stored = answer("verify", "--storage", url)["customers"]

    assert 3 == stopped.exit_code
    assert f"stopped at line {stored + 2}:" in stopped.stderr
    assert 0 < stored < 1200
    assert counted(1200, registered=1200 - stored, already=stored) == told(path, url, *off)[1]


@pytest.mark.rule("M-03")
def test_similar_records_are_counted(tmp_path, url):
    """Where policy only warns, the row is registered, and the summary says that somebody should look."""
    result = cli("import", put(tmp_path, *good(NAMES[0], NAMES[0].replace("春意", "春逸"))), "--storage", url)

    assert 0 == result.exit_code
    assert "2 registered" in result.stdout
    assert "1 of those registered are similar to others" in result.stdout


def test_into_potential_takes_somebody_in_pre_sales(tmp_path, url):
    """The actor of an import into potential becomes the owner."""
    path = put(tmp_path, *good(NAMES[0]))
    at = ("--at", "2026-03-01T09:00:00+08:00")
    told(path, url, "--into", "potential", "--actor", "li", "--role", "pre-sales", "--team", "north", *at)
    customer = answer("show", "KH-000001", "--storage", url, *at)

    assert ("potential", "li", ["north"]) == (customer["stage"], customer["owner"], customer["teams"])


def test_who_may_not_import_is_told_so_for_each_row(tmp_path, url):
    """A missing right is no sign that the customer is there."""
    path = put(tmp_path, *good(NAMES[0]))
    told(path, url)
    errors, summary = told(path, url, "--role", "legal")

    assert 1 == summary["failed"]
    assert "A-01" in [error["rule"] for error in errors]


def test_contacts_kinds_and_ids_are_read(tmp_path, url):
    """A contact's columns make one main contact; 个人 is an individual."""
    head = "姓名,客户类型,手机,Contact Person,职务,Customer-ID,邮箱"
    told(put(tmp_path, "王一凡,个人,13800000001,李二,采购经理,P1,", head=head), url)
    person = answer("show", "P1", "--storage", url)

    assert ("individual", "王一凡") == (person["profile"]["kind"], person["profile"]["name"])
    assert ("李二", "采购经理", "13800000001", True) == tuple(
        person["contacts"][0][key] for key in ("name", "position", "mobile", "main")
    )


def test_what_looks_like_a_formula_is_data(tmp_path, url):
    """Signs at the beginning of a cell stay."""
    told(put(tmp_path, f"{NAMES[0]},=1+1,制造业,+86 523 55501234,@x"), url)
    profile = answer("show", "KH-000001", "--storage", url)["profile"]

    assert ("=1+1", "+86 523 55501234", "@x") == (profile["address"], profile["phone"], profile["introduction"])


CUSTOM = """
name = "custom"
[[customers.custom_fields]]
name = "staff"
type = "integer"
[[customers.custom_fields]]
name = "listed"
type = "boolean"
[[customers.custom_fields]]
name = "grade"
type = "choice"
choices = ["A", "B"]
[[customers.custom_fields]]
name = "founded"
type = "date"
"""


@pytest.mark.rule("D-09")
def test_custom_fields_are_columns(tmp_path, url):
    """By their names, with values of their types; what is none is that row's error."""
    policy = tmp_path / "custom.toml"
    policy.write_text(CUSTOM, encoding="utf-8")
    head = f"{HEAD},Staff,listed,grade,founded"
    bad = ["many,是,A,", "1,perhaps,A,", "1,否,C,", "1,,,2026-02-30", "9" * 19 + ",,,"]
    path = put(tmp_path, f"{good(NAMES[0])[0]},120,是,A,2001-05-01",
               *(f"{good(f'靖江市春意{n}空调有限公司')[0]},{row}" for n, row in enumerate(bad)), head=head)  # fmt: skip
    errors, summary = told(path, url, "--policy", policy)
    fields = answer("show", "KH-000001", "--storage", url, "--policy", policy)["profile"]["fields"]

    assert {"staff": 120, "listed": True, "grade": "A", "founded": "2001-05-01"} == fields
    assert [(3, "staff"), (4, "listed"), (5, "grade"), (6, "founded"), (7, "staff")] == [
        (error["line"], error["field"]) for error in errors
    ]
    assert ["Staff", "listed"] == [error["column"] for error in errors[:2]]
    assert counted(6, registered=1, failed=5) == summary


# --------------------------------------------------------------------------------------------------- what is wrong


@pytest.mark.rule("D-12")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_errors_name_the_line_on_which_the_row_starts(tmp_path, url, encoding, end):
    """Quoted line breaks and empty lines count, whatever ends the lines."""
    quoted = f'{NAMES[0]},"示例路{end}1号{end}",制造业,1,空调'
    path = put(tmp_path, quoted, f"澜沅,{REST}", "", "", f"{NAMES[1]},x", f"{NAMES[2]},示例路1号,外星业,1,空调",
               encoding=encoding, end=end)  # fmt: skip
    errors, summary = told(path, url)

    assert [
        (5, "name", "客户名称", "D-03", "not-a-full-name"),
        (8, None, None, None, "not-allowed"),
        (9, "industry", "行业", "D-02", "unknown-industry"),
    ] == [tuple(error[key] for key in ("line", "field", "column", "rule", "code")) for error in errors]
    assert counted(4, registered=1, failed=3) == summary


BAD_ROWS = [
    (f"{NAMES[1]},x", "(row)"),
    (f"{NAMES[1]},{REST},more", "(row)"),
    (f'"{NAMES[1]}"x,{REST}', "(row)"),
    (f"a\0b,{REST}", "name"),
    (f"{'长' * 201}有限公司,{REST}", "name"),
    (f"{'长' * (LONGEST_CELL + 1)},{REST}", "(row)"),
    (f",{REST}", "name"),
    (f"{NAMES[1]},,制造业,,空调", "address, phone"),
    (f"{NAMES[1]},示例路1号,其他,1,空调", "industry_note"),
]


@pytest.mark.rule("D-12")
def test_bad_rows_do_not_stop_an_import(tmp_path, url):
    """Ragged rows, misplaced quotation marks, NUL, endless cells: each an error, and the rest is registered."""
    path = put(tmp_path, *(row for row, _ in BAD_ROWS), *good(NAMES[0]))
    result = cli("import", path, "--storage", url, "--json")
    *errors, summary = lines(result.stdout)

    assert 1 == result.exit_code
    assert counted(10, registered=1, failed=9) == summary
    assert list(range(2, 11)) == sorted({error["line"] for error in errors})
    for line, (_, field) in enumerate(BAD_ROWS, 2):
        found = [error["field"] for error in errors if error["line"] == line]

        assert (None if field == "(row)" else field) in found


def test_a_row_with_an_impossible_id_or_contact_names_its_column(tmp_path, url):
    """Faults of the command itself are led back to the column."""
    path = put(tmp_path, f"{good(NAMES[0])[0]},a b,,", f"{good(NAMES[0])[0]},,王,{'x' * 201}",
               f"{good(NAMES[1])[0]},,,138", head=f"{HEAD},编号,联系人,手机")  # fmt: skip
    errors, _ = told(path, url)

    assert [("id", "编号"), ("contact.mobile", "手机"), ("contact.name", "联系人")] == [
        (error["field"], error["column"]) for error in errors
    ]


def test_an_error_of_one_row_only(tmp_path, url):
    """A deadline beyond the calendar is the error of its row, not of its batch."""
    path = put(tmp_path, *good(NAMES[0]))
    who = ("--into", "potential", "--actor", "li", "--role", "pre-sales")
    late = ("--at", "9998-12-31T00:00:00Z", "--set", "customers.protection.potential_days=3000")
    errors, summary = told(path, url, *who, *late)

    assert ([("out-of-range", 2)], 1) == ([(error["code"], error["line"]) for error in errors], summary["failed"])


def test_errors_for_people_are_a_table(tmp_path, url):
    """Line, column, code and reason; nothing of the cells."""
    path = put(tmp_path, *(f"机密{number},{REST}" for number in range(25)))
    result = cli("import", path, "--storage", url)

    assert "D-03 not-a-full-name" in result.stdout
    assert "客户名称" in result.stdout
    assert "机密" not in result.stdout
    assert "… and 5 more" in result.stdout
    assert result.stdout.endswith("25 rows: 0 registered, 0 already there, 0 repeated, 0 alike, 25 not imported\n")
    assert 80 >= max(len(line) for line in result.stdout.splitlines())


@pytest.mark.rule("D-12")
def test_the_report_is_put_right_and_imported(tmp_path, url):
    """Rows that failed, as they were, with what is wrong; made afresh each time, and imported as it is."""
    path, report = put(tmp_path, *(f"春意{number},{REST}" for number in range(3)), *good(NAMES[0])), tmp_path / "r.csv"
    cli("import", path, "--storage", url, "--report", report)
    table = list(csv.DictReader(io.StringIO(report.read_text(encoding="utf-8-sig"), newline="")))
    report.write_bytes(report.read_bytes().replace("春意1".encode(), NAMES[1].encode()))
    errors, summary = told(report, url, "--report", tmp_path / "again.csv")

    assert ["2", "3", "4"] == [row["import_line"] for row in table]
    assert ("春意0", "客户名称", "春意0", "D-03 not-a-full-name") == tuple(
        table[0][key] for key in ("客户名称", "import_column", "import_value", "import_code")
    )
    assert "组织形式" in table[0]["import_说明"]
    assert "organisation form" in table[0]["import_text"]
    assert counted(3, registered=1, failed=2) == summary
    assert [2, 4] == [error["line"] for error in errors]


def test_the_report_must_be_another_file(tmp_path, url):
    """The file that is read is never overwritten; a folder that is absent is told."""
    path = put(tmp_path, *good(NAMES[0]))
    before = path.read_bytes()
    same = cli("import", path, "--storage", url, "--report", path)
    absent = cli("import", path, "--storage", url, "--report", tmp_path / "no" / "errors.csv")

    assert (2, 2) == (same.exit_code, absent.exit_code)
    assert before == path.read_bytes()
    assert "report" in absent.stderr
    assert 0 == answer("verify", "--storage", url)["customers"]


@pytest.mark.rule("D-12")
def test_a_dry_run_stores_nothing(tmp_path, url):
    """It tells what would become of each row, duplicates included; then the same happens."""
    path = put(tmp_path, *good(NAMES[0]), f"澜沅,{REST}", *good(NAMES[0]))
    dry = told(path, url, "--dry-run")
    said = cli("import", path, "--storage", url, "--dry-run")
    stored = answer("verify", "--storage", url)["customers"]

    assert {**counted(3, registered=1, repeated=1, failed=1), "dry_run": True} == dry[1]
    assert 0 == stored
    assert "dry run, nothing is stored; 3 rows" in said.stdout
    assert (dry[0], counted(3, registered=1, repeated=1, failed=1)) == told(path, url)


@pytest.mark.rule("D-12", "P-02")
def test_a_row_that_is_there_twice_is_told_with_the_earlier_line(tmp_path, url):
    """Status 1, for what the later row says is not stored."""
    path = put(tmp_path, *good(NAMES[0], NAMES[1], NAMES[0]))
    errors, summary = told(path, url)

    assert 1 == cli("import", path, "--storage", url).exit_code
    assert counted(3, registered=2, repeated=1) == summary
    assert [(4, "客户名称", "P-02", "repeated", "the same customer as on line 2 of this file")] == [
        tuple(error[key] for key in ("line", "column", "rule", "code", "message")) for error in errors
    ]


@pytest.mark.rule("D-12", "P-02")
def test_a_row_only_taken_for_somebody_is_told_and_reported(tmp_path, url):
    """Status 1, a number of its own in the summary in both languages, and a line of the report."""
    cli("import", put(tmp_path, *good(NAMES[0])), "--storage", url)
    path, report = put(tmp_path, *good(NAMES[0].replace("有限", "股份有限"))), tmp_path / "r.csv"
    result = cli("import", path, "--storage", url, "--report", report)
    errors, summary = told(path, url)

    assert 1 == result.exit_code
    assert "1 rows: 0 registered, 0 already there, 0 repeated, 1 alike, 0 not imported" in result.stdout
    assert "疑似已有 1，未导入 0" in cli("import", path, "--storage", url, "--lang", "zh").stdout
    assert "P-02 same-customer-in-pool" in report.read_text(encoding="utf-8-sig")
    assert ([(2, "same-customer-in-pool")], counted(1, alike=1)) == ([(e["line"], e["code"]) for e in errors], summary)


@pytest.mark.rule("D-12")
def test_a_mapping_file_says_what_columns_mean(tmp_path, url):
    """Columns by other names, one left out, a default, and other words for values."""
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        'ignore = ["备注"]\n[columns]\n"单位" = "name"\n[defaults]\nindustry = "制造业"\n'
        '[values.kind]\n"国企" = "enterprise"\n',
        encoding="utf-8",
    )
    path = put(tmp_path, f"{NAMES[0]},国企,示例路1号,1,空调,x", head="单位,客户类型,地址,电话,简介,备注")
    errors, summary = told(path, url, "--mapping", mapping)
    wrong = cli("import", path, "--storage", url, "--mapping", tmp_path / "no.toml")

    assert ([], counted(1, registered=1)) == (errors, summary)
    assert "manufacturing" == answer("show", "KH-000001", "--storage", url)["profile"]["industry"]
    assert (2, True) == (wrong.exit_code, "no.toml" in wrong.stderr)


@pytest.mark.rule("D-12")
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_template_is_a_file_without_customers(tmp_path, url, lang, ending):
    """Its columns are known, and the rows that explain it are left out."""
    path = tmp_path / f"template.{ending}"
    written = cli("import", "--template", path, "--lang", lang)
    again = cli("import", "--template", path)

    assert (0, 2) == (written.exit_code, again.exit_code)
    assert ([], counted(0)) == told(path, url)


def test_without_a_file_there_is_nothing_to_import(url):
    """A file is asked for, unless a template is."""
    result = cli("import", "--storage", url)

    assert 2 == result.exit_code
    assert "FILE" in result.stderr


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (f"{HEAD},colour", "colour"),
        (f"{HEAD},,地区", "(column 6)"),
        (f"{HEAD},企业全称", "客户名称 + 企业全称"),
        ("地址,行业", "name"),
        ("机密有限公司,机密路1号,机密", "header"),
        ('"客户名称"x,地址', "(row)"),
        ("", "header"),
    ],
)
def test_a_header_that_cannot_be_is_told_before_anything_is_stored(tmp_path, url, head, words):
    """Unknown and doubled columns and a missing name are named; a first row of data is not repeated."""
    result = cli("import", put(tmp_path, *good(NAMES[0]), head=head), "--storage", url)

    assert 2 == result.exit_code
    assert words in result.stderr
    assert "机密" not in result.stderr
    assert 0 == answer("verify", "--storage", url)["customers"]


def test_a_file_in_another_encoding_is_told(tmp_path, url):
    """Neither UTF-8 nor GB18030: the file is named, and nothing is stored."""
    path = put(tmp_path, *good(NAMES[0]), encoding="utf-16")
    result = cli("import", path, "--storage", url)

    assert 2 == result.exit_code
    assert "customers.csv" in result.stderr
    assert 0 == answer("verify", "--storage", url)["customers"]


@pytest.mark.rule("D-12")
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_workbook_is_told(tmp_path, url, damage):
    """In a line with the file and what to do, in both languages; as JSON with the fault; nothing is stored."""
    damage(path := put_xlsx(tmp_path, *map(row, NAMES)))
    said = [cli("import", path, "--storage", url, "--lang", lang) for lang in ("en", "zh")]
    (fault,) = answer("import", path, "--storage", url)["error"]["faults"]

    assert [(2, True), (2, True)] == [(one.exit_code, "customers.xlsx" in one.stderr) for one in said]
    assert ("save it again as XLSX" in said[0].stderr, "请重新另存为 XLSX" in said[1].stderr) == (True, True)
    assert ("customers.xlsx", "not-allowed") == (fault["field"], fault["fault"])
    assert 0 == answer("verify", "--storage", url)["customers"]


def test_an_empty_file_has_no_header(tmp_path, url):
    """Nothing at all is told apart from a header that is wrong."""
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")

    assert "empty" == answer("import", path, "--storage", url)["error"]["faults"][0]["fault"]
