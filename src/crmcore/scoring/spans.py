"""Days and months between moments, as a calendar on the wall counts them."""

from calendar import monthrange
from datetime import datetime, tzinfo

from crmcore.errors import Fault, Invalid
from crmcore.kernel.times import UTC, days_after, local_date

_MONTHS_A_YEAR = 12


def days_between(earlier: datetime, later: datetime, zone: tzinfo) -> int:
    """How many midnights of the zone lie between; negative if the order is the other way."""
    return (local_date(later, zone) - local_date(earlier, zone)).days


def months_between(earlier: datetime, later: datetime, zone: tzinfo) -> int:
    """How many whole months have passed: from 31 January to 28 February none, to 1 March one.

    Negative if the order is the other way, and only then: a clock set back may show an earlier time later.
    """
    start, end = earlier.astimezone(zone), later.astimezone(zone)
    months = (end.year - start.year) * _MONTHS_A_YEAR + end.month - start.month
    months -= (end.day, end.time()) < (start.day, start.time())
    # In UTC: times of one zone compare as its clock shows them.
    return months if later.astimezone(UTC) < earlier.astimezone(UTC) else max(months, 0)


def before(moment: datetime, zone: tzinfo, days: int = 0, months: int = 0) -> datetime:
    """The same local time so many days or months earlier; on the last day of a month that has no such day."""
    if days:
        return days_after(moment, -days, zone)
    local = moment.astimezone(zone)
    year, month = divmod(local.year * _MONTHS_A_YEAR + local.month - 1 - months, _MONTHS_A_YEAR)
    if year < 1:
        raise Invalid([Fault("months", "out-of-range", "a number of months that begins after the year 1")])
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)
