"""Asynchronous calls: the job's status, its result, its two spellings, its end."""

import re
import uuid

from esriPBuffer.graph.AsyncCancellationResponse_pb2 import AsyncCancellationResponse
from esriPBuffer.graph.AsyncResultResponse_pb2 import AsyncResultResponse
from esriPBuffer.graph.CreateReplicaRequest_pb2 import CreateReplicaRequest
from esriPBuffer.graph.SynchronizeReplicaRequest_pb2 import SynchronizeReplicaRequest

from tests.conformance.cases.applyedits import ids_of, state
from tests.conformance.context import ANN, BOB, OSLO, Context
from tests.conformance.edits import Edits
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, definition, deltas, refused, results_of, upload

UNAVAILABLE = 6
STATUS = re.compile(r"(.*/KnowledgeGraphServer)/jobs/(j[0-9a-fA-F-]{32,36})/status")


def in_background(request: CreateReplicaRequest | SynchronizeReplicaRequest) -> None:
    setattr(request, "async", True)


def create_job(service: Service) -> str:
    request = definition(("Person", "Place"), ("Knows", "LivesIn"))
    in_background(request)
    answer = service.create(request)
    clean(answer)
    assert answer.WhichOneof("result") == "async_status_url", f"no status URL: {answer}"
    return str(answer.async_status_url)


def sync_job(service: Service, replica: bytes, request: SynchronizeReplicaRequest) -> str:
    in_background(request)
    answer = service.sync(replica, request)
    clean(answer)
    assert answer.WhichOneof("result") == "async_status_url", f"no status URL: {answer}"
    return str(answer.async_status_url)


@case("JOB-001", "P:CreateReplicaResponse.async_status_url; facts §7: initial answer async_status_url only; §2.1 form")
def a_job_has_a_status_url_of_the_known_form(ctx: Context) -> None:
    url = create_job(ctx.shared)
    match = STATUS.fullmatch(url)
    assert match, f"{url!r} is not .../jobs/j<uuid>/status"
    assert match[1] == ctx.shared.url, url
    ctx.shared.finished(url)


@case("JOB-002", "P:AsyncStatusResponse, AsyncResultResponse.create_replica_result; facts/clients.md A§7 Async")
def a_replica_is_created_in_the_background(ctx: Context) -> None:
    status, result = ctx.shared.finished(create_job(ctx.shared))
    clean(result)
    assert result.WhichOneof("operation_response") == "create_replica_result", result
    created = result.create_replica_result
    assert {ANN, BOB, OSLO} <= ctx.shared.first_archive(created).ids(1)
    assert uuid.UUID(bytes=created.replica_id) in ctx.shared.replicas()
    assert created.sync_date > 0
    assert status.results_url.startswith(ctx.target.url + "/"), status


@case("JOB-003", "P:AsyncStatusResponse submission_time, last_updated_time ms; AsyncResultResponse completion_time")
def a_job_tells_its_times(ctx: Context) -> None:
    status, result = ctx.shared.finished(create_job(ctx.shared))
    assert 1_500_000_000_000 < status.submission_time <= status.last_updated_time, status
    assert result.submission_time == status.submission_time, (result.submission_time, status.submission_time)
    assert result.completion_time >= result.submission_time, result


@case("JOB-004", "facts §7 WE DO: progress code = percent 0-100")
def a_finished_job_is_at_a_hundred_percent(ctx: Context) -> None:
    status, _ = ctx.shared.finished(create_job(ctx.shared))
    assert status.progress_status.code == 100, status.progress_status


