"""One test class for each broken store, and for each store that they are made of. Run by ``test_rejected.py`` only."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest

from crmcore.testing import HostTransaction, StoreConformance
from tests.kit.opening import PARTS
from tests.storage.remains import at_rest


class Suite(StoreConformance):
    """What the classes have in common: a file, or a name, and a host on it."""

    factory = "tests.kit.opening:open_part"
    part: ClassVar[str]
    examples = 25

    @pytest.fixture
    def location(self, tmp_path: Path) -> dict[str, str]:
        """Give a file that is not there yet, and the name of the store."""
        return {"path": str(tmp_path / "store.db"), "part": self.part}

    @pytest.fixture
    def at_rest(self, tmp_path: Path):
        """Give all bytes of the file, and of what stands beside it."""
        return partial(at_rest, tmp_path)

    @pytest.fixture
    def host(self, tmp_path: Path):
        """Give a host with a connection to the same file."""

        @contextmanager
        def begin() -> Iterator[HostTransaction]:
            connection = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
            connection.execute("CREATE TABLE IF NOT EXISTS host (text)")
            connection.execute("BEGIN IMMEDIATE")
            yield HostTransaction(
                connection,
                commit=connection.commit,
                rollback=connection.rollback,
                add=lambda text: connection.execute("INSERT INTO host VALUES (?)", [text]),
                texts=lambda: [row[0] for row in connection.execute("SELECT text FROM host")],
            )
            connection.close()

        return begin


for part, cls in PARTS.items():
    name = f"Test{part}"
    globals()[name] = type(name, (Suite,), {"part": part, "__doc__": cls.__doc__})
