"""Geometries as shapely's, and back. shapely is imported when first needed.

Outer rings run clockwise and holes counter-clockwise in the model; z and m play no part in shapes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgsync.model.geometry import Geometry, GeometryKind

# Collections and curves may nest without end, where the reader recurses; neither is a geometry here.
_REFUSED = re.compile("COLLECTION|CURVE|CIRCULAR|SURFACE|\x00", re.IGNORECASE)

# Coordinates beyond this are none: their squares must stay numbers.
_FARTHEST = 1e100

if TYPE_CHECKING:
    import numpy as np
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

    Points = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def points_of(geometry: Geometry, part: tuple[float, ...]) -> Points:
    """Give a part as rows of x, y[, z][, m]."""
    import numpy as np

    return np.asarray(part, dtype=np.float64).reshape(-1, geometry.stride)


def to_shape(geometry: Geometry) -> BaseGeometry | None:
    """Build the shape of a geometry, mended where it crosses itself.

    None for a multipatch (its parts do not say how they span a surface) and for what is no geometry at all.
    """
    import numpy as np
    from shapely.errors import GEOSException

    if geometry.kind is GeometryKind.MULTIPATCH:
        return None
    try:
        with np.errstate(all="ignore"):
            shape = _built(geometry)
            if shape is None or not _finite(shape):
                return None
            return sound(shape)
    except (GEOSException, ValueError):
        return None


def _finite(shape: BaseGeometry) -> bool:
    import numpy as np
    import shapely

    return bool((np.abs(shapely.get_coordinates(shape)) < _FARTHEST).all())


def sound(shape: BaseGeometry) -> BaseGeometry:
    """Mend a self-crossing polygon by its rings, dropping what collapses to lines."""
    import shapely

    if shape.is_empty or shapely.is_valid(shape):
        return shape
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _built(geometry: Geometry) -> BaseGeometry | None:
    import shapely

    parts = [points_of(geometry, part)[:, :2] for part in geometry.parts if part]
    if geometry.kind is GeometryKind.POINT:
        return shapely.Point(parts[0][0]) if parts else shapely.Point()
    if geometry.kind is GeometryKind.MULTIPOINT:
        return shapely.MultiPoint([point for part in parts for point in part])
    if geometry.kind is GeometryKind.POLYLINE:
        return shapely.MultiLineString([_path(part) for part in parts])
    if geometry.kind is GeometryKind.ENVELOPE:
        return shapely.box(*geometry.envelope()) if parts else shapely.Polygon()
    groups = grouped(parts)
    polygons = [shapely.Polygon(shell, holes) for shell, holes in groups]
    return polygons[0] if len(polygons) == 1 else _together(polygons)


def _path(points: Points) -> Points:
    import numpy as np

    return points if len(points) != 1 else np.repeat(points, 2, axis=0)


def _together(polygons: list[Polygon]) -> BaseGeometry:
    import shapely

    together = shapely.MultiPolygon(polygons)
    # Parts that touch or overlap are one area.
    return together if shapely.is_valid(together) else shapely.union_all([sound(part) for part in polygons])


def _area(ring: Points) -> float:
    """Give twice the signed area, positive when counter-clockwise."""
    import numpy as np

    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))


def grouped(rings: list[Points]) -> list[tuple[Points, list[Points]]]:
    """Give each outer ring its holes: a hole belongs to the smallest outer ring around it.

    A hole in no outer ring counts as an outer one, and so do all rings when none is clockwise.
    """
    import shapely

    shells = [ring for ring in rings if _area(ring) <= 0]
    holes = [ring for ring in rings if _area(ring) > 0]
    if not shells:
        shells, holes = holes, []
    if not holes:
        return [(shell, []) for shell in shells]
    groups: list[tuple[Points, list[Points]]] = [(shell, []) for shell in shells]
    areas = [sound(shapely.Polygon(shell)) for shell in shells]
    for area in areas:
        shapely.prepare(area)
    for hole in holes:
        opening = sound(shapely.Polygon(hole))
        inside = opening.representative_point()
        # An island in the hole may be around its middle, too.
        around = [k for k, area in enumerate(areas) if area.area >= opening.area and shapely.contains(area, inside)]
        if around:
            groups[min(around, key=lambda k: float(areas[k].area))][1].append(hole)
        else:
            groups.append((hole, []))
    return groups


# --- back ------------------------------------------------------------------------------------------


def from_shape(shape: BaseGeometry) -> Geometry | None:
    """Write a shape as a geometry with its z and m; None for collections of several kinds."""
    import shapely

    kind = {
        "Point": GeometryKind.POINT,
        "MultiPoint": GeometryKind.MULTIPOINT,
        "LineString": GeometryKind.POLYLINE,
        "LinearRing": GeometryKind.POLYLINE,
        "MultiLineString": GeometryKind.POLYLINE,
        "Polygon": GeometryKind.POLYGON,
        "MultiPolygon": GeometryKind.POLYGON,
    }.get(shape.geom_type)
    if kind is None:
        return None
    has_z, has_m = bool(shapely.has_z(shape)), bool(shapely.has_m(shape))
    pieces: list[BaseGeometry]
    if kind is GeometryKind.POLYGON:
        pieces = [ring for part in shapely.get_parts(shape) for ring in _rings(part)]
    elif kind is GeometryKind.POLYLINE:
        pieces = [part for part in shapely.get_parts(shape) if not part.is_empty]
    else:
        pieces = [] if shape.is_empty else [shape]
    parts = tuple(
        tuple(shapely.get_coordinates(piece, include_z=has_z, include_m=has_m).ravel().tolist()) for piece in pieces
    )
    return Geometry(kind, has_z, has_m, parts)


def _rings(polygon: Polygon) -> list[BaseGeometry]:
    """Give a polygon's rings: the outer one clockwise, the holes counter-clockwise."""
    import shapely

    if polygon.is_empty:
        return []
    outer, *holes = shapely.get_rings(polygon)
    turned = [outer if not outer.is_ccw else shapely.reverse(outer)]
    return turned + [hole if hole.is_ccw else shapely.reverse(hole) for hole in holes]


def from_wkt(text: str) -> Geometry | None:
    """Read OGC well-known text; None for bad text, endless coordinates and collections of several kinds."""
    import numpy as np
    import shapely
    from shapely.errors import GEOSException

    if _REFUSED.search(text):
        return None
    try:
        with np.errstate(all="ignore"):
            shape = shapely.from_wkt(text.strip())
    except (GEOSException, ValueError, NotImplementedError):
        return None
    if shape is None or not _finite(shape):
        return None
    return from_shape(shape)
