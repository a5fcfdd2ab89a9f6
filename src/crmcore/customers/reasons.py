"""The catalogue of refusals: one entry a reason, with its rule, its code, and its text in both languages.

Parameters in the texts are ids, stages, dates and numbers; never what somebody typed about a person.
"""

from crmcore.kernel.refusals import Reason

NOT_PERMITTED = Reason("A-01", "not-permitted", "only {may} may do this", "只有{may}可以执行此操作")
FOLLOW_UP_NOT_PERMITTED = Reason(
    "F-04",
    "not-permitted",
    "only {may} may record a follow-up at this stage",
    "此阶段只有{may}可以记录跟进",
)
OUT_OF_ORDER = Reason(
    "D-13",
    "out-of-order",
    "the command's time lies before the customer's last event",
    "命令时间早于该客户的最后一条记录",
)

NOT_ON_RECORD = Reason("D-01", "not-on-record", "no customer is on record under this id", "没有此编号的客户")
ID_TAKEN = Reason("D-01", "id-taken", "a customer is already on record under this id", "此编号已有客户")
REQUIRED = Reason("D-02", "required", "required on entry: {fields}", "登记时必填：{fields}")
UNKNOWN_INDUSTRY = Reason(
    "D-02",
    "unknown-industry",
    "the industry is not on the list; give a code or a label out of it, or other with a note",
    "行业不在列表中；请填写列表中的代码或名称，或填写「其他」并加说明",
)
INDUSTRY_NOTE = Reason("D-02", "note-required", "industry other needs a note", "行业为「其他」时须填写说明")
NOT_A_FULL_NAME = Reason(
    "D-03",
    "not-a-full-name",
    "not a full enterprise name: the {part} is missing (region + brand + trade + organisation form)",
    "不是企业全称：缺少{part}（行政区划+字号+行业+组织形式）",
)
ONE_OF_REQUIRED = Reason("D-04", "one-of-required", "at least one is required: {fields}", "至少填写一项：{fields}")
FORMAT = Reason("D-05", "format", "{field}: expected {expected}", "{field}：应为{expected}")
CONTACT_NAME = Reason("D-06", "name-required", "a contact needs a name", "联系人须有姓名")
ONE_MAIN_CONTACT = Reason("D-06", "one-main-contact", "only one contact can be the main one", "只能有一位主要联系人")
NO_CONTACTS = Reason("D-06", "no-contacts", "no contact is on record", "尚无联系人")
UNKNOWN_CONTACT = Reason("D-06", "unknown-contact", "no contact has the number {number}", "没有编号为{number}的联系人")
CUSTOM_FIELD = Reason(
    "D-09", "custom-field", "custom field {field}: expected {expected}", "自定义字段 {field}:应为 {expected}"
)
NOTHING_TO_CHANGE = Reason("D-13", "nothing-to-change", "nothing would change", "没有任何变化")

PROTECTED_ALREADY = Reason(
    "P-02",
    "already-protected",
    "customer {customer} is already {stage}, with {owner}",
    "客户 {customer} 已是{stage}，归 {owner} 所有",
)
ON_RECORD = Reason("P-02", "on-record", "the customer is on record already", "该客户已登记")
SAME_NAME = Reason(
    "P-02",
    "same-name",
    "customer {customer} has the same name; it is {stage}, with {owner}",
    "同名客户 {customer} 已存在，为{stage}，归 {owner} 所有",
)
SAME_NAME_IN_POOL = Reason(
    "P-02",
    "same-name-in-pool",
    "customer {customer} has the same name and is in the pool: protect it instead",
    "同名客户 {customer} 在公海中：请直接申请保护",
)

