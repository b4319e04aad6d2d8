"""Plain values of properties: what the wire's PrimitiveValue and ArrayValue mean.

`None` is null. Integers are `int`, both float widths `float`, text `str`, blobs `bytes`, ids and
GUIDs `uuid.UUID`, arrays `tuple`. The temporal kinds and geometry have types of their own, so that
a date is never mistaken for a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from kgsync.model.geometry import Geometry

# Ranges of applyEdits input (EsriGraphTypes.proto): years 0000 to 9999.
MIN_LOCAL_MS, MAX_LOCAL_MS = -62167219200000, 253402300799999
MIN_EPOCH_DAY, MAX_EPOCH_DAY = -719528, 2932896
DAY_MS = 86_400_000
MAX_OFFSET_SECONDS = 18 * 3600


@dataclass(frozen=True, slots=True)
class DateTime:
    """A Date: ms since 1970-01-01T00:00Z."""

    ms: int


@dataclass(frozen=True, slots=True)
class DateOnly:
    """A DateOnly: days since 1970-01-01."""

    days: int


@dataclass(frozen=True, slots=True)
class TimeOnly:
    """A TimeOnly: ms since midnight, 0 to 86,399,999."""

    ms: int


@dataclass(frozen=True, slots=True)
class TimestampOffset:
    """A TimestampOffset: `local_ms` is the wall clock at `offset` seconds east of UTC (None: UTC)."""

    local_ms: int
    offset: int | None = None

    @property
    def utc_ms(self) -> int:
        return self.local_ms - 1000 * (self.offset or 0)


@dataclass(frozen=True, slots=True)
class Duration:
    """A Duration by components; they are never folded into each other."""

    months: int = 0
    days: int = 0
    seconds: int = 0
    ms: int = 0


@dataclass(frozen=True, slots=True)
class Invalid:
    """A value that could be framed but not understood; turns into a per-edit error."""

    reason: str


Scalar: TypeAlias = (
    bool
    | int
    | float
    | str
    | bytes
    | UUID
    | DateTime
    | DateOnly
    | TimeOnly
    | TimestampOffset
    | Duration
    | Geometry
    | None
)
Value: TypeAlias = Scalar | tuple[Scalar, ...] | Invalid
# What a parameter of a where-clause or query can be besides: nested lists, and maps by name.
ParameterValue: TypeAlias = "Value | tuple[ParameterValue, ...] | dict[str, ParameterValue]"

_UUID = re.compile(r"\{?([0-9a-fA-F]{8})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})-?([0-9a-fA-F]{12})\}?")


def parse_uuid(text: str) -> UUID | None:
    """Read an id with or without braces and dashes, in any case; None when it is not one."""
    found = _UUID.fullmatch(text.strip())
    if found is None or text.strip().startswith("{") != text.strip().endswith("}"):
        return None
    return UUID("".join(found.groups()))


_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?", re.ASCII)
_ZONE = re.compile(r"(Z|z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)$", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DURATION = re.compile(
    r"([+-])?P(?:(-?\d{1,15})Y)?(?:(-?\d{1,15})M)?(?:(-?\d{1,15})W)?(?:(-?\d{1,15})D)?"
    r"(?:T(?:(-?\d{1,15})H)?(?:(-?\d{1,15})M)?(?:(-?\d{1,15})(?:[.,](\d{1,9}))?S)?)?",
    re.ASCII,
)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def parse_date_only(text: str) -> DateOnly | None:
    """Read `YYYY-MM-DD`, years 0000 to 9999."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    # date() knows no year 0; the Gregorian calendar repeats every 400 years (146,097 days).
    shift = 0
    if year == 0:
        year, shift = 400, 146_097
    try:
        return DateOnly(date(year, month, day).toordinal() - _EPOCH_DAY - shift)
    except ValueError:
        return None


