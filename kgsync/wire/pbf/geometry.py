"""Geometry on its integer grid: delta-encoded, restarting at the first vertex of every part.

Coordinates run x, y[, z][, m]; `lengths` counts the vertices of each part and may be left out of a
point (knowledge-pbf EsriGraphTypes.GeometryValue; the layout is arcgis-pbf's).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

from esriPBuffer import EsriTypes_pb2
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph

from kgsync.model.coerce import check_geometry
from kgsync.model.geometry import Geometry, GeometryKind, Grid, SpatialReference
from kgsync.model.values import Invalid
from kgsync.wire.pbf.frames import encode_varint, zigzag

# Beyond 2**53 a coordinate no longer survives the float it becomes.
_MAX_STEPS = 2**53
_OUTSIDE = "a coordinate lies outside the grid"


def _axes(has_z: bool, has_m: bool, grid: Grid) -> list[tuple[float, float]]:
    axes = [(grid.scale_x, grid.translate_x), (grid.scale_y, grid.translate_y)]
    if has_z:
        axes.append((grid.scale_z, grid.translate_z))
    if has_m:
        axes.append((grid.scale_m, grid.translate_m))
    return axes


def _decode_part(coords: Sequence[int], axes: list[tuple[float, float]]) -> tuple[float, ...]:
    out = [0.0] * len(coords)
    for axis, (scale, translate) in enumerate(axes):
        steps = accumulate(coords[axis :: len(axes)])
        out[axis :: len(axes)] = [step * scale + translate for step in steps]
    return tuple(out)


def decode_geometry(value: graph.GeometryValue, grid: Grid) -> Geometry | Invalid | None:
    """Read a geometry in real coordinates; None for an empty one, Invalid with a reason for a wrong one."""
    if value.HasField("compressedShapeBuffer"):
        return Invalid("a geometry in compressedShapeBuffer encoding is not supported")
    if value.geometryType not in (0, 1, 2, 3):
        return Invalid(f"geometry type {value.geometryType} is not point, multipoint, polyline or polygon")
    body = value.geometry
    coords = body.coords
    if not coords:
        return Invalid("vertices are announced, none are given") if sum(body.lengths) else None
    if len(coords) == 2 and not value.geometryType:  # a plain point: most geometries of most graphs
        if body.hasZ or body.hasM or (body.lengths and list(body.lengths) != [1]):
            return Invalid("2 numbers do not make a point with z or m, or of several vertices")
        x = coords[0] * grid.scale_x + grid.translate_x
        y = coords[1] * grid.scale_y + grid.translate_y
        if not (math.isfinite(x) and math.isfinite(y)):
            return Invalid("a coordinate is not a finite number")
        return Geometry(GeometryKind.POINT, False, False, ((x, y),))
    axes = _axes(body.hasZ, body.hasM, grid)
    stride = len(axes)
    lengths = body.lengths or [len(coords) // stride]
    if sum(lengths) * stride != len(coords):
        return Invalid(f"{sum(lengths)} vertices are announced, {len(coords)} numbers are given")
    parts = []
    start = 0
    for length in lengths:
        parts.append(_decode_part(coords[start : start + length * stride], axes))
        start += length * stride
    geometry = Geometry(GeometryKind(value.geometryType), body.hasZ, body.hasM, tuple(parts))
    if not all(math.isfinite(number) for part in parts for number in part):
        return Invalid("a coordinate is not a finite number")
    reason = check_geometry(geometry)
    return Invalid(reason) if reason else geometry


def _quantise(part: tuple[float, ...], axes: list[tuple[float, float]]) -> list[int]:
    out = [0] * len(part)
    for axis, (scale, translate) in enumerate(axes):
        steps = [round((number - translate) / scale) for number in part[axis :: len(axes)]]
        if any(abs(step) > _MAX_STEPS for step in steps):
            raise OverflowError(_OUTSIDE)
        out[axis :: len(axes)] = [steps[0], *(b - a for a, b in pairwise(steps))]
    return out


def encode_geometry_bytes(geometry: Geometry, grid: Grid) -> bytes:
    """Write a geometry on `grid` as GeometryValue bytes. Raises OverflowError like encode_geometry."""
    if geometry.kind is GeometryKind.POINT and len(geometry.parts[0]) == 2:
        x, y = geometry.parts[0]
        east, north = round((x - grid.translate_x) / grid.scale_x), round((y - grid.translate_y) / grid.scale_y)
        if abs(east) > _MAX_STEPS or abs(north) > _MAX_STEPS:
            raise OverflowError(_OUTSIDE)
        coords = encode_varint(zigzag(east)) + encode_varint(zigzag(north))
        # EsriDefaultGeometry: lengths (3) is one vertex, coords (4); below 128 bytes throughout.
        return b"\x12%c\x1a\x01\x01\x22%c%b" % (len(coords) + 5, len(coords), coords)
    data: bytes = encode_geometry(geometry, grid).SerializeToString()
    return data


def encode_geometry(geometry: Geometry, grid: Grid) -> graph.GeometryValue:
    """Write a geometry on `grid`. Raises OverflowError for coordinates the grid cannot hold."""
    axes = _axes(geometry.has_z, geometry.has_m, grid)
    message = graph.GeometryValue(geometryType=int(geometry.kind))
    body = message.geometry
    body.hasZ, body.hasM = geometry.has_z, geometry.has_m
    for part in geometry.parts:
        body.lengths.append(len(part) // len(axes))
        body.coords.extend(_quantise(part, axes))
    return message


def decode_grid(message: graph.Transform) -> Grid | None:
    """Read a transform; None when it is absent or empty (clients send empty ones for "unset").

    A scale of 0 on an axis means 1: proto3 cannot tell it from an unset number.
    """
    if not message.ByteSize():
        return None
    scale, translate = message.scale, message.translate
    return Grid(
        scale_x=scale.xScale or 1.0,
        scale_y=scale.yScale or 1.0,
        scale_z=scale.zScale or 1.0,
        scale_m=scale.mScale or 1.0,
        translate_x=translate.xTranslate,
        translate_y=translate.yTranslate,
        translate_z=translate.zTranslate,
        translate_m=translate.mTranslate,
    )


def encode_grid(grid: Grid) -> graph.Transform:
    message = graph.Transform()
    scale, translate = message.scale, message.translate
    scale.xScale, scale.yScale, scale.zScale, scale.mScale = (
        grid.scale_x,
        grid.scale_y,
        grid.scale_z,
        grid.scale_m,
    )
    translate.xTranslate, translate.yTranslate = grid.translate_x, grid.translate_y
    translate.zTranslate, translate.mTranslate = grid.translate_z, grid.translate_m
    return message


def decode_reference(message: EsriTypes_pb2.EsriTypes.SpatialReference) -> SpatialReference:
    """Read a spatial reference; wkid 0 without text means unset. The contract spells it lastestWkid."""
    return SpatialReference(
        wkid=message.wkid,
        latest_wkid=message.lastestWkid,
        vcs_wkid=message.vcsWkid,
        latest_vcs_wkid=message.latestVcsWkid,
        wkt=message.wkt or message.wkt2,
    )


def encode_reference(reference: SpatialReference) -> EsriTypes_pb2.EsriTypes.SpatialReference:
    return EsriTypes_pb2.EsriTypes.SpatialReference(
        wkid=reference.wkid,
        lastestWkid=reference.latest_wkid,
        vcsWkid=reference.vcs_wkid,
        latestVcsWkid=reference.latest_vcs_wkid,
        wkt=reference.wkt,
    )
