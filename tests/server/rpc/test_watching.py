"""WatchChanges: what is watched is what a delta would carry, for as long as one may know and not longer."""

from __future__ import annotations

import asyncio
import io
import random
import uuid
from dataclasses import replace
from typing import Any
from uuid import UUID

import grpc
import grpc.aio
import pytest
from kgsync_api.v1 import sync_pb2 as api

from kgsync.model.geometry import IDENTITY
from kgsync.server.http.context import Context
from kgsync.server.security.accounts import set_disabled
from kgsync.sync.datamodel import add_types
from kgsync.wire.pbf.archive_reader import decode_archive_row, opened_archive, split_rows
from tests.conformance.context import ANN, BOB
from tests.conformance.edits import Edits
from tests.conformance.service import deltas
from tests.graphs import PERSON, Graph
from tests.server.rpc.callers import PATH, Caller, as_bytes, caller_of, refusal


def _watch(caller: Caller, made: Any, after: int | None = None) -> Any:
    method = caller.channel.unary_stream(
        "/kgsync.v1.KnowledgeSync/WatchChanges",
        request_serializer=as_bytes,
        response_deserializer=api.Changes.FromString,
    )
    begin = made.result.sync_date if after is None else after
    call = api.WatchChangesCall(service=PATH, replica_id=made.result.replica_id, after=begin)
    return method(call, metadata=caller.metadata)


async def _heard(watch: Any) -> Any:
    """Give the next thing that is more than a sign of life."""
    async with asyncio.timeout(20):
        while True:
            told = await watch.read()
            if told.sections or told.catch_up:
                return told


def _ids(told: Any, operation: int) -> set[UUID]:
    found = set()
    for section in told.sections:
        for row in section.rows.rows if section.operation == operation else ():
            value = row.values[0].entity_value
            found.add(UUID(bytes=value.id.primitive_value.uuid_value))
    return found


async def test_each_commit_is_told_as_it_happens(ann: Caller) -> None:
    made = (await ann.create()).created
    watch = _watch(ann, made)
    first = await watch.read()
    assert (first.after, len(first.sections)) == (made.result.sync_date, 0), "a sign of life to begin with"
    answer = await ann.apply(Edits().add("Person", ANN, name="Ann"))
    told = await _heard(watch)
    assert (_ids(told, api.ADD), told.upto) == ({ANN}, answer.apply_edits_metadata.timestamp)
    again = await ann.apply(Edits().update("Person", ANN, name="Anna").add("Person", BOB))
    told = await _heard(watch)
    assert (_ids(told, api.UPDATE), _ids(told, api.ADD)) == ({ANN}, {BOB})
    assert told.upto == again.apply_edits_metadata.timestamp
    watch.cancel()


class _Base:
    """Rows by id, as a watcher holds them, and up to when."""

    def __init__(self, upto: int) -> None:
        self.upto, self.rows = upto, dict[UUID, bytes]()

    def apply(self, told: Any) -> None:
        assert told.after == self.upto, "nothing is left out between two answers"
        self.upto = told.upto
        for section in told.sections:
            for row in split_rows(section.rows.SerializeToString(), "row"):
                key = decode_archive_row(row, IDENTITY, "row").id
                if section.operation == api.DELETE:
                    del self.rows[key]
                else:
                    self.rows[key] = row


def _random_edits(dice: random.Random, people: list[UUID]) -> Edits:
    edits = Edits()
    for chosen in dice.sample(people, min(len(people), dice.randint(0, 3))):
        if dice.random() < 0.3:
            people.remove(chosen)
            edits.delete("Person", chosen)
        else:
            edits.update("Person", chosen, name=f"n{dice.random()}")
    people.append(UUID(int=dice.getrandbits(128), version=4))
    return edits.add("Person", people[-1], name="new")


async def test_what_is_watched_adds_up_to_what_a_delta_carries(ann: Caller) -> None:
    dice = random.Random(5)
    made = (await ann.create()).created
    base, people = _Base(made.result.sync_date), list[UUID]()
    watch = _watch(ann, made)
    for _ in range(30):
        upto = (await ann.apply(_random_edits(dice, people))).apply_edits_metadata.timestamp
        if dice.random() < 0.2:  # it goes, and comes back where it was
            watch.cancel()
            watch = _watch(ann, made, base.upto)
        async with asyncio.timeout(20):
            while base.upto < upto:
                base.apply(await watch.read())
    watch.cancel()
    request = deltas(made.result.sync_date)
    call = api.SynchronizeReplicaCall(service=PATH, replica_id=made.result.replica_id, request=request)
    done = (await ann.call("SynchronizeReplica", call, api.SynchronizeReplicaAnswer)).synchronized
    with opened_archive(io.BytesIO(await ann.archive(done.archive))) as archive:
        carried = {row.id: row.row for file in archive.files for row in archive.rows(file)}
    assert base.rows == carried
    assert set(carried) == set(people)


async def test_what_is_much_is_left_to_a_delta(ann: Caller) -> None:
    made = (await ann.create()).created
    watch = _watch(ann, made)
    await watch.read()
    many = Edits()
    for _ in range(3_000):
        many.add("Person", uuid.uuid4(), name="x" * 2_000)
    await ann.apply(many)
    told = await _heard(watch)
    assert (told.catch_up, len(told.sections), told.after) == (True, 0, made.result.sync_date)
    assert await watch.read() is grpc.aio.EOF, "it ends there: its watcher synchronizes, and comes back"


async def test_another_data_model_is_caught_up_with(ctx: Context, ann: Caller) -> None:
    made = (await ann.create()).created
    watch = _watch(ann, made)
    await watch.read()
    with ctx.verbs.store.catalog() as catalog:
        service = catalog.service("Hosted", "Field")
    assert service is not None
    add = [replace(PERSON, name="Robot")]
    Graph(ctx.verbs.store, service).edit(add_types, add)
    told = await _heard(watch)
    assert told.catch_up, "and the bell of another process is its clock, looked at every second"


async def test_a_date_nobody_gave_is_caught_up_with(ann: Caller) -> None:
    made = (await ann.create()).created
    assert (await _watch(ann, made, 2**50).read()).catch_up
    assert (await _watch(ann, made, 0).read()).catch_up


async def test_a_replica_that_only_uploads_has_nothing_to_watch(ann: Caller) -> None:
    made = (await ann.create(sync_direction=2)).created
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await _watch(ann, made).read()
    assert refusal(refused.value)[0] is grpc.StatusCode.PERMISSION_DENIED


async def test_watching_ends_with_the_right_to(ctx: Context, channel: grpc.aio.Channel, ann: Caller) -> None:
    made = (await ann.create()).created
    watch = _watch(ann, made)
    await watch.read()
    bob = caller_of(ctx, channel, "bob")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await _watch(bob, made).read()
    assert refusal(refused.value)[0] is grpc.StatusCode.NOT_FOUND
    set_disabled(ctx.verbs.store, "ann", True, now=ctx.clock())
    await bob.apply(Edits().add("Person", BOB))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await _heard(watch)
    assert refusal(refused.value)[0] is grpc.StatusCode.UNAUTHENTICATED


async def test_who_is_gone_holds_no_place(ctx: Context, ann: Caller) -> None:
    made = (await ann.create()).created
    for _ in range(80):  # more than one user may have at once
        watch = _watch(ann, made)
        await watch.read()
        watch.cancel()
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    assert (await _watch(ann, made).read()).upto >= made.result.sync_date
    many = [_watch(ann, made) for _ in range(66)]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await asyncio.gather(*(watch.read() for watch in many))
    assert refusal(refused.value)[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
