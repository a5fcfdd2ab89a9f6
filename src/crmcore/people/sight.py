"""Who sees what: one answer for each person, customer and field (A-02)."""

from collections.abc import Callable
from typing import Final, Literal

from attrs import frozen

from crmcore.kernel.actors import Actor, Right, right
from crmcore.people.policy import SightPolicy

Relation = Literal["owner", "team", "former", "registrant", "other"]

#: A host's own decision: (actor, relation, stage name, dotted field) to True, False, or None when policy shall decide.
#: It is asked for EVERYTHING first, then for each personal field by itself.
MaySee = Callable[[Actor, str, str, str], bool | None]

_ANYONE: Final = right("anyone")

#: Stands for all fields at once.
EVERYTHING: Final = "*"


@frozen
class Onlooker:
    """A person before a customer: the relation, and what of the customer it depends on."""

    actor: Actor
    stage: str
    owner: str | None
    teams: tuple[str, ...]
    former: str | None
    registered_by: str
    is_firm: bool

    @property
    def relation(self) -> Relation:
        """The nearest relation of the person to the customer."""
        if self.owner == self.actor.id:
            return "owner"
        if not self.actor.teams.isdisjoint(self.teams):
            return "team"
        if self.former == self.actor.id:
            return "former"
        return "registrant" if self.registered_by == self.actor.id else "other"

    @property
    def is_own(self) -> bool:
        """Whether the person owns the customer or has registered it."""
        return self.actor.id in {self.owner, self.registered_by}


@frozen
class Sight:
    """A policy in force, with the host's own decision if there is one, and who is told whose a customer is."""

    policy: SightPolicy
    may_see: MaySee | None = None
    owner_shown_to: Right = _ANYONE

    def knows_of(self, who: Onlooker) -> bool:
        """Whether the customer exists for the person at all (L-04)."""
        return who.is_own or not self._is_limited(who.actor)

    def _is_limited(self, actor: Actor) -> bool:
        return bool(actor.roles) and actor.roles.issubset(right(*self.policy.own_only).roles)

    def sees_owner(self, who: Onlooker) -> bool:
        """Whether the person is told whose the customer is (P-02); that it is one's own is no secret."""
        if who.owner == who.actor.id:
            return True
        return self.knows_of(who) and self.owner_shown_to.allows(who.actor, who.owner, who.teams)

    def sees_all(self, who: Onlooker) -> bool:
        """Whether nothing of the customer is masked for the person."""
        answer = self._asked(who, EVERYTHING)
        if answer is not None:
            return answer
        if who.relation == "former" or (who.is_own and self._is_limited(who.actor)):
            return True
        words = (*self.policy.all, *self.policy.pool) if who.stage == "pool" else self.policy.all
        return right(*words).allows(who.actor, who.owner, who.teams)

    def sees(self, who: Onlooker, field: str) -> bool:
        """Whether the person sees a personal field, given that not everything is seen."""
        answer = self._asked(who, field)
        if answer is not None:
            return answer
        return field in (self.policy.others_firm if who.is_firm else self.policy.others_person)

    def _asked(self, who: Onlooker, field: str) -> bool | None:
        if self.may_see is None:
            return None
        return self.may_see(who.actor, who.relation, who.stage, field)
