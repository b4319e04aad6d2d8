"""ST_Equals, ST_Intersects, ST_Contains and ST_WKTToGeometry, around the antimeridian and at the poles too."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from kgsync.filters import spatial
from kgsync.filters.cypher import parse
from kgsync.filters.evaluate import compiled_expr
from kgsync.filters.kinds import Space, Work
from kgsync.model.geometry import WGS84, Geometry, GeometryKind, SpatialReference
from tests.filters.meaning import element, value
from tests.filters.shapes import UNKNOWN, UTM_33, WEB_MERCATOR, box, wkt

TESTS = {"equals": spatial.st_equals, "intersects": spatial.st_intersects, "contains": spatial.st_contains}


def verdict(test: str, one: str, other: str, model: SpatialReference = WGS84) -> object:
    """Test two texts; prepared or not, the answer is the same."""
    left, right = wkt(one), wkt(other)
    found = TESTS[test](Work(space=Space(model=model)), left, right)
    for constant in (left, right):
        work = Work(space=Space(model=model))
        spatial.prepare(work, constant)
        assert TESTS[test](work, left, right) is found
    if test != "contains":
        assert TESTS[test](Work(space=Space(model=model)), right, left) is found
    return found


SQUARE, INNER, BESIDE = box(0, 0, 10, 10), box(2, 2, 4, 4), box(10, 0, 20, 10)

# (test, one, other, verdict), the same on every map
PLANE = [
    ("intersects", SQUARE, "POINT(5 5)", True),
    ("intersects", SQUARE, "POINT(10 5)", True),
    ("intersects", SQUARE, "POINT(10.0001 5)", False),
    ("intersects", SQUARE, BESIDE, True),
    ("intersects", SQUARE, box(11, 0, 20, 10), False),
    ("intersects", "LINESTRING(0 0, 10 10)", "LINESTRING(0 10, 10 0)", True),
    ("intersects", "MULTIPOINT((1 1), (50 50))", SQUARE, True),
    ("contains", SQUARE, INNER, True),
    ("contains", INNER, SQUARE, False),
    ("contains", SQUARE, SQUARE, True),
    ("contains", SQUARE, "POINT(5 5)", True),
    ("contains", "POINT(5 5)", SQUARE, False),
    ("contains", SQUARE, "POINT(10 5)", False),  # its boundary is not its inside
    ("contains", SQUARE, "LINESTRING(0 0, 10 0)", False),
    ("contains", SQUARE, "LINESTRING(0 0, 10 10)", True),
    ("contains", SQUARE, BESIDE, False),
    ("contains", f"POLYGON({SQUARE[8:-1]}, (1 1, 1 5, 5 5, 5 1, 1 1))", INNER, False),
    ("contains", "LINESTRING(0 0, 10 10)", "POINT(5 5)", True),
    ("equals", SQUARE, SQUARE, True),
    ("equals", SQUARE, "POLYGON((10 10, 10 0, 0 0, 0 5, 0 10, 10 10))", True),
    ("equals", SQUARE, INNER, False),
    ("equals", "LINESTRING(0 0, 5 5, 10 10)", "LINESTRING(10 10, 0 0)", True),
    ("equals", "POINT(1 2)", "MULTIPOINT((1 2))", True),
    ("equals", "POINT Z (1 2 3)", "POINT(1 2)", True),
    ("equals", "POINT EMPTY", "POLYGON EMPTY", True),
    ("equals", "POINT EMPTY", "POINT(1 2)", False),
    ("intersects", "POINT EMPTY", "POINT EMPTY", False),
    ("contains", SQUARE, "POINT EMPTY", False),
]


@pytest.mark.parametrize("model", [WGS84, WEB_MERCATOR, UNKNOWN, SpatialReference(wkid=4807)])
@pytest.mark.parametrize(("test", "one", "other", "expected"), PLANE)
def test_in_the_plane(test: str, one: str, other: str, expected: bool, model: SpatialReference) -> None:
    assert verdict(test, one, other, model) is expected


ACROSS = box(170, -10, 190, 10)
HALVES = f"MULTIPOLYGON({box(170, -10, 180, 10)[7:]}, {box(-180, -10, -170, 10)[7:]})"
BAND = box(-180, -10, 180, 10)
ANTIMERIDIAN = [
    ("contains", ACROSS, "POINT(-175 0)", True),
    ("contains", ACROSS, "POINT(185 0)", True),
    ("contains", ACROSS, "POINT(180 0)", True),
    ("contains", ACROSS, "POINT(-180 0)", True),
    ("contains", ACROSS, "POINT(-169 0)", False),
    ("contains", HALVES, "POINT(-175 0)", True),
    # where the halves meet is inside
    ("contains", HALVES, "POINT(180 0)", True),
    ("contains", HALVES, "POINT(-180 0)", True),
    ("contains", HALVES, "LINESTRING(175 0, 185 0)", True),
    ("contains", HALVES, box(-185, -5, -175, 5), True),
    ("contains", HALVES, box(-195, -5, -175, 5), False),
    ("contains", box(-190, -10, -170, 10), "MULTIPOINT((175 0), (-175 0), (535 0))", True),
    ("contains", BAND, box(350, -5, 370, 5), True),
    ("contains", BAND, "POINT(180 5)", True),
    ("contains", box(170, -10, 180, 10), "POINT(-180 0)", False),
    ("intersects", box(170, -10, 180, 10), "POINT(-180 0)", True),
    ("intersects", box(170, -10, 180, 10), box(-180, -10, -170, 10), True),
    ("intersects", ACROSS, box(-170, -10, -160, 10), True),
    ("intersects", ACROSS, box(-169, -10, -160, 10), False),
    ("intersects", HALVES, "LINESTRING(-195 0, -191 0)", False),
    ("intersects", HALVES, "LINESTRING(-195 0, -189 0)", True),
    ("equals", ACROSS, HALVES, True),
    ("equals", ACROSS, box(-190, -10, -170, 10), True),
    ("equals", ACROSS, box(170, -10, 191, 10), False),
    ("equals", "POINT(180 5)", "POINT(-180 5)", True),
    ("equals", BAND, box(0, -10, 360, 10), True),
    ("equals", BAND, box(0, -10, 359, 10), False),
    ("equals", "LINESTRING(175 0, 185 0)", "MULTILINESTRING((175 0, 180 0), (-180 0, -175 0))", True),
]

NORTH, SOUTH = box(-180, 60, 180, 90), box(-180, -90, 180, -60)
WEDGE = box(10, 80, 20, 90)
POLES = [
    ("equals", "POINT(0 90)", "POINT(50 90)", True),
    ("equals", "POINT(0 90)", "POINT(0 -90)", False),
    ("equals", "MULTIPOINT((0 90), (7 7))", "MULTIPOINT((7 7), (99 90))", True),
    ("intersects", WEDGE, "POINT(50 90)", True),
    ("intersects", WEDGE, box(100, 80, 110, 90), True),
    ("intersects", WEDGE, box(100, 80, 110, 89.9), False),
    ("intersects", WEDGE, "POINT(15 -90)", False),
    ("intersects", NORTH, SOUTH, False),
    ("contains", NORTH, "POINT(77 90)", True),
    ("contains", SOUTH, "POINT(77 -90)", True),
    ("contains", NORTH, WEDGE, True),
    ("contains", box(170, 60, 530, 90), "POINT(10 90)", True),
    ("contains", WEDGE, "POINT(15 90)", False),
    ("contains", "MULTIPOINT((0 90), (1 1))", "POINT(33 90)", True),
    ("equals", NORTH, box(170, 60, 530, 90), True),
]


@pytest.mark.parametrize(("test", "one", "other", "expected"), [*ANTIMERIDIAN, *POLES])
def test_on_the_globe(test: str, one: str, other: str, expected: bool) -> None:
    assert verdict(test, one, other) is expected


def test_a_projected_plane_does_not_go_around() -> None:
    assert verdict("contains", ACROSS, "POINT(-175 0)", WEB_MERCATOR) is False
    assert verdict("equals", "POINT(180 5)", "POINT(-180 5)", WEB_MERCATOR) is False


@pytest.mark.parametrize("point", ["POINT(541 0)", "POINT(0 91)", "POINT(1e50 0)"])
def test_what_is_not_on_the_globe_is_no_geometry_there(point: str) -> None:
    for test in TESTS:
        assert verdict(test, SQUARE, point) is None
    assert verdict("intersects", SQUARE, point, WEB_MERCATOR) is False


def test_other_kinds_and_multipatches_are_unknown() -> None:
    patch = Geometry(GeometryKind.MULTIPATCH, True, False, ((0.0, 0.0, 0.0),))
    for test in TESTS.values():
        for other in (patch, "POINT(1 2)", 5, None, (wkt("POINT(1 2)"),)):
            assert test(Work(), wkt(SQUARE), other) is None
            assert test(Work(), other, wkt(SQUARE)) is None


# --- within clauses --------------------------------------------------------------------------------

SITE = element({"shape": wkt("POINT(5 5)"), "text": "POINT(5 5)"})


def test_clauses_take_geometry_parameters_and_texts() -> None:
    assert value("esri.graph.ST_Intersects($g, n.shape)", SITE, g=wkt(SQUARE)) is True
    assert value(f"esri.graph.ST_Contains(esri.graph.ST_WKTToGeometry('{SQUARE}'), n.shape)", SITE) is True
    assert value("esri.graph.ST_Equals(esri.graph.ST_WKTToGeometry(n.text), n.shape)", SITE) is True
    assert value("esri.graph.ST_Contains($gs[0], n.shape)", SITE, gs=[wkt(SQUARE)]) is True
    assert value("n.shape = $p", SITE, p=wkt("POINT(5 5)")) is True
    assert value("esri.graph.ST_Intersects($g, n.missing)", SITE, g=wkt(SQUARE)) is None
    assert value("esri.graph.ST_WKTToGeometry('nonsense')") is None
    assert value("esri.graph.ST_WKTToGeometry(5)") is None


def test_texts_are_carried_from_their_spatial_reference_to_the_models() -> None:
    text = "esri.graph.ST_Contains(esri.graph.ST_WKTToGeometry($t), n.shape)"
    metres = box(0, 0, 1_113_195, 1_118_890)
    assert value(text, SITE, in_sr=WEB_MERCATOR, t=metres) is True
    assert value(text, SITE, in_sr=WEB_MERCATOR, t=SQUARE) is False
    assert value(text, SITE, in_sr=SpatialReference(), t=SQUARE) is True
    assert value(text, SITE, in_sr=UNKNOWN, t=SQUARE) is None
    assert value(text, SITE, model=UTM_33, in_sr=WGS84, t="POINT(105 0)") is None


def test_a_constant_geometry_is_prepared_once_and_many_rows_are_quick() -> None:
    circle = "POLYGON((" + ", ".join(f"{x} {y}" for x, y in _circle(2_000)) + "))"
    run = compiled_expr(parse("esri.graph.ST_Intersects(n.shape, esri.graph.ST_WKTToGeometry($t))"), {"t": circle})
    rows = [element({"shape": wkt(f"POINT({k % 20} {k // 20})")}) for k in range(400)]
    found = sum(run({"n": row}) is True for row in rows)
    assert 250 < found < 330


def _circle(count: int) -> list[tuple[float, float]]:
    angles = [2 * math.pi * k / count for k in range(count)]
    return [(9.5 + 10 * math.cos(angle), 9.5 + 10 * math.sin(angle)) for angle in [*angles, angles[0]]]


WITHOUT = """
import sys
sys.modules["shapely"] = sys.modules["pyproj"] = None
sys.modules["numpy"] = None
from kgsync.errors import NotSupported
from kgsync.filters.cypher import parse
from kgsync.filters.evaluate import compiled_expr
assert compiled_expr(parse("1 + 1 = 2 AND n.shape = n.shape"), {})({}) is None
for text in ("esri.graph.ST_Intersects(n.a, n.b)", "esri.graph.ST_WKTToGeometry('POINT(1 2)') IS NULL"):
    try:
        compiled_expr(parse(text), {})
    except NotSupported as error:
        assert "kgsync[server]" in error.message
    else:
        raise SystemExit("not refused")
"""


def test_without_the_geometry_libraries_only_spatial_clauses_are_refused() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
