"""What happened to a customer's file: needs, attachments, consents, legal holds, erasure."""

from datetime import datetime
from typing import Any, ClassVar

import attrs
from attrs import field, frozen

from crmcore.customers.entities import Contact, Customer, changed
from crmcore.customers.events_base import CustomerEvent
from crmcore.customers.file import Attachment, Needs
from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.quick import quick
from crmcore.people import Consent


def _filed(customer: Customer, at: datetime, policy: str, **changes: Any) -> Customer:
    """The customer one event later, with these changes of its file."""
    return changed(customer, customer.stage, at, policy, file=attrs.evolve(customer.file, **changes))


@quick
@frozen(weakref_slot=False)
class NeedsRecorded(CustomerEvent):
    """What the customer needs now reads like this (D-07)."""

    type: ClassVar[str] = "needs-recorded"
    at: datetime
    needs: Needs

    def change(self, customer: Customer, policy: str) -> Customer:
        """Replace the needs."""
        return _filed(customer, self.at, policy, needs=self.needs)


@quick
@frozen(weakref_slot=False)
class AttachmentAdded(CustomerEvent):
    """One more reference to something the host keeps (D-10)."""

    type: ClassVar[str] = "attachment-added"
    at: datetime
    attachment: Attachment

    def change(self, customer: Customer, policy: str) -> Customer:
        """Add the attachment."""
        return _filed(customer, self.at, policy, attachments=(*customer.file.attachments, self.attachment))


@quick
@frozen(weakref_slot=False)
class AttachmentRetired(CustomerEvent):
    """An attachment is no longer in use (D-10)."""

    type: ClassVar[str] = "attachment-retired"
    at: datetime
    number: int

    def change(self, customer: Customer, policy: str) -> Customer:
        """Mark the attachment."""
        attachments = tuple(
            attrs.evolve(one, retired=True) if one.number == self.number else one for one in customer.file.attachments
        )
        return _filed(customer, self.at, policy, attachments=attachments)


@quick
@frozen(weakref_slot=False)
class ConsentRecorded(CustomerEvent):
    """A person's data may be used for a purpose (A-03)."""

    type: ClassVar[str] = "consent-recorded"
    at: datetime
    consent: Consent

    def change(self, customer: Customer, policy: str) -> Customer:
        """Add the consent; those before it stay as they were."""
        return _filed(customer, self.at, policy, consents=(*customer.file.consents, self.consent))


@quick
@frozen(weakref_slot=False)
class ConsentWithdrawn(CustomerEvent):
    """A person's data may no longer be used for a purpose (A-03)."""

    type: ClassVar[str] = "consent-withdrawn"
    at: datetime
    contact: int | None
    purpose: str

    def change(self, customer: Customer, policy: str) -> Customer:
        """Whatever still held for that purpose ends now."""
        consents = tuple(
            attrs.evolve(one, withdrawn_at=self.at) if self._ends(one) else one for one in customer.file.consents
        )
        return _filed(customer, self.at, policy, consents=consents)

    def _ends(self, consent: Consent) -> bool:
        return (consent.contact, consent.purpose) == (self.contact, self.purpose) and consent.holds_at(self.at)


@quick
@frozen(weakref_slot=False)
class HoldPlaced(CustomerEvent):
    """Nothing may be erased from now on (A-03)."""

    type: ClassVar[str] = "hold-placed"
    at: datetime
    reason: str = field(repr=False, metadata=PERSONAL)

    def change(self, customer: Customer, policy: str) -> Customer:
        """Held since now."""
        return _filed(customer, self.at, policy, held_since=self.at)


@quick
@frozen(weakref_slot=False)
class HoldLifted(CustomerEvent):
    """The legal hold is over (A-03)."""

    type: ClassVar[str] = "hold-lifted"
    at: datetime
    reason: str = field(repr=False, metadata=PERSONAL)

    def change(self, customer: Customer, policy: str) -> Customer:
        """Held no more."""
        return _filed(customer, self.at, policy, held_since=None)


@quick
@frozen(weakref_slot=False)
class Erased(CustomerEvent):
    """Personal data was erased (A-03): of the customer, of a contact, or of a participant, who is not named.

    The values are gone from the records of the events before this one, so it has nothing to blank but what marks
    the place as empty.
    """

    type: ClassVar[str] = "erased"
    at: datetime
    whom: str
    contact: int | None
    reason: str = field(repr=False, metadata=PERSONAL)

    def change(self, customer: Customer, policy: str) -> Customer:
        """Mark who is erased."""
        if self.whom == "customer":
            contacts = tuple(_erased(one) for one in customer.contacts)
            file = attrs.evolve(customer.file, erased_at=self.at)
            return changed(customer, customer.stage, self.at, policy, contacts=contacts, file=file)
        contacts = tuple(_erased(one) if one.number == self.contact else one for one in customer.contacts)
        return changed(customer, customer.stage, self.at, policy, contacts=contacts)


def _erased(contact: Contact) -> Contact:
    return attrs.evolve(contact, erased=True)


FILE_EVENTS: tuple[type[CustomerEvent], ...] = (
    NeedsRecorded,
    AttachmentAdded,
    AttachmentRetired,
    ConsentRecorded,
    ConsentWithdrawn,
    HoldPlaced,
    HoldLifted,
    Erased,
)
