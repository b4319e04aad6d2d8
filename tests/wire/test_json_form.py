"""Requests in JSON are the same requests as bytes; answers in JSON say the same as their bytes."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import Any

import pytest
from esriPBuffer.graph import CreateReplicaRequest_pb2 as create
from esriPBuffer.graph import SynchronizeReplicaRequest_pb2 as synchronize
from esriPBuffer.graph import UnregisterReplicaRequest_pb2 as unregister
from google.protobuf import json_format

from kgsync.errors import Conflict, MalformedInput, NotFound
from kgsync.model.history import Moment
from kgsync.model.jobs import Job, JobKind, JobState
from kgsync.model.replica import Created, Synchronized
from kgsync.wire.pbf.jobs import encode_status
from kgsync.wire.pbf.json_form import parse_request, render_answer
from kgsync.wire.pbf.replicas import decode_create, encode_create_error, encode_created, encode_unregistered
from kgsync.wire.pbf.synchronize import encode_synchronized
from tests.wire.samples import ID, ORIGIN

CREATE, SYNC, UNREGISTER = "createReplicaRequest", "synchronizeReplicaRequest", "unregisterReplicaRequest"
_KINDS = {
    CREATE: create.CreateReplicaRequest,
    SYNC: synchronize.SynchronizeReplicaRequest,
    UNREGISTER: unregister.UnregisterReplicaRequest,
}


def _parse(kind: str, value: Any) -> Any:
    return _KINDS[kind].FromString(parse_request(kind, json.dumps(value).encode()))


def _create() -> Any:
    message = create.CreateReplicaRequest(requested_replica_name="mine", sync_direction=1, data_format=1)
    message.replica_id = ID.bytes
    entry = message.replica_filters.static_definition.entity_types.add().entity_type_replica_definition
    entry.type_name, entry.open_cypher_where_clause = "Person", "n.age > 3"
    return message


def _plain(message: Any, snake: bool = False) -> dict[str, Any]:
    out: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=snake)
    return out


@pytest.mark.parametrize("snake", [False, True])
@pytest.mark.parametrize("wrapped", [False, True])
def test_names_are_camel_or_snake_and_may_be_wrapped(snake: bool, wrapped: bool) -> None:
    value = _plain(_create(), snake)

    assert _parse(CREATE, {CREATE: value} if wrapped else value) == _create()


@pytest.mark.parametrize(
    "text",
    [str(ID), f"{{{ID}}}".upper(), ID.hex, base64.b64encode(ID.bytes).decode()],
    ids=["dashed", "braced", "hex", "64"],
)
def test_ids_are_text_in_every_form(text: str) -> None:
    assert _parse(CREATE, {"replicaId": text}).replica_id == ID.bytes
    assert _parse(CREATE, {"referenceReplica": {"referenceReplicaId": text}}).reference_replica == (
        create.ReferenceReplica(reference_replica_id=ID.bytes)
    )


def test_several_ids_are_a_list() -> None:
    message = _parse(UNREGISTER, {"replicaIds": [str(ID), f"{{{ORIGIN}}}"]})

    assert message.replica_ids == ID.bytes + ORIGIN.bytes


@pytest.mark.parametrize("date", [1_700_000_000_123, "1700000000123", "2023-11-14T22:13:20.123Z"])
def test_dates_are_ms_or_iso(date: object) -> None:
    value = {"downloadParameters": {"replicaDeltas": {"lastSyncDate": date}}}

    assert _parse(SYNC, value).download_parameters.replica_deltas.last_sync_date == 1_700_000_000_123


@pytest.mark.parametrize("direction", ["UPLOAD", 2])
def test_enum_members_are_names_or_numbers(direction: object) -> None:
    assert _parse(CREATE, {"syncDirection": direction}).sync_direction == 2


def test_parameters_of_the_call_are_passed_over() -> None:
    data = parse_request("createReplicaRequest", b'{"f": "json", "token": "x", "requestedReplicaName": "n"}')
    assert create.CreateReplicaRequest.FromString(data).requested_replica_name == "n"


def _deep(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"x": value}
    return value


@pytest.mark.parametrize(
    "value",
    [
        {"replicaId": 5},
        {"replicaId": "nobody!"},
        {"replicaId": None},
        {"replicaId": [None]},
        {"syncDirection": "SIDEWAYS"},
        {"syncDirection": 4},
        {"syncDirection": ["UPLOAD"]},
        {"dataFormat": "SQLITE"},
        {"dataFormat": 2},
        {"requestedReplicaName": 5},
        {"requestedReplicaName": "\ud800"},
        {"async": "yes"},
        {"replicaFilters": 5},
        {"replicaFilters": {}, "referenceReplica": {}},
        {"syncDate": "yesterday"},
        {CREATE: 5},
        {CREATE: []},
        _deep(100),
    ],
)
def test_a_wrong_request_is_malformed(value: object) -> None:
    with pytest.raises(MalformedInput):
        _parse(CREATE, value)


@pytest.mark.parametrize("date", [2**63, str(2**63), 1.5, "9" * 5000, True, {}, []])
def test_a_wrong_date_is_malformed(date: object) -> None:
    with pytest.raises(MalformedInput):
        _parse(SYNC, {"downloadParameters": {"replicaDeltas": {"lastSyncDate": date}}})


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"5", b'"x"', b"{", b"\xff", b"{}{}", b'{"a":' * 100_000])
def test_a_body_that_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedInput):
        parse_request(CREATE, body)


def test_an_error_names_the_field_it_is_about() -> None:
    with pytest.raises(MalformedInput) as caught:
        _parse(CREATE, {"replicaFilters": {"list": [{"replicaId": 5}]}})

    assert caught.value.place == "replicaFilters.list[0].replicaId"


def test_an_answer_writes_ids_dashed_and_dates_in_iso() -> None:
    done = Created(replica_id=ID, name="r", requested_name="r", sync_date=Moment(1_700_000_000_123), archive="a")

    found = render_answer("created", encode_created(done, "https://a"))["createReplicaResult"]

    assert found["replicaId"] == str(ID)
    assert found["syncDate"] == "2023-11-14T22:13:20.123Z"
    assert (found["replicaDataFormat"], found["replicaDataUrl"]) == ("PBF", "https://a")


def test_an_answers_error_is_code_message_and_details() -> None:
    found = render_answer("created", encode_create_error(Conflict("taken")))

    assert found["error"] == {"code": 409, "message": "taken", "details": []}


def test_inner_errors_keep_their_names_and_have_numbers_for_codes() -> None:
    found = render_answer("unregistered", encode_unregistered([(ID, NotFound("gone"))]))

    assert found["unregisterResults"] == [{"replicaId": str(ID), "error": {"errorCode": 404, "errorMessage": "gone"}}]


def test_a_jobs_status_has_iso_dates_and_a_number_for_progress() -> None:
    job = Job(
        id="1",
        service=1,
        kind=JobKind.CREATE,
        owner="a",
        state=JobState.EXECUTING,
        progress=40,
        submitted=0,
        updated=1,
    )

    found = render_answer("status", encode_status(job, "u"))

    assert found["progressStatus"] == {"code": 40, "message": "executing"}
    assert (found["asyncStatus"], found["lastUpdatedTime"]) == ("ASYNC_STATUS_EXECUTING", "1970-01-01T00:00:00.001Z")


def test_a_date_an_answer_sends_is_a_date_a_request_takes() -> None:
    done = Synchronized(replica_id=ID, sync_date=Moment(1_700_000_000_123))
    sent = render_answer("synchronized", encode_synchronized(done, None))["synchronizeReplicaResult"]["syncDate"]

    back = _parse(SYNC, {"downloadParameters": {"replicaDeltas": {"lastSyncDate": sent}}})

    assert back.download_parameters.replica_deltas.last_sync_date == 1_700_000_000_123


def test_a_parsed_request_decodes_like_its_bytes() -> None:
    data = parse_request(CREATE, json.dumps(_plain(_create())).encode())

    assert decode_create(data) == decode_create(_create().SerializeToString())


def test_every_answer_is_fit_for_json() -> None:
    done = Created(replica_id=ID, name="\u202e漢", requested_name="", sync_date=Moment(-1), archive="a")

    assert json.loads(json.dumps(render_answer("created", encode_created(done, "u"))))


@pytest.mark.parametrize("name", ["opencypherWhereClause", "where", "filter"])
def test_a_misspelt_member_is_named_not_ignored(name: str) -> None:
    wanted = {"entityTypeReplicaDefinition": {"typeName": "A", name: "n.a = 1"}}
    body = json.dumps({"replicaFilters": {"staticDefinition": {"entityTypes": [wanted]}}})
    with pytest.raises(MalformedInput, match=name):
        parse_request("createReplicaRequest", body.encode())


def test_the_same_json_is_the_same_bytes_in_every_process() -> None:
    names = [f"Type{k}" for k in range(12)]
    frames: list[dict[str, object]] = [{"adds": {"entities": {n: {"entityAdds": [{}]} for n in names}}}]
    body = json.dumps({"uploadEdits": {"syncApplyEdits": {"frames": {"frames": frames}}}})
    code = (
        "import hashlib, sys; from kgsync.wire.pbf.json_form import parse_request; "
        "print(hashlib.sha256(parse_request('synchronizeReplicaRequest', sys.stdin.buffer.read())).hexdigest())"
    )
    digests = {
        subprocess.run([sys.executable, "-c", code], input=body.encode(), capture_output=True, check=True).stdout
        for _ in range(4)
    }
    assert len(digests) == 1
