"""The columns of a customer file: what people call them, and what a cell of each may hold."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from unicodedata import normalize

from attrs import frozen

from crmcore.customers.policy import CustomField
from crmcore.errors import Fault, Invalid

#: What a column may be called, by the field it fills. Case, width, spaces and signs do not count.
HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "full name", "company", "company name", "customer name", "客户名称", "企业全称", "企业名称",
             "公司名称", "客户全称", "单位名称", "姓名", "客户姓名"),
    "kind": ("kind", "customer type", "客户类型", "客户性质"),
    "id": ("id", "customer id", "客户编号", "客户编码", "编号"),
    "pool": ("pool", "公海", "客户池"),
    "region": ("region", "地区", "区域", "省市", "所在地区"),
    "country": ("country", "国家"),
    "industry": ("industry", "行业", "所属行业"),
    "industry_note": ("industry note", "行业说明"),
    "address": ("address", "地址", "详细地址", "公司地址", "企业地址"),
    "phone": ("phone", "telephone", "tel", "电话", "固定电话", "联系电话", "公司电话", "座机"),
    "fax": ("fax", "传真"),
    "email": ("email", "e-mail", "邮箱", "电子邮箱", "电子邮件", "公司邮箱"),
    "website": ("website", "web", "url", "网址", "网站", "公司网址"),
    "size": ("size", "规模", "企业规模", "公司规模", "人员规模"),
    "introduction": ("introduction", "description", "简介", "企业简介", "公司简介", "介绍"),
    "source": ("source", "source channel", "来源", "客户来源", "来源渠道"),
    "contact.name": ("contact", "contact name", "contact person", "联系人", "联系人姓名"),
    "contact.position": ("contact position", "position", "title", "职务", "联系人职务", "职位"),
    "contact.mobile": ("contact mobile", "mobile", "手机", "联系人手机", "手机号", "手机号码"),
    "contact.phone": ("contact phone", "联系人电话"),
    "contact.email": ("contact email", "contact e-mail", "联系人邮箱"),
    "contact.decision_role": ("contact decision role", "decision role", "决策角色"),
}  # fmt: skip

KINDS: Final = {
    "enterprise": "enterprise", "company": "enterprise", "企业": "enterprise", "企业客户": "enterprise",
    "公司": "enterprise", "individual": "individual", "person": "individual", "个人": "individual",
    "个人客户": "individual",
}  # fmt: skip

TRUE: Final = frozenset({"true", "yes", "y", "1", "是", "有"})
FALSE: Final = frozenset({"false", "no", "n", "0", "否", "无"})


def header_key(text: str) -> str:
    """A header without case, width, spaces and signs."""
    return "".join(filter(str.isalnum, normalize("NFKC", text).casefold()))


@frozen
class Column:
    """A column of a file: its header as it stands there, and the field it fills (``contact.mobile``, ``fields.x``)."""

    header: str
    field: str


def columns_of(header: Sequence[str], custom: Sequence[CustomField]) -> tuple[Column, ...]:
    """The columns that a file's first row declares; a header is one of ``HEADERS`` or a custom field's name.

    :raises Invalid: a header is unknown, a field has two columns, or no column holds the name.
    """
    known = {header_key(name): field for field, names in HEADERS.items() for name in names}
    known |= {header_key(field.name): f"fields.{field.name}" for field in custom}
    found = [(text.strip(), known.get(header_key(text))) for text in header]
    if not any(field for _, field in found):
        # A file without a header row: its first row may be personal, so it is not repeated.
        raise Invalid([Fault("header", "missing", f"a first row with names of columns such as {_SOME}")])
    faults = [Fault(_shown(text, place), "unknown-field", f"one of {_names(custom)}") for place, (text, field)
              in enumerate(found, 1) if field is None]  # fmt: skip
    fields = [field for _, field in found if field is not None]
    faults += [
        Fault(" + ".join(text for text, other in found if other == field), "duplicate", f"one column for {field}")
        for field in dict.fromkeys(fields)
        if fields.count(field) > 1
    ]
    if "name" not in fields:
        faults.append(Fault("name", "missing", "a column " + " / ".join(HEADERS["name"][:1] + HEADERS["name"][5:7])))
    if faults:
        raise Invalid(faults)
    return tuple(Column(text, field) for text, field in found if field is not None)


_SOME: Final = "客户名称, 地址, 行业, 电话, 简介 / name, address, industry, phone, introduction"


def _shown(text: str, place: int) -> str:
    """A header as an error names it; one without text by its place."""
    shown = "".join(character for character in text[:40] if character.isprintable())
    return shown or f"(column {place})"


def _names(custom: Sequence[CustomField]) -> str:
    return ", ".join([*(names[0] for names in HEADERS.values()), *(field.name for field in custom)])


def register_data(columns: Sequence[Column], row: Sequence[str], custom: Mapping[str, CustomField]) -> dict[str, Any]:
    """A row as the fields of the command ``register``; empty cells say nothing.

    :raises Invalid: the row has another number of cells than there are columns, or a cell cannot be what its custom
        field is.
    """
    if len(row) != len(columns):
        raise Invalid([Fault("(row)", "not-allowed", f"{len(columns)} cells, not {len(row)}")])
    data: dict[str, Any] = {}
    contact: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=True):
        text = cell.strip()
        if not text:
            continue
        group, _, name = column.field.rpartition(".")
        if group == "contact":
            contact[name] = text
        elif group == "fields":
            fields[name] = _typed(custom[name], text)
        else:
            data[name] = KINDS.get(text.casefold(), text) if name == "kind" else text
    if contact:
        data["contacts"] = [{"name": "", **contact, "main": True}]
    return {**data, "fields": fields} if fields else data


def _typed(field: CustomField, text: str) -> Any:
    """A cell as the value its custom field holds."""
    return _TYPES[field.type](field, text)


def _integer(field: CustomField, text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text):
        raise Invalid([Fault(field.name, "wrong-type", "a whole number")])
    return int(text)


def _boolean(field: CustomField, text: str) -> bool:
    word = text.casefold()
    if word not in TRUE | FALSE:
        raise Invalid([Fault(field.name, "not-allowed", "yes or no, true or false, 是 or 否")])
    return word in TRUE


def _as_it_is(_field: CustomField, text: str) -> str:
    """Text; the rules themselves say what is wrong with a date, a decimal or a choice."""
    return text


_TYPES: Final[Mapping[str, Callable[[CustomField, str], Any]]] = {
    "text": _as_it_is,
    "integer": _integer,
    "decimal": _as_it_is,
    "boolean": _boolean,
    "date": _as_it_is,
    "choice": _as_it_is,
}
