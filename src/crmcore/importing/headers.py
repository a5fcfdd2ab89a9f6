"""The columns of a customer file: what people call them, and which field each one fills."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from unicodedata import normalize

import attrs
from attrs import frozen

from crmcore.customers.commands import Register
from crmcore.customers.policy import CustomField
from crmcore.errors import Fault, Invalid
from crmcore.importing.mapping import FileMapping

#: What a column may be called, by the field it fills; the first name in each language is the template's. Case, width,
#: spaces and signs do not count.
HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "full name", "company", "company name", "customer name", "客户名称", "企业全称", "企业名称",
             "公司名称", "客户全称", "单位名称", "姓名", "客户姓名"),
    "kind": ("kind", "customer type", "客户类型", "客户性质"),
    "id": ("id", "customer id", "客户编号", "客户编码", "编号"),
    "pool": ("pool", "公海", "客户池"),
    "credit_code": ("credit code", "unified social credit code", "uscc", "统一社会信用代码",
                    "社会信用代码", "信用代码"),
    "tax_id": ("tax id", "vat id", "税号", "纳税人识别号", "税务登记号"),
    "region": ("region", "地区", "区域", "省市", "所在地区"),
    "country": ("country", "国家"),
    "industry": ("industry", "行业", "所属行业"),
    "industry_note": ("industry note", "行业说明"),
    "address": ("address", "地址", "详细地址", "公司地址", "企业地址"),
    "postcode": ("postcode", "zip", "邮编", "邮政编码"),
    "phone": ("phone", "telephone", "tel", "电话", "固定电话", "联系电话", "公司电话", "座机"),
    "fax": ("fax", "传真"),
    "email": ("email", "e-mail", "邮箱", "电子邮箱", "电子邮件", "公司邮箱"),
    "website": ("website", "web", "url", "网址", "网站", "公司网址"),
    "size": ("size", "规模", "企业规模", "公司规模", "人员规模"),
    "introduction": ("introduction", "description", "简介", "企业简介", "公司简介", "介绍"),
    "source": ("source", "source channel", "来源", "客户来源", "来源渠道"),
    "reason": ("reason", "登记理由", "非同一客户理由"),
    "contact.name": ("contact", "contact name", "contact person", "联系人", "联系人姓名"),
    "contact.position": ("contact position", "position", "title", "职务", "联系人职务", "职位"),
    "contact.mobile": ("contact mobile", "mobile", "手机", "联系人手机", "手机号", "手机号码"),
    "contact.phone": ("contact phone", "联系人电话"),
    "contact.email": ("contact email", "contact e-mail", "联系人邮箱"),
    "contact.address": ("contact address", "联系人地址"),
    "contact.decision_role": ("contact decision role", "decision role", "决策角色"),
}  # fmt: skip

#: The columns that a report of faults adds; they are left out when the report, put right, is imported.
REPORT: Final = ("import_line", "import_column", "import_value", "import_code", "import_text", "import_说明")

#: How many contacts a row may have: 联系人1 … 联系人9.
MOST_CONTACTS: Final = 9
_NUMBERED: Final = re.compile(r"(\D+)([1-9])(\D*)")
_CONTACT: Final = re.compile(r"contact([2-9]?)\.([a-z_]+)")


def header_key(text: str) -> str:
    """A header without case, width, spaces and signs."""
    return "".join(filter(str.isalnum, normalize("NFKC", text).casefold()))


@frozen
class Column:
    """A column of a file: its header as it stands there, and the field it fills (``contact.mobile``, ``fields.x``).

    The contacts of a row are ``contact``, ``contact2`` and so on. ``field`` is None where a column is left out.
    """

    header: str
    field: str | None


def fields_of(custom: Iterable[CustomField]) -> tuple[str, ...]:
    """Every field that a column can fill; of the contacts, the first one's stand for all."""
    plain = attrs.fields_dict(Register)
    built_in = (name for name in HEADERS if name in plain or name.startswith("contact."))
    return (*built_in, *(f"fields.{field.name}" for field in custom))


