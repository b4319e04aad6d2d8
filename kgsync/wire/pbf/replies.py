"""Answers as a client reads them. An error inside an answer is raised as the error it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from esriPBuffer.graph import ApplyEditsResponse_pb2 as edits_answer
from esriPBuffer.graph import AsyncCancellationResponse_pb2 as cancel_answer
from esriPBuffer.graph import AsyncResultResponse_pb2 as result_answer
from esriPBuffer.graph import AsyncStatusResponse_pb2 as status_answer
from esriPBuffer.graph import CreateReplicaResponse_pb2 as create_answer
from esriPBuffer.graph import QueryDataModelResponse_pb2 as model_answer
from esriPBuffer.graph import ReplicaDefinitionResponse_pb2 as definition_answer
from esriPBuffer.graph import ReplicasResponse_pb2 as list_answer
from esriPBuffer.graph import SynchronizeReplicaResponse_pb2 as synchronize_answer
from esriPBuffer.graph import UnregisterReplicaResponse_pb2 as unregister_answer

from kgsync.errors import Code, KgsyncError, MalformedInput, told_as
from kgsync.model.edits import EditError, Outcome
from kgsync.model.history import ORIGIN, Moment
from kgsync.model.replica import Created, Replica, Synchronized
from kgsync.wire.pbf.archive_reader import ArchiveModel, archive_model
from kgsync.wire.pbf.edits import RESULT_FIELDS
from kgsync.wire.pbf.frames import parse_message
from kgsync.wire.pbf.replicas import decode_definition, decode_direction, decode_replica_id

Begun = Created | Synchronized | str
"""What a call that may be a job answers: its result, or the address of the job's status."""


def check_error(message: Any) -> None:
    """Raise what an answer says went wrong."""
    if message.HasField("error") and (message.error.error_code or message.error.error_message):
        raise told_as(message.error.error_code, message.error.error_message)


def _error(message: Any) -> EditError:
    try:
        code = Code(message.error_code)
    except ValueError:
        code = Code.INTERNAL
    return EditError(code, message.error_message)


def _ids(array: Any, place: str) -> list[UUID | None]:
    if array.WhichOneof("array_type") == "any_value_array":
        found = (value.primitive_value.uuid_value for value in array.any_value_array.values)
        return [UUID(bytes=data) if len(data) == 16 else None for data in found]
    data = array.uuid_array
    if len(data) % 16:
        raise MalformedInput(f"ids have 16 bytes each, {len(data)} are given", place=place)
    return [UUID(bytes=data[k : k + 16]) for k in range(0, len(data), 16)]


def read_outcome(message: Any) -> Outcome:
    """Read a GraphApplyEditsResult: per-edit results, cascades, what the server did not know."""
    metadata = message.apply_edits_metadata
    outcome = Outcome(user=metadata.user_name, moment=Moment(metadata.timestamp))
    if message.HasField("error"):
        outcome.error = _error(message.error)
    for (op, category), field in RESULT_FIELDS.items():
        for name, given in getattr(message, field).items():
            results = outcome.at(op, category, name)
            results.ids = _ids(given.id_array, f"{field}[{name}]")
            results.errors = {int(index): _error(error) for index, error in given.errors.items()}
    outcome.unknown_types = list(message.schema_results.unknown_types)
    outcome.unknown_properties = {
        name: list(names.value) for name, names in message.schema_results.unknown_properties.items()
    }
    return outcome


def decode_outcome(data: bytes) -> Outcome:
    """Read the bare answer of applyEdits. Raises MalformedInput."""
    return read_outcome(parse_message(edits_answer.GraphApplyEditsResult, data, "GraphApplyEditsResult"))


def _warnings(message: Any) -> tuple[str, ...]:
    return tuple(warning.error_message for warning in message.warnings)


def read_created(result: Any, archive: str | None = None) -> Created:
    """Read a CreateReplicaResult; `archive` is how the first archive is downloaded, else its address."""
    return Created(
        replica_id=decode_replica_id(result.replica_id, "replica_id"),
        name=result.replica_name,
        requested_name=result.requested_replica_name,
        sync_date=Moment(result.sync_date),
        archive=result.replica_data_url if archive is None else archive,
        warnings=_warnings(result),
    )


