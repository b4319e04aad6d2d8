"""Edits from the wire: order inside a frame, ids in every form, bodies frame by frame; and outcomes."""

from __future__ import annotations

import gzip
import io
from typing import Any
from uuid import UUID

import pytest
from esriPBuffer.graph import ApplyEditsRequest_pb2 as request
from esriPBuffer.graph import ApplyEditsResponse_pb2 as response
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph

from kgsync.errors import Code, MalformedInput, NotFound
from kgsync.model.edits import Add, Cascade, Delete, EditError, EditResults, EditsHeader, Op, Outcome, Update
from kgsync.model.geometry import IDENTITY, Grid, SpatialReference
from kgsync.model.history import Moment
from kgsync.model.schema import Category
from kgsync.model.values import Invalid
from kgsync.wire.pbf.edits import (
    decode_frame,
    decode_header,
    decode_id,
    encode_apply_edits_error,
    encode_apply_edits_result,
    encode_outcome,
    read_apply_edits,
    read_compressed_frames,
    read_plain_frames,
)
from kgsync.wire.pbf.frames import delimited
from tests.wire.samples import DEST, ID, ORIGIN

ENTITY, LINK = Category.ENTITY, Category.RELATIONSHIP


def _text(text: str) -> Any:
    return graph.AnyValue(primitive_value=graph.PrimitiveValue(string_value=text))


def _bytes(data: bytes) -> Any:
    return graph.AnyValue(primitive_value=graph.PrimitiveValue(uuid_value=data))


def _named(value: Any) -> Any:
    return request.NamedObjectAdd(id=value, properties=[graph.KeyValuePair(key="name", value=_text("Ada"))])


def _full_frame() -> Any:
    frame = request.GraphApplyEditsFrame()
    for name in ("B", "A"):
        frame.adds.entities[name].entity_adds.add(entity=_named(_bytes(ID.bytes)))
        changed = request.NamedObjectUpdate(update_id=_text(f"{{{ID}}}"))
        frame.updates.entities[name].namedObjectUpdates.append(changed)
        frame.deletes.deleted_entity_ids[name].id_array.uuid_array = ID.bytes
    ends = {"origin_id": _text(str(ORIGIN).upper()), "dest_id": _bytes(DEST.bytes)}
    frame.adds.relationships["K"].relationship_adds.add(relationship=_named(_bytes(ID.bytes)), **ends)
    frame.updates.relationships["K"].namedObjectUpdates.add(update_id=_bytes(ID.bytes))
    frame.deletes.deleted_relationship_ids["K"].id_array.uuid_array = ID.bytes
    return frame


def _deletes(**array: Any) -> list[Any]:
    frame = request.GraphApplyEditsFrame()
    frame.deletes.deleted_entity_ids["A"].id_array.CopyFrom(graph.ArrayValue(**array))
    return [edit.id for batch in decode_frame(frame.SerializeToString(), IDENTITY, "f") for edit in batch.edits]


def test_a_frame_is_read_in_the_order_it_applies_types_by_name() -> None:
    frame = decode_frame(_full_frame().SerializeToString(), IDENTITY, "frame")

    assert [(b.op, b.category, b.type_name) for b in frame] == [
        (Op.ADD, ENTITY, "A"),
        (Op.ADD, ENTITY, "B"),
        (Op.ADD, LINK, "K"),
        (Op.UPDATE, ENTITY, "A"),
        (Op.UPDATE, ENTITY, "B"),
        (Op.UPDATE, LINK, "K"),
        (Op.DELETE, LINK, "K"),
        (Op.DELETE, ENTITY, "A"),
        (Op.DELETE, ENTITY, "B"),
    ]


def test_every_edit_keeps_its_id_its_ends_and_its_values() -> None:
    frame = decode_frame(_full_frame().SerializeToString(), IDENTITY, "frame")
    edits = {(b.op, b.category): b.edits[0] for b in frame if b.type_name != "B"}

    assert edits[Op.ADD, ENTITY] == Add(ID, {"name": "Ada"})
    assert edits[Op.ADD, LINK] == Add(ID, {"name": "Ada"}, ORIGIN, DEST)
    assert edits[Op.UPDATE, ENTITY] == edits[Op.UPDATE, LINK] == Update(ID, {})
    assert edits[Op.DELETE, LINK] == edits[Op.DELETE, ENTITY] == Delete(ID)


