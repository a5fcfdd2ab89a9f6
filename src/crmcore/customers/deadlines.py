"""When a protection ends: the one place where deadlines are counted (P-03, P-04, P-06, P-22)."""

from datetime import datetime

from crmcore.customers.policy import CustomerRules
from crmcore.customers.stages import Intent, Potential
from crmcore.kernel.times import days_after


def deadline_after(days: int, start: datetime, rules: CustomerRules) -> datetime:
    """The deadline so many days after a start, by the policy's zone and rounding."""
    return days_after(start, days, rules.zone, rules.protection.end_of_day)


def rebased_deadline(stage: Potential | Intent, rules: CustomerRules) -> datetime:
    """The deadline this protection would have had under these rules from its start, approved extensions included."""
    potential = type(stage) is Potential
    days = rules.protection.potential_days if potential else rules.protection.intent_days
    more = rules.requests.potential_extension_days if potential else rules.requests.intent_extension_days
    return deadline_after(days + stage.extensions * more, stage.since, rules)
