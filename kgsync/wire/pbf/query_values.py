"""Values of a query's rows as AnyValue bytes, in the formats and on the grid the caller asked for.

An object whose row is stored as it would be written is passed through byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from esriPBuffer.graph import EsriGraphTypes_pb2 as graph

from kgsync.errors import MalformedInput
from kgsync.filters.kinds import Element
from kgsync.model.geometry import Geometry
from kgsync.model.query import QueryAnswer, RowValues, TemporalFormat, TemporalFormats
from kgsync.model.schema import FieldType
from kgsync.model.values import (
    DAY_MS,
    MAX_LOCAL_MS,
    MIN_LOCAL_MS,
    DateOnly,
    DateTime,
    Duration,
    Invalid,
    TimeOnly,
    TimestampOffset,
    format_date_only,
    format_duration,
    format_time_only,
    format_timestamp_offset,
)
from kgsync.wire.pbf import values as plain
from kgsync.wire.pbf.frames import encode_varint
from kgsync.wire.pbf.geometry import encode_geometry_bytes

_NULL = b"\x0a\x02" + plain.NULL
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Arrays of one kind the stored rows have an encoding for.
_ARRAYS: dict[type, FieldType] = {
    int: FieldType.BIG_INTEGER,
    float: FieldType.DOUBLE,
    str: FieldType.STRING,
    UUID: FieldType.GUID,
    bytes: FieldType.BLOB,
    DateTime: FieldType.DATE,
}
# Arrays made of the messages their elements are: the array's member and the primitive's.
_OF_MESSAGES: dict[type, tuple[str, str]] = {
    bool: ("bool_array", "bool_value"),
    TimestampOffset: ("timestamp_offset_array", "timestamp_offset_value"),
    DateOnly: ("date_only_array", "date_only_value"),
    TimeOnly: ("time_only_array", "time_only_value"),
    Duration: ("duration_array", "duration_value"),
    Geometry: ("geometry_array", "geometry_value"),
}


def _sized(tag: bytes, body: bytes) -> bytes:
    return tag + encode_varint(len(body)) + body


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def check_zone(name: str) -> str:
    """Refuse a time zone that is not known. Raises MalformedInput."""
    if name and name not in _zones():
        raise MalformedInput(f"{name[:64]!r} is no time zone of the IANA database", place="out_time_zone")
    return name


class ValueWriter:
    """Write values as AnyValue bytes."""

    def __init__(self, answer: QueryAnswer) -> None:
        self._grid, self._carry, self._formats = answer.grid, answer.carry, answer.formats
        self._zone = ZoneInfo(answer.formats.zone) if answer.formats.zone else None
        self._as_stored = answer.carry is None and answer.formats == TemporalFormats()
        self._primitives: dict[type, Callable[[Any], bytes]] = {
            bool: lambda value: b"\x40\x01" if value else b"\x40\x00",
            int: plain.encode_integer,
            float: plain.encode_double,
            str: plain.encode_string,
            bytes: plain.encode_blob,
            UUID: plain.encode_uuid,
            DateTime: plain.encode_date_time,
            DateOnly: self._date,
            TimeOnly: self._time,
            TimestampOffset: self._timestamp,
            Duration: self._duration,
            Geometry: self._geometry,
        }

    def value(self, value: object) -> bytes:
        """Write any value; what no query can give out is null."""
        kind = type(value)
        if kind is Element:
            return self._element(value)  # type: ignore[arg-type]  # told by its type
        primitive = self._primitives.get(kind)
        if primitive is not None:
            body = primitive(value)
            return _sized(b"\x0a", body)
        if kind is tuple:
            return _sized(b"\x12", self._array(value))  # type: ignore[arg-type]
        if kind is dict:
            pairs = (_sized(b"\x12", self._pair(key, one)) for key, one in value.items())  # type: ignore[attr-defined]
            return _sized(b"\x1a", b"".join(pairs))
        return _NULL

    def _pair(self, key: str, value: object) -> bytes:
        return _sized(b"\x0a", key.encode()) + _sized(b"\x12", self.value(value))

    # ---- objects

    def _element(self, element: Element) -> bytes:
        held = element.values
        if self._as_stored and isinstance(held, RowValues):
            return _stored(held.row)
        is_link = element.start is not None and element.end is not None
        out = [_sized(b"\x0a", element.label.encode()), _sized(b"\x1a", plain.encode_id(element.id))]
        if element.start is not None and element.end is not None:
            out.append(_sized(b"\x22", plain.encode_id(element.start.id)))
            out.append(_sized(b"\x2a", plain.encode_id(element.end.id)))
        tag = b"\x32" if is_link else b"\x22"
        out += [_sized(tag, self._pair(name, None if type(v) is Invalid else v)) for name, v in held.items()]
        return _sized(b"\x2a" if is_link else b"\x22", b"".join(out))

    # ---- arrays

    def _array(self, items: tuple[object, ...]) -> bytes:
        kinds = {type(item) for item in items}
        kind = kinds.pop() if len(kinds) == 1 else None
        if kind is type(None):
            return bytes(graph.ArrayValue(null_array=graph.NullArray(length=len(items))).SerializeToString())
        if kind in _ARRAYS:
            whole = graph.AnyValue.FromString(plain.encode_array(items, _ARRAYS[kind], self._grid))  # type: ignore[arg-type]
            return bytes(whole.array_value.SerializeToString())
        message = graph.ArrayValue()
        if kind in _OF_MESSAGES:
            array, member = _OF_MESSAGES[kind]
            primitives = [graph.PrimitiveValue.FromString(self._primitives[kind](item)) for item in items]
            if all(one.WhichOneof("value_type") == member for one in primitives):
                getattr(message, array).value.extend(getattr(one, member) for one in primitives)
                return bytes(message.SerializeToString())
        message.any_value_array.SetInParent()
        for item in items:
            message.any_value_array.values.append(graph.AnyValue.FromString(self.value(item)))
        return bytes(message.SerializeToString())

    # ---- primitives in several formats

    def _geometry(self, value: Geometry) -> bytes:
        shown = value if self._carry is None else self._carry(value)
        if shown is None or not shown.parts:
            return plain.NULL
        try:
            return _sized(b"\x5a", encode_geometry_bytes(shown, self._grid))
        except OverflowError:  # so far away that the grid has no number for it
            return plain.NULL

    def _date(self, value: DateOnly) -> bytes:
        match self._formats.date:
            case TemporalFormat.NUMBER:
                return plain.encode_date_only(value)
            case TemporalFormat.TEXT:
                message = graph.DateOnlyValue(iso8601_date_only_format=format_date_only(value))
            case _:
                year, month, day = _day(value.days)
                parts = graph.DateOnlyComponents(year=year, month=month, day=day)
                message = graph.DateOnlyValue(date_only_components=parts)
        return _sized(b"\x7a", message.SerializeToString())

    def _time(self, value: TimeOnly) -> bytes:
        match self._formats.time:
            case TemporalFormat.NUMBER:
                return plain.encode_time_only(value)
            case TemporalFormat.TEXT:
                message = graph.TimeOnlyValue(iso8601_time_only_format=format_time_only(value))
            case _:
                message = graph.TimeOnlyValue(time_only_components=graph.TimeOnlyComponents(**_clock(value.ms)))
        return _sized(b"\x82\x01", message.SerializeToString())

    def _timestamp(self, value: TimestampOffset) -> bytes:
        value = self._zoned(value)
        match self._formats.timestamp:
            case TemporalFormat.NUMBER:
                return plain.encode_timestamp_offset(value)
            case TemporalFormat.TEXT:
                message = graph.TimestampOffsetValue(iso8601_date_format=format_timestamp_offset(value))
            case _:
                days, ms = divmod(value.local_ms, DAY_MS)
                year, month, day = _day(days)
                parts = graph.DateTimeComponents(year=year, month=month, day=day, **_clock(ms))
                stamp = graph.DateTimeOffset(date_time_components=parts)
                if value.offset is not None:
                    stamp.utc_offset = value.offset
                message = graph.TimestampOffsetValue(date_time_offset=stamp)
        return _sized(b"\x72", message.SerializeToString())

    def _zoned(self, value: TimestampOffset) -> TimestampOffset:
        """Show the same instant by the clocks of the zone asked for."""
        if self._zone is None:
            return value
        try:
            moved = (_EPOCH + timedelta(milliseconds=value.utc_ms)).astimezone(self._zone).utcoffset()
        except OverflowError:  # at the ends of the calendar
            return value
        seconds = 0 if moved is None else int(moved.total_seconds())
        local_ms = value.utc_ms + 1000 * seconds
        return TimestampOffset(local_ms, seconds) if MIN_LOCAL_MS <= local_ms <= MAX_LOCAL_MS else value

    def _duration(self, value: Duration) -> bytes:
        if self._formats.duration is TemporalFormat.TEXT:
            message = graph.DurationValue(iso8601_duration_format=format_duration(value))
            return _sized(b"\x8a\x01", message.SerializeToString())
        return plain.encode_duration(value)


def _stored(row: bytes) -> bytes:
    """Take the AnyValue out of a framed row: two tags, two lengths."""
    at = 1
    for _ in range(2):
        while row[at] >= 128:
            at += 1
        at += 2
    return row[at - 1 :]


def _day(days: int) -> tuple[int, int, int]:
    year, month, day = format_date_only(DateOnly(days)).split("-")
    return int(year), int(month), int(day)


def _clock(ms: int) -> dict[str, int]:
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return {"hours": hours, "minutes": minutes, "seconds": seconds, "milliseconds": ms}
