"""From events to a conflict. Pure: the same events give the same conflict, always."""

from collections.abc import Iterable

import attrs

from crmcore.conflicts.entities import Conflict
from crmcore.conflicts.events import ConflictClosed, ConflictDecided, ConflictOpened, ConflictReopened
from crmcore.errors import Unreadable
from crmcore.kernel.events import Envelope


def evolve(conflict: Conflict | None, envelope: Envelope) -> Conflict:
    """The conflict one event later; an event that moves no stage changes nothing but the version.

    :raises Unreadable: the history does not begin with an opening.
    """
    event = envelope.event
    if conflict is None:
        if isinstance(event, ConflictOpened):
            return event.begin(envelope.stream, envelope.policy)
        raise Unreadable("history", envelope.stream, "it does not begin with an opening")
    if isinstance(event, ConflictDecided | ConflictClosed | ConflictReopened):
        return event.change(conflict, envelope.policy)
    return attrs.evolve(conflict, version=conflict.version + 1, last_at=envelope.at, policy=envelope.policy)


def replay(envelopes: Iterable[Envelope]) -> Conflict | None:
    """The conflict a whole history leads to; None for an empty one."""
    conflict: Conflict | None = None
    for envelope in envelopes:
        conflict = evolve(conflict, envelope)
    return conflict
