"""What came of the demonstration's ninety days, as figures: counted from the histories, as any report would."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from attrs import frozen

from crmcore.app.crm import CRM
from crmcore.app.output import refusal_view
from crmcore.cli.agenda import item_view
from crmcore.cli.demo.days import END, START, Department
from crmcore.cli.demo.people import actor
from crmcore.customers.agenda import AgendaItem
from crmcore.customers.commands import FollowUp, Protect
from crmcore.customers.entities import Customer
from crmcore.customers.events import Abandoned, Expired, IntentApproved, Protected, Released, Signed
from crmcore.customers.history import evolve
from crmcore.kernel.refusals import Refusal
from crmcore.kernel.times import show

if TYPE_CHECKING:
    from crmcore.cli.options import Setup
    from crmcore.kernel.events import Envelope

#: Whose agenda is shown.
LOOKED_AT = "li"
STAGES = ("pool", "potential", "intent", "formal")
#: Which event shows that a customer has reached a stage.
REACHED: dict[str, type[Any]] = {"potential": Protected, "intent": IntentApproved, "formal": Signed}

Fell = tuple[str, str, str]


@frozen
class Claim:
    """A refused claim: by whom, every reason, and when it passes at the earliest once a follow-up is on record."""

    customer: Customer
    person: str
    refusals: Sequence[Refusal]
    passes_at: datetime | None


@frozen
class Figures:
    """Everything the demonstration shows. ``falls`` counts by (stage, reason, owner)."""

    customers: int
    events: int
    passed: int
    denied: int
    refused: Mapping[tuple[str, str], int]
    now: Mapping[str, int]
    reached: Mapping[str, int]
    falls: Mapping[Fell, int]
    agenda: Sequence[AgendaItem]
    names: Mapping[str, str]
    claim: Claim | None
    zone: tzinfo


def figures(department: Department) -> Figures:
    """Count everything, as of the end."""
    crm = department.crm
    customers = crm.customers.all(at=END)
    histories = [crm.history(customer.id, at=END) for customer in customers]
    return Figures(
        customers=len(customers),
        events=sum(len(history) for history in histories),
        passed=department.passed,
        denied=department.denied,
        refused=dict(sorted(department.refused.items())),
        now={stage: sum(customer.stage.name == stage for customer in customers) for stage in STAGES},
        reached={stage: sum(_has(history, cls) for history in histories) for stage, cls in REACHED.items()},
        falls=Counter(fall for history in histories for fall in falls_in(history)),
        agenda=crm.agenda(actor(LOOKED_AT), at=END),
        names={customer.id: customer.profile.name for customer in customers},
        claim=_claim(crm, department.scene),
        zone=crm.rules.zone,
    )


def _has(history: "Sequence[Envelope]", kind: type) -> bool:
    return any(isinstance(envelope.event, kind) for envelope in history)


def falls_in(history: "Sequence[Envelope]") -> list[Fell]:
    """Every time the customer went into the pool: from which stage, why, and whose it was."""
    customer, falls = None, []
    for envelope in history:
        event = envelope.event
        if isinstance(event, Expired | Abandoned | Released) and customer is not None:
            reason = event.reason if isinstance(event, Expired) else event.type
            falls.append((customer.stage.name, reason, event.owner))
        customer = evolve(customer, envelope)
    return falls


def _claim(crm: CRM, scene: tuple[str, str] | None) -> Claim | None:
    """Who gave a customer up tries to have it back too soon."""
    if scene is None:
        return None
    id, person = scene
    refusals = crm.why_not(Protect(id), actor=actor(person), at=END)
    waits = [refusal.until for refusal in refusals if refusal.until is not None]
    until = max(waits, default=END)
    call = FollowUp(channel="phone", content="再次联系", next_contact_at=until)
    passes = not crm.why_not(Protect(id, follow_up=call), actor=actor(person), at=until)
    return Claim(crm.customer(id, at=END), person, refusals, until if passes else None)


def rates(found: Figures) -> list[tuple[str, int, float | None]]:
    """The funnel: stage, customers that ever reached it, and their share of those that reached the stage before."""
    counts = {"registered": found.customers, **found.reached}
    rows: list[tuple[str, int, float | None]] = []
    before = None
    for stage, count in counts.items():
        rows.append((stage, count, None if not before else count / before))
        before = count
    return rows


def as_data(found: Figures, setup: "Setup") -> dict[str, Any]:
    """The figures as plain data."""
    from crmcore.cli.demo.screen import next_commands

    claim, zone, lang = found.claim, found.zone, setup.terminal.lang
    return {
        "from": show(START, zone),
        "until": show(END, zone),
        "customers": found.customers,
        "events": found.events,
        "commands": {"passed": found.passed, "refused": found.denied},
        "refusals": [{"rule": rule, "code": code, "count": n} for (rule, code), n in found.refused.items()],
        "now": dict(found.now),
        "funnel": [
            {"stage": stage, "customers": count, "rate": None if rate is None else round(rate, 4)}
            for stage, count, rate in rates(found)
        ],
        "falls": [
            {"stage": stage, "reason": reason, "owner": owner, "count": n}
            for (stage, reason, owner), n in sorted(found.falls.items())
        ],
        "agenda": {"person": LOOKED_AT, "items": [item_view(item, zone) for item in found.agenda]},
        "refused_claim": None
        if claim is None
        else {
            "customer": claim.customer.id,
            "actor": claim.person,
            "refused": [refusal_view(refusal, lang, zone) for refusal in claim.refusals],
            "passes_at": None if claim.passes_at is None else show(claim.passes_at, zone),
        },
        "try": next_commands(found, setup.storage),
    }
