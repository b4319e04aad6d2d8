"""The verbs over gRPC: a real channel to a real server on this machine."""

from __future__ import annotations

import asyncio
import hashlib
import random
import secrets
import uuid
from typing import Any

import grpc
import grpc.aio
import pytest
from esriPBuffer.graph import AddNamedTypesRequest_pb2
from esriPBuffer.graph import QueryDataModelResponse_pb2 as model_answer
from esriPBuffer.graph import ReplicaDefinitionResponse_pb2 as definition_answer
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from kgsync_api.v1 import sync_pb2 as api

from kgsync.server.http.context import Context
from kgsync.server.rpc.serving import SERVICE
from tests.conformance.archives import ADD, read_archive
from tests.conformance.context import ANN, BOB
from tests.conformance.edits import Edits, edits_header
from tests.conformance.service import definition, deltas, upload
from tests.conformance.wire import edits_body
from tests.server.rpc.callers import PATH, Caller, as_bytes, caller_of, refusal


def _streams(method: Any) -> bool:
    return bool(method.client_streaming or method.server_streaming)


async def test_a_round_of_a_replica(ann: Caller) -> None:
    await ann.apply(Edits().add("Person", ANN, name="Ann"))
    made = (await ann.create()).created
    assert read_archive(await ann.archive(made.archive)).ids(ADD) == {ANN}
    request = upload(Edits().add("Person", BOB, name="Bob"), base=made.result.sync_date)
    call = api.SynchronizeReplicaCall(service=PATH, replica_id=made.result.replica_id, request=request)
    done = (await ann.call("SynchronizeReplica", call, api.SynchronizeReplicaAnswer)).synchronized
    told = done.result.upload_results.sync_edit_results.upload_edit_results
    assert not told.entity_add_results["Person"].errors
    assert read_archive(await ann.archive(done.archive)).ids(ADD) == {BOB}
    got = await ann.call(
        "GetReplica",
        api.GetReplicaCall(service=PATH, replica_id=made.result.replica_id),
        definition_answer.ReplicaDefinition,
    )
    assert (got.replica_owner, got.last_sync_date) == ("ann", done.result.sync_date)
    request = api.UnregisterReplicasCall(service=PATH)
    request.request.replica_ids = made.result.replica_id
    answer = await ann.call("UnregisterReplicas", request, api.UnregisterReplicasAnswer)
    assert [result.error.error_code for result in answer.results] == [0]
    with pytest.raises(grpc.aio.AioRpcError) as gone:
        await ann.archive(done.archive)
    assert refusal(gone.value) == (grpc.StatusCode.NOT_FOUND, "404")


async def test_an_upload_sent_again_under_its_key_counts_once(ann: Caller) -> None:
    made = (await ann.create()).created
    request = upload(Edits().add("Person", BOB, name="Bob"))
    call = api.SynchronizeReplicaCall(service=PATH, replica_id=made.result.replica_id, request=request)
    key = ("idempotency-key", "k1")
    answers = [await ann.call("SynchronizeReplica", call, api.SynchronizeReplicaAnswer, key) for _ in range(2)]
    told = [a.synchronized.result.upload_results.sync_edit_results.upload_edit_results for a in answers]
    assert told[0] == told[1]
    assert told[0].apply_edits_metadata.timestamp


