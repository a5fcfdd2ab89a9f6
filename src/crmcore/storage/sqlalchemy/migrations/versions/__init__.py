"""The revisions, oldest first by their numbers; Alembic finds them by this folder."""
