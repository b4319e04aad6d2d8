"""ST_GeoDistance against known distances."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
import shapely
from pyproj import Geod

from kgsync.filters import spatial
from kgsync.filters.kinds import Space, Work
from kgsync.filters.projection import project
from kgsync.filters.shapes import from_shape
from kgsync.model.geometry import WGS84, Geometry, GeometryKind, SpatialReference
from tests.filters.meaning import value
from tests.filters.shapes import ANTARCTIC, NAD_83, UNKNOWN, UTM_33, WEB_MERCATOR, box, wkt

ELLIPSOID = Geod(ellps="WGS84")
# Lengths on WGS 84: a degree of the equator, the first and the last degree of a meridian, pole to pole.
EQUATOR_DEGREE, FIRST_DEGREE, LAST_DEGREE, MERIDIAN = 111_319.4908, 110_574.3886, 111_693.8649, 20_003_931.4586


def metres(one: Geometry, other: Geometry, model: SpatialReference = WGS84) -> float | None:
    there = spatial.st_geodistance(Work(space=Space(model=model)), one, other)
    back = spatial.st_geodistance(Work(space=Space(model=model)), other, one)
    assert there is None or isinstance(there, float)
    assert there == (None if back is None else pytest.approx(back, rel=1e-6, abs=1e-3))
    return there


# (one, other, metres, relative error)
KNOWN: list[tuple[str, str, float, float]] = [
    ("POINT(0 0)", "POINT(1 0)", EQUATOR_DEGREE, 1e-9),
    ("POINT(0 0)", "POINT(0 1)", FIRST_DEGREE, 1e-8),
    ("POINT(7 89)", "POINT(7 90)", LAST_DEGREE, 1e-8),
    ("POINT(5 5)", "POINT(5 5)", 0, 0),
    ("POINT(0 90)", "POINT(0 -90)", MERIDIAN, 1e-8),
    ("POINT(0 0)", "POINT(180 0)", MERIDIAN, 1e-8),  # over a pole: shorter than along the equator
    ("POINT(179 0)", "POINT(-179 0)", 2 * EQUATOR_DEGREE, 1e-9),
    ("POINT(179 0)", "POINT(181 0)", 2 * EQUATOR_DEGREE, 1e-9),
    ("POINT(0 89)", "POINT(180 89)", 2 * LAST_DEGREE, 1e-8),
    ("POINT(0 -89)", "POINT(180 -89)", 2 * LAST_DEGREE, 1e-8),
    ("POINT(0 1)", "LINESTRING(-10 0, 10 0)", FIRST_DEGREE, 1e-5),
    ("POINT(0 1)", "LINESTRING(-179 0, 179 0)", FIRST_DEGREE, 1e-5),
    ("POINT(0 1)", "LINESTRING(1 0, 10 0)", ELLIPSOID.inv(0, 1, 1, 0)[2], 1e-9),
    (box(0, 0, 1, 1), box(3, 0, 4, 1), ELLIPSOID.inv(1, 1, 3, 1)[2], 1e-6),
    (box(0, 0, 1, 1), "POINT(0.5 0.5)", 0, 0),
    (box(0, 0, 1, 1), "POINT(2 0.5)", ELLIPSOID.inv(1, 0.5, 2, 0.5)[2], 1e-3),
    (box(170, -1, 190, 1), "POINT(-169 0)", EQUATOR_DEGREE, 1e-5),
    (box(170, -1, 190, 1), "POINT(-175 0)", 0, 0),
    (box(-180, 80, 180, 85), "POINT(0 90)", 5 * LAST_DEGREE, 1e-3),
    ("LINESTRING(-180 60, 180 60)", "POINT(33 90)", ELLIPSOID.inv(0, 60, 0, 90)[2], 1e-5),
    (
        "MULTIPOINT((50 50), (0 2), (-50 -50))",
        "MULTIPOINT((90 0), (0 3))",
        ELLIPSOID.inv(0, 2, 0, 3)[2],
        1e-9,
    ),
    # long parallel lines close by
    ("LINESTRING(0 45, 0 50)", "LINESTRING(0.001 45, 0.001 50)", 0.001 * math.cos(math.radians(50)) * 111_500, 2e-3),
    # a hole keeps what is in it apart
    (
        f"POLYGON({box(0, 0, 9, 9)[8:-1]}, (4 4, 4 6, 6 6, 6 4, 4 4))",
        "POINT(5 5)",
        ELLIPSOID.inv(5, 5, 5, 6)[2],
        1e-3,
    ),
]


@pytest.mark.parametrize(("one", "other", "expected", "error"), KNOWN)
def test_known_distances(one: str, other: str, expected: float, error: float) -> None:
    assert metres(wkt(one), wkt(other)) == pytest.approx(expected, rel=error, abs=1e-3)


def test_projected_geometries_are_measured_on_the_ellipsoid() -> None:
    for model in (WEB_MERCATOR, UTM_33):
        one, other = (project(wkt(text), WGS84, model) for text in ("POINT(14 60)", "POINT(15 61)"))
        assert metres(one, other, model) == pytest.approx(ELLIPSOID.inv(14, 60, 15, 61)[2], rel=1e-8)
    west, east = wkt("POINT(-20037508.342789244 0)"), wkt("POINT(20037508.342789244 0)")
    assert metres(west, east, WEB_MERCATOR) == pytest.approx(0, abs=1e-3)
    pole = wkt("POINT(0 0)")
    north_of_it = project(wkt("POINT(50 -89)"), WGS84, ANTARCTIC)
    assert metres(pole, north_of_it, ANTARCTIC) == pytest.approx(LAST_DEGREE, rel=1e-8)


def test_edges_are_straight_on_their_own_map() -> None:
    # In Mercator an edge along a parallel stays on it; the great circle between its ends runs far poleward.
    edge = project(wkt("LINESTRING(-60 60, 60 60)"), WGS84, WEB_MERCATOR)
    point = project(wkt("POINT(0 61)"), WGS84, WEB_MERCATOR)
    assert metres(edge, point, WEB_MERCATOR) == pytest.approx(ELLIPSOID.inv(0, 60, 0, 61)[2], rel=1e-4)


def test_another_ellipsoid_is_measured_on_itself() -> None:
    found = metres(wkt("POINT(0 0)"), wkt("POINT(1 0)"), NAD_83)
    assert found == pytest.approx(Geod(ellps="GRS80").inv(0, 0, 1, 0)[2], rel=1e-12)


@pytest.mark.parametrize("other", ["POINT EMPTY", "POLYGON EMPTY"])
def test_nothing_is_at_no_distance(other: str) -> None:
    assert metres(wkt("POINT(0 0)"), wkt(other)) is None


def test_unknown_maps_and_places_off_them_have_no_distances() -> None:
    assert metres(wkt("POINT(0 0)"), wkt("POINT(1 1)"), UNKNOWN) is None
    assert metres(wkt("POINT(0 0)"), wkt("POINT(1e90 1)"), UTM_33) is None
    assert value("esri.graph.ST_GeoDistance($a, 5)", a=wkt("POINT(0 0)")) is None


# --- against brute force ---------------------------------------------------------------------------


def _wobbly(pick: random.Random, west: float, south: float, size: float, count: int) -> Geometry:
    """Make a star-shaped polygon."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    radii = size * np.array([pick.uniform(0.4, 1) for _ in range(count)])
    ring = np.column_stack((west + radii * np.cos(angles), south + radii * np.sin(angles) * 0.5))
    geometry = from_shape(shapely.Polygon(ring))
    assert geometry is not None
    return geometry


