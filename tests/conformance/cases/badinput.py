"""Bytes that no client should send: a clear error in a readable form, and the server still up."""

import gzip
import random
import uuid

from esriPBuffer.graph.AddFieldsResponse_pb2 import GraphPropertyAddsResponse
from esriPBuffer.graph.AddNamedTypesResponse_pb2 import GraphNamedObjectTypeAddsResponse
from esriPBuffer.graph.ApplyEditsResponse_pb2 import GraphApplyEditsResult
from esriPBuffer.graph.SynchronizeReplicaResponse_pb2 import SynchronizeReplicaResponse
from esriPBuffer.graph.UnregisterReplicaResponse_pb2 import UnregisterReplicaResponse
from google.protobuf.message import Message

from tests.conformance.cases.applyedits import ids_of, state
from tests.conformance.cases.replicas import refused_create
from tests.conformance.cases.synchronize import refused_sync
from tests.conformance.context import ANN, Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.registry import case
from tests.conformance.service import definition, refused, upload
from tests.conformance.wire import FORM, edits_body, prefixed, varint, zipped_frame

BAD = "issue 1 Bad input; laws.md law 10"
# Field numbers, wire types and varints that no parser takes.
GARBAGE = (b"\xff" * 16, b"\x0f", b"\x08", b"\x0a\x7f", b"\x80" * 11, b"not protobuf at all \xfe\xfd")


def dead_link(ctx: Context, url: str) -> None:
    """No archive, no crash: an error object under a status clients can live with."""
    answer = ctx.client.request("GET", url)
    assert answer.status in (200, 404, 410), f"HTTP {answer.status}"
    assert not answer.body.startswith(b"PK"), "an archive came back"
    answer.json_error()


@case("BAD-001", BAD + ": random bytes to applyEdits")
def garbage_edits_are_refused(ctx: Context) -> None:
    for wrong in (*GARBAGE, b""):
        refused(ctx.shared.post(GraphApplyEditsResult, "graph/applyEdits", wrong).error)
    ctx.shared.still_up()


@case("BAD-002", BAD + ": truncated bytes to applyEdits, at every place")
def truncated_edits_are_refused(ctx: Context) -> None:
    service = ctx.service()
    body = edits_body(edits_header(), [Edits().add("Person", ANN, name="Ann").frame])
    header = len(prefixed(edits_header().SerializeToString()))
    for cut in (1, header - 1, header + 1, header + 5, len(body) - 9, len(body) - 1):
        refused(service.post(GraphApplyEditsResult, "graph/applyEdits", body[:cut]).error)
    assert not state(service), "a truncated request was applied"


@case("BAD-003", BAD + ": wrong lengths in the framing")
def wrong_lengths_in_the_framing_are_refused(ctx: Context) -> None:
    header = prefixed(edits_header().SerializeToString())
    for wrong in (
        varint(2**62) + b"x",
        header + varint(2**40),
        header + varint(2**63 - 1) + b"abc",
        b"\xff" * 9 + b"\x7f",
    ):
        refused(ctx.shared.post(GraphApplyEditsResult, "graph/applyEdits", wrong).error)
    ctx.shared.still_up()


@case("BAD-004", BAD + ": a frame that inflates past the cap (64 MiB)")
def a_frame_that_inflates_past_the_cap_is_refused(ctx: Context) -> None:
    bomb = prefixed(gzip.compress(bytes(65 * 2**20 + 1), compresslevel=1))
    body = prefixed(edits_header().SerializeToString()) + bomb
    refused(ctx.shared.post(GraphApplyEditsResult, "graph/applyEdits", body).error)
    ctx.shared.still_up()


@case("BAD-005", BAD + ": a frame that is no gzip, a broken checksum")
def a_broken_frame_is_refused(ctx: Context) -> None:
    service = ctx.service()
    header = prefixed(edits_header().SerializeToString())
    good = gzip.compress(Edits().add("Person", ANN).frame.SerializeToString())
    flipped = good[:-8] + bytes([good[-8] ^ 1]) + good[-7:]
    plain = Edits().add("Person", ANN).frame.SerializeToString()
    for wrong in (flipped, good[:-1], plain, b"", good[:10]):
        refused(service.post(GraphApplyEditsResult, "graph/applyEdits", header + prefixed(wrong)).error)
    assert not state(service)


