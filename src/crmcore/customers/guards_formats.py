"""What may refuse a command for the form of what it says: phones, codes, addresses (D-04, D-05)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from crmcore.customers import reasons
from crmcore.customers.facts import Facts
from crmcore.customers.guards import contacts_in, is_blank, is_emptied
from crmcore.customers.policy import CustomerRules
from crmcore.customers.profiles import changed_profile
from crmcore.errors import Fault
from crmcore.kernel.refusals import Label, Refusal
from crmcore.matching import (
    check_credit_code,
    check_email,
    check_landline,
    check_mobile,
    check_phone,
    check_postcode,
    check_tax_id,
)
from crmcore.wording import in_chinese


def reachable(_stage: Any, command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """An individual comes with one of the ways to reach it that policy lists, and no change takes the last (D-04)."""
    ways, customer = rules.profile.one_of_individual, facts.customer
    if not ways or (command.kind if customer is None else customer.profile.kind) != "individual":
        return None
    if customer is not None and not any(is_emptied(getattr(command, name)) for name in ways):
        return None
    after = command if customer is None else changed_profile(customer.profile, command)
    if any(not is_blank(getattr(after, name)) for name in ways):
        return None
    return Refusal(reasons.ONE_OF_REQUIRED, {"fields": ", ".join(ways)})


def well_formed(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Codes have their check digits, and phones, postcodes and addresses the form that policy asks for (D-05)."""
    faults = [*_faults(command, CODES), *(_faults(command, FORMATS) if rules.profile.formats == "china" else ())]
    return _misformed(faults[0]) if faults else None


def contact_well_formed(
    _stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """The same of a contact's numbers and address (D-05)."""
    if rules.profile.formats != "china":
        return None
    faults = [fault for contact in contacts_in(command) for fault in _faults(contact, FORMATS)]
    return _misformed(faults[0]) if faults else None


Check = Callable[[str, str], Fault | None]
CODES: Mapping[str, Check] = {"credit_code": check_credit_code, "tax_id": check_tax_id}
FORMATS: Mapping[str, Check] = {
    "mobile": check_mobile,
    "phone": check_phone,
    "fax": check_landline,
    "postcode": check_postcode,
    "email": check_email,
}


def _faults(source: Any, checks: Mapping[str, Check]) -> list[Fault]:
    """What is wrong with the fields of a command or contact that have been filled in."""
    given = [(name, check, str(getattr(source, name, None) or "").strip()) for name, check in checks.items()]
    found = [check(value, name) for name, check, value in given if value]
    return [fault for fault in found if fault is not None]


def _misformed(fault: Fault) -> Refusal:
    return Refusal(reasons.FORMAT, {"field": fault.path, "expected": Label(fault.expected, in_chinese(fault.expected))})
