"""The synchronize request walked in its body gives what protobuf put there, or says what is wrong."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest
from esriPBuffer.graph import ApplyEditsRequest_pb2 as edits
from esriPBuffer.graph import SynchronizeReplicaRequest_pb2 as request
from esriPBuffer.graph import SynchronizeReplicaResponse_pb2 as response

from kgsync.errors import Code, MalformedInput, SnapshotRequired, TooLarge
from kgsync.model.edits import EditError, EditsHeader, Outcome
from kgsync.model.history import Moment
from kgsync.model.replica import Download, InlineEdits, Synchronize, Synchronized, UploadedEdits
from kgsync.wire.pbf.edits import read_compressed_frames, read_plain_frames
from kgsync.wire.pbf.fields import LENGTH, read_bytes, read_fields
from kgsync.wire.pbf.frames import delimited
from kgsync.wire.pbf.synchronize import (
    decode_synchronize,
    encode_synchronize_error,
    encode_synchronize_job,
    encode_synchronized,
)
from tests.wire.samples import ID

SNAPSHOT = request.DownloadParameters(replica_snapshot=request.ReplicaSnapshot())


def _decode(message: Any) -> Synchronize:
    return _decode_bytes(message.SerializeToString())


def _decode_bytes(data: bytes) -> Synchronize:
    return decode_synchronize(io.BytesIO(data), len(data))


def _frame(name: str) -> Any:
    frame = edits.GraphApplyEditsFrame()
    frame.deletes.deleted_entity_ids[name].id_array.uuid_array = ID.bytes
    return frame


def _upload(**inline: Any) -> Any:
    body = request.SyncApplyEdits(**inline)
    return request.SynchronizeReplicaRequest(upload_edits=request.UploadEdits(sync_apply_edits=body))


def _inline(message: Any) -> tuple[InlineEdits, io.BytesIO]:
    source = io.BytesIO(message.SerializeToString())
    call = decode_synchronize(source, len(source.getvalue()))
    assert isinstance(call.upload, InlineEdits)
    source.seek(call.upload.offset)
    return call.upload, source


@pytest.mark.parametrize("after", [1, 1_700_000_000_123, 2**63 - 1, 0, -1])
def test_a_delta_is_asked_after_the_last_sync_date(after: int) -> None:
    download = request.DownloadParameters(replica_deltas=request.ReplicaDeltas(last_sync_date=after))

    call = _decode(request.SynchronizeReplicaRequest(download_parameters=download))

    assert call == Synchronize(download=Download(after=Moment(after)))


def test_a_snapshot_is_a_download_after_nothing() -> None:
    message = request.SynchronizeReplicaRequest(download_parameters=SNAPSHOT, **{"async": True})

    assert _decode(message) == Synchronize(download=Download(), asynchronous=True)


@pytest.mark.parametrize("number", [0, 1])
def test_data_formats_unspecified_and_pbf_are_taken(number: int) -> None:
    download = request.DownloadParameters(replica_snapshot=request.ReplicaSnapshot(), data_format=number)

    assert _decode(request.SynchronizeReplicaRequest(download_parameters=download)).download == Download()


@pytest.mark.parametrize("number", [2, 3, 4, -1])
def test_other_data_formats_are_refused_by_number_on_both_halves(number: int) -> None:
    download = request.DownloadParameters(replica_snapshot=request.ReplicaSnapshot(), data_format=number)
    file = request.UploadFile(edits_upload_id=ID.bytes, upload_format=number)

    with pytest.raises(MalformedInput, match=f"data format {number} is not supported"):
        _decode(request.SynchronizeReplicaRequest(download_parameters=download))
    with pytest.raises(MalformedInput, match=f"data format {number} is not supported"):
        _decode(request.SynchronizeReplicaRequest(upload_edits=request.UploadEdits(upload_file=file)))


def test_plain_frames_are_pointed_at_where_they_lie() -> None:
    header = edits.GraphApplyEditsHeader(cascade_delete=True)
    frames = request.SyncEditFrames(frames=[_frame("A"), _frame("B")])

    upload, source = _inline(_upload(edits_header=header, frames=frames))

    assert (upload.header, upload.compressed) == (EditsHeader(cascade=True), False)
    read = read_plain_frames(source, upload.size, upload.header.grid, "p")
    assert [frame[0].type_name for frame in read] == ["A", "B"]


def test_compressed_frames_are_pointed_at_where_they_lie() -> None:
    packed = b"".join(delimited(gzip.compress(_frame(n).SerializeToString())) for n in "AB")

    upload, source = _inline(_upload(compressed_frames=packed))

    assert (upload.header, upload.compressed, upload.size) == (EditsHeader(), True, len(packed))
    read = read_compressed_frames(source, upload.size, upload.header.grid, "p")
    assert [frame[0].type_name for frame in read] == ["A", "B"]


def test_frames_may_be_set_and_empty() -> None:
    upload, _ = _inline(_upload(frames=request.SyncEditFrames()))

    assert (upload.size, upload.compressed) == (0, False)


def test_an_uploaded_file_is_named_by_its_hex_id() -> None:
    file = request.UploadFile(edits_upload_id=ID.bytes)

    call = _decode(request.SynchronizeReplicaRequest(upload_edits=request.UploadEdits(upload_file=file)))

    assert call.upload == UploadedEdits(item=ID.hex)


@pytest.mark.parametrize("size", [0, 15, 17])
def test_a_file_id_of_another_length_is_malformed(size: int) -> None:
    file = request.UploadFile(edits_upload_id=bytes(size))

    with pytest.raises(MalformedInput, match="16 bytes"):
        _decode(request.SynchronizeReplicaRequest(upload_edits=request.UploadEdits(upload_file=file)))


def test_both_halves_travel_in_one_call() -> None:
    message = _upload(frames=request.SyncEditFrames(frames=[_frame("A")]))
    message.download_parameters.CopyFrom(SNAPSHOT)

    call = _decode(message)

    assert call.download == Download()
    assert isinstance(call.upload, InlineEdits)


@pytest.mark.parametrize(
    "message",
    [
        request.SynchronizeReplicaRequest(),
        request.SynchronizeReplicaRequest(**{"async": True}),
        request.SynchronizeReplicaRequest(download_parameters=request.DownloadParameters()),
        request.SynchronizeReplicaRequest(upload_edits=request.UploadEdits()),
        request.SynchronizeReplicaRequest(
            upload_edits=request.UploadEdits(sync_apply_edits=request.SyncApplyEdits()),
            download_parameters=request.DownloadParameters(data_format=1),
        ),
    ],
)
def test_a_call_with_both_halves_absent_is_malformed(message: request.SynchronizeReplicaRequest) -> None:
    with pytest.raises(MalformedInput, match="neither"):
        _decode(message)


def test_a_half_with_nothing_set_counts_as_absent() -> None:
    message = request.SynchronizeReplicaRequest(
        download_parameters=SNAPSHOT, upload_edits=request.UploadEdits(sync_apply_edits=request.SyncApplyEdits())
    )

    assert _decode(message) == Synchronize(download=Download())


_HALF = delimited(SNAPSHOT.SerializeToString())
_FRAMES = b"\x12\x00"
_FILE = delimited(request.UploadFile(edits_upload_id=ID.bytes).SerializeToString())


def _inside_edits(data: bytes) -> bytes:
    return b"\x12" + delimited(b"\x0a" + delimited(data))


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a" + _HALF + b"\x0a" + _HALF,
        b"\x0a" + _HALF + b"\x18\x01\x18\x01",
        _inside_edits(_FRAMES) + _inside_edits(_FRAMES),
        _inside_edits(_FRAMES + _FRAMES),
        _inside_edits(b"\x0a\x00\x0a\x00" + _FRAMES),
        b"\x12" + delimited(b"\x12" + _FILE + b"\x12" + _FILE),
    ],
)
def test_a_field_given_twice_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedInput, match="more than once"):
        _decode_bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x08\x01",
        b"\x10\x01",
        b"\x0d\x00\x00\x00\x00",
        b"\x0a" + _HALF + b"\x1a\x01\x01",
        b"\x12" + delimited(b"\x08\x01"),
        _inside_edits(b"\x10\x01"),
    ],
)
def test_a_field_of_the_wrong_wire_type_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedInput, match="wire type"):
        _decode_bytes(data)


@pytest.mark.parametrize(
    "data",
    [_inside_edits(_FRAMES + b"\x1a\x00"), b"\x12" + delimited(b"\x0a" + delimited(_FRAMES) + b"\x12" + _FILE)],
)
def test_both_members_of_a_oneof_are_malformed(data: bytes) -> None:
    with pytest.raises(MalformedInput, match="both"):
        _decode_bytes(data)


def test_unknown_fields_are_passed_over() -> None:
    unknown = b"\x50\x07" + b"\x5a\x03abc" + b"\x61" + bytes(8) + b"\x6d" + bytes(4)

    assert _decode_bytes(unknown + b"\x0a" + _HALF + unknown).download == Download()


def test_a_request_cut_anywhere_is_malformed() -> None:
    message = _upload(frames=request.SyncEditFrames(frames=[_frame("A")]))
    message.download_parameters.CopyFrom(SNAPSHOT)
    data = message.SerializeToString()
    ends = {2 + len(SNAPSHOT.SerializeToString())}
    for cut in set(range(len(data))) - ends:
        with pytest.raises(MalformedInput):
            _decode_bytes(data[:cut])


@pytest.mark.parametrize(
    "data", [b"\x00", b"\x02", b"\x0b", b"\x0c", b"\x0e", b"\x0f", b"\x80" * 11, b"\xf8" * 4 + b"\x7f\x00"]
)
def test_bytes_that_are_no_fields_are_malformed(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        _decode_bytes(data)


def test_a_message_of_very_many_fields_is_malformed() -> None:
    with pytest.raises(MalformedInput, match="more than 1000 fields"):
        _decode_bytes(b"\x50\x01" * 1001)


def test_parts_outside_the_frames_are_small() -> None:
    with pytest.raises(TooLarge):
        _decode_bytes(b"\x0a" + delimited(b"\x5a" + delimited(bytes(1024 * 1024))))


def test_fields_are_found_at_any_offset_and_read_where_they_lie() -> None:
    source = io.BytesIO(b"before" + b"\x0a\x03abc" + b"after")

    (field,) = read_fields(source, 6, 5, "place")

    assert (field.number, field.wire_type, read_bytes(source, field)) == (1, LENGTH, b"abc")


def _answer(data: bytes) -> Any:
    return response.SynchronizeReplicaResponse.FromString(data)


def test_an_answer_leaves_out_what_was_not_asked() -> None:
    result = _answer(encode_synchronized(Synchronized(replica_id=ID), None)).synchronize_replica_result

    assert (result.replica_id, result.sync_date) == (ID.bytes, 0)
    assert not result.HasField("download_results")
    assert not result.HasField("upload_results")


def test_an_answer_says_date_address_warnings_and_outcome() -> None:
    outcome = Outcome(user="u", moment=Moment(9), error=EditError(Code.FORBIDDEN, "no"))
    done = Synchronized(replica_id=ID, sync_date=Moment(9), outcome=outcome, warnings=("careful",))

    result = _answer(encode_synchronized(done, "https://a/b.zip")).synchronize_replica_result

    assert (result.sync_date, result.warnings[0].error_message) == (9, "careful")
    assert (result.download_results.sync_data_format, result.download_results.sync_data_url) == (1, "https://a/b.zip")
    assert result.upload_results.sync_edit_results.upload_edit_results.error.error_code == 403
    assert [e.error_message for e in result.errors] == ["no"]


def test_an_error_and_a_job_are_answers_of_their_own() -> None:
    failed = _answer(encode_synchronize_error(SnapshotRequired("take a snapshot")))

    assert (failed.error.error_code, failed.WhichOneof("result")) == (410, "synchronize_replica_result")
    assert _answer(encode_synchronize_job("https://a/jobs/1")).async_status_url == "https://a/jobs/1"
