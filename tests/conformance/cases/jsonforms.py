"""The documents' own JSON form of create, synchronize and unregister."""

import base64
import json
import uuid
from datetime import UTC, datetime
from typing import Any

from tests.conformance.cases.applyedits import state
from tests.conformance.cases.uploadfile import body_of
from tests.conformance.context import ANN, BOB, Context
from tests.conformance.edits import Edits
from tests.conformance.registry import case
from tests.conformance.service import Service
from tests.conformance.wire import JSON

FORM = "issue 1 Faces: application/json in the documents' own form; S2"


def ask(service: Service, path: str, body: Any) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    where = f"{service.root}/{path}"
    answer = service.client.request("POST", where, raw, query={"f": "json"}, headers={"Content-Type": JSON})
    assert answer.status == 200, f"HTTP {answer.status}: {answer.body[:200]!r}"
    assert answer.headers.get("content-type", "").startswith(JSON), answer.headers
    return answer.json_object()


def wanted(*entities: str, **more: Any) -> dict[str, Any]:
    types = [{"entityTypeReplicaDefinition": {"typeName": name}} for name in entities]
    filters = {"staticDefinition": {"entityTypes": types, "relationshipTypes": []}}
    return {"replicaFilters": filters, "syncDirection": "BIDIRECTIONAL", "dataFormat": "PBF", **more}


def moment(value: Any) -> int:
    """A date of a JSON answer in ms: a number, its text, or ISO 8601."""
    if isinstance(value, int):
        return value
    text = str(value)
    if text.lstrip("-").isdigit():
        return int(text)
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def result_of(answer: dict[str, Any], name: str) -> dict[str, Any]:
    assert "error" not in answer, answer
    found = answer.get(name)
    assert isinstance(found, dict), f"no {name}: {answer}"
    return found


def json_refusal(answer: dict[str, Any], *words: str) -> None:
    error = answer.get("error")
    assert isinstance(error, dict), f"no error: {answer}"
    code = error.get("code", error.get("errorCode"))
    text = str(error.get("message", error.get("errorMessage", "")))
    assert code, error
    for word in words:
        assert word.lower() in text.lower(), error


def path_of(replica: bytes) -> str:
    return f"replicas/{uuid.UUID(bytes=replica)}/synchronize"


@case("JSON-001", FORM + ": create, with the wrapper")
def a_replica_is_created_by_json(ctx: Context) -> None:
    identifier = uuid.uuid4()
    body = wanted("Person", requestedReplicaName="by json", replicaId=f"{{{identifier}}}".upper())
    answer = result_of(ask(ctx.shared, "replicas/create", {"createReplicaRequest": body}), "createReplicaResult")
    assert answer["replicaId"] == str(identifier), f"{answer['replicaId']!r}: dashed lower case was due"
    assert answer["requestedReplicaName"] == "by json", answer
    assert moment(answer["syncDate"]) > 1_500_000_000_000, answer
    archive = ctx.shared.archive(str(answer["replicaDataUrl"]))
    assert archive.ids(1) == {ANN, BOB}
    ctx.shared.unregister(identifier.bytes)


@case("JSON-002", FORM + ": the wrapper is optional, ids without braces")
def the_wrapper_may_be_left_out(ctx: Context) -> None:
    identifier = uuid.uuid4()
    answer = ask(ctx.shared, "replicas/create", wanted("Person", replicaId=str(identifier)))
    assert result_of(answer, "createReplicaResult")["replicaId"] == str(identifier)
    assert identifier in ctx.shared.replicas()


