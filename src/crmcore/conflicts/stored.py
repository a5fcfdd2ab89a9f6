"""How conflicts are stored: the open ones by their dates, and by the pair of records, of which there is one at most."""

from crmcore.conflicts.entities import STAGES, Closed, Conflict, Decided, Open
from crmcore.customers.stored import CONVERTER
from crmcore.kernel.codec import tagged_union
from crmcore.kernel.entities import About, Entity, Index, Kind, Scalar
from crmcore.kernel.times import to_micros

tagged_union(CONVERTER, Open | Decided | Closed, STAGES, "name")


def pair(one: str, two: str) -> str:
    """The two records of a conflict, whichever is named first; ids have no spaces."""
    return " ".join(sorted((one, two)))


def _columns(conflict: Conflict) -> dict[str, Scalar | None]:
    stage = conflict.stage
    return {
        "customer": conflict.customer,
        "other": conflict.other,
        "open_pair": pair(conflict.customer, conflict.other) if conflict.is_open else None,
        "due": to_micros(stage.due) if isinstance(stage, Open) else None,
        "opened_at": to_micros(conflict.opened_at),
    }


CONFLICT: Entity[Conflict] = Entity(
    Kind(
        "conflict",
        {"customer": str, "other": str, "open_pair": str, "due": int, "opened_at": int},
        (
            Index("by_pair", ("open_pair",), unique=True),
            Index("by_due", ("due",)),
            Index("by_customer", ("customer", "opened_at")),
            Index("by_other", ("other", "opened_at")),
            Index("by_opening", ("opened_at",)),
        ),
    ),
    Conflict,
    lambda conflict: conflict.id,
    _columns,
    about=About(("customer", "other"), at=lambda conflict: conflict.last_at),
)
