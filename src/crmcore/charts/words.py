"""What pages say, in both languages."""

from collections.abc import Mapping
from typing import Final

from crmcore.kernel.refusals import Label

TITLE: Final = Label("Back-test of {policy}", "{policy} 回测")
WHEN: Final = Label(
    "As known at {cutoff}, against what came in the {days} days after it.",
    "以 {cutoff} 为截止时间，对照其后 {days} 天的结果。",
)
GIVEN: Final = Label("Judged by cases whose outcome is known.", "以结果已知的样本评判。")

VERDICTS: Final[Mapping[str, Label]] = {
    "ok": Label("The score tells who will have the outcome.", "该评分能够区分结果。"),
    "no-signal": Label("No signal: the score tells nothing of the outcome.", "无信号：该评分与结果无关。"),
    "too-few": Label("Too few cases for a verdict.", "样本过少，无法下结论。"),
    "not-matured": Label("Too early: the horizon is not over yet.", "为时尚早：观察期尚未结束。"),
}

CASES: Final = Label("cases", "样本数")
OUTCOMES: Final = Label("with the outcome", "出现结果")
BASE_RATE: Final = Label("base rate", "总体比例")
AUC: Final = Label("AUC", "AUC")
AUC_RANGE: Final = Label("{low} to {high}", "{low} 至 {high}")
ERROR: Final = Label("calibration error", "校准误差")
FLAGGED: Final = Label("flagged by alerts", "预警占比")
RIGHTLY: Final = Label("{precision} of them rightly", "其中 {precision} 属实")

GRADES: Final = Label("Outcome by grade", "各等级的结果比例")
ORDERED: Final = Label(
    "Grades stand from the worst to the best; the outcome goes with their order. The line is the base rate.",
    "等级由低到高排列，结果比例与等级顺序一致。横线为总体比例。",
)
UNORDERED: Final = Label(
    "Grades stand from the worst to the best; the outcome does not go with their order. The line is the base rate.",
    "等级由低到高排列，结果比例与等级顺序不一致。横线为总体比例。",
)
GRADE: Final = Label("grade", "等级")
NO_GRADE: Final = Label("no grade", "无等级")
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

LIFT: Final = Label("Lift", "提升度")
LIFT_NOTE: Final = Label(
    "How many times as common the outcome is among the best scores as among all. The line is all.",
    "得分最高的一部分中，结果比例是总体的多少倍。横线为总体。",
)
BEST: Final = Label("the best scores, share of all cases", "得分最高的部分（占全部样本）")
MULTIPLE: Final = Label("lift", "提升度（倍）")

SUSPECTS: Final = Label("Factors that may know the outcome", "疑似泄漏的因子")
SUSPECTS_NOTE: Final = Label(
    "Too good to be true, or resting on fields of which nobody knows when they were written.",
    "表现过好，或所依据的字段写入时间不明。",
)
FACTOR: Final = Label("factor", "因子")
REASON: Final = Label("reason", "原因")
REASONS: Final[Mapping[str, Label]] = {
    "auc": Label("tells the outcome by itself", "单独即可区分结果"),
    "undated": Label("rests on fields of unknown age", "所依据字段的时间不明"),
}
ALONE: Final = Label("AUC alone", "单独 AUC")

TRUNCATED: Final = Label("Factors that look back further than the records do", "回看期超出记录范围的因子")
TRUNCATED_NOTE: Final = Label("What they count began before there were records.", "其统计区间早于记录的起点。")
