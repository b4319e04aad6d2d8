"""Longitudes that go around: the plane of longitude and latitude rolled up, x and x + 360 one place.

Edges are straight in longitude and latitude. A pole is one point, whatever longitude it is written with.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from kgsync.filters.shapes import Points

FULL: Final = 360.0
# How far stored longitudes may be from Greenwich: a turn beyond the antimeridian.
MOST_LONGITUDE: Final = 540.0
_POLES = (90.0, -90.0)
# Latitudes may miss a pole by so much: grids and arithmetic are not exact.
NEAR_POLE: Final = 1e-6


def on_globe(shape: BaseGeometry) -> bool:
    """Say whether x and y can be longitudes and latitudes."""
    if shape.is_empty:
        return True
    west, south, east, north = shape.bounds
    return bool(
        west >= -MOST_LONGITUDE and east <= MOST_LONGITUDE and south >= -90 - NEAR_POLE and north <= 90 + NEAR_POLE
    )


def shifted(shape: BaseGeometry, turns: int) -> BaseGeometry:
    """Move a shape by whole turns."""
    from shapely import affinity

    if turns == 0:
        return shape
    return affinity.translate(shape, xoff=FULL * turns)


def turns_onto(shape: BaseGeometry, other: BaseGeometry) -> range:
    """Give the turns by which `shape` touches the longitudes of `other`."""
    low, _, high, _ = shape.bounds
    other_low, _, other_high, _ = other.bounds
    return range(math.ceil((other_low - high) / FULL), math.floor((other_high - low) / FULL) + 1)


def cut_at(shape: BaseGeometry, seam: float) -> BaseGeometry:
    """Lay a shape out between `seam` and `seam` + 360, cut where it crosses it."""
    import shapely

    low, south, high, north = shape.bounds
    first, final = math.floor((low - seam) / FULL), math.ceil((high - seam) / FULL)
    if final - first <= 1:
        return shifted(shape, -first)
    pieces = []
    for turn in range(first, final):
        window = shapely.box(seam + FULL * turn, south - 1, seam + FULL * (turn + 1), north + 1)
        pieces.append(shifted(_same_dimension(shapely.intersection(shape, window), shape), -turn))
    return shapely.union_all(pieces)


def _same_dimension(piece: BaseGeometry, whole: BaseGeometry) -> BaseGeometry:
    """Drop the points and lines in which a cut only touches."""
    import shapely

    dimension = shapely.get_dimensions(whole)
    return shapely.union_all([part for part in shapely.get_parts(piece) if shapely.get_dimensions(part) == dimension])


def flattened(shape: BaseGeometry) -> BaseGeometry:
    return cut_at(shape, -FULL / 2)


def _reaches(shape: BaseGeometry, pole: float) -> bool:
    _, south, _, north = shape.bounds
    return bool(north >= pole) if pole > 0 else bool(south <= pole)


def at_one_pole(shape: BaseGeometry) -> BaseGeometry:
    """Write the points that are poles with longitude 0."""
    import shapely

    if shapely.get_dimensions(shape) != 0 or not any(_reaches(shape, pole) for pole in _POLES):
        return shape

    def settled(points: Points) -> Points:
        moved = points.copy()
        moved[abs(points[:, 1]) >= _POLES[0], 0] = 0.0
        return moved

    return shapely.transform(shape, settled)


def _around(shape: BaseGeometry, pole: float) -> bool:
    """Say whether a shape reaches the pole from all sides, so that the pole is inside it."""
    import shapely

    parallel = shapely.LineString([(-FULL / 2, pole), (FULL / 2, pole)])
    reached = shapely.intersection(flattened(shape), parallel)
    return bool(reached.length >= FULL - 1e-9)


def _unrolled(shape: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    """Repeat a shape over the longitudes of `other`, without seams; beyond a pole it surrounds it goes on."""
    import shapely

    copies = [shifted(shape, turns) for turns in turns_onto(shape, other)]
    if not copies:
        return shape
    low, _, high, _ = other.bounds
    for pole in _POLES:
        if _reaches(shape, pole) and _reaches(other, pole) and _around(shape, pole):
            copies.append(shapely.box(low - 1, min(pole, 2 * pole), high + 1, max(pole, 2 * pole)))
    return copies[0] if len(copies) == 1 else shapely.union_all(copies)


def _apart_from_seams(one: BaseGeometry, other: BaseGeometry) -> bool:
    """Say whether two shapes lie in one turn and away from the poles, so that the plane will do."""
    west, south, east, north = one.bounds
    other_west, other_south, other_east, other_north = other.bounds
    return bool(
        max(east, other_east) - min(west, other_west) < FULL
        and max(north, other_north) < _POLES[0]
        and min(south, other_south) > _POLES[1]
    )


def intersects(one: BaseGeometry, other: BaseGeometry) -> bool:
    import shapely

    if any(_reaches(one, pole) and _reaches(other, pole) for pole in _POLES):
        return True
    return any(bool(shapely.intersects(one, shifted(other, -turns))) for turns in turns_onto(one, other))


def contains(one: BaseGeometry, other: BaseGeometry) -> bool:
    import shapely

    if _apart_from_seams(one, other):
        return bool(shapely.contains(one, other))
    one, other = at_one_pole(one), at_one_pole(other)
    return bool(shapely.contains(_unrolled(one, other), other))


def equals(one: BaseGeometry, other: BaseGeometry) -> bool:
    import shapely

    if _apart_from_seams(one, other):
        return bool(shapely.equals(one, other))
    one, other = at_one_pole(one), at_one_pole(other)
    return bool(shapely.covers(_unrolled(one, other), other) and shapely.covers(_unrolled(other, one), one))
