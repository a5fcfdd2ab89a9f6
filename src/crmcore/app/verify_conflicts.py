"""Proving conflicts: every history replayed, and what was said of persons compared with what was recorded."""

from crmcore.app.session import Session
from crmcore.conflicts.history import replay
from crmcore.errors import Unreadable
from crmcore.kernel.events import UnknownEvent
from crmcore.storage.interface import Record


def fault_of_conflict(session: Session, row: Record) -> str | None:
    """What does not add up about one conflict, by its code in ``verify.WHAT``."""
    try:
        return _difference(session, row)
    except Unreadable:
        return "unreadable"


def _difference(session: Session, row: Record) -> str | None:
    records, uow = session.records, session.uow
    loaded = records.conflicts.get(uow, row.id)
    conflict = None if loaded is None else loaded.entity
    history = records.log.history(uow, row.id)
    if any(isinstance(envelope.event, UnknownEvent) for envelope in history):
        return "newer"
    # First: a note that is gone from an event leads to another state as well.
    if not records.log.intact(uow, row.id):
        return "personal"
    if replay(history) != conflict or [envelope.number for envelope in history] != list(range(1, len(history) + 1)):
        return "state"
    fits = conflict is not None and records.conflicts.entity.fits(conflict, row.columns)
    return None if fits else "columns"
