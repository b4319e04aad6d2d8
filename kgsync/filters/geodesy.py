"""Geodesic distance between shapes.

Edges are straight on the map. Both shapes are cut into pieces, pieces that cannot be nearest are dropped
by the spheres around them (in space, so antimeridian and poles are nothing special) and the others
halved, until each is all but straight in space. Of the nearest pairs of these the nearest points are
found, and the length of the geodesic between them is the answer: within 0.1 % or a millimetre, and for
points exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable
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
    Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

# Metres that one piece spans at first, so that spheres around pieces are never as large as the earth.
_SPAN = 500_000.0
# A piece may leave the chord between its ends by this much of the distance, or by a millimetre.
_BEND, _LEAST_BEND = 2e-4, 1e-3
_ROUNDS = 48
# Pairs of pieces looked at one by one in the end, and at once in memory.
_MOST_PAIRS, _BLOCK = 4_000_000, 1_000_000
# Nearest pairs of which the geodesic is taken.
_CANDIDATES = 32
# Pieces are first dropped in groups of so many neighbours.
_GROUP = 64
_PAIRS_PER_STEP = 256


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


def _survivors(one: _Spheres, other: _Spheres, work: Work) -> tuple[Mask, Mask, float]:
    """Say of either side which may hold the nearest point, and give a distance that is not exceeded."""
    import numpy as np

    work.spend(len(one.centre) * len(other.centre) // _PAIRS_PER_STEP)
    least_one = np.full(len(one.centre), np.inf)
    least_other = np.full(len(other.centre), np.inf)
    nearest = np.inf
    rows = max(1, _BLOCK // len(other.centre))
    for low in range(0, len(one.centre), rows):
        block = slice(low, low + rows)
        apart = np.linalg.norm(one.centre[block, None, :] - other.centre[None, :, :], axis=2)
        nearest = min(nearest, float((apart + one.slack[block, None] + other.slack[None, :]).min()))
        apart -= one.radius[block, None] + other.radius[None, :]
        least_one[block] = apart.min(axis=1)
        least_other = np.minimum(least_other, apart.min(axis=0))
    return least_one <= nearest, least_other <= nearest, nearest


def _thinned(one: _Pieces, other: _Pieces, globe: _Globe, work: Work) -> tuple[_Pieces, _Pieces, float]:
    """Drop the pieces that cannot be nearest: first by groups, then one by one."""
    import numpy as np

    spheres = _spheres(one, globe), _spheres(other, globe)
    if min(len(one.start), len(other.start)) > _GROUP:
        kept_one, kept_other, _ = _survivors(_grouped(spheres[0]), _grouped(spheres[1]), work)
        masks = [np.repeat(kept, _GROUP)[: len(of.start)] for kept, of in ((kept_one, one), (kept_other, other))]
        one, other = one.only(masks[0]), other.only(masks[1])
        spheres = (
            _Spheres(*(column[masks[0]] for column in spheres[0])),
            _Spheres(*(column[masks[1]] for column in spheres[1])),
        )
    kept_one, kept_other, nearest = _survivors(spheres[0], spheres[1], work)
    return one.only(kept_one), other.only(kept_other), nearest


def _bends(pieces: _Pieces, globe: _Globe) -> Numbers:
    """Measure how far each piece leaves the chord between its ends."""
    import numpy as np

    chord = (globe.space(pieces.start) + globe.space(pieces.stop)) / 2
    return np.asarray(np.linalg.norm(globe.space(pieces.middle()) - chord, axis=1))


def _halved(pieces: _Pieces, bent: Mask) -> _Pieces:
    import numpy as np

    middle = pieces.middle()[bent]
    straight = pieces.only(~bent)
    split = pieces.only(bent)
    return _Pieces(
        np.concatenate([straight.start, split.start, middle]), np.concatenate([straight.stop, middle, split.stop])
    )


def distance(one: BaseGeometry, other: BaseGeometry, reference: SpatialReference, work: Work) -> float:
    """Measure the metres between two shapes that are apart and not empty; NaN where they are on no map.

    Raises MalformedInput for an unknown reference.
    """
    import numpy as np

    globe = _globe(reference)
    left, right = _pieces(one, globe), _pieces(other, globe)
    if not all(np.isfinite(globe.space(points)).all() for points in (*left, *right)):
        return math.nan
    for _ in range(_ROUNDS):
        left, right, nearest = _thinned(left, right, globe, work)
        most = max(_BEND * nearest, _LEAST_BEND)
        bent = _bends(left, globe) > most, _bends(right, globe) > most
        if not bent[0].any() and not bent[1].any():
            break
        if 4 * len(left.start) * len(right.start) > _MOST_PAIRS:
            break
        left, right = _halved(left, bent[0]), _halved(right, bent[1])
    return _nearest(left, right, globe, work)


def _nearest(one: _Pieces, other: _Pieces, globe: _Globe, work: Work) -> float:
    """Measure the geodesics between the nearest points of the nearest pairs of pieces."""
    import numpy as np

    starts = globe.space(one.start), globe.space(other.start)
    ways = globe.space(one.stop) - starts[0], globe.space(other.stop) - starts[1]
    best = np.inf
    rows = max(1, _BLOCK // len(other.start))
    for low in range(0, len(one.start), rows):
        block = slice(low, low + rows)
        work.spend(len(one.start[block]) * len(other.start) // _PAIRS_PER_STEP)
        along, across, apart = _closest(
            starts[0][block, None, :], ways[0][block, None, :], starts[1][None, :, :], ways[1][None, :, :]
        )
        flat = np.argsort(apart, axis=None)[:_CANDIDATES]
        i, j = np.unravel_index(flat, apart.shape)
        here = one.start[low + i] + along[i, j, None] * (one.stop - one.start)[low + i]
        there = other.start[j] + across[i, j, None] * (other.stop - other.start)[j]
        best = min(best, float(globe.metres_between(here, there).min()))
    return best


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
