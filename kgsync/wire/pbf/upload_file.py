"""An uploaded file of edits: a replica archive (it starts with PK) or an applyEdits body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from esriPBuffer.graph import QueryResponse_pb2

from kgsync.errors import MalformedInput
from kgsync.model.edits import Add, Batch, Delete, Edit, EditsHeader, Frame, Id, Op, Update
from kgsync.model.geometry import IDENTITY, Grid
from kgsync.model.schema import Category
from kgsync.model.values import Invalid
from kgsync.wire.pbf.archive import category_of, read_archive, read_header
from kgsync.wire.pbf.edits import decode_id, decode_values, read_apply_edits
from kgsync.wire.pbf.frames import USUAL, WireLimits, parse_message
from kgsync.wire.pbf.geometry import decode_grid, decode_reference

_MAGIC = b"PK"


def read_upload_file(source: BinaryIO, size: int, limits: WireLimits = USUAL) -> tuple[EditsHeader, Iterator[Frame]]:
    """Read the header and, lazily, the frames of an uploaded file. Raises MalformedInput."""
    start = source.tell()
    magic = source.read(2)
    source.seek(start)
    if magic != _MAGIC:
        return read_apply_edits(source, size, limits)
    header = read_header(source, limits)
    grid = decode_grid(header.transform) or IDENTITY
    # The archive's own deletes name every relationship of a deleted entity, so no cascade is needed.
    return EditsHeader(spatial_reference=decode_reference(header.sr), grid=grid), _archived(source, grid, limits)


def _archived(source: BinaryIO, grid: Grid, limits: WireLimits) -> Iterator[Frame]:
    for header, frames in read_archive(source, limits):
        place = f"data file of {header.type_name!r}"
        category = category_of(header, place)
        if header.delta_type not in (1, 2, 3):
            raise MalformedInput(f"delta type {header.delta_type} is unknown", place=place)
        op = Op(header.delta_type)
        for data in frames:
            frame = parse_message(QueryResponse_pb2.GraphQueryResultFrame, data, place)
            edits = [_edit(op, category, row, grid) for row in frame.rows]
            if edits:
                yield [Batch(op, category, header.type_name, edits)]


def _edit(op: Op, category: Category, row: Any, grid: Grid) -> Edit:
    if len(row.values) != 1:
        return _broken(op, f"a row has one value, not {len(row.values)}")
    value = row.values[0]
    which = value.WhichOneof("any_value_type")
    if op is Op.DELETE and which == "primitive_value":
        return Delete(decode_id(value))
    if which != ("relationship_value" if category is Category.RELATIONSHIP else "entity_value"):
        return _broken(op, f"a row of {category.name.lower()} type holds {which}")
    body = value.relationship_value if category is Category.RELATIONSHIP else value.entity_value
    id = decode_id(body.id)
    if op is Op.DELETE:
        return Delete(id)
    values = decode_values(body.properties, grid)
    if op is Op.UPDATE:
        return Update(id, values)
    if category is not Category.RELATIONSHIP:
        return Add(id, values)
    return Add(id, values, decode_id(body.origin_id), decode_id(body.dest_id))


def _broken(op: Op, reason: str) -> Edit:
    id: Id = Invalid(reason)
    if op is Op.ADD:
        return Add(id, {})
    return Update(id, {}) if op is Op.UPDATE else Delete(id)
