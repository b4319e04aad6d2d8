"""HTTP itself: content types, CORS, compression, pages for people."""

import gzip
import http.client
import random
import uuid

from esriPBuffer.graph.ApplyEditsResponse_pb2 import GraphApplyEditsResult
from esriPBuffer.graph.CreateReplicaResponse_pb2 import CreateReplicaResponse
from esriPBuffer.graph.QueryDataModelResponse_pb2 import GraphDataModel

from tests.conformance.cases.applyedits import state
from tests.conformance.context import ANN, PORTAL, Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.registry import case
from tests.conformance.service import Service, definition
from tests.conformance.wire import BINARY, FORM, PROTOBUF, Answer, edits_body

ORIGIN = "https://app.example.org"


def allowed(answer: Answer) -> None:
    found = answer.headers.get("access-control-allow-origin")
    assert found in ("*", ORIGIN), f"Access-Control-Allow-Origin is {found!r}"


@case("HTTP-001", "facts/clients.md A§0.2: exactly application/x-protobuf, no charset")
def every_pbf_answer_has_the_exact_content_type(ctx: Context) -> None:
    replica = ctx.shared.replica()
    paths = ("dataModel/queryDataModel", "replicas", f"replicas/{uuid.UUID(bytes=replica.replica_id)}")
    for path in paths:
        answer = ctx.shared.raw("GET", path)
        assert answer.headers.get("content-type") == PROTOBUF, f"{path}: {answer.headers.get('content-type')!r}"
    answer = ctx.shared.raw("POST", "graph/applyEdits", b"\xff\xff")
    assert (answer.status, answer.headers.get("content-type")) == (200, PROTOBUF), answer


@case("HTTP-002", "facts/clients.md A§2.1: GETs without body also carry a Content-Type")
def a_content_type_on_a_get_is_no_matter(ctx: Context) -> None:
    answer = ctx.shared.raw("GET", "dataModel/queryDataModel", headers={"Content-Type": BINARY})
    assert answer.message(GraphDataModel).data_model_timestamp > 0


@case("HTTP-003", "facts/clients.md B: a raw message, no length prefix, no gzip inside")
def answers_are_bare_messages(ctx: Context) -> None:
    service = ctx.service()
    body = edits_body(edits_header(), [Edits().add("Person", ANN).frame])
    answer = service.raw("POST", "graph/applyEdits", body)
    assert not answer.body.startswith(b"\x1f\x8b"), "the message is gzipped inside"
    found = answer.message(GraphApplyEditsResult)
    assert (
        len(found.entity_add_results["Person"].id_array.any_value_array.values) == 1
        or len(found.entity_add_results["Person"].id_array.uuid_array) == 16
    ), f"clients would see no results: {found}"


@case("HTTP-004", "facts §11.1 WE DO: Content-Encoding gzip only when the client accepts it")
def answers_are_plain_unless_gzip_is_accepted(ctx: Context) -> None:
    plain = ctx.shared.raw("GET", "dataModel/queryDataModel", headers={"Accept-Encoding": "identity"})
    assert plain.headers.get("content-encoding") in (None, "identity"), plain.headers
    assert plain.message(GraphDataModel).data_model_timestamp > 0, "no data model"
    zipped = ctx.shared.raw("GET", "dataModel/queryDataModel", headers={"Accept-Encoding": "gzip"})
    assert zipped.message(GraphDataModel) == plain.message(GraphDataModel)


@case("HTTP-005", "facts/clients.md B CORS: Allow-Origin on every response, including errors")
def every_answer_may_be_read_by_a_page(ctx: Context) -> None:
    header = {"Origin": ORIGIN}
    replica = ctx.shared.replica()
    allowed(ctx.client.request("GET", ctx.shared.root, query={"f": "json"}, headers=header))
    allowed(ctx.shared.raw("GET", "replicas", headers=header))
    allowed(ctx.shared.raw("POST", "graph/applyEdits", b"\xff", headers=header))
    allowed(ctx.client.request("GET", ctx.shared.root, query={"f": "json"}, headers=header, anonymous=True))
    allowed(ctx.client.request("GET", f"{PORTAL}/info", query={"f": "json"}, headers=header, anonymous=True))
    allowed(ctx.client.request("GET", "/server/rest/nothing", headers=header))
    allowed(ctx.client.request("GET", replica.replica_data_url, headers=header))
    allowed(ctx.client.request("GET", replica.replica_data_url + "x", headers=header))


@case("HTTP-006", "facts/clients.md B CORS: OPTIONS needs Allow-Headers content-type, no token, Max-Age")
def a_preflight_is_answered_without_a_token(ctx: Context) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-esri-authorization",
    }
    for path in ("graph/applyEdits", "replicas/create"):
        answer = ctx.client.request("OPTIONS", f"{ctx.shared.root}/{path}", headers=asked, anonymous=True)
        assert answer.status in (200, 204), f"HTTP {answer.status}"
        allowed(answer)
        names = answer.headers.get("access-control-allow-headers", "").lower()
        assert "content-type" in names, f"Allow-Headers {names!r}"
        assert "x-esri-authorization" in names or names == "*", f"Allow-Headers {names!r}"
        assert "POST" in answer.headers.get("access-control-allow-methods", ""), answer.headers
        assert int(answer.headers.get("access-control-max-age", "0")) > 5, answer.headers


