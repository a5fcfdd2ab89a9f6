"""The conformance kit on the SQLAlchemy store, on MariaDB."""

from functools import partial

import pytest
from sqlalchemy import create_engine

from crmcore.testing import StoreConformance
from tests.servers.mariadb import MariaDB
from tests.storage.hosting import sqlalchemy_host


@pytest.fixture(scope="module")
def database(mariadb: MariaDB) -> str:
    """Give a fresh database for all tests."""
    return mariadb.database()


class TestMariadb(StoreConformance):
    """The store on SQLAlchemy, on MariaDB."""

    factory = "crmcore.storage.sqlalchemy:open_sqlalchemy"
    examples = 25

    @pytest.fixture
    def location(self, database: str) -> dict[str, str]:
        """Give the database."""
        return {"url": database}

    @pytest.fixture
    def host(self, database: str):
        """Give a host with an engine on the same database."""
        engine = create_engine(database)
        yield partial(sqlalchemy_host, engine)
        engine.dispose()
