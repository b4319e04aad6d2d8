"""Requests as a client writes them: an applyEdits body from batches of edits."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from esriPBuffer.graph import ApplyEditsRequest_pb2 as request
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph

from kgsync.model.edits import Add, Batch, Delete, EditsHeader, Frame, Update
from kgsync.model.geometry import Geometry, Grid
from kgsync.model.schema import Category, FieldType
from kgsync.model.values import DateOnly, DateTime, Duration, TimeOnly, TimestampOffset, Value
from kgsync.wire.pbf.frames import delimited
from kgsync.wire.pbf.geometry import encode_grid, encode_reference
from kgsync.wire.pbf.values import NULL, encode_array, encode_duration, primitive_encoder

# The field type each plain value travels as when its property is not known.
_KINDS: dict[type, FieldType] = {
    bool: FieldType.SMALL_INTEGER,
    int: FieldType.BIG_INTEGER,
    float: FieldType.DOUBLE,
    str: FieldType.STRING,
    bytes: FieldType.BLOB,
    UUID: FieldType.GUID,
    DateTime: FieldType.DATE,
    DateOnly: FieldType.DATE_ONLY,
    TimeOnly: FieldType.TIME_ONLY,
    TimestampOffset: FieldType.TIMESTAMP_OFFSET,
    Geometry: FieldType.GEOMETRY,
}


def any_value(value: Value, grid: Grid) -> Any:
    """Write a plain value as an AnyValue message by its own type."""
    if isinstance(value, tuple):
        kind = next((_KINDS[type(element)] for element in value if element is not None), FieldType.STRING)
        return graph.AnyValue.FromString(encode_array(value, kind, grid))
    if value is None:
        body = NULL
    elif isinstance(value, Duration):
        body = encode_duration(value)
    else:
        body = primitive_encoder(_KINDS[type(value)], grid)(value)
    return graph.AnyValue(primitive_value=graph.PrimitiveValue.FromString(body))


def _named(message: Any, id: Any, values: dict[str, Value], grid: Grid) -> None:
    if isinstance(id, UUID):
        message.id.primitive_value.uuid_value = id.bytes
    _properties(message, values, grid)


def _properties(message: Any, values: dict[str, Value], grid: Grid) -> None:
    for name, value in values.items():
        message.properties.add(key=name).value.CopyFrom(any_value(value, grid))


def _batch_into(frame: Any, batch: Batch, grid: Grid) -> None:
    link = batch.category is Category.RELATIONSHIP  # provenance records travel as entities
    kind = "relationships" if link else "entities"
    for edit in batch.edits:
        if isinstance(edit, Add) and not link:
            _named(frame.adds.entities[batch.type_name].entity_adds.add().entity, edit.id, edit.values, grid)
        elif isinstance(edit, Add):
            added = frame.adds.relationships[batch.type_name].relationship_adds.add()
            _named(added.relationship, edit.id, edit.values, grid)
            added.origin_id.CopyFrom(any_value(edit.origin, grid))
            added.dest_id.CopyFrom(any_value(edit.dest, grid))
        elif isinstance(edit, Update):
            update = getattr(frame.updates, kind)[batch.type_name].namedObjectUpdates.add()
            update.update_id.CopyFrom(any_value(edit.id, grid))
            _properties(update, edit.values, grid)
        elif isinstance(edit, Delete):
            ids = "deleted_relationship_ids" if link else "deleted_entity_ids"
            values = getattr(frame.deletes, ids)[batch.type_name].id_array.any_value_array.values
            values.append(any_value(edit.id, grid))


def encode_apply_edits(header: EditsHeader, frames: Iterable[Frame]) -> bytes:
    """Write an applyEdits body: varint + header, then varint + gzip of each frame."""
    head = request.GraphApplyEditsHeader(
        spatialReference=encode_reference(header.spatial_reference),
        cascade_delete=header.cascade,
        cascade_delete_provenance=header.cascade_provenance,
        input_transform=encode_grid(header.grid),
    )
    out = [delimited(head.SerializeToString())]
    for frame in frames:
        message = request.GraphApplyEditsFrame()
        for batch in frame:
            _batch_into(message, batch, header.grid)
        out.append(delimited(gzip.compress(message.SerializeToString(), 1)))
    return b"".join(out)
