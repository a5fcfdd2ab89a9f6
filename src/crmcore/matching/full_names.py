"""Names of enterprises: when two are the same (P-02), and whether one is a full name (D-03).

A full Chinese name is region + brand (字号) + trade + organisation form; other names end, some begin, with their
form. Whether a form is there can be told for certain from tables; where the brand ends cannot, so a missing brand is
reported only where nothing at all stands between region and form.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal
from unicodedata import normalize

from crmcore.matching.text import normalise

#: Which part of a full name is missing.
Missing = Literal["form", "brand"]

# Brackets of every kind that NFKC leaves alone; NFKC has turned wide and vertical ones into these.
_BRACKETS: Final = (
    r"()\[\]{}<>\u0f3a-\u0f3d\u169b\u169c\u2045\u2046\u2308-\u230b\u2329\u232a\u2768-\u2775\u27c5\u27c6\u27e6-\u27ef"
    r"\u2983-\u2998\u29d8-\u29db\u29fc\u29fd\u2e22-\u2e29\u2e55-\u2e5c\u3008-\u3011\u3014-\u301b\ufd3e\ufd3f"
)
# Control and format characters, and the other characters that are never to be seen (variation selectors, fillers).
_INVISIBLE: Final = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000110bd\U000110cd"
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_DROPPED: Final = re.compile(rf"[\s{_INVISIBLE}{_BRACKETS}]+")
_UNSEEN: Final = re.compile(rf"[{_INVISIBLE}]+")
_OPENING: Final = re.compile(r"[\[{<\u3008\u300a\u3010\u3014\u3016]")
_CLOSING: Final = re.compile(r"[\]}>\u3009\u300b\u3011\u3015\u3017]")
_WORD: Final = re.compile(r"\w")
_MARKS: Final = re.compile(r"[^\w&/\-]+")

# Organisation forms, longest first by sorting. Companies: 公司法, 企业名称登记管理规定 (company, group, branch);
# partnerships and sole proprietorships: 合伙企业法, 个人独资企业法; cooperatives: 农民专业合作社法.
_COMPANIES: Final = (
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
_INSTITUTIONS: Final = (
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

# Provinces and municipalities, their capitals and the five cities planned on their own (GB/T 2260), short forms.
_REGIONS: Final = (
    "中国", "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建",
    "江西", "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾",
    "内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门", "石家庄", "太原", "沈阳", "长春", "哈尔滨", "南京",
    "杭州", "合肥", "福州", "南昌", "济南", "郑州", "武汉", "长沙", "广州", "海口", "成都", "贵阳", "昆明", "西安",
    "兰州", "西宁", "呼和浩特", "南宁", "拉萨", "银川", "乌鲁木齐", "大连", "青岛", "宁波", "厦门", "深圳",
)  # fmt: skip
_REGION_ENDINGS: Final = ("省", "市", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "特别行政区", "")

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


def organisation_form(name: str) -> str | None:
    """The organisation form of an enterprise's name as the tables write it ("有限公司", "GmbH"), or None without one.

    A branch or a bracketed place after the form is looked through: "…有限公司上海分公司" has the form "有限公司".
    """
    return _split(name)[0]


def check_full_name(name: str) -> Missing | None:
    """None for a full enterprise name, otherwise which part is missing: the organisation "form", or the "brand".

    The brand is missing where nothing stands before the form, or before a company's form nothing but a region that
    the small table of provinces and large cities knows.
    """
    form, rest = _split(name)
    if form is None:
        return "form"
    bare = normalise(rest)
    if not _WORD.search(bare) or (form in _COMPANIES and _ONLY_REGIONS.fullmatch(bare)):
        return "brand"
    return None


def missing_parts(name: str) -> tuple[Missing, ...]:
    """The parts that a name lacks to be a full name (D-03), in the order in which they would stand; often empty."""
    missing = check_full_name(name)
    return () if missing is None else (missing,)


def _split(name: str) -> tuple[str | None, str]:
    """The form of a name, and what the name says besides it (without the branch)."""
    text = _UNSEEN.sub("", normalize("NFKC", name)).casefold()
    text = _CLOSING.sub(")", _OPENING.sub("(", text))
    found = _chinese("".join(text.split()))
    return found if found[0] else _latin(text)


def _chinese(text: str) -> tuple[str | None, str]:
    """Form and rest of a name whose form is written in Chinese characters, Japanese or Korean."""
    match = _CHINESE_BRANCH.fullmatch(text) or _CHINESE.fullmatch(text) or _EAST_ASIAN_LEADING.fullmatch(text)
    match = match or _CHINESE.fullmatch(_DROPPED.sub("", text))  # the form itself may stand in brackets
    return (match["form"], match["rest"]) if match else (None, text)


def _latin(text: str) -> tuple[str | None, str]:
    """Form and rest of a name in another script: its last words, or its first; a bracketed place is looked through."""
    for words in (_words(_TRAILING_BRACKETS.sub("", text)), _words(text)):
        for count in range(min(_MOST_WORDS, len(words)), 0, -1):
            if form := _latin_form(words[-count:]):
                return form, " ".join(words[:-count])
        if words and words[0] in _LATIN_LEADING:
            return _LATIN_LEADING[words[0]], " ".join(words[1:])
    return None, text


def _latin_form(words: list[str]) -> str | None:
    """The form that some words are, be it with its letters set apart: "s a" as well as "sa"."""
    apart = all(len(word) == 1 for word in words)
    return _LATIN_FORMS.get(" ".join(words)) or (_LATIN_LETTERS.get("".join(words)) if apart else None)


def _words(text: str) -> list[str]:
    """The words of a text, dots within and marks around them dropped: "s.p.a., " is "spa"."""
    return _MARKS.sub(" ", text.replace(".", "")).split()


def _any(words: Iterable[str]) -> str:
    """A pattern that takes the longest of some words."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _by_words(forms: Iterable[str], between: str = " ") -> dict[str, str]:
    """Forms as written, by their words; where two are alike, the one listed first."""
    return {between.join(_words(form.casefold())): form for form in reversed(tuple(forms))}


