"""Everything that may refuse a command. Each guard answers one question and gives a refusal, or None.

All have the same five parameters, whether they look at them or not: (stage, command, facts, rules, now).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from crmcore.customers import reasons
from crmcore.customers.commands import Register
from crmcore.customers.cool_downs import after_expiry, waits_until
from crmcore.customers.entities import ContactDetails
from crmcore.customers.facts import Facts, OnRecord
from crmcore.customers.industries import industry_code
from crmcore.customers.policy import CustomerRules
from crmcore.customers.profiles import changed_profile, fault_in_fields, missing_in_fields
from crmcore.customers.seen import knows_of, owner_told
from crmcore.customers.stages import Intent, Potential, fall_of
from crmcore.kernel.actors import Right
from crmcore.kernel.machine import Guard, Never, Row
from crmcore.kernel.refusals import Label, Reason, Refusal
from crmcore.matching import check_full_name

ROLE_LABELS: Mapping[str, Label] = {
    "anyone": Label("anyone", "任何人"),
    "owner": Label("the owner", "跟进人"),
    "team": Label("the owner's team", "跟进人团队"),
    "pre-sales": Label("pre-sales", "售前"),
    "after-sales": Label("after-sales", "售后"),
    "reviewer": Label("a reviewer", "审核人"),
    "manager": Label("a manager", "经理"),
    "legal": Label("legal", "法务"),
    "customer-success": Label("customer success", "客户成功"),
    "agent": Label("an agent", "坐席"),
    "administrator": Label("an administrator", "管理员"),
    "import": Label("an import", "导入程序"),
}


@lru_cache(maxsize=256)
def _who(right: Right) -> Label:
    words = [ROLE_LABELS[word] for word in right.words]
    return Label(" or ".join(word.en for word in words) or "nobody", "或".join(word.zh for word in words) or "无人")


# ---------------------------------------------------------------------------------------- who, and in which order


def in_order(_stage: Any, _command: Any, facts: Facts, _rules: CustomerRules, now: datetime) -> Refusal | None:
    """A command's time never lies before the customer's last event."""
    if facts.customer is not None and now < facts.customer.last_at:
        return _OUT_OF_ORDER
    return None


_OUT_OF_ORDER = Refusal(reasons.OUT_OF_ORDER)


def permitted(line: Row | Never) -> Guard:
    """The guard that asks who may give the command of a row; a policy's rights or a host's decision come first."""
    name = line.command.do
    reason = reasons.FOLLOW_UP_NOT_PERMITTED if name == "record-follow-up" else reasons.NOT_PERMITTED
    if isinstance(line.by, Right):
        return may(name, line.by, reason)
    forms = {variant: may(variant, by, reason) for variant, by in line.by.items()}

    def by_form(stage: Any, command: Any, facts: OnRecord, rules: CustomerRules, now: datetime) -> Refusal | None:
        variant = name if command is None else command.variant
        return forms[variant](stage, command, facts, rules, now)

    return by_form


def may(name: str, by: Right, reason: Reason) -> Guard:
    """The guard that asks who may do what policies call by this name."""

    def guard(stage: Any, _command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
        granted = rules.rights.get(name, by) if rules.rights else by
        if rules.authorise is not None:
            answer = rules.authorise(facts.actor, name, stage.name, stage.owner)
            if answer is not None:
                return None if answer else Refusal(reason, {"may": _who(granted)})
        if granted.allows(facts.actor, stage.owner, stage.teams):
            return None
        return Refusal(reason, {"may": _who(granted)})

    return guard


# ------------------------------------------------------------------------------------------------ what is on record


def is_blank(value: object) -> bool:
    """Whether nothing has been filled in."""
    return value is None or (isinstance(value, str) and not value.strip())


def complete(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A new customer comes with what policy requires, and always with a name (D-02, D-09)."""
    missing = [name for name in _required(command.kind, rules) if is_blank(_given(command, name))]
    missing += [name for name in _required_custom(rules) if name not in missing and is_blank(_given(command, name))]
    return Refusal(reasons.REQUIRED, {"fields": ", ".join(missing)}) if missing else None


