"""Every error: its message in both languages, its way through pickle, and what it never says."""

import pickle
from collections.abc import Iterator

import attrs
import pytest

from crmcore import errors
from crmcore.errors import (
    Conflict,
    CrmError,
    Failure,
    Fault,
    Invalid,
    MissingExtra,
    NotFound,
    ObserverFailed,
    OutcomeUnknown,
    PolicyInvalid,
    Refused,
    StorageError,
    StorageFull,
    TimedOut,
    TooManyConflicts,
    Transient,
    Unavailable,
    UniqueViolation,
    UnknownName,
    Unreadable,
    WorkFailed,
)
from crmcore.kernel.refusals import Label, Reason, Refusal
from crmcore.wording import EXPECTED_ZH, FAULTS

WAIT = Refusal(Reason("P-08", "cooling-down", "wait for {who}", "请等待{who}"), {"who": Label("the owner", "跟进人")})
TAKEN = Refusal(Reason("P-02", "taken", "it is taken", "已被占用"))
FAULTY = (Fault("contact.mobile", "wrong-type", "text"), Fault("name", "too-long", "at most 200 characters"))
UNDONE = (Failure("a", "abc/1#0", "KeyError"), Failure("b", "vip/2#1", "BrokenProcessPool"))

MANY = tuple(("note", f"{number}") for number in range(20))

#: One of each, with its facts, its code, and its messages.
EXAMPLES = [
    (CrmError(), {}, "error", "crmcore failed", "crmcore 出错"),
    (
        Invalid(FAULTY),
        {"faults": FAULTY},
        "invalid",
        "contact.mobile: has the wrong type (expected text); name: is too long (expected at most 200 characters)",
        "contact.mobile：类型不对（应为文本）; name：过长（应为最多 200 个字符）",
    ),
    (
        PolicyInvalid(FAULTY[:1]),
        {"faults": FAULTY[:1]},
        "policy-invalid",
        "contact.mobile: has the wrong type (expected text)",
        "contact.mobile：类型不对（应为文本）",
    ),
    (
        Refused((TAKEN, WAIT)),
        {"refusals": (TAKEN, WAIT)},
        "refused",
        "P-02 it is taken; P-08 wait for the owner",
        "P-02 已被占用; P-08 请等待跟进人",
    ),
    (
        NotFound("customer", "C1"),
        {"kind": "customer", "id": "C1"},
        "not-found",
        "no customer with id 'C1' is on record",
        "没有编号为 'C1' 的 客户 记录",
    ),
    (
        NotFound("gadget", "G1"),
        {"kind": "gadget", "id": "G1"},
        "not-found",
        "no gadget with id 'G1' is on record",
        "没有编号为 'G1' 的 gadget 记录",
    ),
    (
        UnknownName("preset", "stanard", ("reviewed", "standard")),
        {"what": "preset", "name": "stanard", "known": "reviewed, standard"},
        "unknown-name",
        "no preset is called 'stanard'; known: reviewed, standard",
        "没有名为 'stanard' 的 预设策略；可用：reviewed, standard",
    ),
    (
        MissingExtra("the calendar cn", "cn"),
        {"what": "the calendar cn", "extra": "cn"},
        "missing-extra",
        "the calendar cn needs more packages: pip install 'crmcore[cn]'",
        "the calendar cn 需要额外的软件包：pip install 'crmcore[cn]'",
    ),
    (StorageError(), {}, "storage", "crmcore failed", "crmcore 出错"),
    (
        Conflict([("customer", "C1"), ("holder", "li")]),
        {"keys": (("customer", "C1"), ("holder", "li"))},
        "conflict",
        "records changed meanwhile: customer C1, holder li",
        "记录已被他人修改：customer C1、holder li",
    ),
    (
        Conflict(MANY),
        {"keys": MANY},
        "conflict",
        "records changed meanwhile: note 0, note 1, note 2, note 3, note 4 and 15 more",
        "记录已被他人修改：note 0、note 1、note 2、note 3、note 4 等 20 条",
    ),
    (
        UniqueViolation("customer", "by_name"),
        {"kind": "customer", "index": "by_name"},
        "unique-violation",
        "the unique index 'by_name' of 'customer' already holds that key",
        "'customer' 的唯一索引 'by_name' 中已有此键",
    ),
    (
        WorkFailed(UNDONE),
        {"failures": UNDONE},
        "work-failed",
        "2 pieces of work failed: abc/1#0 (KeyError); vip/2#1 (BrokenProcessPool)",
        "2 项工作失败：abc/1#0 (KeyError); vip/2#1 (BrokenProcessPool)",
    ),
    (
        ObserverFailed("KeyError"),
        {"reason": "KeyError"},
        "observer-failed",
        "all is stored, but a plugin that was told of it afterwards failed (KeyError)",
        "数据已保存，但之后通知插件时插件出错（KeyError）",
    ),
    (Transient("busy"), {"detail": "busy"}, "transient", "try again: busy", "请重试：busy"),
    (
        Unavailable("a.db", "not a database"),
        {"where": "a.db", "detail": "not a database"},
        "unavailable",
        "storage a.db cannot be used: not a database",
        "存储 a.db 无法使用：not a database",
    ),
    (
        StorageFull("a.db", "disk full"),
        {"where": "a.db", "detail": "disk full"},
        "storage-full",
        "storage a.db cannot be used: disk full",
        "存储 a.db 无法使用：disk full",
    ),
    (
        TimedOut("a writer held it"),
        {"detail": "a writer held it"},
        "timed-out",
        "try again: a writer held it",
        "请重试：a writer held it",
    ),
    (
        OutcomeUnknown("server"),
        {"where": "server"},
        "outcome-unknown",
        "the connection to server was lost during commit; look before you retry",
        "提交时与 server 的连接中断；重试前请先查看结果",
    ),
    (
        TooManyConflicts(20),
        {"attempts": 20},
        "too-many-conflicts",
        "given up after 20 attempts: others kept changing the same records",
        "尝试 20 次后放弃：同一记录不断被他人修改",
    ),
    (
        Unreadable("customer", "C1", "KeyError"),
        {"kind": "customer", "id": "C1", "detail": "KeyError"},
        "unreadable",
        "stored customer 'C1' cannot be read: KeyError",
        "存储的 customer 'C1' 无法读取：KeyError",
    ),
]
EACH = pytest.mark.parametrize(
    ("error", "facts", "code", "en", "zh"), EXAMPLES, ids=[type(error).__name__ for error, *_ in EXAMPLES]
)


