"""Storages of each sort, and three customers in them to be scored."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ratings.rated import Rated

BACKENDS = ["memory", "sqlite", "postgresql"]


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give a storage of each sort that holds nothing."""
    if request.param == "postgresql":
        database: str = request.getfixturevalue("postgres").database()
        return database
    return f"memory://{uuid.uuid4()}" if request.param == "memory" else f"sqlite:///{tmp_path / 'crm.db'}"


@pytest.fixture
def scene(url: str) -> Iterator[Rated]:
    """Three customers in the pool, a day later."""
    scene = Rated(url)
    yield scene
    scene.crm.close()


@pytest.fixture
def simple() -> Rated:
    """The same in memory."""
    return Rated()
