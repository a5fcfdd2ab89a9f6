"""A small stage for rules: people, a clock that is set by hand, and given / when / then over a CRM in memory.

>>> scene = Scene().given(register(), by=LI)
>>> scene.at(days=29).stage()
'potential'
>>> scene.at(days=30).stage()
'pool'
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from crmcore.app.crm import CRM
from crmcore.app.outcome import Denied, Outcome
from crmcore.app.policy import Policy
from crmcore.customers import (
    AgendaItem,
    ApplyForIntent,
    ApproveIntent,
    ContactDetails,
    Customer,
    FollowUp,
    Protect,
    RecordFollowUp,
    Register,
    Sign,
)
from crmcore.customers.commands import Command
from crmcore.kernel.actors import Actor
from crmcore.kernel.refusals import Refusal

LI = Actor("li", roles={"pre-sales"}, teams={"north"})
#: Of Li's team.
ZHAO = Actor("zhao", roles={"pre-sales"}, teams={"north"})
WANG = Actor("wang", roles={"pre-sales"}, teams={"south"})
REVIEWER = Actor("rui", roles={"reviewer"})
MANAGER = Actor("chen", roles={"manager"})
SERVICE = Actor("ning", roles={"after-sales"})
ADMIN = Actor("root", roles={"administrator"})
IMPORT = Actor("loader", roles={"import"})
GUEST = Actor("guest")

CHINA = ZoneInfo("Asia/Shanghai")
#: A Monday; thirty days later is Wednesday, 2026-04-01.
MONDAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)
MICROSECOND = timedelta(microseconds=1)
NAME = "靖江市春意空调有限公司"


class Scene:
    """A CRM in memory under a policy, with a clock that stands where it was last set."""

    def __init__(
        self,
        overrides: Mapping[str, Any] | None = None,
        *,
        policy: Policy | str = "standard",
        start: datetime = MONDAY,
        plugins: Sequence[object] = (),
    ) -> None:
        self.start = start.astimezone(UTC)
        self.now = self.start
        self.crm = CRM.open("memory://", policy=policy, overrides=overrides, clock=lambda: self.now, plugins=plugins)

    # ------------------------------------------------------------------------------------------------------- given

    def at(self, moment: datetime | None = None, **elapsed: float) -> Self:
        """Set the clock to a moment, to so much time after the start (``days=29, hours=23``), or to both together."""
        self.now = (self.start if moment is None else moment.astimezone(UTC)) + timedelta(**elapsed)
        return self

    def given(self, *commands: Command, by: Actor) -> Self:
        """Give commands that pass."""
        for command in commands:
            self.crm.handle(command, actor=by)
        return self

    def potential(self, *, by: Actor = LI, **profile: Any) -> Self:
        """A customer, C1 unless told otherwise, protected by Li."""
        return self.given(register(**profile), by=by)

    def pool(self, **profile: Any) -> Self:
        """A customer that nobody has had yet."""
        return self.given(register(into="pool", **profile), by=MANAGER)

    def intent(self, *, by: Actor = LI, **profile: Any) -> Self:
        """A customer of Li's that shows intent."""
        id = profile.get("id", "C1")
        self.potential(by=by, **profile).given(ApplyForIntent(id, "they ask for an offer"), by=by)
        return self.given(ApproveIntent(id), by=REVIEWER)

    def formal(self, *, by: Actor = LI, **profile: Any) -> Self:
        """A customer of Li's that has signed."""
        return self.intent(by=by, **profile).given(Sign(profile.get("id", "C1"), "HT-1"), by=by)

    # -------------------------------------------------------------------------------------------------------- when

    def when(self, command: Command, *, by: Actor) -> Outcome:
        """What a command that passes leads to."""
        return self.crm.handle(command, actor=by)

    def refusals(self, command: Command, *, by: Actor) -> tuple[Refusal, ...]:
        """Every refusal of a command, none if it would pass. Nothing is done; a refused one is given to prove it."""
        told = self.crm.why_not(command, actor=by)
        if not told:
            return ()
        before = self.crm.customers.all(merged=True)
        answer = self.crm.answer(command, actor=by)

        assert isinstance(answer, Denied)
        assert tuple(told) == tuple(answer.refusals)
        assert before == self.crm.customers.all(merged=True)

        return tuple(told)

    def refused(self, command: Command, *, by: Actor) -> list[str]:
        """Every refusal of a command as "rule code"; an empty list if it would pass."""
        return [f"{refusal.rule} {refusal.code}" for refusal in self.refusals(command, by=by)]

    # -------------------------------------------------------------------------------------------------------- then

    def customer(self, id: str = "C1") -> Customer:
        """The customer now."""
        return self.crm.customer(id)

    def stage(self, id: str = "C1") -> str:
        """The name of the stage the customer is in now."""
        return self.customer(id).stage.name

    def stages(self, *moments: datetime, id: str = "C1") -> list[str]:
        """The names of the stages the customer is in at these moments."""
        return [self.crm.customer(id, at=moment).stage.name for moment in moments]

    def around(self, moment: datetime, id: str = "C1") -> list[str]:
        """The stages a microsecond before a moment, at it, and a microsecond after it."""
        return self.stages(moment - MICROSECOND, moment, moment + MICROSECOND, id=id)

    def deadline(self, id: str = "C1") -> datetime:
        """When the protection is due to end."""
        deadline = self.customer(id).deadline
        assert deadline is not None

        return deadline

    def events(self, id: str = "C1") -> list[str]:
        """The types of all events, oldest first."""
        return [envelope.type for envelope in self.crm.history(id)]

    def agenda(self, who: Actor) -> list[str]:
        """What a person has to do, as "kind customer urgency", soonest first."""
        return [f"{item.kind} {item.customer} {item.urgency}" for item in self.items(who)]

    def items(self, who: Actor) -> list[AgendaItem]:
        """What a person has to do, soonest first."""
        return self.crm.agenda(who)


def china(*when: int) -> datetime:
    """A moment on a clock in Shanghai: ``china(2026, 4, 1, 9)``."""
    date, time = when[:3], (*when[3:], 0, 0, 0)[:3]
    return datetime(*date, *time, tzinfo=CHINA)  # type: ignore[arg-type,misc]


def register(**profile: Any) -> Register:
    """A registration with all that the standard policy requires; C1 unless told otherwise."""
    filled = {
        "name": NAME,
        "id": "C1",
        "address": "靖江市人民路1号",
        "industry": "manufacturing",
        "phone": "0523-80000001",
        "introduction": "空调安装与维修",
    }
    return Register(**{**filled, **profile})


def follow_up(**changes: Any) -> FollowUp:
    """A follow-up to be given with a claim."""
    filled = {"channel": "phone", "content": "介绍产品", "next_contact_at": MONDAY + timedelta(days=90)}
    return FollowUp(**{**filled, **changes})


def record(customer: str = "C1", **changes: Any) -> RecordFollowUp:
    """A follow-up to be recorded, with a next contact far ahead."""
    filled = {"channel": "phone", "content": "介绍产品", "next_contact_at": MONDAY + timedelta(days=90)}
    return RecordFollowUp(customer=customer, **{**filled, **changes})


def claim(customer: str = "C1") -> Protect:
    """A claim that brings the contact and the follow-up with it."""
    return Protect(customer, contact=ContactDetails("王经理"), follow_up=follow_up())
