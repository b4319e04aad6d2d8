"""The operations of replicas: created, synchronized, listed, described, unregistered; and the jobs that do it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiohttp import web

from kgsync.errors import KgsyncError, MalformedInput, NotFound
from kgsync.model.catalog import Service
from kgsync.model.feature_calls import Delivery, FeatureAnswer
from kgsync.model.jobs import Job, JobKind, JobState
from kgsync.model.replica import Unregister
from kgsync.server.feature_extracts import extract_changes
from kgsync.server.http.context import Context, answer_form, json_answer, json_error
from kgsync.server.http.features.extracting import TAKES, extract_call
from kgsync.server.http.features.parameters import Asked
from kgsync.server.http.features.replica_asking import replica_id
from kgsync.server.http.features.replica_calls import URL, ReplicaCalls
from kgsync.server.http.features.replica_describing import replica_json
from kgsync.server.http.features.resources import PATHS
from kgsync.server.http.features.tidying import CLEAN_UP, clean_up_call
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.layers import feature_service
from kgsync.server.parts import UploadSource
from kgsync.server.security.rights import Need

_CREATE = (
    "replicaName", "layers", "layerQueries", "geometry", "geometryType", "inSR", "replicaSR", "transportType",
    "returnAttachments", "returnAttachmentsDataByUrl", "attachmentsSyncDirection", "async", "syncModel", "dataFormat",
    "replicaOptions", "targetType", "syncDirection",
)  # fmt: skip
_SYNC = (
    "replicaID", "replicaServerGen", "replicaServerSibGen", "syncLayers", "syncDirection", "edits", "editsUploadId",
    "editsUploadFormat", "transportType", "returnIdsForAdds", "returnAttachmentsDataByUrl", "closeReplica", "async",
    "dataFormat", "rollbackOnFailure",
)  # fmt: skip
_PART = 1024 * 1024  # bytes of an answer in memory
# What a job says it does: the first while it has come no further than so many percent.
_PHASES = {
    JobKind.CREATE_FEATURES: ((0, "ProvisioningReplica"), (100, "ExportingData")),
    JobKind.SYNC_FEATURES: ((0, "InProgress"), (40, "ImportChanges"), (100, "ExportChanges")),
}


class Replicas:
    """Handlers; what is wrong goes back as JSON at HTTP 200."""

    def __init__(self, ctx: Context, calls: ReplicaCalls) -> None:
        self._ctx, self._calls = ctx, calls

    async def _given(self, asked: Admitted) -> Asked:
        texts = (await Asked.of(asked.request)).texts
        return Asked(texts, self._url(asked.request, asked.service))

    async def create(self, asked: Admitted) -> web.StreamResponse:
        given = await self._given(asked)
        form = _form(given)
        found, call = await self._calls.read_create(asked.service, given)
        if call.delivery.asynchronous:
            return await self._submitted(asked, given, JobKind.CREATE_FEATURES)
        answer = await self._calls.replicas.create(found, asked.who, call)
        return await self._answered(asked, answer, call.delivery, form)

    async def synchronize(self, asked: Admitted) -> web.StreamResponse:
        given = await self._given(asked)
        form = _form(given)
        found, call = await self._calls.read_sync(asked.service, given)
        if call.delivery.asynchronous:
            await self._calls.replicas.replica(asked.service, asked.who, call.replica_id)
            return await self._submitted(asked, given, JobKind.SYNC_FEATURES)
        source = UploadSource(
            body=await self._ctx.spooled(b""), idempotency_key=asked.request.headers.get("Idempotency-Key")
        )
        answer = await self._calls.synchronized(found, asked.who, call, given, source)
        return await self._answered(asked, answer, call.delivery, form)

    async def extract(self, asked: Admitted) -> web.StreamResponse:
        given = await self._given(asked)
        form, verbs = _form(given), self._ctx.verbs
        found, now = await feature_service(verbs, asked.service), verbs.clock()
        call = await verbs.runner.read("features", lambda: extract_call(given, found, verbs.wire, now))
        answer = await extract_changes(verbs, found, asked.who, call)
        return await self._answered(asked, answer, call.delivery, form)

    async def _submitted(self, asked: Admitted, given: Asked, kind: JobKind) -> web.StreamResponse:
        ctx, service = self._ctx, asked.service
        texts = {**given.texts, URL: given.url}
        body = await ctx.spooled(await ctx.verbs.runner.read("job body", lambda: json.dumps(texts).encode()))
        known = given.text("replicaID") if kind is JobKind.SYNC_FEATURES else None
        id = ctx.verbs.new_id() if known is None else replica_id(known, "replicaID")
        key = asked.request.headers.get("Idempotency-Key")
        job = await ctx.jobs.submit(service, asked.who, kind, body, replica_id=id, idempotency_key=key)
        return json_answer({"statusUrl": f"{self._url(asked.request, service)}/jobs/{job.id}"})

    def _url(self, request: web.Request, service: Service) -> str:
        return self._ctx.service_url(request, service, "FeatureServer")

    async def _answered(
        self, asked: Admitted, answer: FeatureAnswer, delivery: Delivery, form: str
    ) -> web.StreamResponse:
        """Send an answer: in itself, or with the address of its file."""
        if answer.archive is None:
            return json_answer(json.loads(answer.facts), pretty=form == "pjson")
        if not delivery.embedded:
            url = self._file_url(asked.request, asked.service, answer, asked.who.name)
            return json_answer({**json.loads(answer.facts), "URL": url}, pretty=form == "pjson")
        return await self._sent(asked.request, self._ctx.verbs.archives.path(answer.archive))

    async def _sent(self, request: web.Request, path: Path) -> web.StreamResponse:
        """Send a file this once, whole whatever part is asked for, and remove it."""
        headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
        read = self._ctx.verbs.runner.read
        response = web.StreamResponse(headers=headers)
        try:
            with await read("answer", lambda: path.open("rb")) as source:
                response.content_length = (await read("answer", path.stat)).st_size
                await response.prepare(request)
                while part := await read("answer", lambda: source.read(_PART)):
                    await response.write(part)
        finally:
            path.unlink(missing_ok=True)
        await response.write_eof()
        return response

    def _file_url(self, request: web.Request, service: Service, answer: FeatureAnswer, account: str) -> str:
        assert answer.archive is not None, "asked for answers with a file"
        return self._ctx.file_url(request, service, answer.archive, answer.bound, account)

    async def listed(self, asked: Admitted) -> web.StreamResponse:
        given = await Asked.of(asked.request)
        found = await self._calls.replicas.listed(asked.service, asked.who)
        with_date = given.truth("returnLastSyncDate", False)
        told: list[dict[str, Any]] = []
        for replica in found:
            facts: dict[str, Any] = {"replicaName": replica.name, "replicaID": str(replica.id).upper()}
            told.append({**facts, "lastSyncDate": replica.last_contact} if with_date else facts)
        return await self._told(asked, f"{asked.service.path}: replicas", told)

    async def described(self, asked: Admitted) -> web.StreamResponse:
        id = replica_id(asked.names["replica"], "replicaID")
        replica = await self._calls.replicas.replica(asked.service, asked.who, id)
        verbs = self._ctx.verbs
        model = await verbs.data_model(asked.service)
        return await self._told(asked, f"{asked.service.path}: {replica.name}", replica_json(replica, model))

    async def _told(self, asked: Admitted, title: str, told: Any) -> web.StreamResponse:
        form = await answer_form(asked.request, "json")
        if form == "html":
            return self._ctx.pages.facts(title, told if isinstance(told, dict) else {"replicas": told})
        return json_answer(told, pretty=form == "pjson")

    async def unregister(self, asked: Admitted) -> web.StreamResponse:
        given = await Asked.of(asked.request)
        text = given.text("replicaID")
        everything = text == "*"
        ids = () if everything else (replica_id(text, "replicaID"),)
        call = Unregister(ids=ids, everything=everything)
        results = await self._ctx.verbs.unregister(asked.service, asked.who, call, features=True)
        gone = {id for id, error in results if error is None}
        await self._ctx.jobs.cancel_of(asked.service, gone)
        error: KgsyncError | None = next((error for _, error in results if error is not None), None)
        if error is not None:
            return json_answer({"success": False, **json_error(int(error.code), error.message)})
        return json_answer({"success": True})

    async def clean_up(self, asked: Admitted) -> web.StreamResponse:
        """Forget what changed before a time or a generation; replicas that would need it create themselves anew."""
        given, verbs = await Asked.of(asked.request), self._ctx.verbs
        call = clean_up_call(given, verbs.clock())
        trimmed = await verbs.trim(asked.service, asked.who, call)
        if trimmed.error is not None:
            return json_answer({"success": False, **json_error(trimmed.error.code, trimmed.error.message)})
        return json_answer({"success": True, "minServerGen": trimmed.date.ms})

    # ---- jobs

    async def job(self, asked: Admitted) -> web.StreamResponse:
        name = asked.names["job"]
        job = await self._ctx.jobs.find(name, asked.who, asked.service, features=True)
        if job is None:
            raise NotFound(f"The job {name[:64]} does not exist")
        return await self._told(asked, f"{asked.service.path}: job", self._status(asked, job))

    def _status(self, asked: Admitted, job: Job) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if isinstance(job.result, FeatureAnswer):
            told |= json.loads(job.result.facts)
            if job.result.archive is not None:
                told["resultUrl"] = self._file_url(asked.request, asked.service, job.result, job.owner)
        told |= {"submissionTime": job.submitted, "lastUpdatedTime": job.updated, "status": _status(job)}
        if job.state.ended and job.state is not JobState.COMPLETED:
            code, message = (500, "The job failed") if job.error is None else (job.error.code, job.error.message)
            told["error"] = {"code": code, "message": message, "description": message, "details": []}
        return told


def _status(job: Job) -> str:
    """Say how far a job is, in the words clients wait for."""
    if job.state is JobState.COMPLETED:
        has_errors = isinstance(job.result, FeatureAnswer) and job.result.errors
        return "CompletedWithErrors" if has_errors else "Completed"
    if job.state.ended:
        return "Failed"
    return next(name for upto, name in _PHASES[job.kind] if job.progress <= upto)


def _form(given: Asked) -> str:
    form = (given.text("f") or "json").lower()
    if form not in ("json", "pjson"):
        raise MalformedInput(f"replicas are answered as json, not as {form[:20]!r}", place="f")
    return form


def routes(ctx: Context) -> list[Route]:
    face = Replicas(ctx, ReplicaCalls(ctx.verbs))
    both, post = ("GET", "POST"), ("POST",)
    operations = (
        ("/createReplica", face.create, Need.REPLICAS, post, _CREATE),
        ("/synchronizeReplica", face.synchronize, Need.OWN_REPLICA, post, _SYNC),
        ("/unRegisterReplica", face.unregister, Need.OWN_REPLICA, post, ("replicaID",)),
        ("/extractChanges", face.extract, Need.REPLICAS, post, TAKES),
        ("/replicas", face.listed, Need.REPLICAS, both, ("returnLastSyncDate",)),
        ("/replicas/{replica}", face.described, Need.OWN_REPLICA, both, ()),
        ("/jobs/{job}", face.job, Need.OWN_JOB, both, ()),
    )
    found = [
        Route(methods=methods, path=f"{path}{end}", handler=handler, need=need, reply="json", takes=takes)
        for path in PATHS
        for end, handler, need, methods, takes in operations
    ]
    for path in PATHS:
        admin = path.replace("rest/services", "rest/admin/services", 1)
        found.append(
            Route(
                methods=post,
                path=f"{admin}/cleanupChangeTracking",
                handler=face.clean_up,
                need=Need.SERVICE_OWNER,
                reply="json",
                takes=CLEAN_UP,
            )
        )
    return found
