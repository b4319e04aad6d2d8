"""Edits written as a few words and turned into the contract's frames."""

import uuid
from typing import Any

from esriPBuffer.EsriTypes_pb2 import EsriTypes
from esriPBuffer.graph.ApplyEditsRequest_pb2 import (
    GraphApplyEditsFrame,
    GraphApplyEditsHeader,
    NamedObjectAdd,
)
from esriPBuffer.graph.EsriGraphTypes_pb2 import KeyValuePair, Transform

from tests.conformance.values import CLIENT_TRANSFORM, any_value

Id = uuid.UUID | str | None


def edits_header(
    *, cascade: bool = False, cascade_provenance: bool = False, transform: Transform = CLIENT_TRANSFORM
) -> GraphApplyEditsHeader:
    return GraphApplyEditsHeader(
        spatialReference=EsriTypes.SpatialReference(wkid=4326),
        cascade_delete=cascade,
        cascade_delete_provenance=cascade_provenance,
        input_transform=transform,
    )


def pairs(props: dict[str, Any]) -> list[KeyValuePair]:
    return [KeyValuePair(key=key, value=any_value(value)) for key, value in props.items()]


class Edits:
    """One frame under construction; every method returns the frame, so calls chain."""

    def __init__(self) -> None:
        self.frame = GraphApplyEditsFrame()

    def add(self, type_name: str, identifier: Id, /, **props: Any) -> "Edits":
        added = self.frame.adds.entities[type_name].entity_adds.add()
        self._fill(added.entity, identifier, props)
        return self

    def relate(self, type_name: str, identifier: Id, origin: Id, dest: Id, /, **props: Any) -> "Edits":
        added = self.frame.adds.relationships[type_name].relationship_adds.add()
        self._fill(added.relationship, identifier, props)
        added.origin_id.CopyFrom(any_value(origin))
        added.dest_id.CopyFrom(any_value(dest))
        return self

    @staticmethod
    def _fill(added: NamedObjectAdd, identifier: Id, props: dict[str, Any]) -> None:
        if identifier is not None:
            added.id.CopyFrom(any_value(identifier))
        else:
            added.SetInParent()
        added.properties.extend(pairs(props))

    def update(self, type_name: str, identifier: Id, /, **props: Any) -> "Edits":
        changed = self.frame.updates.entities[type_name].namedObjectUpdates.add()
        changed.update_id.CopyFrom(any_value(identifier))
        changed.properties.extend(pairs(props))
        return self

    def update_relationship(self, type_name: str, identifier: Id, /, **props: Any) -> "Edits":
        changed = self.frame.updates.relationships[type_name].namedObjectUpdates.add()
        changed.update_id.CopyFrom(any_value(identifier))
        changed.properties.extend(pairs(props))
        return self

    def delete(self, type_name: str, *identifiers: Id) -> "Edits":
        array = self.frame.deletes.deleted_entity_ids[type_name].id_array
        array.any_value_array.values.extend(any_value(item) for item in identifiers)
        return self

    def delete_relationship(self, type_name: str, *identifiers: Id) -> "Edits":
        array = self.frame.deletes.deleted_relationship_ids[type_name].id_array
        array.any_value_array.values.extend(any_value(item) for item in identifiers)
        return self
