"""Where a whole database repeats itself: records that are alike, as stars around who survives (M-07)."""

from collections.abc import Iterator
from datetime import datetime

from attrs import field, frozen

from crmcore.app.duplicates import found_as
from crmcore.app.parties import counted
from crmcore.app.session import Session
from crmcore.customers.duplicates import Similar, seen
from crmcore.customers.entities import Customer
from crmcore.customers.merging import precedence
from crmcore.customers.policy import CustomerRules
from crmcore.customers.stages import Merged, Stage
from crmcore.kernel.actors import Actor


@frozen
class Cluster:
    """Records that are alike, as a star: each member is like the centre, whatever it is to the others.

    The centre is who survives a merge with any member by policy; where that leaves it open, who was entered first
    (M-06, M-07).
    """

    customer: str
    number: str
    stage: Stage = field(repr=False)
    members: tuple[Similar, ...]


class Stars:
    """The clusters of one unit of work, as one actor may see them."""

    def __init__(self, session: Session, actor: Actor, rules: CustomerRules, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._rules = rules
        self._now = now
        self._known: dict[str, list[tuple[Customer, Similar]]] = {}

    def around(self, centre: Customer) -> Cluster | None:
        """The star around a customer: who is like it and comes after it, and is not like anybody before it."""
        if isinstance(centre.stage, Merged):
            return None
        place = precedence(centre, self._rules)
        later = [pair for pair in self._alike(centre) if place < precedence(pair[0], self._rules)]
        members = tuple(found for customer, found in later if self._first_of(customer) in {None, centre.id})
        return Cluster(centre.id, centre.number, centre.stage, members) if members else None

    def _first_of(self, member: Customer) -> str | None:
        """The record that a member goes with: the first of those it is like, if one comes before it."""
        alike = (customer for customer, _ in self._alike(member))
        first = min((member, *alike), key=lambda customer: precedence(customer, self._rules))
        return None if first is member else first.id

    def _alike(self, customer: Customer) -> list[tuple[Customer, Similar]]:
        """Everybody who is the same as a customer or similar by name, but for those a manager has decided to be others.

        None is left out for there being many.
        """
        if customer.id not in self._known:
            found = list(self._looked_up(customer))
            alike = tuple(one for _, one in found)
            told = {
                one.customer for one in counted(self._session.records, self._session.uow, customer, alike, self._now)
            }
            self._known[customer.id] = [pair for pair in found if pair[0].id in told]
        return self._known[customer.id]

    def _looked_up(self, customer: Customer) -> Iterator[tuple[Customer, Similar]]:
        identity = found_as(customer, self._rules.matching)
        if identity is None:
            return
        session = self._session
        for other, hit, verdict in session.records.alike(session.uow, identity, self._rules, self._now, customer.id):
            one = seen(other, hit, verdict, self._actor, self._rules.matching)
            if one.is_same or one.is_alarm:
                yield other, one