def test_edits_of_one_type_keep_the_order_they_came_in() -> None:
    message = request.GraphApplyEditsFrame()
    for number in (3, 1, 2):
        message.adds.entities["A"].entity_adds.add(entity=_named(_bytes(UUID(int=number).bytes)))

    (batch,) = decode_frame(message.SerializeToString(), IDENTITY, "frame")

    assert [edit.id for edit in batch.edits] == [UUID(int=3), UUID(int=1), UUID(int=2)]


def test_types_without_edits_leave_no_batch() -> None:
    message = request.GraphApplyEditsFrame()
    message.adds.entities["A"].SetInParent()
    message.deletes.deleted_entity_ids["A"].SetInParent()

    assert decode_frame(message.SerializeToString(), IDENTITY, "frame") == []


@pytest.mark.parametrize("value", [_bytes(ID.bytes), _text(str(ID)), _text(f"{{{ID}}}".upper()), _text(ID.hex)])
def test_ids_are_read_as_bytes_or_text(value: graph.AnyValue) -> None:
    assert decode_id(value) == ID


@pytest.mark.parametrize(
    "value",
    [
        _bytes(bytes(15)),
        _bytes(bytes(17)),
        _bytes(b""),
        _text("nobody"),
        _text(""),
        graph.AnyValue(primitive_value=graph.PrimitiveValue(sint64_value=7)),
        graph.AnyValue(primitive_value=graph.PrimitiveValue(null_tag=False)),
        graph.AnyValue(primitive_value=graph.PrimitiveValue(blob_value=bytes(16))),
        graph.AnyValue(array_value=graph.ArrayValue(uuid_array=ID.bytes)),
    ],
)
def test_other_ids_are_invalid_with_a_reason(value: graph.AnyValue) -> None:
    found = decode_id(value)

    assert isinstance(found, Invalid)
    assert "id" in found.reason


def test_an_absent_id_lets_the_server_choose() -> None:
    assert decode_id(graph.AnyValue()) is None


def test_deletes_are_read_in_every_form_a_client_sends() -> None:
    both = [ID, ORIGIN]

    assert _deletes(uuid_array=ID.bytes + ORIGIN.bytes) == both
    assert _deletes(string_array=graph.StringArray(value=[str(ID), f"{{{ORIGIN}}}"])) == both
    values = [_bytes(ID.bytes), _text(str(ORIGIN))]
    assert _deletes(any_value_array=graph.AnyValueArray(values=values)) == both
    assert _deletes() == []


def test_deletes_that_are_no_ids_are_invalid_one_by_one() -> None:
    mixed = _deletes(string_array=graph.StringArray(value=[str(ID), "nobody"]))

    assert mixed[0] == ID
    assert isinstance(mixed[1], Invalid)
    for array in ({"uuid_array": bytes(15)}, {"sint64_array": graph.Int64Array(value=[1])}):
        (found,) = _deletes(**array)
        assert isinstance(found, Invalid)


def _body(*frames: Any) -> bytes:
    reference = {"wkid": 4326}
    header = request.GraphApplyEditsHeader(spatialReference=reference, cascade_delete=True)
    header.input_transform.scale.xScale = 0.5
    packed = (delimited(gzip.compress(f.SerializeToString())) for f in frames)
    return delimited(header.SerializeToString()) + b"".join(packed)


def test_an_apply_edits_body_is_its_header_and_frames() -> None:
    body = _body(_full_frame(), request.GraphApplyEditsFrame())

    header, frames = read_apply_edits(io.BytesIO(body), len(body))

    assert header == EditsHeader(
        spatial_reference=SpatialReference(wkid=4326), grid=Grid(scale_x=0.5), cascade=True, cascade_provenance=False
    )
    assert [len(frame) for frame in frames] == [9, 0]


def test_frames_are_read_only_as_they_are_taken() -> None:
    body = _body(_full_frame()) + delimited(b"not gzip")

    _, frames = read_apply_edits(io.BytesIO(body), len(body))

    assert len(next(frames)) == 9
    with pytest.raises(MalformedInput, match=r"frames\[1\]"):
        next(frames)


@pytest.mark.parametrize("body", [b"", b"\x05\x0a", b"\x80", b"\xff\xff\xff\xff\x7f", b"\x01\xff"])
def test_a_body_without_a_whole_header_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedInput, match="header"):
        read_apply_edits(io.BytesIO(body), len(body))


def test_a_body_may_be_a_header_alone() -> None:
    header, frames = read_apply_edits(io.BytesIO(b"\x00"), 1)

    assert (header, list(frames)) == (EditsHeader(), [])