SAME_CREDIT_CODE = Reason(
    "P-02",
    "same-credit-code",
    "customer {customer} has the same credit code; it is {stage}, with {owner}",
    "客户 {customer} 的统一社会信用代码相同，为{stage}，归 {owner} 所有",
)
SAME_CREDIT_CODE_IN_POOL = Reason(
    "P-02",
    "same-credit-code-in-pool",
    "customer {customer} has the same credit code and is in the pool: protect it instead",
    "统一社会信用代码相同的客户 {customer} 在公海中：请直接申请保护",
)
SAME_TAX_ID = Reason(
    "P-02",
    "same-tax-id",
    "customer {customer} has the same tax id; it is {stage}, with {owner}",
    "客户 {customer} 的税号相同，为{stage}，归 {owner} 所有",
)
SAME_TAX_ID_IN_POOL = Reason(
    "P-02",
    "same-tax-id-in-pool",
    "customer {customer} has the same tax id and is in the pool: protect it instead",
    "税号相同的客户 {customer} 在公海中：请直接申请保护",
)
SAME_CUSTOMER = Reason(
    "P-02",
    "same-customer",
    "customer {customer} is the same by all parts of its name; it is {stage}, with {owner}",
    "客户 {customer} 名称各部分均相同，应为同一客户，为{stage}，归 {owner} 所有",
)
SAME_CUSTOMER_IN_POOL = Reason(
    "P-02",
    "same-customer-in-pool",
    "customer {customer} is the same by all parts of its name and is in the pool: protect it instead",
    "客户 {customer} 名称各部分均相同，应为同一客户，在公海中：请直接申请保护",
)
SIMILAR = Reason(
    "M-03",
    "similar",
    "customer {customer} is similar (score {score}); it is {stage}, with {owner}",
    "客户 {customer} 与之相似（{score} 分），为{stage}，归 {owner} 所有",
)
SIMILAR_NEEDS_REASON = Reason(
    "M-03",
    "reason-required",
    "customer {customer} is similar (score {score}); give a reason why this is another customer",
    "客户 {customer} 与之相似（{score} 分）；请填写并非同一客户的理由",
)
SIMILAR_ON_RECORD = Reason(
    "M-03",
    "similar-on-record",
    "a similar customer is on record (score {score})",
    "已登记有相似客户（{score} 分）",
)
SIMILAR_ON_RECORD_NEEDS_REASON = Reason(
    "M-03",
    "on-record-reason-required",
    "a similar customer is on record (score {score}); give a reason why this is another customer",
    "已登记有相似客户（{score} 分）；请填写并非同一客户的理由",
)
PHONE_ON_RECORD = Reason(
    "L-02",
    "phone-on-record",
    "a customer with the same phone is on record already",
    "已登记有电话相同的客户",
)
OPEN_EXISTING = Reason(
    "L-02",
    "open-existing",
    "customer {customer} has the same phone: edit that record instead",
    "客户 {customer} 的电话相同：请修改已有记录",
)

REASON_REQUIRED_INTENT = Reason(
    "P-05", "reason-required", "an intent application needs a reason", "转意向申请须填写理由"
)
NOT_POTENTIAL = Reason(
    "P-05", "not-potential", "only a potential customer can become intent", "只有潜在客户可转为意向客户"
)
NO_INTENT_APPLICATION = Reason("P-05", "nothing-pending", "no intent application is pending", "没有待审核的转意向申请")
OWN_INTENT_APPLICATION = Reason(
    "P-05", "own-request", "who made an application does not decide it", "申请人不得审核自己的申请"
)

NOT_EXTENDABLE = Reason(
    "P-06",
    "not-protected",
    "only a potential or intent customer has a deadline to extend",
    "只有潜在或意向客户可申请延期",
)
REASON_REQUIRED_EXTENSION = Reason(
    "P-06", "reason-required", "an extension request needs a reason", "延期申请须填写理由"
)
ONE_PENDING = Reason("P-06", "request-pending", "a request is already pending", "已有待审核的申请")
PAST_DEADLINE = Reason("P-06", "past-deadline", "the deadline has passed", "已过保护期限")
NO_MORE_EXTENSIONS = Reason(
    "P-06", "no-more-extensions", "at most {most} extensions are granted in a stage", "每个阶段最多批准 {most} 次延期"
)
NO_EXTENSION_REQUEST = Reason("P-06", "nothing-pending", "no extension request is pending", "没有待审核的延期申请")
OWN_EXTENSION_REQUEST = Reason(
    "P-06", "own-request", "who made a request does not decide it", "申请人不得审核自己的申请"
)

