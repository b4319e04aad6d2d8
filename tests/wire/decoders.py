"""Every decoder of kgsync.wire as a function of bytes, with valid bytes to start mutations from."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from esriPBuffer import EsriTypes_pb2
from esriPBuffer.graph import ApplyEditsRequest_pb2 as apply
from esriPBuffer.graph import DataModelTypes_pb2 as types
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from esriPBuffer.graph import SyncTypes_pb2 as sync

from kgsync.errors import KgsyncError
from kgsync.model.geometry import Grid
from kgsync.model.schema import Category
from kgsync.wire.pbf import (
    archive,
    archive_reader,
    datamodel,
    edits,
    fields,
    frames,
    geometry,
    json_form,
    parameters,
    query,
    replicas,
    replies,
    rows,
    rules,
    schema_edits,
    synchronize,
    trim,
    upload_file,
    values,
)
from tests.wire import seeds

GRID = Grid(scale_x=0.5, translate_y=-3.0)
MAX_ITEMS = 10_000  # far above what the few KB fed here may hold


class Decoder(NamedTuple):
    """`covers` names the public functions a run goes through; `run` must return or raise KgsyncError."""

    covers: tuple[Callable[..., object], ...]
    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...] = (b"",)


def _drain(items: Iterable[object]) -> list[object]:
    out = list(islice(iter(items), MAX_ITEMS + 1))
    assert len(out) <= MAX_ITEMS, "an iterator goes on for ever"
    return out


def _message(kind: Any, decode: Callable[[Any], object]) -> Callable[[bytes], object]:
    return lambda data: decode(frames.parse_message(kind, data, "message"))


def _on_grid(decode: Callable[[Any, Grid], object]) -> Callable[[Any], object]:
    return lambda message: decode(message, GRID)


def _source(read: Callable[[io.BytesIO, int], Any]) -> Callable[[bytes], object]:
    """Feed a reader of a source and a size; an iterator is drained."""

    def run(data: bytes) -> object:
        found = read(io.BytesIO(data), len(data))
        return _drain(found) if isinstance(found, Iterator) else found

    return run


def _with_header(read: Callable[[io.BytesIO, int], Any]) -> Callable[[bytes], object]:
    def run(data: bytes) -> object:
        header, found = read(io.BytesIO(data), len(data))
        return header, _drain(found)

    return run


def _zipped(read: Callable[[io.BytesIO], object]) -> Callable[[bytes], object]:
    """Put the bytes into a whole zip, as its header and as a data file."""

    def run(data: bytes) -> object:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as made:
            made.writestr(archive.HEADER_NAME, data)
            made.writestr("add_T_1.binpb", data)
        return read(target)

    return run


def _archived(source: io.BytesIO) -> object:
    return [(h, _drain(f)) for h, f in archive.read_archive(source)]


def _uploaded(source: io.BytesIO) -> object:
    whole = frames.delimited(sync.ReplicaHeader().SerializeToString())
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target := io.BytesIO(), "w") as made:
        made.writestr(archive.HEADER_NAME, whole)
        made.writestr("data", given.read("add_T_1.binpb"))
    return _with_header(upload_file.read_upload_file)(target.getvalue())


def _zip_of(method: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        made.writestr(archive.HEADER_NAME, frames.delimited(sync.ReplicaHeader(sync_date=5).SerializeToString()))
        made.writestr("add_T_1.binpb", seeds.DATA_FILES[0])
    return target.getvalue()


_ZIPS = (_zip_of(zipfile.ZIP_STORED), _zip_of(zipfile.ZIP_DEFLATED))


def _damaged(data: bytes) -> object:
    """Read a zip every way there is; each must give a value or say what is wrong."""
    found: list[object] = []
    for read in (_archived, archive.read_header, lambda s: _drain(upload_file.read_upload_file(s, len(data))[1])):
        try:
            found.append(read(io.BytesIO(data)))
        except KgsyncError as error:
            found.append(error)
    return found


def _inspected(source: io.BytesIO) -> object:
    """Read an archive as people do, each row decoded; it needs a header and a data model beside its data."""
    whole = frames.delimited(sync.ReplicaHeader().SerializeToString())
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target := io.BytesIO(), "w") as made:
        data = given.read("add_T_1.binpb")
        for name, content in ((archive.HEADER_NAME, whole), (archive.DATA_MODEL_NAME, data), ("data", data)):
            made.writestr(name, content)
    found: list[object] = []
    for first in (target.getvalue(), _without_model(target)):
        try:
            with archive_reader.opened_archive(io.BytesIO(first), "a.zip") as reader:
                rows_read = [(f, row) for f in reader.files for row in _drain(reader.rows(f))]
            found += [archive_reader.decode_archive_row(row.row, GRID, "r") for _, row in rows_read]  # type: ignore[attr-defined]
        except KgsyncError as error:
            found.append(error)
    return found


def _without_model(source: io.BytesIO) -> bytes:
    """Put an empty data model where mutated bytes stand, so that the rows are reached."""
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target := io.BytesIO(), "w") as made:
        for name in given.namelist():
            made.writestr(name, b"" if name == archive.DATA_MODEL_NAME else given.read(name))
    return target.getvalue()


def _json(data: bytes) -> object:
    """Read one body as every request; each must give bytes or say what is wrong."""
    found: list[object] = []
    for kind in seeds.JSON_KINDS:
        try:
            found.append(json_form.parse_request(kind, data))
        except KgsyncError as error:
            found.append(error)
    return found


def _rendered(kind: str) -> Decoder:
    return Decoder((), lambda data: json_form.render_answer(kind, data), seeds.ANSWERS[kind])


def _bare(decode: Callable[[bytes], object]) -> Decoder:
    return Decoder((decode,), decode, seeds.REQUESTS[decode.__name__])


def _inflated(data: bytes) -> object:
    return frames.inflate(data, "frame")


_reference = EsriTypes_pb2.EsriTypes
_FRAMES_READ = (edits.read_compressed_frames, edits.decode_frame, frames.read_gzip_frames)

_PARTS: dict[str, tuple[Any, Callable[..., object], Callable[[Any], object]]] = {
    "timestamp": (graph.TimestampOffsetValue, values.decode_timestamp_offset, values.decode_timestamp_offset),
    "date": (graph.DateOnlyValue, values.decode_date_only, values.decode_date_only),
    "time": (graph.TimeOnlyValue, values.decode_time_only, values.decode_time_only),
    "duration": (graph.DurationValue, values.decode_duration, values.decode_duration),
    "grid": (graph.Transform, geometry.decode_grid, geometry.decode_grid),
    "reference": (_reference.SpatialReference, geometry.decode_reference, geometry.decode_reference),
    "pairs": (apply.NamedObjectAdd, edits.decode_values, lambda m: edits.decode_values(m.properties, GRID)),
    "property": (types.GraphProperty, datamodel.decode_property, lambda m: datamodel.decode_property(m, "p")),
    "index": (_reference.FieldIndex, datamodel.decode_index, datamodel.decode_index),
    "named type": (
        types.EntityType,
        datamodel.decode_named_type,
        lambda m: datamodel.decode_named_type(m, Category.ENTITY, "t"),
    ),
    "domain": (_reference.Domain, datamodel.decode_domain, lambda m: datamodel.decode_domain(m, "d")),
}


def _reply(decode: Callable[[bytes], object], kind: str, *inner: Callable[..., object]) -> Decoder:
    return Decoder((decode, *inner), decode, seeds.ANSWERS[kind][:1])  # the second is an error, which is raised


DECODERS: dict[str, Decoder] = {
    "reply created": _reply(replies.decode_created, "created", replies.read_created),
    "reply synchronized": _reply(replies.decode_synchronized, "synchronized", replies.read_synchronized),
    "reply outcome": Decoder((replies.decode_outcome, replies.read_outcome), replies.decode_outcome, seeds.OUTCOMES),
    "reply status": _reply(replies.decode_status, "status"),
    "reply result": _reply(replies.decode_result, "result"),
    "reply replicas": _reply(replies.decode_replicas, "replicas", replies.read_listed),
    "reply definition": _reply(
        replies.decode_replica,
        "definition",
        replies.read_replica,
        replicas.decode_definition,
        replicas.decode_direction,
    ),
    "reply unregistered": _reply(replies.decode_unregistered, "unregistered", replies.read_unregistered_error),
    "reply data model": _reply(replies.decode_model, "data_model"),
    **{
        name: Decoder((covered,), _message(kind, decode), seeds.PARTS[name])
        for name, (kind, covered, decode) in _PARTS.items()
    },
    "any value": Decoder((values.decode_value,), _message(graph.AnyValue, _on_grid(values.decode_value)), seeds.VALUES),
    "geometry": Decoder(
        (geometry.decode_geometry,), _message(graph.GeometryValue, _on_grid(geometry.decode_geometry)), seeds.GEOMETRIES
    ),
    "id": Decoder((edits.decode_id,), _message(graph.AnyValue, edits.decode_id), seeds.VALUES),
    "edits header": Decoder((edits.decode_header,), lambda data: edits.decode_header(data, "h"), seeds.HEADERS),
    "frame": Decoder((edits.decode_frame,), lambda data: edits.decode_frame(data, GRID, "f"), seeds.FRAMES),
    "apply edits": Decoder((edits.read_apply_edits,), _with_header(edits.read_apply_edits), seeds.BODIES),
    "compressed frames": Decoder(
        _FRAMES_READ, _source(lambda s, n: edits.read_compressed_frames(s, n, GRID, "f")), seeds.PACKED
    ),
    "compressed content": Decoder(
        (), lambda data: DECODERS["compressed frames"].run(gzip.compress(data, mtime=0)), seeds.STREAMS
    ),
    "plain frames": Decoder(
        (edits.read_plain_frames,), _source(lambda s, n: edits.read_plain_frames(s, n, GRID, "f")), seeds.PLAIN
    ),
    "gzip frames": Decoder(
        (frames.read_gzip_frames,), _source(lambda s, n: frames.read_gzip_frames(s, n, "f")), seeds.PACKED
    ),
    "inflate": Decoder((frames.inflate,), _inflated, (gzip.compress(b"content" * 9, mtime=0),)),
    "varint": Decoder((frames.read_varint,), _source(lambda s, n: frames.read_varint(s, "v")), (b"\x80\x80\x01",)),
    "block": Decoder((frames.read_block,), _source(lambda s, n: frames.read_block(s, n, "b")), (b"\x03abc",)),
    "message": Decoder((frames.parse_message,), _message(graph.AnyValue, str), seeds.VALUES),
    "fields": Decoder(
        (fields.read_fields, fields.read_bytes),
        _source(lambda s, n: [fields.read_bytes(s, f) for f in fields.read_fields(s, 0, n, "m")]),
        seeds.SYNCS,
    ),
    "synchronize": Decoder((synchronize.decode_synchronize,), _source(synchronize.decode_synchronize), seeds.SYNCS),
    "parameter": Decoder(
        (parameters.decode_parameter, parameters.decode_parameters),
        lambda data: parameters.decode_parameters((("p", base64.b64encode(data).decode()),), GRID),
        seeds.PARAMETERS,
    ),
    "create": _bare(replicas.decode_create),
    "query": _bare(query.decode_query),
    "unregister": _bare(replicas.decode_unregister),
    "trim": _bare(trim.decode_trim),
    "replica id": Decoder((replicas.decode_replica_id,), lambda data: replicas.decode_replica_id(data, "i")),
    "row": Decoder((rows.decode_row,), lambda data: rows.decode_row(data, GRID), seeds.ROWS),
    "add types": _bare(schema_edits.decode_add_types),
    "update type": _bare(schema_edits.decode_update_type),
    "add properties": _bare(schema_edits.decode_add_properties),
    "update property": _bare(schema_edits.decode_update_property),
    "delete property": _bare(schema_edits.decode_delete_property),
    "add indexes": _bare(schema_edits.decode_add_indexes),
    "delete indexes": _bare(schema_edits.decode_delete_indexes),
    "add domain": _bare(schema_edits.decode_add_domain),
    "update domain": _bare(schema_edits.decode_update_domain),
    "add rules": _bare(rules.decode_add_rules),
    "update rules": _bare(rules.decode_update_rules),
    "delete rules": _bare(rules.decode_delete_rules),
    "json": Decoder((json_form.parse_request,), _json, seeds.JSONS),
    **{f"json answer {kind}": _rendered(kind) for kind in seeds.ANSWERS},
    # The zip around these stays whole: only what it holds is mutated.
    "archive header": Decoder((archive.read_header,), _zipped(archive.read_header), seeds.ARCHIVE_HEADERS),
    "archive": Decoder((archive.read_archive,), _zipped(_archived), seeds.DATA_FILES),
    "archive as read by people": Decoder(
        (archive_reader.decode_archive_row, archive.read_frames), _zipped(_inspected), seeds.DATA_FILES
    ),
    "archive as upload": Decoder((upload_file.read_upload_file,), _zipped(_uploaded), seeds.DATA_FILES),
    "damaged zip": Decoder((archive.read_archive, archive.read_header), _damaged, _ZIPS),
    "body as upload": Decoder(
        (upload_file.read_upload_file,), _with_header(upload_file.read_upload_file), seeds.BODIES
    ),
}
