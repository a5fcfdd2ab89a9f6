"""When a protection ends: the one place where deadlines are counted (P-03, P-04, P-06, P-22)."""

from datetime import datetime, time

from crmcore.customers.policy import CustomerRules
from crmcore.customers.stages import Intent, Potential, Request
from crmcore.kernel.calendar import Moment, working_days_after
from crmcore.kernel.times import days_after, next_midnight

MIDNIGHT = time()


def deadline_after(days: int, start: datetime, rules: CustomerRules) -> datetime:
    """The deadline so many days after a start, by the policy's zone and rounding."""
    return days_after(start, days, rules.zone, rules.protection.end_of_day)


def protection_days(stage: Potential | Intent, rules: CustomerRules) -> int:
    """How many days this kind of protection lasts."""
    return rules.protection.intent_days if type(stage) is Intent else rules.protection.potential_days


def extension_days(stage: Potential | Intent, rules: CustomerRules) -> int:
    """How many days an approved extension adds to this kind of protection."""
    return rules.requests.intent_extension_days if type(stage) is Intent else rules.requests.potential_extension_days


def extended(deadline: datetime, days: int, rules: CustomerRules) -> datetime:
    """A deadline so many days later; one that is the end of a day already is not rounded up again."""
    later = days_after(deadline, days, rules.zone)
    if not rules.protection.end_of_day or later.astimezone(rules.zone).time() == MIDNIGHT:
        return later
    return next_midnight(later, rules.zone)


def rebased_deadline(stage: Potential | Intent, rules: CustomerRules) -> datetime:
    """The deadline this protection would have had under these rules from its start, approved extensions included."""
    deadline = deadline_after(protection_days(stage, rules), stage.since, rules)
    return extended(deadline, stage.extensions * extension_days(stage, rules), rules) if stage.extensions else deadline


def hold_of(deadline: datetime, rules: CustomerRules) -> Moment:
    """Until when a pending request keeps a customer from falling (P-07)."""
    return working_days_after(deadline, rules.requests.hold_working_days, rules.calendar, rules.zone)


def held_from(request: Request | None, deadline: datetime, rules: CustomerRules) -> Request | None:
    """What is pending, holding past another deadline than before."""
    if request is None:
        return None
    hold = hold_of(deadline, rules)
    return Request(request.kind, request.by, request.at, hold.at, hold.provisional)
