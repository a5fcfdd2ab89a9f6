"""Ratings: what scoring policies made of customers, on record, and what people said against it.

Scoring itself never writes (G-05). That a score counts from now on is a fact of its own, brought about by a command
like any other. Names are loaded when they are first used: who does not score pays nothing for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmcore.ratings.commands import RATING_COMMANDS, OverrideGrade, RecordScore, WithdrawOverride
    from crmcore.ratings.entities import Brief, Rating, Said
    from crmcore.ratings.events import RATING_EVENTS, GradeOverridden, OverrideWithdrawn, Scored
    from crmcore.ratings.lifecycle import RATINGS

_WHERE = {
    "RATINGS": "lifecycle",
    "RATING_COMMANDS": "commands",
    "RATING_EVENTS": "events",
    "Brief": "entities",
    "GradeOverridden": "events",
    "OverrideGrade": "commands",
    "OverrideWithdrawn": "events",
    "Rating": "entities",
    "RecordScore": "commands",
    "Said": "entities",
    "Scored": "events",
    "WithdrawOverride": "commands",
}

__all__ = [
    "RATINGS",
    "RATING_COMMANDS",
    "RATING_EVENTS",
    "Brief",
    "GradeOverridden",
    "OverrideGrade",
    "OverrideWithdrawn",
    "Rating",
    "RecordScore",
    "Said",
    "Scored",
    "WithdrawOverride",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    module = _WHERE.get(name)
    if module is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
