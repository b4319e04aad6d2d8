"""Geometries carried from one spatial reference to another.

Edges are straight on the map they were drawn on: where they would bend on the other, vertices are put in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from kgsync.errors import MalformedInput
from kgsync.filters import references
from kgsync.filters.cylinder import FULL, cut_at, flattened
from kgsync.filters.references import frame
from kgsync.filters.shapes import from_shape, grouped, points_of, sound, to_shape
from kgsync.model.geometry import Geometry, GeometryKind, SpatialReference

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from kgsync.filters.shapes import Points

Forward = Callable[["Points"], "Points"]

# An edge may stray from its straight image by this much of the geometry's size. Halved so often at most,
# an edge becomes 256.
_STRAY, _HALVINGS = 1e-4, 8
# Longitudes along an edge are followed in steps of this many metres, and no more steps than that.
_STRIDE, _MOST_STRIDES = 500_000.0, 200
# Vertices one geometry may grow to: a world of coastlines has fewer.
_MOST_VERTICES = 2_000_000
# Coordinates beyond this are the projection's way of saying that a place is not on its map.
_FARTHEST = 1e12
_EDGED = (GeometryKind.POLYLINE, GeometryKind.POLYGON, GeometryKind.ENVELOPE)


def project(geometry: Geometry, from_sr: SpatialReference, to_sr: SpatialReference) -> Geometry:
    """Carry a geometry over; an unset reference is the other one. z and m are kept, an envelope becomes a polygon.

    What would be torn is cut: at the edge of the target's map, or at the antimeridian and the poles when the
    target is geographic; then z and m are dropped. Raises MalformedInput at place "in_sr" when a reference
    is unknown or a vertex is not on the target's map, NotSupported without pyproj.
    """
    if not from_sr.is_set or not to_sr.is_set or references.same(from_sr, to_sr):
        return geometry
    references.require()
    source, target = frame(from_sr), frame(to_sr)
    if not geometry.parts:
        return geometry
    if geometry.kind is GeometryKind.ENVELOPE:
        geometry = _ring_of(geometry)
    if not source.geographic and not target.geographic and source.seam != target.seam and geometry.kind in _EDGED:
        # The edge of one map may run through the midst of the other.
        return project(project(geometry, from_sr, references.LON_LAT), references.LON_LAT, to_sr)
    if source.wraps and not target.geographic and geometry.kind in _EDGED:
        geometry = _cut(geometry, target.seam)
    forward = _forward(from_sr, to_sr)
    parts = [points_of(geometry, part) for part in geometry.parts]
    if geometry.kind not in _EDGED:
        return _made(geometry, [forward(part) for part in parts])
    stride = _STRIDE / source.metres if target.wraps and not source.wraps else math.inf
    parts = [_paced(part, stride) for part in parts]
    traced = [_traced(part, forward, target.wraps) for part in parts]
    if target.wraps and not source.wraps and any(_torn(part) for part in traced):
        if geometry.kind is GeometryKind.POLYGON:
            return _capped(parts, forward, _poles(from_sr, to_sr))
        traced = [_followed(part) for part in traced]
    return _made(geometry, traced)


def _made(geometry: Geometry, parts: list[Points]) -> Geometry:
    if sum(len(part) for part in parts) > _MOST_VERTICES:
        raise MalformedInput("a geometry has too many vertices to be projected", place="in_sr")
    return Geometry(
        geometry.kind, geometry.has_z, geometry.has_m, tuple(tuple(part.ravel().tolist()) for part in parts)
    )


def _ring_of(envelope: Geometry) -> Geometry:
    low_x, low_y, high_x, high_y = envelope.envelope()
    ring = (low_x, low_y, low_x, high_y, high_x, high_y, high_x, low_y, low_x, low_y)
    return Geometry(GeometryKind.POLYGON, False, False, (ring,))


def _forward(from_sr: SpatialReference, to_sr: SpatialReference) -> Forward:
    """Build the function of rows x, y[, z][, m]; longitudes stay near those they came from."""
    import numpy as np

    change = references.transformer(from_sr, to_sr)
    unwinding = frame(from_sr).wraps and frame(to_sr).wraps

    def forward(points: Points) -> Points:
        x, y = change.transform(points[:, 0], points[:, 1])
        moved = points.copy()
        moved[:, 0], moved[:, 1] = x, y
        if not (np.abs(moved[:, :2]) < _FARTHEST).all():
            raise MalformedInput(
                "a geometry reaches beyond what the data model's spatial reference can show", place="in_sr"
            )
        if unwinding:
            moved[:, 0] += FULL * np.round((points[:, 0] - moved[:, 0]) / FULL)
        return moved

    return forward


def _paced(points: Points, stride: float) -> Points:
    """Put vertices into edges longer than `stride`."""
    import numpy as np

    if math.isinf(stride) or len(points) < 2:
        return points
    lengths = np.hypot(*np.diff(points[:, :2], axis=0).T)
    counts = np.clip(np.ceil(lengths / stride), 1, _MOST_STRIDES).astype(np.int64)
    if int(counts.max()) == 1:
        return points
    edges = [
        points[k] + (points[k + 1] - points[k]) * np.arange(count)[:, None] / count for k, count in enumerate(counts)
    ]
    return np.concatenate([*edges, points[-1:]])


def _traced(points: Points, forward: Forward, around: bool) -> Points:
    """Carry a path over, halving the edges that would stray."""
    import numpy as np

    moved = forward(points)
    for _ in range(_HALVINGS):
        middles = (points[1:] + points[:-1]) / 2
        found = forward(middles) if len(middles) else middles
        gap = found[:, :2] - (moved[1:, :2] + moved[:-1, :2]) / 2
        if around:  # a jump across the antimeridian is no gap
            gap[:, 0] -= FULL / 2 * np.round(gap[:, 0] / (FULL / 2))
        size = np.hypot(*np.ptp(moved[:, :2], axis=0))
        bent = np.nonzero(np.hypot(gap[:, 0], gap[:, 1]) > _STRAY * size)[0]
        if not len(bent) or len(points) + len(bent) > _MOST_VERTICES:
            break
        points = np.insert(points, bent + 1, middles[bent], axis=0)
        moved = np.insert(moved, bent + 1, found[bent], axis=0)
    return moved


# --- the antimeridian and the poles ----------------------------------------------------------------


def _cut(geometry: Geometry, seam: float) -> Geometry:
    """Cut a geometry in longitudes where the target's map begins and ends, and lay the pieces on it."""
    low, _, high, _ = geometry.envelope()
    if seam <= low and high <= seam + FULL:
        return geometry
    shape = to_shape(geometry)
    return geometry if shape is None else _written(cut_at(shape, seam), geometry.kind)


