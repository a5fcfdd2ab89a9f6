"""The lifecycle on SQLite by way of SQLAlchemy."""

from pathlib import Path

import pytest

from crmcore.testing.backend.conformance import BackendConformance


class TestSqlAlchemySqlite(BackendConformance):
    """The backend for every database that SQLAlchemy knows, on the one that is always there."""

    factory = "crmcore.storage.sqlalchemy:open_sqlalchemy"

    @pytest.fixture
    def location(self, tmp_path: Path) -> dict[str, str]:
        """A file of its own for each test."""
        return {"url": f"sqlite+pysqlite:///{tmp_path / 'a.db'}"}
