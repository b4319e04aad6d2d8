"""Values as JSON can hold them: dates as ISO 8601, ids as text, blobs as base64, geometry by its coordinates."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from kgsync.model.geometry import Geometry
from kgsync.model.values import (
    DateOnly,
    DateTime,
    Duration,
    Invalid,
    TimeOnly,
    TimestampOffset,
    Value,
    format_date_only,
    format_date_time,
    format_duration,
    format_time_only,
    format_timestamp_offset,
)


def plain(value: Value) -> Any:
    """Give one value so."""
    if isinstance(value, tuple):
        return [plain(element) for element in value]
    if isinstance(value, DateTime):
        return _iso(format_date_time, value)
    if isinstance(value, DateOnly):
        return _iso(format_date_only, value)
    if isinstance(value, TimeOnly):
        return _iso(format_time_only, value)
    if isinstance(value, TimestampOffset):
        return _iso(format_timestamp_offset, value)
    if isinstance(value, Duration):
        return format_duration(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Geometry):
        parts = [[list(p[k : k + value.stride]) for k in range(0, len(p), value.stride)] for p in value.parts]
        return {"type": value.kind.name.lower(), "hasZ": value.has_z, "hasM": value.has_m, "parts": parts}
    if isinstance(value, Invalid):
        return f"unreadable: {value.reason}"
    return value


def _iso(form: Any, value: Any) -> str:
    """Write a date as ISO 8601; one beyond the calendar, from an archive of whoever's, by its number."""
    try:
        text: str = form(value)
    except (ValueError, OverflowError):
        return repr(value)
    return text
