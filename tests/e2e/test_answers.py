"""Answers beside a running server: digests kept when archives were served, conflicts of real uploads."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import typer

from kgsync.cli.conflicts import conflicts
from kgsync.cli.explain import explain
from kgsync.cli.verify import verify
from tests.conformance.archives import ADD
from tests.conformance.cases.delta import EDGE
from tests.conformance.cases.filters import Filtered, filtered, two
from tests.conformance.context import BOB, Context
from tests.conformance.edits import Edits
from tests.conformance.service import Service, deltas, snapshot, upload
from tests.harness import RunningServer


def _saved(service: Service, url: str, path: Path) -> Path:
    path.write_bytes(service.download(url).body)
    return path


def _verified(server: RunningServer, replica: bytes, *archives: Path) -> int:
    with pytest.raises(typer.Exit) as ended:
        name = str(uuid.UUID(bytes=replica))
        verify(name, list(archives), data_dir=server.data_dir, database_url=server.database_url)
    return ended.value.exit_code


def test_served_archives_are_verified_while_the_server_runs(
    ctx: Context, server: RunningServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = ctx.service()
    person = uuid.uuid4()
    service.apply(Edits().add("Person", person, name="Ann"))
    made = service.replica()
    first = _saved(service, made.replica_data_url, tmp_path / "0.zip")
    service.apply(Edits().update("Person", person, name="Anna"))
    assert _verified(server, made.replica_id, first) == 0
    assert "kept when" in capsys.readouterr().out
    result = service.synced(made.replica_id, deltas(made.sync_date))
    second = _saved(service, result.download_results.sync_data_url, tmp_path / "1.zip")
    assert _verified(server, made.replica_id, first, second) == 0
    fresh = service.synced(made.replica_id, snapshot())
    third = _saved(service, fresh.download_results.sync_data_url, tmp_path / "2.zip")
    service.apply(Edits().update("Person", person, name="Anne"))
    assert _verified(server, made.replica_id, third) == 0


def test_an_upload_that_overwrote_a_change_is_listed(
    ctx: Context, server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    service = ctx.service()
    person = uuid.uuid4()
    service.apply(Edits().add("Person", person, name="Ann"))
    made = service.replica()
    service.apply(Edits().update("Person", person, name="theirs"))
    service.synced(made.replica_id, upload(Edits().update("Person", person, name="mine"), base=made.sync_date))

    def told(number: int | None) -> Any:
        conflicts(service.name, number, as_json=True, data_dir=server.data_dir, database_url=server.database_url)
        return json.loads(capsys.readouterr().out)

    (entry,) = told(None)["conflicts"]
    assert (entry["object"], entry["account"], entry["operation"]) == (str(person), server.user, "update")
    sides = told(entry["number"])
    assert [sides[side]["properties"]["name"] for side in ("overwritten", "written")] == ["theirs", "mine"]


def test_a_relationship_is_told_by_the_delta_that_carried_it(
    ctx: Context, server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    service = two(ctx)
    replica = Filtered(service, filtered({"Person": "n.age > 30"}, {"Knows": ""}))
    service.apply(Edits().update("Person", BOB, age=50))
    before = replica.since
    replica.sends((ADD, BOB), (ADD, EDGE))
    name = str(uuid.UUID(bytes=replica.replica))
    explain(name, str(EDGE), as_json=True, data_dir=server.data_dir, database_url=server.database_url)
    told = json.loads(capsys.readouterr().out)
    assert (told["member"], told["heldThen"]) == (True, False)
    assert told["deltas"] == [{"after": before, "upto": replica.since, "says": ["add"]}]
