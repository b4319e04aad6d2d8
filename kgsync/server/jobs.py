"""Jobs: the same coroutines as synchronous calls, with a durable row, progress, cancel and takeover.

A row carries a lease that its runner raises every second. When a process dies, another (or the next one
after a restart) sees the lease stand still, takes the job over and runs it again from its kept request.
The once-ledger and the replica id fixed at submission keep a second run from doing anything twice, and a
runner that lost its job can neither end it nor remove its request.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import structlog

from kgsync.errors import AuthenticationError, Cancelled, Code, Conflict, KgsyncError, NotFound, TooMany
from kgsync.files.spool import Spooled
from kgsync.model.catalog import Service
from kgsync.model.jobs import Job, JobError, JobKind, JobResult, JobState
from kgsync.model.people import Account, Principal
from kgsync.model.replica import CreateReplica, Synchronize
from kgsync.model.trim import TrimCall
from kgsync.server.faults import fault as fault_told
from kgsync.server.faults import number_request
from kgsync.server.parts import UploadSource
from kgsync.server.security import rights
from kgsync.server.security.tokens import as_principal
from kgsync.server.service import Verbs
from kgsync.store.jobs import Work

_log = structlog.get_logger(__name__)
_BEAT_SECONDS = 1.0
_STILL_SECONDS = 8.0  # a runner beats every second; this long without one means it is gone
_LOOK_SECONDS = 2.0


# Does what a feature service was asked, from the texts of its parameters.
Performer = Callable[
    [Service, Principal, dict[str, str], UUID, UploadSource, Callable[[int], None]], Awaitable[JobResult]
]


class _Running:
    """One job in this process: what its threads report and heed."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.percent = 0
        self.stop = False

    def progress(self, percent: int) -> None:
        """Called from the working thread before every chunk. Raises Cancelled."""
        self.percent = percent
        if self.stop:
            raise Cancelled("The job was cancelled")


