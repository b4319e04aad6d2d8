"""The restore drill: back up a serving server, lose it, restore, and see that every client converges."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.archives import Copy
from tests.conformance.cases.trim import two_replicas
from tests.conformance.context import ANN, BOB, Context, Target
from tests.conformance.edits import Edits
from tests.conformance.service import Service, deltas, refused, upload
from tests.harness import running_server
from tests.postgres import fresh_database


def _kgsync(*arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {k: v for k, v in os.environ.items() if not k.startswith("KGSYNC_")}
    variables |= {"COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "kgsync", *arguments], env=variables, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(params=["sqlite", "postgres"])
def urls(request: pytest.FixtureRequest) -> Iterator[tuple[str | None, str | None]]:
    if request.param == "sqlite":
        yield None, None
        return
    with fresh_database() as first, fresh_database() as second:
        yield first, second


def _where(directory: Path, url: str | None) -> list[str]:
    return ["--data-dir", str(directory), *(("--database-url", url) if url else ())]


def test_a_server_lost_after_its_backup_misleads_no_client(urls: tuple[str | None, str | None], tmp_path: Path) -> None:
    lost, found, backup = tmp_path / "lost", tmp_path / "found", tmp_path / "backup"
    with running_server(lost, database_url=urls[0]) as server:
        context = Context(Target(server.url, server.user, server.password, "e2e"))
        service, early, late = two_replicas(context)
        item = context.add_item(b"an uploaded file")
        copies = {r.replica_id: Copy().apply(service.snapshot_of(r.replica_id)[0]) for r in (early, late)}
        dates = dict.fromkeys(copies, service.described(late.replica_id).last_sync_date)
        told = _kgsync("backup", str(backup), *_where(lost, urls[0]))  # while it serves
        assert service.name in told.stdout
        service.apply(Edits().update("Person", ANN, name="lost").add("Person", BOB, name="lost"))
        archive, dates[late.replica_id] = service.delta(late.replica_id, dates[late.replica_id])
        copies[late.replica_id].apply(archive)
        server.kill()
        context.close()
    told = _kgsync("restore", str(backup), *_where(found, urls[1]))
    assert service.name in told.stdout
    with running_server(found, database_url=urls[1]) as server:
        context = Context(Target(server.url, server.user, server.password, "e2e"))
        service = Service(
            context.client, service.name, service.item, service.url.replace(_root(service.url), server.url)
        )
        service.apply(Edits().update("Person", ANN, name="after the restore"))
        refused(service.sync(late.replica_id, deltas(dates[late.replica_id])).error, "restored", "snapshot", code=410)
        blind = service.synced(late.replica_id, upload(Edits().update("Person", ANN, nick="x")))
        assert not blind.sync_date, "an upload was told a date its data is ahead of"
        archive, _ = service.delta(early.replica_id, dates[early.replica_id])
        copies[early.replica_id].apply(archive)
        now = Copy().apply(service.snapshot_of(late.replica_id)[0])
        assert copies[early.replica_id].objects == now.objects
        assert BOB not in now.objects
        held = context.client.get(f"/portal/sharing/rest/content/items/{item.hex}", f="json").json_object()
        assert held["size"] == len(b"an uploaded file")
        context.close()


def _root(url: str) -> str:
    return "/".join(url.split("/")[:3])
