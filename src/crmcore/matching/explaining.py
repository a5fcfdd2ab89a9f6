"""Comparisons and verdicts in words, in both languages. Programs decide by the codes."""

from typing import Final

from crmcore.kernel.refusals import Label
from crmcore.matching.comparing import Comparison
from crmcore.matching.verdicts import Verdict
from crmcore.wording import Language

COMPONENTS: Final = {
    "name": Label("name", "名称"),
    "brand": Label("brand", "字号"),
    "trade": Label("trade", "行业"),
    "region": Label("region", "行政区划"),
    "form": Label("organisation form", "组织形式"),
    "branch": Label("branch", "分支机构"),
}
RELATIONS: Final = {
    "equal": Label("equal", "相同"),
    "homophone": Label("read alike", "读音相同"),
    "swapped": Label("two neighbours swapped", "相邻两字互换"),
    "one-edit": Label("one character apart", "相差一字"),
    "alike": Label("alike", "相近"),
    "contained": Label("one contains the other", "一方包含另一方"),
    "overlapping": Label("partly the same", "部分相同"),
    "inside": Label("one lies in the other", "一方在另一方辖区内"),
    "same-province": Label("elsewhere in one province", "同省异地"),
    "conflict": Label("elsewhere", "异地"),
    "missing": Label("missing in one or both", "一方或双方缺失"),
    "different": Label("different", "不同"),
}
OUTCOMES: Final = {
    "same": Label("the same", "相同"),
    "similar": Label("similar", "相似"),
    "related": Label("related", "相关"),
    "different": Label("different", "不同"),
}
REASONS: Final = {
    "same-name": Label("the same full name", "名称相同"),
    "same-credit-code": Label("the same unified social credit code", "统一社会信用代码相同"),
    "same-tax-id": Label("the same tax id", "税号相同"),
    "same-phone": Label("the same phone number", "电话号码相同"),
    "switchboard": Label("a phone number that many records have", "多个客户共用的电话号码"),
    "same-email": Label("the same e-mail address", "电子邮箱相同"),
    "same-domain": Label("the same web domain", "网站域名相同"),
    "branch": Label("a branch of the same company, or its company", "同一公司的分支机构或总公司"),
    "no-brand": Label("no brand to tell the names apart by", "名称中没有可区分的字号"),
    "name-score": Label("names alike", "名称相近"),
}


def comparison_texts(comparison: Comparison, lang: Language = "en") -> tuple[str, ...]:
    """A comparison in words, a line for each part: "brand: read alike (+47.3)"."""
    colon = "：" if lang == "zh" else ": "
    return tuple(
        f"{COMPONENTS[part.component].text(lang)}{colon}{RELATIONS[part.verdict].text(lang)} ({part.points:+.1f})"
        for part in comparison.parts
    )


def verdict_text(verdict: Verdict, lang: Language = "en") -> str:
    """A verdict in words, with its reasons: "similar: the same phone number, names alike"."""
    outcome = OUTCOMES[verdict.outcome].text(lang)
    reasons = [REASONS[reason].text(lang) for reason in verdict.reasons]
    if not reasons:
        return outcome
    return outcome + "：" + "、".join(reasons) if lang == "zh" else f"{outcome}: {', '.join(reasons)}"
