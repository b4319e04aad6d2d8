"""Archives read into plain rows, and a local copy that applies them as the contract says."""

import io
import re
import uuid
import zipfile
from dataclasses import dataclass, field
from typing import Any

from esriPBuffer.graph.EsriGraphTypes_pb2 import AnyValue
from esriPBuffer.graph.QueryDataModelResponse_pb2 import GraphDataModel
from esriPBuffer.graph.QueryResponse_pb2 import GraphQueryResultFrame
from esriPBuffer.graph.SyncTypes_pb2 import ReplicaDataHeader, ReplicaHeader

from tests.conformance.values import identity, plain
from tests.conformance.wire import messages

ADD, UPDATE, DELETE = 1, 2, 3
ENTITY, RELATIONSHIP, PROVENANCE = 1, 2, 4
DATA_FILE = re.compile(r"(add|update|delete)_(.+)_([0-9a-fA-F-]{32,38})\.binpb")
WORDS = {ADD: "add", UPDATE: "update", DELETE: "delete"}


@dataclass(frozen=True)
class Row:
    delta: int
    type_name: str
    category: int
    id: uuid.UUID
    origin: uuid.UUID | None
    dest: uuid.UUID | None
    props: dict[str, Any]
    values: dict[str, AnyValue]


@dataclass
class Archive:
    names: list[str]
    header: ReplicaHeader
    model: GraphDataModel
    files: list[tuple[str, ReplicaDataHeader, int]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def of(self, delta: int, type_name: str | None = None) -> list[Row]:
        return [r for r in self.rows if r.delta == delta and type_name in (None, r.type_name)]

    def ids(self, delta: int, type_name: str | None = None) -> set[uuid.UUID]:
        found = [row.id for row in self.of(delta, type_name)]
        assert len(found) == len(set(found)), f"the archive sends an object twice as {WORDS[delta]}"
        return set(found)

    def row(self, identifier: uuid.UUID) -> Row:
        found = [row for row in self.rows if row.id == identifier]
        assert len(found) == 1, f"{len(found)} rows for {identifier}, one was expected"
        return found[0]

    def empty(self) -> bool:
        return not self.rows


def _row(header: ReplicaDataHeader, value: AnyValue, archive: Archive) -> Row:
    kind = value.WhichOneof("any_value_type")
    transform = archive.header.transform
    origin = dest = None
    if kind == "entity_value":
        assert header.type_category in (ENTITY, PROVENANCE), f"an entity in a file of category {header.type_category}"
        name, ident, pairs = value.entity_value.label, value.entity_value.id, value.entity_value.properties
    else:
        assert kind == "relationship_value", f"a row holds {kind}, not an entity or relationship"
        assert header.type_category == RELATIONSHIP, f"a relationship in category {header.type_category}"
        relationship = value.relationship_value
        name, ident, pairs = relationship.type, relationship.id, relationship.properties
        if relationship.HasField("origin_id"):
            origin = identity(relationship.origin_id)
        if relationship.HasField("dest_id"):
            dest = identity(relationship.dest_id)
    assert name == header.type_name, f"a row of {name} in a file of {header.type_name}"
    values = {pair.key: pair.value for pair in pairs}
    assert len(values) == len(pairs), f"{ident} names a property twice"
    props = {key: plain(found, transform) for key, found in values.items()}
    return Row(header.delta_type, name, header.type_category, identity(ident), origin, dest, props, values)


def read_archive(data: bytes) -> Archive:
    """Reads a downloaded archive with all the checks a picky reader makes."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None, "the zip holds a broken file"
        names = file.namelist()
        content = {name: file.read(name) for name in names}
    assert len(content) == len(names), "two files of one name in the zip"
    for needed in ("replica_header.binpb", "data_model.binpb"):
        assert needed in content, f"{needed} is missing from {names}"
    headers = list(messages(content["replica_header.binpb"]))
    models = list(messages(content["data_model.binpb"]))
    assert len(headers) == 1, "replica_header.binpb must hold one message with its length"
    assert len(models) == 1, "data_model.binpb must hold one message with its length"
    archive = Archive(names, ReplicaHeader.FromString(headers[0]), GraphDataModel.FromString(models[0]))
    for name in names:
        if name in ("replica_header.binpb", "data_model.binpb"):
            continue
        parts = list(messages(content[name]))
        assert len(parts) >= 2, f"{name} has no frame; clients skip such a file with a warning"
        header = ReplicaDataHeader.FromString(parts[0])
        archive.files.append((name, header, len(parts) - 1))
        for part in parts[1:]:
            for row in GraphQueryResultFrame.FromString(part).rows:
                assert len(row.values) == 1, f"{name}: a row of {len(row.values)} columns"
                archive.rows.append(_row(header, row.values[0], archive))
    return archive


State = dict[uuid.UUID, tuple[str, uuid.UUID | None, uuid.UUID | None, dict[str, Any]]]


class Copy:
    """A local replica: changed by archives only, in the order the contract gives."""

    def __init__(self) -> None:
        self.objects: State = {}

    def apply(self, archive: Archive) -> "Copy":
        order = (
            (DELETE, RELATIONSHIP),
            (DELETE, ENTITY),
            (ADD, ENTITY),
            (ADD, RELATIONSHIP),
            (UPDATE, ENTITY),
            (UPDATE, RELATIONSHIP),
        )
        for delta, category in order:
            for row in archive.rows:
                if row.delta != delta or row.category != category:
                    continue
                if delta == DELETE:
                    assert row.id in self.objects, f"the delta deletes {row.id}, which the replica never had"
                    del self.objects[row.id]
                elif delta == UPDATE:
                    assert row.id in self.objects, f"the delta updates {row.id}, which the replica never had"
                    self.objects[row.id] = (row.type_name, row.origin, row.dest, row.props)
                else:
                    self.objects[row.id] = (row.type_name, row.origin, row.dest, row.props)
        self.check_closed()
        return self

    def check_closed(self) -> None:
        for identifier, (name, origin, dest, _) in self.objects.items():
            for end in (origin, dest):
                assert end is None or end in self.objects, f"{name} {identifier} dangles: {end} is not there"
