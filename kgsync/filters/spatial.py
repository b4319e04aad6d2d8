"""The spatial functions (esri.graph.ST_*), and the envelopes of a first cut.

Predicates are planar in the data model's spatial reference, rolled up where x is a longitude. What is no
geometry here (a multipatch, broken parts) gives null; an empty geometry is apart from everything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from kgsync.errors import MalformedInput
from kgsync.filters import cylinder, geodesy, references
from kgsync.filters.kinds import Meaning, Work
from kgsync.filters.projection import project
from kgsync.filters.shapes import from_wkt, to_shape
from kgsync.model.geometry import Geometry, SpatialReference

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["envelopes", "prepare", "project", "within_distance_envelopes"]

Envelope: TypeAlias = tuple[float, float, float, float]

# Coordinates whose shape takes one step to build and test.
_COORDINATES_PER_STEP = 8


def prepare(work: Work, geometry: Geometry) -> None:
    """Keep the shape of a constant geometry, ready for many tests."""
    references.require()
    import shapely

    shape = _built(geometry, work.space.model)
    if shape is not None:
        shapely.prepare(shape)
    work.shapes[id(geometry)] = geometry, shape


def _built(geometry: Geometry, reference: SpatialReference) -> BaseGeometry | None:
    """Build a shape; None for one that has no place in the spatial reference."""
    shape = to_shape(geometry)
    if shape is None or (references.wraps(reference) and not cylinder.on_globe(shape)):
        return None
    return shape


def _shape(work: Work, value: object) -> BaseGeometry | None:
    if type(value) is not Geometry:
        return None
    known = work.shapes.get(id(value))
    if known is not None and known[0] is value:
        return known[1]
    work.spend(sum(map(len, value.parts)) // _COORDINATES_PER_STEP)
    return _built(value, work.space.model)


def _predicate(
    flat: str, rolled: Callable[[Any, Any], bool], empty: Callable[[Any, Any], bool], symmetric: bool = False
) -> Meaning:
    """Make a function of two shapes a total function of two values."""

    def meaning(work: Work, left: object, right: object) -> object:
        one, other = _shape(work, left), _shape(work, right)
        if one is None or other is None:
            return None
        if one.is_empty or other.is_empty:
            return empty(one, other)
        import numpy as np
        import shapely
        from shapely.errors import GEOSException

        if symmetric and id(right) in work.shapes:
            one, other = other, one  # the first shape is the one that may be prepared
        try:
            with np.errstate(all="ignore"):
                if references.wraps(work.space.model):
                    return rolled(one, other)
                return bool(getattr(shapely, flat)(one, other))
        except GEOSException:
            return None

    return meaning


st_equals = _predicate("equals", cylinder.equals, lambda one, other: one.is_empty and other.is_empty)
st_contains = _predicate("contains", cylinder.contains, lambda _one, _other: False)
st_intersects = _predicate("intersects", cylinder.intersects, lambda _one, _other: False, symmetric=True)


def st_geodistance(work: Work, left: object, right: object) -> object:
    """Measure metres along the ellipsoid between the nearest points; 0 where the geometries meet."""
    one, other = _shape(work, left), _shape(work, right)
    if one is None or other is None or one.is_empty or other.is_empty:
        return None
    if st_intersects(work, left, right):
        return 0.0
    import numpy as np

    try:
        with np.errstate(all="ignore"):
            metres = geodesy.distance(one, other, work.space.model, work)
    except MalformedInput:
        return None
    return metres if math.isfinite(metres) else None


def st_wkttogeometry(work: Work, text: object) -> object:
    """Read well-known text, carried from the clause's spatial reference to the data model's."""
    if type(text) is not str or not work.make(len(text)):
        return None
    geometry = from_wkt(text)
    if geometry is None:
        return None
    try:
        return project(geometry, work.space.text, work.space.model)
    except MalformedInput:
        return None


# --- envelopes -------------------------------------------------------------------------------------

# Arithmetic on coordinates may be off by this much of a degree or unit.
_PAD = 1e-9
_WEST, _EAST = -cylinder.MOST_LONGITUDE, cylinder.MOST_LONGITUDE
_EVERYWHERE: Envelope = (-1e300, -1e300, 1e300, 1e300)


def _padded(envelope: Envelope, pad: float) -> Envelope:
    return envelope[0] - pad, envelope[1] - pad, envelope[2] + pad, envelope[3] + pad


def envelopes(geometry: Geometry, sr: SpatialReference) -> list[Envelope]:
    """Give the envelopes of which an object's envelope touches one if the object may intersect `geometry`.

    An envelope is min x, min y, max x, max y. Where x is a longitude, the copies a turn away are among
    them, and beside a pole all of it. None at all: nothing intersects it.
    """
    shape = _built(geometry, sr)
    if shape is None or shape.is_empty:
        return []
    low, south, high, north = geometry.envelope()
    if not references.wraps(sr):
        return [_padded((low, south, high, north), _PAD * max(1.0, *map(abs, geometry.envelope())))]
    return _copies((low, south, high, north))


def _copies(envelope: Envelope) -> list[Envelope]:
    """Repeat an envelope in degrees around the world, whole parallels at the poles it touches."""
    low, south, high, north = _padded(envelope, _PAD)
    found = []
    if high - low >= cylinder.FULL:
        found.append((_WEST, south, _EAST, north))
    else:
        first = math.ceil((_WEST - high) / cylinder.FULL)
        final = math.floor((_EAST - low) / cylinder.FULL)
        found += [
            (low + cylinder.FULL * turn, south, high + cylinder.FULL * turn, north) for turn in range(first, final + 1)
        ]
    if north >= 90:
        found.append((_WEST, 90.0, _EAST, 90.0 + 2 * cylinder.NEAR_POLE))
    if south <= -90:
        found.append((_WEST, -90.0 - 2 * cylinder.NEAR_POLE, _EAST, -90.0))
    return found


def within_distance_envelopes(geometry: Geometry, metres: float, sr: SpatialReference) -> list[Envelope]:
    """Give the envelopes of which an object's envelope touches one if the object may be within `metres`.

    They are larger than need be: all longitudes where the distance reaches a pole, the whole plane where
    a projection tells no better.
    """
    shape = _built(geometry, sr)
    if shape is None or shape.is_empty or not metres >= 0:
        return []
    if references.wraps(sr):
        return _copies(_widened(geometry.envelope(), metres, sr))
    try:
        return _on_map(geometry, metres, sr)
    except MalformedInput:
        return [_EVERYWHERE]


def _widened(envelope: Envelope, metres: float, sr: SpatialReference) -> Envelope:
    """Widen an envelope in degrees by a distance."""
    low, south, high, north = envelope
    ellipsoid = references.ellipsoid(sr)
    # The least radius of curvature: angles come out large enough.
    angle = metres / (ellipsoid.b**2 / ellipsoid.a) * 1.001 + 1e-12
    farthest = max(abs(south), abs(north))
    degrees = math.degrees(angle)
    if farthest + degrees >= 90 or angle >= math.pi / 2:
        return -cylinder.FULL / 2, max(south - degrees, -90.0), cylinder.FULL / 2, min(north + degrees, 90.0)
    # The meridian that touches a circle on the sphere does so poleward of its middle.
    turn = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(farthest))))) * 1.001
    return low - turn, south - degrees, high + turn, north + degrees


def _on_map(geometry: Geometry, metres: float, sr: SpatialReference) -> list[Envelope]:
    """Widen in degrees, and carry that back to the projection."""
    there = project(geometry, sr, references.LON_LAT)
    low, south, high, north = _widened(there.envelope(), metres, references.LON_LAT)
    if north >= 90 or south <= -90 or high - low >= cylinder.FULL:
        return [_EVERYWHERE]
    found = []
    change = references.transformer(references.LON_LAT, sr)
    seam = references.frame(sr).seam
    first = math.floor((low - seam) / cylinder.FULL)
    for turn in range(first, math.floor((high - seam) / cylinder.FULL) + 1):
        west = max(low - turn * cylinder.FULL, seam)
        east = min(high - turn * cylinder.FULL, seam + cylinder.FULL)
        box = change.transform_bounds(west, south, east, north, densify_pts=64)
        if not all(math.isfinite(value) and abs(value) < 1e12 for value in box):
            return [_EVERYWHERE]
        # Between the points looked at, an edge may bulge out.
        found.append(_padded(box, 0.02 * max(box[2] - box[0], box[3] - box[1])))
    return found
