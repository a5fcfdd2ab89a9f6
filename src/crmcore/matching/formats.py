"""Formats of phones, postcodes and registration codes (D-05)."""

from crmcore.errors import Fault


def check_mobile(text: str, path: str = "mobile") -> Fault | None:
    """None for a mobile number of exactly 11 digits; otherwise the field, what is wrong and what is expected."""
    return None


def check_landline(text: str, path: str = "phone") -> Fault | None:
    """None for area code and 7 or 8 digits, without "+"."""
    return None


def check_phone(text: str, path: str = "phone", country: str = "CN") -> Fault | None:
    """None for a mobile number or a landline of the country."""
    return None


def check_postcode(text: str, path: str = "postcode") -> Fault | None:
    """None for six digits."""
    return None


def check_email(text: str, path: str = "email") -> Fault | None:
    """None for something that can be an e-mail address."""
    return None


def check_credit_code(text: str, path: str = "credit_code") -> Fault | None:
    """None for a unified social credit code whose check character is right (GB 32100)."""
    return None


def check_tax_id(text: str, path: str = "tax_id", country: str = "CN") -> Fault | None:
    """None for a tax id of the country."""
    return None
