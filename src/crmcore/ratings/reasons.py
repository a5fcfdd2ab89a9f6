"""Why a command about a rating may not pass: rule, code, and the text in both languages."""

from crmcore.kernel.refusals import Reason

OUT_OF_ORDER = Reason(
    "D-13",
    "out-of-order",
    "the command's time lies before what happened last to this rating",
    "命令时间早于该评级的最后一条记录",
)
ALREADY_SCORED = Reason(
    "G-05",
    "already-scored",
    "a score of this moment is on record; it is never replaced",
    "该时点的评分已记录，不可替换",
)
LATER_ON_RECORD = Reason(
    "G-05",
    "later-on-record",
    "a score of a later moment is on record",
    "已有更晚时点的评分记录",
)
NOT_YET = Reason("G-05", "not-yet", "the score is of a moment that has not come", "评分时点尚未到来")
NOT_ITS_SCORE = Reason(
    "G-05",
    "not-its-score",
    "this is not what the policy {policy} gives for these values",
    "按策略 {policy}，这些取值得不到此评分",
)
NOTHING_SCORED = Reason("G-05", "nothing-scored", "no score of this policy is on record", "尚无该策略的评分")
NOT_OVERRIDDEN = Reason("G-05", "not-overridden", "no override is in force", "当前没有生效的人工改级")
OVERRIDE_REASON = Reason("G-05", "reason-required", "say why the grade is overruled", "请说明改级原因")
WITHDRAWAL_REASON = Reason("G-05", "reason-required", "say why the override is withdrawn", "请说明撤销原因")
ENDS_TOO_EARLY = Reason("G-05", "ends-too-early", "it would end before it begins", "结束时间须晚于生效时间")
UNKNOWN_GRADE = Reason(
    "G-06", "unknown-grade", "the policy {policy} has these grades: {grades}", "策略 {policy} 的等级为：{grades}"
)
UNKNOWN_POLICY = Reason(
    "G-06",
    "unknown-policy",
    "the policy {policy} is not on record: hand it over with the score",
    "策略 {policy} 尚未记录：请随评分一并提供",
)
NOT_IN_EFFECT = Reason(
    "G-06",
    "not-in-effect",
    "the policy {policy} was not in effect at the moment of the score",
    "策略 {policy} 在评分时点尚未生效",
)
OTHER_POLICY = Reason(
    "G-06", "other-policy", "the policy handed over is not the one that gave the score", "所附策略不是给出该评分的策略"
)
VALUES_ERASED = Reason(
    "A-03",
    "values-erased",
    "values that the score was made of have been erased; the figures are left, and cannot be explained",
    "该评分所依据的取值已被抹除；仅存分数与等级，无法解释",
)
OTHER_SUBJECT = Reason(
    "G-06",
    "other-subject",
    "the policy scores {subject}, not customers or leads",
    "该策略的评分对象是 {subject}，不是客户或线索",
)
EDITION_TAKEN = Reason(
    "G-06",
    "version-taken",
    "{policy} is on record with other content: a changed policy needs a new version",
    "{policy} 已有内容不同的记录：修改后的策略须使用新版本号",
)
