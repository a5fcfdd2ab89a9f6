"""Every error crmcore raises.

Each carries its facts as attributes, a stable ``code`` and a message in English and Chinese. A message never
contains what somebody typed about a customer: texts end up in logs, and logs are no place for personal data.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

import attrs

if TYPE_CHECKING:
    from crmcore.kernel.refusals import Refusal

Language = Literal["en", "zh"]


class CrmError(Exception):
    """The root: ``except CrmError`` catches whatever this library raises on purpose."""

    code: ClassVar[str] = "error"
    texts: ClassVar[dict[Language, str]] = {"en": "crmcore failed", "zh": "crmcore 出错"}

    def message(self, lang: Language = "en") -> str:
        """The message in one language, with the error's own facts filled in."""
        return self.texts[lang].format_map(vars(self))

    def __str__(self) -> str:
        return self.message("en")


@attrs.frozen
class Fault:
    """One thing wrong with one input field.

    ``path`` leads to the field (``contact.mobile``, ``protection.potential_days``), ``code`` says what is wrong,
    ``expected`` what would be right. The value is not kept: it may be personal.
    """

    path: str
    code: str
    expected: str

    def message(self, lang: Language = "en") -> str:
        """Field, fault and what is expected, in one line."""
        fault = FAULTS.get(self.code, {"en": self.code, "zh": self.code})[lang]
        if lang == "zh":
            return f"{self.path}：{fault}（应为{in_chinese(self.expected)}）"
        return f"{self.path}: {fault} (expected {self.expected})"


FAULTS: dict[str, dict[Language, str]] = {
    "missing": {"en": "is missing", "zh": "缺少"},
    "unknown-field": {"en": "is not a known field", "zh": "没有这个字段"},
    "wrong-type": {"en": "has the wrong type", "zh": "类型不对"},
    "not-allowed": {"en": "is not an allowed value", "zh": "取值不允许"},
    "naive-time": {"en": "is a time without an offset", "zh": "时间缺少时区偏移"},
    "bad-time": {"en": "is not a time", "zh": "不是有效时间"},
    "out-of-range": {"en": "is out of range", "zh": "超出范围"},
    "too-short": {"en": "is too short", "zh": "过短"},
    "too-long": {"en": "is too long", "zh": "过长"},
    "empty": {"en": "is empty", "zh": "为空"},
    "bad-character": {"en": "contains a character that cannot be stored", "zh": "含有无法保存的字符"},
    "bad-json": {"en": "is not valid JSON", "zh": "不是有效的 JSON"},
    "bad-toml": {"en": "is not valid TOML", "zh": "不是有效的 TOML"},
    "bad-encoding": {"en": "is not in the expected encoding", "zh": "编码不对"},
    "duplicate": {"en": "stands there twice", "zh": "重复出现"},
    "not-digits": {"en": "contains other characters than digits", "zh": "含有数字以外的字符"},
    "wrong-length": {"en": "has the wrong length", "zh": "位数不对"},
    "wrong-beginning": {"en": "does not begin as it should", "zh": "开头不对"},
    "has-plus": {"en": "contains a plus sign", "zh": "含有加号"},
    "no-area-code": {"en": "has no area code", "zh": "缺少区号"},
    "not-an-address": {"en": "is no e-mail address", "zh": "不是电子邮箱地址"},
    "wrong-check": {"en": "has a check character that does not fit", "zh": "校验码不符"},
    "bad-character-there": {"en": "contains a character that has no place there", "zh": "含有不应出现的字符"},
    "not-a-number": {"en": "is no such number", "zh": "不是有效号码"},
    "merged": {"en": "has merged cells", "zh": "含有合并单元格"},
    "digits-lost": {"en": "has lost digits in a spreadsheet", "zh": "在表格软件中丢失了部分数字"},
    "not-text": {"en": "was changed by a spreadsheet into a number or a date", "zh": "被表格软件变成了数字或日期"},
}


