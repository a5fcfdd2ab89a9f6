"""The conformance kit on the SQLAlchemy store, on SQLite."""

from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from crmcore.testing import StoreConformance
from tests.storage.hosting import sqlalchemy_host
from tests.storage.remains import at_rest


class TestSqlalchemySqlite(StoreConformance):
    """The store on SQLAlchemy, on SQLite."""

    factory = "crmcore.storage.sqlalchemy:open_sqlalchemy"

    @pytest.fixture
    def location(self, tmp_path: Path) -> dict[str, str]:
        """Give a file that is not there yet."""
        return {"url": f"sqlite+pysqlite:///{tmp_path / 'store.db'}"}

    @pytest.fixture
    def at_rest(self, tmp_path: Path):
        """Give what reads the file, and what stands beside it."""
        return partial(at_rest, tmp_path)

    @pytest.fixture
    def host(self, tmp_path: Path):
        """Give a host with an engine on the same file."""
        engine = create_engine(f"sqlite+pysqlite:///{tmp_path / 'store.db'}")
        yield partial(sqlalchemy_host, engine)
        engine.dispose()
