"""Templates to fill in: the columns of a customer file, what each may hold, and an example, in either language.

The rows below the header say of themselves that they are not imported, and the import keeps to it.
"""

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from crmcore.customers.industries import INDUSTRIES
from crmcore.customers.policy import CustomerPolicy, CustomField
from crmcore.errors import Fault, Invalid, MissingExtra
from crmcore.importing.drafts import NOT_IMPORTED
from crmcore.importing.headers import HEADERS, custom_headers, declared_by, fields_of
from crmcore.kernel.refusals import Label
from crmcore.wording import Language

#: Rows of a workbook whose cells are set to text and whose choices are offered.
PREPARED: Final = 1_000
#: A list of choices is offered in a workbook up to this length: spreadsheets take no longer ones.
_LONGEST_LIST: Final = 255

_TEXT = Label("text, up to 200 characters", "文本，不超过 200 字")
_CODE = Label("digits; format the cells as text", "数字；单元格请设为文本格式")
ALLOWED: Final = {
    "name": Label("full name with region, brand, trade and organisation form", "企业全称：地区、字号、行业、组织形式"),
    "kind": Label("enterprise or individual; empty is enterprise", "企业 或 个人；空白为企业"),
    "id": Label("an id of yours; empty: one is made", "自有编号；空白则自动生成"),
    "pool": Label("a pool's name; empty is the first", "客户池名称；空白为默认池"),
    "industry": Label("a code or label on the list", "行业列表中的代码或名称"),
    "industry_note": Label("needed for industry other", "行业为「其他」时必填"),
    "introduction": Label("text, up to 10,000 characters", "文本，不超过 10000 字"),
    "phone": _CODE, "fax": _CODE, "postcode": _CODE, "credit_code": _CODE, "tax_id": _CODE,
    "contact.mobile": _CODE, "contact.phone": _CODE,
    "contact.name": Label("main contact; more: contact 2, contact 3 …", "主要联系人；更多用 联系人2、联系人3……"),
}  # fmt: skip
_EXAMPLE: Final = {
    "name": Label("Example Cooling Ltd", "靖江市示例空调有限公司"),
    "kind": Label("enterprise", "企业"),
    "region": Label("Jiangsu", "江苏省靖江市"),
    "country": Label("CN", "中国"),
    "industry": Label("manufacturing", "制造业"),
    "address": Label("1 Example Road", "示例路 1 号"),
    "phone": Label("0523-5550123", "0523-5550123"),
    "email": Label("info@example.com", "info@example.com"),
    "website": Label("https://www.example.com", "https://www.example.com"),
    "introduction": Label("makes air conditioners", "生产空调"),
    "source": Label("exhibition", "展会"),
    "contact.name": Label("Wang Shili", "王示例"),
    "contact.position": Label("buyer", "采购经理"),
    "contact.mobile": Label("13800000000", "13800000000"),
}
_TYPES: Final = {
    "text": (_TEXT, Label("text", "文本")),
    "integer": (Label("a whole number", "整数"), Label("40", "40")),
    "decimal": (Label("a number", "数字"), Label("12.50", "12.50")),
    "boolean": (Label("yes or no", "是 或 否"), Label("yes", "是")),
    "date": (Label("a date, year first", "日期，年份在前"), Label("2026-03-01", "2026-03-01")),
}


@frozen
class _Column:
    """A column of a template."""

    header: str
    allowed: str
    example: str
    choices: tuple[str, ...] = ()
    required: bool = False


@frozen
class Template:
    """What a customer file looks like under a policy, in one language; columns marked with * must be filled in."""

    lang: Language
    columns: tuple[_Column, ...] = field(repr=False)

    @property
    def rows(self) -> Iterator[list[str]]:
        """The header, what is allowed, and an example."""
        yield [column.header + "*" * column.required for column in self.columns]
        note = NOT_IMPORTED[self.lang == "zh"]
        for cells in ([column.allowed for column in self.columns], [column.example for column in self.columns]):
            yield [f"{cells[0]}（{note}）" if self.lang == "zh" else f"{cells[0]} ({note})", *cells[1:]]


def template(policy: CustomerPolicy, lang: Language = "en") -> Template:
    """The template for a policy: the name first, with all fields it requires marked, and its custom fields."""
    declared = declared_by(policy)
    required = set(policy.profile.required_enterprise) | {"name"}
    columns = [
        _custom(name, declared[name], lang) if name in declared else _built_in(name, name in required, lang)
        for name in fields_of(declared)
    ]
    return Template(lang, tuple(columns))


def _built_in(name: str, required: bool, lang: Language) -> _Column:  # noqa: FBT001 — read beside its caller
    names = HEADERS[name]
    header = names[0] if lang == "en" else next(text for text in names if not text.isascii())
    allowed, example = ALLOWED.get(name, _TEXT), _EXAMPLE.get(name)
    return _Column(
        header, allowed.text(lang), "" if example is None else example.text(lang), _choices(name, lang), required
    )


def _choices(name: str, lang: Language) -> tuple[str, ...]:
    if name == "kind":
        return ("企业", "个人") if lang == "zh" else ("enterprise", "individual")
    if name == "industry":
        return tuple(one.zh if lang == "zh" else one.code for one in INDUSTRIES)
    return ()


def _custom(name: str, field: CustomField, lang: Language) -> _Column:
    header = custom_headers(name)[-1 if lang == "zh" else 0]
    if field.type == "choice":
        return _Column(header, " / ".join(field.choices), field.choices[0], field.choices, field.required)
    allowed, example = _TYPES[field.type]
    return _Column(header, allowed.text(lang), example.text(lang), (), field.required)


def write_template(given: Template, path: str | Path) -> None:
    """Write a template: CSV, or a workbook where the path ends in ``.xlsx``. What is there already stays.

    :raises Invalid: the path has another ending, exists, or cannot be written.
    :raises MissingExtra: it is to be a workbook, and the extra ``xlsx`` is not installed.
    """
    path = Path(path)
    if path.suffix.lower() not in {".csv", ".xlsx"}:
        raise Invalid([Fault("template", "not-allowed", "a path that ends in .csv or .xlsx")])
    content = _csv(given) if path.suffix.lower() == ".csv" else _xlsx(given)
    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise Invalid([Fault("template", "not-allowed", f"a file that can be written ({error.strerror})")]) from None


def _csv(given: Template) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows(given.rows)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(given: Template) -> bytes:
    """A workbook whose cells are text from the start, so that phones and codes stay what is typed."""
    try:
        from openpyxl import Workbook  # noqa: PLC0415 — an extra
    except ImportError:
        raise MissingExtra("writing XLSX", "xlsx") from None
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "客户" if given.lang == "zh" else "customers"
    for row in given.rows:
        sheet.append(row)
    for place, column in enumerate(given.columns, 1):
        _prepare(sheet, place, column)
    sheet.freeze_panes = "A2"
    packed = BytesIO()
    book.save(packed)
    return packed.getvalue()


def _prepare(sheet: Any, place: int, column: _Column) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415 — an extra
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415 — an extra

    for (cell,) in sheet.iter_rows(2, PREPARED, place, place):
        cell.number_format = "@"
    sheet.cell(1, place).font = Font(bold=column.required)
    listed = ",".join(column.choices)
    if column.choices and len(listed) <= _LONGEST_LIST and not any("," in one for one in column.choices):
        offered = DataValidation("list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=False)
        letters = sheet.cell(1, place).column_letter
        offered.add(f"{letters}4:{letters}{PREPARED}")
        sheet.add_data_validation(offered)
