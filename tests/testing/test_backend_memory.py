"""The lifecycle in memory, against memory: the kit itself finds nothing where there is nothing."""

import pytest

from crmcore.testing.backend.conformance import BackendConformance
from crmcore.testing.store.kinds import fresh


class TestMemory(BackendConformance):
    """Memory under a name, so that opening it again gives the same data."""

    factory = "crmcore.storage.memory:open_memory"

    @pytest.fixture
    def location(self) -> dict[str, str]:
        """A name that nobody has used yet."""
        return {"url": f"memory://{fresh()}"}
