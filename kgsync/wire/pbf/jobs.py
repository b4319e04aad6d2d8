"""Status, result and cancel answers of jobs.

To protobuf callers an ended job is COMPLETED whatever became of it: deployed clients poll FAILED
and CANCELLED until they time out. The error stands in the result, beside an empty result member.
"""

from __future__ import annotations

from typing import Any

from esriPBuffer.graph import AsyncCancellationResponse_pb2 as cancel
from esriPBuffer.graph import AsyncResultResponse_pb2 as result_answer
from esriPBuffer.graph import AsyncStatusResponse_pb2 as status_answer

from kgsync.errors import KgsyncError
from kgsync.model.jobs import Job, JobKind, JobState
from kgsync.model.replica import Created, Synchronized
from kgsync.model.trim import Trimmed
from kgsync.wire.pbf.datamodel import error_message
from kgsync.wire.pbf.replicas import created_message
from kgsync.wire.pbf.synchronize import synchronized_message
from kgsync.wire.pbf.trim import trimmed_message

_COMPLETED, _EXECUTING, _CANCELLING, _UNAVAILABLE = 1, 2, 3, 6


def encode_status(job: Job | None, results_url: str) -> bytes:
    """Write an AsyncStatusResponse; None (unknown or expired) is UNAVAILABLE, not an error."""
    message = status_answer.AsyncStatusResponse()
    if job is None:
        message.async_status = _UNAVAILABLE
        return _bytes(message)
    if job.state.ended:
        message.async_status = _COMPLETED
        message.results_url = results_url
    else:
        message.async_status = _CANCELLING if job.state is JobState.CANCELLING else _EXECUTING
    message.submission_time, message.last_updated_time = job.submitted, job.updated
    message.progress_status.code = 100 if job.state is JobState.COMPLETED else job.progress
    message.progress_status.message = job.state.value
    return _bytes(message)


def encode_result(job: Job, url: str | None) -> bytes:
    """Write an AsyncResultResponse with the Result message of the job's kind, empty on failure."""
    message = result_answer.AsyncResultResponse(submission_time=job.submitted)
    if job.state.ended:
        message.completion_time = job.updated
    if job.error is not None:
        message.error.CopyFrom(error_message(job.error.code, job.error.message))
    if isinstance(job.result, Created):
        message.create_replica_result.CopyFrom(created_message(job.result, url or ""))
    elif isinstance(job.result, Synchronized):
        message.synchronize_replica_result.CopyFrom(synchronized_message(job.result, url))
    elif isinstance(job.result, Trimmed):
        message.trim_result.CopyFrom(trimmed_message(job.result))
    elif job.kind is JobKind.TRIM:
        message.trim_result.SetInParent()
    elif job.kind is JobKind.CREATE:
        message.create_replica_result.SetInParent()
    else:
        message.synchronize_replica_result.SetInParent()
    return _bytes(message)


def encode_result_error(error: KgsyncError) -> bytes:
    message = result_answer.AsyncResultResponse(error=error_message(int(error.code), error.message))
    message.synchronize_replica_result.SetInParent()
    return _bytes(message)


def encode_cancel(error: KgsyncError | None) -> bytes:
    message = cancel.AsyncCancellationResponse()
    if error is not None:
        message.error.CopyFrom(error_message(int(error.code), error.message))
    return _bytes(message)


def _bytes(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data