_FORMS: Final = rf"(?:{_any(_COMPANIES + _ENTERPRISES + _SHOPS + _INSTITUTIONS + _BRANCHES + _EAST_ASIAN)})"
_FORM: Final = rf"(?P<form>{_FORMS}(?:\((?:{_any(_KINDS_OF_PARTNERSHIP)})\))?)"
_AFTER: Final = r"(?:\([^()]*\))*"
_PARENTS: Final = _any((*_COMPANIES, "合伙企业", "合作社", "联社", "信用社", "银行", "事务所", "厂"))
_CHINESE: Final = re.compile(rf"(?P<rest>.*?){_FORM}{_AFTER}")
_CHINESE_BRANCH: Final = re.compile(
    rf"(?P<rest>.*?)(?P<form>{_PARENTS}){_AFTER}(?:(?!公司)[^()]){{0,20}}{_AFTER}(?:{_any(_BRANCHES)}){_AFTER}"
)
_EAST_ASIAN_LEADING: Final = re.compile(rf"(?P<form>{_any(_EAST_ASIAN)})(?P<rest>.*)")
_ONLY_REGIONS: Final = re.compile(rf"(?:(?:{_any(_REGIONS)})(?:{_any(_REGION_ENDINGS)}))*")
_LATIN_FORMS: Final = _by_words(_LATIN)
_LATIN_LETTERS: Final = _by_words(_LATIN, between="")
_LATIN_LEADING: Final = _by_words(_LEADING)
_MOST_WORDS: Final = 6
_TRAILING_BRACKETS: Final = re.compile(r"[\s.,;]*(?:\([^()]*\)[\s.,;]*)+$")
