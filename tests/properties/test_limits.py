"""Limits (P-16) hold at every moment, whatever is claimed, registered, transferred, approved or locked."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given

from crmcore import CRM, Outcome, Policy
from crmcore.customers import Customer, Intent, Potential
from crmcore.kernel.times import local_date
from crmcore.testing.schedules import Step
from crmcore.testing.strategies import limit_policies, policies, schedules
from tests.properties.driver import memory, play

MANY = tuple(f"C{number}" for number in range(1, 7))


def counted(crm: CRM, at: datetime) -> list[Customer]:
    """The customers that count against a limit, as time has left them."""
    limits = crm.policy.customers.limits
    customers = [customer for customer in crm.customers.all(at=at) if isinstance(customer.stage, Potential | Intent)]
    return [customer for customer in customers if limits.count_signed or customer.signed_on is None]


def over(counts: Counter[str | None], most: int | None) -> dict[str | None, int]:
    """Who has more than a limit allows."""
    return {} if most is None else {who: count for who, count in counts.items() if count > most}


def owners(customers: list[Customer], stage: type[Potential | Intent] | None = None) -> Counter[str | None]:
    """How many of these customers each person has, at one stage or at any."""
    return Counter(customer.owner for customer in customers if stage is None or type(customer.stage) is stage)


@pytest.mark.rule("P-16", "P-17")
@given(policies(limit_policies()), schedules(MANY))
def test_nobody_ever_holds_more_than_allowed(policy: Policy, steps: list[Step]) -> None:
    """No command takes anybody past a limit for potential, intent, all protected, or locked customers."""
    crm = memory(policy)
    limits, locks = policy.customers.limits, policy.customers.locks
    for one in play(crm, steps):
        at = one.request.at
        assert at is not None
        if isinstance(one.answer, Outcome):
            customers = counted(crm, at)
            locked = Counter(one.owner for one in crm.customers.all(at=at) if getattr(one.stage, "locked", False))

            assert {} == over(owners(customers, Potential), limits.potential)
            assert {} == over(owners(customers, Intent), limits.intent)
            assert {} == over(owners(customers), limits.total)
            assert {} == over(locked, locks.per_owner)


@pytest.mark.rule("P-16")
@given(policies(limit_policies()), schedules(MANY))
def test_nobody_claims_faster_than_allowed(policy: Policy, steps: list[Step]) -> None:
    """Claims a day and the time between two claims keep to their limits, registrations for oneself included."""
    crm = memory(policy)
    limits = policy.customers.limits
    claims: dict[str, list[datetime]] = {}
    for one in play(crm, steps):
        if isinstance(one.answer, Outcome):
            for envelope in one.answer.events:
                if envelope.type == "protected":
                    claims.setdefault(envelope.by, []).append(envelope.at)
    for mine in claims.values():
        days = Counter(local_date(at, crm.rules.zone) for at in mine)
        apart = min((later - sooner for sooner, later in pairwise(mine)), default=timedelta.max)

        assert limits.claims_per_day is None or max(days.values()) <= limits.claims_per_day
        assert apart >= timedelta(minutes=limits.claim_interval_minutes or 0)
