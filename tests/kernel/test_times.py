"""Instants, days and zones."""

from datetime import UTC as STDLIB_UTC
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmcore.errors import Invalid, UnknownName
from crmcore.kernel.times import (
    UTC,
    Instant,
    as_instant,
    days_after,
    from_micros,
    local_date,
    next_midnight,
    parse_instant,
    show,
    to_micros,
    zone,
)

ZONES = ("Asia/Shanghai", "UTC", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Apia",
         "America/Havana", "America/Sao_Paulo", "Atlantic/Azores", "Asia/Kathmandu")  # fmt: skip
SHANGHAI = zone("Asia/Shanghai")
NEW_YORK = zone("America/New_York")

zones = st.sampled_from(ZONES).map(zone)
instants = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def at(text: str) -> datetime:
    """Read a time for a test."""
    return parse_instant(text)


def codes(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    """Give path and code of each fault."""
    return [(fault.path, fault.code) for fault in error.value.faults]


def test_one_object_stands_for_utc():
    """UTC is the standard library's own object, so that instants from anywhere compare fast."""
    assert STDLIB_UTC is UTC
    assert UTC is zone("UTC")
    assert UTC is at("2026-03-01T09:00:00+08:00").tzinfo


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T09:00:00+08:00", datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("2026-03-01T01:00:00Z", datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("2026-03-01 01:00:00.000001-00:30", datetime(2026, 3, 1, 1, 30, 0, 1, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("9998-12-31T23:59:59Z", datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_are_read(text, expected):
    """An ISO 8601 time with an offset becomes an instant in UTC."""
    assert expected == parse_instant(text)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-03-01T09:00:00", "naive-time"),
        ("2026-03-01", "naive-time"),
        ("tomorrow", "bad-time"),
        ("", "bad-time"),
        ("2026-02-30T09:00:00Z", "bad-time"),
        ("1969-12-31T23:59:59Z", "out-of-range"),
        ("1970-01-01T00:00:00+08:00", "out-of-range"),
        ("9999-01-01T00:00:00Z", "out-of-range"),
        ("0001-01-01T00:00:00+08:00", "out-of-range"),
        ("9999-12-31T23:59:59-08:00", "out-of-range"),
        (1772326800, "wrong-type"),
        (None, "wrong-type"),
    ],
)
def test_other_times_are_refused(value, code):
    """Naive, impossible and far-off times, and what is no text, are refused with the field named."""
    with pytest.raises(Invalid) as error:
        parse_instant(value, "follow_up.at")

    assert [("follow_up.at", code)] == codes(error)


def test_the_message_shows_the_expected_form():
    """A refused time tells what would be right, and not what was given."""
    with pytest.raises(Invalid, match=r"^at: .*expected a time with an offset such as 2026-03-01T09:00:00\+08:00"):
        as_instant(datetime(2026, 3, 1))  # noqa: DTZ001


@given(st.text())
def test_any_text_is_read_or_refused(text):
    """No text raises anything but Invalid."""
    try:
        instant = parse_instant(text)
    except Invalid as error:
        assert error.faults  # noqa: PT017
    else:
        assert instant.tzinfo is UTC


@given(instants, offsets)
def test_as_instant_keeps_the_moment(instant, offset):
    """Whatever the offset, the moment stays the same and the offset becomes UTC."""
    found = as_instant(instant.astimezone(offset))

    assert instant == found
    assert found.tzinfo is UTC


def test_tzinfo_without_an_offset_is_naive():
    """A tzinfo that knows no offset makes no instant."""

    class Nowhere(tzinfo):
        """A zone that cannot tell its offset."""

        def utcoffset(self, _: datetime | None) -> None:
            """Tell nothing."""

        def dst(self, _: datetime | None) -> None:
            """Nor this."""

        def tzname(self, _: datetime | None) -> None:
            """Nor a name."""

    with pytest.raises(Invalid) as error:
        as_instant(datetime(2026, 3, 1, tzinfo=Nowhere()), "at")

    assert [("at", "naive-time")] == codes(error)


