"""Geodesic distance between shapes.

Edges are straight on the map. Both shapes are cut into pieces, pieces that cannot be nearest are dropped
by the spheres around them (in space, so antimeridian and poles are nothing special) and the others
halved, until each is all but straight in space. Of the nearest pairs of these the nearest points are
found, and the length of the geodesic between them is the answer: within 0.1 % or a millimetre, and for
points exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from kgsync.filters import references
from kgsync.filters.kinds import Work
from kgsync.model.geometry import SpatialReference

if TYPE_CHECKING:
    import numpy as np
    from pyproj import Geod
    from shapely.geometry.base import BaseGeometry

    from kgsync.filters.shapes import Points

    Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    Indices = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

# Metres that one piece spans at first, so that spheres around pieces are never as large as the earth.
_SPAN = 500_000.0
# A piece may leave the chord between its ends by this much of the distance, or by a millimetre.
_BEND, _LEAST_BEND = 2e-4, 1e-3
_ROUNDS = 48
# Pieces are halved until there are so many, and pairs of them looked at so many at once.
_MOST_PIECES, _BLOCK = 200_000, 1_000_000
# Nearest pairs of which the geodesic is taken; of so few pairs of points, of all.
_CANDIDATES, _FEW_PAIRS = 32, 1024
# Pieces are looked at in groups of so many neighbours.
_GROUP = 64
_PAIRS_PER_STEP = 32


class _Globe(NamedTuple):
    """Where the points of a map are: as longitude and latitude, and in space, in metres."""

    lon_lat: Callable[[Points], Points]
    geod: Geod
    metres: float

    def space(self, points: Points) -> Points:
        import numpy as np

        lon, lat = np.radians(self.lon_lat(points)).T
        squash = 1 - self.geod.es
        normal = self.geod.a / np.sqrt(1 - self.geod.es * np.sin(lat) ** 2)
        return np.column_stack(
            (normal * np.cos(lat) * np.cos(lon), normal * np.cos(lat) * np.sin(lon), normal * squash * np.sin(lat))
        )

    def metres_between(self, one: Points, other: Points) -> Numbers:
        import numpy as np

        a, b = self.lon_lat(one), self.lon_lat(other)
        return np.asarray(self.geod.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2], dtype=np.float64)


class _Pieces(NamedTuple):
    """Straight pieces on the map: rows of their ends."""

    start: Points
    stop: Points

    def middle(self) -> Points:
        return (self.start + self.stop) / 2

    def only(self, chosen: Mask) -> _Pieces:
        return _Pieces(self.start[chosen], self.stop[chosen])


def _globe(reference: SpatialReference) -> _Globe:
    import numpy as np

    known = references.frame(reference)
    geod = references.ellipsoid(reference)
    if known.wraps:
        return _Globe(lambda points: points, geod, known.metres)
    change = references.transformer(reference, references.LON_LAT)
    return _Globe(lambda points: np.column_stack(change.transform(points[:, 0], points[:, 1])), geod, known.metres)


def _pieces(shape: BaseGeometry, globe: _Globe) -> _Pieces:
    """Cut the boundary of a shape into pieces of no more than _SPAN; points are pieces without length."""
    import numpy as np
    import shapely

    parts = shapely.get_parts(shape)
    if shapely.get_dimensions(shape) == 0:
        points = shapely.get_coordinates(parts)
        return _Pieces(points, points)
    paths = shapely.get_rings(parts) if shapely.get_dimensions(shape) == 2 else parts
    points, path = shapely.get_coordinates(paths, return_index=True)
    along = path[1:] == path[:-1]
    start, stop = points[:-1][along], points[1:][along]
    counts = np.ceil(np.hypot(*(stop - start).T) * globe.metres / _SPAN).astype(np.int64).clip(1, 1000)
    which = np.repeat(np.arange(len(start)), counts)
    place = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    step = ((stop - start) / counts[:, None])[which]
    first = start[which] + step * place[:, None]
    return _Pieces(first, first + step)


class _Spheres(NamedTuple):
    """Spheres in space around pieces; `slack` bounds how far a centre is from its piece."""

    centre: Points
    radius: Numbers
    slack: Numbers


def _spheres(pieces: _Pieces, globe: _Globe) -> _Spheres:
    import numpy as np

    centre = globe.space(pieces.middle())
    ends = np.maximum(
        np.linalg.norm(globe.space(pieces.start) - centre, axis=1),
        np.linalg.norm(globe.space(pieces.stop) - centre, axis=1),
    )
    # A short bent piece stays within a little more than its ends do.
    return _Spheres(centre, ends * 1.05, np.zeros(len(centre)))


def _grouped(spheres: _Spheres) -> _Spheres:
    import numpy as np

    firsts = np.arange(0, len(spheres.centre), _GROUP)
    sizes = np.diff(np.append(firsts, len(spheres.centre)))
    centre = np.add.reduceat(spheres.centre, firsts, axis=0) / sizes[:, None]
    reach = np.linalg.norm(spheres.centre - np.repeat(centre, sizes, axis=0), axis=1) + spheres.radius
    radius = np.maximum.reduceat(reach, firsts)
    return _Spheres(centre, radius, radius)


def _rows(one: int, other: int) -> Iterator[slice]:
    """Part `one` rows so that no part has more than _BLOCK pairs with `other` columns."""
    rows = max(1, _BLOCK // max(1, other))
    return (slice(low, min(low + rows, one)) for low in range(0, one, rows))


def _apart(one: _Spheres, other: _Spheres, rows: slice) -> Points:
    import numpy as np

    return np.asarray(np.linalg.norm(one.centre[rows, None, :] - other.centre[None, :, :], axis=2))


def _near(one: _Spheres, other: _Spheres, work: Work) -> Iterator[tuple[slice, Indices]]:
    """Yield the pairs that may be nearest, as rows of `one` with columns of `other`, going by groups."""
    import numpy as np

    groups, others = _grouped(one), _grouped(other)
    work.spend(len(groups.centre) * len(others.centre) // _PAIRS_PER_STEP)
    nearest = np.inf
    for rows in _rows(len(groups.centre), len(others.centre)):
        apart = _apart(groups, others, rows)
        nearest = min(nearest, float((apart + groups.slack[rows, None] + others.slack[None, :]).min()))
    column = np.arange(len(other.centre)) // _GROUP
    for rows in _rows(len(groups.centre), len(others.centre)):
        close = _apart(groups, others, rows) - groups.radius[rows, None] - others.radius[None, :] <= nearest
        for k, row in enumerate(close, rows.start):
            columns = np.nonzero(row[column])[0]
            for low in range(0, len(columns), _BLOCK // _GROUP):
                part = columns[low : low + _BLOCK // _GROUP]
                work.spend(_GROUP * len(part) // _PAIRS_PER_STEP)
                yield slice(k * _GROUP, min((k + 1) * _GROUP, len(one.centre))), part


def _thinned(one: _Pieces, other: _Pieces, globe: _Globe, work: Work) -> tuple[_Pieces, _Pieces, float]:
    """Drop the pieces that cannot be nearest, and give a distance that is not exceeded."""
    import numpy as np

    left, right = _spheres(one, globe), _spheres(other, globe)
    least_left, least_right = np.full(len(left.centre), np.inf), np.full(len(right.centre), np.inf)
    nearest = np.inf
    for rows, columns in _near(left, right, work):
        apart = np.linalg.norm(left.centre[rows, None, :] - right.centre[None, columns, :], axis=2)
        nearest = min(nearest, float(apart.min()))
        apart -= left.radius[rows, None] + right.radius[None, columns]
        least_left[rows] = np.minimum(least_left[rows], apart.min(axis=1))
        least_right[columns] = np.minimum(least_right[columns], apart.min(axis=0))
    return one.only(least_left <= nearest), other.only(least_right <= nearest), nearest


def _bends(pieces: _Pieces, globe: _Globe) -> Numbers:
    """Measure how far each piece leaves the chord between its ends."""
    import numpy as np

    chord = (globe.space(pieces.start) + globe.space(pieces.stop)) / 2
    return np.asarray(np.linalg.norm(globe.space(pieces.middle()) - chord, axis=1))


def _halved(pieces: _Pieces, bent: Mask) -> _Pieces:
    """Halve some pieces; neighbours stay neighbours."""
    import numpy as np

    where = np.nonzero(bent)[0]
    middle = pieces.middle()[where]
    return _Pieces(np.insert(pieces.start, where + 1, middle, axis=0), np.insert(pieces.stop, where, middle, axis=0))


def distance(one: BaseGeometry, other: BaseGeometry, reference: SpatialReference, work: Work) -> float:
    """Measure the metres between two shapes that are apart and not empty; NaN where they are on no map.

    Raises MalformedInput for an unknown reference.
    """
    import numpy as np

    globe = _globe(reference)
    left, right = _pieces(one, globe), _pieces(other, globe)
    if left.start is left.stop and right.start is right.stop and len(left.start) * len(right.start) <= _FEW_PAIRS:
        here = np.repeat(left.start, len(right.start), axis=0)
        return float(globe.metres_between(here, np.tile(right.start, (len(left.start), 1))).min())
    if not all(np.isfinite(globe.space(points)).all() for points in (*left, *right)):
        return math.nan
    for _ in range(_ROUNDS):
        left, right, nearest = _thinned(left, right, globe, work)
        most = max(_BEND * nearest, _LEAST_BEND)
        bent = _bends(left, globe) > most, _bends(right, globe) > most
        if not bent[0].any() and not bent[1].any():
            break
        if len(left.start) + len(right.start) > _MOST_PIECES:
            break
        left, right = _halved(left, bent[0]), _halved(right, bent[1])
    return _nearest(left, right, globe, work)


def _nearest(one: _Pieces, other: _Pieces, globe: _Globe, work: Work) -> float:
    """Measure the geodesics between the nearest points of the nearest pairs of pieces."""
    import numpy as np

    starts = globe.space(one.start), globe.space(other.start)
    ways = globe.space(one.stop) - starts[0], globe.space(other.stop) - starts[1]
    found = []
    for rows, columns in _near(_spheres(one, globe), _spheres(other, globe), work):
        along, across, apart = _closest(
            starts[0][rows, None, :], ways[0][rows, None, :], starts[1][None, columns, :], ways[1][None, columns, :]
        )
        flat = np.argpartition(apart, min(_CANDIDATES, apart.size) - 1, axis=None)[:_CANDIDATES]
        i, j = np.unravel_index(flat, apart.shape)
        found.append(np.column_stack((apart[i, j], rows.start + i, columns[j], along[i, j], across[i, j])))
    best = np.concatenate(found)
    best = best[np.argsort(best[:, 0])][:_CANDIDATES]
    i, j = best[:, 1].astype(np.int64), best[:, 2].astype(np.int64)
    here = one.start[i] + best[:, 3:4] * (one.stop - one.start)[i]
    there = other.start[j] + best[:, 4:5] * (other.stop - other.start)[j]
    return float(globe.metres_between(here, there).min())


def _closest(start: Points, way: Points, other: Points, other_way: Points) -> tuple[Points, Points, Points]:
    """Find where two straight pieces in space are nearest: as parts of their ways, and how far apart.

    The distance is least where it does not change along either way; outside the pieces, at an end, and
    then at the point of the other piece nearest to that end.
    """
    import numpy as np

    between = start - other
    a, b, c = (way * way).sum(-1), (way * other_way).sum(-1), (way * between).sum(-1)
    e, f = (other_way * other_way).sum(-1), (other_way * between).sum(-1)
    b, c, f, a, e = np.broadcast_arrays(b, c, f, a, e)
    with np.errstate(all="ignore"):
        # Parallel pieces and points have no single nearest place; any start will do.
        along = np.nan_to_num((b * f - c * e) / (a * e - b * b), nan=0.0, posinf=0.0, neginf=0.0).clip(0, 1)
        across = np.nan_to_num((b * along + f) / e, nan=0.0, posinf=0.0, neginf=0.0).clip(0, 1)
        along = np.nan_to_num((b * across - c) / a, nan=0.0, posinf=0.0, neginf=0.0).clip(0, 1)
    gap = between + along[..., None] * way - across[..., None] * other_way
    return along, across, np.linalg.norm(gap, axis=-1)
