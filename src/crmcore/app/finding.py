"""Questions of duplicate analysis: who is alike, what contains a fragment, where the whole database repeats itself."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from attrs import field, frozen

from crmcore.app.clusters import Cluster, Stars
from crmcore.app.duplicates import found_as
from crmcore.app.session import Session
from crmcore.app.work import Work
from crmcore.customers.commands import ChangeProfile, Register
from crmcore.customers.duplicates import Similar, identity_of, proposed, told
from crmcore.customers.entities import Customer
from crmcore.customers.history import settled
from crmcore.customers.policy import CustomerRules
from crmcore.customers.seen import StageSeen, knows_of, seen_by, stage_seen
from crmcore.customers.stages import Merged
from crmcore.errors import NotFound
from crmcore.kernel.actors import Actor
from crmcore.kernel.personal import PERSONAL
from crmcore.matching import (
    Identity,
    MatchingPolicy,
    NameParts,
    find_fragment,
    key_rules,
    keys,
    normalise,
    parts_of,
)
from crmcore.storage.interface import Query
from crmcore.storage.match_keys import StoredCandidates, keyed, replace_keys

PAGE = 500
#: Of so many records that contain a fragment the best are shown.
LOOKED_AT = 200
#: Customers looked up in one unit of work of a check of the whole database.
CHECKED = 50

Place = tuple[str, str]


@frozen
class Found:
    """A record whose name contains what somebody typed, as that person may see it, the name included.

    ``owner`` is None in the pool, and for who may not see it; ``owner_hidden`` tells the two apart.
    """

    customer: str
    number: str
    name: str = field(repr=False, metadata=PERSONAL)
    stage: StageSeen
    owner: str | None
    owner_hidden: bool


class Duplicates:
    """Duplicate analysis over everything on record; ``CRM.duplicates``."""

    def __init__(
        self,
        work: Work,
        now: Callable[[datetime | None], datetime],
        rules: CustomerRules,
    ) -> None:
        self._work = work
        self._reading: Callable[[], AbstractContextManager[Session]] = work.reading
        self._now = now
        self._rules = rules

    def check(
        self, who: Register | ChangeProfile | Identity | str, *, actor: Actor, at: datetime | None = None
    ) -> tuple[Similar, ...]:
        """Who is alike, the surest first, without registering or changing anything.

        Who is not to know of a customer is told that there is one, and neither which nor whose (L-04).

        :param who: a registration or change that is not given yet, an identity, or the id of a customer on record.
        :raises NotFound: no such customer, or none for this person.
        """
        now = self._now(at)
        with self._reading() as session:
            identity, id = self._identity(session, who, actor, now)
            if identity is None:
                return ()
            found = session.records.similar(session.uow, identity, self._rules, now, but=id)
        return told(found, actor, self._rules.seeing)

    def _identity(
        self, session: Session, who: Register | ChangeProfile | Identity | str, actor: Actor, now: datetime
    ) -> tuple[Identity | None, str | None]:
        """Who is asked about, and under which id it is on record."""
        if isinstance(who, Identity):
            return who, None
        if isinstance(who, Register):
            return proposed(who, None), None
        id = who if isinstance(who, str) else who.customer
        customer = session.view(id, now)
        if customer is None or not knows_of(customer, actor, self._rules.seeing):
            raise NotFound("customer", id)
        return (identity_of(customer) if isinstance(who, str) else proposed(who, customer)), id

    def search(self, text: str, *, actor: Actor, limit: int = 20, at: datetime | None = None) -> tuple[Found, ...]:
        """The records whose name contains a fragment, as one types (M-01): those whose brand it is come first.

        Each is shown as ``CRM.view`` shows it; who does not exist for the actor is not found (A-02, L-04).

        :raises Invalid: the fragment is too short to be looked up.
        """
        now = self._now(at)
        with self._reading() as session:
            candidates = StoredCandidates(session.uow, session.records.counter_value(session.uow))
            ids = find_fragment(text, candidates, LOOKED_AT)
            parts = candidates.parts(ids)
            fragment = normalise(text)
            best = sorted(parts, key=lambda found: (*_order(fragment, parts[found]), found))
            return self._shown(session, best, actor, limit, now)

    def _shown(self, session: Session, best: list[str], actor: Actor, limit: int, now: datetime) -> tuple[Found, ...]:
        """The first of these records, by whom they are today, that exist for the actor; as many as are asked for."""
        shown: dict[str, Found] = {}
        while best and len(shown) < limit:
            some, best = best[:limit], best[limit:]
            loaded = {one.entity.id: one.entity for one in session.records.customers.get_many(session.uow, some)}
            found = (_survivor(session, settled(loaded[id], now)[0], now) for id in some if id in loaded)
            shown |= {one.customer: one for customer in found if (one := self._found(customer, actor)) is not None}
        return tuple(islice(shown.values(), limit))

    def _found(self, customer: Customer, actor: Actor) -> Found | None:
        seen = seen_by(customer, actor, self._rules.seeing)
        if seen is None:
            return None
        return Found(seen.id, seen.number, seen.name, stage_seen(customer.stage), seen.owner, seen.owner_hidden)

    def all(
        self,
        *,
        actor: Actor,
        after: Place | None = None,
        at: datetime | None = None,
        progress: Callable[[int, Place], None] | None = None,
    ) -> Iterator[Cluster]:
        """Every cluster of records alike in the space (M-07), in the order of the customers' numbers.

        Customers that do not exist for the actor are left out, as if they were not on record (L-04).

        Memory stays flat, and each page is a unit of work of its own. Every record that is like another stands in one
        cluster as a member, but for those that are centres only: it goes with the first of those it is like, not with
        all that they are like.

        :param after: the place to go on from: what ``progress`` was told last, beside how many customers were done.
        """
        now, done = self._now(at), 0
        while True:
            with self._reading() as session:
                query = Query("customer", "by_number", after=after, limit=CHECKED)
                page = session.records.customers.first_page(session.uow, query)
                stars = Stars(session, actor, self._rules, now)
                clusters = [stars.around(settled(one.entity, now)[0]) for one in page]
            yield from (cluster for cluster in clusters if cluster is not None)
            if not page:
                return
            done, after = done + len(page), (page[-1].entity.number, page[-1].entity.id)
            if progress is not None:
                progress(done, after)
            if len(page) < CHECKED:
                return

    def table(self) -> Iterator[dict[str, Any]]:
        """Everything on record as rows for a program that links whole databases, such as Splink; personal data in it.

        For the host: nothing is masked.
        ``unique_id``, the parts of the name, phones, e-mail addresses, codes, and ``keys``: who shares a key is a
        candidate. In the order of the customers' numbers; memory stays flat.
        """
        after: Place | None = None
        while True:
            with self._reading() as session:
                query = Query("customer", "by_number", after=after, limit=PAGE)
                page = session.records.customers.first_page(session.uow, query)
            yield from (row for one in page if (row := _row(one.entity, self._rules.matching)) is not None)
            if len(page) < PAGE:
                return
            after = page[-1].entity.number, page[-1].entity.id

    def rekey(self, *, progress: Callable[[int], None] | None = None) -> int:
        """Give new keys to every customer whose keys were made by other rules than those in force; returns how many.

        Needed once after the rules have changed, or after analysis was off. It may be stopped and started again, and
        run beside everything else: who has not been reached yet is still found by the keys that both rules make.
        """
        rewritten, after = 0, None
        while True:
            changed, after = self._work.run(partial(self._rekey_page, after))
            rewritten += changed
            if progress is not None:
                progress(rewritten)
            if after is None:
                return rewritten

    def _rekey_page(self, after: Place | None, session: Session) -> tuple[int, Place | None]:
        """Give one page of customers the keys they should have; the place to go on from, None at the end."""
        uow, policy = session.uow, self._rules.matching
        rows = uow.query(Query("customer", "by_number", after=after, limit=PAGE))
        stored = keyed(uow, [row.id for row in rows])
        rules = None if policy.similar == "off" else key_rules(policy)
        stale = [row.id for row in rows if (stored[row.id].rules if row.id in stored else None) != rules]
        loaded = session.records.customers.get_many(uow, stale)
        possible = [(one.entity.id, stored.get(one.entity.id), found_as(one.entity, policy)) for one in loaded]
        changes = [change for change in possible if change[1] is not None or change[2] is not None]
        replace_keys(uow, changes, policy)
        last = rows[-1] if len(rows) == PAGE else None
        return len(changes), None if last is None else (str(last.columns["number"]), last.id)


def _survivor(session: Session, customer: Customer, now: datetime) -> Customer:
    return session.records.survivor(session.uow, customer, now)


def _row(customer: Customer, policy: MatchingPolicy) -> dict[str, Any] | None:
    identity = identity_of(customer)
    if identity is None or isinstance(customer.stage, Merged):
        return None
    parts = parts_of(identity)
    names = {name: getattr(parts, name) or None for name in ("region", "brand", "trade", "form", "branch")}
    return {
        "unique_id": customer.id,
        "number": customer.number,
        "kind": identity.kind,
        "name": normalise(identity.name),
        **names,
        "phones": list(identity.phones),
        "emails": list(identity.emails),
        "credit_code": identity.credit_code,
        "tax_id": identity.tax_id,
        "keys": [f"{one.by}:{one.value & _BITS:016x}" for one in keys(identity, policy, parts)],
    }


_BITS = 2**64 - 1


def _order(fragment: str, parts: NameParts) -> tuple[bool, bool, int, int]:
    """How well a fragment names a record: it is the brand, the brand begins with it, the shorter name."""
    brand = parts.brand.replace(" ", "")
    return brand != fragment, not brand.startswith(fragment), parts.full.find(fragment), len(parts.full)