_STEPS = 400


def _brute(one: Geometry, other: Geometry) -> float:
    """Measure from vertex to vertex of finely divided edges."""

    def vertices(geometry: Geometry) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        path = shapely.LineString(np.reshape(geometry.parts[0], (-1, 2)))
        return np.asarray(shapely.get_coordinates(shapely.segmentize(path, path.length / _STEPS)))

    a, b = vertices(one), vertices(other)
    return min(float(np.min(ELLIPSOID.inv(*np.broadcast_to(p, b.shape).T, *b.T)[2])) for p in a)


@pytest.mark.parametrize("seed", range(12))
def test_random_areas_are_as_far_apart_as_brute_force_says(seed: int) -> None:
    pick = random.Random(seed)
    size = 10 ** pick.uniform(-1, 1.2)
    latitude = pick.uniform(-70, 70)
    one = _wobbly(pick, pick.uniform(-180, 180), latitude, size, 12)
    turn = pick.choice([-360.0, 0.0, 360.0]) if pick.random() < 0.3 else 0.0
    west = one.envelope()[2] + size * pick.uniform(1.05, 3)
    west += turn if abs(west + turn) < 500 else 0.0
    other = _wobbly(pick, west, latitude + size * pick.uniform(-0.5, 0.5), size, 9)
    found, brute = metres(one, other), _brute(one, other)
    assert found is not None
    assert found <= brute * 1.001 + 1e-3
    # The brute answer is too long, by no more than the steps are.
    assert found >= brute - 5 * size * 112_000 / _STEPS


def test_many_vertices_on_both_sides_stay_quick() -> None:
    angles = np.linspace(0, 2 * np.pi, 20_000)
    circles = [shapely.Polygon(np.column_stack((x + np.cos(angles), np.sin(angles)))) for x in (0, 3)]
    one, other = (from_shape(circle) for circle in circles)
    assert one is not None and other is not None
    assert metres(one, other) == pytest.approx(EQUATOR_DEGREE, rel=1e-4)


def test_envelopes_have_distances_too() -> None:
    envelope = Geometry(GeometryKind.ENVELOPE, False, False, ((0.0, -1.0, 1.0, 1.0),))
    assert metres(envelope, wkt("POINT(2 0)")) == pytest.approx(EQUATOR_DEGREE, rel=1e-5)
