"""Formats of phones, codes and addresses, and what a call centre asks for (D-04, D-05)."""

from typing import Any

import pytest

from crmcore.customers import AddContact, ChangeProfile, ContactDetails, Register
from tests.customers.scene import LI, Scene, register

CHINA = {"customers.profile.formats": "china"}
LEAD: dict[str, Any] = {
    "name": "王芳",
    "kind": "individual",
    "mobile": "13800000001",
    "fields": {
        "gender": "female",
        "province": "江苏",
        "city": "泰州",
        "product_of_interest": "空调",
        "expected_purchase": "one-month",
    },
}


@pytest.mark.rule("D-05")
@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("mobile", "13800000001", "1380000000"),
        ("phone", "0523-80000001", "+86 523 80000001"),
        ("postcode", "214500", "9999"),
        ("email", "info@example.com", "info.example.com"),
        ("fax", "0523-80000002", "80"),
    ],
)
def test_formats_are_checked_where_policy_says_so(field: str, right: str, wrong: str) -> None:
    """The refusal names the field and the form it should have, and not what was typed."""
    scene = Scene(CHINA)
    [refusal] = scene.refusals(register(**{field: wrong}), by=LI)

    assert ("D-05", "format", field) == (refusal.rule, refusal.code, refusal.params["field"])
    assert wrong not in refusal.message()
    assert refusal.message() != refusal.message("zh")
    assert [] == scene.refused(register(**{field: right}), by=LI)
    assert [] == Scene().refused(register(**{field: wrong}), by=LI)


@pytest.mark.rule("D-05")
@pytest.mark.parametrize(("field", "wrong"), [("credit_code", "91350100M000100Y44"), ("tax_id", "12")])
def test_codes_with_check_digits_are_always_checked(field: str, wrong: str) -> None:
    """A slip in a credit code is found wherever one is."""
    assert ["D-05 format"] == Scene().refused(register(**{field: wrong}), by=LI)
    assert [] == Scene().refused(register(credit_code="91350100M000100Y43"), by=LI)


@pytest.mark.rule("D-05")
def test_changes_and_contacts_are_checked_as_well():
    """What was not named is not judged."""
    scene = Scene(CHINA).potential()

    assert ["D-05 format"] == scene.refused(ChangeProfile("C1", mobile="1"), by=LI)
    assert ["D-05 format"] == scene.refused(AddContact("C1", ContactDetails("李工", mobile="1")), by=LI)
    assert [] == scene.refused(AddContact("C1", ContactDetails("李工", mobile="13800000001")), by=LI)
    assert [] == Scene().potential().refused(AddContact("C1", ContactDetails("李工", mobile="1")), by=LI)


@pytest.mark.rule("D-04")
def test_a_lead_of_a_call_centre_passes():
    """With all that is required, by mobile or by landline."""
    scene = Scene(policy="call-centre")
    scene.given(Register(id="C1", **LEAD), by=LI)
    by_landline = {**LEAD, "mobile": None, "phone": "0523-80000001", "name": "李明"}

    assert [] == scene.refused(Register(id="C2", **by_landline), by=LI)
    assert ["C1"] == [one.id for one in scene.crm.customers.by_field("city", "泰州")]


@pytest.mark.rule("D-04")
@pytest.mark.parametrize("field", ["gender", "province", "city", "product_of_interest", "expected_purchase"])
def test_each_of_the_fields_is_required(field: str) -> None:
    """Of individuals; an enterprise need not have them."""
    scene = Scene(policy="call-centre")
    fields = {name: value for name, value in LEAD["fields"].items() if name != field}
    [refusal] = scene.refusals(Register(id="C1", **{**LEAD, "fields": fields}), by=LI)

    assert ("D-02", "required", {"fields": field}) == (refusal.rule, refusal.code, refusal.params)
    assert [] == scene.refused(register(), by=LI)


@pytest.mark.rule("D-04")
def test_a_lead_can_be_reached():
    """By mobile or landline, and a change does not take the last of them."""
    scene = Scene(policy="call-centre")
    [refusal] = scene.refusals(Register(id="C1", **{**LEAD, "mobile": " "}), by=LI)
    scene.given(Register(id="C1", **LEAD), by=LI)

    assert ("D-04", "one-of-required", {"fields": "mobile, phone"}) == (refusal.rule, refusal.code, refusal.params)
    assert ["D-04 one-of-required"] == scene.refused(ChangeProfile("C1", mobile=""), by=LI)
    assert [] == scene.refused(ChangeProfile("C1", mobile="", phone="0523-80000001"), by=LI)
    assert [] == scene.refused(ChangeProfile("C1", name="王小芳"), by=LI)


@pytest.mark.rule("L-02")
def test_a_call_centre_enters_nobody_twice():
    """The same phone comes up for editing, be it given as mobile or as landline."""
    scene = Scene(policy="call-centre").given(Register(id="C1", **LEAD), by=LI)
    again = {**LEAD, "name": "王小芳", "mobile": None, "phone": "13800000001"}
    [refusal] = scene.refusals(Register(id="C2", **again), by=LI)

    assert ("L-02", "open-existing", "C1") == (refusal.rule, refusal.code, refusal.params["customer"])


@pytest.mark.rule("M-03")
def test_trade_registration_enters_nothing_similar():
    """The rule book taken literally."""
    scene = Scene(policy="trade-registration").potential()

    assert ["M-03 similar"] == scene.refused(register(name="靖江市春义空调有限公司", id="C2"), by=LI)
