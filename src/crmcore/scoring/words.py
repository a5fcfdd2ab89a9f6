"""What explanations, findings and back-tests say, in both languages. Programs decide by codes; texts are for people."""

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


#: What a back-test or a fit comes to, by its status.
VERDICTS: Final[Mapping[str, Label]] = {
    "ok": Label("the score tells who will have the outcome", "该评分能够区分结果"),
    "no-signal": Label("no signal: the score tells nothing of the outcome", "无信号：该评分无法区分结果"),
    "reversed": Label("the wrong way round: the score tells the opposite of the outcome", "方向相反：该评分与结果反向"),
    "too-few": Label("too few cases to judge by", "样本过少，无法评判"),
    "not-matured": Label("not judged: the records end before the horizon does", "未评判：记录在观察期结束之前就已终止"),
    "fitted": Label("fitted", "拟合完成"),
}

# What a back-test is told with, wherever it is told.
GRADE: Final = Label("grade", "等级")
CASES: Final = Label("cases", "样本")
OUTCOMES: Final = Label("with the outcome", "出现结果")
ERROR: Final = Label("calibration error", "校准误差")
LIFT: Final = Label("lift", "提升度")
FACTOR: Final = Label("factor", "因素")
TRUNCATED: Final = Label("factors that look back further than the records", "回溯期超出记录范围的因素")
#: Why a factor may know the outcome.
REASONS: Final[Mapping[str, Label]] = {
    "auc": Label("tells the outcome by itself", "单独即可区分结果"),
    "undated": Label("rests on fields of unknown age", "所依据字段的写入时间不明"),
}
_ORDERED: Final[Mapping[tuple[bool, bool], Label]] = {
    (True, False): Label("the better the grade, the more of the outcome", "等级越高，结果越多"),
    (False, False): Label("a better grade does not mean more of the outcome", "等级越高，结果并不越多"),
    (True, True): Label("the worse the grade, the more of the outcome", "等级越低，结果越多"),
    (False, True): Label("a worse grade does not mean more of the outcome", "等级越低，结果并不越多"),
}


def order(*, ordered: bool, adverse: bool) -> Label:
    """Whether the outcome goes with the grades: a good one with better grades, an adverse one with worse ones."""
    return _ORDERED[ordered, adverse]


def decided(by: str, lang: Language = "en") -> str:
    """What decided, in words."""
    if by.startswith("rule-"):
        return DECIDED["rule"].text(lang).format(place=by.removeprefix("rule-"))
    return DECIDED[by].text(lang)


def listed(names: list[str], lang: Language = "en") -> str:
    """Names one after the other."""
    return ("、" if lang == "zh" else ", ").join(names)