#: What is expected of fields that people fill in, in Chinese; what only programs meet stays as it is.
EXPECTED_ZH: dict[str, str] = {
    "text": "文本",
    "a whole number": "整数",
    "a number": "数字",
    "true or false": "true 或 false",
    "a list": "列表",
    "an object with named fields": "带字段名的对象",
    'a decimal number as text, such as "12.50"': '文本形式的小数，如 "12.50"',
    "a date such as 2026-03-01": "日期，如 2026-03-01",
    "a time with an offset such as 2026-03-01T09:00:00+08:00": "带时区偏移的时间，如 2026-03-01T09:00:00+08:00",
    "a time in the years 1970 to 9998": "1970 至 9998 年间的时间",
    "text without control characters or lone surrogates": "不含控制字符和孤立代理项的文本",
    "1 to 64 characters without spaces, control or invisible characters": (
        "1 至 64 个字符，不含空格、控制字符和不可见字符"
    ),
    "the name of a time zone, such as Asia/Shanghai": "时区名称，如 Asia/Shanghai",
    "names that differ": "互不相同的名称",
    "one JSON object": "一个 JSON 对象",
    "UTF-8 text": "UTF-8 文本",
    "a CSV file in UTF-8 or GB18030": "UTF-8 或 GB18030 编码的 CSV 文件",
    "an XLSX workbook that can be opened; save it again as XLSX": "可以打开的 XLSX 工作簿；请重新另存为 XLSX",
    "an XLSX workbook without a password; save it as XLSX or CSV": "无密码的 XLSX 工作簿；请另存为 XLSX 或 CSV",
    "a first row with names of columns": "第一行为列名",
    "a sheet with a first row with names of columns": "第一行为列名的工作表",
    "no sheet: a CSV file has none": "不填：CSV 文件没有工作表",
    "a column of that name in the file": "文件中有此名称的列",
    "a column name / 客户名称 / 企业全称": "一列 name / 客户名称 / 企业全称",
    "a mapping file: TOML in UTF-8": "映射文件：UTF-8 编码的 TOML",
    "text, a number, true or false": "文本、数字、true 或 false",
    "text: format the column as text in the spreadsheet, and enter the value again": (
        "文本：请在表格中将该列设为文本格式后重新录入"
    ),
    "yes or no, true or false, 是 or 否": "是 或 否",
    "PATH=VALUE with a dotted path": "PATH=VALUE，路径以点分隔",
    "a URL such as sqlite:///crm.db, given by --storage or CRMCORE_STORAGE": (
        "用 --storage 或 CRMCORE_STORAGE 给出的 URL，如 sqlite:///crm.db"
    ),
    "your word that the database may keep what the kits write there": "确认该数据库可以保留测试写入的数据",
    "a URL under which others find the same storage": "再次打开时能得到同一存储的 URL",
    "a number of at most 15 digits, 9 of them after the point": "至多 15 位数字，其中小数至多 9 位",
    "1 to 60 printable characters without spaces, dots or quotes": "1 至 60 个可见字符，不含空格、点和引号",
    "a number from 0 to 1,000 with at most 4 digits after the point": "0 至 1,000 的数字，小数至多 4 位",
    "a finite number": "有限数字",
    "a finite number, MISSING or NOT_APPLICABLE": "有限数字、MISSING 或 NOT_APPLICABLE",
    "a text, true or false, MISSING or NOT_APPLICABLE": "文本、true、false、MISSING 或 NOT_APPLICABLE",
    "either bands or categories, and at least one of them": "区间或类别二者之一，且至少一个",
    "nothing: the first begins below every number": "不填：第一个区间从最小值开始",
    "nothing: it stands for no range": "不填：此项不对应任何区间",
    "nothing, unless the sum decides the grade": "不填，除非由总分定级",
    "codes that differ": "互不相同的代码",
    "ids that differ": "互不相同的编号",
    "values that stand in no other category": "未出现在其他类别中的值",
    "text, true, false or a number": "文本、true、false 或数字",
    "exactly one of all, any, not, field, score, grade, event": (
        "以下恰好一个：all, any, not, field, score, grade, event"
    ),
    "a time not above age": "不大于 age 的时间",
    "0 where frequency is 0": "frequency 为 0 时须为 0",
    "not more than chances": "不大于 chances",
    "a day not after as_of": "不晚于 as_of 的日期",
    "a time above 0": "大于 0 的时间",
    "a date such as 2026-03-01, or a time with an offset such as 2026-03-01T09:00:00+08:00": (
        "日期，如 2026-03-01；或带时区偏移的时间，如 2026-03-01T09:00:00+08:00"
    ),
    "a number such as 1200 or 1200.50": "数字，如 1200 或 1200.50",
    "either a kind or a field": "事件（kind）或字段（field），二者居其一",
    "each column once": "每列只出现一次",
    "a first row with names of columns": "首行为列名",
    "a share such as 0.2 or 20%": "比例，如 0.2 或 20%",
    "CODE=SHARE, such as A=0.2": "代码=比例，如 A=0.2",
    "customers, or --all": "客户编号，或 --all",
    "a policy of rules, such as standard": "规则策略，如 standard",
    "a storage or --space without customers in it": "尚无客户的存储或 --space",
    "exactly 11 digits, such as 13800138000": "11 位数字，如 13800138000",
    "area code and 7 or 8 digits without +, such as 0523-84567890": "区号加 7 或 8 位数字，不带 +，如 0523-84567890",
    "a mobile number (exactly 11 digits, such as 13800138000) or a landline "
    "(area code and 7 or 8 digits without +, such as 0523-84567890)": (
        "手机号（11 位数字，如 13800138000）或固定电话（区号加 7 或 8 位数字，不带 +，如 0523-84567890）"
    ),
    "6 digits, such as 214500": "6 位数字，如 214500",
    "an address such as name@example.com": "形如 name@example.com 的地址",
    "18 digits and capitals with a right check character (GB 32100)": "18 位数字和大写字母，校验码正确（GB 32100）",
    "the unified social credit code, or a tax id of 15 or 20 characters": "统一社会信用代码，或 15、20 位的税号",
    "at least 2 Chinese characters or 3 letters of a name": "名称中至少 2 个汉字或 3 个字母",
    "full, which tells the same name": "full，用于判定同名",
}
_PATTERNS_ZH: tuple[tuple[str, str], ...] = (
    (r"one of (.+)", r"以下之一：\1"),
    (r"at most ([\d,]+) characters", r"最多 \1 个字符"),
    (r"a whole number from (\d+) to ([\d,]+)", r"\1 至 \2 的整数"),
    (r"a number above (.+), where the one before begins", r"大于 \1 的数字（前一个从此开始）"),
    (r"a number from (\S+) to (\S+)", r"\1 至 \2 的数字"),
    (r"the scores of at least ([\d,]+) records", r"至少 \1 条记录的得分"),
    (r"a phone number of (.+)", r"\1 的电话号码"),
    (r"a tax id of (.+)", r"\1 的税号"),
    (r"(\d+) cells, not (\d+)", r"\1 个单元格，而非 \2 个"),
    (r"cells of at most (\S+) characters; is a quotation mark open\?", r"单元格不超过 \1 个字符；是否有未闭合的引号？"),
    (r"well-formed CSV; (.+)", r"格式正确的 CSV；\1"),
    (r"a cell for each value: unmerge (\S+) and fill every cell", r"每个值一个单元格：请取消合并 \1 并填写各单元格"),
    (r"roles out of (.+)", r"以下角色：\1"),
    (r"fields out of (.+)", r"以下字段：\1"),
)


