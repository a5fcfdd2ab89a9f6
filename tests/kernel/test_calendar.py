"""Working days."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid
from crmcore.kernel.calendar import Calendar, Day, Moment, TableCalendar, Weekdays, working_days_after
from crmcore.kernel.times import UTC, days_after, local_date, parse_instant, zone

SHANGHAI = zone("Asia/Shanghai")
START, END = date(2025, 1, 1), date(2026, 12, 31)
#: A fabricated year: a week off in October, the Sunday before it worked.
TABLE = TableCalendar(START, END, frozenset(date(2026, 10, day) for day in range(1, 8)), frozenset({date(2026, 9, 27)}))

days = st.dates(date(2024, 6, 1), date(2027, 6, 1))


def at(text: str) -> datetime:
    """Read a time for a test."""
    return parse_instant(text)


def walk(calendar: Calendar, day: date, n: int) -> date:
    """Find the n-th working day after a day by walking there."""
    while n:
        day += timedelta(1)
        n -= calendar.is_working(day)
    return day


@st.composite
def tables(draw: st.DrawFn) -> TableCalendar:
    """Draw a table of some weeks with arbitrary days off and on."""
    start = draw(st.dates(date(2025, 12, 1), date(2026, 2, 1)))
    length = draw(st.integers(0, 120))
    inside = st.integers(0, length).map(lambda index: start + timedelta(index))
    holidays = draw(st.frozensets(inside, max_size=40))
    extra = draw(st.frozensets(inside, max_size=40))
    return TableCalendar(start, start + timedelta(length), holidays, extra - holidays)


@pytest.mark.rule("P-23")
@given(days, st.integers(0, 600))
def test_weekdays_agree_with_a_walk(day, n):
    """Monday to Friday in closed form are those one finds by walking, and are never provisional."""
    assert Day(walk(Weekdays(), day, n), provisional=False) == Weekdays().after(day, n)


@pytest.mark.rule("P-23")
@given(tables(), days, st.integers(0, 200))
def test_table_agrees_with_a_walk(calendar, day, n):
    """The table gives the day one finds by walking; it is provisional if a day on the way lies outside the table."""
    expected = walk(calendar, day, n)
    known = n == 0 or (calendar.start <= day <= calendar.end and expected <= calendar.end)

    assert Day(expected, not known) == calendar.after(day, n)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        (date(2026, 3, 7), 1, date(2026, 3, 9)),
        (date(2026, 3, 8), 1, date(2026, 3, 9)),
        (date(2026, 3, 7), 3, date(2026, 3, 11)),
        (date(2026, 3, 2), 5, date(2026, 3, 9)),
        (date(2026, 3, 7), 0, date(2026, 3, 7)),
    ],
)
def test_a_day_off_does_not_roll_first(day, n, expected):
    """One working day after a Saturday or Sunday is the Monday."""
    assert Day(expected, provisional=False) == Weekdays().after(day, n)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 9, 25), 1, Day(date(2026, 9, 27), provisional=False)),
        (date(2026, 9, 30), 1, Day(date(2026, 10, 8), provisional=False)),
        (date(2026, 12, 31), 1, Day(date(2027, 1, 1), provisional=True)),
        (date(2027, 2, 5), 1, Day(date(2027, 2, 8), provisional=True)),
        (date(2024, 12, 30), 1, Day(date(2024, 12, 31), provisional=True)),
        (date(2024, 12, 30), 2, Day(date(2025, 1, 1), provisional=True)),
    ],
    ids=["make-up", "holiday", "past-the-end", "after-the-end", "before", "into-the-table"],
)
def test_table_knows_holidays_within_its_horizon(day, n, expected):
    """Holidays and make-up days count; outside the table Monday to Friday do, and the answer says so."""
    assert expected == TABLE.after(day, n)


def test_calendars_tell_how_far_they_know():
    """A table knows through its end; Monday to Friday need no table."""
    assert TABLE.known_through == END
    assert Weekdays().known_through is None


@pytest.mark.parametrize("calendar", [Weekdays(), TABLE], ids=["weekdays", "table"])
@pytest.mark.parametrize("n", [-1, 10**9, 10**30])
def test_impossible_counts_are_refused(calendar, n):
    """Negative counts, and those past the year 9999, are refused."""
    with pytest.raises(Invalid) as error:
        calendar.after(date(2026, 3, 1), n)

    assert ["out-of-range"] == [fault.code for fault in error.value.faults]


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        ((END, START), ["end"]),
        ((date(1, 1, 1), date(9999, 1, 1)), ["end"]),
        ((START, END, frozenset({date(2027, 1, 1)})), ["holidays"]),
        ((START, END, frozenset(), frozenset({date(2024, 12, 31)})), ["extra_working"]),
        ((START, END, frozenset({START}), frozenset({START})), ["extra_working"]),
    ],
    ids=["backwards", "too-long", "holiday-outside", "extra-outside", "both"],
)
def test_contradictory_tables_are_refused(arguments, paths):
    """A table whose days contradict each other is refused, with the field named."""
    with pytest.raises(Invalid) as error:
        TableCalendar(*arguments)

    assert paths == [fault.path for fault in error.value.faults]


def test_tables_compare_by_their_days():
    """Two tables of the same days are equal, and repr does not list every day of them."""
    assert TableCalendar(START, END) == TableCalendar(START, END)
    assert TABLE != TableCalendar(START, END)
    assert "rank" not in repr(TABLE)


@pytest.mark.rule("P-23")
@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        ("2026-03-06T17:30:00+08:00", 3, "2026-03-11T17:30:00+08:00"),
        ("2026-03-07T17:30:00+08:00", 3, "2026-03-11T17:30:00+08:00"),
        ("2026-03-06T17:00:00Z", 1, "2026-03-09T01:00:00+08:00"),
        ("2026-03-07T17:30:00+08:00", 0, "2026-03-07T17:30:00+08:00"),
    ],
    ids=["friday", "saturday", "friday-in-utc-is-saturday-here", "none"],
)
def test_working_days_keep_the_local_time(start, n, expected):
    """N working days later is the same local time on the N-th working day after the local date."""
    found = working_days_after(at(start), n, Weekdays(), SHANGHAI)

    assert Moment(at(expected), provisional=False) == found
    assert found.at.tzinfo is UTC


def test_working_days_past_the_horizon_are_provisional():
    """An answer that needed days a calendar does not know says so."""
    found = working_days_after(at("2026-12-31T09:00:00+08:00"), 1, TABLE, SHANGHAI)

    assert Moment(at("2027-01-01T09:00:00+08:00"), provisional=True) == found


@given(
    st.datetimes(datetime(2025, 1, 2), datetime(2026, 10, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 30),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]).map(zone),
)
def test_working_days_are_days_to_that_date(instant, n, where):
    """Working days lead to the instant that as many calendar days lead to."""
    today = local_date(instant, where)
    expected = days_after(instant, (TABLE.after(today, n).date - today).days, where)

    assert expected == working_days_after(instant, n, TABLE, where).at


@pytest.mark.rule("P-23")
def test_a_start_before_the_table_may_lead_past_its_end():
    """Weekdays before, the table's days, and weekdays after add up; every such answer is provisional."""
    short = TableCalendar(date(2026, 3, 3), date(2026, 3, 5), holidays=frozenset({date(2026, 3, 4)}))

    assert (date(2026, 3, 6), True) == short.after(date(2026, 2, 27), 4)
    assert (date(2026, 3, 9), True) == short.after(date(2026, 2, 27), 5)
