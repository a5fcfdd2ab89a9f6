"""What a person has to do (F-02, P-18): derived from customers as they stand now, never kept by hand."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from attrs import frozen

from crmcore.customers.entities import Customer
from crmcore.customers.lifecycle import LIFECYCLE
from crmcore.customers.policy import CustomerRules
from crmcore.customers.stages import Formal, Intent, Potential, Stage
from crmcore.kernel.actors import Actor, Right, right
from crmcore.kernel.refusals import Label
from crmcore.kernel.times import days_after, next_midnight

ItemKind = Literal["next-contact", "expiring", "review", "request", "handover", "correct", "conflict"]
Urgency = Literal["overdue", "due", "upcoming"]

KIND_LABELS: dict[ItemKind, Label] = {
    "next-contact": Label("contact the customer", "联系客户"),
    "expiring": Label("protection ends", "保护到期"),
    "review": Label("decide a new protection", "审核新保护"),
    "request": Label("decide a request", "审核申请"),
    "handover": Label("accept a handover", "确认接收移交"),
    "correct": Label("correct a refused protection", "修改被驳回的保护"),
    "conflict": Label("decide a conflict", "裁决撞单"),
}
URGENCY_LABELS: dict[Urgency, Label] = {
    "overdue": Label("overdue", "已逾期"),
    "due": Label("due today", "今日到期"),
    "upcoming": Label("upcoming", "即将到期"),
}

_REVIEWERS: Right = right("reviewer", "manager")


@frozen
class AgendaItem:
    """One thing to do about one customer, with the instant by which it is to be done."""

    kind: ItemKind
    customer: str
    number: str
    due: datetime
    urgency: Urgency


def agenda_of(actor: Actor, customers: Iterable[Customer], rules: CustomerRules, now: datetime) -> list[AgendaItem]:
    """What the actor has to do about these customers, which must be settled at ``now``; soonest first."""
    items = {item for customer in customers for item in _items(actor, customer, rules, now)}
    return sorted(items, key=in_turn)


def in_turn(item: AgendaItem) -> tuple[datetime, str, str]:
    """The order of an agenda: soonest first."""
    return item.due, item.customer, item.kind


def horizon(rules: CustomerRules, now: datetime) -> datetime | None:
    """The end of the last day whose next actions an agenda shows; None where it shows them all."""
    days = rules.agenda.upcoming_days
    return None if days is None else days_after(now, days, rules.zone, end_of_day=True)


def reminded_until(rules: CustomerRules, now: datetime) -> datetime:
    """Protections that end by then are in their owner's agenda (P-18)."""
    return days_after(now, rules.agenda.reminder_days, rules.zone)


def _items(actor: Actor, customer: Customer, rules: CustomerRules, now: datetime) -> Iterator[AgendaItem]:
    for kind, due in (*_own(actor, customer, rules, now), *_to_decide(actor, customer, rules)):
        yield AgendaItem(kind, customer.id, customer.number, due, urgency(due, rules, now))


def urgency(due: datetime, rules: CustomerRules, now: datetime) -> Urgency:
    """Overdue once the moment has passed, due on its local day, upcoming before."""
    if due < now:
        return "overdue"
    return "due" if due < next_midnight(now, rules.zone) else "upcoming"


def _own(actor: Actor, customer: Customer, rules: CustomerRules, now: datetime) -> Iterator[tuple[ItemKind, datetime]]:
    """What the actor has to do as owner, or because a follow-up says so."""
    until = horizon(rules, now)
    for action in customer.actions:
        if action.by == actor.id and (until is None or action.due < until):
            yield "next-contact", action.due
    stage = customer.stage
    if stage.owner != actor.id:
        return
    falls_at = LIFECYCLE.due(stage)
    if falls_at is not None and falls_at <= reminded_until(rules, now):
        yield "expiring", falls_at
    if type(stage) is Potential and stage.review is not None and stage.review.public_at is not None:
        yield "correct", stage.review.public_at
    if type(stage) is Formal and stage.handover is not None and handover_waits(stage):
        yield "handover", stage.handover.at


def _to_decide(actor: Actor, customer: Customer, rules: CustomerRules) -> Iterator[tuple[ItemKind, datetime]]:
    """What waits for the actor's yes or no."""
    stage = customer.stage
    if type(stage) is Potential and may_decide(actor, "approve-protection", rules):
        review = stage.review
        if review is not None and review.public_at is None and review.by != actor.id:
            yield "review", review.due
    request = stage.request if isinstance(stage, Potential | Intent) else None
    if request is not None and request.by != actor.id and may_decide(actor, f"approve-{request.kind}", rules):
        yield "request", request.holds_until


def may_decide(actor: Actor, command: str, rules: CustomerRules) -> bool:
    """Whether deciding of this kind is the actor's to do."""
    return rules.rights.get(command, _REVIEWERS).allows(actor, None, ())


def handover_waits(stage: Stage) -> bool:
    """Whether a handover has yet to be accepted."""
    return type(stage) is Formal and stage.handover is not None and stage.handover.accepted_at is None


def decision_due(customer: Customer) -> datetime | None:
    """By when somebody must decide about this customer: the review's or the request's date, if anything is pending."""
    stage = customer.stage
    if type(stage) is not Potential and type(stage) is not Intent:
        return None
    if stage.request is not None:
        return stage.request.holds_until
    if type(stage) is Potential and stage.review is not None and stage.review.public_at is None:
        return stage.review.due
    return None
