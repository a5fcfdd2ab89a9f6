"""Django's databases as crmcore sees them: a URL for units of work of its own, and the transaction to take part in."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from crmcore.app.crm import CRM
from crmcore.errors import Fault, Invalid, Unavailable

#: Options that tell Django what to do with a connection, and mean nothing to crmcore's own.
_DJANGOS: Final = {
    "postgresql": {"cursor_factory", "isolation_level", "pool", "prepare_threshold", "server_side_binding"},
    "mysql": {"charset", "init_command", "isolation_level", "sql_mode"},
    "sqlite": {"check_same_thread", "init_command", "transaction_mode"},
}
#: Options that crmcore's drivers know by the same name. All that libpq knows goes through.
_SAME: Final = {
    "mysql": {"connect_timeout", "read_timeout", "unix_socket", "write_timeout"},
    "sqlite": {"timeout"},
}
_SCHEMES: Final = {"postgresql": "postgresql+psycopg", "mysql": "mariadb+pymysql"}


def joined(crm: CRM, using: str = DEFAULT_DB_ALIAS) -> CRM:
    """The CRM inside the ``atomic`` block that is open on a database; plugins are told once that has committed.

    Each command is a savepoint. One that is refused or fails takes back nothing of the host's, and the block goes on.

    :raises Unavailable: no ``atomic`` block is open.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        raise Unavailable(f"django:{using}", "no transaction is open; use django.db.transaction.atomic()")
    return crm.joined(connection.connection, on_commit=partial(transaction.on_commit, using=using))


def url_of(using: str = DEFAULT_DB_ALIAS) -> str:
    """The URL of a database of ``settings.DATABASES``, for ``CRM.open``; it holds the password.

    While tests run, it is that of the test database.

    :raises Invalid: crmcore cannot reach it by a URL; each fault names the setting.
    """
    connection = connections[using]
    settings: Mapping[str, Any] = connection.settings_dict
    vendor: str = connection.vendor
    if vendor not in _DJANGOS:
        raise Invalid([Fault(f"DATABASES.{using}.ENGINE", "not-allowed", "PostgreSQL, MariaDB or SQLite")])
    options = _options(using, vendor, settings["OPTIONS"])
    if vendor == "sqlite":
        return _file_url(using, settings["NAME"], options)
    return _server_url(vendor, settings, options)


def _options(using: str, vendor: str, given: Mapping[str, Any]) -> dict[str, str]:
    """The options for crmcore's own connections: one that it cannot follow is refused, for it may be about security."""
    told = {name: value for name, value in given.items() if name not in _DJANGOS[vendor]}
    known = _SAME.get(vendor, told.keys() - {"assume_role"})
    faults = [
        Fault(f"DATABASES.{using}.OPTIONS.{name}", "not-allowed", "a URL of your own, opened with CRM.open")
        for name, value in told.items()
        if name not in known or not isinstance(value, str | int | float)
    ]
    if faults:
        raise Invalid(faults)
    return {name: str(value) for name, value in told.items()}


def _file_url(using: str, name: object, options: Mapping[str, str]) -> str:
    path = str(name)
    if not path or path == ":memory:" or path.startswith("file:"):
        raise Invalid([Fault(f"DATABASES.{using}.NAME", "not-allowed", 'a file; for tests set "TEST": {"NAME": …}')])
    return _with(f"sqlite:///{quote(Path(path).absolute().as_posix())}", options)


def _server_url(vendor: str, settings: Mapping[str, Any], options: dict[str, str]) -> str:
    host, name = str(settings["HOST"]), settings["NAME"]
    if host.startswith("/"):
        options["host" if vendor == "postgresql" else "unix_socket"] = host
        host = ""
    if vendor == "mysql" and not host:
        # PyMySQL takes a missing host for localhost; SQLAlchemy wants one beside a socket.
        host = "localhost"
    password = f":{_quoted(settings['PASSWORD'])}" if settings["PASSWORD"] else ""
    user = f"{_quoted(settings['USER'])}{password}@" if settings["USER"] else ""
    address = f"[{host}]" if ":" in host else host
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    database = _quoted("postgres" if name is None else name)
    return _with(f"{_SCHEMES[vendor]}://{user}{address}{port}/{database}", options)


def _quoted(value: object) -> str:
    return quote(str(value), safe="")


def _with(url: str, options: Mapping[str, str]) -> str:
    return f"{url}?{urlencode(options)}" if options else url
