"""The contract's messages as JSON, in the form the published documents write them.

Names are lowerCamel, the message name may wrap the whole, ids are text with or without braces, dates
are ms or ISO 8601. Answers write ids as lower-case dashed text and dates as ISO 8601.
"""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

from esriPBuffer.graph import AsyncCancellationResponse_pb2 as cancel
from esriPBuffer.graph import AsyncResultResponse_pb2 as async_result
from esriPBuffer.graph import AsyncStatusResponse_pb2 as async_status
from esriPBuffer.graph import CreateReplicaRequest_pb2 as create
from esriPBuffer.graph import CreateReplicaResponse_pb2 as created
from esriPBuffer.graph import QueryDataModelResponse_pb2 as data_model
from esriPBuffer.graph import ReplicaDefinitionResponse_pb2 as definition
from esriPBuffer.graph import ReplicasResponse_pb2 as replicas
from esriPBuffer.graph import SynchronizeReplicaRequest_pb2 as synchronize
from esriPBuffer.graph import SynchronizeReplicaResponse_pb2 as synchronized
from esriPBuffer.graph import SyncTypes_pb2 as sync
from esriPBuffer.graph import TrimChangeLogRequest_pb2 as trim
from esriPBuffer.graph import TrimChangeLogResponse_pb2 as trimmed
from esriPBuffer.graph import UnregisterReplicaRequest_pb2 as unregister
from esriPBuffer.graph import UnregisterReplicaResponse_pb2 as unregistered
from google.protobuf import json_format

from kgsync.errors import MalformedInput
from kgsync.model.history import Moment
from kgsync.model.values import parse_uuid
from kgsync.wire.pbf.frames import parse_message

_REQUESTS: dict[str, Any] = {
    "createReplicaRequest": create.CreateReplicaRequest,
    "synchronizeReplicaRequest": synchronize.SynchronizeReplicaRequest,
    "unregisterReplicaRequest": unregister.UnregisterReplicaRequest,
    "trimChangeLogRequest": trim.TrimChangeLogRequest,
}
_ANSWERS: dict[str, Any] = {
    "created": created.CreateReplicaResponse,
    "synchronized": synchronized.SynchronizeReplicaResponse,
    "unregistered": unregistered.UnregisterReplicaResponse,
    "trimmed": trimmed.TrimChangeLogResponse,
    "replicas": replicas.ReplicasResponse,
    "definition": definition.ReplicaDefinitionResponse,
    "data_model": data_model.GraphDataModel,
    "status": async_status.AsyncStatusResponse,
    "result": async_result.AsyncResultResponse,
    "cancel": cancel.AsyncCancellationResponse,
}
_IDS = {"replicaId", "referenceReplicaId", "editsUploadId", "replicaIds", "uuidValue", "uuidArray"}
# Lists of ids, however many there are.
_ID_LISTS = {"unregisteredReplicaIdArray", "existingStaleReplicaIdArray"}
_DATES = {
    "lastSyncDate",
    "syncDate",
    "creationDate",
    "submissionTime",
    "lastUpdatedTime",
    "completionTime",
    "trimBeforeDate",
    "candidateTrimBeforeDate",
}
# Enum members by name or number; protobuf's own parser would take unknown names for unset.
_ENUMS = {
    "syncDirection": (*sync.SyncDirection.keys(), 0, 1, 2, 3),
    "dataFormat": (*sync.SyncDataFormat.keys(), 0, 1),
    "uploadFormat": (*sync.SyncDataFormat.keys(), 0, 1),
}
# Parameters of the call itself, which some callers write into the body.
_TRANSPORT = {"f", "token"}
_MAX_DEPTH = 60  # below the protobuf parser's own limit of 100


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _id_bytes(value: object, place: str) -> str:
    texts = value if isinstance(value, list) else [value]
    out = b""
    for text in texts:
        if not isinstance(text, str):
            raise MalformedInput("an id is text", place=place)
        parsed = parse_uuid(text)
        if parsed is not None:
            out += parsed.bytes
            continue
        try:
            out += base64.b64decode(text, validate=True)
        except ValueError:
            raise MalformedInput(f"{text[:64]!r} is not an id", place=place) from None
    return base64.b64encode(out).decode()


