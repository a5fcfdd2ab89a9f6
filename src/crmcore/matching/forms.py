"""Organisation forms: what a name ends with, or in some countries begins with, and what a branch is called."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from crmcore.matching.text import in_word, readable

# Organisation forms, longest first by sorting. Companies: 公司法, 企业名称登记管理规定 (company, group, branch);
# partnerships and sole proprietorships: 合伙企业法, 个人独资企业法; cooperatives: 农民专业合作社法.
COMPANIES: Final = (
    "有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "集团有限责任公司", "集团股份有限公司", "集团公司",
    "控股有限公司", "股份公司", "股份合作公司", "总公司", "公司", "无限公司", "两合公司", "集团",
)  # fmt: skip
_ENTERPRISES: Final = (
    "合伙企业", "普通合伙企业", "有限合伙企业", "个人独资企业", "股份合作企业", "联营企业", "企业",
    "合作社", "专业合作社", "联合社", "信用社", "供销社", "联社", "农场", "林场", "牧场", "渔场", "养殖场", "矿", "厂",
)  # fmt: skip
# 个体工商户名称登记管理办法 names 厂, 店, 馆, 部, 行, 中心 as the forms of individual businesses.
_SHOPS: Final = (
    "店", "馆", "部", "行", "中心", "商行", "商店", "商场", "市场", "经营部", "门市部", "营业部", "服务部", "工作室",
    "超市", "酒楼", "餐厅", "作坊", "站", "摊", "坊",
)  # fmt: skip
# Institutions, professional firms and associations register under other acts, with names of the same shape.
INSTITUTIONS: Final = (
    "银行", "事务所", "研究所", "研究院", "设计院", "设计所", "科学院", "交易所", "招待所", "诊所", "医院", "卫生院",
    "学校", "大学", "学院", "中学", "小学", "幼儿园", "出版社", "报社", "杂志社", "旅行社", "通讯社", "电视台", "电台",
    "剧院", "影院", "剧团", "俱乐部", "协会", "学会", "商会", "联合会", "基金会", "委员会", "管理局", "管理处",
)  # fmt: skip
# Japanese and Korean companies, whose form may lead the name.
_EAST_ASIAN: Final = ("株式会社", "有限会社", "合同会社", "주식회사", "유한회사")

# What a branch is called; it follows the name of its company (企业名称登记管理规定: 分支机构).
_BRANCHES: Final = (
    "分公司", "支公司", "分行", "支行", "分店", "分厂", "分部", "分院", "分校", "分社", "分所", "营业部", "门市部",
    "办事处", "代表处", "分理处",
)  # fmt: skip
_KINDS_OF_PARTNERSHIP: Final = ("有限合伙", "普通合伙", "特殊普通合伙", "个人独资", "个体工商户", "股份合作制")

# Forms of other countries as they are written, by jurisdiction; the words at the end name bodies without a company.
_LATIN: Final = (
    "Ltd", "Limited", "Unlimited", "Co Ltd", "Co Limited", "Company Limited", "Pty Ltd", "Pty Limited", "Pte Ltd",
    "Pte Limited", "Pvt Ltd", "Private Limited", "LLC", "LLP", "LP", "PLC", "CIC", "CLG", "DAC", "ULC", "Inc",
    "Incorporated", "Corp", "Corporation", "Company", "Co", "Cia", "Cie", "PLLC", "PC", "GmbH", "mbH", "gGmbH", "AG",
    "KG", "KGaA", "OHG", "UG", "SE", "e.K.", "e.V.", "eG", "GmbH & Co KG", "AG & Co KG", "S.A.", "S.A.S.", "SASU",
    "SARL", "S.à r.l.", "EURL", "SCA", "SNC", "S.r.l.", "S.r.l.s.", "S.p.A.", "S.a.s.", "S.L.", "S.L.U.", "S.A.U.",
    "S.C.", "S. de R.L.", "S.A. de C.V.", "S. de R.L. de C.V.", "Lda", "Ltda", "S/A", "B.V.", "N.V.", "VOF", "BVBA",
    "SPRL", "Oy", "Oyj", "AB", "HB", "A/S", "ApS", "I/S", "AS", "ASA", "ANS", "hf", "ehf", "K.K.", "G.K.", "Y.K.",
    "Sdn Bhd", "Bhd", "Tbk", "z o.o.", "Sp. z o.o.", "Sp.k.", "Sp.j.", "a.s.", "s.r.o.", "v.o.s.",
    "k.s.", "Kft", "Nyrt", "Zrt", "Rt", "Bt", "d.o.o.", "d.d.", "j.d.o.o.", "OOD", "EOOD", "AD", "EAD", "OOO", "OAO",
    "PAO", "ZAO", "AO", "ООО", "ОАО", "ПАО", "ЗАО", "АО", "ТОВ", "UAB", "SIA", "OÜ", "A.Ş.", "Ltd. Şti.", "E.P.E.",
    "A.E.", "FZE", "FZCO", "FZ-LLC", "W.L.L.", "P.S.C.", "Aktiengesellschaft", "Aktiebolag", "Kabushiki Kaisha",
    "Society", "Association", "Foundation", "Trust", "University", "College", "School", "Hospital", "Institute", "Bank",
    "Partnership", "Cooperative", "Group", "Holdings", "Stiftung", "Verein",
)  # fmt: skip
_LEADING: Final = ("OOO", "OAO", "PAO", "ZAO", "ООО", "ОАО", "ПАО", "ЗАО", "АО", "ТОВ", "PT", "UAB", "SIA")


class Split(NamedTuple):
    """A name's form as the tables write it, what the name says besides, and the branch it may be of."""

    form: str
    rest: str
    branch: str = ""