@case("BAD-006", BAD + ": random bytes to create; clients.md A§0.4: an empty result beside the error")
def garbage_creates_nothing(ctx: Context) -> None:
    before = set(ctx.shared.replicas())
    for wrong in (*GARBAGE, b"", definition(("Person",), ()).SerializeToString()[:-3]):
        refused_create(ctx.shared.create(wrong))
    assert set(ctx.shared.replicas()) == before


@case("BAD-007", BAD + ": random bytes to synchronize; clients.md A§0.4")
def garbage_does_not_synchronize(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    good = upload(Edits().add("Person", ANN, name="Ann"), base=replica.sync_date).SerializeToString()
    for wrong in (*GARBAGE, b"", good[:-1], good[: len(good) // 2]):
        refused_sync(service.sync(replica.replica_id, wrong))
    assert not state(service)


@case("BAD-008", BAD + ": random bytes to unregister")
def garbage_unregisters_nothing(ctx: Context) -> None:
    before = set(ctx.shared.replicas())
    for wrong in GARBAGE:
        refused(ctx.shared.post(UnregisterReplicaResponse, "replicas/unregister", wrong).error)
    assert set(ctx.shared.replicas()) == before


@case("BAD-009", BAD + ": random bytes to the data model")
def garbage_leaves_the_data_model_alone(ctx: Context) -> None:
    before = ctx.shared.model()
    root = "dataModel/edit/namedTypes"
    for wrong in GARBAGE:
        refused(ctx.shared.post(GraphNamedObjectTypeAddsResponse, f"{root}/add", wrong).error)
        refused(ctx.shared.post(GraphPropertyAddsResponse, f"{root}/Person/fields/add", wrong).error)
    assert ctx.shared.model() == before


def mutated(good: bytes, seed: int) -> bytes:
    dice = random.Random(seed)
    out = bytearray(good)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(out))
        match dice.randrange(3):
            case 0:
                out[at] = dice.randrange(256)
            case 1:
                del out[at]
            case _:
                out.insert(at, dice.randrange(256))
    return bytes(out)


def readable(ctx: Context, path: str, kind: type[Message], good: bytes, rounds: int) -> None:
    """Whatever a mutation means, the answer is a message of the right kind at HTTP 200."""
    for seed in range(rounds):
        ctx.shared_values.post(kind, path, mutated(good, seed))
    ctx.shared_values.still_up()


@case("BAD-010", BAD + ": mutated valid messages to applyEdits")
def mutated_edits_are_answered(ctx: Context) -> None:
    frame = Edits().add("Place", None, name="x", people=3).frame
    good = edits_body(edits_header(), [frame])
    readable(ctx, "graph/applyEdits", GraphApplyEditsResult, good, 40)
    raw = frame.SerializeToString()
    for seed in range(40):
        body = prefixed(edits_header().SerializeToString()) + zipped_frame(mutated(raw, seed))
        ctx.shared_values.post(GraphApplyEditsResult, "graph/applyEdits", body)
    answer = ctx.shared_values.post(GraphApplyEditsResult, "graph/applyEdits", good)
    assert len(ids_of(answer.entity_add_results["Place"])) == 1, "the unharmed message is no longer applied"


@case("BAD-011", BAD + ": mutated valid messages to synchronize")
def mutated_synchronizes_are_answered(ctx: Context) -> None:

    replica = ctx.shared_values.replica(("Place",), ())
    good = upload(Edits().add("Place", None, name="x"), base=replica.sync_date).SerializeToString()
    path = f"replicas/{uuid.UUID(bytes=replica.replica_id)}/synchronize"
    readable(ctx, path, SynchronizeReplicaResponse, good, 30)


@case("BAD-012", "facts §14: unknown path 404; facts/clients.md A§1.2: 404 is fine on probes")
def an_unknown_path_is_not_found(ctx: Context) -> None:
    for path in ("/nothing/here", "/server/rest/nothing"):
        answer = ctx.client.get(path, f="json")
        assert answer.status == 404, f"HTTP {answer.status} for {path}"


@case("BAD-017", "facts/clients.md A§0.3: never 4xx or 5xx on a KG operation, clients send it again")
def an_unknown_operation_is_an_error_with_status_200(ctx: Context) -> None:
    for path in ("nothing", "graph/nothing", "dataModel/searchIndex/update", "graph/search"):
        for method in ("GET", "POST"):
            answer = ctx.shared.raw(method, path)
            assert answer.status == 200, f"HTTP {answer.status} for {method} {path}"
            assert answer.json_error()["code"], f"no error for {method} {path}"


@case("BAD-018", BAD + ": forms that are no text, too large, or broken; facts/clients.md A§0.3")
def broken_forms_are_errors_with_status_200(ctx: Context) -> None:
    path = f"{ctx.shared.root}/replicas/unregister"
    form = "application/x-www-form-urlencoded"
    wrong = (
        (f"{form}; charset=bogus", b"a=b"),
        (form, b"a=" + bytes(5 * 2**20)),
        (form, b"\xff=%ff&\x00"),
        ("multipart/form-data; boundary=x", b"--x\r\nno headers"),
        ("multipart/form-data", b"no boundary"),
    )
    for kind, body in wrong:
        for where in (path, f"{ctx.shared.root}/uploads/upload"):
            answer = ctx.client.request("POST", where, body, headers={"Content-Type": kind})
            assert answer.status == 200, f"HTTP {answer.status} for {kind} to {where}"
            assert "access-control-allow-origin" in answer.headers, f"no CORS header for {kind}"
    ctx.shared.still_up()


@case("BAD-013", BAD + ": unknown service")
def an_unknown_service_is_an_error(ctx: Context) -> None:
    path = ctx.shared.root.replace(ctx.shared.name, f"{ctx.shared.name}_nowhere")
    answer = ctx.client.get(path, f="json")
    assert answer.status in (200, 404), f"HTTP {answer.status}"
    answer.json_error()


@case("BAD-014", "facts/clients.md A§2.3: never a 4xx or 5xx on a KG operation, whatever its Content-Type")
def a_wrong_content_type_is_no_http_error(ctx: Context) -> None:
    for kind in (FORM, "text/plain", "multipart/form-data"):
        answer = ctx.shared.raw("POST", "graph/applyEdits", b"a=b", {"Content-Type": kind})
        assert answer.status == 200, f"HTTP {answer.status} for {kind}"
        refused(answer.message(GraphApplyEditsResult).error)


@case("BAD-015", BAD + ": text that is no UTF-8 inside a message")
def text_that_is_no_utf8_is_refused(ctx: Context) -> None:
    body = definition(("Person",), ()).SerializeToString().replace(b"Person", b"Per\xff\xfen")
    refused_create(ctx.shared.create(body))


@case("BAD-016", BAD + ": a message nested without end")
def bottomless_nesting_is_refused(ctx: Context) -> None:
    value = b"\x0a\x02\x60\x00"
    for _ in range(2000):
        value = b"\xa2\x01" + varint(len(value)) + value  # AnyValue.unknown_value
    frame = Edits().add("Person", ANN).frame.SerializeToString()
    # The id of a NamedObjectAdd (field 3) holds the nested value.
    add = b"\x0a" + varint(len(inner := b"\x1a" + varint(len(value)) + value)) + inner
    adds = b"\x0a" + varint(len(add)) + add
    entry = b"\x0a\x06Person\x12" + varint(len(adds)) + adds
    entities = b"\x0a" + varint(len(entry)) + entry
    body = b"\x0a" + varint(len(entities)) + entities
    assert frame, "the frame of the same shape parses"
    wire = prefixed(edits_header().SerializeToString()) + zipped_frame(body)
    answer = ctx.shared.post(GraphApplyEditsResult, "graph/applyEdits", wire)
    errors = [answer.error, *answer.entity_add_results["Person"].errors.values()]
    assert any(error.error_code for error in errors), f"accepted: {answer}"
    ctx.shared.still_up()
