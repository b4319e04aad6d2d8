"""kgsync trim: remove history of a service, or say what would go; beside a running server or without one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from kgsync.cli.options import DatabaseUrl, DataDir, existing_store, settings_from
from kgsync.errors import Conflict, MalformedInput
from kgsync.model.catalog import Service
from kgsync.model.history import Moment
from kgsync.model.people import OPERATOR
from kgsync.model.replica import Replica
from kgsync.model.trim import TrimBefore, Trimmed, TrimPreserving
from kgsync.server.clock import wall_clock
from kgsync.server.finding import service_named
from kgsync.server.upkeep import DAY_MS, preview_trim, trim_service


def register(app: typer.Typer) -> None:
    app.command("trim", help="Remove history of a service that no replica will ask for.")(trim)


def trim(
    service: Annotated[str, typer.Argument(help="Name of the service, with its folder if it is not Hosted.")],
    before: Annotated[str | None, typer.Option(help="Remove what is older than this date (ISO 8601 or ms).")] = None,
    keep_days: Annotated[float | None, typer.Option(min=0, help="Keep this many days.")] = None,
    preserve: Annotated[bool, typer.Option("--preserve", help="Keep what a replica may still need.")] = False,
    idle_days: Annotated[
        float | None, typer.Option(min=0, help="With --preserve: replicas silent for longer do not count.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Trim although replicas then need a snapshot.")] = False,
    unregister: Annotated[bool, typer.Option("--unregister", help="With --force: unregister those replicas.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; change nothing.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    wall = wall_clock()
    mode = _mode(before, keep_days, wall, preserve=preserve, idle_days=idle_days, force=force, unregister=unregister)
    store = existing_store(settings)
    try:
        found = service_named(store, service)
        with store.reading(found.id) as reading:
            replicas = {replica.id: replica for replica in reading.replicas()}
        if dry_run:
            done = preview_trim(store, found.id, mode, wall)
        else:
            done = trim_service(store, found.id, mode, wall, who=OPERATOR)
    finally:
        store.close()
    _show(found, done, replicas, dry_run=dry_run)
    if done.error is not None:
        raise Conflict(done.error.message)
    if dry_run and done.stale and isinstance(mode, TrimBefore) and not force:
        Console().print("Without --force this trim is refused.", highlight=False)


def _mode(
    before: str | None,
    keep_days: float | None,
    wall: int,
    *,
    preserve: bool,
    idle_days: float | None,
    force: bool,
    unregister: bool,
) -> TrimBefore | TrimPreserving:
    if (before is not None) == (keep_days is not None or preserve):
        raise MalformedInput("Say what goes: either --before DATE, or --keep-days N and/or --preserve")
    if unregister and not force:
        raise MalformedInput("--unregister needs --force")
    if preserve and force:
        raise MalformedInput("--preserve asks nothing of replicas it counts; there is nothing to force")
    if idle_days is not None and not preserve:
        raise MalformedInput("--idle-days needs --preserve")
    keep_ms = int((keep_days or 0) * DAY_MS)
    if preserve:
        # Nobody is idle for longer than there was time: only replicas below the floor do not count then.
        return TrimPreserving(idle_ms=wall if idle_days is None else int(idle_days * DAY_MS), keep_ms=keep_ms)
    date = Moment(wall - keep_ms) if before is None else Moment.parse(before)
    return TrimBefore(date=date, force=force, unregister=unregister)


def _show(service: Service, done: Trimmed, replicas: dict[UUID, Replica], *, dry_run: bool) -> None:
    console = Console()
    table = Table("Service", "Before", "Would go" if dry_run else "Went", "Of", "Percent")
    table.add_row(service.path, str(done.date), f"{done.rows:,}", f"{done.total:,}", f"{done.percent:.1f}")
    console.print(table)
    touched = (*done.stale, *done.unregistered)
    if not touched:
        return
    what = "unregistered" if done.unregistered else "needs a snapshot"
    listed = Table("Replica", "Owner", "Last synchronized", "Last heard of", "Then")
    for replica_id in touched:
        replica = replicas[replica_id]
        heard = datetime.fromtimestamp(replica.last_contact / 1000, UTC)
        listed.add_row(replica.name, replica.owner, str(replica.served), f"{heard:%Y-%m-%d %H:%M}Z", what)
    console.print(listed)
