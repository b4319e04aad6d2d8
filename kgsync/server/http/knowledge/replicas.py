"""The replicas resource: list, describe, create, synchronize, unregister."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from kgsync.errors import MalformedInput
from kgsync.files.spool import Spooled
from kgsync.model.catalog import Service
from kgsync.model.jobs import Job, JobKind
from kgsync.model.replica import Synchronize
from kgsync.model.values import parse_uuid
from kgsync.server.http.context import Context, is_form
from kgsync.server.http.knowledge.answers import (
    PATHS,
    answered,
    operation_page,
    request_message,
)
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.parts import UploadSource
from kgsync.server.security.rights import Need
from kgsync.wire.pbf import replicas as wire
from kgsync.wire.pbf import synchronize as sync_wire

_FEW = 2_048  # bytes of a request that is read sooner than handed to a thread


def replica_id_of(text: str) -> UUID:
    """Read the id of a path: with or without braces, any case."""
    found = parse_uuid(text)
    if found is None:
        raise MalformedInput(f"{text[:64]!r} is not a replica id")
    return found


def job_url(ctx: Context, request: web.Request, service: Service, job: Job, what: str) -> str:
    return f"{ctx.service_url(request, service)}/jobs/{job.id}/{what}"


class Replicas:
    """Handlers of the replicas resource."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def listing(self, asked: Admitted) -> web.StreamResponse:
        found = await self._ctx.verbs.replicas(asked.service, asked.who)
        data = await self._ctx.verbs.runner.read("encode", lambda: wire.encode_replicas(found))
        return await answered(self._ctx, asked.request, "replicas", data, title=f"{asked.service.path}: replicas")

    async def describe(self, asked: Admitted) -> web.StreamResponse:
        replica = await self._ctx.verbs.replica(asked.service, asked.who, replica_id_of(asked.names["replica"]))
        data, title = wire.encode_definition(replica), f"{asked.service.path}: replica {replica.name}"
        return await answered(self._ctx, asked.request, "definition", data, title=title)

    async def create(self, asked: Admitted) -> web.StreamResponse:
        ctx, request = self._ctx, asked.request
        if request.method == "GET":
            return await operation_page(ctx, request, "create", "createReplicaRequest")
        data = await request_message(ctx, request, "createReplicaRequest")
        who, service = asked.who, asked.service
        call = await ctx.verbs.runner.read("decode", lambda: wire.decode_create(data))
        title = f"{service.path}: create replica"
        if call.asynchronous:
            body = await ctx.spooled(data)
            replica_id = call.replica_id or ctx.verbs.new_id()
            job = await ctx.jobs.submit(service, who, JobKind.CREATE, body, replica_id=replica_id)
            told = wire.encode_create_job(job_url(ctx, request, service, job, "status"))
            return await answered(ctx, request, "created", told, title=title)
        created = await ctx.verbs.create_replica(service, who, call)
        url = ctx.archive_url(request, service, created.archive, created.replica_id, who.name)
        return await answered(ctx, request, "created", wire.encode_created(created, url), title=title)

    async def synchronize(self, asked: Admitted) -> web.StreamResponse:
        ctx, request = self._ctx, asked.request
        if request.method == "GET":
            return await operation_page(ctx, request, "synchronize", "synchronizeReplicaRequest")
        replica_id = replica_id_of(asked.names["replica"])
        # Whose replica it is, is known before a large body is taken in.
        await ctx.verbs.replica(asked.service, asked.who, replica_id)
        body = await self._body(request)
        who, service = asked.who, asked.service
        title = f"{service.path}: synchronize"
        try:
            call = _decode(body) if body.size < _FEW else await ctx.verbs.runner.read("decode", lambda: _decode(body))
            key = request.headers.get("Idempotency-Key")
            if call.asynchronous:
                job = await ctx.jobs.submit(
                    service, who, JobKind.SYNCHRONIZE, body, replica_id=replica_id, idempotency_key=key
                )
                told = sync_wire.encode_synchronize_job(job_url(ctx, request, service, job, "status"))
                return await answered(ctx, request, "synchronized", told, title=title)
            upload = UploadSource(body=body, idempotency_key=key)
            result = await ctx.verbs.synchronize(service, who, replica_id, call, upload)
        finally:
            body.discard()
        name = result.archive
        url = None if name is None else ctx.archive_url(request, service, name, replica_id, who.name)
        if result.outcome is None:
            encoded = sync_wire.encode_synchronized(result, url)
        else:
            encoded = await ctx.verbs.runner.read("encode", lambda: sync_wire.encode_synchronized(result, url))
        return await answered(ctx, request, "synchronized", encoded, title=title)

    async def _body(self, request: web.Request) -> Spooled:
        if request.content_type == "application/json" or is_form(request):
            data = await request_message(self._ctx, request, "synchronizeReplicaRequest")
            return await self._ctx.spooled(data)
        return await self._ctx.receive(request)

    async def unregister(self, asked: Admitted) -> web.StreamResponse:
        ctx, request = self._ctx, asked.request
        if request.method == "GET":
            return await operation_page(ctx, request, "unregister", "unregisterReplicaRequest")
        data = await request_message(ctx, request, "unregisterReplicaRequest")
        service = asked.service
        call = await ctx.verbs.runner.read("decode", lambda: wire.decode_unregister(data))
        results = await ctx.verbs.unregister(service, asked.who, call)
        await ctx.jobs.cancel_of(service, {replica_id for replica_id, error in results if error is None})
        told = wire.encode_unregistered(results)
        return await answered(ctx, request, "unregistered", told, title=f"{service.path}: unregister")


def _decode(body: Spooled) -> Synchronize:
    with body.open() as source:
        return sync_wire.decode_synchronize(source, body.size)


def routes(ctx: Context) -> list[Route]:
    face = Replicas(ctx)
    get, both = ("GET",), ("GET", "POST")
    operations = (
        (get, "", face.listing, Need.REPLICAS, wire.encode_error),
        (both, "/create", face.create, Need.REPLICAS, wire.encode_create_error),
        (both, "/unregister", face.unregister, Need.OWN_REPLICA, wire.encode_error),
        (both, "/{replica}/synchronize", face.synchronize, Need.OWN_REPLICA, sync_wire.encode_synchronize_error),
        (get, "/{replica}", face.describe, Need.OWN_REPLICA, wire.encode_error),
    )
    return [
        Route(methods=methods, path=f"{path}/replicas{end}", handler=handler, need=need, reply="pbf", error=error)
        for path in PATHS
        for methods, end, handler, need, error in operations
    ]
