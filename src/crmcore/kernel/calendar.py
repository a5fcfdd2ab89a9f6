"""Working days: which days count, and the N-th of them after a day (rule P-23).

A calendar says how far it knows. Beyond that it goes on by Monday to Friday and marks the answer provisional: the
public holidays of a year are decreed late in the year before, and a deadline must not wait for the decree.
"""

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple, Protocol

import attrs

from crmcore.errors import Fault, Invalid
from crmcore.kernel.times import days_after, local_date

_COUNT = Fault("n", "out-of-range", "a whole number of 0 or more that ends before the year 10000")


class Day(NamedTuple):
    """A working day; provisional if a calendar had to guess on the way to it."""

    date: date
    provisional: bool


class Moment(NamedTuple):
    """An instant in UTC; provisional if a calendar had to guess on the way to it."""

    at: datetime
    provisional: bool


class Calendar(Protocol):
    """What a host implements to bring its own working days."""

    @property
    def known_through(self) -> date | None:
        """The last day this calendar is sure of; None means for ever."""
        ...

    def is_working(self, day: date) -> bool:
        """Whether that day is a working day."""
        ...

    def after(self, day: date, n: int) -> Day:
        """The n-th working day strictly after ``day``; ``day`` itself, working or not, for n = 0.

        :raises Invalid: n is negative, or the answer lies past the year 9999.
        """
        ...


@attrs.frozen
class Weekdays:
    """Monday to Friday, for ever."""

    @property
    def known_through(self) -> None:
        """None: no holiday ever changes it."""
        return

    def is_working(self, day: date) -> bool:
        """Whether that day is one of Monday to Friday."""
        return day.weekday() < 5

    def after(self, day: date, n: int) -> Day:
        """The n-th of Monday to Friday strictly after ``day``; ``day`` itself for n = 0.

        :raises Invalid: n is negative, or the answer lies past the year 9999.
        """
        return _nth_weekday(day, n)


@attrs.frozen
class TableCalendar:
    """Monday to Friday without ``holidays`` and with ``extra_working`` days, known from ``start`` through ``end``.

    A rank table answers in constant time; it takes one integer a day. Outside start … end Monday to Friday hold, and
    every answer that needed such a day is provisional.

    :raises Invalid: ``end`` before ``start``; a day outside of them; a day both off and working.
    """

    start: date
    end: date
    holidays: frozenset[date] = frozenset()
    extra_working: frozenset[date] = frozenset()
    #: the working days from start through end, as the answers they become
    _working: list[Day] = attrs.field(init=False, repr=False, eq=False)
    #: for each day from start through end, how many working days there were up to and with it
    _rank: list[int] = attrs.field(init=False, repr=False, eq=False)
    _first: int = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Check the days and number the working ones."""
        _check_days(self)
        working: list[Day] = []
        rank: list[int] = []
        for ordinal in range(self.start.toordinal(), self.end.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if self.is_working(day):
                working.append(Day(day, False))
            rank.append(len(working))
        object.__setattr__(self, "_working", working)
        object.__setattr__(self, "_rank", rank)
        object.__setattr__(self, "_first", self.start.toordinal())

    @property
    def known_through(self) -> date:
        """The end of the table."""
        return self.end

    def is_working(self, day: date) -> bool:
        """Whether that day is a working day; outside the table, whether it is one of Monday to Friday."""
        return day in self.extra_working or (day.weekday() < 5 and day not in self.holidays)

    def after(self, day: date, n: int) -> Day:
        """The n-th working day strictly after ``day``; ``day`` itself for n = 0; provisional where the table ended.

        :raises Invalid: n is negative, or the answer lies past the year 9999.
        """
        index = day.toordinal() - self._first
        if n > 0 and 0 <= index < len(self._rank):
            position = self._rank[index] + n - 1
            if position < len(self._working):
                return self._working[position]
            return Day(_weekday_after(self.end, position - len(self._working) + 1), True)
        return self._after_unknown(day, n)

    def _after_unknown(self, day: date, n: int) -> Day:
        """The answer for a start outside the table (or no step at all), where only Monday to Friday are known."""
        if n <= 0 or day > self.end:
            return Day(_weekday_after(day, n), n > 0)
        weekdays_before = _weekdays_between(day, self.start)
        if n <= weekdays_before:
            return Day(_weekday_after(day, n), True)
        rest = n - weekdays_before
        if rest <= len(self._working):
            return Day(self._working[rest - 1].date, True)
        return Day(_weekday_after(self.end, rest - len(self._working)), True)


def working_days_after(instant: datetime, n: int, calendar: Calendar, zone: tzinfo) -> Moment:
    """The same local time on the n-th working day after the instant's local date; the instant itself for n = 0.

    A start on a day off does not roll to a working day first: one working day after a Saturday is the Monday.

    :raises Invalid: n is negative, or the answer lies past the year 9999.
    """
    if n == 0:
        return Moment(instant, False)
    today = local_date(instant, zone)
    day, provisional = calendar.after(today, n)
    # What calling Moment comes to, in half the time.
    return tuple.__new__(Moment, (days_after(instant, (day - today).days, zone), provisional))


@lru_cache(maxsize=4096)
def _nth_weekday(day: date, n: int) -> Day:
    """The n-th of Monday to Friday strictly after a day: the holds of many requests end on few days."""
    return Day(_weekday_after(day, n), False)


def _weekday_after(day: date, n: int) -> date:
    """The n-th of Monday to Friday strictly after a day, in closed form."""
    if n < 1:
        if n == 0:
            return day
        raise Invalid([_COUNT])
    ordinal = day.toordinal()
    weekday = (ordinal - 1) % 7
    weeks, rest = divmod(min(weekday, 4) + n, 5)
    try:
        return date.fromordinal(ordinal - weekday + weeks * 7 + rest)
    except (ValueError, OverflowError):
        raise Invalid([_COUNT]) from None


def _weekdays_between(day: date, end: date) -> int:
    """How many of Monday to Friday lie strictly between two days."""
    return max(0, _weekdays_until(end.toordinal()) - _weekdays_until(day.toordinal() + 1))


def _weekdays_until(ordinal: int) -> int:
    """How many of Monday to Friday lie before an ordinal, counted from the Monday that opens the year 1."""
    weeks, rest = divmod(ordinal - 1, 7)
    return weeks * 5 + min(rest, 5)


def _check_days(calendar: TableCalendar) -> None:
    """Refuse a table whose days contradict each other."""
    faults: list[Fault] = []
    if calendar.end < calendar.start:
        faults.append(Fault("end", "out-of-range", "a day not before start"))
    elif calendar.end - calendar.start > timedelta(days=366 * 400):
        faults.append(Fault("end", "out-of-range", "at most 400 years after start"))
    for path, days in (("holidays", calendar.holidays), ("extra_working", calendar.extra_working)):
        if any(not calendar.start <= day <= calendar.end for day in days):
            faults.append(Fault(path, "out-of-range", "days from start through end"))
    if calendar.holidays & calendar.extra_working:
        faults.append(Fault("extra_working", "duplicate", "days that are not in holidays too"))
    if faults:
        raise Invalid(faults)
