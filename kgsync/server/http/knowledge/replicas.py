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
    caller_and_service,
    operation_page,
    request_message,
)
from kgsync.server.http.routing import Route
from kgsync.server.parts import UploadSource
from kgsync.wire.pbf import replicas as wire
from kgsync.wire.pbf import synchronize as sync_wire


def _replica_id(text: str) -> UUID:
    """Read the id of a path: with or without braces, any case."""
    found = parse_uuid(text)
    if found is None:
        raise MalformedInput(f"{text[:64]!r} is not a replica id")
    return found


def job_url(ctx: Context, request: web.Request, service: Service, job: Job, what: str) -> str:
    return f"{ctx.service_url(request, service)}/jobs/{job.id}/{what}"


async def as_spooled(ctx: Context, data: bytes) -> Spooled:
    async def once() -> object:
        yield data

    return await ctx.spool.receive(once(), ctx.max_body)  # type: ignore[arg-type]  # an async generator


def routes(ctx: Context) -> list[Route]:
    async def listing(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who, service = await caller_and_service(ctx, request, names)
        data = wire.encode_replicas(await ctx.verbs.replicas(service, who))
        return await answered(ctx, request, "replicas", data, title=f"{service.path}: replicas")

    async def describe(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who, service = await caller_and_service(ctx, request, names)
        replica = await ctx.verbs.replica(service, who, _replica_id(names["replica"]))
        data = wire.encode_definition(replica)
        return await answered(ctx, request, "definition", data, title=f"{service.path}: replica {replica.name}")

    async def create(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who, service = await caller_and_service(ctx, request, names)
        if request.method == "GET":
            return await operation_page(ctx, request, "create", "createReplicaRequest")
        data = await request_message(ctx, request, "createReplicaRequest")
        call = await ctx.verbs.runner.read("decode", lambda: wire.decode_create(data))
        title = f"{service.path}: create replica"
        if call.asynchronous:
            body = await as_spooled(ctx, data)
            replica_id = call.replica_id or ctx.verbs.new_id()
            job = await ctx.jobs.submit(service, who, JobKind.CREATE, body, replica_id=replica_id)
            told = wire.encode_create_job(job_url(ctx, request, service, job, "status"))
            return await answered(ctx, request, "created", told, title=title)
        created = await ctx.verbs.create_replica(service, who, call)
        url = ctx.archive_url(request, service, created.archive)
        return await answered(ctx, request, "created", wire.encode_created(created, url), title=title)

    async def synchronize(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who, service = await caller_and_service(ctx, request, names)
        if request.method == "GET":
            return await operation_page(ctx, request, "synchronize", "synchronizeReplicaRequest")
        replica_id = _replica_id(names["replica"])
        title = f"{service.path}: synchronize"
        body = await _body(request)
        try:
            call = await ctx.verbs.runner.read("decode", lambda: _decode(body))
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
        url = None if result.archive is None else ctx.archive_url(request, service, result.archive)
        encoded = await ctx.verbs.runner.read("encode", lambda: sync_wire.encode_synchronized(result, url))
        return await answered(ctx, request, "synchronized", encoded, title=title)

    async def _body(request: web.Request) -> Spooled:
        if request.content_type == "application/json" or is_form(request):
            data = await request_message(ctx, request, "synchronizeReplicaRequest")
            return await as_spooled(ctx, data)
        return await ctx.receive(request)

    def _decode(body: Spooled) -> Synchronize:
        with body.open() as source:
            return sync_wire.decode_synchronize(source, body.size)

    async def unregister(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who, service = await caller_and_service(ctx, request, names)
        if request.method == "GET":
            return await operation_page(ctx, request, "unregister", "unregisterReplicaRequest")
        asked = await request_message(ctx, request, "unregisterReplicaRequest")
        call = await ctx.verbs.runner.read("decode", lambda: wire.decode_unregister(asked))
        results = await ctx.verbs.unregister(service, who, call)
        await ctx.jobs.cancel_of(service, {replica_id for replica_id, error in results if error is None})
        data = wire.encode_unregistered(results)
        return await answered(ctx, request, "unregistered", data, title=f"{service.path}: unregister")

    found: list[Route] = []
    both = ("GET", "POST")
    for path in PATHS:
        base = f"{path}/replicas"
        found += [
            Route(methods=("GET",), path=base, handler=listing, reply="pbf", error=wire.encode_error),
            Route(methods=both, path=f"{base}/create", handler=create, reply="pbf", error=wire.encode_create_error),
            Route(methods=both, path=f"{base}/unregister", handler=unregister, reply="pbf", error=wire.encode_error),
            Route(
                methods=both,
                path=f"{base}/{{replica}}/synchronize",
                handler=synchronize,
                reply="pbf",
                error=sync_wire.encode_synchronize_error,
            ),
            Route(methods=("GET",), path=f"{base}/{{replica}}", handler=describe, reply="pbf", error=wire.encode_error),
        ]
    return found
