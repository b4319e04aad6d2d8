"""Geometry as GeoJSON has it (RFC 7946), both ways: x, y and z; m is left out, for GeoJSON has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgsync.errors import MalformedInput
from kgsync.model.geometry import Geometry, GeometryKind

Position = Sequence[float]
Ring = Sequence[Position]


def to_geojson(value: Geometry) -> dict[str, Any] | None:
    """Write a geometry; None for kinds GeoJSON does not have."""
    parts = [_positions(part, value) for part in value.parts]
    match value.kind:
        case GeometryKind.POINT:
            return {"type": "Point", "coordinates": parts[0][0]}
        case GeometryKind.MULTIPOINT:
            return {"type": "MultiPoint", "coordinates": [position for part in parts for position in part]}
        case GeometryKind.POLYLINE:
            if len(parts) == 1:
                return {"type": "LineString", "coordinates": parts[0]}
            return {"type": "MultiLineString", "coordinates": parts}
        case GeometryKind.POLYGON:
            polygons = polygons_of(parts)
            if len(polygons) == 1:
                return {"type": "Polygon", "coordinates": polygons[0]}
            return {"type": "MultiPolygon", "coordinates": polygons}
        case GeometryKind.ENVELOPE:
            x0, y0, x1, y1 = value.envelope()
            return {"type": "Polygon", "coordinates": [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]}
    return None


def _positions(part: Sequence[float], value: Geometry) -> Ring:
    width = 3 if value.has_z else 2
    return [list(part[k : k + width]) for k in range(0, len(part), value.stride)]


def _area(ring: Ring) -> float:
    """Give twice the signed area: positive when it runs counter-clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def _inside(position: Position, ring: Ring) -> bool:
    x, y = position[:2]
    found = False
    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (a[1] > y) != (b[1] > y) and x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]:
            found = not found
    return found


def polygons_of(rings: Sequence[Ring]) -> list[list[Ring]]:
    """Give each hole to the smallest outer ring around it; outer rings come clockwise here, and leave otherwise."""
    outers = [[ring[::-1]] for ring in rings if _area(ring) <= 0]
    for hole in (ring for ring in rings if _area(ring) > 0):
        around = [polygon for polygon in outers if _inside(hole[0], polygon[0])]
        if around:
            min(around, key=lambda polygon: abs(_area(polygon[0]))).append(hole[::-1])
        else:
            outers.append([hole])  # wound the wrong way: a ring around nothing is an outer one
    return outers


def from_geojson(given: Any, place: str = "geometry") -> Geometry | None:
    """Read a geometry; None for null. Raises MalformedInput."""
    if given is None:
        return None
    try:
        return _read(given)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise MalformedInput("this is no GeoJSON geometry of points, lines or polygons", place=place) from None


def _read(given: Any) -> Geometry:
    kind, coordinates = given["type"], given["coordinates"]
    if kind == "Point":
        return _made(GeometryKind.POINT, [[coordinates]])
    if kind == "MultiPoint":
        return _made(GeometryKind.MULTIPOINT, [coordinates])
    if kind in ("LineString", "MultiLineString"):
        return _made(GeometryKind.POLYLINE, [coordinates] if kind == "LineString" else coordinates)
    if kind in ("Polygon", "MultiPolygon"):
        polygons = [coordinates] if kind == "Polygon" else coordinates
        rings = [wound(ring, clockwise=not k) for polygon in polygons for k, ring in enumerate(polygon)]
        return _made(GeometryKind.POLYGON, rings)
    raise ValueError(kind)


def wound(ring: Ring, *, clockwise: bool) -> Ring:
    """Turn a ring the way it is to run."""
    return ring[::-1] if (_area(ring) > 0) == clockwise else ring


def _made(kind: GeometryKind, parts: list[Ring]) -> Geometry:
    has_z = all(len(position) > 2 for part in parts for position in part)
    width = 3 if has_z else 2
    flat = (tuple(float(n) for position in part for n in position[:width]) for part in parts)
    return Geometry(kind, has_z, False, tuple(flat))