async def test_an_archive_goes_on_where_it_broke_off(ann: Caller) -> None:
    many = Edits()
    for _ in range(3_000):
        many.add("Person", uuid.uuid4(), name=secrets.token_hex(100))
    await ann.apply(many)
    made = (await ann.create()).created
    whole = await ann.archive(made.archive)
    assert len(whole) > 300_000, "more than one chunk"
    for offset in (1, len(whole) // 2, len(whole) - 1, len(whole)):
        assert await ann.archive(made.archive, offset) == whole[offset:]
    with pytest.raises(grpc.aio.AioRpcError) as wrong:
        await ann.archive(made.archive, len(whole) + 1)
    assert refusal(wrong.value) == (grpc.StatusCode.INVALID_ARGUMENT, "400")


async def test_replicas_are_listed_by_pages(ann: Caller) -> None:
    made = {(await ann.create()).created.result.replica_id for _ in range(5)}
    seen: list[bytes] = []
    token, pages = "", 0
    while True:
        call = api.ListReplicasCall(service=PATH, page_size=2, page_token=token)
        answer = await ann.call("ListReplicas", call, api.ListReplicasAnswer)
        seen += [info.replica_id for info in answer.replicas]
        token, pages = answer.next_page_token, pages + 1
        if not token:
            break
    assert (set(seen), len(seen), pages) == (made, 5, 3)
    for token in ("x", uuid.uuid4().hex):
        with pytest.raises(grpc.aio.AioRpcError) as wrong:
            call = api.ListReplicasCall(service=PATH, page_token=token)
            await ann.call("ListReplicas", call, api.ListReplicasAnswer)
        assert refusal(wrong.value)[0] is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_job_is_watched_to_its_end(ann: Caller) -> None:
    await ann.apply(Edits().add("Person", ANN))
    begun = (await ann.create(**{"async": True})).job
    call = api.JobCall(service=PATH, job=begun.job)
    seen = [job async for job in ann.given("WatchJob", call, api.Job)]
    assert seen[-1].state == api.COMPLETED
    assert read_archive(await ann.archive(seen[-1].created.archive)).ids(ADD) == {ANN}
    assert (await ann.call("GetJob", call, api.Job)) == seen[-1]
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await ann.call("CancelJob", call, api.Job)
    assert refusal(ended.value) == (grpc.StatusCode.FAILED_PRECONDITION, "409")


async def test_others_things_do_not_exist_and_nobody_is_asked_who_they_are(
    ctx: Context, channel: grpc.aio.Channel, ann: Caller
) -> None:
    made = (await ann.create()).created
    bob, nobody, wrong = caller_of(ctx, channel, "bob"), Caller(channel, None), Caller(channel, "made up")
    call = api.GetReplicaCall(service=PATH, replica_id=made.result.replica_id)
    job = api.JobCall(service=PATH, job="j1")
    for caller, expected in (
        (bob, (grpc.StatusCode.NOT_FOUND, "404")),
        (nobody, (grpc.StatusCode.UNAUTHENTICATED, "499")),
        (wrong, (grpc.StatusCode.UNAUTHENTICATED, "498")),
    ):
        for name, message in (("GetReplica", call), ("GetJob", job)):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await caller.call(name, message, definition_answer.ReplicaDefinition)
            assert refusal(refused.value) == expected
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await caller.archive(made.archive)
        assert refusal(refused.value)[0] is expected[0]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await nobody.apply(Edits().add("Person", ANN))
    assert refusal(refused.value)[0] is grpc.StatusCode.UNAUTHENTICATED


async def test_a_date_no_delta_starts_from_is_told(ann: Caller) -> None:
    made = (await ann.create()).created
    call = api.SynchronizeReplicaCall(service=PATH, replica_id=made.result.replica_id, request=deltas(2**50))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await ann.call("SynchronizeReplica", call, api.SynchronizeReplicaAnswer)
    assert refusal(refused.value) == (grpc.StatusCode.FAILED_PRECONDITION, "410")
    assert "snapshot" in refused.value.details()


_UNARY = [method.name for method in api.DESCRIPTOR.services_by_name["KnowledgeSync"].methods if not _streams(method)]


@pytest.mark.parametrize("name", _UNARY)
async def test_any_bytes_are_answered_with_what_is_wrong(ann: Caller, name: str) -> None:
    method = ann.channel.unary_unary(f"/{SERVICE}/{name}")
    path = b"\x0a\x0c" + PATH.encode()
    dice = random.Random(name)
    made = [bytes(dice.randrange(256) for _ in range(dice.randrange(60))) for _ in range(30)]
    for data in (b"", b"\xff" * 20, b"\x0a\x05abc", path + b"\x12\x02\xff\xff", *made, *(path + d for d in made)):
        try:
            await method(data, metadata=ann.metadata, timeout=10)
        except grpc.aio.AioRpcError as error:
            assert refusal(error)[0] in _CALLERS_FAULT, (data, error)


_CALLERS_FAULT = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.FAILED_PRECONDITION,
)


@pytest.mark.parametrize("name", ["DownloadArchive", "WatchJob", "WatchChanges"])
async def test_any_bytes_that_ask_for_a_stream_are_answered_with_what_is_wrong(ann: Caller, name: str) -> None:
    method = ann.channel.unary_stream(f"/{SERVICE}/{name}")
    dice = random.Random(name)
    for _ in range(40):
        data = bytes(dice.randrange(256) for _ in range(dice.randrange(40)))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await method(data, metadata=ann.metadata, timeout=10).read()
        assert refusal(refused.value)[0] in _CALLERS_FAULT


async def test_edits_begin_with_their_header_and_are_one_transaction(ann: Caller) -> None:
    method = ann.channel.stream_unary(f"/{SERVICE}/ApplyEdits", request_serializer=as_bytes)
    frame = api.ApplyEditsPart(frame=Edits().add("Person", ANN).frame)
    header = api.ApplyEditsPart(header=api.ApplyEditsHeader(service=PATH, header=edits_header()))
    wrong = grpc.StatusCode.INVALID_ARGUMENT
    for parts, status in (([], wrong), ([frame], wrong), ([header, frame, header], wrong), ([header, frame], _OVER)):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await method(iter(parts), metadata=ann.metadata, timeout=10)
        assert refusal(refused.value)[0] is status
    made = (await ann.create()).created
    assert read_archive(await ann.archive(made.archive)).ids(ADD) == set(), "what was refused left nothing"


_OVER = grpc.StatusCode.CANCELLED


async def test_a_call_given_up_leaves_no_edit(ann: Caller) -> None:
    method = ann.channel.stream_unary(f"/{SERVICE}/ApplyEdits", request_serializer=as_bytes)
    header = api.ApplyEditsPart(header=api.ApplyEditsHeader(service=PATH, header=edits_header()))
    call = method(metadata=ann.metadata)
    await call.write(header)
    await call.write(api.ApplyEditsPart(frame=Edits().add("Person", ANN).frame))
    await asyncio.sleep(0.1)
    call.cancel()
    made = (await ann.create()).created
    assert read_archive(await ann.archive(made.archive)).ids(ADD) == set()


