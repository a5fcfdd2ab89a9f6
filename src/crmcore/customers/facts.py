"""What a decision about a customer needs to know beyond the stage. The app layer gathers it; nothing here loads."""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from crmcore.customers.duplicates import Alike
from crmcore.customers.entities import Customer
from crmcore.customers.stages import Absent, Stage
from crmcore.kernel.actors import Actor
from crmcore.kernel.quick import quick

ABSENT = Absent()


@quick
@frozen(weakref_slot=False)
class Held:
    """What one person holds, falls that are due left out (P-16, P-17), and when he or she last claimed.

    ``potential`` and ``intent`` count the customers that policy counts; ``locked`` all that are locked. ``version`` is
    that of what was remembered of the person before counting, 0 for nothing.
    """

    owner: str
    potential: int = 0
    intent: int = 0
    locked: int = 0
    claims_today: int = 0
    last_claim_at: datetime | None = None
    version: int = 0

    @property
    def total(self) -> int:
        """Protected customers in all."""
        return self.potential + self.intent


@quick
@frozen(weakref_slot=False)
class Other:
    """The customer that another is merged into, or was, as it is now (M-06).

    ``clashes`` are the kinds of records of which those of both could not stand beside each other. To undo a merge one
    must know what has been ``built`` upon it since, as types of events; and what the customer's owner holds if it
    counts again against limits without the contracts that came with the merge.
    """

    customer: Customer
    clashes: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    held: Held | None = None


@quick
@frozen(weakref_slot=False)
class Facts:
    """Who asks, about which customer (None when there is none on record), and what was found on the way.

    ``held`` is what the person would hold the customer who is to get it, None where no limit is set. ``number`` is
    the next free customer number, ``match`` who has the name that is to be registered, ``similar`` who else may be the
    same customer, the surest first; of a change, without who was so before it or is decided to be another. ``turn`` is
    the version of the counter of numbers before that was looked for.
    ``other`` is the second customer that a command is about, ``participants`` who took part in follow-ups, where one of
    them is to be erased; ``still_named`` are the records merged into the customer that have not been erased themselves,
    ``held_beside`` the other records of the same customer with a legal hold.
    """

    actor: Actor
    customer: Customer | None = None
    held: Held | None = None
    match: Customer | None = None
    number: str = ""
    similar: tuple[Alike, ...] = ()
    turn: int | None = None
    other: Other | None = None
    participants: frozenset[str] = frozenset()
    still_named: tuple[str, ...] = ()
    held_beside: tuple[str, ...] = ()

    @property
    def stage(self) -> Stage:
        """The stage the customer is in."""
        return ABSENT if self.customer is None else self.customer.stage


class OnRecord(Protocol):
    """Facts about a customer the table has made sure is there; the same object, told to the type checker."""

    @property
    def actor(self) -> Actor:
        """Who asks."""
        ...

    @property
    def customer(self) -> Customer:
        """The customer it is about."""
        ...

    @property
    def participants(self) -> frozenset[str]:
        """Who took part in follow-ups, where that was looked up."""
        ...

    @property
    def still_named(self) -> tuple[str, ...]:
        """Which records merged into it have not been erased, where that was looked up."""
        ...

    @property
    def held_beside(self) -> tuple[str, ...]:
        """Which other records of the same customer have a legal hold, where that was looked up."""
        ...


class OfTwo(OnRecord, Protocol):
    """Facts about two customers of which the guards have made sure that both are there."""

    @property
    def other(self) -> Other:
        """The second customer."""
        ...


@frozen
class ClaimDay:
    """How many claims somebody made on a local day (ISO date)."""

    day: str
    claims: int


@frozen
class Holder:
    """What must be remembered of a person who claims: its record's version makes two racing claims collide (P-16).

    ``days`` are the latest local days with claims, each with how many; commands may be given for an earlier day.
    """

    person: str
    days: tuple[ClaimDay, ...] = ()
    last_claim_at: datetime | None = None

    def claims_on(self, day: str) -> int:
        """How many claims the person has made on that local day."""
        return sum(one.claims for one in self.days if one.day == day)
