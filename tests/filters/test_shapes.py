"""Geometries of the model as shapes, and well-known text."""

from __future__ import annotations

import math

import pytest
import shapely

from kgsync.filters.shapes import from_shape, from_wkt, to_shape
from kgsync.model.coerce import check_geometry
from kgsync.model.geometry import Geometry, GeometryKind
from tests.filters.shapes import wkt

OUTER = (0.0, 0.0, 0.0, 10.0, 10.0, 10.0, 10.0, 0.0, 0.0, 0.0)  # clockwise
HOLE = (2.0, 2.0, 4.0, 2.0, 4.0, 4.0, 2.0, 4.0, 2.0, 2.0)  # counter-clockwise
ISLAND = (2.5, 2.5, 2.5, 3.5, 3.5, 3.5, 3.5, 2.5, 2.5, 2.5)
FAR = (20.0, 0.0, 20.0, 10.0, 30.0, 10.0, 30.0, 0.0, 20.0, 0.0)
FAR_HOLE = (22.0, 2.0, 24.0, 2.0, 24.0, 4.0, 22.0, 4.0, 22.0, 2.0)


def turned(ring: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(value for k in range(len(ring) - 2, -2, -2) for value in ring[k : k + 2])


def polygon(*rings: tuple[float, ...]) -> Geometry:
    return Geometry(GeometryKind.POLYGON, False, False, rings)


def area(geometry: Geometry) -> float:
    shape = to_shape(geometry)
    assert shape is not None
    assert shapely.is_valid(shape)
    return float(shape.area)


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        (polygon(OUTER), 100),
        (polygon(OUTER, HOLE), 96),
        (polygon(HOLE, OUTER), 96),
        (polygon(OUTER, HOLE, ISLAND), 97),
        (polygon(OUTER, FAR, FAR_HOLE, HOLE), 192),
        # no clockwise ring: each stands for itself
        (polygon(turned(OUTER)), 100),
        (polygon(turned(OUTER), turned(FAR)), 200),
        # a hole of nothing stands for itself
        (polygon(OUTER, FAR_HOLE), 104),
        # outer rings that overlap are one area
        (polygon(OUTER, (5.0, 0.0, 5.0, 10.0, 15.0, 10.0, 15.0, 0.0, 5.0, 0.0)), 150),
        # a bow tie is two triangles
        (polygon((0.0, 0.0, 10.0, 10.0, 10.0, 0.0, 0.0, 10.0, 0.0, 0.0)), 50),
        # a ring run through twice is nothing
        (polygon((0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)), 0),
        # a hole that touches its outer ring in one point
        (polygon(OUTER, (0.0, 5.0, 2.0, 4.0, 2.0, 6.0, 0.0, 5.0)), 98),
    ],
)
def test_rings_become_areas(geometry: Geometry, expected: float) -> None:
    assert area(geometry) == pytest.approx(expected)


def test_z_and_m_play_no_part_in_shapes() -> None:
    flat = to_shape(polygon(OUTER))
    tall = tuple(value for k in range(0, len(OUTER), 2) for value in (*OUTER[k : k + 2], 7.0, 9.0))
    assert to_shape(Geometry(GeometryKind.POLYGON, True, True, (tall,))) == flat


def test_the_other_kinds_become_their_shapes() -> None:
    assert to_shape(Geometry(GeometryKind.POINT, False, False, ((1.0, 2.0),))) == shapely.Point(1, 2)
    points = Geometry(GeometryKind.MULTIPOINT, False, False, ((1.0, 2.0, 3.0, 4.0),))
    assert to_shape(points) == shapely.MultiPoint([(1, 2), (3, 4)])
    lines = Geometry(GeometryKind.POLYLINE, False, False, ((0.0, 0.0, 1.0, 1.0), (5.0, 5.0, 6.0, 6.0, 7.0, 5.0)))
    assert to_shape(lines) == shapely.MultiLineString([[(0, 0), (1, 1)], [(5, 5), (6, 6), (7, 5)]])
    envelope = Geometry(GeometryKind.ENVELOPE, False, False, ((0.0, 0.0, 2.0, 3.0),))
    assert area(envelope) == 6