@case("JOB-005", "P:AsyncResultResponse.synchronize_replica_result; facts §7: the Result message, not the wrapper")
def a_delta_is_made_in_the_background(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    service.apply(Edits().add("Person", ANN))
    _, result = service.finished(sync_job(service, replica.replica_id, deltas(replica.sync_date)))
    clean(result)
    assert result.WhichOneof("operation_response") == "synchronize_replica_result", result
    found = result.synchronize_replica_result
    assert found.replica_id == replica.replica_id
    assert service.archive(found.download_results.sync_data_url).ids(1) == {ANN}


@case("JOB-006", "facts §7: async synchronize with uploads; P:UploadResults")
def edits_are_uploaded_in_the_background(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    request = upload(Edits().add("Person", ANN), base=replica.sync_date)
    _, result = service.finished(sync_job(service, replica.replica_id, request))
    clean(result)
    outcome = results_of(result.synchronize_replica_result)
    assert ids_of(outcome.entity_add_results["Person"]) == [ANN]
    assert set(state(service)) == {ANN}


@case("JOB-007", "facts §2.1 CONFLICT job URLs: jobs/status/<id> and jobs/results/<id> are routed too")
def both_spellings_of_a_job_url_work(ctx: Context) -> None:
    url = create_job(ctx.shared)
    _, result = ctx.shared.finished(url)
    match = STATUS.fullmatch(url)
    assert match, url
    other = ctx.shared.status(f"{match[1]}/jobs/status/{match[2]}")
    assert other.async_status == 1, other
    answer = ctx.client.request("GET", f"{match[1]}/jobs/results/{match[2]}", query={"f": "pbf"})
    assert answer.message(AsyncResultResponse) == result, "the two spellings differ"


@case("JOB-008", "facts/clients.md A§7: POST with an empty body; facts §2.1: GET")
def a_status_is_read_by_get_and_by_post(ctx: Context) -> None:
    url = create_job(ctx.shared)
    ctx.shared.finished(url)
    assert ctx.shared.status(url, "GET") == ctx.shared.status(url, "POST")


@case("JOB-009", "facts §7: unknown or expired job -> UNAVAILABLE, not an HTTP error")
def an_unknown_job_is_unavailable(ctx: Context) -> None:
    for path in (f"jobs/j{uuid.uuid4()}/status", f"jobs/status/j{uuid.uuid4()}", "jobs/jx/status"):
        status = ctx.shared.status(f"{ctx.shared.url}/{path}?f=pbf")
        assert status.async_status == UNAVAILABLE, f"{path}: {status}"
        assert not status.results_url, status


@case("JOB-010", "facts §14: job not found is an error in the message")
def the_results_of_an_unknown_job_are_an_error(ctx: Context) -> None:
    answer = ctx.shared.fetch(AsyncResultResponse, f"jobs/j{uuid.uuid4()}/results")
    refused(answer.error, code=404)


@case("JOB-011", "facts §7 WE DO: cancel of a finished or unknown job -> error set")
def a_finished_job_is_not_cancelled(ctx: Context) -> None:
    url = create_job(ctx.shared)
    ctx.shared.finished(url)
    answer = ctx.client.request("POST", url.replace("/status", "/cancel"), b"", query={"f": "pbf"})
    refused(answer.message(AsyncCancellationResponse).error)
    refused(ctx.shared.post(AsyncCancellationResponse, f"jobs/j{uuid.uuid4()}/cancel").error)
    assert ctx.shared.status(url).async_status == 1, "the finished job is no longer completed"


@case("JOB-012", "facts §7 WE DO: a failed job reports COMPLETED with the error and an empty result member")
def a_failed_job_completes_with_its_error(ctx: Context) -> None:
    request = definition(("Dragon",), ())
    in_background(request)
    answer = ctx.shared.create(request)
    if answer.HasField("error"):
        refused(answer.error, "Dragon")
        assert answer.WhichOneof("result"), "an error with no result member beside it"
        return
    _, result = ctx.shared.finished(answer.async_status_url)
    refused(result.error, "Dragon")
    assert result.WhichOneof("operation_response") == "create_replica_result", "no empty result beside the error"


@case("JOB-013", "facts §7 WE DO: the same for synchronize; laws.md The clock")
def a_failed_synchronize_job_completes_with_its_error(ctx: Context) -> None:
    replica = ctx.shared.replica()
    request = deltas(-1)
    in_background(request)
    answer = ctx.shared.sync(replica.replica_id, request)
    if answer.HasField("error"):
        refused(answer.error, "snapshot")
        assert answer.WhichOneof("result"), "an error with no result member beside it"
        return
    _, result = ctx.shared.finished(answer.async_status_url)
    refused(result.error, "snapshot")
    assert result.WhichOneof("operation_response") == "synchronize_replica_result", "no empty result"


@case("JOB-014", "facts §2.1: a job is for its submitter or an admin")
def a_job_is_not_for_strangers(ctx: Context) -> None:
    url = create_job(ctx.shared)
    ctx.shared.finished(url)
    answer = ctx.client.request("GET", url, anonymous=True)
    assert answer.json_error()["code"] == 499, answer.body[:200]


@case("JOB-015", "issue 1: results kept 24 h: a result can be read again")
def a_result_can_be_read_twice(ctx: Context) -> None:
    url = create_job(ctx.shared)
    _, first = ctx.shared.finished(url)
    _, second = ctx.shared.finished(url)
    assert first == second
