"""Put the server together; the one place that names the concrete wire, store and files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import structlog

from kgsync.files.archives import Archives
from kgsync.files.items import Items
from kgsync.files.room import Room
from kgsync.files.spool import Spool
from kgsync.model.jobs import JobKind
from kgsync.server.clock import wall_clock
from kgsync.server.downloads import Downloads
from kgsync.server.http.context import Context
from kgsync.server.http.edge import Edge
from kgsync.server.http.features.replica_calls import ReplicaCalls
from kgsync.server.http.pages import Pages
from kgsync.server.jobs import JobRunner
from kgsync.server.opening import store_of
from kgsync.server.parts import Limits
from kgsync.server.quotas import Quotas
from kgsync.server.security.keys import Signers
from kgsync.server.security.oidc import OutsideTokens, issuer_of
from kgsync.server.security.tokens import Tokens
from kgsync.server.service import Verbs
from kgsync.server.settings import Settings
from kgsync.server.upkeep import Reencoder, TrimPolicy, trim_by_policy
from kgsync.server.watching import Watching
from kgsync.server.wiring import protobuf_wire
from kgsync.store.database import Store
from kgsync.store.runner import Runner
from kgsync.wire.pbf.frames import WireLimits
from kgsync.wire.pbf.implementation import require_native
from kgsync.wire.pbf.replicas import decode_create
from kgsync.wire.pbf.synchronize import decode_synchronize
from kgsync.wire.pbf.trim import decode_trim

_log = structlog.get_logger(__name__)
_HOUR_MS = 3_600_000
_MIB = 1024 * 1024
_SWEEP_SECONDS = 300.0
_TRIM_SECONDS = 3600.0
_REENCODE_SECONDS = 60.0


def limits_of(settings: Settings) -> WireLimits:
    return WireLimits(
        frame=settings.max_frame_mb * _MIB,
        ratio=settings.max_ratio,
        frames=settings.max_frames,
        upload=settings.max_unpacked_mb * _MIB,
        members=settings.max_archive_files,
    )


def quotas_of(settings: Settings) -> Quotas:
    return Quotas(
        jobs=settings.jobs_per_user,
        queries=settings.queries_per_user,
        archives=settings.archives_at_once,
        files=settings.files_per_user,
        replicas=settings.replicas_per_user,
        upload_bytes=settings.uploads_mb_per_user * _MIB,
        archive_bytes=settings.archives_mb_per_user * _MIB,
    )


def _room(settings: Settings) -> Room:
    return Room(settings.data_dir, settings.disk_reserve_mb * _MIB)


def verbs_of(settings: Settings, store: Store, runner: Runner) -> Verbs:
    return Verbs(
        store=store,
        runner=runner,
        archives=Archives(settings.data_dir / "archives", _room(settings)),
        items=Items(settings.data_dir / "items", _room(settings)),
        wire=protobuf_wire(settings.clause_seconds, limits_of(settings)),
        limits=Limits(
            archive_ms=int(settings.archive_hours * _HOUR_MS),
            resend_ms=int(settings.resend_minutes * 60_000),
            query_seconds=settings.query_seconds,
            most_edits=settings.max_edits,
            clause_bytes=settings.max_clause_kb * 1024,
        ),
        quotas=quotas_of(settings),
        clock=wall_clock,
        new_id=uuid4,
    )


async def _sweep(verbs: Verbs) -> None:
    """Forget expired archives and remove files nothing refers to, for ever."""
    while True:
        try:
            await verbs.runner.upkeep("sweep archives", lambda: sweep_archives(verbs))
        except Exception:  # noqa: BLE001  upkeep outlives every fault
            _log.exception("could not sweep archives")
        await asyncio.sleep(_SWEEP_SECONDS)


def sweep_archives(verbs: Verbs) -> int:
    """Remove expired archives, and files nothing refers to once they are an hour old: one may be in the making."""
    now = verbs.clock()
    with verbs.store.changing_catalog() as catalog:
        live, items = catalog.live_archives(now), catalog.all_items()
    verbs.items.sweep(items, now / 1000 - 3600)
    return verbs.archives.sweep(live, now / 1000 - 3600)


def policy_of(settings: Settings) -> TrimPolicy:
    return TrimPolicy(
        keep_days=settings.trim_keep_days,
        while_needed=settings.trim_while_needed,
        idle_days=settings.trim_idle_days,
    )


async def _trim(verbs: Verbs, policy: TrimPolicy) -> None:
    """Trim by the policy, for ever."""
    while True:
        try:
            await verbs.runner.archive("trim", lambda: trim_by_policy(verbs.store, policy, verbs.clock()))
        except Exception:  # noqa: BLE001  upkeep outlives every fault
            _log.exception("could not trim")
        await asyncio.sleep(_TRIM_SECONDS)


async def _reencode(verbs: Verbs) -> None:
    """Encode rows anew that a data-model edit left behind, for ever."""
    reencoder = Reencoder(verbs.store, verbs.wire.codec)
    while True:
        try:
            rows = await verbs.runner.archive("reencode", reencoder.pass_over_all)
        except Exception:  # noqa: BLE001  upkeep outlives every fault
            _log.exception("could not encode rows anew")
        else:
            if rows:
                _log.info("encoded rows anew", rows=rows)
        await asyncio.sleep(_REENCODE_SECONDS)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Context]:
    """Open everything a server needs, run its upkeep, and close it in order."""
    require_native()
    edge, issuer = Edge(settings), issuer_of(settings)
    store = await asyncio.to_thread(store_of, settings)
    runner = Runner()
    signers = await asyncio.to_thread(lambda: Signers(store, wall_clock()))
    verbs = verbs_of(settings, store, runner)
    jobs = JobRunner(
        verbs,
        settings.data_dir / "jobs",
        keep_ms=int(settings.job_hours * _HOUR_MS),
        decode_create=decode_create,
        decode_synchronize=decode_synchronize,
        decode_trim=decode_trim,
    )
    calls = ReplicaCalls(verbs)
    jobs.performers = {JobKind.CREATE_FEATURES: calls.create, JobKind.SYNC_FEATURES: calls.synchronize}
    upkeep = [
        asyncio.create_task(jobs.adopt()),
        asyncio.create_task(_sweep(verbs)),
        asyncio.create_task(_trim(verbs, policy_of(settings))),
        asyncio.create_task(_reencode(verbs)),
    ]
    try:
        yield Context(
            verbs=verbs,
            jobs=jobs,
            spool=Spool(settings.data_dir / "spool", _room(settings)),
            settings=settings,
            pages=Pages(),
            clock=wall_clock,
            tokens=Tokens(store, signers.tokens),
            pages_signer=signers.pages,
            edge=edge,
            downloads=Downloads(store, runner, signers.archives, wall_clock),
            watching=Watching(verbs, settings.heartbeat_seconds),
            outside=None if issuer is None else OutsideTokens(issuer, store, runner),
        )
    finally:
        for task in upkeep:
            task.cancel()
        await asyncio.gather(*upkeep, return_exceptions=True)
        await jobs.close()
        await asyncio.to_thread(runner.close)
        store.close()
