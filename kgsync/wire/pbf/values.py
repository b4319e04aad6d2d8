"""AnyValue and plain values, both ways.

Encoding writes the wire bytes directly (no message objects): a row is encoded once, when an edit is
applied, and this is half of an upload's time. The compressed forms follow EsriGraphTypes.PrimitiveValue:
a number travels in the smallest member that gives it back exactly.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from esriPBuffer.graph import EsriGraphTypes_pb2 as graph

from kgsync.model.geometry import Geometry, Grid
from kgsync.model.schema import FieldType
from kgsync.model.values import (
    DateOnly,
    DateTime,
    Duration,
    Invalid,
    Scalar,
    TimeOnly,
    TimestampOffset,
    Value,
    parse_date_only,
    parse_duration,
    parse_time_only,
    parse_timestamp_offset,
)
from kgsync.wire.pbf.frames import encode_varint, zigzag
from kgsync.wire.pbf.geometry import decode_geometry, encode_geometry, encode_geometry_bytes

# Ranges of the compressed number forms (EsriGraphTypes.proto).
_SMALL = range(-1048576, 1048576)
_WIDE = range(-281474976710656, 281474976710656)
_ISO_DAY = 86_400_000


# ---- decoding -------------------------------------------------------------------------------------


def _components_ms(parts: Any) -> int | None:
    day = parse_date_only(f"{parts.year:04d}-{parts.month:02d}-{parts.day:02d}")
    clock = _clock_ms(parts)
    return None if day is None or clock is None else day.days * _ISO_DAY + clock


def _clock_ms(parts: Any) -> int | None:
    inside = (
        0 <= parts.hours < 24 and 0 <= parts.minutes < 60 and 0 <= parts.seconds < 60
    ) and 0 <= parts.milliseconds < 1000
    if not inside:
        return None
    ms: int = ((parts.hours * 60 + parts.minutes) * 60 + parts.seconds) * 1000 + parts.milliseconds
    return ms


def decode_timestamp_offset(message: graph.TimestampOffsetValue) -> TimestampOffset | Invalid:
    if message.WhichOneof("date_time_format") == "iso8601_date_format":
        parsed = parse_timestamp_offset(message.iso8601_date_format)
        return parsed or Invalid(f"{message.iso8601_date_format[:64]!r} is not an ISO 8601 date and time")
    stamp = message.date_time_offset
    offset = stamp.utc_offset if stamp.HasField("utc_offset") else None
    if stamp.WhichOneof("local_date_time") == "date_time_components":
        local = _components_ms(stamp.date_time_components)
        return (
            Invalid("the date and time components are out of range")
            if local is None
            else TimestampOffset(local, offset)
        )
    return TimestampOffset(stamp.local_epoch_ms, offset)


def decode_date_only(message: graph.DateOnlyValue) -> DateOnly | Invalid:
    which = message.WhichOneof("date_only_format")
    if which == "iso8601_date_only_format":
        text = message.iso8601_date_only_format
        return parse_date_only(text) or Invalid(f"{text[:64]!r} is not an ISO 8601 date")
    if which == "date_only_components":
        parts = message.date_only_components
        text = f"{parts.year:04d}-{parts.month:02d}-{parts.day:02d}"
        return parse_date_only(text) or Invalid(f"{text} is not a date")
    return DateOnly(message.epoch_days)


def decode_time_only(message: graph.TimeOnlyValue) -> TimeOnly | Invalid:
    which = message.WhichOneof("time_only_format")
    if which == "iso8601_time_only_format":
        text = message.iso8601_time_only_format
        return parse_time_only(text) or Invalid(f"{text[:64]!r} is not an ISO 8601 time")
    if which == "time_only_components":
        clock = _clock_ms(message.time_only_components)
        return Invalid("the time components are out of range") if clock is None else TimeOnly(clock)
    return TimeOnly(message.milliseconds_of_day)


def decode_duration(message: graph.DurationValue) -> Duration | Invalid:
    if message.WhichOneof("duration_format") == "iso8601_duration_format":
        text = message.iso8601_duration_format
        return parse_duration(text) or Invalid(f"{text[:64]!r} is not an ISO 8601 duration")
    parts = message.duration_components
    return Duration(parts.months, parts.days, parts.seconds, parts.milliseconds)


def _uuid(data: bytes) -> UUID | Invalid:
    return UUID(bytes=data) if len(data) == 16 else Invalid(f"an id has 16 bytes, not {len(data)}")


_PRIMITIVES: dict[str, Callable[[Any], Value]] = {
    "string_value": lambda p: p.string_value,
    "float_value": lambda p: p.float_value,
    "float_compressed_as_int32": lambda p: float(p.float_compressed_as_int32),
    "double_value": lambda p: p.double_value,
    "double_compressed_as_float": lambda p: p.double_compressed_as_float,
    "double_compressed_as_int64": lambda p: float(p.double_compressed_as_int64),
    "sint64_value": lambda p: p.sint64_value,
    "bool_value": lambda p: p.bool_value,
    "uuid_value": lambda p: _uuid(p.uuid_value),
    "blob_value": lambda p: p.blob_value,
    "null_tag": lambda p: None,
    "datetime_value": lambda p: DateTime(p.datetime_value),
    "timestamp_offset_value": lambda p: decode_timestamp_offset(p.timestamp_offset_value),
    "date_only_value": lambda p: decode_date_only(p.date_only_value),
    "time_only_value": lambda p: decode_time_only(p.time_only_value),
    "duration_value": lambda p: decode_duration(p.duration_value),
}

_ARRAYS: dict[str, Callable[[Any, Grid], Value]] = {
    "float_array": lambda a, g: tuple(a.float_array.value),
    "float_compressed_as_int32_array": lambda a, g: tuple(map(float, a.float_compressed_as_int32_array.value)),
    "double_array": lambda a, g: tuple(a.double_array.value),
    "double_compressed_as_float_array": lambda a, g: tuple(a.double_compressed_as_float_array.value),
    "double_compressed_as_int64_array": lambda a, g: tuple(map(float, a.double_compressed_as_int64_array.value)),
    "sint64_array": lambda a, g: tuple(a.sint64_array.value),
    "bool_array": lambda a, g: tuple(a.bool_array.value),
    "null_array": lambda a, g: _nulls(a.null_array.length),
    "uuid_array": lambda a, g: _uuids(a.uuid_array),
    "date_array": lambda a, g: tuple(DateTime(ms) for ms in a.date_array.value),
    "string_array": lambda a, g: tuple(a.string_array.value),
    "blob_array": lambda a, g: tuple(a.blob_array.value),
    "geometry_array": lambda a, g: _array([decode_geometry(v, g) for v in a.geometry_array.value]),
    "timestamp_offset_array": lambda a, g: _array([decode_timestamp_offset(v) for v in a.timestamp_offset_array.value]),
    "time_only_array": lambda a, g: _array([decode_time_only(v) for v in a.time_only_array.value]),
    "date_only_array": lambda a, g: _array([decode_date_only(v) for v in a.date_only_array.value]),
    "duration_array": lambda a, g: _array([decode_duration(v) for v in a.duration_array.value]),
    "any_value_array": lambda a, g: _array([decode_value(v, g) for v in a.any_value_array.values]),
}

# A null costs the sender nothing, so their count needs a limit of its own.
_MAX_NULLS = 1_000


def _nulls(length: int) -> Value:
    if not 0 <= length <= _MAX_NULLS:
        return Invalid(f"an array of nulls has between 0 and {_MAX_NULLS} elements, not {length}")
    return (None,) * length


def _uuids(data: bytes) -> Value:
    if len(data) % 16:
        return Invalid(f"an array of ids has a multiple of 16 bytes, not {len(data)}")
    return tuple(UUID(bytes=data[k : k + 16]) for k in range(0, len(data), 16))


def _array(elements: Iterable[Value]) -> Value:
    out: list[Scalar] = []
    for element in elements:
        if isinstance(element, Invalid):
            return element
        if isinstance(element, tuple):
            return Invalid("an array inside an array is not supported")
        out.append(element)
    return tuple(out)


def decode_value(message: graph.AnyValue, grid: Grid) -> Value:
    """Read a value; Invalid with a reason where it has no meaning as a property."""
    primitive = message.primitive_value
    which = primitive.WhichOneof("value_type")
    if which is not None:
        if which == "geometry_value":
            return decode_geometry(primitive.geometry_value, grid)
        return _PRIMITIVES[which](primitive)
    kind = message.WhichOneof("any_value_type")
    if kind == "array_value":
        form = message.array_value.WhichOneof("array_type")
        # A deployed client sends an empty list as an array with nothing set.
        return () if form is None else _ARRAYS[form](message.array_value, grid)
    if kind == "primitive_value":
        return Invalid("a value has no member set")
    if kind is None:
        return None
    return Invalid(f"{kind} cannot be a property")


# ---- encoding -------------------------------------------------------------------------------------


def _sized(tag: bytes, body: bytes) -> bytes:
    return tag + encode_varint(len(body)) + body


NULL = b"\x60\x00"  # null_tag (12), always false


def encode_integer(value: int) -> bytes:
    return b"\x38" + encode_varint(zigzag(value))


def encode_single(value: float) -> bytes:
    if value.is_integer() and int(value) in _SMALL and not _is_negative_zero(value):
        return b"\x18" + encode_varint(zigzag(int(value)))
    return b"\x15" + struct.pack("<f", value)


def encode_double(value: float) -> bytes:
    if value.is_integer() and not _is_negative_zero(value):
        whole = int(value)
        if whole in _SMALL:
            return b"\x30" + encode_varint(zigzag(whole))
        packed = _as_float(value)
        if packed is not None:
            return b"\x2d" + packed
        if whole in _WIDE:
            return b"\x30" + encode_varint(zigzag(whole))
    else:
        packed = _as_float(value)
        if packed is not None:
            return b"\x2d" + packed
    return b"\x21" + struct.pack("<d", value)


def _is_negative_zero(value: float) -> bool:
    return value == 0 and math.copysign(1.0, value) < 0


def _as_float(value: float) -> bytes | None:
    """Pack into 32 bits when that gives the value back; negative zero keeps its own form."""
    if _is_negative_zero(value):
        return None
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        return None
    return packed if struct.unpack("<f", packed)[0] == value else None


def encode_string(value: str) -> bytes:
    return _sized(b"\x0a", value.encode())


def encode_uuid(value: UUID) -> bytes:
    return b"\x4a\x10" + value.bytes


def encode_blob(value: bytes) -> bytes:
    return _sized(b"\x52", value)


def encode_date_time(value: DateTime) -> bytes:
    return b"\x68" + encode_varint(value.ms & 0xFFFFFFFFFFFFFFFF)


def encode_date_only(value: DateOnly) -> bytes:
    return _sized(b"\x7a", b"\x08" + encode_varint(zigzag(value.days)))


def encode_time_only(value: TimeOnly) -> bytes:
    return _sized(b"\x82\x01", b"\x08" + encode_varint(value.ms))


def encode_timestamp_offset(value: TimestampOffset) -> bytes:
    stamp = b"\x08" + encode_varint(zigzag(value.local_ms))
    if value.offset is not None:
        stamp += b"\x40" + encode_varint(zigzag(value.offset))
    return _sized(b"\x72", _sized(b"\x0a", stamp))


def encode_duration(value: Duration) -> bytes:
    parts = graph.DurationComponents(months=value.months, days=value.days, seconds=value.seconds, milliseconds=value.ms)
    return _sized(b"\x8a\x01", graph.DurationValue(duration_components=parts).SerializeToString())


Encoder = Callable[..., bytes]
_BY_FIELD_TYPE: dict[FieldType, Encoder] = {
    FieldType.SMALL_INTEGER: encode_integer,
    FieldType.INTEGER: encode_integer,
    FieldType.BIG_INTEGER: encode_integer,
    FieldType.OID: encode_integer,
    FieldType.SINGLE: encode_single,
    FieldType.DOUBLE: encode_double,
    FieldType.STRING: encode_string,
    FieldType.XML: encode_string,
    FieldType.DATE: encode_date_time,
    FieldType.BLOB: encode_blob,
    FieldType.RASTER: encode_blob,
    FieldType.GUID: encode_uuid,
    FieldType.GLOBAL_ID: encode_uuid,
    FieldType.DATE_ONLY: encode_date_only,
    FieldType.TIME_ONLY: encode_time_only,
    FieldType.TIMESTAMP_OFFSET: encode_timestamp_offset,
}


def primitive_encoder(field_type: FieldType, grid: Grid) -> Encoder:
    """Choose the function that writes a canonical value of `field_type` as PrimitiveValue bytes."""
    if field_type is FieldType.GEOMETRY:

        def encode_shape(value: Geometry) -> bytes:
            return _sized(b"\x5a", encode_geometry_bytes(value, grid))

        return encode_shape
    return _BY_FIELD_TYPE[field_type]


def encode_array(elements: tuple[Scalar, ...], field_type: FieldType, grid: Grid) -> bytes:
    """Write canonical values of `field_type` as AnyValue bytes holding an array."""
    message = graph.AnyValue()
    array = message.array_value
    if elements and all(element is None for element in elements):
        array.null_array.length = len(elements)
    elif any(element is None for element in elements):
        encode = primitive_encoder(field_type, grid)
        for element in elements:
            primitive = NULL if element is None else encode(element)
            array.any_value_array.values.add(primitive_value=graph.PrimitiveValue.FromString(primitive))
        array.any_value_array.SetInParent()
    else:
        _fill_array(array, elements, field_type, grid)
    data: bytes = message.SerializeToString()
    return data


def _fill_array(array: graph.ArrayValue, elements: tuple[Scalar, ...], field_type: FieldType, grid: Grid) -> None:
    if field_type in (FieldType.SINGLE, FieldType.DOUBLE):
        _fill_numbers(array, [e for e in elements if isinstance(e, float)], field_type)
    elif field_type in (FieldType.GUID, FieldType.GLOBAL_ID):
        array.uuid_array = b"".join(e.bytes for e in elements if isinstance(e, UUID))
    elif field_type in (FieldType.STRING, FieldType.XML):
        array.string_array.value.extend(e for e in elements if isinstance(e, str))
        array.string_array.SetInParent()
    elif field_type in (FieldType.BLOB, FieldType.RASTER):
        array.blob_array.value.extend(e for e in elements if isinstance(e, bytes))
        array.blob_array.SetInParent()
    elif field_type is FieldType.DATE:
        array.date_array.value.extend(e.ms for e in elements if isinstance(e, DateTime))
        array.date_array.SetInParent()
    elif field_type is FieldType.GEOMETRY:
        array.geometry_array.value.extend(encode_geometry(e, grid) for e in elements if isinstance(e, Geometry))
        array.geometry_array.SetInParent()
    elif field_type in (FieldType.DATE_ONLY, FieldType.TIME_ONLY, FieldType.TIMESTAMP_OFFSET):
        _fill_temporal(array, elements)
    else:
        array.sint64_array.value.extend(e for e in elements if isinstance(e, int))
        array.sint64_array.SetInParent()


def _fill_temporal(array: graph.ArrayValue, elements: tuple[Scalar, ...]) -> None:
    for element in elements:
        if isinstance(element, DateOnly):
            array.date_only_array.value.add(epoch_days=element.days)
        elif isinstance(element, TimeOnly):
            array.time_only_array.value.add(milliseconds_of_day=element.ms)
        elif isinstance(element, TimestampOffset):
            primitive = graph.PrimitiveValue.FromString(encode_timestamp_offset(element))
            array.timestamp_offset_array.value.append(primitive.timestamp_offset_value)
    if not elements:
        array.any_value_array.SetInParent()


def _fill_numbers(array: graph.ArrayValue, numbers: list[float], field_type: FieldType) -> None:
    """Pick the compressed form only when every element qualifies (EsriGraphTypes.proto)."""
    small = all(n.is_integer() and int(n) in _SMALL and not _is_negative_zero(n) for n in numbers)
    if field_type is FieldType.SINGLE:
        if small:
            array.float_compressed_as_int32_array.value.extend(int(n) for n in numbers)
            array.float_compressed_as_int32_array.SetInParent()
        else:
            array.float_array.value.extend(numbers)
    elif small:
        array.double_compressed_as_int64_array.value.extend(int(n) for n in numbers)
        array.double_compressed_as_int64_array.SetInParent()
    elif all(_as_float(n) is not None for n in numbers):
        array.double_compressed_as_float_array.value.extend(numbers)
    elif all(n.is_integer() and int(n) in _WIDE and not _is_negative_zero(n) for n in numbers):
        array.double_compressed_as_int64_array.value.extend(int(n) for n in numbers)
    else:
        array.double_array.value.extend(numbers)


def encode_id(value: UUID) -> bytes:
    """Write an id as AnyValue bytes."""
    return b"\x0a\x12\x4a\x10" + value.bytes
