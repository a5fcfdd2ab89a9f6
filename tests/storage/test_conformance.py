"""The conformance kit on the stores that need nothing but Python; each server has a file of its own beside this one."""

import uuid
from functools import partial
from pathlib import Path

import pytest

from crmcore.testing import StoreConformance
from tests.storage.hosting import sqlite_host
from tests.storage.remains import at_rest


class TestMemory(StoreConformance):
    """The store in memory."""

    factory = "crmcore.storage.memory:open_memory"

    @pytest.fixture
    def location(self) -> dict[str, str]:
        """Give a name that nobody has used."""
        return {"url": f"memory://{uuid.uuid4()}"}


class TestSqlite(StoreConformance):
    """The store on SQLite."""

    factory = "crmcore.storage.sqlite:open_sqlite"

    @pytest.fixture
    def location(self, tmp_path: Path) -> dict[str, str]:
        """Give a file that is not there yet."""
        return {"url": f"sqlite:///{tmp_path / 'store.db'}"}

    @pytest.fixture
    def at_rest(self, tmp_path: Path):
        """Give all bytes of the file and of the logs beside it."""
        return partial(at_rest, tmp_path)

    @pytest.fixture
    def host(self, tmp_path: Path):
        """Give a host with a connection to the same file."""
        return partial(sqlite_host, tmp_path / "store.db")
