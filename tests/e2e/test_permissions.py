"""Every route, asked as everybody, about what is theirs and what is somebody else's.

The cases come from the route table itself: a route without a request here fails the test, so a new one cannot
escape it.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from esriPBuffer.graph.UnregisterReplicaRequest_pb2 import UnregisterReplicaRequest

from kgsync.cli.routes import inventory
from kgsync.model.catalog import Sharing
from kgsync.model.people import Role
from kgsync.server.finding import service_named
from kgsync.server.http.routing import Route
from kgsync.server.layers import publish_layers
from kgsync.server.security.rights import CALLERS, PERMISSIONS, Need
from kgsync.store.database import open_store
from tests.conformance.service import Service, definition, deltas
from tests.conformance.wire import BINARY, FORM, Answer, Client, multipart
from tests.harness import RunningServer, running_server
from tests.people import Eyes, logged_in, make_viewer

_NAMES = dict(zip(CALLERS, ("", "vera", "carl", "rosa", "olga", "admin"), strict=True))
# What says no by pretending there is nothing.
_HIDDEN = (Need.OWN_CONTENT, Need.ITEM, Need.REPLICAS, Need.OWN_REPLICA, Need.OWN_JOB, Need.LINK)


@dataclass(frozen=True)
class Things:
    """What one person has: a replica and its archive, a finished job, an uploaded file and one begun.

    `copy` and `work` are a replica of the layers and the job that made it, `sent` and `pieces` files for the layers.
    """

    user: str
    replica: uuid.UUID
    archive: str
    job: str
    item: str
    begun: str
    copy: str
    work: str
    sent: str
    pieces: str


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as running:
        yield running


def _layered(server: RunningServer, service: Service) -> None:
    """Publish the layers of a service, as its operator does."""
    store = open_store(server.data_dir, None)
    try:
        publish_layers(store, service_named(store, f"Hosted/{service.name}"), 1)
    finally:
        store.close()


@pytest.fixture(scope="module")
def shared(server: RunningServer) -> Iterator[Service]:
    """A service of Olga's, shared with the organization."""
    with closing(logged_in(server, "olga")) as olga:
        service = olga.service()
        _layered(server, service)
        olga.share(service, org="true")
        yield service


def _things(eyes: Eyes, shared: Service, name: str) -> Things:
    service = eyes.service(shared, name)
    made = service.replica()
    request = definition(("Person",), ())
    setattr(request, "async", True)
    url = service.create(request).async_status_url
    service.finished(url)
    home = f"/portal/sharing/rest/content/users/{name}/addItem"
    kind, body = multipart({"f": "json"}, {"file": ("x", b"x")})
    whole = service.client.request("POST", home, body, headers={"Content-Type": kind}).json_object()
    begun = service.client.form(home, multipart="true", filename="x", f="json").json_object()
    sent = service.client.request("POST", home, body, headers={"Content-Type": kind}).json_object()
    pieces = service.client.form(home, multipart="true", filename="x", f="json").json_object()
    copy, work = _feature_replica(service)
    return Things(
        user=name,
        replica=uuid.UUID(bytes=made.replica_id),
        # The signature is cut away: here it is the token that opens, or does not.
        archive=made.replica_data_url.rsplit("/", 1)[1].split(".")[0] + ".zip",
        job=url.split("/")[-2],
        item=str(whole["id"]),
        begun=str(begun["id"]),
        copy=copy,
        work=work,
        sent=str(sent["id"]),
        pieces=str(pieces["id"]),
    )


def _feature_replica(service: Service) -> tuple[str, str]:
    """Make a replica of a service's layers by a job; give the ids of both."""
    layers = f"/server/rest/services/Hosted/{service.name}/FeatureServer"
    asked = {"layers": "0", "async": "true", "f": "json"}
    job = str(service.client.form(f"{layers}/createReplica", **asked).json_object()["statusUrl"]).rsplit("/", 1)[1]
    for _ in range(600):
        told = service.client.request("GET", f"{layers}/jobs/{job}?f=json").json_object()
        if told["status"] == "Completed":
            return str(told["replicaID"]), job
        time.sleep(0.05)
    raise AssertionError(f"the job never ended: {told}")


def _filled(route: Route, shared: Service, theirs: Things) -> str:
    """Write the address of a route about somebody's things."""
    item = theirs.begun if route.path.endswith(("addPart", "commit")) else theirs.item
    if route.path.endswith(("/share", "/unshare")):
        item = theirs.item
    layered = "FeatureServer" in route.path
    if layered:
        item = theirs.pieces if route.path.endswith(("uploadPart", "commit", "parts")) else theirs.sent
    names = {
        "folder": "Hosted",
        "service": shared.name,
        "replica": theirs.copy if layered else str(theirs.replica),
        "job": theirs.work if layered else theirs.job,
        "user": theirs.user,
        "item": item,
        "type": "Nothing",
        "domain": "nothing",
        "layer": "0",
        "feature": "1",
        "attachment": "1",
        "place": f"{shared.name}_KnowledgeGraphServer",
        "file": theirs.archive,
    }
    path = route.path
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"the test does not know what stands for a name in {route.path}"
    return f"/{path}"


def _body(route: Route, theirs: Things) -> tuple[bytes, str]:
    """Give a request that gets far enough to be refused for whose it is about, and harmless where it is not."""
    if route.path.endswith("/synchronize"):
        return deltas(1).SerializeToString(), BINARY
    if route.path.endswith("/unregister"):
        return UnregisterReplicaRequest(replica_ids=theirs.replica.bytes).SerializeToString(), BINARY
    if route.path.endswith("/share"):
        return b"groups=", FORM
    if route.path.endswith("/synchronizeReplica"):
        return f"replicaID={theirs.copy}&syncDirection=snapshot".encode(), FORM
    if route.path.endswith("/unRegisterReplica"):
        return f"replicaID={theirs.copy}".encode(), FORM
    return b"", BINARY


