"""What may refuse a registration or a change because the customer is on record already (P-02, M-03, L-02)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crmcore.customers import reasons
from crmcore.customers.entities import Customer
from crmcore.customers.facts import Facts
from crmcore.customers.guards import is_blank
from crmcore.customers.policy import CustomerRules
from crmcore.customers.seen import knows_of, owner_told
from crmcore.customers.stages import Pool
from crmcore.kernel.refusals import Param, Reason, Refusal


def not_on_record_yet(_stage: Any, _command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """The name is not on record under another customer (P-02)."""
    match = facts.match
    return None if match is None else _same(reasons.SAME_NAME, reasons.SAME_NAME_IN_POOL, match, facts, rules)


def _same(known: Reason, in_pool: Reason, record: Customer, facts: Facts, rules: CustomerRules) -> Refusal:
    """That a customer is on record: which, at what stage and, to who may know, with whom; or that it is in the pool.

    For whom it does not exist learns no more than that it cannot be entered again (L-04).
    """
    if not knows_of(record, facts.actor, rules.seeing):
        return _ON_RECORD
    if type(record.stage) is Pool:
        return Refusal(in_pool, {"customer": record.id})
    owner = owner_told(record, facts.actor, rules.seeing)
    return Refusal(known, {"customer": record.id, "stage": record.stage.label, "owner": owner})


_ON_RECORD = Refusal(reasons.ON_RECORD)


def any_similar(_command: Any, facts: Facts) -> bool:
    """Whether duplicate analysis found anything at all."""
    return bool(facts.similar)


def no_same_record(_stage: Any, _command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """No record is taken for the same customer by its codes, or by its name written differently (P-02, M-03)."""
    known = None if facts.match is None else facts.match.id
    for one in facts.similar:
        if one.is_same and one.customer.id != known:
            why = next((reason for reason in one.verdict.reasons if reason in _SAME), "name-score")
            return _same(_SAME[why], _SAME_IN_POOL[why], one.customer, facts, rules)
    return None


_SAME: Mapping[str, Reason] = {
    "same-name": reasons.SAME_NAME,
    "same-credit-code": reasons.SAME_CREDIT_CODE,
    "same-tax-id": reasons.SAME_TAX_ID,
    "name-score": reasons.SAME_CUSTOMER,
}
_SAME_IN_POOL: Mapping[str, Reason] = {
    "same-name": reasons.SAME_NAME_IN_POOL,
    "same-credit-code": reasons.SAME_CREDIT_CODE_IN_POOL,
    "same-tax-id": reasons.SAME_TAX_ID_IN_POOL,
    "name-score": reasons.SAME_CUSTOMER_IN_POOL,
}


def no_open_record(_stage: Any, _command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Who calls again is not entered again, where policy says so: the record is edited instead (L-02)."""
    if rules.matching.same_phone != "open-existing":
        return None
    found = next((one.customer for one in facts.similar if one.is_same_phone), None)
    if found is None:
        return None
    known = knows_of(found, facts.actor, rules.seeing)
    return Refusal(reasons.OPEN_EXISTING, {"customer": found.id}) if known else _PHONE_ON_RECORD


_PHONE_ON_RECORD = Refusal(reasons.PHONE_ON_RECORD)


def no_similar_record(_stage: Any, command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """No record is similar, where policy refuses that; or there is a reason, where policy asks for one (M-03)."""
    answer = rules.matching.similar
    strict = answer == "refuse"  # what is refused only for a name without a brand is not refused
    alarms = (one for one in facts.similar if one.is_alarm)
    found = next((one for one in alarms if not strict or one.verdict.action == "block"), None)
    if found is None or answer not in _SIMILAR or (answer == "reason" and not is_blank(command.reason)):
        return None
    record, score = found.customer, round(found.score)
    if not knows_of(record, facts.actor, rules.seeing):
        return Refusal(_SIMILAR_ON_RECORD[answer], {"score": score})
    owner = owner_told(record, facts.actor, rules.seeing)
    told: dict[str, Param] = {
        "customer": record.id,
        "stage": record.stage.label,
        "owner": owner,
        "score": score,
    }
    return Refusal(_SIMILAR[answer], told)


_SIMILAR: Mapping[str, Reason] = {"refuse": reasons.SIMILAR, "reason": reasons.SIMILAR_NEEDS_REASON}
_SIMILAR_ON_RECORD: Mapping[str, Reason] = {
    "refuse": reasons.SIMILAR_ON_RECORD,
    "reason": reasons.SIMILAR_ON_RECORD_NEEDS_REASON,
}
