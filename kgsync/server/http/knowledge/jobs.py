"""Job status, results and cancel, in both spellings; protobuf unless a page is asked for."""

from __future__ import annotations

from aiohttp import web

from kgsync.errors import KgsyncError, NotFound
from kgsync.model.jobs import Job
from kgsync.server.http.context import Context, answer_form
from kgsync.server.http.knowledge.answers import PATHS, answered, caller_and_service
from kgsync.server.http.knowledge.replicas import job_url
from kgsync.server.http.routing import Route
from kgsync.wire.pbf import jobs as wire


def routes(ctx: Context) -> list[Route]:
    async def status(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who, service = await caller_and_service(ctx, request, names)
        job = await ctx.jobs.find(names["job"], who, service)
        results = "" if job is None else job_url(ctx, request, service, job, "results")
        if job is not None and await answer_form(request, "pbf") == "html":
            return ctx.pages.facts(f"{service.path}: job {job.id}", _facts(job, results))
        data = wire.encode_status(job, results)
        return await answered(ctx, request, "status", data, title=f"{service.path}: job", default="pbf")

    async def results(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who, service = await caller_and_service(ctx, request, names)
        job = await ctx.jobs.find(names["job"], who, service)
        if job is None or not job.state.ended:
            raise NotFound(f"The job {names['job'][:64]} has no result" + (" yet" if job else ""))
        archive = getattr(job.result, "archive", None)
        url = None if archive is None else ctx.archive_url(request, service, archive)
        data = wire.encode_result(job, url)
        return await answered(ctx, request, "result", data, title=f"{service.path}: job {job.id}", default="pbf")

    async def cancel(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who, service = await caller_and_service(ctx, request, names)
        error: KgsyncError | None = None
        try:
            await ctx.jobs.cancel(names["job"], who, service)
        except NotFound as fault:
            error = fault
        data = wire.encode_cancel(error)
        return await answered(ctx, request, "cancel", data, title=f"{service.path}: cancel job", default="pbf")

    found: list[Route] = []
    for path in PATHS:
        # A status has no member for an error: it goes back as JSON.
        for name, handler, methods, failed in (
            ("status", status, ("GET", "POST"), None),
            ("results", results, ("GET", "POST"), wire.encode_result_error),
            ("cancel", cancel, ("POST",), wire.encode_cancel),
        ):
            for spelling in (f"jobs/{{job}}/{name}", f"jobs/{name}/{{job}}"):
                found.append(
                    Route(
                        methods=methods,
                        path=f"{path}/{spelling}",
                        handler=handler,
                        reply="pbf",
                        error=failed,
                    )
                )
    return found


def _facts(job: Job, results: str) -> dict[str, object]:
    """Show a job as it is; protobuf callers are told COMPLETED whatever became of it."""
    facts: dict[str, object] = {
        "state": job.state.value,
        "progress": f"{job.progress} %",
        "kind": job.kind.value,
        "owner": job.owner,
    }
    if job.state.ended:
        facts["results"] = results
    if job.error is not None:
        facts["error"] = {"code": job.error.code, "message": job.error.message}
    return facts
