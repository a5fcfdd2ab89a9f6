"""How the people of the demonstration work: what each makes of a customer, by chance with these weights."""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from crmcore.cli.fabricate import Person, team
from crmcore.kernel.actors import Actor


@frozen
class Habit:
    """How somebody in pre-sales works.

    ``claims`` is the chance of a claim on a working day. ``potential`` and ``intent`` weigh what he or she makes of a
    customer at that stage, by the names that ``days`` knows.
    """

    claims: float
    potential: Mapping[str, int]
    intent: Mapping[str, int]


_GOOD: Final = {"win": 62, "extend": 10, "turned-down": 12, "give-up": 10, "forget": 4, "too-late": 2}
_FAIR: Final = {"win": 42, "extend": 14, "turned-down": 14, "give-up": 14, "forget": 12, "too-late": 4}
_FORGETFUL: Final = {"win": 24, "extend": 6, "turned-down": 10, "give-up": 10, "forget": 42, "too-late": 8}
_IMPATIENT: Final = {"win": 26, "extend": 4, "turned-down": 8, "give-up": 48, "forget": 6, "too-late": 8}

_CLOSES: Final = {"sign": 78, "extend": 12, "give-up": 6, "forget": 4}
_DELAYS: Final = {"sign": 46, "extend": 20, "give-up": 12, "forget": 22}

HABITS: Final[Mapping[str, Habit]] = {
    "li": Habit(0.55, _GOOD, _CLOSES),
    "chen": Habit(0.45, _FAIR, _CLOSES),
    "zhao": Habit(0.45, _FORGETFUL, _DELAYS),
    "sun": Habit(0.60, _IMPATIENT, _DELAYS),
}

PEOPLE: Final[Mapping[str, Person]] = {person.id: person for person in team()}
PRE_SALES: Final = tuple(HABITS)
AFTER_SALES: Final = ("zhou", "wu")
REVIEWER: Final = "zheng"

#: Who puts the bought list of companies on record.
IMPORT: Final = Actor("import", frozenset({"import"}))


def actor(id: str) -> Actor:
    """Somebody of the team as an actor."""
    person = PEOPLE[id]
    return Actor(person.id, person.roles, person.teams)
