"""What an event does to a stage, where it does nothing to it."""

from datetime import UTC, datetime

import pytest

from crmcore.customers import ContactDetails, Formal, Intent, Pool, Potential
from crmcore.customers.entities import Contact, Profile
from crmcore.customers.events import ActionsReassigned, ContactAdded, ContactChanged, ProfileChanged

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
STAGES = [
    Pool(NOW, "registered"),
    Potential("li", (), NOW, NOW),
    Intent("li", (), NOW, NOW),
    Formal("li", (), NOW),
]
CONTACT = Contact(1, ContactDetails("甲某"))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
@pytest.mark.parametrize(
    "event",
    [
        ProfileChanged(NOW, Profile("Fabricated Ltd")),
        ContactAdded(NOW, CONTACT),
        ContactChanged(NOW, CONTACT),
        ActionsReassigned(NOW, "li", "chen"),
    ],
    ids=lambda event: event.type,
)
def test_what_is_on_record_does_not_move_the_stage(event, stage):
    """Profile, contacts and plans change; the stage stays the very same object."""
    assert stage is event.move(stage)
