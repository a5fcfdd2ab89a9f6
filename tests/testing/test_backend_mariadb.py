"""The lifecycle on a real MariaDB."""

import pytest
from hypothesis import settings

from crmcore.testing.backend.conformance import BackendConformance
from tests.servers.mariadb import MariaDB

#: A server takes its time: half of what the kit tries elsewhere.
EXAMPLES = max(1, settings().max_examples // 8)


@pytest.fixture(scope="module")
def database(mariadb: MariaDB) -> str:
    """Give one database for all tests: each has spaces of its own there."""
    return mariadb.database()


class TestMariadb(BackendConformance):
    """With the server's default collation, under which "a" and "A" are the same."""

    factory = "crmcore.storage.sqlalchemy:open_sqlalchemy"
    examples = EXAMPLES

    @pytest.fixture
    def location(self, database: str) -> dict[str, str]:
        """Give the database."""
        return {"url": database}
