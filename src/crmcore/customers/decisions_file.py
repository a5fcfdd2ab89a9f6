"""What happens when a command about a customer's file passes. The parameters are those of all (see ``decisions``)."""

from datetime import datetime
from typing import Any

from crmcore.customers import events
from crmcore.customers.decisions import Events
from crmcore.customers.facts import Facts, OnRecord
from crmcore.customers.file import Attachment
from crmcore.customers.policy import CustomerRules
from crmcore.kernel.times import as_instant, days_after
from crmcore.people import Consent


def record_needs(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """The needs read differently (D-07)."""
    return (events.NeedsRecorded(now, command.needs),)


def add_attachment(_stage: Any, command: Any, facts: OnRecord, _rules: CustomerRules, now: datetime) -> Events:
    """One more reference (D-10)."""
    number = len(facts.customer.file.attachments) + 1
    kind, name, digest = command.kind.strip(), command.name.strip(), command.digest
    attachment = Attachment(number, kind, command.size, name, digest, command.uri, command.contact)
    return (events.AttachmentAdded(now, attachment),)


def retire_attachment(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """No longer in use (D-10)."""
    return (events.AttachmentRetired(now, command.number),)


def record_consent(_stage: Any, command: Any, _facts: Facts, rules: CustomerRules, now: datetime) -> Events:
    """A person's data may be used for a purpose (A-03)."""
    given_at = now if command.given_at is None else as_instant(command.given_at)
    until = None if command.until is None else as_instant(command.until)
    purpose = rules.privacy.purpose(command.purpose)
    if until is None and purpose is not None and purpose.days:
        until = days_after(given_at, purpose.days, rules.zone)
    consent = Consent(command.contact, command.purpose, command.basis, given_at, until, command.evidence)
    return (events.ConsentRecorded(now, consent),)


def withdraw_consent(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """It may not any more (A-03)."""
    return (events.ConsentWithdrawn(now, command.contact, command.purpose),)


def place_hold(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """Nothing may be erased (A-03)."""
    return (events.HoldPlaced(now, command.reason),)


def lift_hold(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """It may again (A-03)."""
    return (events.HoldLifted(now, command.reason),)


def erase(_stage: Any, command: Any, _facts: Facts, _rules: CustomerRules, now: datetime) -> Events:
    """Somebody is erased (A-03); who keeps the records blanks them along with this."""
    whom = "contact" if command.contact is not None else "customer" if command.participant is None else "participant"
    return (events.Erased(now, whom, command.contact, command.reason),)