def in_chinese(expected: str) -> str:
    """What is expected, in Chinese where the catalogue has it."""
    if expected in EXPECTED_ZH:
        return EXPECTED_ZH[expected]
    for pattern, words in _PATTERNS_ZH:
        if match := re.fullmatch(pattern, expected):
            return match.expand(words)
    return expected


class Invalid(CrmError, ValueError):
    """Input that cannot be understood; ``faults`` lists every field at fault."""

    code = "invalid"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(self.faults)

    def message(self, lang: Language = "en") -> str:
        """All faults, one after the other."""
        return "; ".join(fault.message(lang) for fault in self.faults)


class PolicyInvalid(Invalid):
    """A policy that cannot be used; each fault names the path, and what is allowed there."""

    code = "policy-invalid"


class Refused(CrmError):
    """A command the rules do not let pass; ``refusals`` gives every reason, ordered by rule id."""

    code = "refused"

    def __init__(self, refusals: "Iterable[Refusal]") -> None:
        self.refusals: tuple[Refusal, ...] = tuple(refusals)
        super().__init__(self.refusals)

    def message(self, lang: Language = "en") -> str:
        """All reasons, one after the other, each led by its rule id."""
        return "; ".join(f"{refusal.rule} {refusal.message(lang)}" for refusal in self.refusals)


