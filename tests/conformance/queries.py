"""graph/query as deployed clients read it: a length and a header, then lengths and frames, gzip as the header says."""

import gzip
from dataclasses import dataclass
from typing import Any

from esriPBuffer.EsriTypes_pb2 import EsriTypes
from esriPBuffer.graph.EsriGraphTypes_pb2 import AnyValue
from esriPBuffer.graph.QueryRequest_pb2 import GraphQueryRequest
from esriPBuffer.graph.QueryResponse_pb2 import GraphQueryResultFrame, GraphQueryResultHeader

from tests.conformance.service import Service
from tests.conformance.values import CLIENT_TRANSFORM, any_value, identity, plain
from tests.conformance.wire import PROTOBUF, Answer, messages


@dataclass(frozen=True)
class Asked:
    header: GraphQueryResultHeader
    frames: list[GraphQueryResultFrame]
    answer: Answer

    @property
    def rows(self) -> list[list[Any]]:
        """Rows as plain values, objects as their type and id."""
        return [[self.read(value) for value in row.values] for frame in self.frames for row in frame.rows]

    def read(self, value: AnyValue) -> Any:
        match value.WhichOneof("any_value_type"):
            case "entity_value":
                return value.entity_value.label, identity(value.entity_value.id)
            case "relationship_value":
                return value.relationship_value.type, identity(value.relationship_value.id)
            case "object_value":
                return {pair.key: self.read(pair.value) for pair in value.object_value.properties}
            case "array_value" if value.array_value.WhichOneof("array_type") == "any_value_array":
                return [self.read(item) for item in value.array_value.any_value_array.values]
        return plain(value, self.header.transform)

    def error(self) -> Any:
        """The error of the header, or of the last frame."""
        return self.header.error if self.header.HasField("error") else self.frames[-1].error


def read(answer: Answer) -> Asked:
    """Reads an answer; what clients insist on is insisted on here."""
    assert answer.status == 200, f"HTTP {answer.status}: {answer.body[:200]!r}"
    assert answer.headers.get("content-type") == PROTOBUF, f"{answer.headers}: {answer.body[:200]!r}"
    first, *rest = messages(answer.body)
    header = GraphQueryResultHeader.FromString(first)
    assert header.transform.scale.xScale > 0, "a header without a transform with a scale"
    frames = [GraphQueryResultFrame.FromString(gzip.decompress(f) if header.compressed_frames else f) for f in rest]
    return Asked(header, frames, answer)


def request(text: str, parameters: dict[str, Any] | None = None, **members: Any) -> GraphQueryRequest:
    """A request as deployed clients send it; AnyValue parameters go as they are."""
    made = GraphQueryRequest(
        open_cypher_query=text,
        feature_encoding=EsriTypes.esriFeatureEncoding.esriDefault,
        input_transform=CLIENT_TRANSFORM,
        **members,
    )
    for name, value in (parameters or {}).items():
        made.parameters[name].CopyFrom(value if isinstance(value, AnyValue) else any_value(value))
    return made


def ask(service: Service, text: str, parameters: dict[str, Any] | None = None, **members: Any) -> Asked:
    """A streamed query."""
    body = request(text, parameters, **members).SerializeToString()
    return read(service.raw("POST", "graph/query", body))


def rows(service: Service, text: str, parameters: dict[str, Any] | None = None, **members: Any) -> list[list[Any]]:
    """The rows of a streamed query that has no error."""
    asked = ask(service, text, parameters, **members)
    assert not asked.header.HasField("error"), asked.header.error
    assert not any(frame.HasField("error") for frame in asked.frames), asked.frames[-1].error
    return asked.rows
