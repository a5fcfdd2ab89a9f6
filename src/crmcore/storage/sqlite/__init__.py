"""The store on SQLite, with nothing but the standard library."""

from crmcore.hooks import hookimpl
from crmcore.storage.interface import StoreBackend
from crmcore.storage.sqlite.store import CAPABILITIES, SqliteStore, open_sqlite

__all__ = ["SqliteStore", "crmcore_store_backends", "open_sqlite"]


@hookimpl
def crmcore_store_backends() -> list[StoreBackend]:
    """The store on SQLite, as a plugin like any other."""
    return [StoreBackend(schemes=("sqlite",), open=open_sqlite, capabilities=CAPABILITIES)]
