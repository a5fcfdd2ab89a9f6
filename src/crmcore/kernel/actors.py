"""Who acts, and who may.

A right names roles (``manager``) and relations to the customer at hand (``owner``, ``team``). An administrator may do
what a manager may; nobody gets any other right by being an administrator.
"""

from collections.abc import Callable, Iterable
from typing import Final

import attrs

from crmcore.errors import Fault, Invalid

ROLES: Final = (
    "pre-sales",
    "after-sales",
    "reviewer",
    "manager",
    "legal",
    "customer-success",
    "agent",
    "administrator",
    "import",
)
#: Relations of an actor to the customer a command is about.
RELATIONS: Final = ("owner", "team", "anyone")


def _strings(values: Iterable[str]) -> frozenset[str]:
    if isinstance(values, str):
        raise Invalid([Fault("actor", "wrong-type", "a collection of strings")])
    return frozenset(values)


@attrs.frozen
class Actor:
    """Who gives a command: an id of the host's, roles out of ``ROLES``, and the teams the person belongs to."""

    id: str
    roles: frozenset[str] = attrs.field(default=frozenset(), converter=_strings)
    teams: frozenset[str] = attrs.field(default=frozenset(), converter=_strings)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be stored or would silently never match."""
        faults: list[Fault] = []
        if not isinstance(self.id, str) or not self.id or len(self.id) > 100 or not self.id.isprintable():
            faults.append(Fault("actor.id", "wrong-type", "1 to 100 printable characters"))
        unknown = not self.roles.issubset(ROLES)
        if unknown:
            faults.append(Fault("actor.roles", "not-allowed", "roles out of " + ", ".join(ROLES)))
        if not all(isinstance(team, str) and team and team.isprintable() for team in self.teams):
            faults.append(Fault("actor.teams", "wrong-type", "non-empty printable strings"))
        if faults:
            raise Invalid(faults)


#: The actor of what time alone does: a fall.
SYSTEM: Final = "system"


@attrs.frozen
class Right:
    """Who may give a command: any of these roles, or the relations that are switched on."""

    roles: frozenset[str]
    owner: bool = False
    team: bool = False
    anyone: bool = False

    def allows(self, actor: Actor, owner: str | None, teams: tuple[str, ...]) -> bool:
        """Whether the actor may, towards a customer with this owner and these teams of the owner's."""
        return (
            (self.owner and owner == actor.id)
            or not self.roles.isdisjoint(actor.roles)
            or (self.team and not actor.teams.isdisjoint(teams))
            or self.anyone
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The right in the words that policies use, in a fixed order."""
        relations = [name for name in RELATIONS if getattr(self, name)]
        roles = [role for role in ROLES if role in self.roles and not self._implied(role)]
        return (*relations, *roles)

    def _implied(self, role: str) -> bool:
        return role == "administrator" and "manager" in self.roles


def right(*words: str) -> Right:
    """A right from role and relation names; with the manager comes the administrator."""
    known = (*ROLES, *RELATIONS)
    if not set(words).issubset(known):
        raise Invalid([Fault("rights", "not-allowed", "roles and relations out of " + ", ".join(known))])
    roles = set(words).intersection(ROLES)
    if "manager" in roles:
        roles.add("administrator")
    return Right(frozenset(roles), "owner" in words, "team" in words, "anyone" in words)


#: A host's own decision about a command: (actor, command name, stage name, owner) to True, False, or None when the
#: lifecycle table shall decide.
Authorise = Callable[[Actor, str, str, str | None], bool | None]
