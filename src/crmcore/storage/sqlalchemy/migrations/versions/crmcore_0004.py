"""Records that are merged: what was moved with them, and the names by which they still are found."""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

from crmcore.storage.sqlalchemy.migrations import layout_1 as layout

revision: str = "crmcore_0004"
down_revision: str | None = "crmcore_0003"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the table and the column, unless ``setup`` has made them."""
    for place in layout.places():
        layout.create_kind(place, "moved")
        if not _is_there(place):
            op.add_column(
                f"{place.prefix}customer",
                sa.Column("alias_key", layout.TYPES["text"]()),
                schema=place.schema,
                # SQLite has no such words; and in a script nobody can look.
                if_not_exists=True if op.get_context().dialect.name != "sqlite" else None,
            )
        layout.create_index(place, "customer", "by_alias", ["alias_key"], unique=False, partial=True)


def downgrade() -> None:
    """Drop them, if nothing is merged."""
    for place in layout.places():
        if not op.get_context().as_sql and _any_merged(place):
            raise CommandError(f"table {place.prefix}customer holds merged records: undo the mergers first")
        layout.drop_tables(place, ("moved",))
        op.drop_index(f"{place.prefix}customer.by_alias", f"{place.prefix}customer", schema=place.schema)
        op.drop_column(f"{place.prefix}customer", "alias_key", schema=place.schema)


def _is_there(place: layout.Place) -> bool:
    """Whether the column is there; when a script is written (``--sql``), nobody can look."""
    if op.get_context().as_sql:
        return False
    columns = sa.inspect(op.get_bind()).get_columns(f"{place.prefix}customer", schema=place.schema)
    return any(column["name"] == "alias_key" for column in columns)


def _any_merged(place: layout.Place) -> bool:
    alias: sa.ColumnClause[str] = sa.column("alias_key")
    table = sa.table(f"{place.prefix}customer", alias, schema=place.schema)
    return op.get_bind().scalar(sa.select(alias).select_from(table).where(alias.is_not(None)).limit(1)) is not None
