"""replicas/trimChangeLog, below the addresses of administration."""

from __future__ import annotations

from aiohttp import web

from kgsync.model.jobs import JobKind
from kgsync.server.http.context import Context
from kgsync.server.http.knowledge.answers import (
    ADMIN_PATHS,
    answered,
    operation_page,
    request_message,
)
from kgsync.server.http.knowledge.replicas import job_url
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.security.rights import Need
from kgsync.wire.pbf import trim as wire


def routes(ctx: Context) -> list[Route]:
    async def trim(asked: Admitted) -> web.StreamResponse:
        request = asked.request
        if request.method == "GET":
            return await operation_page(ctx, request, "trimChangeLog", "trimChangeLogRequest")
        data = await request_message(ctx, request, "trimChangeLogRequest")
        call = await ctx.verbs.runner.read("decode", lambda: wire.decode_trim(data))
        who, service = asked.who, asked.service
        title = f"{service.path}: trim change log"
        if call.asynchronous:
            ctx.verbs.require_trimmer(service, who)
            job = await ctx.jobs.submit(service, who, JobKind.TRIM, await ctx.spooled(data))
            told = wire.encode_trim_job(job_url(ctx, request, service, job, "status"))
            return await answered(ctx, request, "trimmed", told, title=title)
        result = await ctx.verbs.trim(service, who, call)
        await ctx.jobs.cancel_of(service, set(result.unregistered))
        return await answered(ctx, request, "trimmed", wire.encode_trimmed(result), title=title)

    return [
        Route(
            methods=("GET", "POST"),
            path=f"{path}/replicas/trimChangeLog",
            handler=trim,
            need=Need.SERVICE_OWNER,
            reply="pbf",
            error=wire.encode_trim_error,
        )
        for path in ADMIN_PATHS
    ]
