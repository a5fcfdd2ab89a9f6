"""What may refuse a registration or a change because the customer is on record already (P-02, M-03, L-02)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crmcore.customers import reasons
from crmcore.customers.duplicates import Similar, owner_told
from crmcore.customers.facts import Facts, Match
from crmcore.customers.guards import is_blank
from crmcore.customers.policy import CustomerRules
from crmcore.customers.stages import Pool
from crmcore.kernel.refusals import Param, Reason, Refusal


def not_on_record_yet(_stage: Any, _command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """The name is not on record under another customer (P-02)."""
    match = facts.match
    return None if match is None else _same(reasons.SAME_NAME, reasons.SAME_NAME_IN_POOL, match, facts, rules)


def _same(known: Reason, in_pool: Reason, record: Match | Similar, facts: Facts, rules: CustomerRules) -> Refusal:
    """That a customer is on record: which, at what stage and, to who may know, with whom; or that it is in the pool."""
    if type(record.stage) is Pool:
        return Refusal(in_pool, {"customer": record.customer})
    owner = owner_told(facts.actor, record.stage, rules.matching)
    return Refusal(known, {"customer": record.customer, "stage": record.stage.label, "owner": owner})


def any_similar(_command: Any, facts: Facts) -> bool:
    """Whether duplicate analysis found anything at all."""
    return bool(facts.similar)


def no_same_record(_stage: Any, _command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """No record is taken for the same customer by its codes, or by its name written differently (P-02, M-03)."""
    known = None if facts.match is None else facts.match.customer
    for record in facts.similar:
        if record.is_same and record.customer != known:
            why = next((reason for reason in record.verdict.reasons if reason in _SAME), "name-score")
            return _same(_SAME[why], _SAME_IN_POOL[why], record, facts, rules)
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
    found = next((record for record in facts.similar if record.is_same_phone), None)
    return None if found is None else Refusal(reasons.OPEN_EXISTING, {"customer": found.customer})


def no_similar_record(_stage: Any, command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """No record is similar, where policy refuses that; or there is a reason, where policy asks for one (M-03)."""
    answer = rules.matching.similar
    strict = answer == "refuse"  # what is refused only for a name without a brand is not refused
    alarms = (record for record in facts.similar if record.is_alarm)
    found = next((record for record in alarms if not strict or record.verdict.action == "block"), None)
    if found is None or answer not in _SIMILAR or (answer == "reason" and not is_blank(command.reason)):
        return None
    owner = owner_told(facts.actor, found.stage, rules.matching)
    told: dict[str, Param] = {
        "customer": found.customer,
        "stage": found.stage.label,
        "owner": owner,
        "score": round(found.score),
    }
    return Refusal(_SIMILAR[answer], told)


_SIMILAR: Mapping[str, Reason] = {"refuse": reasons.SIMILAR, "reason": reasons.SIMILAR_NEEDS_REASON}
