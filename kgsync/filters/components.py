"""Components of instants and durations: `n.opened.year`, `d.minutesOfHour`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from kgsync.filters import calendar
from kgsync.filters.durations import total_ms
from kgsync.model.values import DAY_MS, DateOnly, DateTime, Duration, TimeOnly, TimestampOffset

OfDay = Callable[[int], int]

_OF_DAY: dict[str, OfDay] = {
    "year": lambda days: calendar.civil(days).year,
    "quarter": lambda days: calendar.quarter_of(calendar.civil(days).month),
    "month": lambda days: calendar.civil(days).month,
    "week": lambda days: calendar.week(days).week,
    "weekYear": lambda days: calendar.week(days).year,
    "day": lambda days: calendar.civil(days).day,
    "dayOfQuarter": calendar.day_of_quarter,
    "dayOfWeek": lambda days: calendar.week(days).day,
    "dayOfYear": calendar.day_of_year,
    "ordinalDay": calendar.day_of_year,
    "weekDay": lambda days: calendar.week(days).day,
    "weekday": lambda days: calendar.week(days).day,
}

_OF_CLOCK: dict[str, OfDay] = {
    "hour": lambda ms: calendar.clock(ms)[0],
    "minute": lambda ms: calendar.clock(ms)[1],
    "second": lambda ms: calendar.clock(ms)[2],
    "millisecond": lambda ms: ms % 1000,
    "microsecond": lambda ms: ms % 1000 * 1000,
    "nanosecond": lambda ms: ms % 1000 * 1_000_000,
}

_OF_EPOCH: dict[str, OfDay] = {
    "epochMillis": lambda ms: ms,
    "epochSeconds": lambda ms: ms // 1000,
}


def offset_text(offset: int) -> str:
    """Write an offset from UTC in seconds: `Z`, `+01:00`, `-00:53:28`."""
    if not offset:
        return "Z"
    minutes, seconds = divmod(abs(offset), 60)
    text = f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


_OF_OFFSET: dict[str, Callable[[int], int | str]] = {
    "offset": offset_text,
    "timezone": offset_text,
    "offsetMinutes": lambda offset: int(offset / 60),
    "offsetSeconds": lambda offset: offset,
}


def _whole(value: int, by: int) -> int:
    """Divide toward zero."""
    return abs(value) // by * (1 if value >= 0 else -1)


def _rest(value: int, by: int) -> int:
    return value - _whole(value, by) * by


# openCypher counts whole seconds downwards, so that what is left of a second is never negative; months
# and days, minutes and hours are counted toward zero.
_OF_MONTHS: dict[str, OfDay] = {
    "years": lambda months: _whole(months, 12),
    "quarters": lambda months: _whole(months, 3),
    "months": lambda months: months,
    "quartersOfYear": lambda months: _whole(_rest(months, 12), 3),
    "monthsOfYear": lambda months: _rest(months, 12),
    "monthsOfQuarter": lambda months: _rest(months, 3),
}
_OF_DAYS: dict[str, OfDay] = {
    "weeks": lambda days: _whole(days, 7),
    "days": lambda days: days,
    "daysOfWeek": lambda days: _rest(days, 7),
}
_OF_TIME: dict[str, OfDay] = {
    "hours": lambda ms: _whole(ms // 1000, 3600),
    "minutes": lambda ms: _whole(ms // 1000, 60),
    "seconds": lambda ms: ms // 1000,
    "milliseconds": lambda ms: ms,
    "microseconds": lambda ms: ms * 1000,
    "nanoseconds": lambda ms: ms * 1_000_000,
    "minutesOfHour": lambda ms: _rest(_whole(ms // 1000, 60), 60),
    "secondsOfMinute": lambda ms: _rest(ms // 1000, 60),
    "millisecondsOfSecond": lambda ms: ms % 1000,
    "microsecondsOfSecond": lambda ms: ms % 1000 * 1000,
    "nanosecondsOfSecond": lambda ms: ms % 1000 * 1_000_000,
}

# The components each kind has, by the kind's name.
COMPONENTS: Final[Mapping[str, frozenset[str]]] = {
    "date": frozenset(_OF_DAY),
    "localtime": frozenset(_OF_CLOCK),
    "localdatetime": frozenset((*_OF_DAY, *_OF_CLOCK, *_OF_EPOCH)),
    "datetime": frozenset((*_OF_DAY, *_OF_CLOCK, *_OF_EPOCH, *_OF_OFFSET)),
    "duration": frozenset((*_OF_MONTHS, *_OF_DAYS, *_OF_TIME)),
}
# Those that are text; the others are integers.
TEXT_COMPONENTS: Final = frozenset(("offset", "timezone"))


def component(value: object, name: str) -> int | str | None:
    """Read a component of an instant or duration; null when its kind has none of that name."""
    if type(value) is DateOnly:
        return _of_day(value.days, name)
    if type(value) is TimeOnly:
        return _of_clock(value.ms, name)
    if type(value) is DateTime:
        return _of_local(value.ms, value.ms, name)
    if type(value) is TimestampOffset:
        of_offset = _OF_OFFSET.get(name)
        return of_offset(value.offset or 0) if of_offset else _of_local(value.local_ms, value.utc_ms, name)
    if type(value) is Duration:
        return _of_duration(value, name)
    return None


def _of_day(days: int, name: str) -> int | None:
    found = _OF_DAY.get(name)
    return None if found is None or calendar.in_range(days) is None else found(days)


def _of_clock(ms: int, name: str) -> int | None:
    found = _OF_CLOCK.get(name)
    return None if found is None else found(ms)


def _of_local(local_ms: int, utc_ms: int, name: str) -> int | None:
    of_epoch = _OF_EPOCH.get(name)
    if of_epoch is not None:
        return of_epoch(utc_ms)
    days, ms = divmod(local_ms, DAY_MS)
    return _of_day(days, name) if name in _OF_DAY else _of_clock(ms, name)


def _of_duration(value: Duration, name: str) -> int | None:
    for table, amount in ((_OF_MONTHS, value.months), (_OF_DAYS, value.days), (_OF_TIME, total_ms(value))):
        if name in table:
            found = table[name](amount)
            return found if -(2**63) <= found < 2**63 else None
    return None