async def test_the_data_model_is_given(ann: Caller) -> None:
    model = await ann.call("QueryDataModel", api.QueryDataModelCall(service=PATH), model_answer.GraphDataModel)
    assert {t.entity.name for t in model.entity_types} >= {"Person", "Place"}


async def test_health_and_reflection_need_no_token(channel: grpc.aio.Channel) -> None:
    read = health_pb2.HealthCheckResponse.FromString
    check = channel.unary_unary("/grpc.health.v1.Health/Check", request_serializer=as_bytes, response_deserializer=read)
    for name in ("", SERVICE):
        told = await check(health_pb2.HealthCheckRequest(service=name))
        assert told.status == health_pb2.HealthCheckResponse.SERVING
    ask = channel.stream_stream(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        request_serializer=as_bytes,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    call = ask(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
    answer = await call.read()
    assert SERVICE in {service.name for service in answer.list_services_response.service}


async def _uploaded(caller: Caller, data: bytes, *, ends: bool = True) -> Any:
    method = caller.channel.stream_unary(
        f"/{SERVICE}/UploadEdits",
        request_serializer=as_bytes,
        response_deserializer=api.UploadEditsAnswer.FromString,
    )
    parts = [api.UploadEditsPart(header=api.UploadEditsHeader(service=PATH, file_name="edits"))]
    parts += [api.UploadEditsPart(data=data[k : k + 10]) for k in range(0, len(data), 10)]
    if ends:
        parts.append(api.UploadEditsPart(end=True))
    return await method(iter(parts), metadata=caller.metadata, timeout=30)


async def test_a_file_of_edits_is_uploaded_and_synchronized(ann: Caller) -> None:
    data = edits_body(edits_header(), [Edits().add("Person", ANN, name="Ann").frame])
    item = await _uploaded(ann, data)
    assert (item.size, item.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    made = (await ann.create()).created
    call = api.SynchronizeReplicaCall(service=PATH, replica_id=made.result.replica_id)
    call.request.upload_edits.upload_file.edits_upload_id = item.item
    await ann.call("SynchronizeReplica", call, api.SynchronizeReplicaAnswer)
    again = (await ann.create()).created
    assert read_archive(await ann.archive(again.archive)).ids(ADD) == {ANN}


async def test_a_file_whose_end_did_not_come_is_not_kept(ctx: Context, ann: Caller) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await _uploaded(ann, b"abc", ends=False)
    assert refusal(refused.value)[0] is _OVER
    with ctx.verbs.store.catalog() as catalog:
        assert catalog.items_of("ann") == []


async def test_the_data_model_is_edited_step_by_step(ann: Caller) -> None:
    async def edited(**edit: Any) -> Any:
        call = api.EditDataModelCall(service=PATH, **edit)
        return await ann.call("EditDataModel", call, api.EditDataModelAnswer)

    adding = AddNamedTypesRequest_pb2.GraphNamedObjectTypeAddsRequest()
    adding.entity_types.add().entity.name = "Tree"
    told = (await edited(add_types=adding)).added_types
    assert [result.error.error_code for result in told.entity_add_results] == [0]
    fields = api.AddFields(type_name="Tree")
    fields.request.graph_properties.add(name="height", fieldType="esriFieldTypeDouble")
    told = (await edited(add_fields=fields)).added_fields
    assert [result.error.error_code for result in told.property_add_results] == [0]
    model = await ann.call("QueryDataModel", api.QueryDataModelCall(service=PATH), model_answer.GraphDataModel)
    (tree,) = [t.entity for t in model.entity_types if t.entity.name == "Tree"]
    assert "height" in {p.name for p in tree.properties}
    gone = api.DeleteField(type_name="Tree")
    gone.request.name = "height"
    assert (await edited(delete_field=gone)).done
    assert (await edited(delete_type="Tree")).done
    for wrong in ({}, {"delete_type": "Tree"}):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await edited(**wrong)
        assert refusal(refused.value)[0] in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)


async def test_a_download_given_up_leaves_no_archive(ctx: Context, ann: Caller) -> None:
    many = Edits()
    for _ in range(10_000):
        many.add("Person", uuid.uuid4(), name=secrets.token_hex(50))
    await ann.apply(many)
    request = api.CreateReplicaCall(service=PATH, request=definition(("Person",), ()))
    method = ann.channel.unary_unary(f"/{SERVICE}/CreateReplica", request_serializer=as_bytes)
    cut = 0
    for k in range(40):
        try:
            await method(request, metadata=ann.metadata, timeout=0.002 * (k + 1))
        except grpc.aio.AioRpcError as error:
            assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            cut += 1
    assert cut, "some were given up in the middle"
    async with asyncio.timeout(10):
        while True:
            with ctx.verbs.store.changing_catalog() as catalog:
                live = catalog.live_archives(ctx.clock())
            files = {path.stem for path in (ctx.settings.data_dir / "archives").rglob("*") if path.is_file()}
            if files == live:
                return
            await asyncio.sleep(0.05)
