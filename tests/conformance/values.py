"""Values and geometries: from Python to the wire the way deployed clients do it, and back to plain Python."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from esriPBuffer.EsriTypes_pb2 import EsriTypes
from esriPBuffer.graph.EsriGraphTypes_pb2 import (
    AnyValue,
    ArrayValue,
    GeometryValue,
    PrimitiveValue,
    Transform,
)

POINT, MULTIPOINT, POLYLINE, POLYGON, MULTIPATCH, ENVELOPE = range(6)

# What deployed clients send: x and y in units of 1e-9, z and m in units of 1e-5, no translation.
CLIENT_TRANSFORM = Transform(
    scale=EsriTypes.Scale(xScale=1e-9, yScale=1e-9, mScale=1e-5, zScale=1e-5),
    translate=EsriTypes.Translate(),
)

Vertex = tuple[float, ...]


@dataclass(frozen=True)
class Shape:
    """A geometry in real coordinates: parts of vertices, each x, y[, z][, m]."""

    kind: int
    parts: tuple[tuple[Vertex, ...], ...]
    z: bool = False
    m: bool = False


def point(*ordinates: float, z: bool = False, m: bool = False) -> Shape:
    return Shape(POINT, ((tuple(ordinates),),), z, m)


def shape(kind: int, *parts: Sequence[Vertex], z: bool = False, m: bool = False) -> Shape:
    return Shape(kind, tuple(tuple(tuple(map(float, vertex)) for vertex in part) for part in parts), z, m)


def _axes(transform: Transform, z: bool, m: bool) -> list[tuple[float, float]]:
    scale, translate = transform.scale, transform.translate
    axes = [(scale.xScale, translate.xTranslate), (scale.yScale, translate.yTranslate)]
    if z:
        axes.append((scale.zScale, translate.zTranslate))
    if m:
        axes.append((scale.mScale, translate.mTranslate))
    return axes


def encode_shape(value: Shape, transform: Transform = CLIENT_TRANSFORM) -> GeometryValue:
    """Quantised; deltas restart at the first vertex of every part."""
    out = GeometryValue(geometryType=EsriTypes.GeometryType.Name(value.kind))
    axes = _axes(transform, value.z, value.m)
    out.geometry.hasZ, out.geometry.hasM = value.z, value.m
    for part in value.parts:
        before = [0] * len(axes)
        out.geometry.lengths.append(len(part))
        for vertex in part:
            assert len(vertex) == len(axes), f"vertex {vertex} has not {len(axes)} ordinates"
            now = [round((o - t) / s) for o, (s, t) in zip(vertex, axes, strict=True)]
            out.geometry.coords.extend(a - b for a, b in zip(now, before, strict=True))
            before = now
    return out


def decode_shape(value: GeometryValue, transform: Transform) -> Shape:
    assert value.WhichOneof("compressed_geometry") == "geometry", "the geometry has no default encoding"
    raw = value.geometry
    axes = _axes(transform, raw.hasZ, raw.hasM)
    coords = list(raw.coords)
    lengths = list(raw.lengths) or [len(coords) // len(axes)]
    assert len(coords) == sum(lengths) * len(axes), f"{len(coords)} numbers for {lengths} vertices of {len(axes)}"
    parts, at = [], 0
    for length in lengths:
        before = [0] * len(axes)
        part = []
        for _ in range(length):
            before = [b + d for b, d in zip(before, coords[at : at + len(axes)], strict=True)]
            at += len(axes)
            real = [number * s + t for number, (s, t) in zip(before, axes, strict=True)]
            part.append(tuple(round(r, 7 if axis < 2 else 3) for axis, r in enumerate(real)))
        parts.append(tuple(part))
    return Shape(int(value.geometryType), tuple(parts), raw.hasZ, raw.hasM)


def primitive(**member: Any) -> AnyValue:
    """An AnyValue with exactly the given member of PrimitiveValue: primitive(sint64_value=3)."""
    return AnyValue(primitive_value=PrimitiveValue(**member))


def array(**member: Any) -> AnyValue:
    """An AnyValue with exactly the given member of ArrayValue."""
    return AnyValue(array_value=ArrayValue(**member))


def any_value(value: Any) -> AnyValue:
    """What deployed clients make of a Python value, whatever the type of the property."""
    match value:
        case AnyValue():
            return value
        case None:
            return primitive(null_tag=False)
        case bool():
            return primitive(bool_value=value)
        case int():
            return primitive(sint64_value=value)
        case float():
            return primitive(double_value=value)
        case str():
            return primitive(string_value=value)
        case bytes():
            return primitive(blob_value=value)
        case uuid.UUID():
            return primitive(uuid_value=value.bytes)
        case Shape():
            return primitive(geometry_value=encode_shape(value))
    raise TypeError(f"no wire form for {value!r}")


@dataclass(frozen=True)
class Stamp:
    """A timestamp with its offset: local milliseconds and seconds east of UTC."""

    local_ms: int
    offset: int


@dataclass(frozen=True)
class Day:
    epoch_days: int


@dataclass(frozen=True)
class Clock:
    milliseconds: int


def member_of(value: AnyValue) -> str:
    """The name of the PrimitiveValue member in use."""
    assert value.WhichOneof("any_value_type") == "primitive_value", f"no primitive value: {value}"
    found: str | None = value.primitive_value.WhichOneof("value_type")
    assert found, "a primitive value with no member set"
    return found


def plain(value: AnyValue, transform: Transform) -> Any:
    """A received value as Python; anything but the default temporal forms is refused."""
    found = value.WhichOneof("any_value_type")
    if found == "array_value":
        return _plain_array(value.array_value, transform)
    assert found == "primitive_value", f"unexpected value {value}"
    member = member_of(value)
    raw: Any = getattr(value.primitive_value, member)
    match member:
        case "null_tag":
            assert raw is False, "null_tag must be false"
            return None
        case "uuid_value":
            assert len(raw) == 16, f"a uuid of {len(raw)} bytes"
            return uuid.UUID(bytes=raw)
        case "geometry_value":
            return decode_shape(raw, transform)
        case "timestamp_offset_value":
            assert raw.WhichOneof("date_time_format") == "date_time_offset", f"not the default form: {raw}"
            assert raw.date_time_offset.WhichOneof("local_date_time") == "local_epoch_ms", f"not epoch ms: {raw}"
            return Stamp(raw.date_time_offset.local_epoch_ms, raw.date_time_offset.utc_offset)
        case "date_only_value":
            assert raw.WhichOneof("date_only_format") == "epoch_days", f"not epoch days: {raw}"
            return Day(raw.epoch_days)
        case "time_only_value":
            assert raw.WhichOneof("time_only_format") == "milliseconds_of_day", f"not ms of day: {raw}"
            return Clock(raw.milliseconds_of_day)
        case "float_compressed_as_int32" | "double_compressed_as_int64":
            return float(raw)
    return raw


def _plain_array(value: ArrayValue, transform: Transform) -> list[Any]:
    kind = value.WhichOneof("array_type")
    match kind:
        case None:
            return []
        case "any_value_array":
            return [plain(item, transform) for item in value.any_value_array.values]
        case "uuid_array":
            return identities(value)
        case "null_array":
            return [None] * value.null_array.length
        case "float_compressed_as_int32_array" | "double_compressed_as_int64_array":
            return [float(item) for item in getattr(value, kind).value]
    return list(getattr(value, kind).value)


def identity(value: AnyValue) -> uuid.UUID:
    """An object id; the wire form must be uuid_value."""
    assert member_of(value) == "uuid_value", f"an id travels as {member_of(value)}, not as uuid_value"
    assert len(value.primitive_value.uuid_value) == 16, "an id that is not 16 bytes"
    return uuid.UUID(bytes=value.primitive_value.uuid_value)


def identities(value: ArrayValue) -> list[Any]:
    """The ids of a result array; a failed edit has None in its place."""
    kind = value.WhichOneof("array_type")
    if kind == "uuid_array":
        raw = value.uuid_array
        assert len(raw) % 16 == 0, f"a uuid array of {len(raw)} bytes"
        cut = [raw[at : at + 16] for at in range(0, len(raw), 16)]
        return [uuid.UUID(bytes=item) if any(item) else None for item in cut]
    if kind is None:
        return []
    assert kind == "any_value_array", f"ids in a {kind}"
    return [None if member_of(v) == "null_tag" else identity(v) for v in value.any_value_array.values]
