"""Canonical values of every property type, and types that hold them."""

from __future__ import annotations

import struct
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from kgsync.model.geometry import WGS84, Geometry, GeometryKind, default_grid
from kgsync.model.schema import Category, FieldType, NamedType, Property
from kgsync.model.values import (
    DAY_MS,
    MAX_EPOCH_DAY,
    MAX_LOCAL_MS,
    MAX_OFFSET_SECONDS,
    MIN_EPOCH_DAY,
    MIN_LOCAL_MS,
    DateOnly,
    DateTime,
    Scalar,
    TimeOnly,
    TimestampOffset,
)

GRID = default_grid(WGS84)
ID = UUID("00112233-4455-6677-8899-aabbccddeeff")
ORIGIN = UUID(int=1)
DEST = UUID(int=2)

_EDGES = (-(2**63), -(2**48) - 1, -(2**48), -(2**20) - 1, -(2**20), 0, 2**20 - 1, 2**20, 2**48 - 1, 2**48, 2**63 - 1)


def as_single(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def _doubles() -> st.SearchStrategy[float]:
    edges = st.sampled_from([float(n) for n in _EDGES]) | st.just(-0.0)
    return st.floats(allow_nan=False, allow_infinity=False) | edges | st.integers(-(2**53), 2**53).map(float)


def _singles() -> st.SearchStrategy[float]:
    edges = st.sampled_from([-1048577.0, -1048576.0, 1048575.0, 1048576.0, -0.0])
    return st.floats(width=32, allow_nan=False, allow_infinity=False) | edges


def _integers(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def texts() -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


def parts(stride: int, least: int, closed: bool) -> st.SearchStrategy[tuple[float, ...]]:
    """Vertices on a grid of whole numbers, so that IDENTITY gives them back exactly."""
    vertex = st.tuples(*[st.integers(-(10**6), 10**6).map(float)] * stride)

    def flat(vertices: list[tuple[float, ...]]) -> tuple[float, ...]:
        ring = [*vertices, vertices[0]] if closed else vertices
        return tuple(number for one in ring for number in one)

    return st.lists(vertex, min_size=least, max_size=6).map(flat)


@st.composite
def geometries(draw: st.DrawFn, kinds: tuple[GeometryKind, ...] = tuple(GeometryKind)[:4]) -> Geometry:
    kind = draw(st.sampled_from(kinds))
    has_z, has_m = draw(st.booleans()), draw(st.booleans())
    stride = 2 + has_z + has_m
    if kind is GeometryKind.POINT:
        one = draw(parts(stride, 1, False))[:stride]
        return Geometry(kind, has_z, has_m, (one,))
    least = {GeometryKind.MULTIPOINT: 1, GeometryKind.POLYLINE: 2, GeometryKind.POLYGON: 3}[kind]
    many = 1 if kind is GeometryKind.MULTIPOINT else 3
    shape = parts(stride, least, kind is GeometryKind.POLYGON)
    return Geometry(kind, has_z, has_m, tuple(draw(st.lists(shape, min_size=1, max_size=many))))


def timestamps() -> st.SearchStrategy[TimestampOffset]:
    offset = st.none() | st.integers(-MAX_OFFSET_SECONDS, MAX_OFFSET_SECONDS)
    return st.builds(TimestampOffset, st.integers(MIN_LOCAL_MS, MAX_LOCAL_MS), offset)


CANONICAL: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.SMALL_INTEGER: _integers(16),
    FieldType.INTEGER: _integers(32),
    FieldType.BIG_INTEGER: _integers(64) | st.sampled_from(_EDGES),
    FieldType.OID: _integers(64),
    FieldType.SINGLE: _singles(),
    FieldType.DOUBLE: _doubles(),
    FieldType.STRING: texts(),
    FieldType.XML: texts(),
    FieldType.DATE: st.integers(MIN_LOCAL_MS, MAX_LOCAL_MS).map(DateTime),
    FieldType.BLOB: st.binary(max_size=40),
    FieldType.RASTER: st.binary(max_size=40),
    FieldType.GUID: st.uuids(),
    FieldType.GLOBAL_ID: st.uuids(),
    FieldType.DATE_ONLY: st.integers(MIN_EPOCH_DAY, MAX_EPOCH_DAY).map(DateOnly),
    FieldType.TIME_ONLY: st.integers(0, DAY_MS - 1).map(TimeOnly),
    FieldType.TIMESTAMP_OFFSET: timestamps(),
    FieldType.GEOMETRY: geometries(),
}


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[FieldType, Scalar]:
    field_type = draw(st.sampled_from(list(FieldType)))
    return field_type, draw(CANONICAL[field_type])


@st.composite
def typed_arrays(draw: st.DrawFn) -> tuple[FieldType, tuple[Scalar, ...]]:
    field_type = draw(st.sampled_from(list(FieldType)))
    element = st.none() | CANONICAL[field_type] if draw(st.booleans()) else CANONICAL[field_type]
    return field_type, tuple(draw(st.lists(element, max_size=5)))


def property_of(field_type: FieldType, name: str = "p") -> Property:
    return Property(id=1, name=name, field_type=field_type)


def type_of(category: Category, *properties: Property, name: str = "T") -> NamedType:
    return NamedType(id=1, name=name, category=category, properties=properties, shape=1)


def point(x: float, y: float) -> Geometry:
    return Geometry(GeometryKind.POINT, False, False, ((x, y),))
