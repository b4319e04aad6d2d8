"""Geometries and spatial references as JSON of the ArcGIS REST API has them, both ways."""

from __future__ import annotations

import json
import math
from itertools import cycle
from typing import Any

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.geometry import Geometry, GeometryKind, SpatialReference, default_grid

KIND_NAMES = {
    GeometryKind.POINT: "esriGeometryPoint",
    GeometryKind.MULTIPOINT: "esriGeometryMultipoint",
    GeometryKind.POLYLINE: "esriGeometryPolyline",
    GeometryKind.POLYGON: "esriGeometryPolygon",
    GeometryKind.MULTIPATCH: "esriGeometryMultiPatch",
    GeometryKind.ENVELOPE: "esriGeometryEnvelope",
}
_LISTS = {
    "points": GeometryKind.MULTIPOINT,
    "paths": GeometryKind.POLYLINE,
    "rings": GeometryKind.POLYGON,
}
_NAMES = {kind: name for name, kind in _LISTS.items()}
_MOST_WKID = 2**31 - 1
_MOST_WKT = 10_000


# ---- writing


def rounded(value: Geometry, reference: SpatialReference) -> Geometry:
    """Cut what a float adds to coordinates of the grid they are kept on: 7.3 is not 7.300000000000011."""
    grid = default_grid(reference)
    digits = [_digits(grid.scale_x), _digits(grid.scale_y)]
    digits += [_digits(grid.scale_z)] * value.has_z + [_digits(grid.scale_m)] * value.has_m
    if len(digits) == 2:
        count = digits[0]
        parts = tuple(tuple(round(number, count) for number in part) for part in value.parts)
    else:
        parts = tuple(tuple(map(round, part, cycle(digits))) for part in value.parts)
    return Geometry(value.kind, value.has_z, value.has_m, parts)


def digits_of(reference: SpatialReference) -> int:
    """Say how many digits behind the point x and y have."""
    return _digits(default_grid(reference).scale_x)


def _digits(scale: float) -> int:
    return round(-math.log10(scale))


def write_geometry(value: Geometry) -> dict[str, Any] | None:
    """Write a geometry; None for a multipatch, which this JSON does not have."""
    flags: dict[str, Any] = {}
    if value.has_z:
        flags["hasZ"] = True
    if value.has_m:
        flags["hasM"] = True
    match value.kind:
        case GeometryKind.POINT:
            names = ("x", "y", *(("z",) if value.has_z else ()), *(("m",) if value.has_m else ()))
            return dict(zip(names, map(_number, value.parts[0]), strict=False))
        case GeometryKind.ENVELOPE:
            return dict(zip(("xmin", "ymin", "xmax", "ymax"), value.envelope(), strict=True))
        case GeometryKind.MULTIPATCH:
            return None
    parts = [_vertices(part, value.stride) for part in value.parts]
    if value.kind is GeometryKind.MULTIPOINT:
        return {**flags, "points": [vertex for part in parts for vertex in part]}
    return {**flags, _NAMES[value.kind]: parts}


def _vertices(part: tuple[float, ...], stride: int) -> list[list[float | None]]:
    return [[_number(n) for n in part[k : k + stride]] for k in range(0, len(part), stride)]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def write_reference(reference: SpatialReference) -> dict[str, Any]:
    if reference.wkid:
        return {"wkid": reference.wkid, "latestWkid": reference.latest_wkid or reference.wkid}
    return {"wkt": reference.wkt} if reference.wkt else {}


# ---- reading


def read_geometry(given: Any, place: str) -> tuple[Geometry | None, SpatialReference | None]:
    """Read a geometry as JSON has it, and the spatial reference it may carry; None for an empty one.

    Raises MalformedInput, NotSupported for true curves.
    """
    if given is None:
        return None, None
    if not isinstance(given, dict):
        raise MalformedInput("a geometry is a JSON object", place=place)
    reference = read_reference(given.get("spatialReference"), f"{place}.spatialReference")
    if "curvePaths" in given or "curveRings" in given:
        raise NotSupported(f"{place}: true curves are not supported")
    if "xmin" in given:
        corners = [_coordinate(given.get(name), place) for name in ("xmin", "ymin", "xmax", "ymax")]
        return (None if None in corners else envelope(corners, place)), reference  # type: ignore[arg-type]
    for name, kind in _LISTS.items():
        if name in given:
            return _parts(kind, given, name, place), reference
    if "x" in given:
        return _point(given, place), reference
    if not given.keys() - {"spatialReference", "hasZ", "hasM"}:
        return None, reference
    raise MalformedInput("this is no point, multipoint, polyline, polygon or envelope", place=place)


