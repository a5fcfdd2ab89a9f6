"""Where a whole database repeats itself: records that are alike, as stars around who survives (M-07)."""

from collections.abc import Iterator
from datetime import datetime

from attrs import frozen

from crmcore.app.duplicates import found_as
from crmcore.app.parties import counted
from crmcore.app.session import Session
from crmcore.customers.duplicates import Alike, Similar, told
from crmcore.customers.entities import Customer
from crmcore.customers.merging import precedence
from crmcore.customers.policy import CustomerRules
from crmcore.customers.seen import StageSeen, knows_of, stage_seen
from crmcore.customers.stages import Merged
from crmcore.kernel.actors import Actor


@frozen
class Cluster:
    """Records that are alike, as a star: each member is like the centre, whatever it is to the others.

    The centre is who survives a merge with any member by policy; where that leaves it open, who was entered first
    (M-06, M-07).
    """

    customer: str
    number: str
    stage: StageSeen
    members: tuple[Similar, ...]


class Stars:
    """The clusters of one unit of work, among the customers that exist for one actor (L-04)."""

    def __init__(self, session: Session, actor: Actor, rules: CustomerRules, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._rules = rules
        self._now = now
        self._sight = rules.seeing
        self._known: dict[str, list[Alike]] = {}

    def around(self, centre: Customer) -> Cluster | None:
        """The star around a customer: who is like it and comes after it, and is not like anybody before it."""
        if isinstance(centre.stage, Merged) or not self._exists(centre):
            return None
        place = precedence(centre, self._rules)
        later = [one for one in self._alike(centre) if place < precedence(one.customer, self._rules)]
        members = [one for one in later if self._first_of(one.customer) in {None, centre.id}]
        if not members:
            return None
        return Cluster(centre.id, centre.number, stage_seen(centre.stage), told(members, self._actor, self._sight))

    def _exists(self, customer: Customer) -> bool:
        return knows_of(customer, self._actor, self._sight)

    def _first_of(self, member: Customer) -> str | None:
        """The record that a member goes with: the first of those it is like, if one comes before it."""
        alike = (one.customer for one in self._alike(member))
        first = min((member, *alike), key=lambda customer: precedence(customer, self._rules))
        return None if first is member else first.id

    def _alike(self, customer: Customer) -> list[Alike]:
        """Everybody who is the same as a customer or similar by name, but for those a manager has decided to be others.

        None is left out for there being many.
        """
        if customer.id not in self._known:
            found = tuple(self._looked_up(customer))
            known = counted(self._session.records, self._session.uow, customer, found, self._now)
            self._known[customer.id] = list(known)
        return self._known[customer.id]

    def _looked_up(self, customer: Customer) -> Iterator[Alike]:
        identity = found_as(customer, self._rules.matching)
        if identity is None:
            return
        session = self._session
        for one in session.records.alike(session.uow, identity, self._rules, self._now, customer.id):
            if (one.is_same or one.is_alarm) and self._exists(one.customer):
                yield one
