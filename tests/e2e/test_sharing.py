"""Sharing: for whom a service exists, and that everybody else cannot tell it from one that does not."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from urllib.parse import quote

import pytest
from esriPBuffer.graph.ApplyEditsResponse_pb2 import GraphApplyEditsResult
from esriPBuffer.graph.QueryRequest_pb2 import GraphQueryRequest

from kgsync.model.people import Role
from tests.conformance.context import ANN, Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.service import DIRECTIONS, Service, definition, refused, upload
from tests.conformance.wire import BINARY, edits_body
from tests.harness import RunningServer
from tests.people import Eyes


@pytest.fixture(scope="module")
def server(sqlite_server: RunningServer) -> RunningServer:
    return sqlite_server


@pytest.fixture
def private(ctx: Context) -> Service:
    """A service nobody was given: new ones are private."""
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    return service


def _code(service: Service) -> int | None:
    error = service.client.get(service.url, f="json").json_object().get("error")
    return None if error is None else int(error["code"])


def test_a_private_service_does_not_exist_for_others(eyes: Eyes, private: Service) -> None:
    bob = eyes.client("bob")
    missing = private.url.replace(private.name, f"x{uuid.uuid4().hex}")
    for path, f in (("", "json"), ("/dataModel/queryDataModel", "pbf"), ("/replicas", "json"), ("/graph", "html")):
        told = [bob.get(url + path, f=f) for url in (private.url, missing)]
        texts = {a.body.replace(private.name.encode(), b"").replace(missing.split("/")[-2].encode(), b"") for a in told}
        assert len(texts) == 1, "a foreign service is told like a missing one"
        assert {a.status for a in told} == {200}
    assert bob.get(f"/portal/sharing/rest/content/items/{private.item}", f="json").json_error()["code"] == 404


def test_who_says_nothing_is_asked_to_whatever_is_there(eyes: Eyes, private: Service) -> None:
    nobody = eyes.client()
    for url in (private.url, private.url.replace(private.name, "nothing")):
        assert nobody.get(url, f="json").json_error()["code"] == 499


def test_sharing_with_the_organization_lets_in_who_is_signed_in(ctx: Context, eyes: Eyes, private: Service) -> None:
    bob, nobody = eyes.service(private, "bob"), eyes.service(private)
    assert ctx.share(private, org="true") == {"itemId": private.item, "notSharedWith": []}
    assert (_code(bob), _code(nobody)) == (None, 499)
    assert (
        bob.client.get(f"/portal/sharing/rest/content/items/{private.item}", f="json").json_object()["access"] == "org"
    )
    ctx.share(private)
    assert (_code(bob), _code(nobody)) == (404, 499)


def test_sharing_with_everyone_lets_nobody_in_particular_look_and_nothing_more(
    ctx: Context, eyes: Eyes, private: Service
) -> None:
    nobody = eyes.service(private)
    ctx.share(private, everyone="true")
    assert _code(nobody) is None
    answer = nobody.client.get(f"{private.url}/graph/query", openCypherQuery="MATCH (n:Person) RETURN n.name", f="html")
    assert b"Ann" in answer.body
    for path in ("/replicas", "/jobs/j1/status", "/graph/applyEdits", "/dataModel/domains/add"):
        assert nobody.client.get(private.url + path, f="json").json_error()["code"] == 499, path
    bad = eyes.service(private, token="not a token")
    assert _code(bad) == 498, "a token that is not good is told even where none is needed"


def test_only_owners_share(ctx: Context, eyes: Eyes, private: Service) -> None:
    ctx.share(private, org="true")
    bob = eyes.client("bob")
    for user, code in (("bob", 404), (ctx.target.user, 403)):
        path = f"/portal/sharing/rest/content/users/{user}/items/{private.item}/share"
        assert bob.form(path, everyone="true", f="json").json_error()["code"] == code
    nobody = eyes.service(private)
    assert _code(nobody) == 499


def test_a_viewer_downloads_and_sends_nothing(ctx: Context, eyes: Eyes, private: Service) -> None:
    ctx.share(private, org="true")
    viewer = eyes.service(private, "vera", Role.VIEWER)
    for direction in ("BIDIRECTIONAL", "UPLOAD"):
        request = definition(("Person",), ())
        request.sync_direction = DIRECTIONS[direction]
        refused(viewer.create(request).error, "edit", code=403)
    made = viewer.replica(direction="DOWNLOAD")
    assert viewer.first_archive(made).ids(1) == {ANN}


def test_who_lost_access_is_answered_no_more(ctx: Context, eyes: Eyes, private: Service) -> None:
    ctx.share(private, org="true")
    bob = eyes.service(private, "bob")
    made = bob.replica()
    link, nobody = made.replica_data_url, eyes.client()
    assert nobody.get(link).status == 200, "the signature alone opens"
    ctx.share(private)
    assert nobody.get(link).status == 404
    assert bob.client.get(link).status == 404
    refused(bob.describe(made.replica_id).error, "does not exist", code=404)
    ctx.share(private, org="true")
    assert nobody.get(link).status == 200
    bob.unregister(made.replica_id)
    assert nobody.get(link).status == 404


def test_an_archive_opens_by_its_link_or_to_whom_the_replica_is(ctx: Context, eyes: Eyes, private: Service) -> None:
    ctx.share(private, org="true")
    bob, eve = eyes.service(private, "bob"), eyes.service(private, "eve")
    link, other = (s.replica().replica_data_url for s in (bob, eve))
    name, signature = link.rsplit("/", 1)[1].removesuffix(".zip").split(".")
    foreign = other.rsplit("/", 1)[1].removesuffix(".zip").split(".")[1]
    bare = link.replace(f".{signature}", "")
    nobody = eyes.client()
    assert nobody.get(link).status == 200
    for wrong in (bare, link.replace(signature, foreign), link.replace(signature, "A" * 22), link.replace(name, "x")):
        assert nobody.get(wrong).status == 404, wrong
    assert bob.client.get(bare).status == 200
    assert nobody.get(bare, token=bob.client.token or "").status == 200
    assert ctx.client.get(bare).status == 200, "administrators have every replica"
    assert eve.client.get(bare).status == 404


def test_a_service_that_takes_no_deletes_keeps_its_types(ctx: Context, eyes: Eyes) -> None:
    service = ctx.service(capabilities="Query,Create")
    ctx.share(service, org="true")
    bob = eyes.service(service, "bob")
    for operation in ("delete", "fields/delete", "fields/update"):
        answer = bob.raw("POST", f"dataModel/edit/namedTypes/Person/{operation}", b"", f="json")
        assert answer.json_error()["code"] == 403, operation
    assert b"error" not in bob.raw("POST", "dataModel/edit/namedTypes/add", b"", f="json").body


def _slowly(service: Service, path: str, body: bytes, meanwhile: Callable[[], object], kind: str = BINARY) -> bytes:
    """Send a body in two halves; what is done in between takes longer than rights are believed."""
    connection = service.client.connect(service.url)
    try:
        connection.putrequest(
            "POST", service.client.path(path if path.startswith("/") else f"{service.url}/{path}", {"f": "pbf"})
        )
        for name, value in {
            **service.client.headers({"Content-Type": kind}, False),
            "Content-Length": str(len(body)),
        }.items():
            connection.putheader(name, value)
        connection.endheaders(body[: len(body) // 2])
        time.sleep(0.5)
        meanwhile()
        time.sleep(0.7)
        connection.send(body[len(body) // 2 :])
        return connection.getresponse().read()
    finally:
        connection.close()


def test_rights_lost_while_a_body_comes_in_are_lost(ctx: Context, eyes: Eyes, private: Service) -> None:
    ctx.share(private, org="true")
    carl = eyes.service(private, "carl")
    made = carl.replica()
    edits = edits_body(edits_header(), [Edits().add("Person", uuid.uuid4(), name="late").frame])
    told = _slowly(carl, "graph/applyEdits", edits, lambda: ctx.share(private))
    assert GraphApplyEditsResult.FromString(told).error.error_code == 404
    ctx.share(private, org="true")
    sync = upload(Edits().add("Person", uuid.uuid4(), name="late")).SerializeToString()
    where = f"replicas/{uuid.UUID(bytes=made.replica_id)}/synchronize"

    def revoke() -> None:
        path = "/portal/sharing/rest/oauth2/revokeToken"
        assert carl.client.form(path, auth_token=str(carl.client.token), f="json").json_object()["success"]

    assert json.loads(_slowly(carl, where, sync, revoke))["error"]["code"] == 498
    assert [row.props["name"] for row in private.first_archive(private.replica()).rows] == ["Ann"]


def test_a_query_and_a_form_that_come_in_slowly_are_asked_again_too(ctx: Context, eyes: Eyes, private: Service) -> None:
    ctx.share(private, org="true")
    dora = eyes.service(private, "dora")
    query = GraphQueryRequest(open_cypher_query="MATCH (n:Person) RETURN n.name").SerializeToString()
    told = _slowly(dora, "graph/query", query, lambda: ctx.share(private))
    assert b"does not exist" in told
    assert b"Ann" not in told
    alma = eyes.service(private, "alma", Role.ADMINISTRATOR)
    form = f"f=json&input={quote(json.dumps({'description': 'too late' * 100}))}".encode()

    def revoke() -> None:
        alma.client.form("/portal/sharing/rest/oauth2/revokeToken", auth_token=str(alma.client.token), f="json")

    told = _slowly(alma, f"{alma.admin}/updateDefinition", form, revoke, "application/x-www-form-urlencoded")
    assert json.loads(told)["error"]["code"] == 498
    assert "too late" not in private.definition()["description"]
