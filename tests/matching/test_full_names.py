"""Names of enterprises."""

import gzip
import sys
import unicodedata
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching import check_full_name, normalise
from crmcore.matching.forms import split_form

NAME = "靖江市春意空调有限公司"


def form_of(name: str) -> str | None:
    """The organisation form of a name as the tables write it."""
    split = split_form(name)
    return split and split.form


@pytest.mark.rule("P-02")
@pytest.mark.parametrize(
    "text",
    [
        NAME,
        " 靖江市 春意空调\u3000有限公司 ",
        "靖江市(春意)空调有限公司",
        "靖江市\uff08春意\uff09空调有限公司",
        "靖江市【春意】空调\u3014有限公司\u3015",
        "靖江市\u200b春意\ufeff空调有限公司\n",
        "靖江市《春意》空调[有限]{公司}",
    ],
)
def test_spaces_brackets_and_invisible_characters_do_not_count(text):
    """Names that differ in spaces, brackets or invisible characters are the same name."""
    assert normalise(text) == NAME


@pytest.mark.rule("P-02")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\uff21\uff22\uff23科技有限公司", "abc科技有限公司"),
        ("STRASSE 1 GmbH", "straße 1 gmbh"),
        ("春意\uff08上海\uff09有限公司", "春意上海有限公司"),
        ("\uff76\uff8c\uff9e\uff77", "カブキ"),
        ("Café Ltd", "Cafe\u0301 LTD"),
        ("e\u200b\u0301", "é"),
        ("A-B Ltd", "AB Ltd"),
        ("A.B. Ltd", "AB Ltd"),
    ],
)
def test_width_and_case_do_not_count(one, other):
    """Names that differ in width, case, composition or marks are the same name."""
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("春意空调有限公司", "春意空调有限责任公司"),
        ("春意第一有限公司", "春意第二有限公司"),
    ],
)
def test_everything_else_counts(one, other):
    """Names that differ in a word are different names."""
    assert normalise(one) != normalise(other)


@pytest.mark.rule("P-02")
@given(st.text())
def test_the_key_of_a_key_is_the_key(text):
    """Folding a name twice changes nothing more, whatever the text."""
    assert normalise(text) == normalise(normalise(text))


@pytest.mark.rule("P-02")
@given(st.text(st.sampled_from("春意 Bbß()[]\uff21\u3000\u017fİ\u0345ǰ\u0301\u200d가각\u115f\ufe0f"), max_size=12))
def test_awkward_characters_fold_once(text):
    """Characters that fold, compose or vanish in unusual ways give stable keys without spaces and brackets."""
    key = normalise("春" + text)

    assert key == normalise(key)
    assert not set(key) & set(" ()[]\u3000\u200d\u115f\ufe0f")


def test_every_invisible_character_and_bracket_is_dropped():
    """No control, format, space or bracket character of Unicode is left in a key."""
    odd = [
        character
        for character in map(chr, range(0x30000))
        if unicodedata.category(character) in {"Cc", "Cf", "Zs", "Zl", "Zp", "Ps", "Pe"}
        and normalise("a" + character) != "a"
    ]

    assert [] == odd