def split_form(name: str) -> Split | None:
    """Form, rest and branch of a name; None where there is no form.

    A branch or a bracketed place after the form is looked through: "…有限公司上海分公司" has the form "有限公司".
    """
    text = readable(name)
    return split_chinese("".join(text.split())) or split_latin(text)


def split_chinese(text: str) -> Split | None:
    """The same for a form in Chinese characters, Japanese or Korean; the text has no spaces."""
    if match := _CHINESE_BRANCH.fullmatch(text):
        return Split(match["form"], match["rest"] + match["place"], match["branch"])
    match = _CHINESE.fullmatch(text) or _CHINESE.fullmatch(_BRACKETS.sub("", text))  # the form may stand in brackets
    if match:
        return Split(match["form"], match["rest"] + match["place"])
    match = _EAST_ASIAN_LEADING.fullmatch(text)
    return Split(match["form"], match["rest"]) if match else None


def split_latin(text: str) -> Split | None:
    """The same in another script: the last words, or the first; a bracketed place is looked through."""
    for words in (words_of(_before_brackets(text)), words_of(text)):
        for count in range(min(_MOST_WORDS, len(words)), 0, -1):
            if form := _latin_form(words[-count:]):
                return Split(form, " ".join(words[:-count]))
        if words and words[0] in _LATIN_LEADING:
            return Split(_LATIN_LEADING[words[0]], " ".join(words[1:]))
    return None


def _before_brackets(text: str) -> str:
    """A text without what stands in brackets at its end, and the marks beside these."""
    rest = text
    while (bare := rest.rstrip(_BESIDE_BRACKETS)).endswith(")"):
        start = bare.rfind("(")
        if start < 0 or ")" in bare[start:-1]:
            break
        rest = text = bare[:start].rstrip(_BESIDE_BRACKETS)
    return text


def _latin_form(words: list[str]) -> str | None:
    """The form that some words are, be it with its letters set apart: "s a" as well as "sa"."""
    apart = all(len(word) == 1 for word in words)
    return _LATIN_FORMS.get(" ".join(words)) or (_LATIN_LETTERS.get("".join(words)) if apart else None)


class _Words(dict[int, int | str]):
    """A table for ``str.translate`` that fills itself: marks become spaces, but for those that stand within words."""

    def __missing__(self, code: int) -> int | str:
        stays = in_word(character := chr(code)) or character in "_&/-"
        self[code] = code if stays else " "
        return self[code]


_WORDS: Final = _Words()


def words_of(text: str) -> list[str]:
    """The words of a text, dots within and marks around them dropped: "s.p.a., " is "spa"."""
    return text.replace(".", "").translate(_WORDS).split()


def _any(words: Iterable[str]) -> str:
    """A pattern that takes the longest of some words."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _by_words(forms: Iterable[str], between: str = " ") -> dict[str, str]:
    """Forms as written, by their words; where two are alike, the one listed first."""
    return {between.join(words_of(form.casefold())): form for form in reversed(tuple(forms))}


_FORMS: Final = rf"(?:{_any(COMPANIES + _ENTERPRISES + _SHOPS + INSTITUTIONS + _BRANCHES + _EAST_ASIAN)})"
_FORM: Final = rf"(?P<form>{_FORMS}(?:\((?:{_any(_KINDS_OF_PARTNERSHIP)})\))?)"
_AFTER: Final = r"(?:\([^()]*\))*"
_BRACKETS: Final = re.compile(r"[()]+")
_PARENTS: Final = _any((*COMPANIES, "合伙企业", "合作社", "联社", "信用社", "银行", "事务所", "厂"))
_CHINESE: Final = re.compile(rf"(?P<rest>.*?){_FORM}(?P<place>{_AFTER})")
_CHINESE_BRANCH: Final = re.compile(
    rf"(?P<rest>.*?)(?P<form>{_PARENTS})(?P<place>)"
    rf"(?P<branch>{_AFTER}(?:(?!公司)[^()]){{0,20}}{_AFTER}(?:{_any(_BRANCHES)}){_AFTER})"
)
_EAST_ASIAN_LEADING: Final = re.compile(rf"(?P<form>{_any(_EAST_ASIAN)})(?P<rest>.*)")
_LATIN_FORMS: Final = _by_words(_LATIN)
_LATIN_LETTERS: Final = _by_words(_LATIN, between="")
_LATIN_LEADING: Final = _by_words(_LEADING)
_MOST_WORDS: Final = 6
_BESIDE_BRACKETS: Final = " .,;"