class NotFound(CrmError, LookupError):
    """Nothing of that kind is on record under that id."""

    code = "not-found"
    texts: ClassVar[dict[Language, str]] = {
        "en": "no {kind} with id {id!r} is on record",
        "zh": "没有编号为 {id!r} 的 {kind} 记录",
    }

    def __init__(self, kind: str, id: str) -> None:
        self.kind = kind
        self.id = id
        super().__init__(kind, id)


_WHAT_ZH = {
    "calendar": "工作日历",
    "command": "命令",
    "index": "索引",
    "kind": "记录类别",
    "policy file": "策略文件",
    "preset": "预设策略",
    "storage": "存储",
    "time zone": "时区",
}


class UnknownName(CrmError, LookupError):
    """A name that nothing is registered under: a preset, a calendar, a command, a storage scheme."""

    code = "unknown-name"
    texts: ClassVar[dict[Language, str]] = {
        "en": "no {what} is called {name!r}; known: {known}",
        "zh": "没有名为 {name!r} 的 {what}；可用：{known}",
    }

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.what = what
        self.name = name
        self.known: str = ", ".join(known)
        super().__init__(what, name, self.known)

    def message(self, lang: Language = "en") -> str:
        """What was asked for, under which name, and the names there are."""
        what = _WHAT_ZH.get(self.what, self.what) if lang == "zh" else self.what
        return self.texts[lang].format(what=what, name=self.name, known=self.known)

    def __reduce__(self) -> tuple[type["UnknownName"], tuple[str, str, tuple[str, ...]]]:
        return type(self), (self.what, self.name, (self.known,))


class MissingExtra(CrmError, ImportError):
    """Something optional is asked for whose packages are not installed; ``extra`` brings them."""

    code = "missing-extra"
    texts: ClassVar[dict[Language, str]] = {
        "en": "{what} needs more packages: pip install 'crmcore[{extra}]'",
        "zh": "{what} 需要额外的软件包：pip install 'crmcore[{extra}]'",
    }

    def __init__(self, what: str, extra: str) -> None:
        self.what = what
        self.extra = extra
        super().__init__(what, extra)


@attrs.frozen
class Failure:
    """A piece of work that was not done: its name, what it is about, such as a policy, and why.

    ``reason`` is the class of the exception, with its text if it is one of ours.
    """

    name: str
    about: str
    reason: str


