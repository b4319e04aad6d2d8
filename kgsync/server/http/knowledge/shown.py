"""Values of a query as a page shows them."""

from __future__ import annotations

from uuid import UUID

from kgsync.filters.kinds import Element
from kgsync.model.geometry import Geometry
from kgsync.model.values import (
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

_MOST_VERTICES = 20


def shown(value: object) -> object:
    """Make text, numbers, lists and maps of a value; an object is its type and its properties."""
    match value:
        case Element(id=id, label=label, values=values):
            properties = {name: shown(one) for name, one in values.items()}
            return {label: {"id": str(id), **properties}}
        case tuple():
            return [shown(item) for item in value]
        case dict():
            return {name: shown(one) for name, one in value.items()}
        case bool() | int() | float() | str() | None:
            return value
        case DateTime():
            return format_date_time(value)
        case DateOnly():
            return format_date_only(value)
        case TimeOnly():
            return format_time_only(value)
        case TimestampOffset():
            return format_timestamp_offset(value)
        case Duration():
            return format_duration(value)
        case UUID():
            return str(value)
        case bytes():
            return f"{len(value)} bytes"
        case Geometry():
            return _geometry(value)
        case _:
            return None


def _geometry(value: Geometry) -> str:
    numbers = [number for part in value.parts for number in part]
    most = _MOST_VERTICES * value.stride
    text = " ".join(f"{number:g}" for number in numbers[:most])
    return f"{value.kind.name.lower()} {text}{' …' if len(numbers) > most else ''}"
