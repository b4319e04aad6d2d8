"""Trimming from outside: who may, what the policy does by itself, and that writers are not kept waiting."""

from __future__ import annotations

import time
from pathlib import Path

from tests.conformance.cases.trim import ask, asked, before, preserving, statistics, two_replicas
from tests.conformance.context import ANN, Context
from tests.conformance.edits import Edits
from tests.conformance.service import Service, deltas, refused
from tests.e2e.conftest import context_of
from tests.harness import RunningServer, running_server
from tests.people import Eyes, logged_in


def test_only_owners_and_administrators_trim(ctx: Context, eyes: Eyes) -> None:
    service, late, _ = two_replicas(ctx)
    ctx.share(service, org="true")
    stranger = eyes.service(service, "bob")
    background = preserving()
    setattr(background, "async", True)
    for request in (preserving(), statistics(), background):
        refused(ask(stranger, request).error, "owner", code=403)
    service.delta(late.replica_id, late.sync_date)


def test_an_owner_who_is_no_administrator_trims(server: RunningServer, ctx: Context) -> None:
    mine = logged_in(server, "carla")
    service, late, _ = two_replicas(mine)
    assert asked(service, preserving()).trim_preserve_result.trim_before_date == late.sync_date
    mine.close()


def test_the_policy_trims_by_itself(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, context_of(server) as context:
        service, late, _ = two_replicas(context)
    keep = {"KGSYNC_TRIM_KEEP_DAYS": "0.000001"}
    with running_server(tmp_path, environment=keep) as server, context_of(server) as context:
        service = Service(context.client, service.name, service.item, service.url)
        deadline = time.monotonic() + 20
        while not (error := service.sync(late.replica_id, deltas(late.sync_date)).error).error_code:
            assert time.monotonic() < deadline, "nothing was trimmed"
            time.sleep(0.05)
        refused(error, "snapshot", code=410)
        service.snapshot_of(late.replica_id)


def test_edits_go_on_while_history_is_trimmed(server: RunningServer, ctx: Context) -> None:
    service, _, current = two_replicas(ctx)
    request = before(current.sync_date, force=True)
    setattr(request, "async", True)
    url = ask(service, request).async_status_url
    service.apply(Edits().update("Person", ANN, name="4"))
    service.finished(url)
    archive, _ = service.delta(current.replica_id, current.sync_date)
    assert archive.row(ANN).props["name"] == "4"
