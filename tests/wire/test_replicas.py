"""Requests and answers of the replicas resource, and of jobs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from esriPBuffer.graph import AsyncCancellationResponse_pb2 as cancel
from esriPBuffer.graph import AsyncResultResponse_pb2 as async_result
from esriPBuffer.graph import AsyncStatusResponse_pb2 as async_status
from esriPBuffer.graph import CreateReplicaRequest_pb2 as create
from esriPBuffer.graph import CreateReplicaResponse_pb2 as created
from esriPBuffer.graph import ReplicaDefinitionResponse_pb2 as definition
from esriPBuffer.graph import ReplicasResponse_pb2 as replicas
from esriPBuffer.graph import UnregisterReplicaRequest_pb2 as unregister
from esriPBuffer.graph import UnregisterReplicaResponse_pb2 as unregistered
from hypothesis import given, settings
from hypothesis import strategies as st

from kgsync.errors import Cancelled, Conflict, MalformedInput, NotFound
from kgsync.model.geometry import Grid, SpatialReference
from kgsync.model.history import Moment
from kgsync.model.jobs import Job, JobError, JobKind, JobState
from kgsync.model.replica import Created, CreateReplica, Definition, Direction, Replica, Synchronized, TypeDefinition
from kgsync.model.schema import Category
from kgsync.wire.pbf.jobs import encode_cancel, encode_result, encode_result_error, encode_status
from kgsync.wire.pbf.parameters import pack_parameters
from kgsync.wire.pbf.replicas import (
    MAX_NAME,
    decode_create,
    decode_replica_id,
    decode_unregister,
    encode_create_error,
    encode_create_job,
    encode_created,
    encode_definition,
    encode_error,
    encode_replicas,
    encode_unregistered,
)
from tests.wire.parameters import parameter_messages
from tests.wire.samples import ID, ORIGIN

PURE = settings.get_profile("pure")


def _types() -> st.SearchStrategy[tuple[TypeDefinition, ...]]:
    asked = st.none() | st.booleans()
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    parameters = st.dictionaries(text, parameter_messages(), max_size=3).map(pack_parameters)
    entity = st.builds(
        TypeDefinition,
        name=text,
        category=st.just(Category.ENTITY),
        where=text,
        parameters=parameters,
        provenance=asked,
    ) | st.builds(
        TypeDefinition,
        name=text,
        category=st.just(Category.ENTITY),
        where=text,
        provenance=asked,
        documents=st.just(True),
        documents_provenance=asked,
    )
    link = st.builds(
        TypeDefinition,
        name=text,
        category=st.just(Category.RELATIONSHIP),
        where=text,
        parameters=parameters,
        provenance=asked,
    )
    return st.tuples(st.lists(entity, max_size=3), st.lists(link, max_size=3)).map(lambda both: (*both[0], *both[1]))


def _replica(of: Definition) -> Replica:
    return Replica(
        id=ID,
        name="r",
        requested_name="r",
        owner="ada",
        direction=Direction.DOWNLOAD,
        definition=of,
        created=7,
        served=Moment(9),
        presented=Moment(8),
        last_contact=10,
    )


def _request(**fields: Any) -> bytes:
    data: bytes = create.CreateReplicaRequest(**fields).SerializeToString()
    return data


@PURE
@given(_types(), st.sampled_from([None, Grid(scale_x=0.5, translate_y=2.0)]), st.sampled_from([0, 4326]))
def test_a_definition_described_and_asked_for_again_is_the_same(
    types: tuple[TypeDefinition, ...], grid: Grid | None, wkid: int
) -> None:
    reference = SpatialReference(wkid=wkid) if wkid else None
    wanted = Definition(types=types, input_grid=grid, in_sr=reference)

    answer = definition.ReplicaDefinitionResponse.FromString(encode_definition(_replica(wanted)))
    asked = decode_create(_request(replica_filters=answer.replica_definition.replica_filters))

    assert asked.definition == wanted


def test_a_described_replica_says_owner_dates_and_direction() -> None:
    answer = definition.ReplicaDefinitionResponse.FromString(encode_definition(_replica(Definition(types=()))))
    found = answer.replica_definition

    assert (found.replica_name, found.replica_id, found.replica_owner) == ("r", ID.bytes, "ada")
    assert (found.last_sync_date, found.creation_date, found.sync_direction) == (9, 7, 3)


def test_a_create_request_is_read_whole() -> None:
    reference = create.ReferenceReplica(reference_replica_id=ORIGIN.bytes)
    data = _request(
        requested_replica_name="mine",
        replica_id=ID.bytes,
        reference_replica=reference,
        sync_direction=2,
        data_format=1,
        **{"async": True},
    )

    assert decode_create(data) == CreateReplica(
        requested_name="mine", replica_id=ID, reference=ORIGIN, direction=Direction.UPLOAD, asynchronous=True
    )


_STATIC: dict[str, Any] = {"static_definition": {}}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, "replica_definition"),
        ({"replica_filters": {}}, "replica_filters"),
        ({"replica_filters": _STATIC, "data_format": 2}, "data_format"),
        ({"replica_filters": _STATIC, "sync_direction": 4}, "sync_direction"),
        ({"replica_filters": _STATIC, "sync_direction": -1}, "sync_direction"),
        ({"replica_filters": _STATIC, "replica_id": b""}, "replica_id"),
        ({"replica_filters": _STATIC, "replica_id": bytes(15)}, "replica_id"),
        ({"replica_filters": _STATIC, "replica_id": bytes(16)}, "replica_id"),
        ({"reference_replica": {}}, "reference_replica_id"),
        ({"replica_filters": _STATIC, "requested_replica_name": "x" * (MAX_NAME + 1)}, "requested_replica_name"),
    ],
)
def test_a_wrong_create_request_names_the_field(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        decode_create(_request(**fields))

    assert caught.value.place == place


def test_the_longest_name_passes_and_an_empty_one_counts_as_unset() -> None:
    longest = decode_create(_request(replica_filters=_STATIC, requested_replica_name="é" * MAX_NAME))
    empty = decode_create(_request(replica_filters=_STATIC, requested_replica_name=""))

    assert longest.requested_name == "é" * MAX_NAME
    assert empty.requested_name is None


def test_a_replica_id_is_sixteen_bytes_and_not_nil() -> None:
    assert decode_replica_id(ID.bytes, "id") == ID
    for data in (b"", bytes(15), bytes(16), bytes(17)):
        with pytest.raises(MalformedInput, match=r"^id: "):
            decode_replica_id(data, "id")


@pytest.mark.parametrize(
    ("message", "ids", "everything"),
    [
        (unregister.UnregisterReplicaRequest(replica_ids=ID.bytes), (ID,), False),
        (unregister.UnregisterReplicaRequest(replica_ids=ID.bytes * 2 + ORIGIN.bytes), (ID, ID, ORIGIN), False),
        (unregister.UnregisterReplicaRequest(unregister_all={}), (), True),
    ],
)
def test_unregister_names_replicas_or_means_all(message: Any, ids: tuple[UUID, ...], everything: bool) -> None:
    call = decode_unregister(message.SerializeToString())

    assert (call.ids, call.everything) == (ids, everything)


@pytest.mark.parametrize("message", [{}, {"replica_ids": b""}, {"replica_ids": bytes(15)}, {"replica_ids": bytes(33)}])
def test_unregister_without_whole_ids_is_malformed(message: dict[str, Any]) -> None:
    with pytest.raises(MalformedInput, match="replica_ids"):
        decode_unregister(unregister.UnregisterReplicaRequest(**message).SerializeToString())


def test_unregister_answers_one_result_per_id_in_order() -> None:
    data = encode_unregistered([(ID, None), (ORIGIN, NotFound("no such replica"))])

    results = unregistered.UnregisterReplicaResponse.FromString(data).unregister_results

    assert [(r.replica_id, r.error.error_code) for r in results] == [(ID.bytes, 0), (ORIGIN.bytes, 404)]
    assert not results[0].HasField("error")


def _created() -> Created:
    return Created(
        replica_id=ID, name="r1", requested_name="r", sync_date=Moment(5), archive="a.zip", warnings=("taken",)
    )


def test_a_created_replica_is_answered_with_its_archive() -> None:
    data = encode_created(_created(), "https://a/a.zip")

    found = created.CreateReplicaResponse.FromString(data).create_replica_result

    assert (found.replica_name, found.requested_replica_name, found.replica_id) == ("r1", "r", ID.bytes)
    assert (found.sync_date, found.replica_data_format, found.replica_data_url) == (5, 1, "https://a/a.zip")
    assert [w.error_message for w in found.warnings] == ["taken"]


def test_errors_of_create_stand_beside_an_empty_result() -> None:
    failed = created.CreateReplicaResponse.FromString(encode_create_error(Conflict("taken")))
    waiting = created.CreateReplicaResponse.FromString(encode_create_job("https://a/jobs/1"))

    assert (failed.error.error_code, failed.WhichOneof("result")) == (409, "create_replica_result")
    assert waiting.async_status_url == "https://a/jobs/1"


def test_the_list_names_replicas_and_an_error_is_field_one() -> None:
    found = replicas.ReplicasResponse.FromString(encode_replicas([_replica(Definition(types=()))]))
    failed = replicas.ReplicasResponse.FromString(encode_error(NotFound("gone")))

    assert [(r.replica_name, r.replica_id, r.last_sync_date) for r in found.replicas] == [("r", ID.bytes, 9)]
    assert (failed.error.error_code, failed.error.error_message) == (404, "gone")


def _job(state: JobState, **more: Any) -> Job:
    fields = {"kind": JobKind.CREATE, "progress": 40, **more}
    return Job(id="1", service=1, owner="ada", state=state, submitted=3, updated=4, **fields)


@pytest.mark.parametrize(
    ("state", "status", "percent", "url"),
    [
        (JobState.EXECUTING, 2, 40, ""),
        (JobState.CANCELLING, 3, 40, ""),
        (JobState.COMPLETED, 1, 100, "u"),
        (JobState.FAILED, 1, 40, "u"),
        (JobState.CANCELLED, 1, 40, "u"),
    ],
)
def test_an_ended_job_is_completed_whatever_became_of_it(state: JobState, status: int, percent: int, url: str) -> None:
    found = async_status.AsyncStatusResponse.FromString(encode_status(_job(state), "u"))

    assert (found.async_status, found.progress_status.code, found.results_url) == (status, percent, url)
    assert (found.submission_time, found.last_updated_time, found.progress_status.message) == (3, 4, state.value)


def test_an_unknown_job_is_unavailable() -> None:
    assert async_status.AsyncStatusResponse.FromString(encode_status(None, "u")).async_status == 6


@pytest.mark.parametrize(
    ("job", "member"),
    [
        (_job(JobState.COMPLETED, result=_created()), "create_replica_result"),
        (_job(JobState.FAILED, error=JobError(code=500, message="no")), "create_replica_result"),
        (_job(JobState.COMPLETED, result=Synchronized(replica_id=ID)), "synchronize_replica_result"),
        (_job(JobState.EXECUTING, kind=JobKind.SYNCHRONIZE), "synchronize_replica_result"),
    ],
)
def test_a_jobs_result_is_the_message_of_its_kind(job: Job, member: str) -> None:
    found = async_result.AsyncResultResponse.FromString(encode_result(job, "u"))

    assert found.WhichOneof("operation_response") == member
    assert found.HasField("error") == (job.error is not None)
    assert found.completion_time == (4 if job.state.ended else 0)


def test_errors_of_jobs_are_field_one() -> None:
    failed = async_result.AsyncResultResponse.FromString(encode_result_error(Cancelled("stopped")))

    assert failed.error.error_code == 460
    assert cancel.AsyncCancellationResponse.FromString(encode_cancel(NotFound("gone"))).error.error_code == 404
    assert encode_cancel(None) == b""
