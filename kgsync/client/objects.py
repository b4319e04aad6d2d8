"""Objects of a local replica as people hold them, with values of Python's own kinds where there are any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID

from kgsync.model.schema import Category
from kgsync.model.values import DateOnly, DateTime, TimeOnly, TimestampOffset, Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  wall clock, its zone is told apart
_DAY_ONE = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Object:
    """An entity, relationship or provenance record; `origin` and `destination` on relationships only.

    `pending` says that an edit of this replica, not answered yet, is part of what is shown.
    """

    id: UUID
    type: str
    category: Category
    properties: Mapping[str, Any] = field(default_factory=dict)
    origin: UUID | None = None
    destination: UUID | None = None
    pending: bool = False

    def __getitem__(self, name: str) -> Any:
        return self.properties[name]


def to_python(value: Value) -> Any:
    """Give dates and times as datetime's kinds (an instant in UTC); what they cannot hold stays as it is."""
    try:
        match value:
            case DateTime(ms):
                return _EPOCH + timedelta(milliseconds=ms)
            case DateOnly(days):
                return _DAY_ONE + timedelta(days=days)
            case TimeOnly(ms):
                return (_LOCAL_EPOCH + timedelta(milliseconds=ms)).time()
            case TimestampOffset(local_ms, offset):
                zone = UTC if offset is None else timezone(timedelta(seconds=offset))
                return (_LOCAL_EPOCH + timedelta(milliseconds=local_ms)).replace(tzinfo=zone)
            case tuple():
                return [to_python(element) for element in value]
    except (OverflowError, ValueError):  # year 0, which Python does not have
        return value
    return value


def from_python(value: Any) -> Value:
    """Give a value of the data model for one of Python's; naive datetimes are UTC. Other kinds pass."""
    match value:
        case datetime() if value.tzinfo is None or value.utcoffset() == timedelta(0):
            return DateTime(_ms(value.replace(tzinfo=UTC) - _EPOCH))
        case datetime():
            offset = value.utcoffset() or timedelta(0)
            return TimestampOffset(_ms(value.replace(tzinfo=None) - _LOCAL_EPOCH), int(offset.total_seconds()))
        case date():
            return DateOnly((value - _DAY_ONE).days)
        case time():
            return TimeOnly(_ms(datetime.combine(_DAY_ONE, value.replace(tzinfo=None)) - _LOCAL_EPOCH))
        case list():
            return tuple(from_python(element) for element in value)  # type: ignore[misc]  # fitted when it is stored
    return value  # type: ignore[no-any-return]


def _ms(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1000 + span.microseconds // 1000
