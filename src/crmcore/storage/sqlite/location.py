"""What a ``sqlite:`` URL says: which file, and how to treat it."""

import math
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import attrs

from crmcore.errors import Fault, Invalid

FORM = "sqlite:///relative.db, sqlite:////absolute.db or sqlite:///:memory:"
OPTIONS = ("max_pages", "synchronous", "timeout")

#: SQLite counts milliseconds in a 32-bit integer.
LONGEST = 2_000_000


@attrs.frozen
class Location:
    """Where a SQLite store is. ``path`` None is a private database in memory.

    ``timeout`` is how many seconds a unit waits for the writer before it. ``synchronous`` is ``normal`` or ``full``.
    ``max_pages`` bounds the size of the file, in SQLite's pages.
    """

    path: str | None
    timeout: float = 30.0
    synchronous: str = "normal"
    max_pages: int | None = None

    @property
    def where(self) -> str:
        """The location as error messages name it."""
        return f"sqlite:///{self.path or ':memory:'}"


def read_url(url: str) -> Location:
    """The location a URL means; a relative path is taken from the directory current now.

    :raises Invalid: the URL has another form, an option is unknown, or its value is not allowed.
    """
    head, _, options = url.partition("?")
    scheme, separator, rest = head.partition("://")
    if (scheme, separator) != ("sqlite", "://") or not (rest == "" or rest.startswith("/")):
        raise Invalid([Fault("storage", "not-allowed", FORM)])
    path = unquote(rest[1:])
    if "\0" in path:
        raise Invalid([Fault("storage", "bad-character", "a path without NUL")])
    private = path in ("", ":memory:")
    location = Location(None if private else str(Path(path).absolute()))
    return _with_options(location, parse_qsl(options, keep_blank_values=True))


def _with_options(location: Location, options: list[tuple[str, str]]) -> Location:
    """The location with its options; each is named in what is raised about it."""
    for name, value in options:
        if name == "timeout":
            location = attrs.evolve(location, timeout=_seconds(value))
        elif name == "synchronous":
            location = attrs.evolve(location, synchronous=_one_of(name, value, ("normal", "full")))
        elif name == "max_pages":
            location = attrs.evolve(location, max_pages=_positive(name, value))
        else:
            raise Invalid([Fault(f"storage.{name}", "unknown-field", f"one of {', '.join(OPTIONS)}")])
    return location


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST:
        raise Invalid([Fault("storage.timeout", "not-allowed", f"seconds, 0 to {LONGEST}")])
    return seconds


def _positive(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 2**31):
        raise Invalid([Fault(f"storage.{name}", "not-allowed", "a whole number from 1")])
    return int(value)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise Invalid([Fault(f"storage.{name}", "not-allowed", f"one of {', '.join(allowed)}")])
    return value
