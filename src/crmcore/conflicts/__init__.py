"""Conflicts (撞单): two records, or two people's claims to one customer, laid before a manager (M-03)."""

from crmcore.conflicts.commands import COMMANDS, ConflictCommand, DecideConflict, OpenConflict
from crmcore.conflicts.entities import Claim, Closed, Conflict, Decided, Evidence, Open, Unopened
from crmcore.conflicts.lifecycle import CONFLICTS

__all__ = [
    "COMMANDS",
    "CONFLICTS",
    "Claim",
    "Closed",
    "Conflict",
    "ConflictCommand",
    "DecideConflict",
    "Decided",
    "Evidence",
    "Open",
    "OpenConflict",
    "Unopened",
]