def declared() -> Iterator[type[CrmError]]:
    """Every error class of the module."""
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, CrmError):
            yield value


def test_there_is_an_example_of_each():
    """No error of the module is missing here."""
    assert set(declared()) == {type(error) for error, *_ in EXAMPLES}


@EACH
def test_messages_come_in_both_languages(error, facts, code, en, zh):
    """With the error's own facts; as text it is English."""
    assert (en, en, zh) == (str(error), error.message("en"), error.message("zh"))


@EACH
def test_facts_are_attributes(error, facts, code, en, zh):
    """And the code is stable."""
    assert facts == vars(error)
    assert code == error.code


@EACH
def test_errors_pass_through_pickle(error, facts, code, en, zh):
    """To another process and back, with all their facts."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        copy = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301

        assert (type(error), facts, en, zh) == (type(copy), vars(copy), str(copy), copy.message("zh"))


@EACH
def test_errors_can_be_represented(error, facts, code, en, zh):
    """Under their own names."""
    assert repr(error).startswith(f"{type(error).__name__}(")


def test_codes_are_unique():
    """Programs decide by them."""
    codes = [cls.code for cls in declared()]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("cls", "parent"),
    [
        (Invalid, ValueError),
        (PolicyInvalid, Invalid),
        (NotFound, LookupError),
        (UnknownName, LookupError),
        (MissingExtra, ImportError),
        *(
            (cls, StorageError)
            for cls in (Conflict, UniqueViolation, Transient, Unavailable, OutcomeUnknown, Unreadable)
        ),
        (StorageFull, Unavailable),
        (TooManyConflicts, StorageError),
    ],
)
def test_errors_fit_where_one_would_look_for_them(cls, parent):
    """Beside the root, hosts that know nothing of crmcore catch the usual ones."""
    assert issubclass(cls, parent)
    assert issubclass(cls, CrmError)


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_has_words_in_both_languages(code):
    """With the field and what is expected."""
    fault = Fault("name", code, "text")

    assert f"name: {FAULTS[code]['en']} (expected text)" == fault.message()
    assert f"name：{FAULTS[code]['zh']}（应为文本）" == fault.message("zh")
    assert not FAULTS[code]["zh"].isascii()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_fault_nobody_has_words_for_is_told_by_its_code(lang):
    """A plugin may have faults of its own."""
    assert "odd-shape" in Fault("name", "odd-shape", "round").message(lang)


@pytest.mark.parametrize(
    ("en", "zh"),
    [
        *EXPECTED_ZH.items(),
        ("one of red, blue", "以下之一：red, blue"),
        ("at most 10,000 characters", "最多 10,000 个字符"),
        ("a whole number from 0 to 3,650", "0 至 3,650 的整数"),
        ("roles out of manager, agent", "以下角色：manager, agent"),
        ("fields out of name, phone", "以下字段：name, phone"),
        ("something only programs meet", "something only programs meet"),
    ],
)
def test_what_is_expected_is_said_in_chinese(en, zh):
    """Where people meet it; the rest stays as it is."""
    assert f"x：为空（应为{zh}）" == Fault("x", "empty", en).message("zh")


@pytest.mark.rule("A-05")
def test_a_fault_has_no_room_for_a_value():
    """What somebody typed is not kept."""
    assert {"path", "code", "expected"} == {attribute.name for attribute in attrs.fields(Fault)}


def test_known_names_stay_text_through_pickle():
    """However often."""
    error = UnknownName("preset", "x", ("a", "b"))
    for _ in range(3):
        error = pickle.loads(pickle.dumps(error))  # noqa: S301

    assert "a, b" == error.known