def _refusal(route: Route, answer: Answer) -> int | None:
    """Give the code of a refusal, None when the caller was let in."""
    text = answer.body.decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except ValueError:
        return None
    error = found.get("error", {}) if isinstance(found, dict) else {}
    code = error.get("code") or error.get("errorCode")
    assert answer.status < 500 and code not in (500, 503), f"{route.path}: a fault is no permission: {text[:300]}"
    if code in (401, 403, 498, 499):
        return int(code)
    if code == 404 and "service" in text and "does not exist" in text:
        return 404
    # Told as an error, or inside an answer that otherwise succeeded.
    nothing = code == 404 or "UNAVAILABLE" in text or '"errorCode": 404' in text
    return 404 if nothing and route.need in _HIDDEN else None


def _asked(shared: Service, client: Client, route: Route, method: str, theirs: Things) -> int | None:
    body, kind = _body(route, theirs) if method == "POST" else (b"", BINARY)
    # A watch after a date to come ends at once.
    more = {"watch": "&after=99999999999999", "digest": "&syncDate=1"}.get(route.path.rsplit("/", 1)[-1], "")
    address = f"{_filled(route, shared, theirs)}?f=json{more}"
    return _refusal(route, client.request(method, address, body or None, headers={"Content-Type": kind}))


def _is_page(route: Route, method: str) -> bool:
    """Say whether a request is for the page that says how to call an operation, about nobody's things."""
    asks = "/jobs/" in route.path
    return method == "GET" and "POST" in route.methods and route.reply == "pbf" and not asks


def _routes() -> list[Route]:
    # What ends somebody's things comes last: the others are about them.
    last = ("unregister", "unRegisterReplica", "cancel", "commit", "items/{item}/delete")
    found = [r for r in asyncio.run(inventory()) if "{folder}" in r.path or "{service}" not in r.path]
    return sorted(found, key=lambda r: r.path.endswith(last))


@pytest.mark.parametrize("caller", CALLERS)
def test_every_route_lets_in_whom_the_table_says(server: RunningServer, shared: Service, caller: str) -> None:
    name = _NAMES[caller]
    wrong: list[str] = []
    with closing(Eyes(server)) as eyes:
        other = _things(eyes, shared, "carl" if name == "rosa" else "rosa")
        mine = _things(eyes, shared, name) if name else None
        if name == "vera":
            make_viewer(server, name)
        client = eyes.client(name)
        for route in _routes():
            cell = PERMISSIONS[route.need][CALLERS.index(caller)]
            for method in route.methods:
                if _is_page(route, method) and cell != "-":
                    continue
                for what, theirs, let_in in (("other's", other, cell == "yes"), ("own", mine, cell != "-")):
                    refused = None if theirs is None else _asked(shared, client, route, method, theirs)
                    asked = f"{method} {route.path} of {what}"
                    if theirs is not None and (refused is None) is not let_in:
                        wrong.append(f"{asked}: {refused or 'let in'}, the table says {cell}")
                    if refused is not None and caller != "anonymous" and refused in (498, 499):
                        wrong.append(f"{asked}: {refused} to somebody who is signed in")
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def sharings(server: RunningServer) -> Iterator[dict[Sharing, Service]]:
    """Services of Olga's, one for each way to share."""
    with closing(logged_in(server, "olga")) as olga:
        found = {sharing: olga.service() for sharing in Sharing}
        for service in found.values():
            _layered(server, service)
        olga.share(found[Sharing.ORGANIZATION], org="true")
        olga.share(found[Sharing.EVERYONE], everyone="true")
        yield found


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("sharing", Sharing)
def test_sharing_decides_for_every_route_whether_there_is_a_service(
    server: RunningServer, sharings: dict[Sharing, Service], sharing: Sharing, caller: str
) -> None:
    service, name = sharings[sharing], _NAMES[caller]
    if caller == "viewer":
        name = "vito"  # who never was anything else
    wrong: list[str] = []
    with closing(Eyes(server)) as eyes:
        olgas = _things(eyes, service, "olga")
        client = eyes.client(name, Role.VIEWER if caller == "viewer" else Role.CONTRIBUTOR)
        for route in (r for r in _routes() if r.about_service and not r.path.endswith(_ENDING)):
            for method in route.methods:
                told = _asked(service, client, route, method, olgas)
                expected = _expected(route, method, sharing, caller)
                if told not in expected:
                    wrong.append(f"{method} {route.path}: {told or 'let in'}, expected one of {expected}")
    assert not wrong, "\n".join(wrong)


_ENDING = ("unregister", "unRegisterReplica", "cancel")


def _expected(route: Route, method: str, sharing: Sharing, caller: str) -> tuple[int | None, ...]:
    """Say what somebody may hear who asks about what Olga has."""
    if caller in ("service owner", "administrator"):
        return (None,)
    looks = route.need in (Need.ACCESS, Need.QUERY)
    if caller == "anonymous":
        return (None,) if looks and sharing is Sharing.EVERYONE else (499,)
    if sharing is Sharing.PRIVATE:
        return (404,)
    if looks:
        return (None,)
    cell = PERMISSIONS[route.need][CALLERS.index(caller)]
    if _is_page(route, method) and cell != "-":
        return (None,)
    return (None,) if cell == "yes" else (403, 404)


def test_the_matrix_asks_about_every_need() -> None:
    assert {route.need for route in _routes()} == set(PERMISSIONS)
