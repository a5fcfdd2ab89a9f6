"""The lifecycle on a real PostgreSQL."""

import pytest
from hypothesis import settings

from crmcore.testing.backend.conformance import BackendConformance
from tests.servers.postgres import Postgres

#: A server takes its time: half of what the kit tries elsewhere.
EXAMPLES = max(1, settings().max_examples // 8)


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> str:
    """Give one database for all tests: each has spaces of its own there."""
    return postgres.database()


class TestPostgresql(BackendConformance):
    """At READ COMMITTED, the isolation level it has by itself."""

    factory = "crmcore.storage.sqlalchemy:open_sqlalchemy"
    examples = EXAMPLES

    @pytest.fixture
    def location(self, database: str) -> dict[str, str]:
        """Give the database."""
        return {"url": database}


class TestPostgresqlSerializable(BackendConformance):
    """At SERIALIZABLE: transactions fail that would have passed, and are begun again."""

    factory = "crmcore.storage.sqlalchemy:open_sqlalchemy"
    examples = EXAMPLES

    @pytest.fixture
    def location(self, database: str) -> dict[str, str]:
        """Give the database, with an option of the store's."""
        return {"url": f"{database}&crm_isolation=SERIALIZABLE"}
