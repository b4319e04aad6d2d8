"""Uploads inside synchronize: the forms of edits, their outcomes, and what the same call downloads."""

import gzip
import uuid
from datetime import UTC, datetime

from esriPBuffer.graph.ApplyEditsResponse_pb2 import GraphApplyEditsResult
from esriPBuffer.graph.SynchronizeReplicaRequest_pb2 import SynchronizeReplicaRequest

from tests.conformance.archives import ADD, UPDATE
from tests.conformance.cases.applyedits import ids_of, single_error, state
from tests.conformance.cases.synchronize import refused_sync
from tests.conformance.context import ANN, BOB, OSLO, Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, definition, deltas, results_of, snapshot, upload
from tests.conformance.wire import prefixed, zipped_frame


def compressed(content: bytes, into: SynchronizeReplicaRequest) -> SynchronizeReplicaRequest:
    edits = into.upload_edits.sync_apply_edits
    edits.edits_header.CopyFrom(edits_header())
    edits.compressed_frames = content
    return into


def uploaded(service: Service, replica: bytes, request: SynchronizeReplicaRequest) -> GraphApplyEditsResult:
    """The outcome of an upload that is not refused as a whole."""
    answer = results_of(service.synced(replica, request))
    clean(answer)
    return answer


@case("UP-001", "S2 syncApplyEdits frames; P:SyncApplyEdits.frames")
def edits_as_frames_are_applied(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    frames = [Edits().add("Person", ANN, name="Ann"), Edits().add("Person", BOB).relate("Knows", None, ANN, BOB)]
    answer = uploaded(service, replica.replica_id, upload(*frames, base=replica.sync_date))
    assert ids_of(answer.entity_add_results["Person"]) == [ANN, BOB]
    assert len(ids_of(answer.relationship_add_results["Knows"])) == 1
    assert len(state(service)) == 3


@case("UP-002", "facts/clients.md A§7: 1..n x varint(len) gzip(GraphApplyEditsFrame)")
def edits_as_compressed_frames_are_applied(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    content = zipped_frame(Edits().add("Person", ANN).frame) + zipped_frame(Edits().frame)
    content += zipped_frame(Edits().add("Person", BOB).frame)
    answer = uploaded(service, replica.replica_id, compressed(content, deltas(replica.sync_date)))
    assert ids_of(answer.entity_add_results["Person"]) == [ANN, BOB]


@case("UP-003", "facts §6.3 WE DO (b): one gzip stream of varint-delimited frames (starts with 1f 8b)")
def edits_as_one_gzip_stream_are_applied(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    raw = [Edits().add("Person", ANN).frame.SerializeToString(), Edits().add("Person", BOB).frame.SerializeToString()]
    content = gzip.compress(b"".join(map(prefixed, raw)))
    answer = uploaded(service, replica.replica_id, compressed(content, deltas(replica.sync_date)))
    assert ids_of(answer.entity_add_results["Person"]) == [ANN, BOB]


@case("UP-004", "laws.md Uploads: upload, then choose upto, then download; KG deltas contain own edits")
def own_edits_are_in_the_delta_of_the_same_call(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    request = upload(Edits().add("Person", ANN, name="Ann"), base=replica.sync_date)
    result = service.synced(replica.replica_id, request)
    row = service.archive(result.download_results.sync_data_url).row(ANN)
    assert row.delta == ADD
    assert row.props[service.model().objectid_property], "the delta does not tell the object id"
    assert result.sync_date > replica.sync_date


@case("UP-005", "facts §6.3: object ids are assigned by the server; laws: global ids sent by a replica are kept")
def global_ids_are_kept_and_object_ids_are_not(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    key = service.model().objectid_property
    service.apply(Edits().add("Person", BOB))
    answer = uploaded(service, replica.replica_id, upload(Edits().add("Person", ANN, **{key: 777_777})))
    assert ids_of(answer.entity_add_results["Person"]) == [ANN]
    assert not answer.entity_add_results["Person"].errors
    assert state(service)[ANN][3][key] != 777_777, "the client set the object id"


@case("UP-006", "P:SchemaResults unknown_types, only in synchronize; laws.md Uploads")
def unknown_types_are_dropped_and_listed(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    edits = Edits().add("Person", ANN, name="Ann").add("Dragon", None, name="x").relate("Slays", None, ANN, ANN)
    answer = uploaded(service, replica.replica_id, upload(edits))
    assert sorted(answer.schema_results.unknown_types) == ["Dragon", "Slays"], answer.schema_results
    assert set(state(service)) == {ANN}


@case("UP-007", "P:SchemaResults unknown_properties{type -> names}; laws.md Uploads")
def unknown_properties_are_dropped_and_listed(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    edits = Edits().add("Person", ANN, name="Ann", wings=2, horns=1).add("Person", BOB, wings=4)
    answer = uploaded(service, replica.replica_id, upload(edits))
    assert not answer.entity_add_results["Person"].errors, answer
    found = {name: sorted(item.value) for name, item in answer.schema_results.unknown_properties.items()}
    assert found == {"Person": ["horns", "wings"]}, found
    assert state(service)[ANN][3]["name"] == "Ann"


@case("UP-008", "P:GraphApplyEditsResult.schema_results: filled only inside synchronize responses")
def nothing_unknown_leaves_schema_results_empty(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    answer = uploaded(service, replica.replica_id, upload(Edits().add("Person", ANN, name="Ann")))
    assert not answer.schema_results.unknown_types, answer.schema_results
    assert not answer.schema_results.unknown_properties, answer.schema_results


@case("UP-009", "laws.md Uploads: the same id twice in one upload is a per-edit error")
def an_id_twice_in_one_upload_is_an_error(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    edits = Edits().add("Person", ANN, name="first").add("Person", ANN, name="second")
    answer = uploaded(service, replica.replica_id, upload(edits, base=replica.sync_date))
    results = answer.entity_add_results["Person"]
    assert sorted(results.errors) == [1], dict(results.errors)
    assert str(ANN) in results.errors[1].error_message.lower(), results.errors[1]
    assert ids_of(results) == [ANN, None]
    assert state(service)[ANN][3]["name"] == "first"


@case("UP-010", "laws.md Uploads: an update under the wrong type, an update of one that is gone")
def wrong_updates_are_errors_of_their_own(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    replica = service.replica()
    edits = Edits().update("Place", ANN, name="x").update("Person", BOB, name="y").delete("Person", OSLO)
    result = service.synced(replica.replica_id, upload(edits, base=replica.sync_date))
    answer = results_of(result)
    single_error(answer.entity_update_results["Place"], str(ANN))
    single_error(answer.entity_update_results["Person"], str(BOB))
    single_error(answer.entity_delete_results["Person"], str(OSLO))
    assert service.archive(result.download_results.sync_data_url).empty(), "something was applied"


@case("UP-011", "facts §6.3: partial failure does not stop the download")
def a_bad_edit_does_not_stop_the_download(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    service.apply(Edits().add("Place", OSLO))
    edits = Edits().add("Person", ANN, name="Ann").add("Person", BOB, age="no number")
    result = service.synced(replica.replica_id, upload(edits, base=replica.sync_date))
    assert sorted(results_of(result).entity_add_results["Person"].errors) == [1]
    assert service.archive(result.download_results.sync_data_url).ids(ADD) == {ANN, OSLO}


@case("UP-012", "facts §6.3 WE DO / laws.md: edits outside the replica's filter are applied")
def edits_outside_the_definition_are_applied_and_not_sent(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica(("Person",), ())
    request = upload(Edits().add("Place", OSLO).add("Person", ANN), base=replica.sync_date)
    result = service.synced(replica.replica_id, request)
    assert not results_of(result).entity_add_results["Place"].errors
    assert service.archive(result.download_results.sync_data_url).ids(ADD) == {ANN}
    assert set(state(service)) == {ANN, OSLO}


@case("UP-013", "laws.md Uploads: an upload-only answer carries no syncDate unless served = presented")
def an_upload_alone_gives_no_date_to_a_new_replica(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    result = service.synced(replica.replica_id, upload(Edits().add("Person", ANN)))
    assert result.sync_date == 0, f"sync_date {result.sync_date}: the client never presented what was served"
    assert not result.HasField("download_results")


@case("UP-014", "laws.md Uploads: syncDate only when served = presented, and then it must hide no one's edits")
def an_upload_alone_gives_back_the_date_that_was_presented(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    _, moment = service.delta(replica.replica_id, replica.sync_date)
    service.apply(Edits().add("Person", BOB))  # someone else, whom a later date would hide
    result = service.synced(replica.replica_id, upload(Edits().add("Person", ANN)))
    assert result.sync_date == moment, f"{result.sync_date}, not {moment}"


@case("UP-015", "laws.md law 7: last writer wins, reported as a conflict in warnings")
def an_overwritten_change_is_a_warning(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    replica = service.replica()
    service.apply(Edits().update("Person", ANN, name="theirs"))
    request = upload(Edits().update("Person", ANN, name="mine"), base=replica.sync_date)
    result = service.synced(replica.replica_id, request)
    assert state(service)[ANN][3]["name"] == "mine"
    assert any(str(ANN) in w.error_message.lower() for w in result.warnings), list(result.warnings)


@case("UP-016", "laws.md law 7: a conflict only when the base is older than the version replaced")
def no_conflict_no_warning(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    replica = service.replica()
    request = upload(Edits().update("Person", ANN, name="mine"), base=replica.sync_date)
    result = service.synced(replica.replica_id, request)
    assert not result.warnings, list(result.warnings)
    assert service.archive(result.download_results.sync_data_url).ids(UPDATE) == {ANN}


@case("UP-017", "P:SyncApplyEdits.edits_header cascade_delete; facts §11.4: default false in uploads")
def the_uploads_own_header_decides_on_cascades(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN).add("Person", BOB).relate("Knows", None, ANN, BOB))
    replica = service.replica()
    answer = uploaded(service, replica.replica_id, upload(Edits().delete("Person", ANN), base=replica.sync_date))
    single_error(answer.entity_delete_results["Person"], str(ANN))
    request = upload(Edits().delete("Person", ANN), base=replica.sync_date, cascade=True)
    answer = uploaded(service, replica.replica_id, request)
    assert len(answer.cascading_relationship_delete_results) == 1, answer
    assert set(state(service)) == {BOB}


@case("UP-018", "facts §6.4; an UPLOAD replica takes edits")
def an_upload_replica_takes_edits(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica(direction="UPLOAD")
    answer = uploaded(service, replica.replica_id, upload(Edits().add("Person", ANN)))
    assert ids_of(answer.entity_add_results["Person"]) == [ANN]
    assert set(state(service)) == {ANN}


@case("UP-019", "issue 1 Bad input: truncated bytes, wrong lengths; law 10; nothing half-written")
def broken_compressed_frames_are_refused(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    good = zipped_frame(Edits().add("Person", ANN, name="Ann").frame)
    for wrong in (good[:-3], good + b"\x05ab", b"\xff" * 12, good + prefixed(b"no gzip"), b"\x1f\x8bnonsense"):
        refused_sync(service.sync(replica.replica_id, compressed(wrong, deltas(replica.sync_date))))
    assert not state(service), "a broken upload was applied in part"
    service.still_up()


@case("UP-020", "issue 1 Bad input: a frame that inflates past the cap (64 MiB)")
def a_frame_that_inflates_past_the_cap_is_refused(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    bomb = gzip.compress(bytes(65 * 2**20 + 1), compresslevel=1)
    for content in (prefixed(bomb), bomb):
        refused_sync(service.sync(replica.replica_id, compressed(content, deltas(replica.sync_date))))
    service.still_up()


@case("UP-021", "laws.md Uploads: values are coerced in uploads as in applyEdits, dates as strings, ids with braces")
def values_are_coerced_in_uploads_too(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    guid = uuid.uuid4()
    edits = Edits().add("Person", f"{{{ANN}}}".upper(), born="2024-01-02T03:04:05Z", code=f"{{{guid}}}", age=3.0)
    uploaded(service, replica.replica_id, upload(edits))
    found = state(service)[ANN][3]
    moment = int(datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp() * 1000)
    assert (found["born"], found["code"], found["age"]) == (moment, guid, 3), found


@case("UP-022", "facts/clients.md A§7: download_parameters is always sent, default replica_snapshot{}")
def an_upload_with_a_snapshot_gets_the_whole_state(ctx: Context) -> None:

    service = ctx.service()
    service.apply(Edits().add("Person", BOB))
    replica = service.replica()
    result = service.synced(replica.replica_id, upload(Edits().add("Person", ANN), into=snapshot()))
    assert service.archive(result.download_results.sync_data_url).ids(ADD) == {ANN, BOB}
    assert ids_of(results_of(result).entity_add_results["Person"]) == [ANN]


@case("UP-023", "laws.md: uploads are checked at every call; unknown replica changes nothing")
def an_upload_to_an_unknown_replica_changes_nothing(ctx: Context) -> None:
    service = ctx.service()
    service.create(definition(("Person",), ()))
    answer = service.sync(uuid.uuid4().bytes, upload(Edits().add("Person", ANN)))
    refused_sync(answer, code=404)
    assert not state(service)