@case("JSON-003", FORM + ": synchronize replicaDeltas, dates as ms")
def a_delta_is_asked_for_by_json(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    service.apply(Edits().add("Person", ANN))
    download = {"replicaDeltas": {"lastSyncDate": replica.sync_date}, "dataFormat": "PBF"}
    body = {"synchronizeReplicaRequest": {"downloadParameters": download}}
    found = result_of(ask(service, path_of(replica.replica_id), body), "synchronizeReplicaResult")
    assert uuid.UUID(str(found["replicaId"]).strip("{}")).bytes == replica.replica_id, found
    assert moment(found["syncDate"]) > replica.sync_date, found
    assert found["downloadResults"]["syncDataFormat"] == "PBF", found
    archive = service.archive(found["downloadResults"]["syncDataUrl"])
    assert archive.ids(1) == {ANN}


@case("JSON-004", FORM + ": dates as ms or ISO")
def a_date_may_be_iso_text(ctx: Context) -> None:

    service = ctx.service()
    replica = service.replica()
    service.apply(Edits().add("Person", ANN))
    since = datetime.fromtimestamp(replica.sync_date // 1000, UTC).replace(microsecond=replica.sync_date % 1000 * 1000)
    for text in (since.isoformat(timespec="milliseconds").replace("+00:00", "Z"), str(replica.sync_date)):
        body = {"synchronizeReplicaRequest": {"downloadParameters": {"replicaDeltas": {"lastSyncDate": text}}}}
        found = result_of(ask(service, path_of(replica.replica_id), body), "synchronizeReplicaResult")
        assert service.archive(found["downloadResults"]["syncDataUrl"]).ids(1) == {ANN}, text


@case("JSON-005", FORM + ": replicaSnapshot {}")
def a_snapshot_is_asked_for_by_json(ctx: Context) -> None:
    replica = ctx.shared.replica(("Person",), ())
    body = {"synchronizeReplicaRequest": {"downloadParameters": {"replicaSnapshot": {}, "dataFormat": "PBF"}}}
    found = result_of(ask(ctx.shared, path_of(replica.replica_id), body), "synchronizeReplicaResult")
    assert ctx.shared.archive(found["downloadResults"]["syncDataUrl"]).ids(1) == {ANN, BOB}


@case("JSON-006", FORM + ": syncApplyEdits with editsHeader and frames")
def edits_are_uploaded_by_json(ctx: Context) -> None:
    service = ctx.service()
    replica = service.replica()
    identifier = {"primitiveValue": {"uuidValue": base64.b64encode(ANN.bytes).decode()}}
    name = {"key": "name", "value": {"primitiveValue": {"stringValue": "Ann"}}}
    entity = {"entity": {"id": identifier, "properties": [name]}}
    frame = {"adds": {"entities": {"Person": {"entityAdds": [entity]}}}}
    edits = {"syncApplyEdits": {"editsHeader": {}, "frames": {"frames": [frame, {"updates": {}}, {"deletes": {}}]}}}
    body = {"synchronizeReplicaRequest": {"uploadEdits": edits}}
    found = result_of(ask(service, path_of(replica.replica_id), body), "synchronizeReplicaResult")
    assert found["uploadResults"]["syncEditResults"]["uploadEditResults"], found
    assert state(service)[ANN][3]["name"] == "Ann"


@case("JSON-007", FORM + ": uploadFile with editsUploadId as a uuid")
def an_upload_file_is_named_by_json(ctx: Context) -> None:

    service = ctx.service()
    replica = service.replica()
    item = ctx.add_item(body_of(Edits().add("Person", ANN)))
    edits = {"uploadFile": {"editsUploadId": str(item).upper(), "uploadFormat": "PBF"}}
    body = {"synchronizeReplicaRequest": {"uploadEdits": edits}}
    result_of(ask(service, path_of(replica.replica_id), body), "synchronizeReplicaResult")
    assert set(state(service)) == {ANN}


@case("JSON-008", FORM + ": unregister; replicaIds with or without braces")
def replicas_are_unregistered_by_json(ctx: Context) -> None:
    service = ctx.service()
    one, other = (str(uuid.UUID(bytes=service.replica().replica_id)) for _ in "12")
    body = {"unregisterReplicaRequest": {"replicaIds": [one, f"{{{other.upper()}}}"]}}
    answer = ask(service, "replicas/unregister", body)
    assert "error" not in answer, answer
    assert len(answer["unregisterResults"]) == 2, answer
    assert service.replicas() == {}


@case("JSON-009", FORM + ": unregisterAll {}")
def all_replicas_are_unregistered_by_json(ctx: Context) -> None:
    service = ctx.service()
    service.replica()
    answer = ask(service, "replicas/unregister", {"unregisterAll": {}})
    assert "error" not in answer, answer
    assert service.replicas() == {}


@case("JSON-010", FORM + "; errors in JSON are error objects")
def a_json_error_is_an_error_object(ctx: Context) -> None:
    json_refusal(ask(ctx.shared, "replicas/create", wanted("Dragon")), "Dragon")
    missing: dict[str, Any] = {"downloadParameters": {"replicaSnapshot": {}}}
    json_refusal(ask(ctx.shared, path_of(uuid.uuid4().bytes), missing))
    replica = ctx.shared.replica()
    early = {"downloadParameters": {"replicaDeltas": {"lastSyncDate": -1}}}
    json_refusal(ask(ctx.shared, path_of(replica.replica_id), early), "snapshot")


@case("JSON-011", FORM + "; law 10: any bytes give one of our errors")
def broken_json_is_an_error_object(ctx: Context) -> None:
    before = set(ctx.shared.replicas())
    broken: list[Any] = [b"", b"{", b"[]", b"3", b"\xff\xfe", b"[" * 100_000, {"noSuchMember": 1}]
    broken += [{"createReplicaRequest": 3}, wanted("Person", syncDirection="SIDEWAYS"), wanted("Person", replicaId="x")]
    for body in broken:
        json_refusal(ask(ctx.shared, "replicas/create", body))
    assert set(ctx.shared.replicas()) == before
    ctx.shared.still_up()


@case("JSON-012", "facts §16: a clause that cannot be is refused in every form, with its place")
def a_bad_where_clause_is_refused_in_json_too(ctx: Context) -> None:
    body = wanted("Person")
    definition = body["replicaFilters"]["staticDefinition"]["entityTypes"][0]["entityTypeReplicaDefinition"]
    definition["openCypherWhereClause"] = "n.age >"
    json_refusal(ask(ctx.shared, "replicas/create", body), "open_cypher_where_clause")