@pytest.mark.rule("D-03")
@pytest.mark.parametrize(
    ("name", "form"),
    [
        (NAME, "有限公司"),
        ("靖江市春意空调有限责任公司", "有限责任公司"),
        ("靖江市春意空调股份有限公司", "股份有限公司"),
        ("靖江市春意空调集团有限公司", "集团有限公司"),
        ("靖江市春意空调公司", "公司"),
        ("靖江市春意空调厂", "厂"),
        ("靖江市春意空调经营部", "经营部"),
        ("靖江市春意五金店", "店"),
        ("上海春意投资合伙企业(有限合伙)", "合伙企业(有限合伙)"),
        ("上海春意投资中心(有限合伙)", "中心(有限合伙)"),
        ("靖江市春意律师事务所", "事务所"),
        ("靖江市春意蔬菜专业合作社", "专业合作社"),
        ("靖江市春意医院", "医院"),
        ("春意大学", "大学"),
        ("靖江春意空调有限公司上海分公司", "有限公司"),
        ("靖江春意空调有限公司(上海)分公司", "有限公司"),
        ("靖江春意空调(集团)有限公司第二分公司", "有限公司"),
        ("春意银行股份有限公司靖江支行", "股份有限公司"),
        ("春意银行靖江支行", "银行"),
        ("春意集团上海有限责任公司靖江中心支公司", "有限责任公司"),
        ("春意空调靖江分公司", "分公司"),
        ("春意空调有限公司(靖江)", "有限公司"),
        ("春意空调有限公司【靖江】", "有限公司"),
        ("春意空调有限公司(靖江)(上海)", "有限公司"),
        ("靖江春意 空调 有限 公司", "有限公司"),
        ("春意空调(有限公司)", "有限公司"),
        ("\uff21\uff22\uff23\uff08靖江\uff09有限公司", "有限公司"),
        ("春意空调有限公司\uff08靖江\uff09", "有限公司"),
        ("株式会社春意", "株式会社"),
        ("春意株式会社", "株式会社"),
        ("춘의 주식회사", "주식회사"),
    ],
)
def test_forms_of_east_asia(name, form):
    """The form is found at the end of a name, before its branch or a bracketed place, and in front where usual."""
    assert form == form_of(name)
    assert check_full_name(name) is None


@pytest.mark.rule("D-03")
@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Spring Air Ltd", "Ltd"),
        ("SPRING AIR LIMITED", "Limited"),
        ("Spring Air Co., Ltd.", "Co Ltd"),
        ("Spring Air, Inc.", "Inc"),
        ("Spring Air L.L.C.", "LLC"),
        ("Spring Air LLP", "LLP"),
        ("Spring Air Corp.", "Corp"),
        ("Spring Air & Co.", "Co"),
        ("Spring Air p.l.c.", "PLC"),
        ("Spring Air Pty. Ltd.", "Pty Ltd"),
        ("Spring Air (Private) Limited", "Private Limited"),
        ("Spring Air Pte Ltd (Singapore)", "Pte Ltd"),
        ("Spring Air Ltd (UK) (in liquidation).", "Ltd"),
        ("Spring Air (Ltd)", "Ltd"),
        ("Spring Air \uff2c\uff34\uff24\uff0e", "Ltd"),
        ("Frühlingsluft GmbH", "GmbH"),
        ("Frühlingsluft GmbH & Co. KG", "GmbH & Co KG"),
        ("Frühlingsluft AG", "AG"),
        ("Air de Printemps S.A.", "S.A."),
        ("Air de Printemps S. A.", "S.A."),
        ("Air de Printemps SAS", "S.A.S."),
        ("Air de Printemps S.à r.l.", "S.à r.l."),
        ("Aria S.p.A.", "S.p.A."),
        ("Aria S.r.l.", "S.r.l."),
        ("Aire S.A. de C.V.", "S.A. de C.V."),
        ("Ar Lda.", "Lda"),
        ("Lucht B.V.", "B.V."),
        ("Lucht N.V.", "N.V."),
        ("Ilma Oy", "Oy"),
        ("Luft AB", "AB"),
        ("Luft A/S", "A/S"),
        ("Luft ApS", "ApS"),
        ("Luft AS", "AS"),
        ("Haru K.K.", "K.K."),
        ("Angin Sdn. Bhd.", "Sdn Bhd"),
        ("Powietrze Sp. z o.o.", "Sp. z o.o."),
        ("Powietrze z o. o.", "z o.o."),
        ("Vzduch a. s.", "AS"),
        ("Levego Kft.", "Kft"),
        ("OOO Vozdukh", "OOO"),
        ("\u041e\u041e\u041e «Воздух»", "\u041e\u041e\u041e"),
        ("PT Angin", "PT"),
        ("Plan B S. A.", "S.A."),
        ("U N Limited", "Limited"),
    ],
)
def test_forms_in_other_scripts(name, form):
    """Forms are found with or without dots, in any case and width, and looking through a bracketed country."""
    assert form == form_of(name)
    assert check_full_name(name) is None


