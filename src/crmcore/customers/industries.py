"""The default list of industries: the twenty sections of GB/T 4754-2017, and "other" (which needs a note, D-02)."""

from typing import Final
from unicodedata import normalize

import attrs

#: The code that stands for any industry not listed.
OTHER: Final = "other"


@attrs.frozen
class Industry:
    """An industry: the code that is stored, its labels, and its section letter in GB/T 4754 ("" for other)."""

    code: str
    en: str
    zh: str
    section: str = ""


INDUSTRIES: Final = (
    Industry("agriculture", "Agriculture, forestry, animal husbandry and fishery", "农、林、牧、渔业", "A"),
    Industry("mining", "Mining", "采矿业", "B"),
    Industry("manufacturing", "Manufacturing", "制造业", "C"),
    Industry("utilities", "Electricity, heat, gas and water supply", "电力、热力、燃气及水生产和供应业", "D"),
    Industry("construction", "Construction", "建筑业", "E"),
    Industry("wholesale-retail", "Wholesale and retail trade", "批发和零售业", "F"),
    Industry("transport", "Transport, storage and postal services", "交通运输、仓储和邮政业", "G"),
    Industry("hospitality", "Accommodation and catering", "住宿和餐饮业", "H"),
    Industry("software-it", "Information transmission, software and IT", "信息传输、软件和信息技术服务业", "I"),
    Industry("finance", "Finance", "金融业", "J"),
    Industry("real-estate", "Real estate", "房地产业", "K"),
    Industry("business-services", "Leasing and business services", "租赁和商务服务业", "L"),
    Industry("science", "Scientific research and technical services", "科学研究和技术服务业", "M"),
    Industry("environment", "Water, environment and public facilities", "水利、环境和公共设施管理业", "N"),
    Industry("consumer-services", "Resident services, repair and other services", "居民服务、修理和其他服务业", "O"),
    Industry("education", "Education", "教育", "P"),
    Industry("health", "Health and social work", "卫生和社会工作", "Q"),
    Industry("culture-sports", "Culture, sports and entertainment", "文化、体育和娱乐业", "R"),
    Industry("public-administration", "Public administration and social organisations",
             "公共管理、社会保障和社会组织", "S"),
    Industry("international", "International organisations", "国际组织", "T"),
    Industry(OTHER, "Other", "其他"),
)  # fmt: skip

#: What people write instead of the label, by code.
_SHORT: Final = {
    "agriculture": ("农业", "林业", "牧业", "畜牧业", "渔业", "农林牧渔", "farming", "forestry", "fishery"),
    "mining": ("采矿", "矿业", "矿产"),
    "manufacturing": ("制造", "工业", "生产制造", "manufacture", "production"),
    "utilities": ("电力", "热力", "燃气", "水务", "公用事业", "电力热力燃气", "energy"),
    "construction": ("建筑", "建筑工程", "工程建筑", "building"),
    "wholesale-retail": ("批发", "零售", "批发业", "零售业", "批发零售", "批发零售业", "贸易", "商贸", "trade",
                         "retail", "wholesale", "commerce"),
    "transport": ("交通", "运输", "物流", "仓储", "邮政", "快递", "交通运输", "物流业", "logistics", "transportation"),
    "hospitality": ("住宿", "餐饮", "餐饮业", "酒店", "旅游住宿", "住宿餐饮", "hotels", "catering", "restaurants"),
    "software-it": ("it", "软件", "互联网", "信息技术", "软件业", "it业", "通信", "电信", "计算机", "software",
                    "internet", "information technology", "telecom"),
    "finance": ("金融", "银行", "保险", "证券", "banking", "insurance", "financial services"),
    "real-estate": ("房地产", "地产", "物业", "房产", "property"),
    "business-services": ("租赁", "商务服务", "咨询", "广告", "consulting", "advertising", "services"),
    "science": ("科研", "科学研究", "技术服务", "研发", "research"),
    "environment": ("水利", "环保", "环境", "公共设施"),
    "consumer-services": ("居民服务", "修理", "维修", "生活服务", "repair"),
    "education": ("教育业", "培训", "教育培训", "学校", "training"),
    "health": ("卫生", "医疗", "医药卫生", "医院", "健康", "社会工作", "healthcare", "medical"),
    "culture-sports": ("文化", "体育", "娱乐", "传媒", "文体娱乐", "文化传媒", "entertainment", "media", "sports"),
    "public-administration": ("政府", "公共管理", "社会组织", "社会保障", "政府机关", "government", "public sector"),
    "international": (),
    OTHER: ("其它", "其他行业", "others", "miscellaneous"),
}  # fmt: skip


def industry_code(text: str) -> str | None:
    """The code for a code, a section letter, a label in either language or a common short label; None if unknown.

    Case, width, spaces and punctuation do not count.
    """
    return _CODES.get(_key(text))


def _key(text: str) -> str:
    """The letters and digits of a label, in one case and width."""
    return "".join(filter(str.isalnum, normalize("NFKC", text).casefold()))


_CODES: Final = {
    _key(label): industry.code
    for industry in INDUSTRIES
    for label in (industry.code, industry.section, industry.en, industry.zh, *_SHORT[industry.code])
    if label
}
