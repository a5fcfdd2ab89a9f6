"""Duplicate analysis: the keys by which customers are found, the parts of their names, and conflicts over them."""

from crmcore.storage.sqlalchemy.migrations import layout_1 as layout

revision: str = "crmcore_0005"
down_revision: str | None = "crmcore_0004"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None

TABLES: tuple[str, ...] = ("match_key", "match_name", "conflict")


def upgrade() -> None:
    """Make their tables."""
    for place in layout.places():
        layout.create_kind(place, "match_key", {"key_index": "text", "key_value": "integer"}, {"by_key": ["key_value"]})
        layout.create_kind(place, "match_name", {"rules": "text"})
        layout.create_kind(
            place,
            "conflict",
            {"customer": "text", "other": "text", "open_pair": "text", "due": "integer", "opened_at": "integer"},
            {
                "by_pair": ["open_pair"],
                "by_due": ["due"],
                "by_customer": ["customer", "opened_at"],
                "by_other": ["other", "opened_at"],
                "by_opening": ["opened_at"],
            },
            unique=("by_pair",),
        )


def downgrade() -> None:
    """Drop them, if they hold nothing."""
    for place in layout.places():
        layout.drop_tables(place, TABLES)
