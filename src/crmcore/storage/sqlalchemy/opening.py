"""Opening a store by its URL: an engine of our own, made as the store wants it."""

from typing import Any, ClassVar

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from crmcore.errors import Fault, Invalid
from crmcore.storage.sqlalchemy.location import FORM, Location, checked_isolation, read_url
from crmcore.storage.sqlalchemy.options import check_options
from crmcore.storage.sqlalchemy.store import SqlAlchemyStore
from crmcore.storage.sqlite.connections import connect
from crmcore.storage.sqlite.location import read_url as read_sqlite_url


class OpenedStore(SqlAlchemyStore):
    """A store on an engine of its own, which ends with it."""

    _is_ours: ClassVar[bool] = True


def open_url(url: str) -> OpenedStore:
    """Open a database by its URL; nothing is touched yet.

    :raises Invalid: the URL has another form, or one of our options a value that is not allowed.
    :raises ModuleNotFoundError: the driver is not installed.
    """
    location = read_url(url)
    return OpenedStore(
        _sqlite(location) if location.url.get_backend_name() == "sqlite" else _server(location),
        prefix=location.prefix,
        schema=location.schema,
        isolation=location.isolation,
        setup=location.setup,
        url=location.url,
    )


def _server(location: Location) -> Engine:
    """An engine on a server."""
    options: dict[str, Any] = {}
    if location.url.get_backend_name() == "postgresql":
        # Else each new connection would ask for a type that we do not use.
        options["use_native_hstore"] = False
    else:
        options["isolation_level"] = checked_isolation(location.isolation, "mariadb")
        # Connections come back outside any transaction; telling the server so each time costs as much as a query.
        options["pool_reset_on_return"] = None
    try:
        engine = create_engine(location.url, **options)
    except (ArgumentError, TypeError, ValueError):
        raise Invalid([Fault("storage", "not-allowed", FORM)]) from None
    check_options(engine)
    return engine


def _sqlite(location: Location) -> Engine:
    """An engine on a file whose connections are made like the native backend's, with the same options."""
    _, _, rest = location.url.render_as_string().partition("://")
    file = read_sqlite_url(f"sqlite://{rest}")
    if file.path is None:
        raise Invalid([Fault("storage", "not-allowed", "a file; memory:// and sqlite:///:memory: need no SQLAlchemy")])
    return create_engine("sqlite+pysqlite://", creator=lambda: connect(file).connection, poolclass=QueuePool)
