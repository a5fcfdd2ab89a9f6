"""URLs, options, and what plugins are told of the stores."""

import sqlite3
from pathlib import Path

import pluggy
import pytest

from crmcore import hooks
from crmcore.errors import Invalid
from crmcore.storage import memory, sqlite
from crmcore.storage.interface import Write
from crmcore.storage.memory import open_memory
from crmcore.storage.sqlite import open_sqlite
from crmcore.storage.sqlite.location import Location, read_url
from tests.storage.conftest import NOTE


@pytest.mark.parametrize(
    "url, expected",
    [
        ("sqlite://", Location(None)),
        ("sqlite:///", Location(None)),
        ("sqlite:///:memory:", Location(None)),
        ("sqlite:////var/a.db", Location("/var/a.db")),
        ("sqlite:////var/a%20b%3F.db", Location("/var/a b?.db")),
        ("sqlite:////a.db?timeout=0.5", Location("/a.db", timeout=0.5)),
        ("sqlite:////a.db?synchronous=full&max_pages=9", Location("/a.db", synchronous="full", max_pages=9)),
    ],
)
def test_urls(url: str, expected: Location) -> None:
    """A URL names a file, or memory, and options."""
    assert expected == read_url(url)


def test_relative_paths_stay_where_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is taken from the directory current when the store is opened."""
    monkeypatch.chdir(tmp_path)
    store = open_sqlite("sqlite:///a.db")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    store.setup([NOTE])
    store.close()

    assert (tmp_path / "a.db").is_file()


@pytest.mark.parametrize(
    "url, told",
    [
        ("postgresql:///a.db", "sqlite:////absolute.db"),
        ("sqlite:a.db", "sqlite:///relative.db"),
        ("sqlite://host/a.db", "sqlite:///relative.db"),
        ("sqlite:///a%00.db", "a path without NUL"),
        ("sqlite:///a.db?time=3", r"storage\.time: .*max_pages, synchronous, timeout"),
        ("sqlite:///a.db?timeout=soon", r"storage\.timeout.*seconds"),
        ("sqlite:///a.db?timeout=-1", r"storage\.timeout.*seconds"),
        ("sqlite:///a.db?timeout=nan", r"storage\.timeout.*seconds"),
        ("sqlite:///a.db?timeout=1e9", r"storage\.timeout.*seconds"),
        ("sqlite:///a.db?timeout", r"storage\.timeout.*seconds"),
        ("sqlite:///a.db?synchronous=off", r"storage\.synchronous.*normal, full"),
        ("sqlite:///a.db?max_pages=0", r"storage\.max_pages.*whole number"),
        ("sqlite:///a.db?max_pages=1.5", r"storage\.max_pages.*whole number"),
        ("sqlite:///a.db?max_pages=99999999999", r"storage\.max_pages.*whole number"),
    ],
)
def test_urls_that_mean_nothing(url: str, told: str) -> None:
    """A URL of another form, an unknown option or a wrong value is told with what is allowed."""
    with pytest.raises(Invalid, match=told):
        open_sqlite(url)


@pytest.mark.parametrize("url", ["memory:", "memory:/a", "sqlite://", "memory://a?b=1"])
def test_memory_urls_that_mean_nothing(url: str) -> None:
    """The store in memory has a name, or none, and no options."""
    with pytest.raises(Invalid, match="memory://name"):
        open_memory(url)


def test_memory_is_private_unless_named() -> None:
    """``memory://`` is fresh each time; ``memory://name`` is one store for the whole process."""
    for url, expected in (("memory://", 0), ("memory://test-opening", 1)):
        first, second = open_memory(url), open_memory(url)
        first.setup([NOTE])
        second.setup([NOTE])
        with first.begin() as uow:
            uow.write([Write("note", "a", 0, b"")])
        with second.begin() as uow:
            assert expected == len(uow.get("note", ["a"]))


def test_sqlite_in_memory() -> None:
    """A database in memory is private, keeps what it holds between units, and ends with the store."""
    first, second = open_sqlite("sqlite://"), open_sqlite("sqlite://")
    for store in (first, second):
        store.setup([NOTE])
    with first.begin() as uow:
        uow.write([Write("note", "a", 0, b"")])
    with first.begin() as uow:
        assert 1 == len(uow.get("note", ["a"]))
    with second.begin() as uow:
        assert [] == uow.get("note", ["a"])
        second.close()
    for store in (first, second):
        store.close()
        store.close()
        with pytest.raises(Exception, match="closed"), store.begin():
            pytest.fail("it began")
    open_sqlite("sqlite://").close()


def test_settings_reach_every_connection(tmp_path: Path) -> None:
    """The file is in write-ahead mode, flushed as asked, and bounded as asked."""
    store = open_sqlite(f"sqlite:///{tmp_path / 'a.db'}?synchronous=full&max_pages=77")
    store.setup([NOTE])
    with store.begin() as uow:
        cursor: sqlite3.Cursor = uow._cursor
        settings = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "max_page_count")
        ]
    store.close()

    assert ["wal", 2, 77] == settings


def test_capabilities() -> None:
    """Only a file is durable and shared by processes; memory has no transaction to join."""
    assert frozenset({"threads"}) == open_memory().capabilities
    assert frozenset({"threads", "join"}) == open_sqlite("sqlite://").capabilities
    on_file = frozenset({"threads", "processes", "durable", "join", "read", "scrub"})
    assert on_file == open_sqlite("sqlite:///a.db").capabilities


def test_the_stores_are_plugins() -> None:
    """Both register through the same hook as third parties, and open what they offer."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    for plugin in (memory, sqlite):
        manager.register(plugin)
    manager.check_pending()
    backends = {
        scheme: backend
        for backends in manager.hook.crmcore_store_backends()
        for backend in backends
        for scheme in backend.schemes
    }

    assert {"memory", "sqlite"} == set(backends)
    for scheme, backend in backends.items():
        store = backend.open(f"{scheme}://")
        store.setup([NOTE])
        with store.begin() as uow:
            assert [] == uow.get("note", ["a"])
        assert store.capabilities <= backend.capabilities
        store.close()
