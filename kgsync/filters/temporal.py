"""The constructors `date localtime localdatetime datetime`: from text, from maps, from one another.

Texts are ISO 8601 in its extended and basic forms, by calendar, week, quarter or ordinal day; digits past
the millisecond are cut. What names no instant of the years 0000 to 9999 is null, named time zones
included (their rules change with the tables installed).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kgsync.filters import calendar
from kgsync.filters.kinds import Work
from kgsync.model.values import (
    DAY_MS,
    MAX_LOCAL_MS,
    MAX_OFFSET_SECONDS,
    MIN_LOCAL_MS,
    DateOnly,
    DateTime,
    TimeOnly,
    TimestampOffset,
)

# The longest text is `2015-W30-2T21:40:32.123456789+01:00:00` and some blanks.
_MAX_TEXT = 64

_CALENDAR = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?|(\d{2})(\d{2})?)?", re.ASCII)
_WEEK = re.compile(r"(\d{4})-?W(\d{2})(?:-?(\d))?", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-?Q(\d)(?:-?(\d{1,2}))?", re.ASCII)
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})", re.ASCII)
_CLOCK = re.compile(
    r"(\d{2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?|(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?)?", re.ASCII
)
_OFFSET = re.compile(r"[Zz]|([+-])(\d{2})(?::?(\d{2})(?::?(\d{2}))?)?", re.ASCII)


# --- from text -------------------------------------------------------------------------------------


def _day_from_text(text: str) -> int | None:
    if found := _ORDINAL.fullmatch(text):
        return calendar.from_ordinal(int(found[1]), int(found[2]))
    if found := _CALENDAR.fullmatch(text):
        return calendar.from_civil(int(found[1]), int(found[2] or found[4] or 1), int(found[3] or found[5] or 1))
    if found := _WEEK.fullmatch(text):
        return calendar.from_week(int(found[1]), int(found[2]), int(found[3] or 1))
    if found := _QUARTER.fullmatch(text):
        return calendar.from_quarter(int(found[1]), int(found[2]), int(found[3] or 1))
    return None


def _clock_from_text(text: str) -> int | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2] or found[5] or 0), int(found[3] or found[6] or 0)
    return _clock(hour, minute, second, int(((found[4] or found[7] or "") + "000")[:3]))


def _clock(hour: int, minute: int, second: int, ms: int) -> int | None:
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        return None
    return ((hour * 60 + minute) * 60 + second) * 1000 + ms


def _offset_from_text(text: str) -> int | None:
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    if minutes > 59 or seconds > 59:
        return None
    offset = (hours * 60 + minutes) * 60 + seconds
    return None if offset > MAX_OFFSET_SECONDS else -offset if found[1] == "-" else offset


def _local_from_text(text: str) -> int | None:
    """Read day and clock, or a day alone (its midnight)."""
    day_text, mark, clock_text = text.replace("t", "T").replace(" ", "T").partition("T")
    day = _day_from_text(day_text)
    ms = _clock_from_text(clock_text) if mark else 0
    return None if day is None or ms is None else _bounded(day * DAY_MS + ms)


def _split_offset(text: str) -> tuple[str, str]:
    """Cut the offset off the text of a timestamp; the clock's part holds no other sign."""
    clock = text.replace("t", "T").replace(" ", "T").find("T")
    if clock < 0:
        return text, ""
    found = re.search(r"[Zz+-]", text[clock + 1 :])
    if found is None:
        return text, ""
    return text[: clock + 1 + found.start()], text[clock + 1 + found.start() :]


def _stripped(text: str) -> str:
    return text.strip() if len(text) <= _MAX_TEXT else ""


def _bounded(local_ms: int) -> int | None:
    return local_ms if MIN_LOCAL_MS <= local_ms <= MAX_LOCAL_MS else None


# --- from maps -------------------------------------------------------------------------------------

_DATED = (DateOnly, DateTime, TimestampOffset)
_CLOCKED = (TimeOnly, DateTime, TimestampOffset)
# The ways to name a day of a year: which members, and which of them may not stand alone.
_DAY_WAYS: dict[str, tuple[str, str]] = {
    "month": ("month", "day"),
    "day": ("month", "day"),
    "week": ("week", "dayOfWeek"),
    "dayOfWeek": ("week", "dayOfWeek"),
    "quarter": ("quarter", "dayOfQuarter"),
    "dayOfQuarter": ("quarter", "dayOfQuarter"),
    "ordinalDay": ("ordinalDay", "ordinalDay"),
}
_DAY_MEMBERS = frozenset(("year", *_DAY_WAYS))
_CLOCK_MEMBERS = frozenset(("hour", "minute", "second", "millisecond", "microsecond", "nanosecond"))
_EPOCH_MEMBERS = frozenset(("epochSeconds", "epochMillis", "nanosecond", "timezone"))
# The finest member wins what it covers: (member, how many make a second, most beside a coarser one).
_FRACTIONS = (("millisecond", 1_000), ("microsecond", 1_000_000), ("nanosecond", 1_000_000_000))

