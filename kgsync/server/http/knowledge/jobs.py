"""Job status, results and cancel, in both spellings; protobuf unless a page is asked for."""

from __future__ import annotations

from aiohttp import web

from kgsync.errors import Conflict, KgsyncError, NotFound
from kgsync.model.jobs import Job
from kgsync.model.replica import Created, Synchronized
from kgsync.server.http.context import Context, answer_form
from kgsync.server.http.knowledge.answers import PATHS, answered
from kgsync.server.http.knowledge.replicas import job_url
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.security.rights import Need
from kgsync.wire.pbf import jobs as wire


def routes(ctx: Context) -> list[Route]:
    async def status(asked: Admitted) -> web.StreamResponse:
        request, who, service = asked.request, asked.who, asked.service
        job = await ctx.jobs.find(asked.names["job"], who, service)
        results = "" if job is None else job_url(ctx, request, service, job, "results")
        if job is not None and await answer_form(request, "pbf") == "html":
            return ctx.pages.facts(f"{service.path}: job {job.id}", _facts(job, results))
        data = wire.encode_status(job, results)
        return await answered(ctx, request, "status", data, title=f"{service.path}: job", default="pbf")

    async def results(asked: Admitted) -> web.StreamResponse:
        request, who, service = asked.request, asked.who, asked.service
        job = await ctx.jobs.find(asked.names["job"], who, service)
        if job is None or not job.state.ended:
            raise NotFound(f"The job {asked.names['job'][:64]} has no result" + (" yet" if job else ""))
        url = None
        if isinstance(job.result, (Created, Synchronized)) and job.result.archive is not None:
            url = ctx.archive_url(request, service, job.result.archive, job.result.replica_id, job.owner)
        data = wire.encode_result(job, url)
        return await answered(ctx, request, "result", data, title=f"{service.path}: job {job.id}", default="pbf")

    async def cancel(asked: Admitted) -> web.StreamResponse:
        request, who, service = asked.request, asked.who, asked.service
        error: KgsyncError | None = None
        try:
            await ctx.jobs.cancel(asked.names["job"], who, service)
        except (NotFound, Conflict) as fault:
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
                        need=Need.OWN_JOB,
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
