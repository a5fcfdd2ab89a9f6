"""Every error crmcore raises.

Each carries its facts as attributes, a stable ``code`` and a message in English and Chinese. A message never
contains what somebody typed about a customer: texts end up in logs, and logs are no place for personal data.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Final

import attrs

from crmcore.wording import FAULTS, WHAT_ZH, Language, in_chinese

if TYPE_CHECKING:
    from crmcore.kernel.refusals import Refusal

#: Records that a message names, of however many it is about.
MOST_NAMED: Final = 5


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

    def message(self, lang: Language = "en") -> str:
        """What was asked for, and under which id."""
        kind = WHAT_ZH.get(self.kind, self.kind) if lang == "zh" else self.kind
        return self.texts[lang].format(kind=kind, id=self.id)


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
        what = WHAT_ZH.get(self.what, self.what) if lang == "zh" else self.what
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


class ObserverFailed(CrmError, RuntimeError):
    """A plugin raised after a commit: what it was to be told of *is* stored; ``reason`` is the class of its error."""

    code = "observer-failed"
    texts: ClassVar[dict[Language, str]] = {
        "en": "all is stored, but a plugin that was told of it afterwards failed ({reason})",
        "zh": "数据已保存，但之后通知插件时插件出错（{reason}）",
    }

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


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

    def message(self, lang: Language = "en") -> str:
        """The first of the records, and how many more there are: a batch may have thousands."""
        named = [f"{kind} {id}" for kind, id in self.keys[:MOST_NAMED]]
        count, left = len(self.keys), len(self.keys) - len(named)
        if lang == "zh":
            keys = "、".join(named) + (f" 等 {count} 条" if left else "")
        else:
            keys = ", ".join(named) + (f" and {left} more" if left else "")
        return self.texts[lang].format(keys=keys)


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
