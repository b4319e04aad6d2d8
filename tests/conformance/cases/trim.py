"""Trimming the change log: its three modes, who becomes stale, and what still works below the floor."""

import json
import uuid
from typing import Any

from esriPBuffer.graph.AsyncResultResponse_pb2 import AsyncResultResponse
from esriPBuffer.graph.CreateReplicaResponse_pb2 import CreateReplicaResult
from esriPBuffer.graph.TrimChangeLogRequest_pb2 import TrimChangeLogRequest
from esriPBuffer.graph.TrimChangeLogResponse_pb2 import TrimChangeLogResponse, TrimChangeLogResult

from tests.conformance.cases.applyedits import state
from tests.conformance.cases.jsonforms import moment
from tests.conformance.context import ANN, BOB, Context
from tests.conformance.edits import Edits
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, deltas, refused, results_of, snapshot, upload
from tests.conformance.wire import BINARY, JSON

FACTS = "facts §10"


def address(service: Service) -> str:
    return service.root.replace("/rest/services", "/rest/admin/services") + "/replicas/trimChangeLog"


def ask(service: Service, request: TrimChangeLogRequest) -> TrimChangeLogResponse:
    headers = {"Content-Type": BINARY}
    body = request.SerializeToString()
    answer = service.client.request("POST", address(service), body, query={"f": "pbf"}, headers=headers)
    return answer.message(TrimChangeLogResponse)


def asked(service: Service, request: TrimChangeLogRequest) -> TrimChangeLogResult:
    answer = ask(service, request)
    clean(answer)
    assert answer.WhichOneof("result") == "trim_result", f"no result: {answer}"
    clean(answer.trim_result)
    return answer.trim_result


def before(date: int, *, force: bool = False, unregister: bool = False) -> TrimChangeLogRequest:
    request = TrimChangeLogRequest()
    request.trim_before.trim_before_date = date
    if force:
        request.trim_before.force_trim.unregister_stale_replicas = unregister
    return request


def preserving() -> TrimChangeLogRequest:
    request = TrimChangeLogRequest()
    request.trim_preserve_replicas.SetInParent()
    return request


def statistics(candidate: int | None = None) -> TrimChangeLogRequest:
    request = TrimChangeLogRequest()
    request.change_log_statistics.SetInParent()
    if candidate is not None:
        request.change_log_statistics.candidate_trim_before_date = candidate
    return request


def ids_in(joined: bytes) -> set[uuid.UUID]:
    assert len(joined) % 16 == 0, f"{len(joined)} bytes are no ids"
    return {uuid.UUID(bytes=joined[k : k + 16]) for k in range(0, len(joined), 16)}


def id_of(replica: CreateReplicaResult) -> uuid.UUID:
    return uuid.UUID(bytes=replica.replica_id)


def two_replicas(ctx: Context) -> tuple[Service, CreateReplicaResult, CreateReplicaResult]:
    """One replica from before two commits on Ann, one from after them; then one more commit."""
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="0"))
    late = service.replica()
    for name in ("1", "2"):
        service.apply(Edits().update("Person", ANN, name=name))
    current = service.replica()
    service.apply(Edits().update("Person", ANN, name="3"))
    return service, late, current


@case("TRIM-001", "P:TrimChangeLogRequest: trim_mode is required")
def a_trim_without_a_mode_is_refused(ctx: Context) -> None:
    answer = ask(ctx.shared, TrimChangeLogRequest())
    refused(answer.error, code=400)
    assert answer.WhichOneof("result"), "an error with no result member beside it"


@case("TRIM-002", f"{FACTS} mode 1: entries strictly older than the date; laws.md law 8")
def a_replica_of_the_date_itself_still_gets_deltas(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="0").add("Person", BOB))
    service.apply(Edits().update("Person", ANN, name="1"))
    replica = service.replica()
    service.apply(Edits().update("Person", ANN, name="2"))
    found = asked(service, before(replica.sync_date))
    assert found.WhichOneof("trim_result") == "trim_before_result", found
    assert found.trim_before_result.WhichOneof("replica_id_array") is None, found
    archive, _ = service.delta(replica.replica_id, replica.sync_date)
    assert archive.row(ANN).props["name"] == "2"
    assert set(state(service)) == {ANN, BOB}, "a live object is gone"


@case("TRIM-003", f"{FACTS} mode 1 without force: the operation fails and lists the stale replicas")
def stale_replicas_stop_a_trim(ctx: Context) -> None:
    service, late, current = two_replicas(ctx)
    answer = ask(service, before(current.sync_date))
    clean(answer)
    refused(answer.trim_result.error)
    listed = answer.trim_result.trim_before_result.existing_stale_replica_id_array
    assert ids_in(listed) == {id_of(late)}
    archive, _ = service.delta(late.replica_id, late.sync_date)
    assert archive.row(ANN).props["name"] == "3", "something was trimmed"


