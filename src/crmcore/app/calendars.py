"""The working calendars that come with crmcore, by the name a policy uses.

``weekdays`` is Monday to Friday. ``cn`` is the Chinese working year with its public holidays and make-up working days,
from the package chinesecalendar (extra ``cn``); it knows as far as that package's data, and later releases know more.
"""

from collections.abc import Callable
from datetime import date
from importlib import import_module

from crmcore.errors import MissingExtra
from crmcore.kernel.calendar import Calendar, TableCalendar, Weekdays


def chinese() -> TableCalendar:
    """The Chinese working calendar, known through the last year of the installed chinesecalendar.

    :raises MissingExtra: the package chinesecalendar is not installed.
    """
    try:
        data = import_module("chinese_calendar")
    except ImportError:
        raise MissingExtra("the calendar cn", "cn") from None
    holidays: frozenset[date] = frozenset(data.holidays)
    make_up: frozenset[date] = frozenset(data.workdays)
    years = {day.year for day in holidays | make_up}
    return TableCalendar(date(min(years), 1, 1), date(max(years), 12, 31), holidays, make_up)


BUILTIN: dict[str, Callable[[], Calendar]] = {"weekdays": Weekdays, "cn": chinese}
