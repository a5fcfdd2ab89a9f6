"""What a policy says that its author can hardly have meant.

Contradictions, stages nobody reaches, conditions that hold for everybody. A policy with such findings can be used;
``error`` marks those that stop the business.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from attrs import frozen

from crmcore.customers.commands import (
    ApplyForIntent,
    ApproveIntent,
    ApproveProtection,
    Command,
    Protect,
    Register,
    UndoMerge,
)
from crmcore.customers.lifecycle import LIFECYCLE
from crmcore.customers.policy import CustomerPolicy
from crmcore.customers.stages import Pool
from crmcore.kernel.actors import Right, right
from crmcore.kernel.machine import Row
from crmcore.kernel.refusals import Label
from crmcore.wording import Language

Level = Literal["error", "warning"]

TEXTS: Mapping[str, Label] = {
    "unreachable-stage": Label("no customer can ever reach this stage", "任何客户都无法到达此阶段"),
    "nobody-decides": Label("nobody may decide what waits for a decision", "没有人可以审批待决事项"),
    "matches-everyone": Label("this condition holds for everybody", "此条件对所有人成立"),
    "never-ends": Label(
        "activity moves the deadline for ever: set hard_cap_days", "跟进可无限推迟期限：请设置 hard_cap_days"
    ),
    "no-effect": Label("this has no effect with the rest of the policy", "与策略其余部分一起时，此项不起作用"),
    "always-reminded": Label(
        "the reminder begins before the protection does, so it is always on", "提醒早于保护开始，将始终显示"
    ),
    "nothing-similar": Label(
        "no index finds similar names: only the very same are found", "没有可查找相似名称的索引：只能找到同名"
    ),
    "shown-to-nobody": Label("nobody is told whose a record is, not even its owner", "无人可见记录的跟进人，包括本人"),
    "limit-unreachable": Label("another limit is reached before this one", "其他上限会先于此项达到"),
    "extension-within-hold": Label(
        "an extension approved at the end of the hold may already have passed", "在保留期末批准的延期可能已经过期"
    ),
}


@frozen
class Finding:
    """One thing to look at: the path of the field, a stable code, and how grave it is."""

    path: str
    code: str
    level: Level

    def message(self, lang: Language = "en") -> str:
        """The finding in words, led by its path."""
        return f"{self.path}: {TEXTS[self.code].text(lang)}"


def lint(policy: CustomerPolicy) -> tuple[Finding, ...]:
    """Everything worth looking at in a policy; empty for one that is sound.

    Paths are those of policy fields, such as ``customers.limits.total``, or name a stage: ``stage intent``.
    """
    stages = tuple(_unreachable(policy))
    fields = (finding for check in _CHECKS for finding in check(policy))
    return (*stages, *(Finding(f"customers.{found.path}", found.code, found.level) for found in fields))


# ------------------------------------------------------------------------------------------------------ reachability


def _granted(policy: CustomerPolicy, line: Row) -> list[Right]:
    """The rights under which a row's command may be given, by the policy's word or else the table's."""
    forms = {line.command.do: line.by} if isinstance(line.by, Right) else line.by
    return [right(*policy.rights[name]) if name in policy.rights else by for name, by in forms.items()]


def _somebody(rights: list[Right]) -> bool:
    return any(granted.roles or granted.owner or granted.team or granted.anyone for granted in rights)


def _lines(command: type[Command]) -> list[Row]:
    return [line for line in LIFECYCLE.lines if isinstance(line, Row) and line.command is command]


def _may_be_given(policy: CustomerPolicy, line: Row) -> bool:
    """Whether anybody could ever give a row's command with success, limits included."""
    if not _somebody(_granted(policy, line)) or line.command is UndoMerge:
        return False  # a merge that is undone leads to a stage that was reached before
    if line.command is ApproveIntent:
        return policy.limits.intent != 0 and _decided_by_others(policy, ApproveIntent) and _applied_for(policy)
    if line.command is ApplyForIntent:
        return policy.requests.intent_approval == "automatic"
    return not (line.command is Protect and _claims_shut(policy))


def _applied_for(policy: CustomerPolicy) -> bool:
    in_force = not policy.review.required or _decided_by_others(policy, ApproveProtection)
    return in_force and any(_somebody(_granted(policy, line)) for line in _lines(ApplyForIntent))


def _claims_shut(policy: CustomerPolicy) -> bool:
    limits = policy.limits
    return 0 in {limits.potential, limits.total, limits.claims_per_day}