@attrs.frozen
class Meeting:
    """A class with validated times."""

    start: datetime = attrs.field(validator=Instant())
    end: datetime | None = attrs.field(default=None, validator=Instant())


def test_validator_takes_aware_times():
    """The validator passes aware times, and None where that is the default."""
    start = at("2026-03-01T09:00:00+08:00")

    assert (start, None) == attrs.astuple(Meeting(start))
    assert (start, start) == attrs.astuple(Meeting(start, start))


@pytest.mark.parametrize(
    ("value", "code"),
    [(None, "wrong-type"), ("2026", "wrong-type"), (datetime(2026, 3, 1), "naive-time")],  # noqa: DTZ001
)
def test_validator_refuses_the_rest(value, code):
    """The validator names the field whose value is no instant."""
    with pytest.raises(Invalid) as error:
        Meeting(value)

    assert [("start", code)] == codes(error)


@given(instants)
def test_micros_are_exact(instant):
    """An instant survives the way through whole microseconds, and they order as instants do."""
    micros = to_micros(instant)

    assert instant == from_micros(micros)
    assert from_micros(micros).tzinfo is UTC
    assert micros < to_micros(instant + timedelta(microseconds=1))


def test_micros_count_from_1970():
    """The count is zero at the start of 1970 in UTC."""
    assert to_micros(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert to_micros(at("2026-03-01T09:00:00.000007+08:00")) == 1_772_326_800_000_007


def test_micros_out_of_reach_are_refused():
    """A count that no datetime reaches is refused."""
    with pytest.raises(Invalid) as error:
        from_micros(10**30)

    assert [("micros", "out-of-range")] == codes(error)


def test_a_zone_is_one_object():
    """Asking twice gives the same zone."""
    assert zone("Asia/Shanghai") is SHANGHAI
    assert ZoneInfo("Asia/Shanghai") == SHANGHAI


@pytest.mark.parametrize("name", ["Asia/Nowhere", "Asia", "", "../etc", "/etc/passwd", "\0", "\ud800"])
def test_unknown_zones_are_refused(name):
    """A name that is no zone is refused, with a hint at what a Windows host needs."""
    with pytest.raises(UnknownName) as error:
        zone(name)

    assert error.value.what == "time zone"
    assert "pip install tzdata" in str(error.value)


@pytest.mark.rule("P-03")
@pytest.mark.parametrize(
    ("start", "days", "name", "expected"),
    [
        ("2026-03-01T09:00:00+08:00", 30, "Asia/Shanghai", "2026-03-31T09:00:00+08:00"),
        ("2026-03-01T09:00:00-05:00", 30, "America/New_York", "2026-03-31T09:00:00-04:00"),
        ("2026-10-20T09:00:00-04:00", 15, "America/New_York", "2026-11-04T09:00:00-05:00"),
        ("2026-03-07T02:30:00-05:00", 1, "America/New_York", "2026-03-08T03:30:00-04:00"),
        ("2026-10-31T01:30:00-04:00", 1, "America/New_York", "2026-11-01T01:30:00-04:00"),
        ("2026-11-02T01:30:00-05:00", -1, "America/New_York", "2026-11-01T01:30:00-04:00"),
        ("2026-11-01T01:30:00-05:00", 0, "America/New_York", "2026-11-01T01:30:00-05:00"),
    ],
    ids=["plain", "spring", "autumn", "gap", "fold", "fold-from-after", "none"],
)
def test_days_keep_the_local_time(start, days, name, expected):
    """N days later is the same local time, also where clocks changed meanwhile."""
    found = days_after(at(start), days, zone(name))

    assert at(expected) == found
    assert found.tzinfo is UTC


@given(instants, st.integers(1, 800), zones)
@example(at("2026-03-07T02:30:00-05:00"), 1, NEW_YORK)
@example(at("2026-03-09T01:30:00-04:00"), 237, NEW_YORK)
def test_days_agree_with_the_wall_clock(instant, days, where):
    """The answer is what the naive formula gives: the local date and time, some days on, read as local again."""
    local = instant.astimezone(where)
    wall = datetime.combine(local.date() + timedelta(days), local.time().replace(fold=0))
    expected = wall.replace(tzinfo=where).astimezone(UTC)

    assert expected == days_after(instant, days, where)


@given(instants, st.integers(-800, 800), st.sampled_from(sorted(available_timezones())))
def test_days_are_counted_alike_in_every_zone(instant, days, name):
    """Whether an offset stays or changes, in whichever zone, the short way of counting gives what the long one does."""
    where = zone(name)
    later = (instant.astimezone(where) + timedelta(days)).astimezone(UTC)

    assert later == days_after(instant, days, where) or not days
    assert instant.astimezone(where).date() == local_date(instant, where)


@given(instants, st.integers(0, 800), zones)
def test_end_of_day_is_the_next_midnight(instant, days, where):
    """Rounded up, a deadline lies later, at most a day and the hours a zone may skip, at the start of a local day."""
    plain = days_after(instant, days, where)
    rounded = days_after(instant, days, where, end_of_day=True)

    assert plain < rounded <= plain + timedelta(hours=49)
    assert local_date(rounded, where) > local_date(plain, where)
    assert local_date(rounded - timedelta(microseconds=1), where) < local_date(rounded, where)


@pytest.mark.parametrize(
    ("start", "name", "expected"),
    [
        ("2026-03-01T09:00:00+08:00", "Asia/Shanghai", "2026-03-02T00:00:00+08:00"),
        ("2026-03-01T00:00:00+08:00", "Asia/Shanghai", "2026-03-02T00:00:00+08:00"),
        ("2018-11-03T12:00:00-03:00", "America/Sao_Paulo", "2018-11-04T01:00:00-02:00"),
        ("2018-02-17T23:30:00-03:00", "America/Sao_Paulo", "2018-02-18T00:00:00-03:00"),
        ("2026-10-31T12:00:00-04:00", "America/Havana", "2026-11-01T00:00:00-04:00"),
    ],
    ids=["day", "midnight", "skipped", "hour-twice", "twice"],
)
def test_next_midnight(start, name, expected):
    """Midnight comes after the instant, once, also where clocks skip or repeat it."""
    assert at(expected) == next_midnight(at(start), zone(name))


@pytest.mark.parametrize("end_of_day", [False, True])
def test_days_out_of_reach_are_refused(end_of_day):
    """A deadline past what a datetime can hold is refused, not a crash."""
    with pytest.raises(Invalid) as error:
        days_after(at("2026-03-01T09:00:00+08:00"), 10**7, SHANGHAI, end_of_day)

    assert [("days", "out-of-range")] == codes(error)


def test_any_accepted_time_has_room_for_a_year():
    """The last time accepted leaves room for a deadline a year later, in any zone."""
    last = at("9998-12-31T23:59:59.999999Z")

    assert at("9998-12-31T23:59:59Z") < days_after(last, 364, zone("Pacific/Apia"))


def test_local_date_is_that_of_the_zone():
    """Late in the evening in UTC it is tomorrow in Shanghai."""
    instant = at("2026-03-01T20:00:00Z")

    assert date(2026, 3, 2) == local_date(instant, SHANGHAI)
    assert date(2026, 3, 1) == local_date(instant, UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T01:00:00Z", "2026-03-01T09:00:00+08:00"),
        ("2026-03-01T01:00:00.5Z", "2026-03-01T09:00:00.500000+08:00"),
    ],
)
def test_times_are_shown_with_an_offset(text, expected):
    """A time is shown with the zone's offset, to the second where that is all there is."""
    assert expected == show(at(text), SHANGHAI)


@given(instants, zones)
def test_what_is_shown_can_be_read(instant, where):
    """Reading back what was shown gives the same instant."""
    assert instant == parse_instant(show(instant, where))
