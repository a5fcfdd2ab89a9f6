"""Every kind of record crmcore itself keeps, under a policy."""

from attrs import frozen

from crmcore.conflicts.stored import CONFLICT
from crmcore.customers.policy import CustomerPolicy
from crmcore.customers.stored import ACTION, HOLDER, customer_kind
from crmcore.kernel.entities import Entity, Kind
from crmcore.ratings.stored import RATING_KINDS
from crmcore.storage.match_keys import MATCH_KEY, MATCH_NAME
from crmcore.storage.repository import PERSONAL


@frozen
class Counter:
    """A number that only grows; customer numbers come from one."""

    name: str
    value: int = 0


@frozen
class Reader:
    """How far somebody who is handed events has come, and who is at it."""

    name: str
    position: int = 0
    holder: str | None = None


@frozen
class Pointer:
    """A column of a record that held the id of a customer which was merged into another."""

    kind: str
    column: str
    id: str


@frozen
class Moved:
    """What was made to refer to another customer when the one of this id was merged into it."""

    record: str
    into: str
    pointers: tuple[Pointer, ...] = ()


COUNTER: Entity[Counter] = Entity(Kind("counter", {}), Counter, lambda counter: counter.name, lambda _counter: {})
READER: Entity[Reader] = Entity(Kind("reader", {}), Reader, lambda reader: reader.name, lambda _reader: {})
#: The column names a customer that is merged: it goes on doing so, for the way back.
MOVED: Entity[Moved] = Entity(Kind("moved", {}), Moved, lambda moved: moved.record, lambda _moved: {})


def kinds_of(policy: CustomerPolicy | None = None) -> tuple[Kind, ...]:
    """The kinds of records under a policy; its searchable custom fields add columns."""
    customer = customer_kind(CustomerPolicy() if policy is None else policy)
    return (
        customer,
        HOLDER.kind,
        ACTION.kind,
        COUNTER.kind,
        READER.kind,
        MOVED.kind,
        PERSONAL,
        MATCH_KEY,
        MATCH_NAME,
        CONFLICT.kind,
        *RATING_KINDS,
    )
