"""Instants and durations: what texts and maps name, what components are, where arithmetic ends up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgsync.filters import calendar, durations
from kgsync.filters.kinds import Work
from kgsync.model.values import (
    DAY_MS,
    MAX_EPOCH_DAY,
    MAX_LOCAL_MS,
    MIN_EPOCH_DAY,
    MIN_LOCAL_MS,
    DateOnly,
    DateTime,
    Duration,
    TimeOnly,
    TimestampOffset,
    parse_date_only,
)
from tests.filters.meaning import element, value


def shown(text: str) -> object:
    return value(f"toString({text})")


# (constructor call, as text)
READ = [
    ("date('2020-02-29')", "2020-02-29"),
    ("date('20200229')", "2020-02-29"),
    ("date('2020-02')", "2020-02-01"),
    ("date('202002')", "2020-02-01"),
    ("date('2020')", "2020-01-01"),
    ("date('2020-W09-6')", "2020-02-29"),
    ("date('2020W096')", "2020-02-29"),
    ("date('2020-W09')", "2020-02-24"),
    ("date('2020-060')", "2020-02-29"),
    ("date('2020060')", "2020-02-29"),
    ("date('2020-Q1-60')", "2020-02-29"),
    ("date(' 2020-02-29 ')", "2020-02-29"),
    ("date('2021-02-29')", None),
    ("date('2019-366')", None),
    ("date('2021-W53')", None),
    ("date('2020-W53-7')", "2021-01-03"),
    ("date('9999-W52-7')", None),
    ("date('2020-13-01')", None),
    ("date('2020-02-29T00:00')", None),
    ("date('٢٠٢٠-02-29')", None),
    ("date('')", None),
    ("date('0000-01-01')", "0000-01-01"),
    ("date('0000-12-31')", "0000-12-31"),
    ("date('10000-01-01')", None),
    ("date('-0001-01-01')", None),
    ("localtime('07:08:09.123456')", "07:08:09.123"),
    ("localtime('070809,5')", "07:08:09.500"),
    ("localtime('07')", "07:00:00.000"),
    ("localtime('24:00')", None),
    ("localtime('07:60')", None),
    ("localtime('07:08Z')", None),
    ("localtime('0708:09')", None),
    ("localdatetime('2020-02-29T07:08')", "2020-02-29T07:08:00.000"),
    ("localdatetime('2020-02-29 07:08')", "2020-02-29T07:08:00.000"),
    ("localdatetime('2020-02-29')", "2020-02-29T00:00:00.000"),
    ("localdatetime('2020060T0708')", "2020-02-29T07:08:00.000"),
    ("localdatetime('2020-02-29T07:08Z')", "2020-02-29T07:08:00.000"),
    ("localdatetime('2020-02-29T07:08+01:00')", None),
    ("localdatetime('2020-02-29T')", None),
    ("datetime('2020-02-29T07:08')", "2020-02-29T07:08:00.000Z"),
    ("datetime('2020-02-29T07:08Z')", "2020-02-29T07:08:00.000Z"),
    ("datetime('2020-02-29T07:08-0130')", "2020-02-29T07:08:00.000-01:30"),
    ("datetime('2020-02-29T07+02')", "2020-02-29T07:00:00.000+02:00"),
    ("datetime('1818-07-21T21:40:32.142+00:53:28')", "1818-07-21T21:40:32.142+00:53:28"),
    ("datetime('2020-02-29')", "2020-02-29T00:00:00.000Z"),
    ("datetime('2020-02-29T07:08+18:00')", "2020-02-29T07:08:00.000+18:00"),
    ("datetime('2020-02-29T07:08+18:01')", None),
    ("datetime('2020-02-29T07:08+01:60')", None),
    ("datetime('2020-02-29T07:08[Europe/London]')", None),
    ("datetime('2020-02-29T07:08+01:00[Europe/London]')", None),
    ("date(5)", None),
    ("datetime([1])", None),
]

BUILT = [
    ("date({year: 2020, month: 2, day: 29})", "2020-02-29"),
    ("date({year: 2020, month: 2})", "2020-02-01"),
    ("date({year: 2020})", "2020-01-01"),
    ("date({year: 0, month: 2, day: 29})", "0000-02-29"),
    ("date({year: 2020, day: 2})", None),
    ("date({month: 2})", None),
    ("date({year: 2021, month: 2, day: 29})", None),
    ("date({year: 2020.0})", None),
    ("date({year: '2020'})", None),
    ("date({year: null})", None),
    ("date({year: 2020, hour: 5})", None),
    ("date({year: 2020, week: 53})", "2020-12-28"),
    ("date({year: 2020, week: 1, dayOfWeek: 3})", "2020-01-01"),
    ("date({year: 2020, dayOfWeek: 3})", None),
    ("date({year: 2020, quarter: 4, dayOfQuarter: 92})", "2020-12-31"),
    ("date({year: 2020, quarter: 1, dayOfQuarter: 92})", None),
    ("date({year: 2020, ordinalDay: 366})", "2020-12-31"),
    ("date({year: 2021, ordinalDay: 366})", None),
    ("date({year: 2020, month: 1, week: 1})", None),
    ("date({date: date('2020-02-29'), year: 2024})", "2024-02-29"),
    ("date({date: date('2020-02-29'), year: 2021})", None),
    ("date({date: date('2020-02-29'), day: 1})", "2020-02-01"),
    ("date({date: date('2020-02-29'), quarter: 2})", "2020-05-30"),
    ("date({date: localdatetime('2020-02-29T05:00')})", "2020-02-29"),
    ("date({date: localtime('05:00')})", None),
    ("date({})", None),
    ("localtime({hour: 7, minute: 8, second: 9, millisecond: 10})", "07:08:09.010"),
    ("localtime({hour: 7, minute: 8, second: 9, nanosecond: 645876123})", "07:08:09.645"),
    ("localtime({hour: 7, minute: 8, second: 9, millisecond: 10, microsecond: 1000})", None),
    ("localtime({hour: 7, second: 9})", None),
    ("localtime({minute: 7})", None),
    ("localtime({hour: 24})", None),
    ("localtime({time: localdatetime('2020-02-29T05:06:07'), minute: 9})", "05:09:07.000"),
    ("localdatetime({year: 2020, month: 2, day: 29, hour: 7})", "2020-02-29T07:00:00.000"),
    ("localdatetime({date: date('2020-02-29'), time: localtime('07:08')})", "2020-02-29T07:08:00.000"),
    ("localdatetime({datetime: datetime('2020-02-29T07:08+05:00'), day: 1})", "2020-02-01T07:08:00.000"),
    ("localdatetime({date: date('2020-02-29')})", "2020-02-29T00:00:00.000"),
    ("localdatetime({time: localtime('07:08')})", None),
    ("datetime({year: 2020, timezone: '+01:00'})", "2020-01-01T00:00:00.000+01:00"),
    ("datetime({year: 2020})", "2020-01-01T00:00:00.000Z"),
    ("datetime({year: 2020, timezone: 'Europe/London'})", None),
    ("datetime({epochMillis: 1500})", "1970-01-01T00:00:01.500Z"),
    ("datetime({epochSeconds: 1, nanosecond: 5000000})", "1970-01-01T00:00:01.005Z"),
    ("datetime({epochSeconds: 0, timezone: '+01:00'})", "1970-01-01T01:00:00.000+01:00"),
    ("datetime({epochSeconds: 0, year: 2020})", None),
    ("datetime({epochSeconds: 9223372036854775807})", None),
    # an instant keeps its moment at another offset, a wall clock its face
    (
        "datetime({datetime: datetime('2020-02-29T07:08+01:00'), timezone: '+05:00'})",
        "2020-02-29T11:08:00.000+05:00",
    ),
    (
        "datetime({datetime: localdatetime('2020-02-29T07:08'), timezone: '+05:00'})",
        "2020-02-29T07:08:00.000+05:00",
    ),
]

CONVERTED = [
    ("date(localdatetime('2020-02-29T23:59'))", "2020-02-29"),
    ("date(datetime('2020-02-29T23:59-05:00'))", "2020-02-29"),
    ("date(date('2020-02-29'))", "2020-02-29"),
    ("date(localtime('05:00'))", None),
    ("localtime(datetime('2020-02-29T07:08-05:00'))", "07:08:00.000"),
    ("localtime(date('2020-02-29'))", None),
    ("localdatetime(datetime('2020-02-29T07:08-05:00'))", "2020-02-29T07:08:00.000"),
    ("localdatetime(date('2020-02-29'))", "2020-02-29T00:00:00.000"),
    ("datetime(localdatetime('2020-02-29T07:08'))", "2020-02-29T07:08:00.000Z"),
    ("datetime(date('2020-02-29'))", "2020-02-29T00:00:00.000Z"),
]


@pytest.mark.parametrize(("text", "expected"), [*READ, *BUILT, *CONVERTED])
def test_an_instant_is_named_by(text: str, expected: str | None) -> None:
    assert shown(text) == expected


# (duration, as text)
DURATIONS = [
    ("duration('P1Y2M3W4DT5H6M7.008S')", "P14M25DT18367.008S"),
    ("duration('PT0S')", "PT0S"),
    ("duration('P-1Y')", "P-12M"),
    ("duration('-P1YT1S')", "P-12MT-1S"),
    ("duration('PT-0.001S')", "PT-0.001S"),
    ("duration('P0.5Y')", "P6M"),
    ("duration('P1.5M')", "P1M15DT18873S"),
    ("duration('P1,5D')", "P1DT43200S"),
    ("duration('P0.5W')", "P3DT43200S"),
    ("duration('PT1.5H')", "PT5400S"),
    ("duration('P0001-02-03T04:05:06.5')", "P14M3DT14706.500S"),
    ("duration('P0001-13-03')", None),
    ("duration('P')", None),
    ("duration('PT')", None),
    ("duration('P1DT')", None),
    ("duration('P1S')", None),
    ("duration('1D')", None),
    ("duration('P1D1Y')", None),
    ("duration('P9999999999999999999D')", None),
    ("duration({days: 1.5, hours: 1})", "P1DT46800S"),
    ("duration({months: 1, days: -14})", "P1M-14D"),
    ("duration({quarters: 2})", "P6M"),
    ("duration({minutes: 1.5, seconds: 1, milliseconds: 123, microseconds: 999})", "PT91.123S"),
    ("duration({})", None),
    ("duration({day: 1})", None),
    ("duration({days: '1'})", None),
    ("duration({days: null})", None),
    ("duration({years: 9223372036854775807})", None),
    ("duration(duration('P1D'))", "P1D"),
    ("duration(5)", None),
    ("duration('P1D') + duration('PT25H')", "P1DT90000S"),
    ("duration('P1D') - duration('P1M')", "P-1M1D"),
    ("duration('P1DT0.5S') * 3", "P3DT1.500S"),
    ("2.5 * duration('P1D')", "P2DT43200S"),
    ("duration('P1Y') / 2", "P6M"),
    ("duration('P1D') / 0", None),
    ("duration('P1D') * null", None),
    ("2 / duration('P1D')", None),
    ("duration({days: 9223372036854775807}) + duration('P1D')", None),
    ("duration({days: 9223372036854775807}) * 1e300", None),
    ("-duration('P1D')", None),
]


@pytest.mark.parametrize(("text", "expected"), DURATIONS)
def test_a_duration_is(text: str, expected: str | None) -> None:
    assert shown(text) == expected


MOVED = [
    ("date('2020-01-31') + duration('P1M')", "2020-02-29"),
    ("date('2021-01-31') + duration('P1M')", "2021-02-28"),
    ("date('2020-01-31') + duration('P1M1D')", "2020-03-01"),
    ("date('2020-03-31') - duration('P1M')", "2020-02-29"),
    ("date('2020-02-29') + duration('P1Y')", "2021-02-28"),
    ("date('2020-02-29') - duration('P4Y')", "2016-02-29"),
    ("date('0001-01-01') - duration('P1D')", "0000-12-31"),
    ("date('0001-02-28') - duration('P1Y')", "0000-02-28"),
    ("date('0004-02-29') - duration('P4Y')", "0000-02-29"),
    ("date('0000-01-01') - duration('P1D')", None),
    ("date('9999-12-31') + duration('P1D')", None),
    ("date('9999-12-31') + duration({months: 9223372036854775807})", None),
    ("date('2020-01-01') + duration('PT23H')", "2020-01-01"),
    ("date('2020-01-01') + duration('PT25H')", "2020-01-02"),
    ("date('2020-01-01') - duration('PT25H')", "2019-12-31"),
    ("duration('P1D') + date('2020-01-01')", "2020-01-02"),
    ("duration('P1D') - date('2020-01-01')", None),
    ("date('2020-01-02') - date('2020-01-01')", None),
    ("date('2020-01-02') + date('2020-01-01')", None),
    ("date('2020-01-02') + 1", None),
    ("localtime('23:00') + duration('PT2H')", "01:00:00.000"),
    ("localtime('01:00') - duration('P5M9DT2H')", "23:00:00.000"),
    ("localdatetime('2019-12-31T23:59:59.999') + duration('PT0.001S')", "2020-01-01T00:00:00.000"),
    ("localdatetime('2020-01-31T12:00') + duration('P1M') - duration('P1M')", "2020-01-29T12:00:00.000"),
    ("localdatetime('9999-12-31T23:59:59.999') + duration('PT0.001S')", None),
    ("localdatetime('0000-01-01T00:00') - duration('PT0.001S')", None),
    ("datetime('2020-03-29T01:30+01:00') + duration('P1D')", "2020-03-30T01:30:00.000+01:00"),
    ("datetime('9999-12-31T23:00-05:00') + duration('PT59M')", "9999-12-31T23:59:00.000-05:00"),
    ("datetime('2020-01-01T00:00Z') - duration('PT1S')", "2019-12-31T23:59:59.000Z"),
]


@pytest.mark.parametrize(("text", "expected"), MOVED)
def test_an_instant_moved_by_a_duration(text: str, expected: str | None) -> None:
    assert shown(text) == expected


BETWEEN = [
    ("duration.between(date('2020-01-31'), date('2020-02-29'))", Duration(days=29)),
    ("duration.between(date('2020-01-31'), date('2020-03-01'))", Duration(1, 1)),
    ("duration.between(date('2020-03-31'), date('2020-02-29'))", Duration(-1)),
    ("duration.between(date('2020-02-29'), date('2020-02-29'))", Duration()),
    ("duration.between(date('0000-01-01'), date('9999-12-31'))", Duration(119_999, 30)),
    ("duration.between(localdatetime('2020-01-01T12:00'), localdatetime('2020-02-01T11:00'))", Duration(0, 30, 82_800)),
    (
        "duration.between(localdatetime('2020-02-01T11:00'), localdatetime('2020-01-01T12:00'))",
        Duration(0, -30, -82_800),
    ),
    ("duration.between(datetime('2020-01-01T00:00+01:00'), datetime('2020-01-01T00:00Z'))", Duration(seconds=3600)),
    ("duration.between(date('2020-01-01'), localtime('01:00'))", Duration(seconds=3600)),
    ("duration.between(date('2020-01-01'), 5)", None),
    ("duration.between(date('2020-01-01'), duration('P1D'))", None),
    ("duration.inMonths(date('2020-01-31'), date('2021-01-30'))", Duration(11)),
    ("duration.inMonths(date('2020-01-01'), localtime('01:00'))", Duration()),
    ("duration.inDays(date('2020-01-01'), date('2021-01-01'))", Duration(days=366)),
    ("duration.inDays(localdatetime('2020-01-01T12:00'), localdatetime('2020-01-03T11:00'))", Duration(days=1)),
    ("duration.inSeconds(date('2020-01-01'), date('2020-01-02'))", Duration(seconds=86_400)),
    ("duration.inSeconds(localtime('12:00'), localtime('11:59:59.5'))", Duration(ms=-500)),
]


@pytest.mark.parametrize(("text", "expected"), BETWEEN)
def test_the_time_between_two_instants(text: str, expected: Duration | None) -> None:
    assert value(text) == expected


# --- components ------------------------------------------------------------------------------------

DAY = {"year": 2020, "quarter": 4, "month": 12, "week": 53, "weekYear": 2020, "day": 28, "dayOfQuarter": 89}
DAY |= {"dayOfWeek": 1, "weekDay": 1, "weekday": 1, "dayOfYear": 363, "ordinalDay": 363}
CLOCK = {"hour": 7, "minute": 8, "second": 9, "millisecond": 10, "microsecond": 10_000, "nanosecond": 10_000_000}
COMPONENTS = [
    ("date('2020-12-28')", DAY),
    ("date('2021-01-03')", {"year": 2021, "weekYear": 2020, "week": 53, "dayOfWeek": 7}),
    ("date('0000-01-01')", {"year": 0, "weekYear": -1, "week": 52, "dayOfWeek": 6, "ordinalDay": 1}),
    ("date('0000-12-31')", {"ordinalDay": 366, "quarter": 4}),
    ("date('9999-12-31')", {"year": 9999, "week": 52, "dayOfWeek": 5}),
    ("date('2020-12-28')", {"hour": None, "epochMillis": None, "nonsense": None}),
    ("localtime('07:08:09.010')", {**CLOCK, "year": None}),
    ("localdatetime('2020-12-28T07:08:09.010')", {**DAY, **CLOCK, "epochMillis": 1_609_139_289_010, "offset": None}),
    ("localdatetime('1969-12-31T23:59:59.999')", {"epochMillis": -1, "epochSeconds": -1, "millisecond": 999}),
    (
        "datetime('2020-12-28T07:08:09.010+01:30')",
        {**DAY, **CLOCK, "epochMillis": 1_609_133_889_010, "offset": "+01:30", "timezone": "+01:30"}
        | {"offsetMinutes": 90, "offsetSeconds": 5400},
    ),
    ("datetime('2020-12-28T07:08:09.010')", {"offset": "Z", "timezone": "Z", "offsetSeconds": 0}),
    ("datetime('2020-12-28T07:08-01:30')", {"offset": "-01:30", "offsetMinutes": -90}),
    (
        "duration('P1Y5M17DT1H2M3.5S')",
        {"years": 1, "quarters": 5, "months": 17, "quartersOfYear": 1, "monthsOfYear": 5, "monthsOfQuarter": 2}
        | {"weeks": 2, "days": 17, "daysOfWeek": 3, "hours": 1, "minutes": 62, "seconds": 3723}
        | {"milliseconds": 3_723_500, "minutesOfHour": 2, "secondsOfMinute": 3, "millisecondsOfSecond": 500},
    ),
    (
        "duration('P-17M-10DT-1.5S')",
        {"years": -1, "monthsOfYear": -5, "weeks": -1, "daysOfWeek": -3, "seconds": -2, "millisecondsOfSecond": 500},
    ),
    ("duration({seconds: 9223372036854775807})", {"seconds": 2**63 - 1, "nanoseconds": None, "year": None}),
]


@pytest.mark.parametrize(("text", "components"), COMPONENTS)
def test_components_of(text: str, components: dict[str, object]) -> None:
    for name, expected in components.items():
        assert value(f"{text}.{name}") == expected, name


def test_properties_have_components_too() -> None:
    site = element(
        {"opened": DateTime(0), "day": DateOnly(1), "at": TimeOnly(60_000), "seen": TimestampOffset(0, 3600)}
    )
    assert value("n.opened.year + n.day.day + n.at.minute + n.seen.epochSeconds", site) == 1970 + 2 + 1 - 3600
    assert value("n.opened + duration('P1D') = localdatetime('1970-01-02T00:00')", site) is True


# --- laws ------------------------------------------------------------------------------------------

days = st.integers(MIN_EPOCH_DAY, MAX_EPOCH_DAY) | st.sampled_from(
    [MIN_EPOCH_DAY, MIN_EPOCH_DAY + 59, MIN_EPOCH_DAY + 365, MIN_EPOCH_DAY + 366, MAX_EPOCH_DAY]
)
clocks = st.integers(MIN_LOCAL_MS, MAX_LOCAL_MS)


@given(days)
def test_a_day_is_found_again_by_calendar_week_quarter_and_ordinal(day: int) -> None:
    year, month, of_month = calendar.civil(day)
    assert calendar.from_civil(year, month, of_month) == day
    assert calendar.from_week(*calendar.week(day)) == day
    assert calendar.from_ordinal(year, calendar.day_of_year(day)) == day
    assert calendar.from_quarter(year, calendar.quarter_of(month), calendar.day_of_quarter(day)) == day
    assert parse_date_only(f"{year:04d}-{month:02d}-{of_month:02d}") == DateOnly(day)


@given(st.dates(), st.integers(-500, 500))
def test_moving_by_days_is_what_the_standard_library_does(start: date, moved: int) -> None:
    epoch = date(1970, 1, 1)
    try:
        expected = start + timedelta(days=moved)
    except OverflowError:
        return
    found = durations.moved(DateOnly((start - epoch).days), Duration(days=moved))
    assert found == DateOnly((expected - epoch).days)


@given(clocks, clocks)
def test_the_time_between_leads_from_one_to_the_other(start: int, stop: int) -> None:
    between = durations.between(Work(), DateTime(start), DateTime(stop))
    assert isinstance(between, Duration)
    assert durations.moved(DateTime(start), between) == DateTime(stop)
    signs = {(part > 0) - (part < 0) for part in (between.months, between.days, durations.total_ms(between))}
    assert not {-1, 1} <= signs
    in_seconds = durations.in_seconds(Work(), DateTime(start), DateTime(stop))
    assert isinstance(in_seconds, Duration)
    assert durations.total_ms(in_seconds) == stop - start


@given(days, st.integers(-130_000, 130_000))
def test_moving_by_months_keeps_the_day_or_takes_the_last(day: int, months: int) -> None:
    year, month, of_month = calendar.civil(day)
    found = calendar.add_months(day, months)
    total = year * 12 + month - 1 + months
    if not 0 <= total // 12 <= 9999:
        assert found is None
        return
    assert found is not None
    after = calendar.civil(found)
    assert after.year * 12 + after.month - 1 == total
    assert after.day == of_month or (after.day < of_month and calendar.civil(found + 1).day == 1)


@given(clocks, st.none() | st.integers(-64_800, 64_800))
def test_timestamps_are_equal_when_their_instants_are(local: int, offset: int | None) -> None:
    stamp = TimestampOffset(local, offset)
    if MIN_LOCAL_MS <= stamp.utc_ms <= MAX_LOCAL_MS:
        assert value("$a = $b AND $a <= $b", a=stamp, b=TimestampOffset(stamp.utc_ms, 0)) is True
        assert value("$a.epochMillis", a=stamp) == stamp.utc_ms
    assert value("toString($a)", a=stamp) is not None
    assert value("date($a)", a=stamp) == DateOnly(local // DAY_MS)