Members = Mapping[str, object]


def _numbers(members: Members, names: frozenset[str]) -> dict[str, int] | None:
    """Pick the members of those names; None when one is no integer."""
    picked: dict[str, int] = {}
    for name in members.keys() & names:
        value = members[name]
        if type(value) is not int:
            return None
        picked[name] = value
    return picked


def _local_ms(value: object) -> int:
    """Read the wall clock of a dated instant."""
    if isinstance(value, DateOnly):
        return value.days * DAY_MS
    if isinstance(value, DateTime):
        return value.ms
    assert isinstance(value, TimestampOffset)
    return value.local_ms


def _day_from_members(members: Members, base: int | None) -> int | None:
    """Name a day, starting from `base` where given; without it the year must be there."""
    given = _numbers(members, _DAY_MEMBERS)
    if given is None or (base is None and "year" not in given) or _out_of_range(base):
        return None
    ways = {_DAY_WAYS[name] for name in given if name != "year"}
    if len(ways) > 1:
        return None
    coarse, fine = ways.pop() if ways else ("month", "day")
    if base is None and fine in given and coarse not in given:
        return None
    if coarse == "week":
        start = calendar.week(base) if base is not None else (0, 1, 1)
        return calendar.from_week(given.get("year", start[0]), given.get(coarse, start[1]), given.get(fine, start[2]))
    year, month, day = calendar.civil(base) if base is not None else (0, 1, 1)
    year = given.get("year", year)
    if coarse == "ordinalDay":
        return calendar.from_ordinal(year, given["ordinalDay"])
    if coarse == "quarter":
        within = calendar.day_of_quarter(base) if base is not None else 1
        return calendar.from_quarter(year, given.get(coarse, calendar.quarter_of(month)), given.get(fine, within))
    return calendar.from_civil(year, given.get(coarse, month), given.get(fine, day))


def _out_of_range(day: int | None) -> bool:
    return day is not None and calendar.in_range(day) is None


def _clock_from_members(members: Members, base: int | None) -> int | None:
    """Name a time of day, starting from `base` where given; without it no coarser member may be left out."""
    given = _numbers(members, _CLOCK_MEMBERS)
    if given is None:
        return None
    hour, minute, second, ms = calendar.clock(base or 0)
    finer = given.keys() - {"hour", "minute", "second"}
    if base is None and (
        ("hour" not in given and given)
        or ("minute" not in given and ("second" in given or finer))
        or ("second" not in given and finer)
    ):
        return None
    if finer:
        found = _fraction(given)
        if found is None:
            return None
        ms = found
    return _clock(given.get("hour", hour), given.get("minute", minute), given.get("second", second), ms)


def _fraction(given: Mapping[str, int]) -> int | None:
    """Sum the members finer than a second into ms; each stays below one of the next coarser given."""
    nanoseconds, most = 0, 1_000_000_000
    for name, per_second in _FRACTIONS:
        if name not in given:
            continue
        unit = 1_000_000_000 // per_second
        if not 0 <= given[name] * unit < most:
            return None
        nanoseconds += given[name] * unit
        most = unit
    return nanoseconds // 1_000_000


def _base(members: Members, name: str, kinds: tuple[type, ...]) -> tuple[bool, object]:
    """Find the instant a map starts from, under `name` or `datetime`; false when it is of another kind."""
    if name in members and "datetime" in members:
        return False, None
    given = members.get(name, members.get("datetime"))
    if given is None:
        return name not in members and "datetime" not in members, None
    return type(given) in kinds, given


