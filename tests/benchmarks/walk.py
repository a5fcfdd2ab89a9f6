"""A long legal walk through the customer lifecycle: 200,000 steps of made-up customers, prepared before any clock runs.

Each step is a command with who gives it, when, and the facts that deciding it needs. Customers live one after the
other: registered, followed up, applied for, extended, abandoned, fallen, claimed again, signed, handed over, released.
Times lie in office hours, so that a UTC day and a day in the policy's zone are the same day.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from attrs import define, frozen

from crmcore.app.policy import load_policy
from crmcore.customers import (
    Abandon,
    ApplyForIntent,
    ApproveExtension,
    ApproveIntent,
    ContactDetails,
    Customer,
    FollowUp,
    HandOver,
    Protect,
    RecordFollowUp,
    RefuseIntent,
    Register,
    Release,
    RequestExtension,
    Sign,
)
from crmcore.customers.facts import Facts
from crmcore.customers.history import evolve, settled
from crmcore.customers.lifecycle import LIFECYCLE
from crmcore.customers.policy import CustomerRules, in_force
from crmcore.kernel.actors import Actor
from crmcore.kernel.calendar import Weekdays
from crmcore.kernel.events import Envelope
from crmcore.kernel.refusals import Refusals
from crmcore.kernel.times import zone

STAMP = "standard/1"
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
#: Steps in the life of one customer.
LIFE = 20

LI = Actor("li", {"pre-sales"}, {"north"})
WANG = Actor("wang", {"pre-sales"}, {"south"})
REVIEWER = Actor("zheng", {"reviewer"})
BOSS = Actor("feng", {"manager"})
LOADER = Actor("loader", {"import"})
WU = Actor("wu", {"after-sales"})


@frozen
class Step:
    """One command of the walk; who gives it stands in the facts. ``registration`` is the step that opened the life."""

    command: Any
    facts: Facts
    now: datetime
    registration: "Step | None" = None


#: The steps of one customer, from its registration on.
Life = list[Step]


@define
class _Customer:
    """A customer under way, while the walk is prepared."""

    id: str
    now: datetime
    chance: Random
    customer: Customer | None = None

    @property
    def owner(self) -> Actor:
        """Who looks after the customer, or else somebody in pre-sales."""
        known = {person.id: person for person in (LI, WANG, WU)}
        owner = None if self.customer is None else self.customer.owner
        return known[owner] if owner else self.chance.choice((LI, WANG))


Choice = tuple[int, Callable[[_Customer], Any], Callable[[_Customer], Actor]]


def rules() -> CustomerRules:
    """The preset standard, in force."""
    policy = load_policy("standard")
    return in_force(policy.customers, zone(policy.zone), Weekdays())


def walk(steps: int, seed: int = 7) -> list[Life]:
    """The lives of so many customers that they make so many steps; the same seed gives the same walk."""
    chance, in_use = Random(seed), rules()
    begins = (START + timedelta(minutes=chance.randrange(500)) for _ in range(steps // LIFE))
    return [_life(_Customer(f"C{place}", begin, chance), in_use) for place, begin in enumerate(begins, 1)]


def _life(life: _Customer, in_use: CustomerRules) -> Life:
    """The life of one customer: only commands that pass."""
    steps: Life = []
    while len(steps) < LIFE:
        customer = None if life.customer is None else settled(life.customer, life.now)[0]
        command, actor = _chosen(life, customer)
        facts = Facts(actor, customer, number=f"KH-{life.id}")
        decision = LIFECYCLE.decide(facts.stage, command, facts, in_use, life.now)
        if isinstance(decision, Refusals):
            life.now += timedelta(days=1)
            continue
        steps.append(Step(command, facts, life.now, steps[0] if steps else None))
        for event in decision:
            number = 1 if customer is None else customer.version + 1
            customer = evolve(customer, Envelope(life.id, number, actor.id, STAMP, event))
        life.customer = customer
        days = life.chance.choices((0, 1, 2, 5, 12, 40), (20, 30, 25, 15, 8, 2))[0]
        life.now += timedelta(days=days, minutes=0 if days else 7) if life.now.hour < 9 else timedelta(1, -8 * 3600)
    return steps


def _chosen(life: _Customer, customer: Customer | None) -> tuple[Any, Actor]:
    """A command that suits the stage, and who gives it."""
    life.customer = customer
    if customer is None:
        return _registration(life)
    request = getattr(customer.stage, "request", None)
    choices = _CHOICES[customer.stage.name if request is None else f"{customer.stage.name}/{request.kind}"]
    _, make, who = life.chance.choices(choices, [weight for weight, _, _ in choices])[0]
    actor = who(life)
    return make(life), actor


def _registration(life: _Customer) -> tuple[Register, Actor]:
    into, actor = life.chance.choice((("potential", LI), ("potential", WANG), ("pool", LOADER)))
    command = Register(
        name=f"Example {life.id} Trading Ltd",
        id=life.id,
        into=into,  # type: ignore[arg-type]
        address="1 Example Street",
        industry="wholesale-retail",
        phone="0523-5550123",
        introduction="A made-up trader.",
        contacts=(ContactDetails("A. Buyer"),),
    )
    return command, actor


def _follow_up(life: _Customer) -> RecordFollowUp:
    due = life.now + timedelta(days=3)
    return RecordFollowUp(customer=life.id, channel="phone", content="Asked about the offer.", next_contact_at=due)


def _claim(life: _Customer) -> Protect:
    told = FollowUp(channel="phone", content="Is interested.", next_contact_at=life.now + timedelta(days=3))
    return Protect(life.id, contact=None, follow_up=told)


def _either(life: _Customer) -> Actor:
    return life.chance.choice((LI, WANG))


def _owner(life: _Customer) -> Actor:
    return life.owner


def _reviewer(_life: _Customer) -> Actor:
    return REVIEWER


def _manager(_life: _Customer) -> Actor:
    return BOSS


_CHOICES: dict[str, list[Choice]] = {
    "pool": [(1, _follow_up, _either), (3, _claim, _either)],
    "potential": [
        (5, _follow_up, _owner),
        (3, lambda life: ApplyForIntent(life.id, "They want a quotation."), _owner),
        (1, lambda life: RequestExtension(life.id, "Their budget comes next month."), _owner),
        (1, lambda life: Abandon(life.id, "No need at present."), _owner),
    ],
    "potential/intent": [
        (1, _follow_up, _owner),
        (4, lambda life: ApproveIntent(life.id), _reviewer),
        (1, lambda life: RefuseIntent(life.id, "Too early."), _reviewer),
    ],
    "potential/extension": [(1, _follow_up, _owner), (4, lambda life: ApproveExtension(life.id), _reviewer)],
    "intent": [
        (5, _follow_up, _owner),
        (1, lambda life: RequestExtension(life.id, "The contract is with their lawyers."), _owner),
        (1, lambda life: Abandon(life.id, "Bought elsewhere."), _owner),
        (3, lambda life: Sign(life.id, f"HT-{life.id}"), _owner),
    ],
    "intent/extension": [(1, _follow_up, _owner), (4, lambda life: ApproveExtension(life.id), _reviewer)],
    "formal": [
        (5, _follow_up, _owner),
        (1, lambda life: HandOver(life.id, "wu") if life.owner is not WU else Sign(life.id, "HT-2"), _manager),
        (2, lambda life: Release(life.id, "Has closed down its works."), _manager),
    ],
}
