"""The tables of crmcore 0.1.0."""

import sqlalchemy as sa
from alembic import op

from crmcore.storage.sqlalchemy.migrations import layout_1 as layout

revision: str = "crmcore_0001"
down_revision: str | None = None
branch_labels: tuple[str, ...] | None = ("crmcore",)
depends_on: str | None = None

TABLES: tuple[str, ...] = ("customer", "holder", "action", "counter", "personal", "_events")


def upgrade() -> None:
    """Make them."""
    for place in layout.places():
        _layout(place)
        _events(place)
        _customer(place)
        layout.create_kind(place, "holder")
        layout.create_kind(
            place,
            "action",
            {"person": "text", "due": "integer", "customer": "text"},
            {"by_person": ["person", "due"], "by_customer": ["customer"]},
        )
        layout.create_kind(place, "counter")
        layout.create_kind(place, "personal", {"subject": "text"}, {"by_subject": ["subject"]})


def downgrade() -> None:
    """Drop them, if they hold nothing."""
    for place in layout.places():
        layout.drop_tables(place, TABLES, derived="_layout")


def _layout(place: layout.Place) -> None:
    layout.create_table(place, "_layout", layout.filled("version", sa.Integer()))
    table = sa.table(f"{place.prefix}_layout", sa.column("version", sa.Integer()), schema=place.schema)
    is_noted = sa.exists(sa.select(table.c.version))
    op.execute(table.insert().from_select(["version"], sa.select(sa.literal_column("1")).where(~is_noted)))


def _events(place: layout.Place) -> None:
    layout.create_table(
        place,
        "_events",
        layout.filled("space", layout.text(64)),
        layout.filled("position", layout.integer()),
        layout.filled("stream", layout.text(190)),
        layout.filled("type", layout.text(64)),
        layout.filled("body", layout.body()),
        sa.PrimaryKeyConstraint("space", "position"),
    )
    layout.create_index(place, "_events", "stream", ["stream", "position"], unique=False, partial=False)


def _customer(place: layout.Place) -> None:
    layout.create_kind(
        place,
        "customer",
        {
            "number": "text",
            "name_key": "text",
            "stage": "text",
            "owner": "text",
            "pool": "text",
            "pool_at": "integer",
            "falls_at": "integer",
            "decide_by": "integer",
            "accept_by": "text",
            "signed": "boolean",
            "locked": "boolean",
        },
        {
            "by_number": ["number"],
            "by_name": ["name_key"],
            "by_owner": ["owner", "stage"],
            "by_pool": ["pool", "pool_at"],
            "by_fall": ["falls_at"],
            "by_decision": ["decide_by"],
            "by_handover": ["accept_by"],
        },
        unique=("by_number", "by_name"),
    )
