import pytest

from crmcore.testing import BackendConformance, StoreConformance


class TestStore(StoreConformance):
    factory = "crmcore_zodb:open_store"
    location = pytest.fixture(lambda _, tmp_path: {"path": str(tmp_path / "a.fs")})


class TestBackend(BackendConformance):
    factory, location = TestStore.factory, TestStore.location