@case("HTTP-007", "facts/clients.md B: pbf POSTs carry the token as a query parameter")
def a_pbf_post_with_a_query_token_works(ctx: Context) -> None:
    query = {"f": "pbf", "token": str(ctx.client.token)}
    body = definition(("Person",), ()).SerializeToString()
    answer = ctx.client.request(
        "POST",
        f"{ctx.shared.root}/replicas/create",
        body,
        query=query,
        headers={"Content-Type": BINARY},
        anonymous=True,
    )
    assert len(answer.message(CreateReplicaResponse).create_replica_result.replica_id) == 16


@case("HTTP-008", "facts/clients.md B: in the body only for form POSTs, all parameters including f and token")
def a_form_post_carries_its_token_in_the_body(ctx: Context) -> None:
    body = f"f=json&token={ctx.client.token}".encode()
    answer = ctx.client.request("POST", ctx.shared.root, body, headers={"Content-Type": FORM}, anonymous=True)
    assert answer.json_object().get("currentVersion") == 12.1, answer.body[:200]


def page(ctx: Context, path: str) -> str:
    answer = ctx.client.get(f"{ctx.shared.root}{path}", f="html")
    assert answer.status == 200, f"HTTP {answer.status} for {path}"
    assert answer.headers.get("content-type", "").startswith("text/html"), answer.headers
    text = answer.text()
    assert "<html" in text.lower(), text[:200]
    return text


@case("HTTP-009", "issue 1 Faces: f=html gives a small readable page of the same facts; facts §1")
def the_service_has_a_page(ctx: Context) -> None:
    text = page(ctx, "")
    assert ctx.shared.name in text, "the page does not name the service"
    assert "12.1" in text, "the page does not name the version"


@case("HTTP-010", "facts §1: html is the default format")
def html_is_the_default(ctx: Context) -> None:
    answer = ctx.client.request("GET", ctx.shared.root)
    assert answer.headers.get("content-type", "").startswith("text/html"), answer.headers


@case("HTTP-011", "issue 1 Faces: f=html; D:kgs-replicas html")
def replicas_have_a_page(ctx: Context) -> None:
    replica = ctx.shared.replica()
    identifier = str(uuid.UUID(bytes=replica.replica_id))
    text = page(ctx, "/replicas")
    assert replica.replica_name in text, "the list does not name the replica"
    assert identifier in text.lower(), "the list does not show the replica's id, dashed lower case"
    own = page(ctx, f"/replicas/{identifier}")
    assert replica.replica_name in own, "the replica's page does not name it"
    assert "Person" in own, "the replica's page does not show its definition"


@case("HTTP-012", "D:kgs-datamodel-query html; issue 1 Faces")
def the_data_model_has_a_page(ctx: Context) -> None:
    text = page(ctx, "/dataModel/queryDataModel")
    for name in ("Person", "LivesIn", "wakes"):
        assert name in text, f"{name} is not on the page"


@case("HTTP-013", "issue 1 Faces: pages are escaped")
def names_are_escaped_on_pages(ctx: Context) -> None:
    mark = f"<script>alert('{uuid.uuid4().hex[:6]}')</script>"
    replica = ctx.shared.replica(name=mark)
    assert replica.replica_name == mark, replica.replica_name
    for path in ("/replicas", f"/replicas/{uuid.UUID(bytes=replica.replica_id)}"):
        text = page(ctx, path)
        assert mark not in text, f"{path} runs a replica's name as a script"
        assert "&lt;script&gt;" in text, f"{path} does not show the name"
    ctx.shared.unregister(replica.replica_id)


def chunked(service: Service, path: str, body: bytes) -> Answer:
    """A POST sent in chunks of seven bytes."""
    connection = service.client.connect()
    try:
        headers = {**service.client.headers(None, False), "Content-Type": BINARY}
        pieces = (body[at : at + 7] for at in range(0, len(body), 7))
        connection.request("POST", f"{service.root}/{path}?f=pbf", body=pieces, headers=headers, encode_chunked=True)
        response: http.client.HTTPResponse = connection.getresponse()
        content = response.read()
        found = {name.lower(): value for name, value in response.getheaders()}
    finally:
        connection.close()
    if found.get("content-encoding") == "gzip":
        content = gzip.decompress(content)
    return Answer(response.status, found, content)


@case("HTTP-014", "RFC 9112 §7.1 chunked requests; R: edits are a stream of frames")
def a_chunked_request_is_read_whole(ctx: Context) -> None:
    service = ctx.service()
    body = edits_body(edits_header(), [Edits().add("Person", ANN, name="Ann").frame])
    answer = chunked(service, "graph/applyEdits", body).message(GraphApplyEditsResult)
    assert not answer.entity_add_results["Person"].errors
    assert set(state(service)) == {ANN}


@case("HTTP-015", "issue 1 Faces: aiohttp's 1 MiB body cap must be raised; facts §17: 512 MiB")
def a_body_of_several_megabytes_is_taken(ctx: Context) -> None:

    service = ctx.service()
    photo = random.Random(1).randbytes(3 * 2**20)
    service.apply(Edits().add("Person", ANN, photo=photo))
    assert state(service)[ANN][3]["photo"] == photo


@case("HTTP-016", "facts §2.1: applyEdits is POST only; §1: never mutate on GET")
def a_get_of_apply_edits_applies_nothing(ctx: Context) -> None:
    service = ctx.service()
    body = edits_body(edits_header(), [Edits().add("Person", ANN).frame])
    service.raw("GET", "graph/applyEdits", body)
    service.still_up()
    assert not state(service), "a GET applied edits"
