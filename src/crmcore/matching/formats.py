"""Formats of phone numbers, postcodes and registration codes (D-05).

Each check gives None, or a ``Fault``: the field, what is wrong, and the form that is expected; never the value. The
Chinese profile is here; other countries go through libraries that know them, which two extras bring.
"""

import re
from importlib import import_module
from typing import Any, Final

from crmcore.errors import Fault, MissingExtra

CHINA: Final = "CN"
MOBILE: Final = "exactly 11 digits, such as 13800138000"
LANDLINE: Final = "area code and 7 or 8 digits without +, such as 0523-84567890"
PHONE: Final = f"a mobile number ({MOBILE}) or a landline ({LANDLINE})"
POSTCODE: Final = "6 digits, such as 214500"
EMAIL: Final = "an address such as name@example.com"
CREDIT_CODE: Final = "18 digits and capitals with a right check character (GB 32100)"
TAX_ID: Final = "the unified social credit code, or a tax id of 15 or 20 characters"

_MOBILE_DIGITS: Final = 11
_POSTCODE_DIGITS: Final = 6
_AREA: Final = re.compile(r"0(?:10|2\d|[3-9]\d\d)")
_LANDLINE: Final = re.compile(r"(?:0(?:10|2\d)|0[3-9]\d\d)[- ]?\d{7,8}", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s@\"<>(),;:]+@[^\s@.]+(?:\.[^\s@.]+)+")
_CODE_CHARACTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_LENGTH: Final = 18
_WEIGHT_BASE: Final = 3
_OTHER_TAX_IDS: Final = (15, 20)


def check_mobile(text: str, path: str = "mobile") -> Fault | None:
    """None for a mobile number of exactly 11 digits."""
    if not _digits(text):
        return Fault(path, "not-digits", MOBILE)
    if len(text) != _MOBILE_DIGITS:
        return Fault(path, "wrong-length", MOBILE)
    return None if text[0] == "1" else Fault(path, "wrong-beginning", MOBILE)


def check_landline(text: str, path: str = "phone") -> Fault | None:
    """None for area code and 7 or 8 digits, with a hyphen or a space between them or none, and no "+"."""
    if _LANDLINE.fullmatch(text):
        return None
    if "+" in text:
        return Fault(path, "has-plus", LANDLINE)
    bare = text.replace("-", "").replace(" ", "")
    if not _digits(bare):
        return Fault(path, "not-digits", LANDLINE)
    return Fault(path, "wrong-length" if _AREA.match(bare) else "no-area-code", LANDLINE)


def check_phone(text: str, path: str = "phone", country: str = CHINA) -> Fault | None:
    """None for a mobile number or a landline of a country, by its two letters (ISO 3166).

    :raises MissingExtra: the country is not China, and the extra ``phones`` is not installed.
    """
    if country != CHINA:
        return _check_abroad(text, path, country)
    if text.startswith("1") and not check_mobile(text, path):
        return None
    fault = check_landline(text, path)
    if fault is None:
        return None
    if text.startswith("1"):
        fault = check_mobile(text, path) or fault
    return Fault(path, fault.code, PHONE)


def check_postcode(text: str, path: str = "postcode") -> Fault | None:
    """None for six digits."""
    if not _digits(text):
        return Fault(path, "not-digits", POSTCODE)
    return None if len(text) == _POSTCODE_DIGITS else Fault(path, "wrong-length", POSTCODE)


def check_email(text: str, path: str = "email") -> Fault | None:
    """None for what can be an e-mail address; whether it is one, only a message tells."""
    return None if _EMAIL.fullmatch(text) else Fault(path, "not-an-address", EMAIL)


def check_credit_code(text: str, path: str = "credit_code") -> Fault | None:
    """None for a unified social credit code whose check character is right (GB 32100)."""
    if len(text) != _CODE_LENGTH:
        return Fault(path, "wrong-length", CREDIT_CODE)
    if not set(text) <= set(_CODE_CHARACTERS):
        return Fault(path, "bad-character-there", CREDIT_CODE)
    return None if text[-1] == _check_character(text[:-1]) else Fault(path, "wrong-check", CREDIT_CODE)


def _check_character(body: str) -> str:
    """The check character of the first seventeen of a credit code."""
    size = len(_CODE_CHARACTERS)
    total = sum(_CODE_CHARACTERS.index(one) * pow(_WEIGHT_BASE, place, size) for place, one in enumerate(body))
    return _CODE_CHARACTERS[-total % size]


def check_tax_id(text: str, path: str = "tax_id", country: str = CHINA) -> Fault | None:
    """None for a tax id of a country: in China the credit code, or what was given out before there was one.

    :raises MissingExtra: the country is not China, and the extra ``ids`` is not installed.
    """
    if country != CHINA:
        return _check_id_abroad(text, path, country)
    if len(text) == _CODE_LENGTH:
        return check_credit_code(text, path)
    if len(text) not in _OTHER_TAX_IDS:
        return Fault(path, "wrong-length", TAX_ID)
    return None if text.isascii() and text.isalnum() else Fault(path, "bad-character-there", TAX_ID)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _check_abroad(text: str, path: str, country: str) -> Fault | None:
    """Phone numbers of other countries, by the package phonenumbers."""
    phonenumbers = _library("phonenumbers", f"phone numbers of {country}", "phones")
    expected = f"a phone number of {country}"
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return Fault(path, "not-a-number", expected)
    return None if phonenumbers.is_valid_number(number) else Fault(path, "not-a-number", expected)


def _check_id_abroad(text: str, path: str, country: str) -> Fault | None:
    """Tax ids of other countries, by the package python-stdnum; None where it knows no tax id of the country."""
    util = _library("stdnum.util", f"tax ids of {country}", "ids")
    module = util.get_cc_module(country.lower(), "vat") or util.get_cc_module(country.lower(), "tin")
    return None if module is None or module.is_valid(text) else Fault(path, "wrong-check", f"a tax id of {country}")


def _library(name: str, what: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise MissingExtra(what, extra) from None
