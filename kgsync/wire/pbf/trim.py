"""Requests and answers of replicas/trimChangeLog."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from esriPBuffer.graph import TrimChangeLogRequest_pb2 as trim_request
from esriPBuffer.graph import TrimChangeLogResponse_pb2 as trim_response

from kgsync.errors import KgsyncError, MalformedInput
from kgsync.model.history import Moment
from kgsync.model.trim import TrimBefore, TrimCall, TrimKind, Trimmed, TrimMode, TrimPreserving, TrimStatistics
from kgsync.wire.pbf.datamodel import error_message
from kgsync.wire.pbf.frames import parse_message


def decode_trim(data: bytes) -> TrimCall:
    """Read a bare TrimChangeLogRequest. Raises MalformedInput."""
    message = parse_message(trim_request.TrimChangeLogRequest, data, "TrimChangeLogRequest")
    return TrimCall(mode=_mode(message), asynchronous=getattr(message, "async"))


def _mode(message: Any) -> TrimMode:
    which = message.WhichOneof("trim_mode")
    if which is None:
        told = "none of trim_before, trim_preserve_replicas and change_log_statistics is set"
        raise MalformedInput(told, place="trim_mode")
    if which == "trim_preserve_replicas":
        return TrimPreserving()
    if which == "change_log_statistics":
        asked = message.change_log_statistics
        given = asked.HasField("candidate_trim_before_date")
        return TrimStatistics(candidate=Moment(asked.candidate_trim_before_date) if given else None)
    before = message.trim_before
    forced = before.HasField("force_trim")
    return TrimBefore(
        date=Moment(before.trim_before_date),
        force=forced,
        unregister=forced and before.force_trim.unregister_stale_replicas,
    )


def trimmed_message(result: Trimmed) -> Any:
    """Write a TrimChangeLogResult; failures of the trim itself stand in its own error."""
    message = trim_response.TrimChangeLogResult()
    if result.error is not None:
        message.error.CopyFrom(error_message(result.error.code, result.error.message))
    if result.kind is TrimKind.STATISTICS:
        stats = message.trim_log_stats
        stats.candidate_trim_before_date = result.date.ms
        stats.percent_rows_deleted_by_candidate_trim_before_date = result.percent
        for share in result.shares:
            stats.replica_log_stats.add(
                replica_id=share.replica_id.bytes,
                last_sync_date=share.served.ms,
                percent_rows_deleted_by_last_sync_date=share.percent,
            )
    elif result.kind is TrimKind.PRESERVING:
        message.trim_preserve_result.trim_before_date = result.date.ms
    else:
        before = message.trim_before_result
        before.SetInParent()
        if result.unregistered:
            before.unregistered_replica_id_array = _joined(result.unregistered)
        elif result.stale:
            before.existing_stale_replica_id_array = _joined(result.stale)
    return message


def _joined(ids: Iterable[UUID]) -> bytes:
    return b"".join(id.bytes for id in ids)


def encode_trimmed(result: Trimmed) -> bytes:
    return _bytes(trim_response.TrimChangeLogResponse(trim_result=trimmed_message(result)))


def encode_trim_job(status_url: str) -> bytes:
    return _bytes(trim_response.TrimChangeLogResponse(async_status_url=status_url))


def encode_trim_error(error: KgsyncError) -> bytes:
    """Write the error with an empty result beside it: without one, clients lose the message."""
    return _bytes(
        trim_response.TrimChangeLogResponse(
            error=error_message(int(error.code), error.message), trim_result=trim_response.TrimChangeLogResult()
        )
    )


def _bytes(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data
