"""Functions on texts. Lengths and places count code points; nothing longer than MAX_TEXT is made."""

from __future__ import annotations

import re
from functools import lru_cache
from uuid import UUID

from kgsync.filters.arithmetic import bounded, finite, number_text
from kgsync.filters.kinds import Work, is_number
from kgsync.model.values import (
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
)

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,5})?", re.ASCII)
# Digits enough for every float written out in full; int() takes time that grows with their square.
_MAX_NUMERAL = 1_200


def to_lower(work: Work, text: object) -> object:
    return work.made(text.lower()) if type(text) is str else None


def to_upper(work: Work, text: object) -> object:
    return work.made(text.upper()) if type(text) is str else None


def trim(work: Work, text: object) -> object:
    return work.made(text.strip()) if type(text) is str else None


def trim_left(work: Work, text: object) -> object:
    return work.made(text.lstrip()) if type(text) is str else None


def trim_right(work: Work, text: object) -> object:
    return work.made(text.rstrip()) if type(text) is str else None


def left(work: Work, text: object, length: object) -> object:
    if type(text) is not str or type(length) is not int or length < 0:
        return None
    return work.made(text[:length])


def right(work: Work, text: object, length: object) -> object:
    if type(text) is not str or type(length) is not int or length < 0:
        return None
    return work.made(text[max(len(text) - length, 0) :])


def substring(work: Work, text: object, start: object, *lengths: object) -> object:
    """Cut from `start`, counted from 0, to the end or as many as asked for."""
    if type(text) is not str or type(start) is not int or start < 0:
        return None
    if not lengths:
        return work.made(text[start:])
    length = lengths[0]
    return work.made(text[start : start + length]) if type(length) is int and length >= 0 else None


def replace(work: Work, text: object, search: object, replacement: object) -> object:
    """Replace every occurrence from the left; the empty text occurs nowhere."""
    if type(text) is not str or type(search) is not str or type(replacement) is not str:
        return None
    work.read(len(text))
    if not search:
        return work.made(text)
    if not work.make(len(text) + text.count(search) * (len(replacement) - len(search))):
        return None
    return text.replace(search, replacement)


def split(work: Work, text: object, delimiter: object) -> object:
    """Cut at every delimiter; an empty one cuts between all code points."""
    if type(text) is not str or type(delimiter) is not str:
        return None
    work.read(len(text))
    pieces = text.count(delimiter) + 1 if delimiter else len(text)
    if not work.fits(pieces) or not work.make(len(text)):
        return None
    return work.listed(tuple(text.split(delimiter) if delimiter else text))


def to_string(work: Work, value: object) -> object:
    """Write a scalar: ids in lower case with dashes, instants and durations in ISO 8601; else null."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if is_number(value):
        return work.made(number_text(value))
    if type(value) is UUID:
        return str(value)
    return _written(value)


def _written(value: object) -> str | None:
    if type(value) is DateTime:
        return format_date_time(value)[:-1] if MIN_LOCAL_MS <= value.ms <= MAX_LOCAL_MS else None
    if type(value) is TimestampOffset:
        return format_timestamp_offset(value) if MIN_LOCAL_MS <= value.local_ms <= MAX_LOCAL_MS else None
    if type(value) is DateOnly:
        return format_date_only(value) if MIN_EPOCH_DAY <= value.days <= MAX_EPOCH_DAY else None
    if type(value) is TimeOnly:
        return format_time_only(value)
    return format_duration(value) if type(value) is Duration else None


def to_integer(_work: Work, value: object) -> object:
    """Read a whole number; fractions are cut toward zero, true is 1."""
    if type(value) is int or type(value) is bool:
        return int(value)
    if type(value) is str:
        numeral = value.strip() if len(value) <= _MAX_NUMERAL else ""
        if _INTEGER.fullmatch(numeral):
            return bounded(int(numeral))
        value = float(numeral) if _FLOAT.fullmatch(numeral) else None
    if type(value) is float and finite(value) is not None:
        return bounded(int(value))
    return None


def to_float(_work: Work, value: object) -> object:
    if is_number(value):
        return float(value)
    if type(value) is str:
        numeral = value.strip() if len(value) <= _MAX_NUMERAL else ""
        return finite(float(numeral)) if _FLOAT.fullmatch(numeral) else None
    return None


def to_boolean(_work: Work, value: object) -> object:
    """Read true or false in any case; of integers, 0 is false."""
    if type(value) is bool or type(value) is int:
        return bool(value)
    if type(value) is str and len(value) <= _MAX_NUMERAL:
        return {"true": True, "false": False}.get(value.strip().lower())
    return None


def like(work: Work, text: object, pattern: object) -> object:
    r"""Say whether a text fits a pattern of SQL: % is any characters, _ one; \ takes the meaning from what follows."""
    if type(text) is not str or type(pattern) is not str:
        return None
    work.spend(1 + len(text) * (1 + len(pattern)) // 1024)
    signs = _signs(pattern)
    at, sign, mark, again = 0, 0, -1, 0
    while at < len(text):
        if sign < len(signs) and (signs[sign] is None or signs[sign] == text[at]):
            at, sign = at + 1, sign + 1
        elif sign < len(signs) and signs[sign] == "":
            mark, again, sign = sign, at, sign + 1
        elif mark >= 0:
            again += 1
            at, sign = again, mark + 1
        else:
            return False
    return all(each == "" for each in signs[sign:])


@lru_cache(256)
def _signs(pattern: str) -> tuple[str | None, ...]:
    """Read a pattern: a character, None for any one, empty for any number of them."""
    found: list[str | None] = []
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            found.append(next(characters, "\\"))
        else:
            found.append({"%": "", "_": None}.get(character, character))
    return tuple(found)