def parse_time_only(text: str) -> TimeOnly | None:
    """Read `HH:MM[:SS[.fff]]`; digits past the millisecond are cut."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    ms = int(((found[4] or "") + "000")[:3])
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return TimeOnly(((hours * 60 + minutes) * 60 + seconds) * 1000 + ms)


def parse_timestamp_offset(text: str) -> TimestampOffset | None:
    """Read `YYYY-MM-DD[T]HH:MM[:SS[.fff]][Z|±hh:mm]` or a date alone; no zone means UTC."""
    rest = text.strip()
    offset: int | None = None
    zone = _ZONE.search(rest) if len(rest) > 10 else None
    if zone is not None:
        rest = rest[: zone.start()]
        if zone[1] in "Zz":
            offset = 0
        else:
            digits = zone[1][1:].replace(":", "").ljust(6, "0")
            hours, minutes, seconds = (int(digits[k : k + 2]) for k in (0, 2, 4))
            if minutes > 59 or seconds > 59:
                return None
            offset = ((hours * 60 + minutes) * 60 + seconds) * (-1 if zone[1][0] == "-" else 1)
            if abs(offset) > MAX_OFFSET_SECONDS:
                return None
    days = parse_date_only(rest[:10])
    if days is None:
        return None
    clock = TimeOnly(0)
    if len(rest) > 10:
        parsed = parse_time_only(rest[11:]) if rest[10] in "Tt " else None
        if parsed is None:
            return None
        clock = parsed
    return TimestampOffset(days.days * DAY_MS + clock.ms, offset)


def parse_date_time(text: str) -> DateTime | None:
    """Read an ISO 8601 instant; no zone means UTC."""
    stamp = parse_timestamp_offset(text)
    return None if stamp is None else DateTime(stamp.utc_ms)


def parse_duration(text: str) -> Duration | None:
    """Read an ISO 8601 duration, e.g. `P1Y2M3DT4H5M6.007S`."""
    stripped = text.strip()
    found = _DURATION.fullmatch(stripped)
    if found is None or stripped.strip("+-PT") == "" or stripped.endswith("T"):
        return None
    sign = -1 if found[1] == "-" else 1
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:8])
    ms = int(((found[9] or "") + "000")[:3])
    if (found[8] or "").startswith("-"):
        ms = -ms
    return Duration(
        sign * (years * 12 + months),
        sign * (weeks * 7 + days),
        sign * (hours * 3600 + minutes * 60 + seconds),
        sign * ms,
    )


def format_date_only(value: DateOnly) -> str:
    ordinal = value.days + _EPOCH_DAY
    if ordinal < 1:  # year 0
        shifted = date.fromordinal(ordinal + 146_097)
        return f"0000-{shifted.month:02d}-{shifted.day:02d}"
    return date.fromordinal(ordinal).isoformat()


def format_time_only(value: TimeOnly) -> str:
    clock = (datetime(1970, 1, 1) + timedelta(milliseconds=value.ms)).time()  # noqa: DTZ001 (wall clock)
    return clock.isoformat(timespec="milliseconds")


def format_timestamp_offset(value: TimestampOffset) -> str:
    days, ms = divmod(value.local_ms, DAY_MS)
    text = f"{format_date_only(DateOnly(days))}T{format_time_only(TimeOnly(ms))}"
    if not value.offset:
        return text + "Z"
    minutes, seconds = divmod(abs(value.offset), 60)
    zone = f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
    return f"{text}{'-' if value.offset < 0 else '+'}{zone}"


def format_date_time(value: DateTime) -> str:
    return format_timestamp_offset(TimestampOffset(value.ms))


def format_duration(value: Duration) -> str:
    """Write the components as ISO 8601, e.g. `P14M3DT6.007S`."""
    total = value.seconds * 1000 + value.ms
    sign = "-" if total < 0 else ""
    whole, ms = divmod(abs(total), 1000)
    clock = f"T{sign}{whole}{f'.{ms:03d}' if ms else ''}S" if total else ""
    text = "".join((f"{value.months}M" if value.months else "", f"{value.days}D" if value.days else "", clock))
    return f"P{text}" if text else "PT0S"
