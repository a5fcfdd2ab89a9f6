"""The stores that need nothing but Python: each test that asks for ``store`` runs on both."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from crmcore.storage.interface import Store
from crmcore.storage.memory import open_memory
from crmcore.storage.sqlite import open_sqlite
from crmcore.testing.store import kinds

#: The kit's kinds under names of their own: tests that look into tables know them.
THING = attrs.evolve(kinds.THING, name="thing")
NOTE = attrs.evolve(kinds.NOTE, name="note")

Open = Callable[[], Store]


@pytest.fixture(params=["memory", "sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    """Name the scheme of the backend under test."""
    name: str = request.param
    return name


@pytest.fixture
def open_store(backend: str, tmp_path: Path) -> Iterator[Open]:
    """Give a function that opens the same storage again and again."""
    opened: list[Store] = []
    url = f"memory://{uuid.uuid4()}" if backend == "memory" else f"sqlite:///{tmp_path / 'store.db'}"

    def open_() -> Store:
        store: Store = open_memory(url) if backend == "memory" else open_sqlite(url)
        opened.append(store)
        return store

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Open) -> Store:
    """Give an open store that knows the kinds above."""
    store = open_store()
    store.setup([THING, NOTE])
    return store


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Name a file for a SQLite store."""
    return tmp_path / "store.db"


@pytest.fixture
def sqlite_store(database: Path) -> Iterator[Store]:
    """Give an open store on SQLite that knows the kinds above."""
    store = open_sqlite(f"sqlite:///{database}")
    store.setup([THING, NOTE])
    yield store
    store.close()
