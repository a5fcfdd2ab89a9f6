"""What may refuse a command about a customer's file. The parameters are those of all guards (see ``guards``)."""

from datetime import datetime
from typing import Any

from crmcore.customers import reasons
from crmcore.customers.commands_file import Erase
from crmcore.customers.facts import Facts, OnRecord
from crmcore.customers.file import EMPTY_FILE, scheme_of
from crmcore.customers.guards import is_blank, may
from crmcore.customers.persons import persons, same_person
from crmcore.customers.policy import CustomerRules
from crmcore.kernel.actors import right
from crmcore.kernel.machine import Guard
from crmcore.kernel.refusals import Refusal
from crmcore.kernel.times import days_after
from crmcore.people import is_covered

#: The name of the right to export, for policies.
EXPORT = "export-person"
EXPORTERS = right("manager", "legal")


def not_erased(_stage: Any, _command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Nothing personal comes back on record of who has been erased (A-03)."""
    file = facts.customer.file
    return None if file is EMPTY_FILE or file.erased_at is None else _ERASED


_ERASED = Refusal(reasons.ERASED)


def contact_there(_stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """The contact a command is about is on record (D-06), and not erased (A-03)."""
    if command.contact is None:
        return None
    contact = facts.customer.contact(command.contact)
    if contact is None:
        return Refusal(reasons.UNKNOWN_CONTACT, {"number": command.contact})
    return _ERASED if contact.erased else None


def contact_not_erased(
    _stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """What is to be put in a contact's place is not of one who has been erased (A-03)."""
    contact = facts.customer.contact(command.number)
    return _ERASED if contact is not None and contact.erased else None


# ---------------------------------------------------------------------------------------------- attachments and needs


def named(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """An attachment has a name and a kind (D-10)."""
    return Refusal(reasons.ATTACHMENT_NAME) if is_blank(command.name) or is_blank(command.kind) else None


def not_too_large(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """An attachment is no longer than policy allows (D-10)."""
    most = rules.privacy.largest_attachment
    return None if most is None or command.size <= most else Refusal(reasons.ATTACHMENT_SIZE, {"most": most})


def resolvable(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """The URI has a scheme that policy allows (D-10)."""
    schemes = rules.privacy.schemes
    if not schemes or scheme_of(command.uri) in schemes:
        return None
    return Refusal(reasons.ATTACHMENT_SCHEME, {"known": ", ".join(schemes)})


def any_in_use(_stage: Any, _command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """There is an attachment to retire (D-10)."""
    in_use = any(not one.retired for one in facts.customer.file.attachments)
    return None if in_use else Refusal(reasons.NO_ATTACHMENTS)


def attachment_there(
    _stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """The attachment is on record, and in use (D-10)."""
    if not any(not one.retired for one in facts.customer.file.attachments):
        return None
    attachment = facts.customer.file.attachment(command.number)
    if attachment is not None and not attachment.retired:
        return None
    return Refusal(reasons.UNKNOWN_ATTACHMENT, {"number": command.number})


def needs_change(_stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Needs that stay as they are are no event (D-13)."""
    return Refusal(reasons.NOTHING_TO_CHANGE) if command.needs == facts.customer.file.needs else None


# ----------------------------------------------------------------------------------------------------------- consents


def a_person(_stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Without a contact it is about the customer, which then is a person (A-03)."""
    about_customer = command.contact is None and getattr(command, "participant", None) is None
    if about_customer and facts.customer.profile.kind != "individual":
        return Refusal(reasons.NOT_A_PERSON)
    return None


def any_purpose(_stage: Any, _command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Policy names purposes at all (A-03)."""
    return None if rules.privacy.purposes else _NO_PURPOSES


_NO_PURPOSES = Refusal(reasons.UNKNOWN_PURPOSE, {"known": "–"})


def anybody(_stage: Any, _command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Some person is on record there whom it can be about (A-03)."""
    return None if any(True for _ in persons(facts.customer)) else Refusal(reasons.NOBODY)


def purpose_known(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """The purpose is one that policy names (A-03)."""
    known = [purpose.name for purpose in rules.privacy.purposes]
    if not known or command.purpose in known:
        return None
    return Refusal(reasons.UNKNOWN_PURPOSE, {"known": ", ".join(known)})


def basis_allowed(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, _now: datetime) -> Refusal | None:
    """The basis is one that policy takes for the purpose (A-03)."""
    purpose = rules.privacy.purpose(command.purpose)
    if purpose is None or command.basis in purpose.bases:
        return None
    return Refusal(reasons.BASIS, {"known": ", ".join(purpose.bases)})


def times_fit(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, now: datetime) -> Refusal | None:
    """It was given by now, and ends after now (A-03)."""
    given_at = command.given_at or now
    if given_at > now:
        return Refusal(reasons.GIVEN_LATER)
    purpose = rules.privacy.purpose(command.purpose)
    days = 0 if purpose is None else purpose.days
    until = command.until or (days_after(given_at, days, rules.zone) if days else None)
    return Refusal(reasons.LAPSED) if until is not None and until <= now else None


def any_consent(_stage: Any, _command: Any, facts: OnRecord, _rules: CustomerRules, now: datetime) -> Refusal | None:
    """There is something to withdraw (A-03)."""
    holds = any(one.holds_at(now) for one in facts.customer.file.consents)
    return None if holds else Refusal(reasons.NO_CONSENT)


def consent_holds(_stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, now: datetime) -> Refusal | None:
    """What is withdrawn holds (A-03)."""
    consents = facts.customer.file.consents
    if is_covered(consents, command.contact, now, command.purpose) or not any(one.holds_at(now) for one in consents):
        return None
    return Refusal(reasons.NO_CONSENT)


# -------------------------------------------------------------------------------------------------- holds and erasure

#: Who may be given all that is held on a person; policies call it export-person.
may_export: Guard = may(EXPORT, EXPORTERS, reasons.NOT_PERMITTED)


def not_held(_stage: Any, _command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """No legal hold is on the customer (A-03)."""
    return None if facts.customer.file.held_since is None else Refusal(reasons.ON_HOLD)


def not_held_beside(
    _stage: Any, _command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """Nor on another record of the same customer, where the customer's own is not reason enough (A-03)."""
    if not facts.held_beside or facts.customer.file.held_since is not None:
        return None
    return Refusal(reasons.HELD_BESIDE, {"records": ", ".join(facts.held_beside)})


def held(_stage: Any, _command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A legal hold is on the customer (A-03)."""
    return Refusal(reasons.NOT_ON_HOLD) if facts.customer.file.held_since is None else None


def one_person(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """A contact or a participant is named, not both; a participant by a name (A-03)."""
    both = command.contact is not None and command.participant is not None
    return Refusal(reasons.ONE_PERSON) if both or (command.participant is not None and _nameless(command)) else None


def _nameless(command: Erase) -> bool:
    return not same_person(command.participant or "")


def anybody_to_erase(
    _stage: Any, _command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """Some person is on record there, or took part in a follow-up (A-03)."""
    someone = facts.participants or any(True for _ in persons(facts.customer))
    return None if someone else Refusal(reasons.NOBODY)


def not_named_elsewhere(
    _stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """A person who goes as a whole has gone from the records merged into this one: each is erased by itself (A-03)."""
    whole = command.contact is None and command.participant is None
    if not whole or not facts.still_named:
        return None
    return Refusal(reasons.STILL_NAMED, {"records": ", ".join(facts.still_named)})


def participant_known(_stage: Any, command: Any, facts: Facts, _rules: CustomerRules, _now: datetime) -> Refusal | None:
    """Somebody of that name took part in a follow-up (A-03)."""
    name = same_person(command.participant or "")
    return Refusal(reasons.UNKNOWN_PARTICIPANT) if name and name not in facts.participants else None


def follow_ups_known(
    _stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, _now: datetime
) -> Refusal | None:
    """The follow-ups whose texts are to go are on record (A-03)."""
    unknown = [number for number in command.follow_ups if not 1 <= number <= facts.customer.follow_ups]
    return Refusal(reasons.NO_SUCH_FOLLOW_UP, {"number": unknown[0]}) if unknown else None
