"""Edits from the wire: applyEdits bodies, upload frames, and what came of them.

A frame is decoded by walking its messages; ids and values that can be framed but not understood
become `Invalid` and turn into per-edit errors, so that one bad edit never costs the good ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from uuid import UUID

from esriPBuffer.graph import ApplyEditsRequest_pb2 as request
from esriPBuffer.graph import ApplyEditsResponse_pb2 as response
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph

from kgsync.errors import KgsyncError, MalformedInput, TooLarge
from kgsync.model.edits import (
    FRAME_ORDER,
    Add,
    Batch,
    Delete,
    Edit,
    EditResults,
    EditsHeader,
    Frame,
    Id,
    Op,
    Outcome,
    Update,
)
from kgsync.model.geometry import IDENTITY, Grid
from kgsync.model.schema import Category
from kgsync.model.values import Invalid, Value, parse_uuid
from kgsync.wire.pbf.frames import (
    MAX_MESSAGE_BYTES,
    USUAL,
    WireLimits,
    check_frame_count,
    parse_message,
    read_block,
    read_gzip_frames,
    read_varint,
)
from kgsync.wire.pbf.geometry import decode_grid, decode_reference
from kgsync.wire.pbf.values import decode_value


def decode_header(data: bytes, place: str) -> EditsHeader:
    message = parse_message(request.GraphApplyEditsHeader, data, place)
    return EditsHeader(
        spatial_reference=decode_reference(message.spatialReference),
        grid=decode_grid(message.input_transform) or IDENTITY,
        cascade=message.cascade_delete,
        cascade_provenance=message.cascade_delete_provenance,
    )


def decode_id(message: Any) -> Id:
    """Read an id sent as 16 bytes or as text with or without braces."""
    primitive = message.primitive_value
    data = primitive.uuid_value
    if len(data) == 16:
        return UUID(bytes=data)
    which = primitive.WhichOneof("value_type")
    if which == "string_value":
        return parse_uuid(primitive.string_value) or Invalid(f"{primitive.string_value[:64]!r} is not an id")
    if which == "uuid_value":
        return Invalid(f"an id has 16 bytes, not {len(data)}")
    if which is None and message.WhichOneof("any_value_type") is None:
        return None
    return Invalid("an id must be 16 bytes or text")


def decode_values(properties: Iterable[Any], grid: Grid) -> dict[str, Value]:
    return {pair.key: decode_value(pair.value, grid) for pair in properties}


def _deleted(ids: Any) -> list[Edit]:
    array = ids.id_array
    form = array.WhichOneof("array_type")
    if form == "uuid_array":
        data = array.uuid_array
        if len(data) % 16:
            return [Delete(Invalid(f"ids have 16 bytes each, {len(data)} are given"))]
        return [Delete(UUID(bytes=data[k : k + 16])) for k in range(0, len(data), 16)]
    if form == "any_value_array":
        return [Delete(decode_id(value)) for value in array.any_value_array.values]
    if form == "string_array":
        return [Delete(parse_uuid(s) or Invalid(f"{s[:64]!r} is not an id")) for s in array.string_array.value]
    if form is None:
        return []
    return [Delete(Invalid(f"{form} does not hold ids"))]


def decode_frame(data: bytes, grid: Grid, place: str) -> Frame:
    """Decode one GraphApplyEditsFrame into batches in the order they apply, types sorted by name."""
    return _frame(parse_message(request.GraphApplyEditsFrame, data, place), grid)


def _frame(message: Any, grid: Grid) -> Frame:
    batches: dict[tuple[Op, Category], list[Batch]] = {}

    def put(op: Op, category: Category, name: str, edits: list[Edit]) -> None:
        if edits:
            batches.setdefault((op, category), []).append(Batch(op, category, name, edits))

    for name, entity_adds in message.adds.entities.items():
        adds: list[Edit] = [
            Add(decode_id(a.entity.id), decode_values(a.entity.properties, grid)) for a in entity_adds.entity_adds
        ]
        put(Op.ADD, Category.ENTITY, name, adds)
    for name, relationship_adds in message.adds.relationships.items():
        links: list[Edit] = [
            Add(
                decode_id(a.relationship.id),
                decode_values(a.relationship.properties, grid),
                decode_id(a.origin_id),
                decode_id(a.dest_id),
            )
            for a in relationship_adds.relationship_adds
        ]
        put(Op.ADD, Category.RELATIONSHIP, name, links)
    for category, updates in (
        (Category.ENTITY, message.updates.entities),
        (Category.RELATIONSHIP, message.updates.relationships),
    ):
        for name, changed in updates.items():
            rows: list[Edit] = [
                Update(decode_id(u.update_id), decode_values(u.properties, grid)) for u in changed.namedObjectUpdates
            ]
            put(Op.UPDATE, category, name, rows)
    for category, deletes in (
        (Category.ENTITY, message.deletes.deleted_entity_ids),
        (Category.RELATIONSHIP, message.deletes.deleted_relationship_ids),
    ):
        for name, ids in deletes.items():
            put(Op.DELETE, category, name, _deleted(ids))
    # Maps have no order on the wire; sorting makes results and digests the same for every encoding.
    return [batch for key in FRAME_ORDER for batch in sorted(batches.get(key, []), key=lambda b: b.type_name)]


def read_apply_edits(source: BinaryIO, size: int, limits: WireLimits = USUAL) -> tuple[EditsHeader, Iterator[Frame]]:
    """Read a graph/applyEdits body: varint + header, then varint + gzip(frame) to the end of `size` bytes.

    The header is read at once, frames one by one as the iterator is drained. Raises MalformedInput.
    """
    start = source.tell()
    length = read_varint(source, "header")
    if length is None:
        raise MalformedInput("the body is empty", place="header")
    left = size - (source.tell() - start)
    if length > MAX_MESSAGE_BYTES:
        raise TooLarge(f"the header is limited to {MAX_MESSAGE_BYTES} bytes", place="header")
    if length > left:
        raise MalformedInput(f"{length} bytes are announced, {left} are left", place="header")
    header = decode_header(source.read(length), "header")
    return header, read_compressed_frames(source, left - length, header.grid, "frames", limits)


def read_compressed_frames(
    source: BinaryIO, size: int, grid: Grid, place: str, limits: WireLimits = USUAL
) -> Iterator[Frame]:
    """Read gzipped, length-delimited frames one by one from `size` bytes."""
    for index, data in enumerate(read_gzip_frames(source, size, place, limits)):
        yield decode_frame(data, grid, f"{place}[{index}]")


def read_plain_frames(
    source: BinaryIO, size: int, grid: Grid, place: str, limits: WireLimits = USUAL
) -> Iterator[Frame]:
    """Read SyncEditFrames: each frame is field 1 (tag 0x0a), length-delimited, not compressed."""
    left, index = size, 0
    while left > 0:
        where = f"{place}[{index}]"
        if source.read(1) != b"\x0a":
            raise MalformedInput("the bytes are not a SyncEditFrames", place=where)
        block = read_block(source, left - 1, where, limits)
        if block is None:
            raise MalformedInput("the input ends inside a frame", place=where)
        data, left = block
        yield decode_frame(data, grid, where)
        index += 1
        check_frame_count(index, place, limits)


# ---- outcomes -------------------------------------------------------------------------------------


def _ids_into(array: Any, ids: list[UUID | None]) -> None:
    if None not in ids:
        array.uuid_array = b"".join(i.bytes for i in ids if i is not None)
        return
    for id in ids:
        value = array.any_value_array.values.add()
        if id is None:
            value.primitive_value.null_tag = False
        else:
            value.primitive_value.uuid_value = id.bytes


def _results_into(message: Any, results: EditResults) -> None:
    _ids_into(message.id_array, results.ids)
    for index, error in results.errors.items():
        message.errors[index].error_code = int(error.code)
        message.errors[index].error_message = error.message


RESULT_FIELDS = {
    (Op.ADD, Category.ENTITY): "entity_add_results",
    (Op.ADD, Category.RELATIONSHIP): "relationship_add_results",
    (Op.UPDATE, Category.ENTITY): "entity_update_results",
    (Op.UPDATE, Category.RELATIONSHIP): "relationship_update_results",
    (Op.DELETE, Category.ENTITY): "entity_delete_results",
    (Op.DELETE, Category.RELATIONSHIP): "relationship_delete_results",
}


def encode_outcome(outcome: Outcome, *, schema_results: bool) -> Any:
    """Write a GraphApplyEditsResult message; `schema_results` only inside synchronize."""
    message = response.GraphApplyEditsResult()
    if outcome.error is not None:
        message.error.error_code = int(outcome.error.code)
        message.error.error_message = outcome.error.message
    for results in outcome.results:
        field = getattr(message, RESULT_FIELDS[results.op, results.category])
        _results_into(field[results.type_name], results)
    for name, cascade in outcome.cascades.items():
        entry = message.cascading_relationship_delete_results[name]
        entry.relationship_delete_results.id_array.uuid_array = b"".join(i.bytes for i in cascade.ids)
        entry.origin_entity_id_array.uuid_array = b"".join(i.bytes for i in cascade.origins)
        entry.dest_entity_id_array.uuid_array = b"".join(i.bytes for i in cascade.dests)
    if outcome.records:
        gone = message.cascading_provenance_delete_results.provenance_delete_results
        gone.id_array.uuid_array = b"".join(i.bytes for i in outcome.records)
    for name, pairs in outcome.end_points.items():
        for origin, dest in pairs:
            message.rel_type_schema_changes[name].new_end_points.add(
                origin_entity_type=origin, destination_entity_type=dest
            )
    message.apply_edits_metadata.user_name = outcome.user
    message.apply_edits_metadata.timestamp = outcome.moment.ms
    if schema_results:
        message.schema_results.unknown_types.extend(outcome.unknown_types)
        for name, properties in outcome.unknown_properties.items():
            message.schema_results.unknown_properties[name].value.extend(properties)
        message.schema_results.SetInParent()
    return message


def encode_apply_edits_result(outcome: Outcome) -> bytes:
    """Write the bare answer of graph/applyEdits."""
    data: bytes = encode_outcome(outcome, schema_results=False).SerializeToString()
    return data


def encode_apply_edits_error(error: KgsyncError) -> bytes:
    message = response.GraphApplyEditsResult(error=graph.Error(error_code=int(error.code), error_message=error.message))
    data: bytes = message.SerializeToString()
    return data
