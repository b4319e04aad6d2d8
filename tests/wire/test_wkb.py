"""Well-known binary and GeoPackage blobs: both ways, and any bytes give a geometry or an error with a place."""

from __future__ import annotations

import struct

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kgsync.errors import MalformedInput
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.wire.geopackage import blob, wkb_of
from kgsync.wire.wkb import read_wkb, write_wkb

_NUMBERS = st.floats(-1e6, 1e6).map(lambda n: round(n, 3))
_SQUARE = (0.0, 0.0, 0.0, 4.0, 4.0, 4.0, 4.0, 0.0, 0.0, 0.0)  # clockwise: an outer ring
_HOLE = (1.0, 1.0, 2.0, 1.0, 2.0, 2.0, 1.0, 2.0, 1.0, 1.0)


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    kind = draw(st.sampled_from((GeometryKind.POINT, GeometryKind.MULTIPOINT, GeometryKind.POLYLINE)))
    has_z, has_m = draw(st.booleans()), draw(st.booleans())
    stride = 2 + has_z + has_m
    counts = {GeometryKind.POINT: (1, 1, 1), GeometryKind.MULTIPOINT: (1, 1, 4)}
    parts, least, most = counts.get(kind, (draw(st.integers(1, 3)), 2, 5))
    made = []
    for _ in range(parts):
        count = draw(st.integers(least, most))
        made.append(tuple(draw(st.lists(_NUMBERS, min_size=count * stride, max_size=count * stride))))
    return Geometry(kind, has_z, has_m, tuple(made))


@given(geometries())
def test_what_is_written_is_read(geometry: Geometry) -> None:
    data = write_wkb(geometry)
    assert data is not None
    assert read_wkb(data, "x") == geometry
    packed = blob(geometry, 4326)
    assert packed is not None
    assert wkb_of(packed, "x") == data


def test_polygons_keep_holes_and_ways_around() -> None:
    geometry = Geometry(GeometryKind.POLYGON, False, False, (_SQUARE, _HOLE))
    data = write_wkb(geometry)
    assert data is not None
    shape = shapely.from_wkb(data)
    assert (shape.geom_type, shape.area, shape.is_valid) == ("MultiPolygon", 15.0, True)
    assert shape.geoms[0].exterior.is_ccw, "other programs wind outer rings the other way"
    back = read_wkb(data, "x")
    assert back is not None and back.kind is GeometryKind.POLYGON
    assert {tuple(sorted(part)) for part in back.parts} == {tuple(sorted(_SQUARE)), tuple(sorted(_HOLE))}


@pytest.mark.parametrize("text", ["POINT Z (1 2 3)", "LINESTRING (0 0, 1 1)", "POLYGON ((0 0, 4 0, 4 4, 0 0))"])
@pytest.mark.parametrize("order", [0, 1])
def test_what_others_write_is_read(text: str, order: int) -> None:
    shape = shapely.from_wkt(text)
    for flavor in ("iso", "extended"):
        data = shapely.to_wkb(
            shapely.set_srid(shape, 4326), byte_order=order, flavor=flavor, include_srid=flavor != "iso"
        )
        geometry = read_wkb(data, "x")
        assert geometry is not None
        again = write_wkb(geometry)
        assert again is not None
        assert shapely.equals(shapely.from_wkb(again), shape)


@given(st.binary(max_size=80) | st.builds(lambda k, b: struct.pack("<BI", 1, k) + b, st.integers(0, 3010), st.binary()))
def test_any_bytes_are_a_geometry_or_refused(data: bytes) -> None:
    for read in (lambda: read_wkb(data, "x"), lambda: wkb_of(data, "x")):
        try:
            read()
        except MalformedInput as error:
            assert error.message.startswith("x: ")


def test_counts_are_believed_only_as_far_as_there_are_bytes() -> None:
    for kind in range(2, 7):
        with pytest.raises(MalformedInput, match="announced"):
            read_wkb(struct.pack("<BII", 1, kind, 0xFFFFFFFF), "x")
