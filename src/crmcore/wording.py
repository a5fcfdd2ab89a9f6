"""The catalogue of what may be wrong with input and of what is expected instead, in English and Chinese.

Faults go by code. What is expected is told in English where it is known; here stands the Chinese of it.
"""

import re
from typing import Literal

Language = Literal["en", "zh"]

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
    "merged": {"en": "has merged cells", "zh": "含有合并单元格"},
    "digits-lost": {"en": "has lost digits in a spreadsheet", "zh": "在表格软件中丢失了部分数字"},
    "not-text": {"en": "was changed by a spreadsheet into a number or a date", "zh": "被表格软件变成了数字或日期"},
    "not-digits": {"en": "contains other characters than digits", "zh": "含有数字以外的字符"},
    "wrong-length": {"en": "has the wrong length", "zh": "位数不对"},
    "wrong-beginning": {"en": "does not begin as it should", "zh": "开头不对"},
    "has-plus": {"en": "contains a plus sign", "zh": "含有加号"},
    "no-area-code": {"en": "has no area code", "zh": "缺少区号"},
    "not-an-address": {"en": "is no e-mail address", "zh": "不是电子邮箱地址"},
    "wrong-check": {"en": "has a check character that does not fit", "zh": "校验码不符"},
    "bad-character-there": {"en": "contains a character that has no place there", "zh": "含有不应出现的字符"},
    "not-a-number": {"en": "is no such number", "zh": "不是有效号码"},
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
    "cells that can be read; enter the row again": "可以读取的单元格；请重新录入该行",
    "a sheet with a first row with names of columns": "第一行为列名的工作表",
    "no sheet: a CSV file has none": "不填：CSV 文件没有工作表",
    "a column of that name in the file": "文件中有此名称的列",
    "a column name / 客户名称 / 企业全称": "一列 name / 客户名称 / 企业全称",
    "a mapping file: TOML in UTF-8": "映射文件：UTF-8 编码的 TOML",
    "text, a number, true or false": "文本、数字、true 或 false",
    "a number of at most 15 digits, or text": "至多 15 位的数字，或文本",
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
    "an algorithm and its hexadecimal digits, such as sha256:9f86…": "算法名与十六进制摘要，如 sha256:9f86…",
    "a URI under which the content can be found, such as s3://bucket/key": "可据以取得内容的 URI，如 s3://bucket/key",
    "an amount and its currency": "金额及币种",
    "an amount of 0 or more": "不小于 0 的金额",
    "amounts in one currency": "同一币种的金额",
    "an end not below the beginning": "不低于下限的上限",
    "at least one purpose": "至少一个用途",
    "a customer, or --phone or --email": "客户，或 --phone、--email",
    "without CUSTOMER, --contact and --participant": "不与 CUSTOMER、--contact、--participant 同用",
    "the name of a purpose": "用途名称",
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
    "at least 2 characters of a name": "名称中至少 2 个字符",
    "full, which tells the same name": "full，用于判定同名",
}
_PATTERNS_ZH: tuple[tuple[str, str], ...] = (
    (r"one of (.+)", r"以下之一：\1"),
    (r"at most ([\d,]+) characters", r"最多 \1 个字符"),
    (r"a whole number from (\d+) to ([\d,]+)", r"\1 至 \2 的整数"),
    (r"a number above (.+), where the one before begins", r"大于 \1 的数字（前一个从此开始）"),
    (r"a number from (\S+) to (\S+)", r"\1 至 \2 的数字"),
    (r"(\d+) cells, not (\d+)", r"\1 个单元格，而非 \2 个"),
    (r"cells of at most (\S+) characters; is a quotation mark open\?", r"单元格不超过 \1 个字符；是否有未闭合的引号？"),
    (r"well-formed CSV; (.+)", r"格式正确的 CSV；\1"),
    (r"a cell for each value: unmerge (\S+) and fill every cell", r"每个值一个单元格：请取消合并 \1 并填写各单元格"),
    (r"the scores of at least ([\d,]+) records", r"至少 \1 条记录的得分"),
    (r"a phone number of (.+)", r"\1 的电话号码"),
    (r"a tax id of (.+)", r"\1 的税号"),
    (r"(TOML|JSON), but for:? (.+)", r"\1，但有误：\2"),
    (r"(TOML|JSON), not so deeply nested", r"\1，嵌套不宜过深"),
    (r"(TOML|JSON), with shorter numbers", r"\1，数字须更短"),
    (r"(TOML|JSON), without halves of characters", r"\1，不含孤立代理项"),
    (r"roles out of (.+)", r"以下角色：\1"),
    (r"fields out of (.+)", r"以下字段：\1"),
)

#: What errors call the things that are not there.
WHAT_ZH: dict[str, str] = {
    "calendar": "工作日历",
    "command": "命令",
    "conflict": "撞单",
    "contact": "联系人",
    "customer": "客户",
    "index": "索引",
    "kind": "记录类别",
    "participant": "参与人",
    "policy file": "策略文件",
    "preset": "预设策略",
    "score": "评分",
    "scoring policy": "评分策略",
    "storage": "存储",
    "time zone": "时区",
}


def in_chinese(expected: str) -> str:
    """What is expected, in Chinese where the catalogue has it."""
    if expected in EXPECTED_ZH:
        return EXPECTED_ZH[expected]
    for pattern, words in _PATTERNS_ZH:
        if match := re.fullmatch(pattern, expected):
            return match.expand(words)
    return expected
