"""A storage for crmcore on ZODB: ``CRM.open("zodb:///sales.fs")``."""

from urllib.parse import unquote

from crmcore import hookimpl
from crmcore.errors import Fault, Invalid
from crmcore.storage.interface import StoreBackend
from crmcore_zodb.store import CAPABILITIES, ZodbStore

__all__ = ["ZodbStore", "crmcore_store_backends", "open_store", "open_url"]


def open_store(path: str) -> ZodbStore:
    """Open a file, or make it.

    :raises Unavailable: it cannot be opened, somebody else has it open, or it is no file of ZODB's.
    """
    return ZodbStore(path)


def open_url(url: str) -> ZodbStore:
    """Open ``zodb:///relative.fs`` or ``zodb:////absolute.fs``.

    :raises Invalid: the URL has another form.
    """
    start, path = url[:8], unquote(url[8:])
    if start != "zodb:///" or not path or "?" in url:
        raise Invalid([Fault("storage", "not-allowed", "zodb:///relative.fs or zodb:////absolute.fs")])
    return open_store(path)


@hookimpl
def crmcore_store_backends() -> list[StoreBackend]:
    """Served as ``zodb:``."""
    return [StoreBackend(schemes=("zodb",), open=open_url, capabilities=CAPABILITIES)]
