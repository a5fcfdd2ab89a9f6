"""The default list of industries."""

import re

import pytest

from crmcore.customers.industries import INDUSTRIES, OTHER, industry_code


@pytest.mark.rule("D-02")
def test_the_list_has_the_sections_of_the_standard_and_other():
    """The sections A to T stand in order, and "other" closes the list."""
    assert [*"ABCDEFGHIJKLMNOPQRST", ""] == [industry.section for industry in INDUSTRIES]
    assert OTHER == INDUSTRIES[-1].code


def test_codes_are_distinct_words():
    """Each code is kebab-case and stands there once."""
    codes = [industry.code for industry in INDUSTRIES]

    assert sorted(set(codes)) == sorted(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.rule("D-02")
@pytest.mark.parametrize("industry", INDUSTRIES, ids=lambda industry: industry.code)
def test_code_letter_and_labels_lead_to_the_code(industry):
    """An industry is known by its code, its letter and its label in either language, in any case."""
    texts = [industry.code, industry.en, industry.zh, *industry.section]

    assert {industry.code} == {industry_code(form) for text in texts for form in (text, text.upper(), text.lower())}


@pytest.mark.rule("D-02")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("制造业", "manufacturing"),
        ("制造", "manufacturing"),
        (" Manufacturing ", "manufacturing"),
        ("IT", "software-it"),
        ("\uff29\uff34", "software-it"),
        ("软件", "software-it"),
        ("批发零售业", "wholesale-retail"),
        ("Wholesale Retail", "wholesale-retail"),
        ("农林牧渔业", "agriculture"),
        ("银行", "finance"),
        ("其它", "other"),
    ],
)
def test_common_short_labels_are_known(text, code):
    """What people write instead of the label leads to the code too."""
    assert code == industry_code(text)


@pytest.mark.parametrize("text", ["", " ", "、", "春意", "Z", "manufacturing2"])
def test_other_texts_are_no_industry(text):
    """What nobody listed has no code; it is not taken for "other" by guessing."""
    assert industry_code(text) is None


def test_labels_do_not_contradict_each_other():
    """No label, short or long, stands for two industries."""
    from crmcore.customers.industries import _SHORT, _key

    seen: dict[str, str] = {}
    for industry in INDUSTRIES:
        for label in (industry.code, industry.section, industry.en, industry.zh, *_SHORT[industry.code]):
            assert industry.code == seen.setdefault(_key(label) or industry.code, industry.code)