def test_plain_and_compressed_frames_are_the_same_edits() -> None:
    frames = [_full_frame(), request.GraphApplyEditsFrame()]
    plain = b"".join(b"\x0a" + delimited(f.SerializeToString()) for f in frames)
    packed = b"".join(delimited(gzip.compress(f.SerializeToString())) for f in frames)
    stream = gzip.compress(b"".join(delimited(f.SerializeToString()) for f in frames))

    read = list(read_plain_frames(io.BytesIO(plain), len(plain), IDENTITY, "p"))

    assert [len(frame) for frame in read] == [9, 0]
    for data in (packed, stream):
        assert list(read_compressed_frames(io.BytesIO(data), len(data), IDENTITY, "p")) == read


def test_plain_frames_cut_anywhere_else_than_between_them_are_malformed() -> None:
    data = b"\x0a" + delimited(_full_frame().SerializeToString())
    for cut in range(1, len(data)):
        with pytest.raises(MalformedInput):
            list(read_plain_frames(io.BytesIO(data[:cut]), cut, IDENTITY, "p"))


@pytest.mark.parametrize("data", [b"\x12\x00", b"\x08\x01", b"\x0a\x00\x0b"])
def test_other_fields_are_no_plain_frames(data: bytes) -> None:
    with pytest.raises(MalformedInput, match="SyncEditFrames"):
        list(read_plain_frames(io.BytesIO(data), len(data), IDENTITY, "p"))


def _outcome() -> Outcome:
    done = EditResults(Op.ADD, ENTITY, "A", [ID, None], {1: EditError(Code.EDIT_EXISTS, "taken")})
    gone = EditResults(Op.DELETE, LINK, "K", [ID])
    outcome = Outcome(user="ada", moment=Moment(5), results=[done, gone], unknown_types=["X"])
    outcome.cascades["K"] = Cascade([ID], [ORIGIN], [DEST])
    outcome.end_points["K"] = [("A", "B")]
    outcome.unknown_properties["A"] = ["colour"]
    return outcome


def test_results_stand_under_their_type_with_null_where_an_error_is() -> None:
    message = response.GraphApplyEditsResult.FromString(encode_apply_edits_result(_outcome()))
    added = message.entity_add_results["A"]
    first, second = added.id_array.any_value_array.values

    assert first.primitive_value.uuid_value == ID.bytes
    assert second.primitive_value.WhichOneof("value_type") == "null_tag"
    assert {k: (e.error_code, e.error_message) for k, e in added.errors.items()} == {1: (112903, "taken")}
    assert message.relationship_delete_results["K"].id_array.uuid_array == ID.bytes
    assert (message.apply_edits_metadata.user_name, message.apply_edits_metadata.timestamp) == ("ada", 5)


def test_cascades_and_new_end_points_stand_beside_the_results() -> None:
    message = response.GraphApplyEditsResult.FromString(encode_apply_edits_result(_outcome()))
    cascade = message.cascading_relationship_delete_results["K"]
    (pair,) = message.rel_type_schema_changes["K"].new_end_points

    assert cascade.relationship_delete_results.id_array.uuid_array == ID.bytes
    assert cascade.origin_entity_id_array.uuid_array == ORIGIN.bytes
    assert cascade.dest_entity_id_array.uuid_array == DEST.bytes
    assert (pair.origin_entity_type, pair.destination_entity_type) == ("A", "B")


def test_schema_results_are_told_only_in_synchronize() -> None:
    inside = encode_outcome(_outcome(), schema_results=True)

    assert not encode_outcome(_outcome(), schema_results=False).HasField("schema_results")
    assert list(inside.schema_results.unknown_types) == ["X"]
    assert list(inside.schema_results.unknown_properties["A"].value) == ["colour"]


def test_an_error_of_the_whole_call_is_field_one() -> None:
    message = response.GraphApplyEditsResult.FromString(encode_apply_edits_error(NotFound("gone")))

    assert (message.error.error_code, message.error.error_message) == (404, "gone")


def test_a_header_that_is_no_message_is_malformed() -> None:
    with pytest.raises(MalformedInput, match="GraphApplyEditsHeader"):
        decode_header(b"\xff", "header")


def test_records_removed_by_a_cascade_are_reported() -> None:
    outcome = Outcome(user="u", moment=Moment(9), records=[ID, DEST])
    message = response.GraphApplyEditsResult.FromString(encode_apply_edits_result(outcome))
    gone = message.cascading_provenance_delete_results.provenance_delete_results
    assert gone.id_array.uuid_array == ID.bytes + DEST.bytes
    outcome.records.clear()
    message = response.GraphApplyEditsResult.FromString(encode_apply_edits_result(outcome))
    assert not message.HasField("cascading_provenance_delete_results")
