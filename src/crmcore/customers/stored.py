"""How customers are stored: kinds with their index columns, plain data for bodies, events by type.

Two moments are index columns. ``pool_at`` is when the customer came, or will by itself come, into its pool: everybody
who is in the pool now stands at or before now, whether a sweep has been there or not. ``falls_at`` is the same moment
for protections only, so a sweep finds just what is due.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b

from attrs import frozen

from crmcore.customers.agenda import decision_due, handover_waits
from crmcore.customers.commands import Register
from crmcore.customers.entities import Customer, CustomValue, Profile
from crmcore.customers.events import EVENTS
from crmcore.customers.facts import Holder
from crmcore.customers.lifecycle import LIFECYCLE
from crmcore.customers.policy import CustomerPolicy, CustomField
from crmcore.customers.profiles import same_name_key
from crmcore.customers.stages import STAGES, STANDING, Intent, Merged, NextAction, Pool, Potential, Standing
from crmcore.kernel.codec import make_converter, tagged_union
from crmcore.kernel.entities import Entity, Index, Kind, Scalar
from crmcore.kernel.events import EventTypes
from crmcore.kernel.times import to_micros

CONVERTER = make_converter()
tagged_union(CONVERTER, Standing, STANDING, "name")
tagged_union(CONVERTER, Standing | Merged, STAGES, "name")
CONVERTER.register_structure_hook(CustomValue, lambda value, _: value)
CONVERTER.register_unstructure_hook(CustomValue, lambda value: value)

EVENT_TYPES = EventTypes(EVENTS)

_COLUMN_TYPES: dict[str, type[Scalar]] = {"integer": int, "boolean": bool}
_CUSTOM = "x_"


def customer_kind(policy: CustomerPolicy) -> Kind:
    """The kind of customers, with a column and an index for each custom field that policy wants to search by."""
    columns: dict[str, type[Scalar]] = {
        "number": str,
        "name_key": str,
        "alias_key": str,
        "stage": str,
        "owner": str,
        "pool": str,
        "pool_at": int,
        "falls_at": int,
        "decide_by": int,
        "accept_by": str,
        "signed": bool,
        "locked": bool,
    }
    indexes = [
        Index("by_number", ("number",), unique=True),
        Index("by_name", ("name_key",), unique=True),
        Index("by_alias", ("alias_key",)),
        Index("by_owner", ("owner", "stage")),
        Index("by_pool", ("pool", "pool_at")),
        Index("by_fall", ("falls_at",)),
        Index("by_decision", ("decide_by",)),
        Index("by_handover", ("accept_by",)),
    ]
    for custom in _searchable(policy):
        columns[_CUSTOM + custom.name] = _COLUMN_TYPES.get(custom.type, str)
        indexes.append(Index(f"by_{_CUSTOM}{custom.name}", (_CUSTOM + custom.name,)))
    return Kind("customer", columns, tuple(indexes))


def _searchable(policy: CustomerPolicy) -> list[CustomField]:
    return [custom for custom in policy.custom_fields if custom.indexed]


def customer_entity(policy: CustomerPolicy) -> Entity[Customer]:
    """How a customer is stored under a policy, which may declare searchable custom fields."""
    searchable = _searchable(policy)

    def columns(customer: Customer) -> dict[str, Scalar | None]:
        values = _columns(customer)
        for custom in searchable:
            values[_CUSTOM + custom.name] = customer.profile.fields.get(custom.name)
        return values

    def again(customer: Customer, before: Customer, known: Mapping[str, Scalar | None]) -> dict[str, Scalar | None]:
        if customer.profile is not before.profile:
            return columns(customer)
        key = known["name_key"] or known["alias_key"]
        return {**known, **_of_name(customer, key), **_of_stage(customer)}

    return Entity(customer_kind(policy), Customer, lambda customer: customer.id, columns, again)


def _columns(customer: Customer) -> dict[str, Scalar | None]:
    named = _of_name(customer, name_digest(customer.profile))
    return {"number": customer.number, **named, **_of_stage(customer)}


def _of_name(customer: Customer, key: Scalar | None) -> dict[str, Scalar | None]:
    """The name of a merged record leads to who survives, who may itself be given it."""
    if type(customer.stage) is Merged:
        return {"name_key": None, "alias_key": key}
    return {"name_key": key, "alias_key": None}


def _of_stage(customer: Customer) -> dict[str, Scalar | None]:
    """The columns that a change of anything but the profile may change."""
    stage = customer.stage
    falls_at = _micros(LIFECYCLE.due(stage))
    return {
        "stage": stage.name,
        "owner": stage.owner,
        "pool": customer.pool,
        "pool_at": to_micros(stage.since) if type(stage) is Pool else falls_at,
        "falls_at": falls_at,
        "decide_by": _micros(decision_due(customer)),
        "accept_by": stage.owner if handover_waits(stage) else None,
        "signed": customer.signed_on is not None,
        "locked": isinstance(stage, Potential | Intent) and stage.locked,
    }


def name_digest(profile: Profile | Register) -> str:
    """What the unique index over names holds: a digest, for the name of an individual is personal."""
    return blake2b(same_name_key(profile).encode(), digest_size=16).hexdigest()


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


HOLDER: Entity[Holder] = Entity(Kind("holder", {}), Holder, lambda holder: holder.person, lambda _holder: {})


@frozen
class OpenAction:
    """A next action as its own record, so that a person's agenda is one query (F-02)."""

    customer: str
    action: NextAction


ACTION: Entity[OpenAction] = Entity(
    Kind(
        "action",
        {"person": str, "due": int, "customer": str},
        (Index("by_person", ("person", "due")), Index("by_customer", ("customer",))),
        {"customer": "customer"},
        derived=True,
    ),
    OpenAction,
    lambda item: action_id(item.customer, item.action),
    lambda item: {"person": item.action.by, "due": to_micros(item.action.due), "customer": item.customer},
)


def action_id(customer: str, action: NextAction) -> str:
    """The id of an open action's record: one customer, one follow-up."""
    return f"{customer}/{action.follow_up}"
