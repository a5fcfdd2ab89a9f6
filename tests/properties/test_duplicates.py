"""Whatever is registered and renamed: keys follow, and every name finds itself (M-02, M-05)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import CRM, Actor
from crmcore.customers import ChangeProfile, Register
from crmcore.errors import Invalid
from crmcore.matching import Identity, NameParts, keys, normalise, parse
from crmcore.matching.parts import is_chinese
from tests.properties.racing import NOW

BOSS = Actor("boss", {"manager"})
FREE = {"customers.profile.required_enterprise": ["name"], "customers.profile.full_name": False}

# Among them a capital that loses its dot and a vowel sign.
characters = st.sampled_from("春意义晨星辰远山海川金桥ABcd\uff11\uff12（） \u3000·\u0130\u0e34")
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


def pieces(text: str) -> tuple[str, str]:
    """What has to be in a name for it to contain a fragment: the fragment, but a region before it by itself."""
    fragment, region = normalise(text), parse(text).region
    return region, fragment.removeprefix(region)


def fragments(parts: NameParts) -> list[str]:
    """What a name is sure to be found by: two characters or more of brand and trade, beginnings of words.

    Foreign words, also those among Chinese characters, are found by their beginnings, from the third letter on.
    """
    if parts.script != "chinese":
        words = parts.brand.split()
        begun = [word[:end] for word in words for end in range(3, len(word) + 1)]
        return begun + [word for word in words if len(word) == 2]
    core = parts.core
    spans = [(start, end) for start in range(len(core)) for end in range(start + 2, len(core) + 1)]
    return [
        core[start:end]
        for start, end in spans
        if any(map(str.isalnum, core[start:end]))
        and (end == start + 2 or is_chinese(core[start:end]) or not start or is_chinese(core[start - 1]))
    ]


def on_record(names: list[str]) -> tuple[CRM, dict[str, str]]:
    """A CRM with these enterprises, and their names by their ids."""
    crm = CRM.open(overrides=FREE, clock=lambda: NOW)
    for place, name in enumerate(names):
        crm.answer(Register(name, id=f"C{place}", into="pool"), actor=BOSS)
    return crm, {customer.id: normalise(customer.profile.name) for customer in crm.customers.all()}


@pytest.mark.rule("M-01")
@given(names=st.lists(written, min_size=1, max_size=6), start=st.integers(0, 5), length=st.integers(2, 4))
def test_a_fragment_of_what_is_found_is_in_its_name(names, start, length):
    """Searching never fails but for what is too short, and never shows who has no such fragment."""
    crm, known = on_record(names)
    fragment = names[0][start : start + length]
    with suppress(Invalid):
        for found in crm.search(fragment, actor=BOSS):
            assert all(piece in known[found.customer] for piece in pieces(fragment))


@pytest.mark.rule("M-01")
@given(names=st.lists(written, min_size=1, max_size=6), data=st.data())
def test_a_fragment_of_brand_and_trade_finds_its_name(names, data):
    """Whoever else is on record: every fragment from two characters on, of words from three letters on."""
    crm, known = on_record(names)
    id = data.draw(st.sampled_from(sorted(known)))
    for fragment in fragments(parse(names[int(id[1:])])):
        assert id in {found.customer for found in crm.search(fragment, actor=BOSS)}
