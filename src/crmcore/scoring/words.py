"""What explanations and findings say, in both languages. Programs decide by codes; texts are for people."""

from collections.abc import Mapping
from typing import Final

from crmcore.kernel.refusals import Label
from crmcore.wording import Language

#: What a verdict says of itself, by the code in ``Verdict.by``; rules are told by their place.
DECIDED: Final[Mapping[str, Label]] = {
    "sum": Label("the sum of the points decides", "由总分决定"),
    "matrix": Label("the two dimensions decide together", "由两个维度共同决定"),
    "rule": Label("rule {place} decides", "由规则 {place} 决定"),
    "weakest": Label("no rule fits: the weakest dimension decides", "没有规则适用：由最弱维度决定"),
    "amount-led": Label(
        "no rule fits: the leading dimension decides, the others may lower it",
        "没有规则适用：由主导维度决定，其他维度可下调",
    ),
    "no-rule-fits": Label("no rule fits, and the policy leaves it at that", "没有规则适用，策略不予评级"),
    "rules-disagree": Label("rules of different grades fit", "适用的规则给出不同等级"),
    "empty-cell": Label("the matrix has no grade here", "矩阵此格没有等级"),
    "lead-unknown": Label("the leading dimension has no grade of its own here", "主导维度在此没有等级"),
}

CAP: Final = Label("cap of the group {group}", "分组 {group} 封顶")
HELD: Final = Label("held down by {names}", "受限于 {names}")
NO_GRADE: Final = Label("no grade", "无等级")
LACKING: Final[Mapping[str, Label]] = {
    "missing": Label("missing", "缺失"),
    "not-applicable": Label("not applicable", "不适用"),
}
YES_NO: Final[Mapping[bool, Label]] = {True: Label("yes", "是"), False: Label("no", "否")}


def decided(by: str, lang: Language = "en") -> str:
    """What decided, in words."""
    if by.startswith("rule-"):
        return DECIDED["rule"].text(lang).format(place=by.removeprefix("rule-"))
    return DECIDED[by].text(lang)


def listed(names: list[str], lang: Language = "en") -> str:
    """Names one after the other."""
    return ("、" if lang == "zh" else ", ").join(names)
