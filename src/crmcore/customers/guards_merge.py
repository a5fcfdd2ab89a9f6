"""What may refuse a merge, or its undoing (M-06).

All guards have the same five parameters, whether they look at them or not: (stage, command, facts, rules, now). Where
the other customer is not there to be asked about, one guard says so, and the others say nothing.
"""

from datetime import datetime
from typing import Any

import attrs

from crmcore.customers import reasons
from crmcore.customers.facts import Facts, OfTwo, OnRecord
from crmcore.customers.merging import survivor
from crmcore.customers.policy import CustomerRules
from crmcore.customers.seen import owner_told
from crmcore.customers.stages import Intent, Merged, Potential, fall_of
from crmcore.kernel.machine import Guard
from crmcore.kernel.refusals import Reason, Refusal


def into_whom(reason: Reason, stage: Any, facts: OnRecord, _rules: CustomerRules) -> Refusal:
    """A refusal that tells where a merged record went."""
    return Refusal(reason, {"customer": facts.customer.id, "survivor": stage.into})


# ------------------------------------------------------------------------------------------------------------- merging


def two_standing(command: Any, facts: Facts) -> bool:
    """Whether there are two customers to be compared: another one, on record, that is not merged itself."""
    other = facts.other
    return other is not None and command.into != command.customer and type(other.customer.stage) is not Merged


def into_another(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A customer is merged into another one."""
    return Refusal(reasons.INTO_ITSELF) if command.into == command.customer else None


def survivor_on_record(
    _stage: Any, command: Any, facts: Facts, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """There is somebody to merge into."""
    return Refusal(reasons.UNKNOWN_SURVIVOR, {"into": command.into}) if facts.other is None else None


def survivor_stands(_stage: Any, command: Any, facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """The survivor is not merged itself."""
    stage = None if facts.other is None else facts.other.customer.stage
    if not isinstance(stage, Merged):
        return None
    return Refusal(reasons.SURVIVOR_MERGED, {"into": command.into, "survivor": stage.into})


def same_kind(_stage: Any, _command: Any, facts: OfTwo, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Both are enterprises, or both individuals."""
    same = facts.customer.profile.kind == facts.other.customer.profile.kind
    return None if same else Refusal(reasons.OTHER_KIND)


def survivor_in_order(_stage: Any, command: Any, facts: OfTwo, _rules: CustomerRules, now: datetime) -> Refusal | None:
    """A command's time does not lie before the survivor's last event either (D-13)."""
    late = now < facts.other.customer.last_at
    return Refusal(reasons.SURVIVOR_OUT_OF_ORDER, {"into": command.into}) if late else None


def right_way_round(_stage: Any, command: Any, facts: OfTwo, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """By policy the survivor survives, or a supervisor has decided so where that counts."""
    customer = facts.customer
    if survivor(customer, facts.other.customer, rules, decided=command.decided) is not customer:
        return None
    return Refusal(reasons.OTHER_SURVIVES, {"customer": customer.id, "into": command.into})


def one_protector(_stage: Any, command: Any, facts: OfTwo, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Nobody loses a customer to another owner by a merge unless a supervisor has decided so."""
    owner, other = facts.customer.owner, facts.other.customer.owner
    if command.decided or owner is None or other is None or owner == other:
        return None
    two = facts.customer, facts.other.customer
    first, second = (owner_told(one, facts.actor, rules.seeing) for one in two)
    params = {"customer": command.customer, "owner": first, "into": command.into, "other": second}
    return Refusal(reasons.TWO_PROTECTORS, params)


def nothing_clashes(_stage: Any, _command: Any, facts: OfTwo, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """What refers to the two can refer to one; nothing is dropped to make it fit."""
    kinds = facts.other.clashes
    return Refusal(reasons.RECORDS_CLASH, {"kinds": ", ".join(kinds)}) if kinds else None


def nobody_comes_back(_stage: Any, command: Any, facts: OfTwo, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Who has been erased does not come back with what another record still holds of the person (A-03)."""
    erased, known = facts.other.customer.file.erased_at, facts.customer.file.erased_at is None
    return Refusal(reasons.SURVIVOR_ERASED, {"into": command.into}) if erased is not None and known else None


#: What two customers are asked once both are there.
COMPARED: tuple[Guard, ...] = (
    same_kind,
    nobody_comes_back,
    survivor_in_order,
    right_way_round,
    one_protector,
    nothing_clashes,
)

# ------------------------------------------------------------------------------------------------------------ undoing


def nothing_built(stage: Any, _command: Any, facts: OfTwo, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Nothing has happened to the survivor since the merge, by people or by time."""
    built = facts.other.built
    return Refusal(reasons.BUILT_UPON, {"survivor": stage.into, "built": ", ".join(built)}) if built else None


def back(guard: Guard) -> Guard:
    """A guard about limits, asked about the stage a record goes back to, unless that ends at once (P-16, P-17)."""

    def asked(stage: Any, command: Any, facts: Facts, rules: CustomerRules, now: datetime) -> Refusal | None:
        was = stage.was
        if not isinstance(was, Potential | Intent) or ((ends := fall_of(was)) is not None and ends <= now):
            return None
        return guard(was, command, facts, rules, now)

    return asked


def without(guard: Guard) -> Guard:
    """A guard about limits, asked about a survivor that counts again without the record's contracts (P-16)."""

    def asked(_stage: Any, command: Any, facts: OfTwo, rules: CustomerRules, now: datetime) -> Refusal | None:
        other = facts.other
        if other.held is None:
            return None
        unsigned = Facts(facts.actor, attrs.evolve(other.customer, signed_on=None), other.held)
        return guard(unsigned.stage, command, unsigned, rules, now)

    return asked
