"""Names taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching import NameParts, parse
from tests.matching.gold import rows

BRANDS_AT_LEAST = 0.9


@pytest.mark.rule("M-04")
def test_most_brands_are_read_as_a_person_reads_them():
    """Of made-up names of many shapes, the share of brands read rightly is that of the target or better."""
    read = [parse(name).brand == parts[1] for name, parts in rows()]

    assert len(read) > 120
    assert sum(read) / len(read) >= BRANDS_AT_LEAST


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("靖江市春意空调有限公司", "靖江市|春意|空调|有限公司|"),
        ("春意（上海）空调有限公司", "上海|春意|空调|有限公司|"),
        ("江苏省靖江市春意空调制造有限公司", "江苏省靖江市|春意|空调制造|有限公司|"),
        ("江蘇省靖江市春意空調製造有限公司", "江苏省靖江市|春意|空调制造|有限公司|"),
        ("天津开发区春意金属制品有限公司", "天津开发区|春意|金属制品|有限公司|"),
        ("中国春意人寿保险股份有限公司靖江支公司", "中国|春意|人寿保险|股份有限公司|靖江支公司"),
        ("春意（集团）有限公司", "|春意||集团有限公司|"),
        ("春意集团股份有限公司", "|春意||集团股份有限公司|"),
        ("春意控股集团有限公司", "|春意||控股集团有限公司|"),
        ("靖江市自来水公司", "靖江市||自来水|公司|"),
        ("上海春意律师事务所", "上海|春意|律师|事务所|"),
        ("成都ABC科技有限公司", "成都|abc|科技|有限公司|"),
        ("हिन्दी贸易有限公司", "|हिन्दी|贸易|有限公司|"),
        ("春意", "|春意|||"),
        ("(春意)", "|春意|||"),
        ("有限公司", "|||有限公司|"),
        ("株式会社春意", "|春意||株式会社|"),
        ("中国上海春意贸易有限公司", "中国上海|春意|贸易|有限公司|"),
        ("涉县太行红核桃有限公司", "涉县|太行红|核桃|有限公司|"),
        ("靖江市（春意）空调（上海）有限公司", "靖江市|春意|空调|有限公司|"),
    ],
)
def test_chinese_names(name, parts):
    """Region, brand, trade, form and branch are told apart, whatever stands in brackets."""
    read = parse(name)

    assert parts == f"{read.region}|{read.brand}|{read.trade}|{read.form}|{read.branch}"
    assert read.script == "chinese"


@pytest.mark.parametrize(
    ("name", "brand", "form", "script"),
    [
        ("Spring Air Co., Ltd.", "spring air", "Co Ltd", "latin"),
        ("The Bank of Spring (UK) Limited", "bank spring uk", "Limited", "latin"),
        ("The Of And", "the of and", "", "latin"),
        ("Spring & Sons", "spring sons", "", "latin"),
        ("춘의 주식회사", "춘의", "주식회사", "other"),
        ("\u041e\u041e\u041e «Воздух»", "воздух", "\u041e\u041e\u041e", "other"),
        ("İstanbul A.Ş.", "istanbul", "A.Ş.", "latin"),
        ("บริษัท สปริง-แอร์", "บริษัท สปริงแอร์", "", "other"),
        ("हिन्दी उद्योग", "हिन्दी उद्योग", "", "other"),
        ("Spring \u0301 Air", "spring air", "", "latin"),
        ("", "", "", "other"),
        ("GmbH", "", "GmbH", "latin"),
    ],
)
def test_names_in_words(name, brand, form, script):
    """Elsewhere the words that tell something are the brand, and the form is taken from the end or the beginning."""
    read = parse(name)

    assert (brand, form, script) == (read.brand, read.form, read.script)


def test_the_areas_of_a_region_are_known_by_their_codes():
    """A region has the codes of the divisions it may mean; a name of several places has several."""
    assert parse("江苏省靖江市春意空调有限公司").areas == parse("靖江春意空调有限公司").areas == ("321282",)
    assert len(parse("春意（鼓楼区）空调有限公司").areas) > 1
    assert parse("春意空调有限公司").areas == ()


@given(st.text(max_size=30) | st.text("靖江市春意空调有限公司()上海中国集团省县 abc1", max_size=30))
def test_any_text_has_parts_and_packs(text):
    """Whatever the text, it has parts; packed and unpacked they are the same."""
    parts = parse(text)

    assert parts == NameParts.unpacked(parts.packed)


@given(st.text("靖江市春意空调有限公司上海中国集团省县", max_size=20))
def test_parts_make_up_the_name(text):
    """A Chinese name without brackets consists of its parts, in their order."""
    parts = parse(text)

    assert f"{parts.region}{parts.brand}{parts.trade}{parts.form}{parts.branch}" == parts.full


@pytest.mark.rule("A-05")
def test_parts_of_a_name_are_not_shown():
    """Shops are called after who keeps them; region and form tell of nobody."""
    shown = repr(parse("靖江市张三空调店")), repr(parse("靖江市春意空调有限公司张三分店")), repr(parse("Zhang San Ltd"))

    assert not [text for text in ("张三", "空调", "zhang") for one in shown if text in one]
    assert "靖江市" in shown[0]
    assert NameParts.unpacked(parse("靖江市张三空调店").packed) == parse("靖江市张三空调店")
