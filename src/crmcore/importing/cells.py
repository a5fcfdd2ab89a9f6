"""What a cell says of the field it stands for: text as people meant it, and custom fields in their types (D-09).

Spreadsheets change what is typed into them: a phone becomes a number, a range of sizes a date, the end of a long code
zeros. What can be told for certain is put right, and the rest is refused, with what to do.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from unicodedata import normalize

from crmcore.errors import Fault, Invalid
from crmcore.importing.headers import Declared, first_contacts
from crmcore.importing.rows import EXACT, Cell, is_midnight, number_text, shown
from crmcore.matching import check_credit_code

#: Fields whose text consists of digits, by the last part of their names.
CODES: Final = frozenset({"id", "phone", "mobile", "fax", "postcode", "credit_code", "tax_id"})
KINDS: Final = {
    "enterprise": "enterprise", "company": "enterprise", "企业": "enterprise", "企业客户": "enterprise",
    "公司": "enterprise", "individual": "individual", "person": "individual", "个人": "individual",
    "个人客户": "individual",
}  # fmt: skip
TRUE: Final = frozenset({"true", "yes", "y", "1", "是", "有", "对", "真", "√"})
FALSE: Final = frozenset({"false", "no", "n", "0", "否", "无", "错", "假", "×"})

AS_TEXT: Final = "text: format the column as text in the spreadsheet, and enter the value again"

_SCIENTIFIC: Final = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}")
_WHOLE_FLOAT: Final = re.compile(r"([+-]?[0-9]+)\.0+")
# Eighteen digits as a spreadsheet leaves them: it keeps fifteen, and fills up with zeros.
_CUT_CODE: Final = re.compile(r"[0-9]{15}000")
_DECIMAL: Final = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)(\s*%)?")
_THOUSANDS: Final = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DAY: Final = re.compile(
    r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})"
)
#: Day 0 of spreadsheets, and the first and last of their days that are told here: 1900-03-01 to 9999-12-31. Those
#: before suffer from a leap day that never was.
_DAY_0, _FIRST_DAY, _LAST_DAY = date(1899, 12, 30), 61, 2_958_465

#: Turns a cell that is not empty into a value; the text is the field's name, for faults.
Reading = Callable[[str, Cell], Any]


def reading(field: str, declared: Declared) -> Reading:
    """How the cells of a field are read."""
    custom = declared.get(first_contacts(field))
    if custom is not None:
        return _TYPES[custom.type]
    if field == "kind":
        return _kind
    return code_text if field.rpartition(".")[2] in CODES else plain_text


def plain_text(field: str, cell: Cell) -> str:
    """A cell of a field that holds text.

    :raises Invalid: the spreadsheet has made something else of it.
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise Invalid([Fault(field, "not-text", AS_TEXT)])
    if not abs(cell) < EXACT:
        raise Invalid([Fault(field, "digits-lost", AS_TEXT)])
    if cell != int(cell):  # 20 % is 0.2 in the file, whatever is shown
        raise Invalid([Fault(field, "not-text", AS_TEXT)])
    return number_text(cell)


def code_text(field: str, cell: Cell) -> str:
    """A cell of a field that holds digits: ids, phones, codes.

    :raises Invalid: some of the digits are gone for good.
    """
    text = _whole_text(field, cell)
    whole = _WHOLE_FLOAT.fullmatch(text)
    return whole[1] if whole else text


def _whole_text(field: str, cell: Cell) -> str:
    """Text that may be a code. One cut short is told from one that ends in zeros by its check character."""
    text = plain_text(field, cell)
    cut = _CUT_CODE.fullmatch(text) and check_credit_code(text) is not None
    if cut or _SCIENTIFIC.fullmatch(text):
        raise Invalid([Fault(field, "digits-lost", AS_TEXT)])
    return text


def _kind(field: str, cell: Cell) -> str:
    text = plain_text(field, cell)
    return KINDS.get(text.casefold(), text)


# ------------------------------------------------------------------------------------------------------ custom fields


def _integer(field: str, cell: Cell) -> int:
    if isinstance(cell, float) and abs(cell) < EXACT and cell == int(cell):
        return int(cell)
    text = _folded(cell)
    whole = _WHOLE_FLOAT.fullmatch(text)
    text = whole[1] if whole else text
    if isinstance(cell, bool) or not re.fullmatch(r"[+-]?[0-9]{1,19}", text):
        raise Invalid([Fault(field, "wrong-type", "a whole number")])
    return int(text)


def _decimal(field: str, cell: Cell) -> str:
    """A decimal number as text; 20 % is 0.2, as it is in a workbook."""
    if isinstance(cell, float):
        if not abs(cell) < EXACT:
            raise Invalid([Fault(field, "digits-lost", AS_TEXT)])
        return f"{Decimal(number_text(cell)):f}"
    text = _folded(cell)
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise Invalid([Fault(field, "wrong-type", 'a decimal number as text, such as "12.50"')])
    return f"{Decimal(match[1]).scaleb(-2).normalize():f}" if match[2] else text


def _boolean(field: str, cell: Cell) -> bool:
    word = _folded(cell).casefold()
    if word not in TRUE | FALSE:
        raise Invalid([Fault(field, "not-allowed", "yes or no, true or false, 是 or 否")])
    return word in TRUE


def _date(field: str, cell: Cell) -> str:
    """A date as ISO text, year first as everybody can read it; in a workbook a day's number is one as well."""
    if isinstance(cell, datetime) and is_midnight(cell):
        return cell.date().isoformat()
    if type(cell) is date:
        return cell.isoformat()
    if isinstance(cell, float) and _FIRST_DAY <= cell <= _LAST_DAY and cell == int(cell):
        return (_DAY_0 + timedelta(days=int(cell))).isoformat()
    match = _DAY.fullmatch(_folded(cell))
    try:
        year, month, day = (int(part) for part in match.groups() if part) if match else (0, 0, 0)
        return date(year, month, day).isoformat()
    except ValueError:
        raise Invalid([Fault(field, "wrong-type", "a date such as 2026-03-01")]) from None


def _folded(cell: Cell) -> str:
    """A cell as text in plain digits and signs."""
    return normalize("NFKC", shown(cell)).strip()


_TYPES: Final[Mapping[str, Reading]] = {
    "text": _whole_text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "choice": plain_text,
}