@pytest.mark.rule("D-03")
@pytest.mark.parametrize(
    "name",
    [
        "靖江市春意空调",
        "春意",
        "靖江市",
        "张三",
        "",
        " ",
        "()",
        "有限",
        "Spring Air",
        "Ltd Spring",
        "Smith & Sons",
        "有限公司春意",
    ],
)
def test_a_name_without_a_form_is_told(name):
    """Where there is no organisation form, that is the part missing."""
    assert form_of(name) is None
    assert check_full_name(name) == "form"


@pytest.mark.rule("D-03")
@pytest.mark.parametrize(
    "name",
    ["有限公司", "(有限公司)",
      "上海有限公司", "江苏省有限公司", "广西壮族自治区公司", "中国(上海)有限公司", "江苏省南京市股份有限公司",
          "上海市有限公司北京分公司", "有限公司上海分公司", "Ltd", "Co., Ltd.", "& Co", "株式会社"],
)  # fmt: skip
def test_a_name_without_a_brand_is_told(name):
    """Where nothing, or nothing but a region, stands beside the form, the brand is missing."""
    assert check_full_name(name) == "brand"


@pytest.mark.rule("D-03")
@pytest.mark.parametrize("name", ["上海大学", "中国银行", "北京市饭店", "上海超市有限公司", "南京路商贸有限公司"])
def test_institutions_may_be_named_after_their_region(name):
    """A region alone names a bank or a university, and a word that only begins like a region is no region."""
    assert check_full_name(name) is None


@given(st.text(max_size=40))
def test_any_text_has_an_answer(text):
    """Whatever the text, the two answers agree: the form is missing just where none is found."""
    assert (form_of(text) is None) == (check_full_name(text) == "form")


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("分公司(" * 50, None),
        ("有限公司()" * 33, None),
        ("()," * 66, "form"),
        ("中国省" * 66 + "公司", None),
        ("中国" * 90 + "公司", "brand"),
        ("公司" + "()" * 90 + "x", "form"),
        ("s " * 100, "form"),
    ],
)
def test_hostile_names_have_their_answer(name, missing):
    """Names as long as a field may hold, made to lead the patterns astray; the suite would hang if they did."""
    assert missing == check_full_name(name)


@pytest.mark.rule("D-03")
@pytest.mark.parametrize(("file", "at_least"), [("cn_company_names.txt.gz", 0.97), ("latin_company_names.txt", 0.95)])
def test_registered_names_are_full_names(real_data, file, at_least):
    """Names that a registry holds pass for full names."""
    path = real_data(file)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        names = [line.strip() for line in islice(lines, 20_000)]
    accepted = sum(check_full_name(name) is None for name in names) / len(names)

    sys.stdout.write(f"{file}: {accepted:.2%} of {len(names)} accepted\n")
    assert accepted >= at_least


@pytest.mark.rule("D-03")
def test_registered_names_cut_short_are_refused(real_data):
    """Registered names whose company form is cut off are refused, but for those that end with another form."""
    with gzip.open(real_data("cn_company_names.txt.gz"), "rt", encoding="utf-8") as lines:
        names = [line.strip() for line in islice(lines, 20_000)]
    cut = [name.removesuffix("有限公司") for name in names if form_of(name) == "有限公司"]
    refused = sum(check_full_name(name) == "form" for name in cut) / len(cut)

    assert refused >= 0.9


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Spring Ltd (Jingjiang)", "Ltd"),
        ("Spring Ltd. (Jingjiang) , (China).", "Ltd"),
        ("Spring Ltd ()", "Ltd"),
        ("Spring (Jingjiang) Ltd", "Ltd"),
        ("Spring ((Jingjiang) Ltd)", "Ltd"),
        ("Spring Ltd ) (Jingjiang)", "Ltd"),
        ("Spring (Ltd", "Ltd"),
        ("(Ltd)", "Ltd"),
        ("Ltd" + "." * 200_000 + "x", None),
        ("Spring Ltd" + "(x)" * 50_000, "Ltd"),
        ("Spring x" + "(" * 200_000 + ")", None),
    ],
)
def test_brackets_after_a_form_are_looked_through(name, form):
    """As many as there are, in one pass over the name."""
    split = split_form(name)

    assert form == (split and split.form)
