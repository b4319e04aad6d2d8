"""Requests as a client writes them: an applyEdits body from batches of edits."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from esriPBuffer.graph import ApplyEditsRequest_pb2 as request
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from esriPBuffer.graph import SynchronizeReplicaRequest_pb2 as synchronize

from kgsync.model.edits import Add, Batch, Delete, EditsHeader, Frame, Update
from kgsync.model.geometry import Geometry, Grid
from kgsync.model.replica import Download
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


def header_message(header: EditsHeader) -> Any:
    return request.GraphApplyEditsHeader(
        spatialReference=encode_reference(header.spatial_reference),
        cascade_delete=header.cascade,
        cascade_delete_provenance=header.cascade_provenance,
        input_transform=encode_grid(header.grid),
    )


def frame_message(frame: Frame, grid: Grid) -> Any:
    message = request.GraphApplyEditsFrame()
    for batch in frame:
        _batch_into(message, batch, grid)
    return message


def encode_frame(frame: Frame, grid: Grid) -> bytes:
    """Write one GraphApplyEditsFrame."""
    data: bytes = frame_message(frame, grid).SerializeToString()
    return data


def encode_apply_edits(header: EditsHeader, frames: Iterable[Frame]) -> bytes:
    """Write an applyEdits body: varint + header, then varint + gzip of each frame."""
    packed = (gzip.compress(encode_frame(frame, header.grid), 1) for frame in frames)
    return b"".join([delimited(header_message(header).SerializeToString()), *map(delimited, packed)])


def encode_synchronize(
    download: Download | None,
    edits: tuple[EditsHeader, Iterable[Frame]] | None,
    *,
    item: bytes | None = None,
    asynchronous: bool = False,
) -> bytes:
    """Write a bare SynchronizeReplicaRequest: a download, edits in frames or the id of an uploaded file of them."""
    message = synchronize.SynchronizeReplicaRequest()
    if download is not None:
        wanted = message.download_parameters
        wanted.data_format = 1
        if download.after is None:
            wanted.replica_snapshot.SetInParent()
        else:
            wanted.replica_deltas.last_sync_date = download.after.ms
    if edits is not None:
        header, frames = edits
        upload = message.upload_edits.sync_apply_edits
        upload.edits_header.CopyFrom(header_message(header))
        upload.frames.SetInParent()
        for frame in frames:
            upload.frames.frames.append(frame_message(frame, header.grid))
    if item is not None:
        message.upload_edits.upload_file.edits_upload_id = item
        message.upload_edits.upload_file.upload_format = 1
    setattr(message, "async", asynchronous)
    data: bytes = message.SerializeToString()
    return data
