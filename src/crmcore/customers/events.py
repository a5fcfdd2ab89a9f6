"""What has happened to a customer: every event there is.

Each event says how it moves the stage (``move``) and, where it does more, how it changes the customer (``change``).
"""

from crmcore.customers.events_base import CustomerEvent
from crmcore.customers.events_formal import HandedOver, HandOverAccepted, Released, Signed
from crmcore.customers.events_protection import (
    Abandoned,
    DeadlineMoved,
    Expired,
    ExtensionApproved,
    ExtensionRefused,
    ExtensionRequested,
    IntentApplied,
    IntentApproved,
    IntentRefused,
    Locked,
    Protected,
    ProtectionApproved,
    ProtectionRefused,
    ProtectionResubmitted,
    Transferred,
    Unlocked,
)
from crmcore.customers.events_records import ContactAdded, ContactChanged, FollowUpRecorded, ProfileChanged, Registered

__all__ = [
    "EVENTS",
    "Abandoned",
    "ContactAdded",
    "ContactChanged",
    "CustomerEvent",
    "DeadlineMoved",
    "Expired",
    "ExtensionApproved",
    "ExtensionRefused",
    "ExtensionRequested",
    "FollowUpRecorded",
    "HandOverAccepted",
    "HandedOver",
    "IntentApplied",
    "IntentApproved",
    "IntentRefused",
    "Locked",
    "ProfileChanged",
    "Protected",
    "ProtectionApproved",
    "ProtectionRefused",
    "ProtectionResubmitted",
    "Registered",
    "Released",
    "Signed",
    "Transferred",
    "Unlocked",
]

EVENTS: tuple[type[CustomerEvent], ...] = (
    Registered,
    ProfileChanged,
    ContactAdded,
    ContactChanged,
    FollowUpRecorded,
    Protected,
    ProtectionApproved,
    ProtectionRefused,
    ProtectionResubmitted,
    IntentApplied,
    IntentApproved,
    IntentRefused,
    ExtensionRequested,
    ExtensionApproved,
    ExtensionRefused,
    DeadlineMoved,
    Expired,
    Abandoned,
    Released,
    Signed,
    HandedOver,
    HandOverAccepted,
    Transferred,
    Locked,
    Unlocked,
)
