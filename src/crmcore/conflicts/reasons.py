"""Why a command about a conflict may not pass."""

from crmcore.kernel.refusals import Reason

CONFLICT_UNKNOWN = Reason("M-03", "conflict-unknown", "no conflict is on record under this id", "没有此编号的撞单记录")
CONFLICT_ID_TAKEN = Reason(
    "M-03", "conflict-id-taken", "a conflict is already on record under this id", "此编号已有撞单记录"
)
CONFLICT_DECIDED = Reason("M-03", "conflict-decided", "the conflict has been decided", "该撞单已裁决")
CONFLICT_CLOSED = Reason(
    "M-03",
    "conflict-closed",
    "the two records are one customer by a merge: {survivor}",
    "两条记录已合并为客户 {survivor}，无须裁决",
)
CONFLICT_OPEN = Reason(
    "M-03",
    "conflict-open",
    "a conflict of these two records is already open: {conflict}",
    "这两条记录的撞单 {conflict} 尚待裁决",
)
CONFLICT_RECORD = Reason(
    "M-03", "conflict-record", "no customer is on record under the id {customer}", "没有编号为 {customer} 的客户"
)
CONFLICT_SAME_RECORD = Reason(
    "M-03", "conflict-same-record", "a conflict is of two records", "撞单须涉及两条不同的记录"
)
CONFLICT_NOT_PARTY = Reason(
    "M-03",
    "conflict-not-party",
    "a decision is for one of the two records: {customer} or {other}",
    "只能判给两条记录之一：{customer} 或 {other}",
)
CONFLICT_NOTE = Reason("M-03", "conflict-note", "a decision needs a note", "裁决须填写说明")
CONFLICT_EARLIER = Reason(
    "D-13",
    "out-of-order",
    "the command's time lies before the conflict's last event",
    "命令时间早于该撞单的最后一条记录",
)
CONFLICT_BEFORE_PARTY = Reason(
    "D-13",
    "out-of-order",
    "the command's time lies before the last event of {customer}",
    "命令时间早于客户 {customer} 的最后一条记录",
)
