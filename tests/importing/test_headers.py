"""The columns of a file: by their usual names, numbered ones, and by a mapping."""

import pytest

from crmcore.customers import CustomerPolicy, CustomField
from crmcore.errors import Invalid
from crmcore.importing import FileMapping, mapping_from, read_mapping
from crmcore.importing.headers import HEADERS, REPORT, columns_of, declared_by, header_key


def declared(custom):
    """Custom fields, each of them of customers and of contacts."""
    return declared_by(CustomerPolicy(custom_fields=custom, contact_fields=custom))


def fields(header, *custom, mapping=None):
    """The fields that a header's columns fill."""
    return [column.field for column in columns_of(header, declared(custom), mapping)]


def faults(header, *custom, mapping=None):
    """What is wrong with a header: paths and codes."""
    with pytest.raises(Invalid) as caught:
        columns_of(header, declared(custom), mapping)
    return [(fault.path, fault.code) for fault in caught.value.faults]


def test_every_header_has_one_meaning():
    """No name of a column stands for two fields, nor for a column of a report."""
    meanings = {(header_key(name), field) for field, names in HEADERS.items() for name in names}
    keys = {key for key, _ in meanings}

    assert len(meanings) == len(keys)
    assert all(keys)
    assert not keys & {header_key(name) for name in REPORT}


def test_headers_are_read_whatever_their_case_and_width():
    """Signs, spaces, width and case do not count; the template's mark for required columns is a sign."""
    header = ["\uff2e\uff41\uff2d\uff25 *", " E-Mail ", "联系人 手机", "X_Code"]

    assert ["name", "email", "contact.mobile", "fields.x_code"] == fields(header, CustomField("x_code"))


@pytest.mark.rule("D-12")
def test_contacts_are_numbered():
    """联系人1 is the first one, the others have numbers of their own, wherever the number stands."""
    header = ["客户名称", "联系人1", "手机1", "联系人2", "手机 2", "联系人2 邮箱", "contact 3 mobile"]
    expected = ["contact.name", "contact.mobile", "contact2.name", "contact2.mobile", "contact2.email",
                "contact3.mobile"]  # fmt: skip

    assert ["name", *expected] == fields(header)
    assert [("联系人 + 联系人1", "duplicate")] == faults(["客户名称", "联系人", "联系人1"])
    assert [("电话2", "unknown-field"), ("手机12", "unknown-field")] == faults(["客户名称", "电话2", "手机12"])


@pytest.mark.rule("D-12", "D-09")
def test_custom_fields_of_contacts_have_columns_too():
    """By their names after the word for a contact, numbered as the others."""
    header = ["客户名称", "x_code", "联系人x_code", "Contact 2 X Code", "联系人3 x_code"]

    assert ["name", "fields.x_code", *(f"contact{number}.fields.x_code" for number in ("", 2, 3))] == fields(
        header, CustomField("x_code")
    )


@pytest.mark.rule("D-12")
def test_a_mobile_number_is_whose_the_file_is_about():
    """The contact's where there are contacts, and the customer's own where there are none, or where it says so."""
    assert ["name", "mobile"] == fields(["姓名", "手机"])
    assert ["name", "contact.name", "contact.mobile"] == fields(["姓名", "联系人", "手机号"])
    assert ["name", "mobile", "contact.mobile"] == fields(["姓名", "客户手机", "手机"])


@pytest.mark.rule("D-12")
def test_a_mapping_comes_before_the_usual_names():
    """A header it names means what it says, one it ignores nothing; the others what they always do."""
    mapping = FileMapping({"单位": "name", "电话": "contact2.mobile", "产值": "fields.output"}, ("备注",))

    assert ["name", "contact2.mobile", "fields.output", None, "address"] == fields(
        ["单位", "电话", "产值", "备 注", "地址"], CustomField("output", "decimal"), mapping=mapping
    )


@pytest.mark.rule("D-12")
def test_a_mapping_that_does_not_fit_is_told():
    """A column the file has not, fields that no customer has; each by its place in the mapping."""
    mapping = FileMapping({"单位": "nom"}, (), {"fields.x": "1"}, {"contact10.name": {}})

    assert [
        ("columns.单位", "missing"),
        ("columns.单位", "unknown-field"),
        ("defaults.fields.x", "unknown-field"),
        ("values.contact10.name", "unknown-field"),
    ] == faults(["客户名称"], mapping=mapping)


def test_columns_of_a_report_are_left_out():
    """So a report, put right, is a file like any other."""
    assert ["name", *[None] * len(REPORT)] == fields(["客户名称", *REPORT])


def test_a_mapping_is_read_from_toml(tmp_path):
    """All its parts, from a file in UTF-8."""
    path = tmp_path / "m.toml"
    path.write_text(
        'ignore = ["x"]\n[columns]\na = "name"\n[defaults]\nsize = "10"\n[values.kind]\n"国企" = "enterprise"\n',
        encoding="utf-8",
    )

    assert FileMapping({"a": "name"}, ("x",), {"size": "10"}, {"kind": {"国企": "enterprise"}}) == read_mapping(path)
    assert FileMapping() == mapping_from({})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("column = 1\n", [("column", "unknown-field")]),
        ('ignore = "x"\n', [("ignore", "wrong-type")]),
        ("columns = 1\ndefaults = 1\nvalues = 1\n",
         [("columns", "wrong-type"), ("defaults", "wrong-type"), ("values", "wrong-type")]),
        ("[columns]\na = 1\n[defaults]\nb = []\n[values]\nc = 1\n[values.d]\ne = []\n",
         [("columns.a", "wrong-type"), ("defaults.b", "wrong-type"), ("values.c", "wrong-type"),
          ("values.d.e", "wrong-type")]),
        ("[", [("m.toml", "bad-toml")]),
        ("columns = " + "[" * 20_000, [("m.toml", "bad-toml")]),
        ("columns = " + "1" * 5000, [("m.toml", "bad-toml")]),
        (f"[defaults]\nsource = nan\nsize = inf\nfax = {10**400}\n[values.kind]\na = -inf\n",
         [("defaults.source", "out-of-range"), ("defaults.size", "out-of-range"), ("defaults.fax", "out-of-range"),
          ("values.kind.a", "out-of-range")]),
    ],
    ids=["unknown", "ignore", "parts", "entries", "toml", "deep", "long", "numbers"],
)  # fmt: skip
def test_a_mapping_that_cannot_be_is_told(tmp_path, text, expected):
    """Each fault by its place."""
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        read_mapping(path)

    assert expected == [(fault.path, fault.code) for fault in caught.value.faults]