class JobRunner:
    """Submit, watch, cancel and take over jobs."""

    def __init__(
        self,
        verbs: Verbs,
        bodies: Path,
        *,
        keep_ms: int,
        decode_create: Callable[[bytes], CreateReplica],
        decode_synchronize: Callable[[BinaryIO, int], Synchronize],
        decode_trim: Callable[[bytes], TrimCall],
    ) -> None:
        self._verbs, self._bodies, self._keep_ms = verbs, bodies, keep_ms
        self._decode_create, self._decode_synchronize = decode_create, decode_synchronize
        self._decode_trim = decode_trim
        self._name = verbs.new_id().hex
        self._running: dict[str, _Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.performers: dict[JobKind, Performer] = {}
        bodies.mkdir(parents=True, exist_ok=True, mode=0o700)

    # ---- callers

    async def submit(
        self,
        service: Service,
        who: Principal,
        kind: JobKind,
        body: Spooled,
        *,
        replica_id: UUID | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Keep the request and start it.

        `replica_id` is the replica to synchronize, or the id to create; a trim has none.
        """
        now, job_id = self._verbs.clock(), f"j{self._verbs.new_id()}"
        job = Job(
            id=job_id,
            service=service.id,
            kind=kind,
            owner=who.name,
            state=JobState.EXECUTING,
            progress=0,
            submitted=now,
            updated=now,
        )
        request = json.dumps(
            {
                "address": who.address,
                "replica": None if replica_id is None else str(replica_id),
                "key": idempotency_key,
                "digest": body.digest,
                "size": body.size,
            }
        )

        def keep() -> Spooled:
            kept = body.keep(self._body(job_id), self._verbs.items.room)
            with self._verbs.store.changing_jobs() as jobs:
                running, most = jobs.running_of(who.name), self._verbs.quotas.jobs
                if running >= most and not who.administrator:
                    raise TooMany(f"{running} jobs of yours run already; wait until one has ended")
                jobs.add(job, request, self._name)
            return kept

        try:
            await self._verbs.runner.write("submit job", keep)
        except Exception:
            self._body(job_id).unlink(missing_ok=True)
            raise
        self._start(Work(job, request, 0))
        return job

    async def find(self, job_id: str, who: Principal, service: Service, *, features: bool = False) -> Job | None:
        """Find a job of the caller's, of the graph or of its layers; None for unknown, expired and foreign ones."""

        def look() -> Job | None:
            with self._verbs.store.jobs() as jobs:
                return jobs.find(job_id)

        found = await self._verbs.runner.read("job", look)
        if found is None or found.service != service.id or found.kind.of_features != features:
            return None
        if not (who.administrator or found.owner == who.name):
            return None
        running = self._running.get(job_id)
        return found if running is None else replace(found, progress=max(found.progress, running.percent))

    async def cancel(self, job_id: str, who: Principal, service: Service) -> None:
        """Ask a job to stop; past its commit point it completes. Raises NotFound, Conflict once it has ended."""
        found = await self.find(job_id, who, service)

        def ask() -> bool:
            with self._verbs.store.changing_jobs() as jobs:
                return jobs.request_cancel(job_id, self._verbs.clock())

        if found is None:
            raise NotFound(f"The job {job_id[:64]} does not exist")
        if found.state.ended or not await self._verbs.runner.write("cancel job", ask):
            raise Conflict(f"The job {job_id} is not running any more")
        running = self._running.get(job_id)
        if running is not None:
            running.stop = True

    # ---- running

    def _body(self, job_id: str) -> Path:
        return self._bodies / f"{job_id}.body"

    def _start(self, work: Work) -> None:
        running = _Running(work.job)
        self._running[work.job.id] = running
        task = asyncio.create_task(self._run(work, running), name=f"job {work.job.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, work: Work, running: _Running) -> None:
        number_request()  # a job outlives the request that began it, and has a number of its own
        beat = asyncio.create_task(self._beat(running))
        result: JobResult | None = None
        error: JobError | None = None
        state = JobState.COMPLETED
        try:
            running.stop = work.job.state is JobState.CANCELLING
            running.progress(0)
            result = await self._perform(work, running)
        except Cancelled as cancelled:
            state, error = JobState.CANCELLED, JobError(code=int(cancelled.code), message=cancelled.message)
        except KgsyncError as fault:
            state, error = JobState.FAILED, JobError(code=int(fault.code), message=fault.message)
        except asyncio.CancelledError:
            raise  # the process stops: the lease stands still and another takes over
        except Exception:  # noqa: BLE001  the edge of a task: logged, and told to the caller
            _log.exception("job failed", job=work.job.id)
            state = JobState.FAILED
            error = JobError(code=int(Code.INTERNAL), message=f"The job failed: {fault_told().message}")
        finally:
            beat.cancel()
            self._running.pop(work.job.id, None)
        await self._end(work.job.id, state, result, error)

    async def _end(self, job_id: str, state: JobState, result: JobResult | None, error: JobError | None) -> None:
        def end() -> None:
            with self._verbs.store.changing_jobs() as jobs:
                mine = jobs.end(job_id, self._name, state, self._verbs.clock(), result, error)
            if mine:
                self._body(job_id).unlink(missing_ok=True)
            else:
                _log.warning("job was taken over by another process", job=job_id)

        await self._verbs.runner.upkeep("end job", end)

    async def _perform(self, work: Work, running: _Running) -> JobResult:
        request = json.loads(work.request)
        who = await self._owner(work.job, request.get("address", ""))
        body = Spooled(None, self._body(work.job.id), request["size"], request["digest"])
        service = await self._service(work.job.service)
        rights.require_access(service, service.path, who)
        if work.job.kind is JobKind.TRIM:
            data = await self._verbs.runner.read("job body", body.read)
            trimmed = await self._verbs.trim(service, who, self._decode_trim(data), running.progress)
            await self.cancel_of(service, set(trimmed.unregistered))
            return trimmed
        replica_id = UUID(request["replica"])
        if work.job.kind.of_features:
            data = await self._verbs.runner.read("job body", body.read)
            source = UploadSource(body=body, idempotency_key=request["key"], job=work.job.id)
            perform = self.performers[work.job.kind]
            return await perform(service, who, json.loads(data), replica_id, source, running.progress)
        if work.job.kind is JobKind.CREATE:
            data = await self._verbs.runner.read("job body", body.read)
            call = replace(self._decode_create(data), replica_id=replica_id)
            return await self._verbs.create_replica(service, who, call, running.progress)

        def decode() -> Synchronize:
            with body.open() as source:
                return self._decode_synchronize(source, body.size)

        asked = await self._verbs.runner.read("job body", decode)
        upload = UploadSource(body=body, idempotency_key=request["key"], job=work.job.id)
        return await self._verbs.synchronize(service, who, replica_id, asked, upload, running.progress)

    async def _owner(self, job: Job, address: str) -> Principal:
        """Find who a job acts for, with the rights of today. Raises AuthenticationError."""

        def find() -> Account | None:
            with self._verbs.store.people() as people:
                return people.account(job.owner)

        account = await self._verbs.runner.read("job owner", find)
        if account is None or account.disabled:
            raise AuthenticationError(f"The user {job.owner} may no longer come in")
        return as_principal(account, address)

    async def _service(self, service_id: int) -> Service:
        def find() -> Service | None:
            with self._verbs.store.catalog() as catalog:
                return catalog.service_by_id(service_id)

        found = await self._verbs.runner.read("service", find)
        if found is None:
            raise NotFound("The service of this job does not exist any more")
        return found

    async def _beat(self, running: _Running) -> None:
        def beat() -> JobState | None:
            with self._verbs.store.changing_jobs() as jobs:
                return jobs.beat(running.job.id, self._name, running.percent, self._verbs.clock())

        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            try:
                state = await self._verbs.runner.upkeep("job beat", beat)
            except Exception:  # noqa: BLE001  a busy store: some beats may be missed
                _log.warning("a beat was missed", job=running.job.id)
                continue
            running.stop = running.stop or state in (JobState.CANCELLING, None)

    # ---- upkeep

    async def adopt(self) -> None:
        """Take over abandoned jobs and forget old ones, for ever; run as a task of the server."""
        seen: dict[str, tuple[int, float]] = {}  # job id to its lease and since when it stands still
        while True:
            try:
                await self._adopt_once(seen)
            except Exception:  # noqa: BLE001  upkeep outlives every fault
                _log.exception("could not look for jobs")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _adopt_once(self, seen: dict[str, tuple[int, float]]) -> None:
        before = self._verbs.clock() - self._keep_ms

        def look() -> tuple[list[Work], bool]:
            with self._verbs.store.jobs() as jobs:
                return jobs.running(), jobs.old(before)

        running, old = await self._verbs.runner.upkeep("look for jobs", look)
        now = time.monotonic()
        still = {w.job.id: seen.get(w.job.id, (w.lease, now)) for w in running}
        seen.clear()
        for work in running:
            lease, since = still[work.job.id]
            seen[work.job.id] = (work.lease, since if lease == work.lease else now)
            if work.job.id not in self._running and now - seen[work.job.id][1] > _STILL_SECONDS:
                await self._take(work)
        if old:
            await self._forget(before)

    async def _take(self, work: Work) -> None:
        def take() -> bool:
            with self._verbs.store.changing_jobs() as jobs:
                return jobs.take(work, self._name)

        if await self._verbs.runner.upkeep("take job", take):
            _log.info("job taken over", job=work.job.id)
            self._start(work)

    async def _forget(self, before: int) -> None:
        def forget() -> None:
            with self._verbs.store.changing_jobs() as jobs:
                gone = jobs.forget(before)
            for job_id in gone:
                self._body(job_id).unlink(missing_ok=True)

        await self._verbs.runner.upkeep("forget jobs", forget)

    async def cancel_of(self, service: Service, replica_ids: set[UUID]) -> None:
        """Ask the running jobs of these replicas to stop."""
        wanted = {str(replica_id) for replica_id in replica_ids}

        def ask() -> list[str]:
            with self._verbs.store.changing_jobs() as jobs:
                found = [w for w in jobs.running() if w.job.service == service.id]
                mine = [w.job.id for w in found if json.loads(w.request)["replica"] in wanted]
                return [job_id for job_id in mine if jobs.request_cancel(job_id, self._verbs.clock())]

        for job_id in await self._verbs.runner.upkeep("cancel jobs", ask):
            if job_id in self._running:
                self._running[job_id].stop = True

    async def close(self) -> None:
        """Stop what runs here; rows stay, so that the next process goes on."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
