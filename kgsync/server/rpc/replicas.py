"""Replicas over gRPC: the same verbs as over HTTP, their requests read by the same codecs."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from esriPBuffer.graph import ReplicasResponse_pb2 as list_answer
from kgsync_api.v1 import sync_pb2 as api

from kgsync.errors import MalformedInput
from kgsync.model.history import Moment
from kgsync.model.jobs import JobKind
from kgsync.model.replica import Replica
from kgsync.server.http.context import Context
from kgsync.server.looking import digest_for
from kgsync.server.parts import UploadSource
from kgsync.server.rpc import messages
from kgsync.server.rpc.calls import Called
from kgsync.server.rpc.door import Door
from kgsync.server.security.rights import Need
from kgsync.wire.pbf import replicas as wire
from kgsync.wire.pbf import trim as trim_wire
from kgsync.wire.pbf.datamodel import error_message
from kgsync.wire.pbf.fields import LENGTH, Field, read_bytes, read_fields, single_field
from kgsync.wire.pbf.frames import parse_message
from kgsync.wire.pbf.synchronize import decode_synchronize

_USUAL_PAGE, _LARGEST_PAGE = 100, 1_000
_MOST_NAME = 1_000
_FEW = 2_048  # bytes of a message that is read sooner than handed to a thread
T = TypeVar("T")


class Replicas:
    """The unary verbs of replicas and their jobs."""

    def __init__(self, ctx: Context, door: Door) -> None:
        self._ctx, self._door = ctx, door

    async def create(self, call: Called) -> Any:
        ctx, (path, request) = self._ctx, _outer(call.data, "CreateReplicaCall", 2)
        service = await self._door.service(path, Need.REPLICAS, call.who)
        asked = await ctx.verbs.runner.read("decode", lambda: wire.decode_create(request))
        if asked.asynchronous:
            replica_id = asked.replica_id or ctx.verbs.new_id()
            body = await ctx.spooled(request)
            job = await ctx.jobs.submit(service, call.who, JobKind.CREATE, body, replica_id=replica_id)
            return api.CreateReplicaAnswer(job=messages.job_message(job))
        made = await ctx.verbs.create_replica(service, call.who, asked, call.progress)
        return api.CreateReplicaAnswer(created=messages.created(made))

    async def synchronize(self, call: Called) -> Any:
        """Synchronize; the request stays as it came, its edits are walked where they lie."""
        ctx, place = self._ctx, "SynchronizeReplicaCall"
        path, request = _outer(call.data, place, 3)
        id_field = _field(call.data, place, 2)
        given = b"" if id_field is None else read_bytes(io.BytesIO(call.data), id_field)
        replica_id = wire.decode_replica_id(given, "replica_id")
        service = await self._door.service(path, Need.OWN_REPLICA, call.who)
        body = await ctx.spooled(request)
        try:
            asked = await _brief(ctx, request, lambda: decode_synchronize(io.BytesIO(request), len(request)))
            if asked.asynchronous:
                job = await ctx.jobs.submit(
                    service,
                    call.who,
                    JobKind.SYNCHRONIZE,
                    body,
                    replica_id=replica_id,
                    idempotency_key=call.idempotency_key,
                )
                return api.SynchronizeReplicaAnswer(job=messages.job_message(job))
            upload = UploadSource(body=body, idempotency_key=call.idempotency_key)
            done = await ctx.verbs.synchronize(service, call.who, replica_id, asked, upload, call.progress)
        finally:
            body.discard()
        told = await _brief(ctx, b"" if done.outcome is None else request, lambda: messages.synchronized(done))
        return api.SynchronizeReplicaAnswer(synchronized=told)

    async def get(self, call: Called) -> Any:
        asked = parse_message(api.GetReplicaCall, call.data, "GetReplicaCall")
        service = await self._door.service(asked.service, Need.OWN_REPLICA, call.who)
        replica_id = wire.decode_replica_id(asked.replica_id, "replica_id")
        return wire.definition_message(await self._ctx.verbs.replica(service, call.who, replica_id))

    async def listing(self, call: Called) -> Any:
        """List by pages, in the order replicas were made; a token names the last one given."""
        asked = parse_message(api.ListReplicasCall, call.data, "ListReplicasCall")
        service = await self._door.service(asked.service, Need.REPLICAS, call.who)
        if asked.page_size < 0:
            raise MalformedInput("a page has no negative size", place="page_size")
        size = min(asked.page_size or _USUAL_PAGE, _LARGEST_PAGE)
        every = await self._ctx.verbs.replicas(service, call.who)
        begin = _begin(every, asked.page_token)
        page = every[begin : begin + size]
        answer = api.ListReplicasAnswer(replicas=[_info(replica) for replica in page])
        if begin + size < len(every):
            answer.next_page_token = page[-1].id.hex
        return answer

    async def unregister(self, call: Called) -> Any:
        path, request = _outer(call.data, "UnregisterReplicasCall", 2)
        service = await self._door.service(path, Need.OWN_REPLICA, call.who)
        results = await self._ctx.verbs.unregister(service, call.who, wire.decode_unregister(request))
        await self._ctx.jobs.cancel_of(service, {replica_id for replica_id, error in results if error is None})
        answer = api.UnregisterReplicasAnswer()
        for replica_id, error in results:
            entry = answer.results.add(replica_id=replica_id.bytes)
            if error is not None:
                entry.error.CopyFrom(error_message(int(error.code), error.message))
        return answer

    async def digest(self, call: Called) -> Any:
        asked = parse_message(api.GetDigestCall, call.data, "GetDigestCall")
        service = await self._door.service(asked.service, Need.OWN_REPLICA, call.who)
        replica_id = wire.decode_replica_id(asked.replica_id, "replica_id")
        date = Moment(asked.sync_date)
        digest, told = await digest_for(self._ctx.verbs, service, call.who, replica_id, date)
        members = 0 if digest is None else digest.members
        return api.ReplicaDigest(known=digest is not None, members=members, digest=str(digest or ""), told=told)

    async def trim(self, call: Called) -> Any:
        ctx, (path, request) = self._ctx, _outer(call.data, "TrimChangeLogCall", 2)
        service = await self._door.service(path, Need.SERVICE_OWNER, call.who)
        asked = trim_wire.decode_trim(request)
        if asked.asynchronous:
            ctx.verbs.require_trimmer(service, call.who)
            job = await ctx.jobs.submit(service, call.who, JobKind.TRIM, await ctx.spooled(request))
            return api.TrimChangeLogAnswer(job=messages.job_message(job))
        done = await ctx.verbs.trim(service, call.who, asked, call.progress)
        await ctx.jobs.cancel_of(service, set(done.unregistered))
        return api.TrimChangeLogAnswer(trimmed=trim_wire.trimmed_message(done))


async def _brief(ctx: Context, about: bytes, work: Callable[[], T]) -> T:
    """Do what takes as long as some bytes are many: here when they are few, else on a thread."""
    return work() if len(about) < _FEW else await ctx.verbs.runner.read("codec", work)


def _info(replica: Replica) -> Any:
    return list_answer.ReplicaInfo(
        replica_name=replica.name, replica_id=replica.id.bytes, last_sync_date=replica.served.ms
    )


def _begin(every: list[Replica], token: str) -> int:
    """Find where a page begins. Raises MalformedInput."""
    if not token:
        return 0
    try:
        last = UUID(hex=token)
    except ValueError:
        raise MalformedInput("the token was not given by this server", place="page_token") from None
    for k, replica in enumerate(every):
        if replica.id == last:
            return k + 1
    raise MalformedInput("the replica this page begins after is gone; begin anew", place="page_token")


def _field(data: bytes, place: str, number: int) -> Field | None:
    return single_field(read_fields(io.BytesIO(data), 0, len(data), place), number, LENGTH, place)


def _outer(data: bytes, place: str, number: int) -> tuple[str, bytes]:
    """Take a call apart: the path of its service, and the bytes of its request. Raises MalformedInput."""
    source = io.BytesIO(data)
    service, request = _field(data, place, 1), _field(data, place, number)
    if service is None or service.size > _MOST_NAME:
        raise MalformedInput("the path of a service is missing or too long", place="service")
    try:
        path = read_bytes(source, service).decode()
    except UnicodeDecodeError:
        raise MalformedInput("the path is not text", place="service") from None
    return path, b"" if request is None else read_bytes(source, request)