def _date_from_map(members: Members) -> int | None:
    if not members.keys() <= _DAY_MEMBERS | {"date", "datetime"}:
        return None
    good, base = _base(members, "date", _DATED)
    if not good:
        return None
    return _day_from_members(members, None if base is None else _local_ms(base) // DAY_MS)


def _clock_ms(value: object) -> int:
    return value.ms if isinstance(value, TimeOnly) else _local_ms(value) % DAY_MS


def _time_from_map(members: Members) -> int | None:
    if not members.keys() <= _CLOCK_MEMBERS | {"time", "datetime"} or not members:
        return None
    good, base = _base(members, "time", _CLOCKED)
    if not good or (base is None and "hour" not in members):
        return None
    return _clock_from_members(members, None if base is None else _clock_ms(base))


def _local_from_map(members: Members, more: frozenset[str] = frozenset()) -> int | None:
    """Name a wall clock by `datetime`, or `date` and `time`, and what replaces their parts."""
    if not members.keys() <= _DAY_MEMBERS | _CLOCK_MEMBERS | {"date", "time", "datetime"} | more:
        return None
    good_day, day_base = _base(members, "date", _DATED)
    good_clock, clock_base = _base(members, "time", _CLOCKED)
    if not good_day or not good_clock:
        return None
    day = _day_from_members(members, None if day_base is None else _local_ms(day_base) // DAY_MS)
    if clock_base is None and day_base is not None and "datetime" in members:
        return None
    ms = _clock_from_members(members, None if clock_base is None else _clock_ms(clock_base))
    return None if day is None or ms is None else _bounded(day * DAY_MS + ms)


def _stamp_from_map(members: Members) -> TimestampOffset | None:
    offset: int | None = None
    if "timezone" in members:
        zone = members["timezone"]
        offset = _offset_from_text(zone.strip()) if type(zone) is str and len(zone) <= _MAX_TEXT else None
        if offset is None:
            return None
    if members.keys() & {"epochSeconds", "epochMillis"}:
        return _stamp_from_epoch(members, offset or 0)
    source = members.get("datetime", members.get("time"))
    if type(source) is TimestampOffset:
        if offset is None:
            offset = source.offset or 0
        elif "datetime" in members:
            members = {**members, "datetime": TimestampOffset(source.utc_ms + 1000 * offset, offset)}
        else:
            clock = (source.utc_ms + 1000 * offset) % DAY_MS
            members = {**members, "time": TimeOnly(clock)}
    local = _local_from_map(members, frozenset(("timezone",)))
    return None if local is None else TimestampOffset(local, offset or 0)


def _stamp_from_epoch(members: Members, offset: int) -> TimestampOffset | None:
    numbers = _numbers(members, _EPOCH_MEMBERS - {"timezone"})
    if (
        numbers is None
        or not members.keys() <= _EPOCH_MEMBERS
        or len(members.keys() & {"epochSeconds", "epochMillis"}) != 1
    ):
        return None
    if "epochMillis" in numbers:
        utc, most = numbers["epochMillis"], 1_000_000
    else:
        utc, most = numbers["epochSeconds"] * 1000, 1_000_000_000
    if not 0 <= numbers.get("nanosecond", 0) < most:
        return None
    local = _bounded(utc + numbers.get("nanosecond", 0) // 1_000_000 + 1000 * offset)
    return None if local is None else TimestampOffset(local, offset)


# --- the constructors ------------------------------------------------------------------------------


def date(_work: Work, value: object) -> object:
    if type(value) is str:
        day = _day_from_text(_stripped(value))
    elif type(value) is dict:
        day = _date_from_map(value)
    elif type(value) in _DATED:
        day = calendar.in_range(_local_ms(value) // DAY_MS)
    else:
        return None
    return None if day is None else DateOnly(day)


def localtime(_work: Work, value: object) -> object:
    if type(value) is str:
        ms = _clock_from_text(_stripped(value))
    elif type(value) is dict:
        ms = _time_from_map(value)
    elif type(value) in _CLOCKED:
        ms = _clock_ms(value)
    else:
        return None
    return None if ms is None else TimeOnly(ms)


def localdatetime(_work: Work, value: object) -> object:
    """Take the wall clock; a text may end in `Z` (a Date counts from 1970 in UTC), in no other offset."""
    if type(value) is str:
        text, offset = _split_offset(_stripped(value))
        ms = _local_from_text(text) if offset in ("", "Z", "z") else None
    elif type(value) is dict:
        ms = _local_from_map(value)
    elif type(value) in _DATED:
        ms = _bounded(_local_ms(value))
    else:
        return None
    return None if ms is None else DateTime(ms)


def datetime(_work: Work, value: object) -> object:
    """Without an offset, UTC."""
    if type(value) is TimestampOffset:
        return value
    if type(value) is dict:
        return _stamp_from_map(value)
    offset: int | None = 0
    if type(value) is str:
        text, zone = _split_offset(_stripped(value))
        ms = _local_from_text(text)
        offset = _offset_from_text(zone) if zone else 0
    elif type(value) in _DATED:
        ms = _bounded(_local_ms(value))
    else:
        return None
    return None if ms is None or offset is None else TimestampOffset(ms, offset)