@case("TRIM-004", f"{FACTS} mode 1, force without unregister; issue 2: an explicit error naming the snapshot")
def a_forced_trim_leaves_stale_replicas_to_snapshots(ctx: Context) -> None:
    service, late, current = two_replicas(ctx)
    found = asked(service, before(current.sync_date, force=True))
    assert ids_in(found.trim_before_result.existing_stale_replica_id_array) == {id_of(late)}
    refused(service.sync(late.replica_id, deltas(late.sync_date)).error, "snapshot", code=410)
    assert id_of(late) in service.replicas()
    archive, since = service.snapshot_of(late.replica_id)
    assert archive.row(ANN).props["name"] == "3"
    service.delta(late.replica_id, since)
    service.delta(current.replica_id, current.sync_date)


@case("TRIM-005", f"{FACTS} mode 1, force with unregister; P:TrimBeforeDateResult.unregistered_replica_id_array")
def a_forced_trim_unregisters_stale_replicas_when_told(ctx: Context) -> None:
    service, late, current = two_replicas(ctx)
    found = asked(service, before(current.sync_date, force=True, unregister=True))
    assert ids_in(found.trim_before_result.unregistered_replica_id_array) == {id_of(late)}
    assert set(service.replicas()) == {id_of(current)}
    refused(service.sync(late.replica_id, snapshot()).error, code=404)


@case("TRIM-006", f"{FACTS} WE DO: a date in the future is an error 400")
def a_date_in_the_future_is_refused(ctx: Context) -> None:
    service, late, _ = two_replicas(ctx)
    for request in (before(4_000_000_000_000, force=True), statistics(4_000_000_000_000)):
        refused(ask(service, request).error, "future", code=400)
    service.delta(late.replica_id, late.sync_date)


@case("TRIM-007", f"{FACTS} mode 2: the minimum date over all replicas, returned in trim_before_date")
def preserving_trims_up_to_the_oldest_replica(ctx: Context) -> None:
    service, late, current = two_replicas(ctx)
    found = asked(service, preserving())
    assert found.WhichOneof("trim_result") == "trim_preserve_result", found
    assert found.trim_preserve_result.trim_before_date == late.sync_date
    for replica in (late, current):
        archive, _ = service.delta(replica.replica_id, replica.sync_date)
        assert archive.row(ANN).props["name"] == "3"


@case("TRIM-008", f"{FACTS} WE DO: the date a client last presented counts, an answer may have been lost")
def preserving_keeps_what_a_client_may_ask_for_again(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="0"))
    replica = service.replica()
    service.apply(Edits().update("Person", ANN, name="1"))
    service.delta(replica.replica_id, replica.sync_date)
    service.apply(Edits().update("Person", ANN, name="2"))
    assert asked(service, preserving()).trim_preserve_result.trim_before_date == replica.sync_date
    archive, _ = service.delta(replica.replica_id, replica.sync_date)
    assert archive.row(ANN).props["name"] == "2"


@case("TRIM-009", f"{FACTS} WE DO: preserve with no replicas trims up to now and returns that date")
def preserving_without_replicas_trims_everything(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="0"))
    service.apply(Edits().update("Person", ANN, name="1"))
    date = asked(service, preserving()).trim_preserve_result.trim_before_date
    found = asked(service, statistics()).trim_log_stats
    assert found.candidate_trim_before_date >= date > 1_500_000_000_000
    assert found.percent_rows_deleted_by_candidate_trim_before_date == 0, "something is left"


@case("TRIM-010", f"{FACTS} mode 3: changes nothing; percent 0-100; per impacted replica its own share")
def statistics_predict_and_change_nothing(ctx: Context) -> None:
    service, late, current = two_replicas(ctx)
    found = asked(service, statistics(current.sync_date)).trim_log_stats
    assert found.candidate_trim_before_date == current.sync_date
    assert found.percent_rows_deleted_by_candidate_trim_before_date == 100 / 3, "one of three versions"
    (share,) = found.replica_log_stats
    assert (share.replica_id, share.last_sync_date) == (late.replica_id, late.sync_date)
    assert share.percent_rows_deleted_by_last_sync_date == 0
    assert asked(service, statistics(current.sync_date)).trim_log_stats == found
    asked(service, before(current.sync_date, force=True))
    again = asked(service, statistics(current.sync_date)).trim_log_stats
    assert again.percent_rows_deleted_by_candidate_trim_before_date == 0


@case("TRIM-011", f"{FACTS} WE DO: an empty log is 0 percent")
def an_empty_log_is_zero_percent(ctx: Context) -> None:
    found = asked(ctx.service(bare=True), statistics()).trim_log_stats
    assert found.percent_rows_deleted_by_candidate_trim_before_date == 0
    assert list(found.replica_log_stats) == []


