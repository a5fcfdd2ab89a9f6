"""Reading CSV: encodings, ends of lines, delimiters, quotes, and rows that are none."""

import csv
import io
import tracemalloc

import pytest

from crmcore import CRM
from crmcore.errors import Invalid
from crmcore.importing.csv_files import LONGEST_CELL, LONGEST_ROW
from crmcore.importing.tables import open_table
from tests.importing.files import HEAD, NAMES, csv_text, put_csv, row, run, statuses


def rows_of(path):
    """The rows of a file, the header left out."""
    with open_table(path) as table:
        return list(table.rows)


def put(tmp_path, data):
    """A file with these bytes."""
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    return path


@pytest.mark.rule("D-12")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encoding_and_delimiter_are_found_out(tmp_path, encoding, delimiter):
    """What spreadsheets in China and elsewhere write, with commas, tabs or semicolons."""
    with CRM.open() as crm:
        results = run(crm, put_csv(tmp_path, *map(row, NAMES), encoding=encoding, delimiter=delimiter))
        found = crm.customers.by_name(NAMES[0])

    assert ["registered"] * 4 == statuses(results)
    assert found is not None
    assert "0523-55501234" == found.profile.phone


@pytest.mark.rule("D-12")
def test_ends_of_lines_may_be_mixed(tmp_path):
    """Windows, Unix and old Mac lines in one file, in quotes too; lines are counted as an editor does."""
    text = 'name,address\r\na,1\nb,2\rc,"3\r\n4\n5\r6"\r\n\r\n,\nd,7'

    assert [(2, "a", "1"), (3, "b", "2"), (4, "c", "3\r\n4\n5\r6"), (10, "d", "7")] == [
        (row.line, *row.cells) for row in rows_of(put(tmp_path, text.encode()))
    ]


@pytest.mark.rule("D-12")
def test_quotes_and_delimiters_inside_names_are_theirs(tmp_path):
    """A quotation mark doubled, a comma and a tab in quotes; the header in quotes does not count for the delimiter."""
    text = '"na;m;e;",address\r\n"Acme ""Best"", Ltd","a\tb"\r\n'

    assert [['Acme "Best", Ltd', "a\tb"]] == [row.cells for row in rows_of(put(tmp_path, text.encode()))]


@pytest.mark.rule("D-12")
def test_an_open_quotation_mark_spoils_its_own_line_only(tmp_path):
    """The rows that it would swallow are read by themselves."""
    rows = rows_of(put(tmp_path, b'name,address\na,1\n"b,2\nc,3\n"d",4\n'))

    assert [(2, None), (3, "not-allowed"), (4, None), (5, None)] == [
        (row.line, row.fault and row.fault.code) for row in rows
    ]
    assert '"b,2' == rows[1].raw


@pytest.mark.rule("D-12")
def test_blank_rows_are_no_rows(tmp_path):
    """Empty lines and rows of empty cells are left out; so is a header's empty end."""
    with CRM.open() as crm:
        results = run(crm, put_csv(tmp_path, ",,,,", (*row(NAMES[0]), "", " "), "", " ,\t,,,", head=(*HEAD, "", " ")))

    assert [(3, "registered")] == [(result.line, result.status) for result in results]


@pytest.mark.rule("D-12")
@pytest.mark.parametrize("cells", [row(NAMES[0])[:-1], (*row(NAMES[0]), "x"), (NAMES[0],)])
def test_a_ragged_row_is_told(tmp_path, cells):
    """Too few cells, or something beyond the last column: which cell is which cannot be told."""
    with CRM.open() as crm:
        (result,) = run(crm, put_csv(tmp_path, cells))

    assert ("failed", "not-allowed", None) == (result.status, result.problems[0].code, result.problems[0].field)
    assert f"(expected 5 cells, not {len(cells)})" in result.problems[0].message()
    assert f"应为5 个单元格，而非 {len(cells)} 个" in result.problems[0].message("zh")


def test_an_encoding_is_decided_by_the_whole_file(tmp_path):
    """A file that is UTF-8 up to its last byte is not UTF-8; one that is neither is told."""
    late = put(tmp_path, b"name\n" + b"x" * 3_000_000 + "\n春".encode("gb18030"))

    assert ["春"] == rows_of(late)[-1].cells
    with pytest.raises(Invalid) as caught, open_table(put(tmp_path, "name\n春".encode("utf-16"))):
        pass
    assert ["bad-encoding"] == [fault.code for fault in caught.value.faults]


def test_a_stream_is_read_as_well_as_a_path():
    """What a web framework hands out for an upload; it stays open, for it is not ours."""
    stream = io.BytesIO(csv_text(row(NAMES[0])).encode())
    with CRM.open() as crm:
        first, again = run(crm, stream), run(crm, stream)

    assert (["registered"], ["already"]) == (statuses(first), statuses(again))
    assert not stream.closed


def test_a_large_file_is_read_in_little_memory(tmp_path):
    """Rows come one by one; an endless line is cut into pieces and skipped."""
    path, line = tmp_path / "large.csv", ",".join(row(NAMES[0])) + "\n"
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(HEAD) + "\n")
        file.writelines(line for _ in range(100_000))
        file.write("x" * 10_000_000 + "\n")
        file.write(",".join(row(NAMES[1])))
    tracemalloc.start()
    with open_table(path) as table:
        for found, last in enumerate(table.rows, 1):  # noqa: B007
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert 100_002 < found < 100_100
    assert (100_003, list(row(NAMES[1]))) == (last.line, last.cells)
    assert 16_000_000 > peak


@pytest.fixture(params=[1_000, 10**9])
def host_limit(request):
    """The longest cell that the host lets the csv module read, lower or higher than usual."""
    before = csv.field_size_limit(request.param)
    yield request.param
    csv.field_size_limit(before)


@pytest.mark.rule("D-12")
def test_the_limit_of_the_host_stays_and_ours_holds_beside_it(tmp_path, host_limit):
    """Cells too long are told whichever limit is lower, and an open quotation mark still spoils its own line only."""
    most = min(LONGEST_CELL, host_limit)
    text = f'name,address\na,{"x" * most}\nb,{"x" * (most + 1)}\n"c,1\nd,2\n' + "e,3\n" * (LONGEST_ROW // 4)
    rows = rows_of(put(tmp_path, text.encode()))

    assert [None, "too-long", "too-long", None, None] == [row.fault and row.fault.code for row in rows[:5]]
    assert f"{most:,}" in str(rows[1].fault)
    assert (6, 4 + LONGEST_ROW // 4) == (rows[4].line, len(rows))
    assert host_limit == csv.field_size_limit()


@pytest.mark.parametrize("path", ["no.csv", "."])
def test_a_file_that_cannot_be_read_is_told(tmp_path, path):
    """An absent one, and a folder."""
    with pytest.raises(Invalid) as caught, open_table(tmp_path / path):
        pass

    assert ["not-allowed"] == [fault.code for fault in caught.value.faults]


def test_a_csv_file_has_no_sheets(tmp_path):
    """Asking for one is a slip."""
    with pytest.raises(Invalid) as caught, open_table(put(tmp_path, b"name\n"), sheet="customers"):
        pass

    assert ["sheet"] == [fault.path for fault in caught.value.faults]
