"""Geometry as well-known binary (OGC 06-103r4, ISO numbers for z and m), both ways, and the envelope of GeoPackage.

Lines and polygons are written as multi geometries, as layers that hold both declare them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from kgsync.errors import MalformedInput
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.wire.geojson import polygons_of, wound

_POINT, _LINE, _POLYGON, _MULTIPOINT, _MULTILINE, _MULTIPOLYGON = range(1, 7)
_Z, _M = 1000, 2000
# How others mark z, m and an embedded reference (EWKB).
_EXTENDED_Z, _EXTENDED_M, _EXTENDED_SRID = 0x80000000, 0x40000000, 0x20000000
_MOST_PARTS = 10_000_000
Ring = list[tuple[float, ...]]


def write_wkb(value: Geometry) -> bytes | None:
    """Write a geometry, little-endian; None for a multipatch, which has no kind here."""
    flags = _Z * value.has_z + _M * value.has_m
    match value.kind:
        case GeometryKind.POINT:
            numbers = value.parts[0][: value.stride]
            return struct.pack(f"<BI{len(numbers)}d", 1, _POINT + flags, *numbers)
        case GeometryKind.MULTIPOINT:
            points = [vertex for part in value.parts for vertex in _vertices(part, value.stride)]
            members = [struct.pack(f"<BI{len(p)}d", 1, _POINT + flags, *p) for p in points]
            return _multi(_MULTIPOINT + flags, members)
        case GeometryKind.POLYLINE:
            return _multi(_MULTILINE + flags, [_head(_LINE + flags) + _line(p, value.stride) for p in value.parts])
        case GeometryKind.POLYGON:
            rings = [_vertices(part, value.stride) for part in value.parts]
            return _multi(_MULTIPOLYGON + flags, [_polygon(p, flags) for p in polygons_of(rings)])
        case GeometryKind.ENVELOPE:
            x0, y0, x1, y1 = value.envelope()
            corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
            return _multi(_MULTIPOLYGON, [_polygon([corners], 0)])
    return None


def _vertices(part: Sequence[float], stride: int) -> Ring:
    return [tuple(part[k : k + stride]) for k in range(0, len(part), stride)]


def _head(kind: int) -> bytes:
    return struct.pack("<BI", 1, kind)


def _multi(kind: int, members: list[bytes]) -> bytes:
    return struct.pack("<BII", 1, kind, len(members)) + b"".join(members)


def _line(part: Sequence[float], stride: int) -> bytes:
    return struct.pack(f"<I{len(part)}d", len(part) // stride, *part)


def _polygon(rings: Sequence[Sequence[Sequence[float]]], flags: int) -> bytes:
    written = [struct.pack(f"<I{sum(map(len, ring))}d", len(ring), *(n for v in ring for n in v)) for ring in rings]
    return struct.pack("<BII", 1, _POLYGON + flags, len(rings)) + b"".join(written)


# ---- reading


class _Reader:
    def __init__(self, data: bytes, place: str) -> None:
        self.data, self.at, self.place = data, 0, place

    def take(self, form: str) -> tuple[float, ...]:
        size = struct.calcsize(form)
        if self.at + size > len(self.data):
            raise MalformedInput("the geometry ends too soon", place=self.place)
        found = struct.unpack_from(form, self.data, self.at)
        self.at += size
        return found

    def count(self, order: str, least: int) -> int:
        """Read a count of things of at least so many bytes, which have to be there."""
        count = int(self.take(f"{order}I")[0])
        if count > _MOST_PARTS or count * least > len(self.data) - self.at:
            raise MalformedInput(f"{count} parts are announced, more than there are bytes", place=self.place)
        return count

    def head(self) -> tuple[str, int, bool, bool]:
        mark = self.take("B")[0]
        if mark not in (0, 1):
            raise MalformedInput("this is no well-known binary", place=self.place)
        order = "<" if mark else ">"
        kind = int(self.take(f"{order}I")[0])
        has_z, has_m = bool(kind & _EXTENDED_Z), bool(kind & _EXTENDED_M)
        if kind & _EXTENDED_SRID:
            self.take(f"{order}I")
        kind &= 0x0FFFFFFF
        has_z, has_m = has_z or kind // 1000 in (1, 3), has_m or kind // 1000 in (2, 3)
        return order, kind % 1000, has_z, has_m

    def numbers(self, order: str, stride: int) -> tuple[float, ...]:
        count = self.count(order, stride * 8)
        return self.take(f"{order}{count * stride}d")


def read_wkb(data: bytes, place: str) -> Geometry | None:
    """Read a geometry, None for an empty one. Raises MalformedInput."""
    reader = _Reader(data, place)
    order, kind, has_z, has_m = reader.head()
    stride = 2 + has_z + has_m
    match kind:
        case 1:
            numbers = reader.take(f"{order}{stride}d")
            return None if math.isnan(numbers[0]) else _made(GeometryKind.POINT, has_z, has_m, [numbers], place)
        case 2:
            return _made(GeometryKind.POLYLINE, has_z, has_m, [reader.numbers(order, stride)], place)
        case 3:
            return _made(GeometryKind.POLYGON, has_z, has_m, _rings(reader, order, stride), place)
        case 4 | 5 | 6:
            parts: list[tuple[float, ...]] = []
            for _ in range(reader.count(order, 5)):
                inner, member, _, _ = reader.head()
                if member != kind - 3:
                    raise MalformedInput("the members of a geometry are of one kind", place=place)
                if member == _POINT:
                    parts.append(reader.take(f"{inner}{stride}d"))
                elif member == _LINE:
                    parts.append(reader.numbers(inner, stride))
                else:
                    parts += _rings(reader, inner, stride)
            kinds = {4: GeometryKind.MULTIPOINT, 5: GeometryKind.POLYLINE, 6: GeometryKind.POLYGON}
            if kind == _MULTIPOINT and parts:
                parts = [tuple(number for part in parts for number in part)]
            return _made(kinds[kind], has_z, has_m, parts, place)
    raise MalformedInput(f"geometries of kind {kind} are no points, lines or polygons", place=place)


def _rings(reader: _Reader, order: str, stride: int) -> list[tuple[float, ...]]:
    """Read the rings of one polygon: the outer one goes clockwise, holes the other way."""
    rings = []
    for number in range(reader.count(order, 4)):
        vertices = _vertices(reader.numbers(order, stride), stride)
        rings.append(tuple(n for vertex in wound(vertices, clockwise=number == 0) for n in vertex))
    return rings


def _made(kind: GeometryKind, has_z: bool, has_m: bool, parts: list[tuple[float, ...]], place: str) -> Geometry | None:
    parts = [part for part in parts if part]
    if any(not math.isfinite(number) for part in parts for number in part):
        raise MalformedInput("a coordinate is a finite number", place=place)
    return Geometry(kind, has_z, has_m, tuple(parts)) if parts else None
