"""Ratings, their scores, what people said against them, and the scoring policies that gave them."""

from crmcore.storage.sqlalchemy.migrations import layout_1 as layout

revision: str = "crmcore_0003"
down_revision: str | None = "crmcore_0002"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None

TABLES: tuple[str, ...] = ("rating", "score", "grade_override", "scoring_policy")


def upgrade() -> None:
    """Make their tables."""
    for place in layout.places():
        layout.create_kind(
            place,
            "rating",
            {"scoring": "text", "customer": "text", "grade": "text", "said": "text", "said_over": "integer"},
            {
                "by_grade": ["scoring", "grade"],
                "by_said": ["scoring", "said"],
                "by_customer": ["customer", "scoring"],
            },
        )
        layout.create_kind(
            place,
            "score",
            {"scoring": "text", "customer": "text", "as_of": "integer"},
            {"by_moment": ["scoring", "customer", "as_of"]},
        )
        layout.create_kind(
            place,
            "grade_override",
            {"scoring": "text", "customer": "text", "number": "integer", "person": "text", "said_at": "integer"},
            {"by_number": ["scoring", "customer", "number"], "by_person": ["person", "said_at"]},
        )
        layout.create_kind(
            place,
            "scoring_policy",
            {"scoring": "text", "edition": "text"},
            {"by_edition": ["scoring", "edition"]},
            unique=("by_edition",),
        )


def downgrade() -> None:
    """Drop them, if they hold nothing."""
    for place in layout.places():
        layout.drop_tables(place, TABLES)
