"""The two relations ORDER BY, DISTINCT and grouping need: an order of all values, and which of them are the same.

Unlike `<` and `=` both are total: null is the same as null and comes last, kinds come one after the other
(maps, objects, lists, geometries, blobs, ids, temporal kinds, text, booleans, numbers). Numbers are the same
by their exact value, timestamps by their instant.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any
from uuid import UUID

from kgsync.filters.durations import total_ms
from kgsync.filters.kinds import Element
from kgsync.model.geometry import Geometry
from kgsync.model.values import DAY_MS, DateOnly, DateTime, Duration, TimeOnly, TimestampOffset

Key = tuple[Any, ...]

_NUMBER, _NULL = 13, 14
_MONTH_MS = 2_629_746_000  # a twelfth of a year of 365.2425 days


def _map(value: dict[str, object]) -> Key:
    return tuple((name, order_key(value[name])) for name in sorted(value))


def _list(value: tuple[object, ...]) -> Key:
    return tuple(order_key(item) for item in value)


def _geometry(value: Geometry) -> Key:
    return int(value.kind), value.has_z, value.has_m, value.parts


def _duration(value: Duration) -> Key:
    # How long it is, months and days taken for their average; then by components.
    average = value.months * _MONTH_MS + value.days * DAY_MS + total_ms(value)
    return average, value.months, value.days


def _itself(value: object) -> object:
    return value


_PLACES: dict[type, tuple[int, Callable[[Any], object]]] = {
    dict: (0, _map),
    Element: (1, lambda value: value.id),
    tuple: (2, _list),
    Geometry: (3, _geometry),
    bytes: (4, _itself),
    UUID: (5, _itself),
    DateTime: (6, lambda value: value.ms),
    DateOnly: (7, lambda value: value.days),
    TimeOnly: (8, lambda value: value.ms),
    TimestampOffset: (9, lambda value: value.utc_ms),
    Duration: (10, _duration),
    str: (11, _itself),
    bool: (12, _itself),
    int: (_NUMBER, _itself),
    float: (_NUMBER, _itself),
}


def order_key(value: object) -> Key:
    """Give a key that sorts as ORDER BY does; equal keys are of values that are the same."""
    place = _PLACES.get(type(value))
    if place is None:
        return (_NULL,)
    rank, key = place
    return rank, key(value)


def same_key(value: object) -> Hashable:
    """Give a key that is equal exactly for values that are the same."""
    return order_key(value)


class Descending:
    """A key that sorts the other way round."""

    __slots__ = ("key",)

    def __init__(self, key: Key) -> None:
        self.key = key

    def __lt__(self, other: Descending) -> bool:
        return other.key < self.key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Descending) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)