@case("TRIM-012", f"{FACTS} WE DO: UPLOAD replicas are not stale and are ignored by preserve")
def replicas_that_only_upload_hold_nothing_back(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="0"))
    service.replica(direction="UPLOAD")
    for name in ("1", "2"):
        service.apply(Edits().update("Person", ANN, name=name))
    current = service.replica()
    assert asked(service, preserving()).trim_preserve_result.trim_before_date == current.sync_date
    assert asked(service, before(current.sync_date)).trim_before_result.WhichOneof("replica_id_array") is None


@case("TRIM-013", "laws.md, Uploads: below the floor, uploads work alone or with a snapshot")
def below_the_floor_uploads_still_work(ctx: Context) -> None:
    service, late, current = two_replicas(ctx)
    asked(service, before(current.sync_date, force=True))
    refused(service.sync(late.replica_id, upload(Edits().add("Person", BOB), base=late.sync_date)).error, code=410)
    assert set(state(service)) == {ANN}, "a call that cannot be answered was applied"
    results_of(service.synced(late.replica_id, upload(Edits().add("Person", BOB, name="alone"))))
    both = upload(Edits().update("Person", BOB, name="with a snapshot"), into=snapshot())
    result = service.synced(late.replica_id, both)
    archive = service.archive(result.download_results.sync_data_url)
    assert archive.row(BOB).props["name"] == "with a snapshot"


@case("TRIM-014", f"{FACTS}: async is supported; P:AsyncResultResponse.trim_result")
def a_trim_runs_in_the_background(ctx: Context) -> None:
    service, late, current = two_replicas(ctx)
    request = before(current.sync_date, force=True)
    setattr(request, "async", True)
    answer = ask(service, request)
    clean(answer)
    assert answer.WhichOneof("result") == "async_status_url", answer
    _, result = service.finished(answer.async_status_url)
    clean(result)
    assert result.WhichOneof("operation_response") == "trim_result", result
    assert ids_in(result.trim_result.trim_before_result.existing_stale_replica_id_array) == {id_of(late)}
    refused(service.sync(late.replica_id, deltas(late.sync_date)).error, code=410)


@case("TRIM-015", "facts §7 WE DO: a failed job has its error and an empty result member")
def a_failed_trim_in_the_background_says_so(ctx: Context) -> None:
    request = before(4_000_000_000_000)
    setattr(request, "async", True)
    _, result = ctx.shared.finished(ask(ctx.shared, request).async_status_url)
    assert isinstance(result, AsyncResultResponse)
    refused(result.error, "future")
    assert result.WhichOneof("operation_response") == "trim_result", result


def in_json(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    sent = json.dumps(body).encode()
    answer = service.client.request("POST", address(service), sent, query={"f": "json"}, headers={"Content-Type": JSON})
    return answer.json_object()


@case("TRIM-016", "issue 1 Faces: application/json in the documents' own form")
def a_trim_speaks_json(ctx: Context) -> None:
    service, late, current = two_replicas(ctx)
    told = in_json(service, {"trimChangeLogRequest": {"changeLogStatistics": {}}})["trimResult"]["trimLogStats"]
    by_id = {s["replicaId"]: s for s in told["replicaLogStats"]}
    assert set(by_id) == {str(id_of(late)), str(id_of(current))}, told
    assert moment(by_id[str(id_of(late))]["lastSyncDate"]) == late.sync_date
    assert moment(told["candidateTrimBeforeDate"]) >= current.sync_date
    forced = {"trimBefore": {"trimBeforeDate": current.sync_date, "forceTrim": {}}}
    done = in_json(service, forced)["trimResult"]["trimBeforeResult"]
    assert done == {"existingStaleReplicaIdArray": [str(id_of(late))]}, done
    kept = in_json(service, {"trimPreserveReplicas": {}})["trimResult"]["trimPreserveResult"]
    assert moment(kept["trimBeforeDate"]) == late.sync_date


@case("TRIM-017", "facts §1 WE DO: never mutate on GET; facts §2.2: admin base only")
def a_trim_is_a_post_to_the_admin_address(ctx: Context) -> None:
    page = ctx.client.request("GET", address(ctx.shared), query={"f": "html"})
    assert b"trimChangeLogRequest" in page.body, page.body[:300]
    assert ctx.client.request("GET", address(ctx.shared), query={"f": "json"}).json_error()
    plain = ctx.shared.raw("POST", "replicas/trimChangeLog", preserving().SerializeToString())
    assert plain.json_error()["code"] == 404, plain.body[:200]


@case("TRIM-018", f"{FACTS}: sync must be enabled")
def a_service_without_sync_has_no_change_log_to_trim(ctx: Context) -> None:
    refused(ask(ctx.service(sync=False), preserving()).error, code=412)


@case("TRIM-019", "facts §2.2 role: an administrative client")
def a_trim_is_not_for_strangers(ctx: Context) -> None:
    body = preserving().SerializeToString()
    headers = {"Content-Type": BINARY}
    answer = ctx.client.request("POST", address(ctx.shared), body, headers=headers, anonymous=True)
    assert answer.json_error()["code"] == 499, answer.body[:200]