NOT_ABANDONABLE = Reason(
    "P-08", "not-protected", "only a potential or intent customer can be abandoned", "只有潜在或意向客户可放弃"
)
REASON_REQUIRED_ABANDON = Reason("P-08", "reason-required", "giving a customer up needs a reason", "放弃客户须填写理由")
COOLING_DOWN = Reason(
    "P-08", "cooling-down", "who gave the customer up must wait before protecting it again", "放弃后须等待才能再次保护"
)

NO_CONTACT = Reason("P-09", "no-contact", "protecting needs a contact on record", "申请保护须先登记联系人")
NOT_CONTACTED = Reason(
    "P-09",
    "no-follow-up",
    "protecting needs a follow-up by the claimer since the customer came into the pool",
    "申请保护须先有本人在客户进入公海后的跟进记录",
)

UNDER_REVIEW = Reason("P-10", "under-review", "the protection is not in force until it is approved", "保护尚未审核通过")
NOTHING_TO_REVIEW = Reason("P-10", "nothing-to-review", "no protection is waiting for review", "没有待审核的保护")
NOTE_REQUIRED = Reason("P-10", "note-required", "refusing a protection needs a note", "驳回保护须填写说明")
OWN_PROTECTION = Reason(
    "P-10", "own-request", "who asked for a protection does not decide it", "申请人不得审核自己的保护"
)
NOT_REFUSED = Reason(
    "P-10", "not-refused", "only a protection refused in review can be resubmitted", "只有被驳回的保护可重新提交"
)

NOT_SIGNABLE = Reason(
    "P-11",
    "not-intent",
    "a contract can be signed only for an intent or formal customer",
    "只有意向或正式客户可签订合同",
)
CONTRACT_NUMBER = Reason("P-11", "number-required", "a contract needs its number", "合同须有编号")

NOT_FORMAL = Reason("P-12", "not-formal", "only a formal customer is handed over", "只有正式客户可移交售后")
HANDED_TO_SELF = Reason("P-12", "same-owner", "the customer is already with that person", "客户已由此人负责")
NOTHING_TO_ACCEPT = Reason("P-12", "nothing-to-accept", "no handover is waiting to be accepted", "没有待接收的移交")

NOT_RELEASABLE = Reason("P-13", "not-formal", "only a formal customer is released", "只有正式客户可释放")
REASON_REQUIRED_RELEASE = Reason("P-13", "reason-required", "releasing a customer needs a reason", "释放客户须填写理由")
ONLY_RELEASE = Reason("P-13", "formal", "a formal customer leaves only by a release", "正式客户只能通过释放离开")

NOT_TRANSFERABLE = Reason(
    "P-14", "not-protected", "only a protected customer can be transferred", "只有受保护的客户可转移"
)
SAME_OWNER = Reason("P-14", "same-owner", "the customer already belongs to that person", "客户已归此人所有")

NOTHING_OPEN = Reason("P-15", "nothing-open", "nothing is left to do about this customer", "该客户没有待办")
NOTHING_OPEN_OF = Reason(
    "P-15", "nothing-open-of", "that person has nothing to do about this customer", "此人对该客户没有待办"
)
SAME_PERSON = Reason("P-15", "same-person", "the open actions already belong to that person", "待办已归此人")

LIMIT_STAGE = Reason(
    "P-16",
    "limit-stage",
    "{owner} already holds {held} of {most} {stage} customers",
    "{owner} 的{stage}客户已达上限（{held}/{most}）",
)
LIMIT_TOTAL = Reason(
    "P-16",
    "limit-total",
    "{owner} already holds {held} of {most} protected customers",
    "{owner} 的受保护客户已达上限（{held}/{most}）",
)
CLAIMS_PER_DAY = Reason("P-16", "claims-per-day", "{most} claims a day are allowed", "每天最多申请 {most} 次保护")
CLAIM_INTERVAL = Reason(
    "P-16", "claim-interval", "{minutes} minutes must lie between two claims", "两次申请须间隔 {minutes} 分钟"
)

