"""Rows written by hand are the rows protobuf would write, at every length a varint can change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from esriPBuffer.graph import QueryResponse_pb2 as query
from hypothesis import given, settings
from hypothesis import strategies as st

from kgsync.errors import MalformedInput
from kgsync.model.geometry import IDENTITY
from kgsync.model.schema import Category, FieldType
from kgsync.model.values import Value
from kgsync.wire.pbf.rows import RowEncoder, RowReader, decode_row, encode_delete_row
from kgsync.wire.pbf.values import encode_array, primitive_encoder
from tests.wire.samples import CANONICAL, DEST, GRID, ID, ORIGIN, property_of, type_of, typed_values

PURE = settings.get_profile("pure")
LENGTHS = [0, 1, 62, 63, 64, 99, 100, 101, 120, 121, 122, 123, 124, 125, 126, 127, 128, 16383, 16384, 16385, 2097152]
FRAMING = [16384 - n for n in range(60)] + [128 - n for n in range(60)]


def _any(value: Value, field_type: FieldType) -> Any:
    if value is None:
        return graph.AnyValue(primitive_value=graph.PrimitiveValue(null_tag=False))
    if isinstance(value, tuple):
        return graph.AnyValue.FromString(encode_array(value, field_type, IDENTITY))
    primitive = graph.PrimitiveValue.FromString(primitive_encoder(field_type, IDENTITY)(value))
    return graph.AnyValue(primitive_value=primitive)


def _uuid(id: UUID) -> Any:
    return graph.AnyValue(primitive_value=graph.PrimitiveValue(uuid_value=id.bytes))


def _row(value: Any) -> bytes:
    data: bytes = query.GraphQueryResultFrame(rows=[query.GraphQueryRow(values=[value])]).SerializeToString()
    return data


def _entity(label: str, pairs: list[tuple[str, FieldType, Value]]) -> bytes:
    body = graph.EntityValue(label=label, id=_uuid(ID))
    body.properties.extend(graph.KeyValuePair(key=k, value=_any(v, t)) for k, t, v in pairs)
    return _row(graph.AnyValue(entity_value=body))


def _link(label: str, pairs: list[tuple[str, FieldType, Value]]) -> bytes:
    body = graph.RelationshipValue(type=label, id=_uuid(ID), origin_id=_uuid(ORIGIN), dest_id=_uuid(DEST))
    body.properties.extend(graph.KeyValuePair(key=k, value=_any(v, t)) for k, t, v in pairs)
    return _row(graph.AnyValue(relationship_value=body))


@st.composite
def _pairs(draw: st.DrawFn) -> list[tuple[str, FieldType, Value]]:
    types = draw(st.lists(st.sampled_from(list(FieldType)), max_size=6))
    one = [draw(st.none() | CANONICAL[t] | st.lists(CANONICAL[t], max_size=3).map(tuple)) for t in types]
    return [(f"p{k}", t, v) for k, (t, v) in enumerate(zip(types, one, strict=True))]


@PURE
@given(_pairs(), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_rows_are_protobufs_own_bytes(pairs: list[tuple[str, FieldType, Value]], label: str) -> None:
    properties = [property_of(t, k) for k, t, _ in pairs]
    values = {k: v for k, _, v in pairs}

    entity = RowEncoder(type_of(Category.ENTITY, *properties, name=label), IDENTITY)
    link = RowEncoder(type_of(Category.RELATIONSHIP, *properties, name=label), IDENTITY)

    assert entity.encode(ID, values, None, None) == _entity(label, pairs)
    assert link.encode(ID, values, ORIGIN, DEST) == _link(label, pairs)


@PURE
@given(_pairs())
def test_rows_read_back_under_the_names_of_their_properties(pairs: list[tuple[str, FieldType, Value]]) -> None:
    row = _entity("T", pairs)

    assert repr(decode_row(row, IDENTITY)) == repr({k: v for k, _, v in pairs})


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("field_type", [FieldType.STRING, FieldType.BLOB])
def test_values_of_every_length_are_framed_right(field_type: FieldType, length: int) -> None:
    value: Value = "x" * length if field_type is FieldType.STRING else b"x" * length
    encoder = RowEncoder(type_of(Category.ENTITY, property_of(field_type)), IDENTITY)

    assert encoder.encode(ID, {"p": value}, None, None) == _entity("T", [("p", field_type, value)])


@pytest.mark.parametrize("length", FRAMING)
def test_rows_whose_outer_lengths_cross_a_varint_are_framed_right(length: int) -> None:
    encoder = RowEncoder(type_of(Category.RELATIONSHIP, property_of(FieldType.STRING)), IDENTITY)

    row = encoder.encode(ID, {"p": "x" * length}, ORIGIN, DEST)

    assert row == _link("T", [("p", FieldType.STRING, "x" * length)])


@pytest.mark.parametrize("length", [1, 99, 100, 120, 127, 128, 16383, 16384])
def test_names_of_every_length_are_framed_right(length: int) -> None:
    name = "n" * length
    one = property_of(FieldType.INTEGER, name)

    row = RowEncoder(type_of(Category.ENTITY, one, name=name), IDENTITY).encode(ID, {name: 7}, None, None)

    assert row == _entity(name, [(name, FieldType.INTEGER, 7)])


def test_a_property_without_value_is_an_explicit_null_in_the_order_of_the_type() -> None:
    properties = [property_of(FieldType.STRING, name) for name in ("z", "a", "m")]
    encoder = RowEncoder(type_of(Category.ENTITY, *properties), IDENTITY)

    found = decode_row(encoder.encode(ID, {"m": "here", "other": "no"}, None, None), IDENTITY)

    assert list(found.items()) == [("z", None), ("a", None), ("m", "here")]


def test_rows_put_together_are_one_frame() -> None:
    encoder = RowEncoder(type_of(Category.ENTITY), IDENTITY)
    rows = encoder.encode(ID, {}, None, None) + encode_delete_row(Category.RELATIONSHIP, "K", ORIGIN)

    frame = query.GraphQueryResultFrame.FromString(rows)

    assert [r.values[0].WhichOneof("any_value_type") for r in frame.rows] == ["entity_value", "relationship_value"]


@pytest.mark.parametrize("category", [Category.ENTITY, Category.RELATIONSHIP])
def test_a_delete_row_names_type_and_id_only(category: Category) -> None:
    row = encode_delete_row(category, "T", ID)

    value = query.GraphQueryResultFrame.FromString(row).rows[0].values[0]
    body = value.entity_value if category is Category.ENTITY else value.relationship_value

    assert (body.label if category is Category.ENTITY else body.type) == "T"
    assert body.id.primitive_value.uuid_value == ID.bytes
    assert decode_row(row, IDENTITY) == {}


@pytest.mark.parametrize("data", [b"", b"\x12", b"\x12\x00", b"\xff", b"\x12\x05\x0a\x03\x22\x01\x0a"])
def test_other_bytes_are_no_row(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        decode_row(data, IDENTITY)


@PURE
@given(typed_values())
def test_a_row_read_value_by_value_is_the_row_read_whole(typed: tuple[FieldType, Any]) -> None:
    field_type, value = typed
    named_type = type_of(Category.ENTITY, property_of(field_type), property_of(FieldType.STRING, "other"))
    row = RowEncoder(named_type, GRID).encode(ID, {"p": value}, None, None)
    reader = RowReader(row, GRID)
    assert dict(reader) == decode_row(row, GRID)
    assert (reader.get("p"), reader.get("q"), len(reader)) == (reader["p"], None, 2)