class WorkFailed(CrmError, RuntimeError):
    """Some of the work handed to workers was not done; ``failures`` names each piece. All else was done, and kept."""

    code = "work-failed"
    texts: ClassVar[dict[Language, str]] = {
        "en": "{n} pieces of work failed: {which}",
        "zh": "{n} 项工作失败：{which}",
    }

    def __init__(self, failures: Iterable[Failure]) -> None:
        self.failures: tuple[Failure, ...] = tuple(failures)
        super().__init__(self.failures)

    def message(self, lang: Language = "en") -> str:
        """What the failed pieces are about, each with its reason."""
        which = "; ".join(f"{failure.about} ({failure.reason})" for failure in self.failures)
        return self.texts[lang].format(n=len(self.failures), which=which)


class StorageError(CrmError):
    """The root of what a storage backend may raise; driver exceptions never escape one."""

    code = "storage"


class Conflict(StorageError):
    """Somebody else changed these records first; ``keys`` are (kind, id) pairs. Start again from loading."""

    code = "conflict"
    texts: ClassVar[dict[Language, str]] = {
        "en": "records changed meanwhile: {keys}",
        "zh": "记录已被他人修改：{keys}",
    }

    def __init__(self, keys: Iterable[tuple[str, str]]) -> None:
        self.keys: tuple[tuple[str, str], ...] = tuple(keys)
        super().__init__(self.keys)


class UniqueViolation(StorageError):
    """A unique index of a kind already holds that key."""

    code = "unique-violation"
    texts: ClassVar[dict[Language, str]] = {
        "en": "the unique index {index!r} of {kind!r} already holds that key",
        "zh": "{kind!r} 的唯一索引 {index!r} 中已有此键",
    }

    def __init__(self, kind: str, index: str) -> None:
        self.kind = kind
        self.index = index
        super().__init__(kind, index)


class Transient(StorageError):
    """The unit of work failed and changed nothing; the same unit may pass when run again."""

    code = "transient"
    texts: ClassVar[dict[Language, str]] = {"en": "try again: {detail}", "zh": "请重试：{detail}"}

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


class TimedOut(Transient):
    """The unit of work waited for others as long as the storage lets it, and changed nothing; it may be run again."""

    code = "timed-out"


class Unavailable(StorageError):
    """The storage cannot be used: ``where`` it is and what is wrong. Nothing was changed."""

    code = "unavailable"
    texts: ClassVar[dict[Language, str]] = {
        "en": "storage {where} cannot be used: {detail}",
        "zh": "存储 {where} 无法使用：{detail}",
    }

    def __init__(self, where: str, detail: str) -> None:
        self.where = where
        self.detail = detail
        super().__init__(where, detail)


class StorageFull(Unavailable):
    """No room is left for the change; nothing of it was written."""

    code = "storage-full"


class OutcomeUnknown(StorageError):
    """The connection died during COMMIT: the change may or may not be stored. Look before you retry."""

    code = "outcome-unknown"
    texts: ClassVar[dict[Language, str]] = {
        "en": "the connection to {where} was lost during commit; look before you retry",
        "zh": "提交时与 {where} 的连接中断；重试前请先查看结果",
    }

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(where)


class TooManyConflicts(StorageError):
    """A command met a conflict on each of ``attempts`` tries and was given up; nothing of it was stored."""

    code = "too-many-conflicts"
    texts: ClassVar[dict[Language, str]] = {
        "en": "given up after {attempts} attempts: others kept changing the same records",
        "zh": "尝试 {attempts} 次后放弃：同一记录不断被他人修改",
    }

    def __init__(self, attempts: int) -> None:
        self.attempts = attempts
        super().__init__(attempts)


class Unreadable(StorageError):
    """A stored record or event that this program cannot read; ``detail`` says why."""

    code = "unreadable"
    texts: ClassVar[dict[Language, str]] = {
        "en": "stored {kind} {id!r} cannot be read: {detail}",
        "zh": "存储的 {kind} {id!r} 无法读取：{detail}",
    }

    def __init__(self, kind: str, id: str, detail: str) -> None:
        self.kind = kind
        self.id = id
        self.detail = detail
        super().__init__(kind, id, detail)
