"""One knowledge graph service, spoken to in raw messages."""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from esriPBuffer.graph.AddNamedTypesRequest_pb2 import GraphNamedObjectTypeAddsRequest
from esriPBuffer.graph.AddNamedTypesResponse_pb2 import GraphNamedObjectTypeAddsResponse
from esriPBuffer.graph.ApplyEditsRequest_pb2 import GraphApplyEditsFrame, GraphApplyEditsHeader
from esriPBuffer.graph.ApplyEditsResponse_pb2 import EditResults, GraphApplyEditsResult
from esriPBuffer.graph.AsyncResultResponse_pb2 import AsyncResultResponse
from esriPBuffer.graph.AsyncStatusResponse_pb2 import AsyncStatusResponse
from esriPBuffer.graph.CreateReplicaRequest_pb2 import CreateReplicaRequest
from esriPBuffer.graph.CreateReplicaResponse_pb2 import CreateReplicaResponse, CreateReplicaResult
from esriPBuffer.graph.EsriGraphTypes_pb2 import Error
from esriPBuffer.graph.QueryDataModelResponse_pb2 import GraphDataModel
from esriPBuffer.graph.ReplicaDefinitionResponse_pb2 import ReplicaDefinition, ReplicaDefinitionResponse
from esriPBuffer.graph.ReplicasResponse_pb2 import ReplicaInfo, ReplicasResponse
from esriPBuffer.graph.SynchronizeReplicaRequest_pb2 import SyncEditFrames, SynchronizeReplicaRequest
from esriPBuffer.graph.SynchronizeReplicaResponse_pb2 import (
    SynchronizeReplicaResponse,
    SynchronizeReplicaResult,
)
from esriPBuffer.graph.SyncTypes_pb2 import BIDIRECTIONAL, DOWNLOAD, PBF, SYNC_DIRECTION_UNSPECIFIED, UPLOAD
from esriPBuffer.graph.UnregisterReplicaRequest_pb2 import UnregisterReplicaRequest
from esriPBuffer.graph.UnregisterReplicaResponse_pb2 import UnregisterReplicaResponse
from google.protobuf.message import Message

from tests.conformance.archives import Archive, read_archive
from tests.conformance.edits import Edits, edits_header
from tests.conformance.wire import BINARY, Answer, Client, edits_body

M = TypeVar("M", bound=Message)
ALL_ENTITIES = ("Person", "Place")
ALL_RELATIONSHIPS = ("Knows", "LivesIn")
JOB_PATIENCE = 30.0
DIRECTIONS = {
    "UNSPECIFIED": SYNC_DIRECTION_UNSPECIFIED,
    "BIDIRECTIONAL": BIDIRECTIONAL,
    "UPLOAD": UPLOAD,
    "DOWNLOAD": DOWNLOAD,
}


def refused(error: Error, *words: str, code: int | None = None) -> None:
    """The error is set and says something a person can use."""
    assert error.error_code != 0, f"no error, though one was due: {error}"
    assert error.error_message, f"error {error.error_code} has no message"
    for word in words:
        assert word.lower() in error.error_message.lower(), f"{error.error_message!r} does not mention {word!r}"
    if code is not None:
        assert error.error_code == code, f"code {error.error_code}, not {code}: {error.error_message}"


def clean(message: Any) -> None:
    """No error at the top of a message."""
    error = message.error
    assert not error.error_code, f"refused: {error}"
    assert not error.error_message, f"an error without a code: {error}"


def definition(entities: Sequence[str], relationships: Sequence[str]) -> CreateReplicaRequest:
    """A request as deployed clients send it: options, transform and in_sr present but empty."""
    request = CreateReplicaRequest(sync_direction="BIDIRECTIONAL", data_format="PBF")
    static = request.replica_filters.static_definition
    static.SetInParent()
    for name in entities:
        found = static.entity_types.add().entity_type_replica_definition
        found.type_name = name
        found.provenance_options.SetInParent()
    for name in relationships:
        item = static.relationship_types.add().relationship_type_replica_definition
        item.type_name = name
        item.provenance_options.SetInParent()
    request.replica_filters.input_transform.SetInParent()
    request.replica_filters.in_sr.SetInParent()
    return request


def deltas(since: int) -> SynchronizeReplicaRequest:
    request = SynchronizeReplicaRequest()
    request.download_parameters.replica_deltas.last_sync_date = since
    request.download_parameters.data_format = PBF
    return request


def snapshot() -> SynchronizeReplicaRequest:
    request = SynchronizeReplicaRequest()
    request.download_parameters.replica_snapshot.SetInParent()
    request.download_parameters.data_format = PBF
    return request


