"""A stranger's first hour, by the requests a deployed client sends: log in, publish, edit, replicate."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid

from esriPBuffer.graph.SynchronizeReplicaResponse_pb2 import SynchronizeReplicaResult

from tests.conformance.context import ANN, BOB, PORTAL, Context
from tests.conformance.edits import Edits
from tests.conformance.service import definition, deltas, snapshot, upload
from tests.harness import RunningServer

ADD, UPDATE, DELETE = 1, 2, 3


def test_a_gis_style_login_finds_what_it_asks_for(ctx: Context) -> None:
    info = ctx.client.get(f"{PORTAL}/info", f="json").json_object()
    assert info["authInfo"]["tokenServicesUrl"].startswith("http://127.0.0.1:")
    assert ctx.client.get(f"{PORTAL}/", f="json").json_object()["currentVersion"]
    me = ctx.client.get(f"{PORTAL}/portals/self", f="json").json_object()
    assert me["user"]["username"] == ctx.target.user
    user = ctx.client.get(f"{PORTAL}/community/users/{ctx.target.user}", f="json").json_object()
    assert any(":admin:" in privilege for privilege in user["privileges"])


def test_the_whole_round_works(ctx: Context) -> None:
    service = ctx.service()
    item = ctx.client.form(f"{PORTAL}/content/items/{service.item}", f="json").json_object()
    assert (item["type"], item["url"]) == ("Knowledge Graph", service.url)
    service.apply(Edits().add("Person", ANN, name="Ann").add("Person", BOB, name="Bob"))
    made = service.replica(name="Field")
    assert service.first_archive(made).ids(ADD) == {ANN, BOB}
    assert service.replicas()[uuid.UUID(bytes=made.replica_id)].replica_name == "Field"
    assert service.described(made.replica_id).replica_owner == ctx.target.user
    service.apply(Edits().update("Person", ANN, name="Anna").delete("Person", BOB))
    changes, date = service.delta(made.replica_id, made.sync_date)
    assert (changes.ids(UPDATE), changes.ids(DELETE), changes.ids(ADD)) == ({ANN}, {BOB}, set())
    again, _ = service.delta(made.replica_id, date)
    assert again.empty()
    whole, _ = service.snapshot_of(made.replica_id)
    assert whole.row(ANN).props["name"] == "Anna"
    assert not service.unregister(made.replica_id).unregister_results[0].error.error_code
    assert service.replicas() == {}


def test_an_upload_and_its_delta_go_in_one_call(ctx: Context) -> None:
    service = ctx.service()
    made = service.replica()
    request = upload(Edits().add("Person", ANN, name="Ann"), base=made.sync_date)
    result = service.synced(made.replica_id, request)
    assert service.archive(result.download_results.sync_data_url).ids(ADD) == {ANN}
    sent = result.upload_results.sync_edit_results.upload_edit_results
    assert sent.entity_add_results["Person"].id_array.uuid_array == ANN.bytes


def test_the_same_round_works_as_jobs(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    request = definition(("Person",), ())
    setattr(request, "async", True)
    _, first = service.finished(service.create(request).async_status_url)
    made = first.create_replica_result
    assert service.archive(made.replica_data_url).ids(ADD) == {ANN}
    service.apply(Edits().add("Person", BOB, name="Bob"))
    for wanted, expected in ((deltas(made.sync_date), {BOB}), (snapshot(), {ANN, BOB})):
        setattr(wanted, "async", True)
        _, done = service.finished(service.sync(made.replica_id, wanted).async_status_url)
        result: SynchronizeReplicaResult = done.synchronize_replica_result
        assert service.archive(result.download_results.sync_data_url).ids(ADD) == expected


def test_a_service_made_beside_the_server_is_seen_at_once(ctx: Context, server: RunningServer) -> None:
    name = ctx.fresh_name()
    command = [sys.executable, "-m", "kgsync", "service", "create", name, "--data-dir", str(server.data_dir)]
    command += ["--database-url", server.database_url] if server.database_url else []
    subprocess.run(command, check=True, capture_output=True)
    url = f"/server/rest/services/Hosted/{name}/KnowledgeGraphServer"
    assert ctx.client.get(url, f="json").json_object()["supportsSync"] is True


def test_names_in_pages_are_escaped(ctx: Context) -> None:
    service = ctx.service()
    service.replica(name="<script>alert(1)</script>")
    page = ctx.client.request("GET", f"{service.root}/replicas", query={"f": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert b"<script>" not in page.body
    assert b"&lt;script&gt;" in page.body
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_json_answers_carry_no_surprises(ctx: Context) -> None:
    service = ctx.service()
    body = json.dumps({"unregisterReplicaRequest": {"unregisterAll": {}}}).encode()
    answer = ctx.client.request(
        "POST", f"{service.root}/replicas/unregister", body, headers={"Content-Type": "application/json"}
    )
    assert answer.json_object() == {}
