"""Ids, dates, times, offsets and durations as text, both ways."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    format_date_only,
    format_date_time,
    format_duration,
    format_time_only,
    format_timestamp_offset,
    parse_date_only,
    parse_date_time,
    parse_duration,
    parse_time_only,
    parse_timestamp_offset,
    parse_uuid,
)
from tests.wire.samples import ID

PURE = settings.get_profile("pure")
HOUR = 3600


@pytest.mark.parametrize(
    "text",
    [
        "00112233-4455-6677-8899-aabbccddeeff",
        "{00112233-4455-6677-8899-AABBCCDDEEFF}",
        "00112233445566778899aabbccddeeff",
        "{00112233445566778899AABBCCDDEEFF}",
        "  {00112233-4455-6677-8899-aabbccddeeff}\n",
    ],
)
def test_an_id_reads_with_or_without_braces_and_dashes(text: str) -> None:
    assert parse_uuid(text) == ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "{00112233-4455-6677-8899-aabbccddeeff",
        "00112233-4455-6677-8899-aabbccddeeff}",
        "00112233-4455-6677-8899-aabbccddeef",
        "00112233-4455-6677-8899-aabbccddeeff0",
        "0011-22334455-6677-8899-aabbccddeeff",
        "g0112233-4455-6677-8899-aabbccddeeff",
        "(00112233-4455-6677-8899-aabbccddeeff)",
        "urn:uuid:00112233-4455-6677-8899-aabbccddeeff",
    ],
)
def test_other_text_is_no_id(text: str) -> None:
    assert parse_uuid(text) is None


@PURE
@given(st.uuids(), st.booleans(), st.booleans(), st.booleans())
def test_any_id_reads_back_in_every_form(id: UUID, braced: bool, upper: bool, dashed: bool) -> None:
    text = str(id) if dashed else id.hex
    text = text.upper() if upper else text

    assert parse_uuid("{" + text + "}" if braced else text) == id


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("0000-01-01", MIN_EPOCH_DAY),
        ("0000-02-29", MIN_EPOCH_DAY + 59),
        ("0000-12-31", MIN_EPOCH_DAY + 365),
        ("0001-01-01", MIN_EPOCH_DAY + 366),
        ("1969-12-31", -1),
        ("1970-01-01", 0),
        ("2024-02-29", 19782),
        ("9999-12-31", MAX_EPOCH_DAY),
    ],
)
def test_dates_read_and_write_from_year_0_to_9999(text: str, days: int) -> None:
    assert parse_date_only(text) == DateOnly(days)
    assert format_date_only(DateOnly(days)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024",
        "2024-1-1",
        "2023-02-29",
        "1900-02-29",
        "2024-13-01",
        "2024-00-01",
        "2024-01-32",
        "2024-01-00",
        "10000-01-01",
        "-001-01-01",
        "2024/01/01",
        "20240101",
        "2024-01-01T00:00",
    ],
)
def test_other_text_is_no_date(text: str) -> None:
    assert parse_date_only(text) is None


@PURE
@given(st.integers(MIN_EPOCH_DAY, MAX_EPOCH_DAY).map(DateOnly))
def test_every_date_reads_back(value: DateOnly) -> None:
    assert parse_date_only(format_date_only(value)) == value


@PURE
@given(st.dates())
def test_dates_agree_with_the_standard_library(day: date) -> None:
    assert parse_date_only(day.isoformat()) == DateOnly((day - date(1970, 1, 1)).days)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("00:00", 0),
        ("0:05", 300_000),
        ("23:59:59.999", DAY_MS - 1),
        ("12:30:15", 45_015_000),
        ("12:30:15.5", 45_015_500),
        ("12:30:15,25", 45_015_250),
        ("12:30:15.0009", 45_015_000),
        ("12:30:15.123456789", 45_015_123),
    ],
)
def test_times_read_to_the_millisecond(text: str, ms: int) -> None:
    assert parse_time_only(text) == TimeOnly(ms)


@pytest.mark.parametrize(
    "text", ["", "12", "24:00", "12:60", "12:00:60", "12:0", "-1:00", "12:00:00.", "12:00Z", "noon"]
)
def test_other_text_is_no_time(text: str) -> None:
    assert parse_time_only(text) is None


@PURE
@given(st.integers(0, DAY_MS - 1).map(TimeOnly))
def test_every_time_reads_back(value: TimeOnly) -> None:
    assert parse_time_only(format_time_only(value)) == value


@pytest.mark.parametrize(
    ("text", "local_ms", "offset"),
    [
        ("1970-01-01", 0, None),
        ("1970-01-01T00:00", 0, None),
        ("1970-01-01 00:00:01", 1000, None),
        ("1970-01-01t00:00z", 0, 0),
        ("1970-01-01T00:00:00.001Z", 1, 0),
        ("1970-01-01T05:30+05:30", 19_800_000, 19_800),
        ("1970-01-01T00:00-0330", 0, -12_600),
        ("1970-01-01T00:00+18", 0, 18 * HOUR),
        ("1970-01-01T00:00-18:00", 0, -18 * HOUR),
        ("0000-01-01T00:00:00Z", MIN_LOCAL_MS, 0),
        ("9999-12-31T23:59:59.999Z", MAX_LOCAL_MS, 0),
    ],
)
def test_timestamps_keep_wall_clock_and_offset(text: str, local_ms: int, offset: int | None) -> None:
    assert parse_timestamp_offset(text) == TimestampOffset(local_ms, offset)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "T00:00",
        "1970-01-01T",
        "1970-01-01T24:00",
        "1970-01-01X00:00",
        "1970-02-30T00:00Z",
        "1970-01-01T00:00+18:01",
        "1970-01-01T00:00+05:60",
        "1970-01-01T00:00+5",
        "1970-01-01T00:00 UTC",
        "10000-01-01T00:00Z",
    ],
)
def test_other_text_is_no_timestamp(text: str) -> None:
    assert parse_timestamp_offset(text) is None
    assert parse_date_time(text) is None


@PURE
@given(st.integers(MIN_LOCAL_MS, MAX_LOCAL_MS), st.integers(-18 * 60, 18 * 60).filter(bool))
def test_every_timestamp_of_whole_minutes_offset_reads_back(local_ms: int, minutes: int) -> None:
    value = TimestampOffset(local_ms, minutes * 60)

    assert parse_timestamp_offset(format_timestamp_offset(value)) == value


def test_a_timestamp_without_offset_is_written_in_utc() -> None:
    assert format_timestamp_offset(TimestampOffset(0)) == "1970-01-01T00:00:00.000Z"
    assert format_timestamp_offset(TimestampOffset(0, 0)) == "1970-01-01T00:00:00.000Z"


def test_utc_is_the_wall_clock_less_the_offset() -> None:
    assert TimestampOffset(10_000, 5).utc_ms == 5_000
    assert TimestampOffset(10_000, -5).utc_ms == 15_000
    assert TimestampOffset(10_000).utc_ms == 10_000


@PURE
@given(st.integers(MIN_LOCAL_MS, MAX_LOCAL_MS).map(DateTime))
def test_every_instant_reads_back(value: DateTime) -> None:
    assert parse_date_time(format_date_time(value)) == value


@PURE
@given(st.datetimes())
def test_instants_agree_with_the_standard_library(when: datetime) -> None:
    when = when.replace(microsecond=when.microsecond // 1000 * 1000, tzinfo=UTC)
    since = when - datetime(1970, 1, 1, tzinfo=UTC)

    read = parse_date_time(when.isoformat())

    assert read == DateTime((since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("P1Y2M3DT4H5M6.007S", Duration(14, 3, 14_706, 7)),
        ("P2W", Duration(0, 14)),
        ("PT0S", Duration()),
        ("-P1D", Duration(0, -1)),
        ("+P1D", Duration(0, 1)),
        ("P-1M2D", Duration(-1, 2)),
        ("PT-0.5S", Duration(0, 0, 0, -500)),
        ("-PT0.5S", Duration(0, 0, 0, -500)),
        ("PT1,25S", Duration(0, 0, 1, 250)),
        ("PT1.0009S", Duration(0, 0, 1, 0)),
    ],
)
def test_durations_read_by_their_components(text: str, value: Duration) -> None:
    assert parse_duration(text) == value


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "1D", "P1S", "PT1D", "P1.5D", "PT.5S", "P1D2M", "p1d", "P1Dx"])
def test_other_text_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None


@PURE
@given(st.integers(-1200, 1200), st.integers(-9999, 9999), st.integers(-(10**12), 10**12))
def test_every_duration_with_its_seconds_whole_reads_back(months: int, days: int, ms: int) -> None:
    sign = -1 if ms < 0 else 1
    value = Duration(months, days, sign * (abs(ms) // 1000), sign * (abs(ms) % 1000))

    assert parse_duration(format_duration(value)) == value
