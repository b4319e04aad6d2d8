"""What goes over gRPC beside the contract's own messages: answers, jobs, pages."""

from __future__ import annotations

from typing import Any

from kgsync_api.v1 import sync_pb2 as api

from kgsync.model.jobs import Job, JobState
from kgsync.model.replica import Created, Synchronized
from kgsync.model.trim import Trimmed
from kgsync.wire.pbf.replicas import created_message
from kgsync.wire.pbf.synchronize import synchronized_message
from kgsync.wire.pbf.trim import trimmed_message

_STATES = {
    JobState.EXECUTING: 1,
    JobState.CANCELLING: 2,
    JobState.CANCELLED: 3,
    JobState.FAILED: 4,
    JobState.COMPLETED: 5,
}


def created(result: Created) -> Any:
    return api.CreatedReplica(result=created_message(result, ""), archive=result.archive)


def synchronized(result: Synchronized) -> Any:
    return api.SynchronizedReplica(result=synchronized_message(result, None), archive=result.archive or "")


def job_message(job: Job) -> Any:
    """Write a job as it is: unlike the contract's status, a failed one is FAILED."""
    message = api.Job(
        job=job.id,
        state=_STATES[job.state],
        progress=100 if job.state is JobState.COMPLETED else job.progress,
        submitted=job.submitted,
        updated=job.updated,
    )
    if job.error is not None:
        message.error.code, message.error.message = job.error.code, job.error.message
    if isinstance(job.result, Created):
        message.created.CopyFrom(created(job.result))
    elif isinstance(job.result, Synchronized):
        message.synchronized.CopyFrom(synchronized(job.result))
    elif isinstance(job.result, Trimmed):
        message.trimmed.CopyFrom(trimmed_message(job.result))
    return message
