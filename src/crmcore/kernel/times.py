"""Instants, days and zones: everything crmcore knows of time, without ever asking what time it is.

An *instant* is a ``datetime`` in UTC that carries the one shared ``UTC`` object: comparing two instants that carry
different tzinfo objects costs forty times as much. "N days later" is a matter of the local calendar, so it takes a
zone. Stored times are whole microseconds since 1970; no float ever touches one.

Where a zone changes its clocks, a local time may exist twice or not at all. The rule is Python's own for ``fold=0``:
of two, the first; for none, the time that the clock would show had it not yet been put forward.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from crmcore.errors import Fault, Invalid, UnknownName

__all__ = [
    "UTC",
    "Instant",
    "as_instant",
    "days_after",
    "from_micros",
    "local_date",
    "next_midnight",
    "parse_instant",
    "show",
    "to_micros",
    "zone",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The first instant no longer accepted: a year short of what ``datetime`` can hold, as room for deadlines.
END = datetime(9999, 1, 1, tzinfo=UTC)

EXPECTED_TIME = "a time with an offset such as 2026-03-01T09:00:00+08:00"
EXPECTED_RANGE = "a time in the years 1970 to 9998"
KNOWN_ZONES = ("Asia/Shanghai", "UTC", "any other IANA name (on Windows after: pip install tzdata)")

_DAY_MICROS = 86_400_000_000
_ONE_DAY = timedelta(days=1)
_FIRST_STEADY = EPOCH.toordinal()
_LAST_STEADY = END.toordinal()
_MIDNIGHT = time()


def as_instant(value: datetime, path: str = "at") -> datetime:
    """An aware datetime as an instant; ``path`` names the field in the error.

    :raises Invalid: it has no offset (``naive-time``), or lies outside the years 1970 to 9998 (``out-of-range``).
    """
    if value.utcoffset() is None:
        raise Invalid([Fault(path, "naive-time", EXPECTED_TIME)])
    try:
        instant = value.astimezone(UTC)
    except OverflowError:
        raise Invalid([Fault(path, "out-of-range", EXPECTED_RANGE)]) from None
    if not EPOCH <= instant < END:
        raise Invalid([Fault(path, "out-of-range", EXPECTED_RANGE)])
    return instant


@attrs.frozen
class Instant:
    """A validator: a time that ``as_instant`` takes, or None where that is the default."""

    def __call__(self, _instance: Any, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Raise ``Invalid`` unless the value is such a time."""
        if value is None and attribute.default is None:
            return
        if not isinstance(value, datetime):
            raise Invalid([Fault(attribute.name, "wrong-type", EXPECTED_TIME)])
        as_instant(value, attribute.name)


def parse_instant(text: object, path: str = "at") -> datetime:
    """An ISO 8601 text with an offset ("Z" is one) as an instant; ``path`` names the field in the error.

    :raises Invalid: no text (``wrong-type``), no time (``bad-time``), no offset or a bare date (``naive-time``), or
        outside the years 1970 to 9998 (``out-of-range``).
    """
    if not isinstance(text, str):
        raise Invalid([Fault(path, "wrong-type", EXPECTED_TIME)])
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid([Fault(path, "bad-time", EXPECTED_TIME)]) from None
    return as_instant(value, path)


def to_micros(instant: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00Z, exact."""
    since = instant - EPOCH
    return since.days * _DAY_MICROS + since.seconds * 1_000_000 + since.microseconds


def from_micros(micros: int) -> datetime:
    """The instant so many microseconds after 1970-01-01T00:00Z, exact.

    :raises Invalid: further away than a datetime reaches.
    """
    try:
        return EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise Invalid([Fault("micros", "out-of-range", EXPECTED_RANGE)]) from None


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    """The time zone of that IANA name, the same object each time; "UTC" is the shared ``UTC``.

    :raises UnknownName: no such zone, or the system has no zone data (Windows without the package tzdata).
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; a name that leaves the data folder; a folder such as "Asia"
        raise UnknownName("time zone", name, KNOWN_ZONES) from None


def days_after(instant: datetime, days: int, zone: tzinfo, end_of_day: bool = False) -> datetime:  # noqa: FBT001, FBT002
    """The same local time ``days`` calendar days later in the zone; with ``end_of_day``, the midnight that ends it.

    :raises Invalid: further away than a datetime reaches.
    """
    shift = _shift(zone, instant.toordinal(), days)
    if shift is not None and not end_of_day and instant.tzinfo is UTC:
        return instant + shift
    try:
        later = (instant.astimezone(zone) + timedelta(days)).astimezone(UTC) if days else instant
        return next_midnight(later, zone) if end_of_day else later
    except OverflowError:
        raise Invalid([Fault("days", "out-of-range", "a number of days that ends before the year 10000")]) from None


@lru_cache(maxsize=4096)
def _shift(zone: tzinfo, day: int, days: int) -> timedelta | None:
    """By how much to move an instant of that UTC day, where the clocks stand alike around it and so many days later."""
    offset = _steady(zone, day)
    return timedelta(days) if offset is not None and offset == _steady(zone, day + days) else None


@lru_cache(maxsize=4096)
def _steady(zone: tzinfo, day: int) -> timedelta | None:
    """The zone's offset on a UTC day (as ordinal) and the days beside it, if it is the same all along.

    It is, where it is the same at both ends: no zone has ever put its clocks forward and back within three days.
    """
    if not isinstance(zone, ZoneInfo | timezone) or not _FIRST_STEADY <= day <= _LAST_STEADY:
        return None
    before, after = (datetime.fromordinal(end).replace(tzinfo=UTC).astimezone(zone) for end in (day - 1, day + 2))
    offset = before.utcoffset()
    return offset if offset == after.utcoffset() else None


def next_midnight(instant: datetime, zone: tzinfo) -> datetime:
    """The first local midnight after the instant; where clocks skip midnight, the moment they are put forward."""
    tomorrow = instant.astimezone(zone).date() + _ONE_DAY
    return datetime.combine(tomorrow, _MIDNIGHT, zone).astimezone(UTC)


def local_date(instant: datetime, zone: tzinfo) -> date:
    """The date that a wall calendar in the zone shows at that instant."""
    offset = _steady(zone, instant.toordinal())
    local = instant.astimezone(zone) if offset is None or instant.tzinfo is not UTC else instant + offset
    return local.date()


def show(instant: datetime, zone: tzinfo) -> str:
    """ISO 8601 with the zone's offset, to the second, or to the microsecond where there are any."""
    return instant.astimezone(zone).isoformat()