def _inward(value: Any, place: str, depth: int) -> Any:
    """Rewrite the documents' form into protobuf's own JSON form."""
    if depth > _MAX_DEPTH:
        raise MalformedInput("the JSON is nested too deeply", place=place[:80])
    if isinstance(value, list):
        return [_inward(element, f"{place}[{k}]", depth + 1) for k, element in enumerate(value)]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for key, inner in value.items():
        name, where = _camel(key), f"{place}.{key}" if place else key
        if name == "parameters" and isinstance(inner, dict):  # its keys are the caller's own names
            out[key] = {k: _inward(v, f"{where}.{k}", depth + 1) for k, v in inner.items()}
        elif name in _IDS:
            out[key] = _id_bytes(inner, where)
        elif name in _DATES and isinstance(inner, str):
            out[key] = Moment.parse(inner).ms
        elif name in _ENUMS and inner not in _ENUMS[name]:
            raise MalformedInput(f"{str(inner)[:64]!r} is not one of {_ENUMS[name]}", place=where)
        else:
            out[key] = _inward(inner, where, depth + 1)
    return out


def parse_request(kind: str, body: bytes) -> bytes:
    """Read a request in JSON and give the same request as protobuf bytes. Raises MalformedInput."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedInput("the body is not JSON") from None
    if not isinstance(value, dict):
        raise MalformedInput("the body is not a JSON object")
    if kind in value:
        value = value[kind]
        if not isinstance(value, dict):
            raise MalformedInput("the request is not a JSON object", place=kind)
    value = {name: inner for name, inner in value.items() if name not in _TRANSPORT}
    message = _REQUESTS[kind]()
    try:
        # A misspelt member is an error: ignoring a filter would hand out what it was to keep out.
        json_format.ParseDict(_inward(value, "", 0), message)
        # Deterministic, so that the same JSON is the same body to every process (law 5).
        data: bytes = message.SerializeToString(deterministic=True)
    except (json_format.ParseError, ValueError, TypeError, RecursionError) as error:
        if isinstance(error, MalformedInput):
            raise
        raise MalformedInput(str(error).splitlines()[0][:300], place=kind) from None
    return data


def _id_texts(value: str) -> list[str]:
    data = base64.b64decode(value)
    return [str(UUID(bytes=data[k : k + 16])) for k in range(0, len(data) - len(data) % 16, 16)]


def _id_text(value: str) -> Any:
    ids = _id_texts(value)
    return ids[0] if len(ids) == 1 else ids


def _outward(value: Any) -> Any:
    if isinstance(value, list):
        return [_outward(element) for element in value]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for key, inner in value.items():
        if key in _IDS and isinstance(inner, str):
            out[key] = _id_text(inner)
        elif key in _ID_LISTS:
            out[key] = _id_texts(inner)
        elif key in _DATES and isinstance(inner, str):
            out[key] = str(Moment(int(inner)))
        elif key in ("errorCode", "code") and isinstance(inner, str):
            out[key] = int(inner)
        else:
            out[key] = _outward(inner)
    return out


def render_answer(kind: str, data: bytes) -> dict[str, Any]:
    """Write an answer's protobuf bytes as a JSON-ready dict; an `error` is {code, message, details}."""
    message = parse_message(_ANSWERS[kind], data, kind)
    out: dict[str, Any] = _outward(json_format.MessageToDict(message))
    if "error" in out:
        error = out["error"]
        out["error"] = {"code": error.get("errorCode", 0), "message": error.get("errorMessage", ""), "details": []}
    return out
