"""What a URL for SQLAlchemy says: which database, by which driver, and how crmcore is to use it."""

import re
from typing import Final

import attrs
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from crmcore.errors import Fault, Invalid
from crmcore.storage.sqlalchemy.tables import PREFIX

FORM: Final = "postgresql://…, mariadb://… or sqlite+pysqlite:///file.db"

#: The drivers we bring and test, by the schemes we serve.
DRIVERS: Final = {
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "mariadb": "mariadb+pymysql",
    "mariadb+pymysql": "mariadb+pymysql",
    "mysql+pymysql": "mysql+pymysql",
    "sqlite+pysqlite": "sqlite+pysqlite",
}
OPTIONS: Final = ("crm_isolation", "crm_prefix", "crm_schema", "crm_setup")
ISOLATIONS: Final = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
SETUPS: Final = ("make", "check")
#: Any identifier that needs no escaping once it is quoted.
_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*")


@attrs.frozen
class Location:
    """Where a store is. ``setup`` says whether missing tables are made, or only looked for."""

    url: URL = attrs.field(repr=False)
    prefix: str = PREFIX
    schema: str | None = None
    isolation: str | None = None
    setup: str = "make"


def read_url(url: str) -> Location:
    """The location a URL means; options that are not ours are the driver's.

    :raises Invalid: the URL has another form, or one of our options a value that is not allowed.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The driver's text would repeat the URL, which may hold a password.
        raise Invalid([Fault("storage", "not-allowed", FORM)]) from None
    if parsed.drivername not in DRIVERS:
        raise Invalid([Fault("storage", "not-allowed", FORM)])
    ours = {name: _single(name, parsed.query[name]) for name in OPTIONS if name in parsed.query}
    unknown = [name for name in parsed.query if name.startswith("crm_") and name not in OPTIONS]
    if unknown:
        raise Invalid([Fault(f"storage.{name}", "unknown-field", f"one of {', '.join(OPTIONS)}") for name in unknown])
    return Location(
        parsed.set(drivername=DRIVERS[parsed.drivername]).difference_update_query(OPTIONS),
        ours.get("crm_prefix", PREFIX),
        ours.get("crm_schema"),
        ours.get("crm_isolation"),
        ours.get("crm_setup", "make"),
    )


def _single(name: str, value: str | tuple[str, ...]) -> str:
    if not isinstance(value, str):
        raise Invalid([Fault(f"storage.{name}", "duplicate", "one value")])
    return value


def checked_isolation(value: str | None, database: str) -> str:
    """The isolation level by its name in SQL; READ COMMITTED unless told otherwise.

    :raises Invalid: there is no such level, or the database is SQLite, which has but one.
    """
    if value is None:
        return ISOLATIONS[0]
    level = value.upper().replace("_", " ")
    if level not in ISOLATIONS or database == "sqlite":
        raise Invalid([Fault("storage.isolation", "not-allowed", f"one of {', '.join(ISOLATIONS)}; none on SQLite")])
    return level


def checked_schema(value: str | None) -> str | None:
    """The schema's name.

    :raises Invalid: it has characters other than letters, digits and _.
    """
    if value is not None and not _IDENTIFIER.fullmatch(value):
        raise Invalid([Fault("storage.schema", "not-allowed", "letters, digits and _, not starting with a digit")])
    return value


def checked_setup(value: str) -> str:
    """What ``setup`` is to do.

    :raises Invalid: neither ``make`` nor ``check``.
    """
    if value not in SETUPS:
        raise Invalid([Fault("storage.setup", "not-allowed", f"one of {', '.join(SETUPS)}")])
    return value


def where_of(url: URL) -> str:
    """The location as error messages name it: without user, password and options."""
    port = f":{url.port}" if url.port is not None else ""
    return f"{url.get_backend_name()}://{url.host or ''}{port}/{url.database or ''}"
