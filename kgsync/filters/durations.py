"""Durations: from text and maps, between instants, scaled, and added to instants.

A fraction of a month spills over into days at 30.436875 days a month, of a day into seconds; what is
finer than a millisecond is cut. A duration whose component leaves 64 bits is null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from kgsync.filters import calendar
from kgsync.filters.kinds import MAX_INTEGER, Work, is_number
from kgsync.model.values import (
    DAY_MS,
    MAX_LOCAL_MS,
    MIN_LOCAL_MS,
    DateOnly,
    DateTime,
    Duration,
    TimeOnly,
    TimestampOffset,
)

_DAYS_PER_MONTH = Fraction(2_629_746, 86_400)
# What a member of a map, or a letter of ISO 8601, counts: months, days or seconds.
_MONTHS = {"years": 12, "quarters": 3, "months": 1}
_DAYS = {"weeks": 7, "days": 1}
_SECONDS = {
    "hours": Fraction(3600),
    "minutes": Fraction(60),
    "seconds": Fraction(1),
    "milliseconds": Fraction(1, 1000),
    "microseconds": Fraction(1, 1_000_000),
    "nanoseconds": Fraction(1, 1_000_000_000),
}
MEMBERS = frozenset((*_MONTHS, *_DAYS, *_SECONDS))

_AMOUNT = r"([+-]?\d{1,18}(?:[.,]\d{1,18})?)"
_BY_UNITS = re.compile(
    rf"([+-])?P(?:{_AMOUNT}Y)?(?:{_AMOUNT}M)?(?:{_AMOUNT}W)?(?:{_AMOUNT}D)?"
    rf"(?:(T)(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?",
    re.ASCII,
)
_BY_DATE = re.compile(
    r"([+-])?P(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}(?:[.,]\d{1,18})?))?)?",
    re.ASCII,
)
_UNITS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
# No longer text is a duration: eight amounts of 38 characters and their letters.
_MAX_TEXT = 400


def folded(months: Fraction, days: Fraction, seconds: Fraction) -> Duration | None:
    """Round to whole components, each fraction spilling over into the next finer one."""
    whole_months = int(months)  # toward zero
    days += (months - whole_months) * _DAYS_PER_MONTH
    whole_days = int(days)
    ms = int((seconds + (days - whole_days) * 86_400) * 1000)
    whole_seconds = abs(ms) // 1000 * (1 if ms >= 0 else -1)
    if max(abs(whole_months), abs(whole_days), abs(whole_seconds)) > MAX_INTEGER:
        return None
    return Duration(whole_months, whole_days, whole_seconds, ms - whole_seconds * 1000)


def _from_amounts(amounts: Mapping[str, Fraction]) -> Duration | None:
    return folded(
        sum((amounts[name] * factor for name, factor in _MONTHS.items() if name in amounts), Fraction()),
        sum((amounts[name] * factor for name, factor in _DAYS.items() if name in amounts), Fraction()),
        sum((amounts[name] * factor for name, factor in _SECONDS.items() if name in amounts), Fraction()),
    )


def from_map(members: Mapping[str, object]) -> Duration | None:
    """Read `{years: …, months: …, …}`; amounts are integers or floats of either sign."""
    if not members or not members.keys() <= MEMBERS:
        return None
    amounts = {}
    for name, amount in members.items():
        if not is_number(amount):
            return None
        amounts[name] = Fraction(amount)
    return _from_amounts(amounts)


def from_text(text: str) -> Duration | None:
    """Read ISO 8601, by units (`P1Y2M3W4DT5H6M7.8S`) or like a date (`P0001-02-03T04:05:06`)."""
    text = text.strip()
    if len(text) > _MAX_TEXT:
        return None
    found = _BY_UNITS.fullmatch(text)
    if found is not None:
        parts = found.groups()
        amounts = [*parts[1:5], *parts[6:9]]
        if all(part is None for part in amounts) or (parts[5] and all(part is None for part in parts[6:9])):
            return None
    else:
        found = _BY_DATE.fullmatch(text)
        if found is None:
            return None
        year, month, day, hour, minute, second = found.groups()[1:]
        amounts = [year, month, None, day, hour, minute, second]
        if int(month) > 12 or int(day) > 31 or int(hour or 0) > 23 or int(minute or 0) > 59:
            return None
        if float((second or "0").replace(",", ".")) >= 60:
            return None
    sign = -1 if found[1] == "-" else 1
    return _from_amounts(
        {
            unit: sign * Fraction(amount.replace(",", "."))
            for unit, amount in zip(_UNITS, amounts, strict=True)
            if amount is not None
        }
    )


def construct(_work: Work, value: object) -> object:
    """Mean `duration(…)`: of a text, a map or a duration."""
    if type(value) is Duration:
        return value
    if type(value) is str:
        return from_text(value)
    return from_map(value) if type(value) is dict else None


def total_ms(value: Duration) -> int:
    """Give the part finer than days, in ms."""
    return value.seconds * 1000 + value.ms


def plus(left: Duration, right: Duration) -> Duration | None:
    return folded(
        Fraction(left.months + right.months),
        Fraction(left.days + right.days),
        Fraction(total_ms(left) + total_ms(right), 1000),
    )


def _times(value: Duration, factor: Fraction) -> Duration | None:
    return folded(value.months * factor, value.days * factor, Fraction(total_ms(value), 1000) * factor)


def scaled(value: Duration, factor: float) -> Duration | None:
    return _times(value, Fraction(factor))


def divided(value: Duration, divisor: float) -> Duration | None:
    """Divide by a number other than zero."""
    return _times(value, 1 / Fraction(divisor))


def moved(instant: object, by: Duration) -> object:
    """Add a duration to an instant: months first (back to a shorter month's last day), then days, then time.

    A date moves by the whole days of the time part, a time of day wraps at midnight. Null for other
    kinds and outside the years 0000 to 9999.
    """
    if type(instant) is TimeOnly:
        return TimeOnly((instant.ms + total_ms(by)) % DAY_MS)
    if type(instant) is DateOnly:
        ms = total_ms(by)
        day = _moved_day(instant.days, by, abs(ms) // DAY_MS * (1 if ms >= 0 else -1))
        return None if day is None else DateOnly(day)
    if type(instant) is DateTime:
        local = _moved_clock(instant.ms, by)
        return None if local is None else DateTime(local)
    if type(instant) is TimestampOffset:
        local = _moved_clock(instant.local_ms, by)
        return None if local is None else TimestampOffset(local, instant.offset)
    return None


def _moved_day(day: int, by: Duration, more: int = 0) -> int | None:
    found = calendar.add_months(day, by.months) if by.months else calendar.in_range(day)
    return None if found is None else calendar.in_range(found + by.days + more)


def _moved_clock(local_ms: int, by: Duration) -> int | None:
    if not MIN_LOCAL_MS <= local_ms <= MAX_LOCAL_MS:
        return None
    day, ms = calendar.split(local_ms)
    found = calendar.add_months(day, by.months) if by.months else day
    if found is None:
        return None
    moved_ms = (found + by.days) * DAY_MS + ms + total_ms(by)
    return moved_ms if MIN_LOCAL_MS <= moved_ms <= MAX_LOCAL_MS else None


# --- between ---------------------------------------------------------------------------------------


def _placed(value: object) -> tuple[int | None, int] | None:
    """Give (day or None, ms of day) of the wall clock of an instant."""
    if type(value) is DateOnly:
        return value.days, 0
    if type(value) is TimeOnly:
        return None, value.ms
    if type(value) is DateTime:
        return calendar.split(value.ms)
    if type(value) is TimestampOffset:
        return calendar.split(value.local_ms)
    return None


def _pair(start: object, stop: object) -> tuple[tuple[int, int], tuple[int, int], bool] | None:
    """Place two instants on one wall clock, and say whether both have a day.

    A timestamp is read at the other's offset; what has no offset takes the other's. Without a day on
    both sides only the times of day count.
    """
    if type(start) is TimestampOffset and type(stop) is TimestampOffset:
        offset = start.offset or 0
        stop = TimestampOffset(stop.utc_ms + 1000 * offset, offset)
    one, other = _placed(start), _placed(stop)
    if one is None or other is None:
        return None
    if one[0] is None or other[0] is None:
        return (0, one[1]), (0, other[1]), False
    return (one[0], one[1]), (other[0], other[1]), True


def _from_ms(ms: int, months: int = 0, days: int = 0) -> Duration | None:
    return folded(Fraction(months), Fraction(days), Fraction(ms, 1000))


def _apart(start: tuple[int, int], stop: tuple[int, int]) -> int:
    return (stop[0] - start[0]) * DAY_MS + stop[1] - start[1]


def between(_work: Work, start: object, stop: object) -> object:
    """Mean `duration.between`: whole months, then whole days, then time, all of one direction."""
    pair = _pair(start, stop)
    if pair is None:
        return None
    one, other, dated = pair
    if not dated:
        return _from_ms(_apart(one, other))
    if not all(calendar.in_range(day) is not None for day in (one[0], other[0])):
        return None
    months = calendar.whole_months(one, other)
    reached = calendar.add_months(one[0], months)
    if reached is None:
        return None
    ms = _apart((reached, one[1]), other)
    days = abs(ms) // DAY_MS * (1 if ms >= 0 else -1)
    return _from_ms(ms - days * DAY_MS, months, days)


def in_months(_work: Work, start: object, stop: object) -> object:
    pair = _pair(start, stop)
    if pair is None:
        return None
    one, other, dated = pair
    if not dated:
        return Duration()
    if not all(calendar.in_range(day) is not None for day in (one[0], other[0])):
        return None
    return Duration(months=calendar.whole_months(one, other))


def in_days(_work: Work, start: object, stop: object) -> object:
    pair = _pair(start, stop)
    if pair is None:
        return None
    one, other, dated = pair
    if not dated:
        return Duration()
    ms = _apart(one, other)
    return Duration(days=abs(ms) // DAY_MS * (1 if ms >= 0 else -1))


def in_seconds(_work: Work, start: object, stop: object) -> object:
    pair = _pair(start, stop)
    return None if pair is None else _from_ms(_apart(pair[0], pair[1]))
