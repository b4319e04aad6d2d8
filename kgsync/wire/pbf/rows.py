"""GraphQueryRow bytes, framed as they stand in a GraphQueryResultFrame (tag 0x12 + length).

A row is encoded once, when an edit is applied, and stored; snapshots and deltas concatenate stored
rows. A row names every property of its type, nulls explicit, in the order of the data model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from esriPBuffer.graph import QueryResponse_pb2

from kgsync.errors import MalformedInput
from kgsync.model.geometry import Grid
from kgsync.model.schema import Category, NamedType
from kgsync.model.values import Value
from kgsync.wire.pbf.frames import encode_varint
from kgsync.wire.pbf.values import NULL, encode_array, primitive_encoder
from kgsync.wire.pbf.values import decode_value as decode_any

ID_TAG = b"\x1a\x14\x0a\x12\x4a\x10"  # field 3: AnyValue of 20 bytes: PrimitiveValue of 18: uuid_value of 16
ORIGIN_TAG = b"\x22\x14\x0a\x12\x4a\x10"  # field 4
DEST_TAG = b"\x2a\x14\x0a\x12\x4a\x10"  # field 5


class RowEncoder:
    """Write rows of one named type on one grid; `encode` is the hot path of every upload."""

    def __init__(self, named_type: NamedType, grid: Grid) -> None:
        # A provenance record travels as an entity: what it is about stands in its properties.
        self._entity = named_type.category is not Category.RELATIONSHIP
        name = named_type.name.encode()
        self._label = b"\x0a" + encode_varint(len(name)) + name
        # EntityValue keeps properties in field 4, RelationshipValue in field 6; AnyValue keeps
        # entities in field 4, relationships in field 5.
        self._tag = b"\x22" if self._entity else b"\x32"
        self._any_tag = b"\x22" if self._entity else b"\x2a"
        self._grid = grid
        self._properties = []
        for p in named_type.properties:
            key = p.name.encode()
            prefix = b"\x0a" + encode_varint(len(key)) + key + b"\x12"
            encode = primitive_encoder(p.field_type, grid)
            null = self._pair(prefix, b"\x0a\x02" + NULL)
            self._properties.append((p.name, prefix, encode, null, p.field_type))

    def _pair(self, prefix: bytes, any_value: bytes) -> bytes:
        pair = prefix + encode_varint(len(any_value)) + any_value
        return self._tag + encode_varint(len(pair)) + pair

    def encode(self, id: UUID, values: Mapping[str, Value], origin: UUID | None, dest: UUID | None) -> bytes:
        """Write one framed row from canonical values; names absent from `values` become null."""
        out = [self._label, ID_TAG, id.bytes]
        if not self._entity and origin is not None and dest is not None:
            out += (ORIGIN_TAG, origin.bytes, DEST_TAG, dest.bytes)
        tag = self._tag
        for name, prefix, encode, null, field_type in self._properties:
            value = values.get(name)
            if value is None:
                out.append(null)
            elif type(value) is tuple:
                out.append(self._pair(prefix, encode_array(value, field_type, self._grid)))
            else:
                body = encode(value)
                size = len(body)
                if size < 100:  # every length below fits one byte
                    head = len(prefix) + size + 3
                    if head < 128:
                        out.append(b"%b%c%b%c\x0a%c%b" % (tag, head, prefix, size + 2, size, body))
                        continue
                out.append(self._pair(prefix, b"\x0a" + encode_varint(size) + body))
        content = b"".join(out)
        value_bytes = self._any_tag + encode_varint(len(content)) + content
        row = b"\x0a" + encode_varint(len(value_bytes)) + value_bytes
        return b"\x12" + encode_varint(len(row)) + row


def encode_delete_row(category: Category, label: str, id: UUID) -> bytes:
    """Write one framed row that names an object without properties: label + id."""
    any_id = graph.AnyValue(primitive_value=graph.PrimitiveValue(uuid_value=id.bytes))
    value = graph.AnyValue()
    if category is Category.RELATIONSHIP:
        value.relationship_value.CopyFrom(graph.RelationshipValue(type=label, id=any_id))
    else:
        value.entity_value.CopyFrom(graph.EntityValue(label=label, id=any_id))
    row: bytes = QueryResponse_pb2.GraphQueryRow(values=[value]).SerializeToString()
    return b"\x12" + encode_varint(len(row)) + row


def decode_row(row: bytes, grid: Grid) -> dict[str, Value]:
    """Read the properties of one framed row by name. Raises MalformedInput for bytes that are none."""
    return {pair.key: decode_any(pair.value, grid) for pair in _properties(row)}


def _properties(row: bytes) -> Any:
    try:
        frame = QueryResponse_pb2.GraphQueryResultFrame.FromString(row)
        value = frame.rows[0].values[0]
    except Exception as error:
        raise MalformedInput("stored bytes are not a row") from error
    which = value.WhichOneof("any_value_type")
    body = value.entity_value if which == "entity_value" else value.relationship_value
    return body.properties


class RowReader(Mapping[str, Value]):
    """The properties of one framed row by name, each read when it is asked for. Raises MalformedInput."""

    __slots__ = ("_grid", "_pairs")

    def __init__(self, row: bytes, grid: Grid) -> None:
        self._grid = grid
        self._pairs = {pair.key: pair.value for pair in _properties(row)}

    def __getitem__(self, name: str) -> Value:
        return decode_any(self._pairs[name], self._grid)

    def get(self, name: str, default: Any = None) -> Any:
        found = self._pairs.get(name)
        return default if found is None else decode_any(found, self._grid)

    def __iter__(self) -> Iterator[str]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)
