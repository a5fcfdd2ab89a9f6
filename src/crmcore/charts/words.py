"""What pages say besides the words that all reports share (``scoring.words``), in both languages."""

from collections.abc import Mapping
from typing import Final

from crmcore.kernel.refusals import Label
from crmcore.wording import Language

TITLE: Final = Label("Back-test of {policy}", "{policy} 回测")
WHEN: Final = Label(
    "As known at {cutoff}, against what came in the {days} days after it.",
    "以 {cutoff} 为截止时间，对照其后 {days} 天的结果。",
)
GIVEN: Final = Label("Judged by cases whose outcome is known.", "以结果已知的样本评判。")

BASE_RATE: Final = Label("base rate", "总体比例")
AUC: Final = Label("AUC", "AUC")
AUC_RANGE: Final = Label("{low} to {high}", "{low} 至 {high}")
FLAGGED: Final = Label("flagged by alerts", "预警占比")
RIGHTLY: Final = Label("{precision} of them rightly", "其中 {precision} 属实")

GRADES: Final = Label("Outcome by grade", "各等级的结果比例")
GRADES_NOTE: Final = Label(
    "Grades stand from the worst to the best: {order}. The line is the base rate.",
    "等级由低到高排列：{order}。横线为总体比例。",
)
RATE: Final = Label("share with the outcome", "出现结果的比例")
TIMES: Final = Label("times the base rate", "相对总体倍数")

CALIBRATION: Final = Label("Calibration", "校准")
CALIBRATED_BY: Final[Mapping[str, Label]] = {
    "policy": Label(
        "The probabilities that the policy states, against what came. On the line, both are the same.",
        "策略给出的概率与实际结果对照。落在直线上表示二者一致。",
    ),
    "curve": Label(
        "A curve through the points, fitted on other cases, against what came. On the line, both are the same.",
        "以其他样本拟合的得分曲线所得概率与实际结果对照。落在直线上表示二者一致。",
    ),
}
PREDICTED: Final = Label("predicted probability", "预测概率")
OBSERVED: Final = Label("observed share", "实际比例")

# What is told of the best scores, and for an adverse outcome of the lowest.
LIFT_NOTE: Final[Mapping[bool, Label]] = {
    False: Label(
        "How many times as common the outcome is among the best scores as among all. The line is all.",
        "得分最高的一部分中，结果比例是总体的多少倍。横线为总体。",
    ),
    True: Label(
        "How many times as common the outcome is among the lowest scores as among all. The line is all.",
        "得分最低的一部分中，结果比例是总体的多少倍。横线为总体。",
    ),
}
BEST: Final[Mapping[bool, Label]] = {
    False: Label("the best scores, share of all cases", "得分最高的部分（占全部样本）"),
    True: Label("the lowest scores, share of all cases", "得分最低的部分（占全部样本）"),
}

SUSPECTS: Final = Label("Factors that may know the outcome", "疑似泄漏的因素")
SUSPECTS_NOTE: Final = Label(
    "Too good to be true, or resting on fields of which nobody knows when they were written.",
    "表现过好，或所依据的字段写入时间不明。",
)
REASON: Final = Label("reason", "原因")
ALONE: Final = Label("AUC alone", "单独 AUC")

TRUNCATED_NOTE: Final = Label("What they count began before there were records.", "其统计区间早于记录的起点。")


def sentence(label: Label, lang: Language) -> str:
    """A label as a sentence of its own."""
    text = label.text(lang)
    return f"{text}。" if lang == "zh" else f"{text[0].upper()}{text[1:]}."


def title(label: Label, lang: Language) -> str:
    """A label as a heading."""
    text = label.text(lang)
    return text[0].upper() + text[1:]