def decode_created(data: bytes) -> Created | str:
    """Read a CreateReplicaResponse: what was made, or the address of a job's status. Raises what it tells."""
    message = parse_message(create_answer.CreateReplicaResponse, data, "CreateReplicaResponse")
    check_error(message)
    if message.WhichOneof("result") == "async_status_url":
        return str(message.async_status_url)
    return read_created(message.create_replica_result)


def read_synchronized(result: Any, archive: str | None = None) -> Synchronized:
    """Read a SynchronizeReplicaResult; `archive` as in `read_created`."""
    told = result.upload_results
    uploaded = told.WhichOneof("upload_result") == "sync_edit_results"
    return Synchronized(
        replica_id=decode_replica_id(result.replica_id, "replica_id"),
        sync_date=Moment(result.sync_date) if result.sync_date else None,
        archive=(result.download_results.sync_data_url if archive is None else archive) or None,
        outcome=read_outcome(told.sync_edit_results.upload_edit_results) if uploaded else None,
        warnings=_warnings(result),
    )


def decode_synchronized(data: bytes) -> Synchronized | str:
    """Read a SynchronizeReplicaResponse: what came of it, or the address of a job's status. Raises what it tells."""
    message = parse_message(synchronize_answer.SynchronizeReplicaResponse, data, "SynchronizeReplicaResponse")
    check_error(message)
    if message.WhichOneof("result") == "async_status_url":
        return str(message.async_status_url)
    return read_synchronized(message.synchronize_replica_result)


def decode_status(data: bytes) -> tuple[int, int, str]:
    """Read an AsyncStatusResponse: its AsyncStatusType, percent done, and the address of the result."""
    message = parse_message(status_answer.AsyncStatusResponse, data, "AsyncStatusResponse")
    return message.async_status, int(message.progress_status.code), message.results_url


def decode_result(data: bytes) -> Created | Synchronized | None:
    """Read an AsyncResultResponse; None for kinds of jobs a client of replicas does not begin. Raises what it tells."""
    message = parse_message(result_answer.AsyncResultResponse, data, "AsyncResultResponse")
    check_error(message)
    which = message.WhichOneof("operation_response")
    if which == "create_replica_result":
        return read_created(message.create_replica_result)
    if which == "synchronize_replica_result":
        return read_synchronized(message.synchronize_replica_result)
    return None


def check_cancelled(data: bytes) -> None:
    """Read the answer to a cancellation. Raises what it tells."""
    check_error(parse_message(cancel_answer.AsyncCancellationResponse, data, "AsyncCancellationResponse"))


def read_listed(message: Any) -> tuple[UUID, str, Moment]:
    """Read one ReplicaInfo: id, name, date of the last synchronization."""
    return decode_replica_id(message.replica_id, "replica_id"), message.replica_name, Moment(message.last_sync_date)


def decode_replicas(data: bytes) -> list[tuple[UUID, str, Moment]]:
    message = parse_message(list_answer.ReplicasResponse, data, "ReplicasResponse")
    check_error(message)
    return [read_listed(info) for info in message.replicas]


def read_replica(message: Any) -> Replica:
    """Read a ReplicaDefinition. Raises MalformedInput."""
    return Replica(
        id=decode_replica_id(message.replica_id, "replica_id"),
        name=message.replica_name,
        requested_name=message.replica_name,
        owner=message.replica_owner,
        direction=decode_direction(message.sync_direction),
        definition=decode_definition(message.replica_filters),
        created=message.creation_date,
        served=Moment(message.last_sync_date),
        presented=ORIGIN,  # not on the wire
        last_contact=0,
    )


def decode_replica(data: bytes) -> Replica:
    message = parse_message(definition_answer.ReplicaDefinitionResponse, data, "ReplicaDefinitionResponse")
    check_error(message)
    return read_replica(message.replica_definition)


def decode_unregistered(data: bytes) -> list[tuple[UUID, KgsyncError | None]]:
    message = parse_message(unregister_answer.UnregisterReplicaResponse, data, "UnregisterReplicaResponse")
    check_error(message)
    return [
        (decode_replica_id(each.replica_id, "replica_id"), read_unregistered_error(each))
        for each in message.unregister_results
    ]


def read_unregistered_error(message: Any) -> KgsyncError | None:
    if not message.error.error_code:
        return None
    return told_as(message.error.error_code, message.error.error_message)


def decode_model(data: bytes, place: str = "GraphDataModel") -> ArchiveModel:
    """Read a GraphDataModel as clients know it. Raises MalformedInput."""
    return archive_model(parse_message(model_answer.GraphDataModel, data, place), place)
