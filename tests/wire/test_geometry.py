"""Geometry on its grid: within half a step for every kind, deltas restarting at every part."""

from __future__ import annotations

import pytest
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from hypothesis import given, settings
from hypothesis import strategies as st

from kgsync.model.geometry import IDENTITY, WGS84, Geometry, GeometryKind, Grid, SpatialReference, default_grid
from kgsync.model.values import Invalid
from kgsync.wire.pbf.geometry import (
    decode_geometry,
    decode_grid,
    decode_reference,
    encode_geometry,
    encode_geometry_bytes,
    encode_grid,
    encode_reference,
)
from tests.wire.samples import geometries, point

PURE = settings.get_profile("pure")
COARSE = Grid(scale_x=0.25, scale_y=0.5, scale_z=2.0, scale_m=8.0, translate_x=0.1, translate_y=-0.3, translate_z=7.0)
DEGREES = default_grid(WGS84)


def _scaled(geometry: Geometry, factor: float) -> Geometry:
    parts = tuple(tuple(n * factor for n in part) for part in geometry.parts)
    return Geometry(geometry.kind, geometry.has_z, geometry.has_m, parts)


def _steps(geometry: Geometry, grid: Grid) -> list[float]:
    axes = [grid.scale_x, grid.scale_y]
    return axes + [grid.scale_z] * geometry.has_z + [grid.scale_m] * geometry.has_m


def _read(geometry: Geometry, grid: Grid) -> Geometry:
    found = decode_geometry(graph.GeometryValue.FromString(encode_geometry_bytes(geometry, grid)), grid)
    assert isinstance(found, Geometry)
    return found


def _shape(kind: int, lengths: list[int], coords: list[int], z: bool = False, m: bool = False) -> graph.GeometryValue:
    body = graph.GeometryValue.EsriDefaultGeometry(hasZ=z, hasM=m, lengths=lengths, coords=coords)
    return graph.GeometryValue(geometryType=kind, geometry=body)


@PURE
@given(geometries(), st.sampled_from([(COARSE, 0.7), (DEGREES, 1.7e-4), (default_grid(SpatialReference()), 1.01)]))
def test_every_geometry_comes_back_within_half_a_step(geometry: Geometry, on: tuple[Grid, float]) -> None:
    grid, factor = on
    sent = _scaled(geometry, factor)
    steps = _steps(sent, grid)

    found = _read(sent, grid)

    assert (found.kind, found.has_z, found.has_m) == (sent.kind, sent.has_z, sent.has_m)
    assert [len(p) for p in found.parts] == [len(p) for p in sent.parts]
    for there, here in zip(found.parts, sent.parts, strict=True):
        for index, (a, b) in enumerate(zip(there, here, strict=True)):
            assert abs(a - b) <= steps[index % len(steps)] * 0.51


@PURE
@given(geometries())
def test_a_geometry_on_the_grid_stays_where_it_is(geometry: Geometry) -> None:
    once = _read(_scaled(geometry, 1.7e-4), DEGREES)

    assert encode_geometry_bytes(_read(once, DEGREES), DEGREES) == encode_geometry_bytes(once, DEGREES)
    assert _read(geometry, IDENTITY) == geometry


@PURE
@given(geometries())
def test_bytes_and_message_are_the_same_geometry(geometry: Geometry) -> None:
    assert encode_geometry_bytes(geometry, IDENTITY) == encode_geometry(geometry, IDENTITY).SerializeToString()


def test_deltas_restart_at_the_first_vertex_of_every_part() -> None:
    line = _shape(2, [2, 2], [5, 5, 1, 1, 100, 100, 1, 1])

    found = decode_geometry(line, IDENTITY)

    assert isinstance(found, Geometry)
    assert found.parts == ((5.0, 5.0, 6.0, 6.0), (100.0, 100.0, 101.0, 101.0))


