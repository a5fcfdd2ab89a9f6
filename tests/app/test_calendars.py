"""The calendars that come with crmcore."""

import importlib.util
import sys
from datetime import date, timedelta

import pytest

from crmcore.app.calendars import BUILTIN, chinese
from crmcore.errors import MissingExtra
from crmcore.kernel.calendar import Day, Weekdays

needs_data = pytest.mark.skipif(
    importlib.util.find_spec("chinese_calendar") is None,
    reason="chinesecalendar is not installed: pip install 'crmcore[cn]' runs this",
)


def test_weekdays_are_built_in():
    """The default calendar is found by its name."""
    assert Weekdays() == BUILTIN["weekdays"]()


@needs_data
@pytest.mark.rule("P-23")
@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2024, 2, 4), True),
        (date(2024, 2, 12), False),
        (date(2024, 2, 18), True),
        (date(2024, 4, 28), True),
        (date(2024, 5, 1), False),
        (date(2024, 9, 29), True),
        (date(2024, 10, 12), True),
        (date(2025, 1, 26), True),
        (date(2025, 1, 28), False),
        (date(2025, 2, 8), True),
        (date(2025, 4, 27), True),
        (date(2025, 9, 28), True),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2025, 10, 13), True),
        (date(2025, 10, 18), False),
    ],
    ids=str,
)
def test_chinese_days(day, working):
    """Public holidays are off and make-up days are worked, as the State Council decreed for 2024 and 2025."""
    assert working == chinese().is_working(day)


@needs_data
@pytest.mark.rule("P-23")
def test_working_days_across_a_chinese_holiday():
    """Three working days after the eve of National Day 2025 is the Saturday worked to make up for it."""
    assert Day(date(2025, 10, 11), provisional=False) == chinese().after(date(2025, 9, 30), 3)


@needs_data
def test_chinese_calendar_agrees_with_its_source():
    """On every day of its table the calendar says what chinesecalendar itself says."""
    from chinese_calendar import is_workday

    calendar = chinese()
    table = [calendar.start + timedelta(n) for n in range((calendar.end - calendar.start).days + 1)]

    assert [day for day in table if is_workday(day)] == [day for day in table if calendar.is_working(day)]


@needs_data
def test_chinese_calendar_tells_its_horizon():
    """It knows through the end of a year, and the first working day after it is provisional."""
    calendar = BUILTIN["cn"]()
    end = calendar.known_through

    assert end is not None
    assert (12, 31) == (end.month, end.day)
    assert calendar.after(end, 1).provisional


def test_without_its_package_the_chinese_calendar_says_what_to_install(monkeypatch):
    """Where chinesecalendar is not installed, the error names the command that installs it."""
    monkeypatch.setitem(sys.modules, "chinese_calendar", None)

    with pytest.raises(MissingExtra, match=r"calendar cn .*pip install 'crmcore\[cn\]'"):
        BUILTIN["cn"]()
