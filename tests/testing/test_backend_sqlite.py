"""The lifecycle on SQLite."""

from pathlib import Path

import pytest

from crmcore.testing.backend.conformance import BackendConformance


class TestSqlite(BackendConformance):
    """The backend in the standard library."""

    factory = "crmcore.storage.sqlite:open_sqlite"

    @pytest.fixture
    def location(self, tmp_path: Path) -> dict[str, str]:
        """A file of its own for each test."""
        return {"url": f"sqlite:///{tmp_path / 'a.db'}"}
