"""Both kits on the storage that the environment names; ``crmcore.testing.run`` has pytest run this module."""

import os
from typing import Final

import pytest

from crmcore.testing.backend.conformance import BackendConformance
from crmcore.testing.store.conformance import StoreConformance

#: The variable that names the storage.
URL: Final = "CRM_KIT_URL"
FACTORY: Final = "crmcore.testing.backend.opened:open_url"


class TestStore(StoreConformance):
    """The promises of the storage interface."""

    factory = FACTORY

    @pytest.fixture
    def location(self) -> dict[str, str]:
        """The URL; every test has spaces of its own there."""
        return {"url": os.environ[URL]}

    @pytest.fixture
    def host(self) -> None:
        """A URL says nothing of whose transaction could be joined, and how."""
        pytest.skip("a URL names no host whose transaction could be joined: prove that with StoreConformance in a test")


class TestBackend(BackendConformance):
    """The lifecycle of customers over that storage."""

    factory = FACTORY

    @pytest.fixture
    def location(self) -> dict[str, str]:
        """The URL; every test has spaces of its own there."""
        return {"url": os.environ[URL]}