NOT_LOCKABLE = Reason("P-17", "not-protected", "only a protected customer can be locked", "只有受保护的客户可锁定")
LOCKED_ALREADY = Reason("P-17", "already-locked", "the customer is already locked", "客户已锁定")
NOT_LOCKED = Reason("P-17", "not-locked", "the customer is not locked", "客户未锁定")
LIMIT_LOCKS = Reason(
    "P-17", "limit-locks", "at most {most} customers an owner may be locked", "每人最多锁定 {most} 个客户"
)

NOT_REBASABLE = Reason(
    "P-22", "not-protected", "only a protected customer has a deadline", "只有受保护的客户才有保护期限"
)
SAME_DEADLINE = Reason("P-22", "same-deadline", "the deadline would stay as it is", "期限不会变化")

UNKNOWN_POOL = Reason("P-24", "unknown-pool", "no such pool; known: {known}", "没有此公海；可用：{known}")

MERGED = Reason("M-06", "merged", "customer {customer} was merged into {survivor}", "客户 {customer} 已并入 {survivor}")
REASON_REQUIRED_MERGE = Reason("M-06", "reason-required", "a merge needs a reason", "合并须填写理由")
REASON_REQUIRED_UNDO = Reason("M-06", "undo-reason-required", "undoing a merge needs a reason", "撤销合并须填写理由")
INTO_ITSELF = Reason("M-06", "into-itself", "a customer is not merged into itself", "客户不能与自身合并")
UNKNOWN_SURVIVOR = Reason(
    "M-06", "unknown-survivor", "no customer {into} is on record to merge into", "要并入的客户 {into} 不存在"
)
SURVIVOR_MERGED = Reason(
    "M-06",
    "survivor-merged",
    "customer {into} was itself merged into {survivor}",
    "客户 {into} 自身已并入 {survivor}",
)
OTHER_KIND = Reason(
    "M-06",
    "other-kind",
    "an enterprise and an individual are not the same customer",
    "企业客户与个人客户不能合并",
)
OTHER_SURVIVES = Reason(
    "M-06",
    "other-survives",
    "by the policy {customer} survives: merge {into} into it",
    "按策略应保留 {customer}：请将 {into} 并入该客户",
)
TWO_PROTECTORS = Reason(
    "M-06",
    "two-protectors",
    "{customer} is protected by {owner}, {into} by {other}: a supervisor decides which survives",
    "{customer} 归 {owner}，{into} 归 {other}：须由主管决定保留哪一个",
)
SURVIVOR_OUT_OF_ORDER = Reason(
    "M-06",
    "out-of-order",
    "the command's time lies before the last event of {into}",
    "命令时间早于客户 {into} 的最后一条记录",
)
RECORDS_CLASH = Reason(
    "M-06",
    "records-clash",
    "records of both that exclude each other: {kinds}",
    "双方有互相冲突的记录：{kinds}",
)
NOT_MERGED = Reason("M-06", "not-merged", "this customer is not merged into another", "该客户未被合并")
BUILT_UPON = Reason(
    "M-06",
    "built-upon",
    "since the merge this has happened to {survivor}: {built}",
    "合并之后客户 {survivor} 又有记录：{built}",
)

CONTENT_REQUIRED = Reason("F-01", "content-required", "a follow-up needs content", "跟进记录须填写内容")
NEXT_CONTACT_REQUIRED = Reason(
    "F-01",
    "next-contact-required",
    "a follow-up of a potential customer needs the next contact time",
    "潜在客户的跟进须填写下次联系时间",
)
NEXT_ACTION_DUE = Reason(
    "F-01", "next-action-due", "a next action needs the time when it is due", "下一步事项须填写时间"
)
UNKNOWN_CHANNEL = Reason("F-01", "unknown-channel", "unknown channel; known: {known}", "未知的联系方式；可用：{known}")
HELD_LATER = Reason("F-01", "held-later", "a follow-up is recorded after it took place", "跟进时间不能晚于记录时间")
UNKNOWN_FOLLOW_UP = Reason(
    "F-05", "unknown-follow-up", "no follow-up has the number {number}", "没有编号为{number}的跟进记录"
)

