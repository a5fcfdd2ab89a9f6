"""When a protection ends: the one place where deadlines are counted (P-03, P-04, P-06, P-22)."""

from datetime import datetime

from crmcore.customers.policy import CustomerRules
from crmcore.customers.stages import Intent, Potential
from crmcore.kernel.times import days_after


def deadline_after(days: int, start: datetime, rules: CustomerRules) -> datetime:
    """The deadline so many days after a start, by the policy's zone and rounding."""
    return days_after(start, days, rules.zone, rules.protection.end_of_day)


def protection_days(stage: Potential | Intent, rules: CustomerRules) -> int:
    """How many days this kind of protection lasts."""
    return rules.protection.intent_days if type(stage) is Intent else rules.protection.potential_days


def extension_days(stage: Potential | Intent, rules: CustomerRules) -> int:
    """How many days an approved extension adds to this kind of protection."""
    return rules.requests.intent_extension_days if type(stage) is Intent else rules.requests.potential_extension_days


def rebased_deadline(stage: Potential | Intent, rules: CustomerRules) -> datetime:
    """The deadline this protection would have had under these rules from its start, approved extensions included."""
    days = protection_days(stage, rules) + stage.extensions * extension_days(stage, rules)
    return deadline_after(days, stage.since, rules)
