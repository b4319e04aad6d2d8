"""The proleptic Gregorian and ISO week calendars for the years 0000 to 9999, in days since 1970-01-01."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from kgsync.model.values import DAY_MS, MAX_EPOCH_DAY, MIN_EPOCH_DAY

# date() knows no year 0; the calendar, its weeks included, repeats every 400 years.
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097
_EPOCH = date(1970, 1, 1).toordinal()
# From here on a date can stand for itself.
_FIRST_WITHOUT_SHIFT = date(2, 1, 1).toordinal()


class Civil(NamedTuple):
    year: int
    month: int
    day: int


class Week(NamedTuple):
    """`year` is the ISO week-year; `day` counts from Monday, 1."""

    year: int
    week: int
    day: int


def _shifted(days: int) -> tuple[date, int]:
    """Find a date that looks like `days`, and how many years later it lies."""
    ordinal = days + _EPOCH
    if ordinal < _FIRST_WITHOUT_SHIFT:
        return date.fromordinal(ordinal + _CYCLE_DAYS), _CYCLE_YEARS
    return date.fromordinal(ordinal), 0


def civil(days: int) -> Civil:
    found, shift = _shifted(days)
    return Civil(found.year - shift, found.month, found.day)


def week(days: int) -> Week:
    found, shift = _shifted(days)
    year, number, day = found.isocalendar()
    return Week(year - shift, number, day)


def in_range(days: int) -> int | None:
    return days if MIN_EPOCH_DAY <= days <= MAX_EPOCH_DAY else None


def from_civil(year: int, month: int, day: int) -> int | None:
    """Count the days to a date; None when there is no such date in the years 0000 to 9999."""
    if not 0 <= year <= 9999:
        return None
    shift = _CYCLE_YEARS if year == 0 else 0
    try:
        found = date(year + shift, month, day)
    except (ValueError, OverflowError):
        return None
    return found.toordinal() - _EPOCH - (_CYCLE_DAYS if shift else 0)


def from_week(year: int, number: int, day: int) -> int | None:
    if not -1 <= year <= 9999:
        return None
    shift = _CYCLE_YEARS if year < 2 else 0
    try:
        found = date.fromisocalendar(year + shift, number, day)
    except (ValueError, OverflowError):
        return None
    return in_range(found.toordinal() - _EPOCH - (_CYCLE_DAYS if shift else 0))


def from_ordinal(year: int, day: int) -> int | None:
    """Count from the first day of a year, 1."""
    first = from_civil(year, 1, 1)
    if first is None or not 1 <= day <= 366:
        return None
    days = first + day - 1
    return days if in_range(days) is not None and civil(days).year == year else None


def from_quarter(year: int, quarter: int, day: int) -> int | None:
    """Count from the first day of a quarter, 1."""
    if not 1 <= quarter <= 4 or not 1 <= day <= 92:
        return None
    first = from_civil(year, quarter * 3 - 2, 1)
    if first is None:
        return None
    days = first + day - 1
    return days if in_range(days) is not None and quarter_of(civil(days).month) == quarter else None


def quarter_of(month: int) -> int:
    return (month + 2) // 3


def day_of_year(days: int) -> int:
    first = from_civil(civil(days).year, 1, 1)
    assert first is not None
    return days - first + 1


def day_of_quarter(days: int) -> int:
    year, month, _ = civil(days)
    first = from_civil(year, quarter_of(month) * 3 - 2, 1)
    assert first is not None
    return days - first + 1


def add_months(days: int, months: int) -> int | None:
    """Move by months, back to the month's last day where it is shorter; None outside the years 0000 to 9999."""
    if in_range(days) is None:
        return None
    year, month, day = civil(days)
    year, month = divmod(year * 12 + month - 1 + months, 12)
    for last in (day, 30, 29, 28):
        if last <= day and (found := from_civil(year, month + 1, last)) is not None:
            return found
    return None


def whole_months(start: tuple[int, int], stop: tuple[int, int]) -> int:
    """Count the months that fit between two (day, ms of day), toward zero."""
    day, ms = stop
    if start < stop and ms < start[1]:
        day -= 1
    elif start > stop and ms > start[1]:
        day += 1
    one, other = civil(start[0]), civil(day)
    # A month is 32 steps here, so that days within it never add up to another.
    steps = ((other.year - one.year) * 12 + other.month - one.month) * 32 + other.day - one.day
    return steps // 32 if steps >= 0 else -(-steps // 32)


def clock(ms: int) -> tuple[int, int, int, int]:
    """Split ms of day into hour, minute, second and ms."""
    seconds, rest = divmod(ms, 1000)
    return seconds // 3600, seconds // 60 % 60, seconds % 60, rest


def split(local_ms: int) -> tuple[int, int]:
    """Split a wall clock into day and ms of day."""
    return divmod(local_ms, DAY_MS)
