"""Carrying geometries between spatial references, and the envelopes of a first cut."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
import shapely
from pyproj import CRS, Geod, Transformer

from kgsync.errors import MalformedInput
from kgsync.filters import spatial
from kgsync.filters.kinds import Space, Work
from kgsync.filters.projection import project
from kgsync.filters.shapes import to_shape
from kgsync.filters.spatial import envelopes, within_distance_envelopes
from kgsync.model.coerce import check_geometry
from kgsync.model.geometry import WGS84, Geometry, GeometryKind, SpatialReference
from tests.filters.shapes import ANTARCTIC, NAD_83, PACIFIC, UNKNOWN, UTM_33, WEB_MERCATOR, box, wkt

WORLD = 20_037_508.342789244


def area(geometry: Geometry) -> float:
    shape = to_shape(geometry)
    assert shape is not None
    return float(shape.area)


def test_a_point_lands_where_proj_says() -> None:
    found = project(wkt("POINT(14 60)"), WGS84, UTM_33)
    assert found.parts[0] == pytest.approx(Transformer.from_crs(4326, 32633, always_xy=True).transform(14, 60))
    assert project(found, UTM_33, WGS84).parts[0] == pytest.approx((14, 60), abs=1e-9)


@pytest.mark.parametrize("wkid", [102100, 102113, 900913, 3857, 3785])
def test_web_mercator_goes_by_many_numbers(wkid: int) -> None:
    found = project(wkt("POINT(1 0)"), WGS84, SpatialReference(wkid=wkid))
    assert found.parts[0] == pytest.approx((111_319.490793, 0), abs=1e-6)
    assert project(found, SpatialReference(wkid=wkid), WEB_MERCATOR) is found


def test_references_may_come_as_text_or_from_esris_numbers() -> None:
    text = SpatialReference(wkt=CRS.from_epsg(32633).to_wkt("WKT1_ESRI"))
    assert project(wkt("POINT(14 60)"), WGS84, text).parts[0] == pytest.approx(
        project(wkt("POINT(14 60)"), WGS84, UTM_33).parts[0]
    )
    esri = project(wkt("POINT(0 0)"), WGS84, SpatialReference(wkid=54030))  # Robinson
    assert esri.parts[0] == pytest.approx((0, 0), abs=1e-6)
    replaced = SpatialReference(wkid=103_999, latest_wkid=32633)
    assert project(wkt("POINT(14 60)"), WGS84, replaced) == project(wkt("POINT(14 60)"), WGS84, UTM_33)


def test_unset_and_equal_references_change_nothing() -> None:
    point = wkt("POINT(1 2)")
    assert project(point, SpatialReference(), WEB_MERCATOR) is point
    assert project(point, WEB_MERCATOR, SpatialReference()) is point
    assert project(point, WGS84, SpatialReference(wkid=4326)) is point
    assert project(wkt("POINT EMPTY"), WGS84, WEB_MERCATOR).parts == ()


@pytest.mark.parametrize(
    ("text", "source", "target"),
    [
        ("POINT(1 2)", UNKNOWN, WGS84),
        ("POINT(1 2)", WGS84, UNKNOWN),
        ("POINT(1 2)", SpatialReference(wkt="nonsense"), WGS84),
        ("POINT(1 2)", SpatialReference(wkt="GEOGCS[" * 100_000), WGS84),
        ("POINT(1 2)", SpatialReference(wkid=5703), WGS84),  # heights only
        ("POINT(1 2)", SpatialReference(wkid=-5), WGS84),
        ("POINT(105 0)", WGS84, UTM_33),
        ("POINT(0 90)", WGS84, ANTARCTIC),
    ],
)
def test_what_cannot_be_carried_over_is_refused_at_in_sr(
    text: str, source: SpatialReference, target: SpatialReference
) -> None:
    with pytest.raises(MalformedInput) as caught:
        project(wkt(text), source, target)
    assert caught.value.place == "in_sr"


def test_z_and_m_are_kept() -> None:
    line = Geometry(GeometryKind.POLYLINE, True, True, ((0.0, 0.0, 5.0, 0.0, 1.0, 1.0, 7.0, 2.0),))
    found = project(line, WGS84, WEB_MERCATOR)
    assert found.has_z and found.has_m
    assert found.parts[0][2:4] == (5.0, 0.0)
    assert found.parts[0][-2:] == (7.0, 2.0)


def test_small_geometries_keep_their_vertices_and_large_ones_their_shape() -> None:
    small = project(wkt(box(14, 60, 14.001, 60.001)), WGS84, UTM_33)
    assert len(small.parts[0]) == 10
    large = project(wkt(box(-60, 50, 60, 70)), WGS84, SpatialReference(wkid=3413))
    assert 100 < len(large.parts[0]) < 2_000
    fine = shapely.segmentize(shapely.from_wkt(box(-60, 50, 60, 70)), 0.01)
    change = Transformer.from_crs(4326, 3413, always_xy=True)
    exact = shapely.transform(fine, lambda p: np.column_stack(change.transform(p[:, 0], p[:, 1])))
    assert area(large) == pytest.approx(exact.area, rel=1e-3)
    assert check_geometry(large) is None


def test_an_envelope_becomes_the_polygon_it_is_on_the_other_map() -> None:
    envelope = Geometry(GeometryKind.ENVELOPE, False, False, ((10.0, 50.0, 20.0, 60.0),))
    found = project(envelope, WGS84, UTM_33)
    assert found.kind is GeometryKind.POLYGON
    assert check_geometry(found) is None
    everything = Geometry(GeometryKind.ENVELOPE, False, False, ((-180.0, -90.0, 180.0, 90.0),))
    west, south, east, north = project(everything, WGS84, WEB_MERCATOR).envelope()
    assert (west, east) == pytest.approx((-WORLD, WORLD))
    assert north == -south > 10 * WORLD


# --- the antimeridian and the poles ----------------------------------------------------------------


@pytest.mark.parametrize("text", [box(170, -10, 190, 10), box(-190, -10, -170, 10)])
def test_what_crosses_the_edge_of_the_target_map_is_cut_there(text: str) -> None:
    found = project(wkt(text), WGS84, WEB_MERCATOR)
    assert len(found.parts) == 2
    assert check_geometry(found) is None
    assert found.envelope()[::2] == pytest.approx((-WORLD, WORLD))
    assert area(found) == pytest.approx(area(project(wkt(box(0, -10, 20, 10)), WGS84, WEB_MERCATOR)))
    # On a map around 150° E the edge is elsewhere.
    assert len(project(wkt(text), WGS84, PACIFIC).parts) == 1
    line = project(wkt("LINESTRING(175 0, 185 0)"), WGS84, WEB_MERCATOR)
    assert len(line.parts) == 2


def test_between_two_maps_the_edge_of_the_target_counts() -> None:
    there = project(wkt(box(170, -10, 190, 10)), WGS84, PACIFIC)
    found = project(there, PACIFIC, WEB_MERCATOR)
    assert len(found.parts) == 2
    assert area(found) == pytest.approx(area(project(wkt(box(170, -10, 190, 10)), WGS84, WEB_MERCATOR)), rel=1e-6)


def test_longitudes_run_on_between_geographic_references() -> None:
    found = project(wkt(box(170, -10, 190, 10)), WGS84, SpatialReference(wkid=4267))
    assert found.envelope() == pytest.approx((170, -10, 190, 10), abs=0.01)
    assert len(found.parts) == 1


def test_what_runs_across_the_antimeridian_is_whole_in_longitudes() -> None:
    there = project(wkt(box(170, -10, 190, 10)), WGS84, PACIFIC)
    found = project(there, PACIFIC, WGS84)
    work = Work()
    assert spatial.st_contains(work, found, wkt("POINT(-175 0)")) is True
    assert spatial.st_contains(work, found, wkt("POINT(180 0)")) is True
    assert spatial.st_intersects(work, found, wkt("POINT(0 0)")) is False
    assert area(found) == pytest.approx(400, rel=1e-3)
    line = project(project(wkt("LINESTRING(175 0, 185 5)"), WGS84, PACIFIC), PACIFIC, WGS84)
    assert spatial.st_intersects(work, line, wkt("POINT(-180 2.5)")) in (True, False)
    assert spatial.st_intersects(work, line, wkt("LINESTRING(-180 -5, -180 10)")) is True
    assert spatial.st_intersects(work, line, wkt("LINESTRING(0 -5, 0 10)")) is False


def test_a_polygon_around_a_pole_reaches_it_in_longitudes() -> None:
    metres = 2_000_000
    around = box(-metres, -metres, metres, metres)[:-1]
    hole = "(-500000 -500000, -500000 500000, 500000 500000, 500000 -500000, -500000 -500000)"
    work = Work()
    cap = project(wkt(around + ")"), ANTARCTIC, WGS84)
    assert cap.envelope() == pytest.approx((-180, -90, 180, cap.envelope()[3]))
    for longitude in (-180, -91, 0, 77, 135, 180):
        assert spatial.st_contains(work, cap, wkt(f"POINT({longitude} -85)")) is True
        assert spatial.st_contains(work, cap, wkt(f"POINT({longitude} -90)")) is True
        assert spatial.st_contains(work, cap, wkt(f"POINT({longitude} -60)")) is False
    ring = project(wkt(f"{around}, {hole})"), ANTARCTIC, WGS84)
    assert spatial.st_contains(work, ring, wkt("POINT(20 -89)")) is False
    assert spatial.st_contains(work, ring, wkt("POINT(20 -80)")) is True
    assert spatial.st_intersects(work, ring, wkt("POINT(20 -90)")) is False


def test_a_cap_in_longitudes_is_round_on_a_polar_map() -> None:
    cap = project(wkt(box(-180, -90, 180, -60)), WGS84, ANTARCTIC)
    radius = math.hypot(*Transformer.from_crs(4326, 3031, always_xy=True).transform(0, -60))
    assert area(cap) == pytest.approx(math.pi * radius**2, rel=1e-3)
    work = Work(space=Space(model=ANTARCTIC))
    assert spatial.st_contains(work, cap, wkt("POINT(1000 1000)")) is True


def test_the_whole_mercator_world_is_a_band_of_all_longitudes() -> None:
    found = project(wkt(box(-WORLD, -WORLD, WORLD, WORLD)), WEB_MERCATOR, WGS84)
    assert found.envelope() == pytest.approx((-180, -85.0511287798, 180, 85.0511287798))
    assert area(found) == pytest.approx(360 * 2 * 85.0511287798)


# --- envelopes -------------------------------------------------------------------------------------


def touch(one: tuple[float, ...], others: list[tuple[float, float, float, float]]) -> bool:
    return any(one[0] <= b[2] and b[0] <= one[2] and one[1] <= b[3] and b[1] <= one[3] for b in others)


def _random_geometry(pick: random.Random, spread: float) -> Geometry:
    x, y = pick.uniform(-spread, spread), pick.choice([pick.uniform(-90, 90), 90.0, -90.0, 80.0])
    if pick.random() < 0.4:
        return wkt(f"POINT({x} {y})")
    width, height = pick.choice([0.5, 5.0, 60.0, 360.0]), pick.choice([0.5, 20.0])
    return wkt(box(x, max(y - height, -90), min(x + width, 540), min(y + height, 90)))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_intersects_touches_an_envelope(seed: int) -> None:
    pick = random.Random(seed)
    hits = 0
    for _ in range(150):
        one, other = _random_geometry(pick, 400), _random_geometry(pick, 180)
        found = spatial.st_intersects(Work(), one, other)
        hits += found is True
        assert found is not True or touch(other.envelope(), envelopes(one, WGS84)), (one, other)
        assert found is not True or touch(one.envelope(), envelopes(other, WGS84)), (one, other)
    assert hits > 10


@pytest.mark.parametrize("model", [WGS84, NAD_83, WEB_MERCATOR, UTM_33, ANTARCTIC])
def test_whatever_is_near_touches_an_envelope(model: SpatialReference) -> None:
    pick = random.Random(7)
    globe = Geod(ellps="WGS84")
    for _ in range(60):
        metres = 10 ** pick.uniform(0, 6.5)
        spans = {ANTARCTIC: (-90, -60), WEB_MERCATOR: (-84, 84), UTM_33: (-70, 70)}
        latitude = pick.uniform(*spans.get(model, (-90, 90)))
        longitude = pick.uniform(5, 25) if model is UTM_33 else pick.choice([pick.uniform(-180, 180), 179.99, -179.99])
        east, north, _ = globe.fwd(longitude, latitude, pick.uniform(0, 360), metres * pick.uniform(0.3, 0.999))
        try:
            one = project(wkt(f"POINT({longitude} {latitude})"), WGS84, model)
            other = project(wkt(f"POINT({east} {north})"), WGS84, model)
        except MalformedInput:
            continue
        assert touch(other.envelope(), within_distance_envelopes(one, metres, model)), (one, other, metres)


def test_envelopes_cut_most_of_the_world_off() -> None:
    found = envelopes(wkt(box(170, -10, 190, 10)), WGS84)
    assert touch((-175, 0, -175, 0), found)
    assert touch((175, 0, 175, 0), found)
    assert not touch((0, 0, 0, 0), found)
    near = within_distance_envelopes(wkt("POINT(10 50)"), 1_000, WGS84)
    assert touch((10.01, 50, 10.01, 50), near)
    assert not touch((10.1, 50, 10.1, 50), near)
    beside_the_pole = within_distance_envelopes(wkt("POINT(10 89.999)"), 1_000, WGS84)
    assert touch((-170, 89.999, -170, 89.999), beside_the_pole)
    assert not touch((10, 89.9, 10, 89.9), beside_the_pole)
    mercator = within_distance_envelopes(wkt("POINT(0 0)"), 1_000, WEB_MERCATOR)
    assert touch((1_000, 0, 1_000, 0), mercator)
    assert not touch((1_200, 0, 1_200, 0), mercator)


def test_nothing_has_no_envelopes() -> None:
    patch = Geometry(GeometryKind.MULTIPATCH, True, False, ((0.0, 0.0, 0.0),))
    for nothing in (wkt("POINT EMPTY"), wkt("POINT(0 91)"), patch):
        assert envelopes(nothing, WGS84) == []
        assert within_distance_envelopes(nothing, 5, WGS84) == []
    assert within_distance_envelopes(wkt("POINT(0 0)"), -1, WGS84) == []
    assert within_distance_envelopes(wkt("POINT(0 0)"), math.nan, WGS84) == []
    assert len(within_distance_envelopes(wkt("POINT(0 0)"), 5, UNKNOWN)) == 1