def read_geometry_text(text: str, place: str) -> tuple[Geometry | None, SpatialReference | None]:
    """Read a geometry of a form: JSON, `x,y` or `xmin,ymin,xmax,ymax`, blanks around each allowed."""
    if text.lstrip().startswith("{"):
        try:
            return read_geometry(json.loads(text), place)
        except (ValueError, RecursionError):
            raise MalformedInput("the geometry is not JSON", place=place) from None
    numbers = [_coordinate(part.strip(), place) for part in text.split(",")]
    if None in numbers or len(numbers) not in (2, 4):
        raise MalformedInput("a geometry is JSON, `x,y` or `xmin,ymin,xmax,ymax`", place=place)
    if len(numbers) == 4:
        return envelope(numbers, place), None  # type: ignore[arg-type]
    return Geometry(GeometryKind.POINT, False, False, (tuple(numbers),)), None  # type: ignore[arg-type]


def envelope(corners: list[float], place: str) -> Geometry:
    """Make the polygon of an envelope's four numbers: x and y at least, x and y at most. Raises MalformedInput."""
    x0, y0, x1, y1 = corners
    if x0 > x1 or y0 > y1:
        raise MalformedInput("the envelope ends before it begins", place=place)
    return Geometry(GeometryKind.POLYGON, False, False, ((x0, y0, x0, y1, x1, y1, x1, y0, x0, y0),))


def _coordinate(value: Any, place: str) -> float | None:
    """Read a number, or the text of one; None and "NaN" are nothing."""
    if value is None or value == "NaN":
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise MalformedInput(f"{_shown(value)} is no coordinate", place=place) from None
    if not math.isfinite(number):
        raise MalformedInput("a coordinate is a finite number", place=place)
    return number


def _shown(value: Any) -> str:
    return "the number" if isinstance(value, int) else repr(str(value)[:40])


def _point(given: dict[str, Any], place: str) -> Geometry | None:
    x, y = _coordinate(given["x"], place), _coordinate(given.get("y"), place)
    if x is None or y is None:
        return None
    z, m = _coordinate(given.get("z"), place), _coordinate(given.get("m"), place)
    more = tuple(n for n in (z, m) if n is not None)
    return Geometry(GeometryKind.POINT, z is not None, m is not None, ((x, y, *more),))


def _parts(kind: GeometryKind, given: dict[str, Any], name: str, place: str) -> Geometry | None:
    has_z, has_m = given.get("hasZ") is True, given.get("hasM") is True
    listed = given[name]
    parts = [listed] if kind is GeometryKind.MULTIPOINT else listed
    if not isinstance(parts, list):
        raise MalformedInput(f"{name} is a list", place=place)
    if not has_z and not has_m:
        has_z, has_m = _flags_of(parts)
    stride = 2 + has_z + has_m
    found = [_flat(part, stride, f"{place}.{name}") for part in parts]
    found = [part for part in found if part]
    least = {GeometryKind.POLYLINE: 2, GeometryKind.POLYGON: 3}.get(kind, 1)
    if any(len(part) < least * stride for part in found):
        raise MalformedInput(f"a part has at least {least} vertices", place=f"{place}.{name}")
    if kind is GeometryKind.POLYGON:
        found = [part if part[:2] == part[-stride:][:2] else (*part, *part[:stride]) for part in found]
    return Geometry(kind, has_z, has_m, tuple(found)) if found else None


def _flags_of(parts: list[Any]) -> tuple[bool, bool]:
    """Tell z and m by the length of the first vertex, where nothing says."""
    first = next((part[0] for part in parts if isinstance(part, list) and part), None)
    width = len(first) if isinstance(first, list) else 2
    return width > 2, width > 3


def _flat(part: Any, stride: int, place: str) -> tuple[float, ...]:
    if not isinstance(part, list):
        raise MalformedInput("a part is a list of vertices", place=place)
    numbers: list[float] = []
    for number, vertex in enumerate(part):
        if not isinstance(vertex, list) or not 2 <= len(vertex) <= 4:
            raise MalformedInput(f"vertex {number} is no list of 2 to 4 numbers", place=place)
        read = [_coordinate(n, place) for n in vertex[:stride]]
        if read[0] is None or read[1] is None:
            raise MalformedInput(f"vertex {number} has no x or y", place=place)
        numbers += [0.0 if n is None else n for n in (*read, *[None] * (stride - len(read)))]
    return tuple(numbers)


def read_reference(given: Any, place: str) -> SpatialReference | None:
    """Read a spatial reference: a number, `{"wkid": …}` or `{"wkt": …}`; None where none is given."""
    if given is None or given == {} or given == "":
        return None
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            raise MalformedInput("a spatial reference is a number or JSON", place=place) from None
    if isinstance(given, dict) and isinstance(given.get("wkt"), str) and given["wkt"]:
        if not given["wkt"].isprintable() or len(given["wkt"]) > _MOST_WKT:
            raise MalformedInput(f"a wkt is text of at most {_MOST_WKT} characters", place=place)
        return SpatialReference(wkt=given["wkt"])
    wkid = given.get("latestWkid") or given.get("wkid") if isinstance(given, dict) else given
    if isinstance(wkid, bool) or not isinstance(wkid, int) or not 0 < wkid <= _MOST_WKID:
        raise MalformedInput("a spatial reference has a wkid or a wkt", place=place)
    return SpatialReference(wkid=wkid, latest_wkid=wkid)
