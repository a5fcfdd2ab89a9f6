"""Schedules: what people do to some customers, step by step, told so that it fits whatever went before.

A step does not name an instant: it says how long after the step before it comes, or that it comes when something is
due, to the microsecond (``Wait``). Nor need it name a command: it may pick one that would pass (``Act.kind`` None). A
CRM turns a step into a ``Request`` (``resolve``); the requests can then be played on any other CRM, with or without
the looks in between. The same steps on the same CRM give the same requests.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from attrs import frozen

from crmcore.app.crm import CRM
from crmcore.app.outcome import Request
from crmcore.customers.commands import (
    Abandon,
    AddContact,
    ApplyForIntent,
    ApproveExtension,
    ApproveIntent,
    ApproveProtection,
    ChangeContact,
    ChangeProfile,
    Command,
    FollowUp,
    HandOver,
    Merge,
    Protect,
    ReassignActions,
    RecordFollowUp,
    RefuseExtension,
    RefuseIntent,
    RefuseProtection,
    Register,
    Release,
    RequestExtension,
    Sign,
    Transfer,
    UndoMerge,
)
from crmcore.customers.entities import ContactDetails, Customer
from crmcore.customers.lifecycle import LIFECYCLE
from crmcore.customers.stages import Intent, Pool, Potential
from crmcore.errors import NotFound
from crmcore.kernel.actors import Actor
from crmcore.kernel.times import days_after, next_midnight

#: When schedules begin: a Monday morning in Shanghai.
START: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

#: People to act: three pre-sales in two teams, one who also reviews, and one of every other sort.
STAFF: Final = (
    Actor("li", {"pre-sales"}, {"north"}),
    Actor("wang", {"pre-sales"}, {"north"}),
    Actor("zhao", {"pre-sales"}, {"south"}),
    Actor("qian", {"pre-sales", "reviewer"}, {"south"}),
    Actor("chen", {"reviewer"}),
    Actor("sun", {"manager"}),
    Actor("zhou", {"after-sales"}, {"care"}),
    Actor("wu", {"administrator"}),
    Actor("robot", {"import"}),
    Actor("guest"),
)

#: Made-up names of enterprises; the second is the first one again, written otherwise.
NAMES: Final = (
    "江苏晨星电器有限公司",
    " 江苏（晨星）电器 有限公司",
    "浙江远帆机械有限公司",
    "Bluegate Tools Ltd",
    "BLUEGATE　（Tools） ltd",
    "四川云岭食品有限公司",
)

MICROSECOND: Final = timedelta(microseconds=1)


@frozen
class Wait:
    """When a step comes: ``passes`` after the one before, or, with ``coming``, when something is due.

    ``coming`` counts, from 0, the moments ahead at which time alone changes what may be done (``moments``);
    ``passes`` is then added, and may be negative; a step never comes before the one before it.
    """

    passes: timedelta = timedelta()
    coming: int | None = None


@frozen
class Says:
    """What a command says, whatever its class: each class takes what it has a use for.

    ``text`` is the reason, note, content or contract number (may be empty); ``number`` a contact's or follow-up's;
    ``other`` the customer that another is merged into.
    """

    text: str = "as agreed"
    of: str = "li"
    to: str = "zhao"
    teams: tuple[str, ...] = ()
    number: int = 1
    contact: bool = True
    follow_up: bool = True
    channel: str = "phone"
    held_days_ago: int = 0
    next_contact_days: int | None = 2
    corrects: int | None = None
    active: bool = True
    name: str | None = None
    kind: Literal["enterprise", "individual"] = "enterprise"
    into: Literal["potential", "pool"] = "potential"
    other: str = "C1"
    decided: bool = False


@frozen
class Act:
    """A command about ``customer``: of class ``kind`` by ``actor``.

    Without a ``kind`` it is the ``pick``-th of those that somebody could give, by somebody who could.
    """

    wait: Wait
    customer: str
    says: Says
    actor: Actor = STAFF[0]
    kind: type[Command] | None = None
    pick: int = 0


LookKind = Literal["sweep", "customer", "in-pool", "held-by", "agenda", "history", "can", "why-not", "verify"]


@frozen
class Look:
    """Something that changes nothing anybody can see: a sweep, ``size`` customers a transaction, or a question.

    A question asks how things will stand ``ahead`` of the moment at which it is asked, if nobody does anything.
    """

    wait: Wait
    kind: LookKind
    customer: str
    actor: Actor = STAFF[0]
    size: int = 500
    ahead: timedelta = timedelta()


Step = Act | Look


# ---------------------------------------------------------------------------------------------------------- commands


def fill(kind: type[Command], customer: str, says: Says, now: datetime) -> Command:
    """A command of that class about that customer, saying what it has a use for."""
    make: Callable[[str, Says, datetime], Command] = _FILL.get(kind, _plain(kind))
    return make(customer, says, now)


def _plain(kind: type[Any]) -> Callable[[str, Says, datetime], Command]:
    return lambda customer, _says, _now: kind(customer)


def _with_text(kind: type[Any]) -> Callable[[str, Says, datetime], Command]:
    return lambda customer, says, _now: kind(customer, says.text)


def _with_successor(kind: type[Any]) -> Callable[[str, Says, datetime], Command]:
    return lambda customer, says, _now: kind(customer, says.to, says.teams)


def registration(customer: str, says: Says) -> Register:
    """The registration of a made-up customer under that id."""
    return Register(
        says.name if says.name is not None else f"上海{customer}贸易有限公司",
        kind=says.kind,
        into=says.into,
        id=customer,
        industry="manufacturing",
        address="1 Example Road",
        phone="021-00000000",
        introduction=says.text,
        contacts=(_details(says),) if says.contact else (),
    )


def _details(says: Says) -> ContactDetails:
    return ContactDetails("甲某", position=says.text or None, main=says.active)


def _follow_up(says: Says, now: datetime) -> dict[str, Any]:
    days = says.next_contact_days
    return {
        "channel": says.channel,
        "content": says.text,
        "held_at": now - timedelta(days=says.held_days_ago) if says.held_days_ago else None,
        "next_contact_at": None if days is None else now + timedelta(days=days),
        "next_action_by": says.to if says.number > 1 else None,
    }


def _protect(customer: str, says: Says, now: datetime) -> Command:
    contact = _details(says) if says.contact else None
    return Protect(customer, contact, FollowUp(**_follow_up(says, now)) if says.follow_up else None)


def _record(customer: str, says: Says, now: datetime) -> Command:
    return RecordFollowUp(customer=customer, corrects=says.corrects, **_follow_up(says, now))


_FILL: Mapping[type[Command], Callable[[str, Says, datetime], Command]] = {
    Register: lambda customer, says, _now: registration(customer, says),
    ChangeProfile: lambda customer, says, _now: ChangeProfile(customer, name=says.name, introduction=says.text),
    ReassignActions: lambda customer, says, _now: ReassignActions(customer, says.of, says.to),
    AddContact: lambda customer, says, _now: AddContact(customer, _details(says)),
    ChangeContact: lambda customer, says, _now: ChangeContact(customer, says.number, _details(says), says.active),
    Merge: lambda customer, says, _now: Merge(customer, says.other, says.text, says.decided),
    Protect: _protect,
    RecordFollowUp: _record,
    **{
        kind: _with_text(kind)
        for kind in (
            RefuseProtection,
            ApplyForIntent,
            RefuseIntent,
            RequestExtension,
            RefuseExtension,
            Abandon,
            Sign,
            Release,
            UndoMerge,
        )
    },
    **{kind: _with_successor(kind) for kind in (Transfer, HandOver)},
}


# ---------------------------------------------------------------------------------------------------------- resolving


def moments(crm: CRM, customers: Iterable[Customer], now: datetime) -> list[datetime]:
    """The instants after ``now`` at which time alone changes what may be done to these customers, in order."""
    found = {moment for customer in customers for moment in _moments(crm, customer)}
    found.add(next_midnight(now, crm.rules.zone))
    return sorted(moment for moment in found if moment > now)


def _moments(crm: CRM, customer: Customer) -> Iterable[datetime]:
    stage, rules = customer.stage, crm.rules
    yield from (rest.until for rest in customer.cool_downs)
    yield stage.since + timedelta(minutes=rules.limits.claim_interval_minutes or 0)
    if isinstance(stage, Pool):
        yield days_after(stage.since, rules.cool_down.expiry_days, rules.zone)
    if isinstance(stage, Potential | Intent):
        yield from _ends(stage)


def _ends(stage: Potential | Intent) -> Iterable[datetime]:
    yield stage.deadline
    if stage.request is not None:
        yield stage.request.holds_until
    if isinstance(stage, Potential) and stage.review is not None:
        yield stage.review.public_at or stage.review.due


def time_of(crm: CRM, wait: Wait, now: datetime) -> datetime:
    """The instant a wait that begins at ``now`` leads to."""
    if wait.coming is None:
        return max(now, now + wait.passes)
    ahead = moments(crm, crm.customers.all(at=now), now)
    return max(now, ahead[wait.coming % len(ahead)] + wait.passes)


def resolve(crm: CRM, act: Act, now: datetime, staff: tuple[Actor, ...] = STAFF) -> Request:
    """The command an act comes to, when it follows a step at ``now``."""
    at = time_of(crm, act.wait, now)
    kind, actor = (act.kind, act.actor) if act.kind is not None else _picked(crm, act, at, staff)
    return Request(fill(kind, act.customer, act.says, at), actor, at)


#: What brings a customer on: it is picked more often than the rest, so that schedules get far.
_FORWARD: Final = (Protect, ApproveProtection, ApplyForIntent, ApproveIntent, ApproveExtension, Sign, HandOver)


def _picked(crm: CRM, act: Act, at: datetime, staff: tuple[Actor, ...]) -> tuple[type[Command], Actor]:
    """A class of command somebody could give now, and somebody who could."""
    try:
        able = {actor: crm.can(act.customer, actor=actor, at=at) for actor in staff}
    except NotFound:
        return Register, staff[act.pick % len(staff)]
    possible = [kind for kind in LIFECYCLE.commands if any(kind in those for those in able.values())]
    kinds = [*possible, *[kind for kind in _FORWARD if kind in possible] * 4]
    if not kinds:
        return RecordFollowUp, act.actor
    kind = kinds[act.pick % len(kinds)]
    actors = [actor for actor in staff if kind in able[actor]]
    return kind, actors[act.pick // len(kinds) % len(actors)]


def ask(crm: CRM, look: Look, at: datetime) -> object:
    """Do what a look says, and give what it saw; of a customer that is not on record, nothing."""
    try:
        return _LOOKS[look.kind](crm, look, at if look.kind == "sweep" else at + look.ahead)
    except NotFound:
        return None


_LOOKS: Mapping[LookKind, Callable[[CRM, Look, datetime], object]] = {
    "sweep": lambda crm, look, at: crm.sweep(at=at, size=look.size),
    "customer": lambda crm, look, at: crm.customer(look.customer, at=at),
    "in-pool": lambda crm, _look, at: crm.customers.in_pool(at=at),
    "held-by": lambda crm, look, at: crm.customers.held_by(look.actor.id, at=at),
    "agenda": lambda crm, look, at: crm.agenda(look.actor, at=at),
    "history": lambda crm, look, at: crm.history(look.customer, at=at),
    "can": lambda crm, look, at: crm.can(look.customer, actor=look.actor, at=at),
    "why-not": lambda crm, look, at: crm.why_not(Protect(look.customer), actor=look.actor, at=at),
    "verify": lambda crm, _look, _at: list(crm.verify()),
}