def _written(shape: BaseGeometry, kind: GeometryKind) -> Geometry:
    found = from_shape(shape)
    if found is None or found.kind is not kind or not found.parts:
        raise MalformedInput("nothing is left of a geometry when it is projected", place="in_sr")
    return found


def _torn(points: Points) -> bool:
    import numpy as np

    return len(points) > 1 and bool((np.abs(np.diff(points[:, 0])) > FULL / 2).any())


def _followed(points: Points) -> Points:
    """Let longitudes run on beyond ±180 where the path does."""
    import numpy as np

    followed = points.copy()
    followed[:, 0] = np.unwrap(points[:, 0], period=FULL)
    return followed


def _poles(from_sr: SpatialReference, to_sr: SpatialReference) -> list[tuple[float, float, float]]:
    """Find the poles on the source's map: x, y and the latitude, where they are on it."""
    change = references.transformer(to_sr, from_sr)
    found = [(*change.transform(0.0, latitude), latitude) for latitude in (90.0, -90.0)]
    return [pole for pole in found if all(abs(value) < _FARTHEST for value in pole)]


def _capped(parts: list[Points], forward: Forward, poles: list[tuple[float, float, float]]) -> Geometry:
    """Carry a torn polygon over ring by ring, each laid flat between -180 and 180."""
    import shapely

    areas = []
    for shell, holes in grouped(parts):
        area = _flat(shell, forward, poles)
        for hole in holes:
            area = shapely.difference(area, _flat(hole, forward, poles))
        areas.append(area)
    return _written(shapely.union_all(areas), GeometryKind.POLYGON)


def _flat(ring: Points, forward: Forward, poles: list[tuple[float, float, float]]) -> BaseGeometry:
    """Lay one ring flat; one that runs around a pole is closed over it."""
    import numpy as np
    import shapely

    path = _followed(_traced(ring[:, :2], forward, True))
    turn = path[-1, 0] - path[0, 0]
    if abs(turn) > FULL / 2:
        inside = sound(shapely.Polygon(ring[:, :2]))
        around = [latitude for x, y, latitude in poles if shapely.contains_xy(inside, x, y)]
        if not around:
            raise MalformedInput("a polygon runs around the world without a pole inside", place="in_sr")
        path[-1] = (path[0, 0] + math.copysign(FULL, turn), path[0, 1])
        ends = np.array([[path[-1, 0], around[0]], [path[0, 0], around[0]], path[0]])
        path = np.concatenate([path, ends])
    else:
        path[-1] = path[0]
    return flattened(sound(shapely.Polygon(path)))
