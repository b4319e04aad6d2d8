"""Geometry's envelope and stride, what makes one unusable, and the grid a reference gets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from kgsync.model.coerce import check_geometry
from kgsync.model.geometry import IDENTITY, WGS84, Geometry, GeometryKind, SpatialReference, default_grid
from tests.wire.samples import geometries

PURE = settings.get_profile("pure")
POINT, MULTIPOINT, LINE, POLYGON = list(GeometryKind)[:4]


def _flat(kind: GeometryKind, *parts: tuple[float, ...]) -> Geometry:
    return Geometry(kind, False, False, parts)


@pytest.mark.parametrize(
    ("has_z", "has_m", "stride"), [(False, False, 2), (True, False, 3), (False, True, 3), (True, True, 4)]
)
def test_stride_counts_the_numbers_of_a_vertex(has_z: bool, has_m: bool, stride: int) -> None:
    assert Geometry(POINT, has_z, has_m, ()).stride == stride


def test_envelope_of_a_point_is_the_point() -> None:
    assert Geometry(POINT, True, True, ((1.0, 2.0, 99.0, -99.0),)).envelope() == (1.0, 2.0, 1.0, 2.0)


def test_envelope_spans_every_part_and_leaves_out_z_and_m() -> None:
    line = Geometry(LINE, True, False, ((0.0, 5.0, 100.0, 1.0, 4.0, -100.0), (-3.0, 7.0, 0.0, 2.0, 2.0, 0.0)))

    assert line.envelope() == (-3.0, 2.0, 2.0, 7.0)


@PURE
@given(geometries())
def test_envelope_holds_every_vertex(geometry: Geometry) -> None:
    west, south, east, north = geometry.envelope()
    step = geometry.stride

    assert all(west <= x <= east for part in geometry.parts for x in part[0::step])
    assert all(south <= y <= north for part in geometry.parts for y in part[1::step])


@PURE
@given(geometries())
def test_whole_geometries_are_usable(geometry: Geometry) -> None:
    assert check_geometry(geometry) is None


@pytest.mark.parametrize(
    "geometry",
    [
        _flat(POINT),
        _flat(POINT, ()),
        _flat(POINT, (1.0, 2.0, 3.0, 4.0)),
        _flat(POINT, (1.0, 2.0), (3.0, 4.0)),
        _flat(MULTIPOINT),
        _flat(MULTIPOINT, (1.0, 2.0), (3.0, 4.0)),
        _flat(LINE, (1.0, 2.0)),
        _flat(LINE, (1.0, 2.0, 3.0, 4.0), ()),
        _flat(POLYGON, (0.0, 0.0, 0.0, 1.0, 0.0, 0.0)),
        _flat(POLYGON, (0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0)),
        Geometry(POLYGON, True, False, ((0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0, 1.0),)),
    ],
)
def test_what_cannot_be_drawn_is_unusable_with_a_reason(geometry: Geometry) -> None:
    assert check_geometry(geometry)


def test_a_ring_closes_in_x_and_y_whatever_its_z() -> None:
    ring = Geometry(POLYGON, True, False, ((0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 9.0),))

    assert check_geometry(ring) is None


@pytest.mark.parametrize(
    "reference",
    [WGS84, SpatialReference(wkid=4000), SpatialReference(wkid=4999), SpatialReference(wkt=' geogcs["GCS"]')],
)
def test_geographic_references_lie_on_billionths_of_a_degree(reference: SpatialReference) -> None:
    grid = default_grid(reference)

    assert (grid.scale_x, grid.scale_y, grid.translate_x, grid.translate_y) == (1e-9, 1e-9, -400.0, -400.0)


@pytest.mark.parametrize("reference", [SpatialReference(wkid=3857), SpatialReference(wkid=5000), SpatialReference()])
def test_other_references_lie_on_tenths_of_a_millimetre(reference: SpatialReference) -> None:
    grid = default_grid(reference)

    assert (grid.scale_x, grid.scale_y) == (1e-4, 1e-4)
    assert (grid.scale_z, grid.scale_m, grid.translate_z, grid.translate_m) == (1e-4, 1e-4, -1e5, -1e5)


def test_identity_takes_integers_as_coordinates() -> None:
    assert (IDENTITY.scale_x, IDENTITY.translate_x) == (1.0, 0.0)


def test_a_reference_is_set_by_number_or_text() -> None:
    assert SpatialReference(wkid=1).is_set
    assert SpatialReference(wkt="x").is_set
    assert not SpatialReference(latest_wkid=1).is_set
