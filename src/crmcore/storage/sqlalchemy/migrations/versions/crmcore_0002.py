"""Readers of the event log, and the last position of each space's events."""

import sqlalchemy as sa
from alembic import op

from crmcore.storage.sqlalchemy.migrations import layout_1 as layout

revision: str = "crmcore_0002"
down_revision: str | None = "crmcore_0001"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make their tables; events that are there already have their last positions."""
    for place in layout.places():
        layout.create_kind(place, "reader")
        layout.create_table(
            place,
            "_positions",
            layout.filled("space", layout.text(64)),
            layout.filled("last", layout.integer()),
            sa.PrimaryKeyConstraint("space"),
        )
        _fill(place)


def downgrade() -> None:
    """Drop them: positions follow from the events, readers must have none."""
    for place in layout.places():
        layout.drop_tables(place, ("reader",), derived="_positions")


def _fill(place: layout.Place) -> None:
    events = sa.table(
        f"{place.prefix}_events", sa.column("space", sa.TEXT()), sa.column("position"), schema=place.schema
    )
    positions = sa.table(
        f"{place.prefix}_positions", sa.column("space", sa.TEXT()), sa.column("last"), schema=place.schema
    )
    is_known = sa.exists(sa.select(positions.c.space).where(positions.c.space == events.c.space))
    last = sa.select(events.c.space, sa.func.max(events.c.position)).where(~is_known).group_by(events.c.space)
    op.execute(positions.insert().from_select(["space", "last"], last))
