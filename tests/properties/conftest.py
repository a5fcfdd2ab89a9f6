"""The storages that several processes can share, one after the other."""

from pathlib import Path

import pytest


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name a fresh database: a file, or one on a server."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shared.db'}"
    url: str = request.getfixturevalue(request.param).database()
    return url


@pytest.fixture(params=["memory", "sqlite", "postgres", "mariadb"])
def threads_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name a fresh storage for the threads of one process."""
    if request.param == "memory":
        return "memory://"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shared.db'}"
    url: str = request.getfixturevalue(request.param).database()
    return url
