"""Whatever is registered and renamed: keys follow, and every name finds itself (M-02, M-05)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import CRM, Actor, Outcome
from crmcore.customers import ChangeProfile, Register
from crmcore.errors import Invalid
from crmcore.matching import Identity, keys
from tests.properties.racing import NOW

BOSS = Actor("boss", {"manager"})
FREE = {"customers.profile.required_enterprise": ["name"], "customers.profile.full_name": False}

characters = st.sampled_from("春意义晨星辰远山海川金桥ABcd\uff11\uff12（） \u3000·")
brands = st.text(characters, min_size=1, max_size=5)
written = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "靖江市", "靖江", "江苏省靖江市", "上海"]),
    brands,
    st.sampled_from(["", "空调", "空調", "物流", "贸易"]),
    st.sampled_from(["", "有限公司", "股份有限公司", " Ltd"]),
).filter(lambda name: bool(name.strip()))
changes = st.lists(st.tuples(st.integers(0, 3), written), max_size=6)


@pytest.mark.rule("M-02", "M-05")
@given(names=st.lists(written, min_size=1, max_size=4), renamed=changes)
def test_keys_follow_and_every_name_finds_itself(names, renamed):
    """After any registrations and changes each customer is the same as its own name, and all that is stored adds up."""
    crm = CRM.open(overrides=FREE, clock=lambda: NOW)
    for place, name in enumerate(names):
        crm.answer(Register(name, id=f"C{place}", into="pool"), actor=BOSS)
    for place, name in renamed:
        crm.answer(ChangeProfile(f"C{place}", name=name), actor=BOSS)

    assert [] == list(crm.verify())
    for customer in crm.customers.all():
        name = customer.profile.name
        if keys(Identity(name)):
            found = crm.duplicates.check(Identity(name), actor=BOSS)
            assert customer.id in {one.customer for one in found if one.is_same}


@pytest.mark.rule("M-01")
@given(name=written, start=st.integers(0, 5), length=st.integers(2, 4))
def test_a_fragment_of_what_is_found_is_in_its_name(name, start, length):
    """Searching never fails but for what is too short, and never shows who has no such fragment."""
    crm = CRM.open(overrides=FREE, clock=lambda: NOW)
    assert isinstance(crm.answer(Register(name, id="C1", into="pool"), actor=BOSS), Outcome)
    with suppress(Invalid):
        assert {one.customer for one in crm.search(name[start : start + length], actor=BOSS)} <= {"C1"}
