"""Hypothesis strategies for policies; ``crmcore.testing.strategies`` has them too."""

from typing import Any

from hypothesis import strategies as st

from crmcore.app.policy import Policy
from crmcore.customers.policy import (
    CoolDownPolicy,
    CustomerPolicy,
    LimitPolicy,
    LockPolicy,
    MergePolicy,
    ProtectionPolicy,
    RequestPolicy,
    ReviewPolicy,
)


def _mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual] * 5 * len(others) + list(others))


def limit_policies() -> st.SearchStrategy[LimitPolicy]:
    """Limits that a few customers reach."""
    few = st.sampled_from([None, 1, 2])
    return st.builds(
        LimitPolicy,
        potential=few,
        intent=few,
        total=st.sampled_from([None, 1, 2, 3]),
        count_signed=st.booleans(),
        claims_per_day=few,
        claim_interval_minutes=st.sampled_from([None, 30]),
    )


def policies(limits: st.SearchStrategy[LimitPolicy] | None = None) -> st.SearchStrategy[Policy]:
    """Policies: the standard one, reviewed ones, short days, limits, locks, activity rules, cool-downs, survivors."""
    drawn = st.builds(
        CustomerPolicy,
        protection=st.builds(
            ProtectionPolicy,
            potential_days=st.sampled_from([30, 10, 3, 1]),
            intent_days=st.sampled_from([15, 2, 1]),
            end_of_day=st.booleans(),
            on_transfer=st.sampled_from(["stays", "restarts"]),
            activity_days=st.sampled_from([0, 0, 3, 20]),
            hard_cap_days=st.sampled_from([0, 20]),
        ),
        requests=st.builds(
            RequestPolicy,
            intent_approval=_mostly("reviewer", "automatic"),
            extensions_per_stage=st.sampled_from([1, 0, 2]),
            potential_extension_days=st.sampled_from([15, 1]),
            intent_extension_days=st.sampled_from([7, 1]),
            hold_working_days=st.integers(0, 5),
            own_decision=_mostly(False, True),
        ),
        cool_down=st.builds(
            CoolDownPolicy,
            abandon_days=st.sampled_from([3, 0, 40]),
            expiry_days=st.sampled_from([0, 2]),
            team=st.booleans(),
        ),
        review=st.builds(
            ReviewPolicy,
            required=st.booleans(),
            working_days=st.sampled_from([3, 0]),
            public_working_days=st.sampled_from([3, 0, 1]),
        ),
        limits=st.one_of(st.just(LimitPolicy()), limit_policies()) if limits is None else limits,
        locks=st.builds(LockPolicy, st.integers(0, 2)),
        merge=_mostly(MergePolicy(), MergePolicy(("protected", "earliest")), MergePolicy(())),
    )
    zones = st.sampled_from(["Asia/Shanghai", "Asia/Shanghai", "UTC", "Europe/Berlin", "America/New_York"])
    own = st.builds(Policy, name=st.just("drawn"), zone=zones, customers=drawn)
    return st.one_of(st.just(Policy()), own)
