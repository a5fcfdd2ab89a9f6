"""How alike two names are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching import Identity, NameParts, compare, comparison_texts, parse, parts_of
from crmcore.matching.comparing import compare_from
from crmcore.matching.distance import (
    choose,
    common_length,
    common_length_in_python,
    edits,
    edits_in_python,
)
from crmcore.matching.explaining import COMPONENTS, RELATIONS
from crmcore.matching.rarity import rarity
from crmcore.matching.words import alike

NAME = "靖江市春意空调有限公司"
NAMES = st.text("靖江市春意亿空调公司有限上海贸易集团分() 第一二", max_size=18) | st.text(max_size=12)


@pytest.mark.rule("M-04")
@pytest.mark.parametrize(
    ("other", "component", "verdict", "at_least"),
    [
        ("靖江市春意空調有限公司", "name", "equal", 100),
        ("江苏省靖江市春意空调有限公司", "region", "contained", 97),
        ("春意空调有限公司", "region", "missing", 88),
        ("靖江市春意空调股份有限公司", "form", "alike", 97),
        ("靖江市春意空调", "form", "missing", 97),
        ("靖江市春意空调制造有限公司", "trade", "contained", 90),
        ("靖江市春意", "trade", "missing", 88),
        ("靖江市春亿空调有限公司", "brand", "homophone", 90),
        ("靖江市意春空调有限公司", "brand", "swapped", 90),
        ("靖江市春鹤空调有限公司", "brand", "one-edit", 78),
        ("泰州市春意空调有限公司", "region", "inside", 88),
    ],
)
def test_the_same_name_written_differently(other, component, verdict, at_least):
    """Each kind of difference has its verdict, and the score stays high."""
    comparison = compare(parse(NAME), parse(other))

    assert verdict == comparison.verdict(component)
    assert at_least <= comparison.score


@pytest.mark.rule("M-03")
@pytest.mark.parametrize(
    ("one", "other", "at_most"),
    [
        (NAME, "靖江市鹓雏空调有限公司", 50),
        (NAME, "杭州春意空调有限公司", 72),
        (NAME, "南京春意空调有限公司", 78),
        (NAME, "靖江市春意餐饮有限公司", 79),
        (NAME, "靖江市春意空调有限公司上海分公司", 79),
        ("靖江市春意空调有限公司第一分公司", "靖江市春意空调有限公司第二分公司", 79),
        ("靖江市第一建筑工程有限公司", "靖江市第二建筑工程有限公司", 50),
        ("靖江市自来水公司", "南京市自来水公司", 60),
        ("靖江市自来水公司", "靖江市粮油公司", 45),
        (NAME, "", 0),
        ("", "", 0),
        (NAME, "Spring Air Ltd", 5),
    ],
)
def test_different_names(one, other, at_most):
    """Another brand, trade, place, number or branch is another customer."""
    assert compare(parse(one), parse(other)).score <= at_most


@pytest.mark.parametrize(
    ("one", "other", "at_least"),
    [
        ("四川龙麟磷", "四川龙麟磷化工有限公司", 80),
        ("县春意物资有限公司", "靖江县春意物资有限公司", 85),
        ("靖江市东教具有限公司", "靖江市东方教具有限公司", 85),
        ("靖江市自来水公司", "靖江市自来水有限公司", 95),
        ("自来水公司", "靖江市自来水公司", 65),
        ("靖江市春意贸易有限公司", "靖江市春意商贸有限公司", 90),
        ("靖江市春意建材销售有限公司", "靖江市春意建材制品有限公司", 85),
        ("靖江市春意汽车配件有限公司", "靖江市春意汽车附件有限公司", 85),
        ("江南春意空调有限公司", "江南春意空调厂", 75),
        ("靖江市金翔发运输有限公司", "靖江市金翔运输有限公司", 80),
    ],
)
def test_parts_that_do_not_match_one_to_one(one, other, at_least):
    """Where two names were split differently, or lack parts, what they have in common still counts."""
    assert compare(parse(one), parse(other)).score >= at_least


@pytest.mark.parametrize(
    ("one", "other", "trade"),
    [
        (("", "龙麟", "磷化工"), ("", "龙麟磷", "化工"), "equal"),
        (("", "龙麟", "磷化工"), ("", "龙麟磷", "肥业"), "different"),
        (("龙泉市", "宝剑", "工艺"), ("", "龙泉市宝剑", "工艺"), "equal"),
    ],
)
def test_names_that_were_split_differently(one, other, trade):
    """Where a brand ends may be read in more than one way; the same characters in the same order are the same brand."""
    left, right = (NameParts("|".join(parts), parts[0], parts[1], parts[2], script="chinese") for parts in (one, other))
    comparison = compare(left, right)

    assert ("equal", trade) == (comparison.verdict("brand"), comparison.verdict("trade"))


@pytest.mark.rule("M-04")
@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("鼓楼区", "南京市", "inside"),
        ("鼓楼区", "苏州市", "same-province"),
        ("鼓楼区", "上海市", "conflict"),
        ("鼓楼区", "中国", "conflict"),
        ("南京市鼓楼区", "鼓楼区", "contained"),
    ],
)
def test_a_place_that_may_be_several_is_the_closest_of_them(one, other, verdict):
    """There is a 鼓楼区 in Nanjing, in Xuzhou, in Fuzhou and in Kaifeng: whichever fits the other name is meant."""
    left, right = parse(f"{one}春意空调有限公司"), parse(f"{other}春意空调有限公司")

    assert verdict == compare(left, right).verdict("region")


@pytest.mark.rule("M-02")
def test_a_region_that_is_given_counts_where_the_name_tells_none():
    """The field region stands in for the region of the name."""
    far = parts_of(Identity("春意空调有限公司", region="浙江省"))
    near = parts_of(Identity("春意空调有限公司", region="江苏省"))

    assert compare(parse(NAME), near).score > compare(parse(NAME), far).score
    assert parts_of(Identity(NAME, region="浙江省")) == parse(NAME)
    assert parts_of(Identity("王春意", kind="individual")).full == ""


@pytest.mark.rule("M-03")
@given(NAMES, NAMES)
def test_comparing_is_symmetric_and_adds_up(one, other):
    """Whichever name is given first, score and parts are the same; the points make up the score, within 0 to 100."""
    left, right = parse(one), parse(other)
    comparison = compare(left, right)

    assert comparison == compare(right, left)
    assert 0 <= comparison.score <= 100
    assert comparison.score == pytest.approx(max(0, min(100, sum(part.points for part in comparison.parts))), abs=0.051)


@pytest.mark.rule("M-04")
@given(NAMES, NAMES, st.none() | st.floats(0, 1), st.floats(0, 100))
def test_a_comparison_given_up_would_have_come_to_less(one, other, rare, least):
    """With a bound, names are compared as without one, or given up; these stay below it, were it not for a branch."""
    left, right = parse(one), parse(other)
    full, bounded = compare(left, right, rare), compare_from(least, left, right, rare)
    before_branch = full.score - sum(part.points for part in full.parts if part.component == "branch")

    assert bounded == full or (bounded is None and before_branch < least)


@pytest.mark.parametrize(
    ("other", "least"),
    [
        ("杭州春意空调有限公司", 90),
        ("靖江市鹓雏空调有限公司", 80),
        ("春亿空调有限公司", 98),
    ],
)
def test_a_place_or_a_brand_is_enough_to_give_up(other, least):
    """What lies elsewhere, or has another brand, is not compared to the end."""
    assert compare_from(least, parse(NAME), parse(other), 1.0) is None
    assert compare_from(least - 55, parse(NAME), parse(other), 1.0) == compare(parse(NAME), parse(other), 1.0)


@pytest.mark.rule("M-04")
@given(st.text(min_size=1, max_size=20).filter(lambda text: parse(text).full))
def test_a_name_is_itself(text):
    """A name compared with itself is equal."""
    assert compare(parse(text), parse(text)).score == 100


@given(st.floats(0, 1), st.floats(0, 1))
def test_what_is_rarer_counts_more(one, other):
    """With a rarer brand what is missing is worth more, never less."""
    low, high = sorted((one, other))
    left, right = parse(NAME), parse("春意")

    assert compare(left, right, low).score <= compare(left, right, high).score


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("spring air", "spring air", 1, 1),
        ("spring air", "air spring", 0.95, 0.99),
        ("springair", "spring air", 0.95, 0.99),
        ("sprimg air", "spring air", 0.85, 0.95),
        ("spring air", "spring air services", 0.85, 0.95),
        ("continnentral air", "continental air", 0.75, 0.9),
        ("intern air", "international air", 0.5, 0.9),
        ("spring air", "autumn air", 0.3, 0.5),
        ("spring spring", "spring", 0.6, 0.7),
        ("spring air", "summer water", 0, 0),
        ("", "spring", 0, 0),
    ],
)
def test_names_in_words(one, other, least, most):
    """Order, spaces, slips and common words count little; other words count."""
    assert least <= alike(one, other) <= most


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("Spring Air Ltd", "SPRING AIR LTD.", 100),
        ("Spring Air Ltd", "Spring Air Limited", 95),
        ("Spring Air Ltd", "Spring Air", 95),
        ("Spring Air Ltd", "Summer Water Ltd", 5),
    ],
)
def test_the_forms_of_names_in_words(one, other, score):
    """The form is worth five points."""
    assert (
        score == round(compare(parse(one), parse(other)).score, -1 if score == 100 else 0)
        or score <= compare(parse(one), parse(other)).score <= score + 5
    )


@given(st.text("abc春意", max_size=8), st.text("abc春意", max_size=8), st.integers(0, 3))
def test_the_extra_fast_gives_the_same_answers(one, other, most):
    """Distances are those of plain Python, whatever is installed."""
    assert edits_in_python(one, other, most) == edits(one, other, most)
    assert common_length_in_python(one, other) == common_length(one, other)


def test_without_the_extra_python_does_it():
    """Nothing needs to be installed."""
    assert choose("a module that is not there") == (edits_in_python, common_length_in_python)
    assert edits_in_python("ab", "ba", 2) == 1
    assert edits_in_python("春意", "", 1) == 2
    assert common_length_in_python("abcd", "xbyd") == 2


def test_rarity():
    """Brands of common characters are less rare than those of characters seldom seen."""
    assert 0 <= rarity("金华") < rarity("鹓雏") <= 1
    assert rarity("") == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_verdict_has_its_words(lang):
    """Components and relations are told in both languages."""
    comparison = compare(parse(NAME), parse("春亿空调有限公司"))

    assert len(comparison.parts) == len(comparison_texts(comparison, lang))
    assert all(label.text(lang) for label in (*COMPONENTS.values(), *RELATIONS.values()))
    assert comparison_texts(compare(parse(NAME), parse(NAME))) == ("name: equal (+100.0)",)
    assert comparison.verdict("name") == ""