def is_field(name: str, known: Iterable[str]) -> bool:
    """Whether a column can fill this field; the numbered contacts' are known by the first one's."""
    match = _CONTACT.fullmatch(name)
    return (f"contact.{match[2]}" if match else name) in known


def columns_of(
    header: Sequence[str], custom: Sequence[CustomField], mapping: FileMapping | None = None
) -> tuple[Column, ...]:
    """The columns that a header declares: by the mapping where it names them, else by ``HEADERS`` or a custom field.

    :raises Invalid: a header is unknown, a field has two columns, or no column holds the name.
    """
    mapping = mapping or FileMapping()
    fields = fields_of(custom)
    known = _known(fields, custom)
    named = {header_key(text): field for text, field in mapping.columns.items()}
    left_out = {header_key(text) for text in (*REPORT, *mapping.ignore)}
    columns = [Column(text.strip(), _field(header_key(text), named, known, left_out)) for text in header]
    if not any(column.field for column in columns):
        # A file without a header row: its first row may be personal, so it is not repeated.
        raise Invalid([Fault("header", "missing", f"a first row with names of columns such as {_SOME}")])
    faults = [*_unknown(columns, left_out, custom), *_doubled(columns), *_absent(columns, mapping, fields)]
    if faults:
        raise Invalid(faults)
    return tuple(columns)


def _known(fields: Sequence[str], custom: Sequence[CustomField]) -> dict[str, str]:
    known = {header_key(name): field for field in fields for name in HEADERS.get(field, ())}
    return known | {header_key(field.name): f"fields.{field.name}" for field in custom}


def _field(key: str, named: Mapping[str, str], known: Mapping[str, str], left_out: Iterable[str]) -> str | None:
    if key in named:
        return named[key]
    if key in left_out:
        return None
    return known.get(key) or _numbered(key, known)


def _numbered(key: str, known: Mapping[str, str]) -> str | None:
    """The field of one of several contacts: 联系人2, 手机2, contact 2 mobile."""
    match = _NUMBERED.fullmatch(key)
    field = known.get(match[1] + match[3], "") if match else ""
    if match is None or not field.startswith("contact."):
        return None
    return field if match[2] == "1" else field.replace("contact", f"contact{match[2]}", 1)


def _unknown(columns: Sequence[Column], left_out: Iterable[str], custom: Sequence[CustomField]) -> list[Fault]:
    expected = f"one of {', '.join((*_first_names(custom),))}; or leave it out by the mapping's ignore"
    return [
        Fault(_printable(column.header, place), "unknown-field", expected)
        for place, column in enumerate(columns, 1)
        if column.field is None and header_key(column.header) not in left_out
    ]


def _doubled(columns: Sequence[Column]) -> list[Fault]:
    fields = [column.field for column in columns if column.field]
    return [
        Fault(" + ".join(column.header for column in columns if column.field == field), "duplicate", f"one for {field}")
        for field in dict.fromkeys(fields)
        if fields.count(field) > 1
    ]


def _absent(columns: Sequence[Column], mapping: FileMapping, fields: Sequence[str]) -> Iterator[Fault]:
    """What the mapping speaks of and there is none of: columns of the file, fields of a customer; and the name."""
    headers = {header_key(column.header) for column in columns}
    for text in mapping.columns:
        if header_key(text) not in headers:
            yield Fault(f"columns.{text[:40]}", "missing", "a column of that name in the file")
    for path, name in mapping.fields:
        if not is_field(name, fields):
            yield Fault(path, "unknown-field", "one of " + ", ".join(fields))
    if all(column.field != "name" for column in columns):
        yield Fault("name", "missing", "a column name / 客户名称 / 企业全称")


_SOME: Final = "客户名称, 地址, 行业, 电话, 简介 / name, address, industry, phone, introduction"


def _printable(text: str, place: int) -> str:
    """A header as an error names it; one without text by its place."""
    shown = "".join(character for character in text[:40] if character.isprintable())
    return shown or f"(column {place})"


def _first_names(custom: Sequence[CustomField]) -> Iterable[str]:
    fields = fields_of(custom)
    return [HEADERS[field][0] if field in HEADERS else field.removeprefix("fields.") for field in fields]
