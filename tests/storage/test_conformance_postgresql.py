"""The conformance kit on the SQLAlchemy store, on PostgreSQL, in the usual isolation and in the strictest."""

from functools import partial

import pytest
from sqlalchemy import create_engine

from crmcore.testing import StoreConformance
from tests.servers.postgres import Postgres
from tests.storage.hosting import sqlalchemy_host


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> str:
    """Give a fresh database for all tests."""
    return postgres.database()


class OnPostgresql(StoreConformance):
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


class TestReadCommitted(OnPostgresql):
    """The store as it is opened by default."""


class TestSerializable(OnPostgresql):
    """The store in the strictest isolation, where the server refuses what might not fit."""

    options = "&crm_isolation=SERIALIZABLE"