def upload(
    *frames: Edits, base: int | None = None, cascade: bool = False, into: SynchronizeReplicaRequest | None = None
) -> SynchronizeReplicaRequest:
    """Edits as frames; with a base they ride on a delta download, else they go alone or with `into`."""
    request = into or (SynchronizeReplicaRequest() if base is None else deltas(base))
    edits = request.upload_edits.sync_apply_edits
    edits.edits_header.CopyFrom(edits_header(cascade=cascade))
    edits.frames.CopyFrom(SyncEditFrames(frames=[frame.frame for frame in frames]))
    return request


def results_of(result: SynchronizeReplicaResult) -> GraphApplyEditsResult:
    assert result.HasField("upload_results"), "edits were sent, but upload_results is missing"
    assert result.upload_results.HasField("sync_edit_results"), "sync_edit_results is missing"
    assert result.upload_results.sync_edit_results.HasField("upload_edit_results"), "upload_edit_results is missing"
    return result.upload_results.sync_edit_results.upload_edit_results


class Service:
    def __init__(self, client: Client, name: str, item: str, url: str) -> None:
        self.client = client
        self.name = name
        self.item = item
        self.url = url
        self.root = urlsplit(url).path.rstrip("/")

    def raw(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> Answer:
        sent = {"Content-Type": BINARY, **(headers or {})}
        where = f"{self.root}/{path}" if path else self.root
        return self.client.request(method, where, body, query={"f": "pbf", **query}, headers=sent)

    def post(
        self, kind: type[M], path: str, body: Message | bytes = b"", headers: Mapping[str, str] | None = None
    ) -> M:
        raw = body if isinstance(body, bytes) else body.SerializeToString()
        return self.raw("POST", path, raw, headers).message(kind)

    def fetch(self, kind: type[M], path: str) -> M:
        return self.raw("GET", path).message(kind)

    # administration

    @property
    def admin(self) -> str:
        return self.root.replace("/rest/services/", "/rest/admin/services/", 1)

    def administer(self, kind: type[M], path: str, body: Message | bytes = b"") -> M:
        """POST a message to an address of administration."""
        raw = body if isinstance(body, bytes) else body.SerializeToString()
        sent = {"Content-Type": BINARY}
        return self.client.request("POST", f"{self.admin}/{path}", raw, query={"f": "pbf"}, headers=sent).message(kind)

    def update_feature(self, **wanted: Any) -> dict[str, Any]:
        """The answer to updateFeature, whatever it is."""
        answer = self.client.form(f"{self.admin}/updateFeature", updateFeature=json.dumps(wanted), f="json")
        assert answer.status == 200, f"HTTP {answer.status}"
        return answer.json_object()

    def switch(self, **wanted: Any) -> None:
        answer = self.update_feature(**wanted)
        assert answer == {"success": True}, f"updateFeature {wanted} was refused: {answer}"

    def definition(self) -> dict[str, Any]:
        return self.client.get(self.root, f="json").json_object()

    def still_up(self) -> None:
        found = self.client.get(self.root, f="json").json_object()
        assert "currentVersion" in found, f"the service root no longer answers: {found}"

    # the data model

    def model(self) -> GraphDataModel:
        return self.fetch(GraphDataModel, "dataModel/queryDataModel")

    def add_types(self, request: GraphNamedObjectTypeAddsRequest) -> GraphNamedObjectTypeAddsResponse:
        answer = self.post(GraphNamedObjectTypeAddsResponse, "dataModel/edit/namedTypes/add", request)
        clean(answer)
        for result in (*answer.entity_add_results, *answer.relationship_add_results):
            assert not result.error.error_code, f"type {result.name} was refused: {result.error}"
        return answer

    # edits

    def send(self, *frames: Edits, header: GraphApplyEditsHeader | None = None) -> GraphApplyEditsResult:
        """The answer to applyEdits, errors and all."""
        raw: list[GraphApplyEditsFrame] = [frame.frame for frame in frames]
        return self.post(GraphApplyEditsResult, "graph/applyEdits", edits_body(header or edits_header(), raw))

    def apply(self, *frames: Edits, header: GraphApplyEditsHeader | None = None) -> GraphApplyEditsResult:
        """Edits that must all succeed."""
        answer = self.send(*frames, header=header)
        clean(answer)
        for kind in ("add", "update", "delete"):
            for family in ("entity", "relationship"):
                for name, results in getattr(answer, f"{family}_{kind}_results").items():
                    found: EditResults = results
                    assert not found.errors, f"{kind} of {name} failed: {dict(found.errors)}"
        return answer

    # replicas

    def create(self, request: CreateReplicaRequest | bytes) -> CreateReplicaResponse:
        return self.post(CreateReplicaResponse, "replicas/create", request)

    def replica(
        self,
        entities: Sequence[str] = ALL_ENTITIES,
        relationships: Sequence[str] = ALL_RELATIONSHIPS,
        *,
        direction: str = "BIDIRECTIONAL",
        name: str | None = None,
        identifier: uuid.UUID | None = None,
    ) -> CreateReplicaResult:
        request = definition(entities, relationships)
        request.sync_direction = DIRECTIONS[direction]
        request.requested_replica_name = name or f"r_{uuid.uuid4().hex[:10]}"
        if identifier:
            request.replica_id = identifier.bytes
        return self.created(request)

    def created(self, request: CreateReplicaRequest) -> CreateReplicaResult:
        answer = self.create(request)
        clean(answer)
        assert answer.WhichOneof("result") == "create_replica_result", f"no result: {answer}"
        result = answer.create_replica_result
        assert not result.errors, f"errors in the result: {list(result.errors)}"
        assert len(result.replica_id) == 16, "the result has no replica id"
        assert result.sync_date > 0, "the result has no sync date"
        return result

    def replicas(self) -> dict[uuid.UUID, ReplicaInfo]:
        answer = self.fetch(ReplicasResponse, "replicas")
        clean(answer)
        return {uuid.UUID(bytes=info.replica_id): info for info in answer.replicas}

    def describe(self, identifier: bytes | str) -> ReplicaDefinitionResponse:
        text = identifier if isinstance(identifier, str) else str(uuid.UUID(bytes=identifier))
        return self.fetch(ReplicaDefinitionResponse, f"replicas/{text}")

    def described(self, identifier: bytes | str) -> ReplicaDefinition:
        answer = self.describe(identifier)
        clean(answer)
        assert answer.HasField("replica_definition"), "the answer has no definition"
        return answer.replica_definition

    def sync(
        self,
        identifier: bytes,
        request: SynchronizeReplicaRequest | bytes,
        headers: Mapping[str, str] | None = None,
    ) -> SynchronizeReplicaResponse:
        path = f"replicas/{uuid.UUID(bytes=identifier)}/synchronize"
        return self.post(SynchronizeReplicaResponse, path, request, headers)

    def synced(
        self,
        identifier: bytes,
        request: SynchronizeReplicaRequest | bytes,
        headers: Mapping[str, str] | None = None,
    ) -> SynchronizeReplicaResult:
        answer = self.sync(identifier, request, headers)
        clean(answer)
        assert answer.WhichOneof("result") == "synchronize_replica_result", f"no result: {answer}"
        result = answer.synchronize_replica_result
        assert not result.errors, f"errors in the result: {list(result.errors)}"
        return result

    def delta(self, identifier: bytes, since: int) -> tuple[Archive, int]:
        """The delta behind a Moment, and the Moment to go on from."""
        result = self.synced(identifier, deltas(since))
        assert result.sync_date > 0, "a download without a sync date"
        return self.archive(result.download_results.sync_data_url), result.sync_date

    def snapshot_of(self, identifier: bytes) -> tuple[Archive, int]:
        result = self.synced(identifier, snapshot())
        return self.archive(result.download_results.sync_data_url), result.sync_date

    def unregister(self, *identifiers: bytes) -> UnregisterReplicaResponse:
        request = UnregisterReplicaRequest(replica_ids=b"".join(identifiers))
        return self.post(UnregisterReplicaResponse, "replicas/unregister", request)

    # archives and jobs

    def download(self, url: str, **headers: str) -> Answer:
        assert url, "there is no archive URL"
        assert "://" in url, f"the archive URL {url!r} is not absolute"
        return self.client.request("GET", url, headers={key.replace("_", "-"): v for key, v in headers.items()})

    def archive(self, url: str) -> Archive:
        answer = self.download(url)
        assert answer.status == 200, f"HTTP {answer.status} for the archive: {answer.body[:200]!r}"
        return read_archive(answer.body)

    def first_archive(self, result: CreateReplicaResult) -> Archive:
        return self.archive(result.replica_data_url)

    def status(self, url: str, method: str = "POST") -> AsyncStatusResponse:
        answer = self.client.request(method, url, headers={"Content-Type": BINARY})
        assert answer.status == 200, f"HTTP {answer.status} for a job's status: {answer.body[:200]!r}"
        return AsyncStatusResponse.FromString(answer.body)

    def finished(self, url: str) -> tuple[AsyncStatusResponse, AsyncResultResponse]:
        """Polls as deployed clients do: only COMPLETED with a results URL ends it."""
        assert "://" in url, f"the status URL {url!r} is not absolute"
        deadline, pause = time.monotonic() + JOB_PATIENCE, 0.01
        while True:
            status = self.status(url)
            if status.async_status == 1:
                break
            assert time.monotonic() < deadline, f"the job never completes: {status}"
            time.sleep(pause)
            pause = min(pause * 2, 0.5)
        assert "://" in status.results_url, f"the results URL {status.results_url!r} is not absolute"
        answer = self.client.request("GET", status.results_url, headers={"Content-Type": BINARY})
        return status, answer.message(AsyncResultResponse)
