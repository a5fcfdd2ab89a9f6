"""The lifecycle of a conflict. Everything that decides a transition stands here.

Somebody lays two records before a manager, or a registration does where policy sends similar ones to review; the
manager decides. What follows from a decision (a merge, a transfer, a release) is done by commands of its own: the
conflict says why. A decided conflict stays as it is; what comes up anew is a new conflict. No command of a conflict
closes it: a merge of the two does that, and its undoing opens it again.
"""

from datetime import datetime
from typing import Any

from attrs import frozen

from crmcore.conflicts import reasons
from crmcore.conflicts.commands import DecideConflict, OpenConflict
from crmcore.conflicts.entities import Claim, Closed, Conflict, Decided, Evidence, Open, Unopened
from crmcore.conflicts.events import ConflictClosed, ConflictDecided, ConflictOpened, ConflictReopened
from crmcore.customers.duplicates import Likeness
from crmcore.customers.entities import Customer
from crmcore.customers.guards import is_blank, permitted
from crmcore.customers.policy import CustomerRules
from crmcore.customers.reasons import MERGED
from crmcore.customers.stages import Merged, Pool
from crmcore.kernel.actors import Actor, right
from crmcore.kernel.calendar import working_days_after
from crmcore.kernel.machine import Guard, Machine, Never, Row
from crmcore.kernel.refusals import Reason, Refusal

UNOPENED = Unopened()
NOTHING = Evidence()
STAFF = right("pre-sales", "after-sales", "reviewer", "manager")
MANAGERS = right("manager")


@frozen
class ConflictFacts:
    """Who asks, about which conflict, and of which two records; ``standing`` is an open conflict of the same two.

    A record that was merged into one of them is the same as it.
    """

    actor: Actor
    conflict: Conflict | None = None
    customer: Customer | None = None
    other: Customer | None = None
    evidence: Evidence = NOTHING
    standing: str | None = None

    @property
    def stage(self) -> Unopened | Open | Decided | Closed:
        """The stage the conflict is in."""
        return UNOPENED if self.conflict is None else self.conflict.stage


def in_order(_stage: Any, _command: Any, facts: ConflictFacts, _rules: CustomerRules, now: datetime) -> Refusal | None:
    """A command's time never lies before the conflict's last event."""
    earlier = facts.conflict is not None and now < facts.conflict.last_at
    return Refusal(reasons.CONFLICT_EARLIER) if earlier else None


