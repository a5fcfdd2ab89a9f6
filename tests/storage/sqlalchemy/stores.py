"""Stores under test on each of the databases, and what is done with them again and again."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from crmcore.storage.interface import Guard, Write
from crmcore.storage.sqlalchemy import SqlAlchemyStore, open_sqlalchemy
from tests.storage.conftest import NOTE, THING
from tests.storage.sqlalchemy.databases import fresh

SERVERS = ("postgresql", "mariadb")

#: Seconds after which something that has not happened is taken to wait.
A_WHILE = 0.3


def url_of(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL by which a store opens a fresh database."""
    return fresh(dialect, request, tmp_path).replace("sqlite:", "sqlite+pysqlite:")


@contextmanager
def opened(url: str) -> Iterator[SqlAlchemyStore]:
    """A store that knows the kinds, closed in the end."""
    store = open_sqlalchemy(url)
    try:
        store.setup([THING, NOTE])
        yield store
    finally:
        store.close()


def note(id: str, expected: int = 0, body: bytes | None = b"x") -> Write:
    """A write of the kind without columns."""
    return Write("note", id, expected, body)


def thing(id: str, expected: int = 0, body: bytes = b"x", **columns: Any) -> Write:
    """A write of the kind with all sorts of columns."""
    return Write("thing", id, expected, body, columns)


def apply(store: SqlAlchemyStore, *writes: Write | Guard, space: str = "") -> None:
    """One batch in a unit of its own."""
    with store.begin(space) as uow:
        uow.write(writes)


def versions(store: SqlAlchemyStore, kind: str, *ids: str) -> dict[str, int]:
    """The stored versions of those that are there."""
    with store.begin() as uow:
        return {record.id: record.version for record in uow.get(kind, ids)}


def events(store: SqlAlchemyStore) -> list[tuple[int, str]]:
    """The log as it is stored."""
    with store.read() as uow:
        return [(event.position, event.type) for event in uow.read_events(0, 99)]


class Aside:
    """Something done in a thread of its own, which may have to wait."""

    def __init__(self, job: Callable[[], Any]) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self._job = job
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._job()
        except BaseException as error:  # noqa: BLE001  (it is looked at by the test)
            self.error = error

    def waits(self) -> bool:
        """Whether it is still not done after a while."""
        time.sleep(A_WHILE)
        return self._thread.is_alive()

    def end(self) -> Any:
        """What came of it; an error passes on."""
        self._thread.join(30)
        assert not self._thread.is_alive()

        if self.error is not None:
            raise self.error
        return self.result
