"""Equality, order, IN and the three text predicates, in three-valued logic (None is unknown)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from kgsync.filters.kinds import Element, Work, is_number
from kgsync.model.values import DateOnly, DateTime, Duration, TimeOnly, TimestampOffset, parse_uuid


def _moment(value: object) -> int | None:
    """Place a temporal value on the axis of its kind."""
    if type(value) is TimestampOffset:
        return value.utc_ms
    if type(value) is DateTime or type(value) is TimeOnly:
        return value.ms
    if type(value) is DateOnly:
        return value.days
    return None


def _components(value: Duration) -> tuple[int, int, int]:
    # Seconds and milliseconds are one component of openCypher.
    return value.months, value.days, value.seconds * 1000 + value.ms


# --- equality --------------------------------------------------------------------------------------


def equal(work: Work, left: object, right: object) -> bool | None:
    """Compare by `=`: null with anything is unknown, kinds that do not compare are unequal."""
    if left is None or right is None:
        return None
    if type(left) is type(right):
        return _EQUAL.get(type(left), _alike)(work, left, right)
    if is_number(left) and is_number(right):
        return left == right  # Python compares the exact numbers
    if type(left) is UUID and type(right) is str:
        return parse_uuid(right) == left
    if type(left) is str and type(right) is UUID:
        return parse_uuid(left) == right
    return False


def _alike(_work: Work, left: object, right: object) -> bool:
    return left == right


def _equal_texts(work: Work, left: str | bytes, right: str | bytes) -> bool:
    work.read(len(left))
    return left == right


def _equal_lists(work: Work, left: tuple[object, ...], right: tuple[object, ...]) -> bool | None:
    if len(left) != len(right):
        return False
    verdict: bool | None = True
    for one, other in zip(left, right, strict=True):
        work.spend(1)
        same = equal(work, one, other)
        if same is False:
            return False
        if same is None:
            verdict = None
    return verdict


def _equal_maps(work: Work, left: dict[str, object], right: dict[str, object]) -> bool | None:
    if left.keys() != right.keys():
        return False
    return _equal_lists(work, tuple(left.values()), tuple(right[name] for name in left))


def _equal_moments(_work: Work, left: object, right: object) -> bool:
    return _moment(left) == _moment(right)


def _equal_durations(_work: Work, left: Duration, right: Duration) -> bool:
    return _components(left) == _components(right)


def _equal_elements(_work: Work, left: Element, right: Element) -> bool:
    return left.id == right.id


_EQUAL: dict[type, Callable[[Work, Any, Any], bool | None]] = {
    str: _equal_texts,
    bytes: _equal_texts,
    tuple: _equal_lists,
    dict: _equal_maps,
    Element: _equal_elements,
    Duration: _equal_durations,
    TimestampOffset: _equal_moments,
}


# --- order -----------------------------------------------------------------------------------------


def order(work: Work, left: object, right: object) -> int | None:
    """Compare by `<`: -1, 0 or 1; None when either is null or the two have no order."""
    if is_number(left) and is_number(right):
        return (left > right) - (left < right)
    if type(left) is not type(right):
        return None
    return _ORDER.get(type(left), _unordered)(work, left, right)


def _unordered(_work: Work, _left: object, _right: object) -> None:
    return None


def _sign(_work: Work, left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


def _order_texts(work: Work, left: str, right: str) -> int:
    work.read(len(left))
    return (left > right) - (left < right)  # Python orders text by code point


def _order_lists(work: Work, left: tuple[object, ...], right: tuple[object, ...]) -> int | None:
    for one, other in zip(left, right, strict=False):
        work.spend(1)
        found = order(work, one, other)
        if found != 0:
            return found
    return (len(left) > len(right)) - (len(left) < len(right))


def _order_moments(work: Work, left: object, right: object) -> int:
    return _sign(work, _moment(left), _moment(right))


_ORDER: dict[type, Callable[[Work, Any, Any], int | None]] = {
    bool: _sign,
    UUID: _sign,
    str: _order_texts,
    tuple: _order_lists,
    DateTime: _order_moments,
    DateOnly: _order_moments,
    TimeOnly: _order_moments,
    TimestampOffset: _order_moments,
}


# --- the operators ---------------------------------------------------------------------------------


def unequal(work: Work, left: object, right: object) -> bool | None:
    same = equal(work, left, right)
    return None if same is None else not same


def less(work: Work, left: object, right: object) -> bool | None:
    found = order(work, left, right)
    return None if found is None else found < 0


def less_or_equal(work: Work, left: object, right: object) -> bool | None:
    found = order(work, left, right)
    return None if found is None else found <= 0


def greater(work: Work, left: object, right: object) -> bool | None:
    found = order(work, left, right)
    return None if found is None else found > 0


def greater_or_equal(work: Work, left: object, right: object) -> bool | None:
    found = order(work, left, right)
    return None if found is None else found >= 0


def among(work: Work, item: object, items: object) -> bool | None:
    """Mean `item IN items`: TRUE if equal to some element, else unknown if any comparison is, else FALSE."""
    if type(items) is not tuple:
        return None
    verdict: bool | None = False
    for other in items:
        work.spend(1)
        same = equal(work, item, other)
        if same:
            return True
        if same is None:
            verdict = None
    return verdict


class Members:
    """A constant list made ready for `IN`: as `among`, without walking scalars one by one."""

    __slots__ = ("_has_null", "_id_texts", "_ids", "_rest", "_scalars")

    def __init__(self, items: tuple[object, ...]) -> None:
        self._scalars: set[tuple[str, object]] = set()
        self._id_texts: set[UUID] = set()
        self._ids: set[UUID] = set()
        rest = []
        for item in items:
            key = _key(item)
            if key is None:
                rest.append(item)
                continue
            self._scalars.add(key)
            if type(item) is UUID:
                self._ids.add(item)
            elif type(item) is str and (read := parse_uuid(item)) is not None:
                self._id_texts.add(read)
        self._has_null = None in rest
        self._rest = tuple(item for item in rest if item is not None)

    def verdict(self, work: Work, item: object) -> bool | None:
        if item is None:
            return None if self._scalars or self._rest or self._has_null else False
        work.spend(1)
        key = _key(item)
        if key is not None and (
            key in self._scalars
            or (type(item) is UUID and item in self._id_texts)
            or (type(item) is str and self._ids and parse_uuid(item) in self._ids)
        ):
            return True
        found = among(work, item, self._rest)
        return None if found is False and self._has_null else found


def _key(value: object) -> tuple[str, object] | None:
    """Give scalars a key that is the same exactly where `=` is true of values of their kind."""
    if is_number(value):
        return "number", value
    if type(value) is Duration:
        return "duration", _components(value)
    if type(value) in (str, UUID, bool, bytes):
        return type(value).__name__, value
    moment = _moment(value)
    return None if moment is None else (type(value).__name__, moment)


def starts_with(work: Work, text: object, prefix: object) -> bool | None:
    if type(text) is not str or type(prefix) is not str:
        return None
    work.read(len(prefix))
    return text.startswith(prefix)


def ends_with(work: Work, text: object, suffix: object) -> bool | None:
    if type(text) is not str or type(suffix) is not str:
        return None
    work.read(len(suffix))
    return text.endswith(suffix)


def contains(work: Work, text: object, part: object) -> bool | None:
    if type(text) is not str or type(part) is not str:
        return None
    work.read(len(text))
    return part in text
