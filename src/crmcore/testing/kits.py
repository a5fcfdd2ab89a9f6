"""Both kits on the storage that the environment names; ``crmcore.testing.run`` has pytest run this module."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from crmcore.storage.sqlite.location import read_url
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

    @pytest.fixture
    def at_rest(self, location: dict[str, str]) -> Callable[[], bytes]:
        """All bytes of a SQLite file and of the logs beside it; of other storages a URL does not say where they are."""
        path = read_url(location["url"]).path if location["url"].startswith("sqlite:") else None
        if path is None:
            pytest.skip("a URL does not say where all bytes are at rest: prove that with StoreConformance in a test")
        file = Path(path)
        return lambda: b"".join(part.read_bytes() for part in sorted(file.parent.glob(f"{file.name}*")))


class TestBackend(BackendConformance):
    """The lifecycle of customers over that storage."""

    factory = FACTORY

    @pytest.fixture
    def location(self) -> dict[str, str]:
        """The URL; every test has spaces of its own there."""
        return {"url": os.environ[URL]}
