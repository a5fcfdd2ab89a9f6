"""The conformance kit on the SQLAlchemy store, on MariaDB, in the usual isolation and in the server's own."""

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


class OnMariadb(StoreConformance):
    """What both have in common: the database, and a host with an engine on it."""

    factory = "crmcore.storage.sqlalchemy:open_sqlalchemy"
    examples = 25
    options = ""

    @pytest.fixture
    def location(self, database: str) -> dict[str, str]:
        """Give the database, with options of the store."""
        return {"url": database + self.options}

    @pytest.fixture
    def host(self, database: str):
        """Give a host with an engine on the same database."""
        engine = create_engine(database)
        yield partial(sqlalchemy_host, engine)
        engine.dispose()


class TestReadCommitted(OnMariadb):
    """The store as it is opened by default."""


class TestRepeatableRead(OnMariadb):
    """The store in units that see the moment of their first look, while what they lock is the latest."""

    examples = 5
    options = "&crm_isolation=REPEATABLE+READ"
