"""Letting the days of the demonstration pass: each day's steps are given to the CRM, and lead to later ones.

Everything goes the way a host's commands would: as requests, through ``CRM.answer_all``. What time alone does, the
falls into the pool, nobody has to do.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Final

from attrs import frozen

from crmcore.app.crm import CRM
from crmcore.app.outcome import Denied, Outcome, Request
from crmcore.cli.demo.people import AFTER_SALES, HABITS, IMPORT, PRE_SALES, REVIEWER, actor
from crmcore.cli.fabricate import CompanyRow, companies
from crmcore.customers.commands import (
    Abandon,
    AcceptHandOver,
    ApplyForIntent,
    ApproveExtension,
    ApproveIntent,
    Command,
    FollowUp,
    HandOver,
    Protect,
    RecordFollowUp,
    RefuseExtension,
    RefuseIntent,
    Register,
    RequestExtension,
    Sign,
)
from crmcore.customers.entities import ContactDetails, Customer
from crmcore.customers.stages import Potential
from crmcore.kernel.actors import Actor

START: Final = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8)))
DAYS: Final = 90
END: Final = START + timedelta(days=DAYS)

COMPANIES: Final = 200
#: So many of them come in a bought list on the first day; the others are found by pre-sales one by one.
LISTED: Final = 110
#: The last day on which a new company is found.
LAST_FOUND: Final = 75
#: How many companies somebody else tries to register once more.
TWICE: Final = 6

OPEN_MINUTES: Final = 470
CLOSING: Final = 475

Then = Callable[[Customer, int], None]


@frozen
class Step:
    """What somebody does on a day: a command, and what it leads to when it passes."""

    at: datetime
    actor: Actor
    command: Command
    then: Then | None = None


class Department:
    """A sales department at work on a CRM; ``passed`` and ``refused`` count its commands."""

    def __init__(self, crm: CRM, seed: int = 2026) -> None:
        self.crm = crm
        self.passed: int = 0
        self.denied: int = 0
        self.refused: Counter[tuple[str, str]] = Counter()
        self.scene: tuple[str, str] | None = None
        self._chance = Random(seed)  # noqa: S311 — a repeatable story, no secret
        self._plan: defaultdict[int, list[Step]] = defaultdict(list)
        self._contracts = 0

    def work(self) -> None:
        """Let all days pass, and sweep at the end."""
        self._plan_registrations()
        for day in range(DAYS):
            if _working(day):
                self._plan_claims(day)
            self._do(day)
        self.crm.sweep(at=END)

    def _do(self, day: int) -> None:
        """Give the day's steps, in the order of their times, and plan what follows from them."""
        steps = sorted(self._plan.pop(day, ()), key=lambda step: step.at)
        if _next_working(day + 1) >= DAYS - 1:
            steps += self._last_step(day)
        steps = [step for step in steps if self._still_mine(step)]
        requests = [Request(step.command, step.actor, step.at) for step in steps]
        for step, answer in zip(steps, self.crm.answer_all(requests), strict=True):
            self._count(answer)
            if isinstance(answer, Outcome) and step.then is not None:
                step.then(answer.customer, day)

    def _count(self, answer: Outcome | Denied) -> None:
        if isinstance(answer, Outcome):
            self.passed += 1
            return
        self.denied += 1
        self.refused.update((refusal.rule, refusal.code) for refusal in answer.refusals)

    def _still_mine(self, step: Step) -> bool:
        """People look before they act: nobody follows up, applies or signs for a customer that went elsewhere."""
        if not isinstance(step.command, OWN):
            return True
        return self.crm.customer(step.command.customer, at=step.at).owner == step.actor.id

    def _later(self, day: int, after: tuple[int, int], who: Actor, command: Command, then: Then | None = None) -> int:
        """Plan a command for a working day so many days later, at some time of it; the day."""
        due = _next_working(day + self._chance.randint(*after))
        minute = self._chance.randrange(OPEN_MINUTES)
        self._plan[due].append(Step(_time(due, minute), who, command, then))
        return due

    def _weighted(self, weights: dict[str, int]) -> str:
        return self._chance.choices(list(weights), list(weights.values()))[0]

    # ------------------------------------------------------------------------------------------ coming on record

    def _plan_registrations(self) -> None:
        """A list on the first day, then one company after another; a few that somebody else has already."""
        rows = [company.row for company in companies(COMPANIES)]
        for place, row in enumerate(rows[:LISTED]):
            self._plan[0].append(Step(START + timedelta(seconds=place), IMPORT, registration(row, "pool")))
        for row in rows[LISTED:]:
            person = self._chance.choice(PRE_SALES)
            found = self._later(0, (0, LAST_FOUND), actor(person), registration(row, "potential"), self._protected)
            if row in rows[LISTED : LISTED + TWICE]:
                other = next(one for one in PRE_SALES if one != person)
                self._later(found, (2, 6), actor(other), registration(row, "potential"))

    def _plan_claims(self, day: int) -> None:
        """Some of pre-sales pick somebody from the pool; two may pick the same."""
        pool = self.crm.customers.in_pool(at=_time(day, 0), limit=40)
        for person in PRE_SALES:
            if not pool or self._chance.random() >= HABITS[person].claims:
                continue
            customer = self._chance.choice(pool)
            call = FollowUp(channel="phone", content="初次电话沟通", next_contact_at=_time(day + 5, 60))
            self._later(day, (0, 0), actor(person), Protect(customer.id, follow_up=call), self._protected)

    # ------------------------------------------------------------------------------------------------- potential

    def _protected(self, customer: Customer, day: int) -> None:
        """What the owner makes of a potential customer."""
        owner = customer.owner or ""
        fate = self._weighted(dict(HABITS[owner].potential))
        if fate != "forget" or self._chance.random() < 0.5:  # noqa: PLR2004 — every other one is called once
            self._call(customer.id, owner, day, (1, 4))
        FATES[fate](self, customer.id, actor(owner), day)

    def _call(self, id: str, person: str, day: int, after: tuple[int, int]) -> None:
        """A follow-up, with the next contact planned."""
        channel = self._chance.choice(("phone", "visit", "e-mail", "wechat"))
        next_at = _time(_next_working(day + after[1] + self._chance.randint(5, 12)), 30)
        said = RecordFollowUp(customer=id, channel=channel, content="了解需求与预算", next_contact_at=next_at)
        self._later(day, after, actor(person), said)

    def _win(self, id: str, owner: Actor, day: int) -> None:
        self._call(id, owner.id, day, (5, 12))
        self._later(day, (6, 20), owner, ApplyForIntent(id, "客户已询价"), self._wait_for_yes)

    def _extend(self, id: str, owner: Actor, day: int) -> None:
        self._later(day, (22, 27), owner, RequestExtension(id, "客户预算下月下达"), self._wait_for_extension)
        self._later(day, (32, 40), owner, ApplyForIntent(id, "预算已批"), self._wait_for_yes)

    def _turned_down(self, id: str, owner: Actor, day: int) -> None:
        self._later(day, (6, 14), owner, ApplyForIntent(id, "客户态度积极"), self._wait_for_no)

    def _give_up(self, id: str, owner: Actor, day: int) -> None:
        self._later(day, (4, 22), owner, Abandon(id, "暂无需求"))

    def _forget(self, id: str, owner: Actor, day: int) -> None:
        """Nothing: the protection ends by itself."""

    def _too_late(self, id: str, owner: Actor, day: int) -> None:
        """An application at the last moment, which nobody decides in time."""
        self._later(day, (25, 28), owner, ApplyForIntent(id, "客户刚刚表示有意向"))

    # ------------------------------------------------------------------------------------------------- decisions

    def _wait_for_yes(self, customer: Customer, day: int) -> None:
        self._later(day, (1, 2), actor(REVIEWER), ApproveIntent(customer.id), self._intent)

    def _wait_for_no(self, customer: Customer, day: int) -> None:
        owner = customer.owner or ""
        self._later(day, (1, 2), actor(REVIEWER), RefuseIntent(customer.id, "理由不充分"))
        if self._chance.random() < 0.5:  # noqa: PLR2004 — every other one is tried again
            self._later(day, (6, 10), actor(owner), ApplyForIntent(customer.id, "已提供报价"), self._wait_for_yes)

    def _wait_for_extension(self, customer: Customer, day: int) -> None:
        chance, id = self._chance.random(), customer.id
        decision = ApproveExtension(id) if chance < 0.75 else RefuseExtension(id, "已过合理期限")  # noqa: PLR2004
        self._later(day, (1, 2), actor(REVIEWER), decision)

    # ---------------------------------------------------------------------------------------------- intent, formal

    def _intent(self, customer: Customer, day: int) -> None:
        """What the owner makes of a customer that shows intent."""
        id, owner = customer.id, actor(customer.owner or "")
        fate = self._weighted(dict(HABITS[owner.id].intent))
        self._call(id, owner.id, day, (1, 3))
        if fate == "give-up":
            self._later(day, (5, 12), owner, Abandon(id, "客户选择了其他供应商"))
        if fate == "extend":
            self._later(day, (9, 11), owner, RequestExtension(id, "合同条款待确认"), self._wait_for_extension)
        if fate in {"sign", "extend"}:
            self._later(day, (3, 11) if fate == "sign" else (16, 20), owner, self._contract(id), self._signed)

    def _contract(self, id: str) -> Sign:
        self._contracts += 1
        return Sign(id, f"HT-2026-{self._contracts:03d}")

    def _signed(self, customer: Customer, day: int) -> None:
        """After-sales takes over."""
        id, to = customer.id, self._chance.choice(AFTER_SALES)
        self._later(day, (1, 3), actor(customer.owner or ""), HandOver(id, to, ("service",)), self._handed_over)

    def _handed_over(self, customer: Customer, day: int) -> None:
        owner = customer.owner or ""
        self._later(day, (1, 2), actor(owner), AcceptHandOver(customer.id))
        self._call(customer.id, owner, day, (8, 14))

    # ------------------------------------------------------------------------------------------------ the last day

    def _last_step(self, day: int) -> list[Step]:
        """On the last working day at closing time somebody gives a customer up, and will want it back (``scene``)."""
        if not _working(day):
            return []
        for person in reversed(PRE_SALES):
            for customer in self.crm.customers.held_by(person, at=_time(day, CLOSING)):
                if isinstance(customer.stage, Potential) and customer.stage.request is None:
                    self.scene = (customer.id, person)
                    return [Step(_time(day, CLOSING), actor(person), Abandon(customer.id, "暂无需求"))]
        return []


