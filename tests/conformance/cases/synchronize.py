"""Synchronize: snapshots, sync dates, directions and what is refused."""

import time
import uuid

from esriPBuffer.graph.SynchronizeReplicaRequest_pb2 import SynchronizeReplicaRequest
from esriPBuffer.graph.SynchronizeReplicaResponse_pb2 import SynchronizeReplicaResponse
from esriPBuffer.graph.SyncTypes_pb2 import PBF

from tests.conformance.archives import Copy
from tests.conformance.cases.applyedits import state
from tests.conformance.context import ANN, BOB, OSLO, Context
from tests.conformance.edits import Edits
from tests.conformance.registry import case
from tests.conformance.service import deltas, refused, results_of, snapshot, upload


def refused_sync(answer: SynchronizeReplicaResponse, *words: str, code: int | None = None) -> None:
    """Clients lose the message unless an empty result stands beside it."""
    refused(answer.error, *words, code=code)
    found = answer.WhichOneof("result")
    assert found == "synchronize_replica_result", "no empty synchronize_replica_result beside the error"
    assert not answer.synchronize_replica_result.sync_date, "a sync date beside the error"
    assert not answer.synchronize_replica_result.HasField("download_results"), "a download beside the error"


@case("SYNC-001", "S2; P:SynchronizeReplicaRequest replica_snapshot: the current state per definition")
def a_snapshot_is_the_current_state(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica(("Person",), ())
    service.apply(Edits().add("Person", ANN, name="Ann").add("Place", OSLO, name="Oslo"))
    archive, _ = service.snapshot_of(replica.replica_id)
    assert archive.ids(1) == {ANN}
    assert not archive.of(2), "updates in a snapshot"
    assert not archive.of(3), "deletes in a snapshot"


@case("SYNC-002", "P:SynchronizeReplicaResponse replica_id, sync_date, download_results; facts/clients.md A§0.6")
def a_result_has_everything_a_client_needs(ctx: Context) -> None:
    replica = ctx.shared.replica()
    result = ctx.shared.synced(replica.replica_id, snapshot())
    assert result.replica_id == replica.replica_id
    assert result.sync_date >= replica.sync_date
    assert result.download_results.sync_data_format == 1, result.download_results
    assert result.download_results.sync_data_url.startswith(ctx.target.url + "/"), result.download_results
    assert not result.HasField("upload_results"), "upload_results without an upload"


@case("SYNC-003", "laws.md law 2: a second sync with no commits in between is empty")
def nothing_new_is_an_empty_delta_at_the_same_moment(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    replica = service.replica()
    first, one = service.delta(replica.replica_id, replica.sync_date)
    second, two = service.delta(replica.replica_id, one)
    assert first.empty(), first.rows
    assert second.empty(), second.rows
    assert replica.sync_date == one == two, (replica.sync_date, one, two)


@case("SYNC-004", "laws.md The clock: Moments strictly increase, one per commit")
def every_commit_has_a_moment_of_its_own(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    seen = [replica.sync_date]
    for number in range(5):
        service.apply(Edits().add("Person", None, name=str(number)))
        seen.append(service.delta(replica.replica_id, seen[-1])[1])
    assert seen == sorted(set(seen)), f"Moments do not strictly increase: {seen}"


@case("SYNC-005", "P:ReplicaHeader.sync_date; laws.md: syncDate is read in the snapshot of the data it describes")
def the_archive_carries_the_same_sync_date(ctx: Context) -> None:
    service = ctx.service()
    created = service.replica()
    assert service.first_archive(created).header.sync_date == created.sync_date
    service.apply(Edits().add("Person", ANN))
    archive, moment = service.delta(created.replica_id, created.sync_date)
    assert archive.header.sync_date == moment, (archive.header.sync_date, moment)


@case("SYNC-006", "laws.md The clock: lastSyncDate at 0 or below is an explicit error that says take a snapshot")
def a_date_at_or_below_zero_is_refused(ctx: Context) -> None:
    replica = ctx.shared.replica()
    for since in (0, -1, -(2**63)):
        refused_sync(ctx.shared.sync(replica.replica_id, deltas(since)), "snapshot")


@case("SYNC-007", "laws.md The clock: a lastSyncDate greater than the service's clock is refused")
def a_date_in_the_future_is_refused(ctx: Context) -> None:
    replica = ctx.shared.replica()
    _, now = ctx.shared.snapshot_of(replica.replica_id)
    for since in (now + 1, int(time.time() * 1000) + 10**9, 2**63 - 1):
        refused_sync(ctx.shared.sync(replica.replica_id, deltas(since)), "snapshot")


@case("SYNC-008", "facts §6.2 WE DO: older than sync-enabling -> error 410 that says use a snapshot")
def a_date_before_the_service_is_refused(ctx: Context) -> None:
    replica = ctx.shared.replica()
    refused_sync(ctx.shared.sync(replica.replica_id, deltas(1)), "snapshot", code=410)


@case("SYNC-009", "P:SynchronizeReplicaRequest: a snapshot is always possible")
def after_a_refused_delta_a_snapshot_works(ctx: Context) -> None:
    replica = ctx.shared.replica()
    refused_sync(ctx.shared.sync(replica.replica_id, deltas(-5)))
    archive, _ = ctx.shared.snapshot_of(replica.replica_id)
    assert {ANN, BOB, OSLO} <= archive.ids(1)


@case("SYNC-010", "facts §6.1 WE DO: neither download nor upload -> error 400")
def a_request_for_nothing_is_refused(ctx: Context) -> None:
    replica = ctx.shared.replica()
    request = SynchronizeReplicaRequest()
    refused_sync(ctx.shared.sync(replica.replica_id, request), code=400)
    request.download_parameters.data_format = PBF
    request.upload_edits.SetInParent()
    refused_sync(ctx.shared.sync(replica.replica_id, request), code=400)


@case("SYNC-011", "facts/clients.md B: data formats 2, 3, 4 are refused; issue 1 Bad input")
def other_download_formats_are_refused(ctx: Context) -> None:
    replica = ctx.shared.replica()
    for number in (2, 3, 4, 77):
        inner = b"\x12\x00" + bytes([0x18, number])  # replica_snapshot{}, data_format
        body = b"\x0a" + bytes([len(inner)]) + inner
        refused_sync(ctx.shared.sync(replica.replica_id, body))


@case("SYNC-012", "facts §6.1: data_format UNSPECIFIED is treated as PBF")
def an_unspecified_download_format_is_pbf(ctx: Context) -> None:
    replica = ctx.shared.replica()
    request = snapshot()
    request.download_parameters.ClearField("data_format")
    result = ctx.shared.synced(replica.replica_id, request)
    assert result.download_results.sync_data_format == 1
    assert ANN in ctx.shared.archive(result.download_results.sync_data_url).ids(1)


@case("SYNC-013", "facts §6.4 WE DO: upload_edits on a DOWNLOAD replica -> error, nothing executed; code 403")
def a_download_replica_takes_no_edits(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica(direction="DOWNLOAD")
    request = upload(Edits().add("Person", ANN, name="Ann"), base=replica.sync_date)
    refused_sync(service.sync(replica.replica_id, request), code=403)
    assert not state(service), "the edits were applied"


@case("SYNC-014", "facts §6.4 WE DO: download_parameters on an UPLOAD replica -> ignored with a warning")
def an_upload_replica_gets_no_download(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica(direction="UPLOAD")
    request = upload(Edits().add("Person", ANN, name="Ann"), into=snapshot())
    result = service.synced(replica.replica_id, request)
    assert not result.HasField("download_results"), "an UPLOAD replica was given data"
    assert result.warnings, "no warning"
    assert set(state(service)) == {ANN}
    assert not results_of(result).entity_add_results["Person"].errors


@case("SYNC-015", "facts §6.5: server's last_sync_date moves on synchronize")
def the_list_shows_the_date_served_last(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    service.apply(Edits().add("Person", ANN))
    _, moment = service.delta(replica.replica_id, replica.sync_date)
    (info,) = service.replicas().values()
    assert info.last_sync_date == moment > replica.sync_date, info


@case("SYNC-016", "P:SynchronizeReplicaRequest: the lower bound comes from the request; facts §6.2 retry")
def a_lost_answer_can_be_asked_for_again(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    first, one = service.delta(replica.replica_id, replica.sync_date)
    again, two = service.delta(replica.replica_id, replica.sync_date)
    assert first.ids(1) == again.ids(1) == {ANN}
    assert one == two


@case("SYNC-017", "facts §6.2 WE DO: older than replica creation but above the floor -> allowed")
def a_date_older_than_the_replica_is_answered(ctx: Context) -> None:
    service = ctx.service()
    older = service.replica()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    younger = service.replica()
    archive, _ = service.delta(younger.replica_id, older.sync_date)
    assert archive.ids(1) == {ANN}


@case("SYNC-018", "laws.md Uploads: the download half must be answerable, else nothing is applied")
def an_unanswerable_download_refuses_the_upload(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    for base in (0, -1, 1, replica.sync_date + 10**9):
        request = upload(Edits().add("Person", ANN, name="Ann"), base=base)
        refused_sync(service.sync(replica.replica_id, request), "snapshot")
    assert not state(service), "the upload was applied"


@case("SYNC-019", "facts §14: unknown replica 404; a bad id in the path is an error in the message")
def an_unknown_replica_does_not_synchronize(ctx: Context) -> None:
    refused_sync(ctx.shared.sync(uuid.uuid4().bytes, snapshot()), code=404)
    answer = ctx.shared.post(SynchronizeReplicaResponse, "replicas/zzz/synchronize", snapshot())
    refused_sync(answer)


@case("SYNC-020", "laws.md law 1: a snapshot taken later equals the first one plus the delta")
def snapshot_plus_delta_is_the_later_snapshot(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann").add("Person", BOB).relate("Knows", None, ANN, BOB))
    replica = service.replica()
    copy = Copy().apply(service.first_archive(replica))
    service.apply(Edits().update("Person", ANN, name="Anna").add("Place", OSLO).relate("LivesIn", None, BOB, OSLO))
    copy.apply(service.delta(replica.replica_id, replica.sync_date)[0])
    fresh = Copy().apply(service.snapshot_of(replica.replica_id)[0])
    assert copy.objects == fresh.objects


@case("SYNC-021", "laws.md: apply(archive) twice is harmless; adds and updates replace the whole row")
def an_update_row_is_the_whole_row(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann", nick="A", age=3))
    replica = service.replica()
    before = service.first_archive(replica).row(ANN)
    service.apply(Edits().update("Person", ANN, nick=None))
    row = service.delta(replica.replica_id, replica.sync_date)[0].row(ANN)
    assert set(row.props) == set(before.props), "an update row does not name every property"
    assert (row.delta, row.props["name"], row.props["nick"], row.props["age"]) == (2, "Ann", None, 3), row.props
