"""Geometry and fields as JSON: what is written reads back, and any JSON is a geometry or an error with a place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgsync.errors import KgsyncError, MalformedInput, NotSupported
from kgsync.model.geometry import Geometry, GeometryKind, SpatialReference
from kgsync.wire.esrijson.geometry import (
    read_geometry,
    read_geometry_text,
    read_reference,
    write_geometry,
    write_reference,
)

_coordinates = st.floats(-1e9, 1e9, allow_nan=False).map(lambda n: n + 0.0)


@st.composite
def _geometries(draw: st.DrawFn) -> Geometry:
    kind = draw(st.sampled_from((GeometryKind.POINT, *list(GeometryKind)[1:4])))
    has_z, has_m = draw(st.booleans()), draw(st.booleans())
    stride = 2 + has_z + has_m

    def part(least: int) -> tuple[float, ...]:
        count = draw(st.integers(least, 4))
        return tuple(draw(_coordinates) for _ in range(count * stride))

    if kind is GeometryKind.POINT:
        return Geometry(kind, has_z, has_m, (tuple(draw(_coordinates) for _ in range(stride)),))
    if kind is GeometryKind.MULTIPOINT:
        return Geometry(kind, has_z, has_m, (part(1),))
    parts = [part(2 if kind is GeometryKind.POLYLINE else 3) for _ in range(draw(st.integers(1, 3)))]
    if kind is GeometryKind.POLYGON:
        parts = [(*each, *each[:stride]) for each in parts]
    return Geometry(kind, has_z, has_m, tuple(parts))


@given(_geometries())
def test_a_geometry_that_is_written_reads_back(geometry: Geometry) -> None:
    written = json.loads(json.dumps(write_geometry(geometry)))
    assert read_geometry(written, "geometry") == (geometry, None)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["x", "y", "z", "points", "paths", "rings", "xmin", "hasZ", "spatialReference", "wkid"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(_json)
def test_any_json_is_a_geometry_or_an_error(value: Any) -> None:
    try:
        read_geometry(value, "geometry")
    except KgsyncError as error:
        assert "geometry" in str(error)


@given(st.text(max_size=40) | st.text(alphabet=" 0123456789,.-+eE{}", max_size=40))
def test_any_text_is_a_geometry_or_an_error(text: str) -> None:
    for read in (read_geometry_text, read_reference):
        try:
            read(text, "geometry")
        except KgsyncError as error:
            assert "geometry" in str(error)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"x": None}, None),
        ({"x": "NaN", "y": "NaN"}, None),
        ({"rings": []}, None),
        ({"rings": [[]]}, None),
        ({}, None),
        ({"x": 1, "y": "2"}, Geometry(GeometryKind.POINT, False, False, ((1.0, 2.0),))),
        ({"paths": [[[1, 2, 3], [4, 5, 6]]]}, Geometry(GeometryKind.POLYLINE, True, False, ((1.0, 2, 3, 4, 5, 6),))),
        ({"paths": [[[1, 2, None], [4, 5]]], "hasM": True},
         Geometry(GeometryKind.POLYLINE, False, True, ((1.0, 2, 0, 4, 5, 0),))),
    ],
)  # fmt: skip
def test_what_clients_send_is_understood(given: dict[str, Any], expected: Geometry | None) -> None:
    assert read_geometry(given, "g")[0] == expected


def test_a_ring_left_open_is_closed() -> None:
    found, _ = read_geometry({"rings": [[[0, 0], [0, 1], [1, 1]]]}, "g")
    assert found is not None
    assert found.parts[0][:2] == found.parts[0][-2:]


def test_an_envelope_is_a_clockwise_ring() -> None:
    found, reference = read_geometry_text("  -1.0, -2.0,   3.0,  4.0", "g")
    assert reference is None
    assert found == Geometry(GeometryKind.POLYGON, False, False, ((-1, -2, -1, 4, 3, 4, 3, -2, -1, -2),))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"xmin": 2, "ymin": 0, "xmax": 1, "ymax": 1}, "ends before it begins"),
        ({"paths": [[[1]]]}, "vertex 0"),
        ({"paths": [[["a", 1]]]}, "no coordinate"),
        ({"paths": 5}, "is a list"),
        ({"x": True, "y": 1}, "no coordinate"),
        ({"centre": 1}, "no point, multipoint"),
        ([1, 2], "JSON object"),
        ({"x": 1, "y": 1, "spatialReference": {"wkid": "many"}}, "wkid or a wkt"),
    ],
)
def test_what_is_no_geometry_is_told(given: Any, told: str) -> None:
    with pytest.raises(MalformedInput, match=told):
        read_geometry(given, "g")


def test_true_curves_are_refused_by_name() -> None:
    with pytest.raises(NotSupported, match="true curves"):
        read_geometry({"curvePaths": [[[0, 0], {"c": [[3, 3], [1, 4]]}]]}, "g")


@pytest.mark.parametrize(
    ("given", "wkid"),
    [(3857, 3857), ("3857", 3857), ({"wkid": 102100, "latestWkid": 3857}, 3857), ('{"wkid": 4326}', 4326)],
)
def test_a_spatial_reference_is_a_number_or_an_object(given: Any, wkid: int) -> None:
    found = read_reference(given, "inSR")
    assert found == SpatialReference(wkid=wkid, latest_wkid=wkid)
    assert write_reference(found) == {"wkid": wkid, "latestWkid": wkid}
