"""Hypothesis strategies for everything a test of customers draws; install Hypothesis to import this module.

===================== ===========================================================================================
``customers``         registrations of made-up customers
``commands``          commands of all classes, legal and illegal ones
``actors``            people of all roles
``requests``          commands with who gives them, and when
``policies``          policies of every sort; ``limit_policies`` their limits alone
``schedules``         what people do to some customers, step by step; made of ``acts``, ``looks``, ``says``, ``waits``
``histories``         all events of a customer, as a legal life gives them
``envelopes``         one event out of such a life, with what is known about it
``stored_customers``  customers as such a life leaves them
===================== ===========================================================================================

All data is made up. Where crmcore is installed, ``st.from_type`` draws from these as well: for ``Customer``,
``Command`` and each of its classes, ``Actor``, ``Request``, ``Policy`` and ``Envelope``.

A schedule is drawn without a CRM and resolved on one (``crmcore.testing.schedules``)::

    @given(policies(), schedules())
    def test_mine(policy, steps):
        crm = CRM.open("mine://", policy=policy)
        for one in play(crm, steps):
            ...
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from hypothesis import strategies as st

from crmcore.app.crm import CRM
from crmcore.app.outcome import Request
from crmcore.app.policy import Policy
from crmcore.customers.commands import COMMANDS, Command, Register
from crmcore.customers.entities import Customer
from crmcore.customers.history import replay
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.testing.playing import play
from crmcore.testing.policies import limit_policies, policies
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
    "CUSTOMERS",
    "actors",
    "acts",
    "commands",
    "customers",
    "envelopes",
    "histories",
    "limit_policies",
    "looks",
    "policies",
    "requests",
    "says",
    "schedules",
    "stored_customers",
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
    {"decided": True},
)


def says() -> st.SearchStrategy[Says]:
    """What commands say: often what passes, with this or that left out, empty or wrong."""
    usual: list[tuple[Mapping[str, Any], ...]] = [() for _ in range(2 * len(_UNUSUAL))]
    unusual = st.sampled_from([*usual, *((one,) for one in _UNUSUAL), *zip(_UNUSUAL, _UNUSUAL[5:], strict=False)])
    to, other = st.sampled_from([actor.id for actor in STAFF[:7]]), st.sampled_from(CUSTOMERS)
    return st.builds(_said, st.integers(1, 19), to, other, unusual)


def _said(call: int, to: str, other: str, unusual: Sequence[Mapping[str, Any]]) -> Says:
    fields: dict[str, Any] = {"text": f"as agreed in call {call}", "to": to, "other": other}
    for one in unusual:
        fields |= one
    return Says(**fields)


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


def requests(of: Sequence[str] = CUSTOMERS, at: datetime = START) -> st.SearchStrategy[Request]:
    """Commands about these customers with who gives them, all at one time."""
    return st.builds(Request, commands(of, at), actors(), st.just(at))


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


def histories(of: str = "C1", *, max_size: int = 30) -> st.SearchStrategy[tuple[Envelope, ...]]:
    """All events of one customer, oldest first, as people bring them about under some policy in ``max_size`` steps."""
    into: st.SearchStrategy[Literal["potential", "pool"]] = st.sampled_from(["potential", "pool"])
    return st.builds(_life, st.just(of), into, policies(), schedules((of,), max_size=max_size))


def _life(id: str, into: Literal["potential", "pool"], policy: Policy, steps: list[Step]) -> tuple[Envelope, ...]:
    with CRM.open(policy=policy, new_id=lambda: id) as crm:
        crm.handle(registration(id, Says(into=into)), actor=_REGISTRANTS[into], at=START)
        for _ in play(crm, steps):
            pass
        return tuple(one.envelope for one in crm.events())


_REGISTRANTS = {"potential": STAFF[0], "pool": STAFF[5]}


def stored_customers(of: str = "C1", *, max_size: int = 30) -> st.SearchStrategy[Customer]:
    """A customer as some life leaves it."""
    return histories(of, max_size=max_size).map(_replayed)


def _replayed(history: tuple[Envelope, ...]) -> Customer:
    customer = replay(history)
    if customer is None:
        msg = "a life begins with a registration"
        raise ValueError(msg)
    return customer


def envelopes(of: str = "C1", *, max_size: int = 30) -> st.SearchStrategy[Envelope]:
    """One event out of some life, with who brought it about, its number and its policy."""
    return histories(of, max_size=max_size).flatmap(st.sampled_from)
