"""The synchronize request, walked in its spooled body, and the synchronize answer."""

from __future__ import annotations

from typing import Any, BinaryIO

from esriPBuffer.graph import SynchronizeReplicaRequest_pb2 as request
from esriPBuffer.graph import SynchronizeReplicaResponse_pb2 as response

from kgsync.errors import KgsyncError, MalformedInput, TooLarge
from kgsync.model.edits import EditsHeader
from kgsync.model.history import Moment
from kgsync.model.replica import Download, InlineEdits, Synchronize, Synchronized, UploadedEdits
from kgsync.wire.pbf.datamodel import error_message
from kgsync.wire.pbf.edits import decode_header, encode_outcome
from kgsync.wire.pbf.fields import LENGTH, VARINT, Field, read_bytes, read_fields, single_field
from kgsync.wire.pbf.frames import parse_message

_PBF = 1
# Headers and download parameters are tiny; a body that claims otherwise is not one.
_MAX_SMALL = 1024 * 1024


def check_data_format(number: int, place: str) -> None:
    """Accept unspecified (0) and PBF (1). Raises MalformedInput; some clients know 2 to 4."""
    if number not in (0, _PBF):
        raise MalformedInput(f"data format {number} is not supported, only PBF (1)", place=place)


def _small(source: BinaryIO, field: Field, place: str) -> bytes:
    if field.size > _MAX_SMALL:
        raise TooLarge(f"this part is limited to {_MAX_SMALL} bytes", place=place)
    return read_bytes(source, field)


def _download(data: bytes) -> Download | None:
    message = parse_message(request.DownloadParameters, data, "download_parameters")
    check_data_format(message.data_format, "download_parameters.data_format")
    which = message.WhichOneof("replica_download_options")
    if which == "replica_deltas":
        return Download(after=Moment(message.replica_deltas.last_sync_date))
    return Download() if which == "replica_snapshot" else None


def _upload(source: BinaryIO, field: Field) -> InlineEdits | UploadedEdits | None:
    place = "upload_edits"
    fields = read_fields(source, field.offset, field.size, place)
    edits = single_field(fields, 1, LENGTH, f"{place}.sync_apply_edits")
    file = single_field(fields, 2, LENGTH, f"{place}.upload_file")
    if edits is not None and file is not None:
        raise MalformedInput("both sync_apply_edits and upload_file are set", place=place)
    if file is not None:
        message = parse_message(request.UploadFile, _small(source, file, place), f"{place}.upload_file")
        check_data_format(message.upload_format, f"{place}.upload_file.upload_format")
        if len(message.edits_upload_id) != 16:
            raise MalformedInput(
                f"an item id has 16 bytes (32 hex digits), not {len(message.edits_upload_id)}",
                place=f"{place}.upload_file.edits_upload_id",
            )
        return UploadedEdits(item=message.edits_upload_id.hex())
    return None if edits is None else _inline(source, edits, f"{place}.sync_apply_edits")


def _inline(source: BinaryIO, field: Field, place: str) -> InlineEdits | None:
    fields = read_fields(source, field.offset, field.size, place)
    head = single_field(fields, 1, LENGTH, f"{place}.edits_header")
    plain = single_field(fields, 2, LENGTH, f"{place}.frames")
    packed = single_field(fields, 3, LENGTH, f"{place}.compressed_frames")
    if plain is not None and packed is not None:
        raise MalformedInput("both frames and compressed_frames are set", place=place)
    body = plain or packed
    if body is None:
        return None
    where = f"{place}.edits_header"
    header = EditsHeader() if head is None else decode_header(_small(source, head, where), where)
    return InlineEdits(header=header, offset=body.offset, size=body.size, compressed=packed is not None)


def decode_synchronize(source: BinaryIO, size: int) -> Synchronize:
    """Read a bare SynchronizeReplicaRequest of `size` bytes; frames stay where they lie.

    A half whose oneof is unset counts as absent; both absent is an error. Raises MalformedInput.
    """
    fields = read_fields(source, 0, size, "SynchronizeReplicaRequest")
    download = single_field(fields, 1, LENGTH, "download_parameters")
    upload = single_field(fields, 2, LENGTH, "upload_edits")
    asynchronous = single_field(fields, 3, VARINT, "async")
    call = Synchronize(
        download=None if download is None else _download(_small(source, download, "download_parameters")),
        upload=None if upload is None else _upload(source, upload),
        asynchronous=asynchronous is not None and bool(asynchronous.value),
    )
    if call.download is None and call.upload is None:
        raise MalformedInput("neither download_parameters nor upload_edits is set", place="SynchronizeReplicaRequest")
    return call


def synchronized_message(result: Synchronized, url: str | None) -> Any:
    """Write a SynchronizeReplicaResult; `url` is the absolute address of the archive."""
    message = response.SynchronizeReplicaResult(replica_id=result.replica_id.bytes)
    if result.sync_date is not None:
        message.sync_date = result.sync_date.ms
    for warning in result.warnings:
        message.warnings.add(error_message=warning)
    if url is not None:
        message.download_results.sync_data_format = _PBF
        message.download_results.sync_data_url = url
    if result.outcome is not None:
        edits = encode_outcome(result.outcome, schema_results=True)
        message.upload_results.sync_edit_results.upload_edit_results.CopyFrom(edits)
        if result.outcome.error is not None:
            message.errors.add(error_code=int(result.outcome.error.code), error_message=result.outcome.error.message)
    return message


def encode_synchronized(result: Synchronized, url: str | None) -> bytes:
    message = response.SynchronizeReplicaResponse(synchronize_replica_result=synchronized_message(result, url))
    data: bytes = message.SerializeToString()
    return data


def encode_synchronize_job(status_url: str) -> bytes:
    data: bytes = response.SynchronizeReplicaResponse(async_status_url=status_url).SerializeToString()
    return data


def encode_synchronize_error(error: KgsyncError) -> bytes:
    """Write the error with an empty result beside it: without one, clients lose the message."""
    message = response.SynchronizeReplicaResponse(
        error=error_message(int(error.code), error.message),
        synchronize_replica_result=response.SynchronizeReplicaResult(),
    )
    data: bytes = message.SerializeToString()
    return data
