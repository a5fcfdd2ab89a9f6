"""Limits across customers: whose holdings a command would add to, and what is remembered of a claim (P-16, P-17)."""

from datetime import datetime

from crmcore.customers.commands import (
    ApplyForIntent,
    ApproveIntent,
    Command,
    Lock,
    Protect,
    Register,
    Transfer,
    UndoMerge,
)
from crmcore.customers.entities import Customer
from crmcore.customers.facts import ClaimDay, Held, Holder
from crmcore.customers.policy import CustomerRules
from crmcore.customers.stages import Intent, Merged, Potential, Stage
from crmcore.kernel.actors import Actor
from crmcore.kernel.times import local_date

#: Local days with claims that are remembered of a person.
DAYS_KEPT = 31


def would_hold(kind: type[Command], command: Command | None, customer: Customer | None, actor: Actor) -> str | None:
    """Who would hold more than before if a command of this kind passed; None when nobody would."""
    if isinstance(command, Register):
        return actor.id if command.into == "potential" else None
    if isinstance(command, Transfer):
        return command.to
    if kind is Protect:
        return actor.id
    if kind in {ApplyForIntent, ApproveIntent, Lock} and customer is not None:
        return customer.owner
    if kind is UndoMerge and customer is not None:
        return _standing(customer).owner
    return None


def _standing(customer: Customer) -> Stage:
    """The customer's stage; of one that is merged, the stage it had."""
    return customer.stage.was if isinstance(customer.stage, Merged) else customer.stage


def limited(kind: type[Command], customer: Customer | None, rules: CustomerRules) -> bool:
    """Whether any limit could speak against a command of this kind, so that holdings must be looked up."""
    stage = None if customer is None else _standing(customer)
    locked = isinstance(stage, Potential | Intent) and stage.locked
    if kind is Lock or (kind in {Transfer, UndoMerge} and locked):
        return rules.locks.per_owner > 0 or rules.limits.any
    if kind is ApplyForIntent and rules.requests.intent_approval == "reviewer":
        return False
    return rules.limits.any


def paced(held: Held, holder: Holder | None, rules: CustomerRules, now: datetime) -> Held:
    """What a person holds, with the pace of his or her claims."""
    if holder is None:
        return held
    claims = holder.claims_on(local_date(now, rules.zone).isoformat())
    return Held(held.owner, held.potential, held.intent, held.locked, claims, holder.last_claim_at, held.version)


def claimed(holder: Holder, rules: CustomerRules, now: datetime) -> Holder:
    """What is remembered of a person after one more claim."""
    today = local_date(now, rules.zone).isoformat()
    others = [one for one in holder.days if one.day != today]
    days = sorted((*others, ClaimDay(today, holder.claims_on(today) + 1)), key=lambda one: one.day)
    last = now if holder.last_claim_at is None else max(now, holder.last_claim_at)
    return Holder(holder.person, tuple(days[-DAYS_KEPT:]), last)
