"""The store on SQLAlchemy: PostgreSQL, MariaDB, and SQLite in a host's engine. Nothing here imports SQLAlchemy yet."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from crmcore.errors import MissingExtra
from crmcore.hooks import hookimpl
from crmcore.storage.interface import StoreBackend

if TYPE_CHECKING:
    from crmcore.storage.sqlalchemy.store import SqlAlchemyStore
    from crmcore.storage.sqlalchemy.tables import Tables, define_tables

__all__ = ["SqlAlchemyStore", "Tables", "crmcore_store_backends", "define_tables", "open_sqlalchemy"]

_CAPABILITIES = frozenset({"threads", "processes", "durable", "join", "read"})
_SERVERS = ("postgresql", "postgresql+psycopg", "mariadb", "mariadb+pymysql", "mysql+pymysql")

#: The extra that brings what a scheme needs.
_EXTRAS = {"postgresql": "postgresql", "mariadb": "mariadb", "mysql": "mariadb", "sqlite": "sqlalchemy"}
_PACKAGES = ("sqlalchemy", "psycopg", "pymysql")
_WHERE = {
    "SqlAlchemyStore": "crmcore.storage.sqlalchemy.store",
    "Tables": "crmcore.storage.sqlalchemy.tables",
    "define_tables": "crmcore.storage.sqlalchemy.tables",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: SQLAlchemy takes a third of a second."""
    module = _WHERE.get(name)
    if module is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as missing:
        if missing.name not in _PACKAGES:
            raise
        raise MissingExtra(name, "sqlalchemy") from missing


def open_sqlalchemy(url: str) -> "SqlAlchemyStore":
    """Open a database by its SQLAlchemy URL; nothing is touched yet.

    Our options among those after ``?``: ``crm_prefix`` and ``crm_schema`` (where the tables are), ``crm_isolation``
    (``SERIALIZABLE``, for example; READ COMMITTED by default), ``crm_setup`` (``check``: make no tables). All others
    go to the driver; those of ``sqlite+pysqlite:`` are the native backend's.

    :raises Invalid: the URL has another form, or one of our options a value that is not allowed.
    :raises MissingExtra: the packages for it are not installed.
    """
    scheme = url.partition(":")[0]
    try:
        module = import_module("crmcore.storage.sqlalchemy.opening")
        store: SqlAlchemyStore = module.open_url(url)
    except ModuleNotFoundError as missing:
        if missing.name not in _PACKAGES:
            raise
        raise MissingExtra(scheme, _EXTRAS.get(scheme.partition("+")[0], "sqlalchemy")) from missing
    return store


@hookimpl
def crmcore_store_backends() -> list[StoreBackend]:
    """The store on SQLAlchemy, as a plugin like any other."""
    return [
        StoreBackend(schemes=_SERVERS, open=open_sqlalchemy, capabilities=_CAPABILITIES | {"claim", "hold"}),
        StoreBackend(schemes=("sqlite+pysqlite",), open=open_sqlalchemy, capabilities=_CAPABILITIES | {"scrub"}),
    ]