@pytest.mark.parametrize(
    "geometry",
    [
        Geometry(GeometryKind.MULTIPATCH, True, False, ((0.0, 0.0, 0.0),)),
        Geometry(GeometryKind.POINT, False, False, ((math.nan, 0.0),)),
        Geometry(GeometryKind.POINT, False, False, ((1e200, 0.0),)),
        Geometry(GeometryKind.POLYGON, False, False, ((0.0, 0.0, 1.0, 1.0),)),
        Geometry(GeometryKind.ENVELOPE, False, False, ((math.nan, 0.0, 1.0, 1.0),)),
    ],
)
def test_what_is_no_geometry_has_no_shape(geometry: Geometry) -> None:
    assert to_shape(geometry) is None


TEXTS = [
    ("POINT(1 2)", GeometryKind.POINT, 1),
    ("point (1 2)", GeometryKind.POINT, 1),
    ("POINT Z (1 2 3)", GeometryKind.POINT, 1),
    ("POINT M (1 2 3)", GeometryKind.POINT, 1),
    ("POINT ZM (1 2 3 4)", GeometryKind.POINT, 1),
    ("MULTIPOINT((1 2), (3 4))", GeometryKind.MULTIPOINT, 1),
    ("MULTIPOINT(1 2, 3 4)", GeometryKind.MULTIPOINT, 1),
    ("LINESTRING(0 0, 1 1)", GeometryKind.POLYLINE, 1),
    ("MULTILINESTRING((0 0, 1 1), (2 2, 3 3, 4 4))", GeometryKind.POLYLINE, 2),
    ("POLYGON((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))", GeometryKind.POLYGON, 2),
    ("MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))", GeometryKind.POLYGON, 2),
    ("POLYGON Z((0 0 1, 9 0 1, 9 9 1, 0 0 1))", GeometryKind.POLYGON, 1),
]


@pytest.mark.parametrize(("text", "kind", "parts"), TEXTS)
def test_well_known_text_becomes_a_geometry_that_could_be_stored(text: str, kind: GeometryKind, parts: int) -> None:
    geometry = wkt(text)
    assert geometry.kind is kind
    assert len(geometry.parts) == parts
    assert check_geometry(geometry) is None
    assert geometry.has_z is (" Z" in text)
    assert geometry.has_m is ("M (" in text)
    shape = to_shape(geometry)
    assert shape is not None
    assert shape.normalize() == shapely.force_2d(shapely.from_wkt(text)).normalize() or shape.equals(
        shapely.from_wkt(text)
    )


def test_outer_rings_come_clockwise_and_holes_counter_clockwise() -> None:
    for outer in ("0 0, 9 0, 9 9, 0 9, 0 0", "0 0, 0 9, 9 9, 9 0, 0 0"):
        for hole in ("1 1, 1 2, 2 2, 2 1, 1 1", "1 1, 2 1, 2 2, 1 2, 1 1"):
            geometry = wkt(f"POLYGON(({outer}), ({hole}))")
            rings = [list(zip(part[::2], part[1::2], strict=True)) for part in geometry.parts]
            assert [shapely.LinearRing(ring).is_ccw for ring in rings] == [False, True]


@pytest.mark.parametrize("kind", ["POINT", "MULTIPOINT", "LINESTRING", "MULTILINESTRING", "POLYGON", "MULTIPOLYGON"])
def test_an_empty_text_is_a_geometry_without_parts(kind: str) -> None:
    geometry = wkt(f"{kind} EMPTY")
    assert geometry.parts == ()
    shape = to_shape(geometry)
    assert shape is not None
    assert shape.is_empty


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "POINT(1)",
        "POINT(1 2",
        "POINT(nan 1)",
        "POINT(inf 1)",
        "POINT(1e400 1)",
        "LINESTRING(0 0)",
        "POLYGON((0 0, 1 0, 1 1))",
        "GEOMETRYCOLLECTION(POINT(1 2))",
        "GEOMETRYCOLLECTION(" * 50_000,
        "CIRCULARSTRING(0 0, 1 1, 2 0)",
        "CURVEPOLYGON(" * 10_000,
        "SRID=4326;POINT(1 2)",
        "POINT(1 2)\x00",
        "POINT(1 2); DROP TABLE object",
    ],
)
def test_bad_text_is_no_geometry(text: str) -> None:
    assert from_wkt(text) is None


def test_a_collection_of_several_kinds_is_no_geometry() -> None:
    assert from_shape(shapely.from_wkt("GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1))")) is None