def test_axes_run_x_y_z_m_each_on_its_own_scale() -> None:
    grid = Grid(scale_x=2.0, scale_y=3.0, scale_z=5.0, scale_m=7.0, translate_z=1.0, translate_m=2.0)

    found = decode_geometry(_shape(0, [1], [1, 1, 1, 1], z=True, m=True), grid)

    assert found == Geometry(GeometryKind.POINT, True, True, ((2.0, 3.0, 6.0, 9.0),))


@pytest.mark.parametrize("lengths", [[], [1]])
def test_a_point_may_leave_out_its_length(lengths: list[int]) -> None:
    assert decode_geometry(_shape(0, lengths, [3, 4]), IDENTITY) == point(3.0, 4.0)


@pytest.mark.parametrize("kind", range(4))
def test_a_geometry_without_coordinates_is_null(kind: int) -> None:
    assert decode_geometry(_shape(kind, [], []), IDENTITY) is None


@pytest.mark.parametrize(
    "message",
    [
        _shape(4, [1], [1, 2]),
        _shape(5, [2], [1, 2, 3, 4]),
        _shape(99, [1], [1, 2]),
        graph.GeometryValue(compressedShapeBuffer=b"\x01"),
        _shape(0, [2], [1, 2]),
        _shape(0, [1], [1, 2], z=True),
        _shape(0, [1], [1, 2, 3]),
        _shape(0, [], [1, 2, 3, 4]),
        _shape(2, [1], [1, 2]),
        _shape(2, [2, 0], [1, 2, 3, 4]),
        _shape(2, [3], [1, 2, 3, 4]),
        _shape(2, [4294967295], [1, 2]),
        _shape(1, [1, 1], [1, 2, 3, 4]),
        _shape(3, [3], [0, 0, 1, 1, -1, -1]),
        _shape(3, [4], [0, 0, 0, 1, 1, 0, 0, -1]),
    ],
)
def test_a_wrong_geometry_is_invalid_with_a_reason(message: graph.GeometryValue) -> None:
    found = decode_geometry(message, IDENTITY)

    assert isinstance(found, Invalid)
    assert found.reason


@pytest.mark.parametrize("scale", [float("nan"), float("inf"), 1e308])
@pytest.mark.parametrize("shape", [_shape(0, [1], [9, 9]), _shape(1, [2], [9, 9, 9, 9])])
def test_coordinates_that_are_no_numbers_are_invalid(shape: graph.GeometryValue, scale: float) -> None:
    assert isinstance(decode_geometry(shape, Grid(scale_x=scale)), Invalid)


@pytest.mark.parametrize(
    "geometry",
    [
        point(2.0**53 + 2, 0.0),
        point(0.0, -(2.0**53) - 2),
        Geometry(GeometryKind.POINT, True, False, ((0.0, 0.0, 1e300),)),
        Geometry(GeometryKind.MULTIPOINT, False, False, ((0.0, 0.0, 1e16, 0.0),)),
    ],
)
def test_coordinates_outside_the_grid_are_refused(geometry: Geometry) -> None:
    with pytest.raises(OverflowError):
        encode_geometry_bytes(geometry, IDENTITY)
    with pytest.raises(OverflowError):
        encode_geometry(geometry, IDENTITY)


def test_the_last_step_of_the_grid_is_kept_exactly() -> None:
    corner = point(2.0**53, -(2.0**53))

    assert _read(corner, IDENTITY) == corner


@pytest.mark.parametrize("grid", [IDENTITY, COARSE, DEGREES])
def test_a_grid_reads_back(grid: Grid) -> None:
    assert decode_grid(encode_grid(grid)) == grid


def test_an_empty_transform_is_none_and_a_scale_of_zero_is_one() -> None:
    partial = graph.Transform()
    partial.scale.xScale = 0.5

    assert decode_grid(graph.Transform()) is None
    assert decode_grid(partial) == Grid(scale_x=0.5)


def test_a_reference_reads_back_with_the_contracts_own_spelling() -> None:
    reference = SpatialReference(wkid=102100, latest_wkid=3857, vcs_wkid=5, latest_vcs_wkid=6, wkt="PROJCS[]")

    message = encode_reference(reference)

    assert message.lastestWkid == 3857
    assert decode_reference(message) == reference
