"""Uploads by file: portal items, items in parts, the service's own uploads, and archives as edits."""

import uuid

from esriPBuffer.graph.SynchronizeReplicaRequest_pb2 import SynchronizeReplicaRequest
from esriPBuffer.graph.SyncTypes_pb2 import PBF

from tests.conformance.archives import Copy
from tests.conformance.cases.applyedits import ids_of, state
from tests.conformance.cases.synchronize import refused_sync
from tests.conformance.context import ANN, BOB, OSLO, Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.registry import case
from tests.conformance.service import deltas, results_of
from tests.conformance.values import point
from tests.conformance.wire import edits_body, multipart


def by_file(item: bytes, into: SynchronizeReplicaRequest | None = None) -> SynchronizeReplicaRequest:
    request = into or SynchronizeReplicaRequest()
    request.upload_edits.upload_file.edits_upload_id = item
    request.upload_edits.upload_file.upload_format = PBF
    return request


def body_of(*frames: Edits) -> bytes:
    return edits_body(edits_header(), [frame.frame for frame in frames])


@case("FILE-001", "S2 uploadFile: the portal item id; facts §6.3: 16 bytes, an applyEdits body")
def an_item_with_edits_is_applied(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    item = ctx.add_item(body_of(Edits().add("Person", ANN), Edits().add("Person", BOB)))
    answer = results_of(service.synced(replica.replica_id, by_file(item.bytes)))
    assert ids_of(answer.entity_add_results["Person"]) == [ANN, BOB]
    assert set(state(service)) == {ANN, BOB}


@case("FILE-002", "facts §6.3: PK -> a replica archive; rows become adds, SR and transform from the header")
def an_archive_is_taken_as_adds(ctx: Context) -> None:

    source, target = ctx.service(), ctx.service()
    edge = uuid.uuid4()
    source.apply(Edits().add("Person", ANN, name="Ann", shape=point(10.5, 59.25)).add("Place", OSLO, people=7))
    source.apply(Edits().relate("LivesIn", edge, ANN, OSLO, since=2011))
    archive = source.download(source.replica().replica_data_url).body
    replica = target.replica()
    answer = results_of(target.synced(replica.replica_id, by_file(ctx.add_item(archive, "edits.zip").bytes)))
    assert ids_of(answer.entity_add_results["Person"]) == [ANN], answer
    found = state(target)
    assert set(found) == {ANN, OSLO, edge}, set(found)
    assert found[ANN][3]["shape"] == point(10.5, 59.25), found[ANN]
    assert found[edge][1:3] == (ANN, OSLO), found[edge]


@case("FILE-003", "facts §6.3: rows become adds, updates, deletes")
def an_archive_is_taken_as_a_delta(ctx: Context) -> None:
    source, target = ctx.service(), ctx.service()
    for service in (source, target):
        service.apply(Edits().add("Person", ANN, name="Ann").add("Person", BOB, name="Bob"))
    made = source.replica()
    source.apply(Edits().update("Person", ANN, name="Anna").delete("Person", BOB).add("Place", OSLO))

    url = source.synced(made.replica_id, deltas(made.sync_date)).download_results.sync_data_url
    item = ctx.add_item(source.download(url).body, "delta.zip")
    replica = target.replica()
    answer = results_of(target.synced(replica.replica_id, by_file(item.bytes)))
    assert ids_of(answer.entity_update_results["Person"]) == [ANN], answer
    assert ids_of(answer.entity_delete_results["Person"]) == [BOB], answer
    found = state(target)
    assert set(found) == {ANN, OSLO}
    assert found[ANN][3]["name"] == "Anna"


@case("FILE-004", "facts §6.3 WE DO: missing item -> error 404")
def an_unknown_item_is_refused(ctx: Context) -> None:
    replica = ctx.shared.replica()
    refused_sync(ctx.shared.sync(replica.replica_id, by_file(uuid.uuid4().bytes)), code=404)


@case("FILE-005", "P:UploadFile.edits_upload_id 16 bytes; issue 1 Bad input: ids of 15 bytes")
def an_item_id_of_15_bytes_is_refused(ctx: Context) -> None:
    replica = ctx.shared.replica()
    for wrong in (b"", b"\x01" * 15, b"\x01" * 32):
        refused_sync(ctx.shared.sync(replica.replica_id, by_file(wrong)))


@case("FILE-006", "issue 1 Bad input: an item that is no edits; law 10")
def an_item_that_is_no_edits_is_refused(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    for wrong in (b"just text", b"PK\x03\x04 but no zip", b"\xff" * 100, body_of(Edits().add("Person", ANN))[:-2]):
        item = ctx.add_item(wrong)
        refused_sync(service.sync(replica.replica_id, by_file(item.bytes)))
    assert not state(service)
    service.still_up()


@case("FILE-007", "facts §6.3 WE DO: the item is left in place afterwards")
def an_item_stays_after_its_use(ctx: Context) -> None:
    service = ctx.service()
    item = ctx.add_item(body_of(Edits().add("Person", ANN, name="Ann")))
    for replica in (service.replica(), service.replica()):
        answer = results_of(service.synced(replica.replica_id, by_file(item.bytes)))
        assert ids_of(answer.entity_add_results["Person"]) == [ANN], answer
    assert set(state(service)) == {ANN}


def start_item(ctx: Context) -> str:
    fields = {"f": "json", "multipart": "true", "filename": "edits.pbf", "title": "edits", "type": "File"}
    kind, body = multipart(fields, {})
    answer = ctx.client.request("POST", f"{ctx.home}/addItem", body, headers={"Content-Type": kind}).json_object()
    assert answer.get("success") is True, answer
    return str(answer["id"])


def add_part(ctx: Context, item: str, number: int, content: bytes) -> None:
    kind, body = multipart({"f": "json", "partNum": str(number)}, {"file": (f"part{number}", content)})
    answer = ctx.client.request(
        "POST", f"{ctx.home}/items/{item}/addPart", body, headers={"Content-Type": kind}
    ).json_object()
    assert answer.get("success") is True, answer


@case("FILE-008", "issue 1 Bad input: an upload item still being written")
def an_item_still_being_written_is_refused(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    item = start_item(ctx)
    add_part(ctx, item, 1, body_of(Edits().add("Person", ANN)))
    refused_sync(service.sync(replica.replica_id, by_file(uuid.UUID(item).bytes)), "still being written")
    assert not state(service)


@case("FILE-009", "portal addItem multipart, addPart, commit: a large item in parts")
def an_item_in_parts_is_whole_after_its_commit(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    item = start_item(ctx)
    content = body_of(Edits().add("Person", ANN), Edits().add("Person", BOB))
    add_part(ctx, item, 2, content[40:])
    add_part(ctx, item, 1, content[:40])
    answer = ctx.client.form(f"{ctx.home}/items/{item}/commit", f="json").json_object()
    assert answer.get("success") is True, answer
    result = results_of(service.synced(replica.replica_id, by_file(uuid.UUID(item).bytes)))
    assert ids_of(result.entity_add_results["Person"]) == [ANN, BOB], result


@case("FILE-010", "issue 1 Faces: uploads/upload; the id is usable as uploadFile id")
def a_file_uploaded_to_the_service_is_applied(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    kind, body = multipart({"f": "json"}, {"file": ("edits.pbf", body_of(Edits().add("Person", ANN)))})
    answer = ctx.client.request("POST", f"{service.root}/uploads/upload", body, headers={"Content-Type": kind})
    found = answer.json_object()
    assert found.get("success") is True, found
    identifier = str(found["item"]["itemID"])
    assert len(identifier) == 32, identifier
    result = results_of(service.synced(replica.replica_id, by_file(uuid.UUID(identifier).bytes)))
    assert ids_of(result.entity_add_results["Person"]) == [ANN], result


@case("FILE-011", "laws.md law 1: what came by file is in the next delta like any other edit")
def edits_by_file_reach_other_replicas(ctx: Context) -> None:
    service = ctx.service()
    one, other = service.replica(), service.replica()
    copy = Copy().apply(service.first_archive(other))
    item = ctx.add_item(body_of(Edits().add("Person", ANN).add("Person", BOB).relate("Knows", None, ANN, BOB)))
    service.synced(one.replica_id, by_file(item.bytes))
    copy.apply(service.delta(other.replica_id, other.sync_date)[0])
    assert copy.objects == state(service)
    assert len(copy.objects) == 3


@case("FILE-012", "P:UploadFile.upload_format only PBF; facts/clients.md B: 2, 3, 4 are refused")
def another_upload_format_is_refused(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    item = ctx.add_item(body_of(Edits().add("Person", ANN)))
    for number in (2, 3, 4, 50):
        inner = b"\x0a\x10" + item.bytes + bytes([0x10, number])
        upload_edits = b"\x12" + bytes([len(inner)]) + inner
        body = b"\x12" + bytes([len(upload_edits)]) + upload_edits
        refused_sync(service.sync(replica.replica_id, body))
    assert not state(service)
