"""The audit log from outside: who did what from where, without secrets, and whole."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from typing import Any

from kgsync.store.database import open_store
from tests.conformance.context import ANN, BOB, Context
from tests.conformance.edits import Edits
from tests.conformance.service import Service, refused, upload
from tests.conformance.wire import multipart
from tests.harness import PASSWORD, RunningServer
from tests.people import PASSWORD as THEIRS
from tests.people import Eyes, logged_in


def _audit(server: RunningServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    where = ["--data-dir", str(server.data_dir)]
    if server.database_url:
        where += ["--database-url", server.database_url]
    command = [sys.executable, "-m", "kgsync", "audit", *arguments, *where]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def _entries(server: RunningServer, service: Service) -> list[dict[str, Any]]:
    store = open_store(server.data_dir, server.database_url)
    try:
        with store.audit_log() as log, store.catalog() as catalog:
            names = {0: "server", **{s.id: s.path for s in catalog.services()}}
            found = [{**e.facts(), "name": names[svc]} for svc in log.chains() for e in log.entries(svc)]
    finally:
        store.close()
    for secret in (PASSWORD, THEIRS, str(service.client.token)):
        assert secret not in json.dumps(found)
    return found


def test_a_round_of_a_replica_is_written_down(server: RunningServer, ctx: Context, eyes: Eyes) -> None:
    service = ctx.service()
    ctx.share(service, org="true")
    logged_in(server, "ann").close()
    ann = eyes.service(service, "ann")
    ann.apply(Edits().add("Person", ANN, name="Secret Name"))
    made = ann.replica()
    answer = ann.synced(
        made.replica_id, upload(Edits().add("Person", BOB).add("Person", ANN, age=1), base=made.sync_date)
    )
    ann.first_archive(made)
    assert ann.download(made.replica_data_url, Range="bytes=1-").status == 206
    ann.unregister(made.replica_id)
    found = [e for e in _entries(server, service) if e["name"].endswith(service.name)]
    assert [e["action"] for e in found if e["action"] != "edit data model"] == [
        "create service",
        "share service",
        "apply edits",
        "create replica",
        "upload",
        "download",
        "fetch archive",
        "fetch archive",
        "unregister replica",
    ]
    edited = [e["facts"] for e in found if e["action"] == "edit data model"]
    assert edited, "the types came by an edit"
    assert {e["operation"] for e in edited} == {"namedTypes/add"}
    fetched = next(e for e in found if e["action"] == "fetch archive")
    assert (fetched["account"], fetched["replica"]) == ("ann", str(uuid.UUID(bytes=made.replica_id)))
    by_action = {e["action"]: e for e in found}
    brought, download = by_action["upload"], by_action["download"]
    assert (brought["account"], brought["address"]) == ("ann", "127.0.0.1")
    assert (brought["facts"]["adds"], brought["facts"]["refused"]) == (1, 1)
    assert brought["facts"]["base"] == download["facts"]["after"] == made.sync_date
    assert download["facts"]["upto"] == answer.sync_date
    assert download["facts"]["bytes"] > 0
    assert "Secret Name" not in json.dumps(found)


def test_tokens_and_files_are_written_down(server: RunningServer, ctx: Context, eyes: Eyes) -> None:
    logged_in(server, "dan").close()
    dan = eyes.client("dan")
    kind, body = multipart({"f": "json"}, {"file": ("x", b"12345")})
    base = "/portal/sharing/rest/content/users/dan"
    item = dan.request("POST", f"{base}/addItem", body, headers={"Content-Type": kind}).json_object()["id"]
    dan.form(f"{base}/items/{item}/delete", f="json")
    dan.form("/portal/sharing/rest/oauth2/revokeToken", auth_token=str(dan.token), f="json")
    found = [e for e in _entries(server, ctx.shared) if e["account"] == "dan"]
    assert [e["action"] for e in found if e["action"] != "log in"] == [
        "issue token",
        "issue token",
        "add file",
        "delete file",
        "revoke token",
    ]
    assert found[0]["action"] == "log in"
    added = next(e for e in found if e["action"] == "add file")
    assert added["facts"] == {"item": item, "bytes": 5}
    assert str(dan.token) not in json.dumps(found)


def test_refused_log_ins_are_written_down_with_who_was_tried(server: RunningServer, ctx: Context, eyes: Eyes) -> None:
    nobody = eyes.client()
    form = {"username": "mallory\r\nroot", "password": "guess who 1", "f": "json"}
    nobody.form("/portal/sharing/rest/generateToken", **form)
    found = [e for e in _entries(server, ctx.shared) if e["action"] == "log in refused"]
    assert found[-1]["account"] == "mallory\r\nroot", "as JSON text, where it breaks no line"
    assert "guess who 1" not in json.dumps(found)


def test_the_log_is_whole_and_a_hash_noted_elsewhere_is_in_it(server: RunningServer, ctx: Context) -> None:
    entries = _entries(server, ctx.shared)
    told = _audit(server, "export")
    assert told.returncode == 0, told.stderr
    exported = [json.loads(line) for line in told.stdout.splitlines()]
    assert [e["hash"] for e in exported] == [e["hash"] for e in entries]
    head = exported[-1]["hash"]
    assert _audit(server, "verify", "--head", head).returncode == 0
    told = _audit(server, "verify", "--head", "f" * 64)
    assert (told.returncode, "is not in the log" in told.stdout) == (1, True)


def test_a_resend_is_written_down_once(server: RunningServer, ctx: Context) -> None:
    service = ctx.service()
    made = service.replica()
    request = upload(Edits().add("Person", ANN), base=made.sync_date)
    for _ in range(2):
        service.synced(made.replica_id, request)
    found = [e["action"] for e in _entries(server, service) if e["name"].endswith(service.name)]
    assert (found.count("upload"), found.count("download")) == (1, 2)


def test_what_is_refused_whole_is_no_edit(server: RunningServer, ctx: Context, eyes: Eyes) -> None:
    service = ctx.service()
    refused(eyes.service(service, "bob").describe(bytes(16)).error, code=404)
    assert [e["action"] for e in _entries(server, service) if e["name"].endswith(service.name)].count("download") == 0