def nothing_emptied(_stage: Any, command: Any, facts: OnRecord, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A change does not empty what policy requires (D-02, D-09)."""
    required = _required(facts.customer.profile.kind, rules)
    emptied = [name for name in required if is_emptied(_given(command, name))]
    emptied += [name for name in _required_custom(rules) if name not in emptied and is_emptied(_given(command, name))]
    return Refusal(reasons.REQUIRED, {"fields": ", ".join(emptied)}) if emptied else None


def _required(kind: str, rules: CustomerRules) -> tuple[str, ...]:
    profile = rules.profile
    required = profile.required_individual if kind == "individual" else profile.required_enterprise
    return tuple(dict.fromkeys(("name", *required)))


def _given(command: Any, name: str) -> object:
    """What a command says of a field, be it built in or declared by the host."""
    return getattr(command, name) if hasattr(command, name) else command.fields.get(name)


def _required_custom(rules: CustomerRules) -> tuple[str, ...]:
    return tuple(field.name for field in rules.custom_fields if field.required)


def is_emptied(value: object) -> bool:
    """Whether a field was named, and given nothing."""
    return isinstance(value, str) and not value.strip()


def known_industry(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """The industry is on the list, by code or label (D-02)."""
    if is_blank(command.industry) or industry_code(command.industry) is not None:
        return None
    return Refusal(reasons.UNKNOWN_INDUSTRY)


def industry_noted(_stage: Any, command: Any, facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Industry other comes with a note, or has one on record (D-02)."""
    industry, note = command.industry, command.industry_note
    if facts.customer is not None:
        profile = facts.customer.profile
        industry = profile.industry if industry is None else industry
        note = profile.industry_note if note is None else note
    if industry is None or industry_code(industry) != "other" or not is_blank(note):
        return None
    return Refusal(reasons.INDUSTRY_NOTE)


_PARTS = {"form": Label("organisation form", "组织形式"), "brand": Label("brand", "字号")}


def full_name(_stage: Any, command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """An enterprise is registered under its full name (D-03)."""
    kind = facts.customer.profile.kind if facts.customer is not None else command.kind
    if not rules.profile.full_name or kind != "enterprise" or is_blank(command.name):
        return None
    missing = check_full_name(command.name)
    return None if missing is None else Refusal(reasons.NOT_A_FULL_NAME, {"part": _PARTS[missing]})


def contacts_named(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Every contact has a name (D-06)."""
    for contact in contacts_in(command):
        if not contact.name.strip():
            return Refusal(reasons.CONTACT_NAME)
    return None


def one_main_contact(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """At most one contact is the main one (D-06)."""
    mains = sum(1 for contact in command.contacts if contact.main)
    return Refusal(reasons.ONE_MAIN_CONTACT) if mains > 1 else None


def contacts_in(command: Any) -> tuple[ContactDetails, ...]:
    """The contacts a command brings with it."""
    if type(command) is Register:
        return command.contacts
    return () if command.contact is None else (command.contact,)


def any_contact(_stage: Any, _command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """There is a contact to change (D-06)."""
    return None if any(not contact.erased for contact in facts.customer.contacts) else Refusal(reasons.NO_CONTACTS)


def contact_known(_stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Only a contact on record can be changed (D-06)."""
    if not facts.customer.contacts or facts.customer.contact(command.number) is not None:
        return None
    return Refusal(reasons.UNKNOWN_CONTACT, {"number": command.number})


def fields_valid(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Custom fields are declared, and of their declared types (D-09)."""
    fault = fault_in_fields(command.fields, rules.custom_fields)
    return None if fault is None else Refusal(reasons.CUSTOM_FIELD, {"field": fault[0], "expected": fault[1]})


def contact_fields_valid(
    _stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """Custom fields of contacts are declared, of their declared types, and there where they must be (D-09)."""
    for contact in contacts_in(command):
        fault = fault_in_fields(contact.fields, rules.contact_fields)
        fault = fault or missing_in_fields(contact.fields, rules.contact_fields)
        if fault is not None:
            return Refusal(reasons.CUSTOM_FIELD, {"field": f"contact.fields.{fault[0]}", "expected": fault[1]})
    return None


def changes_something(_stage: Any, command: Any, facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A change that changes nothing is no event (D-13)."""
    customer = facts.customer
    if customer is not None and changed_profile(customer.profile, command) != customer.profile:
        return None
    return Refusal(reasons.NOTHING_TO_CHANGE)


def contact_changes(_stage: Any, command: Any, facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A contact that stays as it is is no event (D-13)."""
    known = None if facts.customer is None else facts.customer.contact(command.number)
    same = known is not None and known.details == command.contact and known.active == command.active
    return Refusal(reasons.NOTHING_TO_CHANGE) if same else None


def pool_known(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A customer is registered for a pool that policy names (P-24)."""
    if command.pool is None or command.pool in rules.pools:
        return None
    return Refusal(reasons.UNKNOWN_POOL, {"known": ", ".join(rules.pools)})


# ------------------------------------------------------------------------------------- whose it is, and who wants it


def whose(reason: Reason, stage: Any, facts: OnRecord, rules: CustomerRules) -> Refusal:
    """A refusal that tells of a customer somebody has: which, at what stage, with whom, and until when (P-02, P-20).

    The owner is told to who may know, and the rest to all but those for whom the customer does not exist (L-04).
    """
    customer, sight = facts.customer, rules.seeing
    if not knows_of(customer, facts.actor, sight):
        return Refusal(reasons.ON_RECORD)
    until = fall_of(stage) if isinstance(stage, Potential | Intent) else None
    owner = owner_told(customer, facts.actor, sight)
    return Refusal(reason, {"customer": customer.id, "stage": stage.label, "owner": owner}, until)


def cooled_down(stage: Any, _command: Any, facts: OnRecord, rules: CustomerRules, now: datetime) -> Refusal | None:
    """Who lost the customer has waited long enough (P-08)."""
    given_up = facts.customer.cool_downs
    if not given_up and not rules.cool_down.expiry_days:
        return None
    let_fall = after_expiry(stage, rules) if rules.cool_down.expiry_days else ()
    until = waits_until((*given_up, *let_fall), facts.actor, now)
    return None if until is None else Refusal(reasons.COOLING_DOWN, until=until)


def contact_on_record(
    _stage: Any, command: Any, facts: OnRecord, rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """A claim needs a contact on record, or brings one (P-09)."""
    if command.contact is not None or not rules.claim.contact:
        return None
    for contact in facts.customer.contacts:
        if contact.active and not contact.erased:
            return None
    return _NO_CONTACT


_NO_CONTACT = Refusal(reasons.NO_CONTACT)


def contacted(stage: Any, command: Any, facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A claim needs a follow-up by the claimer since the customer came into the pool, or brings one (P-09)."""
    if not rules.claim.follow_up or command.follow_up is not None or facts.actor.id in stage.contacted_by:
        return None
    return _NOT_CONTACTED


_NOT_CONTACTED = Refusal(reasons.NOT_CONTACTED)
