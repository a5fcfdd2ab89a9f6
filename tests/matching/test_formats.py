"""Formats of phones, postcodes and codes (D-05)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Fault, MissingExtra
from crmcore.matching import (
    check_credit_code,
    check_email,
    check_landline,
    check_mobile,
    check_phone,
    check_postcode,
    check_tax_id,
)

CODE = "91320000MA0000000"
DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code_of(fault: Fault | None) -> str | None:
    """What is wrong, or None."""
    return None if fault is None else fault.code


@pytest.mark.rule("D-05")
@pytest.mark.parametrize(
    ("check", "text", "code"),
    [
        (check_mobile, "13800000000", None),
        (check_mobile, "1380000000", "wrong-length"),
        (check_mobile, "138000000000", "wrong-length"),
        (check_mobile, "23800000000", "wrong-beginning"),
        (check_mobile, "138-0000-0000", "not-digits"),
        (check_mobile, "+8613800000000", "not-digits"),
        (check_mobile, "", "not-digits"),
        (check_mobile, "\uff11\uff13\uff18\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10", "not-digits"),
        (check_landline, "0523-84567890", None),
        (check_landline, "052384567890", None),
        (check_landline, "010 60000000", None),
        (check_landline, "021-6000000", None),
        (check_landline, "+86-523-84567890", "has-plus"),
        (check_landline, "84567890", "no-area-code"),
        (check_landline, "0523-845678", "wrong-length"),
        (check_landline, "0523-845678901", "wrong-length"),
        (check_landline, "0523-8456789x", "not-digits"),
        (check_phone, "13800000000", None),
        (check_phone, "0523-84567890", None),
        (check_phone, "1380000000", "wrong-length"),
        (check_phone, "84567890", "no-area-code"),
        (check_phone, "+8613800000000", "has-plus"),
        (check_postcode, "214500", None),
        (check_postcode, "21450", "wrong-length"),
        (check_postcode, "21450O", "not-digits"),
        (check_email, "li@spring.example", None),
        (check_email, "li@spring", "not-an-address"),
        (check_email, "li spring@x.example", "not-an-address"),
        (check_credit_code, CODE, "wrong-length"),
        (check_credit_code, CODE + "I", "bad-character-there"),
        (check_tax_id, "320000000000001", None),
        (check_tax_id, "32000000000000000001", None),
        (check_tax_id, "3200", "wrong-length"),
        (check_tax_id, "32000000000000-", "bad-character-there"),
        (check_tax_id, CODE + "I", "bad-character-there"),
    ],
)
def test_the_chinese_profile(check, text, code):
    """Each refusal says what is wrong."""
    assert code == code_of(check(text))


@pytest.mark.rule("D-05")
@pytest.mark.parametrize(
    "check", [check_mobile, check_landline, check_phone, check_postcode, check_email, check_tax_id]
)
def test_a_refusal_names_the_field_and_the_form(check):
    """The field, the fault and the expected form are told in both languages; the value is not."""
    fault = check("#secret#", "contact.field")

    assert fault.path == "contact.field"
    assert fault.message("en").startswith("contact.field: ")
    assert fault.expected not in fault.message("zh")
    assert "secret" not in repr(fault) + fault.message("zh")


@pytest.mark.rule("D-05")
def test_one_check_character_fits():
    """Of all characters exactly one completes a credit code, and a known code is right."""
    right = [digit for digit in DIGITS if check_credit_code(CODE + digit) is None]

    assert len(right) == 1
    assert check_tax_id(CODE + right[0]) is None
    assert {"wrong-check"} == {code_of(check_credit_code(CODE + digit)) for digit in DIGITS if digit not in right}
    assert check_credit_code("91350100M000100Y43") is None


@given(st.text(st.sampled_from(DIGITS), min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(DIGITS))
def test_a_slip_in_a_credit_code_is_found(body, place, other):
    """A single character that was altered is always noticed."""
    check = next(digit for digit in DIGITS if check_credit_code(body + digit) is None)
    altered = body[:place] + other + body[place + 1 :] + check

    assert (check_credit_code(altered) is None) == (altered == body + check)


@pytest.mark.rule("D-05")
@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("020 7946 0000", "GB", None),
        ("+44 20 7946 0000", "GB", None),
        ("12", "GB", "not-a-number"),
        ("none", "GB", "not-a-number"),
    ],
)
def test_phones_of_other_countries(text, country, code):
    """A library that knows them checks numbers of other countries."""
    pytest.importorskip("phonenumbers", reason="pip install 'crmcore[phones]'")

    assert code == code_of(check_phone(text, country=country))


@pytest.mark.rule("D-05")
@pytest.mark.parametrize(
    ("text", "country", "code"), [("DE136695976", "DE", None), ("DE136695978", "DE", "wrong-check"), ("1", "AQ", None)]
)
def test_tax_ids_of_other_countries(text, country, code):
    """A library that knows them checks tax ids of other countries; of those it does not know nothing is refused."""
    pytest.importorskip("stdnum", reason="pip install 'crmcore[ids]'")

    assert code == code_of(check_tax_id(text, country=country))


@pytest.mark.rule("D-05")
@pytest.mark.parametrize(("check", "extra"), [(check_phone, "phones"), (check_tax_id, "ids")])
def test_without_the_library_its_extra_is_named(monkeypatch, check, extra):
    """Where the library is not installed, the error says how to get it."""

    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr("crmcore.matching.formats.import_module", absent)
    with pytest.raises(MissingExtra) as missing:
        check("1", country="GB")

    assert extra == missing.value.extra
