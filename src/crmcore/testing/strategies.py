"""Hypothesis strategies for everything a test of customers draws; install Hypothesis to import this module.

All data is made up. A schedule is drawn without a CRM and resolved on one (``crmcore.testing.schedules``)::

    @given(policies(), schedules())
    def test_mine(policy, steps):
        crm = CRM.open("mine://", policy=policy)
        now = START
        for step in steps:
            if isinstance(step, Act):
                request = resolve(crm, step, now)
                now = request.at
                crm.answer(request.command, actor=request.actor, at=now)
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from crmcore.app.policy import Policy
from crmcore.customers.commands import COMMANDS, Command, Register
from crmcore.customers.policy import (
    CoolDownPolicy,
    CustomerPolicy,
    LimitPolicy,
    LockPolicy,
    ProtectionPolicy,
    RequestPolicy,
    ReviewPolicy,
)
from crmcore.kernel.actors import Actor
from crmcore.testing.schedules import (
    MICROSECOND,
    NAMES,
    STAFF,
    START,
    Act,
    Look,
    LookKind,
    Says,
    Step,
    Wait,
    fill,
    registration,
)

__all__ = [
    "actors",
    "acts",
    "commands",
    "customers",
    "limit_policies",
    "looks",
    "policies",
    "says",
    "schedules",
    "waits",
]

#: Ids of the customers that schedules are about.
CUSTOMERS = ("C1", "C2", "C3")

_LOOKS: tuple[LookKind, ...] = (
    "sweep",
    "sweep",
    "sweep",
    "customer",
    "in-pool",
    "held-by",
    "agenda",
    "history",
    "can",
    "why-not",
    "verify",
)


#: People whose roles or teams are not those of their namesake among ``STAFF``, and one whom nobody knows.
_OTHERS = (
    Actor("li", {"reviewer"}),
    Actor("wang"),
    Actor("zhao", {"after-sales", "manager"}, {"north"}),
    Actor("newcomer", {"pre-sales"}, {"north", "south"}),
    Actor("newcomer", {"legal", "customer-success", "agent"}, {"north"}),
)


def actors() -> st.SearchStrategy[Actor]:
    """People: mostly of ``STAFF``, now and then somebody whose roles or teams are others."""
    return st.sampled_from([*STAFF, *STAFF, *_OTHERS])


#: What may be left out, empty, wrong or unusual about what a command says.
_UNUSUAL: tuple[Mapping[str, Any], ...] = (
    {"text": ""},
    {"text": "  "},
    {"teams": ("north",)},
    {"teams": ("south",)},
    {"of": "wang"},
    {"of": "zhao"},
    {"number": 2},
    {"number": 3},
    {"contact": False},
    {"follow_up": False},
    {"contact": False, "follow_up": False},
    {"channel": "电话"},
    {"channel": "carrier-pigeon"},
    {"held_days_ago": 1},
    {"held_days_ago": -1},
    {"next_contact_days": 9},
    {"next_contact_days": None},
    {"corrects": 1},
    {"corrects": 2},
    {"active": False},
    *({"name": name} for name in NAMES),
    {"kind": "individual"},
    {"into": "pool"},
    {"into": "pool", "contact": False},
)


def says() -> st.SearchStrategy[Says]:
    """What commands say: often what passes, with this or that left out, empty or wrong."""
    usual: list[tuple[Mapping[str, Any], ...]] = [() for _ in range(2 * len(_UNUSUAL))]
    unusual = st.sampled_from([*usual, *((one,) for one in _UNUSUAL), *zip(_UNUSUAL, _UNUSUAL[5:], strict=False)])
    return st.builds(_said, st.integers(1, 19), st.sampled_from([actor.id for actor in STAFF[:7]]), unusual)


def _said(call: int, to: str, unusual: Sequence[Mapping[str, Any]]) -> Says:
    fields: dict[str, Any] = {"text": f"as agreed in call {call}", "to": to}
    for one in unusual:
        fields |= one
    return Says(**fields)


def _mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual] * 5 * len(others) + list(others))


def customers() -> st.SearchStrategy[Register]:
    """Registrations of made-up customers, with ids out of ``CUSTOMERS`` and names of which some are the same."""
    return st.builds(registration, st.sampled_from(CUSTOMERS), says())


def commands(
    of: Sequence[str] = CUSTOMERS,
    at: datetime = START,
    kinds: Sequence[type[Command]] = tuple(COMMANDS.values()),
) -> st.SearchStrategy[Command]:
    """Commands of these classes about these customers, to be given at ``at``; legal and illegal ones."""
    return st.builds(fill, st.sampled_from(list(kinds)), st.sampled_from(list(of)), says(), st.just(at))


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
    """Policies: the standard one, reviewed ones, short days, limits, locks, activity rules, every cool-down."""
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
    )
    zones = st.sampled_from(["Asia/Shanghai", "Asia/Shanghai", "UTC", "Europe/Berlin", "America/New_York"])
    own = st.builds(Policy, name=st.just("drawn"), zone=zones, customers=drawn)
    return st.one_of(st.just(Policy()), own)


def waits() -> st.SearchStrategy[Wait]:
    """Waits: none, minutes, days, and until just before, at, and just after something is due."""
    passing = [timedelta(), timedelta(), timedelta(), timedelta(minutes=20), timedelta(hours=16), timedelta(days=2)]
    shifts = [timedelta(), -MICROSECOND, MICROSECOND]
    short = [Wait(passes) for passes in passing]
    due = [Wait(shift, coming) for coming in range(3) for shift in shifts]
    return st.sampled_from([*short * 5, *due])


def acts(of: Sequence[str] = CUSTOMERS) -> st.SearchStrategy[Act]:
    """Acts: five in six pick a command that would pass if it said the right thing; the others are anything."""
    kinds = [*[None] * 5 * len(COMMANDS), *COMMANDS.values()]
    who, picks = st.sampled_from(list(of)), st.sampled_from(range(240))
    return st.builds(Act, waits(), who, says(), actors(), st.sampled_from(kinds), picks)


def looks(of: Sequence[str] = CUSTOMERS) -> st.SearchStrategy[Look]:
    """Sweeps and questions; questions may look ahead."""
    ahead = st.sampled_from([timedelta(), timedelta(), timedelta(days=1), timedelta(days=40)])
    kinds = st.sampled_from(list(_LOOKS))
    return st.builds(Look, waits(), kinds, st.sampled_from(list(of)), actors(), st.sampled_from([1, 2, 500]), ahead)


def schedules(
    of: Sequence[str] = CUSTOMERS, *, looks_too: bool = False, max_size: int = 50
) -> st.SearchStrategy[list[Step]]:
    """Schedules about these customers of up to ``max_size`` steps, with sweeps and questions between if asked for."""
    step: st.SearchStrategy[Step] = st.one_of(acts(of), looks(of)) if looks_too else acts(of)
    # A list of any size would mostly be short, and little happens in a few steps.
    lengths = st.sampled_from(range(1, max_size + 1))
    return lengths.flatmap(lambda length: st.lists(step, min_size=length, max_size=length))