FATES: Final[dict[str, Callable[[Department, str, Actor, int], None]]] = {
    "win": Department._win,  # noqa: SLF001 — the department's own ways
    "extend": Department._extend,  # noqa: SLF001
    "turned-down": Department._turned_down,  # noqa: SLF001
    "give-up": Department._give_up,  # noqa: SLF001
    "forget": Department._forget,  # noqa: SLF001
    "too-late": Department._too_late,  # noqa: SLF001
}

#: What only the owner does.
OWN: Final = (Abandon, AcceptHandOver, ApplyForIntent, HandOver, RecordFollowUp, RequestExtension, Sign)


def registration(row: CompanyRow, into: str) -> Register:
    """The command that puts a fabricated company on record."""
    contacts = tuple(ContactDetails(**contact) for contact in row["contacts"])
    fields = {key: value for key, value in row.items() if key != "contacts"}
    return Register(**fields, contacts=contacts, into=into)  # type: ignore[arg-type]


def _working(day: int) -> bool:
    return (START + timedelta(days=day)).weekday() < 5  # noqa: PLR2004 — Monday to Friday


def _next_working(day: int) -> int:
    while not _working(day):
        day += 1
    return day


def _time(day: int, minute: int) -> datetime:
    return START + timedelta(days=day, minutes=minute)