def _decided_by_others(policy: CustomerPolicy, command: type[Command]) -> bool:
    """Whether somebody else than the owner, who made the request, may decide it."""
    granted = [by for line in _lines(command) for by in _granted(policy, line)]
    others = any(by.roles or by.team or by.anyone for by in granted)
    return others or (policy.requests.own_decision and _somebody(granted))


def _unreachable(policy: CustomerPolicy) -> Iterator[Finding]:
    reached: set[type] = {LIFECYCLE.stages[0], Pool}
    growing = True
    while growing:
        moves = {
            to
            for source, to, command in LIFECYCLE.arrows()
            if command != "time" and source in reached and to not in reached
            if _possible(policy, source, command, to)
        }
        reached |= moves
        growing = bool(moves)
    for stage in LIFECYCLE.stages:
        if stage not in reached:
            yield Finding(f"stage {stage.name}", "unreachable-stage", "error")


def _possible(policy: CustomerPolicy, source: type, command: type[Command], to: type) -> bool:
    line = LIFECYCLE.line(source, command)
    if command is Register:
        form = "register-into-pool" if to is Pool else "register"
        shut = to is not Pool and _claims_shut(policy)
        return not shut and (form not in policy.rights or _somebody([right(*policy.rights[form])]))
    return isinstance(line, Row) and _may_be_given(policy, line)


def _undecidable(policy: CustomerPolicy) -> Iterator[Finding]:
    if policy.review.required and not _decided_by_others(policy, ApproveProtection):
        yield Finding("rights.approve-protection", "nobody-decides", "error")
    if policy.requests.intent_approval == "reviewer" and not _decided_by_others(policy, ApproveIntent):
        yield Finding("rights.approve-intent", "nobody-decides", "error")


# ----------------------------------------------------------------------------------------- conditions, contradictions


def _everyone(policy: CustomerPolicy) -> Iterator[Finding]:
    for name, words in policy.rights.items():
        if "anyone" in words:
            yield Finding(f"rights.{name}", "matches-everyone", "warning")
    for name in ("required_enterprise", "required_individual"):
        if not getattr(policy.profile, name):
            yield Finding(f"profile.{name}", "matches-everyone", "warning")
    if not policy.follow_ups.channels:
        yield Finding("follow_ups.channels", "matches-everyone", "warning")


def _deadlines(policy: CustomerPolicy) -> Iterator[Finding]:
    protection = policy.protection
    if protection.activity_days and not protection.hard_cap_days:
        yield Finding("protection.activity_days", "never-ends", "warning")
    if protection.hard_cap_days and not protection.activity_days:
        yield Finding("protection.hard_cap_days", "no-effect", "warning")
    shortest = min(protection.potential_days, protection.intent_days)
    if protection.activity_days and 0 < protection.hard_cap_days <= shortest:
        yield Finding("protection.activity_days", "no-effect", "warning")
    if policy.agenda.reminder_days >= shortest:
        yield Finding("agenda.reminder_days", "always-reminded", "warning")
    if policy.cool_down.team and not policy.cool_down.abandon_days and not policy.cool_down.expiry_days:
        yield Finding("cool_down.team", "no-effect", "warning")


def _longest(working_days: int) -> int:
    """The most calendar days a hold can take: two days off for every week it has begun, holidays aside."""
    return working_days + 2 * -(-working_days // 5)


def _requests(policy: CustomerPolicy) -> Iterator[Finding]:
    requests = policy.requests
    if requests.extensions_per_stage:
        for name in ("potential_extension_days", "intent_extension_days"):
            if getattr(requests, name) <= _longest(requests.hold_working_days):
                yield Finding(f"requests.{name}", "extension-within-hold", "warning")


def _limits(policy: CustomerPolicy) -> Iterator[Finding]:
    limits = policy.limits
    for name in ("potential", "intent"):
        own = getattr(limits, name)
        if own is not None and limits.total is not None and own > limits.total:
            yield Finding(f"limits.{name}", "limit-unreachable", "warning")
    if limits.claims_per_day is not None and limits.claim_interval_minutes is not None:
        minutes_a_day = 24 * 60
        if (limits.claims_per_day - 1) * limits.claim_interval_minutes >= minutes_a_day:
            yield Finding("limits.claims_per_day", "limit-unreachable", "warning")


_CHECKS: tuple[Callable[[CustomerPolicy], Iterator[Finding]], ...] = (
    _undecidable,
    _everyone,
    _deadlines,
    _requests,
    _limits,
)
