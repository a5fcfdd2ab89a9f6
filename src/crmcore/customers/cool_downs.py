"""Who must wait before protecting a customer again, and until when (P-08)."""

from collections.abc import Iterable
from datetime import datetime

from crmcore.customers.entities import CoolDown, _make_cool_down
from crmcore.customers.policy import CustomerRules
from crmcore.customers.stages import Intent, Pool, Potential
from crmcore.kernel.actors import Actor
from crmcore.kernel.times import days_after

#: Why a customer is in the pool when its owner has let it fall.
LET_FALL = frozenset({"expired", "undecided", "review-refused"})


def after_abandon(stage: Potential | Intent, now: datetime, rules: CustomerRules) -> tuple[CoolDown, ...]:
    """Who must wait after giving the customer up at ``now``."""
    return _rest(stage.owner, stage.teams, rules.cool_down.abandon_days, now, rules)


def after_expiry(stage: Pool, rules: CustomerRules) -> tuple[CoolDown, ...]:
    """Who must wait after letting the customer fall.

    Worked out when somebody claims, not when the fall is noticed, so that a late sweep changes nothing (P-19).
    """
    if stage.last_owner is None or stage.reason not in LET_FALL:
        return ()
    return _rest(stage.last_owner, stage.last_teams, rules.cool_down.expiry_days, stage.since, rules)


def _rest(owner: str, teams: tuple[str, ...], days: int, start: datetime, rules: CustomerRules) -> tuple[CoolDown, ...]:
    if not days:
        return ()
    until = days_after(start, days, rules.zone)
    others = tuple(CoolDown(team, until, team=True) for team in teams) if rules.cool_down.team else ()
    own = _make_cool_down(owner, until)
    return (own, *others) if others else (own,)


def waits_until(cool_downs: Iterable[CoolDown], actor: Actor, now: datetime) -> datetime | None:
    """When the actor may protect again; None for now."""
    latest = now
    for rest in cool_downs:
        if rest.until > latest and (rest.who in actor.teams if rest.team else rest.who == actor.id):
            latest = rest.until
    return None if latest is now else latest
