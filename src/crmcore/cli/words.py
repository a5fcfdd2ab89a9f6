"""Words that several commands print, in both languages."""

from collections.abc import Mapping

from crmcore.kernel.refusals import Label

AT = Label("at", "时间")
BY = Label("by", "操作人")
CODE = Label("code", "代码")
CUSTOMER = Label("customer", "客户")
DEADLINE = Label("deadline", "保护期限")
DUE = Label("due", "时限")
EARLIEST = Label("earliest", "最早可通过")
EVENT = Label("event", "事件")
FIELD = Label("field", "字段")
MERGED_INTO = Label("merged into", "并入")
NAME = Label("name", "名称")
NUMBER = Label("number", "客户编号")
OWNER = Label("owner", "跟进人")
REASON = Label("reason", "原因")
RULE = Label("rule", "规则")
SINCE = Label("since", "自")
STAGE = Label("stage", "阶段")
TOTAL = Label("total", "合计")
WHAT = Label("what", "事项")

#: What a customer, its contacts and what rules remember of it consist of, by the name in JSON.
FIELDS: Mapping[str, Label] = {
    "kind": Label("kind", "客户类型"),
    "region": Label("region", "地区"),
    "country": Label("country", "国家"),
    "industry": Label("industry", "行业"),
    "industry_note": Label("industry note", "行业说明"),
    "address": Label("address", "地址"),
    "phone": Label("phone", "电话"),
    "fax": Label("fax", "传真"),
    "email": Label("e-mail", "邮箱"),
    "website": Label("website", "网址"),
    "size": Label("size", "规模"),
    "introduction": Label("introduction", "简介"),
    "source": Label("source", "来源"),
    "postcode": Label("postcode", "邮编"),
    "credit_code": Label("credit code", "统一社会信用代码"),
    "tax_id": Label("tax id", "税号"),
    "fields": Label("custom fields", "自定义字段"),
    "position": Label("position", "职务"),
    "mobile": Label("mobile", "手机"),
    "decision_role": Label("part in decisions", "决策角色"),
    "main": Label("main contact", "主要联系人"),
    "preferred_channel": Label("prefers", "偏好方式"),
    "payment_terms": Label("payment terms", "付款条件"),
    "other_phones": Label("further phones", "其他电话"),
    "inactive": Label("has left", "已离职"),
    "erased": Label("erased", "已抹除"),
    "by": Label("by", "由"),
    "at": Label("at", "于"),
    "due": DUE,
    "who": Label("who", "人员"),
    "team": Label("as a team", "整个团队"),
    "until": Label("until", "至"),
    "holds_until": Label("held until", "保留至"),
    "public_at": Label("public from", "公开时间"),
    "accepted_at": Label("accepted at", "接收时间"),
    "follow_up": Label("follow-up", "跟进序号"),
}

#: Why a customer is in the pool.
POOL_REASONS: Mapping[str, Label] = {
    "registered": Label("registered there", "登记入池"),
    "expired": Label("deadline passed", "保护到期"),
    "undecided": Label("request left undecided", "申请未审结"),
    "review-refused": Label("refused in review", "审核驳回"),
    "abandoned": Label("given up", "主动放弃"),
    "released": Label("released", "经理释放"),
}

#: What has happened, by the type of the event.
EVENTS: Mapping[str, Label] = {
    "registered": Label("registered", "登记"),
    "profile-changed": Label("profile changed", "资料修改"),
    "contact-added": Label("contact added", "添加联系人"),
    "contact-changed": Label("contact changed", "修改联系人"),
    "follow-up-recorded": Label("follow-up", "跟进"),
    "protected": Label("protected", "保护"),
    "protection-approved": Label("protection approved", "保护审核通过"),
    "protection-refused": Label("protection refused", "保护被驳回"),
    "protection-resubmitted": Label("protection resubmitted", "保护重新提交"),
    "intent-applied": Label("applied for intent", "申请转意向"),
    "intent-approved": Label("intent approved", "转意向获批"),
    "intent-refused": Label("intent refused", "转意向被驳回"),
    "extension-requested": Label("extension requested", "申请延期"),
    "extension-approved": Label("extension approved", "延期获批"),
    "extension-refused": Label("extension refused", "延期被驳回"),
    "deadline-moved": Label("deadline moved", "期限顺延"),
    "expired": Label("fell into the pool", "落入公海"),
    "abandoned": Label("given up", "放弃"),
    "released": Label("released", "释放"),
    "signed": Label("contract signed", "签订合同"),
    "handed-over": Label("handed over", "移交售后"),
    "hand-over-accepted": Label("handover accepted", "确认接收移交"),
    "transferred": Label("transferred", "转移"),
    "locked": Label("locked", "锁定"),
    "unlocked": Label("unlocked", "解锁"),
    "scored": Label("scored", "评分"),
    "grade-overridden": Label("grade overruled", "人工改级"),
    "override-withdrawn": Label("override withdrawn", "撤销人工改级"),
    "merged-into": Label("merged into another", "并入其他客户"),
    "absorbed": Label("record merged into it", "并入记录"),
    "merge-undone": Label("merge undone", "撤销合并"),
    "given-back": Label("record taken out again", "拆出记录"),
    "rating-values-erased": Label("values of a rating erased", "抹除评分所载个人信息"),
    "conflict-notes-erased": Label("notes of a conflict erased", "抹除撞单说明所载个人信息"),
    "conflict-opened": Label("conflict opened", "提交撞单"),
    "conflict-decided": Label("conflict decided", "撞单裁决"),
    "conflict-closed": Label("conflict closed by a merge", "撞单因合并结案"),
    "conflict-reopened": Label("conflict open again", "撞单恢复待裁决"),
    "needs-recorded": Label("needs recorded", "记录需求"),
    "attachment-added": Label("attachment added", "添加附件"),
    "attachment-retired": Label("attachment retired", "停用附件"),
    "consent-recorded": Label("consent recorded", "登记使用依据"),
    "consent-withdrawn": Label("consent withdrawn", "撤回使用依据"),
    "hold-placed": Label("legal hold", "法务保全"),
    "hold-lifted": Label("legal hold lifted", "解除法务保全"),
    "erased": Label("person erased", "抹除个人信息"),
}


def named(labels: Mapping[str, Label], code: str) -> Label:
    """The label of a code; the code itself where there is none, for plugins bring their own."""
    return labels.get(code) or Label(code, code)