ATTACHMENT_NAME = Reason("D-10", "name-required", "an attachment needs a name and a kind", "附件须有名称和类别")
ATTACHMENT_SIZE = Reason(
    "D-10", "too-large", "an attachment may be {most} bytes long at most", "附件大小不得超过 {most} 字节"
)
ATTACHMENT_SCHEME = Reason(
    "D-10",
    "unknown-scheme",
    "nothing resolves such a URI; known schemes: {known}",
    "无法解析此类 URI；可用的协议：{known}",
)
NO_ATTACHMENTS = Reason("D-10", "no-attachments", "no attachment is in use", "没有使用中的附件")
UNKNOWN_ATTACHMENT = Reason(
    "D-10", "unknown-attachment", "no attachment in use has the number {number}", "没有编号为{number}的使用中的附件"
)
ERASED = Reason("A-03", "erased", "the person has been erased; nothing more is recorded", "此人信息已抹除，不再记录")
SURVIVOR_ERASED = Reason(
    "A-03",
    "survivor-erased",
    "the person has been erased at customer {into}; erase the person at this record first",
    "客户 {into} 处的此人信息已抹除；请先抹除本记录中的此人信息",
)
STILL_NAMED = Reason(
    "A-03",
    "still-named",
    "records merged into this customer still name the person: {records}; erase the person there first",
    "并入本客户的记录仍载有此人信息：{records}；请先在该处抹除",
)
NOBODY = Reason("A-03", "nobody", "no person is on record there", "该处没有登记任何个人")
NOT_A_PERSON = Reason(
    "A-03",
    "not-a-person",
    "the customer is an enterprise: name the contact it is about",
    "该客户是企业：请指明所涉联系人",
)
UNKNOWN_PURPOSE = Reason("A-03", "unknown-purpose", "no such purpose; known: {known}", "没有此用途；可用：{known}")
BASIS = Reason(
    "A-03", "basis-not-allowed", "not a basis for this purpose; allowed: {known}", "此用途不接受该依据；可用：{known}"
)
GIVEN_LATER = Reason("A-03", "given-later", "a consent is recorded after it was given", "同意的时间不能晚于登记时间")
LAPSED = Reason("A-03", "lapsed", "it would have lapsed already", "该依据已经失效")
NO_CONSENT = Reason("A-03", "no-consent", "nothing of that kind holds that could be withdrawn", "没有可撤回的有效依据")
ON_HOLD = Reason("A-03", "legal-hold", "a legal hold keeps the data from being erased", "法务保全期间不得抹除")
HELD_BESIDE = Reason(
    "A-03",
    "legal-hold-beside",
    "a legal hold on other records of the same customer keeps the data from being erased: {records}",
    "同一客户的其他记录处于法务保全期间，不得抹除：{records}",
)
NOT_ON_HOLD = Reason("A-03", "no-legal-hold", "there is no legal hold", "没有法务保全")
ONE_PERSON = Reason(
    "A-03",
    "one-person",
    "name one person: a contact by number, or a participant by name",
    "请只指明一人：联系人编号或参与人姓名",
)
NO_SUCH_FOLLOW_UP = Reason(
    "A-03", "unknown-follow-up", "no follow-up has the number {number}", "没有编号为{number}的跟进记录"
)
UNKNOWN_PARTICIPANT = Reason(
    "A-03", "unknown-participant", "nobody of that name took part in a follow-up", "跟进记录中没有此姓名的参与人"
)
ERASURE_REASON = Reason("A-03", "reason-required", "an erasure needs a reason", "抹除须说明原因")
HOLD_REASON = Reason("A-03", "hold-reason-required", "a legal hold needs a reason", "法务保全须说明原因")
