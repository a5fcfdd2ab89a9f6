"""What differs by database: how a unit of work begins, which words its statements take, and what it can do."""

from typing import Any, Final

import attrs
from sqlalchemy import Dialect

from crmcore.errors import Fault, Invalid
from crmcore.storage.interface import MOST_SPACE, MOST_TEXT
from crmcore.storage.sqlalchemy import errnos, sqlstates
from crmcore.storage.sqlalchemy.errors import Translate, of_sqlite
from crmcore.storage.sqlalchemy.hosts import database_of
from crmcore.storage.sqlalchemy.lite import LiteUnit
from crmcore.storage.sqlalchemy.location import ISOLATIONS
from crmcore.storage.sqlalchemy.mariadb import MariaUnit
from crmcore.storage.sqlalchemy.postgres import PostgresUnit
from crmcore.storage.sqlalchemy.tables import MOST_TYPE
from crmcore.storage.sqlalchemy.unit import SqlUnit
from crmcore.storage.sqlalchemy.values import Text, checks, finite, from_finite
from crmcore.storage.sqlalchemy.words import Words

COMMON: Final = frozenset({"threads", "processes", "durable", "join", "read"})

#: From these versions on, a locking read can skip what others hold.
_CAN_SKIP: Final = {"mariadb": (10, 6), "mysql": (8, 0, 1)}


@attrs.frozen
class Flavour:
    """A database as a store uses it. ``writing`` and ``reading`` are the statements that begin a unit of work."""

    database: str
    unit: type[SqlUnit]
    translate: Translate
    words: Words
    writing: tuple[str, ...]
    reading: tuple[str, ...]
    #: A unit of work sees what others have committed since it began.
    sees_others: bool = False
    #: What it could do on another database of the kind, but not on this one.
    lacking: frozenset[str] = frozenset()

    @property
    def capabilities(self) -> frozenset[str]:
        """What a store on it can do."""
        # Above READ COMMITTED, whoever has waited for another one has to begin again to see what became of it.
        able = {
            "claim": self.words.claim,
            "hold": self.words.hold and self.sees_others,
            "scrub": self.unit is LiteUnit,
        }
        return (COMMON | {name for name, words in able.items() if words}) - self.lacking


def flavour_of(dialect: Dialect, isolation: str, *, is_ours: bool) -> Flavour:
    """The flavour of a database; what it can do is certain only after a first connection.

    :raises Invalid: there is no such flavour.
    """
    make = _FLAVOURS.get(database_of(dialect.name))
    if make is None:
        raise Invalid([Fault("storage", "not-allowed", "PostgreSQL, MariaDB or SQLite")])
    return make(dialect, isolation, is_ours)


def _postgres(dialect: Dialect, isolation: str, is_ours: bool) -> Flavour:  # noqa: ARG001, FBT001
    text = Text(nul=False)
    words = Words(
        dialect.identifier_preparer.quote_identifier,
        checks(id=text, space=text, event_type=text),
        restore={},
        claim=" FOR NO KEY UPDATE SKIP LOCKED",
        share=" FOR SHARE",
        hold=" FOR NO KEY UPDATE",
        skip=" ON CONFLICT (space, id) DO NOTHING",
        arrays=True,
    )
    # As long as PostgreSQL has not counted a table's rows, it would read and sort all of a space for each page.
    in_order = "SET LOCAL enable_sort = off"
    return Flavour(
        "postgresql",
        PostgresUnit,
        sqlstates.translate,
        words,
        writing=(f"BEGIN ISOLATION LEVEL {isolation}; {in_order}",),
        # A snapshot is taken by the first statement that reads.
        reading=(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {in_order}; SELECT 1",),
        sees_others=isolation == ISOLATIONS[0],
    )


def _mariadb(dialect: Dialect, isolation: str, is_ours: bool) -> Flavour:  # noqa: FBT001
    words = Words(
        dialect.identifier_preparer.quote_identifier,
        checks(
            id=Text(MOST_TEXT, nul=False),
            space=Text(MOST_SPACE, nul=False),
            event_type=Text(MOST_TYPE, nul=False),
            number=finite,
        ),
        restore={bool: bool, float: from_finite},
        claim=" FOR UPDATE SKIP LOCKED" if _can_skip(dialect) else "",
        share=" LOCK IN SHARE MODE",
        hold=" FOR UPDATE",
        # A plain read would see what there was when the host's transaction began.
        latest=" LOCK IN SHARE MODE",
        tuples=False,
        hint=" FORCE INDEX ({})",
        primary="PRIMARY",
    )
    level = () if is_ours else (f"SET TRANSACTION ISOLATION LEVEL {isolation}",)
    return Flavour(
        "mariadb",
        MariaUnit,
        errnos.translate,
        words,
        writing=(*level, "START TRANSACTION"),
        reading=(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ),
        sees_others=isolation == ISOLATIONS[0],
    )


def _can_skip(dialect: Any) -> bool:
    """Whether the server skips what others hold; taken for granted until it has told its version."""
    version = dialect.server_version_info
    return version is None or tuple(version) >= _CAN_SKIP["mariadb" if dialect.is_mariadb else "mysql"]


def _sqlite(dialect: Dialect, isolation: str, is_ours: bool) -> Flavour:  # noqa: ARG001, FBT001
    words = Words(
        dialect.identifier_preparer.quote_identifier,
        checks(id=Text(), space=Text(), event_type=Text()),
        restore={bool: bool},
        hint=" INDEXED BY {}",
        primary="sqlite_autoindex_{}_1",
    )
    # IMMEDIATE: who reads first and writes later would fail where it need not.
    begin = ("BEGIN IMMEDIATE",)
    # A transaction sees the moment of its first read, so it reads something at once.
    reading = ("BEGIN", "SELECT 1 FROM sqlite_master LIMIT 1")
    return Flavour("sqlite", LiteUnit, of_sqlite, words, begin, reading)


_FLAVOURS: Final = {"postgresql": _postgres, "mariadb": _mariadb, "sqlite": _sqlite}