def two_records(
    _stage: Any, command: OpenConflict, facts: ConflictFacts, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """Both records are there, and they are two."""
    if command.customer == command.other:
        return Refusal(reasons.CONFLICT_SAME_RECORD)
    missing = command.customer if facts.customer is None else command.other if facts.other is None else None
    return None if missing is None else Refusal(reasons.CONFLICT_RECORD, {"customer": missing})


def stands(party: str) -> Guard:
    """Whether one of the two has not been merged: what is to be said of that one is said of who survives (M-06)."""

    def asked(_stage: Any, _command: Any, facts: ConflictFacts, _rules: Any, _now: datetime) -> Refusal | None:
        customer = getattr(facts, party)
        stage = None if customer is None else customer.stage
        if customer is None or not isinstance(stage, Merged):
            return None
        return Refusal(MERGED, {"customer": customer.id, "survivor": stage.into})

    return asked


def after_both(
    _stage: Any, _command: OpenConflict, facts: ConflictFacts, _rules: CustomerRules, now: datetime
) -> Refusal | None:
    """A conflict is not opened before the last event of either customer (D-13)."""
    both = (one for one in (facts.customer, facts.other) if one is not None)
    late = next((one for one in both if now < one.last_at), None)
    return None if late is None else Refusal(reasons.CONFLICT_BEFORE_PARTY, {"customer": late.id})


def not_open_yet(
    _stage: Any, _command: Any, facts: ConflictFacts, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """Two records have one open conflict at a time."""
    return None if facts.standing is None else Refusal(reasons.CONFLICT_OPEN, {"conflict": facts.standing})


def for_a_party(
    _stage: Any, command: DecideConflict, facts: ConflictFacts, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """A decision is for one of the two records, or for neither."""
    conflict = facts.conflict
    if conflict is None or command.in_favour_of in {None, conflict.customer, conflict.other}:
        return None
    return Refusal(reasons.CONFLICT_NOT_PARTY, {"customer": conflict.customer, "other": conflict.other})


def noted(
    _stage: Any, command: DecideConflict, _facts: ConflictFacts, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """A decision says why."""
    return Refusal(reasons.CONFLICT_NOTE) if is_blank(command.note) else None


def open_conflict(
    _stage: Any, command: OpenConflict, facts: ConflictFacts, rules: CustomerRules, now: datetime
) -> tuple[ConflictOpened, ...]:
    """Open, with the evidence and the first valid claim as they stand now."""
    assert facts.customer is not None, "guards have seen both records"  # noqa: S101
    assert facts.other is not None, "guards have seen both records"  # noqa: S101
    due = working_days_after(now, rules.review.working_days, rules.calendar, rules.zone)
    first = first_claim(facts.customer, facts.other)
    about = (command.customer, command.other, due.at, first, facts.evidence)
    return (ConflictOpened(now, facts.actor.id, *about, command.note.strip(), due.provisional),)


def decide_conflict(
    _stage: Any, command: DecideConflict, facts: ConflictFacts, _rules: CustomerRules, now: datetime
) -> tuple[ConflictDecided, ...]:
    """Decided."""
    return (ConflictDecided(now, facts.actor.id, command.in_favour_of, command.note.strip()),)


def after_merge(
    conflict: Conflict, survivors: tuple[str, str], now: datetime
) -> ConflictClosed | ConflictReopened | None:
    """What a merge, or its undoing, means to a conflict whose two records are these customers today.

    No history runs backwards, though the merge may be dated before the conflict.
    """
    at = max(now, conflict.last_at)
    if survivors[0] == survivors[1]:
        return ConflictClosed(at, survivors[0]) if conflict.is_open else None
    return ConflictReopened(at) if type(conflict.stage) is Closed else None


def into_one(reason: Reason, stage: Any, _facts: ConflictFacts, _rules: CustomerRules) -> Refusal:
    """A refusal that tells which customer the two are."""
    return Refusal(reason, {"survivor": stage.survivor})


def first_claim(one: Customer, two: Customer) -> Claim:
    """The first valid claim: the earlier of the protections that are in force, or else the earlier registration."""
    earliest = min(one, two, key=lambda customer: (type(customer.stage) is Pool, _since(customer), customer.number))
    return Claim(earliest.id, _since(earliest))


def _since(customer: Customer) -> datetime:
    return customer.registered_at if type(customer.stage) is Pool else customer.stage.since


def evidence_of(found: Likeness) -> Evidence:
    """What an analysis found, as evidence."""
    keys = tuple(dict.fromkeys(one.by for one in found.shared))
    return Evidence(found.score, keys, found.comparison.parts)


CONFLICTS = Machine(
    Row(
        Unopened,
        OpenConflict,
        by=STAFF,
        says=(two_records, stands("customer"), stands("other"), after_both, not_open_yet),
        then=open_conflict,
        to=(Open,),
    ),
    Never(Unopened, DecideConflict, because=reasons.CONFLICT_UNKNOWN, by=MANAGERS),
    Row(Open, DecideConflict, by=MANAGERS, says=(for_a_party, noted), then=decide_conflict, to=(Decided,)),
    Never((Open, Decided, Closed), OpenConflict, because=reasons.CONFLICT_ID_TAKEN, by=STAFF),
    Never(Decided, DecideConflict, because=reasons.CONFLICT_DECIDED, by=MANAGERS),
    Never(Closed, DecideConflict, because=reasons.CONFLICT_CLOSED, by=MANAGERS, tell=into_one),
    permitted=permitted,
    first=(in_order,),
)
